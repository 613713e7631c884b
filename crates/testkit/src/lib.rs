//! A whole bank per test: real ledger, real SQL on either engine, a clock that the test holds, randomness from a seed.
//!
//! ```no_run
//! db::engine_tests! {
//!     async fn money_arrives(db: db::Db) {
//!         let bank = testkit::Bank::on(db).await;
//!         let (lin, wang) = (bank.lin().await, bank.wang().await);
//!         bank.pay(&lin, &wang, 8_880).await;
//!         assert_eq!(bank.balance(&wang).await, 1_000_000 + 8_880);
//!         bank.stop().await;
//!     }
//! }
//! ```
//!
//! For tests alone: everything here panics instead of returning errors, and says why.

mod bank;
mod browser;
mod cards;
pub mod debit;
mod house;
mod http;
mod member;

pub use bank::{Bank, START};
pub use browser::{Browser, Shown};
pub use cards::OtherBanks;
pub use house::{BANK_A, House, HouseTransfer, Mishap, OWN_CODE, Standing};
pub use http::Answer;
pub use member::{Member, PASSWORD as PASSWORD_OF_ALL};

/// The refusal that was expected.
#[track_caller]
pub fn refusal<T: std::fmt::Debug>(result: kit::Result<T>) -> kit::Refusal {
    match result {
        Err(kit::Error::Refusal(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}
