//! The table.

use std::fmt::Write;

/// One measured row.
pub struct Row {
    /// What was measured.
    pub work: &'static str,
    /// The figure, with its unit.
    pub figure: String,
    /// The reference, with its unit.
    pub reference: String,
    /// Figure over reference.
    pub ratio: f64,
    /// What it should be.
    pub aim: &'static str,
}

/// All rows.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// Adds a row.
    pub fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    /// A Markdown table.
    pub fn markdown(&self) -> String {
        let mut text =
            String::from("| work | figure | reference | ratio | aim |\n| --- | --- | --- | --- | --- |\n");
        for row in &self.0 {
            let Row { work, figure, reference, ratio, aim } = row;
            let _ = writeln!(text, "| {work} | {figure} | {reference} | {ratio:.2} | {aim} |");
        }
        text
    }

    /// The same as JSON.
    pub fn json(&self) -> String {
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|row| {
                serde_json::json!({
                    "work": row.work, "figure": row.figure, "reference": row.reference,
                    "ratio": row.ratio, "aim": row.aim,
                })
            })
            .collect();
        serde_json::to_string_pretty(&rows).expect("JSON")
    }
}
