//! The table of all variables.

use std::fmt::Write as _;

/// A variable that can be set.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds when it is not set; empty where that is made up, as [`Variable::help`] tells.
    pub default: &'static str,
    /// What it takes, as in "takes a port number".
    pub takes: &'static str,
    /// What it is for.
    pub help: &'static str,
}

macro_rules! variables {
    ($($name:ident = $default:literal, $takes:literal, $help:literal;)+) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            pub const $name: Variable =
                Variable { name: stringify!($name), default: $default, takes: $takes, help: $help };
        )+

        /// All of them, in the order they are shown.
        pub const ALL: &[Variable] = &[$($name),+];
    };
}

variables! {
    HOST = "127.0.0.1",
        "an IP address or localhost",
        "The address to listen on; 0.0.0.0 for every one of this machine.";
    PORT = "3000",
        "a port number from 0 to 65535",
        "The port to listen on; 0 takes a free one.";
    WORKERS = "",
        "a whole number from 1 to 64",
        "How many threads serve requests and sockets; one for each core unless set.";
    DATA_DIR = "./data",
        "a path",
        "The directory for the database file and the generated secret. It is made if need be.";
    DATABASE_URL = "",
        "sqlite://path or postgres://user:password@host:port/name",
        "The database; the file confab.db in DATA_DIR unless set.";
    DATABASE_POOL_SIZE = "",
        "a whole number from 1 to 1000",
        "How many connections to PostgreSQL, or readers of SQLite, there may be; 4 for each core, or 4, unless set.";
    DATABASE_WAIT = "2s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a call waits for a connection to the database, and in SQLite for another process that writes.";
    DATABASE_CONNECT_TIMEOUT = "3s",
        "a time of at most 1h, such as 45s or 15m",
        "How long connecting to PostgreSQL may take.";
    DATABASE_STATEMENT_TIMEOUT = "5s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a call to the database may take in all, and a statement in PostgreSQL.";
    DATABASE_LOCK_TIMEOUT = "3s",
        "a time of at most 1h, such as 45s or 15m",
        "How long PostgreSQL waits for a lock.";
    DATABASE_TRANSACTION_TIMEOUT = "10s",
        "a time of at most 1h, such as 45s or 15m",
        "How long PostgreSQL keeps a transaction open in which nothing is asked.";
    SQLITE_SYNCHRONOUS = "full",
        "full or normal",
        "Whether an acknowledged message in SQLite survives a loss of power (full) or only a crash (normal).";
    EVENT_BUS = "memory",
        "memory",
        "How nodes tell each other what happened. There is one node for now.";
    JWT_SECRET = "",
        "at least 32 bytes that nobody can guess",
        "What tokens are signed with; made and kept in DATA_DIR/jwt-secret unless set. Nodes that share a database must share it.";
    ACCESS_TOKEN_TTL = "15m",
        "a time such as 45s, 15m, 12h or 30d",
        "How long an access token holds.";
    REFRESH_TOKEN_TTL = "30d",
        "a time such as 45s, 15m, 12h or 30d",
        "How long a session lives that nobody continues.";
    SESSION_TTL = "90d",
        "a time such as 45s, 15m, 12h or 30d",
        "How long a session lives at most.";
    REFRESH_REUSE_GRACE = "15s",
        "0s, or a time such as 45s, 15m, 12h or 30d",
        "How long a spent refresh token still gets its successor, as long as that is unused: an answer may have been lost.";
    TOKEN_LEEWAY = "10s",
        "0s, or a time such as 45s, 15m, 12h or 30d",
        "How far the clocks of nodes may differ.";
    PASSWORD_HASH_MEMORY_KIB = "19456",
        "a whole number from 19456 to 1048576",
        "How much memory the hash of a password takes (Argon2id).";
    PASSWORD_HASH_ITERATIONS = "2",
        "a whole number from 2 to 64",
        "How often it goes over it.";
    PASSWORD_HASH_PARALLELISM = "1",
        "a whole number from 1 to 64",
        "How many lanes it has.";
    PASSWORD_HASHES_AT_ONCE = "",
        "a whole number from 1 to 1024",
        "How many passwords are hashed at once; 2 for each core unless set.";
    PASSWORD_HASH_QUEUE = "32",
        "a whole number from 0 to 100000",
        "How many more may wait for that; beyond it the answer is 503.";
    COMMON_PASSWORDS = "",
        "allowed or refused",
        "Whether a password may be chosen that is easy to guess; allowed, or refused if RATE_LIMITS is strict, unless set.";
    PRESENCE_GRACE = "5s",
        "a time such as 45s, 15m, 12h or 30d",
        "How long somebody whose connection was lost is awaited before the others hear that they have gone.";
    TYPING_EXPIRY = "6s",
        "a time such as 45s, 15m, 12h or 30d",
        "How long somebody types who does not say so again.";
    CORS_ORIGINS = "*",
        "* or a list of origins such as https://app.example.org,https://example.org",
        "Which web pages of other origins may call.";
    MAX_MESSAGE_CHARACTERS = "4000",
        "a whole number from 1 to 65536",
        "How many characters a message may have.";
    MAX_BODY_BYTES = "65536",
        "a whole number from 1024 to 16777216",
        "The largest JSON body that is read.";
    HISTORY_CACHE_BYTES = "33554432",
        "a whole number from 0 to 1099511627776",
        "How much memory pages of histories may take that are kept as they were answered; 0 keeps none.";
    MAX_FRAME_BYTES = "65536",
        "a whole number from 1024 to 16777216",
        "The largest message of a plain WebSocket.";
    MAX_PAYLOAD_BYTES = "100000",
        "a whole number from 1024 to 16777216",
        "The largest message of a Socket.IO client, and the largest body it posts.";
    MAX_FRAGMENTS = "64",
        "a whole number from 1 to 65536",
        "The most fragments that a message over a WebSocket may come in.";
    MAX_ATTACHMENTS = "10",
        "a whole number from 0 to 1000",
        "The most binary attachments of a packet of a Socket.IO client.";
    MAX_PACKETS = "256",
        "a whole number from 1 to 65536",
        "The most packets that a Socket.IO client may post in one request.";
    QUEUE_BYTES = "1048576",
        "a whole number from 65536 to 1073741824",
        "How many bytes may wait for a client to read them; beyond it is cut.";
    QUEUE_FRAMES = "256",
        "a whole number from 8 to 1000000",
        "How many frames may wait likewise.";
    PING_INTERVAL = "25s",
        "a time of at most 1h, such as 45s or 15m",
        "After how long without a word a client is pinged.";
    PING_TIMEOUT = "10s",
        "a time of at most 1h, such as 45s or 15m",
        "How long the client of a plain WebSocket has to answer that.";
    SOCKETIO_PING_TIMEOUT = "20s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a Socket.IO client has.";
    CONNECT_TIMEOUT = "10s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a Socket.IO client may be connected without being in a namespace.";
    UPGRADE_TIMEOUT = "10s",
        "a time of at most 1h, such as 45s or 15m",
        "How long becoming a WebSocket may take.";
    RESUME_WINDOW = "2m",
        "a time of at most 1h, such as 45s or 15m",
        "How long a Socket.IO client may be away and still be told what it missed.";
    RESUME_EVENTS = "200",
        "a whole number from 1 to 65536, less than QUEUE_FRAMES",
        "How many events it is told then; who missed more reads the history.";
    POSITION_CHECK = "3s",
        "a time of at most 1h, such as 45s or 15m",
        "How often it is checked whether all that is stored has been told.";
    TCP_USER_TIMEOUT = "30s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a client may acknowledge nothing of what is sent, or take nothing of it, before it is cut.";
    TCP_KEEPALIVE = "30s",
        "a time of at most 1h, such as 45s or 15m",
        "After how long without a word the system asks whether a client is still there, and again each third of it.";
    REQUEST_HEAD_TIMEOUT = "5s",
        "a time of at most 1h, such as 45s or 15m",
        "How long the head of a request may take.";
    REQUEST_BODY_TIMEOUT = "30s",
        "a time of at most 1h, such as 45s or 15m",
        "How long its body may take.";
    KEEP_ALIVE = "15s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a connection stays open on which no request comes.";
    MAX_CONNECTIONS = "20000",
        "a whole number from 1 to 1000000",
        "How many connections may be open at once, as far as the limit of open files allows.";
    RATE_LIMITS = "default",
        "default, strict or off",
        "Which limits hold that are not set one by one (docs/limits.md).";
    RATE_LIMIT_EXEMPT = "loopback",
        "none, or a list of addresses and networks such as loopback,10.0.0.0/8",
        "Who is exempt from the limits per address.";
    TRUSTED_PROXIES = "",
        "a list of addresses and networks such as loopback,10.0.0.0/8",
        "Whose X-Forwarded-For is believed; nobody's unless set.";
    SIGN_IN_RATE_PER_ADDRESS = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one address may try to sign in; 20:20/m, unless set.";
    SIGN_IN_FAILURES_PER_ADDRESS = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one address may give a wrong password for one account; 5:1/m, unless set.";
    SIGN_IN_FAILURES = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How many wrong passwords may be given for one account; 100:100/h, unless set.";
    REGISTRATION_RATE_PER_ADDRESS = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one address may make an account; 30:60/h, or 3:3/h if strict, unless set.";
    REFRESH_RATE_PER_ADDRESS = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one address may continue sessions; 120:120/m, unless set.";
    CONNECTION_RATE_PER_ADDRESS = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one address may ask for a connection; 200:20/s, unless set.";
    CALL_RATE = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How many REST calls one person may make; 500:50/s, or 100:10/s if strict, unless set.";
    MESSAGE_RATE = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How many messages one person may send; 200:20/s, or 60:1/s if strict, unless set.";
    MESSAGE_RATE_PER_CONVERSATION = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How many of them to one conversation; off, or 5:1/s if strict, unless set.";
    COMMAND_RATE = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How many commands one connection may send; 200:50/s, or 120:2/s if strict, unless set.";
    TYPING_RATE = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one connection may say that somebody types; 10:20/m, unless set.";
    STATUS_RATE = "",
        "off, or a burst and a refill in s, m or h such as 200:20/s",
        "How often one connection may say how somebody is; 5:6/m, unless set.";
    CONNECTIONS_PER_USER = "",
        "off, or a whole number from 1 to 1000000",
        "How many connections one person may have; 20, unless set.";
    CONNECTIONS_PER_ADDRESS = "",
        "off, or a whole number from 1 to 1000000",
        "How many connections one address may have; 200, unless set.";
    MEMBERS_PER_GROUP = "",
        "off, or a whole number from 1 to 1000000",
        "How many people may take part in a group; 2000, or 256 if strict, unless set.";
    JOINED_PER_CONNECTION = "",
        "off, or a whole number from 1 to 1000000",
        "How many conversations one connection may look at; 128, unless set.";
    FRAMES_REPLY_SUFFIX = "Response",
        "at most 32 letters; set to nothing for none",
        "What the types of answers end in at the door for {type, params} frames (docs/protocols/frames.md).";
    SWAGGER_UI = "on",
        "on or off",
        "Whether /api shows the documentation of the calls.";
    LOG = "info",
        "a filter such as info or api=debug,warn",
        "What is logged.";
    LOG_FORMAT = "",
        "pretty or json",
        "How it is logged; pretty on a terminal and json otherwise, unless set.";
    SHUTDOWN_GRACE = "30s",
        "a time of at most 1h, such as 45s or 15m",
        "How long a stop waits for what was accepted.";
}

/// The list of variables, as `confab --help` shows it.
pub fn help() -> String {
    let mut text = String::new();
    for variable in ALL {
        let Variable { name, default, takes, help } = variable;
        let default = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        let _ = writeln!(text, "  {name}{default}\n      {help}\n      Takes {takes}.");
    }
    text
}
