//! The bare engine: how fast SQLite itself makes the row of an incompatibility durable, on the same
//! file, with nothing before and after it.

use crate::Failure;
use crate::data::{Data, TENANT};
use rusqlite::params;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The n-th pair of a package and a group, none twice.
pub fn pair(data: &Data, number: u64) -> [Uuid; 2] {
    // Neighbours in time are strangers in the table, as they are when people do it.
    let (packages, groups) = (u64::from(data.packages.max(1)), u64::from(data.groups().max(1)));
    let package = number % packages;
    let group = (number / packages + package * 7) % groups;
    [data.package(package as u32), data.group(group as u32)]
}

/// Rows per second, with so many rows in a commit, from the `first` pair on.
pub fn rate(data: &Data, batch: u64, length: Duration, first: u64) -> Result<f64, Failure> {
    let connection = data.open()?;
    let mut insert = connection
        .prepare("INSERT INTO incompatible_group (tenant, package_id, group_id, created_at) VALUES (?1, ?2, ?3, ?4)")?;
    let start = Instant::now();
    let mut rows = 0;
    while start.elapsed() < length {
        // A statement by itself is a transaction.
        if batch > 1 {
            connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        for _ in 0..batch {
            let [package, group] = pair(data, first + rows);
            insert.execute(params![TENANT.as_bytes(), package.as_bytes(), group.as_bytes(), rows as i64])?;
            rows += 1;
        }
        if batch > 1 {
            connection.execute_batch("COMMIT")?;
        }
    }
    Ok(rows as f64 / start.elapsed().as_secs_f64())
}
