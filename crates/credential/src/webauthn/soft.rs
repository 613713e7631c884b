//! An authenticator in software, which does as it is told: for tests alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const RECOGNISED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A key in software. What a real one never does can be set: another origin, another relying party, a counter.
#[derive(Clone)]
pub struct SoftKey {
    key: SigningKey,
    id: [u8; 32],
    handle: Vec<u8>,
    /// What the browser says where it is; `None` is where the question says.
    pub origin: String,
    /// The relying party it takes itself to be talking to; `None` is that of the question.
    pub relying_party: Option<String>,
    /// Raised by one before each answer; 0 with `counts` off.
    pub counter: u32,
    /// Whether it counts.
    pub counts: bool,
    /// Whether it recognises its owner.
    pub recognises: bool,
}

impl SoftKey {
    /// A key of its own for each `seed` but 0, in a browser at this origin.
    pub fn new(seed: u8, origin: &str) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).expect("a seed between 1 and 254"),
            id: [seed; 32],
            handle: Vec::new(),
            origin: origin.to_owned(),
            relying_party: None,
            counter: 0,
            counts: true,
            recognises: true,
        }
    }

    /// The answer to [`RelyingParty::ask_new`](super::RelyingParty::ask_new).
    pub fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let options = &options["publicKey"];
        self.handle = decode(&options["user"]["id"]);
        let relying_party = options["rp"]["id"].as_str().expect("a relying party").to_owned();
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().expect("a point"), point.y().expect("a point"));
        // The COSE key as RFC 9052 says: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat();
        let mut data = self.authenticator_data(&relying_party, ATTESTED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 32]);
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&cose);
        let length = u8::try_from(data.len()).expect("short data");
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
        let attestation = [&head[..], &[length], &data].concat();
        let client_data = self.client_data("webauthn.create", options);
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key",
            "response": { "attestationObject": encode(&attestation), "clientDataJSON": encode(client_data.as_bytes()) },
            "clientExtensionResults": {},
        })
        .to_string()
    }

    /// The answer to [`RelyingParty::ask`](super::RelyingParty::ask) and `ask_anybody`.
    pub fn answer(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let options = &options["publicKey"];
        let relying_party = options["rpId"].as_str().expect("a relying party").to_owned();
        let data = self.authenticator_data(&relying_party, 0);
        let client_data = self.client_data("webauthn.get", options);
        let signed = [&data[..], &sha256(client_data.as_bytes())].concat();
        let signature: DerSignature = self.key.sign(&signed);
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": encode(&data), "clientDataJSON": encode(client_data.as_bytes()),
                "signature": encode(signature.as_bytes()), "userHandle": encode(&self.handle),
            },
            "clientExtensionResults": {},
        })
        .to_string()
    }

    fn authenticator_data(&mut self, relying_party: &str, flags: u8) -> Vec<u8> {
        if self.counts {
            self.counter += 1;
        }
        let relying_party = self.relying_party.as_deref().unwrap_or(relying_party);
        let recognised = if self.recognises { RECOGNISED } else { 0 };
        let mut data = sha256(relying_party.as_bytes()).to_vec();
        data.push(PRESENT | recognised | flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = &options["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string()
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().expect("base64url")).expect("base64url")
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use p256::ecdsa::signature::digest::Digest;
    sha2::Sha256::digest(bytes).into()
}
