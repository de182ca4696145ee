//! The mechanics of second factors: what a secret is, which code is right, what a person typed.

pub mod recovery;
pub mod totp;
pub mod typed;

/// `text` (ASCII) in groups of `size` characters with `separator` between them.
fn grouped(text: &str, size: usize, separator: char) -> String {
    // The exact size: a secret is never copied while the text grows or shrinks.
    let mut out = String::with_capacity(text.len() + text.len().saturating_sub(1) / size);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % size == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    out
}
