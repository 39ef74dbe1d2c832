//! Hashing passwords.

mod common;
mod memory;

use std::sync::Arc;

use application::ports::{HashingError, PasswordHasher};
use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use domain::value::{Password, PasswordHash};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use self::common::is_common;
use self::memory::{InMemory, Memory};

/// How much work a hash is, and how much of it is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Settings {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// How many are worked on at once.
    pub at_once: usize,
    /// How many more wait; beyond that the answer is `Busy`.
    pub queue: usize,
    /// Whether a common password is hashed, or refused.
    pub refuses_common: bool,
}

impl Default for Argon2Settings {
    /// What OWASP recommends for Argon2id, on two threads for each core.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
            at_once: 2 * cores,
            queue: 32,
            refuses_common: false,
        }
    }
}

impl Argon2Settings {
    /// The least work there is, for tests.
    pub fn light() -> Self {
        Self { memory_kib: Params::MIN_M_COST, iterations: 1, ..Self::default() }
    }
}

/// What a hash is made with.
struct Hashing {
    argon2: Argon2<'static>,
    memory: Memory,
}

/// Argon2id, on the blocking threads of the runtime it was made on, and only so many at once.
pub struct Argon2Hasher {
    hashing: Arc<Hashing>,
    /// What is verified against when there is no account.
    dummy: PasswordHash,
    runtime: Handle,
    refuses_common: bool,
    admitted: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl std::fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Argon2Hasher").finish_non_exhaustive()
    }
}

impl Argon2Hasher {
    /// A hasher on the present tokio runtime.
    pub fn new(settings: Argon2Settings) -> Result<Self, HashingError> {
        let Argon2Settings { memory_kib, iterations, parallelism, at_once, queue, refuses_common } = settings;
        let params = Params::new(memory_kib, iterations, parallelism, None).map_err(fault)?;
        let blocks = params.block_count();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let once = Hashing { argon2: argon2.clone(), memory: Memory::new(blocks) };
        let hashing = Hashing { argon2, memory: Memory::new(blocks) };
        let at_once = at_once.max(1);
        Ok(Self {
            // A server that nobody logs in to keeps no memory for it.
            dummy: hash(&once, "nobody's password")?,
            hashing: Arc::new(hashing),
            refuses_common,
            runtime: Handle::current(),
            admitted: Arc::new(Semaphore::new(at_once + queue)),
            working: Arc::new(Semaphore::new(at_once)),
        })
    }

    /// Does a piece of work when its turn comes. Its place is taken until it is done, also if the caller goes away.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hashing) -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| HashingError::Busy)?;
        let turn = Arc::clone(&self.working).acquire_owned().await.map_err(fault)?;
        let hashing = Arc::clone(&self.hashing);
        let done = self.runtime.spawn_blocking(move || {
            let result = work(&hashing);
            drop((turn, admitted));
            result
        });
        done.await.map_err(fault)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingError> {
        let (password, refuses_common) = (password.clone(), self.refuses_common);
        let work = move |hashing: &Hashing| match password.expose() {
            common if refuses_common && is_common(common) => Err(HashingError::Common),
            other => hash(hashing, other),
        };
        self.work(work).await
    }

    async fn verify(&self, password: &Password, expected: Option<PasswordHash>) -> Result<bool, HashingError> {
        let password = password.clone();
        let exists = expected.is_some();
        let expected = expected.unwrap_or_else(|| self.dummy.clone());
        let matches = self.work(move |hashing| verify(hashing, password.expose(), &expected)).await?;
        Ok(matches && exists)
    }
}

impl Hashing {
    fn here(&self) -> InMemory<'_> {
        InMemory { argon2: &self.argon2, memory: &self.memory }
    }
}

fn hash(hashing: &Hashing, password: &str) -> Result<PasswordHash, HashingError> {
    let hash = hashing.here().hash_password(password.as_bytes()).map_err(fault)?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify(hashing: &Hashing, password: &str, expected: &PasswordHash) -> Result<bool, HashingError> {
    let expected = phc::PasswordHash::new(&expected.0).map_err(fault)?;
    match hashing.here().verify_password(password.as_bytes(), &expected) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(fault(error)),
    }
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> HashingError {
    HashingError::Fault(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::presented(text).unwrap()
    }

    fn hasher() -> Argon2Hasher {
        Argon2Hasher::new(Argon2Settings::light()).unwrap()
    }

    #[tokio::test]
    async fn a_hash_verifies_its_own_password_alone() {
        let hasher = hasher();
        let hash = hasher.hash(&password("correct horse")).await.unwrap();
        assert_ne!(hash, hasher.hash(&password("correct horse")).await.unwrap(), "salted");
        assert!(hasher.verify(&password("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(&password("correct horsf"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn without_an_account_no_password_is_right_not_even_the_dummys() {
        assert!(!hasher().verify(&password("nobody's password"), None).await.unwrap());
    }

    #[tokio::test]
    async fn without_an_account_the_same_work_is_done() {
        let hasher = Argon2Hasher::new(Argon2Settings { at_once: 1, queue: 0, ..Argon2Settings::light() }).unwrap();
        let _others = Arc::clone(&hasher.admitted).try_acquire_owned().unwrap();
        assert!(matches!(hasher.verify(&password("x"), None).await, Err(HashingError::Busy)));
    }

    #[tokio::test]
    async fn the_defaults_are_those_of_the_standard() {
        let hash = Argon2Hasher::new(Argon2Settings::default()).unwrap().dummy.0;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_verifies_by_its_own() {
        let old = Argon2Hasher::new(Argon2Settings { iterations: 3, ..Argon2Settings::light() }).unwrap();
        let hash = old.hash(&password("correct horse")).await.unwrap();
        assert!(hasher().verify(&password("correct horse"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_more_memory_and_another_version_verifies_by_its_own() {
        let old = "$argon2i$v=16$m=64,t=1,p=2$c2FsdHNhbHRzYWx0$";
        let params = Params::new(64, 1, 2, None).unwrap();
        let mut output = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2i, Version::V0x10, params);
        argon2.hash_password_into(b"correct horse", b"saltsaltsalt", &mut output).unwrap();
        let output = phc::Output::new(&output).unwrap();
        let hash = PasswordHash(format!("{old}{output}"));
        let hasher = hasher();
        assert!(hasher.verify(&password("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(&password("correct horsf"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_stored_hash_that_is_none_is_a_fault() {
        let broken = PasswordHash("not a hash".to_owned());
        assert!(matches!(hasher().verify(&password("x"), Some(broken)).await, Err(HashingError::Fault(_))));
    }

    #[tokio::test]
    async fn beyond_the_queue_it_is_busy_and_then_free_again() {
        let hasher = Argon2Hasher::new(Argon2Settings { at_once: 1, queue: 1, ..Argon2Settings::light() }).unwrap();
        let working = Arc::clone(&hasher.working).acquire_owned().await.unwrap();
        let (one, two, three) = (password("one"), password("two"), password("three"));
        let waiting = async { tokio::join!(hasher.hash(&one), hasher.hash(&two), hasher.hash(&three)) };
        let release = async {
            tokio::task::yield_now().await;
            drop(working);
        };
        let ((one, two, three), ()) = tokio::join!(waiting, release);
        assert!(one.is_ok() && two.is_ok());
        assert!(matches!(three, Err(HashingError::Busy)));
        assert!(hasher.hash(&password("four")).await.is_ok());
    }
}
