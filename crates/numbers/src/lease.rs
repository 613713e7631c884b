//! Taking a span, and making it longer.

use db::{Db, params};
use kit::{Clock, Fault, IdMaker, Random, Span, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

db::statements! {
    SPANS = "SELECT node, until_ms FROM id_span ORDER BY until_ms, node";
    OWN = "SELECT until_ms FROM id_span WHERE node = $1 AND holder = $2";
    CLAIM = "INSERT INTO id_span (node, holder, until_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms";
}

/// Whoever reads a span in order to change one holds this.
const LOCK: &str = "numbers/id_span";
/// How far ahead of the clock a span reaches.
const AHEAD_MS: i64 = 10 * 60_000;
/// How often it is looked at the clock whether the span is to be made longer, which hardly costs anything. A leap of the
/// clock is made up for within this.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Nodes that an id has room for.
const NODES: i64 = 256;

/// A span with the right to make it longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    span: Span,
    holder: i64,
}

impl Lease {
    /// Takes a span of some minutes from now on: of a node whose last span is over, else of one that was never used, else
    /// of the one whose span is over first, beginning at its end.
    ///
    /// # Errors
    /// A fault of the database, or when no id is left until the end of all ids.
    pub async fn take(db: &Db, now: Timestamp, random: &Random) -> Result<Self, Fault> {
        let holder = i64::from_le_bytes(random.bytes());
        let mut tx = db.begin_write(&[LOCK]).await?;
        let mut known = Vec::new();
        for row in tx.query(SPANS, params![]).await? {
            known.push((row.i64("node")?, Timestamp(row.i64("until_ms")?)));
        }
        let (node, over) = choose(&known, now).ok_or_else(|| Fault::new("no node of ids is there to be taken"))?;
        let from = now.max(over);
        let until = end_of(from);
        if from >= until {
            return Err(Fault::new("the range of ids is used up"));
        }
        tx.execute(CLAIM, params![i64::from(node), holder, until]).await?;
        tx.commit().await?;
        Ok(Self { span: Span { node, from, until }, holder })
    }

    /// What may be made.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The same span up to some minutes from now; nothing when somebody else has taken over its node.
    ///
    /// # Errors
    /// A fault of the database. The lease holds on as it was: if the longer one was stored all the same, that is a gap.
    pub async fn longer(&self, db: &Db, now: Timestamp) -> Result<Option<Self>, Fault> {
        let mut tx = db.begin_write(&[LOCK]).await?;
        let node = i64::from(self.span.node);
        let Some(row) = tx.query_opt(OWN, params![node, self.holder]).await? else { return Ok(None) };
        let until = end_of(now).max(Timestamp(row.i64("until_ms")?));
        tx.execute(CLAIM, params![node, self.holder, until]).await?;
        tx.commit().await?;
        Ok(Some(Self { span: Span { until, ..self.span }, holder: self.holder }))
    }

    fn is_short(&self, now: Timestamp) -> bool {
        self.span.until < now.plus_ms(AHEAD_MS / 2)
    }
}

fn end_of(from: Timestamp) -> Timestamp {
    from.plus_ms(AHEAD_MS).min(IdMaker::END)
}

/// The node to take, and where its last span ended. What is known comes in the order of those ends.
fn choose(known: &[(i64, Timestamp)], now: Timestamp) -> Option<(u8, Timestamp)> {
    let oldest = known.first().copied();
    let unused =
        || (0..NODES).find(|node| known.iter().all(|(other, _)| other != node)).map(|node| (node, Timestamp(0)));
    let (node, over) = oldest.filter(|(_, over)| *over <= now).or_else(unused).or(oldest)?;
    Some((u8::try_from(node).ok()?, over))
}

/// Leases a span and gives its maker. As long as somebody has the maker, a task makes the span longer in good time, or
/// takes another one when the node was taken over.
///
/// # Errors
/// As [`Lease::take`].
pub async fn start(db: &Db, clock: &Arc<dyn Clock>, random: &Random) -> Result<Arc<IdMaker>, Fault> {
    let lease = Lease::take(db, clock.now(), random).await?;
    let ids = Arc::new(IdMaker::within(Arc::clone(clock), lease.span));
    let keeper = Keeper { db: db.clone(), clock: Arc::clone(clock), random: random.clone(), lease };
    kit::spawn("id-lease", keeper.run(Arc::downgrade(&ids)));
    Ok(ids)
}

struct Keeper {
    db: Db,
    clock: Arc<dyn Clock>,
    random: Random,
    lease: Lease,
}

impl Keeper {
    async fn run(mut self, ids: Weak<IdMaker>) {
        let mut failing = false;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(ids) = ids.upgrade() else { return };
            let now = self.clock.now();
            if !self.lease.is_short(now) {
                continue;
            }
            match self.renewed(now).await {
                Ok(lease) => {
                    self.lease = lease;
                    ids.go_on_with(lease.span);
                    failing = false;
                }
                // Once: ids go on for a long time, and that the database is away is told by whoever needs it.
                Err(fault) if !failing => {
                    tracing::warn!(%fault, "the span of ids could not be made longer; trying again");
                    failing = true;
                }
                Err(_) => {}
            }
        }
    }

    async fn renewed(&self, now: Timestamp) -> Result<Lease, Fault> {
        match self.lease.longer(&self.db, now).await? {
            Some(longer) => Ok(longer),
            None => Lease::take(&self.db, now, &self.random).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_over_comes_first_then_a_fresh_one_then_the_one_that_is_over_soonest() {
        let now = Timestamp(1_000);
        assert_eq!(choose(&[], now), Some((0, Timestamp(0))));
        assert_eq!(choose(&[(4, Timestamp(900)), (0, Timestamp(2_000))], now), Some((4, Timestamp(900))));
        assert_eq!(choose(&[(0, Timestamp(1_001)), (2, Timestamp(2_000))], now), Some((1, Timestamp(0))));
        let all: Vec<(i64, Timestamp)> = (0..NODES).map(|node| (node, Timestamp(5_000 + node))).collect();
        assert_eq!(choose(&all, now), Some((0, Timestamp(5_000))));
    }
}
