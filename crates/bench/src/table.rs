//! Tables and lines on standard output, notes on standard error.

use std::io::Write;

/// The median of several runs, the least and the greatest.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    pub median: f64,
    least: f64,
    greatest: f64,
}

impl Spread {
    pub fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let at = |at: usize| values.get(at).copied().unwrap_or(0.0);
        Spread { median: at(values.len() / 2), least: at(0), greatest: at(values.len().saturating_sub(1)) }
    }

    pub fn whole(&self) -> String {
        format!("{:.0} ({:.0} - {:.0})", self.median, self.least, self.greatest)
    }

    pub fn hundredths(&self) -> String {
        format!("{:.2} ({:.2} - {:.2})", self.median, self.least, self.greatest)
    }
}

pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: &str, head: &[impl ToString]) -> Table {
        Table { title: title.to_owned(), rows: vec![head.iter().map(ToString::to_string).collect()] }
    }

    pub fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    pub fn print(&self, markdown: bool) {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |at: usize| self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
        line(&if markdown { format!("## {}\n", self.title) } else { self.title.clone() });
        for (at, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            match markdown {
                true => line(&format!("| {} |", cells.join(" | "))),
                false => line(format!("  {}", cells.join("   ")).trim_end()),
            }
            if at == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                match markdown {
                    true => line(&format!("|-{}-|", rules.join("-|-"))),
                    false => line(&format!("  {}", rules.join("   "))),
                }
            }
        }
        line("");
    }
}

/// A line of the result. A reader who has gone needs none.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line for whoever waits.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
