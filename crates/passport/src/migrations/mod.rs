//! The tables of this room. Forward only: a version that was released is never edited.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: PEOPLE },
    Migration { version: 2, sql: VISITORS },
    Migration { version: 3, sql: IDENTITIES },
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
