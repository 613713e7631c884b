//! Role × route: the committed table, and every route called as every role and as nobody.

#![allow(clippy::unwrap_used, reason = "a test that goes wrong may panic")]

use axum::http::{Method, StatusCode};
use branch::pages::{Access, PageState, StaffRoute, allows, route_list, table};
use staff::{AuditFilter, Role};
use std::sync::Arc;
use testkit::{Bank, Browser, Shown};

const HOME: &str = "演示网点 0571";

fn routes(bank: &Bank) -> Vec<StaffRoute> {
    route_list(PageState { desk: bank.desk.clone(), demo: Arc::new([]) })
}

/// A path of the pattern about things that are not there: what is refused is refused before anybody looks for them.
fn path(pattern: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "9".to_owned() } else { part.to_owned() };
    pattern.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn ask(browser: &mut Browser, route: &StaffRoute) -> Shown {
    let path = path(&route.path);
    match route.method {
        Method::GET => browser.get(&path).await,
        _ => browser.post(&path, &[]).await,
    }
}

db::engine_tests! {
    async fn the_table_of_roles_and_routes_is_the_committed_one(db: db::Db) {
        let bank = Bank::on(db).await;
        expect_test::expect_file!["../../../docs/staff-routes.md"].assert_eq(&table(&routes(&bank)));
        bank.stop().await;
    }

    async fn every_route_answers_every_role_and_nobody_as_the_table_says(db: db::Db) {
        let bank = Bank::on(db).await;
        let routes = routes(&bank);
        assert!(routes.len() > 70, "{}", routes.len());
        for route in &routes {
            let page = ask(&mut Browser::new(&bank, "en"), route).await;
            let is_sent_away = page.location().starts_with("/staff/sign-in?next=");
            assert_eq!(is_sent_away, route.access != Access::Everybody, "nobody at {route:?}: {}", page.status);
        }
        let auditor = bank.clerk("40009", HOME, &[Role::Auditor]).await;
        for role in Role::ALL {
            let number = format!("9{}", role.code());
            bank.clerk(&number, HOME, &[role]).await;
            let mut refused = 0;
            let mut browser = Browser::of_staff(&bank, "en", &number).await;
            assert_eq!(browser.post("/staff/audit", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
            for route in routes.iter().filter(|route| route.path != "/staff/sign-out") {
                let page = ask(&mut browser, route).await;
                let is_denied =
                    page.status == StatusCode::FORBIDDEN && page.body.contains("Your role does not allow this");
                assert_eq!(is_denied, !allows(route.access, role), "{} at {route:?}: {}", role.code(), page.status);
                assert!(!page.status.is_server_error(), "{} at {route:?}", role.code());
                if is_denied {
                    refused += 1;
                }
            }
            // Each refusal is in the trail, under the act and the path.
            let filter = AuditFilter { number: number.clone(), ..AuditFilter::default() };
            let mut told = 0;
            let mut before = None;
            loop {
                let rows = bank.staff.audit_rows(&auditor, &filter, before, 200).await.unwrap();
                told += rows.iter().filter(|row| row.outcome == "staff.not_allowed").count();
                match rows.last() {
                    Some(row) => before = Some(row.sequence),
                    None => break,
                }
            }
            assert_eq!(told, refused, "{number}");
        }
        bank.stop().await;
    }
}
