//! People of the tests.

use crate::Bank;
use accounts::{AccountNumber, AccountRef};
use ledger::AccountId;
use passport::{Acting, Channel, Factor, Mobile, Name, NewPerson, Person, Proof, SessionKind, Visitor};
use payments::{Confirmed, DraftId, Funding, OrderNumber, Receipt, TransferRequest};

/// The password of everybody in tests.
pub const PASSWORD: &str = "correct horse battery";

/// A person with a Class I account, signed in on both sides.
#[derive(Debug, Clone)]
pub struct Member {
    /// The person.
    pub person: Person,
    /// Their Class I account.
    pub account: AccountRef,
    /// What they are in a browser.
    pub web: Acting,
    /// What their program is.
    pub api: Acting,
    /// Their program's bearer token.
    pub token: String,
    /// Their browser's session token.
    pub cookie: String,
}

impl Member {
    /// A proof by a code that came by text, for a payment from their Class I account.
    pub fn by_text(&self, code: &str) -> Proof {
        Proof::by_text(code, &self.account_tail())
    }

    /// The last six digits of their Class I account.
    pub fn account_tail(&self) -> String {
        self.account.number().map_or_else(String::new, AccountNumber::long_tail)
    }
}

impl Bank {
    /// Somebody who registered with a mobile number and has not told a name.
    pub async fn visitor(&self, mobile: &str) -> passport::PersonId {
        let nobody = passport::Visitor::unknown();
        must(self.passport.start_registration(&nobody, mobile, "zh").await);
        let number = Mobile::parse(mobile).unwrap_or_else(|refusal| panic!("{mobile}: {refusal}"));
        let code = self.phone.latest_code(number.e164()).unwrap_or_else(|| panic!("no code came to {mobile}"));
        let (password, language) = (PASSWORD.to_owned(), "zh".to_owned());
        let registration = passport::Registration { mobile: mobile.to_owned(), code, password, language };
        must(self.passport.finish_registration(&nobody, registration, SessionKind::Web).await).session.person
    }

    /// A member of staff with these roles, who has chosen the password of everybody in tests.
    pub async fn clerk(&self, number: &str, branch: &str, roles: &[staff::Role]) -> staff::StaffSession {
        let new =
            staff::NewMember { number: number.to_owned(), name: "陈大文".to_owned(), branch: branch.to_owned() };
        must(self.staff.add_for_show(&new, staff::Roles::of(roles), PASSWORD, b"12345678901234567890").await);
        let nobody = staff::StaffVisitor::default();
        let half = must(self.staff.sign_in(&nobody, number, PASSWORD).await).session;
        must(self.staff.prove(&nobody, &half, &self.staff_code(number).await).await).session
    }

    /// What the token of a member of staff shows now, or next if that was used.
    pub async fn staff_code(&self, number: &str) -> String {
        let shown = self.staff.code_for_show(number).await.unwrap_or_else(|fault| panic!("{fault}"));
        shown.unwrap_or_else(|| panic!("{number} has no token")).code
    }

    /// 林小满, +86 138 0000 5678, with 10,000.00 yuan.
    pub async fn lin(&self) -> Member {
        self.enrol("林小满", "13800005678", 1_000_000).await
    }

    /// 王建国, +86 139 0000 6027, with 10,000.00 yuan.
    pub async fn wang(&self) -> Member {
        self.enrol("王建国", "13900006027", 1_000_000).await
    }

    /// A person with a Class I account into which cash was paid, signed in.
    pub async fn enrol(&self, name: &str, mobile: &str, cash_minor: i64) -> Member {
        let mobile = Mobile::parse(mobile).unwrap_or_else(|refusal| panic!("{mobile}: {refusal}"));
        let new = NewPerson {
            mobile: mobile.clone(),
            name: Name::parse(name).unwrap_or_else(|refusal| panic!("{name}: {refusal}")),
            language: "zh".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let person = must(self.passport.register(new).await);
        let account = must(self.accounts.open_class_one(person.customer, "").await);
        if cash_minor > 0 {
            let key = format!("cash of {}", account.id);
            let funding = Funding { key, order: None, account, amount_minor: cash_minor };
            let funded = must(self.payments.fund(funding, kit::Clock::now(&self.clock)).await);
            assert!(funded.is_paid(), "{funded:?}");
        }
        let web = must(self.passport.sign_in(mobile.e164(), PASSWORD, SessionKind::Web).await);
        let api = must(self.passport.sign_in(mobile.e164(), PASSWORD, SessionKind::Api).await);
        Member {
            person,
            account,
            web: web.session.acting(),
            api: api.session.acting(),
            token: api.token.reveal().to_owned(),
            cookie: web.token.reveal().to_owned(),
        }
    }

    /// A new token for a member's program: the old one's time may be over.
    pub async fn token_again(&self, member: &Member) -> String {
        let signed_in = self.passport.sign_in(member.person.mobile.e164(), PASSWORD, SessionKind::Api).await;
        must(signed_in).token.reveal().to_owned()
    }

    /// A new token for a member's browser.
    pub async fn cookie_again(&self, member: &Member) -> String {
        let signed_in = self.passport.sign_in(member.person.mobile.e164(), PASSWORD, SessionKind::Web).await;
        must(signed_in).token.reveal().to_owned()
    }

    /// What a program of `from` asks to pay to `to`.
    pub fn request(&self, from: &Member, to: &Member, amount_minor: i64) -> TransferRequest {
        TransferRequest {
            payer: from.account.id,
            payee: to.person.mobile.e164().to_owned(),
            amount: money::Amount::new(amount_minor, money::Currency::CNY),
            memo: String::new(),
        }
    }

    /// Pays under a new key and gives the order.
    pub async fn pay(&self, from: &Member, to: &Member, amount_minor: i64) -> OrderNumber {
        let key = format!("{:032x}", self.random.u128());
        let request = self.request(from, to, amount_minor);
        must(self.payments.pay(&from.api, Some(&key), request).await).receipt.order
    }

    /// Sends the code of a draft to a member's phone, asked for in their browser; gives what came.
    pub async fn code(&self, member: &Member, draft: DraftId) -> kit::Result<String> {
        self.code_in(member, &member.web, draft).await
    }

    /// The same in any of their sessions.
    pub async fn code_in(&self, member: &Member, session: &Acting, draft: DraftId) -> kit::Result<String> {
        self.payments.ask_proof(&Visitor::unknown(), session, draft, Factor::SmsCode, None, "").await?;
        let code = self.phone.latest_code(member.person.mobile.e164());
        Ok(code.unwrap_or_else(|| panic!("no code came")))
    }

    /// Confirms a draft in a member's browser by the code that comes to their phone.
    pub async fn confirm(&self, member: &Member, draft: DraftId) -> kit::Result<Confirmed> {
        let code = self.code(member, draft).await?;
        let proof = Proof::by_text(&code, &self.payer_tail(draft).await);
        self.payments.confirm_with(&member.web, draft, Some(&proof)).await
    }

    /// Opens the window for security settings in a member's browser, by a text.
    pub async fn open_window(&self, member: &Member) {
        let session = must(self.passport.authenticate(&member.cookie).await.map_err(kit::Error::from));
        let session = session.unwrap_or_else(|| panic!("the session is over"));
        let (nobody, subject) = (Visitor::unknown(), passport::Subject::Security);
        let asked = self.passport.ask_proof(&nobody, &member.web, Channel::Web, &subject, Factor::SmsCode, None).await;
        must(asked);
        let code = self.phone.latest_code(member.person.mobile.e164()).unwrap_or_else(|| panic!("no code came"));
        must(self.passport.open_window(&session, &Proof::by_text(&code, "")).await);
    }

    /// The last six digits of the account from which a draft is to be paid.
    pub async fn payer_tail(&self, draft: DraftId) -> String {
        let found = self.db.query_opt("SELECT payer FROM payment_draft WHERE id = $1", db::params![draft.0]).await;
        let row = must(found.map_err(kit::Error::from)).unwrap_or_else(|| panic!("no draft {draft}"));
        let payer = AccountId(must(row.i64("payer").map_err(kit::Error::from)) as u64);
        let account = must(self.accounts.by_id(payer).await.map_err(kit::Error::from));
        account.and_then(|account| account.number()).map_or_else(String::new, AccountNumber::long_tail)
    }

    /// The same for a draft that is paid at once.
    pub async fn paid(&self, member: &Member, draft: DraftId) -> Receipt {
        match must(self.confirm(member, draft).await) {
            Confirmed::Paid(receipt) => receipt,
            other => panic!("not paid: {other:?}"),
        }
    }

    /// A member's booked balance, in minor units.
    pub async fn balance(&self, member: &Member) -> i64 {
        let view = self.ledger.account(member.account.id).await;
        let view = view.unwrap_or_else(|error| panic!("{error}"));
        view.unwrap_or_else(|| panic!("the ledger does not know the account")).balance()
    }
}

#[track_caller]
fn must<T>(result: kit::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
