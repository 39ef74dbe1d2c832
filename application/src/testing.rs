//! What the tests of the use cases are made of. Ada calls; Bob is somebody else.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::conversation::{AddPolicy, ConversationView, Participant, Role, Standing, Venue, ViewerState};
use domain::event::{ConversationEvent, ConversationEventKind, Event, Published};
use domain::message::{Message, MessageView};
use domain::repository::RepositoryError;
use domain::session::{Session, SessionPolicy, TokenHash};
use domain::user::{Profile, User};
use domain::value::{DisplayName, Email, MessageBody, Password, PasswordHash, Username};
use domain::{ConversationId, ErrorKind, MessageId, Origin, Seq, SessionId, Timestamp, UserId};
use futures_util::FutureExt;
use uuid::Uuid;

use crate::ports::{
    AccessToken, EventPublisher, MockAccessTokens, MockClock, MockIdGenerator, MockPasswordHasher, MockRefreshTokens,
    RefreshToken,
};
use crate::{Caller, Failure};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(crate) const ADA: UserId = UserId(Uuid::from_u128(0xada));
pub(crate) const BOB: UserId = UserId(Uuid::from_u128(0xb0b));
pub(crate) const SESSION: SessionId = SessionId(Uuid::from_u128(0x5e5));
pub(crate) const OTHER_SESSION: SessionId = SessionId(Uuid::from_u128(0x5e6));
pub(crate) const TEAM: ConversationId = ConversationId(Uuid::from_u128(0x7ea3));
pub(crate) const HELLO: MessageId = MessageId(Uuid::from_u128(0x4e110));
pub(crate) const POLICY: SessionPolicy = SessionPolicy {
    idle: Duration::from_hours(24),
    absolute: Duration::from_hours(72),
    reuse_grace: Duration::from_secs(15),
};

/// Ada, over a connection.
pub(crate) const CALLER: Caller = Caller { user_id: ADA, session_id: SESSION, origin: Some(LINK) };

/// That connection.
pub(crate) const LINK: Origin = Origin(Uuid::from_u128(0xc0));

/// The answer of a use case. On mocks none ever waits, so no runtime is needed.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a mock does not wait")
}

pub(crate) fn clock() -> Arc<MockClock> {
    let mut clock = MockClock::new();
    clock.expect_now().return_const(NOW);
    Arc::new(clock)
}

/// Names the next conversation [`TEAM`] if it is asked to, and nothing else.
pub(crate) fn ids_for_a_conversation() -> Arc<MockIdGenerator> {
    let mut ids = MockIdGenerator::new();
    ids.expect_conversation().times(..=1).return_const(TEAM);
    Arc::new(ids)
}

pub(crate) fn password(text: &str) -> Password {
    Password::presented(text).unwrap()
}

pub(crate) fn hash(text: &str) -> PasswordHash {
    PasswordHash(text.to_owned())
}

/// Compares one password with one hash, once, and answers so.
pub(crate) fn hasher_that_answers(known: bool, text: &'static str, stored: Option<&'static str>) -> MockPasswordHasher {
    let mut hasher = MockPasswordHasher::new();
    hasher
        .expect_verify()
        .withf(move |presented, hash| presented.expose() == text && hash.as_ref().map(|h| h.0.as_str()) == stored)
        .times(1)
        .returning(move |_, _| Ok(known));
    hasher
}

pub(crate) fn user(id: UserId, username: &str) -> User {
    User {
        id,
        username: Username::parse(username).unwrap(),
        email: Email::parse(&format!("{username}@example.org")).ok(),
        name: DisplayName::parse(username).unwrap(),
        avatar: None,
        password_hash: hash(&format!("hash of {username}")),
        created_at: Timestamp::from_millis(1),
        updated_at: Timestamp::from_millis(2),
    }
}

pub(crate) fn ada() -> User {
    user(ADA, "ada")
}

pub(crate) fn profile(id: UserId, username: &str) -> Profile {
    Profile::from(&user(id, username))
}

/// Ada's session: signed in an hour ago, continued three times, the last time ten seconds ago.
pub(crate) fn session() -> Session {
    let ago = |span: Duration| Timestamp::from_millis(NOW.as_millis() - i64::try_from(span.as_millis()).unwrap());
    Session {
        id: SESSION,
        user_id: ADA,
        device: Some("Firefox".into()),
        created_at: ago(Duration::from_hours(1)),
        last_used_at: ago(Duration::from_secs(10)),
        expires_at: NOW.plus(Duration::from_secs(1)),
        generation: 3,
        refresh_hash: refresh_token(SESSION, 3).hash,
        previous_hash: Some(refresh_token(SESSION, 2).hash),
        revoked_at: None,
    }
}

pub(crate) fn refresh_token(session: SessionId, generation: i64) -> RefreshToken {
    let token = format!("{session}/{generation}");
    let hash = TokenHash(format!("hash of {token}").into_bytes());
    RefreshToken { token, hash }
}

/// Makes refresh tokens that show what they are made of, and reads one that says `presented`.
pub(crate) fn refresh_tokens(presented: RefreshToken) -> Arc<MockRefreshTokens> {
    let mut tokens = MockRefreshTokens::new();
    tokens.expect_derive().returning(refresh_token);
    tokens.expect_parse().returning(move |token| (token == presented.token).then(|| (SESSION, presented.hash.clone())));
    Arc::new(tokens)
}

/// The access token of that session, from [`NOW`] on.
pub(crate) fn access_token(user: UserId, session: SessionId) -> AccessToken {
    let token = format!("{user} by {session} from {}", NOW.as_millis());
    AccessToken { token, expires_in: Duration::from_mins(15) }
}

/// Issues access tokens that show what they say.
pub(crate) fn access_tokens() -> Arc<MockAccessTokens> {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|claims, now| {
        assert_eq!(now, NOW);
        access_token(claims.user_id, claims.session_id)
    });
    Arc::new(tokens)
}

pub(crate) fn participant(role: Role) -> Participant {
    Participant { user_id: ADA, role, joined_at: Timestamp::from_millis(3) }
}

/// How Ada stands to a conversation at place `seq` that she takes part in.
pub(crate) fn standing(seq: Seq) -> Standing {
    Standing { seq, participant: Some(participant(Role::Member)) }
}

/// How she stands to one that she does not take part in.
pub(crate) const STRANGER: Standing = Standing { seq: 7, participant: None };

/// [`TEAM`] at place `seq`, as all see it.
pub(crate) fn team(seq: Seq) -> ConversationView {
    ConversationView {
        id: TEAM,
        is_group: true,
        name: Some("Team".into()),
        avatar: None,
        owner_id: Some(ADA),
        add_policy: AddPolicy::Everyone,
        participants: Vec::new(),
        participant_count: 2,
        last_message: None,
        seq,
        created_at: Timestamp::from_millis(1),
        updated_at: Timestamp::from_millis(2),
        active_at: Timestamp::from_millis(3),
    }
}

/// What [`TEAM`] is.
pub(crate) fn venue() -> Venue {
    Venue::Group(Some("Team".into()))
}

/// [`TEAM`] at place `seq`, as Ada sees it.
pub(crate) fn team_as_seen(seq: Seq) -> (ConversationView, ViewerState) {
    (team(seq), ViewerState { unread_count: 4, last_read_seq: 2, archived: false, muted: true })
}

pub(crate) fn body(text: &str) -> MessageBody {
    MessageBody::parse(text).unwrap()
}

/// [`HELLO`], by Ada in [`TEAM`], posted at one place and last changed at another.
pub(crate) fn hello(seq: Seq, changed_seq: Seq) -> MessageView {
    let message = Message {
        id: HELLO,
        conversation_id: TEAM,
        seq,
        changed_seq,
        sender_id: ADA,
        content: Some("Hello".into()),
        reply_to: None,
        created_at: Timestamp::from_millis(5),
        edited_at: None,
        deleted_at: None,
    };
    MessageView { message, sender: profile(ADA, "ada") }
}

/// What Ada's command told of [`TEAM`].
pub(crate) fn told(seq: Seq, kind: ConversationEventKind) -> Published {
    CALLER.caused(Event::Conversation(ConversationEvent { conversation_id: TEAM, seq, kind }))
}

/// Remembers what was published.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Published>>);

impl Recorder {
    pub(crate) fn heard(&self) -> Vec<Published> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl EventPublisher for Recorder {
    async fn publish_all(&self, events: Vec<Published>) {
        self.0.lock().unwrap().extend(events);
    }
}

/// The database does not answer.
pub(crate) fn outage() -> RepositoryError {
    RepositoryError::Unavailable("connection refused".into())
}

/// What a door tells of a failure: its kind, its code, the fields at fault.
pub(crate) fn shown(failure: &impl Failure) -> (ErrorKind, &'static str, Vec<&str>) {
    (failure.kind(), failure.code(), failure.fields().iter().map(|error| &*error.field).collect())
}

/// What a door tells of a dependency that is down.
pub(crate) const IS_DOWN: (ErrorKind, &str, Vec<&str>) = (ErrorKind::Unavailable, "UNAVAILABLE", Vec::new());
