//! Whole documents as other banks write them: what is read of the good ones, and where and why the others are refused.

use expect_test::{Expect, expect};
use iso20022::{AccountId, Agent, Cause, Document, Entry, Kind, Limits, Mark, Message, Reason};
use kit::BankDay;

fn sample(name: &str) -> String {
    let path = format!("{}/tests/samples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a sample")
}

fn bank(agent: &Agent) -> String {
    let parts = [&agent.bic, &agent.member, &agent.name];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join("/")
}

fn number(account: &Option<AccountId>) -> &str {
    account.as_ref().map_or("-", AccountId::text)
}

fn day(day: Option<BankDay>) -> String {
    day.map_or("-".to_owned(), BankDay::iso)
}

fn text(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("-")
}

fn why(reason: &Reason) -> String {
    format!("{}({:?})", reason.code, reason.words)
}

fn entry(entry: &Entry) -> String {
    let sign = if entry.mark == Mark::Debit { "-" } else { "+" };
    let (amount, state) = (entry.amount, entry.state.code());
    format!("  {sign}{amount} {state} {} {:?} {:?}", day(entry.booked), entry.transaction_id, entry.words)
}

/// What was read, in a few lines.
fn told(document: &Document) -> String {
    let header = document.message.header();
    let bank_of = |agent: &Option<Agent>| agent.as_ref().map_or("-".to_owned(), bank);
    let mut lines = vec![format!(
        "{} {} at {} from {} to {}",
        document.kind.name(document.version),
        header.message_id,
        header.created.as_ms(),
        bank_of(&header.from),
        bank_of(&header.to)
    )];
    if let Some(business) = &document.business {
        lines.push(format!("  header {} {} -> {}", business.id, bank(&business.from), bank(&business.to)));
    }
    match &document.message {
        Message::CreditTransfer(_, transfers) => lines.extend(transfers.iter().map(|one| {
            format!(
                "  {} {} {} {} {} {:?}: {:?} {} at {} pays {:?} {} at {}: {:?}",
                text(&one.instruction_id),
                one.end_to_end_id,
                text(&one.transaction_id),
                one.amount,
                day(one.settlement_day),
                one.service,
                one.debtor.name,
                number(&one.debtor_account),
                bank(&one.debtor_agent),
                one.creditor.name,
                number(&one.creditor_account),
                bank(&one.creditor_agent),
                one.remittance
            )
        })),
        Message::DirectDebit(_, debits) => lines.extend(debits.iter().map(|one| {
            format!(
                "  {} {} {} {} mandate {}: {:?} {} at {} collects of {:?} {} at {}: {:?}",
                one.end_to_end_id,
                text(&one.transaction_id),
                one.amount,
                day(one.settlement_day),
                text(&one.mandate),
                one.creditor.name,
                number(&one.creditor_account),
                bank(&one.creditor_agent),
                one.debtor.name,
                number(&one.debtor_account),
                bank(&one.debtor_agent),
                one.remittance
            )
        })),
        Message::Return(_, returns) => lines.extend(returns.iter().map(|one| {
            let original = (text(&one.original_end_to_end_id), text(&one.original_transaction_id));
            format!(
                "  {} of {original:?} {} {} {}",
                one.return_id,
                one.amount,
                day(one.settlement_day),
                why(&one.reason)
            )
        })),
        Message::Report(_, report) => {
            let group = (text(&report.original_message_id), text(&report.original_message_name));
            lines.push(format!("  group {group:?} {:?} {:?}", report.group_status, report.group_reason));
            lines.extend(report.transactions.iter().map(|one| {
                format!(
                    "  {} {} {} {} {} {}",
                    text(&one.original_end_to_end_id),
                    text(&one.original_transaction_id),
                    one.status.code(),
                    one.reason.as_ref().map_or("-".to_owned(), why),
                    one.amount.map_or("-".to_owned(), |amount| amount.to_string()),
                    day(one.settlement_day)
                )
            }));
        }
        Message::Enquiry(_, questions) => lines.extend(
            questions
                .iter()
                .map(|one| format!("  {} {}", text(&one.original_end_to_end_id), text(&one.original_transaction_id))),
        ),
        Message::Statement(_, statements) => {
            for one in statements {
                let amount = |amount: Option<money::Amount>| amount.map_or("-".to_owned(), |amount| amount.to_string());
                let (opening, closing) = (amount(one.opening), amount(one.closing));
                lines.push(format!("  {} {} {}: {opening} -> {closing}", one.id, one.account.text(), day(one.day)));
                lines.extend(one.entries.iter().map(entry));
            }
        }
        Message::Notification(_, notifications) => {
            for one in notifications {
                lines.push(format!("  {} {}", one.id, one.account.text()));
                lines.extend(one.entries.iter().map(entry));
            }
        }
    }
    lines.join("\n") + "\n"
}

fn reads(name: &str, expected: Expect) {
    let text = sample(name);
    let document =
        Message::read(text.as_bytes(), &Limits::default()).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    expected.assert_eq(&told(&document));
    // A byte order mark, the other ends of lines and single spaces between elements change nothing.
    let unwrapped = text.replace('\n', "\r\n");
    let marked = [b"\xEF\xBB\xBF", unwrapped.as_bytes()].concat();
    assert_eq!(Message::read(&marked, &Limits::default()).as_ref(), Ok(&document), "{name}");
}

#[test]
fn credit_transfers_of_three_generations_are_read() {
    reads(
        "pacs.008.001.02-euro.xml",
        expect![[r#"
        pacs.008.001.02 DEMO-EURO-0001 at 1364889930000 from DEMODEFFXXX to -
          I1 RENT APRIL DEMO-TX-1 100.00 EUR 2013-04-03 None: "Demo Tenant" DE89370400440532013000 at DEMODEFFXXX pays "Demo Landlord & Söhne" NL85DEMO0417164300 at DEMONL2A: "Flat 7, April"
          - NOTPROVIDED DEMO-TX-2 50.50 EUR 2013-04-03 None: "Demo Buyer" DE89370400440532013000 at DEMODEFFXXX pays "Demo Shop" FR1420041010050500013M02606 at DEMOFRPP: ""
    "#]],
    );
    reads(
        "pacs.008.001.08-cross-border.xml",
        expect![[r#"
        pacs.008.001.08 DEMO-XB-0001 at 1714986930000 from - to -
          header DEMO-XB-0001 DEMOGB2LXXX -> DEMOUS33XXX
          DEMO-XB-I-1 INVOICE 4711 - 1234.50 USD 2024-05-07 None: "Demo Exports Ltd" GB22DEMO12345698765432 at DEMOIE2D pays "Demo Imports Inc" 0123456789 at 000000002/Demo Savings: "Invoice 4711\nless discount"
    "#]],
    );
    reads(
        "pacs.008.001.12-instant.xml",
        expect![[r#"
        pacs.008.001.12 DEMO-INST-1 at 1763769599999 from - to -
          - E1 T1 8 JPY 2025-11-21 None: "デモ" - at D3MOJPJT pays "" - at DEMOJPJT: "a < b & c"
    "#]],
    );
}

#[test]
fn a_direct_debit_is_read() {
    reads(
        "pacs.003.001.02-collection.xml",
        expect![[r#"
        pacs.003.001.02 DEMO-DD-1 at 1420167845000 from DEMODEFF to -
          GYM DD-1 12.34 EUR 2015-01-05 mandate MANDATE-7: "Demo Gym" DE89370400440532013000 at DEMODEFF collects of "Demo Runner" NL85DEMO0417164300 at DEMONL2A: "January"
    "#]],
    );
}

#[test]
fn returns_of_two_generations_are_read() {
    reads(
        "pacs.004.001.02-return.xml",
        expect![[r#"
        pacs.004.001.02 DEMO-RTR-1 at 1404205200000 from - to -
          R-1 of ("RENT APRIL", "DEMO-TX-1") 100.00 EUR 2014-07-02 AC04("")
    "#]],
    );
    reads(
        "pacs.004.001.09-return.xml",
        expect![[r#"
        pacs.004.001.09 DEMO-RTR-2 at 1715245200000 from - to -
          R-2 of ("INVOICE 4711", "-") 1224.50 USD 2024-05-09 ("OWN\naccount is closed")
    "#]],
    );
}

#[test]
fn reports_and_enquiries_are_read() {
    reads(
        "pacs.002.001.03-rejected.xml",
        expect![[r#"
        pacs.002.001.03 DEMO-STS-1 at 1364889960000 from - to DEMODEFFXXX
          group ("DEMO-EURO-0001", "pacs.008.001.02") Some(Partial) None
          NOTPROVIDED DEMO-TX-2 RJCT AC01("no such account") 50.50 EUR 2013-04-03
    "#]],
    );
    reads(
        "pacs.002.001.10-settled.xml",
        expect![[r#"
        pacs.002.001.10 DEMO-STS-2 at 1714986960000 from - to -
          group ("-", "-") None None
          INVOICE 4711 - ACCC - 1234.50 USD 2024-05-07
          - OTHER ACWC - - -
    "#]],
    );
    reads(
        "pacs.028.001.03-enquiry.xml",
        expect![[r#"
        pacs.028.001.03 DEMO-ASK-1 at 1714987200000 from DEMOGB2LXXX to -
          INVOICE 4711 -
    "#]],
    );
}

#[test]
fn statements_of_three_generations_are_read() {
    reads(
        "camt.053.001.02-day.xml",
        expect![[r#"
        camt.053.001.02 DEMO-STMT-1 at 1365044400000 from DEMONL2A to Demo Customer
          2013-093 NL85DEMO0417164300 2013-04-03: -20.00 EUR -> 75.00 EUR
          +100.00 EUR BOOK 2013-04-03 "DEMO-TX-1" "credit"
          -5.00 EUR BOOK 2013-04-03 "FEE-1" ""
          -7.00 EUR PDNG - "" ""
    "#]],
    );
    reads(
        "camt.053.001.08-batch.xml",
        expect![[r#"
        camt.053.001.08 DEMO-STMT-2 at 1715130000000 from DEMOGB2L to -
          S-2024-128 DEMO-SETTLE-1 2024-05-07: 1000.00 CNY -> -500.00 CNY
          -1500.00 CNY BOOK 2024-05-07 "B-1" ""
    "#]],
    );
    reads(
        "camt.053.001.10-interim.xml",
        expect![[r#"
        camt.053.001.10 DEMO-STMT-3 at 1715130000000 from - to -
          S-3 GB22DEMO12345698765432 2024-05-07: - -> -
          +3.00 GBP INFO - "" ""
    "#]],
    );
}

#[test]
fn notifications_of_two_generations_are_read() {
    reads(
        "camt.054.001.02-credit.xml",
        expect![[r#"
        camt.054.001.02 DEMO-NTF-1 at 1364983200000 from - to -
          N-1 NL85DEMO0417164300
          +100.00 EUR BOOK - "DEMO-TX-1" ""
    "#]],
    );
    reads(
        "camt.054.001.08-debit.xml",
        expect![[r#"
        camt.054.001.08 DEMO-NTF-2 at 1714989600000 from - to -
          N-2 7
          -1.234 KWD FUTR - "" ""
    "#]],
    );
}

/// Reads a sample in which `from` is replaced once by `to`.
fn changed(name: &str, from: &str, to: &str) -> String {
    let text = sample(name);
    assert!(text.contains(from), "{name} has no {from}");
    match Message::read(text.replacen(from, to, 1).as_bytes(), &Limits::default()) {
        Ok(_) => "read".to_owned(),
        Err(refused) => format!("{:?} {refused}", refused.cause),
    }
}

fn table(name: &str, rows: &[(&str, &str)], expected: Expect) {
    let told: String = rows
        .iter()
        .map(|(from, to)| {
            format!("{from} => {}\n    {}\n", if to.is_empty() { "(cut)" } else { to }, changed(name, from, to))
        })
        .collect();
    expected.assert_eq(&told);
}

#[test]
fn structure_and_values_are_those_of_the_schema() {
    table(
        "pacs.008.001.02-euro.xml",
        &[
            ("<MsgId>DEMO-EURO-0001</MsgId>", ""),
            ("<MsgId>DEMO-EURO-0001</MsgId>", "<MsgId/>"),
            ("DEMO-EURO-0001", "DEMO-EURO-0001-234567890123456789012"),
            ("<NbOfTxs>2", "<NbOfTxs>two"),
            ("<CreDtTm>2013-04-02T08:05:30", "<CreDtTm>2013-02-29T08:05:30"),
            ("<CreDtTm>2013-04-02T08:05:30", "<CreDtTm>2013-04-02T08:05"),
            ("<CreDtTm>2013-04-02T08:05:30", "<CreDtTm>2013-04-02 08:05:30"),
            ("<CreDtTm>2013-04-02T08:05:30", "<CreDtTm>2013-04-02T24:00:00"),
            ("<CreDtTm>2013-04-02T08:05:30", "<CreDtTm>2013-04-02T08:05:60"),
            ("<IntrBkSttlmDt>2013-04-03", "<IntrBkSttlmDt>03.04.2013"),
            ("<ChrgBr>SLEV", "<ChrgBr>NONE"),
            ("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>SLEV</ChrgBr><ChrgBr>SLEV</ChrgBr>"),
            ("<ChrgBr>SLEV</ChrgBr>", "<chrgBr>SLEV</chrgBr>"),
            ("<BIC>DEMODEFFXXX", "<BIC>DEMODEFFXX"),
            ("<BIC>DEMODEFFXXX</BIC>", "<BICFI>DEMODEFFXXX</BICFI>"),
            ("<IBAN>DE", "<IBAN>DK"),
            ("<IBAN>DE", "<IBAN>D"),
            (
                "<InstrId>I1</InstrId><EndToEndId>RENT APRIL</EndToEndId>",
                "<EndToEndId>RENT APRIL</EndToEndId><InstrId>I1</InstrId>",
            ),
            (
                "<EndToEndId>RENT APRIL</EndToEndId>",
                "<EndToEndId>RENT APRIL</EndToEndId><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>",
            ),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">-100.00"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">1e2"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">100,00"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">100.001"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">100.00000"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\"> +0100.00\n"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">1000000000000000000"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"eur\">100.00"),
            ("Ccy=\"EUR\">100.00", ">100.00"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\" own=\"1\">100.00"),
            ("<Ctry>DE", "<Ctry>Germany"),
            ("<AdrLine>12345 Demo Town</AdrLine>", &"<AdrLine>x</AdrLine>".repeat(7)),
            ("<Nm>Demo Tenant</Nm>", "<Nm>Demo <b>Tenant</b></Nm>"),
            ("<Nm>Demo Tenant</Nm>", "stray<Nm>Demo Tenant</Nm>"),
            ("<Nm>Demo Tenant</Nm>", "<Nm xmlns=\"urn:other\">Demo Tenant</Nm>"),
            ("<Id><IBAN>", "<Id own=\"1\"><IBAN>"),
            ("<Purp><Cd>RENT</Cd></Purp>", "<Purp/>"),
            ("<Purp><Cd>RENT</Cd></Purp>", "<Purp><Cd>RENT</Cd><Prtry>RENT</Prtry></Purp>"),
            ("<Ref>RF18539007547034</Ref>", "<Unheard>RF18539007547034</Unheard>"),
            ("</GrpHdr>", "</GrpHdr><GrpHdr/>"),
        ],
        expect![[r#"
            <MsgId>DEMO-EURO-0001</MsgId> => (cut)
                Schema Document/FIToFICstmrCdtTrf/GrpHdr: MsgId is missing
            <MsgId>DEMO-EURO-0001</MsgId> => <MsgId/>
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/MsgId: it is empty
            DEMO-EURO-0001 => DEMO-EURO-0001-234567890123456789012
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/MsgId: 36 characters are more than the 35 allowed
            <NbOfTxs>2 => <NbOfTxs>two
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs: this is not a number of up to 15 digits
            <CreDtTm>2013-04-02T08:05:30 => <CreDtTm>2013-02-29T08:05:30
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/CreDtTm: this is not a moment like 2026-11-21T09:30:00+08:00
            <CreDtTm>2013-04-02T08:05:30 => <CreDtTm>2013-04-02T08:05
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/CreDtTm: this is not a moment like 2026-11-21T09:30:00+08:00
            <CreDtTm>2013-04-02T08:05:30 => <CreDtTm>2013-04-02 08:05:30
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/CreDtTm: this is not a moment like 2026-11-21T09:30:00+08:00
            <CreDtTm>2013-04-02T08:05:30 => <CreDtTm>2013-04-02T24:00:00
                read
            <CreDtTm>2013-04-02T08:05:30 => <CreDtTm>2013-04-02T08:05:60
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/CreDtTm: this is not a moment like 2026-11-21T09:30:00+08:00
            <IntrBkSttlmDt>2013-04-03 => <IntrBkSttlmDt>03.04.2013
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/IntrBkSttlmDt: this is not a date like 2026-11-21
            <ChrgBr>SLEV => <ChrgBr>NONE
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgBr: it must be one of DEBT, CRED, SHAR, SLEV
            <ChrgBr>SLEV</ChrgBr> => <ChrgBr>SLEV</ChrgBr><ChrgBr>SLEV</ChrgBr>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgBr[2]: it may stand here only once
            <ChrgBr>SLEV</ChrgBr> => <chrgBr>SLEV</chrgBr>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/chrgBr: not an element of this message
            <BIC>DEMODEFFXXX => <BIC>DEMODEFFXX
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/InstgAgt/FinInstnId/BIC: this is not a BIC
            <BIC>DEMODEFFXXX</BIC> => <BICFI>DEMODEFFXXX</BICFI>
                Schema Document/FIToFICstmrCdtTrf/GrpHdr/InstgAgt/FinInstnId/BICFI: not an element of this version of the message
            <IBAN>DE => <IBAN>DK
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct/Id/IBAN: the check digits of the IBAN are wrong
            <IBAN>DE => <IBAN>D
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct/Id/IBAN: this is not an IBAN
            <InstrId>I1</InstrId><EndToEndId>RENT APRIL</EndToEndId> => <EndToEndId>RENT APRIL</EndToEndId><InstrId>I1</InstrId>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/InstrId: it stands out of order
            <EndToEndId>RENT APRIL</EndToEndId> => <EndToEndId>RENT APRIL</EndToEndId><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/PmtId/UETR: not an element of this version of the message
            Ccy="EUR">100.00 => Ccy="EUR">-100.00
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: an amount may not be negative
            Ccy="EUR">100.00 => Ccy="EUR">1e2
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: this is not an amount of up to 18 digits, 5 of them decimals
            Ccy="EUR">100.00 => Ccy="EUR">100,00
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: this is not an amount of up to 18 digits, 5 of them decimals
            Ccy="EUR">100.00 => Ccy="EUR">100.001
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: 3 decimals are more than the 2 of EUR
            Ccy="EUR">100.00 => Ccy="EUR">100.00000
                read
            Ccy="EUR">100.00 => Ccy="EUR"> +0100.00

                read
            Ccy="EUR">100.00 => Ccy="EUR">1000000000000000000
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: this is not an amount of up to 18 digits, 5 of them decimals
            Ccy="EUR">100.00 => Ccy="eur">100.00
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: attribute Ccy is not a code of a currency
            Ccy="EUR">100.00 => >100.00
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: attribute Ccy is missing
            Ccy="EUR">100.00 => Ccy="EUR" own="1">100.00
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: attribute own may not stand here
            <Ctry>DE => <Ctry>Germany
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/Ctry: this is not a code of a country
            <AdrLine>12345 Demo Town</AdrLine> => <AdrLine>x</AdrLine><AdrLine>x</AdrLine><AdrLine>x</AdrLine><AdrLine>x</AdrLine><AdrLine>x</AdrLine><AdrLine>x</AdrLine><AdrLine>x</AdrLine>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/PstlAdr/AdrLine[8]: it may stand here only 7 times
            <Nm>Demo Tenant</Nm> => <Nm>Demo <b>Tenant</b></Nm>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/Nm/b: an element where only text may be
            <Nm>Demo Tenant</Nm> => stray<Nm>Demo Tenant</Nm>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr: text where only elements may be
            <Nm>Demo Tenant</Nm> => <Nm xmlns="urn:other">Demo Tenant</Nm>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Dbtr/Nm: it is of another namespace
            <Id><IBAN> => <Id own="1"><IBAN>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/DbtrAcct/Id: attribute own may not stand here
            <Purp><Cd>RENT</Cd></Purp> => <Purp/>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Purp: one of Cd, Prtry is missing
            <Purp><Cd>RENT</Cd></Purp> => <Purp><Cd>RENT</Cd><Prtry>RENT</Prtry></Purp>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/Purp/Prtry: only one element may stand here
            <Ref>RF18539007547034</Ref> => <Unheard>RF18539007547034</Unheard>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/RmtInf/Strd/CdtrRefInf/Unheard: not an element of this message
            </GrpHdr> => </GrpHdr><GrpHdr/>
                Schema Document/FIToFICstmrCdtTrf/GrpHdr[2]: it may stand here only once
        "#]],
    );
}

#[test]
fn a_message_agrees_with_itself() {
    table(
        "pacs.008.001.02-euro.xml",
        &[
            ("<NbOfTxs>2", "<NbOfTxs>3"),
            ("</NbOfTxs>", "</NbOfTxs><CtrlSum>150.5</CtrlSum>"),
            ("</NbOfTxs>", "</NbOfTxs><CtrlSum>150.51</CtrlSum>"),
            ("Ccy=\"EUR\">150.5<", "Ccy=\"EUR\">150.51<"),
            ("Ccy=\"EUR\">150.5<", "Ccy=\"USD\">150.50<"),
            ("Ccy=\"EUR\">50.50<", "Ccy=\"USD\">50.50<"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"EUR\">0.00"),
            ("Ccy=\"EUR\">100.00", "Ccy=\"XAU\">100.00"),
            ("<TxId>DEMO-TX-2", "<TxId>DEMO-TX-1"),
            ("100.00</IntrBkSttlmAmt>", "100.00</IntrBkSttlmAmt><IntrBkSttlmDt>2013-04-03</IntrBkSttlmDt>"),
            ("100.00</IntrBkSttlmAmt>", "100.00</IntrBkSttlmAmt><IntrBkSttlmDt>2013-04-04</IntrBkSttlmDt>"),
        ],
        expect![[r#"
            <NbOfTxs>2 => <NbOfTxs>3
                Content Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs: the number of transactions is 2
            </NbOfTxs> => </NbOfTxs><CtrlSum>150.5</CtrlSum>
                read
            </NbOfTxs> => </NbOfTxs><CtrlSum>150.51</CtrlSum>
                Content Document/FIToFICstmrCdtTrf/GrpHdr/CtrlSum: the sum of the transactions is another one
            Ccy="EUR">150.5< => Ccy="EUR">150.51<
                Content Document/FIToFICstmrCdtTrf/GrpHdr/TtlIntrBkSttlmAmt: the total of the transactions is another one, or of another currency
            Ccy="EUR">150.5< => Ccy="USD">150.50<
                Content Document/FIToFICstmrCdtTrf/GrpHdr/TtlIntrBkSttlmAmt: the total of the transactions is another one, or of another currency
            Ccy="EUR">50.50< => Ccy="USD">50.50<
                Content Document/FIToFICstmrCdtTrf/GrpHdr/TtlIntrBkSttlmAmt: the total of the transactions is another one, or of another currency
            Ccy="EUR">100.00 => Ccy="EUR">0.00
                Content Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: the amount must be above 0
            Ccy="EUR">100.00 => Ccy="XAU">100.00
                Unsupported Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt: a currency that this bank does not keep
            <TxId>DEMO-TX-2 => <TxId>DEMO-TX-1
                Content Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/PmtId/TxId: the message has this id already
            100.00</IntrBkSttlmAmt> => 100.00</IntrBkSttlmAmt><IntrBkSttlmDt>2013-04-03</IntrBkSttlmDt>
                read
            100.00</IntrBkSttlmAmt> => 100.00</IntrBkSttlmAmt><IntrBkSttlmDt>2013-04-04</IntrBkSttlmDt>
                Content Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmDt: the group has another day
        "#]],
    );
    table(
        "pacs.002.001.03-rejected.xml",
        &[
            ("<TxSts>RJCT</TxSts>", ""),
            ("<TxSts>RJCT", "<TxSts>no"),
            ("<GrpSts>PART</GrpSts>", ""),
            (
                "</GrpHdr>",
                "</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>X</OrgnlMsgId><OrgnlMsgNmId>X</OrgnlMsgNmId></OrgnlGrpInfAndSts>",
            ),
        ],
        expect![[r#"
            <TxSts>RJCT</TxSts> => (cut)
                Content Document/FIToFIPmtStsRpt/TxInfAndSts: TxSts is missing, and the group says no status for all
            <TxSts>RJCT => <TxSts>no
                Content Document/FIToFIPmtStsRpt/TxInfAndSts/TxSts: this is not a status
            <GrpSts>PART</GrpSts> => (cut)
                read
            </GrpHdr> => </GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>X</OrgnlMsgId><OrgnlMsgNmId>X</OrgnlMsgNmId></OrgnlGrpInfAndSts>
                Schema Document/FIToFIPmtStsRpt/OrgnlGrpInfAndSts[2]: it may stand here only once
        "#]],
    );
    table(
        "pacs.004.001.09-return.xml",
        &[("<RtrId>R-2</RtrId>", ""), (">1224.50<", ">0<"), ("<NbOfTxs>1<", "<NbOfTxs>2<")],
        expect![[r#"
            <RtrId>R-2</RtrId> => (cut)
                Unsupported Document/PmtRtr/TxInf: RtrId is missing, without which this bank cannot tell one return from another
            >1224.50< => >0<
                Content Document/PmtRtr/TxInf/RtrdIntrBkSttlmAmt: the amount must be above 0
            <NbOfTxs>1< => <NbOfTxs>2<
                Content Document/PmtRtr/GrpHdr/NbOfTxs: the number of transactions is 1
        "#]],
    );
    table(
        "pacs.028.001.03-enquiry.xml",
        &[("<OrgnlEndToEndId>INVOICE 4711</OrgnlEndToEndId>", "")],
        expect![[r#"
            <OrgnlEndToEndId>INVOICE 4711</OrgnlEndToEndId> => (cut)
                Unsupported Document/FIToFIPmtStsReq/TxInf: OrgnlTxId and OrgnlEndToEndId are missing; this bank finds payments by them
        "#]],
    );
    table(
        "camt.053.001.02-day.xml",
        &[
            ("Ccy=\"EUR\">75.00", "Ccy=\"EUR\">75.01"),
            ("<Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>DBIT", "<Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>CRDT"),
            ("<Amt Ccy=\"EUR\">5</Amt><CdtDbtInd>", "<Amt Ccy=\"USD\">5</Amt><CdtDbtInd>"),
            ("<Cd>CLAV</Cd>", "<Cd>CLBD</Cd>"),
            ("<Sts>PDNG</Sts>", "<Sts>BOOK</Sts>"),
            ("<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>"),
            ("<Sts>PDNG</Sts>", "<Sts>WAIT</Sts>"),
            ("<Cd>PRCD</Cd>", "<Cd>ITBD</Cd>"),
            ("<Amt Ccy=\"EUR\">20.00</Amt>", ""),
        ],
        expect![[r#"
            Ccy="EUR">75.00 => Ccy="EUR">75.01
                Content Document/BkToCstmrStmt/Stmt: opening balance and booked entries do not make the closing balance
            <Amt Ccy="EUR">5</Amt><CdtDbtInd>DBIT => <Amt Ccy="EUR">5</Amt><CdtDbtInd>CRDT
                Content Document/BkToCstmrStmt/Stmt: opening balance and booked entries do not make the closing balance
            <Amt Ccy="EUR">5</Amt><CdtDbtInd> => <Amt Ccy="USD">5</Amt><CdtDbtInd>
                Content Document/BkToCstmrStmt/Stmt: its booked balances and entries are of several currencies
            <Cd>CLAV</Cd> => <Cd>CLBD</Cd>
                Content Document/BkToCstmrStmt/Stmt/Bal[3]: CLBD stands before already
            <Sts>PDNG</Sts> => <Sts>BOOK</Sts>
                Content Document/BkToCstmrStmt/Stmt: opening balance and booked entries do not make the closing balance
            <Sts>PDNG</Sts> => <Sts><Cd>PDNG</Cd></Sts>
                Schema Document/BkToCstmrStmt/Stmt/Ntry[3]/Sts/Cd: an element where only text may be
            <Sts>PDNG</Sts> => <Sts>WAIT</Sts>
                Schema Document/BkToCstmrStmt/Stmt/Ntry[3]/Sts: it must be one of BOOK, PDNG, INFO, FUTR
            <Cd>PRCD</Cd> => <Cd>ITBD</Cd>
                read
            <Amt Ccy="EUR">20.00</Amt> => (cut)
                Schema Document/BkToCstmrStmt/Stmt/Bal[1]: Amt is missing
        "#]],
    );
    table(
        "camt.053.001.08-batch.xml",
        &[
            ("<LastPgInd>true", "<LastPgInd>false"),
            ("<PgNb>1<", "<PgNb>2<"),
            ("Ccy=\"CNY\">1000.00", "Ccy=\"USD\">1000.00"),
            ("<Id><Othr><Id>DEMO-SETTLE-1</Id></Othr></Id>", ""),
            ("Ccy=\"CNY\">500.00", "Ccy=\"CNY\">500.01"),
            ("<Sts><Cd>BOOK</Cd></Sts>", "<Sts><Prtry>OWN</Prtry></Sts>"),
        ],
        expect![[r#"
            <LastPgInd>true => <LastPgInd>false
                read
            <PgNb>1< => <PgNb>2<
                read
            Ccy="CNY">1000.00 => Ccy="USD">1000.00
                Content Document/BkToCstmrStmt/Stmt: its booked balances and entries are of several currencies
            <Id><Othr><Id>DEMO-SETTLE-1</Id></Othr></Id> => (cut)
                Schema Document/BkToCstmrStmt/Stmt/Acct: Id is missing
            Ccy="CNY">500.00 => Ccy="CNY">500.01
                Content Document/BkToCstmrStmt/Stmt: opening balance and booked entries do not make the closing balance
            <Sts><Cd>BOOK</Cd></Sts> => <Sts><Prtry>OWN</Prtry></Sts>
                Unsupported Document/BkToCstmrStmt/Stmt/Ntry/Sts: a status of an entry that this bank does not know
        "#]],
    );
}

#[test]
fn what_stands_around_a_message_is_checked() {
    table(
        "pacs.008.001.08-cross-border.xml",
        &[
            ("<h:MsgDefIdr>pacs.008.001.08", "<h:MsgDefIdr>pacs.009.001.08"),
            ("<h:BizMsgIdr>DEMO-XB-0001</h:BizMsgIdr>", ""),
            ("head.001.001.02", "head.001.001.09"),
            ("urn:iso:std:iso:20022:tech:xsd:head.001.001.02", "urn:swift:xsd:$ahV10"),
            ("pacs.008.001.08\"", "pacs.008.001.99\""),
            ("pacs.008.001.08\"", "pain.001.001.09\""),
            ("pacs.008.001.08\"", "camt.029.001.09\""),
            ("urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08", "urn:example:other"),
            ("<p:FIToFICstmrCdtTrf>", "<p:FIToFICstmrCdtTrf/><p:FIToFICstmrCdtTrf>"),
            ("<env:Route>demo</env:Route>", "<p:Document/>"),
            ("<env:Route>demo</env:Route>", "<env:Route><deep xmlns=\"\"/></env:Route>"),
            ("8a562c67-ca16-48ba-b074", "8A562C67-CA16-48BA-B074"),
            ("8a562c67-ca16-48ba-b074", "8a562c67-ca16-18ba-b074"),
            ("+44-2000000000", "0044 2000000000"),
            ("<p:Cd>CUST</p:Cd>", "<p:Cd>CUSTOMER</p:Cd>"),
            ("<h:BizMsgIdr>DEMO-XB-0001</h:BizMsgIdr>", "<p:BizMsgIdr>DEMO-XB-0001</p:BizMsgIdr>"),
        ],
        expect![[r#"
            <h:MsgDefIdr>pacs.008.001.08 => <h:MsgDefIdr>pacs.009.001.08
                Content AppHdr/MsgDefIdr: the document beside it is pacs.008.001.08
            <h:BizMsgIdr>DEMO-XB-0001</h:BizMsgIdr> => (cut)
                Schema AppHdr: BizMsgIdr is missing
            head.001.001.02 => head.001.001.09
                Unsupported AppHdr: a header that is not read here; head.001.001.01 to .04 are
            urn:iso:std:iso:20022:tech:xsd:head.001.001.02 => urn:swift:xsd:$ahV10
                read
            pacs.008.001.08" => pacs.008.001.99"
                Unsupported Document: pacs.008.001.99 is not read here; pacs.008.001.02 to pacs.008.001.13 are
            pacs.008.001.08" => pain.001.001.09"
                Unsupported Document: pain.001.001.09 is not read here; these are: pacs.008, pacs.003, pacs.004, pacs.002, pacs.028, camt.053, camt.054
            pacs.008.001.08" => camt.029.001.09"
                Unsupported Document: camt.029.001.09 is not read here; these are: pacs.008, pacs.003, pacs.004, pacs.002, pacs.028, camt.053, camt.054
            urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08 => urn:example:other
                Unsupported Document: urn:example:other is not a namespace of ISO 20022
            <p:FIToFICstmrCdtTrf> => <p:FIToFICstmrCdtTrf/><p:FIToFICstmrCdtTrf>
                Schema Document: pacs.008.001.08 must hold exactly one element, FIToFICstmrCdtTrf
            <env:Route>demo</env:Route> => <p:Document/>
                Unsupported more than one Document; send one message at a time
            <env:Route>demo</env:Route> => <env:Route><deep xmlns=""/></env:Route>
                read
            8a562c67-ca16-48ba-b074 => 8A562C67-CA16-48BA-B074
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR: this is not a UUID of version 4 in small letters
            8a562c67-ca16-48ba-b074 => 8a562c67-ca16-18ba-b074
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR: this is not a UUID of version 4 in small letters
            +44-2000000000 => 0044 2000000000
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Dbtr/CtctDtls/PhneNb: this is not a phone number like +86-13800000000
            <p:Cd>CUST</p:Cd> => <p:Cd>CUSTOMER</p:Cd>
                Schema Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Dbtr/Id/OrgId/Othr/SchmeNm/Cd: 8 characters are more than the 4 allowed
            <h:BizMsgIdr>DEMO-XB-0001</h:BizMsgIdr> => <p:BizMsgIdr>DEMO-XB-0001</p:BizMsgIdr>
                Schema AppHdr/BizMsgIdr: it is of another namespace
        "#]],
    );
    let told = |text: &str| Message::read(text.as_bytes(), &Limits::default()).unwrap_err().to_string();
    assert_eq!(
        told("<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08'/>"),
        "Document: pacs.008.001.08 must hold exactly one element, FIToFICstmrCdtTrf"
    );
    assert_eq!(told("<html/>"), "html: there is no Document in it, so this is no ISO 20022 message");
    assert_eq!(told("<Document/>"), "Document: it has no namespace, which would say what message it is");
}

#[test]
fn a_refusal_repeats_nothing_of_what_identifies_people() {
    for (from, to) in
        [("<Nm>Demo Tenant</Nm>", "<Nm>Demo Tenant<x/></Nm>"), ("<IBAN>DE", "<IBAN>DK"), ("<Ctry>DE", "<Ctry>Tenant")]
    {
        let text = sample("pacs.008.001.02-euro.xml").replacen(from, to, 1);
        let refused = Message::read(text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(refused.cause, Cause::Schema);
        let said = refused.to_string();
        assert!(!said.contains("Tenant") && !said.contains("37040044"), "{said}");
    }
}

/// The simplest document of a kind; the parts that differ are those of its generation.
fn simplest(kind: Kind, version: u8) -> String {
    let agent = |name: &str| format!("<{name}><FinInstnId><Nm>Demo Bank</Nm></FinInstnId></{name}>");
    let party = |name: &str| format!("<{name}><Nm>Demo</Nm></{name}>");
    let amount = |name: &str| format!("<{name} Ccy=\"CNY\">1.00</{name}>");
    let account = |name: &str| format!("<{name}><Id><Othr><Id>1</Id></Othr></Id></{name}>");
    let header = "<MsgId>M</MsgId><CreDtTm>2026-11-21T01:30:00Z</CreDtTm>";
    let settled =
        format!("<GrpHdr>{header}<NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>");
    let ids = "<PmtId><EndToEndId>E</EndToEndId><TxId>T</TxId></PmtId>";
    let paid = format!("{ids}{}<ChrgBr>SLEV</ChrgBr>", amount("IntrBkSttlmAmt"));
    let (debtor, creditor) = (party("Dbtr"), party("Cdtr"));
    let agents = (agent("DbtrAgt"), agent("CdtrAgt"));
    let early = if matches!(kind, Kind::Statement | Kind::Notification) { version < 7 } else { version < 3 };
    let state = if early { "BOOK" } else { "<Cd>BOOK</Cd>" };
    let (one, mark) = (amount("Amt"), "<CdtDbtInd>CRDT</CdtDbtInd>");
    let entry = format!("<Ntry>{one}{mark}<Sts>{state}</Sts><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd></Ntry>");
    let balance =
        format!("<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>{one}{mark}<Dt><Dt>2026-11-21</Dt></Dt></Bal>");
    let account_of = account("Acct");
    let inside = match kind {
        Kind::CreditTransfer => {
            format!("{settled}<CdtTrfTxInf>{paid}{debtor}{}{}{creditor}</CdtTrfTxInf>", agents.0, agents.1)
        }
        Kind::DirectDebit => {
            let from = account("DbtrAcct");
            format!("{settled}<DrctDbtTxInf>{paid}{creditor}{}{debtor}{from}{}</DrctDbtTxInf>", agents.1, agents.0)
        }
        Kind::Return => format!("{settled}<TxInf><RtrId>R</RtrId>{}</TxInf>", amount("RtrdIntrBkSttlmAmt")),
        Kind::Report => {
            let group = "<OrgnlMsgId>M0</OrgnlMsgId><OrgnlMsgNmId>pacs.008</OrgnlMsgNmId><GrpSts>ACSC</GrpSts>";
            format!("<GrpHdr>{header}</GrpHdr><OrgnlGrpInfAndSts>{group}</OrgnlGrpInfAndSts>")
        }
        Kind::Enquiry => format!("<GrpHdr>{header}</GrpHdr><TxInf><OrgnlTxId>T</OrgnlTxId></TxInf>"),
        Kind::Statement => {
            let created = "<CreDtTm>2026-11-21T01:30:00Z</CreDtTm>";
            format!("<GrpHdr>{header}</GrpHdr><Stmt><Id>S</Id>{created}{account_of}{balance}{entry}</Stmt>")
        }
        Kind::Notification => {
            let created = "<CreDtTm>2026-11-21T01:30:00Z</CreDtTm>";
            format!("<GrpHdr>{header}</GrpHdr><Ntfctn><Id>N</Id>{created}{account_of}{entry}</Ntfctn>")
        }
    };
    let (name, element) = (kind.name(version), kind.element());
    format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}\"><{element}>{inside}</{element}></Document>")
}

#[test]
fn every_version_of_every_message_is_read_and_no_other() {
    let kinds = [
        (Kind::CreditTransfer, 2, 13),
        (Kind::DirectDebit, 2, 11),
        (Kind::Return, 2, 14),
        (Kind::Report, 3, 15),
        (Kind::Enquiry, 1, 6),
        (Kind::Statement, 2, 13),
        (Kind::Notification, 2, 13),
    ];
    for (kind, first, last) in kinds {
        assert_eq!(kind.versions(), (first, last), "{kind}");
        for version in first - 1..=last + 1 {
            let text = simplest(kind, version);
            match Message::read(text.as_bytes(), &Limits::default()) {
                Ok(document) => {
                    assert_eq!((document.kind, document.version), (kind, version));
                    assert_eq!(document.message.header().message_id, "M");
                }
                Err(refused) => {
                    assert!(version < first || version > last, "{}: {refused}", kind.name(version));
                    assert_eq!(refused.cause, Cause::Unsupported);
                }
            }
        }
    }
}

#[test]
fn the_day_of_settlement_is_the_repeated_one_else_the_effective_one() {
    let text =
        sample("pacs.002.001.10-settled.xml").replace("<DtTm>2024-05-07T00:00:00Z</DtTm>", "<Dt>2024-05-08</Dt>");
    let without = text.replacen("<IntrBkSttlmDt>2024-05-07</IntrBkSttlmDt>", "", 1);
    for (text, expected) in [(text, "2024-05-07"), (without, "2024-05-08")] {
        let document = Message::read(text.as_bytes(), &Limits::default()).unwrap();
        let Message::Report(_, report) = document.message else { panic!("it is a report") };
        assert_eq!(report.transactions[0].settlement_day.map(BankDay::iso).as_deref(), Some(expected));
    }
}
