//! `Accept`: whether we write what the caller takes, and with how many annotations. Clients ask in
//! many ways for the same JSON, so parameters that we don't know are passed over.

use crate::error::{Fault, FaultKind};

/// How many annotations an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetadataLevel {
    /// Only `@odata.nextLink` and `@odata.count`.
    None,
    #[default]
    Minimal,
    /// `@odata.type`, `@odata.id` and navigation links too.
    Full,
}

/// What we would answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    /// `/$count` and `/$value`.
    Text,
    /// `$metadata`.
    Xml,
}

impl MetadataLevel {
    /// The value of `Content-Type` for a JSON answer.
    pub const fn content_type(self) -> &'static str {
        match self {
            MetadataLevel::None => "application/json;odata.metadata=none;odata.streaming=true;charset=utf-8",
            MetadataLevel::Minimal => "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8",
            MetadataLevel::Full => "application/json;odata.metadata=full;odata.streaming=true;charset=utf-8",
        }
    }
}

/// Whether `offer` suits the header, and the level that the best fitting range asks for. No header
/// means that anything does.
///
/// # Errors
/// `NotAcceptable` when no range, or only ones with `q=0`, cover the offer.
pub fn negotiate(accept: Option<&str>, offer: Media) -> Result<MetadataLevel, Fault> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Ok(MetadataLevel::Minimal) };
    let mut best: Option<(u32, u32, MetadataLevel)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let Some(nearness) = parts.next().and_then(|media| nearness(media, offer)) else { continue };
        let (mut quality, mut level) = (1000, MetadataLevel::Minimal);
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => quality = thousandths(value),
                "odata.metadata" | "metadata" => {
                    level = match value.to_ascii_lowercase().as_str() {
                        "none" => MetadataLevel::None,
                        "full" => MetadataLevel::Full,
                        _ => MetadataLevel::Minimal,
                    }
                }
                _ => {}
            }
        }
        // The nearest range speaks for the type, so that `*/*;q=0` does not undo `application/json`.
        if best.is_none_or(|(near, best, _)| (nearness, quality) > (near, best)) {
            best = Some((nearness, quality, level));
        }
    }
    match best {
        Some((_, quality, level)) if quality > 0 => Ok(level),
        _ => {
            let ours = match offer {
                Media::Json => "application/json",
                Media::Text => "text/plain",
                Media::Xml => "application/xml",
            };
            let message = format!("The answer is {ours}, which the Accept header does not take.");
            Err(Fault::new(FaultKind::NotAcceptable, "Accept", message))
        }
    }
}

/// 3 for our own type, 2 for another that will do, 1 for a wildcard over it.
fn nearness(media: &str, offer: Media) -> Option<u32> {
    let media = media.to_ascii_lowercase();
    let exact: &[&str] = match offer {
        Media::Json => &["application/json", "text/json"],
        Media::Text => &["text/plain"],
        Media::Xml => &["application/xml", "text/xml"],
    };
    if exact.contains(&media.as_str()) {
        return Some(3);
    }
    // A number is JSON as well as text, and callers set one header for all their requests.
    if offer == Media::Text && media == "application/json" {
        return Some(2);
    }
    let wide: &[&str] = match offer {
        Media::Text => &["*/*", "*", "text/*", "application/*"],
        Media::Json | Media::Xml => &["*/*", "*", "application/*"],
    };
    wide.contains(&media.as_str()).then_some(1)
}

/// `0.9` as 900; what isn't a quality counts as 1.
fn thousandths(text: &str) -> u32 {
    match text.parse::<f32>() {
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() as u32,
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_send() {
        for (accept, offer, level) in [
            (None, Media::Json, MetadataLevel::Minimal),
            (Some(""), Media::Json, MetadataLevel::Minimal),
            (Some("*/*"), Media::Json, MetadataLevel::Minimal),
            (Some("application/json;odata.metadata=none"), Media::Json, MetadataLevel::None),
            (Some("application/json; charset=utf-8; IEEE754Compatible=false"), Media::Json, MetadataLevel::Minimal),
            (Some("Application/JSON; ODATA.metadata=FULL"), Media::Json, MetadataLevel::Full),
            (Some("text/html, application/json;q=0.5, */*;q=0.1"), Media::Json, MetadataLevel::Minimal),
            (Some("application/json, text/plain, */*"), Media::Text, MetadataLevel::Minimal),
            (Some("text/plain;q=0.9"), Media::Text, MetadataLevel::Minimal),
            (Some("application/json"), Media::Text, MetadataLevel::Minimal),
            (Some("application/xml"), Media::Xml, MetadataLevel::Minimal),
            (Some("*/*;q=0, application/json"), Media::Json, MetadataLevel::Minimal),
        ] {
            assert_eq!(negotiate(accept, offer), Ok(level), "{accept:?}");
        }
    }

    #[test]
    fn what_we_do_not_write() {
        for (accept, offer) in [
            ("text/html", Media::Json),
            ("application/xml", Media::Json),
            ("application/json;q=0", Media::Json),
            ("application/json;q=0, */*", Media::Json),
            ("application/json", Media::Xml),
            (",;,", Media::Json),
        ] {
            assert_eq!(negotiate(Some(accept), offer).unwrap_err().kind, FaultKind::NotAcceptable, "{accept}");
        }
    }
}
