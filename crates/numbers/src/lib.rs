//! Numbers off the database path (序列旁路生产): who may make which ids, agreed on in the database once in a while instead
//! of for each number.
//!
//! [`kit::IdMaker`] makes ids in memory, in some ten nanoseconds. What keeps two makers apart is a [`kit::Span`]: a node and
//! some minutes of its ids. [`start`] leases one from the table `id_span` and makes it longer while the program runs.
//!
//! | number | from |
//! |---|---|
//! | order, and with it receipt and statement line; customer, person, session, device, notice, case, proposal, … | a leased span |
//! | account, holder, counter, voucher | the place in the ledger's journal, which one thread writes |
//! | debit card | drawn at random, so that no number tells of another; the table refuses one that is taken |
//! | audit row, version of the limits | the database, because each must follow on the one before |
//!
//! # Rules
//! * **A span belongs to one maker, whatever any clock says.** Who takes over a node begins where its last span ended, and
//!   who has lost a node cannot make its span longer. So neither a restart with a clock an hour behind nor two programs on
//!   one database make a number twice.
//! * **A number is spent when it is made.** What is left of a span after a crash is lost: gaps are normal and mean nothing.
//! * **The way of a payment does not wait for this.** While the database is away a maker goes on with what it has, which is
//!   two thousand million ids; one whose clock has left the span behind lets time stand still. After the last one ids are
//!   refused, never repeated.
//! * A database restored from a copy knows old ends of spans. The clock then keeps new ids behind the old ones, as it does
//!   between nodes; do not restore with a clock that is behind the copy.
//!
//! # Absent
//! Numbers without gaps: no rule of the bank asks for them, and they need a lock at each number.

mod lease;

pub use lease::{Lease, start};

/// Every statement, so that a test can prepare it.
pub const STATEMENTS: &[&[(&str, &str)]] = &[lease::STATEMENTS];

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "numbers", migrations: MIGRATIONS }
}

const MIGRATIONS: &[db::Migration] = &[db::Migration { version: 1, sql: SPANS }];

const SPANS: &str = "
CREATE TABLE id_span (
    node {i64} NOT NULL PRIMARY KEY,
    holder {i64} NOT NULL,                  -- a random number of the maker whose it is
    until_ms {i64} NOT NULL                 -- ids of the node are made up to here, exclusive
) {strict};
";
