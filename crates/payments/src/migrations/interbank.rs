//! Payments between banks: what identifies people and accounts elsewhere stays here, out of the journal.

pub(super) const TABLES: &str = "
-- A payment that goes through the clearing network.
CREATE TABLE interbank_payment (
    order_id {i64} NOT NULL PRIMARY KEY,
    way {text} NOT NULL,                    -- out, top_up, in, return or returned
    service {text} NOT NULL,                -- real_time or batch
    tx_id {text} NOT NULL UNIQUE,           -- names it for all banks, for ever; of a return its RtrId
    end_to_end_id {text} NOT NULL,
    bank {text} NOT NULL,                   -- participant code of the other bank
    bank_zh {text} NOT NULL,
    bank_en {text} NOT NULL,
    account_text {text} NOT NULL,           -- at the other bank
    name {text} NOT NULL,                   -- of who holds that
    account {i64} NOT NULL,                 -- here
    customer {i64},                         -- whose that is; NULL: the bank's own
    person {i64},                           -- who asked for it; NULL: nobody here
    amount_minor {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    memo {text} NOT NULL,
    command {bytes} NOT NULL,               -- that sets the money aside, or booked it
    state {text} NOT NULL,
    reason {text},                          -- external code of a refusal or return; NULL: none
    settlement_day {i64},                   -- NULL: not settled
    expected_ms {i64},                      -- when it should be there; NULL: not said
    next_ms {i64} NOT NULL,                 -- when it is looked at again
    tries {i64} NOT NULL,                   -- enquiries so far
    message {i64},                          -- that carried it last; NULL: none yet
    related_order {i64},                    -- what a return gives back; NULL: no return
    card {i64},                             -- the customer's bound card; NULL: none
    mandate {text},                         -- what allows a collection; NULL: no collection
    name_match {text},                      -- of what came in: full, close or no; NULL: not compared
    created_ms {i64} NOT NULL,
    sent_ms {i64},
    checking_ms {i64},
    ended_ms {i64},
    returned_ms {i64}
) {strict};
CREATE INDEX interbank_payment_by_look ON interbank_payment (state, next_ms);
CREATE INDEX interbank_payment_by_related ON interbank_payment (related_order);

-- Every message, sent and received.
CREATE TABLE interbank_message (
    id {i64} NOT NULL PRIMARY KEY,
    way {text} NOT NULL,                    -- sent or received
    kind {text} NOT NULL,                   -- pacs.008 and so on; empty: unreadable
    message_id {text} NOT NULL,             -- of its sender; empty: unreadable
    mailbox {i64} UNIQUE,                   -- its number in the mailbox; NULL: sent
    xml {text} NOT NULL,
    state {text} NOT NULL,                  -- ready, sending, taken, unknown or refused; received ones are taken
    tries {i64} NOT NULL,
    next_ms {i64} NOT NULL,
    at_ms {i64} NOT NULL,                   -- made, or received
    note {text} NOT NULL                    -- what the network said about the message itself
) {strict};
CREATE INDEX interbank_message_by_state ON interbank_message (state, next_ms);

-- Which payments a message speaks of: the story of each.
CREATE TABLE interbank_message_payment (
    message {i64} NOT NULL,
    order_id {i64} NOT NULL,
    note {text} NOT NULL,                   -- what it says about the payment, such as RJCT AC04
    PRIMARY KEY (order_id, message)
) {strict};

-- How far the mailbox was read.
CREATE TABLE interbank_cursor (
    name {text} NOT NULL PRIMARY KEY,
    position {i64} NOT NULL
) {strict};
INSERT INTO interbank_cursor (name, position) VALUES ('mailbox', 0);

-- What a member of staff has to look at.
CREATE TABLE interbank_case (
    id {i64} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    order_id {i64},                         -- NULL: of no payment
    message {i64},                          -- NULL: of no message
    facts {text} NOT NULL,                  -- JSON
    state {text} NOT NULL,                  -- open or closed
    opened_ms {i64} NOT NULL,
    closed_ms {i64},
    closed_by {text},
    note {text}
) {strict};
CREATE INDEX interbank_case_by_state ON interbank_case (state, id);
CREATE INDEX interbank_case_by_order ON interbank_case (order_id);

-- Statements and notices of the settlement account, as they came.
CREATE TABLE interbank_statement (
    id {i64} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,                   -- camt.053 or camt.054
    statement_id {text} NOT NULL,
    day {i64},                              -- the day it is about; NULL: a notice
    message {i64} NOT NULL,
    received_ms {i64} NOT NULL
) {strict};
CREATE INDEX interbank_statement_by_day ON interbank_statement (kind, day);

-- Every posting on the clearing account, with the day on which the network settled it.
CREATE TABLE clearing_posting (
    sequence {i64} NOT NULL PRIMARY KEY,    -- of the command in the ledger
    order_id {i64} NOT NULL,
    settlement_day {i64} NOT NULL,
    amount_minor {i64} NOT NULL             -- above 0: the clearing house owes us more
) {strict};
CREATE INDEX clearing_posting_by_day ON clearing_posting (settlement_day, order_id);

-- Where the money of a draft goes, if the payee is at another bank.
ALTER TABLE payment_draft ADD COLUMN other_bank {text};     -- participant code; NULL: the payee is here
ALTER TABLE payment_draft ADD COLUMN other_bank_zh {text};
ALTER TABLE payment_draft ADD COLUMN other_bank_en {text};
ALTER TABLE payment_draft ADD COLUMN other_account {text};
ALTER TABLE payment_draft ADD COLUMN other_name {text};
ALTER TABLE payment_draft ADD COLUMN other_service {text};  -- real_time or batch
ALTER TABLE payment_draft ADD COLUMN other_card {i64};      -- the customer's bound card; NULL: none
";
