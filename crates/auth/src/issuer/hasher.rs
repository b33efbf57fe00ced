//! Argon2id with memory that is allocated once and used again. Every password and every client
//! secret is hashed and compared here. It must never decide how many hashes run at a time: that is
//! the number of [`Hasher`]s that the caller makes, in a server as many as its settings say.

use super::secret::{SecretFault, random};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;

/// Bytes of a password that is hashed; more would only cost time.
pub const PASSWORD_BYTES: usize = 1024;
/// OWASP's smaller Argon2id setting: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Bytes that one hash works in.
pub const MEMORY_BYTES: usize = MEMORY_KIB as usize * Block::SIZE;

/// One worker's memory, and what it is used for. Allocated by the first hash, kept for the next.
#[derive(Default)]
pub struct Hasher {
    blocks: Vec<Block>,
}

impl Hasher {
    /// Hashes a password or a client secret into a PHC string. Takes tens of milliseconds.
    ///
    /// # Errors
    /// [`SecretFault`].
    pub fn hash(&mut self, secret: &str) -> Result<String, SecretFault> {
        if secret.len() > PASSWORD_BYTES {
            return Err(SecretFault::TooLong);
        }
        let salt: [u8; 16] = random()?;
        let params = params()?;
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        self.derive(Algorithm::Argon2id, Version::V0x13, &params, secret.as_bytes(), &salt, &mut out)?;
        let hashed = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_| SecretFault::Hash)?,
            salt: Some(Salt::new(&salt).map_err(|_| SecretFault::Hash)?),
            hash: Some(Output::new(&out).map_err(|_| SecretFault::Hash)?),
        };
        Ok(hashed.to_string())
    }

    /// Whether `secret` is what `hash` was made of. A hash that can't be read fits nothing, nor does
    /// one that needs more memory than ours do. It takes its time even where that is known beforehand.
    pub fn verify(&mut self, secret: &str, hash: &str) -> bool {
        match self.compare(secret, hash) {
            Some(fits) => fits,
            None => self.verify_nothing(secret),
        }
    }

    /// As long as a comparison takes, with nothing to compare: for users that don't exist, so that the
    /// time of an answer doesn't tell who does.
    pub fn verify_nothing(&mut self, secret: &str) -> bool {
        let secret = secret.as_bytes();
        let secret = secret.get(..PASSWORD_BYTES).unwrap_or(secret);
        if let Ok(params) = params() {
            let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
            let _ = self.derive(Algorithm::Argon2id, Version::V0x13, &params, secret, &[0; 16], &mut out);
        }
        false
    }

    /// Whether it holds memory that [`Hasher::release`] would give back.
    pub fn holds_memory(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Gives the memory back; the next hash allocates it again.
    pub fn release(&mut self) {
        self.blocks = Vec::new();
    }

    fn compare(&mut self, secret: &str, hash: &str) -> Option<bool> {
        if secret.len() > PASSWORD_BYTES {
            return None;
        }
        let hash = PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let (salt, expected) = (hash.salt?, hash.hash?);
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer.get_mut(..expected.len())?;
        self.derive(algorithm, version, &params, secret.as_bytes(), &salt, out).ok()?;
        Some(constant_time::verify_slices_are_equal(out, expected.as_bytes()).is_ok())
    }

    fn derive(
        &mut self,
        algorithm: Algorithm,
        version: Version,
        params: &Params,
        secret: &[u8],
        salt: &[u8],
        out: &mut [u8],
    ) -> Result<(), SecretFault> {
        let argon = Argon2::new(algorithm, version, params.clone());
        argon.hash_password_into_with_memory(secret, salt, out, self.memory()?).map_err(|_| SecretFault::Hash)
    }

    fn memory(&mut self) -> Result<&mut [Block], SecretFault> {
        if self.blocks.is_empty() {
            self.blocks.try_reserve_exact(MEMORY_BYTES / Block::SIZE).map_err(|_| SecretFault::Hash)?;
            self.blocks.resize(MEMORY_BYTES / Block::SIZE, Block::new());
        }
        Ok(&mut self.blocks)
    }
}

fn params() -> Result<Params, SecretFault> {
    Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| SecretFault::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_fits_its_own_secret_only() {
        let mut hasher = Hasher::default();
        let hashed = hasher.hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(hasher.verify("correct horse", &hashed) && !hasher.verify("correct horsE", &hashed));
        assert!(!hasher.verify("x", "no hash") && !hasher.verify_nothing("x"));
        assert_ne!(hashed, hasher.hash("correct horse").unwrap());
        assert_eq!(hasher.hash(&"x".repeat(PASSWORD_BYTES + 1)), Err(SecretFault::TooLong));
        assert!(!hasher.verify(&"x".repeat(PASSWORD_BYTES + 1), &hashed));
    }

    #[test]
    fn memory_used_before_changes_no_result() {
        let mut used = Hasher::default();
        let hashed = used.hash("first").unwrap();
        for secret in ["second", "third"] {
            used.verify_nothing(secret);
        }
        assert!(used.verify("first", &hashed) && Hasher::default().verify("first", &hashed));
        used.release();
        assert!(!used.holds_memory() && used.verify("first", &hashed) && used.holds_memory());
    }

    #[test]
    fn comparison_costs_a_hash_whatever_is_compared() {
        let hashed = Hasher::default().hash("secret").unwrap();
        for (secret, hash) in [("wrong", &*hashed), (&"x".repeat(PASSWORD_BYTES + 1), &hashed), ("secret", "no hash")] {
            let mut hasher = Hasher::default();
            assert!(!hasher.verify(secret, hash) && hasher.holds_memory(), "{hash}");
        }
    }

    #[test]
    fn hashes_of_other_makers_are_read() {
        use argon2::PasswordHasher;
        let argon = |params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let smaller = argon(Params::new(1024, 3, 2, Some(24)).unwrap());
        let smaller = smaller.hash_password_with_salt(b"secret", b"sixteen bytes of").unwrap().to_string();
        let larger = argon(Params::new(MEMORY_KIB + 8, 1, 1, None).unwrap());
        let larger = larger.hash_password_with_salt(b"secret", b"sixteen bytes of").unwrap().to_string();
        let mut hasher = Hasher::default();
        assert!(hasher.verify("secret", &smaller) && !hasher.verify("Secret", &smaller));
        assert!(!hasher.verify("secret", &larger), "more memory than is there");
    }
}
