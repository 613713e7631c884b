//! What the customers do: ask who they are, or pay each other, as fast as the bank answers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::run::Failure;

use super::client::Client;

/// The password of the demonstration's customers; its data are worth nothing.
const PASSWORD: &str = "tongbao-demo";
/// So many sign in at once; more would only wait for a core to hash with.
const SIGN_INS_AT_ONCE: usize = 8;
/// Whom each pays, one after the other: people pay few, and the bank lets nobody look for many in an hour.
const PAYEES: usize = 5;
/// The most of a payment, in minor units; the least is 1.
const MOST_MINOR: u64 = 99;

/// Somebody who is signed in.
pub(super) struct Customer {
    mobile: String,
    token: String,
    account: String,
    /// What they had when they signed in, minor units.
    began_minor: i64,
    /// What the bank said was paid to and by them since.
    moved_minor: AtomicI64,
    /// Payments that they made.
    paid: AtomicU64,
}

/// All customers of a bank.
pub(super) struct Customers {
    bank: SocketAddr,
    all: Vec<Customer>,
}

/// What is asked for again and again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Who is signed in: nothing but what stands before every request.
    Empty,
    /// A payment is written, then confirmed.
    Payments,
}

/// Times of answers of one kind, in microseconds.
#[derive(Default)]
pub(super) struct Times(Vec<u32>);

/// What came of a work.
pub(super) struct Done {
    /// Seconds that were counted.
    pub(super) seconds: f64,
    /// By kind of request.
    pub(super) times: Vec<(&'static str, Times)>,
}

impl Times {
    fn note(&mut self, began: Instant) {
        self.0.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds within which this part of the answers came; sorted by [`Done::of`].
    pub(super) fn within_ms(&self, part: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        Some(f64::from(self.0[(last as f64 * part).round() as usize]) / 1e3)
    }
}

impl Done {
    /// Joins what each connection saw.
    fn of(seconds: f64, all: Vec<Vec<(&'static str, Times)>>) -> Self {
        let mut times: Vec<(&'static str, Times)> = Vec::new();
        for (kind, more) in all.into_iter().flatten() {
            match times.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, known)) => known.0.extend(more.0),
                None => times.push((kind, more)),
            }
        }
        times.iter_mut().for_each(|(_, times)| times.0.sort_unstable());
        Self { seconds, times }
    }

    pub(super) fn requests_per_second(&self) -> f64 {
        self.times.iter().map(|(_, times)| times.count()).sum::<usize>() as f64 / self.seconds
    }

    pub(super) fn per_second(&self, kind: &str) -> Option<f64> {
        let (_, times) = self.times.iter().find(|(known, _)| *known == kind)?;
        Some(times.count() as f64 / self.seconds)
    }
}

/// Takes turns through the numbers below `all`, and gives what each said in their order.
fn side_by_side<T: Send>(
    threads: usize,
    all: usize,
    what: impl Fn(usize) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    let what = &what;
    let mut said: Vec<(usize, T)> = std::thread::scope(|scope| {
        let turns = |thread: usize| (thread..all).step_by(threads).map(|one| Ok((one, what(one)?))).collect();
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || turns(thread))).collect();
        let mut said: Vec<(usize, T)> = Vec::with_capacity(all);
        for thread in running {
            let turns: Result<Vec<(usize, T)>, Failure> = joined(thread.join())?;
            said.extend(turns?);
        }
        Ok::<_, Failure>(said)
    })?;
    said.sort_unstable_by_key(|(one, _)| *one);
    Ok(said.into_iter().map(|(_, said)| said).collect())
}

fn joined<T>(ended: std::thread::Result<T>) -> Result<T, Failure> {
    ended.map_err(|_| Failure::new("a thread of the load panicked"))
}

impl Customers {
    /// Signs so many in, each with a password, and asks for their accounts.
    pub(super) fn sign_in(bank: SocketAddr, count: usize) -> Result<Self, Failure> {
        let all = side_by_side(SIGN_INS_AT_ONCE, count, |number| {
            let mut client = Client::connect(bank)?;
            let mobile = format!("139{number:08}");
            let body = format!("{{\"mobile\":\"{mobile}\",\"password\":\"{PASSWORD}\"}}");
            let signed_in = client.ask("POST", "/api/v1/sessions", "", "", &body)?.expect(201, "signing in")?;
            let token = signed_in.text_of("token").ok_or_else(|| Failure::new("no token"))?.to_owned();
            let (account, began_minor) = account_of(&mut client, &token)?;
            let (moved_minor, paid) = (AtomicI64::new(0), AtomicU64::new(0));
            Ok(Customer { mobile, token, account, began_minor, moved_minor, paid })
        })?;
        Ok(Self { bank, all })
    }

    /// Works for so long over so many connections; what is answered in the first `warm_up` is not counted. What the bank
    /// refuses ends it.
    pub(super) fn work(
        &self,
        work: Work,
        connections: usize,
        warm_up: Duration,
        counted: Duration,
    ) -> Result<Done, Failure> {
        let failed = AtomicBool::new(false);
        let began = Instant::now();
        let (from, until) = (began + warm_up, began + warm_up + counted);
        let all = std::thread::scope(|scope| {
            let failed = &failed;
            let running: Vec<_> = (0..connections)
                .map(|connection| {
                    scope.spawn(move || {
                        let done = self.turns(work, connection, connections, from, until, failed);
                        failed.fetch_or(done.is_err(), Ordering::Relaxed);
                        done
                    })
                })
                .collect();
            running.into_iter().map(|thread| joined(thread.join())?).collect::<Result<Vec<_>, Failure>>()
        })?;
        Ok(Done::of(counted.as_secs_f64(), all))
    }

    /// The customers of one connection, one after the other.
    fn turns(
        &self,
        work: Work,
        connection: usize,
        connections: usize,
        from: Instant,
        until: Instant,
        failed: &AtomicBool,
    ) -> Result<Vec<(&'static str, Times)>, Failure> {
        let mut client = Client::connect(self.bank)?;
        let (mut first, mut second) = (Times::default(), Times::default());
        let mut numbers = (connection..self.all.len()).step_by(connections).cycle();
        while !failed.load(Ordering::Relaxed) {
            let Some(number) = numbers.next() else { break };
            let asked = Instant::now();
            match work {
                Work::Empty => {
                    let answer = client.ask("GET", "/api/v1/sessions/current", &self.all[number].token, "", "")?;
                    answer.expect(200, "asking who is signed in")?;
                    if Instant::now() > until {
                        break;
                    }
                    if asked >= from {
                        first.note(asked);
                    }
                }
                Work::Payments => {
                    let confirm_asked = self.pay(&mut client, number)?;
                    let end = Instant::now();
                    if end > until {
                        break;
                    }
                    if asked >= from {
                        first.0.push(u32::try_from((confirm_asked - asked).as_micros()).unwrap_or(u32::MAX));
                        second.note(confirm_asked);
                    }
                }
            }
        }
        Ok(match work {
            Work::Empty => vec![("empty", first)],
            Work::Payments => vec![("write", first), ("confirm", second)],
        })
    }

    /// Writes a payment and confirms it; gives the instant at which it was written.
    fn pay(&self, client: &mut Client, number: usize) -> Result<Instant, Failure> {
        let payer = &self.all[number];
        let turn = payer.paid.load(Ordering::Relaxed);
        let payee = &self.all[(number + 1 + turn as usize % PAYEES * 7) % self.all.len()];
        // A sequence without a meaning, so that amounts differ.
        let minor = 1 + turn.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) % MOST_MINOR;
        let body = format!(
            "{{\"from\":\"{}\",\"to\":\"{}\",\"amount\":{{\"value\":\"0.{minor:02}\",\"currency\":\"CNY\"}},\"draft\":true}}",
            payer.account, payee.mobile
        );
        let key = format!("idempotency-key: bench-{turn}\r\n");
        let written = client.ask("POST", "/api/v1/transfers", &payer.token, &key, &body)?.expect(202, "writing")?;
        let draft = written.text_of("id").ok_or_else(|| Failure::new("a draft without an id"))?;
        let path = format!("/api/v1/drafts/{draft}/confirm");
        let asked = Instant::now();
        let confirmed = client.ask("POST", &path, &payer.token, "", "{}")?.expect(200, "confirming")?;
        if confirmed.text_of("state") != Some("paid") {
            return Err(Failure::new(format!("confirmed, but not paid: {}", confirmed.body)));
        }
        payer.paid.store(turn + 1, Ordering::Relaxed);
        payer.moved_minor.fetch_sub(minor as i64, Ordering::Relaxed);
        payee.moved_minor.fetch_add(minor as i64, Ordering::Relaxed);
        Ok(asked)
    }

    /// Payments that the bank confirmed.
    pub(super) fn paid(&self) -> u64 {
        self.all.iter().map(|customer| customer.paid.load(Ordering::Relaxed)).sum()
    }

    /// Asks for every balance: it must be what was there, and what the bank confirmed since.
    pub(super) fn check_balances(&self) -> Result<(), Failure> {
        let differences = side_by_side(SIGN_INS_AT_ONCE, self.all.len(), |number| {
            let customer = &self.all[number];
            let (_, now_minor) = account_of(&mut Client::connect(self.bank)?, &customer.token)?;
            Ok(now_minor - customer.began_minor - customer.moved_minor.load(Ordering::Relaxed))
        })?;
        let wrong = differences.iter().filter(|difference| **difference != 0).count();
        match wrong {
            0 => Ok(()),
            _ => Err(Failure::new(format!("{wrong} customers do not have what was confirmed to and by them"))),
        }
    }
}

/// Id and balance, in minor units, of somebody's only account.
fn account_of(client: &mut Client, token: &str) -> Result<(String, i64), Failure> {
    let answer = client.ask("GET", "/api/v1/accounts", token, "", "")?.expect(200, "asking for accounts")?;
    let id = answer.text_of("id").map(str::to_owned);
    let balance = answer.text_of("value").and_then(|value| value.replace('.', "").parse().ok());
    id.zip(balance).ok_or_else(|| Failure::new(format!("no account in {}", answer.body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_connections_are_joined() {
        let times = |numbers: &[u32]| Times(numbers.to_vec());
        let done = Done::of(
            2.0,
            vec![
                vec![("write", times(&[3_000, 1_000])), ("confirm", times(&[9_000]))],
                vec![("write", times(&[2_000])), ("confirm", times(&[]))],
            ],
        );
        assert_eq!((done.requests_per_second(), done.per_second("write")), (2.0, Some(1.5)));
        let (_, write) = &done.times[0];
        assert_eq!(
            (write.within_ms(0.0), write.within_ms(0.5), write.within_ms(1.0)),
            (Some(1.0), Some(2.0), Some(3.0))
        );
        assert_eq!(Times::default().within_ms(0.5), None);
    }
}
