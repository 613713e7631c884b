//! Money for somebody who is no customer yet: it waits, reaches them when they come, or goes back; never both, never twice.

use accounts::{ClassOpening, Product, Purpose};
use db::Db;
use kit::Clock;
use notify::StoredNotice;
use passport::{Acting, Mobile, Name, NewPerson, Person, SessionKind};
use payments::{
    Confirmed, DueReport, HoldReason, INVITATION_MS, INVITATIONS_A_DAY, OrderNumber, OrderState, TransferForm,
    TransferOptions, When,
};
use testkit::{Bank, Member, refusal};

const NEW: &str = "13711112222";

fn form(lin: &Member, payee: &str, amount: &str) -> TransferForm {
    let (payee, memo) = (payee.to_owned(), "午饭".to_owned());
    TransferForm { payer: lin.account.id, payee, amount: amount.to_owned(), memo }
}

const INVITE: TransferOptions = TransferOptions { when: When::Now, invite: true };

/// Lin sets money aside for a number that nobody has here.
pub(crate) async fn invite(bank: &Bank, lin: &Member, amount: &str) -> OrderNumber {
    let draft = bank.payments.prepare_as(&lin.web, form(lin, NEW, amount), INVITE).await.unwrap();
    assert!(draft.is_invitation && draft.payee.name == "137 **** 2222", "{draft:?}");
    let confirmed = bank.confirm(lin, draft.id).await.unwrap();
    let Confirmed::Held(receipt) = &confirmed else { panic!("not held: {confirmed:?}") };
    let held = receipt.held.unwrap();
    assert_eq!((held.why, held.can_recall), (HoldReason::Invitation, true));
    assert_eq!(held.until, bank.clock.now().plus_ms(INVITATION_MS));
    assert_eq!(receipt.counterparty.name, "137 **** 2222");
    let again = bank.payments.confirm_with(&lin.web, draft.id, None).await.unwrap();
    assert_eq!(again, confirmed, "a double click waits once");
    receipt.order
}

/// Somebody with that number and a proven name, without an account.
pub(crate) async fn newcomer(bank: &Bank) -> (Person, Acting) {
    let (mobile, name) = (Mobile::parse(NEW).unwrap(), Name::parse("赵敏").unwrap());
    let password = "violet tractor seven".to_owned();
    let new = NewPerson { mobile, name, language: "zh".to_owned(), password: password.clone() };
    let person = bank.passport.register(new).await.unwrap();
    let signed_in = bank.passport.sign_in(NEW, &password, SessionKind::Web).await.unwrap();
    (person, signed_in.session.acting())
}

pub(crate) async fn open(bank: &Bank, who: &Acting, product: Product) -> accounts::AccountRef {
    let key = format!("first {}", product.code());
    let opening = ClassOpening { key, product, nickname: String::new(), purpose: Purpose::Daily };
    bank.accounts.open_class(who, opening).await.unwrap()
}

async fn run(bank: &Bank) -> DueReport {
    let report = bank.payments.run_due(bank.clock.now()).await.unwrap();
    bank.projections.caught_up().await;
    assert!(bank.projections.healthy());
    report
}

async fn balance(bank: &Bank, account: accounts::AccountRef) -> i64 {
    bank.ledger.account(account.id).await.unwrap().unwrap().balance()
}

async fn told(bank: &Bank, person: i64) -> Vec<StoredNotice> {
    let mut notices = bank.notify.notices(person, None, 50).await.unwrap();
    notices.retain(|notice| ["transfer_", "payment_", "invitation_"].iter().any(|word| notice.kind.starts_with(word)));
    notices
}

fn kinds(notices: &[StoredNotice]) -> Vec<&str> {
    notices.iter().map(|notice| notice.kind.as_str()).collect()
}

db::engine_tests! {
    async fn invited_money_waits_and_reaches_who_comes_once(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let not_yet = refusal(bank.payments.prepare(&lin.web, form(&lin, NEW, "88.80")).await);
        assert_eq!(not_yet.code, "payments.payee_not_found", "nobody is invited without being asked");
        let order = invite(&bank, &lin, "88.80").await;
        let view = bank.accounts.view(&lin.web, lin.account.id).await.unwrap();
        assert_eq!((view.balance.minor, view.available.minor), (1_000_000, 991_120));
        run(&bank).await;
        bank.clock.advance_ms(10_000);
        run(&bank).await;
        let texts = bank.phone.texts("+8613711112222");
        assert_eq!(texts.len(), 1, "the text is sent once");
        assert!(texts[0].text.contains("林*满") && texts[0].text.contains("88.80"));
        assert_eq!(bank.payments.waiting(&lin.web).await.unwrap()[0].counterparty.name, "137 **** 2222");

        // A visitor sees what waits; an account is what is missing.
        let (person, who) = newcomer(&bank).await;
        let waiting = bank.payments.waiting_for(&who).await.unwrap();
        assert_eq!((waiting[0].payer.as_str(), waiting[0].amount.minor), ("林*满", 8_880));
        assert_eq!(bank.payments.claim_invitations(&who).await.unwrap(), 0);
        let account = open(&bank, &who, Product::ClassTwo).await;
        let bank = bank.restart().await;
        bank.clock.advance_ms(5_000);
        assert_eq!(run(&bank).await.claimed, 1, "the bank's clock finds them within seconds");
        assert_eq!(run(&bank).await.claimed, 0);
        assert_eq!((bank.balance(&lin).await, balance(&bank, account).await), (991_120, 8_880));
        assert_eq!(balance(&bank, bank.own.suspense).await, 0);
        assert_eq!(bank.ledger.open_holds().await.unwrap(), 0);
        assert!(bank.payments.waiting_for(&who).await.unwrap().is_empty());

        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.counterparty.name.as_str()), (OrderState::Paid, "赵*"));
        let received = bank.payments.receipt(&who, order).await.unwrap();
        assert_eq!((received.counterparty.name.as_str(), received.memo.as_str()), ("林*满", "午饭"));
        let line = bank.payments.statement(&lin.web, lin.account.id, None, 1).await.unwrap().items.remove(0);
        assert_eq!((line.counterparty.name.as_str(), line.memo.as_str(), line.order), ("赵*", "午饭", Some(order)));
        let line = bank.payments.statement(&who, account.id, None, 1).await.unwrap().items.remove(0);
        assert_eq!((line.counterparty.name.as_str(), line.memo.as_str(), line.order), ("林*满", "午饭", Some(order)));
        run(&bank).await;
        assert_eq!(kinds(&told(&bank, lin.person.id.0).await), ["invitation_claimed"]);
        assert_eq!(kinds(&told(&bank, person.id.0).await), ["payment_received"]);
        let usage = bank.accounts.usage(&who, account.id).await.unwrap().unwrap();
        assert_eq!(usage.received_day.used_minor, 8_880, "the receiver's own limits count");

        // It is a payment like any other from then on, also after the tables were built again.
        let before = bank.payments.receipt(&lin.web, order).await.unwrap();
        for name in ["payments.order", "accounts.movement"] {
            bank.projections.reset(name).await.unwrap();
        }
        bank.projections.caught_up().await;
        assert_eq!(bank.payments.receipt(&lin.web, order).await.unwrap(), before);
        bank.payments.correct("teller 7", order, "mistake").await.unwrap();
        assert_eq!((bank.balance(&lin).await, balance(&bank, account).await), (1_000_000, 0));
        let day = bank.accounts.last_book_day().await.unwrap().unwrap();
        assert!(bank.accounts.trial_balance(day).await.unwrap().balanced);
        bank.stop().await;
    }

    async fn what_nobody_comes_for_goes_back_after_three_days(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let order = invite(&bank, &lin, "88.80").await;
        bank.clock.advance_ms(INVITATION_MS - 1);
        bank.tick().await;
        run(&bank).await;
        assert_eq!(bank.payments.receipt(&lin.web, order).await.unwrap().state, OrderState::Held);
        bank.clock.advance_ms(1);
        // Who comes too late finds nothing, whichever of the two is first.
        let (person, who) = newcomer(&bank).await;
        let account = open(&bank, &who, Product::ClassTwo).await;
        assert_eq!(run(&bank).await.claimed, 0);
        bank.tick().await;
        bank.projections.caught_up().await;
        bank.clock.advance_ms(5_000);
        run(&bank).await;
        run(&bank).await;
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.counterparty.name.as_str()), (OrderState::Returned, "137 **** 2222"));
        assert_eq!((bank.balance(&lin).await, balance(&bank, account).await), (1_000_000, 0));
        let notices = told(&bank, lin.person.id.0).await;
        assert_eq!(kinds(&notices), ["transfer_returned"]);
        assert_eq!(notices[0].fields["why"], "expired".into());
        assert!(told(&bank, person.id.0).await.is_empty());
        assert_eq!(refusal(bank.payments.recall(&lin.web, order).await).code, "payments.recall_too_late");
        bank.stop().await;
    }

    async fn the_payer_takes_an_invitation_back(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let order = invite(&bank, &lin, "88.80").await;
        let receipt = bank.payments.recall(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.counterparty.name.as_str()), (OrderState::Recalled, "137 **** 2222"));
        assert_eq!(bank.accounts.sms_usage(&lin.web).await.unwrap().day.used_minor, 0, "what came back does not count");
        let (_, who) = newcomer(&bank).await;
        let account = open(&bank, &who, Product::ClassTwo).await;
        assert_eq!(run(&bank).await.claimed, 0);
        assert_eq!(balance(&bank, account).await, 0);
        assert!(told(&bank, lin.person.id.0).await.is_empty());
        bank.stop().await;
    }

    async fn what_the_receivers_limits_refuse_keeps_waiting_and_they_are_told_why(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        invite(&bank, &lin, "2000.01").await;
        let (person, who) = newcomer(&bank).await;
        let small = open(&bank, &who, Product::ClassThree).await;
        assert_eq!(bank.payments.claim_invitations(&who).await.unwrap(), 0);
        assert_eq!(run(&bank).await.claimed, 0);
        let notices = told(&bank, person.id.0).await;
        assert_eq!((kinds(&notices), &notices[0].fields["reason"]), (vec!["invitation_waits"], &"payee_limit_exceeded".into()));
        assert_eq!(balance(&bank, small).await, 0);
        assert_eq!(bank.payments.waiting_for(&who).await.unwrap().len(), 1);
        let large = open(&bank, &who, Product::ClassTwo).await;
        assert_eq!(bank.payments.claim_invitations(&who).await.unwrap(), 1, "right after opening");
        assert_eq!((balance(&bank, small).await, balance(&bank, large).await), (0, 200_001));
        assert_eq!(bank.payments.claim_invitations(&who).await.unwrap(), 0);
        bank.stop().await;
    }

    async fn claims_recalls_and_the_clock_at_once_end_it_once(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let (_, who) = newcomer(&bank).await;
        let mut orders = Vec::new();
        for _ in 0..5 {
            orders.push(invite(&bank, &lin, "10").await);
        }
        let account = open(&bank, &who, Product::ClassTwo).await;
        let mut at_once = tokio::task::JoinSet::new();
        for turn in 0..20 {
            let (payments, web, order, now) = (bank.payments.clone(), lin.web, orders[turn % 5], bank.clock.now());
            at_once.spawn(async move {
                match turn % 4 {
                    0 => payments.recall(&web, order).await.map(|_| ()),
                    1 => payments.claim_invitations(&who).await.map(|_| ()),
                    _ => payments.run_due(now).await.map(|_| ()).map_err(kit::Error::from),
                }
            });
        }
        for ended in at_once.join_all().await {
            if let Err(error) = ended {
                assert_eq!(error.to_string(), "payments.recall_too_late");
            }
        }
        bank.clock.advance_ms(INVITATION_MS);
        bank.tick().await;
        run(&bank).await;
        run(&bank).await;
        let mut given = 0;
        for order in orders {
            let state = bank.payments.receipt(&lin.web, order).await.unwrap().state;
            assert!([OrderState::Paid, OrderState::Recalled].contains(&state), "{state:?}");
            given += i64::from(state == OrderState::Paid) * 1_000;
        }
        assert_eq!((bank.balance(&lin).await, balance(&bank, account).await), (1_000_000 - given, given));
        assert_eq!(balance(&bank, bank.own.suspense).await, 0);
        assert_eq!(bank.ledger.open_holds().await.unwrap(), 0);
        let open = "SELECT COUNT(*) AS n FROM payment_invitation WHERE state = 'waiting'";
        assert_eq!(bank.db.query_one(open, vec![]).await.unwrap().i64("n").unwrap(), 0);
        bank.stop().await;
    }

    async fn a_claim_that_broke_off_is_finished_without_giving_twice(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let order = invite(&bank, &lin, "10").await;
        let (_, who) = newcomer(&bank).await;
        let account = open(&bank, &who, Product::ClassTwo).await;
        assert_eq!(bank.payments.claim_invitations(&who).await.unwrap(), 1);
        // As if the tables had not been written before the crash, neither by the claim nor by the journal's reader.
        bank.db.execute("UPDATE payment_invitation SET state = 'waiting', next_try_ms = 0", vec![]).await.unwrap();
        bank.db.execute("UPDATE payment_hold SET state = 'held', ended_ms = NULL", vec![]).await.unwrap();
        bank.clock.advance_ms(60_000);
        let bank = bank.restart().await;
        assert_eq!(run(&bank).await.claimed, 1);
        assert_eq!(run(&bank).await.claimed, 0);
        assert_eq!((bank.balance(&lin).await, balance(&bank, account).await), (999_000, 1_000));
        assert_eq!(bank.payments.receipt(&who, order).await.unwrap().state, OrderState::Paid);

        // And one that broke off before the ledger was asked waits for nobody for ever.
        let draft = bank.payments.prepare_as(&lin.web, form(&lin, "13711113333", "10"), INVITE).await.unwrap();
        let insert = "INSERT INTO payment_invitation SELECT order_id + 1, command, person, '+8613711113333', amount_minor, \
            currency, expires_ms, 'waiting', NULL, 1, 0 FROM payment_invitation";
        bank.db.execute(insert, vec![]).await.unwrap();
        bank.clock.advance_ms(INVITATION_MS);
        run(&bank).await;
        assert!(bank.phone.texts("+8613711113333").is_empty());
        assert!(bank.payments.draft(&lin.web, draft.id).await.unwrap().is_invitation);
        bank.stop().await;
    }

    async fn invitations_are_for_numbers_at_once_and_not_too_many(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let number = wang.account.number().unwrap().plain();
        let draft = bank.payments.prepare_as(&lin.web, form(&lin, &number, "1"), INVITE).await.unwrap();
        assert!(!draft.is_invitation, "who is a customer is paid at once");
        let wrong = bank.own.cash.number().unwrap().plain();
        let refused = refusal(bank.payments.prepare_as(&lin.web, form(&lin, &wrong, "1"), INVITE).await);
        assert_eq!(refused.code, "payments.invitation_not_possible");
        let later = TransferOptions { when: When::Delayed, invite: true };
        let refused = refusal(bank.payments.prepare_as(&lin.web, form(&lin, NEW, "1"), later).await);
        assert_eq!(refused.code, "payments.invitation_not_possible");
        let (payee, is_new) = bank.payments.payee_or_invitee(&lin.web, None, NEW).await.unwrap();
        assert_eq!((payee.name.as_str(), is_new), ("137 **** 2222", true));
        for round in 0..INVITATIONS_A_DAY {
            bank.clock.advance_ms(10 * 60_000);
            let draft = bank.payments.prepare_as(&lin.web, form(&lin, &format!("137{round:08}"), "1"), INVITE).await.unwrap();
            bank.confirm(&lin, draft.id).await.unwrap();
        }
        let refused = refusal(bank.payments.prepare_as(&lin.web, form(&lin, NEW, "1"), INVITE).await);
        assert_eq!((refused.code, refused.status), ("payments.invitations_too_many", 429));
        bank.clock.advance_ms(24 * 3_600_000);
        assert!(bank.payments.prepare_as(&lin.web, form(&lin, NEW, "1"), INVITE).await.is_ok());
        bank.stop().await;
    }
}
