//! Annotations in request bodies: which say something, which only inform, and which are refused. One
//! that says something is honoured or refused by its name, never dropped. It must never look at the
//! value beside the name.

use crate::error::{Fault, FaultKind};

/// How the reader of a body treats an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Annotation<'a> {
    /// `@odata.type`: which type the object has.
    Type,
    /// `@odata.id`: the object is one that exists, which is named by this reference.
    Reference,
    /// `name@odata.bind`: references for this navigation.
    Bind(&'a str),
    /// Tells a reader something that a writer can't change: `@odata.context`, `@odata.etag`,
    /// `name@odata.type`, `name@odata.count` and the like, which clients send back as they read them;
    /// and annotations of other vocabularies, which have a namespace of their own.
    Informational,
}

/// Informational about the object, and about one of its members.
const INFORMATIONAL: &[&str] = &[
    "context",
    "count",
    "deltalink",
    "editlink",
    "etag",
    "mediacontenttype",
    "mediaeditlink",
    "mediaetag",
    "mediareadlink",
    "metadataetag",
    "navigationlink",
    "associationlink",
    "nextlink",
    "readlink",
];

/// What the member `name` of a JSON object says if it is an annotation; `None` for a property.
///
/// # Errors
/// `Value`, naming the annotation, for one that asks for something that isn't done here (`@removed`,
/// `name@delta`), and for a control word of OData that doesn't exist.
pub(crate) fn read<'a>(name: &'a str, path: &str) -> Result<Option<Annotation<'a>>, Fault> {
    let Some((owner, term)) = name.split_once('@') else { return Ok(None) };
    let lower = term.to_ascii_lowercase();
    let word = match lower.strip_prefix("odata.") {
        Some(word) => word,
        // A vocabulary's own namespace; words of OData may stand without one since version 4.01.
        None if lower.contains('.') => return Ok(Some(Annotation::Informational)),
        None => lower.as_str(),
    };
    let annotation = match (word, owner) {
        ("type", "") => Annotation::Type,
        ("id", "") => Annotation::Reference,
        ("bind", owner) if !owner.is_empty() => Annotation::Bind(owner),
        ("type", _) => Annotation::Informational,
        (word, _) if INFORMATIONAL.contains(&word) => Annotation::Informational,
        _ => return Err(refused(path, "it isn't supported in a request body")),
    };
    Ok(Some(annotation))
}

/// The fault about an annotation that says something which can't be done at this place.
pub(crate) fn refused(path: &str, why: &str) -> Fault {
    Fault::new(FaultKind::Value, path, format!("'{path}' can't be used here: {why}."))
}

/// As [`read`] where no reference can stand: in structures and among the parameters of actions.
///
/// # Errors
/// As [`read`], and for `@odata.id` and `name@odata.bind`.
pub(crate) fn without_references(name: &str, path: &str) -> Result<bool, Fault> {
    match read(name, path)? {
        None => Ok(false),
        Some(Annotation::Type | Annotation::Informational) => Ok(true),
        Some(Annotation::Reference | Annotation::Bind(_)) => Err(refused(path, "no reference can stand at this place")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotation_is_classified_whatever_its_letter_case_and_prefix() {
        for (name, expected) in [
            ("displayName", None),
            ("@odata.type", Some(Annotation::Type)),
            ("@Type", Some(Annotation::Type)),
            ("@odata.id", Some(Annotation::Reference)),
            ("@ID", Some(Annotation::Reference)),
            ("members@odata.bind", Some(Annotation::Bind("members"))),
            ("members@bind", Some(Annotation::Bind("members"))),
            ("members@odata.type", Some(Annotation::Informational)),
            ("@odata.context", Some(Annotation::Informational)),
            ("@OData.ETag", Some(Annotation::Informational)),
            ("members@odata.count", Some(Annotation::Informational)),
            ("members@odata.navigationLink", Some(Annotation::Informational)),
            ("@Org.OData.Core.V1.Description", Some(Annotation::Informational)),
            ("name@microsoft.graph.tips", Some(Annotation::Informational)),
        ] {
            assert_eq!(read(name, name).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn annotation_that_asks_for_something_else_is_refused_by_name() {
        for name in [
            "@removed",
            "@odata.removed",
            "members@delta",
            "members@odata.delta",
            "@odata.bind",
            "@bind",
            "manager@odata.id",
            "members@odata.bnd",
            "@odata.nonsense",
            "@nonsense",
            "@",
        ] {
            let fault = read(name, name).unwrap_err();
            assert_eq!((fault.kind, fault.target.as_str()), (FaultKind::Value, name));
            assert!(fault.message.contains(&format!("'{name}'")), "{}", fault.message);
        }
        for name in ["@odata.id", "members@odata.bind"] {
            assert_eq!(without_references(name, "a/b").unwrap_err().target, "a/b");
        }
        assert!(without_references("@odata.type", "").unwrap());
        assert!(!without_references("type", "").unwrap());
    }
}
