//! How much an answer may take: rows, and bytes of memory, for one answer, for all answers of a batch,
//! and for all answers of a server together. It only counts: code that reads or writes rows charges them
//! here before it keeps them. It must never wait, and never forget to give back: what is charged is
//! released when the [`Budget`] is dropped.

use crate::limits;
use crate::value::Value;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The steps in which memory is taken from the [`Pool`], which is shared by all threads.
const STEP: u64 = 16 * 1024;
/// What a row takes beside its cells: its own fields, its id, and its place in the lists of its level.
const ROW: u64 = 192;
/// What the allocator adds to each text.
const ALLOCATION: u64 = 16;

/// Rows and bytes that an answer, or all answers of a batch, may take. A streamed answer would be bounded by
/// its bytes alone: it charges what it holds and releases what it has sent, so `rows` is `u64::MAX` there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub rows: u64,
    pub bytes: u64,
}

/// The limits of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLimits {
    pub answer: Limits,
    /// For all answers of a batch together.
    pub batch: Limits,
    /// Bytes, for all answers that are being made or sent.
    pub server: u64,
}

impl Default for AnswerLimits {
    fn default() -> AnswerLimits {
        AnswerLimits {
            answer: Limits { rows: limits::ANSWER_ROWS, bytes: limits::ANSWER_BYTES },
            batch: Limits { rows: limits::BATCH_ROWS, bytes: limits::BATCH_BYTES },
            server: limits::ANSWER_MEMORY,
        }
    }
}

impl AnswerLimits {
    /// The same, where no answer may be larger than the server's memory for answers has room: that one would be
    /// asked to come again for ever.
    #[must_use]
    pub fn fitted(mut self) -> AnswerLimits {
        let most = large(self.server) / STEP * STEP;
        self.answer.bytes = self.answer.bytes.min(most);
        self.batch.bytes = self.batch.bytes.min(most);
        self
    }
}

/// What large answers may take of the memory of a server: the last eighth is left to small ones, so that large
/// ones which are sent slowly don't shut everybody else out.
fn large(server: u64) -> u64 {
    server - server / 8
}

/// The memory that all answers of a server may hold at one time.
#[derive(Debug)]
pub struct Pool {
    limit: u64,
    held: AtomicU64,
}

impl Pool {
    pub fn new(limit: u64) -> Arc<Pool> {
        Arc::new(Pool { limit, held: AtomicU64::new(0) })
    }

    /// What is held now.
    pub fn held(&self) -> u64 {
        self.held.load(Relaxed)
    }

    /// Takes `bytes` for an answer that then holds `total`.
    fn take(&self, bytes: u64, total: u64, forced: bool) -> Result<(), Over> {
        let held = self.held.fetch_add(bytes, Relaxed).saturating_add(bytes);
        let limit = if total <= limits::ANSWER_SMALL_BYTES { self.limit } else { large(self.limit) };
        if held > limit && !forced {
            self.held.fetch_sub(bytes, Relaxed);
            return Err(Over::Server);
        }
        Ok(())
    }

    fn give(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Relaxed);
    }
}

/// Whose limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Answer,
    Batch,
}

/// A limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Rows(Scope, u64),
    Bytes(Scope, u64),
    /// What all answers of the server may hold.
    Server,
}

/// A limit that was passed, and the navigation whose rows passed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    pub over: Over,
    /// Names of navigations with slashes between them; empty for the rows of the answer itself.
    pub path: String,
}

impl Exceeded {
    /// The same, seen from one level further up.
    #[must_use]
    pub fn below(mut self, navigation: &str) -> Exceeded {
        let slash = if self.path.is_empty() { "" } else { "/" };
        self.path = [navigation, slash, &self.path].concat();
        self
    }
}

impl From<Over> for Exceeded {
    fn from(over: Over) -> Exceeded {
        Exceeded { over, path: String::new() }
    }
}

/// What is counted for one answer, or for all answers of a batch.
#[derive(Debug)]
pub struct Budget {
    scope: Scope,
    limits: Limits,
    source: Source,
    state: Mutex<State>,
}

/// Where the memory comes from.
#[derive(Debug)]
enum Source {
    Pool(Arc<Pool>),
    /// One answer of a batch.
    Batch(Arc<Budget>),
}

#[derive(Debug, Default)]
struct State {
    /// Rows read from the database, and rows written. An entity that is found once and stands under several
    /// parents is read once, and written for each.
    read: u64,
    written: u64,
    /// Bytes of the rows, of the text that was made of them, and of a batch's unfinished items.
    rows: u64,
    text: u64,
    items: u64,
    /// Bytes taken from the pool: all of these, in whole steps. An item takes from its batch what it holds.
    taken: u64,
    forced: bool,
}

impl State {
    fn held(&self) -> u64 {
        self.rows.saturating_add(self.text).saturating_add(self.items)
    }
}

impl Budget {
    /// For an answer by itself.
    pub fn answer(limits: &AnswerLimits, pool: &Arc<Pool>) -> Arc<Budget> {
        Budget::new(Scope::Answer, limits.answer, Source::Pool(Arc::clone(pool)))
    }

    /// For all answers of a batch.
    pub fn batch(limits: &AnswerLimits, pool: &Arc<Pool>) -> Arc<Budget> {
        Budget::new(Scope::Batch, limits.batch, Source::Pool(Arc::clone(pool)))
    }

    /// For one answer of a batch.
    pub fn item(limits: &AnswerLimits, batch: &Arc<Budget>) -> Arc<Budget> {
        Budget::new(Scope::Answer, limits.answer, Source::Batch(Arc::clone(batch)))
    }

    fn new(scope: Scope, limits: Limits, source: Source) -> Arc<Budget> {
        Arc::new(Budget { scope, limits, source, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on everything is counted and nothing refused: what was written to the database must be
    /// answered, or the client would send it again.
    pub fn force(&self) {
        self.state().forced = true;
    }

    /// How many more rows may be read.
    pub fn rows_left(&self) -> u64 {
        let left = {
            let state = self.state();
            if state.forced { u64::MAX } else { self.limits.rows.saturating_sub(state.read) }
        };
        match &self.source {
            Source::Batch(batch) if left < u64::MAX => left.min(batch.rows_left()),
            _ => left,
        }
    }

    /// Charges a row that was read, and `beside` bytes that belong to it beside its cells.
    ///
    /// # Errors
    /// The limit that is passed with it; the row has to be dropped then.
    pub fn read_row(&self, cells: &[Value], beside: u64) -> Result<(), Over> {
        let mut state = self.state();
        let forced = state.forced;
        self.count(&mut state, Counted::Read, forced)?;
        let bytes = row_bytes(cells).saturating_add(beside);
        self.take(&mut state, bytes, forced)?;
        state.rows += bytes;
        Ok(())
    }

    /// Charges a row that was written, after which the whole text has `length` bytes.
    ///
    /// # Errors
    /// The limit that is passed with it; the answer can't be given then.
    pub fn wrote_row(&self, length: usize) -> Result<(), Over> {
        let mut state = self.state();
        let forced = state.forced;
        self.count(&mut state, Counted::Written, forced)?;
        self.write_to(&mut state, length)
    }

    /// Charges text that has `length` bytes now.
    ///
    /// # Errors
    /// The limit that is passed with it.
    pub fn wrote(&self, length: usize) -> Result<(), Over> {
        self.write_to(&mut self.state(), length)
    }

    fn write_to(&self, state: &mut State, length: usize) -> Result<(), Over> {
        let more = (length as u64).saturating_sub(state.text);
        let forced = state.forced;
        self.take(state, more, forced)?;
        state.text += more;
        Ok(())
    }

    /// Releases the rows, once the text stands for them.
    pub fn drop_rows(&self) {
        let mut state = self.state();
        let rows = std::mem::take(&mut state.rows);
        self.release(&mut state, rows);
    }

    /// Leaves the charge for the text with the batch, which keeps the text until it is sent.
    pub fn leave_to_batch(&self) {
        if let Source::Batch(batch) = &self.source {
            let text = std::mem::take(&mut self.state().text);
            let mut batch = batch.state();
            batch.items = batch.items.saturating_sub(text);
            batch.text += text;
        }
    }

    /// Gives the rows of an answer that was refused back to its batch: the others may have them.
    pub fn return_rows(&self) {
        if let Source::Batch(batch) = &self.source {
            let mut state = self.state();
            let (read, written) = (std::mem::take(&mut state.read), std::mem::take(&mut state.written));
            let mut batch = batch.state();
            batch.read = batch.read.saturating_sub(read);
            batch.written = batch.written.saturating_sub(written);
        }
    }

    /// One more row, here and in the batch.
    fn count(&self, state: &mut State, counted: Counted, forced: bool) -> Result<(), Over> {
        let count = match counted {
            Counted::Read => &mut state.read,
            Counted::Written => &mut state.written,
        };
        if *count >= self.limits.rows && !forced {
            return Err(Over::Rows(self.scope, self.limits.rows));
        }
        if let Source::Batch(batch) = &self.source {
            batch.count(&mut batch.state(), counted, forced)?;
        }
        *count += 1;
        Ok(())
    }

    /// Makes sure that `bytes` more may be held.
    fn take(&self, state: &mut State, bytes: u64, forced: bool) -> Result<(), Over> {
        let held = state.held().saturating_add(bytes);
        if held > self.limits.bytes && !forced {
            return Err(Over::Bytes(self.scope, self.limits.bytes));
        }
        match &self.source {
            Source::Batch(batch) => {
                let mut above = batch.state();
                batch.take(&mut above, bytes, forced)?;
                above.items += bytes;
            }
            Source::Pool(pool) if held > state.taken => {
                let more = (held - state.taken).next_multiple_of(STEP);
                pool.take(more, state.taken.saturating_add(more), forced)?;
                state.taken += more;
            }
            Source::Pool(_) => {}
        }
        Ok(())
    }

    /// Gives back what is no longer held; `bytes` have been taken off `state` already.
    fn release(&self, state: &mut State, bytes: u64) {
        match &self.source {
            Source::Batch(batch) => {
                let mut above = batch.state();
                above.items = above.items.saturating_sub(bytes);
                batch.release(&mut above, bytes);
            }
            Source::Pool(pool) => {
                let keep = state.held().next_multiple_of(STEP);
                let back = state.taken.saturating_sub(keep);
                if back > 0 {
                    state.taken -= back;
                    pool.give(back);
                }
            }
        }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        let mut state = self.state();
        let held = state.held();
        *state = State { taken: state.taken, ..State::default() };
        self.release(&mut state, held);
    }
}

#[derive(Clone, Copy)]
enum Counted {
    Read,
    Written,
}

/// A budget, and what each row of a statement takes beside its cells.
#[derive(Debug, Clone, Copy)]
pub struct Meter<'b> {
    pub budget: &'b Budget,
    pub beside: u64,
}

impl Meter<'_> {
    /// Charges a row that was read.
    ///
    /// # Errors
    /// As [`Budget::read_row`].
    pub fn row(&self, cells: &[Value]) -> Result<(), Over> {
        self.budget.read_row(cells, self.beside)
    }
}

/// About how much memory a row takes.
fn row_bytes(cells: &[Value]) -> u64 {
    let text = |cell: &Value| match cell {
        Value::Text(text) | Value::Json(text) => text.capacity() as u64 + ALLOCATION,
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Guid(_) | Value::Time(_) => 0,
    };
    ROW + size_of_val(cells) as u64 + cells.iter().map(text).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: u64 = 4;

    fn limits(rows: u64, bytes: u64) -> AnswerLimits {
        let wide = Limits { rows: u64::MAX, bytes: u64::MAX };
        AnswerLimits { answer: Limits { rows, bytes }, batch: wide, server: u64::MAX }
    }

    fn text(length: usize) -> [Value; 1] {
        [Value::Text("x".repeat(length))]
    }

    #[test]
    fn rows_pass_up_to_the_limit_and_no_further() {
        let pool = Pool::new(u64::MAX);
        let budget = Budget::answer(&limits(3, u64::MAX), &pool);
        for left in [3, 2, 1] {
            assert_eq!(budget.rows_left(), left);
            budget.read_row(&[], 0).unwrap();
        }
        assert_eq!(budget.read_row(&[], 0), Err(Over::Rows(Scope::Answer, 3)));
        // What is written is counted apart.
        for length in 1..=3 {
            budget.wrote_row(length).unwrap();
        }
        assert_eq!(budget.wrote_row(4), Err(Over::Rows(Scope::Answer, 3)));
    }

    #[test]
    fn bytes_pass_up_to_the_limit_and_no_further() {
        let row = row_bytes(&text(100));
        let pool = Pool::new(u64::MAX);
        let budget = Budget::answer(&limits(u64::MAX, 2 * row + 50), &pool);
        budget.read_row(&text(100), 0).unwrap();
        budget.read_row(&text(100), 10).unwrap();
        budget.wrote(40).unwrap();
        assert_eq!(budget.wrote(41), Err(Over::Bytes(Scope::Answer, 2 * row + 50)));
        budget.drop_rows();
        budget.wrote((2 * row + 50) as usize).unwrap();
        assert!(budget.wrote((2 * row + 51) as usize).is_err());
    }

    #[test]
    fn a_batch_counts_what_its_items_hold_and_what_they_leave() {
        let pool = Pool::new(u64::MAX);
        let batch = Limits { rows: 3, bytes: 4000 };
        let limits = AnswerLimits { batch, ..limits(2, 3000) };
        let whole = Budget::batch(&limits, &pool);
        let first = Budget::item(&limits, &whole);
        let second = Budget::item(&limits, &whole);
        first.read_row(&[], 0).unwrap();
        first.read_row(&[], 0).unwrap();
        assert_eq!(first.read_row(&[], 0), Err(Over::Rows(Scope::Answer, 2)));
        assert_eq!(second.rows_left(), 1);
        second.read_row(&[], 0).unwrap();
        assert_eq!(second.read_row(&[], 0), Err(Over::Rows(Scope::Batch, 3)));
        first.drop_rows();
        first.wrote(2500).unwrap();
        first.leave_to_batch();
        drop(first);
        second.drop_rows();
        second.wrote(1500).unwrap();
        assert_eq!(second.wrote(1501), Err(Over::Bytes(Scope::Batch, 4000)));
        drop(second);
        Budget::item(&limits, &whole).wrote(1500).unwrap();
        assert!(pool.held() >= 2500);
        drop(whole);
        assert_eq!(pool.held(), 0);
    }

    #[test]
    fn rows_of_a_refused_item_are_left_to_the_other_items() {
        let pool = Pool::new(u64::MAX);
        let batch = Limits { rows: 3, bytes: u64::MAX };
        let limits = AnswerLimits { batch, ..limits(2, u64::MAX) };
        let whole = Budget::batch(&limits, &pool);
        for _ in 0..3 {
            let refused = Budget::item(&limits, &whole);
            refused.read_row(&[], 0).unwrap();
            refused.read_row(&[], 0).unwrap();
            assert_eq!(refused.read_row(&[], 0), Err(Over::Rows(Scope::Answer, 2)));
            refused.return_rows();
        }
        assert_eq!(whole.rows_left(), 3);
    }

    #[test]
    fn the_pool_is_shared_and_gets_everything_back() {
        let pool = Pool::new(STEPS * STEP);
        let wide = limits(u64::MAX, u64::MAX);
        let budgets: Vec<_> = (0..STEPS).map(|_| Budget::answer(&wide, &pool)).collect();
        for budget in &budgets {
            budget.wrote(STEP as usize).unwrap();
        }
        assert_eq!(pool.held(), STEPS * STEP);
        let late = Budget::answer(&wide, &pool);
        assert_eq!(late.wrote(1), Err(Over::Server));
        // What was written to the database is answered all the same.
        late.force();
        late.wrote(1).unwrap();
        drop(late);
        drop(budgets);
        assert_eq!(pool.held(), 0);
        Budget::answer(&wide, &pool).wrote(1).unwrap();
    }

    #[test]
    fn the_last_eighth_of_the_pool_is_left_to_small_answers() {
        let small = limits::ANSWER_SMALL_BYTES;
        let pool = Pool::new(16 * small);
        let wide = limits(u64::MAX, u64::MAX);
        let large = Budget::answer(&wide, &pool);
        large.wrote((14 * small) as usize).unwrap();
        assert_eq!(large.wrote((14 * small) as usize + 1), Err(Over::Server));
        let first = Budget::answer(&wide, &pool);
        first.wrote(small as usize).unwrap();
        assert_eq!(first.wrote(small as usize + 1), Err(Over::Server));
    }

    #[test]
    fn limits_larger_than_the_server_shrink_to_what_fits() {
        let server = 1000 * STEP + 7;
        let small = AnswerLimits { server, ..AnswerLimits::default() }.fitted();
        assert_eq!((small.answer.bytes, small.batch.bytes), (875 * STEP, 875 * STEP));
        let budget = Budget::answer(&small, &Pool::new(server));
        budget.wrote((875 * STEP) as usize).unwrap();
        assert_eq!(budget.wrote((875 * STEP) as usize + 1), Err(Over::Bytes(Scope::Answer, 875 * STEP)));
        let usual = AnswerLimits::default();
        assert_eq!(usual.fitted(), usual);
    }

    #[test]
    fn rows_that_are_dropped_give_their_memory_back_at_once() {
        let pool = Pool::new(u64::MAX);
        let wide = limits(u64::MAX, u64::MAX);
        let whole = Budget::batch(&wide, &pool);
        for budget in [Budget::answer(&wide, &pool), Budget::item(&wide, &whole)] {
            budget.read_row(&text(10 * STEP as usize), 0).unwrap();
            assert!(pool.held() > 10 * STEP);
            budget.wrote(10).unwrap();
            budget.drop_rows();
            assert_eq!(pool.held(), STEP);
            drop(budget);
            assert_eq!(pool.held(), 0);
        }
    }

    #[test]
    fn the_path_is_said_from_the_top() {
        let exceeded = Exceeded::from(Over::Server).below("manager").below("members");
        assert_eq!(exceeded.path, "members/manager");
    }
}
