//! The tables of this room. Forward only: a version that was released is never edited.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: STAFF },
    Migration { version: 2, sql: TOKENS },
    Migration { version: 3, sql: UNMASKED_AND_CASES },
    Migration { version: 4, sql: PASSKEYS },
];

const STAFF: &str = "
CREATE TABLE staff_member (
    id {i64} PRIMARY KEY,
    number {text} NOT NULL UNIQUE,          -- with which they sign in
    name {text} NOT NULL,
    branch {text} NOT NULL,
    roles {i64} NOT NULL,                   -- 1 teller, 2 supervisor, 4 auditor, 8 administrator
    created_ms {i64} NOT NULL,
    disabled_ms {i64}                       -- NULL: may sign in
) {strict};

CREATE TABLE staff_credential (
    member {i64} PRIMARY KEY REFERENCES staff_member (id),
    hash {text} NOT NULL,                   -- PHC string, argon2id
    one_time_until_ms {i64},                -- NULL: its owner chose it
    changed_ms {i64} NOT NULL
) {strict};

-- Failed tries in a row, by the hash of the sign-in name, the browser or the address.
CREATE TABLE staff_tries (
    tried {bytes} PRIMARY KEY,
    failures {i64} NOT NULL,
    last_ms {i64} NOT NULL,
    blocked_until_ms {i64} NOT NULL
) {strict};

-- A browser in which a member has signed in.
CREATE TABLE staff_device (
    token_hash {bytes} NOT NULL,            -- BLAKE3 of the secret in the browser
    member {i64} NOT NULL REFERENCES staff_member (id),
    last_seen_ms {i64} NOT NULL,
    PRIMARY KEY (token_hash, member)
) {strict};

CREATE TABLE staff_session (
    id {i64} PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,     -- BLAKE3 of the token; the token itself is never stored
    member {i64} NOT NULL REFERENCES staff_member (id),
    created_ms {i64} NOT NULL,
    last_seen_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    ended_ms {i64}                          -- NULL: not ended
) {strict};
CREATE INDEX staff_session_by_member ON staff_session (member);

-- What needs a second person. Maker and checker differ whoever writes.
CREATE TABLE staff_proposal (
    id {i64} PRIMARY KEY,
    form_key {text} NOT NULL,
    kind {text} NOT NULL,
    subject {text} NOT NULL,
    payload {text} NOT NULL,
    reason {text} NOT NULL,
    branch {text} NOT NULL,                 -- empty: the whole bank's affair
    maker {i64} NOT NULL REFERENCES staff_member (id),
    about {i64} REFERENCES staff_member (id),   -- NULL: about nobody of the staff
    checkers {i64} NOT NULL,                -- roles that may check
    state {text} NOT NULL,
    checker {i64} REFERENCES staff_member (id), -- NULL: nobody decided
    made_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    decided_ms {i64},                       -- NULL: not decided
    settled_ms {i64},                       -- NULL: not carried out
    outcome {text} NOT NULL,
    UNIQUE (maker, form_key),
    CHECK (checker IS NULL OR checker <> maker),
    CHECK (checker IS NULL OR about IS NULL OR checker <> about)
) {strict};
CREATE INDEX staff_proposal_by_state ON staff_proposal (state, id);
CREATE INDEX staff_proposal_by_subject ON staff_proposal (subject, id);

-- The audit trail; see the model for what the hash covers.
CREATE TABLE staff_audit (
    sequence {i64} PRIMARY KEY,
    time_ms {i64} NOT NULL,
    member {i64} NOT NULL,                  -- 0: the bank itself
    number {text} NOT NULL,
    branch {text} NOT NULL,
    action {text} NOT NULL,
    subject {text} NOT NULL,
    detail {text} NOT NULL,
    outcome {text} NOT NULL,
    hash {bytes} NOT NULL
) {strict};
CREATE INDEX staff_audit_by_subject ON staff_audit (subject, sequence);
CREATE INDEX staff_audit_by_number ON staff_audit (number, sequence);

-- Where the trail ends: one row, so that rows taken off its end are missed, and so that one writes after the other.
CREATE TABLE staff_audit_head (
    id {i64} PRIMARY KEY,
    sequence {i64} NOT NULL,
    hash {bytes} NOT NULL
) {strict};
";

/// The second step of a sign-in.
const TOKENS: &str = "
-- NULL: the second step is still missing. Sessions from before are asked for it.
ALTER TABLE staff_session ADD COLUMN proven_ms {i64};

-- A token of a member; a spare one is a second row.
CREATE TABLE staff_token (
    id {i64} PRIMARY KEY,
    member {i64} NOT NULL REFERENCES staff_member (id),
    seed {bytes} NOT NULL,                  -- nonce and XChaCha20-Poly1305 of it, bound to the member
    made_ms {i64} NOT NULL,
    enrolled_ms {i64},                      -- NULL: its first code has not come
    last_step {i64} NOT NULL,               -- no code of this half minute since 1970 or an earlier one counts
    drift {i64} NOT NULL,                   -- how many half minutes its clock is ahead
    removed_ms {i64}                        -- NULL: not taken away
) {strict};
CREATE INDEX staff_token_by_member ON staff_token (member);

-- Leave to enrol one token.
CREATE TABLE staff_enrolment (
    member {i64} PRIMARY KEY REFERENCES staff_member (id),
    until_ms {i64} NOT NULL
) {strict};
";

/// What a session may see whole, and what people said was not them.
const UNMASKED_AND_CASES: &str = "
-- What a session may see whole for some minutes, for a reason that stands in the trail.
CREATE TABLE staff_unmasked (
    session {i64} NOT NULL REFERENCES staff_session (id) ON DELETE CASCADE,
    subject {text} NOT NULL,                -- person:17
    until_ms {i64} NOT NULL,
    PRIMARY KEY (session, subject)
) {strict};

-- Somebody said that something was not them.
CREATE TABLE staff_security_case (
    id {i64} PRIMARY KEY,
    origin {text} NOT NULL UNIQUE,          -- what made it, so that it is made once
    subject {text} NOT NULL,                -- person:17
    what {text} NOT NULL,                   -- a word
    detail {text} NOT NULL,                 -- without names, numbers to call, secrets
    opened_ms {i64} NOT NULL,
    closed_ms {i64},                        -- NULL: open
    closed_by {text}                        -- staff number
) {strict};
CREATE INDEX staff_security_case_open ON staff_security_case (closed_ms, id);

CREATE TABLE staff_security_note (
    id {i64} PRIMARY KEY,
    security_case {i64} NOT NULL REFERENCES staff_security_case (id),
    time_ms {i64} NOT NULL,
    number {text} NOT NULL,                 -- whose note
    note {text} NOT NULL
) {strict};
CREATE INDEX staff_security_note_by_case ON staff_security_note (security_case, id);
";

/// Passkeys in place of a token's code.
const PASSKEYS: &str = "
-- When a token's code was given in this session last; NULL: never.
ALTER TABLE staff_session ADD COLUMN token_proven_ms {i64};

CREATE TABLE staff_key (
    id {i64} PRIMARY KEY,
    member {i64} NOT NULL REFERENCES staff_member (id),
    key_id {bytes} NOT NULL UNIQUE,         -- by which the authenticator names it
    record {text} NOT NULL,                 -- public key and counter, JSON
    label {text} NOT NULL,                  -- its owner's name for it
    added_ms {i64} NOT NULL,
    used_ms {i64}                           -- NULL: never used
) {strict};
CREATE INDEX staff_key_by_member ON staff_key (member);

-- What a session was asked last.
CREATE TABLE staff_key_question (
    session {i64} PRIMARY KEY REFERENCES staff_session (id) ON DELETE CASCADE,
    purpose {text} NOT NULL,                -- add, prove
    state {text} NOT NULL,                  -- JSON
    until_ms {i64} NOT NULL
) {strict};
";
