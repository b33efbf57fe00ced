//! Tokens that nobody would be given: expired ones, forged ones, those of a tenant that no
//! development endpoint speaks for. Signed with the tenant's own key, as the server would.

use crate::template::{OTHER_APPLICATION, OTHER_SERVICE_PRINCIPAL, OTHER_TENANT};
use auth::issuer::keys::SigningKey;
use auth::issuer::mint::{ACCESS_LIFETIME, AccessToken, Subject, access_token};
use auth::permission::Permissions;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use store::Store;
use uuid::Uuid;

/// A token to be made; what isn't said otherwise is as it should be.
#[derive(Debug, Clone)]
pub struct Wish {
    pub token: AccessToken,
    /// Sign with a key that the server has never seen.
    pub forged: bool,
}

impl Wish {
    /// Of the second tenant's client, with every app role.
    pub fn other_tenant(base: &str) -> Wish {
        let subject =
            Subject::Application { service_principal: OTHER_SERVICE_PRINCIPAL, roles: Permissions::all_roles() };
        Wish {
            token: AccessToken {
                base: base.to_owned(),
                tenant: OTHER_TENANT,
                audience: "https://graph.microsoft.com".to_owned(),
                app: OTHER_APPLICATION,
                app_name: "Other client".to_owned(),
                subject,
                issued_at: server::Clock.seconds(),
                lifetime: ACCESS_LIFETIME,
                uti: Uuid::new_v4(),
            },
            forged: false,
        }
    }
}

/// Signs it.
pub async fn mint(store: &Store, wish: &Wish) -> String {
    let key = if wish.forged {
        SigningKey::generate(wish.token.issued_at).expect("a key")
    } else {
        let stored = store.signing_keys(wish.token.tenant).await.expect("the tenant's keys");
        let newest = stored.first().expect("a key");
        let der = STANDARD.decode(&newest.private_key).expect("base64");
        SigningKey::from_pkcs8(&der, newest.created_at / 1_000_000).expect("a key")
    };
    access_token(&key, &wish.token).expect("a token")
}
