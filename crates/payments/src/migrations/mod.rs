//! The tables of this room. Orders, attempts, holds, marks and postings on the clearing account are projections; the rest exists
//! nowhere else.

mod authorisation;
mod interbank;
mod mark;
mod reconcile;
mod slice;

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: TABLES },
    Migration { version: 2, sql: WAITING },
    Migration { version: 3, sql: KEYS },
    Migration { version: 4, sql: CARDS },
    Migration { version: 5, sql: interbank::TABLES },
    Migration { version: 6, sql: reconcile::TABLES },
    Migration { version: 7, sql: KILL },
    Migration { version: 8, sql: authorisation::TABLES },
    Migration { version: 9, sql: KILL_BY_STAFF },
    Migration { version: 10, sql: slice::TABLES },
    Migration { version: 11, sql: mark::TABLES },
];

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

const WAITING: &str = "
-- Money that waits, and how its waiting ended.
CREATE TABLE payment_hold (
    command {bytes} NOT NULL PRIMARY KEY,   -- that set it aside
    order_id {i64} NOT NULL,
    reason {text} NOT NULL,                 -- delayed or invitation
    payer {i64} NOT NULL,                   -- account
    payee {i64} NOT NULL,                   -- account in which it is announced
    until_ms {i64} NOT NULL,                -- delayed: when it is paid; invitation: when it runs out
    state {text} NOT NULL,                  -- held, posted, recalled, returned or expired
    ended_ms {i64}                          -- NULL: not ended
) {strict};
CREATE INDEX payment_hold_by_order ON payment_hold (order_id);
CREATE INDEX payment_hold_by_due ON payment_hold (state, until_ms);
CREATE INDEX payment_hold_by_payer ON payment_hold (payer, state);

-- What an attempt or an end did to the order, where it is not told by its refusal alone: held, posted, recalled,
-- returned, expired or claimed; NULL: paid or refused at once.
ALTER TABLE payment_attempt ADD COLUMN effect {text};

-- How far a job has read the attempts.
CREATE TABLE payment_cursor (
    name {text} NOT NULL PRIMARY KEY,
    sequence {i64} NOT NULL
) {strict};
INSERT INTO payment_cursor (name, sequence) SELECT 'news', COALESCE(MAX(sequence), -1) FROM payment_attempt;

-- What a draft may wish beside being paid now to a customer.
ALTER TABLE payment_draft ADD COLUMN wish {text};       -- delayed, on, daily, weekly or monthly; NULL: now
ALTER TABLE payment_draft ADD COLUMN first_day {i64};   -- bank day; NULL: no day was chosen
ALTER TABLE payment_draft ADD COLUMN last_day {i64};    -- bank day; NULL: without end
ALTER TABLE payment_draft ADD COLUMN invited {text};    -- mobile number, E.164; NULL: the payee is a customer
ALTER TABLE payment_draft ADD COLUMN request {i64};     -- answers this request; NULL: none

-- Somebody who is no customer yet and for whom money waits. The number stays out of the journal.
CREATE TABLE payment_invitation (
    order_id {i64} NOT NULL PRIMARY KEY,
    command {bytes} NOT NULL,               -- that set the money aside
    person {i64} NOT NULL,                  -- who pays
    mobile {text} NOT NULL,                 -- E.164
    amount_minor {i64} NOT NULL,
    currency {i64} NOT NULL,                -- ISO 4217 numeric
    expires_ms {i64} NOT NULL,
    state {text} NOT NULL,                  -- waiting, claimed or ended
    texted_ms {i64},                        -- NULL: not sent yet
    attempt {i64} NOT NULL,                 -- number of the next try to give the money on
    next_try_ms {i64} NOT NULL
) {strict};
CREATE INDEX payment_invitation_by_try ON payment_invitation (state, next_try_ms);
CREATE INDEX payment_invitation_by_mobile ON payment_invitation (mobile, state);

-- Whom a customer has paid before.
CREATE TABLE payment_saved_payee (
    id {i64} NOT NULL PRIMARY KEY,
    customer {i64} NOT NULL,
    payee {i64} NOT NULL,                   -- account
    last_paid_ms {i64} NOT NULL,
    UNIQUE (customer, payee)
) {strict};

-- Which payees a person looked for in the last hour.
CREATE TABLE payment_look_up (
    person {i64} NOT NULL,
    subject {bytes} NOT NULL,               -- BLAKE3 of what was typed
    looked_ms {i64} NOT NULL,
    PRIMARY KEY (person, subject)
) {strict};
CREATE INDEX payment_look_up_by_time ON payment_look_up (looked_ms);

-- A transfer that is paid on a day, or again and again.
CREATE TABLE payment_schedule (
    id {i64} NOT NULL PRIMARY KEY,          -- of the draft that was confirmed
    customer {i64} NOT NULL,
    person {i64} NOT NULL,
    channel {text} NOT NULL,
    factor {text} NOT NULL,                 -- by which it was confirmed
    payer {i64} NOT NULL,
    payee {i64} NOT NULL,
    payee_by {text} NOT NULL,
    payee_shown {text} NOT NULL,            -- masked
    amount_minor {i64} NOT NULL,
    memo {text} NOT NULL,
    epoch {i64} NOT NULL,                   -- the customer's security epoch when it was confirmed
    wish {text} NOT NULL,                   -- on, daily, weekly or monthly
    first_day {i64} NOT NULL,
    last_day {i64},                         -- NULL: without end
    state {text} NOT NULL,                  -- active, ended or cancelled
    next_day {i64},                         -- bank day that is due next; NULL: none
    next_ms {i64},                          -- the instant of that
    runs {i64} NOT NULL,
    last_order {i64},                       -- NULL: never run
    last_refusal {text},                    -- NULL: not refused
    created_ms {i64} NOT NULL
) {strict};
CREATE INDEX payment_schedule_by_due ON payment_schedule (state, next_ms);
CREATE INDEX payment_schedule_by_customer ON payment_schedule (customer, id);

-- A link by which others may pay.
CREATE TABLE payment_request (
    id {i64} NOT NULL PRIMARY KEY,
    token {text} NOT NULL UNIQUE,
    customer {i64} NOT NULL,
    account {i64} NOT NULL,
    amount_minor {i64},                     -- NULL: the payer says how much
    memo {text} NOT NULL,
    created_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    cancelled_ms {i64}                      -- NULL: not cancelled
) {strict};
CREATE INDEX payment_request_by_customer ON payment_request (customer, id);

CREATE TABLE payment_request_paid (
    order_id {i64} NOT NULL PRIMARY KEY,
    request {i64} NOT NULL,
    amount_minor {i64} NOT NULL
) {strict};
CREATE INDEX payment_request_paid_by_request ON payment_request_paid (request);
";

const KEYS: &str = "
-- Which draft a program's idempotency key stands for.
CREATE TABLE payment_key (
    command {bytes} NOT NULL PRIMARY KEY,   -- made from customer and key
    draft {i64} NOT NULL,
    body_hash {bytes} NOT NULL              -- of what was asked with it
) {strict};
";

const CARDS: &str = "
-- A card of another bank that is its customer's. The whole number lies sealed under the keys of the passport.
CREATE TABLE bound_card (
    id {i64} NOT NULL PRIMARY KEY,
    customer {i64} NOT NULL,
    person {i64} NOT NULL,
    bank {text} NOT NULL,                   -- number in the payment system
    bank_zh {text} NOT NULL,
    bank_en {text} NOT NULL,
    number_hash {bytes} NOT NULL,           -- keyed hash of the number
    number_sealed {bytes} NOT NULL,         -- bound to the person
    shown {text} NOT NULL,                  -- masked
    tail {text} NOT NULL,                   -- last four digits
    mobile_shown {text} NOT NULL,           -- that the bank knows, masked
    mandate {text} NOT NULL,                -- names the owner's consent at the bank
    state {text} NOT NULL,                  -- bound, releasing or released
    ended {i64} NOT NULL,                   -- 0, or the id of a card that was given up
    bound_ms {i64} NOT NULL,
    unbound_ms {i64},                       -- NULL: bound
    next_ms {i64} NOT NULL,                 -- next try to tell its bank that it is given up
    tries {i64} NOT NULL,                   -- of telling
    UNIQUE (number_hash, ended)
) {strict};
CREATE INDEX bound_card_by_customer ON bound_card (customer, state);
CREATE INDEX bound_card_by_release ON bound_card (state, next_ms);

-- A card that is being bound.
CREATE TABLE card_check (
    id {i64} NOT NULL PRIMARY KEY,
    customer {i64} NOT NULL,
    person {i64} NOT NULL,
    bank {text} NOT NULL,
    bank_zh {text} NOT NULL,
    bank_en {text} NOT NULL,
    number_hash {bytes} NOT NULL,
    number_sealed {bytes} NOT NULL,
    shown {text} NOT NULL,
    tail {text} NOT NULL,
    mobile_shown {text} NOT NULL,
    reference {text},                       -- of the bank; NULL: it has not answered
    state {text} NOT NULL,                  -- asking, waiting, bound or over
    wrong {i64} NOT NULL,                   -- codes that were typed and not right
    created_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    card {i64}                              -- that it became; NULL: none
) {strict};
CREATE INDEX card_check_by_customer ON card_check (customer, created_ms);
";

/// Kill switches that were pulled.
const KILL: &str = "
CREATE TABLE kill_switch (
    id {i64} NOT NULL PRIMARY KEY,
    person {i64} NOT NULL,
    customer {i64} NOT NULL,
    words {text} NOT NULL,                  -- owner, or staff and the number
    began_ms {i64} NOT NULL,
    done_ms {i64}                           -- NULL: not everything is ended yet
) {strict};
CREATE INDEX kill_switch_open ON kill_switch (began_ms) WHERE done_ms IS NULL;
CREATE INDEX payment_draft_by_customer ON payment_draft (customer, expires_ms);
CREATE INDEX interbank_payment_by_customer ON interbank_payment (customer, state);
";

/// Kill switches that staff pulled: once for a form, and what each ended.
const KILL_BY_STAFF: &str = "
ALTER TABLE kill_switch ADD COLUMN form_key {text};     -- number and key; NULL: its owner pulled it
ALTER TABLE kill_switch ADD COLUMN ended {text};        -- what was ended; NULL: not done, or from before this column
CREATE UNIQUE INDEX kill_switch_by_form ON kill_switch (form_key);
";
