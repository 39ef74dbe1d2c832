//! An event on its way to the dialects.

use std::cell::OnceCell;

use domain::event::Event;

use super::dialect::Standing;
use super::payload::Payload;

/// An event, with what several dialects say of it alike made once.
pub struct News<'a> {
    event: &'a Event,
    position: Option<&'a str>,
    common: OnceCell<Option<Common>>,
}

/// An event in the common vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// Its name.
    pub name: &'static str,
    /// Its payload, as JSON.
    pub data: String,
}

impl<'a> News<'a> {
    /// News of an event, at this place of all that is told here, if it has one.
    pub fn new(event: &'a Event, position: Option<&'a str>) -> Self {
        Self { event, position, common: OnceCell::new() }
    }

    /// The event.
    pub fn event(&self) -> &'a Event {
        self.event
    }

    /// The place from which a connection that was lost can go on.
    pub fn position(&self) -> Option<&'a str> {
        self.position
    }

    /// How the common vocabulary says it to connections that so stand to its conversation, if it does: that somebody
    /// types is told to those who look.
    pub fn told(&self, standing: Standing) -> Option<&Common> {
        let concerned = standing == Standing::Joined || !matches!(self.event, Event::Typing(_));
        self.common().filter(|_| concerned)
    }

    fn common(&self) -> Option<&Common> {
        let common = self.common.get_or_init(|| {
            let payload = Payload::of(self.event)?;
            Some(Common { name: payload.name(), data: payload.json()? })
        });
        common.as_ref()
    }
}
