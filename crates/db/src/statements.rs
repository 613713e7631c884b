//! A room's statements, by name, so that a test can prepare every one of them on both engines.

use crate::connection::running;
use crate::database::Pools;
use crate::{Db, Sql};
use kit::{Fault, FaultContext};
use sqlx::{Executor, SqliteConnection};

/// Declares a file's SQL texts as constants, and `STATEMENTS`, the list of all of them with their names.
///
/// ```
/// db::statements! {
///     /// One order by its id.
///     ORDER_BY_ID = "SELECT id, state FROM payment_order WHERE id = $1";
///     /// A new order; also used in bulk.
///     INSERT_ORDER = "INSERT INTO payment_order (id, state) VALUES ($1, $2)";
/// }
/// assert_eq!(STATEMENTS[0], ("ORDER_BY_ID", ORDER_BY_ID));
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)*
        /// Every statement of this file, for [`Db::prepare_check`](::db::Db::prepare_check).
        #[allow(dead_code, reason = "read by the test that prepares every statement")]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

impl Db {
    /// Prepares each of these statements and reports all that this engine does not accept, by name. Also checks that the
    /// placeholders of each are `$1` to `$n` without a gap.
    pub async fn prepare_check(&self, statements: &[(&'static str, &'static str)]) -> Result<(), Fault> {
        let mut troubles = Vec::new();
        for (name, text) in statements {
            if let Err(fault) = self.prepare_one(text).await {
                troubles.push(format!("{name}: {fault}"));
            }
        }
        if troubles.is_empty() {
            return Ok(());
        }
        Err(Fault::new(format!("{} does not accept:\n{}", self.engine(), troubles.join("\n"))))
    }

    async fn prepare_one(&self, text: &'static str) -> Result<(), Fault> {
        check_placeholders(text)?;
        let sql = Sql::from(text);
        let filled = sql.fill(self.engine());
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let connection: &mut SqliteConnection = &mut *writer.acquire().await?;
                connection.prepare(filled).await.map(|_| ())
            }
            Pools::Postgres { writers, .. } => writers.acquire().await?.prepare(filled).await.map(|_| ()),
        }
        .fault(running(&sql))
    }
}

fn check_placeholders(text: &str) -> Result<(), Fault> {
    let mut seen = Vec::new();
    for rest in text.split('$').skip(1) {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let number: usize = digits.parse().map_err(|_| Fault::new("a $ that is not a placeholder"))?;
        seen.push(number);
    }
    let most = seen.iter().copied().max().unwrap_or(0);
    match (1..=most).find(|number| !seen.contains(number)) {
        Some(gap) => Err(Fault::new(format!("placeholder ${gap} is not used, ${most} is"))),
        None if seen.contains(&0) => Err(Fault::new("placeholders begin at $1")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check_placeholders;

    #[test]
    fn placeholders_run_from_one_without_a_gap() {
        for (text, good) in [
            ("SELECT 1", true),
            ("SELECT $1, $2, $1", true),
            ("SELECT $2", false),
            ("SELECT $1, $3", false),
            ("SELECT $0", false),
            ("SELECT $name", false),
        ] {
            assert_eq!(check_placeholders(text).is_ok(), good, "{text}");
        }
    }
}
