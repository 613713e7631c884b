//! Binding cards of other banks: whose they are, how often one may try, what becomes of one that is given up.

use db::Db;
use kit::Clock;
use passport::Acting;
use payments::{CARD_CHECK_LIVES_MS, CARD_CHECKS_A_DAY, CARDS_MOST, CardCheckState, CardForm, CardId};
use testkit::{Bank, Member, refusal};

fn form(card: &str, mobile: &str) -> CardForm {
    CardForm { card: card.to_owned(), mobile: mobile.to_owned() }
}

fn own(card: &str, member: &Member) -> CardForm {
    form(card, member.person.mobile.e164())
}

fn code(bank: &Bank, member: &Member) -> String {
    bank.phone.latest_code(member.person.mobile.e164()).expect("a code")
}

async fn bind(bank: &Bank, who: &Acting, member: &Member, card: &str) -> CardId {
    let check = bank.payments.bind_card(who, own(card, member)).await.unwrap();
    bank.payments.confirm_card(who, check.id, &code(bank, member)).await.unwrap().id
}

async fn refused(bank: &Bank, who: &Acting, form: CardForm) -> &'static str {
    refusal(bank.payments.bind_card(who, form).await).code
}

async fn kinds(bank: &Bank, member: &Member) -> Vec<String> {
    let notices = bank.notify.notices(member.person.id.0, None, 50).await.unwrap();
    notices.into_iter().map(|notice| notice.kind).filter(|kind| kind.starts_with("card_")).collect()
}

db::engine_tests! {
    async fn a_card_is_bound_by_the_code_of_its_bank_and_given_up(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let card = bank.card_of(&lin, 7).await;
        let (number, other) = bank.payments.card_bank(&card).await.unwrap();
        assert_eq!((number.masked(), other.name_en.as_str()), (format!("6200 **** **** {}", &card[12..]), "Demo Bank A"));

        let check = bank.payments.bind_card(&lin.web, own(&card, &lin)).await.unwrap();
        assert_eq!((check.state, check.left, check.mobile_shown.as_str()), (CardCheckState::Waiting, 5, "138 **** 5678"));
        assert!(bank.payments.cards(&lin.web).await.unwrap().is_empty());
        for (typed, left) in [("000000", 4), ("", 3), ("١٢٣٤٥٦", 2)] {
            let wrong = refusal(bank.payments.confirm_card(&lin.web, check.id, typed).await);
            assert_eq!((wrong.code, wrong.integer("left")), ("payments.card_code_wrong", Some(left)), "{typed}");
        }
        let foreign = refusal(bank.payments.confirm_card(&wang.web, check.id, "000000").await);
        assert_eq!((foreign.code, foreign.status), ("payments.card_check_not_found", 404));
        let bound = bank.payments.confirm_card(&lin.web, check.id, &code(&bank, &lin)).await.unwrap();
        assert_eq!(bank.payments.confirm_card(&lin.web, check.id, "anything").await.unwrap(), bound, "it is bound");
        assert_eq!(bank.payments.card_check(&lin.web, check.id).await.unwrap().state, CardCheckState::Bound(bound.id));

        let bank = bank.restart().await;
        bank.clock.advance_ms(1_000);
        assert_eq!(bank.payments.cards(&lin.web).await.unwrap(), std::slice::from_ref(&bound));
        assert_eq!(refused(&bank, &lin.web, own(&card, &lin)).await, "payments.card_bound_already");
        for result in [
            bank.payments.card(&wang.web, bound.id).await.map(drop),
            bank.payments.unbind_card(&wang.web, bound.id).await,
        ] {
            assert_eq!(refusal(result).code, "payments.card_not_found");
        }
        bank.payments.unbind_card(&lin.web, bound.id).await.unwrap();
        assert!(bank.payments.cards(&lin.web).await.unwrap().is_empty());
        assert_eq!(refusal(bank.payments.unbind_card(&lin.web, bound.id).await).code, "payments.card_not_found");
        assert_eq!(kinds(&bank, &lin).await, ["card_unbound", "card_bound"]);
        bank.stop().await;
    }

    async fn only_ones_own_card_is_bound_and_nobody_learns_who_has_one(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let newcomer = bank.visitor("13611112222").await;
        let stranger = bank.passport.sign_in("+8613611112222", "correct horse battery", passport::SessionKind::Web).await;
        let stranger = stranger.unwrap().session.acting();
        assert_eq!(stranger.person, newcomer);
        let card = bank.card_of(&lin, 7).await;
        assert_eq!(refused(&bank, &stranger, form(&card, "13611112222")).await, "payments.name_not_proven");
        assert_eq!(refused(&bank, &wang.web, own(&card, &wang)).await, "payments.citizen_number_missing");
        let wangs = bank.card_of(&wang, 8).await;
        let closed = bank.card_of(&lin, 9).await;
        bank.others.close(&closed);
        let mut unknown = bank.card_of(&lin, 10).await;
        // Two digits more keep the check digit and make it nobody's.
        unknown.insert_str(6, "00");
        for (typed, mobile, code) in [
            ("", "13800005678", "payments.card_number_invalid"),
            ("6200019999999999", "13800005678", "payments.card_number_invalid"),
            ("4111111111111111", "13800005678", "payments.card_bank_unknown"),
            (card.as_str(), "", "passport.mobile_invalid"),
            (card.as_str(), "13900006027", "payments.card_mismatch"),
            (wangs.as_str(), "13900006027", "payments.card_mismatch"),
            (closed.as_str(), "13800005678", "payments.card_closed"),
            (unknown.as_str(), "13800005678", "payments.card_unknown"),
        ] {
            assert_eq!(refused(&bank, &lin.web, form(typed, mobile)).await, code, "{typed} {mobile}");
        }
        bind(&bank, &wang.web, &wang, &wangs).await;
        let asked = bank.others.checks();
        assert_eq!(refused(&bank, &lin.web, form(&wangs, "13900006027")).await, "payments.card_mismatch");
        assert_eq!(bank.others.checks(), asked, "its bank is not asked for nothing");
        bank.stop().await;
    }

    async fn codes_time_tries_and_cards_have_their_bounds(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let first = bank.card_of(&lin, 1).await;
        let check = bank.payments.bind_card(&lin.web, own(&first, &lin)).await.unwrap();
        for left in (1..5).rev() {
            let wrong = refusal(bank.payments.confirm_card(&lin.web, check.id, "000000").await);
            assert_eq!(wrong.integer("left"), Some(left));
        }
        for typed in ["000000".to_owned(), code(&bank, &lin)] {
            let over = refusal(bank.payments.confirm_card(&lin.web, check.id, &typed).await);
            assert_eq!((over.code, over.status), ("payments.card_check_over", 410));
        }
        let late = bank.payments.bind_card(&lin.web, own(&first, &lin)).await.unwrap();
        bank.clock.advance_ms(CARD_CHECK_LIVES_MS);
        let over = refusal(bank.payments.confirm_card(&lin.web, late.id, &code(&bank, &lin)).await);
        assert_eq!(over.code, "payments.card_check_over");

        for number in 1..=CARDS_MOST as u32 {
            let card = bank.card_of(&lin, number).await;
            bind(&bank, &lin.web, &lin, &card).await;
        }
        let sixth = bank.card_of(&lin, 60).await;
        assert_eq!(refused(&bank, &lin.web, own(&sixth, &lin)).await, "payments.cards_too_many");
        let cards = bank.payments.cards(&lin.web).await.unwrap();
        bank.payments.unbind_card(&lin.web, cards[0].id).await.unwrap();
        for _ in 2 + CARDS_MOST..CARD_CHECKS_A_DAY {
            assert_eq!(refused(&bank, &lin.web, form(&sixth, "13900006027")).await, "payments.card_mismatch");
        }
        let many = refusal(bank.payments.bind_card(&lin.web, own(&sixth, &lin)).await);
        assert_eq!((many.code, many.status), ("payments.card_checks_too_many", 429));
        bank.clock.advance_ms(many.integer("retry_after_s").unwrap() * 1_000);
        assert!(bank.payments.bind_card(&lin.web, own(&sixth, &lin)).await.is_ok());
        bank.payments.sweep().await.unwrap();
        bank.stop().await;
    }

    async fn the_same_code_sent_many_times_at_once_binds_one_card(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.card_of(&lin, 7).await;
        let check = bank.payments.bind_card(&lin.web, own(&card, &lin)).await.unwrap();
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (payments, who, typed) = (bank.payments.clone(), lin.web, code(&bank, &lin));
            tries.spawn(async move { payments.confirm_card(&who, check.id, &typed).await.unwrap().id });
        }
        let mut found = tries.join_all().await;
        found.dedup();
        assert_eq!(found.len(), 1);
        assert_eq!(bank.payments.cards(&lin.web).await.unwrap().len(), 1);
        assert_eq!(kinds(&bank, &lin).await, ["card_bound"]);
        bank.stop().await;
    }

    async fn an_outage_costs_no_try_and_a_card_given_up_in_it_is_told_later(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.card_of(&lin, 7).await;
        bank.others.set_down(true);
        let down = refusal(bank.payments.bind_card(&lin.web, own(&card, &lin)).await);
        assert_eq!((down.code, down.status), ("payments.network_unavailable", 503));
        bank.others.set_down(false);
        let check = bank.payments.bind_card(&lin.web, own(&card, &lin)).await.unwrap();
        bank.others.set_down(true);
        let typed = code(&bank, &lin);
        assert_eq!(refusal(bank.payments.confirm_card(&lin.web, check.id, &typed).await).status, 503);
        assert_eq!(bank.payments.card_check(&lin.web, check.id).await.unwrap().left, 5);
        assert_eq!(bank.payments.banks().await.unwrap().len(), 2, "the directory is known");
        bank.others.set_down(false);
        let bound = bank.payments.confirm_card(&lin.web, check.id, &typed).await.unwrap();
        bank.others.set_down(true);
        bank.payments.unbind_card(&lin.web, bound.id).await.unwrap();
        assert!(bank.payments.cards(&lin.web).await.unwrap().is_empty());
        let others = bank.others.clone();
        assert_eq!(others.mandates().len(), 1);
        bank.clock.advance_ms(60_000);
        assert_eq!(bank.payments.release_cards(bank.clock.now()).await.unwrap(), 0);
        others.set_down(false);
        assert_eq!(bank.payments.release_cards(bank.clock.now()).await.unwrap(), 0, "not yet again");
        bank.clock.advance_ms(3_600_000);
        assert_eq!(bank.payments.release_cards(bank.clock.now()).await.unwrap(), 1);
        assert!(others.mandates().is_empty());
        assert_eq!(bank.payments.release_cards(bank.clock.now()).await.unwrap(), 0);
        bank.stop().await;
    }
}
