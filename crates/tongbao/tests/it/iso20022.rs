//! `tongbao iso20022 check` as an operator uses it.

use crate::command::{command, said, text, tongbao};
use std::io::Write;
use std::process::Stdio;

const ENQUIRY: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.028.001.03"><FIToFIPmtStsReq>
<GrpHdr><MsgId>DEMO-ASK</MsgId><CreDtTm>2026-11-21T09:20:00Z</CreDtTm><InstgAgt><FinInstnId><BICFI>DEMOGB2L</BICFI></FinInstnId></InstgAgt></GrpHdr>
<TxInf><OrgnlTxId>T1</OrgnlTxId></TxInf></FIToFIPmtStsReq></Document>"#;

const NOTIFICATION: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>DEMO-NTF</MsgId><CreDtTm>2026-11-21T10:00:00Z</CreDtTm></GrpHdr>
<Ntfctn><Id>N1</Id><Acct><Id><Othr><Id>7</Id></Othr></Id></Acct>
<Ntry><Amt Ccy="CNY">12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BkTxCd/></Ntry>
<Ntry><Amt Ccy="CNY">2</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BkTxCd/></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"#;

#[test]
fn each_file_is_told_and_the_exit_code_says_whether_one_was_refused() {
    let root = tempfile::tempdir().unwrap();
    let (good, bad, none) = (root.path().join("good.xml"), root.path().join("bad.xml"), root.path().join("none.xml"));
    std::fs::write(&good, NOTIFICATION).unwrap();
    std::fs::write(&bad, NOTIFICATION.replace("<Id>N1</Id>", "")).unwrap();
    let output = tongbao(&["iso20022", "check", text(&good)]);
    assert!(output.status.success(), "{}", said(&output));
    for line in [
        "message      camt.054.001.08",
        "id           DEMO-NTF",
        "entries      2",
        "credits      12.34 CNY",
        "debits       2.00 CNY",
    ] {
        assert!(said(&output).contains(&format!("  {line}\n")), "{line}: {}", said(&output));
    }
    let output = tongbao(&["iso20022", "check", text(&bad), text(&good), text(&none)]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("REFUSED      Document/BkToCstmrDbtCdtNtfctn/Ntfctn: Id is missing"), "{said}");
    assert!(said.contains("id           DEMO-NTF") && said.contains("REFUSED      it cannot be read: "), "{said}");
    assert!(said.ends_with("2 of 3 refused.\n"), "{said}");
}

#[test]
fn a_dash_is_the_standard_input() {
    for (input, success, line) in [
        (ENQUIRY, true, "sender       DEMOGB2L"),
        (ENQUIRY, true, "ids          T1"),
        ("<!DOCTYPE a><a/>", false, "REFUSED      byte 0: a document type declaration"),
    ] {
        let mut check = command(&["iso20022", "check", "-"]);
        let mut check = check.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        check.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = check.wait_with_output().unwrap();
        assert_eq!(output.status.success(), success);
        assert!(said(&output).contains(line), "{line}: {}", said(&output));
    }
}
