//! QR codes (ISO/IEC 18004) as inline SVG for pages and as PNG data URLs for the API.
//!
//! Both are dark on white whatever the colour scheme, with the quiet zone of four modules that
//! section 9.1 of the standard asks for: scanners fail on inverted or cropped codes.

use std::fmt::Write as _;

use data_encoding::BASE64;
use qrcodegen::{QrCode, QrCodeEcc};

/// Modules of white space on every side.
const QUIET: i32 = 4;
/// Pixels per module in the PNG.
const SCALE: i32 = 6;

/// The QR code of `text` as one `<svg>` element, coloured by attributes (no inline style), sized
/// by its container. `None` when the text is too long for a QR code.
pub fn svg(text: &str) -> Option<String> {
    let code = encode(text)?;
    let side = code.size() + 2 * QUIET;
    let mut dark = String::new();
    for y in 0..code.size() {
        for (x, width) in dark_runs(&code, y) {
            let _ = write!(dark, "M{} {}h{width}v1h-{width}z", x + QUIET, y + QUIET);
        }
    }
    Some(format!(
        "<svg class=\"qr-code\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\" aria-hidden=\"true\" focusable=\"false\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{dark}\"/></svg>"
    ))
}

/// The QR code of `text` as `data:image/png;base64,…`. `None` when the text is too long.
pub fn png_data_url(text: &str) -> Option<String> {
    let code = encode(text)?;
    let side = (code.size() + 2 * QUIET) * SCALE;
    let pixels = u32::try_from(side).ok()?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixels, pixels);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&bitmap(&code, side)).ok()?;
    writer.finish().ok()?;
    Some(format!("data:image/png;base64,{}", BASE64.encode(&file)))
}

fn encode(text: &str) -> Option<QrCode> {
    QrCode::encode_text(text, QrCodeEcc::Medium).ok()
}

/// The dark runs of one row as (start, length), so that the path stays short.
fn dark_runs(code: &QrCode, y: i32) -> Vec<(i32, i32)> {
    let mut runs = Vec::new();
    let mut start = None;
    for x in 0..=code.size() {
        match (start, code.get_module(x, y)) {
            (None, true) => start = Some(x),
            (Some(from), false) => {
                runs.push((from, x - from));
                start = None;
            }
            _ => {}
        }
    }
    runs
}

/// One bit per pixel, 1 is white, rows padded to whole bytes.
fn bitmap(code: &QrCode, side: i32) -> Vec<u8> {
    let mut bits = Vec::new();
    for y in 0..side {
        for first in (0..side).step_by(8) {
            let byte = (0..8).fold(0_u8, |byte, bit| {
                let (column, row) = ((first + bit) / SCALE - QUIET, y / SCALE - QUIET);
                byte << 1 | u8::from(!code.get_module(column, row))
            });
            bits.push(byte);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "otpauth://totp/Twinlock:maria?secret=JBSWY3DPEHPK3PXP&issuer=Twinlock";

    #[test]
    fn the_svg_has_a_quiet_zone_and_no_inline_style() {
        let picture = svg(TEXT).unwrap();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"));
        assert!(!picture.contains("style"));
        // The finder pattern starts after four white modules.
        assert!(picture.contains("M4 4h7v1h-7z"));
    }

    #[test]
    fn the_png_says_the_same_as_the_code() {
        let url = png_data_url(TEXT).unwrap();
        let bytes = BASE64.decode(url.strip_prefix("data:image/png;base64,").unwrap().as_bytes()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let code = encode(TEXT).unwrap();
        let side = usize::try_from((code.size() + 2 * QUIET) * SCALE).unwrap();
        assert_eq!((info.width as usize, info.height as usize), (side, side));
        for (x, y) in [(0, 0), (4, 4), (10, 4), (5, 5), (12, 12), (20, 17)] {
            let (px, py) = (x * 6 + 3, y * 6 + 3);
            let white = pixels[py * info.line_size + px / 8] >> (7 - px % 8) & 1 == 1;
            let (column, row) = (i32::try_from(x).unwrap() - QUIET, i32::try_from(y).unwrap() - QUIET);
            assert_eq!(white, !code.get_module(column, row), "module {x},{y}");
        }
    }

    #[test]
    fn a_text_beyond_any_qr_code_is_refused() {
        let long = "x".repeat(4_000);
        assert!(svg(&long).is_none());
        assert!(png_data_url(&long).is_none());
    }
}
