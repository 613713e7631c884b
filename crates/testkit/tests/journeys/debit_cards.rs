//! Debit cards: their life, their authorisations, and those who try to get round them.

use accounts::{CVV_TRIES, CardAct, DebitCardState, NewCard};
use db::{Db, params};
use money::AmountWire;
use payments::{Advice, AuthorisationRequest, AuthorisationState, OrderState, PaymentKind};
use testkit::debit::{at_terminal, online};
use testkit::{Bank, Member, refusal};

fn cny(value: &str) -> AmountWire {
    AmountWire { value: value.to_owned(), currency: "CNY".to_owned() }
}

async fn reason(bank: &Bank, request: &AuthorisationRequest) -> Option<String> {
    bank.payments.authorise_card(request).await.unwrap().reason
}

async fn advised(
    bank: &Bank,
    kind: Advice,
    reference: &str,
    of: &str,
    amount: Option<&str>,
) -> Result<(), &'static str> {
    let amount = amount.map(cny);
    match bank.payments.advise_card(kind, reference, of, amount.as_ref()).await {
        Ok(_) => Ok(()),
        Err(kit::Error::Refusal(refusal)) => Err(refusal.code),
        Err(error) => panic!("{error}"),
    }
}

async fn available(bank: &Bank, member: &Member) -> i64 {
    bank.ledger.account(member.account.id).await.unwrap().unwrap().available()
}

async fn kinds(bank: &Bank, member: &Member) -> Vec<String> {
    let notices = bank.notify.notices(member.person.id.0, None, 50).await.unwrap();
    notices.into_iter().map(|notice| notice.kind).filter(|kind| kind.starts_with("card_")).collect()
}

db::engine_tests! {
    async fn a_payment_is_set_aside_collected_in_part_and_given_back(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let answer = bank.payments.authorise_card(&at_terminal(&face, "p1", "100.00")).await.unwrap();
        assert!(answer.is_approved() && answer.approval.as_ref().is_some_and(|code| code.len() == 6), "{answer:?}");
        assert_eq!((available(&bank, &lin).await, bank.balance(&lin).await), (990_000, 1_000_000));
        let purchase = bank.payments.card_purchases(&lin.web, card.id).await.unwrap().remove(0);
        let order = purchase.order.unwrap();
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.counterparty.name.as_str()), (OrderState::Held, "西湖茶馆"));
        assert!(receipt.held.is_some_and(|held| !held.can_recall), "a shop's money is not the payer's to recall");
        assert_eq!(refusal(bank.payments.recall(&lin.web, order).await).code, "payments.recall_too_late");
        // Less is set aside, then part of that is collected; the rest is free.
        assert_eq!(advised(&bank, Advice::Reversal, "p1-r", "p1", Some("20.00")).await, Ok(()));
        assert_eq!(available(&bank, &lin).await, 992_000);
        bank.accounts.fresh().await;
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.amount.minor), (OrderState::Held, 8_000));
        assert_eq!(advised(&bank, Advice::Capture, "p1-c0", "p1", Some("80.01")).await, Err("payments.capture_too_large"));
        assert_eq!(advised(&bank, Advice::Capture, "p1-c", "p1", Some("60.50")).await, Ok(()));
        assert_eq!((available(&bank, &lin).await, bank.balance(&lin).await), (993_950, 993_950));
        bank.accounts.fresh().await;
        let receipt = bank.payments.receipt(&lin.web, order).await.unwrap();
        assert_eq!((receipt.state, receipt.amount.minor, receipt.kind), (OrderState::Paid, 6_050, PaymentKind::CardPayment));
        let line = bank.payments.statement(&lin.web, lin.account.id, None, 10).await.unwrap().items.remove(0);
        assert_eq!((line.amount.minor, line.counterparty.name.as_str()), (-6_050, "西湖茶馆"));
        // Given back in parts, never more than was collected.
        assert_eq!(advised(&bank, Advice::Refund, "p1-g1", "p1", Some("60.51")).await, Err("payments.capture_too_large"));
        assert_eq!(advised(&bank, Advice::Refund, "p1-g2", "p1", Some("10.50")).await, Ok(()));
        assert_eq!(advised(&bank, Advice::Refund, "p1-g2", "p1", Some("10.50")).await, Ok(()), "the same once");
        assert_eq!(advised(&bank, Advice::Refund, "p1-g3", "p1", None).await, Ok(()));
        assert_eq!(advised(&bank, Advice::Refund, "p1-g4", "p1", Some("0.01")).await, Err("payments.capture_too_large"));
        assert_eq!(bank.balance(&lin).await, 1_000_000);
        assert_eq!(kinds(&bank, &lin).await, ["card_refunded", "card_refunded", "card_paid", "card_online_on", "card_issued"]);
        let line = bank.payments.statement(&lin.web, lin.account.id, None, 10).await.unwrap().items.remove(0);
        assert_eq!((line.kind, line.counterparty.name.as_str()), (Some(PaymentKind::CardRefund), "西湖茶馆"));
        bank.stop().await;
    }

    async fn what_is_over_is_over(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        for reference in ["o1", "o2", "o3"] {
            assert_eq!(reason(&bank, &at_terminal(&face, reference, "10.00")).await, None);
        }
        assert_eq!(advised(&bank, Advice::Reversal, "o1-r", "o1", None).await, Ok(()));
        assert_eq!(advised(&bank, Advice::Capture, "o1-c", "o1", None).await, Err("payments.authorisation_over"));
        assert_eq!(advised(&bank, Advice::Refund, "o1-g", "o1", None).await, Err("payments.authorisation_over"));
        assert_eq!(advised(&bank, Advice::Capture, "o2-c", "o2", None).await, Ok(()));
        assert_eq!(advised(&bank, Advice::Capture, "o2-c2", "o2", None).await, Err("payments.authorisation_over"));
        assert_eq!(advised(&bank, Advice::Reversal, "o2-r", "o2", None).await, Err("payments.authorisation_over"));
        // Nobody comes for the third: after seven days the money is free, and nobody can.
        bank.clock.advance_ms(payments::AUTHORISATION_LIVES_MS - 1);
        bank.tick().await;
        assert_eq!(available(&bank, &lin).await, 998_000);
        bank.clock.advance_ms(1);
        assert_eq!(advised(&bank, Advice::Capture, "o3-c", "o3", None).await, Err("payments.authorisation_over"));
        bank.tick().await;
        assert_eq!(available(&bank, &lin).await, 999_000);
        let answer = bank.payments.authorisation("o3").await.unwrap();
        assert_eq!(answer.state, AuthorisationState::Expired);
        assert_eq!(advised(&bank, Advice::Capture, "o4-c", "o4", None).await, Err("payments.authorisation_unknown"));
        // Given up before it came: when it comes it is refused.
        assert_eq!(advised(&bank, Advice::Reversal, "o5-r", "o5", None).await, Err("payments.authorisation_unknown"));
        let late = AuthorisationRequest { local_time: bank.clock_in_china(), ..at_terminal(&face, "o5", "10.00") };
        assert_eq!(reason(&bank, &late).await.as_deref(), Some("payments.authorisation_over"));
        assert_eq!(available(&bank, &lin).await, 999_000);
        bank.stop().await;
    }

    async fn a_reference_names_one_question_for_ever(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let asked = online(&face, "once", "10.00");
        let first = bank.payments.authorise_card(&asked).await.unwrap();
        let again = bank.payments.authorise_card(&asked).await.unwrap();
        assert!(!first.is_repeated && again.is_repeated);
        assert_eq!((first.approval, first.billed), (again.approval, again.billed));
        assert_eq!(available(&bank, &lin).await, 999_000);
        type Change = fn(&mut AuthorisationRequest);
        let changes: [Change; 6] = [
            |request| request.amount.value = "10.01".to_owned(),
            |request| request.amount.currency = "USD".to_owned(),
            |request| request.merchant = "Another".to_owned(),
            |request| request.country = "US".to_owned(),
            |request| request.cvv = Some("000".to_owned()),
            |request| request.local_time = "2026-11-21T12:00:01+08:00".to_owned(),
        ];
        for change in changes {
            let mut changed = asked.clone();
            change(&mut changed);
            assert_eq!(refusal(bank.payments.authorise_card(&changed).await).code, "payments.authorisation_conflict");
        }
        assert_eq!(advised(&bank, Advice::Capture, "once-c", "once", Some("5.00")).await, Ok(()));
        let other = bank.payments.advise_card(Advice::Capture, "once-c", "once", Some(&cny("6.00"))).await;
        assert_eq!(refusal(other).code, "payments.authorisation_conflict");
        let other = bank.payments.advise_card(Advice::Refund, "once-c", "once", Some(&cny("5.00"))).await;
        assert_eq!(refusal(other).code, "payments.authorisation_conflict");
        // The bank is opened again: what was answered stays.
        let bank = bank.restart().await;
        let again = bank.payments.authorise_card(&asked).await.unwrap();
        assert!(again.is_repeated && again.is_approved());
        // Twenty times at once it is still one.
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (payments, request) = (bank.payments.clone(), online(&face, "twenty", "10.00"));
            tasks.spawn(async move { payments.authorise_card(&request).await.unwrap() });
        }
        let answers = tasks.join_all().await;
        assert!(answers.iter().all(payments::AuthorisationAnswer::is_approved));
        assert_eq!(answers.iter().filter(|answer| !answer.is_repeated).count(), 1);
        assert_eq!(available(&bank, &lin).await, 998_500);
        bank.stop().await;
    }

    async fn guessing_a_code_closes_the_card_to_payments_without_it(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let wrong: Vec<String> = (0..1000).map(|code| format!("{code:03}")).filter(|code| *code != face.cvv).collect();
        let guess = |place: usize| AuthorisationRequest {
            cvv: Some(wrong[place].clone()),
            ..online(&face, &format!("guess-{place}"), "1.00")
        };
        let missing = AuthorisationRequest { cvv: None, ..online(&face, "none", "1.00") };
        assert_eq!(reason(&bank, &missing).await.as_deref(), Some("accounts.debit_card_code_missing"));
        // Many at once are counted one by one.
        let mut tasks = tokio::task::JoinSet::new();
        for place in 0..20 {
            let (payments, request) = (bank.payments.clone(), guess(place));
            tasks.spawn(async move { payments.authorise_card(&request).await.unwrap().reason.unwrap() });
        }
        let reasons = tasks.join_all().await;
        let wrong_ones = reasons.iter().filter(|reason| *reason == "accounts.debit_card_code_wrong").count();
        assert_eq!(wrong_ones as i64, CVV_TRIES - 1, "{reasons:?}");
        assert!(kinds(&bank, &lin).await.contains(&"card_code_blocked".to_owned()));
        let right = online(&face, "right", "1.00");
        assert_eq!(reason(&bank, &right).await.as_deref(), Some("accounts.debit_card_code_blocked"));
        // By telephone at a terminal is without the card, too; with the card it works.
        let by_phone = AuthorisationRequest { card_present: false, cvv: Some(face.cvv.clone()), ..at_terminal(&face, "phone", "1.00") };
        assert_eq!(reason(&bank, &by_phone).await.as_deref(), Some("accounts.debit_card_code_blocked"));
        assert_eq!(reason(&bank, &at_terminal(&face, "there", "1.00")).await, None);
        bank.accounts.set_card_online_at_counter("teller", "it was me", card.id, true).await.unwrap();
        assert_eq!(reason(&bank, &online(&face, "again", "1.00")).await, None);
        // A wrong month is a guess as well, and a right one in between starts the count anew.
        for place in 0..4 {
            let month = AuthorisationRequest { expiry: "0130".to_owned(), ..online(&face, &format!("month-{place}"), "1.00") };
            assert_eq!(reason(&bank, &month).await.as_deref(), Some("accounts.debit_card_code_wrong"));
        }
        assert_eq!(reason(&bank, &online(&face, "between", "1.00")).await, None);
        assert_eq!(reason(&bank, &guess(30)).await.as_deref(), Some("accounts.debit_card_code_wrong"));
        assert_eq!(reason(&bank, &online(&face, "last", "1.00")).await, None);
        bank.stop().await;
    }

    async fn a_dead_card_pays_nothing_and_what_it_set_aside_goes_on(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let session = bank.session(&lin).await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        assert_eq!(reason(&bank, &at_terminal(&face, "held", "50.00")).await, None);
        // Another's card is not there.
        let theirs = bank.session(&wang).await;
        let freeze = bank.accounts.change_debit_card(&theirs, card.id, CardAct::Freeze).await;
        assert_eq!(refusal(freeze).code, "accounts.debit_card_not_found");
        bank.accounts.change_debit_card(&session, card.id, CardAct::ReportLost).await.unwrap();
        assert_eq!(reason(&bank, &at_terminal(&face, "lost", "1.00")).await.as_deref(), Some("accounts.debit_card_lost"));
        assert_eq!(reason(&bank, &online(&face, "lost-2", "1.00")).await.as_deref(), Some("accounts.debit_card_lost"));
        let thaw = bank.accounts.change_debit_card(&session, card.id, CardAct::Unfreeze).await;
        assert_eq!(refusal(thaw).code, "accounts.debit_card_lost");
        // A code by text is too little for a new number; the counter gives one. Asked again it is the same.
        let weak = bank.accounts.replace_debit_card(&session, card.id).await;
        assert_eq!(refusal(weak).code, "passport.step_up_needed");
        let new = bank.accounts.replace_debit_card_at_counter("teller", "lost", card.id).await.unwrap();
        let same = bank.accounts.replace_debit_card(&session, card.id).await.unwrap();
        assert_eq!((new.id, new.replaces), (same.id, Some(card.id)));
        let old = bank.accounts.debit_card(&lin.web, card.id).await.unwrap();
        assert_eq!((old.state, old.replaced_by), (DebitCardState::Lost, Some(new.id)));
        let new_face = bank.card_face(&lin, &new).await;
        assert_ne!(new_face.number.full(), face.number.full());
        assert_eq!(reason(&bank, &at_terminal(&new_face, "new", "1.00")).await, None);
        assert_eq!(advised(&bank, Advice::Capture, "held-c", "held", None).await, Ok(()), "what was set aside goes on");
        assert_eq!(bank.balance(&lin).await, 995_000);
        // Wrong month at a terminal, a number that nobody has, and the day after the last.
        let month = AuthorisationRequest { expiry: "0130".to_owned(), ..at_terminal(&new_face, "month", "1.00") };
        assert_eq!(reason(&bank, &month).await.as_deref(), Some("accounts.debit_card_expiry_wrong"));
        let nobody = AuthorisationRequest { number: "6200030000000005".to_owned(), ..at_terminal(&new_face, "nobody", "1.00") };
        let answer = bank.payments.authorise_card(&nobody).await.unwrap();
        assert_eq!((answer.response_code(), answer.reason.as_deref()), ("14", Some("accounts.debit_card_unknown")));
        bank.accounts.stop_cards_online(lin.person.customer).await.unwrap();
        assert_eq!(reason(&bank, &online(&new_face, "off", "1.00")).await.as_deref(), Some("accounts.debit_card_offline"));
        bank.clock.advance_ms((5 * 366 + 10) * 24 * 3_600_000);
        let old = AuthorisationRequest { local_time: bank.clock_in_china(), ..at_terminal(&new_face, "old", "1.00") };
        assert_eq!(reason(&bank, &old).await.as_deref(), Some("accounts.debit_card_expired"));
        // The old card has a story.
        let events = bank.accounts.debit_card_events(&lin.web, card.id).await.unwrap();
        let events: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(events, ["issued", "online_on", "shown", "lost", "replaced"]);
        bank.stop().await;
    }

    async fn other_currencies_cost_what_the_table_says(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let dollars = AmountWire { value: "100.00".to_owned(), currency: "USD".to_owned() };
        let abroad = AuthorisationRequest { amount: dollars, country: "US".to_owned(), ..at_terminal(&face, "usd", "0") };
        let answer = bank.payments.authorise_card(&abroad).await.unwrap();
        assert_eq!(answer.billed.unwrap().minor, 70_853);
        assert_eq!(answer.rate.as_ref().map(|(rate, _)| rate.as_str()), Some("708.5300"));
        let part = AmountWire { value: "33.33".to_owned(), currency: "USD".to_owned() };
        let answer = bank.payments.advise_card(Advice::Capture, "usd-c", "usd", Some(&part)).await.unwrap();
        assert_eq!(answer.billed.unwrap().minor, 23_615);
        assert_eq!(bank.balance(&lin).await, 1_000_000 - 23_615);
        let wrong = bank.payments.advise_card(Advice::Refund, "usd-g", "usd", Some(&cny("1.00"))).await;
        assert_eq!(refusal(wrong).code, "payments.authorisation_invalid");
        let third = AmountWire { value: "11.11".to_owned(), currency: "USD".to_owned() };
        for place in 0..3 {
            let reference = format!("usd-g{place}");
            bank.payments.advise_card(Advice::Refund, &reference, "usd", Some(&third)).await.unwrap();
        }
        assert_eq!(bank.balance(&lin).await, 1_000_000, "three thirds give back exactly what was charged");
        let crowns = AmountWire { value: "100.00".to_owned(), currency: "SEK".to_owned() };
        let abroad = AuthorisationRequest { amount: crowns, country: "SE".to_owned(), ..at_terminal(&face, "sek", "0") };
        assert_eq!(reason(&bank, &abroad).await.as_deref(), Some("payments.card_currency_unknown"));
        bank.stop().await;
    }

    async fn cash_is_paid_at_once_and_limits_of_the_account_bind(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let cash = |reference: &str, amount: &str| AuthorisationRequest {
            channel: "atm".to_owned(),
            ..at_terminal(&face, reference, amount)
        };
        let answer = bank.payments.authorise_card(&cash("cash", "500.00")).await.unwrap();
        assert_eq!(answer.state, AuthorisationState::Captured);
        assert_eq!(bank.balance(&lin).await, 950_000);
        assert_eq!(reason(&bank, &cash("much", "9500.01")).await.as_deref(), Some("payments.insufficient_funds"));
        let capped = bank.accounts.open_day_counters(&[lin.account], 60_000, kit::Clock::now(&bank.clock)).await;
        assert!(capped.is_ok());
        assert_eq!(reason(&bank, &cash("cap-1", "600.01")).await.as_deref(), Some("payments.limit_day_exceeded"));
        assert_eq!(reason(&bank, &cash("cap-2", "600.00")).await, None);
        assert_eq!(advised(&bank, Advice::Reversal, "cash-r", "cash", None).await, Err("payments.authorisation_over"));
        assert_eq!(advised(&bank, Advice::Refund, "cash-g", "cash", None).await, Ok(()), "a machine that gave nothing");
        // Frozen by staff: nothing leaves by card either.
        bank.accounts.freeze("teller", lin.account.id, accounts::FreezeScope::Debits, "asked").await.unwrap();
        assert_eq!(reason(&bank, &cash("frozen", "1.00")).await.as_deref(), Some("payments.payer_frozen"));
        bank.stop().await;
    }

    async fn one_form_opens_one_card_and_there_are_three_at_most(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let new = NewCard { account: lin.account.id, key: "form".to_owned() };
        let first = bank.accounts.issue_debit_card(&lin.web, &new).await.unwrap();
        let again = bank.accounts.issue_debit_card(&lin.web, &new).await.unwrap();
        assert_eq!(first.id, again.id);
        let theirs = bank.accounts.issue_debit_card(&wang.web, &new).await;
        assert_eq!(refusal(theirs).code, "accounts.not_found");
        bank.debit_card(&lin).await;
        let third = bank.debit_card(&lin).await;
        let fourth = NewCard { account: lin.account.id, key: "fourth".to_owned() };
        let refused = refusal(bank.accounts.issue_debit_card(&lin.web, &fourth).await);
        assert_eq!((refused.code, refused.integer("most")), ("accounts.debit_cards_too_many", Some(3)));
        let session = bank.session(&lin).await;
        bank.accounts.change_debit_card(&session, third.id, CardAct::Close).await.unwrap();
        bank.accounts.issue_debit_card(&lin.web, &fourth).await.unwrap();
        let states: Vec<DebitCardState> =
            bank.accounts.debit_cards(&lin.web).await.unwrap().iter().map(|card| card.state).collect();
        use DebitCardState::{Active, Closed};
        assert_eq!(states, [Active, Active, Active, Closed]);
        bank.stop().await;
    }

    async fn a_vault_that_lacks_one_of_the_keys_in_use_is_not_the_banks(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        bank.debit_card(&lin).await;
        let second = bank.debit_card(&lin).await;
        bank.accounts.check_vault().await.unwrap();
        bank.db.execute("UPDATE debit_card SET vault_key = 9 WHERE id = $1", params![second.id.0]).await.unwrap();
        assert!(bank.accounts.check_vault().await.is_err(), "the second card's key is not there");
        bank.stop().await;
    }

    async fn a_new_card_pays_in_the_net_only_once_its_owner_opened_it_and_within_the_limits_of_that(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.enrol("林小满", "13800005678", 10_000_000).await, bank.wang().await);
        let card = bank.closed_card(&lin).await;
        assert!(!card.is_online);
        let session = bank.session(&lin).await;
        let shut = bank.accounts.set_card_online(&session, card.id, true).await;
        assert_eq!(refusal(shut).code, "passport.step_up_needed");
        let face = bank.card_face(&lin, &card).await;
        assert_eq!(reason(&bank, &online(&face, "n0", "1.00")).await.as_deref(), Some("accounts.debit_card_offline"));
        assert_eq!(reason(&bank, &at_terminal(&face, "n1", "1.00")).await, None, "at a terminal it pays");
        // Opened by a text, it pays as far as texts confirm, in the same counters.
        bank.accounts.set_card_online(&session, card.id, true).await.unwrap();
        let form = payments::TransferForm {
            payer: lin.account.id,
            payee: wang.person.mobile.e164().to_owned(),
            amount: "6000".to_owned(),
            memo: String::new(),
        };
        let draft = bank.payments.prepare(&lin.web, form.clone()).await.unwrap();
        bank.confirm(&lin, draft.id).await.unwrap();
        let over = bank.payments.authorise_card(&online(&face, "n2", "4000.01")).await.unwrap();
        assert_eq!((over.reason.as_deref(), over.response_code()), (Some("payments.limit_day_exceeded"), "61"));
        assert_eq!(reason(&bank, &online(&face, "n3", "4000.00")).await, None);
        assert_eq!(reason(&bank, &online(&face, "n4", "0.01")).await.as_deref(), Some("payments.limit_day_exceeded"));
        let phone = AuthorisationRequest { card_present: false, cvv: Some(face.cvv.clone()), ..at_terminal(&face, "n5", "0.01") };
        assert_eq!(reason(&bank, &phone).await.as_deref(), Some("payments.limit_day_exceeded"), "nor by telephone");
        assert_eq!(reason(&bank, &at_terminal(&face, "n6", "50.00")).await, None, "the card itself is another matter");
        let more = bank.payments.prepare(&lin.web, payments::TransferForm { amount: "1".to_owned(), ..form.clone() }).await;
        assert_eq!(refusal(more).code, "payments.sms_day_exceeded", "what the card paid counts for texts");
        // What the shop gives up in part, and whole, may be paid again.
        assert_eq!(advised(&bank, Advice::Reversal, "n3-part", "n3", Some("1000.00")).await, Ok(()));
        assert_eq!(reason(&bank, &online(&face, "n7", "1000.01")).await.as_deref(), Some("payments.limit_day_exceeded"));
        assert_eq!(reason(&bank, &online(&face, "n8", "1000.00")).await, None);
        assert_eq!(advised(&bank, Advice::Reversal, "n3-rest", "n3", None).await, Ok(()));
        assert_eq!(reason(&bank, &online(&face, "n9", "3000.00")).await, None);
        // Whoever was seen at the counter has more.
        bank.accounts.set_card_online(&session, card.id, false).await.unwrap();
        bank.accounts.set_card_online_at_counter("teller", "asked", card.id, true).await.unwrap();
        assert_eq!(reason(&bank, &online(&face, "n10", "20000.00")).await, None);
        bank.stop().await;
    }

    async fn who_holds_a_token_opens_and_shows_cards_by_it_alone(db: Db) {
        use credential::oath::OcraSuite;
        use credential::pskc::{Container, SeedKind, TokenSeed};
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.closed_card(&lin).await;
        bank.card_face(&lin, &card).await;
        let kind = SeedKind::Ocra(OcraSuite::parse("OCRA-1:HOTP-SHA256-6:QN10").unwrap());
        let seed = TokenSeed { serial: "TB-1".to_owned(), maker: "Test".to_owned(), kind, seed: vec![7; 32].into() };
        bank.passport.import_tokens(Container { seeds: vec![seed], refused: Vec::new() }).await.unwrap();
        bank.passport.give_token_for_show(lin.person.id, "TB-1").await.unwrap();
        let session = bank.window_by_text(&lin).await;
        let shown = bank.accounts.show_debit_card(&session, card.id).await.map(|_| ());
        let opened = bank.accounts.set_card_online(&session, card.id, true).await;
        for answer in [shown, opened] {
            let refused = refusal(answer);
            let least = refused.fields.get("least_tier").cloned();
            assert_eq!((refused.code, least), ("passport.step_up_needed", Some("two".into())));
        }
        bank.stop().await;
    }

    async fn a_new_card_is_locked_as_the_others_are(db: Db) {
        use accounts::{HomePlaces, LockChange, LockKind};
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let session = bank.session(&lin).await;
        let (first, second) = (bank.closed_card(&lin).await, bank.closed_card(&lin).await);
        let lock = async |card, change| bank.accounts.set_card_lock(&session, card, &change).await.unwrap();
        lock(first.id, LockChange::Overseas(true)).await;
        lock(first.id, LockChange::TerminalDay(Some(50_000))).await;
        lock(second.id, LockChange::Region(HomePlaces::parse("33"))).await;
        lock(second.id, LockChange::TerminalDay(Some(20_000))).await;
        let third = bank.closed_card(&lin).await;
        let on: Vec<LockKind> = LockKind::ALL.into_iter().filter(|kind| third.locks.has(*kind)).collect();
        assert_eq!(on, [LockKind::Overseas, LockKind::Region, LockKind::TerminalDay]);
        assert_eq!(third.locks.terminal_day_minor, Some(20_000));
        let face = bank.card_face(&lin, &third).await;
        assert_eq!(reason(&bank, &at_terminal(&face, "t1", "200.01")).await.as_deref(), Some("accounts.lock_terminal_day"));
        assert_eq!(reason(&bank, &at_terminal(&face, "t2", "200.00")).await, None);
        // Closing all of them opens nothing.
        for card in [&first, &second, &third] {
            bank.accounts.change_debit_card(&session, card.id, CardAct::Close).await.unwrap();
        }
        let fourth = bank.closed_card(&lin).await;
        assert_eq!((fourth.locks.overseas, fourth.locks.terminal_day_minor), (true, Some(20_000)));
        bank.stop().await;
    }

    async fn months_are_guessed_no_more_often_than_codes(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let mut tasks = tokio::task::JoinSet::new();
        for place in 0..30 {
            let expiry = format!("{:02}{:02}", place % 12 + 1, 40 + place / 12);
            let request = AuthorisationRequest { expiry, ..at_terminal(&face, &format!("m{place}"), "1.00") };
            let payments = bank.payments.clone();
            tasks.spawn(async move { payments.authorise_card(&request).await.unwrap().reason.unwrap() });
        }
        let reasons = tasks.join_all().await;
        let wrong = reasons.iter().filter(|reason| *reason == "accounts.debit_card_expiry_wrong").count();
        assert_eq!(wrong as i64, accounts::GUESSES_MOST, "{reasons:?}");
        assert!(reasons.iter().all(|reason| reason.starts_with("accounts.debit_card_")));
        for request in [online(&face, "m-net", "1.00"), at_terminal(&face, "m-there", "1.00")] {
            assert_eq!(reason(&bank, &request).await.as_deref(), Some("accounts.debit_card_code_blocked"));
        }
        let told = kinds(&bank, &lin).await.into_iter().filter(|kind| kind == "card_code_blocked").count();
        assert_eq!(told, 2, "when the net was shut, and when everything was");
        let session = bank.window_by_text(&lin).await;
        bank.accounts.set_card_online(&session, card.id, true).await.unwrap();
        assert_eq!(reason(&bank, &at_terminal(&face, "m-again", "1.00")).await, None);
        bank.stop().await;
    }

    async fn a_reversal_that_comes_before_the_answer_was_written_down_counts(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        // The bank stops after the ledger has answered: the row still says that it is being decided.
        let forget = async |reference: &str| {
            let sql = "UPDATE card_authorisation SET state = 'deciding', refusal = NULL, held_minor = 0, open_minor = 0, \
                captured_minor = 0 WHERE reference = $1";
            assert_eq!(bank.db.execute(sql, params![reference]).await.unwrap(), 1);
        };
        for reference in ["r1", "r2", "r3"] {
            assert_eq!(reason(&bank, &at_terminal(&face, reference, "100.00")).await, None);
            forget(reference).await;
        }
        assert_eq!(available(&bank, &lin).await, 970_000);
        assert_eq!(advised(&bank, Advice::Reversal, "r1-r", "r1", None).await, Ok(()));
        assert_eq!(available(&bank, &lin).await, 980_000, "the money is free");
        let again = bank.payments.authorise_card(&at_terminal(&face, "r1", "100.00")).await.unwrap();
        assert_eq!((again.state, again.is_repeated), (AuthorisationState::Reversed, true));
        assert_eq!(available(&bank, &lin).await, 980_000, "nor does the question set it aside again");
        assert_eq!(advised(&bank, Advice::Capture, "r2-c", "r2", Some("40.00")).await, Ok(()));
        assert_eq!((available(&bank, &lin).await, bank.balance(&lin).await), (986_000, 996_000));
        let third = bank.payments.authorise_card(&at_terminal(&face, "r3", "100.00")).await.unwrap();
        assert_eq!((third.state, third.is_repeated), (AuthorisationState::Approved, false), "the question finds the answer");
        assert_eq!(available(&bank, &lin).await, 986_000);
        // Refused by the ledger and not written down: a reversal finds it over.
        assert_eq!(reason(&bank, &at_terminal(&face, "r4", "99999.00")).await.as_deref(), Some("payments.insufficient_funds"));
        forget("r4").await;
        assert_eq!(advised(&bank, Advice::Reversal, "r4-r", "r4", None).await, Err("payments.authorisation_over"));
        assert_eq!(reason(&bank, &at_terminal(&face, "r4", "99999.00")).await.as_deref(), Some("payments.insufficient_funds"));
        bank.stop().await;
    }

    async fn no_table_and_no_journal_holds_a_whole_number_or_a_code(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        assert_eq!(reason(&bank, &online(&face, "s1", "10.00")).await, None);
        let wrong = AuthorisationRequest { cvv: Some("0000".to_owned()), ..online(&face, "s2", "10.00") };
        assert!(reason(&bank, &wrong).await.is_some());
        let nobody = AuthorisationRequest { number: "6200030000000005".to_owned(), ..at_terminal(&face, "s3", "1.00") };
        assert!(reason(&bank, &nobody).await.is_some());
        assert_eq!(advised(&bank, Advice::Capture, "s1-c", "s1", None).await, Ok(()));
        bank.accounts.fresh().await;
        let number = face.number.full().to_owned();
        let mut dump = Vec::new();
        let mut tx = bank.db.begin_read().await.unwrap();
        let rows = tx.dump(&mut dump).await.unwrap();
        tx.rollback().await.unwrap();
        assert!(rows > 20);
        let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let inside = number[4..12].to_owned();
        for secret in [number.as_str(), "6200030000000005", inside.as_str(), face.number.in_fours().as_str()] {
            assert!(!holds(&dump, secret), "a table holds a whole number");
        }
        assert!(holds(&dump, &face.number.masked()), "the dump holds the cards at all");
        let mut folders = vec![bank.folder().to_owned()];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if let Ok(bytes) = std::fs::read(entry.path()) {
                    read += 1;
                    assert!(!holds(&bytes, &number) && !holds(&bytes, &inside), "{:?}", entry.path());
                }
            }
        }
        assert!(read > 0, "no file of the ledger was read");
        bank.stop().await;
    }
}
