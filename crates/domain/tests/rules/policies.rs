//! What a policy may say, one contradiction after another; and who may make, replace and delete one.

use crate::support::*;
use domain::command::{Command, Kind, PolicyCommand, PolicyCreate, PolicyReplace};
use domain::denial::Denial;
use domain::facts::{Dependents, Facts};
use domain::fields::Fields;
use domain::policy::answers::{self, Answer};
use domain::policy::change::{Named, Replaced};
use domain::policy::check::check;
use domain::policy::words::Words;
use domain::policy::*;

static WORDS: Words = Words {
    whole: true,
    package: "package",
    scope: "scope",
    targets: "targets",
    on_behalf: "onBehalf",
    approval_for_add: "forAdd",
    approval_for_update: "forUpdate",
    stages: "stages",
    timeout: "timeout",
    escalation: "escalation",
    primary: "primary",
    fallback_primary: "fallbackPrimary",
    escalation_approvers: "escalationApprovers",
    fallback_escalation: "fallbackEscalation",
    expiration: "expiration",
    duration: "duration",
    end: "end",
    automatic: "automatic",
    grace: "grace",
    questions: "questions",
    sequence: "sequence",
    choices: "choices",
    pattern: "pattern",
    reviewers: "reviewers",
    fallback_reviewers: "fallbackReviewers",
    rule: "rule",
    level: "level",
};

fn policy() -> Policy {
    Policy {
        id: id(1),
        package: id(2),
        name: "Everybody".into(),
        scope: TargetScope::AllMembers,
        targets: vec![],
        requestor: RequestorSettings { self_add: true, ..RequestorSettings::default() },
        approval: ApprovalSettings::default(),
        expiration: Expiration::Never,
        questions: vec![],
        automatic: None,
        review: None,
        silent: false,
        callouts: vec![],
    }
}

fn stage() -> Stage {
    Stage {
        timeout: Some(14 * DAY),
        escalation: None,
        justification: false,
        primary: vec![SubjectSet::RequestorManager { level: 1 }],
        fallback_primary: vec![],
        escalation_approvers: vec![],
        fallback_escalation: vec![],
    }
}

fn question(number: u128, sequence: i64, kind: QuestionKind) -> Question {
    Question { id: id(number), sequence, required: true, editable: true, kind }
}

fn choice(values: &[&str]) -> QuestionKind {
    QuestionKind::Choice { values: values.iter().map(|value| (*value).to_owned()).collect(), several: false }
}

fn with(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = policy();
    change(&mut policy);
    policy
}

fn with_stage(change: impl FnOnce(&mut Stage)) -> Policy {
    let mut stage = stage();
    change(&mut stage);
    with(|policy| policy.approval = ApprovalSettings { for_add: true, stages: vec![stage], ..Default::default() })
}

fn automatic(targets: Vec<SubjectSet>) -> Policy {
    with(|policy| {
        policy.scope = TargetScope::SpecificUsers;
        policy.targets = targets;
        policy.automatic = Some(Automatic { add: true, remove: true, grace: DAY });
    })
}

fn rule(text: &str) -> SubjectSet {
    SubjectSet::Rule(text.into())
}

#[test]
fn what_makes_sense() {
    for policy in [
        policy(),
        with(|policy| policy.scope = TargetScope::NotSpecified),
        with(|policy| {
            (policy.scope, policy.targets) = (TargetScope::SpecificUsers, vec![SubjectSet::User(id(9))]);
        }),
        with(|policy| policy.expiration = Expiration::At(NOW + 1)),
        with(|policy| policy.expiration = Expiration::After(DURATION_MAX)),
        with_stage(|_| {}),
        with_stage(|stage| stage.timeout = None),
        with_stage(|stage| {
            stage.timeout = Some(4 * DAY);
            stage.escalation = Some(DAY);
            stage.escalation_approvers = vec![SubjectSet::InternalSponsors];
        }),
        with(|policy| policy.questions = vec![question(7, 0, choice(&["a", "b"])), question(8, 1, choice(&["a"]))]),
        automatic(vec![rule("user.department -eq \"Sales\"")]),
    ] {
        assert_eq!(check(&policy, &WORDS, NOW, true), Ok(()), "{policy:?}");
    }
}

#[test]
fn every_contradiction_names_its_setting() {
    let user = || SubjectSet::User(id(9));
    let escalating = |timeout: Span, escalation: Span| {
        with_stage(|stage| {
            (stage.timeout, stage.escalation) = (Some(timeout), Some(escalation));
            stage.escalation_approvers = vec![SubjectSet::InternalSponsors];
        })
    };
    let cases = [
        (with(|policy| policy.targets = vec![user()]), "targets"),
        (with(|policy| policy.scope = TargetScope::SpecificUsers), "targets"),
        (
            with(|policy| {
                policy.scope = TargetScope::SpecificUsers;
                policy.targets = vec![SubjectSet::ConnectedOrganization(id(9))];
            }),
            "targets",
        ),
        (
            with(|policy| {
                policy.scope = TargetScope::SpecificConnectedOrganizations;
                policy.targets = vec![user()];
            }),
            "targets",
        ),
        (with(|policy| policy.approval.for_add = true), "stages"),
        (with(|policy| policy.approval.for_update = true), "stages"),
        (with(|policy| policy.approval.stages = vec![stage(); 4]), "stages"),
        (with_stage(|stage| stage.primary.clear()), "stages[0]/primary"),
        (with_stage(|stage| stage.primary = vec![rule("x")]), "stages[0]/primary"),
        (with_stage(|stage| stage.timeout = Some(0)), "stages[0]/timeout"),
        (with_stage(|stage| stage.timeout = Some(-1)), "stages[0]/timeout"),
        (with_stage(|stage| stage.timeout = Some(14 * DAY + 1)), "stages[0]/timeout"),
        (with_stage(|stage| stage.escalation = Some(DAY)), "stages[0]/escalationApprovers"),
        (escalating(14 * DAY, 0), "stages[0]/escalation"),
        (escalating(4 * DAY - 1, DAY), "stages[0]/timeout"),
        (escalating(5 * DAY, 5 * DAY), "stages[0]/escalation"),
        (
            with_stage(|stage| stage.primary = vec![SubjectSet::RequestorManager { level: 0 }]),
            "stages[0]/primary[0]/level",
        ),
        (
            with_stage(|stage| stage.fallback_primary = vec![SubjectSet::TargetManager { level: 5 }]),
            "stages[0]/fallbackPrimary[0]/level",
        ),
        (with(|policy| policy.requestor.on_behalf = vec![rule(" ")]), "onBehalf[0]/rule"),
        (with(|policy| policy.expiration = Expiration::After(0)), "duration"),
        (with(|policy| policy.expiration = Expiration::After(DURATION_MAX + 1)), "duration"),
        (with(|policy| policy.expiration = Expiration::At(NOW)), "end"),
        (with(|policy| policy.questions = vec![question(7, 0, choice(&[]))]), "questions[0]/choices"),
        (with(|policy| policy.questions = vec![question(7, 0, choice(&["a", "a"]))]), "questions[0]/choices[1]"),
        (with(|policy| policy.questions = vec![question(7, 0, choice(&[" "]))]), "questions[0]/choices[0]"),
        (
            with(|policy| policy.questions = vec![question(7, 3, choice(&["a"])), question(8, 3, choice(&["a"]))]),
            "questions[1]/sequence",
        ),
        (automatic(vec![user()]), "targets"),
        (automatic(vec![rule("user.city -eq \"a\""), rule("user.city -eq \"b\"")]), "targets"),
        (automatic(vec![rule(&"x".repeat(3073))]), "targets[0]/rule"),
        (
            {
                let mut policy = automatic(vec![rule("user.city -eq \"a\"")]);
                policy.approval = ApprovalSettings { for_add: true, stages: vec![stage()], ..Default::default() };
                policy
            },
            "forAdd",
        ),
        (
            {
                let mut policy = automatic(vec![rule("user.city -eq \"a\"")]);
                policy.automatic = Some(Automatic { add: true, remove: true, grace: -1 });
                policy
            },
            "grace",
        ),
    ];
    for (policy, expected) in cases {
        match check(&policy, &WORDS, NOW, true) {
            Err(Denial::Setting { path, message }) => {
                assert_eq!(path, expected, "{message}");
                assert!(!message.is_empty());
            }
            other => panic!("{expected}: {other:?} for {policy:?}"),
        }
    }
    // An end that has passed may stay as it is.
    assert_eq!(check(&with(|policy| policy.expiration = Expiration::At(NOW - 1)), &WORDS, NOW, false), Ok(()));
}

fn create(named: Vec<Named>) -> Command {
    Command::Policy(PolicyCommand::Create(Box::new(PolicyCreate {
        id: id(1),
        package: id(2),
        policy: policy(),
        fields: fields([("displayName", text("Everybody"))]),
        named,
        words: &WORDS,
    })))
}

fn a_user() -> Named {
    Named { path: "targets".into(), kind: Kind::User, id: id(9) }
}

#[test]
fn a_policy_is_made_in_a_package_that_may_be_changed() {
    let there = facts([package(2, 3)]);
    let outcome = allowed(&create(vec![]), &there);
    assert_eq!(written(&outcome, Kind::Policy).guid("catalogId"), Some(id(3)));
    assert_eq!(activity(&outcome), "Create access package assignment policy");
    let missing = denied(&create(vec![]), &facts([]));
    assert_eq!(missing, Denial::SettingNotFound { path: "package".into(), kind: Kind::AccessPackage, id: id(2) });
    let fixed = denied(&create(vec![]), &facts([fixed(package(2, 3))]));
    assert_eq!(fixed, Denial::MayNotChange { kind: Kind::AccessPackage, id: id(2) });
    let nobody = denied(&create(vec![a_user()]), &there);
    assert_eq!(nobody, Denial::SettingNotFound { path: "targets".into(), kind: Kind::User, id: id(9) });
    allowed(&create(vec![a_user()]), &Facts { present: vec![(Kind::User, id(9))], ..there });
}

fn replace(package: Option<u128>) -> Command {
    Command::Policy(PolicyCommand::Replace(Box::new(PolicyReplace {
        id: id(1),
        package: package.map(id),
        said: Fields::default(),
        ids: vec![],
        named: vec![],
        words: &WORDS,
    })))
}

#[test]
fn a_policy_is_replaced_where_it_is() {
    let replaced = Replaced {
        before: policy(),
        before_fields: fields([("expiration", json("{}"))]),
        policy: policy(),
        fields: fields([("displayName", text("New")), ("expiration", json("{}"))]),
    };
    let entity = entity(Kind::Policy, 1, fields([("displayName", text("Old"))]));
    let there = Facts { replaced: Some(replaced), ..facts([entity.clone()]) };
    let outcome = allowed(&replace(None), &there);
    let audit = outcome.audit.as_ref().unwrap();
    assert_eq!((audit.before.text("displayName"), audit.after.text("displayName")), (Some("Old"), Some("New")));
    assert_eq!(audit.after.get("expiration"), None, "{audit:?}");
    allowed(&replace(Some(2)), &there);
    let moved = denied(&replace(Some(5)), &there);
    assert!(matches!(moved, Denial::Setting { path, .. } if path == "package"));
    assert_eq!(denied(&replace(None), &facts([])), Denial::NotFound { kind: Kind::Policy, id: id(1) });
    let fixed = Facts { replaced: there.replaced, ..facts([fixed(entity)]) };
    assert_eq!(denied(&replace(None), &fixed), Denial::MayNotChange { kind: Kind::Policy, id: id(1) });
}

#[test]
fn what_is_in_use_stays() {
    let delete = Command::Policy(PolicyCommand::Delete(id(1)));
    let entity = entity(Kind::Policy, 1, fields([("displayName", text("Old"))]));
    assert_eq!(activity(&allowed(&delete, &facts([entity.clone()]))), "Delete access package assignment policy");
    let used = Facts { counts: vec![(Dependents::AssignmentsOfPolicy, id(1), 2)], ..facts([entity]) };
    assert_eq!(denied(&delete, &used), Denial::InUse { kind: Kind::Policy, id: id(1), by: "assignments", count: 2 });
    let package_delete = Command::PackageDelete(domain::command::On { kind: Kind::AccessPackage, id: id(2) });
    let used = Facts { counts: vec![(Dependents::AssignmentsOfPackage, id(2), 1)], ..facts([package(2, 3)]) };
    assert_eq!(
        denied(&package_delete, &used),
        Denial::InUse { kind: Kind::AccessPackage, id: id(2), by: "assignments", count: 1 }
    );
}

#[test]
fn answers_fit_their_questions() {
    let several = QuestionKind::Choice { values: vec!["a".into(), "b".into()], several: true };
    let line = QuestionKind::Text { pattern: None, single_line: true };
    let mut questions = vec![question(1, 0, choice(&["a", "b"])), question(2, 1, several), question(3, 2, line)];
    questions[1].required = false;
    let answer = |number, value: &str| Answer { question: id(number), value: value.to_owned() };
    let fine = vec![answer(1, "a"), answer(3, "x")];
    let and = |more: Answer| [fine.clone(), vec![more]].concat();
    for good in [fine.clone(), and(answer(2, "a,b")), [and(answer(2, "a")), vec![answer(2, "b")]].concat()] {
        assert_eq!(answers::check(&questions, &good), Ok(()), "{good:?}");
    }
    for (bad, expected) in [
        (vec![answer(1, "a")], "answers"),
        (vec![answer(1, "a"), answer(3, " ")], "answers"),
        (and(answer(9, "x")), "answers[2]/answeredQuestion"),
        (and(answer(1, "b")), "answers[2]/answeredQuestion"),
        (and(answer(2, "a,c")), "answers[2]/value"),
        (vec![answer(1, "c"), answer(3, "x")], "answers[0]/value"),
        (vec![answer(1, "a"), answer(3, "x\ny")], "answers[1]/value"),
        (vec![answer(1, "a"), answer(3, &"x".repeat(answers::ANSWER_MAX + 1))], "answers[1]/value"),
    ] {
        match answers::check(&questions, &bad) {
            Err(Denial::Setting { path, .. }) => assert_eq!(path, expected, "{bad:?}"),
            other => panic!("{bad:?}: {other:?}"),
        }
    }
    // An update leaves standing what it doesn't say, and users change only what may be edited.
    assert_eq!(answers::check_again(&questions, &[], true), Ok(()));
    questions[0].editable = false;
    assert_eq!(answers::check_again(&questions, &[answer(3, "y")], true), Ok(()));
    assert_eq!(answers::check_again(&questions, &fine, false), Ok(()));
    let fixed = answers::check_again(&questions, &[answer(3, "y"), answer(1, "a")], true);
    assert!(matches!(fixed, Err(Denial::Setting { path, .. }) if path == "answers[1]/answeredQuestion"));
    let wrong = answers::check_again(&questions, &[answer(1, "c")], false);
    assert!(matches!(wrong, Err(Denial::Setting { path, .. }) if path == "answers[0]/value"));
}
