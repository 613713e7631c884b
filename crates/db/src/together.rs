//! Small writes of many who ask at the same time, in one transaction and with one wait for the disk.
//!
//! 1. **queue** (caller): the statements of one caller, which belong together, wait in memory;
//! 2. **gather** (one task, while there is anything): all that wait become one transaction, in the order in which they came;
//!    neighbours with the same text of an insert become one bulk insert;
//! 3. **commit**, then every caller is answered. Whoever was answered is as durable as after [`Tx::commit`].
//!
//! While one transaction waits for the disk, the next gathers: under load a commit costs each caller a share of it, and who
//! asks alone waits no longer than alone; while a crowd asks, the task lingers a moment so that more share the next. If a statement fails, the callers of that transaction are written one by one, so
//! that each is told of its own fault alone.

use crate::bulk::is_insert;
use crate::{Db, Sql, Tx, Value};
use kit::Fault;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Callers of one transaction at most: what comes first shall not wait for ever for what comes last.
const CALLERS_AT_ONCE: usize = 512;

/// So many callers at once are a crowd.
const CROWD: usize = 4;
/// After a crowd the next transaction begins so much later: more come meanwhile, and each commit costs all of them less.
const LINGER: Duration = Duration::from_millis(2);

/// A statement with its values.
pub type Statement = (Sql, Vec<Value>);

struct Waiting {
    statements: Vec<Statement>,
    answer: oneshot::Sender<Result<(), Fault>>,
}

/// Who waits, and whether a task gathers them.
#[derive(Default)]
pub(crate) struct Together(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    is_gathered: bool,
}

impl Db {
    /// Runs statements that need no answer, all or none of them, in one transaction with those of others who ask at the same
    /// time. They may be given up only before the transaction begins: who stops waiting does not undo them.
    ///
    /// A statement must not depend on what it finds but by its own text, such as `ON CONFLICT`: what was read before may have
    /// changed, and no lock is held. Two rows that meet in one transaction are written in the order in which they came.
    pub async fn execute_together(&self, statements: Vec<Statement>) -> Result<(), Fault> {
        let (answer, answered) = oneshot::channel();
        let begins = {
            let mut queue = self.together.queue();
            queue.waiting.push(Waiting { statements, answer });
            !std::mem::replace(&mut queue.is_gathered, true)
        };
        if begins {
            let db = self.clone();
            kit::spawn("writing together", async move { db.gather().await });
        }
        answered.await.map_err(|_| Fault::new("what was to be written together was given up"))?
    }

    async fn gather(self) {
        // Also when something panics: then who waits is told, and the next caller begins anew.
        let over = Over(&self.together);
        loop {
            let now = {
                let mut queue = self.together.queue();
                if queue.waiting.is_empty() {
                    queue.is_gathered = false;
                    break;
                }
                let some = queue.waiting.len().min(CALLERS_AT_ONCE);
                queue.waiting.drain(..some).collect::<Vec<_>>()
            };
            let callers = now.len();
            self.write_all(now).await;
            if callers >= CROWD {
                tokio::time::sleep(LINGER).await;
            }
        }
        std::mem::forget(over);
    }

    async fn write_all(&self, now: Vec<Waiting>) {
        let all = now.iter().flat_map(|one| one.statements.iter().cloned()).collect();
        match self.write_one(all).await {
            Written::Done => now.into_iter().for_each(|one| tell(one.answer, Ok(()))),
            Written::Not(_) if now.len() > 1 => {
                for one in now {
                    let written = self.write_one(one.statements).await;
                    tell(one.answer, written.into_result());
                }
            }
            Written::Not(fault) | Written::Unknown(fault) => {
                let told = fault.to_string();
                let mut first = Some(fault);
                for one in now {
                    tell(one.answer, Err(first.take().unwrap_or_else(|| Fault::new(told.clone()))));
                }
            }
        }
    }

    async fn write_one(&self, statements: Vec<Statement>) -> Written {
        let mut tx = match self.begin_write(&[]).await {
            Ok(tx) => tx,
            Err(fault) => return Written::Not(fault),
        };
        if let Err(fault) = run(&mut tx, statements).await {
            return Written::Not(fault);
        }
        match tx.commit().await {
            Ok(()) => Written::Done,
            Err(fault) => Written::Unknown(fault),
        }
    }
}

enum Written {
    Done,
    /// Nothing of it.
    Not(Fault),
    /// The commit failed: with a server the outcome is unknown.
    Unknown(Fault),
}

impl Written {
    fn into_result(self) -> Result<(), Fault> {
        match self {
            Self::Done => Ok(()),
            Self::Not(fault) | Self::Unknown(fault) => Err(fault),
        }
    }
}

impl Together {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a gathering that did not come to its end.
struct Over<'a>(&'a Together);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.is_gathered = false;
        // Their senders go with them, which tells who waits.
        queue.waiting.clear();
    }
}

/// Runs statements; inserts of one text are gathered until a statement of another table's text comes that is no insert.
async fn run(tx: &mut Tx, statements: Vec<Statement>) -> Result<(), Fault> {
    let mut inserts: Vec<(Sql, Vec<Vec<Value>>)> = Vec::new();
    for (sql, values) in statements {
        if !is_insert(&sql) {
            flush(tx, &mut inserts).await?;
            tx.execute(sql, values).await?;
            continue;
        }
        match inserts.iter_mut().find(|(known, _)| known.text() == sql.text()) {
            Some((_, rows)) => rows.push(values),
            None => inserts.push((sql, vec![values])),
        }
    }
    flush(tx, &mut inserts).await
}

async fn flush(tx: &mut Tx, inserts: &mut Vec<(Sql, Vec<Vec<Value>>)>) -> Result<(), Fault> {
    for (sql, rows) in inserts.drain(..) {
        tx.bulk_insert(sql, rows).await?;
    }
    Ok(())
}

fn tell(answer: oneshot::Sender<Result<(), Fault>>, written: Result<(), Fault>) {
    // Who has stopped waiting need not be told.
    let _ = answer.send(written);
}
