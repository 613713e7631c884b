//! Money set aside, and the lists that find it by transfer id and by the time it runs out.

use super::slab::Slab;
use super::types::CommandId;
use crate::map::Map;
use kit::BankDay;
use std::collections::BTreeSet;

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

/// All open holds. What stands beside the slab is derived from it and never stored.
#[derive(Debug)]
pub(crate) struct Holds {
    slots: Slab<Hold>,
    by_id: Map<u128, u32>,
    by_expiry: BTreeSet<(i64, u32)>,
    free: FreeSlots,
}

impl Holds {
    pub(crate) fn new() -> Self {
        Self::from_slots(Slab::new())
    }

    /// Rebuilds the maps from stored slots.
    pub(crate) fn from_slots(slots: Slab<Hold>) -> Self {
        let mut holds =
            Self { slots: Slab::new(), by_id: Map::default(), by_expiry: BTreeSet::new(), free: FreeSlots::default() };
        for (slot, hold) in slots.iter().enumerate() {
            holds.note(slot as u32, hold);
        }
        holds.slots = slots;
        holds
    }

    /// The bare slots.
    pub(crate) fn slots(&self) -> &Slab<Hold> {
        &self.slots
    }

    /// The bare slots, for a snapshot.
    pub(crate) fn slots_mut(&mut self) -> &mut Slab<Hold> {
        &mut self.slots
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
        let slot = match self.free.first() {
            Some(slot) => slot,
            None => self.slots.push(Hold::default()) as u32,
        };
        self.put(slot, hold);
        slot
    }

    /// Frees a slot and gives what was in it.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<Hold> {
        self.get(slot)?;
        let hold = std::mem::take(self.slots.get_mut(slot as usize)?);
        self.by_id.remove(&hold.id);
        if hold.expires_ms != i64::MAX {
            self.by_expiry.remove(&(hold.expires_ms, slot));
        }
        self.free.insert(slot);
        Some(hold)
    }

    /// Puts a removed hold back where it was.
    pub(crate) fn put(&mut self, slot: u32, hold: Hold) {
        self.note(slot, &hold);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = hold;
        }
    }

    /// The transfers that made the open holds, in no order.
    pub(crate) fn ids(&self) -> Vec<CommandId> {
        self.by_id.keys().map(|id| CommandId(*id)).collect()
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
        self.free.remove(slot);
        self.by_id.insert(hold.id, slot);
        if hold.expires_ms != i64::MAX {
            self.by_expiry.insert((hold.expires_ms, slot));
        }
    }
}

/// The free slots as bits, with a bit above each word that has one: the lowest is found in a few steps.
#[derive(Debug, Default)]
struct FreeSlots {
    levels: Vec<Vec<u64>>,
}

impl FreeSlots {
    fn insert(&mut self, slot: u32) {
        let mut at = slot as usize;
        let mut level = 0;
        loop {
            if self.levels.len() <= level {
                let below = level.checked_sub(1).and_then(|below| self.levels.get(below));
                let mut words = vec![0; 1];
                for place in below.into_iter().flat_map(|words| (0..words.len()).filter(|place| words[*place] != 0)) {
                    if words.len() <= place / 64 {
                        words.resize(place / 64 + 1, 0);
                    }
                    words[place / 64] |= 1 << (place % 64);
                }
                self.levels.push(words);
            }
            let words = &mut self.levels[level];
            if words.len() <= at / 64 {
                words.resize(at / 64 + 1, 0);
            }
            words[at / 64] |= 1 << (at % 64);
            if words.len() == 1 {
                return;
            }
            at /= 64;
            level += 1;
        }
    }

    fn remove(&mut self, slot: u32) {
        let mut at = slot as usize;
        for words in &mut self.levels {
            let Some(word) = words.get_mut(at / 64) else { return };
            *word &= !(1 << (at % 64));
            if *word != 0 {
                return;
            }
            at /= 64;
        }
    }

    fn first(&self) -> Option<u32> {
        let mut at = 0;
        for words in self.levels.iter().rev() {
            let word = *words.get(at)?;
            if word == 0 {
                return None;
            }
            at = at * 64 + word.trailing_zeros() as usize;
        }
        (!self.levels.is_empty()).then_some(at as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_slot_is_found_like_in_a_sorted_set() {
        let random = kit::Random::seeded(1);
        let (mut slots, mut plain) = (FreeSlots::default(), BTreeSet::new());
        for round in 0..20_000_u32 {
            let slot = random.below(if round < 10_000 { 300 } else { 300_000 }) as u32;
            if random.below(2) == 0 {
                slots.insert(slot);
                plain.insert(slot);
            } else {
                slots.remove(slot);
                plain.remove(&slot);
            }
            assert_eq!(slots.first(), plain.first().copied());
            if let Some(first) = slots.first().filter(|_| round % 3 == 0) {
                slots.remove(first);
                plain.remove(&first);
            }
        }
    }
}
