//! Every bound on what a caller may send, in one place. Each has a test at the limit.

/// Bytes in a request body (Graph's own limit is 4 MB).
pub const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Bytes in a request target, path and query together.
pub const URL_BYTES: usize = 16 * 1024;
/// Segments in a path.
pub const PATH_SEGMENTS: usize = 24;
/// Operators nested in a `$filter`.
pub const FILTER_DEPTH: usize = 24;
/// Operators, calls and literals in a `$filter`.
pub const FILTER_NODES: usize = 400;
/// Values in one `in (…)`.
pub const IN_VALUES: usize = 1000;
/// Levels of `$expand`.
pub const EXPAND_DEPTH: usize = 5;
/// Navigations in all levels of `$expand` together.
pub const EXPAND_COUNT: usize = 30;
/// Entries of an `$orderby`.
pub const ORDER_TERMS: usize = 8;
/// Requests in a `$batch`.
pub const BATCH_REQUESTS: usize = 20;
/// Objects and arrays nested in a JSON body.
pub const JSON_DEPTH: usize = 32;
/// Links that one body may set (`members@odata.bind`).
pub const BIND_COUNT: usize = 20;
/// The most that `$skip` may say: paging goes by `$skiptoken`.
pub const SKIP: u32 = 100_000;
/// Entries that one `$expand` gives for one parent before it says where the rest is.
pub const EXPAND_PAGE: u32 = 100;
/// Rows that an answer may hold, all levels of `$expand` together.
pub const ANSWER_ROWS: u64 = 50_000;
/// Bytes that an answer may hold in memory: its rows, and then its text.
pub const ANSWER_BYTES: u64 = 64 * 1024 * 1024;
/// Rows that all answers of a `$batch` may hold together.
pub const BATCH_ROWS: u64 = 100_000;
/// Bytes that all answers of a `$batch` may hold in memory together.
pub const BATCH_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes that all answers of a server may hold in memory together (`limits.answer_memory`).
pub const ANSWER_MEMORY: u64 = 512 * 1024 * 1024;
/// Bytes up to which an answer is small: the last eighth of the server's memory for answers is for those.
pub const ANSWER_SMALL_BYTES: u64 = 256 * 1024;
