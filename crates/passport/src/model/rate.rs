//! How often something may be done in a span of time.

/// At most so many times in each span of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Times.
    pub most: i64,
    /// Length of the span, in milliseconds.
    pub span_ms: i64,
}

impl Rate {
    /// So many times an hour.
    pub const fn an_hour(most: i64) -> Self {
        Self { most, span_ms: 3_600_000 }
    }

    /// So many times a day.
    pub const fn a_day(most: i64) -> Self {
        Self { most, span_ms: 24 * 3_600_000 }
    }

    /// So many times a minute.
    pub const fn a_minute(most: i64) -> Self {
        Self { most, span_ms: 60_000 }
    }
}
