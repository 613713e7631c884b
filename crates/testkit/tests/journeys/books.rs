//! The trial balance.

use accounts::chart;
use db::Db;
use testkit::{Bank, START};

db::engine_tests! {
    async fn debits_equal_credits_on_every_day(db: Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.pay(&lin, &wang, 8_880).await;
        bank.clock.advance_ms(86_400_000);
        let order = bank.pay(&wang, &lin, 5).await;
        bank.payments.correct("teller 7", order, "mistake").await.unwrap();

        let day = bank.calendar.day(START);
        let first = bank.accounts.trial_balance(day).await.unwrap();
        assert!(first.balanced);
        let line = |code| first.lines.iter().find(|line| line.kind == code).unwrap();
        let cash = line(chart::CASH);
        assert_eq!((cash.opening, cash.debits, cash.credits, cash.closing), (0, 2_000_000, 0, 2_000_000));
        let deposits = line(chart::PERSONAL_DEPOSITS);
        assert_eq!((deposits.debits, deposits.credits, deposits.closing), (8_880, 2_008_880, 2_000_000));

        let second = bank.accounts.trial_balance(kit::BankDay(day.0 + 1)).await.unwrap();
        assert!(second.balanced);
        let deposits = second.lines.iter().find(|line| line.kind == chart::PERSONAL_DEPOSITS).unwrap();
        assert_eq!((deposits.opening, deposits.debits, deposits.credits, deposits.closing), (2_000_000, 10, 10, 2_000_000));
        assert_eq!(bank.accounts.last_book_day().await.unwrap(), Some(kit::BankDay(day.0 + 1)));
        let empty = bank.accounts.trial_balance(kit::BankDay(0)).await.unwrap();
        assert!(empty.balanced && empty.lines.is_empty());

        // What the books say is what the ledger says.
        let views = bank.ledger.all_accounts().await.unwrap();
        let ledger: i64 = views.iter().filter(|view| view.terms.kind == chart::PERSONAL_DEPOSITS).map(ledger::AccountView::balance).sum();
        assert_eq!(ledger, deposits.closing);
        bank.stop().await;
    }
}
