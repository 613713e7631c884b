//! The demonstration's phone: every text that the bank sent, as a phone shows it. Without a phone there is no page.

use super::PageState;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use notify::demo::{Phone, PhoneText};
use serde::Deserialize;
use web::ui::HtmlFragment;
use web::{Failure, Html, Page, When};

struct TextView {
    when: When,
    /// The words, their code in bold.
    words: HtmlFragment,
    /// The code of the newest text, in two halves.
    code: Option<(String, String)>,
}

struct Owner {
    address: String,
    mobile: String,
    name: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "retail/phone.html")]
struct PhonePage {
    page: Page,
    to: Option<String>,
    owners: Vec<Owner>,
    texts: Vec<TextView>,
}

#[derive(Deserialize)]
pub(crate) struct Whose {
    #[serde(default)]
    to: String,
}

pub(crate) async fn inbox(
    State(pages): State<PageState>,
    page: Page,
    Query(whose): Query<Whose>,
) -> web::Result<Response> {
    let phone: &Phone = pages.phone.as_ref().ok_or_else(Failure::not_found)?;
    let numbers = phone.numbers();
    // A number in an address comes without its plus sign.
    let wanted = format!("+{}", whose.to.trim_start_matches('+'));
    let known = (whose.to.len() > 3).then_some(wanted);
    let current = known.or_else(|| numbers.first().cloned());
    let mut owners: Vec<String> = numbers;
    for person in pages.demo.iter() {
        let number = format!("+86{}", person.mobile);
        if !owners.contains(&number) {
            owners.push(number);
        }
    }
    if let Some(current) = &current
        && !owners.contains(current)
    {
        owners.insert(0, current.clone());
    }
    let mut texts = current.as_ref().map(|to| phone.texts(to)).unwrap_or_default();
    texts.reverse();
    let last = texts.len().saturating_sub(1);
    let shown = PhonePage {
        to: current.as_deref().map(in_groups),
        owners: owners.iter().map(|number| owner(&pages, number, current.as_deref())).collect(),
        texts: texts.iter().enumerate().map(|(index, text)| view(&page, text, index == last)).collect(),
        page,
    };
    Ok(Html(shown).into_response())
}

fn in_groups(number: &str) -> String {
    web::mobile_in_groups(number.strip_prefix("+86").unwrap_or(number))
}

fn owner(pages: &PageState, number: &str, current: Option<&str>) -> Owner {
    let person = pages.demo.iter().find(|person| number.strip_prefix("+86") == Some(&person.mobile));
    Owner {
        address: format!("/demo/inbox?to={}", number.trim_start_matches('+')),
        mobile: in_groups(number),
        name: person.map(|person| person.name.clone()).unwrap_or_default(),
        is_current: current == Some(number),
    }
}

/// Where the six digits of a code stand in a text.
fn code_in(text: &str) -> Option<(usize, usize)> {
    let mut start = None;
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        match (byte.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) if at - from == 6 => return Some((from, at)),
            (false, _) => start = None,
            _ => {}
        }
    }
    None
}

fn view(page: &Page, text: &PhoneText, is_newest: bool) -> TextView {
    let code = code_in(&text.text);
    let words = match code {
        Some((from, to)) => {
            let piece = |range: &str| HtmlFragment::with_chinese_marked(range).to_string();
            let (before, rest) = text.text.split_at(from);
            let (digits, after) = rest.split_at(to - from);
            HtmlFragment::trusted(format!("{}<b>{digits}</b>{}", piece(before), piece(after)))
        }
        None => page.words(&text.text),
    };
    let halves = code.and_then(|(from, to)| text.text.get(from..to)).map(|code| code.split_at(3));
    TextView {
        when: page.formats().when(text.time),
        words,
        code: halves.filter(|_| is_newest).map(|(one, two)| (one.to_owned(), two.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_six_digits_and_no_other_number() {
        assert_eq!(code_in("付给李*宝（尾号5678）88.80元，验证码402917，5分钟有效。").map(|(a, b)| b - a), Some(6));
        let text = "Tongbao: 402917 pays CNY 88.80";
        assert_eq!(code_in(text).and_then(|(from, to)| text.get(from..to)), Some("402917"));
        assert_eq!(code_in("order 1234567, 88.80"), None);
        assert_eq!(code_in("123456"), Some((0, 6)));
    }
}
