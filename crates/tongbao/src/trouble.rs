//! Why the program could not do what it was asked, and what to do about it.

use kit::Fault;
use std::fmt;
use std::path::Path;

/// An error of the command line: what happened, and what to do next.
#[derive(Debug)]
pub struct Trouble {
    what: String,
    remedy: Option<String>,
}

impl Trouble {
    /// What happened, without advice.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A ledger that did not open.
    pub fn ledger(error: ledger::OpenError, dir: &Path) -> Self {
        let shown = dir.display();
        match &error {
            ledger::OpenError::InUse(_) => Self::in_use(dir),
            ledger::OpenError::Damaged(damage) => Self::new(format!("The journal in {shown} is damaged: {damage}."))
                .remedy(format!(
                    "Nothing was changed. Look with `tongbao ledger verify --data {shown}`, keep the folder as it is, \
                     and restore the last backup into a new one with `tongbao restore`."
                )),
            other => Self::new(format!("The ledger in {shown} cannot be opened: {other}.")),
        }
    }

    /// A ledger of partitions that did not open.
    pub fn cloud(error: cloud::OpenError, data: &Path) -> Self {
        match error {
            cloud::OpenError::Partition(partition, error) => {
                Self::ledger(error, &ledger::partition_folder(data, partition))
            }
            cloud::OpenError::Fewer { there, asked } => {
                Self::new(format!("The ledger in {} has {there} partitions, not {asked}.", data.display())).remedy(
                    format!("There is money in each. Start with --partitions {there} or more, or without the option."),
                )
            }
        }
    }

    /// A folder that another process works on.
    pub fn in_use(dir: &Path) -> Self {
        Self::new(format!("The data in {} is in use by another process.", dir.display()))
            .remedy("Stop the other tongbao, or name another folder with --data DIR.")
    }

    /// A database that did not open or migrate, or a projection that does not fit the journal.
    pub fn database(fault: Fault) -> Self {
        let remedy = match db::DbError::of(&fault) {
            Some(db::DbError::BadUrl { .. }) => "Write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME.",
            Some(db::DbError::Unreachable { .. }) => {
                "Is the database server running, and are host, port, name and password right? See [database] in the \
                 configuration."
            }
            Some(db::DbError::NewerSchema { .. }) => {
                "It was written by a newer tongbao. Use that one, or restore a backup made by this one."
            }
            Some(db::DbError::InUse { .. }) => "Another program holds the database. Stop it and try again.",
            _ => return Self::from(fault),
        };
        Self::new(format!("The database cannot be used: {fault}.")).remedy(remedy)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::new(format!("It did not work: {fault}."))
    }
}

impl From<kit::Error> for Trouble {
    fn from(error: kit::Error) -> Self {
        match error {
            kit::Error::Fault(fault) => fault.into(),
            kit::Error::Refusal(refusal) => Self::new(format!("Refused: {refusal}.")),
        }
    }
}

impl From<kit::Refusal> for Trouble {
    fn from(refusal: kit::Refusal) -> Self {
        kit::Error::from(refusal).into()
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Fault::from(error).into()
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "tongbao: {}", self.what)?;
        match &self.remedy {
            Some(remedy) => write!(out, "\n  {remedy}"),
            None => Ok(()),
        }
    }
}
