//! The directory, and binding a card.

use super::{No, participant, up};
use crate::model::card::{Elements, is_number};
use crate::service::card::{Checked, Confirmation, Confirmed, Question};
use crate::service::seed::LOCAL_BANKS;
use crate::service::{Outcome, Work};
use crate::{Network, odd};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use kit::FaultContext;
use notify::SmsMessage;
use serde::Deserialize;
use serde_json::{Value, json};

/// What came as JSON, or what is wrong with it.
pub(super) fn json_of<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, No> {
    body.map(|Json(value)| value).map_err(|rejection| No::new(rejection.status(), rejection.body_text()))
}

pub(super) async fn banks(State(network): State<Network>, headers: HeaderMap) -> Result<Json<Value>, No> {
    participant(&network, &headers)?;
    up(&network)?;
    let elsewhere = network
        .inner
        .participants
        .iter()
        .map(|one| json!({ "code": one.code, "name_zh": one.name_zh, "name_en": one.name_en, "bins": [] }));
    let local = LOCAL_BANKS
        .iter()
        .map(|one| json!({ "code": one.code, "name_zh": one.name_zh, "name_en": one.name_en, "bins": [one.bin] }));
    Ok(Json(json!({ "banks": elsewhere.chain(local).collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckBody {
    card: String,
    name: String,
    citizen_number: String,
    mobile: String,
}

pub(super) async fn check(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<CheckBody>, JsonRejection>,
) -> Result<Json<Value>, No> {
    let participant = participant(&network, &headers)?.clone();
    up(&network)?;
    let CheckBody { card, name, citizen_number, mobile } = json_of(body)?;
    if !is_number(&card) {
        return Ok(refused("unknown_card"));
    }
    let random = &network.inner.random;
    let (reference, code) = (format!("{:032x}", random.u128()), format!("{:06}", random.below(1_000_000)));
    let tail = card.get(12..).unwrap_or_default().to_owned();
    let question = Question {
        participant: participant.code,
        card,
        elements: Elements::read(&name, &citizen_number, &mobile),
        reference: reference.clone(),
        code: code.clone(),
    };
    let (bank, mobile) = match network.act(Work::CheckCard(question)).await? {
        Outcome::Checked(Checked::Sent { bank, mobile }) => (bank, mobile),
        Outcome::Checked(Checked::Refused(reason)) => return Ok(refused(reason)),
        _ => return Err(odd().into()),
    };
    let sender = LOCAL_BANKS.iter().find(|one| one.code == bank).ok_or_else(odd)?;
    let (who, to) = (&participant.name_zh, &participant.name_en);
    let text = format!(
        "【{}】验证码{code}，用于把尾号{tail}的卡绑定到{who}，5分钟内有效，请勿告诉任何人。{}: {code} binds your card ending {tail} \
         to {to}. Valid for 5 minutes. Tell it to nobody.",
        sender.name_zh, sender.name_en
    );
    let message = SmsMessage { id: reference.clone(), to: mobile, text };
    network.inner.gateway.send(&message).await.fault("sending the code of a card")?;
    Ok(Json(json!({ "result": "code_sent", "reference": reference, "bank": bank })))
}

fn refused(reason: &str) -> Json<Value> {
    Json(json!({ "result": "refused", "reason": reason }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmBody {
    reference: String,
    code: String,
}

pub(super) async fn confirm(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<ConfirmBody>, JsonRejection>,
) -> Result<Json<Value>, No> {
    let participant = participant(&network, &headers)?.code.clone();
    up(&network)?;
    let ConfirmBody { reference, code } = json_of(body)?;
    if [&reference, &code].into_iter().any(|text| text.contains('\0')) {
        return Err(No::new(StatusCode::UNPROCESSABLE_ENTITY, "a text holds U+0000"));
    }
    let mandate = format!("MD{:032x}", network.inner.random.u128());
    let confirmation = Confirmation { participant, reference, code, mandate };
    Ok(Json(match network.act(Work::ConfirmCard(confirmation)).await? {
        Outcome::Confirmed(Confirmed::Bound(mandate)) => json!({ "result": "bound", "mandate": mandate }),
        Outcome::Confirmed(Confirmed::WrongCode(left)) => json!({ "result": "wrong_code", "left": left }),
        Outcome::Confirmed(Confirmed::Expired) => json!({ "result": "expired" }),
        _ => return Err(odd().into()),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseBody {
    mandate: String,
}

pub(super) async fn release(
    State(network): State<Network>,
    headers: HeaderMap,
    body: Result<Json<ReleaseBody>, JsonRejection>,
) -> Result<Json<Value>, No> {
    let participant = participant(&network, &headers)?.code.clone();
    up(&network)?;
    let ReleaseBody { mandate } = json_of(body)?;
    if mandate.contains('\0') {
        return Err(No::new(StatusCode::UNPROCESSABLE_ENTITY, "a text holds U+0000"));
    }
    network.act(Work::ReleaseCard { participant, mandate }).await?;
    Ok(Json(json!({ "result": "released" })))
}
