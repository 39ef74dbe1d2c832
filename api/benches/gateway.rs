//! A message on its way through the hub, and in the words of each dialect.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use api::gateway::dialect::{Dialect, Dialects, Flavour, Standing};
use api::gateway::dialects::{auth::Auth, chats::Chats, events::Events, socketio::Vocabulary};
use api::gateway::hub::core::Hub;
use api::gateway::hub::effect::{Effect, Link};
use api::gateway::hub::members::Person;
use api::gateway::news::News;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use domain::conversation::Venue;
use domain::event::{ConversationEvent, ConversationEventKind, Event, Published};
use domain::message::{Message, MessageView};
use domain::user::Profile;
use domain::{ConversationId, MessageId, Origin, Seq, SessionId, Timestamp, UserId};
use uuid::Uuid;

const ROOM: ConversationId = ConversationId(Uuid::from_u128(9));
const WORKERS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Wire(usize);

impl Link for Wire {
    fn worker(&self) -> usize {
        self.0 % WORKERS
    }
}

/// A message of 128 characters at that place.
fn posted(seq: Seq) -> Event {
    let id = UserId(Uuid::from_u128(1));
    let message = Message {
        id: MessageId(Uuid::from_u128(7)),
        conversation_id: ROOM,
        seq,
        changed_seq: seq,
        sender_id: id,
        content: Some("a message, ".repeat(12)[..128].to_owned()),
        reply_to: None,
        created_at: Timestamp::from_millis(1_763_000_000_123),
        edited_at: None,
        deleted_at: None,
    };
    let sender = Profile { id, username: Some("ada".into()), name: "Ada".into(), avatar: None };
    let view = Box::new(MessageView { message, sender });
    let kind = ConversationEventKind::MessagePosted(view, Venue::Group(Some("a room".into())));
    Event::Conversation(ConversationEvent { conversation_id: ROOM, seq, kind })
}

/// A hub with a room of so many, each with one connection.
fn hub(members: usize) -> Hub<Wire> {
    let mut hub = Hub::default();
    for wire in 0..members {
        let id = Uuid::from_u128(wire as u128 + 1);
        let (user, session, origin) = (UserId(id), SessionId(id), Origin(id));
        hub.connect(Wire(wire), Person { user, session, origin, flavour: Flavour(0), names: None });
        hub.open(Wire(wire), &[(ROOM, 0)]);
    }
    hub.effects().for_each(drop);
    hub
}

fn publish(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish");
    for members in [10, 1000] {
        let (mut hub, mut seq) = (hub(members), 0);
        // In order, each at its own time, as if they came once a millisecond.
        let mut next = || {
            seq += 1;
            (Arc::new(Published { event: posted(seq), origin: None }), Duration::from_millis(seq.unsigned_abs()))
        };
        group.bench_function(BenchmarkId::from_parameter(members), |bencher| {
            bencher.iter_batched(
                &mut next,
                |(published, now)| {
                    hub.publish(&published, now);
                    assert!(hub.effects().any(|effect| matches!(effect, Effect::Deliver { .. })));
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn encode(criterion: &mut Criterion) {
    let dialects: [(&str, Arc<dyn Dialect>); 4] = [
        ("events", Arc::new(Events)),
        ("socketio", Arc::new(Vocabulary { namespace: "/" })),
        ("chats", Arc::new(Chats)),
        ("auth", Arc::new(Auth::new("Response"))),
    ];
    let event = posted(7);
    let mut group = criterion.benchmark_group("encode");
    for (name, dialect) in &dialects {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| dialect.encode_event(&News::new(black_box(&event), None), Standing::Aside));
        });
    }
    let count = dialects.len();
    let all = Dialects::new(dialects.into_iter().map(|(_, dialect)| dialect));
    let lanes = (0..count * Standing::ALL.len()).fold(0, |lanes, lane| lanes | 1 << lane);
    assert!(all.encode(&News::new(&event, None), lanes).is_some());
    group.bench_function("all, in all lanes", |bencher| {
        bencher.iter(|| all.encode(&News::new(black_box(&event), None), lanes));
    });
}

criterion_group!(benches, publish, encode);
criterion_main!(benches);
