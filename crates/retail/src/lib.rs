//! The personal bank: what a person sees and does, as pages and as a JSON API.
//!
//! * [`pages`]: what anybody may read (accounts, rates, branches, security, help), joining by a text code, proving a name,
//!   sessions and devices, notices, home, accounts, statement, own debit cards with their locks, cards of other banks, transfer in three steps here or to
//!   another bank, receipt. Server-rendered, in Chinese
//!   and English; every task works without script.
//! * [`api`]: the same for programs, under `/api/v1`, with its OpenAPI document.
//!
//! Nothing is decided here. Rules live in the rooms below; this one asks, shows, and says what to do next.
//!
//! Absent: opening a Class II or III account on a page.

pub mod api;
pub mod pages;

pub use pages::ROOM;

/// `23:05`, with seconds or without, as minutes after midnight.
pub(crate) fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str, below: u16| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten().filter(|number| *number < below)
    };
    // Some browsers send seconds, too.
    let minute = match minute.split_once(':') {
        Some((minute, second)) => number(second, 60).map(|_| minute)?,
        None => minute,
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read() {
        assert_eq!(
            (minute_of_day("00:00"), minute_of_day("23:05"), minute_of_day("23:05:00")),
            (Some(0), Some(1_385), Some(1_385))
        );
        for text in ["", "24:00", "7:00", "07:60", "07", "ab:cd", "07:0", "07:00x", "07:00:"] {
            assert_eq!(minute_of_day(text), None, "{text:?}");
        }
    }
}
