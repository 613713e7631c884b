//! What anybody may read before being a customer: accounts, rates and fees, branches, help, the security centre.
//! Numbers come from data beside it; sentences from the texts.

mod branch;
mod help;
mod offer;
mod rates;
mod security;

pub(crate) use branch::branches;
pub(crate) use help::help;
pub(crate) use offer::{OfferView, offers, products};
pub(crate) use rates::rates;
pub(crate) use security::security;

use web::Page;
use web::ui::HtmlFragment;

/// A title and what there is to say under it.
pub(crate) struct Saying {
    title: String,
    text: HtmlFragment,
}

/// The message under a key and its attribute `.text`, line ends kept, words of another language marked.
fn saying(page: &Page, key: &str) -> Saying {
    let text = page.words(&page.t(&format!("{key}.text"))).to_string();
    Saying { title: page.t(key), text: HtmlFragment::trusted(text.replace('\n', "<br>")) }
}
