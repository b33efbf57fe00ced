//! placeholder until the policy branch is merged
use crate::error::Error;
use domain::policy::*;
use uuid::Uuid;
pub fn read(id: Uuid, package: Uuid, name: String, scope: i64, _doc: &str) -> Result<Policy, Error> {
    Ok(Policy {
        id,
        package,
        name,
        scope: TargetScope::from_number(scope).unwrap_or(TargetScope::NotSpecified),
        targets: vec![],
        requestor: Default::default(),
        approval: Default::default(),
        expiration: Expiration::Never,
        questions: vec![],
        automatic: None,
        silent: false,
    })
}
pub fn approval_document(_doc: &str) -> String {
    "{}".to_owned()
}
pub fn approval(_doc: &str) -> Result<ApprovalSettings, Error> {
    Ok(ApprovalSettings::default())
}
pub fn span(text: &str) -> Option<i64> {
    text.parse::<jiff::Span>()
        .ok()
        .and_then(|s| s.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok())
        .and_then(|d| i64::try_from(d.as_micros()).ok())
}
