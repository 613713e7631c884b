//! Passwords, for whoever signs in: customers' people and the bank's own staff keep theirs by the same rules and apart.
//!
//! * A **password** (密码) is judged by its length and by whether it is among the first that anybody would try; a bank may
//!   name a file of those that were stolen elsewhere ([`BreachedPasswords`]).
//! * A **hash** is argon2id, slow on purpose and bounded on purpose: nobody can keep the bank busy with passwords.
//! * A **wait** (退避) follows failures in a row, and never grows beyond five minutes.
//! * A **token** (令牌) is 256 random bits in hexadecimal; whoever stores one stores its hash.
//!
//! * A **passkey** (通行密钥) and a **security key** (安全密钥) answer a random question by WebAuthn; see [`webauthn`].
//! * A **device key** (设备密钥) is made by a browser's WebCrypto and cannot leave it; see [`device_key`].
//! * A **one-time code** (动态口令) is made of a seed and a counter, the time or a question; see [`oath`]. Seeds come in
//!   files; see [`pskc`].
//! * A **signing key** (U盾) signs a text that its owner can read; see [`signing`].
//!
//! Absent: tables. Each room that knows people keeps its own.

mod breached;
pub mod device_key;
mod hasher;
mod model;
pub mod oath;
pub mod pskc;
pub mod seal;
pub mod signing;
mod token;
pub mod webauthn;

pub use breached::BreachedPasswords;
pub use hasher::{HashCost, HashError, Hasher};
pub use model::password::{PASSWORD_MAX, PASSWORD_MIN, Weakness, check_new};
pub use model::tries::{TooSoon, Tries};
pub use token::{hex, unhex, unhex_any};
