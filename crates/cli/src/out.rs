//! What the command says: results to standard output, everything else to standard error. A reader
//! that has gone away (`doorward ... | head`) is no error, so nothing here can fail.

use std::io::Write;

/// One line of the command's result.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A result that ends where it ends.
pub fn bytes(text: &[u8]) {
    let _ = std::io::stdout().lock().write_all(text);
}

/// For the person in front of the terminal, not for the program behind the pipe.
pub fn note(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
