//! The colours keep the contrast that the look promises (WCAG 2 relative luminance), in light and dark.

use std::collections::HashMap;

fn tokens(source: &str) -> HashMap<String, [f64; 3]> {
    let declarations = source.split(';').filter_map(|line| line.split_once(':'));
    let colours = declarations.filter_map(|(name, value)| {
        let hex = value.trim().strip_prefix('#')?;
        let channel = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok().map(f64::from);
        let name = name.rsplit_once("--").map_or(name, |(_, name)| name);
        Some((name.trim().to_owned(), [channel(0)?, channel(2)?, channel(4)?]))
    });
    colours.collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|channel| {
        let part = channel / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Text, ground, least ratio: 4.5 for text, 3 for borders of controls and for big marks.
const PAIRS: &[(&str, &str, f64)] = &[
    ("ink", "paper", 7.0),
    ("ink", "surface", 7.0),
    ("ink", "sunken", 7.0),
    ("ink2", "paper", 7.0),
    ("ink2", "surface", 7.0),
    ("ink2", "patinawash", 7.0),
    ("ink2", "infowash", 7.0),
    ("ink2", "warnwash", 7.0),
    ("ink2", "dangerwash", 7.0),
    ("ink2", "bronzewash", 7.0),
    ("ink3", "paper", 4.5),
    ("ink3", "surface", 4.5),
    ("ink3", "sunken", 4.5),
    ("on-ink", "ink", 7.0),
    ("edge", "paper", 3.0),
    ("edge", "surface", 3.0),
    ("edge", "sunken", 3.0),
    ("on-seal", "seal", 4.5),
    ("seal", "paper", 3.0),
    ("seal", "surface", 3.0),
    ("sealtext", "sealwash", 4.5),
    ("bronze", "bronzewash", 4.5),
    ("bronze", "surface", 4.5),
    ("patina", "patinawash", 4.5),
    ("patina", "paper", 4.5),
    ("patina", "surface", 4.5),
    ("danger", "dangerwash", 4.5),
    ("danger", "surface", 4.5),
    ("danger", "paper", 4.5),
    ("warn", "warnwash", 4.5),
    ("info", "infowash", 4.5),
    ("focus", "paper", 3.0),
    ("focus", "surface", 3.0),
    ("on-card", "card1", 7.0),
    ("soft-card", "card1", 4.5),
    ("rim-card", "card1", 4.5),
    ("on-card", "card2", 7.0),
    ("soft-card", "card2", 4.5),
    ("rim-card", "card2", 4.5),
];

#[test]
fn every_pair_of_text_and_ground_is_readable_in_light_and_dark() {
    let light = tokens(include_str!("../assets/css/tokens.css"));
    let mut dark = light.clone();
    dark.extend(tokens(include_str!("../assets/css/tokens-dark.css")));
    for (theme, tokens) in [("light", light), ("dark", dark)] {
        for (text, ground, least) in PAIRS {
            let ratio = contrast(tokens[*text], tokens[*ground]);
            assert!(ratio >= *least, "{theme}: {text} on {ground} is {ratio:.2}, not {least}");
        }
    }
}
