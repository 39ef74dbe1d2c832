//! What all doors share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use application::auth::{
    Authenticate, ChangePassword, ListSessions, Login, Logout, RefreshSession, Register, RevokeSession,
};
use application::conversations::{
    ChangeConversation, Connect, CreateConversation, GetConversation, Join, ListConversations, ListParticipants,
    MarkRead, OpenDirect, ReadChanges, ReadMissed,
};
use application::messages::{ReadHistory, ReadLatest, ReadSaid, ReviseMessage, SendDirect, SendMessage};
use application::ports::{
    AccessTokens, Clock, EventPublisher, HealthCheck, IdGenerator, PasswordHasher, PresenceTracker, RefreshTokens,
    TypingTracker,
};
use application::presence::{
    AnnouncePresence, AnnounceTyping, Connected, Disconnected, FollowTyping, LeaveAll, ListOnline, Look, SetStatus,
    ShowUser, StartTyping, StopTyping,
};
use application::users::{ChangeProfile, DeleteAccount, GetUser, ListUsers};
use domain::repository::{
    ConversationReader, ConversationRepository, MessageRepository, SessionRepository, UserRepository,
};
use domain::session::SessionPolicy;

use crate::limits::Limits;
use crate::pages::Pages;

/// What the use cases stand on.
#[derive(Clone)]
pub struct Ports {
    /// Accounts.
    pub users: Arc<dyn UserRepository>,
    /// Sign-ins.
    pub sessions: Arc<dyn SessionRepository>,
    /// Conversations, to change.
    pub conversations: Arc<dyn ConversationRepository>,
    /// Conversations, to read.
    pub reader: Arc<dyn ConversationReader>,
    /// Messages.
    pub messages: Arc<dyn MessageRepository>,
    /// Who is there.
    pub presence: Arc<dyn PresenceTracker>,
    /// Who types.
    pub typing: Arc<dyn TypingTracker>,
    /// Passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access: Arc<dyn AccessTokens>,
    /// Refresh tokens.
    pub refresh: Arc<dyn RefreshTokens>,
    /// Where news go.
    pub events: Arc<dyn EventPublisher>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long sessions live.
    pub policy: SessionPolicy,
    /// How many characters a message may have.
    pub max_message_characters: usize,
    /// What must answer for the service to be ready.
    pub dependencies: Vec<Arc<dyn HealthCheck>>,
}

/// The use cases, wired, each under its own name, and what the doors themselves need.
pub struct AppState {
    pub register: Arc<Register>,
    pub login: Arc<Login>,
    pub refresh_session: Arc<RefreshSession>,
    pub authenticate: Arc<Authenticate>,
    pub list_sessions: Arc<ListSessions>,
    pub revoke_session: Arc<RevokeSession>,
    pub logout: Arc<Logout>,
    pub change_password: Arc<ChangePassword>,

    pub list_users: Arc<ListUsers>,
    pub get_user: Arc<GetUser>,
    pub change_profile: Arc<ChangeProfile>,
    pub delete_account: Arc<DeleteAccount>,

    pub create_conversation: Arc<CreateConversation>,
    pub open_direct: Arc<OpenDirect>,
    pub get_conversation: Arc<GetConversation>,
    pub list_conversations: Arc<ListConversations>,
    pub change_conversation: Arc<ChangeConversation>,
    pub list_participants: Arc<ListParticipants>,
    pub mark_read: Arc<MarkRead>,
    pub read_changes: Arc<ReadChanges>,
    pub join: Arc<Join>,
    pub connect: Arc<Connect>,
    pub read_missed: Arc<ReadMissed>,

    pub send_message: Arc<SendMessage>,
    pub revise_message: Arc<ReviseMessage>,
    pub read_history: Arc<ReadHistory>,
    pub send_direct: Arc<SendDirect>,
    pub read_said: Arc<ReadSaid>,
    pub read_latest: Arc<ReadLatest>,

    pub presence: PresenceUseCases,

    pub clock: Arc<dyn Clock>,
    pub dependencies: Vec<Arc<dyn HealthCheck>>,
    pub stopping: Stopping,
    pub limits: Limits,
    pub pages: Option<Pages>,
}

/// Who is there, and who types.
pub struct PresenceUseCases {
    pub connected: Connected,
    pub disconnected: Disconnected,
    pub set_status: SetStatus,
    pub list_online: ListOnline,
    pub show_user: ShowUser,
    pub announce: AnnouncePresence,
    pub leave_all: LeaveAll,

    pub look: Look,
    pub start_typing: StartTyping,
    pub stop_typing: StopTyping,
    pub follow_typing: FollowTyping,
    pub announce_typing: AnnounceTyping,
}

impl AppState {
    /// Wires the use cases to what they stand on, and lets the doors keep these limits and pages.
    pub fn wire(p: Ports, limits: Limits, pages: Option<Pages>) -> Self {
        let authenticate =
            Arc::new(Authenticate { tokens: p.access.clone(), sessions: p.sessions.clone(), clock: p.clock.clone() });
        let revoke_session =
            Arc::new(RevokeSession { sessions: p.sessions.clone(), events: p.events.clone(), clock: p.clock.clone() });
        let capacity = limits.members_per_group();
        let create_conversation = create_conversation(&p, capacity);
        let open_direct = Arc::new(OpenDirect { create: Arc::clone(&create_conversation) });
        let send_message = send_message(&p);
        Self {
            register: register(&p),
            login: login(&p),
            refresh_session: refresh_session(&p),
            connect: Arc::new(Connect { authenticate: Arc::clone(&authenticate), reader: p.reader.clone() }),
            authenticate,
            list_sessions: Arc::new(ListSessions { sessions: p.sessions.clone(), clock: p.clock.clone() }),
            logout: Arc::new(Logout { revoke: Arc::clone(&revoke_session) }),
            revoke_session,
            change_password: change_password(&p),
            list_users: Arc::new(ListUsers { users: p.users.clone() }),
            get_user: Arc::new(GetUser { users: p.users.clone() }),
            change_profile: Arc::new(ChangeProfile { users: p.users.clone(), clock: p.clock.clone() }),
            delete_account: delete_account(&p),
            create_conversation,
            get_conversation: get_conversation(&p),
            list_conversations: Arc::new(ListConversations { reader: p.reader.clone() }),
            change_conversation: change_conversation(&p, capacity),
            list_participants: list_participants(&p),
            mark_read: mark_read(&p),
            read_changes: Arc::new(ReadChanges { conversations: p.conversations.clone(), reader: p.reader.clone() }),
            join: Arc::new(Join { conversations: p.conversations.clone() }),
            read_missed: Arc::new(ReadMissed { reader: p.reader.clone() }),
            send_direct: Arc::new(SendDirect {
                conversations: p.conversations.clone(),
                open: Arc::clone(&open_direct),
                send: Arc::clone(&send_message),
            }),
            open_direct,
            send_message,
            read_said: Arc::new(ReadSaid { conversations: p.conversations.clone(), messages: p.messages.clone() }),
            read_latest: Arc::new(ReadLatest { messages: p.messages.clone() }),
            revise_message: revise_message(&p),
            read_history: read_history(&p),
            presence: presence(&p),
            clock: p.clock,
            dependencies: p.dependencies,
            stopping: Stopping::default(),
            limits,
            pages,
        }
    }
}

fn register(p: &Ports) -> Arc<Register> {
    Arc::new(Register { users: p.users.clone(), hasher: p.hasher.clone(), ids: p.ids.clone(), clock: p.clock.clone() })
}

fn login(p: &Ports) -> Arc<Login> {
    Arc::new(Login {
        users: p.users.clone(),
        sessions: p.sessions.clone(),
        hasher: p.hasher.clone(),
        access: p.access.clone(),
        refresh: p.refresh.clone(),
        ids: p.ids.clone(),
        clock: p.clock.clone(),
        policy: p.policy,
    })
}

fn refresh_session(p: &Ports) -> Arc<RefreshSession> {
    Arc::new(RefreshSession {
        users: p.users.clone(),
        sessions: p.sessions.clone(),
        access: p.access.clone(),
        refresh: p.refresh.clone(),
        events: p.events.clone(),
        clock: p.clock.clone(),
        policy: p.policy,
    })
}

fn change_password(p: &Ports) -> Arc<ChangePassword> {
    Arc::new(ChangePassword {
        users: p.users.clone(),
        sessions: p.sessions.clone(),
        hasher: p.hasher.clone(),
        events: p.events.clone(),
        clock: p.clock.clone(),
    })
}

fn delete_account(p: &Ports) -> Arc<DeleteAccount> {
    Arc::new(DeleteAccount {
        users: p.users.clone(),
        sessions: p.sessions.clone(),
        conversations: p.conversations.clone(),
        reader: p.reader.clone(),
        hasher: p.hasher.clone(),
        events: p.events.clone(),
        clock: p.clock.clone(),
    })
}

fn get_conversation(p: &Ports) -> Arc<GetConversation> {
    Arc::new(GetConversation { conversations: p.conversations.clone(), reader: p.reader.clone() })
}

fn change_conversation(p: &Ports, capacity: usize) -> Arc<ChangeConversation> {
    Arc::new(ChangeConversation {
        conversations: p.conversations.clone(),
        reader: p.reader.clone(),
        events: p.events.clone(),
        clock: p.clock.clone(),
        capacity,
    })
}

fn list_participants(p: &Ports) -> Arc<ListParticipants> {
    Arc::new(ListParticipants { conversations: p.conversations.clone(), reader: p.reader.clone() })
}

fn mark_read(p: &Ports) -> Arc<MarkRead> {
    Arc::new(MarkRead {
        conversations: p.conversations.clone(),
        messages: p.messages.clone(),
        events: p.events.clone(),
    })
}

fn send_message(p: &Ports) -> Arc<SendMessage> {
    Arc::new(SendMessage {
        messages: p.messages.clone(),
        typing: p.typing.clone(),
        ids: p.ids.clone(),
        clock: p.clock.clone(),
        max_characters: p.max_message_characters,
    })
}

fn revise_message(p: &Ports) -> Arc<ReviseMessage> {
    Arc::new(ReviseMessage {
        messages: p.messages.clone(),
        events: p.events.clone(),
        clock: p.clock.clone(),
        max_characters: p.max_message_characters,
    })
}

fn read_history(p: &Ports) -> Arc<ReadHistory> {
    Arc::new(ReadHistory { conversations: p.conversations.clone(), messages: p.messages.clone() })
}

fn create_conversation(p: &Ports, capacity: usize) -> Arc<CreateConversation> {
    Arc::new(CreateConversation {
        conversations: p.conversations.clone(),
        reader: p.reader.clone(),
        events: p.events.clone(),
        ids: p.ids.clone(),
        clock: p.clock.clone(),
        capacity,
    })
}

fn presence(p: &Ports) -> PresenceUseCases {
    let (presence, typing, users) = (&p.presence, &p.typing, &p.users);
    PresenceUseCases {
        connected: Connected { presence: presence.clone() },
        disconnected: Disconnected { presence: presence.clone(), typing: typing.clone(), clock: p.clock.clone() },
        set_status: SetStatus { presence: presence.clone() },
        list_online: ListOnline { presence: presence.clone(), users: users.clone() },
        show_user: ShowUser { presence: presence.clone(), users: users.clone() },
        announce: AnnouncePresence { users: users.clone(), reader: p.reader.clone(), events: p.events.clone() },
        leave_all: LeaveAll { presence: presence.clone(), users: users.clone(), clock: p.clock.clone() },
        look: Look { typing: typing.clone() },
        start_typing: StartTyping { conversations: p.conversations.clone(), typing: typing.clone() },
        stop_typing: StopTyping { conversations: p.conversations.clone(), typing: typing.clone() },
        follow_typing: FollowTyping { typing: typing.clone() },
        announce_typing: AnnounceTyping { events: p.events.clone() },
    }
}

/// Whether the server is going down: it still answers, but wants no new clients.
#[derive(Debug, Default)]
pub struct Stopping(AtomicBool);

impl Stopping {
    /// From now on it is.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
