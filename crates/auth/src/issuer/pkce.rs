//! Proof key for code exchange (RFC 7636): who redeems a code must know what its request was made
//! from. Both methods, as Entra has them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    S256,
    Plain,
}

/// What an authorization request brought; to be kept with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub method: Method,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code_challenge or its method has not the form that RFC 7636 says")]
pub struct ChallengeFault;

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`; a challenge without a method is plain.
    ///
    /// # Errors
    /// [`ChallengeFault`] for an unknown method, a method alone, or a value of another form.
    pub fn parse(value: Option<&str>, method: Option<&str>) -> Result<Option<Challenge>, ChallengeFault> {
        let method = match (value, method) {
            (None, None) => return Ok(None),
            (Some(_), None | Some("plain")) => Method::Plain,
            (Some(_), Some("S256")) => Method::S256,
            _ => return Err(ChallengeFault),
        };
        match value {
            Some(value) if has_form(value) => Ok(Some(Challenge { method, value: value.to_owned() })),
            _ => Err(ChallengeFault),
        }
    }

    /// Whether `verifier` is what the challenge was made from.
    pub fn answered_by(&self, verifier: &str) -> bool {
        if !has_form(verifier) {
            return false;
        }
        let made = match self.method {
            Method::Plain => verifier.to_owned(),
            Method::S256 => URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())),
        };
        verify_slices_are_equal(made.as_bytes(), self.value.as_bytes()).is_ok()
    }
}

/// 43 to 128 of the unreserved characters.
fn has_form(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard() {
        let challenge = Challenge::parse(Some(CHALLENGE), Some("S256")).unwrap().unwrap();
        assert!(challenge.answered_by(VERIFIER));
        assert!(!challenge.answered_by(CHALLENGE));
        assert!(!challenge.answered_by(""));
        let plain = Challenge::parse(Some(VERIFIER), None).unwrap().unwrap();
        assert!(plain.answered_by(VERIFIER) && !plain.answered_by(CHALLENGE));
    }

    #[test]
    fn forms_that_are_refused() {
        assert_eq!(Challenge::parse(None, None), Ok(None));
        for (value, method) in
            [(None, Some("S256")), (Some(CHALLENGE), Some("s256")), (Some("short"), None), (Some(""), Some("S256"))]
        {
            assert_eq!(Challenge::parse(value, method), Err(ChallengeFault));
        }
    }
}
