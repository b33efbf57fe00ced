//! `application/x-www-form-urlencoded`, as login clients send it in bodies and query strings.

/// Bytes of a form. The longest real ones hold a claims document and a refresh token.
pub const FORM_BYTES: usize = 64 * 1024;
const FIELDS: usize = 100;

/// The fields of a form, in order. Values may be secrets: it has no `Debug`.
#[derive(Clone, Default)]
pub struct Form(Vec<(String, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form can't be read: {0}")]
pub struct FormFault(pub &'static str);

impl Form {
    /// Reads a form. A field without `=` is empty.
    ///
    /// # Errors
    /// [`FormFault`] when it is too long, has too many fields, or isn't UTF-8 with proper escapes.
    pub fn parse(text: &str) -> Result<Form, FormFault> {
        if text.len() > FORM_BYTES {
            return Err(FormFault("it is too long"));
        }
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if fields.len() == FIELDS {
                return Err(FormFault("it has too many fields"));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            fields.push((decode(name)?, decode(value)?));
        }
        Ok(Form(fields))
    }

    /// The value of a field that is there, isn't empty and stands there once. Twice is refused, for
    /// two readers could take different ones (RFC 6749, 3.2).
    ///
    /// # Errors
    /// [`FormFault`] when it stands there twice.
    pub fn get(&self, name: &str) -> Result<Option<&str>, FormFault> {
        let mut found = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(FormFault("a field stands there twice")),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }
}

/// Undoes `+` and `%XX`.
///
/// # Errors
/// [`FormFault`] for a broken escape or bytes that aren't UTF-8.
pub fn decode(text: &str) -> Result<String, FormFault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| (byte as char).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return Err(FormFault("a broken escape")) };
                (high * 16 + low) as u8
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormFault("it isn't UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_decoded() {
        let form = Form::parse("scope=a+b%20c&x&empty=&name=%C3%A9&&").unwrap();
        assert_eq!(form.get("scope"), Ok(Some("a b c")));
        assert_eq!(form.get("name"), Ok(Some("é")));
        assert_eq!((form.get("x"), form.get("empty"), form.get("none")), (Ok(None), Ok(None), Ok(None)));
    }

    #[test]
    fn broken_forms_are_refused() {
        assert!(Form::parse("a=%4").is_err() && Form::parse("a=%zz").is_err() && Form::parse("a=%ff").is_err());
        assert!(Form::parse("a=1&a=2").unwrap().get("a").is_err());
        assert!(Form::parse(&"a&".repeat(101)).is_err() && Form::parse(&"a&".repeat(100)).is_ok());
        assert!(Form::parse(&"x".repeat(FORM_BYTES + 1)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,300}") {
            let _ = Form::parse(&text);
        }
    }
}
