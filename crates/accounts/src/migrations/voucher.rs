//! The general ledger: vouchers, and what each slice adds up to.

pub(super) const TABLES: &str = "
-- From which day on slices have which length. No projection: another length leaves what was posted as it is.
CREATE TABLE book_slicing (
    from_day {i64} NOT NULL PRIMARY KEY,    -- days since 1970-01-01; the first holds for all days before as well
    minutes {i64} NOT NULL,
    set_ms {i64} NOT NULL
) {strict};

-- A posting of the general ledger: transfers of one sort in one slice.
CREATE TABLE voucher (
    slice_start_ms {i64} NOT NULL,
    bank_day {i64} NOT NULL,                -- days since 1970-01-01
    institution {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    debit_kind {i64} NOT NULL,              -- chart of accounts
    credit_kind {i64} NOT NULL,
    code {i64} NOT NULL,                    -- transfer code
    slice_minutes {i64} NOT NULL,
    amount_minor {i64} NOT NULL,
    transfers {i64} NOT NULL,
    carried {i64} NOT NULL,                 -- of them, from an earlier slice
    carried_minor {i64} NOT NULL,
    first_sequence {i64} NOT NULL,          -- in the ledger: the number of the voucher
    last_sequence {i64} NOT NULL,
    first_position {i64} NOT NULL,          -- record of the journal
    last_position {i64} NOT NULL,
    PRIMARY KEY (slice_start_ms, bank_day, institution, currency, debit_kind, credit_kind, code)
) {clustered};
CREATE INDEX voucher_by_day ON voucher (bank_day, slice_start_ms);
CREATE INDEX voucher_by_number ON voucher (first_sequence);

-- What a slice adds up to.
CREATE TABLE book_slice (
    slice_start_ms {i64} NOT NULL,
    institution {i64} NOT NULL,
    currency {i64} NOT NULL,
    slice_minutes {i64} NOT NULL,
    amount_minor {i64} NOT NULL,
    transfers {i64} NOT NULL,
    carried {i64} NOT NULL,
    carried_minor {i64} NOT NULL,
    first_sequence {i64} NOT NULL,
    last_sequence {i64} NOT NULL,
    first_position {i64} NOT NULL,
    last_position {i64} NOT NULL,
    PRIMARY KEY (slice_start_ms, institution, currency)
) {clustered};
";

/// Each partition of the ledger has vouchers and slices of its own. What there was is the first partition's.
pub(super) const PARTITIONS: &str = "
CREATE TABLE voucher_of_partition (
    slice_start_ms {i64} NOT NULL,
    bank_day {i64} NOT NULL,                -- days since 1970-01-01
    institution {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    debit_kind {i64} NOT NULL,              -- chart of accounts
    credit_kind {i64} NOT NULL,
    code {i64} NOT NULL,                    -- transfer code
    ledger_partition {i64} NOT NULL,
    slice_minutes {i64} NOT NULL,
    amount_minor {i64} NOT NULL,
    transfers {i64} NOT NULL,
    carried {i64} NOT NULL,                 -- of them, from an earlier slice
    carried_minor {i64} NOT NULL,
    first_sequence {i64} NOT NULL,          -- in the ledger: the number of the voucher
    last_sequence {i64} NOT NULL,
    first_position {i64} NOT NULL,          -- record of the partition's journal
    last_position {i64} NOT NULL,
    PRIMARY KEY (slice_start_ms, bank_day, institution, currency, debit_kind, credit_kind, code, ledger_partition)
) {clustered};
INSERT INTO voucher_of_partition (slice_start_ms, bank_day, institution, currency, debit_kind, credit_kind, code,
    ledger_partition, slice_minutes, amount_minor, transfers, carried, carried_minor, first_sequence, last_sequence,
    first_position, last_position)
    SELECT slice_start_ms, bank_day, institution, currency, debit_kind, credit_kind, code, 0, slice_minutes,
    amount_minor, transfers, carried, carried_minor, first_sequence, last_sequence, first_position, last_position
    FROM voucher;
DROP TABLE voucher;
ALTER TABLE voucher_of_partition RENAME TO voucher;
CREATE INDEX voucher_by_day ON voucher (bank_day, slice_start_ms);
CREATE INDEX voucher_by_number ON voucher (first_sequence);

CREATE TABLE book_slice_of_partition (
    slice_start_ms {i64} NOT NULL,
    institution {i64} NOT NULL,
    currency {i64} NOT NULL,
    ledger_partition {i64} NOT NULL,
    slice_minutes {i64} NOT NULL,
    amount_minor {i64} NOT NULL,
    transfers {i64} NOT NULL,
    carried {i64} NOT NULL,
    carried_minor {i64} NOT NULL,
    first_sequence {i64} NOT NULL,
    last_sequence {i64} NOT NULL,
    first_position {i64} NOT NULL,
    last_position {i64} NOT NULL,
    PRIMARY KEY (slice_start_ms, institution, currency, ledger_partition)
) {clustered};
INSERT INTO book_slice_of_partition (slice_start_ms, institution, currency, ledger_partition, slice_minutes,
    amount_minor, transfers, carried, carried_minor, first_sequence, last_sequence, first_position, last_position)
    SELECT slice_start_ms, institution, currency, 0, slice_minutes, amount_minor, transfers, carried, carried_minor,
    first_sequence, last_sequence, first_position, last_position FROM book_slice;
DROP TABLE book_slice;
ALTER TABLE book_slice_of_partition RENAME TO book_slice;
CREATE INDEX book_slice_by_partition ON book_slice (ledger_partition, slice_start_ms);
";
