//! Secrets: how they are made, kept and compared. Passwords and client secrets are kept as Argon2id
//! hashes; codes and refresh tokens, which are random and long, as plain SHA-256 digests. What is
//! returned as [`Hidden`] is shown to its owner once and stored nowhere.

use super::request::Hidden;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier, Version};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use uuid::Uuid;

/// Bytes of a password that is hashed; more would only cost time.
pub const PASSWORD_BYTES: usize = 1024;
/// OWASP's smaller Argon2id setting: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Without letters that look like others, and without vowels, so that no words come out (RFC 8628, 6.1).
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    #[error("the machine has no randomness")]
    Randomness,
    #[error("hashing failed")]
    Hash,
    #[error("it is too long")]
    TooLong,
}

fn argon() -> Result<Argon2<'static>, SecretFault> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| SecretFault::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password or a client secret. Takes tens of milliseconds and 19 MiB: run it where
/// blocking is allowed.
///
/// # Errors
/// [`SecretFault`].
pub fn hash(secret: &str) -> Result<String, SecretFault> {
    if secret.len() > PASSWORD_BYTES {
        return Err(SecretFault::TooLong);
    }
    let salt: [u8; 16] = random()?;
    let hashed = argon()?.hash_password_with_salt(secret.as_bytes(), &salt).map_err(|_| SecretFault::Hash)?;
    Ok(hashed.to_string())
}

/// Whether `secret` is what `hash` was made of. A hash that can't be read fits nothing.
pub fn verify(secret: &str, hash: &str) -> bool {
    let (Ok(argon), Ok(hash)) = (argon(), PasswordHash::new(hash)) else { return false };
    secret.len() <= PASSWORD_BYTES && argon.verify_password(secret.as_bytes(), &hash).is_ok()
}

/// As long as a comparison takes, with nothing to compare: for users that don't exist, so that the
/// time of an answer doesn't tell who does.
pub fn verify_nothing(secret: &str) -> bool {
    if let Ok(argon) = argon() {
        let mut out = [0; 32];
        let secret = secret.get(..PASSWORD_BYTES).unwrap_or(secret);
        let _ = argon.hash_password_into(secret.as_bytes(), &[0; 16], &mut out);
    }
    false
}

fn random<const N: usize>() -> Result<[u8; N], SecretFault> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| SecretFault::Randomness)?;
    Ok(bytes)
}

/// A new client secret: 32 random bytes.
///
/// # Errors
/// [`SecretFault::Randomness`].
pub fn client_secret() -> Result<Hidden, SecretFault> {
    Ok(Hidden::new(URL_SAFE_NO_PAD.encode(random::<32>()?)))
}

/// The first characters, by which people tell their secrets apart (`passwordCredential.hint`).
pub fn hint(secret: &Hidden) -> String {
    secret.expose().chars().take(3).collect()
}

/// A new refresh token, authorization code or device code: what its owner gets, and the digest by
/// which it is kept and found again.
///
/// # Errors
/// [`SecretFault::Randomness`].
pub fn opaque() -> Result<(Hidden, [u8; 32]), SecretFault> {
    let token = Hidden::new(URL_SAFE_NO_PAD.encode(random::<32>()?));
    let digest = opaque_digest(token.expose());
    Ok((token, digest))
}

/// The digest of an opaque token that somebody presents.
pub fn opaque_digest(token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

/// A new code for people to type in: `BCDF-GHJK`.
///
/// # Errors
/// [`SecretFault::Randomness`].
pub fn user_code() -> Result<String, SecretFault> {
    let mut code = String::with_capacity(9);
    while code.len() < 9 {
        // 240 is the largest multiple of 20 in a byte: above it, some letters would come more often.
        let [byte] = random::<1>()?;
        if let Some(letter) = USER_CODE_LETTERS.get(usize::from(byte) % 20).filter(|_| byte < 240) {
            if code.len() == 4 {
                code.push('-');
            }
            code.push(char::from(*letter));
        }
    }
    Ok(code)
}

/// A typed code in the form of [`user_code`]: letter case, blanks and hyphens don't matter.
pub fn user_code_typed(typed: &str) -> Option<String> {
    let letters: String =
        typed.chars().filter(char::is_ascii_alphanumeric).take(9).map(|char| char.to_ascii_uppercase()).collect();
    let (front, back) = letters.split_at_checked(4).filter(|(_, back)| back.len() == 4)?;
    Some(format!("{front}-{back}"))
}

/// Client secrets that were right a moment ago, so that not every token request costs an Argon2
/// hash. Kept is an HMAC under a key that dies with the process, bound to the stored hash: a
/// credential that is removed or replaced is asked about with another hash, and isn't found.
pub struct SecretCache {
    key: hmac::Key,
    entries: RwLock<HashMap<Uuid, [u8; 32]>>,
    bound: usize,
}

impl SecretCache {
    /// Room for `bound` credentials.
    ///
    /// # Errors
    /// [`SecretFault::Randomness`].
    pub fn new(bound: usize) -> Result<SecretCache, SecretFault> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()?);
        Ok(SecretCache { key, entries: RwLock::new(HashMap::new()), bound: bound.max(1) })
    }

    /// Whether this was right a moment ago. Never blocks.
    pub fn remembers(&self, key_id: Uuid, secret: &str, hash: &str) -> bool {
        let tag = self.tag(key_id, secret, hash);
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(&key_id).is_some_and(|known| constant_time::verify_slices_are_equal(known, &tag).is_ok())
    }

    /// As [`verify`], for the credential `key_id`, remembering what was right. May block like it.
    pub fn verify(&self, key_id: Uuid, secret: &str, hash: &str) -> bool {
        if self.remembers(key_id, secret, hash) {
            return true;
        }
        if !verify(secret, hash) {
            return false;
        }
        let tag = self.tag(key_id, secret, hash);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.bound && !entries.contains_key(&key_id) {
            entries.clear();
        }
        entries.insert(key_id, tag);
        true
    }

    fn tag(&self, key_id: Uuid, secret: &str, hash: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [key_id.as_bytes(), hash.as_bytes(), secret.as_bytes()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_fit_their_secret_alone() {
        let hashed = hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("correct horse", &hashed) && !verify("correct horsE", &hashed));
        assert!(!verify("x", "no hash") && !verify_nothing("x"));
        assert_ne!(hashed, hash("correct horse").unwrap());
        assert_eq!(hash(&"x".repeat(PASSWORD_BYTES + 1)), Err(SecretFault::TooLong));
    }

    #[test]
    fn the_cache_forgets_with_the_hash() {
        let cache = SecretCache::new(2).unwrap();
        let id = Uuid::from_u128(1);
        let (first, second) = (hash("one").unwrap(), hash("two").unwrap());
        assert!(!cache.remembers(id, "one", &first));
        assert!(cache.verify(id, "one", &first) && cache.verify(id, "one", &first));
        assert!(cache.remembers(id, "one", &first));
        assert!(!cache.verify(id, "two", &first));
        assert!(!cache.verify(id, "one", &second), "another hash: the secret was replaced");
        assert!(cache.verify(id, "two", &second));
    }

    #[test]
    fn codes_have_their_form() {
        let code = user_code().unwrap();
        assert_eq!(code.len(), 9);
        assert_eq!(user_code_typed(&code.to_lowercase().replace('-', " ")), Some(code));
        assert_eq!(user_code_typed("ABC"), None);
        assert_eq!(user_code_typed("ABCDEFGHJ"), None);
        let (token, digest) = opaque().unwrap();
        assert_eq!(token.expose().len(), 43);
        assert_eq!(opaque_digest(token.expose()), digest);
        assert_eq!(hint(&Hidden::new("abcdef")), "abc");
        assert_ne!(client_secret().unwrap(), client_secret().unwrap());
    }
}
