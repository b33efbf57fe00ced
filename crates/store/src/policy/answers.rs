//! Answers to questions, as a request's body has them on either surface.

use domain::denial::Denial;
use domain::policy::answers::Answer;
use domain::policy::check::wrong;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    answered_question: Option<Question>,
    value: Option<String>,
}

#[derive(Deserialize)]
struct Question {
    id: Option<String>,
}

/// Reads the document `answers` of a request: a list of `accessPackageAnswerString`.
///
/// # Errors
/// [`Denial::Setting`] for an answer that doesn't say which question it answers.
pub fn answers(doc: &str) -> Result<Vec<Answer>, Denial> {
    let list: Option<Vec<Said>> =
        serde_json::from_str(doc).map_err(|error| wrong("answers", format!("It can't be read: {error}.")))?;
    let read = |(at, said): (usize, Said)| {
        let id = said.answered_question.and_then(|question| question.id);
        let question = id
            .and_then(|id| Uuid::try_parse(&id).ok())
            .ok_or_else(|| wrong(format!("answers[{at}]/answeredQuestion/id"), "It has to be the id of a question."))?;
        Ok(Answer { question, value: said.value.unwrap_or_default() })
    };
    list.unwrap_or_default().into_iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_surface() {
        let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        let text = format!(
            r##"[{{"@odata.type":"#microsoft.graph.accessPackageAnswerString","value":"UK","displayValue":"The UK",
                  "answeredQuestion":{{"@odata.type":"#microsoft.graph.accessPackageTextInputQuestion","id":"{id}"}}}}]"##
        );
        let read = answers(&text).unwrap();
        assert_eq!(read, [Answer { question: Uuid::try_parse(id).unwrap(), value: "UK".into() }]);
        assert_eq!(answers("null"), Ok(vec![]));
        for (text, path) in [
            ("{}", "answers"),
            (r#"[{"value":"x"}]"#, "answers[0]/answeredQuestion/id"),
            (r#"[{"answeredQuestion":{"id":"x"}}]"#, "answers[0]/answeredQuestion/id"),
        ] {
            assert!(matches!(answers(text), Err(Denial::Setting { path: at, .. }) if at == path), "{text}");
        }
    }
}
