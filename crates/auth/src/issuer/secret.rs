//! Secrets: how they are made, kept and compared. Passwords and client secrets are kept as Argon2id
//! hashes, which [`Hasher`] makes; codes and refresh tokens, which are random and long, as plain
//! SHA-256 digests. What is returned as [`Hidden`] is shown to its owner once and stored nowhere.

use super::hasher::Hasher;
use super::request::Hidden;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use uuid::Uuid;

/// Bytes of the selector that is kept beside a client secret's hash.
const SELECTOR_BYTES: usize = 8;
/// Random bytes of a client secret.
const SECRET_BYTES: usize = 32;
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

pub(super) fn random<const N: usize>() -> Result<[u8; N], SecretFault> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| SecretFault::Randomness)?;
    Ok(bytes)
}

/// A new client secret: 32 random bytes.
///
/// # Errors
/// [`SecretFault::Randomness`].
pub fn client_secret() -> Result<Hidden, SecretFault> {
    Ok(Hidden::new(URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?)))
}

/// The first characters, by which people tell their secrets apart (`passwordCredential.hint`).
pub fn hint(secret: &str) -> String {
    secret.chars().take(3).collect()
}

/// By which a client's secret is found among the others it has, before anything is hashed: a digest
/// of all of it, keyed by its credential and cut off. None for what [`client_secret`] can't have made:
/// of 32 random bytes nobody learns anything by this, while a guessable secret could be tried against
/// it without the cost of Argon2.
pub fn selector(key_id: Uuid, secret: &str) -> Option<String> {
    let made = URL_SAFE_NO_PAD.decode(secret).ok().filter(|bytes| bytes.len() == SECRET_BYTES);
    made?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, key_id.as_bytes());
    let tag = hmac::sign(&key, secret.as_bytes());
    tag.as_ref().get(..SELECTOR_BYTES).map(|start| URL_SAFE_NO_PAD.encode(start))
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

    /// As [`Hasher::verify`], for the credential `key_id`, remembering what was right.
    pub fn verify(&self, hasher: &mut Hasher, key_id: Uuid, secret: &str, hash: &str) -> bool {
        if self.remembers(key_id, secret, hash) {
            return true;
        }
        if !hasher.verify(secret, hash) {
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
    fn the_cache_forgets_with_the_hash() {
        let cache = SecretCache::new(2).unwrap();
        let id = Uuid::from_u128(1);
        let mut hasher = Hasher::default();
        let (first, second) = (hasher.hash("one").unwrap(), hasher.hash("two").unwrap());
        assert!(!cache.remembers(id, "one", &first));
        let mut verify = |secret, hash| cache.verify(&mut hasher, id, secret, hash);
        assert!(verify("one", &first) && verify("one", &first));
        assert!(cache.remembers(id, "one", &first));
        assert!(!verify("two", &first));
        assert!(!verify("one", &second), "another hash: the secret was replaced");
        assert!(verify("two", &second));
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
        assert_eq!(hint("abcdef"), "abc");
        assert_ne!(client_secret().unwrap(), client_secret().unwrap());
    }

    #[test]
    fn selector_is_of_one_credential_and_of_random_secrets_only() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let secret = client_secret().unwrap();
        let selector = |id, secret: &Hidden| super::selector(id, secret.expose());
        assert!(selector(one, &secret).is_some_and(|text| text.len() == 11));
        assert_eq!(selector(one, &secret), selector(one, &secret));
        assert_ne!(selector(one, &secret), selector(other, &secret));
        assert_ne!(selector(one, &secret), selector(one, &client_secret().unwrap()));
        for guessable in ["", "doorward-dev-secret", "correct horse battery staple and some more."] {
            assert_eq!(super::selector(one, guessable), None, "{guessable}");
        }
    }
}
