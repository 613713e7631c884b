//! What travels: the JSON of requests and answers.

use super::ApiState;
use accounts::AccountSummary;
use kit::{Refusal, Timestamp};
use ledger::AccountId;
use money::AmountWire;
use passport::{Asked, Factor, Proof};
use payments::{Direction, Party, Receipt, StatementLine};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Signing in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// Mobile number; without a country code it is Chinese.
    #[schema(example = "13800005678", max_length = 32)]
    pub(super) mobile: String,
    /// The person's password.
    #[schema(format = Password, max_length = 512)]
    pub(super) password: String,
    /// The code that the person's token shows, for who turned the second step on.
    #[serde(default)]
    #[schema(example = "287082", max_length = 16)]
    pub(super) token_code: Option<String>,
}

/// A new session.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    /// Send it as `Authorization: Bearer`. The bank cannot show it again.
    pub(super) token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub(super) token_type: &'static str,
    /// When the session ends whatever happens; it ends earlier when it is not used.
    #[schema(format = DateTime)]
    pub(super) expires_at: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionShown {
    /// The person's own name; empty until it is proven.
    #[schema(example = "李小宝")]
    pub(super) name: String,
    /// The person's own number, masked.
    #[schema(example = "138 **** 5678")]
    pub(super) mobile: String,
    /// `api`, or `web` for a browser.
    #[schema(example = "api")]
    pub(super) kind: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    pub(super) signed_in_at: String,
    /// When the session ends whatever happens; it ends earlier when it is not used.
    #[schema(format = DateTime)]
    pub(super) expires_at: String,
}

/// All accounts of a person.
#[derive(Serialize, ToSchema)]
pub(super) struct Accounts {
    /// Oldest first.
    pub(super) items: Vec<Account>,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct Account {
    /// Opaque.
    #[schema(example = "17")]
    pub(super) id: String,
    /// 19 digits.
    #[schema(example = "9001001931415926535")]
    pub(super) number: String,
    /// `class_1` or `merchant_settlement`.
    #[schema(example = "class_1")]
    pub(super) product: &'static str,
    /// What its owner calls it; may be empty.
    pub(super) nickname: String,
    /// Booked balance.
    pub(super) balance: AmountWire,
    /// What may leave the account now.
    pub(super) available: AmountWire,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub(super) opened_at: String,
    /// Whether nothing may leave it for now.
    pub(super) frozen: bool,
    /// Whether it is closed for ever.
    pub(super) closed: bool,
}

/// A page of movements.
#[derive(Serialize, ToSchema)]
pub(super) struct Movements {
    /// Newest first.
    pub(super) items: Vec<Movement>,
    /// The `cursor` of the next page; null on the last.
    pub(super) next: Option<String>,
}

/// A booked movement on an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Movement {
    /// Rises with time.
    #[schema(example = "421")]
    pub(super) id: String,
    /// What moved; with a minus sign it left the account.
    pub(super) amount: AmountWire,
    /// The booked balance after it.
    pub(super) balance_after: AmountWire,
    /// When it was booked.
    #[schema(format = DateTime)]
    pub(super) booked_at: String,
    /// The bank day it was booked on.
    #[schema(format = Date)]
    pub(super) bank_day: String,
    /// `transfer`, `card_payment`, `cash_in`, `correction` or `other`.
    #[schema(example = "transfer")]
    pub(super) kind: &'static str,
    /// The transfer behind it, if there is one.
    pub(super) transfer_id: Option<String>,
    /// The other side.
    pub(super) counterparty: Counterparty,
    /// What the payer wrote; may be empty.
    pub(super) memo: String,
}

/// The other side of a payment, as far as it may be known.
#[derive(Serialize, ToSchema)]
pub(super) struct Counterparty {
    /// A person's name masked, an organisation's whole; empty for the bank itself.
    #[schema(example = "李*宝")]
    pub(super) name: String,
    /// Last four digits of the account number.
    #[schema(example = "6535")]
    pub(super) account_tail: String,
    /// Whether it is the bank itself.
    pub(super) is_bank: bool,
}

/// A transfer to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTransfer {
    /// The `id` of one of the person's accounts.
    #[schema(example = "17", max_length = 20)]
    pub(super) from: String,
    /// The payee's mobile number or account number, or the `to` of a saved payee.
    #[schema(example = "13800005678", max_length = 64)]
    pub(super) to: String,
    /// How much.
    pub(super) amount: AmountWire,
    /// For the payee to read.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub(super) memo: String,
    /// Whether the money waits 24 hours, until when the payer can recall it.
    #[serde(default)]
    pub(super) delayed: bool,
    /// Whether a mobile number that is no customer's yet is invited, and the money waits three days for them.
    #[serde(default)]
    pub(super) invite: bool,
    /// Whether it is written as a draft in any case, so that the person sees the payee's name before it is confirmed. Without
    /// it a bank that asks programs for no code pays at once.
    #[serde(default)]
    pub(super) draft: bool,
}

/// A transfer that the bank's clock is to start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSchedule {
    /// The `id` of one of the person's accounts.
    #[schema(example = "17", max_length = 20)]
    pub(super) from: String,
    /// The payee's mobile number or account number, or the `to` of a saved payee.
    #[schema(example = "13800005678", max_length = 64)]
    pub(super) to: String,
    /// How much each time.
    pub(super) amount: AmountWire,
    /// For the payee to read.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub(super) memo: String,
    /// `on` for one day, `daily`, `weekly` or `monthly`.
    #[schema(example = "monthly", max_length = 16)]
    pub(super) rhythm: String,
    /// The first day, from tomorrow on and at most 366 days ahead.
    #[schema(format = Date, max_length = 10)]
    pub(super) first_day: String,
    /// The last day, inclusive; without it there is no end.
    #[schema(format = Date, max_length = 10)]
    pub(super) last_day: Option<String>,
}

/// A transfer that waits for its owner's confirmation.
#[derive(Serialize, ToSchema)]
pub(super) struct Draft {
    /// Opaque.
    #[schema(example = "228401771356192768")]
    pub(super) id: String,
    /// The transfer that it will be; none for a schedule.
    pub(super) transfer_id: Option<String>,
    /// The `id` of the own account.
    #[schema(example = "17")]
    pub(super) from: String,
    /// A person's name masked, an organisation's whole.
    #[schema(example = "李*宝")]
    pub(super) payee_name: String,
    /// By what the payee was named, masked.
    #[schema(example = "138 **** 5678")]
    pub(super) payee_shown: String,
    /// How much.
    pub(super) amount: AmountWire,
    /// What the bank takes for it.
    pub(super) fee: AmountWire,
    /// What the payer wrote; may be empty.
    pub(super) memo: String,
    /// `now`, `delayed`, `on`, `daily`, `weekly` or `monthly`.
    #[schema(example = "now")]
    pub(super) when: &'static str,
    /// Whether the payee is no customer yet and is going to be invited.
    pub(super) is_invitation: bool,
    /// Whether it is confirmed by a code from the person's phone.
    pub(super) needs_code: bool,
    /// From when on it can no longer be confirmed.
    #[schema(format = DateTime)]
    pub(super) expires_at: String,
}

/// What is to prove a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    /// `sms_code`, `otp_token` or `signing_key`; `passkey` and `security_key` need a browser.
    #[schema(example = "sms_code", max_length = 16)]
    pub(super) factor: String,
    /// Which of the person's tokens or keys; needed if they hold several.
    #[schema(max_length = 20)]
    pub(super) holding: Option<String>,
}

/// What the person must do to prove it.
#[derive(Serialize, ToSchema)]
pub(super) struct Challenge {
    /// By what.
    #[schema(example = "sms_code")]
    pub(super) factor: &'static str,
    /// Which one; `0` for texts.
    pub(super) holding: String,
    /// For texts: the number, masked.
    #[schema(example = "138 **** 5678")]
    pub(super) to: Option<String>,
    /// For a token: the digits to be typed into it.
    #[schema(example = "60278880")]
    pub(super) question: Option<String>,
    /// For a signing key: the text to be signed, exactly.
    pub(super) text: Option<String>,
    /// For a passkey or a security key: what `navigator.credentials.get` is given, as JSON.
    pub(super) options: Option<String>,
    /// From when on it is dead.
    #[schema(format = DateTime)]
    pub(super) expires_at: String,
    /// For texts: from when on another can be sent.
    #[schema(format = DateTime)]
    pub(super) resend_at: Option<String>,
    /// How many tries it takes.
    pub(super) tries: i64,
}

/// Confirming a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    /// What proves it; `sms_code` if it is missing.
    #[schema(example = "sms_code", max_length = 16)]
    pub(super) factor: Option<String>,
    /// The code, the signature in Base64, the assertion as JSON. Without one nothing is proven.
    #[schema(example = "402917", max_length = 8192)]
    pub(super) answer: Option<String>,
    /// With a code by text: the last six digits of the paying account.
    #[schema(example = "106027", max_length = 16)]
    pub(super) account_tail: Option<String>,
}

impl Confirmation {
    /// The proof in it, if there is one. Refuses with `passport.factor_unknown`.
    pub(super) fn proof(self) -> Result<Option<Proof>, Refusal> {
        let factor = factor(self.factor.as_deref().unwrap_or("sms_code"))?;
        let account_tail = self.account_tail.unwrap_or_default();
        Ok(self.answer.map(|answer| Proof { factor, answer, account_tail, device: String::new() }))
    }
}

/// A factor that confirms payments. Refuses with `passport.factor_unknown`.
pub(super) fn factor(word: &str) -> Result<Factor, Refusal> {
    let found = Factor::CONFIRMING.into_iter().find(|factor| factor.code() == word);
    found.ok_or_else(|| Refusal::new("passport.factor_unknown", 422).with("field", "factor"))
}

/// What a draft has become: one of the two.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfirmedDraft {
    /// The transfer, paid or waiting.
    pub(super) transfer: Option<Transfer>,
    /// The schedule.
    pub(super) schedule: Option<Schedule>,
}

/// Transfers.
#[derive(Serialize, ToSchema)]
pub(super) struct Transfers {
    /// What ends soonest first.
    pub(super) items: Vec<Transfer>,
}

/// A transfer.
#[derive(Serialize, ToSchema)]
pub(super) struct Transfer {
    /// The order number on the receipt.
    #[schema(example = "228401771356192768")]
    pub(super) id: String,
    /// `paid`, `refused`, `corrected`, `held` while it waits, `recalled` or `returned`.
    #[schema(example = "paid")]
    pub(super) state: &'static str,
    /// `transfer`, `card_payment`, `cash_in`, `correction`, `interbank_out`, `interbank_in`, `top_up` or `return`.
    #[schema(example = "transfer")]
    pub(super) kind: &'static str,
    /// `out` for the payer, `in` for the payee.
    #[schema(example = "out")]
    pub(super) direction: &'static str,
    /// The `id` of the own account.
    #[schema(example = "17")]
    pub(super) account_id: String,
    /// The other side.
    pub(super) counterparty: Counterparty,
    /// How much.
    pub(super) amount: AmountWire,
    /// What the bank took for it.
    pub(super) fee: AmountWire,
    /// What the payer wrote; may be empty.
    pub(super) memo: String,
    /// When it was decided.
    #[schema(format = DateTime)]
    pub(super) decided_at: String,
    /// The bank day it was booked on.
    #[schema(format = Date)]
    pub(super) bank_day: String,
    /// Where it came from: `web`, `api`, ….
    #[schema(example = "api")]
    pub(super) channel: &'static str,
    /// The `code` of the refusal, if it was refused.
    pub(super) refusal: Option<String>,
    /// The correction that took it back, or, of a correction, what it takes back.
    pub(super) related_transfer_id: Option<String>,
    /// Why it was taken back.
    pub(super) reason: Option<String>,
    /// While it waits: until when.
    #[schema(format = DateTime)]
    pub(super) held_until: Option<String>,
    /// What lies at another bank, if the other side is there.
    pub(super) elsewhere: Option<super::elsewhere::Elsewhere>,
}

/// Whom a person has paid before.
#[derive(Serialize, ToSchema)]
pub(super) struct Payees {
    /// The latest first.
    pub(super) items: Vec<SavedPayee>,
}

/// Somebody whom the person has paid before.
#[derive(Serialize, ToSchema)]
pub(super) struct SavedPayee {
    /// Opaque.
    #[schema(example = "228401771356192768")]
    pub(super) id: String,
    /// A person's name masked, an organisation's whole.
    #[schema(example = "李*宝")]
    pub(super) name: String,
    /// Last four digits of the account number.
    #[schema(example = "6535")]
    pub(super) account_tail: String,
    /// What names them in a transfer.
    #[schema(example = "saved:228401771356192768")]
    pub(super) to: String,
    /// When they were last paid.
    #[schema(format = DateTime)]
    pub(super) last_paid_at: String,
}

/// A person's scheduled transfers.
#[derive(Serialize, ToSchema)]
pub(super) struct Schedules {
    /// The newest first.
    pub(super) items: Vec<Schedule>,
}

/// A transfer that the bank's clock starts.
#[derive(Serialize, ToSchema)]
pub(super) struct Schedule {
    /// Opaque.
    #[schema(example = "228401771356192768")]
    pub(super) id: String,
    /// The `id` of the own account.
    #[schema(example = "17")]
    pub(super) account_id: String,
    /// A person's name masked, an organisation's whole.
    #[schema(example = "李*宝")]
    pub(super) payee_name: String,
    /// How much each time.
    pub(super) amount: AmountWire,
    /// What the payer wrote; may be empty.
    pub(super) memo: String,
    /// `on` for one day, `daily`, `weekly` or `monthly`.
    #[schema(example = "monthly")]
    pub(super) rhythm: &'static str,
    /// `active`, `ended` or `cancelled`.
    #[schema(example = "active")]
    pub(super) state: &'static str,
    /// When it is paid next; null when it is over.
    #[schema(format = DateTime)]
    pub(super) next_at: Option<String>,
    /// How often it was tried.
    pub(super) runs: i64,
    /// The transfer of the last try.
    pub(super) last_transfer_id: Option<String>,
    /// The `code` of its refusal, if it was refused.
    pub(super) last_refusal: Option<String>,
}

/// What went wrong, by RFC 9457.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "written by the frame of all routes; here it is only described")]
pub(super) struct Problem {
    /// A URN that ends with the code.
    #[schema(example = "urn:tongbao:problem:payments.insufficient_funds")]
    r#type: String,
    /// In a few words, in the language of the request.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what to do now.
    detail: String,
    /// Stable: `<room>.<what>`.
    #[schema(example = "payments.insufficient_funds")]
    code: String,
    /// What to tell the bank's support.
    request_id: String,
    /// The facts of the case: amounts, counts, the name of the request's field.
    fields: Map<String, Value>,
}

impl ApiState {
    fn instant(&self, at: Timestamp) -> String {
        self.calendar.rfc3339(at)
    }

    pub(super) fn expires(&self, at: Timestamp) -> String {
        self.instant(at)
    }

    pub(super) fn account(&self, summary: AccountSummary) -> Account {
        Account {
            id: summary.account.id.to_string(),
            number: summary.number.plain(),
            product: summary.account.product.code(),
            nickname: summary.nickname,
            balance: summary.balance.into(),
            available: summary.available.into(),
            opened_at: self.instant(summary.opened),
            frozen: summary.frozen,
            closed: summary.closed,
        }
    }

    pub(super) fn movement(&self, line: StatementLine) -> Movement {
        Movement {
            id: line.movement.sequence.to_string(),
            amount: line.amount.into(),
            balance_after: line.balance_after.into(),
            booked_at: self.instant(line.movement.time),
            bank_day: line.movement.bank_day.iso(),
            kind: line.kind.map_or("other", payments::PaymentKind::code),
            transfer_id: line.order.map(|order| order.to_string()),
            counterparty: line.counterparty.into(),
            memo: line.memo,
        }
    }

    pub(super) fn transfer(&self, receipt: Receipt) -> Transfer {
        Transfer {
            id: receipt.order.to_string(),
            state: receipt.state.code(),
            kind: receipt.kind.code(),
            direction: match receipt.direction {
                Direction::Out => "out",
                Direction::In => "in",
            },
            account_id: receipt.account.to_string(),
            counterparty: receipt.counterparty.into(),
            amount: receipt.amount.into(),
            fee: receipt.fee.into(),
            memo: receipt.memo,
            decided_at: self.instant(receipt.time),
            bank_day: receipt.bank_day.iso(),
            channel: receipt.channel.code(),
            refusal: receipt.refusal,
            related_transfer_id: receipt.related.map(|order| order.to_string()),
            reason: receipt.reason,
            held_until: receipt.held.map(|held| self.instant(held.until)),
            elsewhere: receipt.elsewhere.map(|elsewhere| self.elsewhere(elsewhere)),
        }
    }

    pub(super) fn draft(&self, draft: payments::Draft) -> Draft {
        Draft {
            id: draft.id.to_string(),
            transfer_id: (!draft.when.is_scheduled()).then(|| draft.order.to_string()),
            from: draft.payer.account.id.to_string(),
            payee_name: draft.payee.name,
            payee_shown: draft.payee.shown,
            amount: draft.amount.into(),
            fee: draft.fee.into(),
            memo: draft.memo,
            when: draft.when.code(),
            is_invitation: draft.is_invitation,
            needs_code: draft.needs_code,
            expires_at: self.instant(draft.expires),
        }
    }

    pub(super) fn challenge(&self, challenge: passport::Challenge) -> Challenge {
        let (mut to, mut question, mut text, mut options) = (None, None, None, None);
        match challenge.asked {
            Asked::Code { to: number } => to = Some(number),
            Asked::Token { question: digits } => question = Some(digits),
            Asked::Sign { text: readable } => text = Some(readable),
            Asked::WebAuthn { options: json } => options = Some(json),
        }
        Challenge {
            factor: challenge.factor.code(),
            holding: challenge.holding.to_string(),
            to,
            question,
            text,
            options,
            expires_at: self.instant(challenge.expires),
            resend_at: challenge.resend_at.map(|at| self.instant(at)),
            tries: challenge.left,
        }
    }

    pub(super) fn payee(&self, saved: payments::SavedPayee) -> SavedPayee {
        SavedPayee {
            id: saved.id.to_string(),
            name: saved.payee.name,
            account_tail: saved.payee.tail,
            to: saved.text,
            last_paid_at: self.instant(saved.last_paid),
        }
    }

    pub(super) fn schedule(&self, schedule: payments::Schedule) -> Schedule {
        Schedule {
            id: schedule.id.to_string(),
            account_id: schedule.payer.to_string(),
            payee_name: schedule.payee.name,
            amount: schedule.amount.into(),
            memo: schedule.memo,
            rhythm: schedule.when.code(),
            state: schedule.state.code(),
            next_at: schedule.next.map(|next| self.instant(next)),
            runs: schedule.runs,
            last_transfer_id: schedule.last_order.map(|order| order.to_string()),
            last_refusal: schedule.last_refusal,
        }
    }
}

impl From<Party> for Counterparty {
    fn from(party: Party) -> Self {
        Self { name: party.name, account_tail: party.tail, is_bank: party.is_bank }
    }
}

/// Reads a number in its canonical digits.
pub(super) fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id: &i64| id.to_string() == text)
}

/// Reads an account's id. Anything else than its digits names no account.
pub(super) fn account_id(text: &str) -> Result<AccountId, kit::Refusal> {
    let canonical = text.parse().ok().filter(|id: &u64| id.to_string() == text);
    canonical.map(AccountId).ok_or_else(|| kit::Refusal::new("accounts.not_found", 404))
}
