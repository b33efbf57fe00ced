//! Content codings: reads gzip request bodies, and compresses answers for clients that accept gzip. It must
//! never hold more than the body limit of what a stream expands to, or keep an async thread busy for long.

use crate::error::Error;
use crate::line;
use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use http::{HeaderMap, HeaderValue};
use model::Version;
use odata::error::{Fault, FaultKind};
use odata::limits;
use std::io::{Cursor, Read, Write};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// The header that a request with an unsupported coding names.
pub const NAME: &str = "Content-Encoding";
pub const GZIP: HeaderValue = HeaderValue::from_static("gzip");
/// The value of `Vary` on answers whose coding depends on the request.
const VARIES: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// Answers from this size on are compressed: with its headers, a smaller one fits one packet as it is. It takes
/// some 9 µs for this size, 130 µs for 64 KiB and 2.3 ms for 1 MiB.
pub const ANSWER_BYTES: usize = 1024;
/// Members in one gzip body. Each costs a fixed effort, however little it expands to.
const MEMBERS: usize = 1024;
/// A compressed body up to this size is first tried on the async thread …
const INLINE_COMPRESSED: usize = 8 * 1024;
/// … until it has expanded to this. Answers up to this size are compressed there, too.
const INLINE_PLAIN: usize = 64 * 1024;

/// The threads that code large bodies: one for each processor, and never more.
pub struct Workers(Arc<Semaphore>);

impl Default for Workers {
    fn default() -> Workers {
        Workers(Arc::new(Semaphore::new(available_parallelism().map_or(2, |count| count.get()))))
    }
}

/// Whether the headers say that the body is coded, in whatever way.
pub fn is_coded(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_ENCODING)
}

/// Reads a body as its headers say that it is coded.
///
/// # Errors
/// [`FaultKind::ContentCoding`] for any other coding than gzip, and for more than one;
/// [`FaultKind::TooLarge`] where more comes out than a body may hold; [`FaultKind::Broken`] for a stream that
/// is cut off, damaged or followed by anything else.
pub async fn decoded(workers: &Workers, headers: &HeaderMap, body: Bytes) -> Result<Bytes, Error> {
    if body.is_empty() || !is_gzip(headers)? {
        return Ok(body);
    }
    let is_small = body.len() <= INLINE_COMPRESSED;
    let mut stream = Stream::new(body);
    if is_small && stream.expand(INLINE_PLAIN)? {
        return Ok(stream.plain.into());
    }
    let closed = |error: tokio::sync::AcquireError| Error::Internal(error.to_string());
    let permit = Arc::clone(&workers.0).acquire_owned().await.map_err(closed)?;
    let expanded = in_background(permit, move || {
        stream.expand(limits::BODY_BYTES).map(|is_whole| is_whole.then_some(stream.plain))
    });
    match expanded.await? {
        Ok(Some(plain)) => Ok(plain.into()),
        Ok(None) => {
            let message = format!("A body may hold {} bytes at the most, decompressed.", limits::BODY_BYTES);
            Err(Fault::new(FaultKind::TooLarge, "body", message).into())
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn in_background<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    // The permit belongs to the work, which goes on when nobody waits for it any more.
    let work = move || {
        let done = work();
        drop(permit);
        done
    };
    spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}

/// Whether a body with these headers is gzip; false if it isn't coded at all.
fn is_gzip(headers: &HeaderMap) -> Result<bool, Fault> {
    let mut is_gzip = false;
    for name in items(headers, &CONTENT_ENCODING) {
        let known = name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip");
        match name.is_empty() || name.eq_ignore_ascii_case("identity") {
            true => {}
            false if known && !is_gzip => is_gzip = true,
            false => {
                let message = format!("A body can be sent with '{NAME}: gzip', applied once, or without a coding.");
                return Err(Fault::new(FaultKind::ContentCoding, NAME, message));
            }
        }
    }
    Ok(is_gzip)
}

/// The entries of a header that is a list, from all lines on which it stands.
fn items<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> impl Iterator<Item = &'h str> {
    // A value that isn't text is no coding that anybody knows.
    headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap_or("?").split(',')).map(str::trim)
}

/// A gzip body on its way out: one or more members, one after the other.
struct Stream {
    member: GzDecoder<Cursor<Bytes>>,
    /// The number of the member.
    number: usize,
    plain: Vec<u8>,
}

impl Stream {
    fn new(body: Bytes) -> Stream {
        Stream { member: GzDecoder::new(Cursor::new(body)), number: 1, plain: Vec::new() }
    }

    /// Expands up to `limit` bytes in all; false if there are more. It can be called again with a higher limit.
    fn expand(&mut self, limit: usize) -> Result<bool, Fault> {
        loop {
            // One byte more than fits tells a stream that ends at the limit from one that goes on.
            let room = (limit + 1).saturating_sub(self.plain.len());
            let read = self.member.by_ref().take(room as u64).read_to_end(&mut self.plain);
            read.map_err(|_| {
                let message = format!("The body is not the complete gzip stream that '{NAME}' says it is.");
                Fault::new(FaultKind::Broken, NAME, message)
            })?;
            if self.plain.len() > limit {
                return Ok(false);
            }
            let rest = self.member.get_ref().clone();
            if rest.position() >= rest.get_ref().len() as u64 {
                return Ok(true);
            }
            if self.number == MEMBERS {
                let message = format!("A body with '{NAME}: gzip' may have {MEMBERS} members at the most.");
                return Err(Fault::new(FaultKind::TooLarge, NAME, message));
            }
            self.number += 1;
            self.member = GzDecoder::new(rest);
        }
    }
}

/// Whether a client takes gzip, and doesn't prefer plain answers (RFC 9110, section 12.5.3).
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut any, mut identity) = (None, None, 0);
    for item in items(headers, &ACCEPT_ENCODING) {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight(parameters);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = gzip.max(Some(weight)),
            "*" => any = Some(weight),
            "identity" => identity = weight,
            _ => {}
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && gzip >= identity
}

/// The weight in `q=0.5`, in thousandths. What can't be read is no acceptance.
fn weight(parameters: &str) -> u16 {
    let Some((name, value)) = parameters.split_once('=') else {
        return if parameters.trim().is_empty() { 1000 } else { 0 };
    };
    let value = value.trim().parse::<f32>().ok().filter(|value| (0.0..=1.0).contains(value));
    match (name.trim().eq_ignore_ascii_case("q"), value) {
        (true, Some(value)) => (value * 1000.0).round() as u16,
        _ => 0,
    }
}

/// How the body of an answer came to be coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// The same whatever the client accepts.
    Fixed,
    /// Plain, for this client or at this moment.
    Plain,
    Gzip,
}

impl Coding {
    /// Says so in the headers of the answer.
    pub fn describe(self, headers: &mut HeaderMap) {
        if self != Coding::Fixed {
            headers.insert(VARY, VARIES);
        }
        if self == Coding::Gzip {
            headers.insert(CONTENT_ENCODING, GZIP);
        }
    }
}

/// Compresses the body of an answer if that is worth it and the client takes it.
pub async fn negotiated(workers: &Workers, headers: &HeaderMap, body: &mut Vec<u8>) -> Coding {
    if body.len() < ANSWER_BYTES {
        return Coding::Fixed;
    }
    if !accepts_gzip(headers) {
        return Coding::Plain;
    }
    let plain = std::mem::take(body);
    let (coded, is_smaller) = match plain.len() <= INLINE_PLAIN {
        true => smaller(plain),
        false => Box::pin(smaller_in_background(workers, plain)).await,
    };
    *body = coded;
    if is_smaller { Coding::Gzip } else { Coding::Plain }
}

/// The same for a large answer. It stays as it is while every worker is busy: under such a load the client
/// gets it at once.
async fn smaller_in_background(workers: &Workers, plain: Vec<u8>) -> (Vec<u8>, bool) {
    let Ok(permit) = Arc::clone(&workers.0).try_acquire_owned() else {
        return (plain, false);
    };
    // Shared, so that nothing is lost if the work can't be done.
    let plain = Bytes::from(plain);
    let shared = plain.clone();
    match in_background(permit, move || gzip(&shared, Compression::fast())).await {
        Ok(Some(coded)) if coded.len() < plain.len() => (coded, true),
        _ => (plain.into(), false),
    }
}

/// The answer compressed, if that makes it smaller; and whether it does.
fn smaller(plain: Vec<u8>) -> (Vec<u8>, bool) {
    match gzip(&plain, Compression::fast()) {
        Some(coded) if coded.len() < plain.len() => (coded, true),
        _ => (plain, false),
    }
}

fn gzip(plain: &[u8], level: Compression) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4 + 128), level);
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// `$metadata`, compressed once.
pub async fn metadata(version: Version) -> Option<&'static [u8]> {
    static V1: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    static BETA: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let known = match version {
        Version::V1 => &V1,
        Version::Beta => &BETA,
    };
    if known.get().is_none() {
        let make = move || gzip(line::metadata(version).as_bytes(), Compression::best());
        let made = spawn_blocking(make).await.ok().flatten();
        // Two requests may have compressed it at once; both results are the same.
        let _ = known.set(made);
    }
    known.get()?.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        accepts_gzip(&headers)
    }

    #[test]
    fn accept_encoding_weights_decide() {
        for value in [
            "gzip",
            "GZIP",
            "x-gzip",
            "br, gzip",
            "*",
            "gzip;q=0.5",
            "gzip; q=0.001",
            "gzip, identity",
            "gzip;Q=1.0, *;q=0",
            "identity;q=0.5, gzip;q=0.8",
            "deflate, gzip;q=1.000",
        ] {
            assert!(accepts(value), "{value}");
        }
        for value in [
            "",
            "identity",
            "br",
            "gzip;q=0",
            "gzip;q=0.000, *",
            "*;q=0",
            "identity, gzip;q=0.5",
            "gzip;q=2",
            "gzip;q=x",
            "gzip;level=9",
            "gzipped",
        ] {
            assert!(!accepts(value), "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn expansion_can_be_continued_with_a_higher_limit() {
        let plain = vec![b'x'; 1000];
        let mut body = gzip(&plain, Compression::fast()).unwrap();
        body.extend(gzip(&plain, Compression::fast()).unwrap());
        let mut stream = Stream::new(body.into());
        assert!(!stream.expand(10).unwrap());
        assert_eq!(stream.plain.len(), 11);
        assert!(!stream.expand(1999).unwrap());
        assert!(stream.expand(2000).unwrap());
        assert_eq!(stream.plain, [plain.clone(), plain].concat());
    }

    #[test]
    fn expansion_holds_no_more_than_twice_the_limit() {
        const LIMIT: usize = 100_000;
        let bomb = gzip(&vec![0; 1000 * LIMIT], Compression::best()).unwrap();
        for limit in [1, 10_000, LIMIT] {
            let mut stream = Stream::new(bomb.clone().into());
            assert!(!stream.expand(limit).unwrap());
            assert_eq!(stream.plain.len(), limit + 1);
            assert!(stream.plain.capacity() <= 2 * limit + 64, "{limit}: {}", stream.plain.capacity());
        }
    }
}
