//! What is said when an answer would be larger than it may be: which part of the request to narrow, by
//! which limit, and how. It must never speak of the server's own memory, which is not the caller's fault.

use odata::budget::{Exceeded, Over, Scope};
use odata::error::{Fault, FaultKind};

/// The caller's fault; `None` when the server is busy with the answers of others.
pub fn fault(exceeded: &Exceeded) -> Option<Fault> {
    let limit = limit(exceeded.over)?;
    Some(match exceeded.path.as_str() {
        "" => {
            let message = format!(
                "$top: {limit}. Ask for fewer rows with $top or $filter, or for fewer properties with $select."
            );
            Fault::new(FaultKind::AnswerTooLarge, "$top", message)
        }
        path => {
            let message = format!(
                "$expand: with the rows of '{path}', {limit}. Narrow the $expand with $top and $select, or expand fewer \
                 levels."
            );
            Fault::new(FaultKind::AnswerTooLarge, "$expand", message)
        }
    })
}

/// The same, for an operation whose answer has no pages: `narrower` says what to do instead.
pub fn of_operation(error: store::Error, narrower: &str) -> crate::error::Error {
    match &error {
        store::Error::Exceeded(exceeded) => match limit(exceeded.over) {
            Some(limit) => Fault::new(FaultKind::AnswerTooLarge, "url", format!("Here {limit}. {narrower}")).into(),
            None => error.into(),
        },
        _ => error.into(),
    }
}

fn limit(over: Over) -> Option<String> {
    let whole = |scope| match scope {
        Scope::Answer => "the answer",
        Scope::Batch => "the answers of the batch together",
    };
    match over {
        Over::Rows(scope, rows) => Some(format!("{} would hold more than {rows} rows", whole(scope))),
        Over::Bytes(scope, bytes) => Some(format!("{} would hold more than {bytes} bytes", whole(scope))),
        Over::Server => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_the_part_the_limit_and_the_remedy() {
        let of = |over, path: &str| fault(&Exceeded { over, path: path.to_owned() });
        let page = of(Over::Rows(Scope::Answer, 7), "").unwrap_or_else(|| unreachable!());
        assert_eq!(page.target, "$top");
        assert!(page.message.contains("the answer would hold more than 7 rows"), "{}", page.message);
        let nested = of(Over::Bytes(Scope::Batch, 9), "members/manager").unwrap_or_else(|| unreachable!());
        assert_eq!(nested.target, "$expand");
        for words in ["'members/manager'", "the answers of the batch together", "9 bytes", "$select", "fewer levels"] {
            assert!(nested.message.contains(words), "{words}: {}", nested.message);
        }
        assert_eq!(of(Over::Server, "members"), None);
    }
}
