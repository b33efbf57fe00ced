//! Content codings: gzip bodies in requests, with the limits on what they expand to, and compressed answers.

use crate::directory::{make_group, user};
use crate::login::support::{APP, GRAPH, SECRET, TENANT, application};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{Read, Write};
use testkit::{Answer, Client, on_each_engine, on_sqlite};

/// `odata::limits::BODY_BYTES`
const BODY_BYTES: usize = 4 * 1024 * 1024;
const MEMBERS: usize = 1024;
const SURFACES: [&str; 2] = ["v1.0", "beta"];

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(coded).read_to_end(&mut plain).unwrap();
    plain
}

fn group_body(name: &str) -> Vec<u8> {
    let body = json!({ "displayName": name, "mailEnabled": false, "mailNickname": "g", "securityEnabled": true });
    body.to_string().into_bytes()
}

/// A body that makes a group, as long as this.
fn padded(length: usize) -> Vec<u8> {
    let mut body = group_body("Padded");
    body.resize(length, b' ');
    body
}

/// The form by which the development client gets a token.
fn token_form() -> String {
    let fields = application(APP, SECRET, GRAPH);
    let fields = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace('/', "%2F")));
    fields.collect::<Vec<_>>().join("&")
}

fn coded(client: &Client) -> Client {
    client.with("Content-Encoding", "gzip")
}

/// Sends this to make a group on either surface.
async fn send(client: &Client, surface: &str, body: Vec<u8>) -> Answer {
    client.send_bytes("POST", &format!("/{surface}/groups"), body).await
}

#[track_caller]
fn is_unsupported(answer: Answer) {
    let answer = answer.expect(415).says("Content-Encoding");
    assert_eq!(answer.header("accept-encoding"), "gzip");
    assert_eq!(answer.json["error"]["details"][0]["target"], "Content-Encoding");
}

#[track_caller]
fn is_broken(answer: Answer) {
    let answer = answer.expect(400).says("Content-Encoding");
    assert_eq!(answer.json["error"]["details"][0]["target"], "Content-Encoding");
}

#[test]
fn gzip_body_is_read_by_every_method() {
    on_each_engine(async |house| {
        let app = coded(&house.app().await);
        for surface in SURFACES {
            let made = send(&app, surface, gzip(&group_body("Made"))).await.expect(201);
            let path = format!("/{surface}/groups/{}", made.id());
            let change = gzip(json!({ "description": "Changed" }).to_string().as_bytes());
            app.send_bytes("PATCH", &path, change).await.expect(204);
            assert_eq!(app.get(&path).await.expect(200).json["description"], "Changed");
            let (ann, bob) = (user(&house.app().await, "Ann").await, user(&house.app().await, "Bob").await);
            let link = json!({ "@odata.id": format!("{}/{surface}/users/{bob}", house.url()) });
            let manager = format!("/{surface}/users/{ann}/manager");
            app.send_bytes("PUT", &format!("{manager}/$ref"), gzip(link.to_string().as_bytes())).await.expect(204);
            assert_eq!(app.get(&manager).await.expect(200).id(), bob);
            let batch = json!({ "requests": [
                { "id": "1", "method": "GET", "url": format!("/groups/{}", made.id()) },
                { "id": "2", "method": "PATCH", "url": format!("/groups/{}", made.id()),
                  "headers": { "Content-Type": "application/json", "Content-Encoding": "gzip" },
                  "body": { "description": "In a batch" } },
            ] });
            let batch = gzip(batch.to_string().as_bytes());
            let answer = app.send_bytes("POST", &format!("/{surface}/$batch"), batch).await.expect(200);
            let statuses: Vec<&Value> =
                answer.json["responses"].as_array().unwrap().iter().map(|each| &each["status"]).collect();
            assert_eq!(statuses, [200, 204]);
            assert_eq!(app.get(&path).await.expect(200).json["description"], "In a batch");
            // A body that isn't there has no coding.
            app.send("DELETE", &path, None).await.expect(204);
        }
    });
}

#[test]
fn gzip_form_is_read_by_token_and_development_endpoints() {
    on_sqlite(async |house| {
        let form = token_form();
        let nobody = house.nobody().with("Content-Type", "application/x-www-form-urlencoded");
        let path = format!("/{TENANT}/oauth2/v2.0/token");
        let gzipped = coded(&nobody);
        let answer = gzipped.send_bytes("POST", &path, gzip(form.as_bytes())).await.expect(200);
        assert_eq!(answer.json["token_type"], "Bearer", "{}", answer.text());
        let answer = gzipped.send_bytes("POST", "/dev/token", gzip(b"user=ada@doorward.test")).await.expect(200);
        assert!(answer.json["access_token"].is_string(), "{}", answer.text());
        for path in [path.as_str(), "/dev/token"] {
            let other = nobody.with("Content-Encoding", "br").send_bytes("POST", path, b"x".to_vec()).await;
            assert_eq!((other.status, other.header("accept-encoding")), (415, "gzip"), "{}", other.text());
            assert!(other.text().contains("Content-Encoding"), "{}", other.text());
            let broken = gzipped.send_bytes("POST", path, b"user=ada@doorward.test".to_vec()).await;
            assert_eq!(broken.status, 400, "{}", broken.text());
            assert!(broken.text().contains("Content-Encoding"), "{}", broken.text());
            let large = gzipped.send_bytes("POST", path, gzip(&vec![0; 16 * BODY_BYTES])).await;
            assert_eq!(large.status, 413, "{}", large.text());
        }
    });
}

#[test]
fn content_encoding_is_gzip_once_or_identity() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let (plain, coded) = (group_body("Coded"), gzip(&group_body("Coded")));
        for surface in SURFACES {
            for name in ["gzip", "GZip", "x-gzip", "identity, gzip", "gzip,identity"] {
                send(&app.with("Content-Encoding", name), surface, coded.clone()).await.expect(201);
            }
            for name in ["identity", "Identity, identity"] {
                send(&app.with("Content-Encoding", name), surface, plain.clone()).await.expect(201);
            }
            for name in ["gzip, gzip", "gzip, x-gzip", "deflate", "br", "zstd", "compress", "gzip;q=1", "gzip, br"] {
                let client = app.with("Content-Encoding", name);
                is_unsupported(send(&client, surface, coded.clone()).await);
                is_unsupported(client.send_bytes("POST", &format!("/{surface}/$batch"), coded.clone()).await);
            }
        }
    });
}

#[test]
fn body_limit_counts_decompressed_bytes() {
    on_each_engine(async |house| {
        let plain = house.app().await;
        let app = coded(&plain);
        for surface in SURFACES {
            let batch = format!("/{surface}/$batch");
            send(&app, surface, gzip(&padded(BODY_BYTES))).await.expect(201);
            send(&app, surface, gzip(&padded(BODY_BYTES + 1))).await.expect(413).says("4194304");
            let mut requests = br#"{"requests":[{"id":"1","method":"GET","url":"/groups?$top=1"}]}"#.to_vec();
            requests.resize(BODY_BYTES, b' ');
            app.send_bytes("POST", &batch, gzip(&requests)).await.expect(200);
            requests.push(b' ');
            app.send_bytes("POST", &batch, gzip(&requests)).await.expect(413);
            send(&plain, surface, padded(BODY_BYTES)).await.expect(201);
            send(&plain, surface, padded(BODY_BYTES + 1)).await.expect(413);
            // A thousand to one, in a body of five kilobytes and in one of a hundred.
            for length in [BODY_BYTES + BODY_BYTES / 4, 25 * BODY_BYTES] {
                let bomb = gzip(&vec![b' '; length]);
                assert!(bomb.len() < length / 900, "{}", bomb.len());
                send(&app, surface, bomb.clone()).await.expect(413);
                app.send_bytes("POST", &batch, bomb).await.expect(413);
            }
        }
        // What is worth less compressed than it is long is bounded by its own length.
        let noise: Vec<u8> =
            (0..BODY_BYTES as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u8).collect();
        let stored = {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
            encoder.write_all(&noise).unwrap();
            encoder.finish().unwrap()
        };
        assert!(stored.len() > BODY_BYTES);
        send(&app, "v1.0", stored).await.expect(413);
    });
}

#[test]
fn gzip_stream_that_is_not_whole_is_refused() {
    on_each_engine(async |house| {
        let app = coded(&house.app().await);
        let whole = gzip(&group_body("Whole"));
        let large =
            gzip(&(0..200_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<_>>());
        for surface in SURFACES {
            for length in [1, 5, 10, 15, whole.len() / 2, whole.len() - 8, whole.len() - 1] {
                is_broken(send(&app, surface, whole[..length].to_vec()).await);
            }
            is_broken(send(&app, surface, large[..large.len() - 1].to_vec()).await);
            for at in [0, 2, whole.len() / 2, whole.len() - 6, whole.len() - 2] {
                let mut damaged = whole.clone();
                damaged[at] ^= 0x55;
                is_broken(send(&app, surface, damaged).await);
            }
            for more in [&b"more"[..], b"\0", b"\x1f\x8b", &[0; 512]] {
                is_broken(send(&app, surface, [whole.as_slice(), more].concat()).await);
            }
            is_broken(send(&app, surface, group_body("Plain")).await);
            is_broken(app.send_bytes("POST", &format!("/{surface}/$batch"), b"{\"requests\":[]}".to_vec()).await);
        }
    });
}

#[test]
fn gzip_members_are_read_one_after_the_other() {
    on_each_engine(async |house| {
        let app = coded(&house.app().await);
        let body = group_body("In parts");
        let of = |parts: usize| -> Vec<u8> {
            let (head, tail) = body.split_at(20);
            [gzip(head), gzip(b"").repeat(parts - 2), gzip(tail)].concat()
        };
        for surface in SURFACES {
            send(&app, surface, of(2)).await.expect(201);
            send(&app, surface, of(MEMBERS)).await.expect(201);
            send(&app, surface, of(MEMBERS + 1)).await.expect(413).says("Content-Encoding");
        }
    });
}

#[test]
fn coded_body_is_read_for_a_valid_token_only() {
    on_sqlite(async |house| {
        for client in [house.nobody(), house.bearer("not.a.token")] {
            for body in [gzip(&vec![0; 8 * BODY_BYTES]), b"no gzip".to_vec()] {
                for path in ["/v1.0/groups", "/beta/$batch"] {
                    coded(&client).send_bytes("POST", path, body.clone()).await.expect(401);
                    client.with("Content-Encoding", "br").send_bytes("POST", path, body.clone()).await.expect(401);
                }
            }
        }
    });
}

/// Holds that the answer comes compressed, and is what comes without.
async fn is_compressed(client: &Client, path: &str) {
    let plain = client.get(path).await;
    assert_eq!((plain.status, plain.header("content-encoding"), plain.header("vary")), (200, "", "Accept-Encoding"));
    let small = client.with("Accept-Encoding", "br;q=1.0, gzip;q=0.8, *;q=0.1").get(path).await;
    assert_eq!((small.status, small.header("content-encoding")), (200, "gzip"), "{path}");
    assert_eq!(small.header("vary"), "Accept-Encoding");
    assert_eq!(small.header("content-type"), plain.header("content-type"));
    assert_eq!(small.header("content-length"), small.body.len().to_string());
    assert!(small.body.len() < plain.body.len(), "{path}");
    // Figures of the process change from one look to the next.
    if path != "/metrics" {
        assert_eq!(gunzip(&small.body), plain.body, "{path}");
    }
    for refused in ["identity", "gzip;q=0", "gzip;q=0, *", "br"] {
        let answer = client.with("Accept-Encoding", refused).get(path).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, ""), "{path} {refused}");
    }
}

#[test]
fn answers_are_compressed_from_a_kilobyte_on() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let gzipped = app.with("Accept-Encoding", "gzip");
        let made = app.post("/v1.0/applications", json!({ "displayName": "Long" })).await.expect(201).id();
        for surface in SURFACES {
            let path = format!("/{surface}/applications/{made}");
            let value = format!("{path}/notes/$value");
            for (length, coding) in
                [(1023, ""), (1024, "gzip"), (64 * 1024, "gzip"), (64 * 1024 + 1, "gzip"), (3_000_000, "gzip")]
            {
                let notes = "Notes. ".repeat(length / 7 + 1)[..length].to_owned();
                app.patch(&path, json!({ "notes": notes })).await.expect(204);
                let answer = gzipped.get(&value).await;
                assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{length}");
                assert_eq!(answer.header("vary").is_empty(), coding.is_empty(), "{length}");
                let body = if coding.is_empty() { answer.body } else { gunzip(&answer.body) };
                assert_eq!(body, notes.into_bytes(), "{length}");
            }
            is_compressed(&app, &path).await;
            is_compressed(&app, &format!("/{surface}/groups")).await;
            is_compressed(&app, &format!("/{surface}/$metadata")).await;
        }
        is_compressed(&house.nobody(), "/metrics").await;
    });
}

#[test]
fn errors_and_empty_answers_are_not_compressed() {
    on_sqlite(async |house| {
        let app = house.app().await.with("Accept-Encoding", "gzip");
        let long = "x".repeat(3000);
        let error = app.get(&format!("/v1.0/users?$filter={long} eq 1")).await.expect(400);
        assert!(error.body.len() > 1024 && error.header("content-encoding").is_empty());
        let made = make_group(&app, "Some group", json!({})).await.expect(201);
        let change =
            app.patch(&format!("/v1.0/groups/{}", made.id()), json!({ "description": long })).await.expect(204);
        assert!(change.header("content-encoding").is_empty() && change.header("vary").is_empty());
        let head = app.raw("HEAD", "/v1.0/groups").await;
        assert_eq!((head.status, head.header("content-encoding"), head.body.len()), (405, "", 0));
        let head = app.raw("HEAD", "/metrics").await;
        assert_eq!((head.status, head.header("vary"), head.body.len()), (200, "Accept-Encoding", 0));
    });
}

#[test]
fn batch_is_compressed_as_a_whole() {
    on_each_engine(async |house| {
        let app = house.app().await;
        let get =
            |id: &str| json!({ "id": id, "method": "GET", "url": "/groups", "headers": { "Accept-Encoding": "gzip" } });
        let batch = json!({ "requests": [get("1"), get("2")] });
        for surface in SURFACES {
            let path = format!("/{surface}/$batch");
            let plain = app.post(&path, batch.clone()).await.expect(200);
            let small = app.with("Accept-Encoding", "gzip").post(&path, batch.clone()).await.expect(200);
            assert_eq!((plain.header("content-encoding"), small.header("content-encoding")), ("", "gzip"));
            let read: Value = serde_json::from_slice(&gunzip(&small.body)).unwrap();
            for response in read["responses"].as_array().unwrap() {
                assert!(response["body"]["value"].is_array(), "{response}");
                let headers = response["headers"].as_object().unwrap();
                assert!(headers.keys().all(|name| !name.eq_ignore_ascii_case("content-encoding")), "{response}");
            }
        }
    });
}

#[test]
fn answers_with_secrets_are_not_compressed() {
    on_each_engine(async |house| {
        let app = house.app().await.with("Accept-Encoding", "gzip");
        let made = app.post("/v1.0/applications", json!({ "displayName": "Robot" })).await.expect(201).id();
        let body = json!({ "passwordCredential": { "displayName": "long ".repeat(400) } });
        for surface in SURFACES {
            let path = format!("/applications/{made}/addPassword");
            let answer = app.post(&format!("/{surface}{path}"), body.clone()).await.expect(200);
            assert!(answer.json["secretText"].is_string() && answer.body.len() > 1024);
            assert_eq!((answer.header("content-encoding"), answer.header("cache-control")), ("", "no-store"));
            let item = json!({ "id": "1", "method": "POST", "url": path,
                "headers": { "Content-Type": "application/json" }, "body": body });
            let batch = json!({ "requests": [item, { "id": "2", "method": "GET", "url": "/groups" }] });
            let answer = app.post(&format!("/{surface}/$batch"), batch).await.expect(200);
            assert_eq!(answer.json["responses"][0]["status"], 200, "{}", answer.text());
            assert_eq!((answer.header("content-encoding"), answer.header("cache-control")), ("", "no-store"));
        }
        let nobody = house.nobody().with("Accept-Encoding", "gzip");
        let forms = nobody.with("Content-Type", "application/x-www-form-urlencoded");
        let token = forms.send("POST", "/dev/token", Some("user=ada@doorward.test".to_owned())).await;
        assert_eq!((token.status, token.header("content-encoding")), (200, ""));
        let path = format!("/{TENANT}/oauth2/v2.0/token");
        let token = forms.send("POST", &path, Some(token_form())).await;
        assert!(token.body.len() > 700, "{}", token.text());
        assert_eq!((token.status, token.header("content-encoding")), (200, ""));
        let page = nobody.get(&format!("/{TENANT}/oauth2/v2.0/authorize?client_id={APP}")).await;
        assert!(page.body.len() > 1024 && page.header("content-encoding").is_empty(), "{}", page.body.len());
    });
}
