//! What a run measured.

use serde::Serialize;
use std::time::Duration;

/// The figures of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Transfers of money; a hold and its post are one.
    pub transfers: u64,
    /// Commands: a hold and its post are two.
    pub operations: u64,
    /// From the first request to the last durable answer.
    pub transfers_per_second: f64,
    /// The same for commands.
    pub operations_per_second: f64,
    /// From the first request to the moment the index has caught up.
    pub indexed_transfers_per_second: f64,
    /// Median time of a request, in milliseconds.
    pub p50_ms: f64,
    /// 99 % of the requests were answered in this time.
    pub p99_ms: f64,
    /// The longest time of a request.
    pub max_ms: f64,
    /// Bytes of the journal, headers and padding included.
    pub journal_bytes_per_transfer: f64,
    /// Bytes of the index's files at the end.
    pub index_bytes_per_transfer: f64,
    /// Most memory that the process had at once, clients included.
    pub peak_rss_bytes: u64,
    /// Opening again as after a kill: newest snapshot, then the journal after it.
    pub restart_seconds: f64,
    /// Opening again without snapshots and without the index. None unless it was asked for.
    pub restart_from_journal_seconds: Option<f64>,
    /// Time the processors worked for this process, kernel included, in microseconds a transfer.
    pub processor_us_per_transfer: f64,
    /// Hash of the state at the end, the same after opening again.
    pub state_hash: String,
}

/// Sorted times of requests.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// In milliseconds; `share` from 0 to 1.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let place = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
        self.0.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

/// Most memory so far, in bytes; 0 where the system does not tell.
pub(crate) fn peak_rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Seconds of processor time so far; 0 where the system does not tell.
pub(crate) fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    // Linux counts in hundredths of a second for programs.
    ticks.iter().sum::<f64>() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_times_is_rounded_up() {
        let times = Times::new((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!((times.at(0.5), times.at(0.99), times.at(1.0)), (50.0, 99.0, 100.0));
        assert_eq!(Times::new(Vec::new()).at(0.5), 0.0);
    }
}
