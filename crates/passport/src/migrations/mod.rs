//! The tables of this room. Forward only: a version that was released is never edited.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[Migration { version: 1, sql: PEOPLE }];

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
