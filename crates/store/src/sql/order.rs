//! Order and the place where a page goes on. Paging is by key: the values of the order and the id of
//! the last row; never by counting rows. Null comes before every value, as OData says.

use super::Sql;
use super::filter::{Compiler, Operand};
use crate::answer::Column;
use crate::error::Error;
use odata::query::{Bookmark, Order};
use odata::value::Value;

/// One term, as SQL.
pub struct Term {
    pub expression: String,
    pub descending: bool,
    nullable: bool,
    pub column: Column,
}

/// The terms of an `$orderby`.
pub fn terms(compiler: &mut Compiler<'_>, order: &[Order]) -> Result<Vec<Term>, Error> {
    order
        .iter()
        .map(|order| {
            let Operand { expression, ty, nullable, .. } = compiler.path(&order.path)?;
            let column = Column { name: "order", ty };
            Ok(Term { expression, descending: order.descending, nullable, column })
        })
        .collect()
}

/// ` ORDER BY …`, with the id last.
pub fn order_by(terms: &[Term], id: &str) -> String {
    let mut text = String::from(" ORDER BY ");
    for term in terms {
        text.push_str(&term.expression);
        text.push_str(if term.descending { " DESC NULLS LAST, " } else { " ASC NULLS FIRST, " });
    }
    text.push_str(id);
    text
}

/// The condition that a row lies behind `bookmark`.
///
/// # Errors
/// [`Error::Unsupported`] for a bookmark of another order.
pub fn after(sql: &mut Sql, terms: &[Term], id: &str, bookmark: &Bookmark, key: Value) -> Result<String, Error> {
    if bookmark.values.len() != terms.len() {
        return Err(Error::Unsupported { target: "$skiptoken" });
    }
    let mut alternatives = Vec::new();
    let mut same = String::new();
    // Said once more without OR, so that an index is entered where the page goes on.
    let mut from = String::new();
    for (term, value) in terms.iter().zip(&bookmark.values) {
        let expression = &term.expression;
        let (behind, equal) = if value.is_null() {
            (format!("{expression} IS NOT NULL"), format!("{expression} IS NULL"))
        } else {
            let bound = sql.bind(value.clone());
            if same.is_empty() && !(term.descending && term.nullable) {
                let order = if term.descending { "<=" } else { ">=" };
                from = format!(" AND {expression} {order} {bound}");
            }
            let behind = match (term.descending, term.nullable) {
                (false, _) => format!("{expression} > {bound}"),
                (true, false) => format!("{expression} < {bound}"),
                (true, true) => format!("({expression} < {bound} OR {expression} IS NULL)"),
            };
            (behind, format!("{expression} = {bound}"))
        };
        // Nothing comes behind null when null is last.
        if !(value.is_null() && term.descending) {
            alternatives.push(format!("({same}{behind})"));
        }
        same.push_str(&equal);
        same.push_str(" AND ");
    }
    let bound = sql.bind(key);
    alternatives.push(format!("({same}{id} > {bound})"));
    Ok(format!("{from} AND ({})", alternatives.join(" OR ")))
}
