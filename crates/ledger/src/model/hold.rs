//! Money set aside, and the lists that find it by transfer id and by the time it runs out.

use super::slab::Slab;
use super::types::CommandId;
use kit::BankDay;
use std::collections::{BTreeSet, HashMap};

/// A hold in its slot; an id of 0 is a free slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hold {
    pub(crate) id: u128,
    pub(crate) debit: u64,
    pub(crate) credit: u64,
    pub(crate) amount: i64,
    /// `i64::MAX` never runs out.
    pub(crate) expires_ms: i64,
    /// The bank day whose windows it was charged to.
    pub(crate) day: BankDay,
    pub(crate) counters: Box<[u64]>,
}

/// All open holds. The maps beside the slab are derived from it and never stored.
#[derive(Debug, Clone)]
pub(crate) struct Holds {
    slots: Slab<Hold>,
    by_id: HashMap<u128, u32>,
    by_expiry: BTreeSet<(i64, u32)>,
    free: BTreeSet<u32>,
}

impl Holds {
    pub(crate) fn new() -> Self {
        Self::from_slots(Slab::new())
    }

    /// Rebuilds the maps from stored slots.
    pub(crate) fn from_slots(slots: Slab<Hold>) -> Self {
        let mut holds =
            Self { slots: Slab::new(), by_id: HashMap::new(), by_expiry: BTreeSet::new(), free: BTreeSet::new() };
        for (slot, hold) in slots.iter().enumerate() {
            holds.note(slot as u32, hold);
        }
        holds.slots = slots;
        holds
    }

    /// The bare slots, for a snapshot.
    pub(crate) fn slots(&self) -> &Slab<Hold> {
        &self.slots
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn slot_of(&self, id: CommandId) -> Option<u32> {
        self.by_id.get(&id.0).copied()
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Hold> {
        self.slots.get(slot as usize).filter(|hold| hold.id != 0)
    }

    /// Takes the lowest free slot, so that a replay takes the same.
    pub(crate) fn insert(&mut self, hold: Hold) -> u32 {
        let slot = match self.free.first().copied() {
            Some(slot) => slot,
            None => self.slots.push(Hold::default()) as u32,
        };
        self.put(slot, hold);
        slot
    }

    /// Frees a slot and gives what was in it.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<Hold> {
        let hold = self.get(slot)?.clone();
        self.by_id.remove(&hold.id);
        self.by_expiry.remove(&(hold.expires_ms, slot));
        self.put(slot, Hold::default());
        Some(hold)
    }

    /// Puts a removed hold back where it was.
    pub(crate) fn put(&mut self, slot: u32, hold: Hold) {
        self.note(slot, &hold);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = hold;
        }
    }

    /// The holds that run out at or before `now_ms`, the earliest first.
    pub(crate) fn due(&self, now_ms: i64, most: usize) -> Vec<u32> {
        let due = self.by_expiry.iter().take_while(|(expires_ms, _)| *expires_ms <= now_ms);
        due.take(most).map(|(_, slot)| *slot).collect()
    }

    /// When the next hold runs out, if any does.
    pub(crate) fn next_expiry(&self) -> Option<i64> {
        self.by_expiry.first().map(|(expires_ms, _)| *expires_ms)
    }

    fn note(&mut self, slot: u32, hold: &Hold) {
        if hold.id == 0 {
            self.free.insert(slot);
            return;
        }
        self.free.remove(&slot);
        self.by_id.insert(hold.id, slot);
        if hold.expires_ms != i64::MAX {
            self.by_expiry.insert((hold.expires_ms, slot));
        }
    }
}
