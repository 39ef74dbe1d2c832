//! The event bus of a single node.

use std::sync::{Arc, Mutex, PoisonError};

use application::ports::{EventPublisher, EventSource};
use async_trait::async_trait;
use domain::event::Published;
use tokio::sync::mpsc;

/// A bus within the process. It loses nothing: a publisher waits while a listener is behind.
#[derive(Debug)]
pub struct MemoryBus {
    capacity: usize,
    listeners: Mutex<Vec<mpsc::Sender<Arc<Published>>>>,
}

impl MemoryBus {
    /// A bus on which each listener may be `capacity` events behind.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), listeners: Mutex::default() }
    }

    /// Hears every event that is published from now on. The source ends when the bus is dropped.
    pub fn subscribe(&self) -> Box<dyn EventSource> {
        let (listener, events) = mpsc::channel(self.capacity);
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| !listener.is_closed());
        listeners.push(listener);
        Box::new(Events(events))
    }

    fn listeners(&self) -> Vec<mpsc::Sender<Arc<Published>>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EventPublisher for MemoryBus {
    async fn publish(&self, event: Published) {
        #[cfg(feature = "planted-bugs")]
        if crate::bugs::loses(&event) {
            return;
        }
        let event = Arc::new(event);
        for listener in self.listeners() {
            // A listener that has gone away misses nothing.
            let _ = listener.send(Arc::clone(&event)).await;
        }
    }
}

struct Events(mpsc::Receiver<Arc<Published>>);

#[async_trait]
impl EventSource for Events {
    async fn next(&mut self) -> Option<Arc<Published>> {
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

    #[tokio::test]
    async fn every_listener_hears_every_event_in_order() {
        let bus = MemoryBus::new(8);
        let mut listeners = [bus.subscribe(), bus.subscribe()];
        for n in 0..8 {
            bus.publish(event(n)).await;
        }
        for listener in &mut listeners {
            for n in 0..8 {
                assert_eq!(listener.next().await.as_deref(), Some(&event(n)));
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
        assert_eq!(listener.next().await.as_deref(), Some(&event(0)));
        publishing.await.unwrap();
        assert_eq!(listener.next().await.as_deref(), Some(&event(1)));
    }

    #[tokio::test]
    async fn a_listener_that_is_gone_holds_nobody_up() {
        let bus = MemoryBus::new(1);
        drop(bus.subscribe());
        let mut listener = bus.subscribe();
        bus.publish(event(0)).await;
        assert_eq!(listener.next().await.as_deref(), Some(&event(0)));
    }

    #[tokio::test]
    async fn sources_end_with_the_bus() {
        let bus = MemoryBus::new(1);
        let mut listener = bus.subscribe();
        bus.publish(event(0)).await;
        drop(bus);
        assert!(listener.next().await.is_some());
        assert_eq!(listener.next().await, None);
    }
}
