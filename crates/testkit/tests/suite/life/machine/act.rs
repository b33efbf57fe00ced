//! What each operation must answer, and what it changes in the model; sent and compared by the driver.

use super::drive::{Driver, Expect};
use super::model::{DIRECT_DAYS, Model, OWN_DAYS, Request, STAGES, State, Window};
use super::{ARCHIVISTS, ENTERERS, OUTER, Op};

fn half_days(days: i64) -> i64 {
    days * 2
}

/// Takes a request into the model that has been accepted.
fn accept(model: &mut Model, user: usize, package: usize, own: bool, window: Window) -> usize {
    let state = State::PendingApproval;
    let (assignment, stage, opened, ended) = (None, 0, model.now, model.now);
    model.requests.push(Request { user, package, adds: true, own, state, window, assignment, stage, opened, ended });
    model.requests.len() - 1
}

/// Whether a new request for the package is accepted.
fn free(model: &Model, user: usize, package: usize, window: Window) -> bool {
    model.open(user, package).is_none()
        && model.current(user, package).is_none()
        && model.admissible(user, package, window, None)
}

impl Driver<'_> {
    pub async fn act(&mut self, model: &mut Model, op: Op, place: &str) {
        match op {
            Op::AdminAdd { user, package, later } => self.admin_add(model, user, package, later, place).await,
            Op::UserAdd { user, package } => {
                let window =
                    Window { from: model.now, until: OWN_DAYS[package].map(|days| model.now + half_days(days)) };
                let fine = free(model, user, package, window);
                if self.user_add(user, package, Expect::created(fine), place).await {
                    let at = accept(model, user, package, true, window);
                    if STAGES[package] == 0 {
                        model.deliver(at);
                    }
                }
            }
            Op::Remove { user, package, by_user } => {
                let Some(held) = model.last(user, package) else { return };
                let current = model.assignments[held].state.is_current();
                // The policy for administrators doesn't let users give back.
                let fine = current && model.open(user, package).is_none() && (!by_user || model.assignments[held].own);
                if self.remove(held, user, by_user, Expect::created(fine), place).await {
                    model.end(held);
                    self.noted(model, held, State::Delivered);
                }
            }
            Op::Update { user, package, by_user, days } => {
                self.update(model, user, package, by_user, days, place).await
            }
            Op::Cancel { user, package } => {
                let Some(at) = model.open(user, package) else { return };
                self.cancel(at, user, place).await;
                model.finish(at, State::Canceled);
            }
            Op::Decide { user, package, approve } => {
                let Some(at) = model.open(user, package) else { return };
                if model.requests[at].state != State::PendingApproval {
                    return;
                }
                self.decide(at, model.requests[at].stage, approve, place).await;
                decided(model, at, approve);
            }
            Op::Join { user, group } => {
                let known = model.members.contains_key(&(user, group));
                let gone = group == ARCHIVISTS && model.gone;
                let status = if gone {
                    404
                } else if known {
                    400
                } else {
                    204
                };
                self.join(user, group, status, place).await;
                if status == 204 {
                    model.members.insert((user, group), false);
                }
            }
            Op::Leave { user, group } => {
                let known = model.members.remove(&(user, group)).is_some();
                self.leave(user, group, if known { 204 } else { 404 }, place).await;
            }
            Op::Forbid { package, other } => {
                let on = !model.rules.contains(&(package, other));
                let status = if package == other { 400 } else { 204 };
                self.forbid(package, other, on, status, place).await;
                if status == 204 && !model.rules.remove(&(package, other)) {
                    model.rules.insert((package, other));
                }
            }
            Op::ForbidGroup { package, outer } => {
                let rule = (package, if outer { OUTER } else { ENTERERS });
                let on = !model.group_rules.remove(&rule);
                if on {
                    model.group_rules.insert(rule);
                }
                self.forbid_group(rule.0, rule.1, on, place).await;
            }
            Op::Bring { package } => {
                let on = !model.brings[package].contains(&ARCHIVISTS);
                // A group that isn't there can be stopped being brought, and no more.
                if on && model.gone {
                    return;
                }
                self.bring(package, on, place).await;
                if !model.brings[package].remove(&ARCHIVISTS) {
                    model.brings[package].insert(ARCHIVISTS);
                }
                for held in 0..model.assignments.len() {
                    if model.assignments[held].package == package && model.assignments[held].state.is_current() {
                        in_line(model, held);
                    }
                }
            }
            Op::Archivists => {
                model.gone = !model.gone;
                self.archivists(model.gone, place).await;
                model.members.retain(|(_, group), _| *group != ARCHIVISTS);
            }
            Op::ReprocessAssignment { user, package } => {
                let Some(held) = model.last(user, package) else { return };
                let fine = model.assignments[held].state == State::Delivered;
                self.reprocess_assignment(held, if fine { 202 } else { 400 }, place).await;
                if fine {
                    in_line(model, held);
                }
            }
            Op::ReprocessRequest { user, package } => {
                let mine = |each: &Request| each.adds && (each.user, each.package) == (user, package);
                let Some(at) = model.requests.iter().position(mine) else { return };
                let fine = model.again(at);
                self.reprocess_request(at, if fine { 202 } else { 400 }, place).await;
                if fine {
                    model.deliver(at);
                }
            }
            Op::Days(days) => {
                let target = model.now + half_days(i64::from(days));
                while let Some(at) = model.next(target) {
                    self.advance(at - model.now, place).await;
                    model.pass(at);
                }
                self.advance(target - model.now, place).await;
                model.pass(target);
            }
        }
        self.settle(place).await;
        self.check(model, place).await;
    }

    async fn admin_add(&mut self, model: &mut Model, user: usize, package: usize, later: Option<u8>, place: &str) {
        let waits =
            |model: &Model| model.requests.iter().any(|each| each.user == user && each.state == State::Scheduled);
        // Who begins, and what ends, at the same moment is for other tests: one start at a time, without end.
        let later = later.filter(|_| DIRECT_DAYS[package].is_none() && !waits(model));
        let from = later.map_or(model.now, |days| model.now + half_days(i64::from(days)) + 1);
        let window = Window { from, until: DIRECT_DAYS[package].map(|days| from + half_days(days)) };
        let fine = free(model, user, package, window);
        if self.direct(user, package, later.map(|_| from), Expect::created(fine), place).await {
            let at = accept(model, user, package, false, window);
            model.deliver(at);
        }
    }

    async fn update(
        &mut self,
        model: &mut Model,
        user: usize,
        package: usize,
        by_user: bool,
        days: Option<u8>,
        place: &str,
    ) {
        let Some(held) = model.last(user, package) else { return };
        let own = model.assignments[held].own;
        let longest = if own { OWN_DAYS[package] } else { DIRECT_DAYS[package] };
        let wished = days.map(i64::from);
        let allowed = match (wished, longest) {
            (Some(wished), Some(longest)) => wished <= longest,
            _ => true,
        };
        let window = Window { from: model.now, until: wished.or(longest).map(|days| model.now + half_days(days)) };
        let fine = model.assignments[held].state.is_current()
            && model.open(user, package).is_none()
            && (!by_user || own)
            && allowed
            && model.admissible(user, package, window, None);
        if self.extend(held, user, by_user, days, Expect::created(fine), place).await {
            model.assignments[held].window.until = window.until;
            self.noted(model, held, State::Delivered);
        }
    }

    /// A request about an assignment that was accepted and is done.
    fn noted(&self, model: &mut Model, held: usize, state: State) {
        let Request { user, package, own, window, .. } = Request {
            user: model.assignments[held].user,
            package: model.assignments[held].package,
            adds: false,
            own: model.assignments[held].own,
            state,
            window: model.assignments[held].window,
            assignment: Some(held),
            stage: 0,
            opened: model.now,
            ended: model.now,
        };
        let at = accept(model, user, package, own, window);
        model.requests[at].adds = false;
        model.requests[at].assignment = Some(held);
        model.finish(at, state);
    }
}

fn in_line(model: &mut Model, held: usize) {
    // It stands, even when nothing of it can be given just now.
    model.assignments[held].state = match model.enforce(held) {
        State::DeliveryFailed => State::PartiallyDelivered,
        state => state,
    };
}

fn decided(model: &mut Model, at: usize, approve: bool) {
    let Request { user, package, window, stage, .. } = model.requests[at];
    if !approve {
        return model.finish(at, State::Denied);
    }
    if stage + 1 < STAGES[package] {
        model.requests[at].stage += 1;
        model.requests[at].opened = model.now;
        return;
    }
    match model.admissible(user, package, window, Some(at)) {
        true => model.deliver(at),
        false => model.finish(at, State::Denied),
    }
}
