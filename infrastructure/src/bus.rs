//! The event bus of a single node.

use std::sync::{Arc, Mutex, PoisonError};

use application::ports::{EventPublisher, EventSource, Publication};
use async_trait::async_trait;
use domain::event::Published;
use tokio::sync::mpsc;

/// A bus within the process. It loses nothing: a publisher waits while a listener is behind.
#[derive(Debug)]
pub struct MemoryBus {
    capacity: usize,
    listeners: Mutex<Vec<mpsc::Sender<Publication>>>,
}

impl MemoryBus {
    /// A bus on which each listener may be `capacity` publications behind.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), listeners: Mutex::default() }
    }

    /// Hears every event that is published from now on. The source ends when the bus is dropped.
    pub fn subscribe(&self) -> Box<dyn EventSource> {
        let (listener, events) = mpsc::channel(self.capacity);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| !listener.is_closed());
        listeners.push(listener);
        Box::new(Listener(events))
    }

    fn listeners(&self) -> Vec<mpsc::Sender<Publication>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EventPublisher for MemoryBus {
    async fn publish_all(&self, events: Vec<Published>) {
        #[cfg(feature = "planted-bugs")]
        let events: Vec<_> = events.into_iter().filter(|event| !crate::bugs::loses(event)).collect();
        if events.is_empty() {
            return;
        }
        let events: Publication = events.into_iter().map(Arc::new).collect();
        for listener in self.listeners() {
            // A listener that has gone away misses nothing.
            let _ = listener.send(Arc::clone(&events)).await;
        }
    }
}

struct Listener(mpsc::Receiver<Publication>);

#[async_trait]
impl EventSource for Listener {
    async fn next(&mut self) -> Option<Publication> {
        self.0.recv().await
    }
}

#[cfg(test)]
mod tests {
    use domain::UserId;
    use domain::event::Event;
    use uuid::Uuid;

    use super::*;

    fn event(n: u128) -> Published {
        let event = Event::SessionsRevoked { user_id: UserId(Uuid::from_u128(n)), sessions: Vec::new() };
        Published { event, origin: None }
    }

    async fn next(listener: &mut Box<dyn EventSource>) -> Vec<Published> {
        listener.next().await.iter().flat_map(|events| events.iter()).map(|event| (**event).clone()).collect()
    }

    #[tokio::test]
    async fn what_is_published_together_is_heard_together() {
        let bus = MemoryBus::new(1);
        let mut listener = bus.subscribe();
        bus.publish_all(vec![event(0), event(1)]).await;
        assert_eq!(next(&mut listener).await, [event(0), event(1)]);
        bus.publish_all(Vec::new()).await;
        drop(bus);
        assert_eq!(next(&mut listener).await, []);
    }

    #[tokio::test]
    async fn every_listener_hears_every_event_in_order() {
        let bus = MemoryBus::new(8);
        let mut listeners = [bus.subscribe(), bus.subscribe()];
        for n in 0..8 {
            bus.publish(event(n)).await;
        }
        for listener in &mut listeners {
            for n in 0..8 {
                assert_eq!(next(listener).await, [event(n)]);
            }
        }
    }

    #[tokio::test]
    async fn a_publisher_waits_for_a_listener_that_is_behind() {
        let bus = Arc::new(MemoryBus::new(1));
        let mut listener = bus.subscribe();
        bus.publish(event(0)).await;
        let publishing = tokio::spawn({
            let bus = Arc::clone(&bus);
            async move { bus.publish(event(1)).await }
        });
        tokio::task::yield_now().await;
        assert!(!publishing.is_finished());
        assert_eq!(next(&mut listener).await, [event(0)]);
        publishing.await.unwrap();
        assert_eq!(next(&mut listener).await, [event(1)]);
    }

    #[tokio::test]
    async fn a_listener_that_is_gone_holds_nobody_up() {
        let bus = MemoryBus::new(1);
        drop(bus.subscribe());
        let mut listener = bus.subscribe();
        bus.publish(event(0)).await;
        assert_eq!(next(&mut listener).await, [event(0)]);
    }

    #[tokio::test]
    async fn sources_end_with_the_bus() {
        let bus = MemoryBus::new(1);
        let mut listener = bus.subscribe();
        bus.publish(event(0)).await;
        drop(bus);
        assert!(listener.next().await.is_some());
        assert!(listener.next().await.is_none());
    }
}
