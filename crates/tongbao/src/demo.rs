//! The people of the demonstration, seeded once. Everything here is plainly made up.

pub(crate) mod crowd;

use crate::bank::Bank;
use crate::trouble::Trouble;
use accounts::{AccountRef, LockChange, NewCard, Opening, Product};
use branch::pages::DemoMember;
use credential::oath::{OathHash, OcraSuite};
use credential::pskc::{Container, SeedKind, TokenSeed};
use kit::Timestamp;
use money::AmountWire;
use passport::registry::made_up_number;
use passport::{Claim, CustomerKind, CustomerSeed, Mobile, Name, NewPerson};
use payments::{Advice, AuthorisationRequest, Channel, Funding, OrderNumber, PaymentInstruction, PaymentKind};
use retail::pages::{DemoPerson, DemoToken};
use staff::{NewMember, Role, Roles};

/// For everyone in the demonstration, and nowhere else.
const PASSWORD: &str = "tongbao-demo";

struct Sketch {
    key: &'static str,
    name: &'static str,
    mobile: &'static str,
    /// Which made-up citizen number is theirs.
    citizen: u32,
    language: &'static str,
    nickname: &'static str,
    /// Cash paid in, minor units.
    funds_minor: i64,
}

impl Sketch {
    /// A number of nobody, which other banks of the demonstration know as this person's.
    fn citizen_number(&self) -> String {
        made_up_number(self.citizen)
    }
}

const PEOPLE: [Sketch; 3] = [
    Sketch {
        key: "wang",
        name: "王小通",
        mobile: "13800001234",
        citizen: 800_001,
        language: "zh",
        nickname: "工资账户",
        funds_minor: 363_510,
    },
    Sketch {
        key: "li",
        name: "李小宝",
        mobile: "13800005678",
        citizen: 800_002,
        language: "zh",
        nickname: "日常账户",
        funds_minor: 200_000,
    },
    Sketch {
        key: "chen",
        name: "Demo Chen",
        mobile: "13800009012",
        citizen: 800_003,
        language: "en",
        nickname: "Everyday account",
        funds_minor: 186_000_000,
    },
];

/// Whose cards the other banks of the demonstration have from the start.
pub(crate) fn holders() -> Vec<network::Holder> {
    let holder = |sketch: &Sketch| network::Holder {
        name: sketch.name.to_owned(),
        citizen_number: sketch.citizen_number(),
        mobile: sketch.mobile.to_owned(),
    };
    PEOPLE.iter().map(holder).collect()
}

const FIRM: &str = "演示贸易公司";
/// Order numbers of the demo's history are a series of their own.
const ORDER_SERIES: u8 = 1;
const DAY_MS: i64 = 86_400_000;

/// Makes the demo people, their accounts and a little history, once; gives the sign-ins.
pub(crate) async fn seed(bank: &Bank) -> Result<Vec<DemoPerson>, Trouble> {
    // What is done under a key is done once, so the first start's time must be kept for all later ones.
    let now = bank.clock.now();
    let mut accounts = Vec::new();
    for sketch in &PEOPLE {
        accounts.push(person(bank, sketch, now).await?);
    }
    let firm = firm(bank, now).await?;
    if let [wang, li, chen] = accounts.as_slice() {
        let history = [
            (1, *wang, *li, 5_020, "拼车", 9),
            (2, *chen, *wang, 26_000, "Dinner", 7),
            (3, *wang, *li, 12_640, "电费", 3),
            (4, firm, *wang, 930_000, "工资", 1),
        ];
        for (number, payer, payee, amount_minor, memo, days_ago) in history {
            past_payment(bank, number, payer, payee, amount_minor, memo, now.plus_ms(-days_ago * DAY_MS)).await?;
        }
    }
    bank.settled().await?;
    for (sketch, account) in PEOPLE.iter().zip(&accounts) {
        card(bank, sketch, account).await?;
    }
    bank.settled().await?;
    Ok(PEOPLE
        .iter()
        .map(|sketch| DemoPerson {
            name: sketch.name.to_owned(),
            mobile: sketch.mobile.to_owned(),
            password: PASSWORD.to_owned(),
        })
        .collect())
}

async fn person(bank: &Bank, sketch: &Sketch, now: Timestamp) -> Result<AccountRef, Trouble> {
    let mobile = Mobile::parse(sketch.mobile)?;
    let person = match bank.passport.person_by_mobile(&mobile).await? {
        Some(person) => person,
        None => {
            let new = NewPerson {
                mobile,
                name: Name::parse(sketch.name)?,
                language: sketch.language.to_owned(),
                password: PASSWORD.to_owned(),
            };
            bank.passport.register(new).await?
        }
    };
    if bank.passport.proven(person.id).await?.is_none() {
        let claim = Claim { name: sketch.name.to_owned(), citizen_number: sketch.citizen_number() };
        bank.passport.mark_identity_checked(person.id, claim, "demo").await?;
    }
    let customer = bank.passport.customer_of(person.id).await?;
    let customer = customer.ok_or_else(|| Trouble::new("A demo person is not a customer."))?;
    let key = format!("demo:{}", sketch.key);
    let opening = Opening {
        key: key.clone(),
        customer,
        product: Product::ClassOne,
        alias: Some(key.clone()),
        nickname: sketch.nickname.to_owned(),
    };
    let account = bank.accounts.open(opening).await?;
    pay_in(bank, &key, account, sketch.funds_minor, now).await?;
    Ok(account)
}

async fn firm(bank: &Bank, now: Timestamp) -> Result<AccountRef, Trouble> {
    let seed =
        CustomerSeed { reference: "demo:firm".to_owned(), kind: CustomerKind::Organisation, name: FIRM.to_owned() };
    let customers = bank.passport.import_customers(&[seed]).await?;
    let customer = *customers.first().ok_or_else(|| Trouble::new("The demo firm is not a customer."))?;
    let key = "demo:firm".to_owned();
    let opening = Opening {
        key: key.clone(),
        customer,
        product: Product::MerchantSettlement,
        alias: Some(key),
        nickname: "结算账户".to_owned(),
    };
    let account = bank.accounts.open(opening).await?;
    pay_in(bank, "demo:firm", account, 50_000_000, now).await?;
    Ok(account)
}

/// Cash paid in twenty days ago, once; what an earlier build of the demonstration paid in instead stands.
async fn pay_in(bank: &Bank, key: &str, account: AccountRef, amount_minor: i64, now: Timestamp) -> Result<(), Trouble> {
    let funding = Funding { key: format!("{key}:cash"), order: None, account, amount_minor };
    match bank.payments.fund(funding, now.plus_ms(-20 * DAY_MS)).await {
        Err(kit::Error::Refusal(refusal)) if refusal.code == "idempotency.conflict" => Ok(()),
        result => Ok(result.map(drop)?),
    }
}

/// A payment of some days ago; its id is fixed, so that a later start finds it done.
async fn past_payment(
    bank: &Bank,
    number: u64,
    payer: AccountRef,
    payee: AccountRef,
    amount_minor: i64,
    memo: &str,
    time: Timestamp,
) -> Result<(), Trouble> {
    let id = accounts::command_id("demo/payment", &number.to_le_bytes());
    if bank.ledger.entry(id).await?.is_some() {
        return Ok(());
    }
    let order = OrderNumber::of_import(ORDER_SERIES, number);
    let order = order.ok_or_else(|| Trouble::new("The demo has too many payments."))?;
    let mut instruction = PaymentInstruction::card(id, order, payer, payee, amount_minor, time);
    instruction.kind = PaymentKind::Transfer;
    instruction.channel = Channel::Internal;
    instruction.memo = memo.to_owned();
    let result = bank.payments.submit(&instruction)?.await?;
    match result.refusal {
        None => Ok(()),
        Some(refusal) => Err(Trouble::new(format!("Demo payment {number} was refused: {refusal}."))),
    }
}

const TOKEN_SUITE: &str = "OCRA-1:HOTP-SHA256-6:QN10";
const TOKEN_STEP_S: i64 = 30;

/// Gives the first and the last of the demo people a token each, once; gives the tokens, whose secrets are none.
pub(crate) async fn seed_tokens(bank: &Bank) -> Result<Vec<DemoToken>, Trouble> {
    let mut tokens = Vec::new();
    for sketch in [&PEOPLE[0], &PEOPLE[2]] {
        tokens.push(seed_token(bank, sketch).await?);
    }
    Ok(tokens)
}

async fn seed_token(bank: &Bank, sketch: &Sketch) -> Result<DemoToken, Trouble> {
    let suite = OcraSuite::parse(TOKEN_SUITE).map_err(|_| Trouble::new("The demo token's suite is none."))?;
    let secret = |what: &str| {
        blake3::derive_key("tongbao demo token, which is no secret", format!("{} {what}", sketch.key).as_bytes())
    };
    let token = DemoToken {
        serial: format!("TB-000{}", &sketch.mobile[7..]),
        owner: sketch.name.to_owned(),
        keypad_seed: secret("keypad").to_vec(),
        suite: suite.clone(),
        button_seed: secret("button").to_vec(),
        step_s: TOKEN_STEP_S,
    };
    let seed = |kind, seed: &[u8]| TokenSeed {
        serial: token.serial.clone(),
        maker: "Tongbao demo".to_owned(),
        kind,
        seed: seed.to_vec().into(),
    };
    let button = SeedKind::Totp { hash: OathHash::Sha256, digits: 6, step_s: TOKEN_STEP_S };
    let seeds = vec![seed(SeedKind::Ocra(suite), &token.keypad_seed), seed(button, &token.button_seed)];
    let imported = bank.passport.import_tokens(Container { seeds, refused: Vec::new() }).await?;
    // A later start finds the token here, perhaps stopped by its owner.
    if !imported.taken.is_empty()
        && let Some(person) = bank.passport.person_by_mobile(&Mobile::parse(sketch.mobile)?).await?
    {
        bank.passport.give_token_for_show(person.id, &token.serial).await?;
    }
    Ok(token)
}

/// A debit card with a lock, a payment that went through and one that did not, once.
async fn card(bank: &Bank, sketch: &Sketch, account: &AccountRef) -> Result<(), Trouble> {
    let new = NewCard { account: account.id, key: "demo".to_owned() };
    let reference = |what: &str| format!("demo-{}-{what}", sketch.key);
    let issued = bank.accounts.issue_debit_card_at_counter("demo", "", &new).await?;
    if bank.payments.authorisation(&reference("abroad")).await.is_ok() {
        return Ok(());
    }
    // Its visitors try it in the net, too.
    bank.accounts.set_card_online_at_counter("demo", "", issued.id, true).await?;
    let overseas = LockChange::Overseas(true);
    bank.accounts.set_card_lock_at_counter("demo", "", issued.id, &overseas).await?;
    let face = bank.accounts.card_face_for_show(issued.id).await?;
    let local_time = bank.calendar.local(bank.clock.now()).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string();
    let amount = |value: &str, currency: &str| AmountWire { value: value.to_owned(), currency: currency.to_owned() };
    let here = AuthorisationRequest {
        reference: reference("here"),
        number: face.number.full().to_owned(),
        expiry: face.expiry.shown(),
        cvv: None,
        merchant: "西湖茶馆".to_owned(),
        country: "CN".to_owned(),
        province: Some("33".to_owned()),
        city: Some("3301".to_owned()),
        channel: "pos".to_owned(),
        card_present: true,
        local_time,
        amount: amount("36.00", "CNY"),
    };
    let abroad = AuthorisationRequest {
        reference: reference("abroad"),
        merchant: "Harbour Hotel".to_owned(),
        country: "AU".to_owned(),
        province: None,
        city: None,
        amount: amount("120.00", "AUD"),
        ..here.clone()
    };
    for request in [here, abroad] {
        bank.payments.authorise_card(&request).await?;
    }
    // The balance of before is what visitors are told: the shop gives up what it had set aside.
    bank.payments.advise_card(Advice::Reversal, &reference("given-up"), &reference("here"), None).await?;
    Ok(())
}

/// Whose cash box is filled when it is empty, and by how much, minor units.
const TELLERS: [&str; 2] = ["teller1", "teller2"];
const BOX_MINOR: i64 = 2_000_000;
const BRANCH: &str = "演示网点 0571";

/// Makes the demo staff, once, with something in the tellers' boxes; gives the sign-ins.
pub(crate) async fn seed_staff(bank: &Bank) -> Result<Vec<DemoMember>, Trouble> {
    let members = [
        ("teller1", "柜员甲", Role::Teller),
        ("teller2", "柜员乙", Role::Teller),
        ("super1", "主管丙", Role::Supervisor),
        ("super2", "主管辛", Role::Supervisor),
        ("audit1", "审计丁", Role::Auditor),
        ("admin1", "管理员戊", Role::Administrator),
        ("admin2", "管理员己", Role::Administrator),
        ("clear1", "清算庚", Role::Clearing),
        ("secure1", "安全壬", Role::Security),
    ];
    let mut shown = Vec::new();
    for (number, name, role) in members {
        let roles = Roles::of(&[role]);
        let new = NewMember { number: number.to_owned(), name: name.to_owned(), branch: BRANCH.to_owned() };
        let seed = blake3::derive_key("tongbao demo staff token", number.as_bytes());
        let member = bank.staff.add_for_show(&new, roles, PASSWORD, &seed[..20]).await?;
        if TELLERS.contains(&number) {
            bank.desk.fill_box_for_show(member.id, BOX_MINOR).await?;
        }
        let (number, name, password) = (number.to_owned(), name.to_owned(), PASSWORD.to_owned());
        shown.push(DemoMember { number, name, password, roles });
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::Parts;

    #[tokio::test]
    async fn what_an_earlier_build_paid_in_stands() {
        let dir = tempfile::tempdir().unwrap();
        let bank = Bank::open(Parts::embedded(dir.path())).await.unwrap();
        let (wang, now) = (&PEOPLE[0], bank.clock.now());
        let earlier = person(&bank, &Sketch { funds_minor: 1_000_000, ..*wang }, now).await.unwrap();
        assert_eq!(person(&bank, wang, now).await.unwrap().id, earlier.id);
        assert_eq!(bank.ledger.account(earlier.id).await.unwrap().unwrap().balance(), 1_000_000);
        bank.close().await.unwrap();
    }
}
