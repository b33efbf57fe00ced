//! `migrate`, `check`, `tenant` and `client` on either engine, and what a server makes of it.

use store::Database;
use testkit::{Engine, Own};

use crate::command::{doorward, finish, run, value};
use crate::running::{Caller, Server};

/// Runs the story on SQLite, and on PostgreSQL where `DOORWARD_TEST_POSTGRES` names a server.
async fn on_both_engines(story: impl AsyncFn(&str)) {
    let postgres = std::env::var("DOORWARD_TEST_POSTGRES").ok().map(Engine::Postgres);
    for engine in [Engine::Sqlite].into_iter().chain(postgres) {
        let own = Own::empty(&engine).await;
        story(&url(&own)).await;
        own.remove().await;
    }
}

/// As `--database` takes it.
fn url(own: &Own) -> String {
    match &own.database {
        Database::Sqlite(path) => path.display().to_string(),
        Database::Postgres(url) => url.clone(),
    }
}

#[tokio::test]
async fn from_nothing_to_a_token_and_back() {
    on_both_engines(async |database| {
        let folder = tempfile::tempdir().unwrap();
        let on = |arguments: &[&str]| run(folder.path(), &[arguments, &["--database", database]].concat());
        assert_eq!(on(&["migrate"]).ok(), on(&["migrate"]).ok());

        let create = ["tenant", "create", "Contoso", "--domain", "Contoso.Example", "--admin", "root@contoso.example"];
        let mut command = doorward(folder.path());
        command.args(create).args(["--password-stdin", "--database", database]);
        let made = finish(&mut command, "correct horse\n").ok();
        let tenant = value(&made, "tenant_id").to_owned();
        assert!(!made.contains("horse"), "{made}");
        let listed = on(&["tenant", "list"]).ok();
        assert!(listed.contains(&tenant) && listed.contains("contoso.example") && listed.contains("Contoso"));

        let roles = "User.Read.All RoleManagement.Read.Directory";
        let create = ["client", "create", "Setup", "--tenant", "contoso.example", "--role", roles];
        let client = on(&[&create[..], &["--scope", "User.Read", "--redirect-uri", "http://localhost"]].concat()).ok();
        let (app, secret) = (value(&client, "client_id"), value(&client, "client_secret"));

        let server = Server::start(folder.path(), &["--database", database]);
        assert!(!server.said().contains("no tenant yet"), "{}", server.said());
        let nobody = Caller::new(&server, String::new());
        let token_path = format!("/{tenant}/oauth2/v2.0/token");
        let token = async |secret: &str| {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", app),
                ("client_secret", secret),
                ("scope", "https://graph.microsoft.com/.default"),
            ];
            nobody.form(&token_path, &form).await
        };
        let (status, answer) = token(secret).await;
        assert_eq!(status, 200, "{answer}");
        let caller = Caller::new(&server, answer["access_token"].as_str().unwrap().to_owned());
        let admin = value(&made, "admin_id");
        assert_eq!(caller.ids("/v1.0/users").await, [admin]);
        let (_, held) = caller.get("/v1.0/roleManagement/directory/roleAssignments").await;
        assert_eq!(held["value"][0]["principalId"], admin, "{held}");
        assert_eq!(held["value"][0]["roleDefinitionId"], "62e90394-69f5-4237-9190-012177145e10");
        let (status, refused) = caller.get("/v1.0/groups").await;
        assert_eq!(status, 403, "{refused}");

        let rotate = ["client", "rotate", app, "--tenant", &tenant];
        let second = on(&[&rotate[..], &["--keep-old"]].concat()).ok();
        let second = value(&second, "client_secret");
        assert_eq!((token(secret).await.0, token(second).await.0), (200, 200));
        let third = on(&[&rotate[..], &["--secret-life", "1"]].concat()).ok();
        assert_eq!(token(value(&third, "client_secret")).await.0, 200);
        let (status, refused) = token(second).await;
        assert_eq!((status, refused["error_codes"][0].as_i64()), (401, Some(7000215)), "{refused}");
        let listed = on(&["client", "list", "--tenant", &tenant]).ok();
        assert!(listed.contains(app) && listed.contains("1 secret ") && listed.contains("Setup"), "{listed}");

        let warning = on(&["tenant", "delete", "contoso.example"]).failed();
        assert!(warning.contains("Contoso") && warning.contains("--yes"), "{warning}");
        on(&["check"]).ok();
        on(&["tenant", "delete", "contoso.example", "--yes"]).ok();
        assert_eq!(on(&["tenant", "list"]).ok(), "");
        on(&["check"]).ok();
        server.stop();
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_whole() {
    on_both_engines(async |database| {
        let folder = tempfile::tempdir().unwrap();
        let on = |arguments: &[&str]| run(folder.path(), &[arguments, &["--database", database]].concat());
        let create = ["tenant", "create", "Contoso", "--domain", "contoso.example"];
        let elsewhere = on(&[&create[..], &["--admin", "root@fabrikam.example"]].concat()).failed();
        assert!(elsewhere.contains("userPrincipalName"), "{elsewhere}");
        // Without its administrator the tenant isn't made either.
        assert_eq!(on(&["tenant", "list"]).ok(), "");
        let made = on(&[&create[..], &["--admin", "root@contoso.example"]].concat()).ok();
        assert!(value(&made, "admin_password").len() > 30, "{made}");

        let taken = on(&["tenant", "create", "Other", "--domain", "CONTOSO.example"]).failed();
        assert!(taken.contains("another tenant"), "{taken}");
        let id = value(&made, "tenant_id");
        let again = on(&["tenant", "create", "Other", "--domain", "other.example", "--id", id]).failed();
        assert!(again.contains("--id"), "{again}");
        assert!(on(&["tenant", "create", "Other", "--domain", "other"]).failed().contains("contoso.example"));

        let client = |more: &[&str]| on(&[&["client", "create", "App", "--tenant", "contoso.example"], more].concat());
        let wrong = client(&["--role", "Group.ReadWrite"]).failed();
        assert!(wrong.contains("\n  Group.ReadWrite.All"), "{wrong}");
        assert!(client(&["--role", "User.Read"]).failed().contains("--scope"));
        assert!(client(&["--redirect-uri", "back"]).failed().contains("https://"));
        assert_eq!(client(&["--secret-life", "0"]).status, Some(2));
        assert_eq!(client(&["--public", "--role", "User.Read.All"]).status, Some(2));
        assert_eq!(on(&["client", "list", "--tenant", "contoso.example"]).ok(), "");
        assert!(!client(&["--public", "--scope", "User.Read"]).ok().contains("client_secret"));

        let unknown = "99999999-9999-4999-8999-999999999999";
        let rotated = on(&["client", "rotate", unknown, "--tenant", "contoso.example"]).failed();
        assert!(rotated.contains("doorward client list"), "{rotated}");
        for nobody in ["fabrikam.example", unknown, "common", "organizations"] {
            assert!(on(&["tenant", "delete", nobody, "--yes"]).failed().contains("doorward tenant list"), "{nobody}");
        }
        on(&["check"]).ok();
    })
    .await;
}

#[test]
fn a_password_that_is_too_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = doorward(folder.path());
    command.args(["tenant", "create", "C", "--domain", "c.example", "--admin", "a@c.example", "--password-stdin"]);
    assert!(finish(&mut command, "short\n").failed().contains("8 characters"));
}

#[tokio::test]
async fn what_nobody_took_is_listed_and_no_bug() {
    let postgres = std::env::var("DOORWARD_TEST_POSTGRES").ok().map(Engine::Postgres);
    for engine in [Engine::Sqlite].into_iter().chain(postgres) {
        let own = Own::empty(&engine).await;
        let folder = tempfile::tempdir().unwrap();
        let url = url(&own);
        let on = |arguments: &[&str]| run(folder.path(), &[arguments, &["--database", &url]].concat());
        let create = ["tenant", "create", "Contoso", "--domain", "contoso.example", "--admin", "root@contoso.example"];
        on(&create).ok();
        for topic in [1, 2] {
            let given_up = format!(
                "INSERT INTO outbox (tenant, id, topic, payload, state, due, leased_until, attempts, problem) \
                 SELECT tenant, id, {topic}, '{{}}', 2, 0, 0, 1, 'nobody is there' FROM catalog"
            );
            own.plant(&given_up).await;
            let listed = on(&["check"]).ok();
            let named = if topic == 1 { "letters" } else { "extensions" };
            assert!(listed.contains("in the outbox") || listed.contains("that the outbox calls"), "{listed}");
            assert!(listed.contains(named), "{listed}");
            own.plant("DELETE FROM outbox").await;
        }
        own.plant("UPDATE catalog SET catalog_type = 1").await;
        assert!(on(&["check"]).failed().contains("1 rows break a promise"));
        own.remove().await;
    }
}
