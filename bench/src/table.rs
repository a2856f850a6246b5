//! What was measured, for people to read.

use std::{
    io::{self, Write},
    time::Duration,
};

/// Writes a title and the rows below it, each column as wide as its widest cell and numbers at its
/// right.
pub fn print<const COLUMNS: usize>(title: &str, rows: &[[String; COLUMNS]]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "\n{title}")?;
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            if column == 0 {
                write!(out, "  {cell:width$}")?;
            } else {
                write!(out, "  {cell:>width$}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A duration in milliseconds.
pub fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}
