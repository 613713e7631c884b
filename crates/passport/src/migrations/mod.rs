//! The tables of this room. Forward only: a version that was released is never edited.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: PEOPLE },
    Migration { version: 2, sql: VISITORS },
    Migration { version: 3, sql: IDENTITIES },
    Migration { version: 4, sql: STEP_UP },
    Migration { version: 5, sql: KEYS },
    Migration { version: 6, sql: CHAINED },
    Migration { version: 7, sql: TOKENS_AND_KEYS },
    Migration { version: 8, sql: TEXTS_REST },
];

const PEOPLE: &str = "
CREATE TABLE person (
    id {i64} PRIMARY KEY,
    mobile {text} NOT NULL UNIQUE,          -- E.164
    name {text} NOT NULL,
    language {text} NOT NULL,               -- zh or en
    created_ms {i64} NOT NULL
) {strict};

-- A relation with an institution: a person's own, or an organisation's. Accounts belong to customers.
CREATE TABLE customer (
    id {i64} PRIMARY KEY,
    institution {i64} NOT NULL,
    kind {text} NOT NULL,                   -- person or organisation
    person {i64} REFERENCES person (id),    -- NULL: no person signs in for it as itself
    name {text} NOT NULL,
    reference {text},                       -- its name in the system it was taken over from; NULL: made here
    created_ms {i64} NOT NULL,
    UNIQUE (institution, person),
    UNIQUE (institution, reference)
) {strict};

-- Who may act for whom.
CREATE TABLE mandate (
    id {i64} PRIMARY KEY,
    person {i64} NOT NULL REFERENCES person (id),
    customer {i64} NOT NULL REFERENCES customer (id),
    role {text} NOT NULL,
    from_ms {i64} NOT NULL,
    until_ms {i64},                         -- NULL: not ended
    UNIQUE (person, customer, from_ms)
) {strict};

CREATE TABLE password_credential (
    person {i64} PRIMARY KEY REFERENCES person (id),
    hash {text} NOT NULL,                   -- PHC string, argon2id
    changed_ms {i64} NOT NULL
) {strict};

-- Failed tries in a row, by the hash of the sign-in name, registered or not.
CREATE TABLE sign_in_tries (
    name_hash {bytes} PRIMARY KEY,
    failures {i64} NOT NULL,
    last_ms {i64} NOT NULL,
    blocked_until_ms {i64} NOT NULL
) {strict};

CREATE TABLE session (
    id {i64} PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,     -- BLAKE3 of the token; the token itself is never stored
    kind {text} NOT NULL,                   -- web or api
    person {i64} NOT NULL REFERENCES person (id),
    customer {i64} NOT NULL REFERENCES customer (id),
    created_ms {i64} NOT NULL,
    last_seen_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    ended_ms {i64}                          -- NULL: not signed out
) {strict};
CREATE INDEX session_by_person ON session (person);
";

/// Visitors register by themselves: codes, rates, devices.
const VISITORS: &str = "
-- NULL: a visitor, whose name is empty. Everybody before this version came with a name that somebody had seen proven.
ALTER TABLE person ADD COLUMN verified_ms {i64};
UPDATE person SET verified_ms = created_ms;

-- The last code for a purpose and a subject. Nothing here tells the digits or the subject without the bank's keys.
CREATE TABLE code (
    purpose {text} NOT NULL,
    subject {bytes} NOT NULL,               -- keyed hash of the number or of the person
    binding {bytes} NOT NULL,               -- keyed hash of what it confirms
    hash {bytes} NOT NULL,                  -- keyed hash of the digits
    sent_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    tries {i64} NOT NULL,                   -- wrong ones
    right_ms {i64},                         -- NULL: not given right
    changed_ms {i64},                       -- NULL: what it confirms did not change
    PRIMARY KEY (purpose, subject)
) {strict};

-- How often something was done in a span of the clock.
CREATE TABLE rate (
    scope {text} NOT NULL,
    subject {bytes} NOT NULL,
    span_ms {i64} NOT NULL,
    start_ms {i64} NOT NULL,
    uses {i64} NOT NULL,
    PRIMARY KEY (scope, subject, span_ms, start_ms)
) {strict};

-- A browser in which a person has signed in; several people may share one.
CREATE TABLE device (
    id {i64} PRIMARY KEY,
    token_hash {bytes} NOT NULL,            -- BLAKE3 of the secret in the browser
    person {i64} NOT NULL REFERENCES person (id),
    label {text} NOT NULL,
    first_seen_ms {i64} NOT NULL,
    last_seen_ms {i64} NOT NULL,
    ended_ms {i64},                         -- NULL: not forgotten
    UNIQUE (token_hash, person)
) {strict};
CREATE INDEX device_by_person ON device (person);

ALTER TABLE session ADD COLUMN device {i64} REFERENCES device (id);
CREATE INDEX session_by_device ON session (device);

-- What a person told about themselves.
CREATE TABLE profile (
    person {i64} PRIMARY KEY REFERENCES person (id),
    address {text} NOT NULL,
    occupation {text} NOT NULL,
    tax_residence {text} NOT NULL,          -- ISO 3166-1 codes with commas between
    changed_ms {i64} NOT NULL
) {strict};

-- Numbers that people gave up, and until when they had them.
CREATE TABLE former_mobile (
    person {i64} NOT NULL REFERENCES person (id),
    until_ms {i64} NOT NULL,
    mobile {text} NOT NULL,
    PRIMARY KEY (person, until_ms)
) {strict};

-- NULL: the relationship stands. After its end the person has the number closed/ID, which nobody can type.
ALTER TABLE person ADD COLUMN closed_ms {i64};

-- Tells which keys the database was written with, without telling the keys.
CREATE TABLE key_proof (
    id {i64} PRIMARY KEY,
    proof {bytes} NOT NULL
) {strict};
";

/// Proven names.
const IDENTITIES: &str = "
CREATE TABLE identity (
    person {i64} PRIMARY KEY REFERENCES person (id),
    institution {i64} NOT NULL,
    number_hash {bytes} NOT NULL,           -- keyed hash of the citizen number
    number_sealed {bytes} NOT NULL,         -- nonce and XChaCha20-Poly1305 of it, bound to the person
    ended {i64} NOT NULL,                   -- 0, or the person whose relationship ended
    born_day {i64} NOT NULL,                -- days since 1970-01-01
    checked_by {text} NOT NULL,             -- registry, or a member of staff
    verified_ms {i64} NOT NULL,
    UNIQUE (institution, number_hash, ended)
) {strict};

-- Wrong claims in a row.
CREATE TABLE identity_claims (
    person {i64} PRIMARY KEY REFERENCES person (id),
    wrong {i64} NOT NULL,
    blocked_until_ms {i64} NOT NULL         -- 0: not
) {strict};
CREATE INDEX person_by_name ON person (name);
";

/// Proofs beyond the password, the security epoch, and what happened to a person's safety.
const STEP_UP: &str = "
-- Raised by the kill switch; the ledger keeps the same number with the customer's holder and refuses an older one.
ALTER TABLE customer ADD COLUMN epoch {i64} NOT NULL DEFAULT 0;
-- The epoch under which it was opened.
ALTER TABLE session ADD COLUMN epoch {i64} NOT NULL DEFAULT 0;
-- 0: no window was opened; else the worth of what opened it.
ALTER TABLE session ADD COLUMN window_tier {i64} NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN window_until_ms {i64} NOT NULL DEFAULT 0;

-- The last challenge of a person and a kind of subject.
CREATE TABLE challenge (
    person {i64} NOT NULL REFERENCES person (id),
    kind {text} NOT NULL,                   -- payment or security
    factor {text} NOT NULL,
    holding {i64} NOT NULL,                 -- which of them; 0: texts
    binding {bytes} NOT NULL,               -- keyed hash of person, session, channel and subject
    asked {text} NOT NULL,                  -- what the person sees, as JSON
    state {text} NOT NULL,                  -- what the factor remembers
    created_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    tries {i64} NOT NULL,                   -- wrong ones
    proven {bytes},                         -- keyed hash of the right answer; NULL: not given
    PRIMARY KEY (person, kind)
) {strict};

-- What happened to a person's safety, for them and for staff.
CREATE TABLE security_event (
    id {i64} PRIMARY KEY,
    person {i64} NOT NULL REFERENCES person (id),
    time_ms {i64} NOT NULL,
    kind {text} NOT NULL,
    session {i64},                          -- NULL: in none
    device {text} NOT NULL,                 -- as its owner knows it; may be empty
    address {text} NOT NULL,                -- from where; may be empty
    detail {text} NOT NULL                  -- without names, numbers to call, secrets
) {strict};
CREATE INDEX security_event_by_person ON security_event (person, id);

-- Staff have seen who somebody is: one factor may be added without one of tier 2.
CREATE TABLE factor_permit (
    id {i64} PRIMARY KEY,
    person {i64} NOT NULL REFERENCES person (id),
    given_by {text} NOT NULL,               -- staff number
    given_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    used_ms {i64}                           -- NULL: not used
) {strict};
CREATE INDEX factor_permit_by_person ON factor_permit (person, id);
";

/// Passkeys, security keys, bound devices and their patterns.
const KEYS: &str = "
CREATE TABLE webauthn_key (
    id {i64} PRIMARY KEY,
    person {i64} NOT NULL REFERENCES person (id),
    kind {text} NOT NULL,                   -- passkey or security_key
    key_id {bytes} NOT NULL UNIQUE,         -- by which its authenticator knows it
    record {text} NOT NULL,                 -- public key and counter, as JSON; another after each use
    label {text} NOT NULL,
    may_be_copied {i64} NOT NULL,           -- 1: the owner's other devices may hold it too
    added_ms {i64} NOT NULL,
    used_ms {i64}                           -- NULL: not used yet
) {strict};
CREATE INDEX webauthn_key_by_person ON webauthn_key (person, id);

-- Sealed questions that were answered, until they would have run out anyway.
CREATE TABLE spent_question (
    hash {bytes} PRIMARY KEY,
    until_ms {i64} NOT NULL
) {strict};

-- An uncompressed point of P-256, whose private key the browser cannot give away. NULL: not bound.
ALTER TABLE device ADD COLUMN public_key {bytes};
ALTER TABLE device ADD COLUMN bound_ms {i64};
-- What sort of device it said it was when it was bound, as JSON; decides nothing.
ALTER TABLE device ADD COLUMN traits {text};

-- The pattern that unlocks a bound device for looking.
CREATE TABLE gesture (
    device {i64} PRIMARY KEY REFERENCES device (id),
    hash {text} NOT NULL,                   -- PHC string, argon2id, of a keyed hash
    wrong {i64} NOT NULL,                   -- in a row
    set_ms {i64} NOT NULL
) {strict};

-- 1: opened by a pattern, to look and not to touch.
ALTER TABLE session ADD COLUMN looking {i64} NOT NULL DEFAULT 0;
";

/// Which security events the bank's audit trail has taken.
const CHAINED: &str = "
ALTER TABLE security_event ADD COLUMN chained {i64} NOT NULL DEFAULT 0;
CREATE INDEX security_event_unchained ON security_event (id) WHERE chained = 0;
";

/// Tokens with their seeds, keys with a certificate, and the second step at sign-in.
const TOKENS_AND_KEYS: &str = "
-- A token that makes one-time codes.
CREATE TABLE token (
    id {i64} PRIMARY KEY,
    serial {text} NOT NULL UNIQUE,          -- the number on its back
    maker {text} NOT NULL,
    person {i64} REFERENCES person (id),    -- NULL: in stock
    imported_ms {i64} NOT NULL,
    assigned_ms {i64},                      -- NULL: in stock
    last_used_ms {i64},                     -- NULL: never gave a right code
    wrong {i64} NOT NULL,                   -- wrong codes in a row; it is locked from ten on
    ended_ms {i64}                          -- NULL: in use or in stock
) {strict};
CREATE INDEX token_by_person ON token (person);

-- How a token makes codes, and where it stands.
CREATE TABLE token_seed (
    token {i64} NOT NULL REFERENCES token (id),
    kind {text} NOT NULL,                   -- hotp, totp or ocra
    parameters {text} NOT NULL,             -- digits; hash, digits and seconds; the suite
    sealed {bytes} NOT NULL,                -- nonce and XChaCha20-Poly1305 of the seed, bound to serial and kind
    next {i64} NOT NULL,                    -- the first counter or step whose code was not given
    drift {i64} NOT NULL,                   -- steps by which its clock is ahead
    PRIMARY KEY (token, kind)
) {strict};

-- What a token was asked, as a number without noughts before it: nothing is asked twice.
CREATE TABLE token_question (
    token {i64} NOT NULL REFERENCES token (id),
    question {text} NOT NULL,
    asked_ms {i64} NOT NULL,
    PRIMARY KEY (token, question)
) {strict};

-- A key that signs readable texts.
CREATE TABLE signing_key (
    id {i64} PRIMARY KEY,
    person {i64} NOT NULL REFERENCES person (id),
    label {text} NOT NULL,                  -- what its owner called it
    public_key {bytes} NOT NULL UNIQUE,     -- SubjectPublicKeyInfo, DER
    certificate {bytes} NOT NULL,           -- X.509 of the bank's own authority, DER
    added_ms {i64} NOT NULL,
    expires_ms {i64} NOT NULL,
    last_used_ms {i64},                     -- NULL: never signed
    revoked_ms {i64}                        -- NULL: good
) {strict};
CREATE INDEX signing_key_by_person ON signing_key (person);

-- Who is asked for a code of their token at sign-in.
CREATE TABLE second_step (
    person {i64} PRIMARY KEY REFERENCES person (id),
    since_ms {i64} NOT NULL
) {strict};

-- Sign-ins whose password was right and whose code is missing.
CREATE TABLE half_sign_in (
    secret_hash {bytes} PRIMARY KEY,        -- BLAKE3 of the secret in the form
    person {i64} NOT NULL REFERENCES person (id),
    customer {i64} NOT NULL REFERENCES customer (id),
    kind {text} NOT NULL,                   -- web or api
    expires_ms {i64} NOT NULL,
    tries {i64} NOT NULL                    -- wrong codes
) {strict};
";

const TEXTS_REST: &str = "
-- A text alone reset the password: until when texts prove nothing more.
ALTER TABLE password_credential ADD COLUMN texts_rest_until_ms {i64} NOT NULL DEFAULT 0;
";
