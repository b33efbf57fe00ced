//! Sealed texts: what the sign-in page sends back must be what it was given. Readable by whoever holds
//! the page, so never a secret; but made by nobody else. Any process that has the tenant's signing
//! key can open them, so a form may be answered by another process than made it.

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Keeps this use of the signing key apart from every other.
const PURPOSE: &[u8] = b"doorward sealed form, 1\0";

pub struct Sealer(hmac::Key);

impl Sealer {
    /// A sealer by a signing key's private half, as [`super::keys::SigningKey::pkcs8`] gives it.
    pub fn of(private_key: &[u8]) -> Sealer {
        let mut context = Context::new(&SHA256);
        context.update(PURPOSE);
        context.update(private_key);
        Sealer(hmac::Key::new(hmac::HMAC_SHA256, context.finish().as_ref()))
    }

    /// The text with its seal: letters, digits, `-`, `_` and one dot.
    pub fn seal(&self, text: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(text);
        let tag = hmac::sign(&self.0, payload.as_bytes());
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The text, if this key sealed it.
    pub fn open(&self, sealed: &str) -> Option<String> {
        let (payload, tag) = sealed.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, payload.as_bytes(), &tag).ok()?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let (one, two) = (Sealer::of(b"one"), Sealer::of(b"two"));
        let sealed = one.seal("{\"state\":\"é\"}");
        assert_eq!(one.open(&sealed).as_deref(), Some("{\"state\":\"é\"}"));
        assert_eq!(two.open(&sealed), None);
        let (payload, tag) = sealed.split_once('.').unwrap();
        let other = one.seal("other");
        assert_eq!(one.open(&format!("{}.{tag}", other.split_once('.').unwrap().0)), None);
        assert_eq!(one.open(payload), None);
        assert_eq!(one.open(&format!("{payload}.")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            prop_assert_eq!(Sealer::of(b"key").open(&text), None);
        }
    }
}
