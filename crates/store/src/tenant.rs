//! Tenants: making one with all that it needs to be worked in (roles, the General catalog, Graph's
//! own service principal), listing and deleting them; and registering the clients that may ask for
//! tokens. These are the operator's verbs, used by the command line; no request reaches them.

mod administrator;
mod log;

pub use administrator::NewAdministrator;

use crate::answer::Column;
use crate::connection::Connection;
use crate::engine::{Reach, Store};
use crate::error::Error;
use crate::fold::fold;
use model::def::ColumnType;
use odata::value::Value;
use std::sync::Arc;
use uuid::Uuid;

/// The application id of Microsoft Graph, the resource that every token is for.
pub use domain::directory::GRAPH_APP_ID;

/// A tenant to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub id: Uuid,
    pub name: String,
    /// The domain of its users' names; in lower case.
    pub domain: String,
    /// New ids for the General catalog and for Graph's service principal.
    pub catalog_id: Uuid,
    pub graph_id: Uuid,
    /// What Graph's service principal offers, as JSON arrays.
    pub app_roles: String,
    pub scopes: String,
    /// A new id for the row of the audit log.
    pub audit_id: Uuid,
    pub now: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: Uuid,
    pub name: String,
    pub default_domain: String,
}

/// A client to be registered: an application and its service principal.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub app_id: Uuid,
    pub application_id: Uuid,
    pub service_principal_id: Uuid,
    pub name: String,
    /// Whether it may sign users in without a secret.
    pub public: bool,
    pub redirect_uris: Vec<String>,
    /// App roles of Graph that its own tokens carry, each with a new id for the assignment.
    pub app_roles: Vec<(Uuid, Uuid)>,
    /// Scopes that it may ask for on a user's behalf, separated by blanks; and an id for the grant.
    pub scopes: String,
    pub grant_id: Uuid,
    pub secret: Option<NewSecret>,
    /// New ids for the rows of the audit log.
    pub audit_ids: [Uuid; log::CLIENT_ROWS],
    pub now: i64,
}

#[derive(Debug, Clone)]
pub struct NewSecret {
    pub key_id: Uuid,
    pub hash: String,
    pub hint: String,
    /// By which it is found among the client's others.
    pub selector: Option<String>,
    pub ends_at: i64,
    /// A new id for the row of the audit log.
    pub audit_id: Uuid,
}

/// What an extension's callouts are signed with from now on.
#[derive(Clone)]
pub struct NewExtensionSecret {
    pub extension: Uuid,
    pub secret: String,
    /// A new id for the row of the audit log.
    pub audit_id: Uuid,
    pub now: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredClient {
    pub app_id: Uuid,
    pub name: String,
    pub secrets: u64,
}

const ID: Column = Column { name: "id", ty: ColumnType::Uuid };
const NAME: Column = Column { name: "name", ty: ColumnType::Text };
const DOMAIN: Column = Column { name: "domain", ty: ColumnType::Text };
const NUMBER: Column = Column { name: "number", ty: ColumnType::Int };

impl Store {
    /// Makes a tenant, and says whether it did: one that is there already is left as it is.
    ///
    /// # Errors
    /// [`Error::Taken`] when the domain belongs to another tenant.
    pub async fn tenant_create(&self, new: NewTenant) -> Result<bool, Error> {
        let new = Arc::new(new);
        self.writing(move |connection| {
            let new = Arc::clone(&new);
            Box::pin(async move { create(connection, &new).await })
        })
        .await
    }

    /// Makes a tenant together with its first administrator, or neither. Says whether it did: a tenant
    /// that is there already is left as it is, and nobody is added to it.
    ///
    /// # Errors
    /// [`Error::Taken`] when the domain belongs to another tenant; [`Error::Denied`] with the reason
    /// why there can't be such a user.
    pub async fn tenant_found(&self, new: NewTenant, first: NewAdministrator) -> Result<bool, Error> {
        let shared = Arc::new((new, first));
        self.writing(move |connection| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (new, first) = shared.as_ref();
                let made = create(connection, new).await?;
                if made {
                    administrator::add(connection, new, first).await?;
                }
                Ok(made)
            })
        })
        .await
    }

    /// All tenants, by name.
    pub async fn tenant_list(&self) -> Result<Vec<Tenant>, Error> {
        let sql = "SELECT t.tenant, t.name, d.id FROM tenant AS t JOIN domain AS d ON d.tenant = t.tenant \
                   WHERE d.is_default = $1 ORDER BY t.name, t.tenant";
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let rows = connection.query(sql, &[Value::Bool(true)], &[ID, NAME, DOMAIN]).await?;
                Ok(rows.into_iter().filter_map(tenant).collect())
            })
        })
        .await
    }

    /// Deletes a tenant and everything in it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tenant_delete(&self, id: Uuid) -> Result<(), Error> {
        self.writing(move |connection| {
            Box::pin(async move {
                // Packages before catalogs: the one is kept from going while it has the other.
                let key = [Value::Guid(id)];
                for table in ["role_assignment", "access_package"] {
                    connection.execute(&format!("DELETE FROM {table} WHERE tenant = $1"), &key).await?;
                }
                let sql = "UPDATE directory_object SET manager_id = NULL WHERE tenant = $1 AND manager_id IS NOT NULL";
                connection.execute(sql, &key).await?;
                match connection.execute("DELETE FROM tenant WHERE tenant = $1", &key).await? {
                    0 => Err(Error::NotFound { kind: "tenant", key: id.to_string() }),
                    _ => Ok(()),
                }
            })
        })
        .await
    }

    /// Registers a client in a tenant.
    ///
    /// # Errors
    /// [`Error::Taken`] when the application id is in use.
    pub async fn client_create(&self, tenant: Uuid, new: NewClient) -> Result<(), Error> {
        let new = Arc::new(new);
        self.writing(move |connection| {
            let new = Arc::clone(&new);
            Box::pin(async move { register(connection, tenant, &new).await })
        })
        .await
    }

    /// The clients of a tenant, by name.
    pub async fn client_list(&self, tenant: Uuid) -> Result<Vec<RegisteredClient>, Error> {
        let sql = "SELECT a.app_id, a.display_name, (SELECT count(*) FROM credential AS c WHERE c.tenant = a.tenant \
                   AND c.owner_id = a.id) FROM directory_object AS a WHERE a.tenant = $1 AND a.kind = 4 \
                   AND a.deleted_at IS NULL ORDER BY a.display_name_fold, a.id";
        self.reading(Reach::Many, move |connection| {
            Box::pin(async move {
                let rows = connection.query(sql, &[Value::Guid(tenant)], &[ID, NAME, NUMBER]).await?;
                Ok(rows
                    .into_iter()
                    .filter_map(|row| match row.as_slice() {
                        [Value::Guid(app_id), Value::Text(name), Value::Int(secrets)] => Some(RegisteredClient {
                            app_id: *app_id,
                            name: name.clone(),
                            secrets: u64::try_from(*secrets).unwrap_or(0),
                        }),
                        _ => None,
                    })
                    .collect())
            })
        })
        .await
    }

    /// Adds a secret to a client; with `replace`, the ones that it had are void.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an application id that no client has; [`Error::Denied`] where it has as many
    /// secrets as can be.
    pub async fn client_secret(
        &self,
        tenant: Uuid,
        app_id: Uuid,
        secret: NewSecret,
        replace: bool,
        now: i64,
    ) -> Result<(), Error> {
        let secret = Arc::new(secret);
        self.writing(move |connection| {
            let secret = Arc::clone(&secret);
            Box::pin(async move {
                let sql = "SELECT id, display_name FROM directory_object \
                           WHERE tenant = $1 AND kind = 4 AND app_id = $2 AND deleted_at IS NULL";
                let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(app_id)], &[ID, NAME]).await?;
                let Some([Value::Guid(owner), Value::Text(name)]) = rows.first().map(Vec::as_slice) else {
                    return Err(Error::NotFound { kind: "client", key: app_id.to_string() });
                };
                let mut void = Vec::new();
                if replace {
                    let key = [Value::Guid(tenant), Value::Guid(*owner)];
                    let sql = "SELECT key_id FROM credential WHERE tenant = $1 AND owner_id = $2 ORDER BY key_id";
                    let rows = connection.query(sql, &key, &[ID]).await?;
                    void.extend(rows.iter().filter_map(|row| row.first()?.as_guid()));
                    let sql = "DELETE FROM credential WHERE tenant = $1 AND owner_id = $2";
                    connection.execute(sql, &key).await?;
                }
                let key = [Value::Guid(tenant), Value::Guid(*owner)];
                let sql = "SELECT count(*) FROM credential WHERE tenant = $1 AND owner_id = $2";
                let rows = connection.query(sql, &key, &[NUMBER]).await?;
                if let Some([Value::Int(count)]) = rows.first().map(Vec::as_slice) {
                    domain::directory::secrets_left(u64::try_from(*count).unwrap_or(0))?;
                }
                keep_secret(connection, tenant, *owner, &secret, now).await?;
                log::secret(connection, tenant, (*owner, name), &secret, &void, now).await
            })
        })
        .await
    }

    /// Gives an extension a new secret to sign with: the one that it had is void.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an extension that isn't there.
    pub async fn extension_renew(&self, tenant: Uuid, new: NewExtensionSecret) -> Result<(), Error> {
        let new = Arc::new(new);
        self.writing(move |connection| {
            let new = Arc::clone(&new);
            Box::pin(async move {
                let key = [Value::Guid(tenant), Value::Guid(new.extension)];
                let sql = "SELECT display_name FROM custom_extension WHERE tenant = $1 AND id = $2";
                let rows = connection.query(sql, &key, &[NAME]).await?;
                let Some([Value::Text(name)]) = rows.first().map(Vec::as_slice) else {
                    return Err(Error::NotFound { kind: "customCalloutExtension", key: new.extension.to_string() });
                };
                crate::apply::callouts::secret(connection, tenant, new.extension, &new.secret).await?;
                log::extension(connection, tenant, name, &new).await
            })
        })
        .await
    }
}

fn tenant(row: Vec<Value>) -> Option<Tenant> {
    match row.as_slice() {
        [Value::Guid(id), Value::Text(name), Value::Text(domain)] => {
            Some(Tenant { id: *id, name: name.clone(), default_domain: domain.clone() })
        }
        _ => None,
    }
}

async fn create(connection: &mut Connection, new: &NewTenant) -> Result<bool, Error> {
    let sql = "INSERT INTO tenant (tenant, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let text = |text: &str| Value::Text(text.to_owned());
    let json = |text: &str| Value::Json(text.to_owned());
    let made = connection.execute(sql, &[Value::Guid(new.id), text(&new.name), Value::Time(new.now)]).await?;
    if made == 0 {
        return Ok(false);
    }
    let domains = serde_json::json!([{
        "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": true,
        "name": new.domain, "type": "Managed",
    }]);
    let sql = "INSERT INTO organization (tenant, id, display_name, verified_domains, created_at, doc) \
               VALUES ($1, $1, $2, $3, $4, $5)";
    let params = [
        Value::Guid(new.id),
        text(&new.name),
        json(&domains.to_string()),
        Value::Time(new.now),
        json("{\"tenantType\":\"AAD\"}"),
    ];
    connection.execute(sql, &params).await?;
    let sql =
        "INSERT INTO domain (tenant, id, is_default, is_initial, is_verified, doc) VALUES ($1, $2, $3, $4, $5, $6)";
    let doc = "{\"authenticationType\":\"Managed\",\"isAdminManaged\":true,\"isRoot\":true,\
               \"supportedServices\":[\"Email\"]}";
    let yes = || Value::Bool(true);
    connection.execute(sql, &[Value::Guid(new.id), text(&new.domain), yes(), yes(), yes(), json(doc)]).await?;
    for role in domain::role::BUILT_IN {
        role_definition(connection, new.id, role).await?;
    }
    settings(connection, new).await?;
    general_catalog(connection, new).await?;
    graph_principal(connection, new).await?;
    log::tenant(connection, new).await?;
    Ok(true)
}

async fn role_definition(connection: &mut Connection, tenant: Uuid, role: &domain::role::Role) -> Result<(), Error> {
    let sql = "INSERT INTO role_definition (tenant, id, area, display_name, display_name_fold, description, \
               is_built_in, is_enabled, template_id, version, doc) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let params = [
        Value::Guid(tenant),
        Value::Guid(role.id),
        Value::Int(role.area.number()),
        Value::Text(role.name.to_owned()),
        Value::Text(fold(role.name)),
        Value::Text(role.description.to_owned()),
        Value::Bool(true),
        Value::Bool(true),
        Value::Guid(role.id),
        Value::Text("1.0".to_owned()),
        Value::Json(serde_json::json!({ "isPrivileged": role.privileged, "resourceScopes": ["/"] }).to_string()),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

/// What is set from the first moment on, as Entra has it: people from outside who hold nothing any more
/// are blocked, and deleted after 30 days.
async fn settings(connection: &mut Connection, new: &NewTenant) -> Result<(), Error> {
    let sql = "INSERT INTO entitlement_settings (tenant, id, lifecycle_action, delete_after, delete_after_days) \
               VALUES ($1, $2, 2, 'P30D', 30)";
    connection.execute(sql, &[Value::Guid(new.id), Value::Guid(domain::organization::SETTINGS)]).await?;
    let sql = "INSERT INTO control_configuration (tenant, id, kind, name, name_fold, is_enabled, insight_level, show_approver_details, \
               created_at, modified_at) VALUES ($1, $2, 1, $6, $7, $3, 1, $4, $5, $5)";
    let params = [
        Value::Guid(new.id),
        Value::Guid(domain::organization::END_USER_SETTINGS),
        Value::Bool(true),
        Value::Bool(false),
        Value::Time(new.now),
        Value::Text("endUserSettings".to_owned()),
        Value::Text(fold("endUserSettings")),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

/// The catalog that every tenant has.
async fn general_catalog(connection: &mut Connection, new: &NewTenant) -> Result<(), Error> {
    let description = "Built-in catalog.";
    let sql = "INSERT INTO catalog (tenant, id, display_name, display_name_fold, description, description_fold, \
               catalog_type, state, is_externally_visible, created_at, created_by, modified_at, modified_by) \
               VALUES ($1, $2, $3, $4, $5, $6, 2, 2, $7, $8, $9, $8, $9)";
    let params = [
        Value::Guid(new.id),
        Value::Guid(new.catalog_id),
        Value::Text("General".to_owned()),
        Value::Text(fold("General")),
        Value::Text(description.to_owned()),
        Value::Text(fold(description)),
        Value::Bool(true),
        Value::Time(new.now),
        Value::Text("Doorward".to_owned()),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

/// Microsoft Graph as a tenant sees it: the resource whose permissions clients are granted.
async fn graph_principal(connection: &mut Connection, new: &NewTenant) -> Result<(), Error> {
    let name = "Microsoft Graph";
    let doc = format!("{{\"appRoles\":{},\"oauth2PermissionScopes\":{}}}", new.app_roles, new.scopes);
    let sql = "INSERT INTO directory_object (tenant, id, kind, created_at, display_name, display_name_fold, app_id, \
               app_display_name, account_enabled, service_principal_names, service_principal_type, doc) \
               VALUES ($1, $2, 3, $3, $4, $5, $6, $4, $7, $8, $9, $10)";
    let params = [
        Value::Guid(new.id),
        Value::Guid(new.graph_id),
        Value::Time(new.now),
        Value::Text(name.to_owned()),
        Value::Text(fold(name)),
        Value::Guid(GRAPH_APP_ID),
        Value::Bool(true),
        Value::Json(format!("[\"{GRAPH_APP_ID}\",\"https://graph.microsoft.com\"]")),
        Value::Text("Application".to_owned()),
        Value::Json(doc),
    ];
    connection.execute(sql, &params).await.map(|_| ())
}

async fn register(connection: &mut Connection, tenant: Uuid, new: &NewClient) -> Result<(), Error> {
    let redirects = serde_json::Value::from(new.redirect_uris.clone());
    let application = serde_json::json!({
        "isFallbackPublicClient": new.public,
        "publicClient": { "redirectUris": if new.public { redirects.clone() } else { serde_json::json!([]) } },
        "signInAudience": "AzureADMyOrg",
        "web": { "redirectUris": redirects },
    });
    let text = |text: &str| Value::Text(text.to_owned());
    let sql = "INSERT INTO directory_object (tenant, id, kind, created_at, display_name, display_name_fold, app_id, \
               identifier_uris, doc) VALUES ($1, $2, 4, $3, $4, $5, $6, $7, $8)";
    let params = [
        Value::Guid(tenant),
        Value::Guid(new.application_id),
        Value::Time(new.now),
        text(&new.name),
        Value::Text(fold(&new.name)),
        Value::Guid(new.app_id),
        Value::Json("[]".to_owned()),
        Value::Json(application.to_string()),
    ];
    connection.execute(sql, &params).await?;
    let sql = "INSERT INTO directory_object (tenant, id, kind, created_at, display_name, display_name_fold, app_id, \
               app_display_name, account_enabled, service_principal_names, service_principal_type, doc) \
               VALUES ($1, $2, 3, $3, $4, $5, $6, $4, $7, $8, $9, $10)";
    let params = [
        Value::Guid(tenant),
        Value::Guid(new.service_principal_id),
        Value::Time(new.now),
        text(&new.name),
        Value::Text(fold(&new.name)),
        Value::Guid(new.app_id),
        Value::Bool(true),
        Value::Json(format!("[\"{}\"]", new.app_id)),
        text("Application"),
        Value::Json("{}".to_owned()),
    ];
    connection.execute(sql, &params).await?;
    grant(connection, tenant, new).await?;
    log::client(connection, tenant, new).await?;
    match &new.secret {
        Some(secret) => {
            keep_secret(connection, tenant, new.application_id, secret, new.now).await?;
            log::secret(connection, tenant, (new.application_id, &new.name), secret, &[], new.now).await
        }
        None => Ok(()),
    }
}

async fn grant(connection: &mut Connection, tenant: Uuid, new: &NewClient) -> Result<(), Error> {
    let sql = "SELECT id FROM directory_object WHERE tenant = $1 AND kind = 3 AND app_id = $2 AND deleted_at IS NULL";
    let rows = connection.query(sql, &[Value::Guid(tenant), Value::Guid(GRAPH_APP_ID)], &[ID]).await?;
    let Some(resource) = rows.into_iter().next().and_then(|row| row.into_iter().next()) else {
        return Err(Error::NotFound { kind: "tenant", key: tenant.to_string() });
    };
    let client = Value::Guid(new.service_principal_id);
    for (id, role) in &new.app_roles {
        let sql = "INSERT INTO app_role_assignment (tenant, id, principal_id, resource_id, app_role_id, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let params = [
            Value::Guid(tenant),
            Value::Guid(*id),
            client.clone(),
            resource.clone(),
            Value::Guid(*role),
            Value::Time(new.now),
        ];
        connection.execute(sql, &params).await?;
    }
    let sql = "INSERT INTO permission_grant (tenant, id, client_id, resource_id, scope) VALUES ($1, $2, $3, $4, $5)";
    let params = [Value::Guid(tenant), Value::Guid(new.grant_id), client, resource, Value::Text(new.scopes.clone())];
    connection.execute(sql, &params).await.map(|_| ())
}

async fn keep_secret(
    connection: &mut Connection,
    tenant: Uuid,
    owner: Uuid,
    secret: &NewSecret,
    now: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO credential (tenant, owner_id, key_id, hash, hint, starts_at, ends_at, selector) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let params = [
        Value::Guid(tenant),
        Value::Guid(owner),
        Value::Guid(secret.key_id),
        Value::Text(secret.hash.clone()),
        Value::Text(secret.hint.clone()),
        Value::Time(now),
        Value::Time(secret.ends_at),
        secret.selector.clone().map_or(Value::Null, Value::Text),
    ];
    connection.execute(sql, &params).await?;
    crate::apply::show_secrets(connection, tenant, owner).await
}
