//! The index beside the hot path: transfer by id, history by account, what became of a hold.
//!
//! Everything in it comes from the journal, and it remembers how far it got, so it can be thrown away and built
//! again. It lives in a log-structured store with bloom filters: about 10 bits of memory a past transfer; the rest
//! is on disk behind a bounded cache.

use crate::journal::Location;
use crate::model::types::*;
use fjall::config::{BloomConstructionPolicy, FilterPolicy, FilterPolicyEntry};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::path::Path;

const CACHE_BYTES: u64 = 64 << 20;
const PROGRESS: &[u8] = b"progress";

/// Where an entry is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) sequence: u64,
    pub(crate) position: u64,
    pub(crate) location: Location,
}

#[derive(Clone)]
pub(crate) struct Index {
    database: Database,
    /// Command id → place.
    by_id: Keyspace,
    /// Account, sequence → place.
    history: Keyspace,
    /// Hold → what became of it.
    holds: Keyspace,
    /// How far the index got.
    progress: Keyspace,
}

impl Index {
    pub(crate) fn open(dir: &Path) -> fjall::Result<Self> {
        let database = Database::builder(dir)
            .cache_size(CACHE_BYTES)
            .manual_journal_persist(true)
            .max_journaling_size(256 << 20)
            .open()?;
        let options = || {
            let bloom = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0));
            KeyspaceCreateOptions::default().filter_policy(FilterPolicy::all(bloom)).max_memtable_size(32 << 20)
        };
        Ok(Self {
            by_id: database.keyspace("by_id", options)?,
            history: database.keyspace("history", options)?,
            holds: database.keyspace("holds", options)?,
            progress: database.keyspace("progress", KeyspaceCreateOptions::default)?,
            database,
        })
    }

    /// Number of records indexed so far, and the hash of the last.
    pub(crate) fn progress(&self) -> fjall::Result<(u64, [u8; 32])> {
        let value = self.progress.get(PROGRESS)?;
        Ok(value.and_then(|value| parse_progress(&value)).unwrap_or((0, [0; 32])))
    }

    /// Adds a record's entries; `offsets` are those of their length fields in the segment.
    pub(crate) fn add(
        &self,
        entries: &[Entry],
        segment: u32,
        offsets: &[u32],
        done: (u64, [u8; 32]),
    ) -> fjall::Result<()> {
        let mut batch = self.database.batch();
        for (entry, offset) in entries.iter().zip(offsets) {
            let place = place_bytes(entry, Location { segment, offset: *offset });
            batch.insert(&self.by_id, entry.command.id.0.to_be_bytes(), place);
            for account in moved_accounts(entry).into_iter().flatten() {
                batch.insert(&self.history, history_key(account, entry.sequence), place);
            }
            for (hold, end) in ended_holds(entry) {
                batch.insert(&self.holds, hold.0.to_be_bytes(), [end_byte(end)]);
            }
        }
        let mut progress = Vec::with_capacity(40);
        progress.extend_from_slice(&done.0.to_le_bytes());
        progress.extend_from_slice(&done.1);
        batch.insert(&self.progress, PROGRESS, progress);
        batch.commit()
    }

    pub(crate) fn by_id(&self, id: CommandId) -> fjall::Result<Option<Found>> {
        Ok(self.by_id.get(id.0.to_be_bytes())?.and_then(|value| parse_place(&value)))
    }

    /// What became of a transfer that is not an open hold.
    pub(crate) fn hold_end(&self, id: CommandId) -> fjall::Result<HoldLookup> {
        if let Some(value) = self.holds.get(id.0.to_be_bytes())? {
            return Ok(match value.first() {
                Some(1) => HoldLookup::Posted,
                Some(2) => HoldLookup::Voided,
                _ => HoldLookup::Expired,
            });
        }
        Ok(if self.by_id(id)?.is_some() { HoldLookup::NotAHold } else { HoldLookup::Unknown })
    }

    /// An account's movements with a sequence below `before`, newest first.
    pub(crate) fn history(&self, account: AccountId, before: u64, limit: usize) -> fjall::Result<Vec<Found>> {
        let range = history_key(account, 0)..history_key(account, before);
        let mut found = Vec::with_capacity(limit.min(256));
        for item in self.history.range(range).rev().take(limit) {
            found.extend(parse_place(&item.value()?));
        }
        Ok(found)
    }

    /// Makes what was added durable; what is not is added again from the journal.
    pub(crate) fn persist(&self) -> fjall::Result<()> {
        self.database.persist(PersistMode::SyncAll)
    }
}

/// The accounts in whose history an entry stands: those whose booked balance it changed.
fn moved_accounts(entry: &Entry) -> [Option<AccountId>; 2] {
    match &entry.outcome {
        Outcome::Done(Effect::Posted(posted)) => [Some(posted.debit), Some(posted.credit)],
        _ => [None, None],
    }
}

/// The holds that an entry ended, and how.
pub(crate) fn ended_holds(entry: &Entry) -> Vec<(CommandId, HoldLookup)> {
    match (&entry.command.action, &entry.outcome) {
        (Action::Post { hold, .. }, Outcome::Done(_)) => vec![(*hold, HoldLookup::Posted)],
        (Action::Void { hold }, Outcome::Done(_)) => vec![(*hold, HoldLookup::Voided)],
        (_, Outcome::Done(Effect::Ticked { expired })) => {
            expired.iter().map(|hold| (*hold, HoldLookup::Expired)).collect()
        }
        _ => Vec::new(),
    }
}

fn end_byte(end: HoldLookup) -> u8 {
    match end {
        HoldLookup::Posted => 1,
        HoldLookup::Voided => 2,
        _ => 3,
    }
}

fn history_key(account: AccountId, sequence: u64) -> [u8; 16] {
    (u128::from(account.0) << 64 | u128::from(sequence)).to_be_bytes()
}

fn place_bytes(entry: &Entry, location: Location) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&entry.sequence.to_le_bytes());
    bytes[8..16].copy_from_slice(&entry.position.to_le_bytes());
    bytes[16..20].copy_from_slice(&location.segment.to_le_bytes());
    bytes[20..].copy_from_slice(&location.offset.to_le_bytes());
    bytes
}

fn parse_place(bytes: &[u8]) -> Option<Found> {
    let (sequence, rest) = bytes.split_first_chunk()?;
    let (position, rest) = rest.split_first_chunk()?;
    let (segment, rest) = rest.split_first_chunk()?;
    let (offset, _) = rest.split_first_chunk()?;
    Some(Found {
        sequence: u64::from_le_bytes(*sequence),
        position: u64::from_le_bytes(*position),
        location: Location { segment: u32::from_le_bytes(*segment), offset: u32::from_le_bytes(*offset) },
    })
}

fn parse_progress(bytes: &[u8]) -> Option<(u64, [u8; 32])> {
    let (position, hash) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*position), hash.try_into().ok()?))
}
