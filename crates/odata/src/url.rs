//! The target of a request, read for its form alone: path segments with what stands in their
//! parentheses, and query options. Nothing is looked up here. Segments are cut before they are
//! decoded, so that an encoded slash stays in its key; it must never panic, whatever comes.

use std::borrow::Cow;

use crate::error::{Fault, FaultKind};
use crate::limits;
use crate::literal::{self, Literal};

/// A target after the version prefix: `/users('a')/memberOf?$top=1`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawUrl {
    pub segments: Vec<RawSegment>,
    /// Names and values decoded; the names of options that start with `$` are in lower case.
    pub options: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RawSegment {
    /// Decoded, without the parentheses.
    pub name: String,
    /// What stood in parentheses: `('x')`, `(appId='x')`; `Some` of nothing for `()`.
    pub arguments: Option<Vec<(Option<String>, Literal)>>,
}

/// The options that mean something to us. Any other name that starts with `$` is refused.
const OPTIONS: [&str; 12] = [
    "$count",
    "$expand",
    "$filter",
    "$format",
    "$id",
    "$orderby",
    "$search",
    "$select",
    "$skip",
    "$skiptoken",
    "$top",
    "@id",
];

impl RawUrl {
    /// The decoded value of an option, by its name in lower case (`$filter`).
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What `DELETE …/$ref?@id=<URL>` (or `$id`) names.
    pub fn reference(&self) -> Option<&str> {
        self.option("@id").or_else(|| self.option("$id"))
    }
}

/// Reads path and query, as they came on the wire, after the version prefix.
///
/// # Errors
/// `TooLong` over [`limits::URL_BYTES`]; `Url` for bad percent-encoding, text that isn't UTF-8 and
/// too many segments; `Key` for parentheses that can't be read; `Option` for an unknown `$…` option
/// and for one that comes twice.
pub fn parse(target: &str) -> Result<RawUrl, Fault> {
    if target.len() > limits::URL_BYTES {
        let message = format!("The request target is longer than {} bytes.", limits::URL_BYTES);
        return Err(Fault::new(FaultKind::TooLong, "url", message));
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let options = parse_options(query)?;
    let mut segments = Vec::with_capacity(6);
    for raw in path.split('/').filter(|raw| !raw.is_empty()) {
        if segments.len() == limits::PATH_SEGMENTS {
            let message = format!("The path has more than {} segments.", limits::PATH_SEGMENTS);
            return Err(Fault::new(FaultKind::Url, "url", message));
        }
        segments.push(segment(decode(raw, false)?, &options)?);
    }
    Ok(RawUrl { segments, options })
}

fn parse_options(query: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut options: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut name = decode(name, true)?.trim().to_owned();
        let value = decode(value, true)?.into_owned();
        // Graph takes an option without its '$', too; passing over a `filter` would give too much.
        if OPTIONS.iter().any(|known| known.strip_prefix('$').is_some_and(|bare| name.eq_ignore_ascii_case(bare)))
            && !name.eq_ignore_ascii_case("id")
        {
            name.insert(0, '$');
        }
        if name.starts_with('$') || name.eq_ignore_ascii_case("@id") {
            name.make_ascii_lowercase();
            if !OPTIONS.contains(&name.as_str()) {
                let message = format!("The query option '{name}' is not known.");
                return Err(Fault::new(FaultKind::Option, name, message));
            }
            if options.iter().any(|(known, _)| *known == name) {
                let message = format!("The query option '{name}' was given twice.");
                return Err(Fault::new(FaultKind::Option, name, message));
            }
        }
        options.push((name, value));
    }
    Ok(options)
}

/// Undoes percent-encoding; `+` is a blank in a query and a plus in a path.
fn decode(raw: &str, query: bool) -> Result<Cow<'_, str>, Fault> {
    let fault = |what: &str| Fault::new(FaultKind::Url, "url", format!("The request target {what}."));
    let encoded = |byte| (byte == b'%') | (query && byte == b'+');
    let decoded = if raw.bytes().fold(false, |any, byte| any | encoded(byte)) {
        let mut out = Vec::with_capacity(raw.len());
        let mut bytes = raw.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'%' => {
                    let digits = (bytes.next().and_then(hex), bytes.next().and_then(hex));
                    let (Some(high), Some(low)) = digits else {
                        return Err(fault("has a '%' that isn't followed by two hexadecimal digits"));
                    };
                    out.push(high << 4 | low);
                }
                b'+' if query => out.push(b' '),
                _ => out.push(byte),
            }
        }
        Cow::Owned(String::from_utf8(out).map_err(|_| fault("isn't UTF-8 once it is decoded"))?)
    } else {
        Cow::Borrowed(raw)
    };
    // No database column and no log line takes these, and no name has them.
    let least = if query { 1 } else { b' ' };
    if decoded.bytes().fold(false, |any, byte| any | (byte < least)) {
        return Err(fault("contains a control character"));
    }
    Ok(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Takes the parentheses off, if the text before them could be a name.
fn segment(text: Cow<'_, str>, options: &[(String, String)]) -> Result<RawSegment, Fault> {
    let split = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
            && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
    };
    match split {
        Some((name, inside)) if is_name(name) => {
            let arguments = arguments(inside, options).ok_or_else(|| {
                let message = format!("What stands in the parentheses after '{name}' can't be read.");
                Fault::new(FaultKind::Key, name, message)
            })?;
            Ok(RawSegment { name: name.to_owned(), arguments: Some(arguments) })
        }
        _ => Ok(RawSegment { name: text.into_owned(), arguments: None }),
    }
}

/// `'x'`, `name='x'`, `a='x',b=@p`; `None` if it is none of these.
fn arguments(inside: &str, options: &[(String, String)]) -> Option<Vec<(Option<String>, Literal)>> {
    let mut rest = inside.trim();
    let mut out: Vec<(Option<String>, Literal)> = Vec::new();
    while !rest.is_empty() {
        let mut name = None;
        if let Some((before, after)) = rest.split_once('=') {
            let before = before.trim();
            if !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                name = Some(before.to_owned());
                rest = after.trim_start();
            }
        }
        let (literal, after) = argument(rest, options)?;
        out.push((name, literal));
        rest = match after.trim_start() {
            "" => "",
            more => Some(more.strip_prefix(',')?.trim_start()).filter(|more| !more.is_empty())?,
        };
    }
    Some(out)
}

/// One literal or parameter alias, and what stands behind it.
fn argument<'a>(text: &'a str, options: &[(String, String)]) -> Option<(Literal, &'a str)> {
    let end = text.find([',', '\'']).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    if rest.starts_with('\'') {
        let (quoted, taken) = literal::quoted(rest)?;
        let literal = match word {
            "" => Literal::Text(quoted),
            prefix => Literal::Prefixed { prefix: prefix.to_owned(), text: quoted },
        };
        return Some((literal, rest.get(taken..)?));
    }
    let word = word.trim();
    if word.starts_with('@') {
        let (_, value) = options.iter().find(|(name, _)| name == word)?;
        // An alias stands for a literal, never for another alias.
        let value = value.trim();
        let (literal, after) = if value.starts_with('@') { None } else { argument(value, &[]) }?;
        return after.trim().is_empty().then_some((literal, rest));
    }
    literal::bare(word).map(|literal| (literal, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(target: &str) -> Vec<String> {
        parse(target).unwrap().segments.into_iter().map(|segment| segment.name).collect()
    }

    fn kind(target: &str) -> FaultKind {
        parse(target).unwrap_err().kind
    }

    #[test]
    fn paths() {
        assert_eq!(names("/users"), ["users"]);
        assert_eq!(names("//users///a/"), ["users", "a"]);
        assert_eq!(names(""), [""; 0]);
        assert_eq!(names("/users/a%2Fb+c%20d"), ["users", "a/b+c d"]);
        assert_eq!(names("/users/ada%40doorward.test"), ["users", "ada@doorward.test"]);
        assert_eq!(names("/users/(x)"), ["users", "(x)"]);
    }

    #[test]
    fn parentheses() {
        let text = |target: &str| parse(target).unwrap().segments.pop().unwrap().arguments.unwrap();
        assert_eq!(text("/groups('it''s')"), [(None, Literal::Text("it's".into()))]);
        assert_eq!(text("/groups(%27a%2Fb%27)"), [(None, Literal::Text("a/b".into()))]);
        assert_eq!(text("/groups()"), []);
        assert_eq!(
            text("/additionalAccess(accessPackageId='P',incompatibleAccessPackageId='Q')"),
            [
                (Some("accessPackageId".to_owned()), Literal::Text("P".into())),
                (Some("incompatibleAccessPackageId".to_owned()), Literal::Text("Q".into())),
            ]
        );
        assert_eq!(
            text("/f(a=@p, b=5)?@p='x=y'"),
            [(Some("a".to_owned()), Literal::Text("x=y".into())), (Some("b".to_owned()), Literal::Int(5)),]
        );
        assert_eq!(text("/s('a=b')"), [(None, Literal::Text("a=b".into()))]);
        assert_eq!(text("/s(x='a=b,c')"), [(Some("x".to_owned()), Literal::Text("a=b,c".into()))]);
        for bad in ["/f(a)", "/f('a)", "/f('a',)", "/f(,'a')", "/f(@p)", "/f(@p)?@p=@p", "/f('a'x')"] {
            assert_eq!(kind(bad), FaultKind::Key, "{bad}");
        }
    }

    #[test]
    fn options() {
        let url = parse("/users?%24filter=displayName+eq+%27x%26y%27&$TOP=5&@id=https%3A%2F%2Fx%2Fy").unwrap();
        assert_eq!(url.option("$filter"), Some("displayName eq 'x&y'"));
        assert_eq!(url.option("$top"), Some("5"));
        assert_eq!(url.reference(), Some("https://x/y"));
        assert_eq!(kind("/users?$top=1&%24Top=2"), FaultKind::Option);
        assert_eq!(kind("/users?$top=1&top=2"), FaultKind::Option);
        let url = parse("/users?Filter=x&id=1&other=2").unwrap();
        assert_eq!((url.option("$filter"), url.option("$id")), (Some("x"), None));
        assert_eq!(kind("/users?$foo=1"), FaultKind::Option);
        assert_eq!(kind("/users?$deltatoken=1"), FaultKind::Option);
        assert_eq!(parse("/users?a=1&a=2").unwrap().options.len(), 2);
    }

    #[test]
    fn bad_encoding() {
        for bad in ["/a%", "/a%4", "/a%zz", "/a%ff", "/a%00", "/a%0a", "/a?x=%ff", "/a?x=%00"] {
            assert_eq!(kind(bad), FaultKind::Url, "{bad}");
        }
    }

    #[test]
    fn limits_hold() {
        let segments = "/a".repeat(limits::PATH_SEGMENTS);
        assert!(parse(&segments).is_ok());
        assert_eq!(kind(&format!("{segments}/a")), FaultKind::Url);
        let long = format!("/{}", "a".repeat(limits::URL_BYTES - 1));
        assert!(parse(&long).is_ok());
        assert_eq!(kind(&format!("{long}a")), FaultKind::TooLong);
    }

    proptest! {
        #[test]
        fn never_panics(target in ".{0,80}") {
            let _ = parse(&target);
        }

        #[test]
        fn never_panics_on_likely_text(target in "[/a('=,)%2F@?&$+. é]{0,60}") {
            let _ = parse(&target);
        }

        #[test]
        fn keys_come_back(key in "[^\\x00-\\x1f']{1,20}") {
            let encoded = percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC).to_string();
            let url = parse(&format!("/s('{encoded}')/{encoded}/x")).unwrap();
            prop_assert_eq!(url.segments[0].arguments.clone(), Some(vec![(None, Literal::Text(key))]));
            prop_assert_eq!(url.segments.len(), 3);
        }
    }
}
