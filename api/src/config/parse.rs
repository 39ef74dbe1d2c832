//! How values are read.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use actix_web::http::Uri;

/// A number within bounds.
pub fn within<T: FromStr + PartialOrd>(bounds: RangeInclusive<T>) -> impl FnOnce(&str) -> Option<T> {
    move |text| text.parse().ok().filter(|number| bounds.contains(number))
}

/// A time such as `45s`, `15m`, `12h` or `30d`, more than zero.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let number: u64 = number.parse().ok().filter(|number| (1..=1_000_000).contains(number))?;
    Some(Duration::from_secs(number * seconds))
}

/// The same, of at most an hour: what systems and clients take as milliseconds, or count in 32 bits, and nobody wants
/// to wait for longer.
pub fn patience(text: &str) -> Option<Duration> {
    duration(text).filter(|time| *time <= Duration::from_hours(1))
}

/// The same as [`duration`], or no time at all: `0s`.
pub fn duration_or_none(text: &str) -> Option<Duration> {
    if text == "0s" { Some(Duration::ZERO) } else { duration(text) }
}

/// An IP address.
pub fn host(text: &str) -> Option<IpAddr> {
    if text.eq_ignore_ascii_case("localhost") { Some(Ipv4Addr::LOCALHOST.into()) } else { text.parse().ok() }
}

/// A switch.
pub fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Origins that may call; `None` for any.
#[expect(clippy::option_option, reason = "the outer is whether the text is right, the inner whether there is a list")]
pub fn origins(text: &str) -> Option<Option<Vec<String>>> {
    if text == "*" {
        return Some(None);
    }
    let origins: Option<Vec<String>> = text.split(',').map(|text| origin(text.trim())).collect();
    origins.map(Some)
}

/// An origin: a scheme, a host and perhaps a port, and nothing more.
fn origin(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let bare = uri.scheme().is_some() && uri.authority().is_some() && uri.path() == "/" && uri.query().is_none();
    (bare && !text.ends_with('/') && !text.contains('@')).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("45s"), Some(Duration::from_secs(45)));
        assert_eq!(duration("15m"), Some(Duration::from_mins(15)));
        assert_eq!(duration("30d"), Some(Duration::from_hours(720)));
        assert_eq!(patience("1h"), Some(Duration::from_hours(1)));
        assert_eq!(patience("3601s"), None);
        assert_eq!(duration_or_none("0s"), Some(Duration::ZERO));
        assert_eq!(duration_or_none("1s"), duration("1s"));
        assert_eq!(duration_or_none("0"), None);
        for bad in ["", "s", "0s", "15", "-1s", "1.5h", "1w", "99999999999999999999d", "1000001d", "5ß"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn origins_are_bare() {
        assert_eq!(origins("*"), Some(None));
        assert_eq!(
            origins("https://App.example.org, http://localhost:5173"),
            Some(Some(vec!["https://app.example.org".to_owned(), "http://localhost:5173".to_owned()]))
        );
        for bad in
            ["", "example.org", "https://example.org/", "https://example.org/x", "https://a@b.org", "*,https://a.org"]
        {
            assert_eq!(origins(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_keep_their_bounds() {
        assert_eq!(within(1_u16..=3)("3"), Some(3));
        assert_eq!(within(1_u16..=3)("4"), None);
        assert_eq!(within(1_u16..=3)("x"), None);
        assert_eq!(host("localhost"), Some(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(switch("ON"), Some(true));
        assert_eq!(switch("maybe"), None);
    }
}
