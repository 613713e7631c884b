//! Patterns over nine dots, numbered as on a telephone: 1 2 3 over 4 5 6 over 7 8 9.

use kit::Refusal;

/// Fewest dots of a pattern.
pub const GESTURE_MIN: usize = 4;
/// Wrong ones in a row after which only a password or a passkey helps.
pub(crate) const GESTURE_TRIES: i64 = 5;

/// What most people draw first, forwards; backwards they are as bad.
const COMMON: [&str; 12] = [
    "1234",
    "12345",
    "123456",
    "1235789",
    "123456789",
    "14789",
    "147896",
    "1478963",
    "12369",
    "123698741",
    "1236987",
    "3214789",
];

/// A pattern: distinct dots, and every dot that a straight line between two of them passes over.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    /// From dots in order, such as `1478`, with spaces or hyphens between or not. Refuses with `passport.gesture_invalid`,
    /// `passport.gesture_short`.
    pub(crate) fn parse(typed: &str) -> Result<Self, Refusal> {
        let invalid = || refusal("passport.gesture_invalid");
        let dots: Vec<u8> = typed.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).take(10).collect();
        if dots.iter().any(|dot| !(b'1'..=b'9').contains(dot)) {
            return Err(invalid());
        }
        let mut drawn: Vec<u8> = Vec::with_capacity(9);
        for dot in dots {
            if drawn.contains(&dot) {
                return Err(invalid());
            }
            let between = drawn.last().and_then(|last| between(*last, dot));
            drawn.extend(between.filter(|between| !drawn.contains(between)));
            drawn.push(dot);
        }
        if drawn.len() < GESTURE_MIN {
            return Err(refusal("passport.gesture_short").with("least", GESTURE_MIN as i64));
        }
        Ok(Self(drawn.into_iter().map(char::from).collect()))
    }

    /// The same for a new one: also refuses with `passport.gesture_common`.
    pub(crate) fn parse_new(typed: &str) -> Result<Self, Refusal> {
        let pattern = Self::parse(typed)?;
        let backwards: String = pattern.0.chars().rev().collect();
        if COMMON.contains(&pattern.0.as_str()) || COMMON.contains(&backwards.as_str()) {
            return Err(refusal("passport.gesture_common"));
        }
        Ok(pattern)
    }

    /// The dots, for hashing alone.
    pub(crate) fn dots(&self) -> &str {
        &self.0
    }
}

/// The dot in the middle of a straight line between two others, if there is one.
fn between(from: u8, to: u8) -> Option<u8> {
    let place = |dot: u8| (i16::from(dot - b'1') % 3, i16::from(dot - b'1') / 3);
    let ((from_x, from_y), (to_x, to_y)) = (place(from), place(to));
    let is_even = (from_x + to_x) % 2 == 0 && (from_y + to_y) % 2 == 0;
    is_even.then(|| from.midpoint(to))
}

pub(crate) fn refusal(code: &'static str) -> Refusal {
    Refusal::new(code, 422).with("field", "gesture")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_the_dots_that_it_passes_over() {
        for (typed, drawn) in [
            ("1478", "1478"),
            ("1-4-7 8", "1478"),
            ("1379", "1235789"),
            // 7 to 3 passes over 5, 3 to 9 over 6, 9 to 1 over 5, which is drawn already.
            ("7391", "753691"),
            ("2846", "25846"),
            ("1827", "18527"),
            ("5218", "5218"),
        ] {
            let pattern = Pattern::parse(typed);
            assert_eq!(pattern.ok().map(|pattern| pattern.0).as_deref(), Some(drawn), "{typed}");
        }
    }

    #[test]
    fn what_is_no_pattern_or_everybody_s_is_refused() {
        for (typed, code) in [
            ("", "passport.gesture_short"),
            ("12", "passport.gesture_short"),
            ("125", "passport.gesture_short"),
            ("1251", "passport.gesture_invalid"),
            ("1205", "passport.gesture_invalid"),
            ("abcd", "passport.gesture_invalid"),
            ("12345678912345", "passport.gesture_invalid"),
            ("1379", "passport.gesture_common"),
            ("14789", "passport.gesture_common"),
            ("98741", "passport.gesture_common"),
            ("123654789", "fine"),
        ] {
            let judged = Pattern::parse_new(typed).map_or_else(|refusal| refusal.code, |_| "fine");
            assert_eq!(judged, code, "{typed}");
        }
    }
}
