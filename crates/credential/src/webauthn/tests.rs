use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const OWNER: KeyOwner<'_> = KeyOwner { handle: [7; 16], name: "138 **** 1234", shown: "王*通" };
const ORIGIN: &str = "http://localhost:8080";

fn bank() -> RelyingParty {
    RelyingParty::try_new(ORIGIN, "Tongbao").unwrap().unwrap()
}

fn why(error: WrongKey) -> String {
    match error {
        WrongKey::Refused(why) => why.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn passkeys_exist_where_browsers_let_them() {
    for (origin, can) in [
        ("https://bank.example", true),
        ("http://localhost:8080", true),
        ("http://tongbao.localhost", true),
        ("http://bank.example", false),
        ("http://127.0.0.1:8080", false),
        ("https://127.0.0.1", false),
        ("https://[::1]:8443", false),
    ] {
        assert_eq!(RelyingParty::try_new(origin, "Tongbao").unwrap().is_some(), can, "{origin}");
    }
    assert!(RelyingParty::try_new("bank", "Tongbao").is_err());
}

#[test]
fn a_key_is_made_answers_and_its_record_counts_on() {
    for kind in [KeyKind::Passkey, KeyKind::SecurityKey] {
        let (bank, mut key) = (bank(), SoftKey::new(1, ORIGIN));
        let asked = bank.ask_new(kind, &OWNER, &[]).unwrap();
        let made = bank.take_new(kind, &asked.state, &key.make(&asked.options)).unwrap();
        assert_eq!(made.id, [1; 32]);
        let again = bank.ask_new(kind, &OWNER, std::slice::from_ref(&made.record)).unwrap();
        assert!(again.options.contains(&URL_SAFE_NO_PAD.encode([1; 32])), "the device is told which key it has");

        assert!(made.recognised_owner);
        let asked = bank.ask(kind, std::slice::from_ref(&made.record)).unwrap();
        assert!(asked.options.contains("\"userVerification\":\"required\""), "{}", asked.options);
        let answer = key.answer(&asked.options);
        assert_eq!(RelyingParty::key_of(&answer).unwrap(), made.id);
        let used = bank.check(kind, &asked.state, &made.record, &answer).unwrap();
        assert!(used.recognised_owner);
        assert_ne!(used.record, made.record);
        // The same answer again, judged by what is stored since: the counter has been seen.
        let twice = bank.check(kind, &asked.state, &used.record, &answer).unwrap_err();
        assert!(matches!(twice, WrongKey::CounterBack), "{twice:?}");
    }
}

#[test]
fn a_passkey_is_asked_for_on_this_device_and_a_security_key_elsewhere() {
    let place = |kind| {
        let options: Value = serde_json::from_str(&bank().ask_new(kind, &OWNER, &[]).unwrap().options).unwrap();
        options["publicKey"]["authenticatorSelection"].clone()
    };
    let passkey = place(KeyKind::Passkey);
    assert_eq!(passkey["authenticatorAttachment"], "platform");
    assert_eq!(passkey["residentKey"], "preferred");
    assert_eq!(passkey["userVerification"], "required");
    let plugged = place(KeyKind::SecurityKey);
    assert_eq!(plugged["authenticatorAttachment"], "cross-platform");
    assert_eq!(plugged["userVerification"], "required");
}

#[test]
fn whoever_is_there_signs_in_by_a_passkey_that_names_its_owner() {
    let (bank, mut key) = (bank(), SoftKey::new(2, ORIGIN));
    let asked = bank.ask_new(KeyKind::Passkey, &OWNER, &[]).unwrap();
    let made = bank.take_new(KeyKind::Passkey, &asked.state, &key.make(&asked.options)).unwrap();
    let asked = bank.ask_anybody().unwrap();
    let answer = key.answer(&asked.options);
    assert_eq!(bank.claimed(&answer).unwrap(), Claimed { handle: OWNER.handle, id: made.id.clone() });
    let used = bank.check_anybody(&asked.state, &made.record, &answer).unwrap();
    assert_eq!(used.id, made.id);
    let twice = bank.check_anybody(&asked.state, &used.record, &answer).unwrap_err();
    assert!(matches!(twice, WrongKey::CounterBack), "{twice:?}");
}

#[test]
fn an_answer_to_another_question_from_elsewhere_or_by_another_key_is_refused() {
    let bank = bank();
    let kind = KeyKind::SecurityKey;
    let mut key = SoftKey::new(3, ORIGIN);
    let asked = bank.ask_new(kind, &OWNER, &[]).unwrap();
    let made = bank.take_new(kind, &asked.state, &key.make(&asked.options)).unwrap();
    let asked = bank.ask(kind, std::slice::from_ref(&made.record)).unwrap();
    let refused = |answer: &str| why(bank.check(kind, &asked.state, &made.record, answer).unwrap_err());

    let other = bank.ask(kind, std::slice::from_ref(&made.record)).unwrap();
    assert!(refused(&key.answer(&other.options)).contains("challenge"));
    let mut elsewhere = key.clone();
    elsewhere.origin = "https://bank.example.evil".to_owned();
    assert!(refused(&elsewhere.answer(&asked.options)).contains("origin"));
    let mut phished = key.clone();
    phished.relying_party = Some("evil".to_owned());
    assert!(refused(&phished.answer(&asked.options)).contains("party id"));
    let mut lazy = key.clone();
    lazy.recognises = false;
    assert_eq!(refused(&lazy.answer(&asked.options)), "OwnerUnknown");
    let mut stranger = SoftKey::new(4, ORIGIN);
    refused(&stranger.answer(&asked.options));
    let mut forged: Value = serde_json::from_str(&key.answer(&asked.options)).unwrap();
    let signature: Value = serde_json::from_str(&stranger.answer(&asked.options)).unwrap();
    forged["response"]["signature"] = signature["response"]["signature"].clone();
    refused(&forged.to_string());
    for unreadable in ["", "{}", "[]", "null", &"x".repeat(ANSWER_MAX + 1)] {
        assert_eq!(refused(unreadable), "Unreadable");
    }
    // After all that the right answer is right.
    assert!(bank.check(kind, &asked.state, &made.record, &key.answer(&asked.options)).is_ok());
}

#[test]
fn a_counter_that_goes_back_is_refused_and_one_that_never_counts_is_not() {
    let bank = bank();
    let kind = KeyKind::Passkey;
    let mut key = SoftKey::new(5, ORIGIN);
    key.counter = 40;
    let asked = bank.ask_new(kind, &OWNER, &[]).unwrap();
    let made = bank.take_new(kind, &asked.state, &key.make(&asked.options)).unwrap();
    let asked = bank.ask(kind, std::slice::from_ref(&made.record)).unwrap();
    key.counter = 12;
    let back = bank.check(kind, &asked.state, &made.record, &key.answer(&asked.options)).unwrap_err();
    assert!(matches!(back, WrongKey::CounterBack), "{back:?}");

    let mut silent = SoftKey::new(6, ORIGIN);
    silent.counts = false;
    let asked = bank.ask_new(kind, &OWNER, &[]).unwrap();
    let mut record = bank.take_new(kind, &asked.state, &silent.make(&asked.options)).unwrap().record;
    for _ in 0..3 {
        let asked = bank.ask(kind, std::slice::from_ref(&record)).unwrap();
        record = bank.check(kind, &asked.state, &record, &silent.answer(&asked.options)).unwrap().record;
    }
}

#[test]
fn a_passkey_that_does_not_recognise_its_owner_is_not_taken() {
    let (bank, mut key) = (bank(), SoftKey::new(8, ORIGIN));
    key.recognises = false;
    let asked = bank.ask_new(KeyKind::Passkey, &OWNER, &[]).unwrap();
    let refused = bank.take_new(KeyKind::Passkey, &asked.state, &key.make(&asked.options)).unwrap_err();
    assert!(matches!(refused, WrongKey::OwnerUnknown), "{refused:?}");
}

/// The values of W3C WebAuthn level 3, section 16, in hexadecimal: of a credential whose origin is
/// `https://example.org`.
struct Vector {
    id: &'static str,
    new_challenge: &'static str,
    new_client_data: &'static str,
    attestation: &'static str,
    challenge: &'static str,
    client_data: &'static str,
    authenticator_data: &'static str,
    signature: &'static str,
}

/// 16.2: ES256, no attestation; the authenticator did not recognise its owner.
const NONE_ES256: Vector = Vector {
    id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    new_challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    new_client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
    attestation: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    challenge: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
};

/// 16.3: ES256, self attestation; the owner was recognised when the key was made and not when it answered.
const PACKED_SELF_ES256: Vector = Vector {
    id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
    new_challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
    new_client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
    attestation: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    challenge: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
    client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
    authenticator_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
    signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
};

fn base64url(hex: &str) -> String {
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A state of ours with the challenge that the specification's answer is given to.
fn with_challenge(state: &str, part: &str, hex: &str) -> String {
    let mut state: Value = serde_json::from_str(state).unwrap();
    assert!(state[part]["challenge"].is_string());
    state[part]["challenge"] = base64url(hex).into();
    state.to_string()
}

impl Vector {
    fn made(&self, kind: KeyKind) -> Result<NewKey, WrongKey> {
        let bank = RelyingParty::try_new("https://example.org", "Example").unwrap().unwrap();
        let state = bank.ask_new(kind, &OWNER, &[]).unwrap().state;
        let answer = json!({
            "id": base64url(self.id), "rawId": base64url(self.id), "type": "public-key",
            "response": {
                "attestationObject": base64url(self.attestation),
                "clientDataJSON": base64url(self.new_client_data),
            },
        });
        bank.take_new(kind, &with_challenge(&state, "rs", self.new_challenge), &answer.to_string())
    }

    fn answered(&self, kind: KeyKind, record: &str, signature: &str) -> Result<Answered, WrongKey> {
        let bank = RelyingParty::try_new("https://example.org", "Example").unwrap().unwrap();
        let state = bank.ask(kind, &[record.to_owned()]).unwrap().state;
        let answer = json!({
            "id": base64url(self.id), "rawId": base64url(self.id), "type": "public-key",
            "response": {
                "authenticatorData": base64url(self.authenticator_data),
                "clientDataJSON": base64url(self.client_data),
                "signature": base64url(signature),
            },
        });
        bank.check(kind, &with_challenge(&state, "ast", self.challenge), record, &answer.to_string())
    }
}

#[test]
fn the_specification_s_key_without_attestation_is_made_and_answers() {
    let vector = &NONE_ES256;
    let made = vector.made(KeyKind::SecurityKey).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(&made.id), base64url(vector.id));
    assert!(made.may_be_copied && !made.recognised_owner);
    let answered = vector.answered(KeyKind::SecurityKey, &made.record, vector.signature).unwrap();
    assert!(!answered.recognised_owner);
    // The other vector's signature is not of this answer.
    vector.answered(KeyKind::SecurityKey, &made.record, PACKED_SELF_ES256.signature).unwrap_err();
    // It did not recognise its owner, so that it is no passkey.
    assert!(matches!(vector.made(KeyKind::Passkey).unwrap_err(), WrongKey::OwnerUnknown));
}

#[test]
fn the_specification_s_self_attested_key_is_made_and_must_recognise_its_owner() {
    let vector = &PACKED_SELF_ES256;
    for kind in [KeyKind::Passkey, KeyKind::SecurityKey] {
        let made = vector.made(kind).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(&made.id), base64url(vector.id));
        assert!(made.may_be_copied);
        let answered = vector.answered(kind, &made.record, vector.signature);
        assert!(matches!(answered.unwrap_err(), WrongKey::OwnerUnknown));
    }
}
