//! Card authorisations. What identifies shop and place stays here, out of the journal.

pub(super) const TABLES: &str = "
-- A question of the card network, and what became of it.
CREATE TABLE card_authorisation (
    reference {text} NOT NULL PRIMARY KEY,  -- of the network
    id {i64} NOT NULL UNIQUE,
    body_hash {bytes} NOT NULL,             -- keyed hash of the whole question
    card {i64},                             -- NULL: there is no such card
    customer {i64},                         -- NULL: there is no such card
    shown {text} NOT NULL,                  -- masked number; empty: there is no such card
    order_id {i64} NOT NULL,
    attempt {i64} NOT NULL,                 -- of the command that holds the money, from 1
    merchant {text} NOT NULL,
    country {text} NOT NULL,                -- ISO 3166-1
    division {text} NOT NULL,               -- GB/T 2260; empty: not known
    channel {text} NOT NULL,                -- pos, atm, online or contactless
    presence {text} NOT NULL,               -- present or not_present
    local_time {text} NOT NULL,             -- with its distance from UTC
    amount_minor {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    billed_minor {i64},                     -- in the account's currency; NULL: no rate
    billed_currency {i64},
    rate {text},                            -- for 100 units; NULL: nothing was converted
    rate_source {text} NOT NULL,            -- and its day; empty: nothing was converted
    state {text} NOT NULL,                  -- deciding, declined, approved, captured or reversed
    refusal {text},                         -- NULL: not refused
    held_minor {i64} NOT NULL,              -- what the ledger holds, account's currency
    open_minor {i64} NOT NULL,              -- what may still be collected, shop's currency
    captured_minor {i64} NOT NULL,          -- shop's currency
    refunded_minor {i64} NOT NULL,          -- shop's currency
    asked_ms {i64} NOT NULL,
    expires_ms {i64}                        -- NULL: nothing is set aside
) {strict};
CREATE INDEX card_authorisation_by_card ON card_authorisation (card, id);
CREATE INDEX card_authorisation_by_customer ON card_authorisation (customer, id);
CREATE INDEX card_authorisation_by_order ON card_authorisation (order_id);

-- What followed an authorisation.
CREATE TABLE card_advice (
    reference {text} NOT NULL PRIMARY KEY,  -- of the network
    authorisation {text} NOT NULL,          -- reference of the question
    kind {text} NOT NULL,                   -- capture, reversal or refund
    body_hash {bytes} NOT NULL,
    amount_minor {i64} NOT NULL,            -- shop's currency
    billed_minor {i64} NOT NULL,            -- account's currency
    order_id {i64} NOT NULL,                -- a refund's own; else the authorisation's
    state {text} NOT NULL,                  -- deciding, done or refused
    refusal {text},                         -- NULL: not refused
    asked_ms {i64} NOT NULL
) {strict};
CREATE INDEX card_advice_by_authorisation ON card_advice (authorisation);
CREATE INDEX card_advice_by_order ON card_advice (order_id);
";
