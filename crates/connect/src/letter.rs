//! LETTERS: from what happened to words. Every text that comes from people is escaped in the page, and
//! stands on one line in the subject.

use crate::Fault;
use askama::Template;
use domain::lifecycle::mail::Letter;
use serde::Deserialize;

/// What a letter says, as it waited in the outbox. Times are microseconds since 1970.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    letter: String,
    to: String,
    #[serde(default)]
    to_name: String,
    package: String,
    target: Option<String>,
    requestor: Option<String>,
    justification: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    timed_out: bool,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    answer_by: Option<i64>,
}

/// A letter, ready to be sent or shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub event: &'static str,
    pub to: String,
    pub to_name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Page<'a> {
    subject: &'a str,
    name: &'a str,
    opening: &'a str,
    lines: &'a [(&'static str, String)],
    closing: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Plain<'a> {
    name: &'a str,
    opening: &'a str,
    lines: &'a [(&'static str, String)],
    closing: &'a str,
}

/// Writes the letter that this document asks for.
///
/// # Errors
/// [`Fault::Never`] for a document that is none of a letter.
pub fn write(payload: &str) -> Result<Written, Fault> {
    let never = |error: &dyn std::fmt::Display| Fault::Never(format!("no letter: {error}"));
    let facts: Facts = serde_json::from_str(payload).map_err(|error| never(&error))?;
    let letter = Letter::from_name(&facts.letter).ok_or_else(|| never(&"of no known kind"))?;
    let subject = one_line(&subject(letter, &facts));
    let opening = opening(letter, &facts);
    let lines = lines(&facts);
    let closing = closing(letter, &facts);
    let name = if facts.to_name.is_empty() { &facts.to } else { &facts.to_name };
    let page = Page { subject: &subject, name, opening: &opening, lines: &lines, closing };
    let plain = Plain { name, opening: &opening, lines: &lines, closing };
    let html = page.render().map_err(|error| never(&error))?;
    let text = plain.render().map_err(|error| never(&error))?;
    Ok(Written { event: letter.name(), to: facts.to, to_name: facts.to_name, subject, text, html })
}

fn subject(letter: Letter, facts: &Facts) -> String {
    let package = &facts.package;
    match letter {
        Letter::ApprovalWanted => format!("Approval wanted: {} asks for {package}", asker(facts)),
        Letter::Escalated => format!("Still undecided: {} asks for {package}", asker(facts)),
        Letter::Approved => format!("Your request for {package} was approved"),
        Letter::Denied => format!("Your request for {package} was denied"),
        Letter::Delivered => format!("You have access to {package}"),
        Letter::EndsInTwoWeeks => format!("Your access to {package} ends in two weeks"),
        Letter::EndsTomorrow => format!("Your access to {package} ends within a day"),
        Letter::Ended => format!("Your access to {package} has ended"),
    }
}

fn opening(letter: Letter, facts: &Facts) -> String {
    let package = &facts.package;
    match letter {
        Letter::ApprovalWanted => format!("{} asks for the access package {package}.", asker(facts)),
        Letter::Escalated => {
            format!("{} asks for the access package {package}, and nobody has decided yet.", asker(facts))
        }
        Letter::Approved => format!("Your request for the access package {package} was approved."),
        Letter::Denied if facts.timed_out => {
            format!("Nobody decided about your request for the access package {package} in time, so it was denied.")
        }
        Letter::Denied => format!("Your request for the access package {package} was denied."),
        Letter::Delivered => format!("You have been given the access package {package}."),
        Letter::EndsInTwoWeeks => format!("Your access package {package} ends in two weeks."),
        Letter::EndsTomorrow => format!("Your access package {package} ends within a day."),
        Letter::Ended => format!("Your access package {package} has ended, and what it gave you was taken back."),
    }
}

fn closing(letter: Letter, facts: &Facts) -> &'static str {
    match letter {
        Letter::ApprovalWanted | Letter::Escalated => "Please approve or deny it. Without a decision it is denied.",
        Letter::Approved => "You will be told when the access is there.",
        Letter::EndsInTwoWeeks | Letter::EndsTomorrow => "If you still need it, ask for an extension.",
        Letter::Denied if !facts.timed_out => "Ask those who look after the package if you think it should be yours.",
        Letter::Denied | Letter::Delivered | Letter::Ended => "",
    }
}

/// Who asks, and for whom.
fn asker(facts: &Facts) -> String {
    let target = facts.target.as_deref().unwrap_or("somebody");
    match facts.requestor.as_deref() {
        Some(requestor) if requestor != target => format!("{requestor} (for {target})"),
        _ => target.to_owned(),
    }
}

fn lines(facts: &Facts) -> Vec<(&'static str, String)> {
    let text = |label, text: &Option<String>| text.clone().map(|text| (label, text));
    let time = |label, at: Option<i64>| at.map(|at| (label, instant(at)));
    [
        text("Justification", &facts.justification),
        text("Reason", &facts.reason),
        time("From", facts.starts_at),
        time("Until", facts.ends_at),
        time("Decide before", facts.answer_by),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `2027-01-31 09:00 UTC`
fn instant(micros: i64) -> String {
    let known = jiff::Timestamp::from_microsecond(micros).ok();
    known.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

/// Nothing in a subject begins a new header.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_written_and_nothing_in_it_is_markup() {
        for letter in Letter::ALL {
            let payload = serde_json::json!({
                "letter": letter.name(), "to": "ada@doorward.test", "toName": "Ada <b>",
                "package": "Led\r\nBcc: x@y.test <script>", "target": "Eve & Co", "requestor": "Eve & Co",
                "justification": "<img src=x>", "endsAt": 1_800_000_000_000_000_i64, "answerBy": null,
            });
            let written = write(&payload.to_string()).unwrap();
            assert_eq!(written.event, letter.name());
            assert!(!written.subject.contains(['\r', '\n']), "{}", written.subject);
            assert!(!written.html.contains("<script>") && !written.html.contains("<img"), "{}", written.html);
            assert!(written.html.contains("&#60;script&#62;"), "{}", written.html);
            // Plain text is nobody's markup.
            assert!(written.text.contains("<img src=x>") && written.text.contains("2027-01-15 08:00 UTC"));
        }
        assert!(matches!(write("{}"), Err(Fault::Never(_))));
        assert!(matches!(write(r#"{"letter":"x","to":"a@b","package":"p"}"#), Err(Fault::Never(_))));
    }
}
