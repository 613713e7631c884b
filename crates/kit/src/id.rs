//! Numbers made in this process, off the database path (序列旁路生产).

use crate::{Clock, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Makes time-ordered, unique, positive 63-bit ids: 43 bits of milliseconds since 2020 (until 2298), 8 bits of
/// node, 12 bits of sequence. They come from a [`Span`] that nobody else has, so that no id comes twice: not after a
/// restart with a clock that went back, and not from two programs at once.
pub struct IdMaker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// A node's ids of some time, for one maker alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The node, 0 to 255.
    pub node: u8,
    /// The first millisecond of which ids may be made.
    pub from: Timestamp,
    /// The first one of which none may be made any more.
    pub until: Timestamp,
}

/// The span is used up, or the clock is behind its first millisecond's last id, and no other was given in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdsUsedUp;

impl fmt::Display for IdsUsedUp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("every id of the span is made, and no further span was given")
    }
}

impl std::error::Error for IdsUsedUp {}

/// A ticket is a millisecond since 2020 and a sequence in it: an id without its node.
struct State {
    node: u8,
    /// The last ticket that was handed out, or the one before the first.
    last: i64,
    /// The first ticket that is not ours.
    until: i64,
}

const EPOCH_MS: i64 = 1_577_836_800_000;
const SEQUENCE_BITS: u32 = 12;

impl IdMaker {
    /// The first instant of which no id can be made: 2298-09-26.
    pub const END: Timestamp = Timestamp(EPOCH_MS + (1 << 43));

    /// A maker for this node (0–255) for all time, where it is known that nobody else ever has the same: in a test.
    pub fn new(clock: Arc<dyn Clock>, node: u8) -> Self {
        Self::within(clock, Span { node, from: Timestamp(EPOCH_MS), until: Self::END })
    }

    /// A maker of the ids of a span.
    pub fn within(clock: Arc<dyn Clock>, span: Span) -> Self {
        let state = State { node: span.node, last: (ticket(span.from) - 1).max(0), until: ticket(span.until) };
        Self { clock, state: Mutex::new(state) }
    }

    /// Goes on with another span, or with the same one made longer. Ids never go back, whatever the span begins with.
    pub fn go_on_with(&self, span: Span) {
        let mut state = self.state();
        state.last = state.last.max(ticket(span.from) - 1);
        (state.node, state.until) = (span.node, ticket(span.until));
    }

    /// The next id.
    ///
    /// # Panics
    /// When [`IdMaker::try_next`] has none: that takes two thousand million ids while the database leases no more.
    pub fn next(&self) -> i64 {
        self.try_next().unwrap_or_else(|used_up| panic!("{used_up}"))
    }

    /// The next id. When one millisecond's 4,096 are used up it borrows from the next, and it never goes back. Beyond the
    /// end of the span time stands still, and what is left of it is handed out.
    ///
    /// # Errors
    /// [`IdsUsedUp`] after the last one.
    pub fn try_next(&self) -> Result<i64, IdsUsedUp> {
        let now = ticket(self.clock.now());
        let mut state = self.state();
        let next = if now < state.until { now.max(state.last + 1) } else { state.last + 1 };
        if next >= state.until {
            return Err(IdsUsedUp);
        }
        state.last = next;
        let sequence = next & ((1 << SEQUENCE_BITS) - 1);
        Ok(((next >> SEQUENCE_BITS) << 20) | (i64::from(state.node) << SEQUENCE_BITS) | sequence)
    }

    /// When an id was made, to the millisecond.
    pub fn made_at(id: i64) -> Timestamp {
        Timestamp((id >> 20) + EPOCH_MS)
    }

    /// The state is whole after each statement, so that a panic elsewhere cannot have left it half done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ticket(at: Timestamp) -> i64 {
    at.as_ms().clamp(EPOCH_MS, IdMaker::END.as_ms()).saturating_sub(EPOCH_MS) << SEQUENCE_BITS
}

/// Declares an id as its own type over `i64`, so that one kind can never be passed for another.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FakeClock;

    #[test]
    fn ids_rise_even_when_the_clock_goes_back() {
        let clock = FakeClock::new(Timestamp(1_800_000_000_000));
        let maker = IdMaker::new(Arc::new(clock.clone()), 7);
        let mut last = 0;
        for round in 0..10_000 {
            if round == 5_000 {
                clock.advance_ms(-3_600_000);
            }
            let id = maker.next();
            assert!(id > last);
            last = id;
        }
        assert_eq!(IdMaker::made_at(maker.next()).as_ms() / 1000, 1_800_000_000);
    }

    fn maker(clock: &FakeClock, node: u8, from: i64, until: i64) -> IdMaker {
        let span = Span { node, from: Timestamp(from), until: Timestamp(until) };
        IdMaker::within(Arc::new(clock.clone()), span)
    }

    #[test]
    fn no_id_lies_before_or_behind_its_span() {
        let start = 1_800_000_000_000;
        let clock = FakeClock::new(Timestamp(start - 5_000));
        let ids = maker(&clock, 3, start, start + 2);
        let all: Vec<i64> = (0..2 * 4_096).map(|_| ids.try_next().unwrap()).collect();
        assert!(all.is_sorted_by(|a, b| a < b));
        assert!(all.iter().all(|id| (start..start + 2).contains(&IdMaker::made_at(*id).as_ms())));
        assert!(all.iter().all(|id| (id >> 12) & 0xFF == 3));
        assert_eq!(ids.try_next(), Err(IdsUsedUp));
        // A longer span goes on, and so does another one, even if the clock is behind all of them.
        ids.go_on_with(Span { node: 3, from: Timestamp(start), until: Timestamp(start + 3) });
        let more = ids.try_next().unwrap();
        assert!(more > *all.last().unwrap());
        ids.go_on_with(Span { node: 9, from: Timestamp(start + 10), until: Timestamp(start + 11) });
        assert_eq!(IdMaker::made_at(ids.try_next().unwrap()), Timestamp(start + 10));
    }

    #[test]
    fn beyond_the_end_of_the_span_time_stands_still() {
        let clock = FakeClock::new(Timestamp(1_800_000_000_000));
        let ids = maker(&clock, 0, 1_800_000_000_000, 1_800_000_600_000);
        let before = ids.try_next().unwrap();
        clock.advance_ms(86_400_000);
        assert_eq!(ids.try_next(), Ok(before + 1), "a clock that leaps does not use up what is left");
    }

    #[test]
    fn the_last_id_of_all_time_is_followed_by_an_error() {
        let clock = FakeClock::new(Timestamp(IdMaker::END.as_ms() - 1));
        let ids = IdMaker::new(Arc::new(clock.clone()), 255);
        let all: Vec<i64> = (0..4_096).map(|_| ids.try_next().unwrap()).collect();
        assert_eq!(all.last(), Some(&i64::MAX));
        assert_eq!(ids.try_next(), Err(IdsUsedUp));
        clock.advance_ms(1_000_000);
        assert_eq!(ids.try_next(), Err(IdsUsedUp));
    }
}
