use super::*;

const KEY: [u8; 16] = [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12];
const SEED: &[u8] = b"12345678901234567890";

fn container(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pskc:KeyContainer Version=\"1.0\" \
         xmlns:pskc=\"urn:ietf:params:xml:ns:keyprov:pskc\" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{inside}</pskc:KeyContainer>"
    )
}

fn package(serial: &str, algorithm: &str, parameters: &str, data: &str) -> String {
    format!(
        "<pskc:KeyPackage><pskc:DeviceInfo><pskc:Manufacturer>Maker</pskc:Manufacturer>\
         <pskc:SerialNo>{serial}</pskc:SerialNo></pskc:DeviceInfo>\
         <pskc:Key Id=\"1\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:{algorithm}\">\
         <pskc:AlgorithmParameters>{parameters}</pskc:AlgorithmParameters>\
         <pskc:Data>{data}</pskc:Data></pskc:Key></pskc:KeyPackage>"
    )
}

const PLAIN: &str = "<pskc:Secret><pskc:PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</pskc:PlainValue></pskc:Secret>";
const SIX: &str = "<pskc:ResponseFormat Encoding=\"DECIMAL\" Length=\"6\"/>";

/// The key and the encrypted values of RFC 6030, figure 6.
fn encrypted(mac: &str, proof: &str) -> String {
    let method = "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes128-cbc\"/>";
    let data = format!(
        "<pskc:Secret><pskc:EncryptedValue>{method}<xenc:CipherData><xenc:CipherValue>\n\
         AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv\n</xenc:CipherValue></xenc:CipherData>\
         </pskc:EncryptedValue>{proof}</pskc:Secret><pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>"
    );
    let eight = "<pskc:ResponseFormat Encoding=\"DECIMAL\" Length=\"8\"/>";
    let mac_key = format!(
        "<pskc:MACMethod Algorithm=\"{mac}\"><pskc:MACKey>{method}<xenc:CipherData><xenc:CipherValue>\
         ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX</xenc:CipherValue></xenc:CipherData>\
         </pskc:MACKey></pskc:MACMethod>"
    );
    let name = "<pskc:EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></pskc:EncryptionKey>";
    container(&format!("{name}{mac_key}{}", package("987654321", "hotp", eight, &data)))
}

const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";
const PROOF: &str = "<pskc:ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=\n</pskc:ValueMAC>";

#[test]
fn the_encrypted_seed_of_the_standard_opens_with_its_key() {
    let read = read(encrypted(SHA1, PROOF).as_bytes(), Some(&KEY)).unwrap();
    assert_eq!(read.refused, []);
    assert_eq!(read.seeds[0].seed.as_slice(), SEED);
    assert_eq!((read.seeds[0].serial.as_str(), read.seeds[0].maker.as_str()), ("987654321", "Maker"));
    assert_eq!(read.seeds[0].kind, SeedKind::Hotp { digits: 8, counter: 0 });
    assert!(!format!("{read:?}").contains("123456"), "a seed does not print");
}

#[test]
fn an_encrypted_seed_without_its_key_or_its_proof_is_refused() {
    let whole = encrypted(SHA1, PROOF);
    for key in [None, Some(&[0; 16])] {
        assert!(read(whole.as_bytes(), key).is_err());
    }
    for proof in ["", "<pskc:ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExd=</pskc:ValueMAC>", "<pskc:ValueMAC/>"] {
        let read = read(encrypted(SHA1, proof).as_bytes(), Some(&KEY)).unwrap();
        assert!(read.seeds.is_empty(), "{proof}");
        assert_eq!(read.refused[0].which, "\u{201c}987654321\u{201d}");
    }
    let changed = whole.replace("UqGv", "UqGw");
    assert_eq!(read(changed.as_bytes(), Some(&KEY)).unwrap().refused.len(), 1);
    assert!(read(encrypted("http://example.org/md5", PROOF).as_bytes(), Some(&KEY)).is_err());
}

#[test]
fn every_kind_of_token_is_read() {
    let totp = format!("{SIX}<pskc:Suite>HMAC-SHA256</pskc:Suite>");
    let interval = format!("{PLAIN}<pskc:TimeInterval><pskc:PlainValue>60</pskc:PlainValue></pskc:TimeInterval>");
    let ocra = "<pskc:Suite>OCRA-1:HOTP-SHA256-6:QN08</pskc:Suite>";
    let counter = format!("{PLAIN}<pskc:Counter><pskc:PlainValue>42</pskc:PlainValue></pskc:Counter>");
    let file = container(
        &[
            package("H1", "hotp", SIX, &counter),
            package("T1", "totp", SIX, PLAIN),
            package("T2", "totp", &totp, &interval),
            package("O1", "OCRA-1", ocra, PLAIN),
        ]
        .concat(),
    );
    let read = read(file.as_bytes(), None).unwrap();
    assert_eq!(read.refused, []);
    let kinds: Vec<_> = read.seeds.into_iter().map(|seed| seed.kind).collect();
    let suite = OcraSuite::parse("OCRA-1:HOTP-SHA256-6:QN08").unwrap();
    let expected = [
        SeedKind::Hotp { digits: 6, counter: 42 },
        SeedKind::Totp { hash: OathHash::Sha1, digits: 6, step_s: 30 },
        SeedKind::Totp { hash: OathHash::Sha256, digits: 6, step_s: 60 },
        SeedKind::Ocra(suite),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn a_seed_that_cannot_be_used_does_not_stop_the_others() {
    let short = "<pskc:Secret><pskc:PlainValue>MTIzNA==</pskc:PlainValue></pskc:Secret>";
    let not_base64 = "<pskc:Secret><pskc:PlainValue>%%%</pskc:PlainValue></pskc:Secret>";
    let twice = format!("{PLAIN}{PLAIN}");
    let negative = format!("{PLAIN}<pskc:Counter><pskc:PlainValue>-1</pskc:PlainValue></pskc:Counter>");
    let twelve = "<pskc:ResponseFormat Encoding=\"DECIMAL\" Length=\"12\"/>";
    let letters = "<pskc:ResponseFormat Encoding=\"ALPHANUMERIC\" Length=\"6\"/>";
    let bad = [
        package("", "hotp", SIX, PLAIN),
        package("1 2", "hotp", SIX, PLAIN),
        package("B1", "pin", SIX, PLAIN),
        package("B2", "hotp", SIX, short),
        package("B3", "hotp", SIX, not_base64),
        package("B4", "hotp", SIX, &twice),
        package("B5", "hotp", SIX, &negative),
        package("B6", "hotp", twelve, PLAIN),
        package("B7", "hotp", letters, PLAIN),
        package("B8", "hotp", "", PLAIN),
        package("B9", "OCRA-1", "<pskc:Suite>OCRA-1:HOTP-MD5-6:QN08</pskc:Suite>", PLAIN),
        package("C1", "hotp", SIX, ""),
        package("C2", "totp", &format!("{SIX}<pskc:Suite>HMAC-MD5</pskc:Suite>"), PLAIN),
        "<pskc:KeyPackage/>".to_owned(),
        package("C3", "hotp", SIX, PLAIN)
            .replace("<pskc:Data>", "<pskc:Policy><pskc:KeyUsage/></pskc:Policy><pskc:Data>"),
    ];
    let file = container(&format!("{}{}", bad.concat(), package("G1", "hotp", SIX, PLAIN)));
    let read = read(file.as_bytes(), None).unwrap();
    assert_eq!(read.refused.len(), bad.len(), "{:?}", read.refused);
    assert_eq!(read.seeds.iter().map(|seed| seed.serial.as_str()).collect::<Vec<_>>(), ["G1"]);
}

#[test]
fn hostile_files_give_an_error() {
    let good = container(&package("G1", "hotp", SIX, PLAIN));
    let entity = good.replace("?>\n", "?>\n<!DOCTYPE x [<!ENTITY a \"b\">]>");
    let own = good.replace("Maker", "&a;");
    let instruction = good.replace("Maker", "<?php x?>");
    let deep = container(&format!("{}{}", "<pskc:Data>".repeat(100), "</pskc:Data>".repeat(100)));
    let long = container(&format!("<pskc:Data>{}</pskc:Data>", "a".repeat(100_000)));
    let twice = good.replace("Id=\"1\"", "Id=\"1\" Id=\"2\"");
    let foreign = good.replace("urn:ietf:params:xml:ns:keyprov:pskc\"", "urn:example\"");
    let version = good.replace("Version=\"1.0\"", "Version=\"2.0\"");
    let cut = &good[..good.len() - 30];
    let after = format!("{good}<more/>");
    let words = format!("{good}more");
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [&[u8]; 17] = [
        b"",
        b"\xff\xfe",
        b"<",
        b"serial,seed\n1,2",
        b"<a></b>",
        entity.as_bytes(),
        own.as_bytes(),
        instruction.as_bytes(),
        deep.as_bytes(),
        long.as_bytes(),
        twice.as_bytes(),
        foreign.as_bytes(),
        version.as_bytes(),
        cut.as_bytes(),
        after.as_bytes(),
        words.as_bytes(),
        &utf_16,
    ];
    for file in files {
        let shown = String::from_utf8_lossy(&file[..file.len().min(80)]);
        assert!(read(file, None).is_err(), "{shown}");
    }
    assert!(read(container("").as_bytes(), None).is_err());
    assert!(read(&vec![b' '; MOST_BYTES + 1], None).is_err());
    assert!(read(good.as_bytes(), None).is_ok());
}
