//! Reads: every step of the path, every level of `$expand`, and every navigation that `$filter` and
//! `$orderby` go through.

use super::{Level, Refusal, choose, rank, resource};
use crate::caller::{Caller, IdentityKind};
use crate::permit::{Permit, ReadPermit};
use crate::policy::{Resource, Row, Verb};
use crate::rule::{FieldRule, ReadRules, RowRule, Rule};
use crate::table;
use model::def::{Join, Op};
use model::query::{Narrow, Query};
use model::surface::Surface;
use odata::query::{End, Filter, Key, Leaf, Order, Path, Search, Shape, Step};
use odata::schema::TypeId;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Decides what of `query` this caller may see.
///
/// The permit's rules hold one [`Rule`] for each step of the path (keys and casts take the rule of
/// the collection they stand in) and one for each shape, under its number. A user without a fitting
/// role gets a permit whose rules let nothing through: lists are empty, and entities aren't there.
///
/// # Errors
/// A [`Refusal`] when the token doesn't carry what the path, an expansion or a filter needs.
pub fn authorize_read(caller: &Caller, query: Query) -> Result<ReadPermit, Refusal> {
    let verb = match &query.target.end {
        End::Operation { operation, .. } => Verb::Act(query.surface.op(*operation)),
        _ => Verb::Read,
    };
    let walk = Walk { caller, surface: query.surface };
    let types = types_asked(&query.target.end);
    let (steps, mut last) = walk.path(&query.target.steps, verb, types.as_deref())?;
    last.at_self |= keeps_to_part(caller, verb, &query)?;
    if let End::Property { property, .. } = query.target.end {
        walk.property(&last, query.target.ty, property)?;
    }
    let mut shapes = Vec::new();
    walk.shape(&query.shape, &last, &mut shapes)?;
    let identity = Arc::clone(&caller.identity);
    Ok(Permit::new(query, ReadRules { steps, shapes }, identity))
}

/// Whether all that comes is the caller's own part.
///
/// # Errors
/// [`Refusal::NoRule`] for a function without the condition that its row of the table counts on.
fn keeps_to_part(caller: &Caller, verb: Verb, query: &Query) -> Result<bool, Refusal> {
    let narrow = query.narrow.as_ref();
    let own = narrow.and_then(Narrow::user) == Some(caller.identity.principal);
    let worked_out = query.worked_out();
    match (verb, narrow) {
        (Verb::Read, Some(Narrow::Requestable { .. })) if own && worked_out == Some("availableAccessPackages") => {
            Ok(true)
        }
        (Verb::Read, Some(Narrow::Suggested { .. })) if own && worked_out == Some("accessPackageSuggestions") => {
            Ok(true)
        }
        // What an application sees of access packages does not depend on what it may ask for.
        (_, None)
            if worked_out == Some("availableAccessPackages") && caller.identity.kind == IdentityKind::Application =>
        {
            Ok(false)
        }
        (_, None) if worked_out.is_some() => Err(Refusal::NoRule),
        (Verb::Act(Op::FilterByCurrentUser | Op::My), _) if own => Ok(true),
        (Verb::Act(Op::AdditionalAccess), Some(Narrow::Additional { .. })) => Ok(false),
        (Verb::Act(Op::FilterByCurrentUser | Op::My | Op::AdditionalAccess), _) | (_, Some(_)) => Err(Refusal::NoRule),
        (_, None) => Ok(false),
    }
}

/// The home of each kind of directory object: whoever may read users there may read them by
/// `directoryObjects` too.
pub(super) fn home(type_name: &str) -> Option<Resource> {
    match type_name {
        "user" => Some(Resource::Set("users")),
        "group" => Some(Resource::Set("groups")),
        "application" => Some(Resource::Set("applications")),
        "servicePrincipal" => Some(Resource::Set("servicePrincipals")),
        _ => None,
    }
}

/// The single type that `getByIds` asks for, if it asks for just one.
fn types_asked(end: &End) -> Option<String> {
    let End::Operation { arguments, .. } = end else { return None };
    let (_, Value::Json(types)) = arguments.iter().find(|(name, _)| *name == "types")? else { return None };
    match serde_json::from_str::<Vec<String>>(types).ok()?.as_slice() {
        [one] => Some(one.rsplit('.').next().unwrap_or(one).trim_start_matches('#').to_owned()),
        _ => None,
    }
}

pub(super) struct Walk<'a> {
    pub caller: &'a Caller,
    pub surface: &'static Surface,
}

impl Walk<'_> {
    /// The rule for each step, and the level that the path ends on. The last navigation is asked for
    /// `verb`, those before it for reading.
    fn path(&self, steps: &[Step], verb: Verb, types: Option<&str>) -> Result<(Vec<Rule>, Level), Refusal> {
        let last = steps.iter().rposition(|step| matches!(step, Step::Navigate { .. }));
        let mut rules = Vec::with_capacity(steps.len());
        let mut level = Level::OPEN;
        for (at, step) in steps.iter().enumerate() {
            if let Step::Navigate { owner, nav } = step {
                let ahead = steps.get(at + 1..).unwrap_or_default();
                let is_last = Some(at) == last;
                let entered = self.enter(*owner, *nav, if is_last { verb } else { Verb::Read }, &level, ahead, types);
                level = match entered {
                    Ok((entered, _)) if is_last || entered.rule.rows == RowRule::All => entered,
                    _ if !is_last && self.leads_past(*owner, *nav, ahead) => Level::PASSAGE,
                    entered => entered?.0,
                };
            }
            rules.push(level.rule.clone());
        }
        Ok((rules, level))
    }

    /// Whether the token opens what the next navigation leads to, from an entity of a set that is named by
    /// its key, and may be one that the token doesn't show.
    fn leads_past(&self, owner: TypeId, nav: usize, ahead: &[Step]) -> bool {
        let [Step::Key(_), ahead @ ..] = ahead else { return false };
        let next = ahead.iter().find(|step| !matches!(step, Step::Cast(_)));
        let Some(Step::Navigate { owner: source, nav: next }) = next else { return false };
        let identity = &self.caller.identity;
        self.surface.nav(owner, nav).join == Join::Set
            && resource(self.surface, *source, *next, Verb::Read).1.is_some_and(|row| {
                row.grants(identity.kind)
                    .iter()
                    .any(|grant| grant.past_source && grant.carried_by(identity.permissions))
            })
    }

    /// Follows one navigation. `ahead` are the steps after it: a key that is the caller's own id and
    /// a cast say more about what is asked for.
    fn enter(
        &self,
        owner: TypeId,
        nav: usize,
        verb: Verb,
        from: &Level,
        ahead: &[Step],
        types: Option<&str>,
    ) -> Result<(Level, Option<&'static Row>), Refusal> {
        let def = self.surface.nav(owner, nav);
        if def.join == Join::Through {
            return Ok((Level::OPEN, None));
        }
        let (resource, row) = resource(self.surface, owner, nav, verb);
        let row = row.ok_or(Refusal::NoRule)?;
        let me = self.caller.identity.principal;
        let delegated = self.caller.identity.kind == IdentityKind::Delegated;
        let own_key = matches!(ahead.first(), Some(Step::Key(Key::Id(id))) if Uuid::parse_str(id) == Ok(me));
        let at_self = delegated && (def.join == Join::Me || own_key);
        // A name may have become another's since the token was made: it opens the row, which is the caller's
        // own, and says no more than that.
        let own_name = delegated
            && resource == Resource::Set("users")
            && matches!(ahead.first(), Some(Step::Key(Key::Alternate { value: Value::Text(name), .. }))
                if name.eq_ignore_ascii_case(&self.caller.identity.name));

        let mut chosen = choose(self.caller, row, from, at_self || own_name).map(|(rule, _)| rule);
        if let Some(kind) = self.kind_asked(resource, ahead, types)
            && let Some(home) = home(&kind).and_then(|home| table::find(home, Verb::Read))
            && let Ok((mut rule, _)) = choose(self.caller, home, from, at_self)
        {
            // Deleted objects keep their own, narrower duty.
            if def.join == Join::Deleted
                && let Ok(general) = &chosen
                && rank(&general.rows) < rank(&rule.rows)
            {
                rule.rows = general.rows.clone();
            }
            let better = match &chosen {
                Err(_) => def.join != Join::Deleted,
                Ok(general) => rank(&rule.rows) >= rank(&general.rows),
            };
            if better {
                chosen = Ok(rule);
            }
        }
        let mut rule = chosen?;
        if def.join == Join::Me {
            rule.rows = RowRule::Only(me);
        }
        // What belongs to what is one's own is, too.
        let at_self = at_self || rule.rows == RowRule::Only(me) || (from.at_self && row.within);
        Ok((Level { rule, at_self }, Some(row)))
    }

    /// The kind that a cast or `getByIds` narrows a set of mixed objects to.
    fn kind_asked(&self, resource: Resource, ahead: &[Step], types: Option<&str>) -> Option<String> {
        if !matches!(resource, Resource::Set("directoryObjects") | Resource::Edge("directory", "deletedItems")) {
            return None;
        }
        let until = ahead.iter().position(|step| matches!(step, Step::Navigate { .. })).unwrap_or(ahead.len());
        let cast = ahead.iter().take(until).find_map(|step| match step {
            Step::Cast(ty) => Some(self.surface.schema.ty(*ty).name.to_owned()),
            _ => None,
        });
        cast.or_else(|| types.map(str::to_owned))
    }

    fn shape(&self, shape: &Shape, level: &Level, rules: &mut Vec<Rule>) -> Result<(), Refusal> {
        if rules.len() <= shape.number {
            rules.resize(shape.number + 1, Rule::NOTHING);
        }
        if let Some(rule) = rules.get_mut(shape.number) {
            *rule = level.rule.clone();
        }
        if let Some(filter) = &shape.filter {
            self.filter(filter, &mut vec![level.clone()])?;
        }
        for Order { path, .. } in &shape.order {
            self.operand(path, std::slice::from_ref(level))?;
        }
        if let Some(search) = &shape.search {
            self.search(search, level)?;
        }
        for expand in &shape.expand {
            let (inner, _) = self.enter(expand.owner, expand.nav, Verb::Read, level, &[], None)?;
            self.shape(&expand.shape, &inner, rules)?;
        }
        Ok(())
    }

    fn search(&self, search: &Search, level: &Level) -> Result<(), Refusal> {
        match search {
            Search::Clause { owner, property, .. } => self.property(level, *owner, *property),
            Search::And(all) | Search::Or(all) => all.iter().try_for_each(|each| self.search(each, level)),
            Search::Not(inner) => self.search(inner, level),
        }
    }

    /// `scope` holds the level of the filtered entity and of each lambda variable around `filter`.
    fn filter(&self, filter: &Filter, scope: &mut Vec<Level>) -> Result<(), Refusal> {
        match filter {
            Filter::Always(_) => Ok(()),
            Filter::And(all) | Filter::Or(all) => all.iter().try_for_each(|each| self.filter(each, scope)),
            Filter::Not(inner) => self.filter(inner, scope),
            Filter::Compare { left, .. } | Filter::In { left, .. } | Filter::Text { left, .. } => {
                self.operand(&left.path, scope).map(|_| ())
            }
            Filter::Any { over, body } => self.lambda(over, body.as_deref(), scope),
            Filter::All { over, body } => self.lambda(over, Some(body), scope),
        }
    }

    fn lambda(&self, over: &Path, body: Option<&Filter>, scope: &mut Vec<Level>) -> Result<(), Refusal> {
        let level = self.operand(over, scope)?;
        let Some(body) = body else { return Ok(()) };
        let depth = scope.len();
        // A variable's number counts from the outermost lambda, so levels between are cut off.
        scope.push(level);
        let checked = self.filter(body, scope);
        scope.truncate(depth);
        checked
    }

    /// Checks every navigation of a path, and the property at its end; gives the level it ends on.
    fn operand(&self, path: &Path, scope: &[Level]) -> Result<Level, Refusal> {
        let mut level = scope.get(path.base).cloned().ok_or(Refusal::NoRule)?;
        for (owner, nav) in &path.navigations {
            let (next, row) = self.enter(*owner, *nav, Verb::Read, &level, &[], None)?;
            let narrowed = match &next.rule.rows {
                RowRule::All => false,
                // Whoever sees the package sees its catalog.
                rows => !(row.is_some_and(|row| row.within) && *rows == level.rule.rows),
            };
            if narrowed {
                let resource = row.map_or(Resource::Set(""), |row| row.resource);
                return Err(Refusal::PathNarrowed { resource });
            }
            level = next;
        }
        match &path.leaf {
            Leaf::Property { owner, property, .. } => self.property(&level, *owner, *property)?,
            Leaf::Entity(_) | Leaf::Variable => {}
        }
        Ok(level)
    }

    /// Whether the level shows this property: what isn't shown can't be asked about either.
    fn property(&self, level: &Level, owner: TypeId, property: usize) -> Result<(), Refusal> {
        let core = self.surface.prop(owner, property).core;
        match level.rule.fields {
            FieldRule::All => Ok(()),
            FieldRule::Only(shown) if shown.contains(&core) => Ok(()),
            FieldRule::Only(_) => Err(Refusal::PropertyHidden { property: core }),
        }
    }
}

/// What the caller sees of the entities of a home resource: nothing if the token can't read there.
pub(super) fn seen(caller: &Caller, home: Resource) -> RowRule {
    table::find(home, Verb::Read)
        .and_then(|row| choose(caller, row, &Level::OPEN, false).ok())
        .map_or(RowRule::Nothing, |(rule, _)| rule.rows)
}
