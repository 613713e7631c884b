//! The tables, in the notation of [`super::notation`].

/// Every table.
pub(super) const ALL: &[&str] = &[
    include_str!("parties.txt"),
    include_str!("payments.txt"),
    include_str!("pacs.txt"),
    include_str!("camt.txt"),
    include_str!("head.txt"),
];

/// Names that stand only in parts which are checked for their names alone; those of the tables may stand there, too.
pub(super) const LOOSE_NAMES: &str = include_str!("loose_names.txt");
