//! A square of squares that a program's camera reads.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// The picture of a text as SVG, black on white with the quiet zone that readers want; none if the text is too long.
pub(crate) fn picture(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", place % width + 4, place / width + 4);
        }
    }
    let side = width + 8;
    Some(format!(
        "<svg viewBox=\"0 0 {side} {side}\" aria-hidden=\"true\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" \
         d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_picture_and_one_that_is_too_long_none() {
        let picture = picture("otpauth://totp/x?secret=MZXW6YTB").expect("a picture");
        assert!(picture.starts_with("<svg viewBox=\"0 0 ") && picture.contains("M4 4h1v1h-1z"), "{picture}");
        assert_eq!(super::picture(&"x".repeat(5_000)), None);
    }
}
