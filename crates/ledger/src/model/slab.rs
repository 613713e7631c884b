//! A dense array that can be copied out bit by bit, as it was at one instant, while it goes on changing.
//!
//! A snapshot begins with [`Slab::freeze`]. From then on a slot that is about to change and was not copied out yet is
//! kept aside as it was; [`Slab::thaw`] copies the next slots out. So a snapshot costs the engine a copy of each slot,
//! in small pieces between batches, and memory only for what changes meanwhile.

use crate::map::Map;

/// Slots in a chunk; two mebibytes of accounts.
const CHUNK: usize = 1 << 15;
/// Slots that the first chunk begins with; it doubles until it is as long as the others, so that little takes little.
const FIRST: usize = 1 << 6;

#[derive(Debug)]
pub(crate) struct Slab<T> {
    chunks: Vec<Box<[T]>>,
    len: usize,
    /// Slots from here on to [`Frozen::len`] are not copied out yet; `usize::MAX` while nothing is frozen.
    guard: usize,
    frozen: Frozen<T>,
}

#[derive(Debug)]
struct Frozen<T> {
    /// Slots that there were at the freeze.
    len: usize,
    /// Those that changed since, as they were, and by slot where they stand.
    before: Vec<T>,
    places: Map<u32, u32>,
}

impl<T: Clone + Default> Slab<T> {
    pub(crate) fn new() -> Self {
        let frozen = Frozen { len: 0, before: Vec::new(), places: Map::default() };
        Self { chunks: Vec::new(), len: 0, guard: usize::MAX, frozen }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, slot: usize) -> Option<&T> {
        if slot >= self.len {
            return None;
        }
        self.chunks.get(slot / CHUNK).and_then(|chunk| chunk.get(slot % CHUNK))
    }

    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut T> {
        if slot >= self.len {
            return None;
        }
        if slot >= self.guard && slot < self.frozen.len {
            self.keep(slot);
        }
        self.chunks.get_mut(slot / CHUNK).and_then(|chunk| chunk.get_mut(slot % CHUNK))
    }

    #[cold]
    fn keep(&mut self, slot: usize) {
        if let Some(value) = self.chunks.get(slot / CHUNK).and_then(|chunk| chunk.get(slot % CHUNK)) {
            let Frozen { before, places, .. } = &mut self.frozen;
            places.entry(slot as u32).or_insert_with(|| {
                before.push(value.clone());
                before.len() as u32 - 1
            });
        }
    }

    pub(crate) fn push(&mut self, value: T) -> usize {
        let slot = self.len;
        let within = slot % CHUNK;
        if within == 0 {
            let slots = if slot == 0 { FIRST } else { CHUNK };
            self.chunks.push(vec![T::default(); slots].into());
        } else if let Some(chunk) = self.chunks.last_mut()
            && within == chunk.len()
        {
            let mut longer = std::mem::take(chunk).into_vec();
            longer.resize(within * 2, T::default());
            *chunk = longer.into();
        }
        self.len += 1;
        if let Some(place) = self.chunks.last_mut().and_then(|chunk| chunk.get_mut(within)) {
            *place = value;
        }
        slot
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).take(self.len)
    }

    /// Begins to keep what is there now; a freeze before it that was not finished is forgotten.
    pub(crate) fn freeze(&mut self) {
        self.frozen.before.clear();
        self.frozen.places.clear();
        self.frozen.len = self.len;
        self.guard = 0;
    }

    /// The next slots as they were at the freeze, `most` of them if there are as many; none when all are out.
    pub(crate) fn thaw(&mut self, most: usize) -> Vec<T> {
        let from = self.guard.min(self.frozen.len);
        let to = self.frozen.len.min(from.saturating_add(most));
        let mut out = Vec::with_capacity(to - from);
        let mut at = from;
        while at < to {
            let upto = to.min((at / CHUNK + 1) * CHUNK);
            let Some(chunk) = self.chunks.get(at / CHUNK) else { break };
            out.extend_from_slice(&chunk[at % CHUNK..at % CHUNK + (upto - at)]);
            at = upto;
        }
        if !self.frozen.places.is_empty() {
            for (slot, value) in (from as u32..).zip(&mut out) {
                if let Some(place) = self.frozen.places.remove(&slot) {
                    value.clone_from(&self.frozen.before[place as usize]);
                }
            }
        }
        self.guard = if to == self.frozen.len { usize::MAX } else { to };
        if self.guard == usize::MAX {
            self.frozen = Frozen { len: 0, before: Vec::new(), places: Map::default() };
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_frozen_comes_out_as_it_was() {
        let mut slab = Slab::new();
        for value in 0..100_000_u64 {
            slab.push(value);
        }
        slab.freeze();
        let mut out = Vec::new();
        for round in 0.. {
            for slot in [7, 50_000, 99_999] {
                *slab.get_mut(slot).unwrap() += 1_000_000;
            }
            slab.push(round);
            let part = slab.thaw(9_000);
            if part.is_empty() {
                break;
            }
            out.extend(part);
        }
        assert!(out.iter().copied().eq(0..100_000));
        assert_eq!(slab.get(7), Some(&(13 * 1_000_000 + 7)));
        assert!(slab.frozen.before.is_empty());
        assert_eq!(slab.len(), 100_013);
    }

    #[test]
    fn a_slot_beyond_the_end_is_none() {
        let mut slab = Slab::new();
        assert_eq!(slab.push(5), 0);
        assert_eq!(slab.get(1), None);
        assert_eq!(slab.get_mut(1), None);
        slab.freeze();
        assert_eq!((slab.thaw(10), slab.thaw(10)), (vec![5], vec![]));
    }
}
