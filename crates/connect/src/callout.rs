//! CALLOUTS: from what happened to Graph's words, signed and posted. It must never follow a redirect, read
//! more than the status of an answer, or call an address of the house's own network unless it may.

use crate::Fault;
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What is told, as it waited in the outbox. Times are microseconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    pub extension: Uuid,
    pub url: String,
    /// In milliseconds.
    pub timeout: u64,
    pub retries: i64,
    stage: String,
    wait: Option<i64>,
    package: Uuid,
    package_name: String,
    catalog: Uuid,
    policy: Option<Uuid>,
    assignment: Option<Uuid>,
    answers: Option<Box<RawValue>>,
    request: Option<Uuid>,
    request_type: Option<String>,
    state: Option<String>,
    target: Option<Uuid>,
    target_name: Option<String>,
    target_subject: Option<Uuid>,
    requestor: Option<Uuid>,
    requestor_name: Option<String>,
    requestor_subject: Option<Uuid>,
}

/// Reads what waited.
///
/// # Errors
/// [`Fault::Never`] for a document that is none of a callout.
pub fn read(payload: &str) -> Result<Call, Fault> {
    serde_json::from_str(payload).map_err(|error| Fault::Never(format!("no callout: {error}")))
}

impl Call {
    /// The body: Graph's `accessPackageAssignmentRequestCalloutData`, in the same frame as the answer.
    #[must_use]
    pub fn body(&self, id: Uuid) -> String {
        let stage = format!("microsoft.graph.accessPackageCustomExtensionStage.{}", self.stage);
        let person = |object: Option<Uuid>, name: &Option<String>, subject: Option<Uuid>| {
            object.map(|object| json!({ "id": subject, "objectId": object, "displayName": name }))
        };
        let seconds = |micros: i64| format!("PT{}S", micros / 1_000_000);
        let answers: Value =
            self.answers.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_else(|| json!([]));
        let back = self.request.filter(|_| self.wait.is_some()).map(|request| {
            format!("/v1.0/identityGovernance/entitlementManagement/assignmentRequests/{request}/resume")
        });
        json!({
            "source": format!("/identityGovernance/entitlementManagement/catalogs/{}/customWorkflowExtensions/{}",
                self.catalog, self.extension),
            "type": stage,
            "data": {
                "@odata.type": "#microsoft.graph.accessPackageAssignmentRequestCalloutData",
                "stage": self.stage,
                "customExtensionStageInstanceId": id,
                "callbackConfiguration": self.wait.map(|wait| json!({ "timeoutDuration": seconds(wait) })),
                "callbackUriPath": back,
                "accessPackageAssignmentRequestId": self.request,
                "requestType": self.request_type,
                "state": self.state,
                "answers": answers,
                "accessPackage": { "id": self.package, "displayName": self.package_name },
                "accessPackageCatalog": { "id": self.catalog },
                "assignment": self.assignment.map(|id| json!({ "id": id, "assignmentPolicyId": self.policy })),
                "requestor": person(self.requestor, &self.requestor_name, self.requestor_subject),
                "target": person(self.target, &self.target_name, self.target_subject),
            },
        })
        .to_string()
    }
}

/// A new secret to sign with, written as libraries that verify signatures take it.
///
/// # Errors
/// [`Fault::Later`] when the machine has no randomness.
pub fn new_secret() -> Result<String, Fault> {
    let mut key = [0; 32];
    rand::fill(&mut key).map_err(|_| Fault::Later("no randomness".to_owned()))?;
    Ok(format!("whsec_{}", STANDARD.encode(key)))
}

/// The signature of a body (Standard Webhooks, version 1): `v1,` and the HMAC-SHA256 of id, time and body.
///
/// # Errors
/// [`Fault::Never`] for a secret that is none.
pub fn sign(secret: &str, id: Uuid, seconds: i64, body: &str) -> Result<String, Fault> {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = key.ok_or_else(|| Fault::Never("the extension has no secret to sign with".to_owned()))?;
    let signed = format!("{id}.{seconds}.{body}");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(tag)))
}

/// Calls extensions. Cheap to share; connections are kept for a while.
pub struct Caller {
    client: reqwest::Client,
    private: bool,
}

impl Caller {
    /// With `private`, addresses of this machine and of its network are called too.
    ///
    /// # Errors
    /// [`Fault::Never`] when there can be no client.
    pub fn new(private: bool) -> Result<Caller, Fault> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            // A proxy would look names up by itself.
            .no_proxy()
            .referer(false)
            .user_agent("Doorward")
            .dns_resolver(Arc::new(Guard { private }))
            .build();
        Ok(Caller { client: client.map_err(|error| Fault::Never(format!("callouts: {error}")))?, private })
    }

    /// Posts a call; `seconds` is the real time. Only the status of the answer is looked at.
    ///
    /// # Errors
    /// [`Fault::Never`] where the address can't be called, or the answer is a refusal or a redirect;
    /// [`Fault::Later`] where nobody answers, or the answer says that it may go better.
    pub async fn send(&self, id: Uuid, call: &Call, secret: &str, seconds: i64) -> Result<(), Fault> {
        let url = Url::parse(&call.url).map_err(|_| Fault::Never("its URL is none".to_owned()))?;
        // Names are looked at when they are resolved, addresses here.
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if !self.private && host.parse::<IpAddr>().is_ok_and(|address| !is_public(address)) {
            return Err(Fault::Never(PRIVATE.to_owned()));
        }
        if url.scheme() != "https" && !self.private {
            return Err(Fault::Never("it is not called in the clear".to_owned()));
        }
        let body = call.body(id);
        let signature = sign(secret, id, seconds, &body)?;
        let request = self
            .client
            .post(url)
            .timeout(Duration::from_millis(call.timeout))
            .header("content-type", "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature)
            .body(body);
        let answer = request.send().await.map_err(|error| unsent(&error))?;
        let status = answer.status();
        let again = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_server_error() || again.contains(&status) => {
                Err(Fault::Later(format!("it answers {status}")))
            }
            status => Err(Fault::Never(format!("it answers {status}"))),
        }
    }
}

const PRIVATE: &str = "its address is not public, and callouts.allow_private is not set";

/// Without the URL, in which there may be a key of the far end.
fn unsent(error: &reqwest::Error) -> Fault {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut last = None;
    while let Some(inner) = cause {
        if inner.is::<Barred>() {
            return Fault::Never(PRIVATE.to_owned());
        }
        last = Some(inner.to_string());
        cause = inner.source();
    }
    let what = if error.is_timeout() { "it takes too long".to_owned() } else { last.unwrap_or_default() };
    Fault::Later(format!("it does not answer: {what}"))
}

/// A name that leads only to where we may not go.
#[derive(Debug, thiserror::Error)]
#[error("no public address")]
struct Barred;

/// Resolves names, and leaves out the addresses that may not be called: what is connected to is what was
/// looked at.
struct Guard {
    private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found.filter(|each| private || is_public(each.ip())).collect();
            if open.is_empty() {
                return Err(Barred.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to nobody's own network or machine (RFC 6890 and its like).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(inner) => is_public_v4(inner),
            None => {
                let [first, second, third, ..] = address.segments();
                // What is global begins with 001; of that, tunnels and documentation are nobody's.
                let tunnel = first == 0x2002 || (first == 0x2001 && second < 0x0200);
                let example = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && third < 0x1000);
                (first & 0xe000) == 0x2000 && !tunnel && !example
            }
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let special = first == 192 && second == 0 && (third == 0 || third == 2);
    let bench = first == 198 && (second == 18 || second == 19);
    let unused = first == 0 || first >= 240;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || shared
        || special
        || bench
        || unused)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = r#"{"extension":"00000000-0000-4000-8000-000000000001","url":"http://10.0.0.1/","timeout":500,
        "retries":3,"stage":"assignmentRequestCreated","wait":300000000,
        "package":"00000000-0000-4000-8000-000000000002","packageName":"Ledger",
        "catalog":"00000000-0000-4000-8000-000000000003","request":"00000000-0000-4000-8000-000000000004"}"#;

    #[test]
    fn only_what_is_everybodys_is_public() {
        for text in ["8.8.8.8", "203.0.114.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.1",
            "198.18.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2002:a00:1::1",
            "64:ff9b::a00:1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    /// The example of the Standard Webhooks specification's reference implementations.
    #[test]
    fn a_signature_is_what_others_verify() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, &key),
            b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}",
        );
        assert_eq!(STANDARD.encode(signed), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let id = Uuid::nil();
        let signature = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, 5, "{}").unwrap();
        assert!(signature.starts_with("v1,") && signature != sign("whsec_AAAA", id, 5, "{}").unwrap());
        assert!(matches!(sign("nothing", id, 5, "{}"), Err(Fault::Never(_))));
    }

    #[tokio::test]
    async fn what_is_not_public_is_not_called() {
        let call = read(CALL).unwrap();
        let body: Value = serde_json::from_str(&call.body(Uuid::nil())).unwrap();
        assert_eq!(body["data"]["callbackConfiguration"]["timeoutDuration"], "PT300S");
        let caller = Caller::new(false).unwrap();
        for url in ["https://10.0.0.1/", "https://[::1]/", "https://localhost/", "http://example.com/"] {
            let call = Call { url: url.to_owned(), ..call.clone() };
            let refused = caller.send(Uuid::nil(), &call, "whsec_AAAA", 0).await;
            assert!(matches!(refused, Err(Fault::Never(_))), "{url}: {refused:?}");
        }
        assert!(matches!(read("{}"), Err(Fault::Never(_))));
    }
}
