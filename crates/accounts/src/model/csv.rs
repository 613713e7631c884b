//! Tables that people open in a spreadsheet: every cell is inert, and Chinese opens right.

/// Writes a table as comma-separated values (RFC 4180) in UTF-8 behind a byte order mark, without which spreadsheets take
/// Chinese for something else.
#[derive(Debug)]
pub struct CsvWriter {
    text: String,
    row_begins: bool,
}

impl Default for CsvWriter {
    fn default() -> Self {
        Self { text: "\u{feff}".to_owned(), row_begins: true }
    }
}

impl CsvWriter {
    /// Adds a cell of text. What a spreadsheet would take for a formula gets an apostrophe before it.
    pub fn text(&mut self, text: &str) {
        let inert = text.trim_start_matches([' ', '\u{a0}', '\u{3000}', '\n']);
        let formula = inert.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{2212}', '＝', '＋', '－', '＠']);
        self.cell(if formula { "'" } else { "" }, text, "");
    }

    /// Adds a cell of digits that are a name and no quantity; a tab behind them keeps a spreadsheet from rounding them.
    pub fn digits(&mut self, digits: &str) {
        self.cell("", digits, if digits.is_empty() { "" } else { "\t" });
    }

    /// Adds a quantity of our own making, to be added up; never negative, so never a formula.
    pub fn number(&mut self, number: &str) {
        debug_assert!(number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{number:?}");
        self.cell("", number, "");
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.text.push_str("\r\n");
        self.row_begins = true;
    }

    /// The table.
    pub fn done(self) -> String {
        self.text
    }

    fn cell(&mut self, before: &str, text: &str, after: &str) {
        if !std::mem::take(&mut self.row_begins) {
            self.text.push(',');
        }
        let quoted = text.contains([',', '"', '\r', '\n', ';', '\t']) || !after.is_empty();
        let quote = if quoted { "\"" } else { "" };
        self.text.push_str(quote);
        self.text.push_str(before);
        self.text.push_str(&text.replace('"', "\"\""));
        self.text.push_str(after);
        self.text.push_str(quote);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        let mut csv = CsvWriter::default();
        csv.text(text);
        csv.done().trim_start_matches('\u{feff}').to_owned()
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for (text, expected) in [
            ("午饭", "午饭"),
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "\"'\tx\""),
            ("\r=x", "\"'\r=x\""),
            (" =cmd", "' =cmd"),
            ("\n=cmd", "\"'\n=cmd\""),
            ("a=b", "a=b"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(one(text), expected, "{text:?}");
        }
    }

    #[test]
    fn rows_end_as_the_standard_says_and_the_mark_stands_first() {
        let mut csv = CsvWriter::default();
        csv.text("金额");
        csv.text("订单");
        csv.end_row();
        csv.number("88.80");
        csv.digits("9223372036854775807");
        csv.end_row();
        assert_eq!(csv.done(), "\u{feff}金额,订单\r\n88.80,\"9223372036854775807\t\"\r\n");
    }
}
