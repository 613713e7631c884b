//! The operator's routes.

use super::card::json_of;
use super::{No, operator};
use crate::model::refusal;
use crate::model::transfer::{self, Transfer};
use crate::{Faults, GiveBack, Network, NewCard, PayOrder, store};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use money::{Amount, AmountWire, Currency};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) async fn faults(State(network): State<Network>, headers: HeaderMap) -> Result<Json<Faults>, No> {
    operator(&network, &headers)?;
    Ok(Json(network.faults()))
}

pub(super) async fn set_faults(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<Faults>, JsonRejection>,
) -> Result<Json<Faults>, No> {
    operator(&network, &headers)?;
    network.set_faults(json_of(body)?).await?;
    Ok(Json(network.faults()))
}

fn plain(minor: i64) -> String {
    Amount::new(minor, Currency::CNY).plain()
}

pub(super) async fn positions(State(network): State<Network>, headers: HeaderMap) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    let positions = network.positions().await?;
    let banks = positions.banks.iter().map(|bank| {
        json!({
            "code": bank.code,
            "name_zh": bank.name_zh,
            "name_en": bank.name_en,
            "position": plain(bank.position_minor),
            "reserved": plain(bank.reserved_minor),
            "net_debit_cap": plain(bank.cap_minor),
            "customers": bank.is_local.then(|| json!({
                "accounts": bank.accounts,
                "opened": plain(bank.opened_minor),
                "balance": plain(bank.balance_minor),
                "held": plain(bank.held_minor),
            })),
        })
    });
    Ok(Json(json!({ "settlement_day": positions.day.iso(), "currency": "CNY", "banks": banks.collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    #[serde(default)]
    after: String,
    #[serde(default = "usual_limit")]
    limit: u32,
}

fn usual_limit() -> u32 {
    100
}

/// The most payments of one answer.
const TRANSFERS_MOST: u32 = 1_000;

/// Payments by id, those after `after`.
pub(super) async fn transfers(
    State(network): State<Network>,
    headers: HeaderMap,
    query: Result<Query<After>, QueryRejection>,
) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    let Query(After { after, limit }) =
        query.map_err(|rejection| No::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    if after.contains('\0') || limit == 0 {
        return Err(No::new(StatusCode::BAD_REQUEST, "after is an id, limit 1 or more"));
    }
    let found = store::transfer::page(&network.inner.db, &after, limit.min(TRANSFERS_MOST)).await?;
    let transfers: Vec<Value> = found.iter().map(|one| written(&network, one)).collect();
    Ok(Json(json!({ "transfers": transfers })))
}

/// One payment with everything that was said about it.
pub(super) async fn story(
    State(network): State<Network>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    let known = match id.contains('\0') {
        true => None,
        false => store::transfer::look(&network.inner.db, &id).await?,
    };
    let known = known.ok_or_else(|| No::new(StatusCode::NOT_FOUND, refusal::PAYMENT_NOT_FOUND))?;
    let story = store::story::of_transfer(&network.inner.db, &id).await?;
    let told = story.iter().map(|told| {
        json!({
            "at": network.inner.house.calendar.rfc3339(told.at),
            "from": told.from,
            "to": told.to,
            "message": told.message,
            "said": told.said,
            "reason": told.reason,
            "fate": told.fate,
        })
    });
    let mut transfer = written(&network, &known);
    transfer["story"] = told.collect();
    Ok(Json(transfer))
}

fn written(network: &Network, one: &Transfer) -> Value {
    let time = |at| network.inner.house.calendar.rfc3339(at);
    json!({
        "id": one.id,
        "kind": one.kind.word(),
        "service": transfer::service_word(one.service),
        "state": one.state.word(),
        "sender": one.sender,
        "payer_bank": one.payer_bank,
        "payer_account": one.payer_account,
        "payee_bank": one.payee_bank,
        "payee_account": one.payee_account,
        "amount": plain(one.amount_minor),
        "reason": one.reason,
        "original": one.original,
        "returned_by": one.returned_by,
        "settlement_day": one.settlement_day.map(|day| day.iso()),
        "created": time(one.created),
        "ended": one.ended.map(time),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayBody {
    from: String,
    to_bank: String,
    to_account: String,
    to_name: String,
    amount: String,
    #[serde(default = "usual_service")]
    service: String,
    #[serde(default)]
    memo: String,
}

fn usual_service() -> String {
    "real_time".to_owned()
}

pub(super) async fn pay(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<PayBody>, JsonRejection>,
) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    let PayBody { from, to_bank, to_account, to_name, amount, service, memo } = json_of(body)?;
    let wire = AmountWire { value: amount, currency: "CNY".to_owned() };
    let unfit =
        |field: &str| No::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{} field={field}", refusal::FIELD_INVALID));
    let amount = Amount::try_from(&wire).map_err(|_| unfit("amount"))?;
    let service = transfer::service_from_word(&service).ok_or_else(|| unfit("service"))?;
    let order = PayOrder { from, to_bank, to_account, to_name, amount_minor: amount.minor, service, memo };
    let id = network.pay(order).await?;
    Ok(Json(json!({ "transaction_id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardBody {
    bank: Option<String>,
    name: String,
    citizen_number: String,
    mobile: String,
}

pub(super) async fn issue(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<CardBody>, JsonRejection>,
) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    let CardBody { bank, name, citizen_number, mobile } = json_of(body)?;
    let issued = network.issue_card(NewCard { bank, name, citizen_number, mobile }).await?;
    Ok(Json(json!({ "card": issued.card, "bank": issued.bank, "balance": plain(issued.balance_minor) })))
}

pub(super) async fn close_day(State(network): State<Network>, headers: HeaderMap) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    network.close_day().await?;
    Ok(Json(json!({ "settlement_day": network.positions().await?.day.iso() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnBody {
    transaction_id: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn give_back(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<ReturnBody>, JsonRejection>,
) -> Result<Json<Value>, No> {
    operator(&network, &headers)?;
    let ReturnBody { transaction_id, reason } = json_of(body)?;
    let id = network.give_back(GiveBack { transaction_id, reason }).await?;
    Ok(Json(json!({ "return_id": id })))
}
