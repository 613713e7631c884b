//! A message between banks as staff read it: in lines, and without whose names and accounts it tells.

/// Elements that hold somebody's account, wherever the number stands in them.
const ACCOUNTS: [&str; 2] = ["DbtrAcct", "CdtrAcct"];
/// The element of a bank, whose name and number are no secret.
const BANK: &str = "FinInstnId";

/// A document in lines, two blanks for each depth. Unless it is whole, names, accounts and remittance texts are left out but for
/// their ends.
pub(crate) fn paper(xml: &str, is_whole: bool) -> String {
    let mut out = String::with_capacity(xml.len() * 2);
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    // Whether the element that is open has elements of its own: then its end stands on a line of its own.
    let mut has_elements = false;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        text_of(&mut out, text, &open, is_whole);
        let (tag, after) = tail.split_at(tag_length(tail));
        rest = after;
        match tag.as_bytes().get(1) {
            Some(b'/') => {
                open.pop();
                if has_elements {
                    line(&mut out, open.len());
                }
                out.push_str(tag);
                has_elements = true;
            }
            Some(b'!') if tag.starts_with("<![CDATA[") => {
                let inner = tag.get(9..tag.len().saturating_sub(3)).unwrap_or_default();
                text_of(&mut out, inner, &open, is_whole);
            }
            // What is no part of the message is not shown.
            Some(b'!') => {}
            Some(b'?') => out.push_str(tag),
            _ => {
                line(&mut out, open.len());
                out.push_str(tag);
                if tag.ends_with("/>") {
                    has_elements = true;
                } else {
                    open.push(name(tag));
                    has_elements = false;
                }
            }
        }
    }
    out.trim().to_owned()
}

fn line(out: &mut String, depth: usize) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.extend(std::iter::repeat_n("  ", depth.min(20)));
}

/// How long the tag is that a text begins with.
fn tag_length(text: &str) -> usize {
    let end = if text.starts_with("<!--") {
        "-->"
    } else if text.starts_with("<![CDATA[") {
        "]]>"
    } else {
        ">"
    };
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// The name of an element, without its namespace's.
fn name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<').split([' ', '\t', '\n', '\r', '>', '/']).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

fn text_of(out: &mut String, text: &str, open: &[&str], is_whole: bool) {
    let text = text.trim();
    let Some(element) = open.last().filter(|_| !text.is_empty()) else { return };
    let is_account = open.iter().any(|name| ACCOUNTS.contains(name));
    let is_name = *element == "Nm" && !open.contains(&BANK);
    if is_whole || !(is_account || is_name || *element == "Ustrd") {
        out.push_str(text);
    } else if is_account && *element != "Nm" {
        let ends: Vec<char> = text.chars().rev().take(if text.chars().count() > 8 { 4 } else { 0 }).collect();
        out.push_str("****");
        out.extend(ends.into_iter().rev());
    } else {
        out.extend(text.chars().next().filter(|letter| *letter != '&'));
        out.push_str("***");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<?xml version=\"1.0\"?><p:Document xmlns:p=\"x\"><p:Dbtr><p:Nm>林小满</p:Nm></p:Dbtr><p:DbtrAcct>\
        <p:Id><p:Othr><p:Id>6200011234567890</p:Id></p:Othr></p:Id></p:DbtrAcct><p:DbtrAgt><p:FinInstnId>\
        <p:Nm>示范甲银行</p:Nm></p:FinInstnId></p:DbtrAgt><!-- 林小满 --><p:TxId>T1</p:TxId><p:Empty/>\
        <p:RmtInf><p:Ustrd><![CDATA[借 <b> 林小满]]></p:Ustrd></p:RmtInf></p:Document>";

    #[test]
    fn names_accounts_and_words_are_left_out_and_banks_and_ids_are_not() {
        let shown = paper(XML, false);
        for gone in ["林小满", "6200011234567890", "借 "] {
            assert!(!shown.contains(gone), "{gone} in {shown}");
        }
        for there in ["林***", "****7890", "示范甲银行", "    <p:FinInstnId>\n", "<p:TxId>T1</p:TxId>", "借***"]
        {
            assert!(shown.contains(there), "{there} not in {shown}");
        }
        let whole = paper(XML, true);
        for there in ["<p:Nm>林小满</p:Nm>", "6200011234567890", "借 <b> 林小满"] {
            assert!(whole.contains(there), "{there} not in {whole}");
        }
    }

    #[test]
    fn what_is_no_document_breaks_nothing() {
        for odd in [
            "",
            "<",
            "<a",
            "a",
            "</a></b>",
            "<a><b>",
            "<!--",
            "<![CDATA[",
            "<![CDATA[x",
            "<é>é</é>",
            "< / >",
            "<Nm>&lt;</Nm>",
        ] {
            paper(odd, false);
            paper(odd, true);
        }
        assert_eq!(paper(&"<a>".repeat(1_000), false).lines().count(), 1_000);
    }
}
