//! Slices of the general ledger against the journal and the networks' lists.

pub(super) const TABLES: &str = "
-- A slice that was compared; sums in minor units of the bank's currency.
CREATE TABLE slice_check (
    slice_start_ms {i64} NOT NULL PRIMARY KEY,
    last_sequence {i64} NOT NULL,           -- of its last transfer then
    journal_count {i64} NOT NULL,
    journal_minor {i64} NOT NULL,
    voucher_count {i64} NOT NULL,
    voucher_minor {i64} NOT NULL,
    clearing_here_count {i64} NOT NULL,
    clearing_here_minor {i64} NOT NULL,     -- net; above 0: the clearing house owes us more
    clearing_there_count {i64} NOT NULL,
    clearing_there_minor {i64} NOT NULL,
    cards_here_count {i64} NOT NULL,
    cards_here_minor {i64} NOT NULL,        -- net; above 0: we owe the card network more
    cards_there_count {i64} NOT NULL,
    cards_there_minor {i64} NOT NULL,
    carried_count {i64} NOT NULL,           -- from earlier slices, by their business time
    carried_minor {i64} NOT NULL,
    late {i64} NOT NULL,                    -- lines that a network counts to an earlier slice
    differences {i64} NOT NULL,             -- that stand
    compared_ms {i64} NOT NULL
) {strict};
CREATE INDEX slice_check_by_differences ON slice_check (differences, slice_start_ms);

-- A difference that was found in a slice.
CREATE TABLE slice_difference (
    id {i64} NOT NULL PRIMARY KEY,
    slice_start_ms {i64} NOT NULL,
    name {text} NOT NULL,                   -- by which it is known when it is found again
    kind {text} NOT NULL,
    channel {text},                         -- NULL: between journal and vouchers
    reference {text} NOT NULL,              -- the network's, or the number of the voucher; empty: none
    sequence {i64},                         -- of the transfer in the ledger; NULL: none
    order_id {i64},
    journal_minor {i64},
    other_minor {i64},                      -- of the voucher or the network's list
    case_id {i64} NOT NULL,
    found_ms {i64} NOT NULL,
    gone_ms {i64},                          -- NULL: it stands
    UNIQUE (slice_start_ms, name)
) {strict};

-- Up to which slice all were compared, and which old one is looked at again next.
INSERT INTO interbank_cursor (name, position) VALUES ('slice', 0);
INSERT INTO interbank_cursor (name, position) VALUES ('slice_again', 0);
CREATE INDEX card_advice_by_time ON card_advice (asked_ms);
CREATE INDEX card_authorisation_by_time ON card_authorisation (asked_ms);
";
