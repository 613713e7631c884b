//! Statements: filters, months, tables for spreadsheets, and receipts that anybody can check.

use accounts::{MovementFilter, Way};
use db::Db;
use payments::{Checked, StatementFilter, TransferRequest};
use testkit::{Bank, refusal};

db::engine_tests! {
    async fn a_statement_is_filtered_summed_and_taken_along(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let first = bank.calendar.day(kit::Clock::now(&bank.clock));
        for (index, memo) in ["午饭", "=1+1", "rent, \"May\""].into_iter().enumerate() {
            let amount = money::Amount::new(100 * (index as i64 + 1), money::Currency::CNY);
            let request = TransferRequest { amount, memo: memo.to_owned(), ..bank.request(&lin, &wang, 1) };
            bank.payments.pay(&lin.api, Some(&format!("key-{index}")), request).await.unwrap();
            bank.clock.advance_ms(20 * 86_400_000);
        }
        let order = bank.pay(&wang, &lin, 500).await;
        let show = async |movements: MovementFilter, text: &str, limit: u32| -> Vec<i64> {
            let filter = StatementFilter { movements, text: text.to_owned() };
            let (mut shown, mut cursor) = (Vec::new(), None);
            loop {
                let page = bank.payments.statement_of(&lin.web, lin.account.id, &filter, cursor.as_deref(), limit).await.unwrap();
                assert!(page.items.len() <= limit as usize);
                shown.extend(page.items.iter().map(|line| line.amount.minor));
                cursor = page.next;
                if cursor.is_none() {
                    return shown;
                }
            }
        };
        let all = MovementFilter::default();
        for limit in [1, 2, 100] {
            assert_eq!(show(all, "", limit).await, [500, -300, -200, -100, 1_000_000]);
            assert_eq!(show(MovementFilter { direction: Some(Way::Out), ..all }, "", limit).await, [-300, -200, -100]);
            assert_eq!(show(MovementFilter { direction: Some(Way::In), most_minor: Some(500), ..all }, "", limit).await, [500]);
            let between = MovementFilter { least_minor: Some(200), most_minor: Some(300), ..all };
            assert_eq!(show(between, "", limit).await, [-300, -200]);
            assert_eq!(show(MovementFilter { to: Some(first), ..all }, "", limit).await, [-100, 1_000_000]);
            assert_eq!(show(MovementFilter { from: Some(kit::BankDay(first.0 + 1)), ..all }, "", limit).await, [500, -300, -200]);
            assert_eq!(show(all, "午", limit).await, [-100]);
            assert_eq!(show(all, " RENT", limit).await, [-300]);
            assert_eq!(show(all, "王*国", limit).await, [500, -300, -200, -100]);
        }
        let foreign = bank.payments.statement_of(&wang.web, lin.account.id, &StatementFilter::default(), None, 10).await;
        assert_eq!(refusal(foreign).status, 404);

        // 2026-11-21, 12-11, 12-31 and 2027-01-20.
        let months = bank.accounts.months(&lin.web, lin.account.id, 4).await.unwrap();
        let short: Vec<_> = months.iter().map(|one| (one.year, one.month, one.received_minor, one.paid_minor, one.paid_count)).collect();
        assert_eq!(short, [(2026, 10, 0, 0, 0), (2026, 11, 1_000_000, 100, 1), (2026, 12, 0, 500, 2), (2027, 1, 500, 0, 0)]);

        let titles = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map(str::to_owned);
        let filter = StatementFilter::default();
        let table = bank.payments.statement_csv(&lin.web, lin.account.id, &filter, &titles, |_| "转账".to_owned()).await;
        let (table, complete) = table.unwrap();
        assert!(complete);
        let lines: Vec<&str> = table.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert_eq!((lines[0], lines.len()), ("a,b,c,d,e,f,g,h,i", 7));
        let tail = wang.account.number().unwrap().tail();
        let expected = format!("2026-12-11 13:26:08,转账,王*国,\"{tail}\t\",,2.00,9997.00,'=1+1,\"");
        assert!(lines[3].starts_with(&expected), "{}", lines[3]);
        assert!(lines[2].contains("\"rent, \"\"May\"\"\""), "{}", lines[2]);

        let code = bank.payments.receipt_code(order);
        let Checked::Payment(checked) = bank.payments.verify(&code.to_lowercase()).await.unwrap() else {
            panic!("the code of a receipt stands for something else");
        };
        assert_eq!((checked.amount.plain(), checked.payer.as_str(), checked.payee.as_str()), ("5.00".to_owned(), "王*国", "林*满"));
        let never = bank.payments.receipt_code(payments::OrderNumber(order.0 + 1));
        for code in ["", "0000-0000-0000-0000-0000", &never, &code[1..]] {
            assert_eq!(refusal(bank.payments.verify(code).await).code, "payments.verify_unknown");
        }
        bank.stop().await;
    }

    async fn an_account_is_certified_once_a_form_and_anybody_checks_the_paper(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let given = bank.accounts.certify(&lin.web, lin.account.id, "form").await.unwrap();
        bank.clock.advance_ms(1_000);
        bank.pay(&lin, &wang, 500).await;
        assert_eq!(bank.accounts.certify(&lin.web, lin.account.id, "form").await.unwrap(), given, "one form, one paper");
        let later = bank.accounts.certify(&lin.web, lin.account.id, "another").await.unwrap();
        assert_eq!((given.balance.minor, later.balance.minor), (1_000_000, 999_500));
        assert_eq!(refusal(bank.accounts.certify(&wang.web, lin.account.id, "form").await).status, 404);
        assert_eq!(refusal(bank.accounts.certificate(&wang.web, given.id).await).status, 404);
        assert_eq!(refusal(bank.accounts.certify(&lin.web, lin.account.id, "").await).code, "accounts.key_invalid");
        let code = bank.accounts.certificate_code(given.id);
        let Checked::Certificate(checked) = bank.payments.verify(&code).await.unwrap() else {
            panic!("the code of a certificate stands for something else");
        };
        assert_eq!((checked.balance.plain(), checked.holder.as_str()), ("10000.00".to_owned(), "林*满"));
        assert_eq!(checked.number, given.number.masked());
        let never = bank.accounts.certificate_code(accounts::CertificateId(given.id.0 ^ 1));
        assert_eq!(refusal(bank.payments.verify(&never).await).code, "payments.verify_unknown");
        bank.stop().await;
    }

    async fn a_month_of_an_account_adds_up(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.clock.advance_ms(5 * 86_400_000);
        bank.pay(&lin, &wang, 300).await;
        bank.pay(&lin, &wang, 200).await;
        bank.pay(&wang, &lin, 50).await;
        bank.clock.advance_ms(10 * 86_400_000);
        bank.pay(&lin, &wang, 1).await;
        // 2026-11-21, 11-26, 12-06.
        let november = bank.accounts.month(&lin.web, lin.account.id, 2026, 11).await.unwrap();
        let days: Vec<_> = november.days.iter().map(|one| (one.day.iso(), one.received_minor, one.paid_minor, one.closing_minor)).collect();
        assert_eq!(days, [("2026-11-21".to_owned(), 1_000_000, 0, 1_000_000), ("2026-11-26".to_owned(), 50, 500, 999_550)]);
        assert_eq!((november.opening_minor, november.closing_minor(), november.summary.paid_count), (0, 999_550, 2));
        assert_eq!((november.last.iso(), november.closings(november.last).len()), ("2026-11-30".to_owned(), 30));
        let december = bank.accounts.month(&lin.web, lin.account.id, 2026, 12).await.unwrap();
        assert_eq!((december.opening_minor, december.closing_minor(), december.summary.received_count), (999_550, 999_549, 0));
        assert_eq!(refusal(bank.accounts.month(&wang.web, lin.account.id, 2026, 12).await).status, 404);
        bank.stop().await;
    }
}
