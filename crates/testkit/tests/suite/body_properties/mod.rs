//! Every property that a body may have does something: it is read back as it was sent, or it is refused by name,
//! or it has a decision with a test or a documented rule. What can be sent comes from the model, so that a new
//! property, navigation, command or parameter without a decision fails here.

mod commands;
mod decisions;
mod samples;

use auth::policy::Verb;
use commands::{Command, commands};
use decisions::{DECISIONS, DRAWN_TYPES, Decision, ELSEWHERE, READ_ONLY_RULE};
use model::Surface;
use model::surface::Version;
use odata::schema::{Access, Item, Kind, TypeId};
use samples::{contains, sample};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use testkit::{Client, House, on_each_engine};

/// Settings of policies depend on each other: what is within them is held by the golden files of the policies' tests.
const POLICY: &str = "accessPackageAssignmentPolicy";

/// Decisions that were needed, by type, member and command.
type Used = RefCell<BTreeSet<(&'static str, &'static str)>>;

/// The decision about a member of a type, for a command (`Create`, `Update`) or for all.
fn decision(used: &Used, ty: &str, member: &str, verb: &str) -> Option<Decision> {
    let fits = |(of, name, on, _): &&(&'static str, &'static str, &'static str, Decision)| {
        *of == ty && *name == member && (on.is_empty() || *on == verb)
    };
    let (of, name, _, decision) = DECISIONS.iter().find(fits)?;
    used.borrow_mut().insert((*of, *name));
    Some(*decision)
}

/// Collects the members of structures that `value` says something of.
fn collect(surface: &'static Surface, ty: TypeId, value: &Value, said: &mut BTreeSet<(TypeId, usize)>) {
    for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
        let Some(object) = value.as_object() else { continue };
        let named = object.get("@odata.type").and_then(Value::as_str).and_then(|name| name.rsplit('.').next());
        let ty = named.and_then(|name| surface.schema.find(name)).unwrap_or(ty);
        for (at, property) in surface.schema.ty(ty).properties.iter().enumerate() {
            let Some(value) = object.get(property.name) else { continue };
            said.insert((ty, at));
            if let Item::Complex(of) = property.ty.item {
                collect(surface, of, value, said);
            }
        }
    }
}

/// Looks at one command on one surface; gives what is wrong.
async fn look(app: &Client, command: &Command, used: &Used) -> Vec<String> {
    let surface = model::surface(command.version);
    let ty = surface.schema.find(command.ty).expect("a type of the schema");
    let structure = surface.schema.ty(ty);
    let name = surface.type_name(ty);
    let what = format!("{} {} on {}", command.row, command.ty, command.version.name());
    let mut wrong = Vec::new();
    for round in 0..2 {
        let mut body = command.body(round);
        let mut sent = Vec::new();
        let mut said = BTreeSet::new();
        for property in &structure.properties {
            let fixed = property.access == Access::CreateOnly && command.verb == "Update";
            if property.name == "id" || property.access == Access::ReadOnly || fixed {
                continue;
            }
            match decision(used, name, property.name, command.verb) {
                Some(Decision::Refused) => {
                    let value = sample(surface, property, round);
                    let mut body = command.body(round);
                    body[property.name] = value;
                    let answer = app.send(command.method, &command.path, Some(body.to_string())).await;
                    if answer.status != 400 || !answer.message().contains(property.name) {
                        wrong.push(format!("{what}: '{}' is not refused by name: {}", property.name, answer.text()));
                    }
                }
                Some(_) => {}
                None => {
                    if body.get(property.name).is_none() {
                        body[property.name] = sample(surface, property, round);
                    }
                    if let (Item::Complex(of), false) = (property.ty.item, command.ty == POLICY) {
                        collect(surface, of, &body[property.name], &mut said);
                    }
                    sent.push(property.name);
                }
            }
        }
        let of_said: BTreeSet<TypeId> = said.iter().map(|(ty, _)| *ty).collect();
        for ty in of_said {
            for (at, property) in surface.schema.ty(ty).properties.iter().enumerate() {
                let known = said.contains(&(ty, at)) || property.access == Access::ReadOnly;
                let of = surface.schema.ty(ty).name;
                if !known && decision(used, of, property.name, command.verb).is_none() {
                    wrong.push(format!("{what}: there is no sample of '{of}/{}'", property.name));
                }
            }
        }
        let answer = app.send(command.method, &command.path, Some(body.to_string())).await;
        if answer.status >= 300 {
            wrong.push(format!("{what} {body}: {}", answer.text()));
            continue;
        }
        let path = match &command.read {
            Some(path) => path.clone(),
            None => format!("{}/{}", command.path, answer.id()),
        };
        let select: Vec<&str> = sent.to_vec();
        let read = app.get(&format!("{path}?$select={}", select.join(","))).await;
        if read.status != 200 {
            wrong.push(format!("{what}: {}", read.text()));
            continue;
        }
        for name in sent {
            if !contains(&read.json[name], &body[name]) {
                wrong.push(format!("{what}: '{name}' was sent as {} and is {}", body[name], read.json[name]));
            }
        }
    }
    wrong
}

/// Whether the navigations that a body of this type may set have decisions.
fn navigations(surface: &'static Surface, ty: TypeId, verb: &str, used: &Used) -> Vec<String> {
    let structure = surface.schema.ty(ty);
    let settable = structure.navigations.iter().filter(|navigation| navigation.bindable || navigation.inline);
    let core = |name: &odata::schema::Navigation| surface.navigation(name).core;
    settable
        .filter(|navigation| decision(used, surface.type_name(ty), core(navigation), verb).is_none())
        .map(|navigation| format!("{}/{} has no decision for {verb}", structure.name, navigation.name))
        .collect()
}

/// The commands whose bodies are entities, as the permission table has them, that nothing here sends.
fn unsent(sent: &[Command], used: &Used) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in auth::table::ROWS {
        if !matches!(row.verb, Verb::Create | Verb::CreateOwn | Verb::Update) {
            continue;
        }
        let name = format!("{} {}", auth::matrix::resource(row.resource), auth::matrix::verb(row.verb));
        if sent.iter().any(|command| command.row == name) {
            continue;
        }
        let Some((_, ty)) = ELSEWHERE.iter().find(|(row, _)| *row == name) else {
            wrong.push(format!("{name} is sent by no sample, and has no decision"));
            continue;
        };
        let verb = if row.verb == Verb::Update { "Update" } else { "Create" };
        wrong.extend(ty.map(|ty| undecided(ty, verb, used)).unwrap_or_default());
    }
    wrong.extend(DRAWN_TYPES.iter().flat_map(|ty| undecided(ty, "Drawn", used)));
    wrong
}

/// Properties of a type that have no decision, on either surface. Drawn in a body, what is read-only may name
/// something as well.
fn undecided(ty: &str, verb: &str, used: &Used) -> Vec<String> {
    let mut wrong = Vec::new();
    for version in Version::ALL {
        let surface = model::surface(version);
        let types = (0..surface.schema.types.len()).map(|at| TypeId(u16::try_from(at).expect("a type")));
        let is_it = |id: &TypeId| surface.schema.ty(*id).kind == Kind::Entity && surface.type_name(*id) == ty;
        for id in types.filter(is_it) {
            for property in &surface.schema.ty(id).properties {
                let open = property.name != "id" && (verb == "Drawn" || property.access != Access::ReadOnly);
                if open && decision(used, ty, property.name, verb).is_none() {
                    wrong.push(format!("{ty}/{} has no decision for {verb} on {}", property.name, version.name()));
                }
            }
        }
    }
    wrong
}

/// Parameters of actions, all of which have a test.
fn parameters(used: &Used) -> Vec<String> {
    let mut wrong = Vec::new();
    for operation in model::tables::operations().filter(|operation| operation.action) {
        let name = operation.names.v1.or(operation.names.beta).unwrap_or_default();
        for (parameter, ..) in operation.parameters {
            if decision(used, name, parameter, "Act").is_none() {
                wrong.push(format!("{name}({parameter}) has no decision"));
            }
        }
    }
    wrong
}

/// Tests that decisions name, and rules that they stand on, are there.
fn founded() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository").to_owned();
    let deviations = fs::read_to_string(root.join("docs/deviations.md")).expect("the document");
    let mut sources = String::new();
    for folder in ["", "life", "login"] {
        for entry in fs::read_dir(root.join("crates/testkit/tests/suite").join(folder)).expect("the suite") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push_str(&fs::read_to_string(path).expect("a source"));
            }
        }
    }
    let mut wrong = Vec::new();
    if !deviations.contains(READ_ONLY_RULE) {
        wrong.push(format!("docs/deviations.md has no row '{READ_ONLY_RULE}'"));
    }
    for (ty, member, _, decision) in DECISIONS {
        match decision {
            Decision::Refused => {}
            Decision::Tested(test) if sources.contains(&format!("fn {test}(")) => {}
            Decision::Tested(test) => wrong.push(format!("{ty}/{member}: there is no test '{test}'")),
            Decision::Rule(row) if deviations.contains(row) => {}
            Decision::Rule(row) => wrong.push(format!("{ty}/{member}: docs/deviations.md has no row '{row}'")),
        }
    }
    wrong
}

async fn every_property(house: &House) {
    let app = house.app().await;
    let used = Used::default();
    let commands = commands(house, &app).await;
    let mut wrong = founded();
    for command in &commands {
        wrong.extend(look(&app, command, &used).await);
    }
    for version in Version::ALL {
        let surface = model::surface(version);
        for (at, structure) in surface.schema.types.iter().enumerate().filter(|(_, ty)| ty.kind == Kind::Entity) {
            let ty = TypeId(u16::try_from(at).expect("a type"));
            for verb in ["Create", "Update"] {
                if !structure.is_abstract {
                    wrong.extend(navigations(surface, ty, verb, &used));
                }
            }
        }
    }
    wrong.extend(unsent(&commands, &used));
    wrong.extend(parameters(&used));
    let used = used.into_inner();
    for (ty, member, ..) in DECISIONS {
        if !used.contains(&(*ty, *member)) {
            wrong.push(format!("the decision about {ty}/{member} is about nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_property_of_a_body_is_shown_refused_or_decided_about() {
    on_each_engine(async |house| every_property(house).await);
}

/// A property that can only be set at creation is refused by name where an update would change it.
#[test]
fn properties_that_are_fixed_at_creation_are_refused_by_an_update() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let mut wrong = Vec::new();
        for command in commands(house, &app).await.iter().filter(|command| command.verb == "Update") {
            let surface = model::surface(command.version);
            let ty = surface.schema.find(command.ty).expect("a type of the schema");
            for property in &surface.schema.ty(ty).properties {
                if property.access != Access::CreateOnly {
                    continue;
                }
                let mut body = command.body(0);
                body[property.name] = sample(surface, property, 0);
                let answer = app.send(command.method, &command.path, Some(body.to_string())).await;
                if answer.status != 400 || !answer.message().contains(property.name) {
                    wrong.push(format!("{} {}: {}", command.row, property.name, answer.text()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
