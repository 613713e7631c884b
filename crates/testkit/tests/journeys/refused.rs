//! What is refused is among what happened to its owner's safety: once for each reason, and never in the way.

use accounts::CardAct;
use db::Db;
use kit::Result;
use passport::EventKind;
use payments::{AuthorisationRequest, Confirmed, TransferForm};
use testkit::debit::at_terminal;
use testkit::{Bank, Member, refusal};

fn form(from: &Member, amount: &str) -> TransferForm {
    let (payee, memo) = ("13900006027".to_owned(), String::new());
    TransferForm { payer: from.account.id, payee, amount: amount.to_owned(), memo }
}

/// Details of a member's events of a kind, the newest first.
async fn events(bank: &Bank, member: &Member, kind: EventKind) -> Vec<String> {
    let events = bank.passport.events_of(member.person.id, None, 200).await.unwrap();
    events.into_iter().filter(|event| event.kind == kind).map(|event| event.detail).collect()
}

async fn refused(bank: &Bank, member: &Member) -> Vec<String> {
    events(bank, member, EventKind::PaymentRefused).await
}

db::engine_tests! {
    async fn a_refused_confirmation_is_written_down_once(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        let first = bank.payments.prepare(&lin.web, form(&lin, "9000")).await.unwrap();
        let second = bank.payments.prepare(&lin.web, form(&lin, "9000")).await.unwrap();
        bank.confirm(&lin, first.id).await.unwrap();
        assert!(refused(&bank, &lin).await.is_empty(), "what is paid is no refusal");
        bank.clock.advance_ms(61_000);
        let code = bank.code(&lin, second.id).await.unwrap();
        let proof = lin.by_text(&code);
        let confirm = async || -> Result<Confirmed> { bank.payments.confirm_with(&lin.web, second.id, Some(&proof)).await };
        assert_eq!(refusal(confirm().await).code, "payments.sms_day_exceeded");
        assert_eq!(refusal(confirm().await).code, "payments.sms_day_exceeded", "the same answer again");
        let expected = format!("payments.sms_day_exceeded {}", second.id);
        assert_eq!(refused(&bank, &lin).await, [expected]);
        let events = bank.passport.events_of(lin.person.id, None, 1).await.unwrap();
        assert_eq!(events[0].session, Some(lin.web.session), "whose session it was");
        bank.stop().await;
    }

    async fn slips_are_not_and_the_last_wrong_proof_is(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, _wang) = (bank.lin().await, bank.wang().await);
        let draft = bank.payments.prepare(&lin.web, form(&lin, "1")).await.unwrap();
        assert_eq!(refusal(bank.payments.confirm_with(&lin.web, draft.id, None).await).code, "payments.code_needed");
        let code = bank.code(&lin, draft.id).await.unwrap();
        let wrong = lin.by_text(if code == "000000" { "000001" } else { "000000" });
        let mut told = Vec::new();
        for _ in 0..7 {
            told.push(refusal(bank.payments.confirm_with(&lin.web, draft.id, Some(&wrong)).await).code);
        }
        assert_eq!(told[..4], ["passport.code_wrong"; 4], "{told:?}");
        assert_eq!(told[5..], ["passport.code_spent"; 2], "{told:?}");
        assert_eq!(refused(&bank, &lin).await, [format!("passport.code_spent {}", draft.id)]);
        let stranger = bank.enrol("陈一", "13700001111", 0).await;
        assert_eq!(refusal(bank.payments.confirm_with(&stranger.web, draft.id, None).await).code, "payments.draft_not_found");
        bank.clock.advance_ms(payments::DRAFT_LIVES_MS);
        assert_eq!(refusal(bank.payments.confirm_with(&lin.web, draft.id, None).await).code, "payments.draft_expired");
        assert_eq!((refused(&bank, &lin).await.len(), refused(&bank, &stranger).await.len()), (1, 0));
        bank.stop().await;
    }

    async fn a_refused_card_is_too_and_whoever_hammers_it_fills_no_table(db: Db) {
        let bank = Bank::on(db).await;
        let lin = bank.lin().await;
        let card = bank.debit_card(&lin).await;
        let face = bank.card_face(&lin, &card).await;
        let ask = async |reference: &str| {
            bank.payments.authorise_card(&at_terminal(&face, reference, "1.00")).await.unwrap().reason
        };
        assert_eq!(ask("fine").await, None);
        let session = bank.session(&lin).await;
        bank.accounts.change_debit_card(&session, card.id, CardAct::Freeze).await.unwrap();
        let of_cards = async || events(&bank, &lin, EventKind::CardRefused).await;
        assert!(of_cards().await.is_empty());
        assert_eq!(ask("cold").await.as_deref(), Some("accounts.debit_card_frozen"));
        assert_eq!(ask("cold").await.as_deref(), Some("accounts.debit_card_frozen"), "a repeated question");
        let use_of = bank.payments.card_purchases(&lin.web, card.id).await.unwrap().remove(0);
        assert_eq!(of_cards().await, [format!("accounts.debit_card_frozen {}", use_of.id)]);
        for number in 0..40 {
            ask(&format!("cold-{number}")).await;
        }
        assert_eq!(of_cards().await.len(), 30, "no more than thirty in an hour");
        bank.clock.advance_ms(3_600_001);
        ask("later").await;
        assert_eq!(of_cards().await.len(), 31);
        // Nobody's number is nobody's event.
        let nobody = AuthorisationRequest { number: "6200030000000005".to_owned(), ..at_terminal(&face, "nobody", "1.00") };
        bank.payments.authorise_card(&nobody).await.unwrap();
        assert_eq!(of_cards().await.len(), 31);
        bank.stop().await;
    }
}
