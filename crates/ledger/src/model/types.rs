//! The words of the ledger: what can be asked of it and what it answers.

use kit::BankDay;
use std::fmt;

/// Most limit counters that one transfer may name.
pub const LIMITS_MAX: usize = 12;
/// Longest document that may ride along with a command, in bytes.
pub const DOCUMENT_MAX: usize = 16 * 1024;
/// Most commands in one chain.
pub const CHAIN_MAX: usize = 64;
/// Largest amount of one transfer and largest gross flow of one account, in minor units.
pub const AMOUNT_MAX: i64 = i64::MAX / 4;

/// Where in an id, a sequence or a position the partition stands.
const PARTITION_SHIFT: u32 = 48;
/// The bits below it.
const SLOT: u64 = (1 << PARTITION_SHIFT) - 1;

/// The number of a command or of a journal's record, told apart from those of other partitions.
pub fn numbered(partition: u16, number: u64) -> u64 {
    u64::from(partition) << PARTITION_SHIFT | number
}

/// The partition of a [`numbered`] number, and the number inside it.
pub fn number_in(numbered: u64) -> (u16, u64) {
    ((numbered >> PARTITION_SHIFT) as u16, numbered & SLOT)
}

macro_rules! slot_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        /// Opaque: the upper 16 bits name the partition, the lower 48 a dense slot inside it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// The id of a slot in a partition.
            pub(crate) fn from_slot(partition: u16, slot: usize) -> Self {
                Self(u64::from(partition) << PARTITION_SHIFT | slot as u64)
            }

            /// The slot, if the id belongs to this partition.
            pub(crate) fn slot(self, partition: u16) -> Option<usize> {
                (self.partition() == partition).then_some((self.0 & SLOT) as usize)
            }

            /// The partition that it lives in.
            pub fn partition(self) -> u16 {
                (self.0 >> PARTITION_SHIFT) as u16
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

slot_id!(
    /// An account.
    AccountId
);
slot_id!(
    /// A limit counter.
    CounterId
);
slot_id!(
    /// A customer as the ledger knows one: the owner of a security epoch.
    HolderId
);

/// Names a command at most once for ever; made by the client. 0 and `u128::MAX` are malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u128);

impl fmt::Display for CommandId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

/// The side on which an account's balance normally grows, or the side of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Assets and expenses grow by debits.
    Debit,
    /// Liabilities (customers' deposits), equity and income grow by credits.
    Credit,
}

/// The span over which a counter adds up, by the institution's own calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// One payment: nothing is added up, the cap on the amount binds each payment by itself.
    Payment,
    /// The bank day.
    Day,
    /// The calendar month.
    Month,
    /// The calendar year.
    Year,
}

/// One request to the state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// At most once for ever.
    pub id: CommandId,
    /// Business time, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// What to do.
    pub action: Action,
    /// Opaque to the ledger, at most [`DOCUMENT_MAX`] bytes; part of the body that a repeat must match.
    pub document: Vec<u8>,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Makes a holder with security epoch 0.
    OpenHolder,
    /// Raises a holder's epoch by one: transfers that name an older one are refused from here on.
    RaiseEpoch {
        /// Whose.
        holder: HolderId,
    },
    /// Makes an account with zero balances.
    OpenAccount(OpenAccount),
    /// Changes an account's floor and ceiling. Never moves money; a balance outside new bounds stays and only
    /// movements further outside are refused.
    SetBounds {
        /// Which account.
        account: AccountId,
        /// See [`OpenAccount::floor`].
        floor: Option<i64>,
        /// See [`OpenAccount::ceiling`].
        ceiling: Option<i64>,
    },
    /// Freezes or thaws either direction of an account.
    SetFreeze {
        /// Which account.
        account: AccountId,
        /// Whether debits are refused.
        debits: bool,
        /// Whether credits are refused.
        credits: bool,
    },
    /// Closes an account for ever; refused unless its balance and holds are zero.
    CloseAccount {
        /// Which account.
        account: AccountId,
    },
    /// Makes a limit counter.
    OpenCounter(OpenCounter),
    /// Changes a counter's caps; what is used stays used.
    SetCaps {
        /// Which counter.
        counter: CounterId,
        /// See [`OpenCounter::cap_amount`].
        cap_amount: Option<i64>,
        /// See [`OpenCounter::cap_count`].
        cap_count: Option<u32>,
    },
    /// Moves money, or sets it aside.
    Transfer(Transfer),
    /// Posts a hold, wholly or in part; what is not posted is released.
    Post {
        /// The transfer that made the hold.
        hold: CommandId,
        /// How much, in minor units; the whole hold if none.
        amount: Option<i64>,
    },
    /// Releases a hold wholly.
    Void {
        /// The transfer that made the hold.
        hold: CommandId,
    },
    /// Lets ledger time move on to the command's time and expires the holds that are due, oldest first, at most
    /// [`crate::EXPIRE_MAX`] at once.
    Tick,
}

/// Opening an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAccount {
    /// Whose epoch and customer relation it belongs to.
    pub holder: HolderId,
    /// The institution whose books and calendar apply.
    pub institution: u16,
    /// ISO 4217 numeric code: 156 is CNY.
    pub currency: u16,
    /// Code in the chart of accounts.
    pub kind: u32,
    /// Where its balance grows.
    pub normal_side: Side,
    /// The least available balance (on the normal side, holds taken off), in minor units; no floor if none.
    pub floor: Option<i64>,
    /// The greatest balance (on the normal side, pending credits counted), in minor units; no ceiling if none.
    pub ceiling: Option<i64>,
}

/// Opening a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCounter {
    /// The institution whose calendar cuts the windows.
    pub institution: u16,
    /// What it adds up over.
    pub window: Window,
    /// Inclusive cap on the gross amount in one window, in minor units; none is no cap.
    pub cap_amount: Option<i64>,
    /// Inclusive cap on the number of transfers in one window; none is no cap.
    pub cap_count: Option<u32>,
}

/// Moving money from the debit to the credit account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The account that is debited (a customer's deposit account pays by a debit).
    pub debit: AccountId,
    /// The account that is credited.
    pub credit: AccountId,
    /// Minor units, above 0. With `balancing` the most that may move.
    pub amount: i64,
    /// What sort of movement this is; the ledger only keeps it.
    pub code: u16,
    /// The business's own reference, such as an order number; the ledger only keeps it.
    pub reference: u64,
    /// Move at once or set aside.
    pub mode: Mode,
    /// Move as much as this side's floor (debit) or ceiling (credit) allows, up to `amount`.
    pub balancing: Option<Side>,
    /// Counters to check and charge, at most [`LIMITS_MAX`], none twice.
    pub limits: Vec<LimitUse>,
    /// The security epoch under which the payment was authorised.
    pub epoch: Option<EpochCheck>,
}

/// Whether a transfer moves money at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// At once.
    Immediate,
    /// Set aside until posted, voided, or, if a time is given, expired.
    Hold {
        /// Ledger time in milliseconds from which on a tick releases it.
        expires_ms: Option<i64>,
    },
}

/// A counter that a transfer is charged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitUse {
    /// Which counter.
    pub counter: CounterId,
    /// Whose side it protects: decides where it binds once the two sides live in different partitions.
    pub side: Side,
}

/// The epoch that must still be the holder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochCheck {
    /// Whose.
    pub holder: HolderId,
    /// The epoch seen when the payment was authorised.
    pub epoch: u32,
}

/// What the ledger decided. Final from the moment it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done(Effect),
    /// Refused: nothing moved, and the id is spent.
    Refused(Reason),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A holder was made.
    HolderOpened(HolderId),
    /// An epoch was raised to this.
    EpochRaised(u32),
    /// An account was made.
    AccountOpened(AccountId),
    /// A counter was made.
    CounterOpened(CounterId),
    /// Bounds, freeze, caps or closing took effect.
    Updated,
    /// Money moved: by an immediate transfer, or by posting a hold.
    Posted(Posted),
    /// Money was set aside.
    Held {
        /// How much, in minor units.
        amount: i64,
    },
    /// A hold was released.
    Voided {
        /// How much, in minor units.
        amount: i64,
    },
    /// Time moved on; these holds expired.
    Ticked {
        /// The transfers that had made them.
        expired: Vec<CommandId>,
    },
}

/// A movement of money and the booked balances after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// The debited account.
    pub debit: AccountId,
    /// The credited account.
    pub credit: AccountId,
    /// How much, in minor units.
    pub amount: i64,
    /// Booked balance of the debited account on its normal side, after.
    pub debit_balance: i64,
    /// Booked balance of the credited account on its normal side, after.
    pub credit_balance: i64,
}

/// Why the ledger refused, in order of precedence: when several hold, the first is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Another member of the chain was refused.
    ChainBroken,
    /// The amount is not above 0, or above [`AMOUNT_MAX`].
    AmountOutOfRange,
    /// There is no such debit account.
    DebitAccountUnknown,
    /// There is no such credit account.
    CreditAccountUnknown,
    /// There is no such account.
    AccountUnknown,
    /// There is no such holder.
    HolderUnknown,
    /// There is no such counter.
    CounterUnknown,
    /// Debit and credit are the same account.
    SameAccount,
    /// The two accounts, or an account and a counter, belong to different institutions.
    InstitutionDiffers,
    /// The two accounts are in different currencies.
    CurrencyDiffers,
    /// There is no such hold.
    HoldUnknown,
    /// The id is a transfer's, but not a hold's.
    NotAHold,
    /// The hold was posted before.
    HoldPosted,
    /// The hold was voided before.
    HoldVoided,
    /// The hold expired before.
    HoldExpired,
    /// More was to be posted than is held.
    HoldExceeded,
    /// The debit account is closed.
    DebitAccountClosed,
    /// The credit account is closed.
    CreditAccountClosed,
    /// The account is closed.
    AccountClosed,
    /// The account still has a balance or holds.
    AccountNotEmpty,
    /// A floor above the ceiling.
    BoundsCrossed,
    /// Debits of the debit account are frozen.
    DebitFrozen,
    /// Credits of the credit account are frozen.
    CreditFrozen,
    /// The holder's security epoch was raised since the payment was authorised.
    EpochStale,
    /// A counter's window for this business day is no longer kept.
    WindowClosed {
        /// Which.
        counter: CounterId,
    },
    /// A cap would be passed.
    LimitExceeded {
        /// Which counter.
        counter: CounterId,
        /// Its window.
        window: Window,
        /// Whether the count rather than the amount would be passed.
        by_count: bool,
        /// The cap: minor units, or a count.
        cap: i64,
        /// What is used in the window already.
        used: i64,
    },
    /// The debit account would fall below its floor.
    InsufficientFunds {
        /// What could be debited, in minor units.
        available: i64,
    },
    /// The credit account would rise above its ceiling.
    CeilingExceeded {
        /// What could be credited, in minor units.
        room: i64,
    },
    /// An account's gross flow would pass [`AMOUNT_MAX`].
    Overflow,
}

/// What was looked up before a command was applied. It is part of the journal, so that a replay needs no index,
/// no calendar and no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The institution's bank day at the command's time (of the hold's institution for a post or void).
    pub day: BankDay,
    /// The hold that a post or void names.
    pub hold: Option<HoldLookup>,
}

/// What is known of a transfer id that a post or void names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldLookup {
    /// An open hold in this slot.
    Open(u32),
    /// No such transfer.
    Unknown,
    /// A transfer, but no hold, or one that was refused.
    NotAHold,
    /// Posted before.
    Posted,
    /// Voided before.
    Voided,
    /// Expired before.
    Expired,
}

/// A command as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Number of the command since the beginning, from 0; outside the ledger with its partition, see [`numbered`].
    pub sequence: u64,
    /// Position of the journal record it is part of; outside the ledger with its partition.
    pub position: u64,
    /// Ledger time when it was applied; never goes back.
    pub ledger_time_ms: i64,
    /// Whether the next entry belongs to the same chain.
    pub linked: bool,
    /// What was asked.
    pub command: Command,
    /// What had been looked up for it.
    pub resolved: Resolved,
    /// What was decided.
    pub outcome: Outcome,
}

/// Balances and state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountView {
    /// Which account.
    pub id: AccountId,
    /// As it was opened, with its present bounds.
    pub terms: OpenAccount,
    /// Sum of posted debits, minor units.
    pub debits_posted: i64,
    /// Sum of posted credits, minor units.
    pub credits_posted: i64,
    /// Sum of held debits, minor units.
    pub debits_pending: i64,
    /// Sum of held credits, minor units.
    pub credits_pending: i64,
    /// Debits are refused.
    pub debits_frozen: bool,
    /// Credits are refused.
    pub credits_frozen: bool,
    /// Closed for ever.
    pub closed: bool,
}

impl Entry {
    /// With the partition in its numbers.
    pub(crate) fn of(self, partition: u16) -> Self {
        Self { sequence: numbered(partition, self.sequence), position: numbered(partition, self.position), ..self }
    }
}

impl AccountView {
    /// Booked balance on the normal side, holds not counted.
    pub fn balance(&self) -> i64 {
        match self.terms.normal_side {
            Side::Debit => self.debits_posted - self.credits_posted,
            Side::Credit => self.credits_posted - self.debits_posted,
        }
    }

    /// What may leave the account: balance less holds less floor, never negative; the whole balance less holds if
    /// there is no floor.
    pub fn available(&self) -> i64 {
        let held = match self.terms.normal_side {
            Side::Debit => self.credits_pending,
            Side::Credit => self.debits_pending,
        };
        (self.balance() - held - self.terms.floor.unwrap_or(0)).max(0)
    }
}

/// What a counter has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterView {
    /// Which counter.
    pub id: CounterId,
    /// As it was opened, with its present caps.
    pub terms: OpenCounter,
    /// Number of the newest window: a day since 1970-01-01, a month or a year; see [`Window`].
    pub window_index: i32,
    /// Amount used in the newest window.
    pub used_amount: i64,
    /// Transfers in the newest window.
    pub used_count: u32,
    /// Amount used in the window before it.
    pub previous_amount: i64,
    /// Transfers in the window before it.
    pub previous_count: u32,
}
