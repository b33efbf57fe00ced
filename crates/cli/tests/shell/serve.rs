//! `serve`: the main job over HTTP, a quiet end, and a second start.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::command::{run, value};
use crate::running::{Caller, Server};

const EM: &str = "identityGovernance/entitlementManagement";
const DEV: &str = "11111111-1111-4111-8111-111111111111";

fn group(name: &str) -> serde_json::Value {
    json!({ "displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true })
}

async fn named(caller: &Caller, set: &str, name: &str) -> String {
    let ids = caller.ids(&format!("{set}?$filter=displayName%20eq%20'{}'", name.replace(' ', "%20"))).await;
    assert_eq!(ids.len(), 1, "{name}");
    ids[0].clone()
}

#[tokio::test]
async fn both_seed_operations_work_and_the_second_start_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let caller = Caller::new(&server, server.token(folder.path()));
    let package = named(&caller, &format!("/v1.0/{EM}/accessPackages"), "Enter payments").await;
    let catalog = named(&caller, &format!("/beta/{EM}/accessPackageCatalogs"), "Payments").await;
    let releasers = named(&caller, "/v1.0/groups", "Payment releasers").await;

    let path = format!("/v1.0/{EM}/accessPackages/{package}/incompatibleGroups");
    let body = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/groups/{releasers}") });
    assert_eq!(caller.post(&format!("{path}/$ref"), body.clone()).await, (204, serde_json::Value::Null));
    let inside = format!("/beta/{EM}/accessPackageCatalogs/{catalog}/accessPackages/{package}/incompatibleGroups");
    let kind = "#Microsoft.IGAELM.PDS.FrontEnd.ExternalModel.group";
    let (status, made) = caller.post(&inside, json!({ "@odata.type": kind })).await;
    assert_eq!((status, made["@odata.type"].as_str()), (201, Some(kind)), "{made}");
    let mut both = vec![releasers, made["id"].as_str().unwrap().to_owned()];
    both.sort();
    assert_eq!(caller.ids(&path).await, both);

    let sets = ["/v1.0/users", "/v1.0/groups", "/v1.0/servicePrincipals", "/v1.0/applications"];
    let packages = format!("/v1.0/{EM}/accessPackages");
    let catalogs = format!("/v1.0/{EM}/catalogs");
    let everything = async |caller: &Caller| {
        let mut all = Vec::new();
        for set in sets.into_iter().chain([packages.as_str(), catalogs.as_str(), path.as_str()]) {
            all.push(caller.ids(set).await);
        }
        all
    };
    let before = everything(&caller).await;
    let (old_token, env_file) = (server.token(folder.path()), folder.path().join("doorward-data/env.sh"));
    assert!(std::fs::read_to_string(env_file).unwrap().contains("AZURE_AUTHORITY_HOST=https://localhost:"));
    server.stop();

    let server = Server::dev(folder.path());
    // The keys are in the database, so a token from before is still good.
    let caller = Caller::new(&server, old_token);
    assert_eq!(everything(&caller).await, before);
    assert_eq!(caller.post(&format!("{path}/$ref"), body).await.0, 409);
    server.stop();
    run(folder.path(), &["check"]).ok();
}

#[tokio::test]
async fn a_request_that_has_begun_is_answered_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::dev(folder.path());
    let token = server.token(folder.path());
    let address = server.url.trim_start_matches("http://").to_owned();
    let body = group("begun").to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(
        stream,
        "POST /v1.0/groups HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\
         Connection: close\r\n\r\n{first}",
        body.len()
    )
    .unwrap();
    // The server says so when it reads the body and waits for more.
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut begun = vec![0; expected.len()];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(begun, expected);
    server.terminate();
    server.wait_for(|said| said.contains("stopping"));
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(server.ended().success());
    assert!(TcpStream::connect(&address).is_err());
}

#[tokio::test]
async fn a_token_carries_what_was_asked_for_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let token = |more: &[&str]| run(folder.path(), &[&["token", "--url", &server.url], more].concat());
    let caller = |token: String| Caller::new(&server, token.trim().to_owned());

    let application = caller(token(&["--role", "User.Read.All Group.Create"]).ok());
    assert_eq!(application.get("/v1.0/users").await.0, 200);
    assert_eq!(application.post("/v1.0/groups", group("made")).await.0, 201);
    assert_eq!(application.get("/v1.0/groups").await.0, 403);
    let eve = caller(token(&["--user", "eve@doorward.test", "--scope", "User.Read"]).ok());
    let (status, me) = eve.get("/v1.0/me").await;
    assert_eq!((status, me["userPrincipalName"].as_str()), (200, Some("eve@doorward.test")), "{me}");
    assert_eq!(eve.get("/v1.0/groups").await.0, 403);

    for (asked, said) in [
        (&["--role", "Group.Raed.All"][..], "Group.Raed.All"),
        // Known, and not for this kind of token: without a word it would be a token for nothing.
        (&["--role", "User.Read"], "User.Read"),
        (&["--user", "eve@doorward.test", "--scope", "Group.Create"], "Group.Create"),
        (&["--user", "nobody@doorward.test"], "nobody@doorward.test"),
    ] {
        let complaint = token(asked).failed();
        assert!(complaint.contains(said), "{complaint}");
    }
}

#[tokio::test]
async fn the_clock_moves_for_a_tenant_and_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let clock = |url: &str, words: &[&str]| run(folder.path(), &[&["clock"], words, &["--url", url]].concat());
    let old_token = server.token(folder.path());
    let moved = clock(&server.url, &["advance", "14d"]);
    assert!(moved.stderr.contains("14d ahead of real time"), "{moved:?}");
    // What is printed can be asked for: the time, and nothing else.
    let now = moved.ok().trim().to_owned();
    let caller = Caller::new(&server, old_token.clone());
    let (status, made) = caller.post(&format!("/v1.0/{EM}/catalogs"), json!({ "displayName": "Later" })).await;
    assert_eq!((status, made["createdDateTime"].as_str() > Some(&now)), (201, true), "{made} after {now}");
    let later = format!("/v1.0/{EM}/catalogs?$filter=createdDateTime%20gt%20{now}");
    assert_eq!(caller.ids(&later).await.len(), 1);
    for (words, said) in [
        (&["advance", "soon"][..], "'advance'"),
        (&["advance", "-1d"], "forward"),
        (&["set", "2020-01-01T00:00:00Z"], "only 'reset'"),
        (&["show", "--tenant", "nowhere.test"], "'nowhere.test'"),
    ] {
        let complaint = clock(&server.url, words).failed().to_lowercase();
        assert!(complaint.contains(said), "{complaint}");
    }
    server.stop();

    let server = Server::dev(folder.path());
    let shown = clock(&server.url, &["show", "--tenant", DEV]).ok();
    assert!(shown.trim() > now.as_str(), "{shown} after {now}");
    assert!(clock(&server.url, &["reset"]).ok().trim() < now.as_str());
    let (status, _) = Caller::new(&server, old_token).get("/v1.0/users").await;
    assert_eq!(status, 200);
    server.stop();
}

#[tokio::test]
async fn an_ephemeral_server_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--dev", "--ephemeral"]);
    let caller = Caller::new(&server, server.token(folder.path()));
    assert_eq!(caller.get("/v1.0/users").await.0, 200);
    let files = |path: &Path| std::fs::read_dir(path).unwrap().count();
    assert_eq!(files(&folder.path().join("tmp")), 1);
    server.stop();
    assert_eq!((files(&folder.path().join("tmp")), files(folder.path())), (0, 1));
}

#[tokio::test]
async fn the_line_of_the_greeting_works_when_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let said = server.said();
    let line = said.lines().find(|line| line.starts_with("  curl ")).unwrap();
    let output = std::process::Command::new("sh").args(["-euc", line]).output().unwrap();
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(answer.contains("Enter payments"), "{line}\n{answer}");
}

#[tokio::test]
async fn without_dev_there_is_no_sample_and_no_token_for_the_asking() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let said = server.said();
    assert!(said.contains("no tenant yet") && said.contains("doorward tenant create NAME"), "{said}");
    let caller = Caller::new(&server, String::new());
    assert_eq!(caller.get("/readyz").await.0, 200);
    assert_eq!(caller.form("/dev/token", &[]).await.0, 404);
    assert_eq!(caller.form("/dev/clock", &[("reset", "true")]).await.0, 404);
    let secret = [
        ("grant_type", "client_credentials"),
        ("client_id", "22222222-2222-4222-8222-222222222222"),
        ("client_secret", "doorward-dev-secret"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let (status, refused) = caller.form(&format!("/{DEV}/oauth2/v2.0/token"), &secret).await;
    assert_eq!((status, refused["error_codes"][0].as_i64()), (400, Some(90002)), "{refused}");
    let complaint = run(folder.path(), &["token", "--url", &server.url]).failed();
    assert!(complaint.contains("/oauth2/v2.0/token"), "{complaint}");
    for words in [&["show"][..], &["advance", "14d"], &["set", "2101-01-01T00:00:00Z"], &["reset"]] {
        let complaint = run(folder.path(), &[&["clock"], words, &["--url", &server.url]].concat()).failed();
        assert!(complaint.contains("development mode"), "{complaint}");
    }
    assert_eq!(run(folder.path(), &["tenant", "list"]).ok(), "");
    // A tenant that is made beside the running server is there at once.
    let made = run(folder.path(), &["tenant", "create", "Contoso", "--domain", "contoso.example"]).ok();
    let document = format!("/{}/v2.0/.well-known/openid-configuration", value(&made, "tenant_id"));
    assert_eq!(caller.get(&document).await.0, 200);
    server.stop();
    assert!(!folder.path().join("doorward-data/env.sh").exists());
}

#[tokio::test]
async fn the_secret_of_an_extension_is_printed_and_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let caller = Caller::new(&server, server.token(folder.path()));
    let catalog = named(&caller, &format!("/v1.0/{EM}/catalogs"), "Payments").await;
    let body = json!({
        "@odata.type": "#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension", "displayName": "Checks",
        "endpointConfiguration": {
            "@odata.type": "#microsoft.graph.httpRequestEndpoint", "targetUrl": "https://checks.example/",
        },
    });
    let path = format!("/v1.0/{EM}/catalogs/{catalog}/customWorkflowExtensions");
    let (status, made) = caller.post(&path, body).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let secret = |more: &[&str]| {
        let printed = run(folder.path(), &[&["extension", "secret", id, "--tenant", DEV], more].concat()).ok();
        value(&printed, "extension_secret").to_owned()
    };
    let first = secret(&[]);
    assert!(first.starts_with("whsec_") && secret(&[]) == first);
    let second = secret(&["--new"]);
    assert!(second != first && secret(&[]) == second);
    for words in
        [&["extension", "secret", DEV, "--tenant", DEV][..], &["extension", "secret", DEV, "--tenant", DEV, "--new"]]
    {
        let nobody = run(folder.path(), words).failed();
        assert!(nobody.contains("no custom extension"), "{nobody}");
    }
    // The one that was made, and neither what was printed nor what failed.
    let log =
        "/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Update%20custom%20extension%20-%20Secret'";
    let (status, told) = caller.get(log).await;
    assert_eq!((status, told["value"].as_array().unwrap().len()), (200, 1), "{told}");
    let row = &told["value"][0];
    assert_eq!(row["initiatedBy"]["app"]["displayName"], "Doorward command line");
    assert_eq!(
        (&row["targetResources"][0]["id"], &row["targetResources"][0]["displayName"]),
        (&json!(id), &json!("Checks"))
    );
    assert!(!told.to_string().contains("whsec_"));
    server.stop();
}
