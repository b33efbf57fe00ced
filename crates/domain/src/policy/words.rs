//! What a caller calls the settings of a policy, so that a refusal can name them in the caller's own
//! words. The rules only ever put these together; they never look at which words they are.

/// Paths and names of settings, as one way of speaking has them.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// Whether every setting can be said in them; what can't be said stays as it is.
    pub whole: bool,
    pub package: &'static str,
    pub scope: &'static str,
    pub targets: &'static str,
    pub on_behalf: &'static str,
    pub approval_for_add: &'static str,
    pub approval_for_update: &'static str,
    pub stages: &'static str,
    /// Within a stage.
    pub timeout: &'static str,
    pub escalation: &'static str,
    pub primary: &'static str,
    pub fallback_primary: &'static str,
    pub escalation_approvers: &'static str,
    pub fallback_escalation: &'static str,
    pub expiration: &'static str,
    pub duration: &'static str,
    pub end: &'static str,
    pub automatic: &'static str,
    pub grace: &'static str,
    pub questions: &'static str,
    /// Within a question.
    pub sequence: &'static str,
    pub choices: &'static str,
    pub pattern: &'static str,
    pub reviewers: &'static str,
    pub fallback_reviewers: &'static str,
    /// Within a set of people.
    pub rule: &'static str,
    pub level: &'static str,
}

impl Words {
    /// The path of the stage `at`.
    pub fn stage(&self, at: usize) -> String {
        format!("{}[{at}]", self.stages)
    }

    /// The path of the question `at`.
    pub fn question(&self, at: usize) -> String {
        format!("{}[{at}]", self.questions)
    }
}
