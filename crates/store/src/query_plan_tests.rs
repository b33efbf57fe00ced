//! Which index answers which question: every property that `$filter` and `$orderby` take, and the
//! paths that people walk most, as SQLite plans them. A row that reads a whole table is a broken
//! promise; the rest is a golden text, so that a change of plan is seen.

use crate::answer::Column;
use crate::engine::Reach;
use crate::{Database, Error, Store};
use auth::authorize::authorize_read;
use auth::caller::{Caller, Identity, IdentityKind};
use auth::permission::{Permission, Permissions};
use auth::rule::{RowRule, WriteRules};
use domain::command::{Command, Kind, On, PolicyCommand};
use model::Surface;
use model::def::ColumnType;
use model::query::{Narrow, Query, Want};
use model::surface::{Version, surface};
use odata::bind::{Asks, bind};
use odata::budget::{AnswerLimits, Budget, Pool};
use odata::query::End;
use odata::schema::{Filter, Item, Primitive, Property};
use odata::value::Value;
use std::cell::RefCell;
use std::sync::Arc;
use uuid::Uuid;

const EM: &str = "/identityGovernance/entitlementManagement";
const AUDITS: &str = "/auditLogs/directoryAudits";
const TENANT: Uuid = Uuid::from_u128(1);
/// Everything that is there has this id: what isn't there can't be walked through.
const SOME: Uuid = Uuid::from_u128(7);
const THERE: &str = "
    INSERT INTO tenant (tenant, name, created_at) VALUES (x'00000000000000000000000000000001', 'test', 0);
    INSERT INTO directory_object (tenant, id, kind, created_at, account_enabled, doc)
        VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000007', KIND, 0, 1, '{}');
    INSERT INTO catalog VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000007', 'c', 'c',
        NULL, NULL, 1, 1, 1, 0, NULL, 0, NULL);
    INSERT INTO access_package VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000007',
        x'00000000000000000000000000000007', 'p', 'p', NULL, NULL, 0, 0, 0, NULL, 0, NULL);
    INSERT INTO membership (tenant, group_id, member_id, created_at)
        VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000007',
        x'00000000000000000000000000000007', 0);";

type Statement = (String, Vec<Value>);

thread_local! {
    static HEARD: RefCell<Vec<Statement>> = const { RefCell::new(Vec::new()) };
}

/// Notes a statement; called by the engine, in tests.
pub fn heard(sql: &str, params: &[Value]) {
    HEARD.with_borrow_mut(|heard| heard.push((sql.to_owned(), params.to_vec())));
}

fn caller() -> Caller {
    let identity = Identity {
        tenant: TENANT,
        principal: Uuid::from_u128(2),
        app: Uuid::from_u128(3),
        kind: IdentityKind::Application,
        is_ours: true,
        permissions: Permissions::all_roles(),
        name: "test".to_owned(),
        expires_at: i64::MAX,
    };
    Caller { identity: Arc::new(identity), directory_roles: Vec::new(), entitlement_roles: Vec::new() }
}

fn query(surface: &'static Surface, url: &str) -> Query {
    let raw = odata::url::parse(url).unwrap();
    let asks = Asks { consistency_eventual: true, max_page_size: None, read: true };
    let intent = bind(&surface.schema, &raw, &asks).unwrap_or_else(|fault| panic!("{url}: {fault:?}"));
    let want = match intent.target.end {
        End::Count => Want::Count,
        _ if intent.target.many => Want::Page,
        _ => Want::Entity,
    };
    Query { surface, target: intent.target, shape: Arc::new(intent.shape.unwrap()), want, limit: 100, narrow: None }
}

/// A store with one directory object of this kind, one catalog and one package.
async fn store(kind: u8) -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::Sqlite(folder.path().join("test.db"))).await.unwrap();
    let script = THERE.replace("KIND", &kind.to_string());
    let written = store.writing(move |connection| {
        let script = script.clone();
        Box::pin(async move { connection.script(&script).await })
    });
    written.await.unwrap();
    (store, folder)
}

/// Room for whatever is read.
fn budget() -> Arc<Budget> {
    let limits = AnswerLimits::default();
    Budget::answer(&limits, &Pool::new(limits.server))
}

/// How SQLite goes about a statement.
async fn explain(store: &Store, (sql, params): Statement) -> String {
    let rows = store.reading(Reach::Row, move |connection| {
        Box::pin(async move {
            let columns = ["id", "parent", "unused", "detail"].map(|name| Column { name, ty: ColumnType::Text });
            connection.query(&format!("EXPLAIN QUERY PLAN {sql}"), &params, &columns).await
        })
    });
    let rows = rows.await.unwrap();
    rows.iter().filter_map(|row| row.last()?.as_text()).collect::<Vec<_>>().join("; ")
}

/// How it goes about the page, the entity or the number that a URL asks for.
async fn plan(store: &Store, url: &str) -> String {
    plan_of(store, query(surface(Version::V1), &url.replace(' ', "%20"))).await
}

async fn plan_of(store: &Store, query: Query) -> String {
    let permit = Arc::new(authorize_read(&caller(), query).unwrap());
    HEARD.take();
    let read = store
        .reading(Reach::Row, |connection| Box::pin(crate::read::read(connection, permit, Arc::default(), budget())));
    match read.await {
        Ok(_) | Err(Error::NotFound { .. }) => {}
        Err(error) => panic!("{error:?}"),
    }
    let mut heard = HEARD.take();
    // A number that was asked for along with the page comes after it.
    let at = heard.iter().rposition(|(sql, _)| sql.contains(" LIMIT ")).unwrap_or(heard.len() - 1);
    explain(store, heard.swap_remove(at)).await
}

fn literal(surface: &Surface, property: &Property) -> Option<String> {
    Some(match property.ty.item {
        _ if property.ty.many => return None,
        Item::Enum(id) => format!("'{}'", surface.schema.enumeration(id).members.first()?.0),
        Item::Primitive(Primitive::Boolean) => "true".to_owned(),
        Item::Primitive(Primitive::DateTimeOffset) => "2026-01-01T00:00:00Z".to_owned(),
        Item::Primitive(Primitive::String) if ["id", "appId"].contains(&property.name) => format!("'{SOME}'"),
        Item::Primitive(Primitive::String) => "'x'".to_owned(),
        Item::Primitive(_) | Item::Complex(_) => return None,
    })
}

/// Questions about each property of the entities in `set`.
fn about_properties(surface: &Surface, set: &str) -> Vec<String> {
    let mut urls = vec![set.to_owned()];
    let raw = odata::url::parse(set).unwrap();
    let target = bind(&surface.schema, &raw, &Asks { read: true, ..Asks::default() }).unwrap().target;
    for property in &surface.schema.ty(target.ty).properties {
        let Some(literal) = literal(surface, property).filter(|_| property.filter != Filter::None) else {
            continue;
        };
        let name = property.name;
        urls.push(format!("{set}?$filter={name} eq {literal}"));
        if property.filter == Filter::Folded {
            urls.push(format!("{set}?$filter=startswith({name},{literal})"));
            urls.push(format!("{set}?$orderby={name}"));
        }
    }
    urls
}

#[tokio::test]
async fn promised_filters_have_their_index() {
    let (store, _kept) = store(1).await;
    let surface = surface(Version::V1);
    let mut urls = Vec::new();
    for set in ["/users", "/groups", "/servicePrincipals", "/applications"] {
        urls.extend(about_properties(surface, set));
    }
    for set in [
        "catalogs",
        "accessPackages",
        "assignmentPolicies",
        "resources",
        "resourceRequests",
        "assignmentRequests",
        "assignments",
        "subjects",
        "connectedOrganizations",
    ] {
        urls.extend(about_properties(surface, &format!("{EM}/{set}")));
    }
    for (set, filter) in [
        ("assignments", "target/objectId eq 'ID'"),
        ("assignments", "accessPackage/id eq 'ID' and target/objectId eq 'ID'"),
        ("assignments", "assignmentPolicy/id eq 'ID'"),
        ("assignmentRequests", "requestor/objectId eq 'ID'"),
        ("assignmentRequests", "accessPackage/id eq 'ID' and state eq 'delivered'"),
    ] {
        urls.push(format!("{EM}/{set}?$filter={}", filter.replace("ID", &SOME.to_string())));
    }
    urls.extend(about_properties(surface, AUDITS));
    for (property, literal) in [
        ("initiatedBy/user/id", format!("'{SOME}'")),
        ("initiatedBy/user/displayName", "'x'".to_owned()),
        ("initiatedBy/user/userPrincipalName", "'x'".to_owned()),
        ("initiatedBy/app/appId", format!("'{SOME}'")),
        ("initiatedBy/app/displayName", "'x'".to_owned()),
    ] {
        urls.push(format!("{AUDITS}?$filter={property} eq {literal}"));
    }
    for filter in [
        "startswith(initiatedBy/user/userPrincipalName,'x')",
        "targetResources/any(t:t/id eq 'ID')",
        "targetResources/any(t:t/displayName eq 'x')",
        "targetResources/any(t:startswith(t/displayName,'x'))",
        "activityDateTime ge 2026-01-01T00:00:00Z and activityDateTime le 2026-02-01T00:00:00Z",
        "initiatedBy/user/id eq 'ID' and activityDateTime ge 2026-01-01T00:00:00Z",
    ] {
        urls.push(format!("{AUDITS}?$filter={}", filter.replace("ID", &SOME.to_string())));
    }
    urls.push(format!("{AUDITS}?$orderby=activityDateTime"));
    urls.push("/users/$count".to_owned());
    urls.push("/users?$orderby=displayName&$filter=startswith(displayName,'a')&$count=true".to_owned());
    let mut golden = String::new();
    for url in urls {
        let plan = plan(&store, &url).await;
        assert!(!plan.contains("SCAN"), "{url} reads a whole table: {plan}");
        if url.contains("any(t:") {
            assert_narrow(&url, &plan);
        }
        golden.push_str(&format!("{url}\n    {plan}\n"));
    }
    insta::assert_snapshot!("query_plans", golden);
}

/// Neither all that a tenant has nor all of a kind.
#[track_caller]
fn assert_narrow(what: &str, plan: &str) {
    for wide in ["(tenant=?)", "(tenant=? AND kind=?)", "SCAN a", "SCAN s", "SCAN l "] {
        assert!(!plan.contains(wide), "{what} looks at everything: {plan}");
    }
}

#[tokio::test]
async fn links_are_followed_from_their_near_end() {
    let (users, _kept) = store(1).await;
    let (groups, _kept) = store(2).await;
    for (store, path) in [
        (&users, "/users/ID"),
        (&users, "/users/none@doorward.test"),
        (&users, "/users/ID/memberOf"),
        (&users, "/users/ID/transitiveMemberOf"),
        (&users, "/users/ID/directReports"),
        (&users, "/users/ID/ownedObjects"),
        (&groups, "/groups/ID/members"),
        (&groups, "/groups/ID/members/microsoft.graph.user?$count=true"),
        (&groups, "/groups/ID/transitiveMembers"),
        (&groups, "/groups/ID/owners"),
        (&users, "EM/accessPackages/ID"),
        (&users, "EM/accessPackages?$filter=catalog/id eq 'ID'"),
        (&users, "EM/catalogs/ID/accessPackages"),
        (&users, "EM/accessPackages/ID/incompatibleGroups"),
        (&users, "EM/accessPackages/ID/resourceRoleScopes"),
        (&users, "EM/catalogs/ID/resources"),
        (&users, "EM/catalogs/ID/resources?$filter=originId eq 'x'"),
        (&users, "EM/catalogs/ID/resourceRoles?$filter=originSystem eq 'AadGroup' and resource/id eq 'ID'"),
        (&users, "EM/catalogs/ID/resourceScopes"),
        (&users, "EM/resourceRoleScopes/ID_ID"),
        (&users, "EM/resources?$filter=startswith(originId,'x')"),
        (&users, "EM/resourceRequests?$filter=catalog/id eq 'ID'"),
        (&users, "EM/accessPackages/ID/incompatibleAccessPackages"),
        (&users, "EM/accessPackages/ID/accessPackagesIncompatibleWith"),
        (&users, "EM/accessPackages/ID/assignmentPolicies"),
        (&users, "EM/assignmentPolicies?$filter=accessPackage/id eq 'ID'"),
        (&users, "EM/assignmentPolicies/ID/questions"),
    ] {
        let url = path.replace("EM", EM).replace("ID", &SOME.to_string());
        let plan = plan(store, &url).await;
        assert_narrow(path, &plan);
    }
    let ours = (*caller().identity).clone();
    let outside = Identity { is_ours: false, ..ours.clone() };
    let user = Identity { kind: IdentityKind::Delegated, principal: SOME, ..outside.clone() };
    HEARD.take();
    users.caller(&Arc::new(ours)).await.unwrap_err();
    users.caller(&Arc::new(outside)).await.unwrap();
    users.caller(&Arc::new(user)).await.unwrap();
    users.account_find(TENANT, "none").await.unwrap();
    for statement in HEARD.take() {
        let sql = statement.0.clone();
        assert_narrow(&sql, &explain(&users, statement).await);
    }
}

/// What stands in the way of a deletion is counted among what is its own.
#[tokio::test]
async fn what_is_to_be_deleted_is_asked_about_by_index() {
    let (store, _kept) = store(1).await;
    let package = Command::PackageDelete(On { kind: Kind::AccessPackage, id: SOME });
    for command in [package, Command::Policy(PolicyCommand::Delete(SOME))] {
        HEARD.take();
        let asked = store.reading(Reach::Row, move |connection| {
            let command = command.clone();
            Box::pin(async move {
                let rules = WriteRules {
                    see: RowRule::All,
                    change: RowRule::All,
                    see_other: RowRule::All,
                    change_other: RowRule::All,
                    area: None,
                    privileged: true,
                };
                crate::facts::load(connection, TENANT, &command, &rules).await.map(|_| ())
            })
        });
        asked.await.unwrap();
        let counts: Vec<Statement> = HEARD.take().into_iter().filter(|(sql, _)| sql.contains("count(*)")).collect();
        assert_eq!(counts.len(), 2, "{counts:?}");
        for statement in counts {
            let sql = statement.0.clone();
            assert_narrow(&sql, &explain(&store, statement).await);
        }
    }
}

#[tokio::test]
async fn a_later_page_is_entered_where_it_begins() {
    let (store, _kept) = store(1).await;
    let after = odata::query::Bookmark { values: vec![Value::Text("m".to_owned())], id: SOME.to_string() };
    let mut query = query(surface(Version::V1), "/users?$orderby=displayName");
    Arc::make_mut(&mut query.shape).after = Some(after);
    let plan = plan_of(&store, query).await;
    assert!(plan.contains("display_name_fold>?"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn a_later_page_of_the_log_is_entered_where_it_begins() {
    let (store, _kept) = store(1).await;
    let mut query = query(surface(Version::V1), AUDITS);
    Arc::make_mut(&mut query.shape).after =
        Some(odata::query::Bookmark { values: vec![Value::Time(0)], id: SOME.to_string() });
    let plan = plan_of(&store, query).await;
    assert!(plan.contains("audit_at (tenant=? AND at<?)") && !plan.contains("TEMP B-TREE"), "{plan}");
}

/// Every statement of a function that answers for the signed-in user, each entered at what is theirs.
#[tokio::test]
async fn what_is_ones_own_is_found_by_index() {
    let (store, _kept) = store(1).await;
    let (target, creator, approver) = (Narrow::Target(SOME), Narrow::Creator(SOME), Narrow::Approver(SOME));
    let asks = Narrow::Requestable { user: SOME, at: 0 };
    let two = Narrow::Additional { package: Some(SOME), other: Some(Uuid::from_u128(8)) };
    let rule = Narrow::Additional { package: Some(SOME), other: None };
    let on = |on: &str| format!("filterByCurrentUser(on='{on}')");
    let mut golden = String::new();
    for (set, function, narrow) in [
        ("accessPackages", on("allowedRequestor"), asks.clone()),
        ("accessPackages", format!("{}?$orderby=displayName", on("allowedRequestor")), asks.clone()),
        ("accessPackageAssignmentRequests", on("target"), target.clone()),
        ("accessPackageAssignmentRequests", on("createdBy"), creator.clone()),
        ("accessPackageAssignmentRequests", on("approver"), approver.clone()),
        ("accessPackageAssignmentRequests", "My()".to_owned(), Narrow::Party(SOME)),
        ("accessPackageAssignments", on("target"), target.clone()),
        ("accessPackageAssignments", on("createdBy"), creator),
        ("accessPackageAssignmentResourceRoles", "My()".to_owned(), target),
        ("accessPackageAssignmentApprovals", on("approver"), approver),
        (
            "accessPackageAssignments",
            format!("additionalAccess(accessPackageId='{SOME}',incompatibleAccessPackageId='{SOME}')"),
            two,
        ),
        ("accessPackageAssignments", format!("additionalAccess(accessPackageId='{SOME}')"), rule),
        (
            "accessPackageAssignments",
            "additionalAccess()".to_owned(),
            Narrow::Additional { package: None, other: None },
        ),
        ("availableAccessPackages", String::new(), asks),
        (
            "accessPackageSuggestions",
            String::new(),
            Narrow::Suggested { user: SOME, at: 0, related: true, history: true },
        ),
    ] {
        let url = format!("{EM}/{set}/{function}");
        let url = url.trim_end_matches('/').to_owned();
        let version = if function.is_empty() { Version::V1 } else { Version::Beta };
        let mut query = query(surface(version), &url);
        query.want = Want::Page;
        query.narrow = Some(narrow);
        golden.push_str(&format!("{url}\n"));
        for plan in plans_of_user(&store, query).await {
            // In the order of names the names are walked, and each looked up among the ids; without a
            // package all rules are asked.
            if !url.contains("$orderby") && !url.ends_with("additionalAccess()") {
                assert_narrow(&url, &plan);
            }
            golden.push_str(&format!("    {plan}\n"));
        }
    }
    insta::assert_snapshot!("query_plans_mine", golden);
}

/// The plans of all statements of a read by the user with the id of everything, a Global Reader.
async fn plans_of_user(store: &Store, query: Query) -> Vec<String> {
    let permissions = Permissions::of(&[Permission::EntitlementReadWrite]);
    let identity =
        Identity { kind: IdentityKind::Delegated, principal: SOME, permissions, ..(*caller().identity).clone() };
    let caller = Caller { identity: Arc::new(identity), directory_roles: vec![auth::role::GLOBAL_READER], ..caller() };
    let permit = Arc::new(authorize_read(&caller, query).unwrap());
    HEARD.take();
    let read = store
        .reading(Reach::Row, |connection| Box::pin(crate::read::read(connection, permit, Arc::default(), budget())));
    read.await.unwrap();
    let mut plans = Vec::new();
    for statement in HEARD.take() {
        plans.push(explain(store, statement).await);
    }
    plans
}
