//! A payment that goes through the clearing network: where it stands, and what each thing that happens to it means.
//!
//! The network's word is final and comes once; whatever else it says afterwards moves nothing and becomes a case for staff.
//! What left this bank and was not answered is asked about, never sent again.

use kit::BankDay;

/// Which way a payment between banks goes, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterbankWay {
    /// 汇出: a customer pays somebody at another bank.
    Out,
    /// 充值: a customer collects from their own account at another bank.
    TopUp,
    /// 汇入: somebody at another bank pays a customer.
    In,
    /// 退汇: the bank gives back what came in.
    Return,
    /// 被退汇: another bank gives back what went out.
    Returned,
}

impl InterbankWay {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Out, Self::TopUp, Self::In, Self::Return, Self::Returned];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::TopUp => "top_up",
            Self::In => "in",
            Self::Return => "return",
            Self::Returned => "returned",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }

    /// Whether this bank began it, and so has to find out how it ends.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Out | Self::TopUp | Self::Return)
    }
}

/// Where a payment between banks stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterbankState {
    /// Written down; the money is set aside, or about to be.
    Written,
    /// Set aside; waits to be sent with others, or for a network that was down.
    Waiting,
    /// Its message is on its way to the network.
    Sending,
    /// The network has it; its final word is awaited.
    Sent,
    /// It is not known what the network did; it is being asked.
    Checking,
    /// Final: settled between the banks.
    Settled,
    /// Final: refused, and the money given back.
    Refused,
    /// Settled once, and then given back.
    Returned,
    /// The money was never set aside, and nothing was sent.
    Abandoned,
}

impl InterbankState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Written,
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::Checking,
        Self::Settled,
        Self::Refused,
        Self::Returned,
        Self::Abandoned,
    ];

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Checking => "checking",
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::Returned => "returned",
            Self::Abandoned => "abandoned",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether nothing more is expected.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Refused | Self::Returned | Self::Abandoned)
    }
}

/// Why a payment was refused or returned: a code of ISO 20022's external code sets, up to four letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReasonCode([u8; 4]);

impl ReasonCode {
    /// AC01: no such account.
    pub const WRONG_ACCOUNT: Self = Self(*b"AC01");
    /// AC04: the account is closed.
    pub const CLOSED: Self = Self(*b"AC04");
    /// AC06: the account is blocked.
    pub const BLOCKED: Self = Self(*b"AC06");
    /// AG01: not allowed on this kind of account.
    pub const NOT_ALLOWED: Self = Self(*b"AG01");
    /// AM02: above what is allowed.
    pub const ABOVE_ALLOWED: Self = Self(*b"AM02");
    /// AM03: a currency that the account does not have.
    pub const WRONG_CURRENCY: Self = Self(*b"AM03");
    /// AM05: a second time.
    pub const DUPLICATE: Self = Self(*b"AM05");
    /// BE01: the name does not fit the account.
    pub const WRONG_NAME: Self = Self(*b"BE01");
    /// MS03: the reason is not said.
    pub const NOT_SAID: Self = Self(*b"MS03");
    /// NOOR: the network never received it, and never will.
    pub const NEVER_RECEIVED: Self = Self(*b"NOOR");

    /// A code as it came; what is none becomes MS03.
    pub fn read(text: &str) -> Self {
        let mut code = [0; 4];
        let fits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return Self::NOT_SAID;
        }
        code[..text.len()].copy_from_slice(text.as_bytes());
        Self(code)
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(4);
        // Only ASCII letters and digits come in.
        std::str::from_utf8(&self.0[..end]).unwrap_or("MS03")
    }

    pub(crate) fn number(self) -> i64 {
        i64::from(u32::from_be_bytes(self.0))
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        let code = Self(u32::try_from(number).ok()?.to_be_bytes());
        let end = code.0.iter().position(|byte| *byte == 0).unwrap_or(4);
        let sane =
            end > 0 && code.0[..end].iter().all(u8::is_ascii_alphanumeric) && code.0[end..].iter().all(|b| *b == 0);
        sane.then_some(code)
    }

    /// The stable code under which a customer is told.
    pub fn refusal(&self) -> &'static str {
        match &self.0 {
            b"AC01" => "payments.elsewhere_no_account",
            b"AC04" => "payments.elsewhere_closed",
            b"AC06" => "payments.elsewhere_blocked",
            b"AG01" => "payments.elsewhere_not_allowed",
            b"AM02" => "payments.elsewhere_above_allowed",
            b"AM04" => "payments.elsewhere_no_funds",
            b"AM23" => "payments.elsewhere_bank_limit",
            b"BE01" => "payments.elsewhere_wrong_name",
            b"MD01" => "payments.elsewhere_no_mandate",
            b"NOOR" => "payments.elsewhere_not_received",
            b"TM01" => "payments.elsewhere_too_late",
            _ => "payments.elsewhere_refused",
        }
    }
}

impl std::fmt::Debug for ReasonCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.text())
    }
}

/// What the network says about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has it, and it is not decided; or it says "settled" without the day, which is no word to book on.
    Open,
    /// Settled on this day.
    Settled(BankDay),
    /// Refused.
    Rejected(ReasonCode),
}

/// What happens to a payment whose money is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Its message is about to be handed over.
    Sending,
    /// The network took the message.
    Taken,
    /// The network surely did not take it: no connection, or it said that it is down.
    NotTaken,
    /// The message broke off, or this program did, while it was handed over.
    Unknown,
    /// The network refused the message as such.
    MessageRefused,
    /// Its next look is due.
    Due,
    /// The network's answer.
    Said(Answer),
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Nothing.
    None,
    /// Post the hold.
    Post(BankDay),
    /// Void the hold.
    Void(ReasonCode),
    /// Ask the network.
    Enquire,
}

/// Something that a member of staff has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaseKind {
    /// The network says settled about what it had refused and what was given back.
    LateAccepted,
    /// The network says refused about what it had settled.
    LateRefused,
    /// The network gave a second, different word of the same sort: another day, another reason.
    SecondAnswer,
    /// The network speaks of a payment that was never handed to it.
    NotSent,
    /// The network speaks of a payment that is not known here.
    UnknownPayment,
    /// The network repeats another amount than was sent.
    AmountDiffers,
    /// The network refused a message of ours.
    MessageRefused,
    /// A message of the network cannot be read.
    Unreadable,
    /// What the bank wanted to give back was refused; it lies in suspense, or with the customer.
    ReturnRefused,
    /// Money came back that fits no payment, or cannot be credited; it lies in suspense.
    ReturnUnmatched,
    /// Money came for nobody; it lies in suspense and is given back.
    InSuspense,
    /// A line of the day's statement that our books do not have.
    OnlyThere,
    /// A posting of ours that the day's statement does not have.
    OnlyHere,
    /// Statement and books have a payment with different amounts.
    StatementAmount,
    /// Balances of statement and books differ by more than is explained.
    BalanceDiffers,
    /// A statement that cannot be compared.
    StatementUnusable,
    /// Two people ended a payment, or gave money back, by hand.
    ByHand,
    /// A voucher of the general ledger, or a slice's sum, is not what the journal says.
    VoucherDiffers,
    /// A network's own list has what the journal has not.
    ChannelOnlyThere,
    /// The journal has what a network's own list has not.
    ChannelOnlyHere,
    /// Journal and a network's own list have a transfer with different amounts.
    ChannelAmount,
}

impl CaseKind {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::LateAccepted,
        Self::LateRefused,
        Self::SecondAnswer,
        Self::NotSent,
        Self::UnknownPayment,
        Self::AmountDiffers,
        Self::MessageRefused,
        Self::Unreadable,
        Self::ReturnRefused,
        Self::ReturnUnmatched,
        Self::InSuspense,
        Self::OnlyThere,
        Self::OnlyHere,
        Self::StatementAmount,
        Self::BalanceDiffers,
        Self::StatementUnusable,
        Self::ByHand,
        Self::VoucherDiffers,
        Self::ChannelOnlyThere,
        Self::ChannelOnlyHere,
        Self::ChannelAmount,
    ];

    /// Whether it is about the general ledger's slices, and not about the clearing house.
    pub fn is_of_books(self) -> bool {
        matches!(self, Self::VoucherDiffers | Self::ChannelOnlyThere | Self::ChannelOnlyHere | Self::ChannelAmount)
    }

    /// The stored word.
    pub fn code(self) -> &'static str {
        match self {
            Self::LateAccepted => "late_accepted",
            Self::LateRefused => "late_refused",
            Self::SecondAnswer => "second_answer",
            Self::NotSent => "not_sent",
            Self::UnknownPayment => "unknown_payment",
            Self::AmountDiffers => "amount_differs",
            Self::MessageRefused => "message_refused",
            Self::Unreadable => "unreadable",
            Self::ReturnRefused => "return_refused",
            Self::ReturnUnmatched => "return_unmatched",
            Self::InSuspense => "in_suspense",
            Self::OnlyThere => "only_there",
            Self::OnlyHere => "only_here",
            Self::StatementAmount => "statement_amount",
            Self::BalanceDiffers => "balance_differs",
            Self::StatementUnusable => "statement_unusable",
            Self::ByHand => "by_hand",
            Self::VoucherDiffers => "voucher_differs",
            Self::ChannelOnlyThere => "channel_only_there",
            Self::ChannelOnlyHere => "channel_only_here",
            Self::ChannelAmount => "channel_amount",
        }
    }

    /// From the stored word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Why two people may not end a payment by hand: its result is there, or its end is not overdue at the network.
pub(crate) fn not_to_end_by_hand(state: InterbankState, is_late: bool) -> Option<&'static str> {
    match state {
        _ if state.is_final() => Some("payments.interbank_over"),
        InterbankState::Sent | InterbankState::Checking if is_late => None,
        _ => Some("payments.not_stuck"),
    }
}

/// What an event leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) state: InterbankState,
    pub(crate) act: Act,
    pub(crate) case: Option<CaseKind>,
}

/// How a payment ended, as far as it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ending {
    pub(crate) day: Option<BankDay>,
    pub(crate) reason: Option<ReasonCode>,
}

/// What an event means for a payment in a state.
pub(crate) fn step(way: InterbankWay, state: InterbankState, ending: Ending, event: Event) -> Step {
    use InterbankState::{Abandoned, Checking, Refused, Returned, Sending, Sent, Settled, Waiting, Written};
    let to = |state, act| Step { state, act, case: None };
    let stay = || to(state, Act::None);
    let case = |kind| Step { state, act: Act::None, case: Some(kind) };
    match (state, event) {
        (Written | Waiting, Event::Sending) => to(Sending, Act::None),
        (Sending, Event::Taken) => to(Sent, Act::None),
        (Sending, Event::NotTaken) => to(Waiting, Act::None),
        (Sending, Event::Unknown) => to(Checking, Act::None),
        // Whatever it says about the message, only its word about the payment gives the money back.
        (Sending, Event::MessageRefused) => {
            Step { state: Checking, act: Act::None, case: Some(CaseKind::MessageRefused) }
        }
        (Sent | Checking, Event::Due) => to(Checking, Act::Enquire),
        (Sending | Sent | Checking, Event::Said(Answer::Settled(day))) => to(Settled, Act::Post(day)),
        (Sending | Sent | Checking, Event::Said(Answer::Rejected(code))) => {
            let case = (way == InterbankWay::Return).then_some(CaseKind::ReturnRefused);
            Step { state: Refused, act: Act::Void(code), case }
        }
        (Checking, Event::Said(Answer::Open)) => to(Sent, Act::None),
        (Written | Waiting | Abandoned, Event::Said(_)) => case(CaseKind::NotSent),
        (Settled | Returned, Event::Said(Answer::Settled(day))) if ending.day != Some(day) => {
            case(CaseKind::SecondAnswer)
        }
        (Settled | Returned, Event::Said(Answer::Rejected(_))) => case(CaseKind::LateRefused),
        (Refused, Event::Said(Answer::Settled(_))) => case(CaseKind::LateAccepted),
        // What this bank itself refused, the network refuses under whatever code.
        (Refused, Event::Said(Answer::Rejected(code))) if way.is_ours() && ending.reason != Some(code) => {
            case(CaseKind::SecondAnswer)
        }
        // The same word again, an open word after the final one, or the end of something that was overtaken.
        _ => stay(),
    }
}

/// The first wait before the network is asked, doubled each time.
const FIRST_DELAY_MS: i64 = 2_000;
/// The longest wait.
const LONGEST_DELAY_MS: i64 = 60_000;

/// How long to wait after so many tries before the next, in milliseconds: 2, 4, 8 … and at most 60 seconds.
pub(crate) fn delay_ms(tries: i64) -> i64 {
    let doubled = u32::try_from(tries.clamp(0, 16)).map_or(LONGEST_DELAY_MS, |tries| FIRST_DELAY_MS << tries);
    doubled.min(LONGEST_DELAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: BankDay = BankDay(20_778);
    const CODE: ReasonCode = ReasonCode::CLOSED;

    fn after(state: InterbankState, event: Event) -> (InterbankState, Act, Option<CaseKind>) {
        let ending = match state {
            InterbankState::Settled | InterbankState::Returned => Ending { day: Some(DAY), reason: None },
            InterbankState::Refused => Ending { day: None, reason: Some(CODE) },
            _ => Ending::default(),
        };
        let step = step(InterbankWay::Out, state, ending, event);
        (step.state, step.act, step.case)
    }

    #[test]
    fn every_event_in_every_state_leads_somewhere_and_moves_money_at_most_once() {
        use Answer::{Open, Rejected, Settled as Yes};
        use Event::{Due, MessageRefused, NotTaken, Said, Sending as Go, Taken, Unknown};
        use InterbankState::{Abandoned, Checking, Refused, Returned, Sending, Sent, Settled, Waiting, Written};
        let other_day = BankDay(DAY.0 + 1);
        let none = Act::None;
        for (state, event, next, act, case) in [
            (Written, Go, Sending, none, None),
            (Waiting, Go, Sending, none, None),
            (Sending, Taken, Sent, none, None),
            (Sending, NotTaken, Waiting, none, None),
            (Sending, Unknown, Checking, none, None),
            (Sending, MessageRefused, Checking, none, Some(CaseKind::MessageRefused)),
            (Sent, Due, Checking, Act::Enquire, None),
            (Checking, Due, Checking, Act::Enquire, None),
            (Sending, Said(Yes(DAY)), Settled, Act::Post(DAY), None),
            (Sent, Said(Yes(DAY)), Settled, Act::Post(DAY), None),
            (Checking, Said(Yes(DAY)), Settled, Act::Post(DAY), None),
            (Sent, Said(Rejected(CODE)), Refused, Act::Void(CODE), None),
            (
                Checking,
                Said(Rejected(ReasonCode::NEVER_RECEIVED)),
                Refused,
                Act::Void(ReasonCode::NEVER_RECEIVED),
                None,
            ),
            (Sent, Said(Open), Sent, none, None),
            (Checking, Said(Open), Sent, none, None),
            // Overtaken: the answer came before the sender knew that its message was taken.
            (Settled, Taken, Settled, none, None),
            (Settled, Unknown, Settled, none, None),
            (Refused, NotTaken, Refused, none, None),
            (Settled, Due, Settled, none, None),
            // Again and different.
            (Settled, Said(Yes(DAY)), Settled, none, None),
            (Settled, Said(Open), Settled, none, None),
            (Settled, Said(Yes(other_day)), Settled, none, Some(CaseKind::SecondAnswer)),
            (Settled, Said(Rejected(CODE)), Settled, none, Some(CaseKind::LateRefused)),
            (Returned, Said(Yes(DAY)), Returned, none, None),
            (Returned, Said(Rejected(CODE)), Returned, none, Some(CaseKind::LateRefused)),
            (Refused, Said(Rejected(CODE)), Refused, none, None),
            (Refused, Said(Rejected(ReasonCode::BLOCKED)), Refused, none, Some(CaseKind::SecondAnswer)),
            (Refused, Said(Yes(DAY)), Refused, none, Some(CaseKind::LateAccepted)),
            (Written, Said(Yes(DAY)), Written, none, Some(CaseKind::NotSent)),
            (Waiting, Said(Rejected(CODE)), Waiting, none, Some(CaseKind::NotSent)),
            (Abandoned, Said(Yes(DAY)), Abandoned, none, Some(CaseKind::NotSent)),
        ] {
            assert_eq!(after(state, event), (next, act, case), "{state:?} {event:?}");
        }
        // Whatever happens to what is final, it stays and no money moves.
        for state in [Settled, Refused, Returned, Abandoned] {
            for event in
                [Go, Taken, NotTaken, Unknown, MessageRefused, Due, Said(Open), Said(Yes(DAY)), Said(Rejected(CODE))]
            {
                let (next, act, _) = after(state, event);
                assert_eq!((next, act), (state, none), "{state:?} {event:?}");
            }
        }
        let refused = step(InterbankWay::Return, Sent, Ending::default(), Said(Rejected(CODE)));
        assert_eq!((refused.state, refused.case), (Refused, Some(CaseKind::ReturnRefused)));
    }

    #[test]
    fn only_what_the_network_has_and_does_not_end_in_time_is_ended_by_hand() {
        for state in InterbankState::ALL {
            let (late, timely) = (not_to_end_by_hand(state, true), not_to_end_by_hand(state, false));
            let waits_for_network = matches!(state, InterbankState::Sent | InterbankState::Checking);
            assert_eq!(late.is_none(), waits_for_network, "{state:?}");
            assert!(timely.is_some(), "{state:?}");
            assert_eq!(late == Some("payments.interbank_over"), state.is_final(), "{state:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for state in InterbankState::ALL {
            assert_eq!(InterbankState::from_code(state.code()), Some(state));
        }
        for way in InterbankWay::ALL {
            assert_eq!(InterbankWay::from_code(way.code()), Some(way));
        }
        for kind in CaseKind::ALL {
            assert_eq!(CaseKind::from_code(kind.code()), Some(kind));
        }
    }

    #[test]
    fn codes_read_back_and_what_is_none_is_not_said() {
        for (text, read) in
            [("AC04", "AC04"), ("NOOR", "NOOR"), ("A1", "A1"), ("", "MS03"), ("AC044", "MS03"), ("é", "MS03")]
        {
            let code = ReasonCode::read(text);
            assert_eq!(code.text(), read);
            assert_eq!(ReasonCode::from_number(code.number()), Some(code));
        }
        for number in [-1, 0, i64::MAX, i64::from(u32::from_be_bytes(*b"A\0B\0"))] {
            assert_eq!(ReasonCode::from_number(number), None);
        }
        assert_eq!(ReasonCode::read("AC01").refusal(), "payments.elsewhere_no_account");
        assert_eq!(ReasonCode::read("ZZ99").refusal(), "payments.elsewhere_refused");
    }

    #[test]
    fn delays_double_up_to_a_minute() {
        let delays: Vec<i64> = (0..8).map(delay_ms).collect();
        assert_eq!(delays, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(delay_ms(i64::MAX), 60_000);
        assert_eq!(delay_ms(-1), 2_000);
    }
}
