//! How often, how many, and from where.

use super::env::{ConfigError, Env};
use super::networks::Networks;
use super::parse::within;
use super::rate::Rate;
use super::variables as var;
use super::variables::Variable;

/// What limits hold; `None` where none does.
#[derive(Debug, Clone, Default)]
pub struct LimitSettings {
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Networks,
    /// `RATE_LIMIT_EXEMPT`.
    pub exempt: Networks,
    /// `SIGN_IN_RATE_PER_ADDRESS`.
    pub sign_ins: Option<Rate>,
    /// `SIGN_IN_FAILURES_PER_ADDRESS`: of one account, from one address.
    pub failures_from_address: Option<Rate>,
    /// `SIGN_IN_FAILURES`: of one account, from anywhere.
    pub failures: Option<Rate>,
    /// `REGISTRATION_RATE_PER_ADDRESS`.
    pub registrations: Option<Rate>,
    /// `REFRESH_RATE_PER_ADDRESS`.
    pub refreshes: Option<Rate>,
    /// `CONNECTION_RATE_PER_ADDRESS`.
    pub handshakes: Option<Rate>,
    /// `CALL_RATE`.
    pub calls: Option<Rate>,
    /// `MESSAGE_RATE`.
    pub messages: Option<Rate>,
    /// `MESSAGE_RATE_PER_CONVERSATION`.
    pub messages_in_conversation: Option<Rate>,
    /// `COMMAND_RATE`.
    pub commands: Option<Rate>,
    /// `TYPING_RATE`.
    pub typing: Option<Rate>,
    /// `STATUS_RATE`.
    pub statuses: Option<Rate>,
    /// `CONNECTIONS_PER_USER`.
    pub connections_per_user: Option<u32>,
    /// `CONNECTIONS_PER_ADDRESS`.
    pub connections_per_address: Option<u32>,
    /// `MEMBERS_PER_GROUP`.
    pub members_per_group: Option<u32>,
    /// `JOINED_PER_CONNECTION`.
    pub joined_per_connection: Option<u32>,
    /// `COMMON_PASSWORDS`.
    pub refuses_common_passwords: bool,
}

/// Which limits hold that are not set one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    Default,
    Strict,
    Off,
}

/// The variables of the limits, each with what it is by default and in the strict profile.
const PROFILES: [(&Variable, &str, &str); 16] = [
    (&var::SIGN_IN_RATE_PER_ADDRESS, "20:20/m", "20:20/m"),
    (&var::SIGN_IN_FAILURES_PER_ADDRESS, "5:1/m", "5:1/m"),
    (&var::SIGN_IN_FAILURES, "100:100/h", "100:100/h"),
    (&var::REGISTRATION_RATE_PER_ADDRESS, "30:60/h", "3:3/h"),
    (&var::REFRESH_RATE_PER_ADDRESS, "120:120/m", "120:120/m"),
    (&var::CONNECTION_RATE_PER_ADDRESS, "200:20/s", "200:20/s"),
    (&var::CALL_RATE, "500:50/s", "100:10/s"),
    (&var::MESSAGE_RATE, "200:20/s", "60:1/s"),
    (&var::MESSAGE_RATE_PER_CONVERSATION, "off", "5:1/s"),
    (&var::COMMAND_RATE, "200:50/s", "120:2/s"),
    (&var::TYPING_RATE, "10:20/m", "10:20/m"),
    (&var::STATUS_RATE, "5:6/m", "5:6/m"),
    (&var::CONNECTIONS_PER_USER, "20", "20"),
    (&var::CONNECTIONS_PER_ADDRESS, "200", "200"),
    (&var::MEMBERS_PER_GROUP, "2000", "256"),
    (&var::JOINED_PER_CONNECTION, "128", "128"),
];

impl LimitSettings {
    /// Reads them. What is set by itself holds in every profile.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let profile = env.read(&var::RATE_LIMITS, |text| match text {
            "default" => Some(Profile::Default),
            "strict" => Some(Profile::Strict),
            "off" => Some(Profile::Off),
            _ => None,
        })?;
        let rate = |variable| limit(env, variable, profile, Rate::parse);
        let number = |variable| limit(env, variable, profile, within(1..=1_000_000));
        Ok(Self {
            trusted_proxies: env.read_if_set(&var::TRUSTED_PROXIES, Networks::parse)?.unwrap_or_default(),
            exempt: env.read(&var::RATE_LIMIT_EXEMPT, |text| match text {
                "none" => Some(Networks::default()),
                list => Networks::parse(list),
            })?,
            sign_ins: rate(&var::SIGN_IN_RATE_PER_ADDRESS)?,
            failures_from_address: rate(&var::SIGN_IN_FAILURES_PER_ADDRESS)?,
            failures: rate(&var::SIGN_IN_FAILURES)?,
            registrations: rate(&var::REGISTRATION_RATE_PER_ADDRESS)?,
            refreshes: rate(&var::REFRESH_RATE_PER_ADDRESS)?,
            handshakes: rate(&var::CONNECTION_RATE_PER_ADDRESS)?,
            calls: rate(&var::CALL_RATE)?,
            messages: rate(&var::MESSAGE_RATE)?,
            messages_in_conversation: rate(&var::MESSAGE_RATE_PER_CONVERSATION)?,
            commands: rate(&var::COMMAND_RATE)?,
            typing: rate(&var::TYPING_RATE)?,
            statuses: rate(&var::STATUS_RATE)?,
            connections_per_user: number(&var::CONNECTIONS_PER_USER)?,
            connections_per_address: number(&var::CONNECTIONS_PER_ADDRESS)?,
            members_per_group: number(&var::MEMBERS_PER_GROUP)?,
            joined_per_connection: number(&var::JOINED_PER_CONNECTION)?,
            refuses_common_passwords: env
                .read_if_set(&var::COMMON_PASSWORDS, |text| match text {
                    "allowed" => Some(false),
                    "refused" => Some(true),
                    _ => None,
                })?
                .unwrap_or(profile == Profile::Strict),
        })
    }
}

fn limit<T>(
    env: &Env,
    variable: &Variable,
    profile: Profile,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    let made_up =
        PROFILES.iter().find(|(known, ..)| *known == variable).map_or("off", |(_, default, strict)| match profile {
            Profile::Default => default,
            Profile::Strict => strict,
            Profile::Off => "off",
        });
    let text = env.get(variable).map(str::trim).filter(|text| !text.is_empty()).unwrap_or(made_up);
    if text == "off" {
        return Ok(None);
    }
    let takes = || ConfigError::new(variable, format!("takes {}", variable.takes));
    parse(text).map(Some).ok_or_else(takes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> LimitSettings {
        LimitSettings::from_env(&Env::of(set.iter().copied())).unwrap()
    }

    #[test]
    fn a_profile_holds_where_nothing_else_is_set() {
        let shown = |rate: Option<Rate>| rate.map(|rate| rate.to_string());
        assert_eq!(shown(read(&[]).messages).as_deref(), Some("200:20/s"));
        assert_eq!(shown(read(&[]).messages_in_conversation), None);
        assert_eq!(read(&[]).connections_per_user, Some(20));
        let strict = read(&[("RATE_LIMITS", "strict"), ("COMMAND_RATE", "7:7/s")]);
        assert_eq!(shown(strict.messages).as_deref(), Some("60:1/s"));
        assert_eq!(shown(strict.messages_in_conversation).as_deref(), Some("5:1/s"));
        assert_eq!(shown(strict.commands).as_deref(), Some("7:7/s"));
        assert!(strict.refuses_common_passwords && !read(&[]).refuses_common_passwords);
        assert!(read(&[("COMMON_PASSWORDS", "refused")]).refuses_common_passwords);
        assert!(!read(&[("RATE_LIMITS", "strict"), ("COMMON_PASSWORDS", "allowed")]).refuses_common_passwords);
        let off = read(&[("RATE_LIMITS", "off"), ("CALL_RATE", "1:1/h")]);
        assert_eq!((off.messages, off.sign_ins, off.connections_per_address), (None, None, None));
        assert_eq!(shown(off.calls).as_deref(), Some("1:1/h"));
        assert_eq!(read(&[("MESSAGE_RATE", "off")]).messages, None);
        assert!(read(&[]).exempt.contain([127, 0, 0, 1].into()));
        assert!(!read(&[("RATE_LIMIT_EXEMPT", "none")]).exempt.contain([127, 0, 0, 1].into()));
    }

    /// The numbers are said in three places; they are the same in all of them.
    #[test]
    fn the_numbers_are_told_as_they_are() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/limits.md");
        let page = std::fs::read_to_string(page).unwrap();
        for (variable, default, strict) in PROFILES {
            let told = if default == strict { default.to_owned() } else { format!("{default}, or {strict} if strict") };
            assert!(variable.help.ends_with(&format!("; {told}, unless set.")), "{}: {told}", variable.name);
            let row = format!("| `{}` | {default} | {strict} |", variable.name);
            assert!(page.contains(&row), "docs/limits.md lacks {row}");
        }
    }
}
