//! Folded text in order: the beginnings of texts as ranges. How text is folded is `domain`'s to say,
//! so that the rules and both engines agree on every alphabet.

pub use domain::fold::fold;

/// The least text that is greater than every text beginning with `prefix`, bytewise; `None` when
/// there is none.
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last as u32 {
            0xD7FF => 0xE000,
            code => code + 1,
        };
        if let Some(next) = char::from_u32(next) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_with_the_prefix_lies_before_its_end(prefix in "\\PC{1,8}", rest in "\\PC{0,8}") {
            let text = format!("{prefix}{rest}");
            prop_assert!(text.as_str() >= prefix.as_str());
            if let Some(end) = after_prefix(&prefix) {
                prop_assert!(text < end);
            }
        }

        #[test]
        fn a_text_without_the_prefix_lies_outside(prefix in "[a-d]{1,3}", text in "[a-e]{0,5}") {
            let inside = text >= prefix && after_prefix(&prefix).is_none_or(|end| text < end);
            prop_assert_eq!(inside, text.starts_with(&prefix));
        }
    }
}
