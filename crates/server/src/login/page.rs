//! The pages: plain forms that need no script and work in a text browser. Everything that comes from
//! a request is escaped by the templates; the headers allow a page nothing but its own style, and
//! forms to where they must go.

use super::web::{Call, Fault};
use askama::Template;
use auth::issuer::oauth_error::OAuthError;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode};
use std::sync::LazyLock;

const STYLE: &str = "\
body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1b1b1f;background:#f3f3f6}\
main{max-width:24rem;margin:3rem auto;padding:2rem;background:#fff;border:1px solid #c7c7d1;border-radius:.5rem}\
h1{margin:0 0 .5rem;font-size:1.4rem}p{margin:.5rem 0}label{display:block;margin-top:1rem;font-weight:600}\
input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid #5e5e68;border-radius:.25rem}\
button{margin:1.25rem .5rem 0 0;padding:.5rem 1.25rem;font:inherit;border:1px solid #1f4e9c;border-radius:.25rem;\
background:#1f4e9c;color:#fff}button.quiet{background:#fff;color:#1f4e9c}\
[role=alert]{padding:.5rem .75rem;border-left:.25rem solid #b3261e;background:#fcecea}\
@media(prefers-color-scheme:dark){body{color:#e8e8ee;background:#17171b}main{background:#222228;border-color:#4a4a55}\
input{color:inherit;background:#17171b}button.quiet{background:#222228;color:#a9c4f5}[role=alert]{background:#41201d}}";
/// Sends the form where there are scripts; where there are none, there is a button.
const SCRIPT: &str = "document.forms[0].submit()";

/// Asks for a user's password.
#[derive(Template)]
#[template(path = "login/sign_in.html")]
pub struct SignIn<'a> {
    pub application: &'a str,
    pub action: &'a str,
    pub request: &'a str,
    pub username: &'a str,
    pub problem: Option<&'a str>,
}

/// Asks for the code that a device shows.
#[derive(Template)]
#[template(path = "login/device_code.html")]
pub struct DeviceCode<'a> {
    pub action: &'a str,
    pub user_code: &'a str,
    pub problem: Option<&'a str>,
}

/// Asks whether the device may sign in, and for the password of who says so.
#[derive(Template)]
#[template(path = "login/device_approve.html")]
pub struct DeviceApprove<'a> {
    pub application: &'a str,
    pub permissions: &'a [&'static str],
    pub action: &'a str,
    pub request: &'a str,
    pub username: &'a str,
    pub problem: Option<&'a str>,
}

/// Says something, and is the end.
#[derive(Template)]
#[template(path = "login/message.html")]
pub struct Message<'a> {
    pub title: &'a str,
    pub text: &'a str,
}

/// Carries an answer to the application by POST.
#[derive(Template)]
#[template(path = "login/form_post.html")]
pub struct FormPost<'a> {
    pub action: &'a str,
    pub fields: &'a [(&'static str, String)],
}

/// A page. `target` is the address that its form may lead to, beside this server.
pub fn page(status: u16, template: &impl Template, target: Option<&str>) -> Response {
    render(status, template, target, "")
}

/// A page that sends its form by itself.
pub fn posting(template: &FormPost<'_>) -> Response {
    static HASH: LazyLock<String> = LazyLock::new(|| format!(" script-src '{}';", hash(SCRIPT)));
    render(200, template, Some(template.action), &HASH)
}

/// What went wrong, for a user: nothing is sent to any other address.
pub fn problem(call: &Call, fault: Fault) -> Response {
    let error = call.told(fault);
    let text = error.message();
    let status = if error.parts().status >= 500 { error.parts().status } else { 400 };
    let mut response = page(status, &Message { title: "This sign-in doesn't work", text: &text }, None);
    if status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn render(status: u16, template: &impl Template, target: Option<&str>, script: &str) -> Response {
    static HASH: LazyLock<String> = LazyLock::new(|| hash(STYLE));
    let (status, body) = match template.render() {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "a page can't be written");
            (500, String::new())
        }
    };
    let target = target.and_then(source).map(|source| format!(" {source}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src '{}';{script} form-action 'self'{target}; frame-ancestors 'none'; base-uri 'none'",
        *HASH
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// The source by which a policy names an address: scheme and host, or the scheme alone where the
/// grammar of policies has no word for the host.
fn source(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once(':')?;
    let plain = |text: &str, also: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
    };
    if !plain(scheme, b"+-.") {
        return None;
    }
    let host = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        Some(host) if plain(host, b".-:") => Some(format!("{scheme}://{host}")),
        _ => Some(format!("{scheme}:")),
    }
}

/// Refuses a form that another site sent: nobody fills in our pages there.
///
/// # Errors
/// [`OAuthError::Malformed`].
pub fn same_site(headers: &HeaderMap) -> Result<(), OAuthError> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    match site {
        None | Some("same-origin" | "none") => Ok(()),
        Some(_) => Err(OAuthError::Malformed { what: "the form was sent by another site" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_name_where_a_form_may_lead() {
        for (address, expected) in [
            ("https://app.test/back?x", Some("https://app.test")),
            ("http://localhost:61234", Some("http://localhost:61234")),
            ("http://[::1]:7/x", Some("http:")),
            ("myapp://auth", Some("myapp://auth")),
            ("urn:ietf:wg:oauth:2.0:oob", Some("urn:")),
            ("https://x; script-src *", Some("https:")),
            ("a b:c", None),
            ("", None),
        ] {
            assert_eq!(source(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let evil = "\"><script>alert(1)</script>";
        let page = SignIn { application: evil, action: evil, request: evil, username: evil, problem: Some(evil) };
        assert!(!page.render().unwrap().contains("<script"));
        let page = FormPost { action: evil, fields: &[("state", evil.to_owned())] };
        assert!(!page.render().unwrap().contains("<script>alert"));
        let page = Message { title: evil, text: evil };
        assert!(!page.render().unwrap().contains("<script"));
    }
}
