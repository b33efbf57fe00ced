//! What the house must come to, in the simplest words: memberships with their origin, assignments,
//! requests and rules. Time is in quarters of days: people do something, and access ends, when a day is
//! over; what was put off begins at noon, and a stage runs out in the evening, so that no two coincide.

use super::{ARCHIVISTS, ASKERS, BY_RULE, ENTERERS, INNER, OUTER, PACKAGES, SHARED, USERS};
use std::collections::{BTreeMap, BTreeSet};

pub const BRINGS: [&[usize]; 5] = [&[ENTERERS], &[SHARED], &[SHARED], &[ARCHIVISTS], &[SHARED]];
/// Stages of approval of the policy by which users ask, and what they decide about: whether somebody gets
/// it, and whether they keep it for longer.
pub const STAGES: [usize; 5] = [1, 0, 1, 2, 1];
pub const DECIDED: [(bool, bool); 5] = [(false, true), (false, false), (true, false), (true, true), (false, true)];
/// The package that only askers may ask for.
pub const SCOPED: usize = 0;
/// Days that an assignment lasts, by the policy for administrators and by the one for users.
pub const DIRECT_DAYS: [Option<i64>; 5] = [None, Some(10), None, Some(5), None];
pub const OWN_DAYS: [Option<i64>; 5] = [Some(30), None, Some(20), Some(20), None];
/// What a stage waits, and how long a request may be delivered again.
pub const PATIENCE: i64 = days(14) - 1;
const AGAIN: i64 = days(14);
/// Days that who leaves the rule keeps what it gave.
pub const GRACE: i64 = 3;

pub const fn days(days: i64) -> i64 {
    days * 4
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    PendingApproval,
    Scheduled,
    Delivered,
    PartiallyDelivered,
    DeliveryFailed,
    Denied,
    Canceled,
    /// Of assignments only.
    Expired,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::PendingApproval => "pendingApproval",
            State::Scheduled => "scheduled",
            State::Delivered => "delivered",
            State::PartiallyDelivered => "partiallyDelivered",
            State::DeliveryFailed => "deliveryFailed",
            State::Denied => "denied",
            State::Canceled => "canceled",
            State::Expired => "expired",
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, State::PendingApproval | State::Scheduled)
    }

    pub fn is_current(self) -> bool {
        matches!(self, State::Delivered | State::PartiallyDelivered)
    }
}

/// From when, and until when.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: i64,
    pub until: Option<i64>,
}

impl Window {
    fn meets(self, other: Window) -> bool {
        let before = |from: i64, until: Option<i64>| until.is_none_or(|until| from < until);
        before(self.from, other.until) && before(other.from, self.until)
    }
}

#[derive(Debug, Clone)]
pub struct Request {
    pub user: usize,
    pub package: usize,
    pub adds: bool,
    pub own: bool,
    pub state: State,
    pub window: Window,
    pub assignment: Option<usize>,
    pub stage: usize,
    pub opened: i64,
    pub ended: i64,
}

#[derive(Debug, Clone)]
pub struct Assignment {
    pub user: usize,
    pub package: usize,
    pub own: bool,
    pub state: State,
    pub window: Window,
    /// What it gave, and whether it could.
    pub gave: BTreeMap<usize, bool>,
}

#[derive(Debug)]
pub struct Model {
    pub now: i64,
    /// Whether Doorward made it, by user and group.
    pub members: BTreeMap<(usize, usize), bool>,
    pub gone: bool,
    pub deleted: [bool; USERS.len()],
    pub published: bool,
    /// Whom the rule is for, and when somebody left it who still has what it gave.
    pub staff: [bool; USERS.len()],
    left: [Option<i64>; USERS.len()],
    pub brings: [BTreeSet<usize>; PACKAGES.len()],
    pub rules: BTreeSet<(usize, usize)>,
    pub group_rules: BTreeSet<(usize, usize)>,
    pub requests: Vec<Request>,
    pub assignments: Vec<Assignment>,
    /// Assignments that began and ended by themselves.
    pub began_by_itself: usize,
    pub ended_by_itself: usize,
}

impl Default for Model {
    fn default() -> Model {
        Model {
            now: 0,
            members: (0..USERS.len()).map(|user| ((user, ASKERS), false)).collect(),
            gone: false,
            deleted: [false; USERS.len()],
            published: true,
            staff: [false; USERS.len()],
            left: [None; USERS.len()],
            brings: BRINGS.map(|groups| groups.iter().copied().collect()),
            rules: BTreeSet::new(),
            group_rules: BTreeSet::new(),
            requests: Vec::new(),
            assignments: Vec::new(),
            began_by_itself: 0,
            ended_by_itself: 0,
        }
    }
}

impl Model {
    pub fn open(&self, user: usize, package: usize) -> Option<usize> {
        self.requests.iter().position(|each| (each.user, each.package) == (user, package) && each.state.is_open())
    }

    /// The open request for more time.
    pub fn update(&self, user: usize, package: usize) -> Option<usize> {
        self.open(user, package).filter(|at| !self.requests[*at].adds)
    }

    /// Whether the policy by which users ask is for this one.
    pub fn is_for(&self, user: usize, package: usize) -> bool {
        match package {
            SCOPED => self.members.contains_key(&(user, ASKERS)),
            BY_RULE => self.staff[user],
            _ => true,
        }
    }

    /// Whether it is, and lets anybody ask.
    pub fn may_ask(&self, user: usize, package: usize) -> bool {
        self.published && self.is_for(user, package)
    }

    pub fn current(&self, user: usize, package: usize) -> Option<usize> {
        self.assignments.iter().position(|each| (each.user, each.package) == (user, package) && each.state.is_current())
    }

    /// The last assignment of the user of the package, whatever has become of it.
    pub fn last(&self, user: usize, package: usize) -> Option<usize> {
        self.assignments.iter().rposition(|each| (each.user, each.package) == (user, package))
    }

    fn is_in(&self, user: usize, group: usize) -> bool {
        self.members.contains_key(&(user, group)) || (group == OUTER && self.members.contains_key(&(user, INNER)))
    }

    /// Whether separation of duties lets the user have the package; a request doesn't stand against itself.
    pub fn admissible(&self, user: usize, package: usize, window: Window, but: Option<usize>) -> bool {
        let forbids = |other: usize| self.rules.contains(&(package, other));
        let held = self.assignments.iter().filter(|each| each.user == user && each.state.is_current());
        let asked = self
            .requests
            .iter()
            .enumerate()
            .filter(|(at, each)| each.user == user && each.state.is_open() && Some(*at) != but);
        let conflict = held
            .map(|each| (each.package, each.window))
            .chain(asked.map(|(_, each)| (each.package, each.window)))
            .any(|(other, theirs)| forbids(other) && window.meets(theirs));
        !conflict && !self.group_rules.iter().any(|(of, group)| *of == package && self.is_in(user, *group))
    }

    /// Brings what the user has in line with what the package brings.
    pub fn enforce(&mut self, at: usize) -> State {
        let (user, package) = (self.assignments[at].user, self.assignments[at].package);
        let (mut fine, mut failed) = (0, 0);
        let brings = self.brings[package].clone();
        for group in brings.iter().copied() {
            let can = group != ARCHIVISTS || !self.gone;
            if can {
                self.members.entry((user, group)).or_insert(true);
            }
            self.assignments[at].gave.insert(group, can);
            if can { fine += 1 } else { failed += 1 }
        }
        let gone: Vec<usize> =
            self.assignments[at].gave.keys().copied().filter(|group| !brings.contains(group)).collect();
        for group in gone {
            self.take(at, group);
        }
        match (fine, failed) {
            (_, 0) => State::Delivered,
            (0, _) => State::DeliveryFailed,
            _ => State::PartiallyDelivered,
        }
    }

    fn take(&mut self, at: usize, group: usize) {
        self.assignments[at].gave.remove(&group);
        let user = self.assignments[at].user;
        let elsewhere = self.assignments.iter().enumerate().any(|(other, each)| {
            other != at && each.user == user && each.state.is_current() && each.gave.get(&group) == Some(&true)
        });
        if !elsewhere && self.members.get(&(user, group)) == Some(&true) {
            self.members.remove(&(user, group));
        }
    }

    /// Ends an assignment, and with it what would have prolonged it.
    pub fn end(&mut self, at: usize) {
        let gave: Vec<usize> = self.assignments[at].gave.keys().copied().collect();
        for group in gave {
            self.take(at, group);
        }
        self.assignments[at].state = State::Expired;
        self.give_way(at);
    }

    /// What holders have asked for doesn't keep others from deciding.
    pub fn give_way(&mut self, held: usize) {
        let Assignment { user, package, .. } = self.assignments[held];
        if let Some(open) = self.update(user, package) {
            self.finish(open, State::Canceled);
        }
    }

    /// Gives an assignment the time that a request asks for.
    pub fn prolong(&mut self, at: usize) {
        if let Some(held) = self.requests[at].assignment {
            self.assignments[held].window.until = self.requests[at].window.until;
        }
        self.finish(at, State::Delivered);
    }

    /// Somebody comes under the rule, or leaves it.
    pub fn moves(&mut self, user: usize) {
        self.staff[user] = !self.staff[user];
        match self.staff[user] {
            true => self.follow(user),
            false => {
                let given = self.current(user, BY_RULE).filter(|held| self.assignments[*held].own);
                self.left[user] = given.map(|_| self.now);
            }
        }
    }

    /// What the rule gives to whom it is for.
    fn follow(&mut self, user: usize) {
        self.left[user] = None;
        if self.staff[user] && self.current(user, BY_RULE).is_none() {
            let (state, window) = (State::Delivered, Window { from: self.now, until: None });
            let gave = BTreeMap::new();
            self.assignments.push(Assignment { user, package: BY_RULE, own: true, state, window, gave });
            self.enforce(self.assignments.len() - 1);
            self.began_by_itself += 1;
        }
    }

    pub fn restore(&mut self, user: usize) {
        self.deleted[user] = false;
        self.follow(user);
    }

    /// Deletes somebody: they hold nothing any more, and what they asked for is denied.
    pub fn delete(&mut self, user: usize) {
        self.deleted[user] = true;
        self.left[user] = None;
        self.members.retain(|(member, _), _| *member != user);
        for at in 0..self.requests.len() {
            if self.requests[at].user == user && self.requests[at].state.is_open() {
                self.finish(at, State::Denied);
            }
        }
        for at in 0..self.assignments.len() {
            if self.assignments[at].user == user && self.assignments[at].state.is_current() {
                self.end(at);
                self.ended_by_itself += 1;
            }
        }
    }

    /// What comes of a request against which nothing stands but separation, time, and the directory.
    pub fn deliver(&mut self, at: usize) {
        let Request { user, package, own, mut window, assignment, .. } = self.requests[at];
        // What stands has the time that was last decided on.
        if let Some(held) = assignment.filter(|held| self.assignments[*held].state.is_current()) {
            window = self.assignments[held].window;
        }
        let over = window.until.is_some_and(|until| until <= self.now);
        let ended = assignment.is_some_and(|held| self.assignments[held].state == State::Expired);
        if self.deleted[user] {
            return self.finish(at, State::Denied);
        }
        if over || ended || !self.admissible(user, package, window, Some(at)) {
            return self.finish(at, State::DeliveryFailed);
        }
        if window.from > self.now {
            self.requests[at].state = State::Scheduled;
            return;
        }
        let held = assignment.unwrap_or(self.assignments.len());
        if assignment.is_none() {
            let state = State::DeliveryFailed;
            self.assignments.push(Assignment { user, package, own, state, window, gave: BTreeMap::new() });
            self.requests[at].assignment = Some(held);
        }
        let state = self.enforce(held);
        self.assignments[held].state = state;
        self.assignments[held].window = window;
        self.finish(at, state);
    }

    pub fn finish(&mut self, at: usize, state: State) {
        self.requests[at].state = state;
        self.requests[at].ended = self.now;
    }

    /// The next moment until `target` at which something happens by itself.
    pub fn next(&self, target: i64) -> Option<i64> {
        let ends = self.assignments.iter().filter(|each| each.state.is_current()).filter_map(|each| each.window.until);
        let waits = self.requests.iter().filter_map(|each| match each.state {
            State::PendingApproval => Some(each.opened + PATIENCE),
            State::Scheduled => Some(each.window.from),
            _ => None,
        });
        let graces = self.left.iter().flatten().map(|left| left + days(GRACE));
        ends.chain(waits).chain(graces).filter(|at| *at <= target).min()
    }

    /// What happens by itself when it is `now`.
    pub fn pass(&mut self, now: i64) {
        self.now = now;
        for at in 0..self.assignments.len() {
            let over = self.assignments[at].window.until.is_some_and(|until| until <= now);
            if over && self.assignments[at].state.is_current() {
                self.end(at);
                self.ended_by_itself += 1;
            }
        }
        for user in 0..USERS.len() {
            let held = self.current(user, BY_RULE);
            if let Some(held) = held.filter(|_| self.left[user].is_some_and(|left| left + days(GRACE) <= now)) {
                self.left[user] = None;
                self.end(held);
                self.ended_by_itself += 1;
            }
        }
        for at in 0..self.requests.len() {
            match self.requests[at].state {
                State::PendingApproval if self.requests[at].opened + PATIENCE <= now => self.finish(at, State::Denied),
                State::Scheduled if self.requests[at].window.from <= now => self.deliver(at),
                _ => {}
            }
        }
    }

    /// Whether a request may be delivered again.
    pub fn again(&self, at: usize) -> bool {
        let request = &self.requests[at];
        let state = matches!(request.state, State::DeliveryFailed | State::PartiallyDelivered);
        let stands = self.current(request.user, request.package).is_some_and(|held| request.assignment != Some(held));
        state && self.now - request.ended < AGAIN && !stands && self.open(request.user, request.package).is_none()
    }
}
