//! Money that another bank gives back.

use super::NewCase;
use super::receive::Reading;
use crate::model::channel::{Channel, PaymentKind};
use crate::model::document::Correction;
use crate::model::elsewhere::Service;
use crate::model::instruction::{OrderNumber, PaymentInstruction, foreign_command_id};
use crate::model::interbank::{CaseKind, Ending, InterbankState, InterbankWay, ReasonCode};
use crate::service::submit::is_conflict;
use crate::store;
use crate::store::interbank::StoredInterbank;
use iso20022::PaymentReturn;
use kit::Fault;

/// Names of the commands, by what they do.
const GIVE_BACK: &str = "payments.interbank.returned";
const SUSPEND: &str = "payments.interbank.returned.suspense";
/// Who decided a return, in the books.
const NETWORK: &str = "clearing";
/// Most characters that are kept of why.
const WORDS: usize = 160;

impl Reading<'_> {
    /// Takes in a return. It is settled already, so the money is here and must be booked somewhere.
    pub(super) async fn came_back(&mut self, message: i64, one: PaymentReturn) -> Result<(), Fault> {
        let original = self.payment(one.original_transaction_id.as_deref());
        if let Some(original) = &original {
            self.link(message, original, &format!("RTR {}", one.reason.code));
        }
        if let Some(known) = self.payment(Some(&one.return_id)) {
            self.link(message, &known, "");
            return Ok(());
        }
        let Some(day) = one.settlement_day else {
            let case = NewCase::new(CaseKind::ReturnUnmatched).message(message).fact("transaction", &one.return_id);
            self.cases.push(case.fact("why", "it is not settled"));
            return Ok(());
        };
        // What the same mail said about the payment comes first.
        self.settle_ends().await?;
        let fits = original.filter(|original| {
            original.way == InterbankWay::Out
                && (original.amount_minor, original.currency) == (one.amount.minor, one.amount.currency.numeric())
        });
        let returned = StoredInterbank {
            order: OrderNumber(self.payments.inner.ids.next()),
            way: InterbankWay::Returned,
            service: Service::RealTime,
            tx_id: one.return_id.clone(),
            end_to_end_id: one.original_end_to_end_id.clone().unwrap_or_default(),
            bank: match &fits {
                Some(original) => original.bank.clone(),
                None => self.payments.bank_for_row("").await,
            },
            account_text: fits.as_ref().map(|original| original.account_text.clone()).unwrap_or_default(),
            name: fits.as_ref().map(|original| original.name.clone()).unwrap_or_default(),
            account: match &fits {
                Some(original) => original.account,
                None => self.payments.suspense().await?.id,
            },
            customer: fits.as_ref().and_then(|original| original.customer),
            person: fits.as_ref().and_then(|original| original.person),
            amount_minor: one.amount.minor,
            currency: one.amount.currency.numeric(),
            memo: one.reason.words.chars().filter(|letter| !letter.is_control()).take(WORDS).collect(),
            command: foreign_command_id(GIVE_BACK, "", &one.return_id),
            state: InterbankState::Waiting,
            ending: Ending { day: Some(day), reason: Some(ReasonCode::read(&one.reason.code)) },
            expected: None,
            next: self.now,
            tries: 0,
            message: None,
            related: fits.as_ref().map(|original| original.order),
            card: None,
            mandate: None,
            name_match: None,
            created: self.now,
            sent: None,
            checking: None,
            ended: None,
            returned: None,
        };
        let transaction_id = returned.tx_id.clone();
        self.begin(returned, Some(message), "");
        self.book_return(&transaction_id, fits, Some(message)).await
    }

    /// Books a return as soon as it is known how its payment ended.
    async fn book_return(
        &mut self,
        transaction_id: &str,
        original: Option<StoredInterbank>,
        message: Option<i64>,
    ) -> Result<(), Fault> {
        let Some(returned) = self.payment(Some(transaction_id)) else { return Ok(()) };
        match original {
            Some(original) if original.state == InterbankState::Settled => {
                self.give_to_payer(returned, original, message).await
            }
            // Its own word is still awaited: the money waits for that.
            Some(original) if !original.state.is_final() => Ok(()),
            _ => self.suspend(returned, message).await,
        }
    }

    async fn give_to_payer(
        &mut self,
        returned: StoredInterbank,
        original: StoredInterbank,
        message: Option<i64>,
    ) -> Result<(), Fault> {
        let payments = self.payments;
        let (payer, payee) = (payments.clearing_account().await?, payments.account(original.account).await?);
        let (kind, channel, id) = (PaymentKind::Return, Channel::Clearing, returned.command);
        let code = returned.ending.reason.unwrap_or(ReasonCode::NOT_SAID);
        let correction = Correction {
            order: original.order.0,
            command: original.command,
            by: NETWORK.to_owned(),
            reason: format!("{} {}", code.text(), returned.memo).trim_end().to_owned(),
        };
        let base =
            PaymentInstruction::new(id, returned.order, kind, channel, payer, payee, returned.amount_minor, self.now);
        let instruction = PaymentInstruction { correction: Some(correction), settlement: returned.ending.day, ..base };
        let submitted = payments.submit_waiting(&instruction).await.map_err(wait)?;
        let result = match submitted.await {
            Ok(result) => result,
            Err(error) if is_conflict(&error) => match payments.decided(id).await? {
                Some(decided) => decided.result,
                None => return Err(Fault::new("a decided payment is gone")),
            },
            Err(error) => return Err(wait(error)),
        };
        if result.refusal.is_some() {
            // The account is closed by now, or nothing may enter it.
            return self.suspend(StoredInterbank { order: result.order, ..returned }, message).await;
        }
        let now = self.now;
        if let Some(returned) = self.changed(&returned.tx_id) {
            (returned.order, returned.state, returned.ended) = (result.order, InterbankState::Settled, Some(now));
        }
        if let Some(original) = self.changed(&original.tx_id) {
            (original.state, original.returned) = (InterbankState::Returned, Some(now));
        }
        let told = StoredInterbank { ending: returned.ending, ..original };
        self.notices.extend(super::notice("elsewhere_returned", &told));
        Ok(())
    }

    /// Money that fits no payment, or cannot go where it came from, waits for staff.
    async fn suspend(&mut self, returned: StoredInterbank, message: Option<i64>) -> Result<(), Fault> {
        let payments = self.payments;
        let (payer, payee) = (payments.clearing_account().await?, payments.suspense().await?);
        let id = foreign_command_id(SUSPEND, "", &returned.tx_id);
        let (kind, channel) = (PaymentKind::Return, Channel::Clearing);
        let (order, amount_minor) = (returned.order, returned.amount_minor);
        let base = PaymentInstruction::new(id, order, kind, channel, payer, payee, amount_minor, self.now);
        let instruction = PaymentInstruction { attempt: 2, settlement: returned.ending.day, ..base };
        let order = payments.booked(&instruction).await?;
        let now = self.now;
        if let Some(returned) = self.changed(&returned.tx_id) {
            (returned.order, returned.command) = (order, id);
            (returned.account, returned.customer, returned.person) = (payee.id, None, None);
            (returned.state, returned.ended) = (InterbankState::Settled, Some(now));
        }
        let case = NewCase::about(CaseKind::ReturnUnmatched, &StoredInterbank { order, ..returned });
        self.cases.push(match message {
            Some(message) => case.message(message),
            None => case,
        });
        Ok(())
    }

    /// Books the returns whose payments have got their word meanwhile.
    pub(super) async fn finish_returns(&mut self) -> Result<(), Fault> {
        let db = &self.payments.inner.db;
        for returned in store::interbank::waiting_returns(db).await? {
            let Some(order) = returned.related else { continue };
            let Some(original) = store::interbank::by_order(db, order).await? else { continue };
            let (original_id, returned_id) = (original.tx_id.clone(), returned.tx_id.clone());
            self.known(original);
            self.known(returned);
            let original = self.payment(Some(&original_id));
            if original.as_ref().is_some_and(|original| original.state.is_final()) {
                self.settle_ends().await?;
                self.book_return(&returned_id, original, None).await?;
            }
        }
        Ok(())
    }
}

fn wait(error: kit::Error) -> Fault {
    match error {
        kit::Error::Fault(fault) => fault,
        kit::Error::Refusal(refusal) => Fault::new(format!("the mailbox has to wait: {refusal}")),
    }
}
