//! What the embedded issuer keeps: tenants by name, clients, users' accounts, signing keys, and the
//! grants behind codes and refresh tokens. These are not business rows; no request sees them, and
//! nothing here ever leaves as an answer.

use crate::answer::Column;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use crate::fold::fold;
use crate::tenant::{GRAPH_APP_ID, Tenant};
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// A client as the token endpoint needs to know it.
#[derive(Debug, Clone)]
pub struct Client {
    pub app_id: Uuid,
    pub name: String,
    pub service_principal_id: Uuid,
    /// Whether its service principal may get tokens.
    pub enabled: bool,
    /// May sign users in without a secret.
    pub public: bool,
    pub redirect_uris: Vec<String>,
    pub secrets: Vec<Secret>,
    /// App roles of Graph that it holds, by id.
    pub app_roles: Vec<Uuid>,
    /// Scopes that it may ask for, separated by blanks.
    pub scopes: String,
}

#[derive(Debug, Clone)]
pub struct Secret {
    pub key_id: Uuid,
    pub hash: String,
    /// The first characters of the secret.
    pub hint: Option<String>,
    /// By which the secret is found; those of before have none, nor have guessable ones.
    pub selector: Option<String>,
    pub ends_at: Option<i64>,
}

/// A user as the sign-in needs to know them.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: Uuid,
    pub user_principal_name: String,
    pub display_name: String,
    pub enabled: bool,
    pub password_hash: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The JWK thumbprint.
    pub id: String,
    /// PKCS#8 in base64.
    pub private_key: String,
    pub created_at: i64,
}

/// An authorization code, a device code or a refresh token, under the hash of what the client holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: String,
    pub kind: GrantKind,
    /// The user; none for a device code that nobody has confirmed yet.
    pub subject: Option<Uuid>,
    /// What the issuer wants to find again, as JSON.
    pub data: String,
    /// Microseconds since 1970, real time.
    pub expires_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    Code,
    Refresh,
    Device,
}

impl GrantKind {
    fn number(self) -> i64 {
        match self {
            GrantKind::Code => 1,
            GrantKind::Refresh => 2,
            GrantKind::Device => 3,
        }
    }

    fn of(number: i64) -> Option<GrantKind> {
        [GrantKind::Code, GrantKind::Refresh, GrantKind::Device].into_iter().find(|kind| kind.number() == number)
    }
}

const ID: Column = Column { name: "id", ty: ColumnType::Uuid };
const TEXT: Column = Column { name: "text", ty: ColumnType::Text };
const BOOL: Column = Column { name: "flag", ty: ColumnType::Bool };
const TIME: Column = Column { name: "time", ty: ColumnType::Time };
const JSON: Column = Column { name: "json", ty: ColumnType::Json };
const INT: Column = Column { name: "number", ty: ColumnType::Int };

impl Store {
    /// The tenant with this id or domain. `common` and `organizations` mean the only tenant there is,
    /// and nothing when there are several.
    pub async fn tenant_find(&self, name: &str) -> Result<Option<Tenant>, Error> {
        let name = fold(name);
        self.reading(Reach::Row, move |connection| Box::pin(async move { tenant_find(connection, &name).await })).await
    }

    /// The client of a tenant with this application id, if its service principal is there.
    pub async fn client_find(&self, tenant: Uuid, app_id: Uuid) -> Result<Option<Client>, Error> {
        self.reading(Reach::Row, move |connection| Box::pin(client_find(connection, tenant, app_id))).await
    }

    /// The account with this user principal name or id.
    pub async fn account_find(&self, tenant: Uuid, name: &str) -> Result<Option<Account>, Error> {
        let name = name.to_owned();
        self.reading(Reach::Row, move |connection| {
            Box::pin(async move { account_find(connection, tenant, &name).await })
        })
        .await
    }

    /// The signing keys of a tenant, the newest first.
    pub async fn signing_keys(&self, tenant: Uuid) -> Result<Vec<SigningKey>, Error> {
        let sql = "SELECT id, private_key, created_at FROM signing_key WHERE tenant = $1 ORDER BY created_at DESC, id";
        self.reading(Reach::Row, move |connection| {
            Box::pin(async move {
                let rows = connection.query(sql, &[Value::Guid(tenant)], &[TEXT, TEXT, TIME]).await?;
                Ok(rows.into_iter().filter_map(signing_key).collect())
            })
        })
        .await
    }

    /// The signing keys of all tenants: whatever one of them signed, we signed.
    pub async fn signing_keys_all(&self) -> Result<Vec<SigningKey>, Error> {
        self.reading(Reach::Row, move |connection| {
            Box::pin(async move {
                let sql = "SELECT id, private_key, created_at FROM signing_key ORDER BY created_at DESC, id";
                let rows = connection.query(sql, &[], &[TEXT, TEXT, TIME]).await?;
                Ok(rows.into_iter().filter_map(signing_key).collect())
            })
        })
        .await
    }

    /// Whether any tenant has a signing key of that name.
    pub async fn signing_key_exists(&self, id: &str) -> Result<bool, Error> {
        let id = id.to_owned();
        self.reading(Reach::Row, move |connection| {
            Box::pin(async move {
                let sql = "SELECT 1 FROM signing_key WHERE id = $1";
                Ok(!connection.query(sql, &[Value::Text(id)], &[INT]).await?.is_empty())
            })
        })
        .await
    }

    /// Keeps a new signing key and drops those made before `drop_before` (microseconds since 1970),
    /// unless a key made after `unless_after` is there already: another process was first.
    pub async fn signing_key_add(
        &self,
        tenant: Uuid,
        key: SigningKey,
        unless_after: i64,
        drop_before: i64,
    ) -> Result<(), Error> {
        let key = Arc::new(key);
        self.writing(move |connection| {
            let key = Arc::clone(&key);
            Box::pin(async move {
                let sql = "SELECT 1 FROM signing_key WHERE tenant = $1 AND created_at > $2";
                let newer = connection.query(sql, &[Value::Guid(tenant), Value::Time(unless_after)], &[INT]).await?;
                if !newer.is_empty() {
                    return Ok(());
                }
                let sql = "DELETE FROM signing_key WHERE tenant = $1 AND created_at < $2";
                connection.execute(sql, &[Value::Guid(tenant), Value::Time(drop_before)]).await?;
                let sql = "INSERT INTO signing_key (tenant, id, private_key, created_at) VALUES ($1, $2, $3, $4)";
                let params = [
                    Value::Guid(tenant),
                    Value::Text(key.id.clone()),
                    Value::Text(key.private_key.clone()),
                    Value::Time(key.created_at),
                ];
                connection.execute(sql, &params).await.map(|_| ())
            })
        })
        .await
    }

    /// Keeps grants, in place of those with the same ids; and drops the expired ones of the tenant.
    pub async fn grants_put(&self, tenant: Uuid, grants: Vec<Grant>, now: i64) -> Result<(), Error> {
        let grants = Arc::new(grants);
        self.writing(move |connection| {
            let grants = Arc::clone(&grants);
            Box::pin(async move {
                let sql = "DELETE FROM token_grant WHERE tenant = $1 AND expires_at < $2";
                connection.execute(sql, &[Value::Guid(tenant), Value::Time(now)]).await?;
                keep(connection, tenant, &grants).await
            })
        })
        .await
    }

    /// Puts others in the place of a grant, if it still is as it was read: of two callers that redeem
    /// the same one, one hears true and the other changes nothing.
    pub async fn grant_exchange(&self, tenant: Uuid, old: Grant, new: Vec<Grant>, now: i64) -> Result<bool, Error> {
        let both = Arc::new((old, new));
        self.writing(move |connection| {
            let both = Arc::clone(&both);
            Box::pin(async move {
                let (old, new) = &*both;
                if grant(connection, tenant, &old.id, now).await?.as_ref() != Some(old) {
                    return Ok(false);
                }
                let sql = "DELETE FROM token_grant WHERE tenant = $1 AND id = $2";
                connection.execute(sql, &[Value::Guid(tenant), Value::Text(old.id.clone())]).await?;
                keep(connection, tenant, new).await?;
                Ok(true)
            })
        })
        .await
    }

    /// A grant that has not expired, left where it is.
    pub async fn grant_get(&self, tenant: Uuid, id: &str, now: i64) -> Result<Option<Grant>, Error> {
        let id = id.to_owned();
        self.reading(Reach::Row, move |connection| Box::pin(async move { grant(connection, tenant, &id, now).await }))
            .await
    }

    /// Takes a grant away: what it stood for is over.
    pub async fn grant_drop(&self, tenant: Uuid, id: &str) -> Result<(), Error> {
        let id = Arc::new(id.to_owned());
        self.writing(move |connection| {
            let id = Arc::clone(&id);
            Box::pin(async move {
                let sql = "DELETE FROM token_grant WHERE tenant = $1 AND id = $2";
                connection.execute(sql, &[Value::Guid(tenant), Value::Text(id.to_string())]).await.map(|_| ())
            })
        })
        .await
    }
}

async fn keep(connection: &mut Connection, tenant: Uuid, grants: &[Grant]) -> Result<(), Error> {
    let sql = "INSERT INTO token_grant (tenant, id, kind, subject_id, data, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, id) DO UPDATE SET \
               subject_id = excluded.subject_id, data = excluded.data, expires_at = excluded.expires_at";
    for grant in grants {
        let params = [
            Value::Guid(tenant),
            Value::Text(grant.id.clone()),
            Value::Int(grant.kind.number()),
            grant.subject.map_or(Value::Null, Value::Guid),
            Value::Json(grant.data.clone()),
            Value::Time(grant.expires_at),
        ];
        connection.execute(sql, &params).await?;
    }
    Ok(())
}

fn signing_key(row: Vec<Value>) -> Option<SigningKey> {
    match <[Value; 3]>::try_from(row) {
        Ok([Value::Text(id), Value::Text(private_key), Value::Time(created_at)]) => {
            Some(SigningKey { id, private_key, created_at })
        }
        _ => None,
    }
}

async fn tenant_find(connection: &mut Connection, name: &str) -> Result<Option<Tenant>, Error> {
    let (condition, mut params) = match (name, Uuid::try_parse(name)) {
        ("common" | "organizations", _) => ("1 = 1", vec![]),
        (_, Ok(id)) => ("t.tenant = $2", vec![Value::Guid(id)]),
        (_, Err(_)) => {
            ("t.tenant IN (SELECT v.tenant FROM domain AS v WHERE v.id = $2)", vec![Value::Text(name.to_owned())])
        }
    };
    params.insert(0, Value::Bool(true));
    let sql = format!(
        "SELECT t.tenant, t.name, d.id FROM tenant AS t JOIN domain AS d ON d.tenant = t.tenant \
         WHERE d.is_default = $1 AND {condition} LIMIT 2"
    );
    let mut rows = connection.query(&sql, &params, &[ID, TEXT, TEXT]).await?;
    if rows.len() != 1 {
        return Ok(None);
    }
    Ok(match rows.pop().map(<[Value; 3]>::try_from) {
        Some(Ok([Value::Guid(id), Value::Text(name), Value::Text(default_domain)])) => {
            Some(Tenant { id, name, default_domain })
        }
        _ => None,
    })
}

async fn client_find(connection: &mut Connection, tenant: Uuid, app_id: Uuid) -> Result<Option<Client>, Error> {
    let sql = "SELECT a.id, a.display_name, a.doc, s.id, s.account_enabled FROM directory_object AS a \
               JOIN directory_object AS s ON s.tenant = a.tenant AND s.kind = 3 AND s.app_id = a.app_id \
               AND s.deleted_at IS NULL \
               WHERE a.tenant = $1 AND a.kind = 4 AND a.app_id = $2 AND a.deleted_at IS NULL";
    let key = [Value::Guid(tenant), Value::Guid(app_id)];
    let rows = connection.query(sql, &key, &[ID, TEXT, JSON, ID, BOOL]).await?;
    let Some(Ok([Value::Guid(application), name, Value::Json(doc), Value::Guid(principal), enabled])) =
        rows.into_iter().next().map(<[Value; 5]>::try_from)
    else {
        return Ok(None);
    };
    let doc: serde_json::Value = serde_json::from_str(&doc).unwrap_or_default();
    let redirect_uris = ["web", "spa", "publicClient"]
        .iter()
        .filter_map(|place| doc.get(place)?.get("redirectUris")?.as_array())
        .flatten()
        .filter_map(|uri| uri.as_str().map(str::to_owned))
        .collect();
    let owners = [Value::Guid(tenant), Value::Guid(application), Value::Guid(principal)];
    let sql = "SELECT key_id, hash, hint, selector, ends_at FROM credential WHERE tenant = $1 AND owner_id IN ($2, $3)";
    let secrets = connection
        .query(sql, &owners, &[ID, TEXT, TEXT, TEXT, TIME])
        .await?
        .into_iter()
        .filter_map(|row| match <[Value; 5]>::try_from(row) {
            Ok([Value::Guid(key_id), Value::Text(hash), hint, selector, ends_at]) => {
                let text = |value: Value| value.as_text().map(str::to_owned);
                let ends_at = if let Value::Time(time) = ends_at { Some(time) } else { None };
                Some(Secret { key_id, hash, hint: text(hint), selector: text(selector), ends_at })
            }
            _ => None,
        })
        .collect();
    let graph = "r.tenant = $1 AND r.kind = 3 AND r.app_id = $3";
    let params = [Value::Guid(tenant), Value::Guid(principal), Value::Guid(GRAPH_APP_ID)];
    let sql = format!(
        "SELECT g.app_role_id FROM app_role_assignment AS g JOIN directory_object AS r ON {graph} \
         AND r.id = g.resource_id WHERE g.tenant = $1 AND g.principal_id = $2"
    );
    let app_roles =
        connection.query(&sql, &params, &[ID]).await?.iter().filter_map(|row| row.first()?.as_guid()).collect();
    let sql = format!(
        "SELECT g.scope FROM permission_grant AS g JOIN directory_object AS r ON {graph} \
         AND r.id = g.resource_id WHERE g.tenant = $1 AND g.client_id = $2"
    );
    let scopes = connection
        .query(&sql, &params, &[TEXT])
        .await?
        .iter()
        .filter_map(|row| row.first()?.as_text().map(str::to_owned))
        .collect::<Vec<String>>()
        .join(" ");
    Ok(Some(Client {
        app_id,
        name: name.as_text().unwrap_or_default().to_owned(),
        service_principal_id: principal,
        enabled: enabled != Value::Bool(false),
        public: doc.get("isFallbackPublicClient").and_then(serde_json::Value::as_bool).unwrap_or(false),
        redirect_uris,
        secrets,
        app_roles,
        scopes,
    }))
}

async fn account_find(connection: &mut Connection, tenant: Uuid, name: &str) -> Result<Option<Account>, Error> {
    let (condition, key) = match Uuid::try_parse(name) {
        Ok(id) => ("u.id = $2", Value::Guid(id)),
        Err(_) => ("u.user_principal_name_fold = $2", Value::Text(fold(name))),
    };
    let sql = format!(
        "SELECT u.id, u.user_principal_name, u.display_name, u.account_enabled, c.hash FROM directory_object AS u \
         LEFT JOIN credential AS c ON c.tenant = u.tenant AND c.owner_id = u.id AND c.key_id = u.id \
         WHERE u.tenant = $1 AND u.kind = 1 AND u.deleted_at IS NULL AND {condition}"
    );
    let rows = connection.query(&sql, &[Value::Guid(tenant), key], &[ID, TEXT, TEXT, BOOL, TEXT]).await?;
    Ok(match rows.into_iter().next().map(<[Value; 5]>::try_from) {
        Some(Ok([Value::Guid(id), Value::Text(upn), display_name, enabled, hash])) => Some(Account {
            id,
            user_principal_name: upn,
            display_name: display_name.as_text().unwrap_or_default().to_owned(),
            enabled: enabled == Value::Bool(true),
            password_hash: hash.as_text().map(str::to_owned),
        }),
        _ => None,
    })
}

async fn grant(connection: &mut Connection, tenant: Uuid, id: &str, now: i64) -> Result<Option<Grant>, Error> {
    let sql = "SELECT kind, subject_id, data, expires_at FROM token_grant \
               WHERE tenant = $1 AND id = $2 AND expires_at > $3";
    let params = [Value::Guid(tenant), Value::Text(id.to_owned()), Value::Time(now)];
    let rows = connection.query(sql, &params, &[INT, ID, JSON, TIME]).await?;
    Ok(match rows.into_iter().next().map(<[Value; 4]>::try_from) {
        Some(Ok([Value::Int(kind), subject, Value::Json(data), Value::Time(expires_at)])) => GrantKind::of(kind)
            .map(|kind| Grant { id: id.to_owned(), kind, subject: subject.as_guid(), data, expires_at }),
        _ => None,
    })
}
