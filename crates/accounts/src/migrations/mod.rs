//! The tables of this room. All but `account_name`, `certificate`, `book_slicing` and those of limits and debit cards are projections: the journal can build them again.

mod debit_card;
mod voucher;

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: TABLES },
    Migration { version: 2, sql: CLASSES },
    Migration { version: 3, sql: LIMITS },
    Migration { version: 4, sql: debit_card::TABLES },
    Migration { version: 5, sql: debit_card::ONLINE_TIER },
    Migration { version: 6, sql: voucher::TABLES },
    Migration { version: 7, sql: voucher::PARTITIONS },
];

const TABLES: &str = "
-- How far each projection got: records of the journal seen, and the hash of the last one.
CREATE TABLE projection (
    name {text} NOT NULL PRIMARY KEY,
    position {i64} NOT NULL,
    hash {bytes} NOT NULL
) {strict};

CREATE TABLE ledger_account (
    account {i64} NOT NULL PRIMARY KEY,     -- id in the ledger
    holder {i64} NOT NULL,
    customer {i64},                         -- NULL: the bank's own
    institution {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    kind {i64} NOT NULL,                    -- chart of accounts
    product {text} NOT NULL,
    alias {text},                           -- NULL: none
    nickname {text} NOT NULL,
    opened_ms {i64} NOT NULL
) {strict};
CREATE INDEX ledger_account_by_alias ON ledger_account (alias);
CREATE INDEX ledger_account_by_customer ON ledger_account (customer, account);

CREATE TABLE account_counter (
    counter {i64} NOT NULL PRIMARY KEY,     -- id in the ledger
    account {i64} NOT NULL,
    side {text} NOT NULL,                   -- debit or credit
    counted_by {text} NOT NULL              -- payment, day, month or year
) {strict};
CREATE INDEX account_counter_by_account ON account_counter (account);

CREATE TABLE movement (
    account {i64} NOT NULL,
    sequence {i64} NOT NULL,                -- of the command in the ledger
    amount_minor {i64} NOT NULL,            -- above 0: the balance rose
    balance_after_minor {i64} NOT NULL,
    time_ms {i64} NOT NULL,
    bank_day {i64} NOT NULL,                -- days since 1970-01-01
    code {i64} NOT NULL,
    reference {i64} NOT NULL,
    counterparty {i64} NOT NULL,
    PRIMARY KEY (account, sequence)
) {strict};

CREATE TABLE book_day (
    institution {i64} NOT NULL,
    currency {i64} NOT NULL,
    bank_day {i64} NOT NULL,
    kind {i64} NOT NULL,
    debits_minor {i64} NOT NULL,
    credits_minor {i64} NOT NULL,
    PRIMARY KEY (institution, currency, bank_day, kind)
) {clustered};
";

const CLASSES: &str = "
ALTER TABLE ledger_account ADD COLUMN purpose {text};         -- NULL: nobody was asked
ALTER TABLE ledger_account ADD COLUMN bound_here {i64};       -- account of this bank; NULL: none
ALTER TABLE ledger_account ADD COLUMN bound_elsewhere {i64};  -- account of another bank; NULL: none
ALTER TABLE ledger_account ADD COLUMN paid_day {i64};         -- counters of its class; NULL: no class limits
ALTER TABLE ledger_account ADD COLUMN paid_year {i64};
ALTER TABLE ledger_account ADD COLUMN received_day {i64};
ALTER TABLE ledger_account ADD COLUMN received_year {i64};
ALTER TABLE ledger_account ADD COLUMN restrictions {i64} NOT NULL DEFAULT 0;
ALTER TABLE ledger_account ADD COLUMN woken_ms {i64};         -- NULL: never dormant
ALTER TABLE ledger_account ADD COLUMN closed_ms {i64};        -- NULL: open

CREATE TABLE account_event (
    sequence {i64} NOT NULL PRIMARY KEY,    -- of the command in the ledger
    account {i64} NOT NULL,
    time_ms {i64} NOT NULL,
    kind {text} NOT NULL,
    staff {text},                           -- NULL: the owner, or the bank's clock
    reason {text} NOT NULL                  -- of the staff; empty: none
) {strict};
CREATE INDEX account_event_by_account ON account_event (account, sequence);

-- What an owner calls an account since it was opened. No projection: a name can be forgotten, a journal cannot.
CREATE TABLE account_name (
    account {i64} NOT NULL PRIMARY KEY,
    nickname {text} NOT NULL,
    changed_ms {i64} NOT NULL
) {strict};

-- Certificates of accounts that were given out. No projection: what they say was true when they were given.
CREATE TABLE certificate (
    id {i64} NOT NULL PRIMARY KEY,
    account {i64} NOT NULL,
    customer {i64} NOT NULL,
    product {text} NOT NULL,
    currency {i64} NOT NULL,
    balance_minor {i64} NOT NULL,
    time_ms {i64} NOT NULL
) {strict};
CREATE INDEX certificate_by_account ON certificate (account, id);
";

/// The matrix of methods and channels by version, and what customers lowered for themselves.
const LIMITS: &str = "
CREATE TABLE limit_matrix (
    version {i64} NOT NULL PRIMARY KEY,     -- from 1; 0 is what the bank starts with
    proposal {i64} NOT NULL UNIQUE,         -- on which two people agreed
    from_day {i64} NOT NULL,                -- days since 1970-01-01
    made_by {text} NOT NULL,
    checked_by {text} NOT NULL,
    made_ms {i64} NOT NULL
) {strict};

CREATE TABLE limit_matrix_line (
    version {i64} NOT NULL REFERENCES limit_matrix (version),
    method {text} NOT NULL,
    channel {text} NOT NULL,
    payment_minor {i64},                    -- NULL: no cap
    day_minor {i64},
    month_minor {i64},
    PRIMARY KEY (version, method, channel)
) {strict};

CREATE TABLE own_limit (
    id {i64} NOT NULL PRIMARY KEY,
    customer {i64} NOT NULL,
    own_limit {text} NOT NULL,              -- payment.METHOD, day.METHOD or total
    cap_minor {i64},                        -- NULL: the bank's alone
    from_ms {i64} NOT NULL,
    set_ms {i64} NOT NULL
) {strict};
CREATE INDEX own_limit_by_customer ON own_limit (customer, from_ms);
";
