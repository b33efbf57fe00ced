//! What callers may read and write, as rules of their permits or as refusals.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use auth::authorize::{Refusal, Via, authorize_answer, authorize_read, authorize_write};
use auth::caller::{Caller, Identity, IdentityKind};
use auth::permission::{Permission, Permissions};
use auth::policy::{Resource, Verb};
use auth::role;
use auth::rule::{FieldRule, ReadRules, RowRule, WriteRules};
use domain::command::{
    AppRoleAssign, AppRoleEnd, AppRoleSide, AppRoleUnassign, Command, Create, IncompatibleGroupCreate, Kind, Link, On,
    PackageCreate, PackageMove, Relation, Restore, RoleArea, RoleAssign, Update,
};
use domain::fields::{Fields, Value};
use model::def::Op;
use model::query::{Narrow, Query, Want};
use model::surface::Surface;
use model::{Version, surface};
use odata::query::{Compare, End, Expand, Filter, Key, Leaf, Operand, Path, Shape, Step, Target};
use odata::schema::{Member, TypeId};
use std::sync::Arc;
use uuid::Uuid;

const ME: Uuid = Uuid::from_u128(0xada);
const ID: Uuid = Uuid::from_u128(0x1d);
const OTHER: Uuid = Uuid::from_u128(0x2d);
const CATALOG: Uuid = Uuid::from_u128(0xca7);
const EM: &str = "identityGovernance/entitlementManagement";

fn caller(kind: IdentityKind, permissions: &str) -> Caller {
    let permissions =
        permissions.split_whitespace().map(|name| Permission::find(name).unwrap()).collect::<Permissions>();
    let identity = Identity {
        tenant: Uuid::nil(),
        principal: ME,
        app: Uuid::nil(),
        kind,
        is_ours: true,
        permissions,
        name: "ada".into(),
        expires_at: 0,
    };
    Caller { identity: Arc::new(identity), directory_roles: vec![], entitlement_roles: vec![] }
}

fn app(permissions: &str) -> Caller {
    caller(IdentityKind::Application, permissions)
}

fn user(permissions: &str) -> Caller {
    caller(IdentityKind::Delegated, permissions)
}

fn with_role(mut caller: Caller, role: Uuid) -> Caller {
    caller.directory_roles.push(role);
    caller
}

fn in_catalog(mut caller: Caller, role: Uuid, catalog: Option<Uuid>) -> Caller {
    caller.entitlement_roles.push((role, catalog));
    caller
}

/// `users/<guid>/manager`: names are navigations, `@type` is a cast, all else is a key.
fn target(surface: &Surface, path: &str) -> Target {
    let (mut ty, mut many, mut steps) = (surface.schema.root, false, Vec::new());
    for segment in path.split('/') {
        if let Some(name) = segment.strip_prefix('@') {
            ty = surface.schema.find(name).unwrap();
            steps.push(Step::Cast(ty));
        } else if let Some(Member::Navigation(nav)) = surface.schema.ty(ty).member(segment) {
            steps.push(Step::Navigate { owner: ty, nav });
            let navigation = &surface.schema.ty(ty).navigations[nav];
            (ty, many) = (navigation.target, navigation.many);
        } else {
            assert!(many, "{segment} of {path}");
            steps.push(Step::Key(Key::Id(segment.to_owned())));
            many = false;
        }
    }
    Target { steps, ty, many, end: End::Itself }
}

fn shape(number: usize, ty: TypeId) -> Shape {
    Shape {
        number,
        ty,
        outputs: vec![],
        select: None,
        expand: vec![],
        filter: None,
        search: None,
        order: vec![],
        top: None,
        skip: 0,
        count: false,
        after: None,
        list: None,
    }
}

fn query(version: Version, path: &str) -> Query {
    let surface = surface(version);
    let target = target(surface, path);
    let shape = Arc::new(shape(0, target.ty));
    Query {
        surface,
        want: if target.many { Want::Page } else { Want::Entity },
        target,
        shape,
        limit: 100,
        narrow: None,
    }
}

fn read(caller: &Caller, path: &str) -> Result<ReadRules, Refusal> {
    authorize_read(caller, query(Version::V1, path)).map(|permit| permit.rules().clone())
}

/// The rule of the last step: rows, and whether all fields come out.
fn sees(caller: &Caller, path: &str) -> (RowRule, bool) {
    let rules = read(caller, path).unwrap();
    let last = rules.steps.last().unwrap();
    assert_eq!(rules.shapes, std::slice::from_ref(last));
    (last.rows.clone(), last.fields == FieldRule::All)
}

fn navigation(surface: &Surface, ty: TypeId, name: &str) -> (TypeId, usize, TypeId) {
    let (nav, navigation) = surface.schema.ty(ty).navigation(name).unwrap();
    (ty, nav, navigation.target)
}

/// Expands one navigation, under number 1.
fn expanding(mut query: Query, name: &str) -> Query {
    let (owner, nav, ty) = navigation(query.surface, query.target.ty, name);
    Arc::make_mut(&mut query.shape).expand.push(Expand {
        owner,
        nav,
        cast: None,
        links_only: false,
        options: vec![],
        shape: shape(1, ty),
    });
    query
}

/// `name/property eq null` over a single-valued navigation, or `name/any(x: x/property eq null)`.
fn filtering(mut query: Query, name: Option<&str>, property: &str) -> Query {
    let mut navigations = vec![];
    let mut ty = query.target.ty;
    let mut many = false;
    if let Some(name) = name {
        let (owner, nav, next) = navigation(query.surface, ty, name);
        many = query.surface.schema.ty(owner).navigations[nav].many;
        navigations.push((owner, nav));
        ty = next;
    }
    let (property, _) = query.surface.schema.ty(ty).property(property).unwrap();
    let leaf = Leaf::Property { owner: ty, property, below: vec![] };
    let compare = |base, navigations| Filter::Compare {
        left: Operand { path: Path { base, navigations, leaf: leaf.clone() }, case: None, count: false },
        op: Compare::Eq,
        right: odata::value::Value::Null,
    };
    Arc::make_mut(&mut query.shape).filter = Some(if many {
        let over = Path { base: 0, navigations, leaf: Leaf::Entity(ty) };
        Filter::Not(Box::new(Filter::Any { over, body: Some(Box::new(compare(1, vec![]))) }))
    } else {
        Filter::And(vec![compare(0, navigations)])
    });
    query
}

fn write(caller: &Caller, command: Command, path: &str, verb: Verb) -> Result<WriteRules, Refusal> {
    let surface = surface(Version::Beta);
    let target = target(surface, path);
    authorize_write(caller, command, &Via { surface, target: &target, verb }).map(|permit| permit.rules().clone())
}

fn create() -> Create {
    Create {
        id: ID,
        fields: Fields::default(),
        links: vec![],
        password_hash: None,
        creator: None,
        owner_assignment: None,
    }
}

fn update(kind: Kind, id: Uuid, fields: &[&'static str]) -> Update {
    let fields = Fields(fields.iter().map(|name| (*name, Value::Null)).collect());
    Update { kind, id, fields, links: vec![], password_hash: None }
}

fn link(relation: Relation, from_kind: Kind) -> Link {
    Link { relation, from_kind, from: ID, to: OTHER, to_kind: None }
}

#[test]
fn nothing_is_read_without_a_permission() {
    for path in
        ["users", "groups", "applications", "directoryObjects", "organization", "domains", "directory/deletedItems"]
    {
        for caller in [app(""), app("EntitlementManagement.ReadWrite.All"), user("openid profile")] {
            assert!(matches!(read(&caller, path), Err(Refusal::NoPermission { .. })), "{path}");
        }
    }
    let needed = vec![Permission::EntitlementRead, Permission::EntitlementReadWrite];
    let resource = Resource::Edge("entitlementManagement", "catalogs");
    assert_eq!(
        read(&app("User.Read.All"), &format!("{EM}/catalogs")),
        Err(Refusal::NoPermission { resource, verb: Verb::Read, needed })
    );
}

#[test]
fn the_way_through_singletons_is_open() {
    let rules = read(&app("EntitlementManagement.Read.All"), &format!("{EM}/accessPackages/{ID}/catalog")).unwrap();
    assert_eq!(rules.steps.len(), 5);
    assert!(rules.steps.iter().all(|rule| rule.rows == RowRule::All));
}

#[test]
fn users_see_entitlement_management_by_role() {
    let path = format!("{EM}/accessPackages");
    let ada = || user("EntitlementManagement.Read.All");
    assert_eq!(sees(&ada(), &path), (RowRule::Nothing, true));
    for role in [role::GLOBAL_ADMINISTRATOR, role::IDENTITY_GOVERNANCE_ADMINISTRATOR, role::GLOBAL_READER] {
        assert_eq!(sees(&with_role(ada(), role), &path), (RowRule::All, true));
    }
    assert_eq!(sees(&with_role(ada(), role::USER_ADMINISTRATOR), &path).0, RowRule::Nothing);
    let two = in_catalog(in_catalog(ada(), role::CATALOG_READER, Some(CATALOG)), role::CATALOG_OWNER, Some(ID));
    assert_eq!(sees(&two, &path).0, RowRule::Catalogs(vec![ID, CATALOG]));
    assert_eq!(sees(&in_catalog(ada(), role::CATALOG_READER, None), &path).0, RowRule::All);
    assert_eq!(sees(&in_catalog(ada(), role::CATALOG_CREATOR, None), &path).0, RowRule::Nothing);
    // An application needs no role, and none widens it.
    assert_eq!(sees(&app("EntitlementManagement.Read.All"), &path).0, RowRule::All);
}

#[test]
fn incompatible_groups_are_seen_and_not_gone_on_from() {
    let groups = format!("{EM}/accessPackages/{ID}/incompatibleGroups");
    let em = app("EntitlementManagement.Read.All");
    assert_eq!(sees(&em, &groups), (RowRule::All, false));
    assert_eq!(sees(&app("EntitlementManagement.Read.All Group.Read.All"), &groups), (RowRule::All, true));
    let members = format!("{groups}/{OTHER}/members");
    assert!(matches!(read(&em, &members), Err(Refusal::NoPermission { .. })));
    assert!(read(&app("EntitlementManagement.Read.All GroupMember.Read.All"), &members).is_ok());
    // The same by $expand.
    let expanded = expanding(query(Version::V1, &groups), "members");
    assert!(matches!(authorize_read(&em, expanded), Err(Refusal::NoPermission { .. })));
    // A catalog reader sees the groups of the catalog's packages: the narrowing stands at the package.
    let reader = in_catalog(user("EntitlementManagement.Read.All"), role::CATALOG_READER, Some(CATALOG));
    let rules = read(&reader, &groups).unwrap();
    assert_eq!(rules.steps[3].rows, RowRule::Catalogs(vec![CATALOG]));
    assert_eq!(rules.steps[4].rows, RowRule::All);
}

#[test]
fn users_see_users_by_scope() {
    assert_eq!(sees(&user("User.Read.All"), "users"), (RowRule::All, true));
    assert_eq!(sees(&user("User.ReadBasic.All"), "users"), (RowRule::All, false));
    assert!(matches!(read(&user("User.Read"), "users"), Err(Refusal::NoPermission { .. })));
    assert!(matches!(read(&user("User.Read"), &format!("users/{ID}")), Err(Refusal::NoPermission { .. })));
    assert_eq!(sees(&user("User.Read"), &format!("users/{ME}")), (RowRule::Only(ME), true));
    assert_eq!(sees(&user("User.Read User.ReadBasic.All"), "users"), (RowRule::All, false));
    assert_eq!(sees(&user("User.Read User.ReadBasic.All"), &format!("users/{ME}")), (RowRule::Only(ME), true));
    assert_eq!(sees(&user("User.Read User.ReadBasic.All"), &format!("users/{ID}")), (RowRule::All, false));
}

#[test]
fn me_is_for_users() {
    assert_eq!(sees(&user("User.Read"), "me"), (RowRule::Only(ME), true));
    assert_eq!(sees(&user("Directory.Read.All"), "me"), (RowRule::Only(ME), true));
    assert!(matches!(read(&user("Group.Read.All"), "me"), Err(Refusal::NoPermission { .. })));
    assert_eq!(read(&app("User.Read.All"), "me"), Err(Refusal::DelegatedOnly { resource: Resource::Set("me") }));
}

#[test]
fn my_own_neighbourhood_needs_no_more_than_user_read() {
    let ada = user("User.Read");
    assert_eq!(sees(&ada, "me/directReports"), (RowRule::All, false));
    assert_eq!(sees(&ada, &format!("users/{ME}/memberOf")), (RowRule::All, false));
    assert!(matches!(read(&ada, &format!("users/{ID}/memberOf/{OTHER}")), Err(Refusal::NoPermission { .. })));
    assert!(authorize_read(&ada, expanding(query(Version::V1, "me"), "directReports")).is_ok());
    // The manager is another's account.
    assert!(matches!(read(&ada, "me/manager"), Err(Refusal::NoPermission { .. })));
    // With a scope that shows others, it doesn't follow from them.
    let both = user("User.Read User.ReadBasic.All");
    assert!(read(&both, &format!("users/{ME}/sponsors")).is_ok());
    assert!(matches!(read(&both, &format!("users/{ID}/sponsors")), Err(Refusal::NoPermission { .. })));
    assert!(matches!(
        authorize_read(&both, expanding(query(Version::V1, "users"), "sponsors")),
        Err(Refusal::NoPermission { .. })
    ));
    let surface = surface(Version::V1);
    let mut further = query(Version::V1, "me/sponsors");
    further.target = target(surface, "me/sponsors/@user/sponsors");
    assert!(matches!(authorize_read(&ada, further), Err(Refusal::NoPermission { .. })));
}

#[test]
fn filters_go_no_further_than_reading() {
    let ok = |caller: &Caller, query| authorize_read(caller, query).map(|_| ());
    let groups = || query(Version::V1, "groups");
    assert_eq!(ok(&app("GroupMember.Read.All"), filtering(groups(), Some("members"), "id")), Ok(()));
    assert!(matches!(
        ok(
            &app("EntitlementManagement.Read.All"),
            filtering(
                query(Version::V1, &format!("{EM}/accessPackages/{ID}/incompatibleGroups")),
                Some("members"),
                "id"
            )
        ),
        Err(Refusal::NoPermission { .. })
    ));
    // A property that isn't shown can't be asked about.
    let basic = user("User.ReadBasic.All");
    assert_eq!(ok(&basic, filtering(query(Version::V1, "users"), None, "displayName")), Ok(()));
    assert_eq!(
        ok(&basic, filtering(query(Version::V1, "users"), None, "department")),
        Err(Refusal::PropertyHidden { property: "department" })
    );
    // Through links to what the caller sees in part.
    let owner = in_catalog(user("EntitlementManagement.Read.All"), role::CATALOG_OWNER, Some(CATALOG));
    let packages = || query(Version::V1, &format!("{EM}/accessPackages"));
    assert_eq!(ok(&owner, filtering(packages(), Some("catalog"), "id")), Ok(()));
    let resource = Resource::Edge("accessPackage", "incompatibleAccessPackages");
    assert_eq!(
        ok(&owner, filtering(packages(), Some("incompatibleAccessPackages"), "displayName")),
        Err(Refusal::PathNarrowed { resource })
    );
    let all = app("EntitlementManagement.Read.All");
    assert_eq!(ok(&all, filtering(packages(), Some("incompatibleAccessPackages"), "displayName")), Ok(()));
}

#[test]
fn every_expansion_has_its_rule() {
    let owner = in_catalog(user("EntitlementManagement.Read.All"), role::CATALOG_OWNER, Some(CATALOG));
    let query = expanding(query(Version::V1, &format!("{EM}/accessPackages")), "incompatibleAccessPackages");
    let permit = authorize_read(&owner, query).unwrap();
    assert_eq!(permit.rules().shapes.len(), 2);
    assert_eq!(permit.rules().shapes[1].rows, RowRule::Catalogs(vec![CATALOG]));
}

#[test]
fn objects_of_any_kind_show_little_without_a_directory_permission() {
    assert_eq!(sees(&app("Directory.Read.All"), &format!("directoryObjects/{ID}")), (RowRule::All, true));
    assert_eq!(sees(&app("User.Read.All"), &format!("directoryObjects/{ID}")), (RowRule::All, false));
    assert_eq!(sees(&app("User.Read.All"), &format!("directoryObjects/{ID}/@user")), (RowRule::All, true));
    assert_eq!(sees(&app("User.Read.All"), &format!("directoryObjects/{ID}/@group")), (RowRule::All, false));
    assert_eq!(sees(&app("User.Read.All"), "directory/deletedItems/@user"), (RowRule::All, true));
    let ada = user("User.Read.All");
    assert_eq!(sees(&ada, "directory/deletedItems/@user").0, RowRule::Nothing);
    assert_eq!(sees(&with_role(ada, role::USER_ADMINISTRATOR), "directory/deletedItems/@user"), (RowRule::All, true));
}

#[test]
fn operations_ask_their_own_row() {
    let surface = surface(Version::V1);
    let ask = |caller: &Caller, path: &str, op: Op| {
        let mut query = query(Version::V1, path);
        let operation = surface.schema.operations.iter().position(|each| surface.operation(each).op == op).unwrap();
        query.target.end = End::Operation { operation, arguments: vec![], count: false };
        authorize_read(caller, query).map(|permit| permit.rules().steps.last().unwrap().rows.clone())
    };
    assert_eq!(ask(&user("User.Read"), "me", Op::GetMemberGroups), Ok(RowRule::Only(ME)));
    assert_eq!(ask(&user("User.Read"), &format!("users/{ID}"), Op::GetMemberGroups), Ok(RowRule::Only(ME)));
    assert_eq!(ask(&app("GroupMember.Read.All"), &format!("users/{ID}"), Op::GetMemberGroups), Ok(RowRule::All));
    assert!(ask(&app("Organization.Read.All"), &format!("users/{ID}"), Op::GetMemberGroups).is_err());
    assert_eq!(ask(&app("Directory.Read.All"), "directoryObjects", Op::GetByIds), Ok(RowRule::All));
    assert_eq!(ask(&app("Directory.Read.All"), "users", Op::GetByIds), Err(Refusal::NoRule));
}

#[test]
fn the_seed_operations() {
    let add = || Command::IncompatibleAdd(link(Relation::IncompatibleGroup, Kind::AccessPackage));
    let make = || {
        Command::IncompatibleGroupCreate(IncompatibleGroupCreate {
            catalog: Some(CATALOG),
            package: ID,
            group: OTHER,
            named: domain::command::NamedGroup::No,
            fields: Fields::default(),
        })
    };
    let add_path = format!("{EM}/accessPackages/{ID}/incompatibleGroups");
    let make_path = format!("{EM}/accessPackageCatalogs/{CATALOG}/accessPackages/{ID}/incompatibleGroups");
    let both = |caller: &Caller| {
        let add = write(caller, add(), &add_path, Verb::LinkAdd);
        let make = write(caller, make(), &make_path, Verb::Create);
        assert_eq!(add, make);
        add
    };
    let rules = both(&app("EntitlementManagement.ReadWrite.All")).unwrap();
    assert_eq!((rules.see, rules.change, rules.see_other), (RowRule::All, RowRule::All, RowRule::All));
    assert!(write(&app("EntitlementManagement.Read.All"), add(), &add_path, Verb::LinkAdd).is_err());

    let ada = || user("EntitlementManagement.ReadWrite.All");
    assert!(matches!(write(&ada(), add(), &add_path, Verb::LinkAdd), Err(Refusal::NeedsRole { .. })));
    for role in [role::CATALOG_READER, role::ACCESS_PACKAGE_ASSIGNMENT_MANAGER] {
        let caller = in_catalog(ada(), role, Some(CATALOG));
        assert!(matches!(write(&caller, add(), &add_path, Verb::LinkAdd), Err(Refusal::NeedsRole { .. })));
    }
    for role in [role::CATALOG_OWNER, role::ACCESS_PACKAGE_MANAGER] {
        let rules = both(&in_catalog(ada(), role, Some(CATALOG))).unwrap();
        assert_eq!(rules.change, RowRule::Catalogs(vec![CATALOG]));
    }
    // A reader of one catalog who manages another's packages sees both and changes one.
    let caller =
        in_catalog(in_catalog(ada(), role::CATALOG_READER, Some(ID)), role::ACCESS_PACKAGE_MANAGER, Some(CATALOG));
    let rules = both(&caller).unwrap();
    assert_eq!(rules.see, RowRule::Catalogs(vec![ID, CATALOG]));
    assert_eq!(rules.change, RowRule::Catalogs(vec![CATALOG]));
}

#[test]
fn catalogs_are_for_their_owners() {
    let ada = || user("EntitlementManagement.ReadWrite.All");
    let path = format!("{EM}/accessPackageCatalogs");
    let one = format!("{path}/{CATALOG}");
    let manager = in_catalog(ada(), role::ACCESS_PACKAGE_MANAGER, Some(CATALOG));
    let owner = in_catalog(ada(), role::CATALOG_OWNER, Some(CATALOG));
    let creator = in_catalog(ada(), role::CATALOG_CREATOR, None);
    let change = || Command::CatalogUpdate(update(Kind::Catalog, CATALOG, &["displayName"]));
    assert!(matches!(write(&manager, change(), &one, Verb::Update), Err(Refusal::NeedsRole { .. })));
    assert_eq!(write(&owner, change(), &one, Verb::Update).unwrap().change, RowRule::Catalogs(vec![CATALOG]));
    assert!(write(&creator, Command::CatalogCreate(create()), &path, Verb::Create).is_ok());
    assert!(matches!(
        write(&owner, Command::CatalogCreate(create()), &path, Verb::Create),
        Err(Refusal::NeedsRole { .. })
    ));
    let package = || Command::PackageCreate(PackageCreate { create: create(), catalog: CATALOG });
    assert!(write(&manager, package(), &format!("{EM}/accessPackages"), Verb::Create).is_ok());
    let moving = || Command::PackageMove(PackageMove { package: ID, catalog: OTHER });
    let act = Verb::Act(Op::MoveToCatalog);
    assert!(write(&manager, moving(), &format!("{EM}/accessPackages/{ID}"), act).is_err());
    let rules = write(&owner, moving(), &format!("{EM}/accessPackages/{ID}"), act).unwrap();
    assert_eq!(rules.change_other, RowRule::Catalogs(vec![CATALOG]));
}

#[test]
fn the_other_package_must_be_seen() {
    let owner = in_catalog(user("EntitlementManagement.ReadWrite.All"), role::CATALOG_OWNER, Some(CATALOG));
    let command = Command::IncompatibleAdd(link(Relation::IncompatiblePackage, Kind::AccessPackage));
    let path = format!("{EM}/accessPackages/{ID}/incompatibleAccessPackages");
    assert_eq!(write(&owner, command, &path, Verb::LinkAdd).unwrap().see_other, RowRule::Catalogs(vec![CATALOG]));
}

#[test]
fn people_write_the_directory_by_role_or_as_owners() {
    let ada = || user("User.ReadWrite.All Group.ReadWrite.All Application.ReadWrite.All");
    let path = format!("groups/{ID}");
    let change = |kind| Command::DirectoryUpdate(update(kind, ID, &["displayName"]));
    assert_eq!(write(&ada(), change(Kind::Group), &path, Verb::Update).unwrap().change, RowRule::OwnedBy(ME));
    assert_eq!(write(&ada(), change(Kind::Group), &path, Verb::Update).unwrap().see, RowRule::All);
    let admin = with_role(ada(), role::GROUPS_ADMINISTRATOR);
    assert_eq!(write(&admin, change(Kind::Group), &path, Verb::Update).unwrap().change, RowRule::All);
    assert!(write(&ada(), Command::GroupCreate(create()), "groups", Verb::Create).is_ok());
    assert!(write(&ada(), Command::ApplicationCreate(create()), "applications", Verb::Create).is_ok());
    assert!(matches!(
        write(&ada(), Command::UserCreate(create()), "users", Verb::Create),
        Err(Refusal::NeedsRole { .. })
    ));
    let users = with_role(ada(), role::USER_ADMINISTRATOR);
    assert!(write(&users, Command::UserCreate(create()), "users", Verb::Create).is_ok());
    let member = Command::LinkAdd(link(Relation::Member, Kind::Group));
    let rules = write(&ada(), member, &format!("groups/{ID}/members"), Verb::LinkAdd).unwrap();
    assert_eq!((rules.change, rules.privileged), (RowRule::OwnedBy(ME), false));
    let manager = || Command::LinkAdd(link(Relation::Manager, Kind::User));
    assert!(write(&users, manager(), &format!("users/{ID}/manager"), Verb::LinkSet).is_ok());
    assert!(write(&ada(), manager(), &format!("users/{ID}/manager"), Verb::LinkSet).is_err());
}

#[test]
fn people_write_a_little_of_themselves() {
    let ada = user("User.ReadWrite");
    let change = |id, fields| Command::DirectoryUpdate(update(Kind::User, id, fields));
    let rules = write(&ada, change(ME, &["skills"]), "me", Verb::Update).unwrap();
    assert_eq!((rules.see, rules.change), (RowRule::Only(ME), RowRule::Only(ME)));
    let rules = write(&ada, change(OTHER, &["skills"]), &format!("users/{OTHER}"), Verb::Update).unwrap();
    assert_eq!(rules.change, RowRule::Only(ME), "somebody else isn't there");
    assert_eq!(
        write(&ada, change(ME, &["skills", "department"]), "me", Verb::Update),
        Err(Refusal::FieldsNotAllowed { fields: vec!["department"] })
    );
    let mut promotion = update(Kind::User, ME, &[]);
    promotion.links.push((Relation::Manager, OTHER));
    assert!(write(&ada, Command::DirectoryUpdate(promotion), "me", Verb::Update).is_err());
    let mut password = update(Kind::User, ME, &[]);
    password.password_hash = Some("hash".into());
    assert!(write(&ada, Command::DirectoryUpdate(password), "me", Verb::Update).is_err());
    // By `/me`, an administrator changes no one else either.
    let admin = with_role(user("User.ReadWrite.All"), role::GLOBAL_ADMINISTRATOR);
    assert_eq!(write(&admin, change(OTHER, &["department"]), "me", Verb::Update).unwrap().change, RowRule::Only(ME));
    assert!(matches!(
        write(&app("User.ReadWrite.All"), change(ME, &["skills"]), "me", Verb::Update),
        Err(Refusal::DelegatedOnly { .. })
    ));
}

#[test]
fn an_application_that_owns_changes_its_own() {
    let terraform = app("Application.ReadWrite.OwnedBy");
    assert_eq!(sees(&terraform, "applications").0, RowRule::All);
    let change = Command::DirectoryUpdate(update(Kind::Application, ID, &["displayName"]));
    let rules = write(&terraform, change, &format!("applications/{ID}"), Verb::Update).unwrap();
    assert_eq!((rules.see, rules.change), (RowRule::All, RowRule::OwnedBy(ME)));
    assert!(write(&terraform, Command::ApplicationCreate(create()), "applications", Verb::Create).is_ok());
    assert!(write(&app("Group.Create"), Command::GroupCreate(create()), "groups", Verb::Create).is_ok());
}

#[test]
fn roles_are_assigned_within_their_system() {
    let assign = |area, catalog| Command::RoleAssign(RoleAssign { id: ID, area, principal: OTHER, role: ID, catalog });
    let (directory, entitlement) =
        ("roleManagement/directory/roleAssignments", "roleManagement/entitlementManagement/roleAssignments");
    let em = app("EntitlementManagement.ReadWrite.All");
    assert!(write(&em, assign(RoleArea::Entitlement, None), entitlement, Verb::Create).is_ok());
    assert!(write(&em, assign(RoleArea::Directory, None), directory, Verb::Create).is_err());
    assert_eq!(write(&em, assign(RoleArea::Directory, None), entitlement, Verb::Create), Err(Refusal::NoRule));
    let unassign = Command::RoleUnassign(On { kind: Kind::RoleAssignment, id: ID });
    let rules = write(&em, unassign, &format!("{entitlement}/{ID}"), Verb::Delete).unwrap();
    assert_eq!(rules.area, Some(RoleArea::Entitlement));

    let owner = in_catalog(user("EntitlementManagement.ReadWrite.All"), role::CATALOG_OWNER, Some(CATALOG));
    assert!(write(&owner, assign(RoleArea::Entitlement, Some(CATALOG)), entitlement, Verb::Create).is_ok());
    assert!(matches!(
        write(&owner, assign(RoleArea::Entitlement, None), entitlement, Verb::Create),
        Err(Refusal::NeedsRole { .. })
    ));
    let ada = user("RoleManagement.ReadWrite.Directory");
    assert!(write(&ada, assign(RoleArea::Directory, None), directory, Verb::Create).is_err());
    let admin = with_role(ada, role::PRIVILEGED_ROLE_ADMINISTRATOR);
    assert!(write(&admin, assign(RoleArea::Directory, None), directory, Verb::Create).is_ok());
}

#[test]
fn app_roles_are_given_at_the_end_that_the_path_names() {
    let end = |kind, side| AppRoleEnd { kind, id: ID, side };
    let assign = |end| Command::AppRoleAssign(AppRoleAssign { id: OTHER, end, principal: ID, resource: ID, role: ID });
    let gives = app("AppRoleAssignment.ReadWrite.All");
    let to_user = assign(end(Kind::User, AppRoleSide::Principal));
    let of_resource = assign(end(Kind::ServicePrincipal, AppRoleSide::Resource));
    let (users, principals) =
        (format!("users/{ID}/appRoleAssignments"), format!("servicePrincipals/{ID}/appRoleAssignedTo"));
    assert!(write(&gives, to_user.clone(), &users, Verb::Create).is_ok());
    assert_eq!(write(&gives, of_resource.clone(), &users, Verb::Create), Err(Refusal::NoRule));
    assert_eq!(
        write(&gives, to_user.clone(), &format!("groups/{ID}/appRoleAssignments"), Verb::Create),
        Err(Refusal::NoRule)
    );
    assert!(matches!(
        write(&gives, of_resource.clone(), &principals, Verb::Create),
        Err(Refusal::NoPermission { needed, .. }) if needed.contains(&Permission::ApplicationReadAll)
    ));
    let both = app("AppRoleAssignment.ReadWrite.All Application.Read.All");
    assert!(write(&both, of_resource, &principals, Verb::Create).is_ok());
    let take = Command::AppRoleUnassign(AppRoleUnassign { end: end(Kind::User, AppRoleSide::Principal), id: OTHER });
    let path = format!("{users}/{OTHER}");
    assert!(write(&gives, take.clone(), &path, Verb::Delete).is_ok());
    let ada = user("AppRoleAssignment.ReadWrite.All Directory.ReadWrite.All");
    for (office, may) in [
        (role::APPLICATION_ADMINISTRATOR, false),
        (role::USER_ADMINISTRATOR, false),
        (role::PRIVILEGED_ROLE_ADMINISTRATOR, true),
        (role::GLOBAL_ADMINISTRATOR, true),
    ] {
        let caller = with_role(ada.clone(), office);
        assert_eq!(write(&caller, take.clone(), &path, Verb::Delete).is_ok(), may);
        assert_eq!(write(&caller, to_user.clone(), &users, Verb::Create).is_ok(), may);
    }
}

#[test]
fn groups_that_hold_roles_are_for_the_privileged() {
    let mut group = create();
    group.fields.set("isAssignableToRole", Value::Bool(true));
    let make = |caller: &Caller| write(caller, Command::GroupCreate(group.clone()), "groups", Verb::Create);
    assert!(make(&app("Group.ReadWrite.All")).is_err());
    assert!(make(&app("Group.ReadWrite.All RoleManagement.ReadWrite.Directory")).unwrap().privileged);
    let ada = user("Group.ReadWrite.All RoleManagement.ReadWrite.Directory");
    assert!(make(&ada).is_err());
    assert!(make(&with_role(ada, role::PRIVILEGED_ROLE_ADMINISTRATOR)).is_ok());
}

#[test]
fn objects_of_any_kind_are_changed_by_their_kinds_row() {
    let delete = |kind| Command::DirectoryDelete(On { kind, id: ID });
    let path = format!("directoryObjects/{ID}");
    let groups = app("Group.ReadWrite.All");
    assert!(write(&groups, delete(Kind::Group), &path, Verb::Delete).is_ok());
    assert!(write(&groups, delete(Kind::User), &path, Verb::Delete).is_err());
    let restore = |kind| Command::DirectoryRestore(Restore { on: On { kind, id: ID }, user_principal_name: None });
    let path = format!("directory/deletedItems/{ID}");
    let act = Verb::Act(Op::Restore);
    assert!(write(&groups, restore(Kind::Group), &path, act).is_ok());
    assert!(write(&groups, restore(Kind::User), &path, act).is_err());
    assert_eq!(write(&groups, restore(Kind::Group), &format!("groups/{ID}"), act), Err(Refusal::NoRule));
    // Not by way of a link to them.
    let path = format!("groups/{OTHER}/owners/{ID}");
    assert_eq!(
        write(&app("User.ReadWrite.All Group.ReadWrite.All"), delete(Kind::User), &path, Verb::Delete),
        Err(Refusal::NoRule)
    );
}

#[test]
fn command_and_path_must_be_about_the_same() {
    let all = app("Group.ReadWrite.All User.ReadWrite.All Directory.ReadWrite.All");
    let change = Command::DirectoryUpdate(update(Kind::User, ID, &["displayName"]));
    assert_eq!(write(&all, change.clone(), &format!("groups/{ID}"), Verb::Update), Err(Refusal::NoRule));
    assert_eq!(write(&all, change, &format!("users/{ID}"), Verb::Delete), Err(Refusal::NoRule));
    let owner = Command::LinkAdd(link(Relation::Owner, Kind::Group));
    assert_eq!(write(&all, owner, &format!("groups/{ID}/members"), Verb::LinkAdd), Err(Refusal::NoRule));
}

#[test]
fn an_answer_shows_what_was_made_and_no_more() {
    let surface = surface(Version::Beta);
    let target = target(surface, "groups");
    let via = Via { surface, target: &target, verb: Verb::Create };
    let permit = authorize_write(&app("Group.Create"), Command::GroupCreate(create()), &via).unwrap();
    let answer = |query| authorize_answer(&permit, query).map(|permit| permit.rules().clone());
    let rules = answer(query(Version::Beta, &format!("groups/{ID}"))).unwrap();
    assert!(rules.steps.iter().chain(&rules.shapes).all(|rule| rule.rows == RowRule::All));
    assert_eq!(answer(query(Version::Beta, &format!("groups/{OTHER}"))), Err(Refusal::NoRule));
    assert_eq!(answer(query(Version::Beta, "groups")), Err(Refusal::NoRule));
    assert_eq!(answer(query(Version::Beta, &format!("groups/{ID}/members"))), Err(Refusal::NoRule));
    assert_eq!(answer(expanding(query(Version::Beta, &format!("groups/{ID}")), "members")), Err(Refusal::NoRule));
}

/// `filterByCurrentUser` of a set, with this condition on its rows.
fn function(path: &str, narrow: Option<Narrow>) -> Query {
    let mut query = query(Version::V1, path);
    let schema = &query.surface.schema;
    let (operation, _) = schema.operation("filterByCurrentUser", query.target.ty, true, |_| true).unwrap();
    query.target.end = End::Operation { operation, arguments: vec![], count: false };
    query.narrow = narrow;
    query
}

#[test]
fn a_function_about_the_caller_is_about_nobody_else() {
    let me = user("EntitlementManagement.ReadWrite.All");
    let me = with_role(me, role::GLOBAL_ADMINISTRATOR);
    let refused = |query| matches!(authorize_read(&me, query), Err(Refusal::NoRule));
    for set in ["accessPackages", "assignmentRequests", "assignments", "accessPackageAssignmentApprovals"] {
        let path = format!("{EM}/{set}");
        assert!(authorize_read(&me, function(&path, Some(Narrow::Target(ME)))).is_ok(), "{path}");
        for narrow in [
            None,
            Some(Narrow::Target(OTHER)),
            Some(Narrow::Requestable { user: OTHER, at: 0 }),
            Some(Narrow::Among(vec![ID])),
            Some(Narrow::Additional { package: None, other: None }),
        ] {
            assert!(refused(function(&path, narrow.clone())), "{path}: {narrow:?}");
        }
        let suggested = Some(Narrow::Suggested { user: ME, at: 0, related: true, history: true });
        let mut list = query(Version::V1, &path);
        list.narrow = suggested;
        assert!(refused(list), "{path}");
        // A list has no condition of a function.
        let mut list = query(Version::V1, &path);
        list.narrow = Some(Narrow::Target(ME));
        assert!(refused(list), "{path}");
        let app = app("EntitlementManagement.ReadWrite.All");
        let asked = authorize_read(&app, function(&path, Some(Narrow::Target(ME))));
        assert!(matches!(asked, Err(Refusal::DelegatedOnly { .. })), "{path}");
    }
}

/// What is worked out for one user is read by nobody without that condition, nor for somebody else.
#[test]
fn what_is_worked_out_for_somebody_is_read_by_them_alone() {
    let me = with_role(user("EntitlementManagement.ReadWrite.All"), role::GLOBAL_ADMINISTRATOR);
    let asks = |user| Narrow::Requestable { user, at: 0 };
    let suggested = |user| Narrow::Suggested { user, at: 0, related: true, history: true };
    for (set, own, others) in [
        ("availableAccessPackages", asks(ME), [None, Some(asks(OTHER)), Some(suggested(ME)), Some(Narrow::Target(ME))]),
        (
            "accessPackageSuggestions",
            suggested(ME),
            [None, Some(suggested(OTHER)), Some(asks(ME)), Some(Narrow::Target(ME))],
        ),
    ] {
        let asked = |narrow| Query { narrow, ..query(Version::V1, &format!("{EM}/{set}")) };
        assert!(authorize_read(&me, asked(Some(own))).is_ok(), "{set}");
        for narrow in others {
            assert!(matches!(authorize_read(&me, asked(narrow.clone())), Err(Refusal::NoRule)), "{set}: {narrow:?}");
        }
    }
}
