//! The table.

use std::fmt::{self, Write};

/// One measured row.
pub struct Row {
    /// What was measured.
    pub work: &'static str,
    /// The figure.
    pub figure: Figure,
    /// What it is compared with.
    pub reference: Figure,
    /// Figure over reference; where timings are compared, the figure itself.
    pub ratio: f64,
    /// What the ratio should be.
    pub aim: Aim,
}

/// A number with its unit.
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// Digits after the point that mean something.
    pub digits: usize,
    /// What else is to be said; may be empty.
    pub note: String,
}

/// What a ratio should be.
#[derive(Clone, Copy)]
pub enum Aim {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// From, to.
    Between(f64, f64),
}

impl Figure {
    /// A number with its unit and nothing to add.
    pub fn new(value: f64, digits: usize, unit: &'static str) -> Self {
        Self { value, unit, digits, note: String::new() }
    }

    /// The same with a remark.
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.*}{}", self.digits, self.value, self.unit)?;
        if self.note.is_empty() { Ok(()) } else { write!(f, " ({})", self.note) }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least:.2}"),
            Self::AtMost(most) => write!(f, "≤ {most:.2}"),
            Self::Between(least, most) => write!(f, "{least:.2}–{most:.2}"),
        }
    }
}

impl Row {
    /// A row whose ratio is figure over reference.
    pub fn new(work: &'static str, figure: Figure, reference: Figure, aim: Aim) -> Self {
        let ratio = figure.value / reference.value;
        Self { work, figure, reference, ratio, aim }
    }

    /// A row whose reference is a number that was set: the ratio should be one or less.
    pub fn below(work: &'static str, figure: Figure, most: f64) -> Self {
        let reference = Figure::new(most, figure.digits, figure.unit).noting("the aim");
        Self::new(work, figure, reference, Aim::AtMost(1.0))
    }
}

/// All rows.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// Adds rows.
    pub fn extend(&mut self, rows: Vec<Row>) {
        self.0.extend(rows);
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
        let figure = |figure: &Figure| {
            serde_json::json!({
                "value": figure.value, "unit": figure.unit.trim_start(), "note": figure.note,
            })
        };
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|row| {
                serde_json::json!({
                    "work": row.work, "figure": figure(&row.figure), "reference": figure(&row.reference),
                    "ratio": row.ratio, "aim": row.aim.to_string(),
                })
            })
            .collect();
        serde_json::to_string_pretty(&rows).expect("JSON")
    }
}
