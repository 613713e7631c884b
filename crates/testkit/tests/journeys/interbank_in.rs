//! Money that comes from other banks, and money that goes back.
