//! Secrets, and the one that is made if none is given.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// A file that keeps a secret cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct SecretFileError {
    path: String,
    cause: io::Error,
}

/// The secret in a file, which is made with `make` if it is not there, for this user alone to read. Of several
/// processes that start at once one makes it, and all get the same: the file appears under its name complete, or not
/// at all.
pub fn load_or_make(path: &Path, make: impl FnOnce() -> io::Result<String>) -> Result<Hidden, SecretFileError> {
    let failed = |cause| SecretFileError { path: path.display().to_string(), cause };
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make().and_then(|secret| publish(path, &secret)).map_err(failed)?;
            fs::read_to_string(path).map(hide).map_err(failed)
        }
        read => read.map(hide).map_err(failed),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the copy in the clear ends here")]
fn hide(text: String) -> Hidden {
    Hidden(text.trim().to_owned())
}

fn publish(path: &Path, secret: &str) -> io::Result<()> {
    let draft = draft(path);
    let published = write(&draft, secret).and_then(|()| match fs::hard_link(&draft, path) {
        // Another process was faster: its secret holds.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    published.and(removed)?;
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

fn write(draft: &Path, secret: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()
}

/// A name that no other process, nor another thread of this one, takes.
fn draft(path: &Path) -> PathBuf {
    let thread = format!("{:?}", std::thread::current().id());
    let number: String = thread.chars().filter(char::is_ascii_digit).collect();
    path.with_extension(format!("{}-{number}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn all_who_start_at_once_get_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("jwt-secret");
        let threads: Vec<_> = (0..16)
            .map(|n| {
                let path = path.clone();
                std::thread::spawn(move || load_or_make(&path, || Ok(format!("secret {n}"))).unwrap())
            })
            .collect();
        let secrets: Vec<Hidden> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(secrets.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(load_or_make(&path, || panic!("it is there")).unwrap(), secrets[0]);
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Hidden::new("hunter2")), "Hidden(…)");
    }
}
