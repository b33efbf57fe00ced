//! Reads that were bound before. Requests that differ in the ids of their paths alone mean the same,
//! so what their names mean is looked up once. It knows the schema and nothing else: it must never
//! keep what depends on who asks, which the permit decides for each request anew, nor a row.

use crate::plan::Read;
use model::query::Query;
use model::surface::Version;
use odata::bind::Asks;
use odata::literal;
use odata::query::{Key, Shape, Step};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

/// Reads that are kept. When they are too many, all go.
const ENTRIES: usize = 512;
/// Levels of `$expand` in one of them: a level lists the properties of up to five types.
const LEVELS: usize = 8;
/// Longer targets are bound each time.
const TARGET_BYTES: usize = 512;
/// Stands for an id. No target holds it: it would have to be encoded there.
const ID: u8 = b'\n';
/// As they are written in paths.
const GUID_BYTES: usize = 36;

/// A request without the ids of its path, and those ids in their order.
pub struct Pattern<'a> {
    form: Form,
    ids: Vec<&'a str>,
}

/// All that binding looks at, but for the ids.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    version: Version,
    consistency_eventual: bool,
    max_page_size: Option<u32>,
    target: String,
}

/// What differs most: the rest is compared all the same.
impl Hash for Form {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.target.hash(state);
        if let Some(size) = self.max_page_size {
            size.hash(state);
        }
    }
}

impl Pattern<'_> {
    /// The pattern of a GET; `None` if the target isn't one that is kept.
    pub fn of<'a>(version: Version, target: &'a str, asks: &Asks) -> Option<Pattern<'a>> {
        let bytes = target.as_bytes();
        // Without a branch for each byte.
        if bytes.len() > TARGET_BYTES || bytes.iter().fold(false, |any, byte| any | (*byte == ID)) {
            return None;
        }
        let path = bytes.iter().position(|byte| *byte == b'?').unwrap_or(bytes.len());
        let mut text = String::with_capacity(target.len());
        let mut ids = Vec::with_capacity(2);
        let (mut copied, mut start) = (0, 0);
        for at in 0..=path {
            if at < path && bytes.get(at) != Some(&b'/') {
                continue;
            }
            if at - start == GUID_BYTES {
                let segment = target.get(start..at)?;
                if literal::guid(segment).is_some() {
                    text.push_str(target.get(copied..start)?);
                    text.push(char::from(ID));
                    ids.push(segment);
                    copied = at;
                }
            }
            start = at + 1;
        }
        text.push_str(target.get(copied..)?);
        let Asks { consistency_eventual, max_page_size, read: _ } = *asks;
        Some(Pattern { form: Form { version, consistency_eventual, max_page_size, target: text }, ids })
    }
}

/// The query's options, decoded.
type Options = Arc<[(String, String)]>;

/// The reads that are kept.
#[derive(Default)]
pub struct Bound(RwLock<HashMap<Form, Kept>>);

struct Kept {
    read: Read,
    options: Options,
}

impl Bound {
    /// The read that such a request means, with its own ids.
    pub fn find(&self, pattern: &Pattern<'_>) -> Option<(Read, Options)> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Kept { read, options } = kept.get(&pattern.form)?;
        let Query { surface, ref target, ref shape, want, limit, .. } = read.query;
        let mut target = target.clone();
        let mut ids = pattern.ids.iter();
        for step in &mut target.steps {
            if let Step::Key(key) = step {
                *key = Key::Id((*ids.next()?).to_owned());
            }
        }
        let query = Query { surface, target, shape: Arc::clone(shape), want, limit, narrow: None };
        Some((Read { query, form: read.form }, Arc::clone(options)))
    }

    /// Keeps what a request means, if it will come again and every key of its path is one of the ids.
    /// `read` is the plan before it was narrowed to anybody's part.
    pub fn keep(&self, pattern: Pattern<'_>, read: &Read, options: &[(String, String)]) {
        let Query { surface, target, shape, want, limit, narrow } = &read.query;
        let keys = target.steps.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key),
            Step::Navigate { .. } | Step::Cast(_) => None,
        });
        let ids = pattern.ids.iter().map(|id| Key::Id((*id).to_owned()));
        let mut levels = LEVELS;
        if narrow.is_some() || !again(shape, &mut levels) || !keys.cloned().eq(ids) {
            return;
        }
        let mut target = target.clone();
        for step in &mut target.steps {
            if let Step::Key(key) = step {
                *key = Key::Id(String::new());
            }
        }
        let query = Query { surface, target, shape: Arc::clone(shape), want: *want, limit: *limit, narrow: None };
        let kept = Kept { read: Read { query, form: read.form }, options: options.into() };
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ENTRIES {
            all.clear();
        }
        all.insert(pattern.form, kept);
    }
}

/// Whether a shape is likely to come again, and small. Conditions and places in a list are seldom the
/// same twice.
fn again(shape: &Shape, levels: &mut usize) -> bool {
    *levels = levels.saturating_sub(1);
    let once = shape.filter.is_some() || shape.search.is_some() || shape.after.is_some();
    !once && *levels > 0 && shape.expand.iter().all(|expand| again(&expand.shape, levels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;
    use model::Surface;

    const EM: &str = "/identityGovernance/entitlementManagement";
    const IDS: [&str; 3] = [
        "11111111-1111-4111-8111-111111111111",
        "aaaaaaaa-AAAA-4aaa-8aaa-aaaaaaaaaaaa",
        "99999999-9999-4999-8999-999999999999",
    ];

    fn surface(version: Version) -> &'static Surface {
        model::surface(version)
    }

    fn planned(version: Version, target: &str, asks: &Asks) -> (Read, Vec<(String, String)>) {
        let raw = odata::url::parse(target).unwrap();
        let intent = odata::bind::bind(&surface(version).schema, &raw, asks).unwrap();
        (plan::read(surface(version), intent, asks.max_page_size).unwrap(), raw.options)
    }

    /// `{}` stands for an id, each time the next one.
    fn with_ids(target: &str, from: usize) -> String {
        let mut ids = IDS.iter().cycle().skip(from);
        target.split("{}").enumerate().fold(String::new(), |text, (at, piece)| match at {
            0 => piece.to_owned(),
            _ => format!("{text}{}{piece}", ids.next().unwrap()),
        })
    }

    /// Asks for `first`, then for `second`; the kept read, if one is kept, must be what binding gives.
    fn is_kept(version: Version, first: &str, second: &str) -> bool {
        let asks = Asks { read: true, ..Asks::default() };
        let bound = Bound::default();
        let (read, options) = planned(version, first, &asks);
        bound.keep(Pattern::of(version, first, &asks).unwrap(), &read, &options);
        if bound.0.read().unwrap().is_empty() {
            return false;
        }
        let (anew, anew_options) = planned(version, second, &asks);
        let (kept, options) = bound.find(&Pattern::of(version, second, &asks).unwrap()).unwrap();
        assert_eq!(kept.query.target, anew.query.target, "{second}");
        assert_eq!(kept.query.shape, anew.query.shape, "{second}");
        assert_eq!((kept.query.want, kept.query.limit, kept.form), (anew.query.want, anew.query.limit, anew.form));
        assert_eq!((kept.query.narrow, &*options), (None, anew_options.as_slice()), "{second}");
        assert!(std::ptr::eq(kept.query.surface, surface(version)));
        true
    }

    #[test]
    fn a_kept_read_is_what_binding_gives() {
        let kept = [
            (Version::V1, format!("{EM}/accessPackages/{{}}")),
            (Version::V1, format!("{EM}/accessPackages/{{}}?$select=id,displayName&$expand=catalog")),
            (Version::V1, format!("{EM}/accessPackages")),
            (Version::V1, format!("{EM}/accessPackages?$top=5&$orderby=displayName")),
            (Version::V1, format!("{EM}/availableAccessPackages/{{}}")),
            (Version::V1, format!("{EM}/catalogs/{{}}/accessPackages/{{}}")),
            (Version::V1, format!("{EM}/accessPackages/{{}}/incompatibleGroups/{{}}/members/{{}}")),
            (Version::V1, format!("{EM}/accessPackages/{{}}/incompatibleGroups/$ref")),
            (Version::Beta, format!("{EM}/accessPackageCatalogs/{{}}/accessPackages/{{}}")),
            (Version::V1, "/users/{}/manager".to_owned()),
            (Version::V1, "/users/{}/displayName/$value".to_owned()),
            (Version::V1, "/groups/{}/members/microsoft.graph.user".to_owned()),
            (Version::V1, "//directoryObjects//{}/".to_owned()),
            (Version::V1, "/me?$select=id".to_owned()),
        ];
        for (version, target) in kept {
            for from in 0..IDS.len() {
                assert!(is_kept(version, &with_ids(&target, 0), &with_ids(&target, from)), "{target}");
            }
        }
    }

    #[test]
    fn what_is_not_written_as_a_plain_id_or_seldom_comes_again_is_bound_each_time() {
        for target in [
            format!("{EM}/accessPackages('{{}}')"),
            format!("{EM}/catalogs('{{}}')/accessPackages/{{}}"),
            format!("{EM}/catalogs/{{}}/accessPackages('{{}}')"),
            "/users/ada@doorward.test".to_owned(),
            "/servicePrincipals(appId='{}')".to_owned(),
            "/users?$filter=startswith(displayName,'a')".to_owned(),
            format!("{EM}/accessPackages?$expand=incompatibleGroups($filter=displayName eq 'a')"),
        ] {
            let target = with_ids(&target, 0);
            assert!(!is_kept(Version::V1, &target, &target), "{target}");
        }
        let asks = Asks { read: true, ..Asks::default() };
        let long = |length: usize| format!("/users?x={}", "a".repeat(length - "/users?x=".len()));
        assert!(Pattern::of(Version::V1, &long(TARGET_BYTES), &asks).is_some());
        assert!(Pattern::of(Version::V1, &long(TARGET_BYTES + 1), &asks).is_none());
    }

    #[test]
    fn all_that_binding_looks_at_is_part_of_the_pattern() {
        let plain = Asks { read: true, ..Asks::default() };
        let others = [
            (Version::Beta, "/users", plain),
            (Version::V1, "/groups", plain),
            (Version::V1, "/users?", plain),
            (Version::V1, "/users", Asks { max_page_size: Some(3), ..plain }),
            (Version::V1, "/users", Asks { consistency_eventual: true, ..plain }),
        ];
        let bound = Bound::default();
        let (read, options) = planned(Version::V1, "/users", &plain);
        bound.keep(Pattern::of(Version::V1, "/users", &plain).unwrap(), &read, &options);
        assert!(bound.find(&Pattern::of(Version::V1, "/users", &plain).unwrap()).is_some());
        for (version, target, asks) in others {
            assert!(bound.find(&Pattern::of(version, target, &asks).unwrap()).is_none(), "{target}");
        }
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let asks = Asks { read: true, ..Asks::default() };
        let bound = Bound::default();
        for number in 0..ENTRIES * 3 {
            let target = format!("/users?x={number}");
            let (read, options) = planned(Version::V1, &target, &asks);
            bound.keep(Pattern::of(Version::V1, &target, &asks).unwrap(), &read, &options);
            assert!(bound.find(&Pattern::of(Version::V1, &target, &asks).unwrap()).is_some());
        }
        assert!(bound.0.read().unwrap().len() <= ENTRIES);
    }
}
