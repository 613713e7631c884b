//! Debit cards. No projection: nothing of a card is in the journal.

pub(super) const TABLES: &str = "
-- A debit card. Its number lies sealed under the keys of the vault.
CREATE TABLE debit_card (
    id {i64} NOT NULL PRIMARY KEY,
    customer {i64} NOT NULL,
    account {i64} NOT NULL,
    number_hash {bytes} NOT NULL UNIQUE,    -- keyed hash of the number
    vault_key {i64} NOT NULL,               -- key-encryption key of the data key
    key_sealed {bytes} NOT NULL,            -- data key
    number_sealed {bytes} NOT NULL,         -- under the data key
    shown {text} NOT NULL,                  -- masked
    tail {text} NOT NULL,                   -- last four digits
    expiry_month {i64} NOT NULL,            -- last month: year * 12 + month - 1
    state {text} NOT NULL,                  -- active, frozen, lost, replaced or closed
    offline_ms {i64},                       -- closed to payments without it; NULL: open to them
    cvv_wrong {i64} NOT NULL,               -- wrong security codes in a row
    terminal_counter {i64} NOT NULL,        -- id in the ledger: what is paid at terminals in a day
    replaces {i64},                         -- card; NULL: none
    replaced_by {i64},                      -- card; NULL: none
    issue_key {text} NOT NULL,              -- of the form that asked for it
    issued_ms {i64} NOT NULL,
    overseas_ms {i64},                      -- lock, since when; NULL: off
    overseas_not_present_ms {i64},          -- lock, since when; NULL: off
    region {text},                          -- lock: codes of places (GB/T 2260) with commas; NULL: off
    night_from {i64},                       -- lock: first minute of the day inside; NULL: off
    night_until {i64},                      -- lock: first minute outside again; NULL: off
    terminal_day_minor {i64},               -- lock: most at terminals in a day; NULL: off
    UNIQUE (account, issue_key)
) {strict};
CREATE INDEX debit_card_by_customer ON debit_card (customer, id);
CREATE INDEX debit_card_by_vault_key ON debit_card (vault_key);

-- What happened to a card.
CREATE TABLE debit_card_event (
    id {i64} NOT NULL PRIMARY KEY,
    card {i64} NOT NULL,
    time_ms {i64} NOT NULL,
    kind {text} NOT NULL,
    staff {text},                           -- NULL: its owner
    reason {text} NOT NULL                  -- of the staff; empty: none
) {strict};
CREATE INDEX debit_card_event_by_card ON debit_card_event (card, id);
";

/// What opened a card to payments without it, so that they count into its limits: cards of before are worth a text.
pub(super) const ONLINE_TIER: &str = "
ALTER TABLE debit_card ADD COLUMN online_tier {i64} NOT NULL DEFAULT 1;
";
