//! Questions in beta: a text is a default and its translations, in one piece.

use super::super::shape::{CHOICE, Choice, Localization, Question as Stored, TEXT};
use super::{Question, or_default, shape};
use serde::{Deserialize, Serialize};

shape!(BetaQuestion {
    #[serde(rename = "@odata.type")]
    ty: String,
    id: Option<String>,
    is_required: bool,
    sequence: Option<i64>,
    text: Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    allows_multiple_selection: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<BetaChoice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_single_line_question: Option<bool>,
});

shape!(Content {
    default_text: Option<String>,
    localized_texts: Vec<Localization>,
});

shape!(BetaChoice {
    actual_value: Option<String>,
    display_value: Content,
});

/// Of a question that is there, what beta can't say of it stays.
pub fn read(said: &[BetaQuestion], before: &[Stored]) -> Vec<Stored> {
    let read = |question: &BetaQuestion| {
        let same = |old: &&Stored| {
            matches!((&old.id, &question.id), (Some(old), Some(id)) if old.eq_ignore_ascii_case(id))
                && old.ty == question.ty
        };
        let old = before.iter().find(same);
        let choice = question.ty == CHOICE;
        Stored {
            ty: question.ty.clone(),
            id: question.id.clone(),
            is_answer_editable: old.and_then(|old| old.is_answer_editable),
            is_required: question.is_required,
            localizations: question.text.localized_texts.clone(),
            sequence: question.sequence,
            text: question.text.default_text.clone(),
            choices: question.choices.iter().flatten().map(BetaChoice::read).collect(),
            is_multiple_selection_allowed: question.allows_multiple_selection.filter(|_| choice),
            is_single_line_question: question.is_single_line_question.filter(|_| !choice),
            regex_pattern: old.and_then(|old| old.regex_pattern.clone()),
        }
    };
    said.iter().map(read).collect()
}

pub fn write(questions: &[Question]) -> Vec<BetaQuestion> {
    let write = |question: &Question| BetaQuestion {
        ty: if question.is_choice() { CHOICE } else { TEXT }.to_owned(),
        id: question.id.clone(),
        is_required: question.is_required,
        sequence: question.sequence,
        text: Content { default_text: question.text.clone(), localized_texts: question.localizations.clone() },
        allows_multiple_selection: question.is_multiple_selection_allowed,
        choices: question.is_choice().then(|| question.choices.iter().map(BetaChoice::of).collect()),
        is_single_line_question: question.is_single_line_question,
    };
    questions.iter().map(write).collect()
}

impl BetaChoice {
    fn read(&self) -> Choice {
        Choice {
            actual_value: self.actual_value.clone(),
            localizations: self.display_value.localized_texts.clone(),
            text: self.display_value.default_text.clone(),
        }
    }

    fn of(choice: &Choice) -> BetaChoice {
        BetaChoice {
            actual_value: choice.actual_value.clone(),
            display_value: Content { default_text: choice.text.clone(), localized_texts: choice.localizations.clone() },
        }
    }
}
