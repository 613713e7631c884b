//! What no honest bank would send: it is refused with a reason, soon, and never brings the reader down.

use expect_test::{Expect, expect};
use iso20022::{Cause, Limits, Message, Refused};
use proptest::prelude::*;
use std::time::Instant;

const SAMPLES: &[&str] = &[
    "pacs.008.001.02-euro.xml",
    "pacs.008.001.08-cross-border.xml",
    "pacs.008.001.12-instant.xml",
    "pacs.003.001.02-collection.xml",
    "pacs.004.001.02-return.xml",
    "pacs.004.001.09-return.xml",
    "pacs.002.001.03-rejected.xml",
    "pacs.002.001.10-settled.xml",
    "pacs.028.001.03-enquiry.xml",
    "camt.053.001.02-day.xml",
    "camt.053.001.08-batch.xml",
    "camt.053.001.10-interim.xml",
    "camt.054.001.02-credit.xml",
    "camt.054.001.08-debit.xml",
];

fn sample(name: &str) -> String {
    let path = format!("{}/tests/samples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a sample")
}

fn refused(bytes: &[u8]) -> Refused {
    Message::read(bytes, &Limits::default()).expect_err("it is hostile")
}

#[test]
fn unsafe_and_malformed_xml_is_refused_by_name() {
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?><Document/>");
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b"".to_vec()),
        ("a mark alone", b"\xEF\xBB\xBF".to_vec()),
        ("spaces", b"  \n".to_vec()),
        ("words", b"hello".to_vec()),
        ("declared Latin-1", declared("ISO-8859-1").into_bytes()),
        ("declared UTF-16", declared("UTF-16").into_bytes()),
        ("real Latin-1", [declared("ISO-8859-1").as_bytes(), b"<a>\xE9</a>"].concat()),
        ("bytes of no encoding", b"<a>\xC0\xAF</a>".to_vec()),
        ("UTF-16 with mark", b"\xFF\xFE<\0a\0/\0>\0".to_vec()),
        ("UTF-16 without mark", b"\0<\0a\0/\0>".to_vec()),
        ("version 1.1", b"<?xml version=\"1.1\"?><a/>".to_vec()),
        ("declaration without version", b"<?xml encoding=\"UTF-8\"?><a/>".to_vec()),
        ("declaration later", b" <?xml version=\"1.0\"?><a/>".to_vec()),
        ("document type", b"<!DOCTYPE a><a/>".to_vec()),
        ("document type with a subset", b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>".to_vec()),
        ("external entity", b"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>".to_vec()),
        ("entity", b"<a>&nbsp;</a>".to_vec()),
        ("lone ampersand", b"<a>x & y</a>".to_vec()),
        ("reference that does not end", b"<a>&amp</a>".to_vec()),
        ("forbidden character by number", b"<a>&#0;</a>".to_vec()),
        ("surrogate by number", b"<a>&#xD800;</a>".to_vec()),
        ("huge number", b"<a>&#99999999999999999999;</a>".to_vec()),
        ("control character", b"<a>\x07</a>".to_vec()),
        ("noncharacter", "<a>\u{FFFF}</a>".as_bytes().to_vec()),
        ("processing instruction", b"<?xml-stylesheet href=\"a\"?><a/>".to_vec()),
        ("two elements", b"<a/><b/>".to_vec()),
        ("text after the end", b"<a/>x".to_vec()),
        ("text before the start", b"x<a/>".to_vec()),
        ("entity after the end", b"<a/>&amp;".to_vec()),
        ("wrong end", b"<a></b>".to_vec()),
        ("end too many", b"<a/></a>".to_vec()),
        ("no end", b"<a><b/>".to_vec()),
        ("half a tag", b"<a><b".to_vec()),
        ("attribute without quotes", b"<a b=c/>".to_vec()),
        ("attribute without value", b"<a b/>".to_vec()),
        ("attribute twice", b"<a b=\"1\" b=\"2\"/>".to_vec()),
        ("attribute twice by namespace", b"<a xmlns:p=\"u\" xmlns:q=\"u\" p:b=\"1\" q:b=\"2\"/>".to_vec()),
        ("attributes without a space", b"<a b=\"1\"c=\"2\"/>".to_vec()),
        ("tag in an attribute", b"<a b=\"<\"/>".to_vec()),
        ("entity in an attribute", b"<a b=\"&x;\"/>".to_vec()),
        ("prefix of an element", b"<p:a/>".to_vec()),
        ("prefix of an attribute", b"<a p:b=\"1\"/>".to_vec()),
        ("prefix out of its scope", b"<a><b xmlns:p=\"u\"/><p:c/></a>".to_vec()),
        ("prefix declared twice", b"<a xmlns:p=\"u\" xmlns:p=\"v\"/>".to_vec()),
        ("prefix taken back", b"<a xmlns:p=\"\"/>".to_vec()),
        ("prefix xml bound anew", b"<a xmlns:xml=\"u\"/>".to_vec()),
        ("two colons", b"<a:b:c xmlns:a=\"u\"/>".to_vec()),
        ("name of digits", b"<1/>".to_vec()),
        ("comment with hyphens", b"<a><!-- x -- y --></a>".to_vec()),
        ("end of a literal part", b"<a>]]></a>".to_vec()),
        ("literal part without end", b"<a><![CDATA[x</a>".to_vec()),
    ];
    let told: String = rows
        .iter()
        .map(|(name, bytes)| {
            let refused = refused(bytes);
            format!("{name}: {refused}{}\n", if refused.cause == Cause::Xml { "" } else { " (not XML)" })
        })
        .collect();
    let expected: Expect = expect![[r#"
        nothing: byte 0: there is nothing
        a mark alone: byte 0: there is nothing
        spaces: byte 3: there is no element
        words: byte 0: text outside of the document's element
        declared Latin-1: byte 0: ISO-8859-1 is not read; send UTF-8
        declared UTF-16: byte 0: UTF-16 is not read; send UTF-8
        real Latin-1: byte 57: ISO-8859-1 is not read; send UTF-8
        bytes of no encoding: byte 3: this is not UTF-8
        UTF-16 with mark: byte 0: UTF-16 is not read; send UTF-8
        UTF-16 without mark: byte 0: UTF-16 is not read; send UTF-8
        version 1.1: byte 0: only XML 1.0 is read
        declaration without version: byte 0: not an XML declaration
        declaration later: byte 1: an XML declaration that is not at the start
        document type: byte 0: a document type declaration; entities and outside parts are never read
        document type with a subset: byte 0: a document type declaration; entities and outside parts are never read
        external entity: byte 0: a document type declaration; entities and outside parts are never read
        entity: byte 3: a reference to an entity; only amp, lt, gt, quot, apos and characters by number are known
        lone ampersand: byte 5: not well-formed: '&' that begins no reference
        reference that does not end: byte 3: not well-formed: '&' that begins no reference
        forbidden character by number: byte 3: a reference to a character that XML does not allow
        surrogate by number: byte 3: a reference to a character that XML does not allow
        huge number: byte 3: a reference to a character that XML does not allow
        control character: byte 3: a control character that XML does not allow
        noncharacter: byte 3: a control character that XML does not allow
        processing instruction: byte 0: a processing instruction
        two elements: byte 4: an element after the end of the document
        text after the end: byte 4: text outside of the document's element
        text before the start: byte 0: text outside of the document's element
        entity after the end: byte 4: text outside of the document's element
        wrong end: byte 3: not well-formed: a ends as b
        end too many: byte 4: not well-formed: a ends and never began
        no end: byte 7: it ends inside of a
        half a tag: byte 3: not well-formed: tag not closed: `>` not found before end of input
        attribute without quotes: byte 0: not well-formed: position 4: attribute value must be enclosed in `"` or `'`
        attribute without value: byte 0: not well-formed: position 3: attribute key must be directly followed by `=` or space
        attribute twice: byte 0: not well-formed: position 8: duplicated attribute, previous declaration at position 2
        attribute twice by namespace: byte 0: attribute b twice
        attributes without a space: byte 0: no space between attributes
        tag in an attribute: byte 0: '<' in the value of an attribute
        entity in an attribute: byte 0: a reference to an entity; only amp, lt, gt, quot, apos and characters by number are known
        prefix of an element: byte 0: prefix p is not declared
        prefix of an attribute: byte 0: prefix p is not declared
        prefix out of its scope: byte 19: prefix p is not declared
        prefix declared twice: byte 0: not well-formed: position 14: duplicated attribute, previous declaration at position 2
        prefix taken back: byte 0: a declaration of a namespace that XML does not allow
        prefix xml bound anew: byte 0: a declaration of a namespace that XML does not allow
        two colons: byte 0: a:b:c is no name
        name of digits: byte 0: 1 is no name
        comment with hyphens: byte 10: not well-formed: '--' in a comment
        end of a literal part: byte 3: ']]>' in text
        literal part without end: byte 3: not well-formed: CDATA not closed: `]]>` not found before end of input
    "#]];
    expected.assert_eq(&told);
}

#[test]
fn whatever_is_too_much_is_refused_as_soon_as_it_is_seen() {
    let laughs: String =
        (1..10).map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10))).collect();
    let rows: Vec<(&str, String)> = vec![
        ("billion laughs", format!("<!DOCTYPE a [<!ENTITY l0 \"ha\">{laughs}]><a>&l9;</a>")),
        ("deep", "<a>".repeat(1_000_000)),
        ("many elements", format!("<a>{}</a>", "<b/>".repeat(2_000_000))),
        ("many attributes", format!("<a {}/>", (0..500_000).map(|n| format!("b{n}=\"\" ")).collect::<String>())),
        ("many namespaces", {
            let declare =
                |level: usize| (0..15).map(|n| format!(" xmlns:p{level}n{n}=\"u{level}-{n}\"")).collect::<String>();
            (0..39).map(|level| format!("<a{}>", declare(level))).collect()
        }),
        ("long attribute", format!("<a b=\"{}\"/>", "x".repeat(4_000_000))),
        ("long text", format!("<a>{}</a>", "x".repeat(4_000_000))),
        ("long text in pieces", format!("<a>{}</a>", "x<![CDATA[y]]>&amp;".repeat(400_000))),
        ("long name", format!("<{}/>", "x".repeat(4_000_000))),
        ("long comment", format!("<!--{}", "-".repeat(7_000_000))),
        ("long document type", format!("<!DOCTYPE a [{}", "<!ENTITY a '".repeat(500_000))),
        ("long all in all", " ".repeat(9 << 20)),
    ];
    let mut told = String::new();
    for (name, text) in &rows {
        let begun = Instant::now();
        let refused = refused(text.as_bytes());
        assert!(begun.elapsed().as_secs() < 5, "{name} took {:?}", begun.elapsed());
        told.push_str(&format!("{name}: {refused}\n"));
    }
    expect![[r#"
        billion laughs: byte 0: a document type declaration; entities and outside parts are never read
        deep: byte 120: elements are more than 40 deep
        many elements: byte 1599999: more than the 400000 elements allowed
        many attributes: byte 0: more than the 16 attributes allowed
        many namespaces: byte 1132: more than 64 namespaces declared at a time
        long attribute: byte 0: an attribute of 4000000 bytes; 65536 are allowed
        long text: byte 3: an element with more than 65536 bytes of text
        long text in pieces: byte 415059: an element with more than 65536 bytes of text
        long name: byte 0: a name of 4000000 bytes
        long comment: byte 0: not well-formed: comment not closed: `-->` not found before end of input
        long document type: byte 0: not well-formed: DOCTYPE not closed: `>` not found before end of input
        long all in all: byte 0: 9437184 bytes are more than the 8388608 allowed
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_message_as_full_as_it_may_be_takes_no_more_than_its_share() {
    let header = "<MsgId>M</MsgId><CreDtTm>2026-11-21T01:30:00Z</CreDtTm>";
    let settled = |count: usize| {
        format!("<GrpHdr>{header}<NbOfTxs>{count}</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>")
    };
    let document = |name: &str,
                    element: &str,
                    head: String,
                    tail: &str,
                    each: &dyn Fn(usize) -> String,
                    count: usize| {
        let all: String = (0..count).map(each).collect();
        format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}\"><{element}>{head}{all}{tail}</{element}></Document>"
        )
    };
    let returned =
        |n: usize| format!("<TxInf><RtrId>{n}</RtrId><RtrdIntrBkSttlmAmt Ccy=\"CNY\">1</RtrdIntrBkSttlmAmt></TxInf>");
    let status = |n: usize| format!("<TxInfAndSts><OrgnlTxId>{n}</OrgnlTxId><TxSts>ACSC</TxSts></TxInfAndSts>");
    let question = |n: usize| format!("<TxInf><OrgnlTxId>{n}</OrgnlTxId></TxInf>");
    let account = "<Acct><Id><Othr><Id>1</Id></Othr></Id></Acct>";
    let booked = |_: usize| {
        "<Ntry><Amt Ccy=\"CNY\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BkTxCd/></Ntry>".to_owned()
    };
    let small = |n: usize| format!("<Ntfctn><Id>{n}</Id>{account}</Ntfctn>");
    let plain = format!("<GrpHdr>{header}</GrpHdr>");
    for (name, text) in [
        ("pacs.004", document("pacs.004.001.09", "PmtRtr", settled(80_000), "", &returned, 80_000)),
        ("pacs.002", document("pacs.002.001.10", "FIToFIPmtStsRpt", plain.clone(), "", &status, 95_000)),
        ("pacs.028", document("pacs.028.001.03", "FIToFIPmtStsReq", plain.clone(), "", &question, 150_000)),
        (
            "camt.054 of one account",
            document(
                "camt.054.001.08",
                "BkToCstmrDbtCdtNtfctn",
                format!("{plain}<Ntfctn><Id>1</Id>{account}"),
                "</Ntfctn>",
                &booked,
                65_000,
            ),
        ),
        ("camt.054 of many accounts", document("camt.054.001.08", "BkToCstmrDbtCdtNtfctn", plain, "", &small, 60_000)),
    ] {
        let begun = Instant::now();
        let read = Message::read(text.as_bytes(), &Limits::default());
        assert!(read.is_ok(), "{name} of {} bytes: {}", text.len(), read.expect_err("refused"));
        assert!(begun.elapsed().as_secs() < 5, "{name} took {:?}", begun.elapsed());
    }
}

#[test]
fn tighter_limits_are_kept() {
    let text = sample("pacs.008.001.02-euro.xml");
    let wide = Limits::default();
    for limits in [
        Limits { bytes: 1_000, ..wide },
        Limits { depth: 5, ..wide },
        Limits { elements: 50, ..wide },
        Limits { attributes: 2, ..wide },
        Limits { text_bytes: 12, ..wide },
    ] {
        let refused = Message::read(text.as_bytes(), &limits).expect_err("over a limit");
        assert_eq!(refused.cause, Cause::Limit, "{limits:?}: {refused}");
    }
}

/// An element of a sample: where it stands, and within what.
struct Place {
    start: usize,
    end: usize,
    name: String,
    within: Vec<String>,
    parent: usize,
}

/// Every element of a sample, by its tags; the samples have no comment or literal part with tags in it.
fn places(text: &str) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|offset| at + offset) {
        let literal = text[start..]
            .strip_prefix("<![CDATA[")
            .map(|_| "]]>")
            .or(text[start..].strip_prefix("<!--").map(|_| "-->"));
        let last = literal.unwrap_or(">");
        let end = start + text[start..].find(last).expect("an end") + last.len();
        let tag = &text[start..end];
        at = end;
        if tag.starts_with("</") {
            let index = open.pop().expect("an open element");
            found[index].end = end;
        } else if !tag.starts_with("<?") && !tag.starts_with("<!") {
            let name = tag[1..].split([' ', '>', '/']).next().expect("a name");
            let name = name.rsplit(':').next().expect("a name").to_owned();
            let within = open.iter().map(|index| found[*index].name.clone()).collect();
            let parent = open.last().copied().unwrap_or(usize::MAX);
            found.push(Place { start, end, name, within, parent });
            if !tag.ends_with("/>") {
                open.push(found.len() - 1);
            }
        }
    }
    found
}

/// Parts that are checked for names only, and what is around a document.
const LOOSE: &[&str] = &[
    "Strd",
    "RgltryRptg",
    "RltdRmtInf",
    "Envlp",
    "AmdmntInfDtls",
    "TxsSummry",
    "BkTxCd",
    "RltdPties",
    "RltdAgts",
    "AmtDtls",
    "Chrgs",
    "CdtLine",
    "Btch",
    "RptgSeq",
    "Tax",
];

/// What may stand more than once; where the number is told elsewhere, one more is refused for that.
const MANY: &[&str] = &[
    "AdrLine",
    "SvcLvl",
    "ChrgsInf",
    "Othr",
    "InstrForCdtrAgt",
    "RgltryRptg",
    "RltdRmtInf",
    "Ustrd",
    "Strd",
    "SplmtryData",
    "NbOfTxsPerSts",
    "AddtlInf",
    "StsRsnInf",
    "RtrRsnInf",
    "CdtLine",
    "Chrgs",
    "NtryDtls",
    "TxDtls",
    "TxInfAndSts",
    "Bal",
    "Ntry",
    "TxInf",
];

/// What every message of the samples must have.
const NEEDED: &[&str] = &[
    "GrpHdr",
    "MsgId",
    "CreDtTm",
    "NbOfTxs",
    "SttlmInf",
    "SttlmMtd",
    "PmtId",
    "EndToEndId",
    "IntrBkSttlmAmt",
    "ChrgBr",
    "FinInstnId",
    "OrgnlMsgId",
    "OrgnlMsgNmId",
    "RtrdIntrBkSttlmAmt",
    "Acct",
    "CdtDbtInd",
    "Amt",
    "Sts",
    "BkTxCd",
    "CdOrPrtry",
    "IBAN",
    "MmbId",
    "PgNb",
    "LastPgInd",
    "Envlp",
    "BizMsgIdr",
    "MsgDefIdr",
    "Fr",
    "To",
    "CreDt",
    "BkToCstmrStmt",
    "CdtTrfTxInf",
    "Stmt",
];

#[test]
fn an_element_cut_doubled_or_moved_is_never_taken_where_its_number_or_place_is_fixed() {
    let mut tried = [0; 3];
    let mut taken: Vec<String> = Vec::new();
    for name in SAMPLES {
        let text = sample(name);
        let places = places(&text);
        let check = |changed: String| Message::read(changed.as_bytes(), &Limits::default());
        for (index, place) in places.iter().enumerate() {
            let inside = place.within.iter().any(|outer| outer == "Document" || outer == "AppHdr");
            let strict = inside && !place.within.iter().any(|outer| LOOSE.contains(&outer.as_str()));
            let own = &text[place.start..place.end];
            let parent = place.within.last().map_or("", String::as_str);

            let cut = check(format!("{}{}", &text[..place.start], &text[place.end..]));
            // References of a report and details of an entry may leave out what a payment needs.
            let needed = strict
                && NEEDED.contains(&place.name.as_str())
                && !matches!(parent, "Refs" | "OrgnlTxRef" | "OrgnlBizQry" | "TxDtls");
            let free = matches!((place.name.as_str(), parent), ("CreDtTm", "Stmt" | "Ntfctn") | ("ChrgBr", "TxInf"));
            if needed && !free {
                tried[0] += 1;
                taken.extend(cut.ok().map(|_| format!("{name}: without {} of {parent}", place.name)));
            }

            let doubled = check(format!("{}{own}{}", &text[..place.end], &text[place.end..]));
            if strict && !MANY.contains(&place.name.as_str()) {
                tried[1] += 1;
                taken.extend(doubled.ok().map(|_| format!("{name}: two {} of {parent}", place.name)));
            }

            let next = places[index + 1..].iter().find(|other| other.parent == place.parent);
            if let Some(next) = next.filter(|next| next.name != place.name) {
                let between = &text[place.end..next.start];
                let other = &text[next.start..next.end];
                let moved = check(format!("{}{other}{between}{own}{}", &text[..place.start], &text[next.end..]));
                if strict {
                    tried[2] += 1;
                    taken
                        .extend(moved.ok().map(|_| format!("{name}: {} before {} of {parent}", next.name, place.name)));
                }
            }
        }
    }
    assert_eq!(taken, Vec::<String>::new());
    assert!(tried.iter().all(|count| *count > 100), "{tried:?}");
}

#[test]
fn a_document_cut_off_anywhere_is_refused() {
    for name in SAMPLES {
        let text = sample(name);
        let whole = text.trim_end();
        for end in 0..whole.len() {
            assert!(Message::read(&whole.as_bytes()[..end], &Limits::default()).is_err(), "{name} to byte {end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Message::read(&bytes, &Limits::default()).is_err());
    }

    #[test]
    fn random_markup_is_refused(pieces in proptest::collection::vec(
        proptest::sample::select(vec![
            "<", ">", "</", "/>", "<a>", "</a>", "<a", " b=", "\"", "'", "&", ";", "&#", "x", "<!--", "-->", "<![CDATA[", "]]>",
            "<?xml version=\"1.0\"?>", "<?", "?>", "<!DOCTYPE", "[", "xmlns:p=\"u\"", "p:", "\r", "é", "<Document>",
        ]),
        0..60,
    )) {
        prop_assert!(Message::read(pieces.concat().as_bytes(), &Limits::default()).is_err());
    }

    #[test]
    fn a_sample_with_bytes_changed_never_brings_the_reader_down(
        which in 0..SAMPLES.len(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = sample(SAMPLES[which]).into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = Message::read(&bytes, &Limits::default());
    }
}
