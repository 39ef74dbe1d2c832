//! Bugs to be found by the chaos program; what is here is in no build but its own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::event::{Event, Published};
use domain::message::{Draft, Message};
use domain::user::Profile;
use domain::{ConversationId, MessageId, UserId};
use planted::Bug;
use uuid::Uuid;

/// How long a bug keeps what should have happened waiting.
pub const LATE: Duration = Duration::from_millis(50);

static REHEARSES: AtomicBool = AtomicBool::new(false);
type Seats = HashMap<(ConversationId, UserId), (Instant, Profile)>;
static SEATS: LazyLock<Mutex<Seats>> = LazyLock::new(Mutex::default);
static EVENTS: AtomicU64 = AtomicU64::new(0);

/// Whether a message is answered for before it is stored.
pub fn answers_early() -> bool {
    planted::is(Bug::AckBeforeCommit) || planted::is(Bug::PublishBeforeCommit)
}

/// From now on, or no more, drafts are decided upon and not stored.
pub fn rehearse(on: bool) {
    REHEARSES.store(on, Ordering::SeqCst);
}

pub fn is_rehearsing() -> bool {
    REHEARSES.load(Ordering::SeqCst)
}

/// The draft under another id, if its own is taken.
pub fn renamed(mut draft: Draft, stored: &HashMap<MessageId, Message>) -> Draft {
    while planted::is(Bug::NoDedup) && stored.contains_key(&draft.id) {
        draft.id = MessageId(Uuid::from_u128(draft.id.0.as_u128().wrapping_add(1)));
    }
    draft
}

/// Who took part a moment ago.
pub fn remembered(seat: (ConversationId, UserId), now: Option<Profile>) -> Option<Profile> {
    if !planted::is(Bug::StaleMembership) {
        return now;
    }
    let mut seats = SEATS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(profile) = &now {
        seats.insert(seat, (Instant::now(), profile.clone()));
    }
    let known = seats.get(&seat).filter(|(since, _)| since.elapsed() < LATE * 4);
    now.or_else(|| known.map(|(_, profile)| profile.clone()))
}

/// Whether the bus loses the event.
pub fn loses(published: &Published) -> bool {
    let every = match () {
        () if planted::is(Bug::NoGapRepair) => 20,
        () if planted::is(Bug::LossyBus) => 3,
        () => return false,
    };
    matches!(published.event, Event::Conversation(_)) && EVENTS.fetch_add(1, Ordering::Relaxed).is_multiple_of(every)
}
