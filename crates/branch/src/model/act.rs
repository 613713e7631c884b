//! What is done at the counter, and by whom: the matrix of roles.

use staff::{Act, Role};

const TELLER: &[Role] = &[Role::Teller];
const DESK: &[Role] = &[Role::Teller, Role::Supervisor];
const CARE: &[Role] = &[Role::Teller, Role::Supervisor, Role::Security];
const CLEARING_DESK: &[Role] = &[Role::Clearing, Role::Supervisor];

/// Looking for a customer.
pub const FIND: Act = Act::new("branch.find", CARE);
/// Looking at a customer and their accounts, masked.
pub const VIEW: Act = Act::new("branch.view", CARE);
/// Seeing names and numbers whole, for some minutes.
pub const REVEAL: Act = Act::new("branch.reveal", CARE);
/// Seeing movements.
pub const MOVEMENTS: Act = Act::new("branch.movements", DESK);
/// Seeing a payment.
pub const ORDER: Act = Act::new("branch.order", DESK);
/// Checking who somebody is by their card.
pub const IDENTITY: Act = Act::new("branch.identity", TELLER);
/// Opening a Class I account.
pub const CLASS_ONE: Act = Act::new("branch.class_one", TELLER);
/// Taking cash in.
pub const CASH_IN: Act = Act::new("branch.cash_in", TELLER);
/// Paying cash out.
pub const CASH_OUT: Act = Act::new("branch.cash_out", TELLER);
/// The teller's own cash box, and cash from and to the vault.
pub const CASH_BOX: Act = Act::new("branch.cash_box", TELLER);
/// Freezing an account.
pub const FREEZE: Act = Act::new("branch.freeze", DESK);
/// Proposing that a freeze ends.
pub const UNFREEZE: Act = Act::new("branch.unfreeze", DESK);
/// Reporting the loss of an account for its owner.
pub const REPORT_LOSS: Act = Act::new("branch.report_loss", TELLER);
/// Lifting a report of loss for its owner.
pub const LIFT_LOSS: Act = Act::new("branch.lift_loss", TELLER);
/// Waking a dormant account for its owner.
pub const WAKE: Act = Act::new("branch.wake", TELLER);
/// Closing an account for its owner.
pub const CLOSE: Act = Act::new("branch.close", TELLER);
/// Taking a customer's password away, so that they set another.
pub const PASSWORD: Act = Act::new("branch.password", TELLER);
/// Giving a customer another mobile number.
pub const MOBILE: Act = Act::new("branch.mobile", TELLER);
/// Ending a customer's sessions.
pub const END_SESSIONS: Act = Act::new("branch.end_sessions", CARE);
/// Proposing that a customer, whose card was compared, may add a strong factor.
pub const PERMIT: Act = Act::new("branch.permit", TELLER);
/// Looking at the matrix of limits and its versions.
pub const LIMITS: Act = Act::new("branch.limits", &[Role::Supervisor, Role::Auditor, Role::Security]);
/// Proposing another matrix of limits.
pub const CHANGE_LIMITS: Act = Act::new("branch.change_limits", &[Role::Supervisor, Role::Security]);
/// Proposing that a payment is taken back.
pub const CORRECT: Act = Act::new("branch.correct", DESK);
/// The list of what waits for a second person.
pub const PROPOSALS: Act = Act::new(
    "branch.proposals",
    &[Role::Teller, Role::Supervisor, Role::Administrator, Role::Clearing, Role::Security],
);
/// Looking at what goes between banks: payments, cases, days.
pub const CLEARING: Act = Act::new("branch.clearing", &[Role::Clearing, Role::Supervisor, Role::Auditor]);
/// Seeing names, accounts and messages of a payment between banks whole.
pub const CLEARING_REVEAL: Act = Act::new("branch.clearing_reveal", CLEARING_DESK);
/// Asking the network about a payment now.
pub const ENQUIRE: Act = Act::new("branch.enquire", CLEARING_DESK);
/// Proposing that money that came in is given back to its bank.
pub const CLEARING_RETURN: Act = Act::new("branch.clearing_return", CLEARING_DESK);
/// Proposing that a payment that is stuck is booked as settled.
pub const CLEARING_SETTLE: Act = Act::new("branch.clearing_settle", CLEARING_DESK);
/// Proposing that the money of a payment that is stuck is given back.
pub const CLEARING_RELEASE: Act = Act::new("branch.clearing_release", CLEARING_DESK);
/// Closing a case.
pub const CASE_CLOSE: Act = Act::new("branch.case_close", CLEARING_DESK);
/// Comparing a day with its statement once more.
pub const RECONCILE: Act = Act::new("branch.reconcile", CLEARING_DESK);

/// Looking at the general ledger: trial balance, day-ends, slices, vouchers.
pub const BOOKS: Act = Act::new("branch.books", &[Role::Clearing, Role::Supervisor, Role::Auditor]);
/// Comparing the slices of a day once more.
pub const BOOKS_COMPARE: Act = Act::new("branch.books_compare", CLEARING_DESK);

/// Ending at once everything that could act for a customer.
pub const STOP: Act = Act::new("branch.stop", CARE);
/// Proposing that a lost factor of a customer, whose card was compared, is taken away.
pub const FACTOR: Act = Act::new("branch.factor", TELLER);
/// Giving a token to a customer, whose card was compared, with the permit of two.
pub const TOKEN: Act = Act::new("branch.token", TELLER);
/// Freezing a customer's debit card.
pub const CARD_FREEZE: Act = Act::new("branch.card_freeze", CARE);
/// Proposing that a debit card is thawed.
pub const CARD_UNFREEZE: Act = Act::new("branch.card_unfreeze", TELLER);
/// Reporting the loss of a debit card for its owner.
pub const CARD_LOST: Act = Act::new("branch.card_lost", TELLER);
/// Proposing that a debit card is replaced.
pub const CARD_REPLACE: Act = Act::new("branch.card_replace", TELLER);

/// All of them, for tables.
pub const ALL: [Act; 41] = [
    FIND,
    VIEW,
    REVEAL,
    MOVEMENTS,
    ORDER,
    IDENTITY,
    CLASS_ONE,
    CASH_IN,
    CASH_OUT,
    CASH_BOX,
    FREEZE,
    UNFREEZE,
    REPORT_LOSS,
    LIFT_LOSS,
    WAKE,
    CLOSE,
    PASSWORD,
    MOBILE,
    END_SESSIONS,
    PERMIT,
    LIMITS,
    CHANGE_LIMITS,
    CORRECT,
    PROPOSALS,
    CLEARING,
    CLEARING_REVEAL,
    ENQUIRE,
    CLEARING_RETURN,
    CLEARING_SETTLE,
    CLEARING_RELEASE,
    CASE_CLOSE,
    RECONCILE,
    BOOKS,
    BOOKS_COMPARE,
    STOP,
    FACTOR,
    TOKEN,
    CARD_FREEZE,
    CARD_UNFREEZE,
    CARD_LOST,
    CARD_REPLACE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use staff::Roles;

    #[test]
    fn who_may_do_what_is_this_table() {
        let allowed = |act: &Act| {
            let may = |role| if act.check(Roles::of(&[role])).is_ok() { 'x' } else { '-' };
            Role::ALL.into_iter().map(may).collect::<String>()
        };
        // Teller, supervisor, auditor, administrator, clearing clerk, security.
        let table = [
            (FIND, "xx---x"),
            (VIEW, "xx---x"),
            (REVEAL, "xx---x"),
            (MOVEMENTS, "xx----"),
            (ORDER, "xx----"),
            (IDENTITY, "x-----"),
            (CLASS_ONE, "x-----"),
            (CASH_IN, "x-----"),
            (CASH_OUT, "x-----"),
            (CASH_BOX, "x-----"),
            (FREEZE, "xx----"),
            (UNFREEZE, "xx----"),
            (REPORT_LOSS, "x-----"),
            (LIFT_LOSS, "x-----"),
            (WAKE, "x-----"),
            (CLOSE, "x-----"),
            (PASSWORD, "x-----"),
            (MOBILE, "x-----"),
            (END_SESSIONS, "xx---x"),
            (PERMIT, "x-----"),
            (LIMITS, "-xx--x"),
            (CHANGE_LIMITS, "-x---x"),
            (CORRECT, "xx----"),
            (PROPOSALS, "xx-xxx"),
            (CLEARING, "-xx-x-"),
            (CLEARING_REVEAL, "-x--x-"),
            (ENQUIRE, "-x--x-"),
            (CLEARING_RETURN, "-x--x-"),
            (CLEARING_SETTLE, "-x--x-"),
            (CLEARING_RELEASE, "-x--x-"),
            (CASE_CLOSE, "-x--x-"),
            (RECONCILE, "-x--x-"),
            (BOOKS, "-xx-x-"),
            (BOOKS_COMPARE, "-x--x-"),
            (STOP, "xx---x"),
            (FACTOR, "x-----"),
            (TOKEN, "x-----"),
            (CARD_FREEZE, "xx---x"),
            (CARD_UNFREEZE, "x-----"),
            (CARD_LOST, "x-----"),
            (CARD_REPLACE, "x-----"),
            (staff::acts::MEMBERS, "---x--"),
            (staff::acts::AUDIT, "--x---"),
            (staff::acts::SECURITY_CASES, "-----x"),
        ];
        for (act, roles) in &table {
            assert_eq!(allowed(act), *roles, "{}", act.code);
        }
        for act in ALL {
            assert!(table.iter().any(|(listed, _)| *listed == act), "{} is not in the table", act.code);
            assert!(act.check(Roles::NONE).is_err(), "{}", act.code);
        }
    }
}
