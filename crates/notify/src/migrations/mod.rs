//! The tables of this room. Forward only: a version that was released is never edited.

use db::Migration;

pub(crate) const MIGRATIONS: &[Migration] = &[Migration { version: 1, sql: INBOX }];

const INBOX: &str = "
CREATE TABLE notice (
    id {i64} PRIMARY KEY,
    person {i64} NOT NULL,
    kind {text} NOT NULL,                   -- decides the words
    facts {text} NOT NULL,                  -- JSON object of integers and words
    link {text},                            -- a path of this site; NULL: nothing more to see
    once_key {text} NOT NULL,               -- told at most once for a person and key
    told_ms {i64} NOT NULL,
    read_ms {i64},                          -- NULL: not read
    UNIQUE (person, once_key)
) {strict};
CREATE INDEX notice_by_person ON notice (person, id);
CREATE INDEX notice_unread ON notice (person, read_ms);
";
