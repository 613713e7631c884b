use super::*;
use kit::{Random, Timestamp};

/// Requests made by OpenSSL 3.0: `openssl req -new` with a fresh key.
const FOREIGN_P256: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIHJMHECAQAwDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABP6UIp+dV5Lz3dSqInN4rr2KZdkt8EwSqOTjNRJ2q1ipkBJc30nW8WMKBWy3
OJ2uikrlAYKrwaK0WSCwwIT8mLmgADAKBggqhkjOPQQDAgNIADBFAiAH/Q/d+Nx2
4OniyRGeXreqw8+RsHwTLmQJf3FIPHE9IwIhANiZDWhBhFYmjpmycZvtXZ/hqGWM
CtWjXzXXh1I0tn4g
-----END CERTIFICATE REQUEST-----
";
const FOREIGN_ED25519: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIGOMEICAQAwDzENMAsGA1UEAwwEdGVzdDAqMAUGAytlcAMhAME9hytT/pxzwR45
cAZiYMOWYa0sr32YTmQlW8qsDmKkoAAwBQYDK2VwA0EAyyCBn1vr9PLF5ISHtR8T
K5gMSg0yZPInw7B/FOeHgRaQJgT3+/DHmNYkkGDNGGe64CPEZNC8f6ZA92sZbPrb
Aw==
-----END CERTIFICATE REQUEST-----
";
const FOREIGN_SM2: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIHKMHECAQAwDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqBHM9VAYIt
A0IABIpiWl0Qzz5oVb0JZphpwr7gPLHRUHNZYLFLEa2aCoqqf30OSlKtvgwb5yGY
LAXnnox/zGtw6xMr99IGYNMKrjOgADAKBggqgRzPVQGDdQNJADBGAiEA5Nq4Y0Oq
vdtOQkexWktHalyzxVtCg5EMpMDk9OmDQqQCIQDcPPZsKPh2+j+rrwm5/XLcq/Zp
y47DOzDMCzVZMLJ4kA==
-----END CERTIFICATE REQUEST-----
";
const FOREIGN_P384: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIIBBjCBjgIBADAPMQ0wCwYDVQQDDAR0ZXN0MHYwEAYHKoZIzj0CAQYFK4EEACID
YgAEUpfNZOKpr7rNpOnCSXR/UZ64HOa4vilJQh/rT4/8DKGdkXNjK3PM7LmRA7vz
hw4eq6bXWZuZxI5KUtr1zflhyN3Yw8oo5uk19dRCrFLR5DRBwDoXQTNsZUuBgvUs
pxkloAAwCgYIKoZIzj0EAwIDZwAwZAIwFAlwYzNzG2zBa24FxS5HhQHppX4c1Yny
ip1K219BwkQEshCnpdWzjqmx0ZtC8ApwAjBaxc+np/1Xu9GIrdf5zWcPyA6rWtAd
NqZPdz5f13oZpobTd0IXQybNbJvV9mQy4Ro=
-----END CERTIFICATE REQUEST-----
";

fn keys() -> [PrivateKey; 3] {
    let random = Random::seeded(5);
    Algorithm::ALL.map(|algorithm| PrivateKey::generate(algorithm, &random))
}

#[test]
fn a_key_verifies_its_own_signature_over_the_same_text_alone() {
    let text = "付款 800,000.00".as_bytes();
    for key in keys() {
        let signature = key.sign(text);
        let public = key.public();
        assert!(public.verify(text, &signature), "{:?}", key.algorithm());
        assert_eq!(signature_of(&format!(" {}\n", signature_text(&signature))), Some(signature));
        assert!(!public.verify("付款 800,000.01".as_bytes(), &signature));
        for other in keys() {
            assert_eq!(other.public().verify(text, &signature), other.algorithm() == key.algorithm());
        }
    }
}

#[test]
fn a_signature_with_any_bit_changed_is_wrong() {
    for key in keys() {
        let signature = key.sign(b"text");
        for bit in 0..SIGNATURE_BYTES * 8 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!key.public().verify(b"text", &changed), "{:?} bit {bit}", key.algorithm());
        }
    }
}

#[test]
fn a_signature_that_is_nought_too_long_or_in_another_encoding_is_wrong() {
    for key in keys() {
        let signature = key.sign(b"text");
        let long = [signature.as_slice(), &[0]].concat();
        let half_nought = [&[0; 32], &signature[32..]].concat();
        let other_nought = [&signature[..32], &[0; 32]].concat();
        let order = [[0xff_u8; 32].as_slice(), &signature[32..]].concat();
        for wrong in [&[][..], &[0; 64], &[0xff; 64], &long, &signature[..63], &half_nought, &other_nought, &order] {
            assert!(!key.public().verify(b"text", wrong), "{:?} {wrong:?}", key.algorithm());
        }
    }
    for text in ["", "!", &"A".repeat(1_000), "AAAA", &"é".repeat(88)] {
        assert_eq!(signature_of(text), None, "{text}");
    }
}

/// What verifies under ECDSA verifies also with the negated `s`; only one of the two is taken.
#[test]
fn the_malleable_twin_of_a_signature_is_wrong() {
    let key = &keys()[0];
    let signature = P256Signature::from_slice(&key.sign(b"text")).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = P256Signature::from_scalars(r, -s).unwrap();
    let Key::P256(public) = key.public().0 else { panic!("the first key is not P-256") };
    assert!(public.verify(b"text", &twin).is_ok(), "the library alone would take it");
    assert!(!key.public().verify(b"text", &twin.to_bytes()));
}

#[test]
fn requests_of_a_foreign_tool_are_read() {
    for (pem, algorithm) in
        [(FOREIGN_P256, Algorithm::P256), (FOREIGN_ED25519, Algorithm::Ed25519), (FOREIGN_SM2, Algorithm::Sm2)]
    {
        let key = read_request(pem).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert!(read_request(&format!("\r\n{}", pem.replace('\n', "\r\n"))).is_ok());
    }
}

#[test]
fn our_own_requests_are_read_and_name_the_key() {
    for key in keys() {
        let read = read_request(&key.request().unwrap()).unwrap();
        assert_eq!(read.to_der(), key.public().to_der());
        assert!(read.verify(b"text", &key.sign(b"text")));
    }
}

#[test]
fn a_request_of_another_kind_or_of_another_key_is_refused() {
    assert_eq!(read_request(FOREIGN_P384).unwrap_err(), RequestError::Algorithm);
    // The last letters of the signature, exchanged.
    let changed = FOREIGN_P256.replace("h1I0tn4g", "h1I0tn4h");
    assert_eq!(read_request(&changed).unwrap_err(), RequestError::Signature);
    // The name is signed too.
    let renamed = FOREIGN_ED25519.replace("AwwEdGVzdDAq", "AwwEdGVzeDAq");
    assert_eq!(read_request(&renamed).unwrap_err(), RequestError::Signature);
    let certificate = FOREIGN_P256.replace("CERTIFICATE REQUEST", "CERTIFICATE");
    let twice = format!("{FOREIGN_P256}{FOREIGN_P256}");
    for text in ["", "-----BEGIN CERTIFICATE REQUEST-----", &certificate, &twice, &"A".repeat(100_000), "你好"] {
        assert_eq!(read_request(text).unwrap_err(), RequestError::Unreadable, "{text:.60}");
    }
}

#[test]
fn a_public_key_has_one_encoding() {
    for key in keys() {
        let der = key.public().to_der().unwrap();
        assert!(PublicKey::from_der(&der).is_some());
        let longer = [der.as_slice(), &[0]].concat();
        let mut off_curve = der.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let cut = &der[..der.len() - 1];
        for wrong in [&[][..], &longer, cut, &[0x30; 4_000]] {
            assert!(PublicKey::from_der(wrong).is_none());
        }
        if key.algorithm() != Algorithm::Ed25519 {
            assert!(PublicKey::from_der(&off_curve).is_none(), "{:?}", key.algorithm());
        }
    }
    // Ed25519's neutral element: a key that signs everything.
    let mut weak = keys()[1].public().to_der().unwrap();
    let at = weak.len() - 32;
    weak[at..].fill(0);
    weak[at] = 1;
    assert!(PublicKey::from_der(&weak).is_none());
}

fn key_of_certificate(der: &[u8]) -> PublicKey {
    let certificate = x509_cert::Certificate::from_der(der).unwrap();
    PublicKey::of_info(certificate.tbs_certificate().subject_public_key_info()).unwrap()
}

#[test]
fn the_authority_issues_certificates_for_the_key_that_asked() {
    let authority = Authority::try_new(&[9; 32]).unwrap();
    assert_eq!(authority.certificate().unwrap(), Authority::try_new(&[9; 32]).unwrap().certificate().unwrap());
    let from = Timestamp(1_800_000_000_000);
    for key in keys() {
        let issued = authority.issue(&key.public(), "person-7", 77, from, from.plus_ms(86_400_000)).unwrap();
        assert!(certificate_pem(&issued.der).unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
        assert_eq!(key_of_certificate(&issued.der).to_der(), key.public().to_der());
    }
    assert!(Authority::try_new(&[0; 32]).is_err());
}

#[test]
fn a_sealed_key_opens_with_its_password_alone() {
    let random = Random::seeded(6);
    let key = &keys()[2];
    let file = seal_key(key, "correct horse", &random).unwrap();
    assert!(!file.contains(&crate::hex(key.to_bytes().as_slice())));
    let opened = open_key(&file.replace('\n', "\r\n"), "correct horse").unwrap();
    assert_eq!(opened.to_bytes(), key.to_bytes());
    assert_eq!(open_key(&file, "correct hors").err(), Some(SealedKeyError::Password));
    assert_eq!(open_key(&file.replace("sm2", "p256"), "correct horse").err(), Some(SealedKeyError::Password));
    for text in
        ["", "x", &file.replace("m=65536", "m=9999999"), &file.replace("KEY 1", "KEY 2"), &file[..file.len() - 9]]
    {
        assert_eq!(open_key(text, "correct horse").err(), Some(SealedKeyError::Unreadable), "{text}");
    }
}

/// GB/T 32918.5 (GM/T 0003.5), appendix A: the recommended curve, the user id 1234567812345678.
#[test]
fn sm2_gives_the_standards_verdict() {
    let key = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8".to_lowercase();
    let key = PrivateKey::from_bytes(Algorithm::Sm2, &crate::unhex(&key).unwrap()).unwrap();
    let Key::Sm2(public) = key.public().0 else { panic!("not SM2") };
    let point = "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
                 CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
    assert_eq!(crate::hex(&public.to_sec1_bytes()).to_uppercase(), point);
    let r = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3";
    let s = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA";
    let signature = [r, s].map(|half| crate::unhex(&half.to_lowercase()).unwrap()).concat();
    assert!(key.public().verify(b"message digest", &signature));
    assert!(!key.public().verify(b"message digesu", &signature));
}

/// GB/T 32905 (GM/T 0004), appendix A.
#[test]
fn sm3_gives_the_standards_digests() {
    use sm3::{Digest, Sm3};
    let table = [
        ("abc".to_owned(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ("abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ];
    for (text, digest) in table {
        assert_eq!(crate::hex(&Sm3::digest(text.as_bytes())), digest);
    }
}

/// GB/T 32907 (GM/T 0002), appendix A, both examples: one block, and the same block a million times over.
#[test]
fn sm4_gives_the_standards_blocks() {
    use sm4::Sm4;
    use sm4::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
    let block = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
    let cipher = Sm4::new(&block.into());
    let mut text = block.into();
    cipher.encrypt_block(&mut text);
    assert_eq!(crate::hex(&text), "681edf34d206965e86b3e94f536e4246");
    cipher.decrypt_block(&mut text);
    assert_eq!(text.as_slice(), block);
    for _ in 0..1_000_000 {
        cipher.encrypt_block(&mut text);
    }
    assert_eq!(crate::hex(&text), "595298c7c6fd271f0402f804c33d3f66");
}
