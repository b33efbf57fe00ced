//! The forms of the token, device code and authorization endpoints, as their types. Fields that
//! clients send and nobody needs (`claims`, `x-client-*`, `client_info`) are passed over.

use super::form::{Form, decode};
use super::oauth_error::OAuthError;
use super::pkce::Challenge;
use super::scope::is_sign_in_only;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A text that must not be seen: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    pub fn new(text: impl Into<String>) -> Hidden {
        Hidden(text.into())
    }

    /// The text itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// What a client wants a token for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Without a scope it would be refused, so that is there.
    ClientCredentials {
        scope: String,
    },
    Password {
        username: String,
        password: Hidden,
    },
    RefreshToken {
        token: Hidden,
    },
    AuthorizationCode {
        code: Hidden,
        redirect_uri: Option<String>,
        verifier: Option<Hidden>,
    },
    DeviceCode {
        code: Hidden,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    pub client_id: String,
    pub secret: Option<Hidden>,
    pub grant: Grant,
    /// Scope of users' flows. Python's device flow sends none: it is then the device request's.
    pub scope: Option<String>,
}

/// Reads the form of the token endpoint. `basic` is the `Authorization` header, if there is one.
///
/// # Errors
/// [`OAuthError::Missing`] and its likes.
pub fn token(body: &str, basic: Option<&str>) -> Result<TokenRequest, OAuthError> {
    let form = Form::parse(body).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
    let field = |name: &'static str| form.get(name).map_err(|fault| OAuthError::Malformed { what: fault.0 });
    let need = |name: &'static str| field(name)?.ok_or(OAuthError::Missing { parameter: name });
    let (basic_id, basic_secret) = basic.map(credentials).transpose()?.flatten().unzip();

    let grant_type = need("grant_type")?;
    // The endpoint of version 1 names the resource; ADAL for Java sends `scope=openid` beside it.
    let names_nothing = |scope: &str| grant_type == "client_credentials" && is_sign_in_only(scope);
    let scope = match (field("scope")?, field("resource")?) {
        (Some(scope), Some(_)) if !names_nothing(scope) => Some(scope.to_owned()),
        (_, Some(resource)) => Some(format!("{}/.default", resource.trim_end_matches('/'))),
        (scope, None) => scope.map(str::to_owned),
    };
    let grant = match grant_type {
        "client_credentials" => {
            Grant::ClientCredentials { scope: scope.clone().ok_or(OAuthError::Missing { parameter: "scope" })? }
        }
        "password" => {
            Grant::Password { username: need("username")?.to_owned(), password: Hidden::new(need("password")?) }
        }
        "refresh_token" => Grant::RefreshToken { token: Hidden::new(need("refresh_token")?) },
        "authorization_code" => Grant::AuthorizationCode {
            code: Hidden::new(need("code")?),
            redirect_uri: field("redirect_uri")?.map(str::to_owned),
            verifier: field("code_verifier")?.map(Hidden::new),
        },
        // MSAL for Python also sends `code`, MSAL for Node the grant's old name.
        "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
            let code = match field("device_code")? {
                Some(code) => code,
                None => field("code")?.ok_or(OAuthError::Missing { parameter: "device_code" })?,
            };
            Grant::DeviceCode { code: Hidden::new(code) }
        }
        _ => return Err(OAuthError::UnsupportedGrant),
    };
    let client_id = match (field("client_id")?, basic_id) {
        (Some(id), Some(basic)) if id != basic => {
            return Err(OAuthError::Malformed { what: "two different clients are named" });
        }
        (Some(id), _) => id.to_owned(),
        (None, Some(basic)) => basic,
        (None, None) => return Err(OAuthError::Missing { parameter: "client_id" }),
    };
    let secret = field("client_secret")?.map(Hidden::new).or(basic_secret);
    if secret.is_none() && field("client_assertion")?.is_some() {
        return Err(OAuthError::AssertionUnsupported);
    }
    Ok(TokenRequest { client_id, secret, grant, scope })
}

/// What a device asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    pub client_id: String,
    pub scope: String,
}

/// Reads the form of the device code endpoint.
///
/// # Errors
/// [`OAuthError::Missing`] and its likes.
pub fn device(body: &str) -> Result<DeviceRequest, OAuthError> {
    let form = Form::parse(body).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
    let need = |name: &'static str| match form.get(name) {
        Ok(value) => value.map(str::to_owned).ok_or(OAuthError::Missing { parameter: name }),
        Err(fault) => Err(OAuthError::Malformed { what: fault.0 }),
    };
    Ok(DeviceRequest { client_id: need("client_id")?, scope: need("scope")? })
}

/// Where the answer of an authorization request would go. It may only go there once client and
/// address are found to belong together; everything else about the request is judged after that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub form_post: bool,
}

/// Reads that much of the authorization endpoint's query.
///
/// # Errors
/// [`OAuthError::Missing`] or [`OAuthError::Malformed`]: to be shown to the user.
pub fn reply_to(query: &str) -> Result<ReplyTo, OAuthError> {
    let form = Form::parse(query).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
    let field = |name: &'static str| match form.get(name) {
        Ok(value) => Ok(value.map(str::to_owned)),
        Err(fault) => Err(OAuthError::Malformed { what: fault.0 }),
    };
    let need = |name: &'static str| field(name)?.ok_or(OAuthError::Missing { parameter: name });
    Ok(ReplyTo {
        client_id: need("client_id")?,
        redirect_uri: need("redirect_uri")?,
        state: field("state")?,
        form_post: field("response_mode")?.as_deref() == Some("form_post"),
    })
}

/// What a browser is sent with to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: Option<Challenge>,
    /// The user to propose.
    pub login_hint: Option<String>,
    /// `response_mode=form_post`; otherwise the answer goes into the query.
    pub form_post: bool,
    /// `prompt`, as it was sent.
    pub prompt: Option<String>,
}

/// Reads the query of the authorization endpoint.
///
/// Until client and address are found to belong together, an error must be shown to the user and
/// not sent to the address.
///
/// # Errors
/// [`OAuthError::Missing`] and its likes; [`OAuthError::UnsupportedResponseType`] for anything but
/// the code flow.
pub fn authorize(query: &str) -> Result<AuthorizeRequest, OAuthError> {
    let form = Form::parse(query).map_err(|fault| OAuthError::Malformed { what: fault.0 })?;
    let field = |name: &'static str| match form.get(name) {
        Ok(value) => Ok(value.map(str::to_owned)),
        Err(fault) => Err(OAuthError::Malformed { what: fault.0 }),
    };
    let need = |name: &'static str| field(name)?.ok_or(OAuthError::Missing { parameter: name });
    let client_id = need("client_id")?;
    let redirect_uri = need("redirect_uri")?;
    if need("response_type")? != "code" {
        return Err(OAuthError::UnsupportedResponseType);
    }
    let form_post = match field("response_mode")?.as_deref() {
        None | Some("query") => false,
        Some("form_post") => true,
        Some(_) => return Err(OAuthError::Malformed { what: "response_mode must be query or form_post" }),
    };
    let challenge = Challenge::parse(field("code_challenge")?.as_deref(), field("code_challenge_method")?.as_deref())
        .map_err(|_| OAuthError::ChallengeInvalid)?;
    Ok(AuthorizeRequest {
        client_id,
        redirect_uri,
        scope: need("scope")?,
        state: field("state")?,
        nonce: field("nonce")?,
        challenge,
        login_hint: field("login_hint")?,
        form_post,
        prompt: field("prompt")?,
    })
}

/// Whether the address may be answered to: one of the registered ones, or, as RFC 8252 (7.3) has it
/// for programs on the user's machine, one that differs only by the port of this machine.
pub fn redirect_allowed(registered: &[&str], asked: &str) -> bool {
    if asked.contains('#') {
        return false;
    }
    registered.iter().any(|known| *known == asked || loopback(known).is_some_and(|one| Some(one) == loopback(asked)))
}

/// Whether an address may be registered as one that people are sent back to: absolute and without fragment
/// (RFC 6749, 3.1.2), and one that leads to a program: `https`, `http` on this machine, or a scheme that is a
/// native program's own. Those have a dot (RFC 8252, 7.1) or are Entra's; a scheme that a browser acts upon by
/// itself, such as `javascript`, has none.
pub fn redirect_possible(uri: &str) -> bool {
    let printable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`' | b'#');
    let Some((scheme, rest)) = uri.split_once(':').filter(|_| uri.bytes().all(printable)) else { return false };
    let (mut letters, scheme) = (scheme.bytes(), scheme.to_ascii_lowercase());
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let has_host =
        rest.strip_prefix("//").is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', ':', '@']));
    is_scheme
        && match scheme.as_str() {
            "https" => has_host,
            "http" => loopback(uri).is_some(),
            "urn" => rest == "ietf:wg:oauth:2.0:oob",
            // MSAL's on mobile devices, and its broker's on Windows.
            "ms-appx-web" => has_host,
            native => !rest.is_empty() && (native.contains('.') || native.starts_with("msal")),
        }
}

/// `http://localhost:8400/x` as host and path, for addresses of this machine only.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let name = ["localhost", "127.0.0.1", "[::1]"].into_iter().find(|name| {
        authority.strip_prefix(name).is_some_and(|port| {
            port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })?;
    Some((name, if path == "/" { "" } else { path }))
}

/// `Authorization: Basic`, whose halves are form-encoded before they are joined (RFC 6749, 2.3.1).
fn credentials(header: &str) -> Result<Option<(String, Hidden)>, OAuthError> {
    let malformed = || OAuthError::Malformed { what: "the Authorization header can't be read" };
    let Some((scheme, value)) = header.split_once(' ') else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let bytes = STANDARD.decode(value.trim()).map_err(|_| malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    let id = decode(id).map_err(|_| malformed())?;
    let secret = decode(secret).map_err(|_| malformed())?;
    Ok(Some((id, Hidden::new(secret))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCOPE: &str = "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";

    #[test]
    fn client_credentials_as_msal_sends_them() {
        let body = format!(
            "grant_type=client_credentials&client_id=c&client_secret=s%2Bs&client_info=1&{SCOPE}&claims=%7B%7D"
        );
        let request = token(&body, None).unwrap();
        assert_eq!(request.client_id, "c");
        assert_eq!(request.secret.as_ref().unwrap().expose(), "s+s");
        assert_eq!(request.grant, Grant::ClientCredentials { scope: "https://graph.microsoft.com/.default".into() });
        assert!(!format!("{request:?}").contains("s+s"));
    }

    #[test]
    fn basic_header_and_version_1() {
        let header = format!("Basic {}", STANDARD.encode("c:s%2Bs"));
        let request =
            token("grant_type=client_credentials&resource=https://graph.microsoft.com/", Some(&header)).unwrap();
        assert_eq!(request.client_id, "c");
        assert_eq!(request.secret.unwrap().expose(), "s+s");
        assert_eq!(request.scope.unwrap(), "https://graph.microsoft.com/.default");
        assert!(token("grant_type=client_credentials&client_id=d&scope=x", Some(&header)).is_err());
        let adal = "resource=https://graph.microsoft.com&scope=openid";
        let request = token(&format!("grant_type=client_credentials&{adal}"), Some(&header)).unwrap();
        assert_eq!(request.scope.unwrap(), "https://graph.microsoft.com/.default");
        let request = token(&format!("grant_type=refresh_token&refresh_token=r&{adal}"), Some(&header)).unwrap();
        assert_eq!(request.scope.unwrap(), "openid", "users' scopes stay as they were sent");
        let other = "grant_type=client_credentials&resource=https://graph.microsoft.com&scope=User.Read";
        assert_eq!(token(other, Some(&header)).unwrap().scope.unwrap(), "User.Read");
    }

    #[test]
    fn device_codes_by_every_name() {
        for body in [
            "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=c&device_code=d&code=d",
            "grant_type=device_code&client_id=c&device_code=d&scope=x",
            "grant_type=device_code&client_id=c&code=d",
        ] {
            assert_eq!(token(body, None).unwrap().grant, Grant::DeviceCode { code: Hidden::new("d") }, "{body}");
        }
    }

    #[test]
    fn faults_have_their_numbers() {
        for (body, code) in [
            ("", 900_144),
            ("grant_type=client_credentials&client_id=c", 900_144),
            ("grant_type=nonsense&client_id=c", 70_003),
            ("grant_type=password&username=u&client_id=c", 900_144),
            ("grant_type=client_credentials&scope=x", 900_144),
            ("grant_type=a&grant_type=b", 9_002_313),
            ("grant_type=client_credentials&scope=x&client_id=c&client_assertion=j", 700_027),
        ] {
            assert_eq!(token(body, None).unwrap_err().parts().code, code, "{body}");
        }
    }

    #[test]
    fn redirects_match_but_for_the_port_of_this_machine() {
        let registered = ["https://app.test/back", "http://localhost"];
        for asked in ["https://app.test/back", "http://localhost", "http://localhost:61234", "http://localhost:61234/"]
        {
            assert!(redirect_allowed(&registered, asked), "{asked}");
        }
        for asked in [
            "https://app.test/back/",
            "https://app.test/back?x",
            "http://localhost.evil.test",
            "http://localhost:1@evil.test/",
            "http://localhost:61234/other",
            "https://app.test/back#x",
            "",
        ] {
            assert!(!redirect_allowed(&registered, asked), "{asked}");
        }
    }

    #[test]
    fn addresses_lead_to_programs_and_never_into_the_page() {
        for good in [
            "https://app.test",
            "https://app.test:8443/back?x=1",
            "http://localhost:8400/x",
            "http://127.0.0.1",
            "http://[::1]:1/",
            "com.example.app:/back",
            "com.example.app://auth",
            "msal1234://auth",
            "ms-appx-web://microsoft.aad.brokerplugin/1",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert!(redirect_possible(good), "{good}");
        }
        for bad in [
            "",
            "not a url",
            "/back",
            "app.test/back",
            "https:",
            "https:///x",
            "https://app.test/#x",
            "https://app.test/ x",
            "http://app.test/",
            "http://localhost.evil.test/",
            "javascript:alert(1)//",
            "JavaScript:alert(1)",
            "java\tscript:x",
            " javascript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://app.test/1",
            "about:blank",
            "urn:x",
            ":x",
            "com.example.app:",
        ] {
            assert!(!redirect_possible(bad), "{bad}");
        }
    }

    #[test]
    fn the_authorization_query_is_read() {
        let query = "client_id=c&response_type=code&redirect_uri=http%3A%2F%2Flocalhost&scope=openid&state=s\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
        let request = authorize(query).unwrap();
        assert!(request.challenge.is_some() && !request.form_post);
        assert_eq!(authorize(&query.replace("code&", "token&")).unwrap_err(), OAuthError::UnsupportedResponseType);
        assert_eq!(authorize(&query.replace("S256", "S512")).unwrap_err(), OAuthError::ChallengeInvalid);
        assert_eq!(device("client_id=c&scope=openid").unwrap().scope, "openid");
        assert!(device("client_id=c").is_err());
    }

    proptest! {
        #[test]
        fn any_form_is_read(body in ".{0,300}", header in proptest::option::of(".{0,80}"), basic in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = token(&body, header.as_deref());
            let _ = token(&body, Some(&format!("Basic {}", STANDARD.encode(basic))));
            let _ = authorize(&body);
            let _ = device(&body);
            let _ = redirect_allowed(&["http://localhost"], &body);
        }
    }
}
