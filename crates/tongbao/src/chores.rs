//! What a serving bank does by itself, until it closes.

use crate::bank::Bank;
use crate::quiet;
use cloud::Cloud;
use kit::{Random, Timestamp};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior};

/// How often old rows are swept away.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How often it is looked whether something is due.
const TICK_EVERY: Duration = Duration::from_secs(1);
/// How often other banks are told which cards were given up, as far as they do not know it yet.
const CARDS_LOOK: Duration = Duration::from_secs(5);
/// How often it is looked whether a statement of the clearing house has come, or a posting to a day that has one.
const STATEMENTS_LOOK: Duration = Duration::from_secs(5);
/// How often slices of the general ledger are compared.
const SLICES_LOOK: Duration = Duration::from_secs(10);
/// How often it is looked whether an approved proposal is still to be carried out.
const PROPOSALS_LOOK: Duration = Duration::from_secs(5);
/// How often it is looked for trades between partitions of the ledger that were left under way.
const TRADES_LOOK: Duration = Duration::from_secs(60);
/// How often it is looked whether a backup wishes for a quiet moment.
const QUIET_LOOK: Duration = Duration::from_millis(200);
/// How many hand messages to the clearing network at the same time.
const SENDERS: usize = 3;
/// How often it is looked whether something between banks is due.
const INTERBANK_LOOK: Duration = Duration::from_millis(200);
/// How long one look into the mailbox waits for something to come.
const MAILBOX_WAIT: Duration = Duration::from_secs(20);
/// How soon the mailbox is looked into again after that failed.
const MAILBOX_AGAIN: Duration = Duration::from_millis(500);
/// How often the clock is asked whether a new bank day has begun, for what is done once a day.
const DAY_LOOK: Duration = Duration::from_secs(60);

/// The chores of a bank that is open. Each second ledger time moves on, so that holds run out and transfers are made when
/// they are due; each hour what is no longer needed is forgotten; once each bank day accounts that have not moved for long
/// go dormant.
pub(crate) struct Chores {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<Option<()>>>,
}

impl Chores {
    /// Starts them, of a bank with this data folder. Accounts go dormant after so many days without a movement; 0 is never.
    pub(crate) fn start(bank: &Bank, data: &Path, dormant_after_days: u32) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = vec![
            kit::spawn("sweeps", sweep(bank.clone(), stopped.clone())),
            kit::spawn("ticks", tick(bank.clone(), stopped.clone())),
            kit::spawn("cards", release_cards(bank.clone(), stopped.clone())),
            kit::spawn("proposals", carry_out(bank.clone(), stopped.clone())),
            kit::spawn("trail", chain(bank.clone(), stopped.clone())),
            kit::spawn("slices", compare_slices(bank.clone(), stopped.clone())),
        ];
        if bank.payments.has_clearing() {
            tasks.extend((0..SENDERS).map(|_| kit::spawn("interbank", hand_over(bank.clone(), stopped.clone()))));
            tasks.push(kit::spawn("reconciliation", reconcile(bank.clone(), stopped.clone())));
            tasks.push(kit::spawn("mailbox", read_mailbox(bank.clone(), stopped.clone())));
        }
        if bank.ledger.partitions().len() > 1 {
            tasks.push(kit::spawn("trades", finish_trades(bank.clone(), stopped.clone())));
            tasks.push(kit::spawn("quiet", give_quiet(bank.clone(), data.to_owned(), stopped.clone())));
        }
        if dormant_after_days > 0 {
            tasks.push(kit::spawn("dormancy", mark_dormant(bank.clone(), dormant_after_days, stopped)));
        }
        Self { stop, tasks }
    }

    /// Lets what is being done come to its end, and does no more: the bank can be closed.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            // One that panicked was logged.
            let _ = task.await;
        }
    }
}

/// Waits for the next time; false when the bank closes.
async fn comes(interval: &mut Interval, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        // An error means that the sender is gone, which is a reason to stop as well.
        _ = stopped.wait_for(|stop| *stop) => false,
        _ = interval.tick() => true,
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn sweep(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut hours = every(SWEEP_EVERY);
    while comes(&mut hours, &mut stopped).await {
        let swept = [
            ("passport", bank.passport.sweep().await),
            ("payments", bank.payments.sweep().await),
            ("staff", bank.staff.sweep().await),
        ];
        for (what, swept) in swept {
            if let Err(fault) = swept {
                tracing::warn!(%fault, what, "old rows could not be swept; the next try comes in an hour");
            }
        }
    }
}

async fn tick(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut seconds = every(TICK_EVERY);
    while comes(&mut seconds, &mut stopped).await {
        let now = bank.clock.now();
        if let Err(fault) = bank.payments.run_due(now).await {
            tracing::error!(%fault, "what is due could not be done; the next try comes in a second");
        }
        match tick_when_due(&bank.ledger, now, &bank.random).await {
            Err(ledger::SubmitError::Stopped) => return,
            Err(error) => tracing::warn!(%error, "a tick was not taken; the next one comes in a second"),
            Ok(()) => {}
        }
    }
}

/// Carries trades between partitions to their end that met a full disk or a failing one on their way.
async fn finish_trades(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(TRADES_LOOK);
    while comes(&mut looks, &mut stopped).await {
        match bank.ledger.sweep_what_is_left().await {
            Err(error) => {
                tracing::warn!(%error, "trades between partitions were not looked at; the next look comes soon")
            }
            Ok(swept) if swept.looked_at > 0 => {
                tracing::info!(
                    swept.looked_at,
                    swept.finished,
                    swept.failed,
                    "trades between partitions were looked at"
                );
            }
            Ok(_) => {}
        }
    }
}

/// Gives backups the quiet moment that they wish for.
async fn give_quiet(bank: Bank, data: PathBuf, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(QUIET_LOOK);
    let mut known = match quiet::last_wish(&data) {
        Ok(known) => known,
        Err(trouble) => return tracing::error!(%trouble, "backups of a serving bank get no quiet moment"),
    };
    while comes(&mut looks, &mut stopped).await {
        if let Err(trouble) = quiet::look(&data, &bank.ledger, &bank.projections, &mut known).await {
            tracing::warn!(%trouble, "a backup got no quiet moment; the next try comes with the next wish");
        }
    }
}

/// Hands messages to the clearing network as soon as there are any, and looks every now and then for what is due. Several do
/// so at once, so that one message that gets no answer holds up no other.
async fn hand_over(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(INTERBANK_LOOK);
    loop {
        let goes_on = tokio::select! {
            goes_on = comes(&mut looks, &mut stopped) => goes_on,
            () = bank.payments.interbank_woken() => true,
        };
        if !goes_on {
            return;
        }
        if let Err(fault) = bank.payments.run_interbank(bank.clock.now()).await {
            tracing::error!(%fault, "payments between banks could not be handed over; the next try comes soon");
            if !comes(&mut looks, &mut stopped).await {
                return;
            }
        }
    }
}

/// Reads what the clearing network says as soon as it says it.
async fn read_mailbox(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut again = every(MAILBOX_AGAIN);
    loop {
        let read = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            read = bank.payments.receive_interbank(MAILBOX_WAIT) => read,
        };
        if let Err(fault) = read {
            tracing::warn!(%fault, "the mailbox of the clearing network could not be read; the next try comes soon");
            if !comes(&mut again, &mut stopped).await {
                return;
            }
        }
    }
}

/// Compares days of the clearing account with their statements.
async fn reconcile(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(STATEMENTS_LOOK);
    while comes(&mut looks, &mut stopped).await {
        if let Err(fault) = bank.payments.run_reconciliation().await {
            tracing::error!(%fault, "statements of the clearing house were not compared; the next try comes soon");
        }
    }
}

/// Compares slices of the general ledger with the journal and the networks' lists.
async fn compare_slices(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(SLICES_LOOK);
    while comes(&mut looks, &mut stopped).await {
        if let Err(fault) = bank.payments.run_slices().await {
            tracing::error!(%fault, "slices of the general ledger were not compared; the next try comes soon");
        }
    }
}

/// Apart from the ticks, so that another bank that gives no answer holds up nothing else.
async fn release_cards(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(CARDS_LOOK);
    while comes(&mut looks, &mut stopped).await {
        if let Err(fault) = bank.payments.release_cards(bank.clock.now()).await {
            tracing::warn!(%fault, "other banks were not told of cards that were given up; the next try comes soon");
        }
    }
}

/// Finishes what two people agreed on and a stop, or a full queue, left undone.
async fn carry_out(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut looks = every(PROPOSALS_LOOK);
    while comes(&mut looks, &mut stopped).await {
        if let Err(fault) = bank.desk.sweep().await {
            tracing::warn!(%fault, "approved proposals were not looked at; the next look comes soon");
        }
    }
}

/// Takes what happened to people's safety into the audit trail.
async fn chain(bank: Bank, mut stopped: watch::Receiver<bool>) {
    let mut seconds = every(TICK_EVERY);
    while comes(&mut seconds, &mut stopped).await {
        if let Err(fault) = bank.desk.chain_customers_acts().await {
            tracing::error!(%fault, "customers' acts did not come into the audit trail; the next try comes in a second");
        }
    }
}

async fn mark_dormant(bank: Bank, after_days: u32, mut stopped: watch::Receiver<bool>) {
    let mut done = None;
    let mut looks = every(DAY_LOOK);
    while comes(&mut looks, &mut stopped).await {
        let today = bank.calendar.day(bank.clock.now());
        if done == Some(today) {
            continue;
        }
        match bank.accounts.mark_dormant(after_days).await {
            Ok(marked) => {
                done = Some(today);
                tracing::info!(marked, "accounts that have not moved for long went dormant");
            }
            Err(error) => tracing::warn!(%error, "dormant accounts were not marked; the next try comes soon"),
        }
    }
}

/// A tick is journaled only when there is something that could expire.
async fn tick_when_due(ledger: &Cloud, now: Timestamp, random: &Random) -> Result<(), ledger::SubmitError> {
    if ledger.next_expiry().await?.is_none_or(|due| due > now.as_ms()) {
        return Ok(());
    }
    let tick = ledger::Command {
        id: ledger::CommandId(random.u128().clamp(1, u128::MAX - 1)),
        time_ms: now.as_ms(),
        action: ledger::Action::Tick,
        document: Vec::new(),
    };
    ledger.execute(tick).await.map(|_| ())
}
