//! Debit cards of the tests, and the card network that asks about them.

use crate::{Bank, Member};
use accounts::{CardFace, DebitCard, NewCard};
use money::AmountWire;
use passport::{Channel, Factor, Proof, Session, Subject, Visitor};
use payments::AuthorisationRequest;

impl Bank {
    /// The session that a member opened in a browser.
    pub async fn session(&self, member: &Member) -> Session {
        let session = self.passport.authenticate(&member.cookie).await;
        let session = session.unwrap_or_else(|fault| panic!("{fault}"));
        session.unwrap_or_else(|| panic!("the session is over"))
    }

    /// A new debit card on a member's account, open to payments without it.
    pub async fn debit_card(&self, member: &Member) -> DebitCard {
        let card = self.closed_card(member).await;
        let opened = self.accounts.set_card_online_at_counter("teller", "asked", card.id, true).await;
        opened.unwrap_or_else(|error| panic!("{error}"));
        let card = self.accounts.debit_card(&member.web, card.id).await;
        card.unwrap_or_else(|error| panic!("{error}"))
    }

    /// A new debit card on a member's account, as it is issued.
    pub async fn closed_card(&self, member: &Member) -> DebitCard {
        let new = NewCard { account: member.account.id, key: format!("{:032x}", self.random.u128()) };
        let issued = self.accounts.issue_debit_card(&member.web, &new).await;
        issued.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What a clock in China shows now, as the card network says it.
    pub fn clock_in_china(&self) -> String {
        self.calendar.rfc3339(kit::Clock::now(&self.clock)).replacen(".000", "", 1)
    }

    /// Opens the window for security settings in a member's browser by a code by text, unless it is open.
    pub async fn window_by_text(&self, member: &Member) -> Session {
        let session = self.session(member).await;
        let (acting, subject) = (session.acting(), Subject::Security);
        let open = self.passport.window(&session).await;
        if open.unwrap_or_else(|error| panic!("{error}")).is_some() {
            return session;
        }
        let (nobody, channel) = (Visitor::unknown(), Channel::Web);
        let asked = self.passport.ask_proof(&nobody, &acting, channel, &subject, Factor::SmsCode, None).await;
        asked.unwrap_or_else(|error| panic!("{error}"));
        let code = self.phone.latest_code(member.person.mobile.e164());
        let code = code.unwrap_or_else(|| panic!("no code came"));
        let tail = member.account.number().map(accounts::AccountNumber::long_tail).unwrap_or_default();
        let window = self.passport.open_window(&session, &Proof::by_text(&code, &tail)).await;
        window.unwrap_or_else(|error| panic!("{error}"));
        session
    }

    /// What stands on a member's card.
    pub async fn card_face(&self, member: &Member, card: &DebitCard) -> CardFace {
        let session = self.window_by_text(member).await;
        let shown = self.accounts.show_debit_card(&session, card.id).await;
        shown.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A payment with this card at a terminal in Hangzhou at noon, under a reference.
pub fn at_terminal(face: &CardFace, reference: &str, amount: &str) -> AuthorisationRequest {
    AuthorisationRequest {
        reference: reference.to_owned(),
        number: face.number.full().to_owned(),
        expiry: face.expiry.shown(),
        cvv: None,
        merchant: "西湖茶馆".to_owned(),
        country: "CN".to_owned(),
        province: Some("33".to_owned()),
        city: Some("3301".to_owned()),
        channel: "pos".to_owned(),
        card_present: true,
        local_time: "2026-11-21T12:00:00+08:00".to_owned(),
        amount: AmountWire { value: amount.to_owned(), currency: "CNY".to_owned() },
    }
}

/// The same in the net, with the security code.
pub fn online(face: &CardFace, reference: &str, amount: &str) -> AuthorisationRequest {
    AuthorisationRequest {
        cvv: Some(face.cvv.clone()),
        province: None,
        city: None,
        channel: "online".to_owned(),
        card_present: false,
        ..at_terminal(face, reference, amount)
    }
}
