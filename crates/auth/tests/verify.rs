//! Tokens, good and forged, at the door.
#![allow(clippy::unwrap_used, reason = "a test may")]

use auth::caller::IdentityKind;
use auth::issuer::keys::{SigningKey, jwks};
use auth::issuer::mint::{AccessToken, IdToken, Subject, TokenUser, access_token, client_info, id_token};
use auth::permission::{Permission, Permissions};
use auth::verify::{Issuer, Issuers, KeySet, TOKEN_BYTES, TenantRule, TokenFault, bearer, verify};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

const NOW: i64 = 1_795_000_000;
const BASE: &str = "https://localhost:8443";
const TENANT: Uuid = Uuid::from_u128(0x7e);
const USER: Uuid = Uuid::from_u128(0xada);
const APP: Uuid = Uuid::from_u128(0xa);

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(NOW).unwrap());
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(NOW).unwrap());

fn issuers() -> Issuers {
    let mut fixed = Issuer::outside("https://idp.test/realms/one", vec!["doorward".into()], TenantRule::Fixed(TENANT));
    fixed.claims.principal = "sub".into();
    fixed.claims.scopes = "scope".into();
    Issuers(vec![fixed, Issuer::embedded([BASE.to_owned()])])
}

fn keys(id: &str) -> Option<Arc<KeySet>> {
    let key = if id == "embedded" { &KEY } else { &OTHER };
    Some(Arc::new(KeySet::parse(&serde_json::to_vec(&jwks(&[&**key], NOW)).unwrap()).unwrap()))
}

fn check(token: &str) -> Result<auth::caller::Identity, TokenFault> {
    verify(token, &issuers(), keys, NOW, 60)
}

fn user() -> TokenUser {
    TokenUser { id: USER, user_principal_name: "ada@doorward.test".into(), display_name: "Ada".into() }
}

fn access() -> AccessToken {
    AccessToken {
        base: BASE.into(),
        tenant: TENANT,
        audience: "https://graph.microsoft.com".into(),
        app: APP,
        app_name: "CI".into(),
        subject: Subject::User { user: user(), scopes: Permissions::of(&[Permission::OpenId, Permission::UserRead]) },
        issued_at: NOW,
        lifetime: 3600,
        uti: Uuid::from_u128(1),
    }
}

/// A token with these claims over those of a good one; null takes a claim away.
fn with(changes: Value) -> String {
    KEY.sign(&changed(changes)).unwrap()
}

fn changed(changes: Value) -> Value {
    let good = access_token(&KEY, &access()).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(good.split('.').nth(1).unwrap()).unwrap();
    let mut claims: Value = serde_json::from_slice(&payload).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn raw(header: Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[test]
fn a_users_token_says_who_and_what() {
    let identity = check(&access_token(&KEY, &access()).unwrap()).unwrap();
    assert_eq!((identity.tenant, identity.principal, identity.app), (TENANT, USER, APP));
    assert_eq!(identity.kind, IdentityKind::Delegated);
    assert_eq!(identity.permissions.names(), ["openid", "User.Read"]);
    assert_eq!((identity.name.as_str(), identity.expires_at), ("ada@doorward.test", NOW + 3600));
}

#[test]
fn an_applications_token_says_who_and_what() {
    let roles = Permissions::of(&[Permission::EntitlementReadWrite]);
    let subject = Subject::Application { service_principal: Uuid::from_u128(9), roles };
    let identity = check(&access_token(&KEY, &AccessToken { subject, ..access() }).unwrap()).unwrap();
    assert_eq!((identity.kind, identity.principal), (IdentityKind::Application, Uuid::from_u128(9)));
    assert_eq!((identity.permissions, identity.name.as_str()), (roles, "CI"));
}

#[test]
fn kinds_are_told_apart_without_idtyp() {
    let kind = |changes| check(&with(changes)).map(|identity| (identity.kind, identity.permissions.names()));
    let roles = json!(["Group.Read.All"]);
    assert_eq!(kind(json!({ "idtyp": null })), Ok((IdentityKind::Delegated, vec!["openid", "User.Read"])));
    assert_eq!(kind(json!({ "idtyp": null, "roles": roles })).unwrap().0, IdentityKind::Delegated);
    assert_eq!(
        kind(json!({ "idtyp": null, "scp": null, "roles": roles })),
        Ok((IdentityKind::Application, vec!["Group.Read.All"]))
    );
    assert_eq!(kind(json!({ "idtyp": null, "scp": null })), Ok((IdentityKind::Delegated, vec![])));
    assert_eq!(
        kind(json!({ "idtyp": null, "scp": null, "sub": USER })),
        Ok((IdentityKind::Application, vec![])),
        "an application is its own subject"
    );
}

/// Scopes in a claim of an application's token, and roles in a user's, grant nothing.
#[test]
fn claims_of_the_other_kind_count_for_nothing() {
    let permissions = |changes| check(&with(changes)).unwrap().permissions.names();
    assert!(permissions(json!({ "idtyp": "app", "scp": "User.Read.All" })).is_empty());
    assert_eq!(permissions(json!({ "roles": ["User.ReadWrite.All"] })), ["openid", "User.Read"]);
}

#[test]
fn another_issuers_token_with_other_claim_names() {
    let claims = json!({
        "iss": "https://idp.test/realms/one", "aud": ["account", "doorward"], "exp": NOW as f64 + 10.5,
        "sub": USER, "azp": "my-client", "scope": "openid User.Read.All", "preferred_username": "ada",
    });
    let identity = check(&OTHER.sign(&claims).unwrap()).unwrap();
    assert_eq!((identity.tenant, identity.principal, identity.app), (TENANT, USER, Uuid::nil()));
    assert_eq!(identity.permissions.names(), ["openid", "User.Read.All"]);
    // The same claims by our own key, and ours by theirs.
    assert!(matches!(check(&KEY.sign(&claims).unwrap()), Err(TokenFault::UnknownKey { .. })));
    assert!(matches!(check(&OTHER.sign(&changed(json!({}))).unwrap()), Err(TokenFault::UnknownKey { .. })));
}

#[test]
fn forged_and_stale_tokens_are_told_apart() {
    use TokenFault::*;
    let good = access_token(&KEY, &access()).unwrap();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let payload = changed(json!({}));
    let kid = KEY.kid();
    let malformed = |token: &str| assert!(matches!(check(token), Err(Malformed { .. })), "{token}");
    let unknown_key = UnknownKey { issuer: "embedded".into(), kid: "another".into() };

    // HMAC with the public key as its secret, in the forms that forgers try.
    let modulus = serde_json::to_vec(KEY.public()).unwrap();
    let mut hs256 = Header::new(Algorithm::HS256);
    hs256.kid = Some(kid.into());
    let hmac = jsonwebtoken::encode(&hs256, &payload, &EncodingKey::from_secret(&modulus)).unwrap();

    let mut bent: Vec<u8> = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bent[17] ^= 1;
    let wider = payload_with(&payload, json!({ "scp": "User.ReadWrite.All" }));

    let table: Vec<(&str, String, TokenFault)> = vec![
        ("alg none", raw(json!({ "alg": "none", "kid": kid }), &payload, ""), AlgorithmNotAllowed),
        ("alg None", raw(json!({ "alg": "None", "kid": kid }), &payload, signature), AlgorithmNotAllowed),
        ("hmac", hmac, AlgorithmNotAllowed),
        ("another family", raw(json!({ "alg": "ES256", "kid": kid }), &payload, signature), AlgorithmNotAllowed),
        ("another padding", raw(json!({ "alg": "PS256", "kid": kid }), &payload, signature), AlgorithmNotAllowed),
        ("unknown kid", raw(json!({ "alg": "RS256", "kid": "another" }), &payload, signature), unknown_key),
        ("foreign key", raw(json!({ "alg": "RS256", "kid": kid }), &wider, signature), BadSignature),
        ("no signature", format!("{head}."), BadSignature),
        ("bent signature", format!("{head}.{}", URL_SAFE_NO_PAD.encode(bent)), BadSignature),
        ("not base64", format!("{head}.!!!"), BadSignature),
        ("other audience", with(json!({ "aud": "https://other.test" })), WrongAudience),
        ("audience that begins alike", with(json!({ "aud": format!("{BASE}.evil.test") })), WrongAudience),
        ("no audience", with(json!({ "aud": null })), WrongAudience),
        ("expired", with(json!({ "exp": NOW - 60 })), Expired),
        ("not yet", with(json!({ "nbf": NOW + 61 })), NotYetValid),
        ("other tenant", with(json!({ "tid": Uuid::from_u128(8) })), WrongTenant),
        ("no tenant", with(json!({ "tid": null })), WrongTenant),
        ("other issuer", with(json!({ "iss": "https://idp.test/realms/two" })), UnknownIssuer),
        ("id token", id(), WrongAudience),
    ];
    for (what, token, fault) in table {
        assert_eq!(check(&token), Err(fault), "{what}");
    }
    for token in ["x", "a.b", "a.b.c", "a.b.c.d", "..", "é.é.é", &format!("{good}.x"), &"x".repeat(TOKEN_BYTES + 1)]
    {
        malformed(token);
    }
    malformed(&with(json!({ "exp": null })));
    malformed(&with(json!({ "oid": "ada" })));
    malformed(&with(json!({ "iss": null })));
    malformed(&raw(json!({ "alg": "RS256", "kid": kid, "crit": ["b64"] }), &payload, signature));
    assert_eq!(check(""), Err(Missing));
}

fn payload_with(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn id() -> String {
    let token = IdToken {
        base: BASE.into(),
        tenant: TENANT,
        app: APP,
        user: user(),
        issued_at: NOW,
        lifetime: 3600,
        nonce: Some("n".into()),
    };
    id_token(&KEY, &token).unwrap()
}

#[test]
fn id_tokens_have_what_clients_read() {
    let token = id();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    for name in ["iss", "aud", "exp", "iat", "sub", "oid", "tid", "preferred_username", "name", "ver", "nonce"] {
        assert!(!claims[name].is_null(), "{name}");
    }
    assert_ne!(claims["sub"], claims["oid"]);
    let info: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(client_info(USER, TENANT)).unwrap()).unwrap();
    assert_eq!(info, json!({ "uid": USER, "utid": TENANT }));
}

#[test]
fn within_leeway_and_under_every_name() {
    for changes in [
        json!({ "exp": NOW - 59 }),
        json!({ "nbf": NOW + 60 }),
        json!({ "aud": "00000003-0000-0000-c000-000000000000" }),
        json!({ "aud": "https://graph.microsoft.com/" }),
        json!({ "aud": BASE }),
        json!({ "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0") }),
    ] {
        assert!(check(&with(changes.clone())).is_ok(), "{changes}");
    }
}

#[test]
fn the_header_is_read() {
    assert_eq!(bearer(Some(b"Bearer a.b.c")), Ok(b"a.b.c".as_slice()));
    assert_eq!(bearer(Some(b"bearer  a.b.c ")), Ok(b"a.b.c".as_slice()));
    assert_eq!(bearer(None), Err(TokenFault::Missing));
    assert_eq!(bearer(Some(b"Bearer ")), Err(TokenFault::Missing));
    assert!(matches!(bearer(Some(b"Basic abc")), Err(TokenFault::Malformed { .. })));
    assert!(matches!(bearer(Some("x".repeat(TOKEN_BYTES + 1).as_bytes())), Err(TokenFault::Malformed { .. })));
}

proptest! {
    #[test]
    fn any_text_is_refused(text in "[A-Za-z0-9_.-]{0,300}|.{0,100}") {
        prop_assert!(check(&text).is_err());
        let _ = bearer(Some(text.as_bytes()));
    }

    #[test]
    fn any_claims_are_judged(
        header in "\\PC{0,60}",
        name in "[a-z_]{1,10}",
        value in prop_oneof![Just(json!(null)), Just(json!([1, "x"])), Just(json!(1e300)), Just(json!({ "a": 1 })), any::<i64>().prop_map(|n| json!(n))],
    ) {
        let _ = check(&raw(json!({ "alg": header }), &json!({ name.clone(): value.clone() }), "x"));
        let _ = check(&KEY.sign(&payload_with(&json!({ "iss": format!("{BASE}/{TENANT}/v2.0") }), json!({ name: value }))).unwrap());
    }
}
