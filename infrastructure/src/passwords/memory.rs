//! The memory that Argon2 works in, kept for the next hash.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher, PasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Memory for so many hashes at once.
///
/// It is reused since an allocator does not give it back as one would think: blocks of this size end up in the arenas
/// of the threads that worked, and stay there, once for each.
#[derive(Debug)]
pub struct Memory {
    size: usize,
    free: Mutex<Vec<Vec<Block>>>,
}

impl Memory {
    /// Memory of so many blocks a hash, none of it allocated yet.
    pub fn new(size: usize) -> Self {
        Self { size, free: Mutex::default() }
    }

    /// Lends memory of at least so many blocks.
    fn lend<T>(&self, size: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut blocks = kept.unwrap_or_else(|| vec![Block::default(); self.size]);
        if blocks.len() < size {
            // A stored hash that was made with more.
            return work(&mut vec![Block::default(); size]);
        }
        let done = work(&mut blocks);
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
        done
    }
}

/// Argon2 that works in such memory.
pub struct InMemory<'a> {
    pub argon2: &'a Argon2<'static>,
    pub memory: &'a Memory,
}

impl InMemory<'_> {
    fn hash_by(
        &self,
        argon2: &Argon2<'_>,
        (algorithm, version): (Algorithm, Version),
        password: &[u8],
        salt: &[u8],
    ) -> password_hash::Result<PasswordHash> {
        let (salt, params) = (Salt::new(salt)?, argon2.params());
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
        let blocks = params.block_count();
        self.memory.lend(blocks, |blocks| argon2.hash_password_into_with_memory(password, &salt, output, blocks))?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(salt),
            hash: Some(Output::new(output)?),
        })
    }
}

impl PasswordHasher<PasswordHash> for InMemory<'_> {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> password_hash::Result<PasswordHash> {
        self.hash_by(self.argon2, (Algorithm::Argon2id, Version::V0x13), password, salt)
    }
}

/// By this a password is verified against a hash of any parameters.
impl CustomizedPasswordHasher<PasswordHash> for InMemory<'_> {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> password_hash::Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        self.hash_by(&Argon2::new(algorithm, version, params), (algorithm, version), password, salt)
    }
}
