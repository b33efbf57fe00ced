//! How text is folded for comparison: the one definition, used for what is stored, for what is
//! asked and by the rules, so that all of them agree on every alphabet. Never depends on a locale.

/// `text` without regard to letter case. Letter by letter, so that the beginning of a text folds to
/// the beginning of the folded text: a sigma is the same letter wherever it stands in its word.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|each| if each == 'ς' { 'σ' } else { each }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letter_case_has_no_say() {
        for (one, other) in [("ÄRGER", "ärger"), ("ΌΔΟΣ", "όδος"), ("ΣΑΣ", "σας"), ("İ", "i\u{307}")] {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("STRASSE"), fold("straße"));
    }

    proptest! {
        #[test]
        fn a_beginning_stays_one(prefix in "\\PC{0,8}", rest in "\\PC{0,8}") {
            let text = format!("{prefix}{rest}");
            prop_assert!(fold(&text).starts_with(&fold(&prefix)));
        }
    }
}
