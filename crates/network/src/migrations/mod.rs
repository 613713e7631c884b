//! The tables of this room. Forward only: a version that was released is never edited.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[Migration { version: 1, sql: SCHEME }];

const SCHEME: &str = "
CREATE TABLE network_scheme (
    name {text} NOT NULL PRIMARY KEY,       -- 'day', 'number'
    value {i64} NOT NULL
) {strict};
CREATE TABLE network_setting (
    name {text} NOT NULL PRIMARY KEY,       -- 'faults'
    value {text} NOT NULL
) {strict};
CREATE TABLE network_bank (
    code {text} NOT NULL PRIMARY KEY,
    name_zh {text} NOT NULL,
    name_en {text} NOT NULL,
    bin {text} NOT NULL,                    -- '': no cards
    is_local {i64} NOT NULL,
    position_minor {i64} NOT NULL,
    reserved_minor {i64} NOT NULL,
    cap_minor {i64} NOT NULL,
    sequence {i64} NOT NULL                 -- the last line of its mailbox
) {strict};
CREATE TABLE network_received (
    bank {text} NOT NULL,
    message_id {text} NOT NULL,
    digest {bytes} NOT NULL,
    kind {text} NOT NULL,
    at_ms {i64} NOT NULL,
    xml {text} NOT NULL,
    PRIMARY KEY (bank, message_id)
) {strict};
CREATE TABLE network_line (                 -- the mailboxes
    bank {text} NOT NULL,
    sequence {i64} NOT NULL,
    message_id {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    at_ms {i64} NOT NULL,
    xml {text} NOT NULL,
    PRIMARY KEY (bank, sequence)
) {strict};
CREATE TABLE network_later (                -- what a fault puts off
    number {i64} NOT NULL PRIMARY KEY,
    due_ms {i64} NOT NULL,
    what {text} NOT NULL,                   -- 'answer', 'return'
    bank {text} NOT NULL,
    transfer {text} NOT NULL,
    status {text} NOT NULL,
    reason {text} NOT NULL,                 -- '': none
    settlement_day {i64}
) {strict};
CREATE INDEX network_later_due ON network_later (due_ms);
CREATE TABLE network_transfer (
    id {text} NOT NULL PRIMARY KEY,         -- TxId or RtrId
    kind {text} NOT NULL,
    service {text} NOT NULL,
    state {text} NOT NULL,
    sender {text} NOT NULL,
    message_id {text} NOT NULL,
    payer_bank {text} NOT NULL,
    payee_bank {text} NOT NULL,
    amount_minor {i64} NOT NULL,
    end_to_end_id {text} NOT NULL,
    payer_name {text} NOT NULL,
    payer_account {text} NOT NULL,
    payee_name {text} NOT NULL,
    payee_account {text} NOT NULL,
    memo {text} NOT NULL,
    mandate {text},
    original {text},
    returned_by {text},
    reason {text},
    occurrence {i64} NOT NULL,
    enquiries {i64} NOT NULL,
    reminders {i64} NOT NULL,
    settlement_day {i64},
    due_ms {i64},
    created_ms {i64} NOT NULL,
    ended_ms {i64}
) {strict};
CREATE INDEX network_transfer_due ON network_transfer (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX network_transfer_subject ON network_transfer (payee_account, amount_minor);
CREATE INDEX network_transfer_created ON network_transfer (created_ms, id);
CREATE TABLE network_entry (                -- each payment once for each of its two banks
    bank {text} NOT NULL,
    transfer {text} NOT NULL,
    number {i64} NOT NULL,
    settlement_day {i64} NOT NULL,
    amount_minor {i64} NOT NULL,            -- above 0: the bank has more
    words {text} NOT NULL,
    at_ms {i64} NOT NULL,
    PRIMARY KEY (bank, transfer)
) {strict};
CREATE INDEX network_entry_day ON network_entry (bank, settlement_day, number);
CREATE TABLE network_statement (
    bank {text} NOT NULL,
    settlement_day {i64} NOT NULL,
    opening_minor {i64} NOT NULL,
    closing_minor {i64} NOT NULL,
    entries {i64} NOT NULL,
    closed_ms {i64} NOT NULL,
    PRIMARY KEY (bank, settlement_day)
) {strict};
CREATE TABLE network_story (
    number {i64} NOT NULL PRIMARY KEY,
    transfer {text} NOT NULL,
    at_ms {i64} NOT NULL,
    from_bank {text} NOT NULL,              -- '': the clearing house
    to_bank {text} NOT NULL,
    message {text} NOT NULL,                -- pacs.008 and so on
    said {text} NOT NULL,                   -- a status, or '' for a payment itself
    reason {text} NOT NULL,
    fate {text} NOT NULL                    -- 'sent', 'dropped', 'late', 'twice', 'untrue'
) {strict};
CREATE INDEX network_story_transfer ON network_story (transfer, number);
CREATE TABLE network_customer (
    bank {text} NOT NULL,
    account {text} NOT NULL,
    name {text} NOT NULL,
    citizen_number {text} NOT NULL,         -- '': a company
    mobile {text} NOT NULL,
    state {text} NOT NULL,
    opened_minor {i64} NOT NULL,
    balance_minor {i64} NOT NULL,
    held_minor {i64} NOT NULL,
    is_sample {i64} NOT NULL,
    number {i64} NOT NULL,
    PRIMARY KEY (bank, account)
) {strict};
CREATE INDEX network_customer_holder ON network_customer (bank, citizen_number);
CREATE TABLE network_card_check (
    reference {text} NOT NULL PRIMARY KEY,
    participant {text} NOT NULL,
    card {text} NOT NULL,
    code_hash {bytes} NOT NULL,
    sent_ms {i64} NOT NULL,
    wrong {i64} NOT NULL,
    mandate {text}
) {strict};
CREATE INDEX network_card_check_card ON network_card_check (card, sent_ms);
CREATE TABLE network_mandate (
    mandate {text} NOT NULL PRIMARY KEY,
    participant {text} NOT NULL,
    bank {text} NOT NULL,
    account {text} NOT NULL,
    given_ms {i64} NOT NULL,
    released_ms {i64}
) {strict};
";
