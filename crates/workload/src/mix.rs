//! The commands of one client.

use crate::run::{Args, Ids};
use ledger::*;

/// Millisecond at which the made-up work begins; it is the bank's time, not the machine's.
pub(crate) const START_MS: i64 = 1_793_500_000_000;
/// Bytes of the document that rides along with each transfer.
const DOCUMENT: usize = 64;

/// Numbers that look random, quickly.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub(crate) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.any()) * u128::from(bound)) >> 64) as u64
    }
}

/// What one client sends.
pub(crate) struct Mix {
    numbers: Numbers,
    client: u64,
    made: u64,
    accounts: u64,
    hot: u64,
    pending: u64,
    limits: u64,
    partitions: u64,
    ids: Ids,
    /// Holds that are not posted yet.
    holds: Vec<CommandId>,
}

impl Mix {
    pub(crate) fn new(args: &Args, client: u64) -> Self {
        Self {
            numbers: Numbers::new(client + 1),
            client,
            made: 0,
            accounts: args.accounts,
            hot: args.hot.into(),
            pending: args.pending.into(),
            limits: args.limits.into(),
            partitions: args.partitions.into(),
            ids: args.ids,
            holds: Vec::new(),
        }
    }

    fn id(&mut self) -> CommandId {
        self.made += 1;
        CommandId(match self.ids {
            // As a bank makes them: time in front, then who made it and a count.
            Ids::Time => u128::from(self.made) << 64 | u128::from(self.client + 1) << 48,
            Ids::Random => {
                (u128::from(self.numbers.any()) << 64 | u128::from(self.numbers.any())).clamp(1, u128::MAX - 1)
            }
        })
    }

    fn command(&mut self, action: Action) -> Command {
        let time_ms = START_MS + (self.made / 1_000) as i64;
        Command { id: self.id(), time_ms, action, document: vec![self.made as u8; DOCUMENT] }
    }

    /// The next transfers, and the posts of the holds that were made before them. Gives how many are transfers.
    pub(crate) fn next(&mut self, transfers: u64, into: &mut Vec<Command>) {
        let holds = std::mem::take(&mut self.holds);
        for hold in holds {
            let post = self.command(Action::Post { hold, amount: None });
            into.push(post);
        }
        for _ in 0..transfers {
            let transfer = self.transfer();
            let is_hold = transfer.mode != Mode::Immediate;
            let command = self.command(Action::Transfer(transfer));
            if is_hold {
                self.holds.push(command.id);
            }
            into.push(command);
        }
    }

    /// Partition and slot of an account.
    fn place(&self, account: u64) -> (u16, u64) {
        ((account % self.partitions) as u16, account / self.partitions)
    }

    /// Whether a hold still waits for its post.
    pub(crate) fn has_holds(&self) -> bool {
        !self.holds.is_empty()
    }

    fn transfer(&mut self) -> Transfer {
        let chance = self.numbers.below(100);
        let debit = 1 + self.numbers.below(self.accounts - 1);
        let mut credit = if chance < self.hot { 0 } else { 1 + self.numbers.below(self.accounts - 1) };
        if credit == debit {
            credit = if debit + 1 == self.accounts { 1 } else { debit + 1 };
        }
        let hold = self.pending > 0 && self.numbers.below(100) < self.pending;
        let amount = 1 + self.numbers.below(10_000) as i64;
        let (partition, slot) = self.place(debit);
        let counter = |place| CounterId(numbered(partition, slot * self.limits + place));
        let limits = (0..self.limits).map(|place| LimitUse { counter: counter(place), side: Side::Debit });
        let account = |(partition, slot)| AccountId(numbered(partition, slot));
        Transfer {
            debit: account(self.place(debit)),
            credit: account(self.place(credit)),
            amount,
            code: 1,
            reference: self.made,
            mode: if hold { Mode::Hold { expires_ms: None } } else { Mode::Immediate },
            balancing: None,
            limits: limits.collect(),
            epoch: None,
        }
    }
}
