use std::collections::BTreeSet;
use std::time::Duration;

use super::*;

#[test]
fn with_nothing_set_it_runs() {
    let settings = Settings::from_env(&Env::default()).unwrap();
    assert_eq!(settings.server.address().to_string(), "127.0.0.1:3000");
    assert_eq!(settings.database.url.expose(), "sqlite://./data/confab.db");
    assert_eq!(settings.auth.access_ttl, Duration::from_mins(15));
    assert_eq!(settings.auth.jwt_secret, None);
    assert_eq!(settings.presence.grace, Duration::from_secs(5));
    assert_eq!(settings.presence.typing_expiry, Duration::from_secs(6));
    assert_eq!(settings.http.max_body_bytes, 65_536);
    assert_eq!(settings.http.cors_origins, None);
    assert!(settings.http.swagger_ui && settings.server.workers >= 1);
}

#[test]
fn the_database_file_is_in_the_data_directory() {
    let settings = Settings::from_env(&Env::of([("DATA_DIR", "/var/lib/confab")])).unwrap();
    assert_eq!(settings.database.url.expose(), "sqlite:///var/lib/confab/confab.db");
}

#[test]
fn an_error_names_the_variable_and_what_it_takes_but_not_the_value() {
    for (name, value) in [
        ("HOST", "example.org!"),
        ("PORT", "65536"),
        ("WORKERS", "0"),
        ("DATABASE_POOL_SIZE", "none"),
        ("SQLITE_SYNCHRONOUS", "off!"),
        ("EVENT_BUS", "pigeons"),
        ("JWT_SECRET", "too-short-hunter2"),
        ("ACCESS_TOKEN_TTL", "15 minutes"),
        ("REFRESH_TOKEN_TTL", "0d"),
        ("SESSION_TTL", "ever"),
        ("PASSWORD_HASH_MEMORY_KIB", "8192"),
        ("PASSWORD_HASH_ITERATIONS", "1"),
        ("PRESENCE_GRACE", "5"),
        ("TYPING_EXPIRY", "0s"),
        ("CORS_ORIGINS", "nonsense"),
        ("DATABASE_WAIT", "0s"),
        ("PING_INTERVAL", "3601s"),
        ("TCP_KEEPALIVE", "2h"),
        ("RESUME_EVENTS", "65537"),
        ("DATABASE_CONNECT_TIMEOUT", "3"),
        ("DATABASE_STATEMENT_TIMEOUT", "5000"),
        ("DATABASE_LOCK_TIMEOUT", "-1s"),
        ("DATABASE_TRANSACTION_TIMEOUT", "none"),
        ("REFRESH_REUSE_GRACE", "0"),
        ("TOKEN_LEEWAY", "a while"),
        ("PASSWORD_HASH_PARALLELISM", "65"),
        ("PASSWORD_HASHES_AT_ONCE", "1025"),
        ("PASSWORD_HASH_QUEUE", "100001"),
        ("MAX_MESSAGE_CHARACTERS", "65537"),
        ("MAX_FRAGMENTS", "65537"),
        ("MAX_ATTACHMENTS", "1001"),
        ("MAX_PACKETS", "65537"),
        ("QUEUE_BYTES", "65535"),
        ("QUEUE_FRAMES", "7"),
        ("PING_INTERVAL", "25"),
        ("PING_TIMEOUT", "10"),
        ("SOCKETIO_PING_TIMEOUT", "20"),
        ("CONNECT_TIMEOUT", "10"),
        ("UPGRADE_TIMEOUT", "10"),
        ("RESUME_WINDOW", "2"),
        ("RESUME_EVENTS", "many"),
        ("POSITION_CHECK", "3"),
        ("TCP_USER_TIMEOUT", "30"),
        ("TCP_KEEPALIVE", "30"),
        ("REQUEST_HEAD_TIMEOUT", "5"),
        ("REQUEST_BODY_TIMEOUT", "30"),
        ("KEEP_ALIVE", "15"),
        ("MAX_BODY_BYTES", "1k"),
        ("HISTORY_CACHE_BYTES", "32M"),
        ("MAX_FRAME_BYTES", "1023"),
        ("MAX_PAYLOAD_BYTES", "16777217"),
        ("MAX_CONNECTIONS", "0"),
        ("RATE_LIMITS", "none"),
        ("RATE_LIMIT_EXEMPT", "localnet"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("MESSAGE_RATE", "20"),
        ("CONNECTIONS_PER_USER", "0"),
        ("FRAMES_REPLY_SUFFIX", "Response!"),
        ("SWAGGER_UI", "maybe"),
        ("LOG", "api=loudest"),
        ("LOG_FORMAT", "xml"),
        ("SHUTDOWN_GRACE", "30"),
    ] {
        let error = Settings::from_env(&Env::of([(name, value)])).unwrap_err();
        assert_eq!(error.name, name);
        let line = error.to_string();
        assert!(line.starts_with(&format!("{name}: takes ")) && line.lines().count() == 1, "{line}");
        assert!(!line.contains(value) || value.len() < 3, "{line}");
    }
}

#[test]
fn answers_of_frames_end_as_is_set_also_in_nothing() {
    let suffix = |env: Env| Settings::from_env(&env).unwrap().frames_reply_suffix;
    assert_eq!(suffix(Env::default()), "Response");
    assert_eq!(suffix(Env::of([("FRAMES_REPLY_SUFFIX", "Reply")])), "Reply");
    assert_eq!(suffix(Env::of([("FRAMES_REPLY_SUFFIX", "")])), "");
}

#[test]
fn an_empty_secret_is_refused_and_an_empty_port_is_not_set() {
    assert_eq!(Settings::from_env(&Env::of([("JWT_SECRET", "")])).unwrap_err().name, "JWT_SECRET");
    assert_eq!(Settings::from_env(&Env::of([("PORT", "")])).unwrap().server.port, 3000);
}

#[test]
fn sections_are_checked_against_each_other() {
    let error = Settings::from_env(&Env::of([("SESSION_TTL", "1m")])).unwrap_err();
    assert_eq!(error.to_string(), "ACCESS_TOKEN_TTL: must not be longer than SESSION_TTL");
    for part in ["DATABASE_WAIT", "DATABASE_CONNECT_TIMEOUT", "DATABASE_LOCK_TIMEOUT"] {
        let set = |time| Settings::from_env(&Env::of([("DATABASE_STATEMENT_TIMEOUT", "7s"), (part, time)]));
        assert!(set("7s").is_ok());
        assert_eq!(
            set("8s").unwrap_err().to_string(),
            format!("{part}: must not be longer than DATABASE_STATEMENT_TIMEOUT")
        );
    }
    let told = |events| Settings::from_env(&Env::of([("QUEUE_FRAMES", "100"), ("RESUME_EVENTS", events)]));
    assert!(told("99").is_ok());
    assert_eq!(told("100").unwrap_err().to_string(), "RESUME_EVENTS: must be less than QUEUE_FRAMES");
}

#[test]
fn nothing_prints_a_secret() {
    let secret = "0123456789abcdefghijklmnopqrstuvwxyz";
    let url = "postgres://confab:hunter2@db/confab";
    let settings = Settings::from_env(&Env::of([("JWT_SECRET", secret), ("DATABASE_URL", url)])).unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains(secret) && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn every_default_is_what_its_variable_takes() {
    let defaults = variables::ALL.iter().map(|variable| (variable.name, variable.default));
    let set: Vec<_> = defaults.filter(|(_, default)| !default.is_empty()).collect();
    assert!(Settings::from_env(&Env::of(set)).is_ok());
}

#[test]
fn the_example_file_lists_exactly_the_variables_with_their_defaults() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../.env.example");
    let example = std::fs::read_to_string(path).unwrap();
    let listed: BTreeSet<(&str, &str)> = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').unwrap_or(line).split_once('='))
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .collect();
    let known: BTreeSet<(&str, &str)> =
        variables::ALL.iter().map(|variable| (variable.name, variable.default)).collect();
    assert_eq!(listed, known);
}

#[test]
fn the_help_lists_every_variable() {
    let help = variables::help();
    for variable in variables::ALL {
        assert!(help.contains(variable.name) && help.contains(variable.help), "{}", variable.name);
    }
}

#[test]
fn the_page_of_limits_names_no_variable_that_there_is_not() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/limits.md")).unwrap();
    let is_variable =
        |text: &&str| text.contains('_') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(is_variable).collect();
    let unknown: Vec<_> =
        named.iter().filter(|name| !variables::ALL.iter().any(|known| known.name == **name)).collect();
    let codes = crate::problem::code::ALL;
    assert!(unknown.iter().all(|name| codes.contains(name)), "{unknown:?}");
    assert!(named.len() > 40, "{named:?}");
}
