//! What this room promises, on both engines.

mod reading_and_writing;
