//! The issuer's signing keys: RSA of 2048 bits, for RS256, which every client can verify; and which
//! of several signs at a moment. Private keys leave only as PKCS#8, for the store to keep.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Serialize;
use std::fmt;

/// Seconds that a new key is published before it signs: verifiers keep documents for a while.
pub const AHEAD: i64 = 60 * 60;
/// Seconds that a key stays published after the next one took over: longer than any token lives.
pub const AFTER: i64 = 26 * 60 * 60;
/// Seconds after which a key should be followed by a new one.
pub const ROTATE: i64 = 90 * 24 * 60 * 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("no key could be made")]
    Generate,
    #[error("the stored key can't be read")]
    Read,
    #[error("signing failed")]
    Sign,
}

/// A key pair. Neither `Debug` nor anything but [`SigningKey::pkcs8`] shows the private half.
pub struct SigningKey {
    pair: RsaKeyPair,
    public: Jwk,
    kid: String,
    created_at: i64,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Makes a key. Takes some tenths of a second. `created_at` is in seconds of real time.
    ///
    /// # Errors
    /// [`KeyFault::Generate`] when the machine has no randomness.
    pub fn generate(created_at: i64) -> Result<SigningKey, KeyFault> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault::Generate)?;
        SigningKey::new(pair, created_at)
    }

    /// Reads a key that [`SigningKey::pkcs8`] wrote.
    ///
    /// # Errors
    /// [`KeyFault::Read`] when it isn't an RSA key in PKCS#8.
    pub fn from_pkcs8(der: &[u8], created_at: i64) -> Result<SigningKey, KeyFault> {
        SigningKey::new(RsaKeyPair::from_pkcs8(der).map_err(|_| KeyFault::Read)?, created_at)
    }

    fn new(pair: RsaKeyPair, created_at: i64) -> Result<SigningKey, KeyFault> {
        let der = DecodingKey::from_rsa_der(pair.public_key().as_ref());
        let mut public = Jwk::from_decoding_key(&der, Some(Algorithm::RS256)).map_err(|_| KeyFault::Read)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyFault::Read)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(SigningKey { pair, public, kid, created_at })
    }

    /// The private key, for the store to keep.
    ///
    /// # Errors
    /// [`KeyFault::Read`] when the library can't write it.
    pub fn pkcs8(&self) -> Result<Vec<u8>, KeyFault> {
        Ok(self.pair.as_der().map_err(|_| KeyFault::Read)?.as_ref().to_vec())
    }

    /// The thumbprint of the public key (RFC 7638).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub fn created_at(&self) -> i64 {
        self.created_at
    }

    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// A JWT of these claims.
    ///
    /// # Errors
    /// [`KeyFault::Sign`] when claims can't be written or the library fails.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, KeyFault> {
        #[derive(Serialize)]
        struct Header<'a> {
            typ: &'static str,
            alg: &'static str,
            kid: &'a str,
        }
        let part = |json: Result<Vec<u8>, serde_json::Error>| json.map(|json| URL_SAFE_NO_PAD.encode(json));
        let header = part(serde_json::to_vec(&Header { typ: "JWT", alg: "RS256", kid: &self.kid }));
        let payload = part(serde_json::to_vec(claims));
        let (Ok(header), Ok(payload)) = (header, payload) else { return Err(KeyFault::Sign) };
        let message = format!("{header}.{payload}");
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| KeyFault::Sign)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The key that signs now: the newest that was published for [`AHEAD`], or the oldest if none was.
pub fn signing<K: AsRef<SigningKey>>(keys: &[K], now: i64) -> Option<&SigningKey> {
    let keys = || keys.iter().map(AsRef::as_ref);
    keys()
        .filter(|key| key.created_at.saturating_add(AHEAD) <= now)
        .max_by_key(|key| key.created_at)
        .or_else(|| keys().min_by_key(|key| key.created_at))
}

/// The keys to publish: all but those whose successor has been signing for [`AFTER`].
pub fn published<K: AsRef<SigningKey>>(keys: &[K], now: i64) -> Vec<&SigningKey> {
    let successor =
        |key: &SigningKey| keys.iter().map(|other| other.as_ref().created_at).filter(|at| *at > key.created_at).min();
    let retired =
        |key: &SigningKey| successor(key).is_some_and(|next| next.saturating_add(AHEAD).saturating_add(AFTER) <= now);
    keys.iter().map(AsRef::as_ref).filter(|key| !retired(key)).collect()
}

/// Whether a new key should be made now.
pub fn due<K: AsRef<SigningKey>>(keys: &[K], now: i64) -> bool {
    keys.iter().map(|key| key.as_ref().created_at).max().is_none_or(|newest| newest.saturating_add(ROTATE) <= now)
}

/// The JWKS document.
pub fn jwks<K: AsRef<SigningKey>>(keys: &[K], now: i64) -> JwkSet {
    JwkSet { keys: published(keys, now).into_iter().map(|key| key.public.clone()).collect() }
}

/// A JWKS document of all these, whosever they are.
pub fn jwks_of_all<K: AsRef<SigningKey>>(keys: &[K]) -> JwkSet {
    JwkSet { keys: keys.iter().map(|key| key.as_ref().public.clone()).collect() }
}

impl AsRef<SigningKey> for SigningKey {
    fn as_ref(&self) -> &SigningKey {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::KeySet;

    #[test]
    fn a_key_survives_the_store() {
        let key = SigningKey::generate(7).unwrap();
        let again = SigningKey::from_pkcs8(&key.pkcs8().unwrap(), 7).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.public(), key.public());
        assert!(!format!("{key:?}").contains("pair"));
        let document = serde_json::to_vec(&jwks(&[key], 7)).unwrap();
        assert!(!KeySet::parse(&document).unwrap().is_empty());
        assert!(!String::from_utf8(document).unwrap().contains("\"d\""));
        assert_eq!(SigningKey::from_pkcs8(b"no key", 0).unwrap_err(), KeyFault::Read);
    }

    #[test]
    fn rotation_publishes_ahead_and_after() {
        let old = SigningKey::generate(0).unwrap();
        let new = SigningKey::generate(ROTATE).unwrap();
        let (old_kid, new_kid) = (old.kid().to_owned(), new.kid().to_owned());
        let keys = [old, new];
        let kids = |now| published(&keys, now).iter().map(|key| key.kid().to_owned()).collect::<Vec<_>>();
        assert_eq!(signing(&keys[..1], 0).unwrap().kid(), old_kid, "the first key signs at once");
        assert_eq!(signing(&keys, ROTATE + AHEAD - 1).unwrap().kid(), old_kid);
        assert_eq!(signing(&keys, ROTATE + AHEAD).unwrap().kid(), new_kid);
        assert_eq!(kids(ROTATE + AHEAD + AFTER - 1), [old_kid, new_kid.clone()]);
        assert_eq!(kids(ROTATE + AHEAD + AFTER), [new_kid]);
        assert!(!due(&keys[..1], ROTATE - 1) && due(&keys[..1], ROTATE) && due::<SigningKey>(&[], 0));
        assert!(signing::<SigningKey>(&[], 0).is_none());
    }
}
