//! How often somebody may ask: token buckets for each address and each session, before any work is done for a request.

use crate::page::Visit;
use crate::{Failure, Web};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use kit::Refusal;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// So many at once, and so many a second from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that a full bucket holds.
    pub burst: NonZeroU32,
    /// Tokens that it gains in a second.
    pub per_second: NonZeroU32,
}

impl Rate {
    /// So many at once and a second; none is at least one.
    pub fn new(burst: u32, per_second: u32) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self { burst: at_least_one(burst), per_second: at_least_one(per_second) }
    }
}

/// What the frame lets through. A loopback address is the bank's own machine and is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of one address; an IPv6 site of 64 bits is one address.
    pub requests: Rate,
    /// Requests of one address that change something.
    pub changes: Rate,
    /// Requests of one session that change something.
    pub session_changes: Rate,
}

impl Default for Rates {
    /// An office behind one address gets through; a program that guesses does not.
    fn default() -> Self {
        Self { requests: Rate::new(400, 40), changes: Rate::new(100, 10), session_changes: Rate::new(60, 6) }
    }
}

/// More buckets than this are never kept, each about 50 bytes.
const MOST_BUCKETS: usize = 65_536;
/// When there are that many, those who come newly share so many.
const SHARED_BUCKETS: u64 = 1_024;
/// Full buckets are dropped at most this often: looking for them takes time.
const SWEEP_EVERY_S: u64 = 1;

struct Buckets {
    limiter: RateLimiter<u64, HashMapStateStore<u64>, DefaultClock, NoOpMiddleware>,
    began: Instant,
    swept_s: AtomicU64,
}

impl Buckets {
    fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self { limiter: RateLimiter::hashmap(quota), began: Instant::now(), swept_s: AtomicU64::new(0) }
    }

    /// Takes a token; otherwise the seconds after which there is one again.
    fn take(&self, key: u64) -> Result<(), i64> {
        if self.limiter.len() >= MOST_BUCKETS / 2 {
            self.sweep();
        }
        // Under a flood from many addresses the memory stays bounded: who comes newly shares a bucket with others.
        let key = if self.limiter.len() >= MOST_BUCKETS { key % SHARED_BUCKETS } else { key };
        self.limiter.check_key(&key).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            i64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(i64::MAX).max(1)
        })
    }

    fn sweep(&self) {
        let now_s = self.began.elapsed().as_secs();
        let last_s = self.swept_s.load(Ordering::Relaxed);
        let is_time = now_s >= last_s + SWEEP_EVERY_S;
        if is_time && self.swept_s.compare_exchange(last_s, now_s, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

/// The buckets of a site.
pub(crate) struct Limiter {
    requests: Buckets,
    changes: Buckets,
    session_changes: Buckets,
}

impl Limiter {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            requests: Buckets::new(rates.requests),
            changes: Buckets::new(rates.changes),
            session_changes: Buckets::new(rates.session_changes),
        }
    }

    /// Lets a request pass, or gives the seconds to wait.
    fn admit(&self, sender: IpAddr, session_token: &str, is_change: bool) -> Result<(), i64> {
        let Some(address) = key_of(sender) else { return Ok(()) };
        self.requests.take(address)?;
        if is_change {
            self.changes.take(address)?;
            if !session_token.is_empty() {
                self.session_changes.take(hash(session_token))?;
            }
        }
        Ok(())
    }
}

/// The number of an address; nothing for the loopback.
fn key_of(sender: IpAddr) -> Option<u64> {
    match sender.to_canonical() {
        address if address.is_loopback() => None,
        // Above what the shared buckets use, and below every IPv6 site that is routed.
        IpAddr::V4(address) => Some(1 << 32 | u64::from(address.to_bits())),
        IpAddr::V6(address) => Some((address.to_bits() >> 64) as u64),
    }
}

fn hash(session_token: &str) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(session_token.as_bytes()).as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// Refuses who comes too fast, before anything is looked up or read for the request.
pub(crate) async fn check(State(web): State<Web>, request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Arc<Visit>>();
    if let (Some(limiter), Some(visit)) = (web.limiter(), visit)
        && let Some(sender) = visit.sender
        && let Err(wait_s) = limiter.admit(sender, visit.session_token(), !request.method().is_safe())
    {
        let refusal = Refusal::new("web.too_many_requests", 429).with("retry_after_s", wait_s);
        return Failure::from(refusal).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_and_each_session_has_a_bucket_of_its_own() {
        let limiter = Limiter::new(Rates {
            requests: Rate::new(4, 1),
            changes: Rate::new(3, 1),
            session_changes: Rate::new(2, 1),
        });
        let (one, other) = (ip("203.0.113.9"), ip("203.0.113.10"));
        assert_eq!(limiter.admit(one, "s", true), Ok(()));
        assert_eq!(limiter.admit(one, "s", true), Ok(()));
        assert_eq!(limiter.admit(one, "s", true), Err(1), "the session's third change");
        assert_eq!(limiter.admit(one, "", false), Ok(()), "reading is free of that");
        assert_eq!(limiter.admit(one, "", false), Err(1), "the address's fifth request");
        assert_eq!(limiter.admit(other, "s", true), Err(1), "the session is the same from elsewhere");
        assert_eq!(limiter.admit(other, "t", true), Ok(()));
        assert_eq!(limiter.admit(other, "t", true), Ok(()));
        assert_eq!(limiter.admit(other, "u", true), Err(1), "the address's fourth change");
    }

    #[test]
    fn an_ipv6_site_is_one_sender_and_the_loopback_is_nobody() {
        let one = key_of(ip("2001:db8:1:2:3:4:5:6"));
        assert!(one.is_some());
        assert_eq!(one, key_of(ip("2001:db8:1:2:ffff::1")));
        assert_ne!(one, key_of(ip("2001:db8:1:3::1")));
        assert_eq!(key_of(ip("::ffff:203.0.113.9")), key_of(ip("203.0.113.9")));
        for loopback in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(key_of(ip(loopback)), None, "{loopback}");
        }
    }

    #[test]
    fn a_flood_of_addresses_does_not_take_more_memory_and_is_still_refused() {
        let buckets = Buckets::new(Rate::new(1, 1));
        let mut refused = 0;
        for key in 0..200_000 {
            refused += u32::from(buckets.take(1 << 40 | key).is_err());
        }
        assert!(buckets.limiter.len() <= MOST_BUCKETS + SHARED_BUCKETS as usize, "{}", buckets.limiter.len());
        assert!(refused > 0);
    }
}
