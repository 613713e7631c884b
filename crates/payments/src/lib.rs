//! Payment orders and attempts, from instruction to receipt.
//!
//! * An **order** (订单) is what is owed; an **attempt** (支付) is one try to pay it. An attempt's outcome is the ledger's and
//!   final; what is paid stays paid.
//! * An **instruction** (指令) is one attempt ready for the ledger: payer, payee, amount, channel, factor.
//! * The **policy** (策略) says per channel which factor must at least have proved a payment, and its cap.
//! * A **draft** waits for its owner's confirmation; it is the only thing of this room that SQL alone knows.
//! * A **hold** (圈存) is money that waits: a delayed transfer until it is due, an invitation until the payee has an account,
//!   a payment between banks until the clearing network has said its final word.
//! * A **schedule** (预约转账) is a transfer that the bank's clock starts, once or again and again.
//! * A **request** (收款链接) is a link by which others may pay; whoever has it sees a masked name.
//! * A **card** (绑定卡) is the customer's own account at another bank, found to be theirs by that bank.
//! * The **clearing network** (清算网络) is how this bank reaches others, by messages in ISO 20022; what goes through it is
//!   set aside first and booked, or given back, on the network's word. Its **clearing account** (清算资金往来) mirrors what the
//!   clearing house owes this bank.
//! * An **enquiry** (查询) asks where the word does not come; nothing that was handed over is ever sent a second time as new.
//! * A **return** (退汇) gives settled money back; a **case** (待核查) is what staff have to look at, and nothing moves by it.
//! * An **authorisation** (银行卡授权) is a use of a card that this bank issued: the card network asks, money is set aside or the
//!   use is refused with a reason, and the shop collects, gives up or gives back.
//! * A **slice** (时间片) is compared by journal, vouchers and the networks' own lists (分时对账); a day's books are closed (日终) when all
//!   its slices are even and its trial balance is zero.
//! * A **correction** (冲正) takes a payment back by a contra entry with a reason.
//!
//! Rules: a key, a draft, a row of a file names its command, and the ledger decides a command at most once, so repeating
//! is harmless everywhere; the ledger's order of reasons decides which refusal is told; a receipt exists for payer and
//! payee alone; no SQL stands between an instruction and its outcome.
//!
//! * The **kill switch** (一键止付) ends everything that could act for a customer, in one act.
//!
//! Absent: refunds, risk decisions.

pub mod api;
mod migrations;
mod model;
mod network;
mod projection;
mod service;
mod store;

pub use model::authorisation::{
    AUTHORISATION_LIVES_MS, Advice, AuthorisationAnswer, AuthorisationRequest, AuthorisationState, CardPurchase,
    response_code,
};
pub use model::cap::{Cap, CapInputs, CapPart, CapReason, QrClass, effective_cap};
pub use model::card::{
    BoundCard, CARD_CHECK_LIVES_MS, CARD_CHECKS_A_DAY, CARD_CODE_TRIES, CARDS_MOST, CardCheck, CardCheckId,
    CardCheckState, CardForm, CardId, CardNumber, OtherBank,
};
pub use model::case::{Case, CaseId, InTransit, Story, StoryLine};
pub use model::channel::{Channel, Factor, PaymentKind};
pub use model::draft::{DRAFT_LIVES_MS, Draft, DraftId, Payee, PayeeBy};
pub use model::elsewhere::{
    ACCOUNT_MAX, ELSEWHERE_NAME_MAX, Elsewhere, ElsewhereForm, ElsewherePayee, ElsewhereStep, NamedElsewhere, Service,
    Services, TopUpForm, WithdrawForm,
};
pub use model::exchange::RateTable;
pub use model::hold::{DELAY_MS, HoldReason, INVITATION_MS};
pub use model::idempotency::KEY_MAX;
pub use model::instruction::{OrderNumber, PaymentInstruction, card_command_id};
pub use model::interbank::{CaseKind, InterbankState, InterbankWay, ReasonCode};
pub use model::memo::MEMO_MAX;
pub use model::name_check::NameMatch;
pub use model::order::{AttemptState, OrderState};
pub use model::policy::{Policy, Rule};
pub use model::receipt::{Direction, Held, OrderFacts, Party, Receipt, StatementLine};
pub use model::reconcile::{DayState, Difference, DifferenceKind, ReconciledDay, Reconciliation, StatementEntry};
pub use model::request::{
    PaymentRequest, REQUEST_LIVES_MS, REQUESTS_OPEN, RequestForm, RequestId, RequestState, RequestView,
};
pub use model::schedule::{Schedule, ScheduleId, ScheduleState};
pub use model::slice::{
    BookChannel, CountAndSum, DayEnd, DayEndState, SliceCheck, SliceDifference, SliceDifferenceKind, SliceState,
    SliceView,
};
pub use model::when::{DAYS_AHEAD, DUE_HOUR, Rhythm, When};
pub use model::window::{Settlement, Windows};
pub use network::clearing::{Clearing, ClearingNetwork, ClearingTerms, Handed, Mail};
pub use network::http::HttpClearing;
pub use network::{Asking, CardAnswer, CardNetwork, CardQuestion, CardRefusal, CodeAnswer};
pub use projection::projections;
pub use service::cap::{ConfirmWay, MethodReach};
pub use service::cash::CounterCash;
pub use service::draft::{TransferForm, TransferOptions, amount_invalid};
pub use service::due::DueReport;
pub use service::fund::Funding;
pub use service::interbank::InterbankReport;
pub use service::interbank::by_hand::{ByHand, OtherSide};
pub use service::invite::{INVITATIONS_A_DAY, WaitingForYou};
pub use service::kill::{KillId, KillRecord, Killed, KilledBy};
pub use service::overview::{LimitLine, LimitOverview};
pub use service::pay::{Paid, TransferRequest};
pub use service::reconcile::{ClearingPosition, InterbankList};
pub use service::saved::{LOOK_UPS_AN_HOUR, SavedPayee, SavedPayeeId};
pub use service::statement::StatementFilter;
pub use service::submit::{PaymentResult, Submitted};
pub use service::transfer::Confirmed;
pub use service::verify::{Checked, CheckedCertificate, CheckedPayment};
pub use service::write::Written;
pub use store::STATEMENTS;
pub use store::posting::ClearingPosting;

use accounts::Accounts;
use cloud::Cloud;
use db::Db;
use kit::{Clock, IdMaker};
use passport::Passport;
use service::authorisation::CardDesk;
use service::bank::Directory;
use service::interbank::Interbank;
use service::pay::InProgress;
use service::saved::Looked;
use std::sync::Arc;

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "payments", migrations: migrations::MIGRATIONS }
}

/// The payments service. Clones share everything.
#[derive(Clone)]
pub struct Payments {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    ledger: Cloud,
    passport: Passport,
    accounts: Accounts,
    clock: Arc<dyn Clock>,
    ids: Arc<IdMaker>,
    policy: Policy,
    in_progress: InProgress,
    looked: Looked,
    directory: Directory,
    interbank: Interbank,
    card_desk: CardDesk,
}

impl Payments {
    /// A service over the rooms below.
    pub fn new(
        db: Db,
        ledger: Cloud,
        passport: Passport,
        accounts: Accounts,
        clock: Arc<dyn Clock>,
        ids: Arc<IdMaker>,
        policy: Policy,
    ) -> Self {
        let (in_progress, directory) = (InProgress::default(), Directory::default());
        let (interbank, card_desk, looked) = (Interbank::default(), CardDesk::default(), Looked::default());
        let inner = Inner {
            db,
            ledger,
            passport,
            accounts,
            clock,
            ids,
            policy,
            in_progress,
            looked,
            directory,
            interbank,
            card_desk,
        };
        Self { inner: Arc::new(inner) }
    }
}
