//! TLS with certificate and key from files, which may be renewed while the bank is open.

use crate::config::TlsFiles;
use crate::trouble::Trouble;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, ServerConfig};

/// How often the files are looked at for a renewal; SIGHUP asks at once.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// TLS 1.3 and 1.2, HTTP/2 and HTTP/1.1.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
}

/// The certificate that is shown now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// Reads the files and keeps looking for newer ones. Runs inside a runtime.
    pub(crate) fn open(files: &TlsFiles) -> Result<Self, Trouble> {
        let provider = Arc::new(ring::default_provider());
        let seen = changed(files);
        let current = Arc::new(Current(RwLock::new(Arc::new(read(files, &provider)?))));
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| Trouble::new(format!("TLS cannot be used: {error}.")))?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        let mut config = config;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        kit::spawn("certificates", renew(files.clone(), provider, current, seen));
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

/// Takes newer files for connections to come. Files that do not fit, as in the middle of a renewal, are not taken.
async fn renew(
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    mut seen: [Option<SystemTime>; 2],
) {
    let mut every = tokio::time::interval(LOOK_EVERY);
    let mut asked = signal(SignalKind::hangup()).ok();
    loop {
        let is_asked = tokio::select! {
            _ = every.tick() => false,
            Some(_) = async { asked.as_mut()?.recv().await } => true,
        };
        let found = changed(&files);
        if found == seen && !is_asked {
            continue;
        }
        seen = found;
        match read(&files, &provider) {
            Ok(pair) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
                tracing::info!("the certificate was read again");
            }
            Err(trouble) => tracing::error!(%trouble, "the certificate stays as it was"),
        }
    }
}

/// When each file was last changed.
fn changed(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| std::fs::metadata(file).and_then(|data| data.modified()).ok())
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, Trouble> {
    let wrong = |file: &Path, why: String| {
        Trouble::new(format!("{} cannot be used for TLS: {why}.", file.display())).remedy(
            "[listen.tls] takes PEM files: the certificate with its chain, and the private key that belongs to it.",
        )
    };
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.certificate, error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong(&files.certificate, "it holds no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, error.to_string()))?;
    CertifiedKey::from_der(certificates, key, provider).map_err(|error| match error {
        Error::InconsistentKeys(_) => wrong(&files.key, "it does not belong to the certificate".to_owned()),
        other => wrong(&files.certificate, other.to_string()),
    })
}
