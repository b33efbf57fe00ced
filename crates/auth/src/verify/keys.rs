//! An issuer's public keys, as its JWKS document lists them. Keys for encryption, symmetric keys and
//! kinds that we don't know are left out.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

/// Keys in one JWKS; Entra publishes fewer than ten.
const KEYS: usize = 100;

#[derive(Debug, thiserror::Error)]
#[error("the JWKS document can't be read")]
pub struct KeySetFault;

/// The keys of one issuer.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<VerifyKey>,
}

#[derive(Debug, Clone)]
pub(super) struct VerifyKey {
    kid: Option<String>,
    allowed: &'static [Algorithm],
    pub key: DecodingKey,
}

impl VerifyKey {
    /// Whether a signature by this algorithm can be this key's: the token doesn't choose.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.allowed.contains(&algorithm)
    }
}

impl KeySet {
    /// Reads a JWKS document.
    ///
    /// # Errors
    /// [`KeySetFault`] when it isn't a JSON object with an array `keys`; a single key that can't be
    /// used is no fault.
    pub fn parse(document: &[u8]) -> Result<KeySet, KeySetFault> {
        #[derive(serde::Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_slice(document).map_err(|_| KeySetFault)?;
        let keys = document.keys.into_iter().take(KEYS);
        Ok(KeySet { keys: keys.filter_map(|key| usable(&serde_json::from_value(key).ok()?)).collect() })
    }

    /// Keys that were made here.
    pub fn of(keys: &[Jwk]) -> KeySet {
        KeySet { keys: keys.iter().filter_map(usable).collect() }
    }

    /// The key with that id; without an id, the only key there is.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&VerifyKey> {
        match (kid, self.keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

fn usable(jwk: &Jwk) -> Option<VerifyKey> {
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return None;
    }
    const RSA: &[Algorithm] =
        &[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];
    let allowed: &'static [Algorithm] = match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::RSA(_), None) => RSA,
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS256)) => &[Algorithm::RS256],
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS384)) => &[Algorithm::RS384],
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS512)) => &[Algorithm::RS512],
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => &[Algorithm::PS256],
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS384)) => &[Algorithm::PS384],
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS512)) => &[Algorithm::PS512],
        (AlgorithmParameters::EllipticCurve(curve), None | Some(KeyAlgorithm::ES256 | KeyAlgorithm::ES384)) => {
            match curve.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            }
        }
        _ => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some(VerifyKey { kid: jwk.common.key_id.clone(), allowed, key })
}
