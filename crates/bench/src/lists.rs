//! Lists: how long one page takes, asked again and again by one client.

use crate::Failure;
use crate::child::Server;
use crate::client::{Request, one_by_one};
use crate::data::Data;
use crate::options::Options;
use std::time::Duration;

const EM: &str = "/identityGovernance/entitlementManagement";
/// Enough for a 99th percentile; slow lists end by the clock.
const TIMES: u64 = 500;

pub struct Listed {
    pub name: String,
    pub p50: f64,
    pub p99: f64,
}

pub async fn measure(options: &Options, data: &Data, server: &Server, token: &str) -> Result<Vec<Listed>, Failure> {
    let length = options.run().min(Duration::from_secs(2));
    let mut listed = Vec::new();
    for (name, target) in targets(data) {
        // The rest of what stands here may stand in a URL.
        let path = format!("/v1.0{}", target.replace(' ', "%20").replace('"', "%22"));
        let headers = [("authorization", token), ("consistencylevel", "eventual")];
        let run = one_by_one(server.address, &Request::new("GET", &path, &headers, ""), 200, TIMES, length)
            .await
            .map_err(|error| format!("{name}: {error}"))?;
        listed.push(Listed { name, p50: run.percentile(50), p99: run.percentile(99) });
    }
    Ok(listed)
}

/// A name for the table, and the path.
fn targets(data: &Data) -> Vec<(String, String)> {
    let plain = [
        "/users?$top=100",
        "/users?$filter=startswith(displayName,'a')",
        "/users?$filter=startswith(displayName,'zoe zh')",
        "/users?$filter=department eq 'Finance 17'",
        "/users?$filter=userPrincipalName eq 'ada.achterberg.0@doorward.test'",
        "/users?$filter=department eq 'nowhere'",
        "/users?$orderby=displayName",
        "/users?$orderby=displayName&$filter=startswith(displayName,'m')&$count=true",
        "/users?$search=\"displayName:kowalski\"&$count=true",
        "/users/$count",
        "/users/$count?$filter=startswith(displayName,'a')",
        "/groups?$filter=displayName eq 'team site 2'",
    ];
    let mut targets: Vec<(String, String)> =
        plain.iter().map(|path| ((*path).to_owned(), (*path).to_owned())).collect();
    let mut more = |name: &str, path: String| targets.push((name.to_owned(), path));
    let member = data.user(1);
    more("/groups/{1000 members}/members", format!("/groups/{}/members", data.group(0)));
    more("/groups/{1000 members}/transitiveMembers", format!("/groups/{}/transitiveMembers", data.group(0)));
    more("/users/{id}/memberOf", format!("/users/{member}/memberOf"));
    more("/users/{id}?$expand=memberOf", format!("/users/{member}?$expand=memberOf"));
    for path in [
        "accessPackages",
        "accessPackages?$filter=displayName eq 'team site 2'",
        "accessPackages?$filter=contains(tolower(displayName),'team')",
        "accessPackages?$filter=contains(tolower(displayName),'nothing')",
        "accessPackages?$orderby=displayName",
        "accessPackages?$expand=catalog&$top=100",
    ] {
        more(path, format!("{EM}/{path}"));
    }
    let catalog = data.catalog(7);
    more(
        "accessPackages?$filter=catalog/id eq '{id}'",
        format!("{EM}/accessPackages?$filter=catalog/id eq '{catalog}'"),
    );
    more("catalogs/{id}/accessPackages", format!("{EM}/catalogs/{catalog}/accessPackages"));
    targets
}
