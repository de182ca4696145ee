//! Cells that a spreadsheet opens without running them, and reading them back.

/// With these a spreadsheet takes a cell for a formula, or for the end of the cell before it. The wide forms count as
/// well: some programs make them narrow first.
const STARTS_A_FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// The cell for a text. One that a spreadsheet would take for a formula gets an apostrophe in front, which makes it a
/// text; so does one that looks as if it had got one already, so that every text can be read back.
pub fn guarded(text: &str) -> String {
    if is_guarded_or_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text of a cell that [`guarded`] wrote.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_guarded_or_formula(text) => text,
        _ => cell,
    }
}

fn is_guarded_or_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS_A_FORMULA)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// attacks.md row 93: CSV injection. No cell begins as a formula does.
    #[test]
    fn a_cell_is_never_a_formula() {
        for start in STARTS_A_FORMULA {
            let text = format!("{start}HYPERLINK(\"http://evil.example\")");
            assert_eq!(guarded(&text), format!("'{text}"));
        }
        for text in ["a=b", "192.0.2.1", "'quoted'", "O'Neill", ""] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn an_apostrophe_that_guards_nothing_stays() {
        for cell in ["'quoted'", "'", "''", "O'Neill", "=x", ""] {
            assert_eq!(unguarded(cell), cell);
        }
        assert_eq!((unguarded("'@nora"), unguarded("''=x")), ("@nora", "'=x"));
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "['=@a\u{FF1D}]{0,5}") {
            let cell = guarded(&text);
            prop_assert_eq!(unguarded(&cell), text);
        }
    }
}
