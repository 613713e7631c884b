//! The tables of this room. Orders and attempts are projections; only drafts exist nowhere else.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[Migration { version: 1, sql: TABLES }];

const TABLES: &str = "
-- What is owed, and what became of it.
CREATE TABLE payment_order (
    order_id {i64} NOT NULL PRIMARY KEY,
    state {text} NOT NULL,                  -- refused, paid or corrected
    kind {i64} NOT NULL,                    -- transfer code in the ledger
    channel {text} NOT NULL,
    payer {i64} NOT NULL,                   -- account
    payee {i64} NOT NULL,                   -- account
    amount_minor {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    memo {text} NOT NULL,
    decided_ms {i64} NOT NULL,              -- business time of the last attempt
    bank_day {i64} NOT NULL,
    refusal {text},                         -- NULL: the last attempt was not refused
    related_order {i64},                    -- the contra entry, or what it takes back; NULL: none
    reason {text}                           -- of a contra entry; NULL: none
) {strict};

-- One try to pay an order.
CREATE TABLE payment_attempt (
    sequence {i64} NOT NULL PRIMARY KEY,    -- of the command in the ledger
    order_id {i64} NOT NULL,
    attempt {i64} NOT NULL,                 -- from 1
    command {bytes} NOT NULL,
    factor {text} NOT NULL,
    initiator {i64},                        -- person; NULL: nobody of the customer's
    decided_ms {i64} NOT NULL,
    refusal {text}                          -- NULL: paid
) {strict};
CREATE INDEX payment_attempt_by_order ON payment_attempt (order_id);

-- A transfer that waits for its owner's confirmation.
CREATE TABLE payment_draft (
    id {i64} NOT NULL PRIMARY KEY,
    order_id {i64} NOT NULL,
    customer {i64} NOT NULL,
    person {i64} NOT NULL,
    channel {text} NOT NULL,
    payer {i64} NOT NULL,
    payee {i64} NOT NULL,
    payee_by {text} NOT NULL,
    payee_text {text} NOT NULL,             -- as the payer typed it
    payee_shown {text} NOT NULL,            -- masked
    amount_minor {i64} NOT NULL,
    memo {text} NOT NULL,
    epoch {i64} NOT NULL,                   -- the customer's security epoch when it was written
    created_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL
) {strict};
CREATE INDEX payment_draft_by_expiry ON payment_draft (expires_ms);
";
