//! Many more customers of the demonstration, for programs that try how much the bank takes. Each has a password, an account
//! of Class I and money on it; whom a name belongs to is plainly made up.

use super::PASSWORD;
use crate::bank::Bank;
use crate::trouble::Trouble;
use accounts::{Opening, Product};
use passport::{CustomerId, Mobile, Name, NewPerson};
use payments::Funding;

/// What each has, minor units.
const FUNDS_MINOR: i64 = 1_000_000;
/// So many are made at once: hashing a password takes a core for a while.
const AT_ONCE: usize = 8;
/// The ten heavenly stems: a name is a number written with them.
const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];

/// How to sign in as one of them.
pub(crate) struct Crowd {
    /// The first mobile number; the others follow one by one.
    pub(crate) first: String,
    /// The last.
    pub(crate) last: String,
    /// The password of all.
    pub(crate) password: &'static str,
}

/// Makes those who are not there yet; none for nobody.
pub(crate) async fn seed(bank: &Bank, people: u32) -> Result<Option<Crowd>, Trouble> {
    let Some(last) = people.checked_sub(1) else { return Ok(None) };
    let now = bank.clock.now();
    let registering = (0..AT_ONCE).map(|place| {
        let bank = bank.clone();
        kit::spawn("crowd", async move {
            let mut customers = Vec::new();
            for number in (0..people).skip(place).step_by(AT_ONCE) {
                customers.push((number, customer(&bank, number).await?));
            }
            Ok::<_, Trouble>(customers)
        })
    });
    let mut customers = Vec::with_capacity(people as usize);
    for task in registering.collect::<Vec<_>>() {
        customers.extend(finished(task.await)?);
    }
    customers.sort_unstable_by_key(|(number, _)| *number);
    let openings = customers.iter().map(|(number, customer)| Opening {
        key: key(*number),
        customer: *customer,
        product: Product::ClassOne,
        alias: Some(key(*number)),
        nickname: "日常账户".to_owned(),
    });
    let accounts = bank.accounts.open_bulk(openings.collect(), now).await?;
    let fundings = (0..people).zip(accounts).map(|(number, account)| Funding {
        key: format!("{}:cash", key(number)),
        order: None,
        account,
        amount_minor: FUNDS_MINOR,
    });
    bank.payments.fund_bulk(fundings.collect(), now).await?;
    bank.settled().await?;
    Ok(Some(Crowd { first: mobile(0), last: mobile(last), password: PASSWORD }))
}

/// The number of one of them, which nobody has.
fn mobile(number: u32) -> String {
    format!("139{number:08}")
}

fn key(number: u32) -> String {
    format!("demo:crowd:{number}")
}

fn name(number: u32) -> String {
    let digits = format!("{number:05}");
    let stems = digits.bytes().filter_map(|digit| STEMS.get(usize::from(digit - b'0')));
    std::iter::once('客').chain(stems.copied()).collect()
}

async fn customer(bank: &Bank, number: u32) -> Result<CustomerId, Trouble> {
    let mobile = Mobile::parse(&mobile(number))?;
    if let Some(person) = bank.passport.person_by_mobile(&mobile).await? {
        return Ok(person.customer);
    }
    let (name, password) = (Name::parse(&name(number))?, PASSWORD.to_owned());
    let person = bank.passport.register(NewPerson { mobile, name, language: "zh".to_owned(), password }).await?;
    Ok(person.customer)
}

fn finished<T>(ended: Result<Option<Result<T, Trouble>>, tokio::task::JoinError>) -> Result<T, Trouble> {
    let stopped = || Trouble::new("The customers of the demonstration were not all made.");
    ended.ok().flatten().ok_or_else(stopped)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_name_and_a_number_of_their_own() {
        assert_eq!((name(0), name(90_417)), ("客甲甲甲甲甲".to_owned(), "客癸甲戊乙辛".to_owned()));
        for number in [0, 1, 999, 99_999] {
            assert!(Name::parse(&name(number)).is_ok() && Mobile::parse(&mobile(number)).is_ok(), "{number}");
        }
        assert_eq!(mobile(99_999), "13900099999");
    }
}
