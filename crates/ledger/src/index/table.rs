//! What the newest commands said, in memory: a table of hashes that the engine fills and asks.

use crate::model::types::{CommandId, HoldLookup};

/// Makes hashes of ids. The seed is drawn once for an index, so that nobody can choose ids that meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys(pub(crate) [u64; 3]);

impl Keys {
    /// Of a command's id.
    pub(crate) fn id(self, id: u128) -> u64 {
        let Self([first, second, third]) = self;
        fold(fold(id as u64 ^ first, (id >> 64) as u64 ^ second) ^ third, 0x9e37_79b9_7f4a_7c15)
    }

    /// Of the end of a hold that a command of this id made.
    pub(crate) fn end(self, id: u128) -> u64 {
        let Self([first, second, third]) = self;
        fold(fold(id as u64 ^ second, (id >> 64) as u64 ^ third) ^ first, 0xc2b2_ae3d_27d4_eb4f)
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// What one line of the index says of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// The command with this id has this sequence.
    Command,
    /// The command with this sequence posted the hold.
    Posted,
    /// The command with this sequence voided the hold.
    Voided,
    /// The tick with this sequence expired the hold.
    Expired,
}

impl Said {
    /// A number above zero for the two.
    pub(crate) fn pack(self, sequence: u64) -> u64 {
        let tag = match self {
            Self::Command => 1,
            Self::Posted => 2,
            Self::Voided => 3,
            Self::Expired => 4,
        };
        sequence << 3 | tag
    }

    pub(crate) fn unpack(packed: u64) -> Option<(Self, u64)> {
        let said = match packed & 7 {
            1 => Self::Command,
            2 => Self::Posted,
            3 => Self::Voided,
            4 => Self::Expired,
            _ => return None,
        };
        Some((said, packed >> 3))
    }

    /// The sequence, if the line is of a command's id.
    pub(crate) fn command(packed: u64) -> Option<u64> {
        Self::unpack(packed).filter(|(said, _)| *said == Self::Command).map(|(_, sequence)| sequence)
    }

    pub(crate) fn end(self) -> Option<HoldLookup> {
        match self {
            Self::Command => None,
            Self::Posted => Some(HoldLookup::Posted),
            Self::Voided => Some(HoldLookup::Voided),
            Self::Expired => Some(HoldLookup::Expired),
        }
    }
}

/// Hash and packed line, in open addressing. A line of zero is a free place.
#[derive(Debug)]
pub(crate) struct Table {
    places: Vec<(u64, u64)>,
    len: usize,
    /// Least and greatest id of a command in it.
    pub(crate) ids: (u128, u128),
}

const SMALLEST: usize = 1 << 10;

impl Table {
    pub(crate) fn new() -> Self {
        Self { places: vec![(0, 0); SMALLEST], len: 0, ids: (u128::MAX, 0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn add_id(&mut self, keys: Keys, id: CommandId, sequence: u64) {
        self.ids = (self.ids.0.min(id.0), self.ids.1.max(id.0));
        self.add(keys.id(id.0), Said::Command.pack(sequence));
    }

    pub(crate) fn add_end(&mut self, keys: Keys, hold: CommandId, said: Said, sequence: u64) {
        self.add(keys.end(hold.0), said.pack(sequence));
    }

    fn add(&mut self, hash: u64, line: u64) {
        if self.len * 8 >= self.places.len() * 5 {
            let larger = vec![(0, 0); self.places.len() * 2];
            let smaller = std::mem::replace(&mut self.places, larger);
            for (hash, line) in smaller.into_iter().filter(|(_, line)| *line != 0) {
                self.put(hash, line);
            }
        }
        self.put(hash, line);
        self.len += 1;
    }

    fn put(&mut self, hash: u64, line: u64) {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let place = &mut self.places[at];
            if place.1 == 0 {
                *place = (hash, line);
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Calls `found` with each line of a hash.
    pub(crate) fn each(&self, hash: u64, mut found: impl FnMut(u64)) {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (there, line) = self.places[at];
            if line == 0 {
                return;
            }
            if there == hash {
                found(line);
            }
            at = (at + 1) & mask;
        }
    }

    /// Reads the place of a hash, so that it is near when it is asked for.
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        self.places[hash as usize & (self.places.len() - 1)].1
    }

    /// All lines, sorted by hash: hash in the upper half, line in the lower.
    pub(crate) fn sorted(&self) -> Vec<u128> {
        let taken = self.places.iter().filter(|(_, line)| *line != 0);
        let mut lines: Vec<u128> = taken.map(|(hash, line)| u128::from(*hash) << 64 | u128::from(*line)).collect();
        lines.sort_unstable();
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_and_nothing_else() {
        let keys = Keys([1, 2, 3]);
        let mut table = Table::new();
        for sequence in 0..10_000_u64 {
            table.add_id(keys, CommandId(u128::from(sequence) * 3 + 1), sequence);
        }
        table.add_end(keys, CommandId(1), Said::Voided, 10_000);
        let lines = |hash| {
            let mut lines = Vec::new();
            table.each(hash, |line| lines.extend(Said::unpack(line)));
            lines
        };
        assert_eq!(lines(keys.id(31)), [(Said::Command, 10)]);
        assert_eq!(lines(keys.id(32)), []);
        assert_eq!(lines(keys.end(1)), [(Said::Voided, 10_000)]);
        assert_eq!((table.len(), table.sorted().len(), table.ids), (10_001, 10_001, (1, 29_998)));
    }
}
