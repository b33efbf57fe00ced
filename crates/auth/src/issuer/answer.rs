//! The JSON that login clients get back. Which fields each of them fails without stands in
//! clients.md, section 3.

use super::request::Hidden;
use crate::permission::{Permission, Permissions};
use serde::Serialize;

/// The answer of the token endpoint. It holds tokens: never log it.
#[derive(Serialize)]
pub struct TokenAnswer {
    pub token_type: &'static str,
    /// Users' flows only. Without it MSAL asks for a new token at every call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    pub expires_in: i64,
    pub ext_expires_in: i64,
    pub access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_info: Option<String>,
}

impl TokenAnswer {
    /// An answer with nothing but the access token: all that an application gets.
    pub fn new(access_token: String, expires_in: i64) -> TokenAnswer {
        TokenAnswer {
            token_type: "Bearer",
            scope: None,
            expires_in,
            ext_expires_in: expires_in,
            access_token,
            refresh_token: None,
            id_token: None,
            client_info: None,
        }
    }
}

/// The answer of the device code endpoint.
#[derive(Serialize)]
pub struct DeviceAnswer {
    user_code: String,
    device_code: String,
    verification_uri: String,
    expires_in: i64,
    interval: i64,
    message: String,
}

impl DeviceAnswer {
    /// `verification_uri` is where the user types the code in; `interval` and `expires_in` are seconds.
    pub fn new(
        user_code: String,
        device_code: &Hidden,
        verification_uri: String,
        expires_in: i64,
        interval: i64,
    ) -> DeviceAnswer {
        let message = format!(
            "To sign in, use a web browser to open the page {verification_uri} and enter the code {user_code} to \
             authenticate."
        );
        let device_code = device_code.expose().to_owned();
        DeviceAnswer { user_code, device_code, verification_uri, expires_in, interval, message }
    }
}

/// The `scope` of an answer: what was granted, spelled as the client spelled it, for clients look
/// their tokens up by their own spelling; then what was granted besides. `offline_access` isn't
/// listed, as in Entra: the refresh token itself says it.
pub fn scope(asked: &str, audience: &str, granted: Permissions) -> String {
    let mut said = Permissions::of(&[Permission::OfflineAccess]);
    let mut scopes: Vec<String> = Vec::new();
    for each in asked.split_ascii_whitespace() {
        let name = each.rsplit('/').next().unwrap_or(each);
        let permission = Permission::find(name);
        let new = permission.is_some_and(|permission| granted.contains(permission) && !said.contains(permission));
        if new || name == ".default" {
            scopes.push(each.to_owned());
            said = said.union(permission.into_iter().collect());
        }
    }
    for permission in granted.iter().filter(|permission| !said.contains(*permission)) {
        let name = permission.name();
        let sign_in = matches!(permission, Permission::OpenId | Permission::Profile | Permission::Email);
        scopes.push(if sign_in { name.to_owned() } else { format!("{audience}/{name}") });
    }
    scopes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "https://graph.microsoft.com";

    #[test]
    fn scopes_come_back_as_they_were_said() {
        let granted = Permissions::of(&[Permission::OpenId, Permission::OfflineAccess, Permission::UserRead]);
        assert_eq!(scope("User.Read openid offline_access Group.Read.All", GRAPH, granted), "User.Read openid");
        assert_eq!(
            scope("https://graph.microsoft.com/.default openid", GRAPH, granted),
            "https://graph.microsoft.com/.default openid https://graph.microsoft.com/User.Read"
        );
        assert_eq!(scope("", GRAPH, Permissions::NONE), "");
    }

    #[test]
    fn answers_leave_out_what_there_is_not() {
        let json = serde_json::to_value(TokenAnswer::new("t".into(), 3599)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "t" })
        );
        let device = DeviceAnswer::new("BCDF-GHJK".into(), &Hidden::new("d"), "https://x/device".into(), 900, 5);
        let json = serde_json::to_value(device).unwrap();
        assert!(json["message"].as_str().unwrap().contains("BCDF-GHJK"));
        assert_eq!(json["device_code"], "d");
    }
}
