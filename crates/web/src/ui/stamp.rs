//! The drawings of the brand: the great coin of the landing page, the seal and the perforation of a receipt.

use super::escape;
use askama::Template;
use askama::filters::HtmlSafe;
use std::fmt;

/// The round vermilion seal of a receipt. Decoration, hidden from readers: the code is the proof.
#[derive(Debug, Clone)]
pub struct Stamp {
    above: String,
    below: String,
}

impl Stamp {
    /// A seal with these words along its upper and lower arc.
    pub fn new(above: String, below: String) -> Self {
        Self { above, below }
    }
}

impl HtmlSafe for Stamp {}

impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<svg class=\"stamp\" viewBox=\"0 0 120 120\" aria-hidden=\"true\" focusable=\"false\">")?;
        out.write_str("<circle cx=\"60\" cy=\"60\" r=\"56.5\" stroke-width=\"3.5\"/><circle cx=\"60\" cy=\"60\" r=\"51\" stroke-width=\"1\"/>")?;
        out.write_str("<rect x=\"46\" y=\"46\" width=\"28\" height=\"28\" rx=\"2\" stroke-width=\"2.5\"/>")?;
        arc(out, &self.above, 38.0, 15.0, Side::Above)?;
        arc(out, &self.below, 43.5, 10.0, Side::Below)?;
        out.write_str("</svg>")
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Above,
    Below,
}

/// Sets each character of a word on its own place of the arc: `textPath` would need ids, and sits differently from
/// browser to browser.
fn arc(out: &mut fmt::Formatter<'_>, word: &str, radius: f64, size: f64, side: Side) -> fmt::Result {
    let is_latin = word.is_ascii();
    let size = if is_latin { size * 0.86 } else { size };
    let step = (if is_latin { size * 0.74 } else { size * 1.18 }) / radius;
    let count = word.chars().count();
    for (index, char) in word.chars().enumerate() {
        let offset = (index as f64 - (count.saturating_sub(1)) as f64 / 2.0) * step;
        let turn = if side == Side::Above { offset } else { -offset };
        // Letters of the lower arc stand upright, so that their baseline lies on the outer side.
        let reach = if side == Side::Above { radius } else { radius + size * 0.1 };
        let (x, y) = match side {
            Side::Above => (60.0 + reach * turn.sin(), 60.0 - reach * turn.cos()),
            Side::Below => (60.0 + reach * offset.sin(), 60.0 + reach * offset.cos()),
        };
        write!(
            out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size:.1}\" transform=\"rotate({:.1} {x:.1} {y:.1})\">{}</text>",
            turn.to_degrees(),
            escape(&char.to_string())
        )?;
    }
    Ok(())
}

/// The row of square holes between a receipt and its stub.
#[derive(Debug, Clone, Copy)]
pub struct Perforation;

impl HtmlSafe for Perforation {}

impl fmt::Display for Perforation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Wide enough for the widest paper; what is too much is cut off by its edge.
        out.write_str("<svg class=\"perforation\" viewBox=\"0 0 656 8\" preserveAspectRatio=\"xMidYMid slice\" aria-hidden=\"true\" focusable=\"false\">")?;
        for hole in 0..41 {
            write!(out, "<rect x=\"{}\" y=\"0\" width=\"8\" height=\"8\"/>", hole * 16 + 4)?;
        }
        out.write_str("</svg>")
    }
}

/// The coin of the landing page: 开源通宝, and in its window a payment as it would look.
#[derive(Debug, Clone, Template)]
#[template(path = "web/ui/great-coin.html")]
pub struct GreatCoin {
    /// What a reader hears.
    pub description: String,
    /// The first line in the window: who.
    pub who: String,
    /// The amount, with its sign.
    pub amount: String,
    /// The last line: what became of it.
    pub done: String,
}

impl HtmlSafe for GreatCoin {}
