//! Days of the clearing account against the clearing house's statements.

pub(super) const TABLES: &str = "
-- A settlement day that was compared with its statement; amounts in minor units, above 0: the clearing house owes us.
CREATE TABLE clearing_reconciliation (
    day {i64} NOT NULL PRIMARY KEY,
    statement {i64} NOT NULL,               -- of interbank_statement
    statement_id {text} NOT NULL,           -- the clearing house's name for it
    received_ms {i64} NOT NULL,
    compared_ms {i64} NOT NULL,
    opening_here {i64} NOT NULL,
    opening_there {i64},                    -- NULL: not said
    closing_here {i64} NOT NULL,
    closing_there {i64},
    matched {i64} NOT NULL,
    matched_in {i64} NOT NULL,
    matched_out {i64} NOT NULL,             -- at most 0
    differences {i64} NOT NULL              -- that stand
) {strict};

-- A difference that was found.
CREATE TABLE clearing_difference (
    id {i64} NOT NULL PRIMARY KEY,
    day {i64} NOT NULL,
    name {text} NOT NULL,                   -- by which it is known when it is found again
    kind {text} NOT NULL,
    tx_id {text} NOT NULL,                  -- empty: a balance, or a line that names no transaction
    order_id {i64},                         -- NULL: no payment here is known
    here_minor {i64},
    there_minor {i64},
    place {i64},                            -- line of the statement, from 1; NULL: none
    other_day {i64},                        -- on which the books have the transaction; NULL: none
    case_id {i64} NOT NULL,
    found_ms {i64} NOT NULL,
    gone_ms {i64},                          -- NULL: it stands
    UNIQUE (day, name)
) {strict};

-- How far statements and postings were compared.
INSERT INTO interbank_cursor (name, position) VALUES ('statement', 0);
INSERT INTO interbank_cursor (name, position) VALUES ('posting', 0);
CREATE INDEX interbank_payment_by_created ON interbank_payment (created_ms);
CREATE INDEX interbank_payment_by_end ON interbank_payment (state, ended_ms);
";
