//! What a person sees of an account and does with it: the statement first.

use axum::http::StatusCode;
use payments::TransferRequest;
use testkit::Bank;
use testkit::Browser;

db::engine_tests! {
    async fn a_statement_is_narrowed_by_an_address_and_says_by_what(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        for (key, minor, memo) in [("a", 8_880, "午饭"), ("b", 126_400, "Rent & <heat>")] {
            let amount = money::Amount::new(minor, money::Currency::CNY);
            let request = TransferRequest { amount, memo: memo.to_owned(), ..bank.request(&lin, &wang, 1) };
            bank.payments.pay(&lin.api, Some(key), request).await.expect("paid");
            bank.clock.advance_ms(30 * 86_400_000);
        }
        // Now it is 2027-01-20.
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        let all = browser.get("/statement").await;
        all.shows(&["January 2027", "0 movements", "Balance before 1 Jan", "<svg class=\"chart\"", "role=\"img\""]);
        all.shows(&["−1,264<span class=\"cents\">.00", "8,647<span class=\"cents\">.20"]);
        let november = browser.get("/statement?month=2026-11").await;
        november.shows(&["November 2026", "2 movements", "Figures day by day", "lowest", "<desc id=\"balance-finding\">The balance went"]);
        assert!(!november.body.contains("heat"), "a month shows its own movements alone");
        let found = browser.get("/statement?q=RENT&way=out&least=1000&from=2026-12-21&to=2026-12-21").await;
        found.shows(&["Rent &amp; &lt;heat&gt;", "from 21 Dec 2026", "“RENT”", "at least CNY\u{a0}1,000.00", "Clear all"]);
        found.shows(&["way=out&#38;q=RENT&#38;least=1000\"", "/statement/download?account="]);
        assert!(!found.body.contains("午饭"));
        browser.get("/statement?q=nothing").await.shows(&["No movement fits these filters"]);
        for (address, sentence) in [
            ("/statement?from=2026-02-30", "Choose a day that the calendar has"),
            ("/statement?from=2026-12-02&to=2026-12-01", "The last day must not lie before the first."),
            ("/statement?least=-1", "Enter digits with at most two decimals"),
            ("/statement?least=%EF%BC%91", "Enter digits with at most two decimals"),
            ("/statement?least=2&most=1", "The greatest amount must not be below the least."),
        ] {
            let page = browser.get(address).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
            page.shows(&[sentence, "aria-invalid=\"true\""]);
            assert_eq!(browser.get(&address.replace("?", "/download?")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        for address in ["/statement?month=0000-00", "/statement?month=9999-12&way=up", "/statement?before="] {
            assert_eq!(browser.get(address).await.status, StatusCode::OK, "{address}");
        }
        bank.stop().await;
    }

    async fn a_statement_is_taken_along_as_a_table_and_as_a_paper(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        bank.pay(&lin, &wang, 8_880).await;
        bank.clock.advance_ms(86_400_000);
        bank.pay(&wang, &lin, 500).await;
        let mut browser = Browser::entered(&bank, "zh-CN", &lin).await;
        let table = browser.get("/statement/download?way=out").await;
        let tail = lin.account.number().expect("a number").tail();
        assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(table.header("content-disposition"), format!("attachment; filename=\"tongbao-{tail}-2026-11-22.csv\""));
        assert_eq!(table.header("cache-control"), "no-store");
        let lines: Vec<&str> = table.body.split("\r\n").collect();
        assert_eq!(lines[0], "\u{feff}时间,种类,对方,对方账号尾号,转入,转出,余额,附言,订单号");
        assert!(lines[1].starts_with("2026-11-21 13:26:08,转账,王*国,") && lines[1].contains(",88.80,9911.20,"), "{}", lines[1]);
        assert_eq!((lines.len(), lines[2]), (3, ""));
        let paper = browser.get("/statement/paper").await;
        paper.shows(&["林小满", "2026年11月21日至2026年11月22日", "共 3 笔，到此为止", &lin.account.number().expect("a number").grouped()]);
        browser.post("/preferences/amounts", &[("value", "hidden"), ("back", "/home")]).await;
        for address in ["/statement", "/statement/paper"] {
            let page = browser.get(address).await;
            assert!(!page.body.contains("cents") && !page.body.contains("class=\"chart\""), "no amount is left on {address}");
        }
        let mut stranger = Browser::entered(&bank, "en", &wang).await;
        for path in ["/statement", "/statement/download", "/statement/paper"] {
            let page = stranger.get(&format!("{path}?account={}", lin.account.id)).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        }
        bank.stop().await;
    }

    async fn an_account_tells_its_limits_and_lets_its_owner_act_on_it(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let mut browser = Browser::entered(&bank, "en", &lin).await;
        let form = [("key", "one"), ("product", "class_3"), ("purpose", "daily"), ("nickname", "Pocket")];
        browser.post("/accounts/open", &form).await;
        let accounts = bank.accounts.list(&lin.web).await.expect("accounts");
        let three = accounts.iter().find(|account| account.nickname == "Pocket").expect("the new account");
        let here = format!("/accounts/{}", three.account.id);
        let page = browser.get(&here).await;
        page.shows(&[&three.number.grouped(), "Out today", "2,000<span class=\"cents\">.00", "Most it may hold", "Everyday"]);
        page.shows(&[&format!("{here}/upgrade"), &format!("{here}/loss"), "Opened", "Most in one payment"]);
        assert!(!page.body.contains(&format!("{here}/wake")), "what does not fit is not offered");

        browser.post(&here, &[("nickname", "<Purse>")]).await;
        browser.get(&here).await.shows(&["&lt;Purse&gt;"]);
        let long = browser.post(&here, &[("nickname", &"x".repeat(21))]).await;
        assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
        long.shows(&["aria-invalid=\"true\""]);

        browser.get(&format!("{here}/upgrade")).await.shows(&["There is no way back to Class III."]);
        for _ in 0..2 {
            let done = browser.post(&format!("{here}/upgrade"), &[]).await;
            assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, here.as_str()));
        }
        browser.get(&here).await.shows(&["Moved up to Class II", "10,000<span class=\"cents\">.00"]);

        browser.post(&format!("{here}/loss"), &[]).await;
        browser.get(&here).await.shows(&["You reported a loss", "Loss reported"]);
        let wrong = browser.post(&format!("{here}/found"), &[("password", "not it at all")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.shows(&["aria-invalid=\"true\""]);
        assert!(bank.accounts.view(&lin.web, three.account.id).await.expect("view").restrictions.lost);
        browser.post(&format!("{here}/found"), &[("password", "correct horse battery")]).await;
        assert!(!bank.accounts.view(&lin.web, three.account.id).await.expect("view").restrictions.lost);

        let full = format!("/accounts/{}/close", lin.account.id);
        browser.get(&full).await.shows(&["There is still money in the account.", "href=\"/transfer\""]);
        let refused = browser.post(&full, &[("password", "correct horse battery")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        for _ in 0..2 {
            let closed = browser.post(&format!("{here}/close"), &[("password", "correct horse battery")]).await;
            assert_eq!(closed.location(), here);
        }
        browser.get(&here).await.shows(&["This account is closed."]);
        assert_eq!(browser.get(&format!("{here}/close")).await.location(), here);

        let mut stranger = Browser::entered(&bank, "en", &wang).await;
        for address in [here.clone(), format!("{here}/loss"), "/accounts/x".to_owned(), "/accounts/-1".to_owned(), "/accounts/99999999999999999999".to_owned()] {
            assert_eq!(stranger.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
            assert_eq!(stranger.post(&address, &[("nickname", "mine")]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for address in [format!("{here}/certificates"), format!("{here}/nothing")] {
            assert_eq!(stranger.post(&address, &[("key", "k")]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        bank.stop().await;
    }

    async fn anybody_checks_a_paper_and_nobody_finds_one_by_guessing(db: db::Db) {
        let bank = Bank::on(db).await;
        let (lin, wang) = (bank.lin().await, bank.wang().await);
        let order = bank.pay(&lin, &wang, 8_880).await;
        let mut owner = Browser::entered(&bank, "en", &lin).await;
        let receipt = owner.get(&format!("/payments/{order}")).await;
        let link = receipt.after("href=\"", "/verify?code=").expect("the code on the receipt");
        let mut anybody = Browser::new(&bank, "en");
        let page = anybody.get(&link).await;
        page.shows(&["Genuine", "88<span class=\"cents\">.80", "林*满", "王*国", "21 Nov 2026, 13:26:08", "This payment was made."]);
        for hidden in ["林小满", "王建国", "13800005678", "138 0000 5678", "9001 0"] {
            assert!(!page.body.contains(hidden), "{hidden} is nobody else's business");
        }
        let certificate = owner.post(&format!("/accounts/{}/certificates", lin.account.id), &[("key", "k")]).await;
        let paper = owner.get(certificate.location()).await;
        paper.shows(&["林小满", &lin.account.number().expect("a number").grouped(), "9,911<span class=\"cents\">.20"]);
        let code = paper.after("href=\"", "/verify?code=").expect("the code on the certificate").split_off(13);
        let page = anybody.post("/verify", &[("code", &code.to_lowercase())]).await;
        page.shows(&["Genuine", "9,911<span class=\"cents\">.20", "林*满"]);
        let wrong = anybody.post("/verify", &[("code", "7K3M-<b>")]).await;
        assert_eq!(wrong.status, StatusCode::NOT_FOUND);
        wrong.shows(&["aria-invalid=\"true\"", "7K3M-&#60;b&#62;"]);
        bank.stop().await;
    }
}
