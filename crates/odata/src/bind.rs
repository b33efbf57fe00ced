//! A read URL to an [`Intent`]: the path, and what is wanted of the entities at its end. After it
//! no name is looked up again. It must never let an option pass that it didn't check.

use crate::error::{Fault, FaultKind};
use crate::path::bind_path;
use crate::query::{End, Shape, Step, Target};
use crate::schema::{Kind, OperationType, Schema};
use crate::shape::{self, Options};
use crate::url::RawUrl;

/// What of the headers and the method bears on the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asks {
    /// `ConsistencyLevel: eventual`
    pub consistency_eventual: bool,
    /// `Prefer: odata.maxpagesize=…`; for [`Shape::page_size`].
    pub max_page_size: Option<u32>,
    /// GET: every option applies. Otherwise `$select` and `$expand` alone do.
    pub read: bool,
}

/// A request whose every name is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    pub target: Target,
    /// There whenever the answer may hold entities, their links or their number.
    pub shape: Option<Shape>,
}

/// Binds path and options to the schema. An empty path is the service itself: no steps, no shape.
///
/// # Errors
/// `Segment`, `Key` for the path; `Option`, `OptionValue`, `Filter`, `NeedsConsistency`,
/// `NotAcceptable` for the options.
pub fn bind(schema: &Schema, raw: &RawUrl, asks: &Asks) -> Result<Intent, Fault> {
    let target = bind_path(schema, &raw.segments)?;
    if let Some(format) = raw.option("$format")
        && asks.read
    {
        check_format(format)?;
    }
    let (ty, many) = match &target.end {
        End::Itself | End::Count | End::Ref if schema.ty(target.ty).kind == Kind::Entity => (target.ty, target.many),
        End::Operation { operation, .. } => match schema.operations.get(*operation).and_then(|each| each.returns) {
            Some(OperationType::Entity { ty, many }) => (ty, many),
            _ => return Ok(Intent { target, shape: None }),
        },
        _ => return Ok(Intent { target, shape: None }),
    };
    let mut options = Options::of(raw);
    if !asks.read {
        options = Options { select: options.select, expand: options.expand, ..Options::default() };
    } else if matches!(target.end, End::Count | End::Operation { count: true, .. }) {
        options = Options { filter: options.filter, search: options.search, ..Options::default() };
    }
    let advanced = asks.read && many && demands(schema, &target) && options.skiptoken.is_none();
    let mut shape = shape::root(schema, ty, many, &options)?;
    if advanced {
        consistent(&target, &mut shape, asks)?;
    }
    Ok(Intent { target, shape: Some(shape) })
}

fn check_format(format: &str) -> Result<(), Fault> {
    let format = format.split(';').next().unwrap_or_default().trim();
    if format.eq_ignore_ascii_case("json") || format.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Fault::new(FaultKind::NotAcceptable, "$format", format!("$format: '{format}' is not written here, only json.")))
}

/// Whether the rules of advanced queries hold for this collection: they do for the directory's own,
/// and not where another service's entity leads to a directory type (an access package's
/// incompatible groups can be counted without any header).
fn demands(schema: &Schema, target: &Target) -> bool {
    let owner = target.steps.iter().rev().find_map(|step| match step {
        Step::Navigate { owner, nav } => Some((*owner, *nav)),
        _ => None,
    });
    let Some((owner, nav)) = owner else { return false };
    let ty = schema.ty(owner);
    let Some(navigation) = ty.navigations.get(nav) else { return false };
    let from_directory = ty.kind == Kind::Root || ty.capabilities.advanced;
    let into = schema.ty(navigation.target).capabilities.advanced || schema.ty(target.ty).capabilities.advanced;
    from_directory && into && !matches!(target.end, End::Operation { .. })
}

fn consistent(target: &Target, shape: &mut Shape, asks: &Asks) -> Result<(), Fault> {
    let filtered = shape.filter.as_ref().and_then(crate::bind_filter::advanced_part);
    let both = (shape.filter.is_some() && !shape.order.is_empty()).then_some("$filter together with $orderby");
    let used = filtered.or(both);
    let fault = |what: &str, need: &str| {
        let message = format!("Query not supported: {what} needs {need}.");
        Err(Fault::new(FaultKind::NeedsConsistency, what.trim_matches('\''), message))
    };
    if target.end == End::Count {
        return if asks.consistency_eventual {
            Ok(())
        } else {
            fault("$count", "the header 'ConsistencyLevel: eventual'")
        };
    }
    // A search is advanced without the count, too; the directory asks for the header alone.
    if shape.search.is_some() && !asks.consistency_eventual {
        return fault("$search", "the header 'ConsistencyLevel: eventual'");
    }
    if let Some(what) = used
        && !(asks.consistency_eventual && shape.count)
    {
        return fault(what, "the header 'ConsistencyLevel: eventual' and $count=true");
    }
    // $count=true without the header is passed over in silence, as the directory does.
    shape.count &= asks.consistency_eventual;
    Ok(())
}

#[cfg(test)]
mod tests;
