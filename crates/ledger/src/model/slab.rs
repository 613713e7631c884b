//! A dense array in chunks that are copied when written while someone else still looks at them.
//!
//! A clone costs one pointer per 1,024 slots, so a snapshot can be taken between two batches without stalling the
//! engine: what changes while the snapshot is being written is copied chunk by chunk.

use std::sync::Arc;

const CHUNK: usize = 1024;

#[derive(Debug, Clone)]
pub(crate) struct Slab<T> {
    chunks: Vec<Arc<[T]>>,
    len: usize,
}

impl<T: Clone + Default> Slab<T> {
    pub(crate) fn new() -> Self {
        Self { chunks: Vec::new(), len: 0 }
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
        self.chunks.get_mut(slot / CHUNK).and_then(|chunk| Arc::make_mut(chunk).get_mut(slot % CHUNK))
    }

    pub(crate) fn push(&mut self, value: T) -> usize {
        let slot = self.len;
        if slot.is_multiple_of(CHUNK) {
            self.chunks.push(vec![T::default(); CHUNK].into());
        }
        self.len += 1;
        if let Some(place) = self.get_mut(slot) {
            *place = value;
        }
        slot
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).take(self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_does_not_see_later_writes() {
        let mut slab = Slab::new();
        for value in 0..3_000_u64 {
            slab.push(value);
        }
        let before = slab.clone();
        *slab.get_mut(2_000).unwrap() = 7;
        slab.push(9);
        assert_eq!(before.get(2_000), Some(&2_000));
        assert_eq!((before.len(), slab.len()), (3_000, 3_001));
        assert_eq!(before.iter().sum::<u64>(), 2_999 * 3_000 / 2);
        assert!(before.get(3_000).is_none());
    }
}
