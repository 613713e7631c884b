//! The general ledger as the bank's own people see it.

use crate::Desk;
use crate::model::act;
use accounts::{BookItem, TrialBalance, Voucher};
use kit::{BankDay, Refusal, Result, Timestamp};
use payments::{Case, DayEnd, SliceDifference, SliceView};
use staff::StaffSession;

/// Days that a list shows.
pub(crate) const BOOK_DAYS: u16 = 14;
/// Transfers of a voucher that a page shows.
pub const ITEMS_SHOWN: usize = 100;

/// Days with their ends, and cases that are open.
#[derive(Debug, Clone)]
pub struct BooksView {
    /// Days, the newest first: how many transfers and vouchers each has, and how it stands.
    pub days: Vec<(DayEnd, i64, i64)>,
    /// Open cases about slices.
    pub cases: Vec<Case>,
}

/// A day's books.
#[derive(Debug, Clone)]
pub struct BookDay {
    /// The trial balance.
    pub trial: TrialBalance,
    /// Whether it is closed.
    pub end: DayEnd,
    /// Its slices.
    pub slices: Vec<SliceView>,
}

/// A slice with everything about it.
#[derive(Debug, Clone)]
pub struct SliceOfBooks {
    /// Its sums.
    pub view: SliceView,
    /// What differed, what stands first.
    pub differences: Vec<SliceDifference>,
    /// Its vouchers.
    pub vouchers: Vec<Voucher>,
}

/// A voucher with some of its transfers.
#[derive(Debug, Clone)]
pub struct VoucherView {
    /// It.
    pub voucher: Voucher,
    /// Transfers, in the order of the ledger.
    pub items: Vec<BookItem>,
}

impl Desk {
    /// Days of the general ledger, before one or the newest, and open cases. Refuses with `staff.not_allowed`.
    pub async fn books(&self, session: &StaffSession, before: Option<BankDay>) -> Result<BooksView> {
        self.inner.staff.looked(session, &act::BOOKS, "", "").await?;
        let mut days = Vec::new();
        for (day, transfers, vouchers) in self.inner.accounts.book_days(before, BOOK_DAYS).await? {
            days.push((self.inner.payments.day_end(day).await?, transfers, vouchers));
        }
        let cases = self.inner.payments.cases(true).await?;
        Ok(BooksView { days, cases: cases.into_iter().filter(|case| case.kind.is_of_books()).collect() })
    }

    /// A day's books. Refuses with `staff.not_allowed`.
    pub async fn book_day(&self, session: &StaffSession, day: BankDay) -> Result<BookDay> {
        self.inner.staff.looked(session, &act::BOOKS, &of_day(day), "").await?;
        Ok(BookDay {
            trial: self.inner.accounts.trial_balance(day).await?,
            end: self.inner.payments.day_end(day).await?,
            slices: self.inner.payments.slices_of(day).await?,
        })
    }

    /// Compares every slice of a day that is over once more. Refuses with `staff.not_allowed`, `ledger.busy`.
    pub async fn compare_book_day(&self, session: &StaffSession, day: BankDay) -> Result<usize> {
        let work = self.inner.payments.compare_slices_of(day);
        self.inner.staff.acting(session, &act::BOOKS_COMPARE, &of_day(day), "", work).await
    }

    /// The slice that begins at a moment. Refuses with `staff.not_allowed`, `payments.not_found`.
    pub async fn book_slice(&self, session: &StaffSession, start: Timestamp) -> Result<SliceOfBooks> {
        self.inner.staff.looked(session, &act::BOOKS, &format!("slice:{}", start.as_ms()), "").await?;
        let (view, differences) = self.inner.payments.slice_of(start).await?;
        Ok(SliceOfBooks { view, differences, vouchers: self.inner.accounts.vouchers_of_slice(start).await? })
    }

    /// A voucher with its transfers after the first so many. Refuses with `staff.not_allowed`, `payments.not_found`.
    pub async fn voucher(&self, session: &StaffSession, number: u64, skip: usize) -> Result<VoucherView> {
        self.inner.staff.looked(session, &act::BOOKS, &format!("voucher:{number}"), "").await?;
        let voucher = self.inner.accounts.voucher(number).await?;
        let voucher = voucher.ok_or_else(|| Refusal::new("payments.not_found", 404))?;
        Ok(VoucherView { voucher, items: self.inner.accounts.voucher_items(&voucher, skip, ITEMS_SHOWN).await? })
    }
}

fn of_day(day: BankDay) -> String {
    format!("books:{}", day.iso())
}
