//! Which passwords are among the first that anybody would guess.

/// Whoever has the hash and tries what people choose most would be in after fewer tries than this. The lists of zxcvbn
/// have thirty thousand passwords, names and words; what is made of one by capitals, a digit for a letter or turning it
/// round counts for a few more, and so does what is repeated or lies in a row on the keyboard.
const GUESSES: u64 = 100_000;

/// Longer ones are on no list, and the time that the estimate takes grows faster than their length.
const LONGEST: usize = 32;

/// Whether a password is a common one (OWASP ASVS 5.0, 6.2.4).
pub fn is_common(password: &str) -> bool {
    password.chars().count() <= LONGEST && zxcvbn::zxcvbn(password, &[]).guesses() < GUESSES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_choose_is_told_from_what_few_do() {
        for common in [
            "password",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "Password1",
            "P@ssw0rd",
            "drowssap",
            "aaaaaaaa",
            "football",
            "trustno1",
            "11111111",
            "sunshine",
            "princess",
            "baseball",
            "starwars",
        ] {
            assert!(is_common(common), "{common}");
        }
        for rare in ["correct horse battery", "tr0ub4dor&3xy", "v7#kQ!m2zR", "eine kleine Nachtmusik", &"a".repeat(33)]
        {
            assert!(!is_common(rare), "{rare}");
        }
    }
}
