//! What goes wrong at the token endpoint, and how Entra says it. Callers match the numbers
//! (`error_codes`), so they are Entra's ("AADSTS error codes"); the words are ours. It must never
//! hold a secret, a password or a token, nor tell whether a user exists.

use serde_json::{Value, json};
use uuid::Uuid;

/// A refusal of the login endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OAuthError {
    /// A parameter is missing.
    Missing {
        parameter: &'static str,
    },
    /// The body or a parameter can't be read.
    Malformed {
        what: &'static str,
    },
    UnsupportedGrant,
    UnsupportedResponseType,
    UnknownTenant {
        tenant: String,
    },
    UnknownClient {
        client: String,
    },
    ClientDisabled,
    /// A confidential client without a secret.
    SecretMissing,
    SecretWrong,
    SecretExpired,
    /// Client assertions (certificates) aren't taken.
    AssertionUnsupported,
    /// Wrong password, or no such user: the answer is the same.
    PasswordWrong,
    UserDisabled,
    /// Too many wrong passwords.
    UserLocked,
    /// Client credentials with another scope than `<resource>/.default`.
    ScopeNotDefault {
        scope: String,
    },
    ScopeInvalid {
        scope: String,
    },
    UnknownResource {
        resource: String,
    },
    /// Nobody has agreed that this application may do that in the user's name.
    ConsentRequired,
    /// The code, the device code or the refresh token isn't one of ours, or another client's.
    GrantInvalid,
    /// It was, and its time is over.
    GrantExpired,
    /// The code was used already.
    CodeRedeemed,
    VerifierMismatch,
    ChallengeInvalid,
    RedirectMismatch,
    /// The address at the token endpoint isn't the one that the code was asked for with.
    RedirectDiffers,
    /// The user hasn't answered yet.
    DevicePending,
    DeviceDeclined,
    DeviceExpired,
    /// `prompt=none`, and nobody is signed in: there are no sessions here.
    LoginRequired,
    /// The user pressed cancel.
    Cancelled,
    /// An endpoint for forms was asked otherwise than by POST.
    OnlyPost,
    /// The same request may succeed in a moment.
    Busy,
    /// Our fault; the log says what.
    Failed,
}

/// The same for machines: status, OAuth's word, Entra's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    pub status: u16,
    pub error: &'static str,
    pub code: u32,
}

const fn parts(status: u16, error: &'static str, code: u32) -> Parts {
    Parts { status, error, code }
}

impl OAuthError {
    pub fn parts(&self) -> Parts {
        match self {
            OAuthError::Missing { .. } => parts(400, "invalid_request", 900_144),
            OAuthError::Malformed { .. } => parts(400, "invalid_request", 9_002_313),
            OAuthError::UnsupportedGrant => parts(400, "unsupported_grant_type", 70_003),
            OAuthError::UnsupportedResponseType => parts(400, "unsupported_response_type", 70_005),
            OAuthError::UnknownTenant { .. } => parts(400, "invalid_request", 90_002),
            OAuthError::UnknownClient { .. } => parts(400, "unauthorized_client", 700_016),
            OAuthError::ClientDisabled => parts(400, "unauthorized_client", 7_000_112),
            OAuthError::SecretMissing => parts(401, "invalid_client", 7_000_218),
            OAuthError::SecretWrong => parts(401, "invalid_client", 7_000_215),
            OAuthError::SecretExpired => parts(401, "invalid_client", 7_000_222),
            OAuthError::AssertionUnsupported => parts(401, "invalid_client", 700_027),
            OAuthError::PasswordWrong => parts(400, "invalid_grant", 50_126),
            OAuthError::UserDisabled => parts(400, "invalid_grant", 50_057),
            OAuthError::UserLocked => parts(400, "invalid_grant", 50_053),
            OAuthError::ScopeNotDefault { .. } => parts(400, "invalid_scope", 1_002_012),
            OAuthError::ScopeInvalid { .. } => parts(400, "invalid_scope", 70_011),
            OAuthError::UnknownResource { .. } => parts(400, "invalid_resource", 500_011),
            OAuthError::ConsentRequired => parts(400, "invalid_grant", 65_001),
            OAuthError::GrantInvalid => parts(400, "invalid_grant", 70_000),
            OAuthError::GrantExpired => parts(400, "invalid_grant", 70_008),
            OAuthError::CodeRedeemed => parts(400, "invalid_grant", 54_005),
            OAuthError::VerifierMismatch => parts(400, "invalid_grant", 501_481),
            OAuthError::ChallengeInvalid => parts(400, "invalid_request", 501_491),
            OAuthError::RedirectMismatch => parts(400, "invalid_request", 50_011),
            OAuthError::RedirectDiffers => parts(400, "invalid_grant", 500_112),
            OAuthError::DevicePending => parts(400, "authorization_pending", 70_016),
            OAuthError::DeviceDeclined => parts(400, "authorization_declined", 70_020),
            OAuthError::DeviceExpired => parts(400, "expired_token", 70_019),
            OAuthError::LoginRequired => parts(400, "login_required", 50_058),
            OAuthError::Cancelled => parts(400, "access_denied", 65_004),
            OAuthError::OnlyPost => parts(405, "invalid_request", 900_561),
            OAuthError::Busy => parts(503, "temporarily_unavailable", 90_033),
            OAuthError::Failed => parts(500, "server_error", 50_000),
        }
    }

    fn text(&self) -> String {
        match self {
            OAuthError::Missing { parameter } => {
                format!("The request body must contain the following parameter: '{parameter}'.")
            }
            OAuthError::Malformed { what } => format!("Invalid request. Request is malformed or invalid: {what}."),
            OAuthError::UnsupportedGrant => "The app requested an unsupported grant type.".into(),
            OAuthError::UnsupportedResponseType => "The app requested an unsupported response type.".into(),
            OAuthError::UnknownTenant { tenant } => {
                format!("Tenant '{}' not found. Check that the tenant id or domain is right.", short(tenant))
            }
            OAuthError::UnknownClient { client } => {
                format!("Application with identifier '{}' was not found in the directory.", short(client))
            }
            OAuthError::ClientDisabled => "The application is disabled.".into(),
            OAuthError::SecretMissing => {
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".into()
            }
            OAuthError::SecretWrong => "Invalid client secret provided. Send the secret's value, not its id.".into(),
            OAuthError::SecretExpired => "The provided client secret keys for the app are expired.".into(),
            OAuthError::AssertionUnsupported => "Client assertions are not accepted here; use a client secret.".into(),
            OAuthError::PasswordWrong => "Error validating credentials due to invalid username or password.".into(),
            OAuthError::UserDisabled => "The user account is disabled.".into(),
            OAuthError::UserLocked => "The account is locked after too many attempts with a wrong password.".into(),
            OAuthError::ScopeNotDefault { scope } => format!(
                "The provided value for scope {} is not valid. Client credential flows must have a scope value with \
                 /.default suffixed to the resource identifier (application ID URI).",
                short(scope)
            ),
            OAuthError::ScopeInvalid { scope } => {
                format!("The provided value for the input parameter 'scope' is not valid: {}.", short(scope))
            }
            OAuthError::UnknownResource { resource } => {
                format!("The resource principal named {} was not found in the tenant.", short(resource))
            }
            OAuthError::ConsentRequired => {
                "The user or administrator has not consented to use the application with these permissions.".into()
            }
            OAuthError::GrantInvalid => {
                "The provided grant is invalid, malformed or was issued to another client.".into()
            }
            OAuthError::GrantExpired => "The provided authorization code or refresh token has expired.".into(),
            OAuthError::CodeRedeemed => "The authorization code was already redeemed.".into(),
            OAuthError::VerifierMismatch => {
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.".into()
            }
            OAuthError::ChallengeInvalid => "The Code_Challenge supplied in the request is invalid.".into(),
            OAuthError::RedirectMismatch => {
                "The redirect URI specified in the request does not match those configured for the application.".into()
            }
            OAuthError::RedirectDiffers => {
                "The reply address does not match the one provided when requesting the authorization code.".into()
            }
            OAuthError::DevicePending => "Authorization is pending. Continue polling.".into(),
            OAuthError::DeviceDeclined => "The user declined to log in.".into(),
            OAuthError::DeviceExpired => "The device code has expired. Start again.".into(),
            OAuthError::LoginRequired => "Nobody is signed in, and the request forbids to ask.".into(),
            OAuthError::Cancelled => "The user cancelled the sign-in.".into(),
            OAuthError::OnlyPost => "The endpoint only accepts POST requests.".into(),
            OAuthError::Busy => "The server is busy. Try again in a moment.".into(),
            OAuthError::Failed => "The server could not answer; its log says why.".into(),
        }
    }

    /// `AADSTS…: ` and the sentence, for people and for the parameters of a redirect.
    pub fn message(&self) -> String {
        format!("AADSTS{}: {}", self.parts().code, self.text())
    }

    /// OAuth's word in an answer of the authorization endpoint, where one of them differs (OpenID
    /// Connect Core, 3.1.2.6).
    pub fn at_authorize(&self) -> &'static str {
        match self {
            OAuthError::ConsentRequired => "consent_required",
            other => other.parts().error,
        }
    }

    /// The JSON body. `now` is seconds of real time; the ids are for finding the log line.
    pub fn body(&self, now: i64, trace: Uuid, correlation: Uuid) -> Value {
        let Parts { error, code, .. } = self.parts();
        let timestamp = timestamp(now);
        json!({
            "error": error,
            "error_description": format!(
                "{} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
                self.message()
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        })
    }
}

/// What a caller sent, cut to a length that a message bears, without control characters.
fn short(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(200).collect()
}

/// `2026-11-22 05:52:01Z`
fn timestamp(now: i64) -> String {
    let (days, second) = (now.div_euclid(86_400), now.rem_euclid(86_400));
    // Days since 0000-03-01, in eras of 400 years: Howard Hinnant, "chrono-compatible date algorithms".
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_what_clients_read() {
        let body = OAuthError::SecretWrong.body(1_795_326_721, Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(body["error"], "invalid_client");
        assert_eq!(body["error_codes"], json!([7_000_215]));
        assert!(body["error_description"].as_str().unwrap().starts_with("AADSTS7000215: "));
        assert_eq!(body["timestamp"], "2026-11-22 05:52:01Z");
        for id in ["trace_id", "correlation_id"] {
            assert_eq!(body[id].as_str().unwrap().len(), 36);
        }
    }

    #[test]
    fn times_are_right_at_the_edges() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29 00:00:00Z");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59Z");
    }

    #[test]
    fn what_was_sent_comes_back_short() {
        let error = OAuthError::UnknownClient { client: format!("\n{}", "x".repeat(5000)) };
        let body = error.body(0, Uuid::nil(), Uuid::nil());
        assert!(body["error_description"].as_str().unwrap().len() < 500);
    }
}
