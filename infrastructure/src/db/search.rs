//! Searching people: what is searched, and the pattern a search becomes.
//!
//! Characters are lowered one by one, without looking at their neighbours, so that a part of a name lowers to a part
//! of the lowered name.

use domain::user::User;

/// What a person is found by: username and name on lines of their own, so that no search matches across both.
pub fn key(user: &User) -> String {
    lowered(user.username.as_str()).chain(['\n']).chain(lowered(user.name.as_str())).collect()
}

/// The LIKE pattern of a search, with `\` before what LIKE would take as special; `None` if it can match nobody:
/// names have no control characters, and an end.
pub fn pattern(search: &str) -> Option<String> {
    /// More characters than any name has, and fewer than SQLite's longest pattern.
    const LONGEST: usize = 1024;
    if search.len() > 4 * LONGEST || search.chars().count() > LONGEST || search.chars().any(char::is_control) {
        return None;
    }
    let mut pattern = String::from("%");
    for c in lowered(search) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Some(pattern)
}

fn lowered(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_literal() {
        assert_eq!(pattern(r"50%_A\b").as_deref(), Some(r"%50\%\_a\\b%"));
        assert_eq!(pattern("").as_deref(), Some("%%"));
    }

    #[test]
    fn what_no_name_holds_matches_nobody() {
        assert_eq!(pattern("a\nb"), None);
        assert_eq!(pattern("a\0b"), None);
        assert!(pattern(&"🦀".repeat(1024)).is_some());
        assert_eq!(pattern(&"x".repeat(1025)), None);
    }

    #[test]
    fn a_part_of_a_name_lowers_to_a_part_of_the_lowered_name() {
        assert_eq!(pattern("ΣΑΣ").as_deref(), Some("%σασ%"));
        assert_eq!(pattern("Σ").as_deref(), Some("%σ%"));
    }
}
