//! The bank's own authority for customers' keys (RFC 5280): one level, no names of people in what it issues.

use super::{Algorithm, PrivateKey, PublicKey};
use der::asn1::UtcTime;
use der::{Decode, Encode, EncodePem};
use kit::{Fault, FaultContext, Timestamp};
use p256::ecdsa::DerSignature;
use std::str::FromStr;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::{Time, Validity};

const NAME: &str = "CN=Tongbao authority for signing keys,O=Tongbao";
/// 2026-01-01 and 2049-12-31 in seconds since 1970: the authority itself is good for as long as its key.
const FROM_S: u64 = 1_767_225_600;
const UNTIL_S: u64 = 2_524_521_600;

/// Signs certificates with a P-256 key.
pub struct Authority {
    key: PrivateKey,
    certificate: Certificate,
}

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate in DER.
    pub der: Vec<u8>,
}

impl Authority {
    /// The authority of a key that 32 secret bytes stand for.
    pub fn try_new(secret: &[u8; 32]) -> Result<Self, Fault> {
        let key = PrivateKey::from_bytes(Algorithm::P256, secret);
        let key = key.ok_or_else(|| Fault::new("the authority's secret is no key of P-256"))?;
        let (name, public) = (Name::from_str(NAME).fault("the authority's name")?, key.public());
        let profile = Profile { subject: name.clone(), issuer: name, is_authority: true };
        let validity = validity(FROM_S, UNTIL_S)?;
        let certificate = sign(profile, &[1], validity, &public, &key).fault("signing the authority's certificate")?;
        Ok(Self { key, certificate })
    }

    /// The authority's own certificate in PEM: always the same for the same key.
    pub fn certificate(&self) -> Result<String, Fault> {
        self.certificate.to_pem(der::pem::LineEnding::LF).fault("encoding the authority's certificate")
    }

    /// A certificate for a key. `holder` is letters, digits and dashes.
    pub fn issue(
        &self,
        key: &PublicKey,
        holder: &str,
        serial: u128,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Issued, Fault> {
        let profile = Profile {
            subject: Name::from_str(&format!("CN={holder},O=Tongbao")).fault("the holder's name")?,
            issuer: Name::from_str(NAME).fault("the authority's name")?,
            is_authority: false,
        };
        let seconds = |time: Timestamp| u64::try_from(time.as_ms().div_euclid(1_000)).fault("a time before 1970");
        let validity = validity(seconds(from)?, seconds(until)?)?;
        let certificate = sign(profile, &serial.to_be_bytes(), validity, key, &self.key);
        let certificate = certificate.fault("signing a certificate")?;
        let der = certificate.to_der().fault("encoding a certificate")?;
        Ok(Issued { der })
    }
}

/// A certificate in DER as PEM.
pub fn certificate_pem(der: &[u8]) -> Result<String, Fault> {
    let certificate = Certificate::from_der(der).fault("reading a stored certificate")?;
    certificate.to_pem(der::pem::LineEnding::LF).fault("encoding a certificate")
}

fn validity(from_s: u64, until_s: u64) -> Result<Validity, Fault> {
    let time = |seconds| UtcTime::from_unix_duration(Duration::from_secs(seconds)).map(Time::UtcTime);
    Ok(Validity::new(time(from_s).fault("a certificate's start")?, time(until_s).fault("a certificate's end")?))
}

fn sign(
    profile: Profile,
    serial: &[u8],
    validity: Validity,
    key: &PublicKey,
    signer: &PrivateKey,
) -> Result<Certificate, Fault> {
    let signer = signer.as_p256().ok_or_else(|| Fault::new("an authority signs with P-256"))?;
    let serial = SerialNumber::new(serial).fault("a serial number")?;
    let builder = CertificateBuilder::new(profile, serial, validity, key.info().fault("encoding a key")?);
    let builder = builder.fault("starting a certificate")?;
    builder.build::<_, DerSignature>(signer).fault("signing")
}

/// What stands in a certificate of this bank.
struct Profile {
    subject: Name,
    issuer: Name,
    is_authority: bool,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let usage = match self.is_authority {
            true => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            false => KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
        };
        let path_len_constraint = self.is_authority.then_some(0);
        let subject = tbs.subject();
        Ok(vec![
            BasicConstraints { ca: self.is_authority, path_len_constraint }.to_extension(subject, &[])?,
            KeyUsage(usage).to_extension(subject, &[])?,
            SubjectKeyIdentifier::try_from(key)?.to_extension(subject, &[])?,
            AuthorityKeyIdentifier::try_from(issuer_key)?.to_extension(subject, &[])?,
        ])
    }
}
