//! Serves the shell and the page `/design` alone, to look at the design system without a bank behind it:
//! `cargo run -p web --example design`, then <http://localhost:8099/design>.

use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let web = web::Web::try_new(web::Parts {
        settings: web::Settings { demo: true, secure: false, rates: None },
        rooms: vec![&web::ROOM],
        clock: Arc::new(kit::SystemClock),
        calendar: kit::Calendar::try_new("Asia/Shanghai").map_err(|fault| fault.to_string())?,
        random: kit::Random::system(),
        sessions: Arc::new(()),
    })
    .map_err(|fault| fault.to_string())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await?;
    axum::serve(listener, web.serve(axum::Router::new())).await?;
    Ok(())
}
