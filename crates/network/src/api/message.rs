//! Messages in, and the mailbox out.

use super::{No, down, participant, up};
use crate::model::fault::{FaultKind, Faults, Subject};
use crate::model::intake;
use crate::service::message::Incoming;
use crate::service::{Outcome, Work};
use crate::{Network, store};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use iso20022::{Cause, Limits, Message};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn take(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, No> {
    let bank = participant(&network, &headers)?.code.clone();
    up(&network)?;
    check_type(&headers)?;
    let body = body.map_err(|rejection| No::new(rejection.status(), rejection.body_text()))?;
    let message = read(&body)?;
    intake::check(&message, &bank).map_err(|why| No::new(StatusCode::UNPROCESSABLE_ENTITY, why))?;
    let xml =
        String::from_utf8(body.to_vec()).map_err(|_| No::new(StatusCode::BAD_REQUEST, "the message is not UTF-8"))?;
    let faults = network.faults();
    let attempt = network.inner.attempts.next(&bank, &message.header().message_id);
    let strikes = |kind| strikes(&faults, kind, &message, attempt);
    if strikes(FaultKind::Down) {
        return Err(down());
    }
    if strikes(FaultKind::BreakBefore) {
        return Ok(broken());
    }
    let breaks_after = strikes(FaultKind::BreakAfter);
    let incoming = Arc::new(Incoming::new(&bank, message, xml));
    match network.inner.desk.run(Work::Message(incoming), None).await? {
        Outcome::Conflict => Err(No::new(StatusCode::CONFLICT, "this MsgId came before with other bytes")),
        _ if breaks_after => Ok(broken()),
        Outcome::Again => Ok((StatusCode::ACCEPTED, "taken before\n").into_response()),
        _ => Ok((StatusCode::ACCEPTED, "taken\n").into_response()),
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), No> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_xml = kind == "application/xml" || kind == "text/xml";
    is_xml
        .then_some(())
        .ok_or_else(|| No::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a message comes as application/xml or text/xml"))
}

fn read(body: &[u8]) -> Result<Message, No> {
    Message::read(body, &Limits::default()).map(|document| document.message).map_err(|refused| {
        let status = match refused.cause {
            Cause::Xml => StatusCode::BAD_REQUEST,
            Cause::Limit => StatusCode::PAYLOAD_TOO_LARGE,
            Cause::Unsupported | Cause::Schema | Cause::Content => StatusCode::UNPROCESSABLE_ENTITY,
        };
        No::new(status, refused.to_string())
    })
}

/// Whether a fault of the line strikes a message: drawn by its first payment.
fn strikes(faults: &Faults, kind: FaultKind, message: &Message, attempt: i64) -> bool {
    let account = |account: &Option<iso20022::AccountId>| account.as_ref().map(|one| one.text().to_owned());
    let first = match message {
        Message::CreditTransfer(_, all) => all.first().map(|one| (account(&one.creditor_account), one.amount.minor)),
        Message::DirectDebit(_, all) => all.first().map(|one| (account(&one.creditor_account), one.amount.minor)),
        Message::Return(_, all) => all.first().map(|one| (one.original_transaction_id.clone(), one.amount.minor)),
        _ => None,
    };
    let (account, amount_minor) = first.unwrap_or((Some(intake::kind(message).to_owned()), 0));
    let account = account.unwrap_or_default();
    faults.draw(kind, Subject { account: &account, amount_minor, occurrence: 0, attempt }).is_some()
}

/// No answer: the connection ends before its first byte.
fn broken() -> Response {
    let end = io::Error::new(io::ErrorKind::ConnectionReset, "the connection was to break here");
    let body = Body::from_stream(futures_util::stream::once(async { Err::<Bytes, _>(end) }));
    (StatusCode::ACCEPTED, body).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    #[serde(default)]
    after: i64,
    #[serde(default = "usual_limit")]
    limit: u32,
    #[serde(default)]
    wait: u64,
}

fn usual_limit() -> u32 {
    100
}

/// The most lines of one answer.
const LINES_MOST: u32 = 500;
/// Lines beyond so many bytes wait for the next request, unless there is only one.
const BYTES_MOST: usize = 4 << 20;
/// The longest wait, seconds: below what connections bear.
const WAIT_MOST_S: u64 = 25;

#[derive(Serialize)]
pub(super) struct Mailbox {
    messages: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    sequence: i64,
    xml: String,
}

pub(super) async fn mailbox(
    State(network): State<Network>,
    headers: HeaderMap,
    query: Result<Query<From>, QueryRejection>,
) -> Result<Json<Mailbox>, No> {
    let bank = participant(&network, &headers)?.code.clone();
    up(&network)?;
    let Query(from) = query.map_err(|rejection| No::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    if from.after < 0 || from.limit == 0 {
        return Err(No::new(StatusCode::BAD_REQUEST, "after is 0 or more, limit 1 or more"));
    }
    let mut sequence = network.inner.desk.sequence(&bank).ok_or_else(crate::odd)?;
    let wait = Duration::from_secs(from.wait.min(WAIT_MOST_S));
    // Too long a wait is an empty answer, as is a clearing house that stops meanwhile.
    let _ = tokio::time::timeout(wait, sequence.wait_for(|last| *last > from.after)).await;
    up(&network)?;
    let mut bytes = 0;
    let lines = store::message::lines(&network.inner.db, &bank, from.after, from.limit.min(LINES_MOST)).await?;
    let fitting = lines.into_iter().enumerate().take_while(|(place, (_, xml))| {
        bytes += xml.len();
        *place == 0 || bytes <= BYTES_MOST
    });
    let messages = fitting.map(|(_, (sequence, xml))| Line { sequence, xml }).collect();
    Ok(Json(Mailbox { messages }))
}
