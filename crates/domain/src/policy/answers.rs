//! Answers to the questions of a policy: whether a request says all that it has to.

use super::{Question, QuestionKind};
use crate::denial::Denial;
use uuid::Uuid;

/// The longest answer, in characters.
pub const ANSWER_MAX: usize = 4000;

/// What somebody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub question: Uuid,
    pub value: String,
}

/// Checks the answers of a request against the questions of its policy. Of a question that takes
/// several choices there may be several answers, or one that names them with commas between.
///
/// # Errors
/// [`Denial::Setting`] on `answers`: for a question that must be answered and isn't, one that the policy
/// doesn't ask, one answered twice, and a value that is no choice or too long.
pub fn check(questions: &[Question], answers: &[Answer]) -> Result<(), Denial> {
    fit(questions, answers)?;
    let answered = |question: &Question| {
        answers.iter().any(|answer| answer.question == question.id && !answer.value.trim().is_empty())
    };
    match questions.iter().find(|question| question.required && !answered(question)) {
        None => Ok(()),
        Some(question) => Err(Denial::Setting {
            path: "answers".to_owned(),
            message: format!("The question '{}' has to be answered.", question.id),
        }),
    }
}

/// Checks the answers of a request that updates an assignment: what was answered before holds, and `by_user`
/// only what the policy lets people edit is answered anew (Graph: accessPackageQuestion.isAnswerEditable).
///
/// # Errors
/// [`Denial::Setting`] on `answers`, as for [`check`]; and for a question whose answer can't be edited.
pub fn check_again(questions: &[Question], answers: &[Answer], by_user: bool) -> Result<(), Denial> {
    fit(questions, answers)?;
    let fixed = |answer: &Answer| questions.iter().any(|each| each.id == answer.question && !each.editable);
    match answers.iter().position(fixed).filter(|_| by_user) {
        None => Ok(()),
        Some(at) => Err(Denial::Setting {
            path: format!("answers[{at}]/answeredQuestion"),
            message: "The policy doesn't let this answer be edited.".to_owned(),
        }),
    }
}

/// Whether each answer is one to a question of the policy.
fn fit(questions: &[Question], answers: &[Answer]) -> Result<(), Denial> {
    for (at, answer) in answers.iter().enumerate() {
        let path = format!("answers[{at}]");
        let refuse = |part: &str, message: String| Err(Denial::Setting { path: format!("{path}/{part}"), message });
        let Some(question) = questions.iter().find(|question| question.id == answer.question) else {
            return refuse("answeredQuestion", format!("The policy has no question '{}'.", answer.question));
        };
        let again = answers.get(..at).unwrap_or_default().iter().any(|other| other.question == answer.question);
        let several = matches!(question.kind, QuestionKind::Choice { several: true, .. });
        if again && !several {
            return refuse("answeredQuestion", format!("The question '{}' is answered twice.", question.id));
        }
        if answer.value.chars().count() > ANSWER_MAX {
            return refuse("value", format!("An answer can't be longer than {ANSWER_MAX} characters."));
        }
        if let Some(message) = fault(question, &answer.value) {
            return refuse("value", message);
        }
    }
    Ok(())
}

/// What is wrong with an answer to this question; an empty one says nothing, and so nothing wrong.
fn fault(question: &Question, value: &str) -> Option<String> {
    if value.trim().is_empty() {
        return None;
    }
    match &question.kind {
        QuestionKind::Text { single_line: true, .. } if value.contains(['\n', '\r']) => {
            Some("The answer has to be a single line.".to_owned())
        }
        QuestionKind::Text { pattern: Some(pattern), .. } => {
            let fits = crate::pattern::compile(pattern).is_ok_and(|pattern| pattern.is_match(value));
            (!fits).then(|| format!("The answer has to fit the pattern '{pattern}'."))
        }
        QuestionKind::Text { .. } => None,
        QuestionKind::Choice { values, several } => {
            let known = |choice: &str| values.iter().any(|value| value == choice);
            let fits = known(value) || *several && value.split(',').all(|choice| known(choice.trim()));
            (!fits).then(|| format!("'{value}' is none of the choices, which are: {}.", values.join(", ")))
        }
    }
}
