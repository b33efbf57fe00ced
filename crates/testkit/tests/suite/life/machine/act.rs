//! What each operation must answer, and what it changes in the model; sent and compared by the driver.

use super::drive::{Driver, Expect};
use super::model::{Assignment, DECIDED, DIRECT_DAYS, Model, OWN_DAYS, Request, STAGES, State, Window, days};
use super::{ARCHIVISTS, BY_RULE, ENTERERS, OUTER, Op};

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
            // What stands against a rule, and when it is asked again, is for other tests.
            Op::AdminAdd { package: BY_RULE, .. }
            | Op::UserAdd { package: BY_RULE, .. }
            | Op::Remove { package: BY_RULE, .. }
            | Op::Forbid { package: BY_RULE, .. }
            | Op::ForbidGroup { package: BY_RULE, .. } => return,
            Op::AdminAdd { user, package, later } => self.admin_add(model, user, package, later, place).await,
            Op::UserAdd { user, package } => {
                if model.deleted[user] {
                    return;
                }
                let window = Window { from: model.now, until: OWN_DAYS[package].map(|long| model.now + days(long)) };
                let fine = free(model, user, package, window) && model.may_ask(user, package);
                if self.user_add(user, package, Expect::created(fine), place).await {
                    let at = accept(model, user, package, true, window);
                    if !DECIDED[package].0 {
                        model.deliver(at);
                    }
                }
            }
            Op::Remove { user, package, by_user } => {
                let Some(held) = model.last(user, package).filter(|_| !(by_user && model.deleted[user])) else {
                    return;
                };
                let current = model.assignments[held].state.is_current();
                // The policy for administrators doesn't let users give back.
                let fine = current && (!by_user || model.assignments[held].own);
                if self.remove(held, user, by_user, Expect::created(fine), place).await {
                    model.end(held);
                    let at = about(model, held, model.assignments[held].window);
                    model.finish(at, State::Delivered);
                }
            }
            Op::Update { user, package, by_user, days } => {
                self.update(model, (user, package), by_user, days, false, place).await
            }
            Op::Under { user, package } => self.update(model, (user, package), false, None, true, place).await,
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
                if model.deleted[user] {
                    return;
                }
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
            Op::Person { user } => {
                self.person(user, !model.deleted[user], place).await;
                match model.deleted[user] {
                    true => model.restore(user),
                    false => model.delete(user),
                }
            }
            Op::Move { user } => {
                if model.deleted[user] {
                    return;
                }
                model.moves(user);
                self.moves(user, model.staff[user]).await;
            }
            Op::Publish { on } => {
                self.publish(on, place).await;
                model.published = on;
            }
            Op::Days(span) => {
                let target = model.now + days(i64::from(span));
                while let Some(at) = model.next(target) {
                    self.advance(at - model.now, place).await;
                    model.pass(at);
                }
                self.advance(target - model.now, place).await;
                model.pass(target);
            }
        }
        self.advance(0, place).await;
        self.check(model, place).await;
    }

    async fn admin_add(&mut self, model: &mut Model, user: usize, package: usize, later: Option<u8>, place: &str) {
        let waits =
            |model: &Model| model.requests.iter().any(|each| each.user == user && each.state == State::Scheduled);
        // Who begins, and what ends, at the same moment is for other tests: one start at a time, without end.
        let later = later.filter(|_| DIRECT_DAYS[package].is_none() && !waits(model));
        let from = later.map_or(model.now, |wait| model.now + days(i64::from(wait)) + 2);
        let window = Window { from, until: DIRECT_DAYS[package].map(|long| from + days(long)) };
        let expect = match model.deleted[user] {
            true => Expect::NOBODY,
            false => Expect::created(free(model, user, package, window)),
        };
        if self.direct(user, package, later.map(|_| from), expect, place).await {
            let at = accept(model, user, package, false, window);
            model.deliver(at);
        }
    }

    async fn update(
        &mut self,
        model: &mut Model,
        (user, package): (usize, usize),
        by_user: bool,
        wish: Option<u8>,
        other: bool,
        place: &str,
    ) {
        let Some(held) = model.last(user, package).filter(|_| !(by_user && model.deleted[user])) else { return };
        let own = model.assignments[held].own;
        let longest = if own { OWN_DAYS[package] } else { DIRECT_DAYS[package] };
        let wish = wish.filter(|_| package != BY_RULE);
        let wished = wish.map(i64::from);
        let allowed = match (wished, longest) {
            (Some(wished), Some(longest)) => wished <= longest,
            _ => true,
        };
        let until = wished.or(longest).map(|long| model.now + days(long));
        let window = Window { from: model.assignments[held].window.from, until };
        let open = model.open(user, package);
        let fine = model.assignments[held].state.is_current()
            // An administrator doesn't wait for what the holder asks for.
            && (!by_user || own && open.is_none() && model.may_ask(user, package))
            // An assignment stays under its policy.
            && !other
            && allowed
            && model.admissible(user, package, window, None);
        let policy = other.then_some((package, !own));
        if self.extend(held, by_user.then_some(user), wish, policy, Expect::created(fine), place).await {
            model.give_way(held);
            let at = about(model, held, window);
            if !by_user || !DECIDED[package].1 {
                model.prolong(at);
            }
        }
    }
}

/// Takes a request about an assignment into the model.
fn about(model: &mut Model, held: usize, window: Window) -> usize {
    let Assignment { user, package, own, .. } = model.assignments[held];
    let at = accept(model, user, package, own, window);
    model.requests[at].adds = false;
    model.requests[at].assignment = Some(held);
    at
}

fn in_line(model: &mut Model, held: usize) {
    // It stands, even when nothing of it can be given just now.
    model.assignments[held].state = match model.enforce(held) {
        State::DeliveryFailed => State::PartiallyDelivered,
        state => state,
    };
}

fn decided(model: &mut Model, at: usize, approve: bool) {
    let Request { user, package, adds, window, stage, .. } = model.requests[at];
    if !approve {
        return model.finish(at, State::Denied);
    }
    if stage + 1 < STAGES[package] {
        model.requests[at].stage += 1;
        model.requests[at].opened = model.now;
        return;
    }
    let over = window.until.is_some_and(|until| until <= model.now);
    match (over || !model.admissible(user, package, window, Some(at)), adds) {
        (true, _) => model.finish(at, State::Denied),
        (false, true) => model.deliver(at),
        (false, false) => model.prolong(at),
    }
}
