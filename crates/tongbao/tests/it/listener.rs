//! The listener of the real binary: TLS with renewal, addresses behind a proxy, rates, the registry's counterpart.

use crate::bank::Bank;
use crate::command::{said, text, tongbao};
use crate::http::Client;
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate for `localhost` that nobody signed, and its key, written to a folder.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("chain.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

fn configure(folder: &Path, body: &str) -> PathBuf {
    let file = folder.join("tongbao.toml");
    fs::write(&file, format!("{body}\n[operations]\nlisten = \"127.0.0.1:0\"\n")).unwrap();
    file
}

/// A connection to the bank by one who trusts this certificate alone.
async fn connect(bank: &Bank, trusted: &CertificateDer<'static>, alpn: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let address = bank.address().trim_start_matches("https://");
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tls_both_protocols_answer_with_bound_cookies_and_a_renewed_certificate_is_taken() {
    let root = tempfile::tempdir().unwrap();
    let first = certificate(root.path());
    let body = format!(
        "[listen.tls]\ncertificate = {:?}\nkey = {:?}\n",
        root.path().join("chain.pem"),
        root.path().join("key.pem")
    );
    let config = configure(root.path(), &body);
    let bank = Bank::start(&["serve", "--config", text(&config)], &root.path().join("data"));
    assert!(bank.address().starts_with("https://"), "{}", bank.address());

    let request = |uri: &str| {
        let request = Request::get(uri).header("accept", "text/html").header("host", "localhost");
        request.body(String::new()).unwrap()
    };
    let stream = TokioIo::new(connect(&bank, &first, b"h2").await.unwrap());
    let (mut two, driver) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let driver = kit::spawn("client", driver);
    let answer = two.send_request(request("https://localhost/sign-in")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, hyper::Version::HTTP_2));
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000; includeSubDomains");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-guard=") && cookie.contains("; Secure"), "{cookie}");
    drop((two, answer));
    driver.await.unwrap();

    let stream = TokioIo::new(connect(&bank, &first, b"http/1.1").await.unwrap());
    let (mut one, driver) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    let driver = kit::spawn("client", driver);
    let answer = one.send_request(request("/sign-in")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, hyper::Version::HTTP_11));
    drop((one, answer));
    driver.await.unwrap();

    // Half a renewal changes nothing; the whole of it is taken at once when asked.
    let chain = fs::read(root.path().join("chain.pem")).unwrap();
    let second = certificate(root.path());
    let renewed = fs::read(root.path().join("chain.pem")).unwrap();
    fs::write(root.path().join("chain.pem"), chain).unwrap();
    bank.signal("HUP");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(connect(&bank, &first, b"h2").await.is_ok());
    fs::write(root.path().join("chain.pem"), renewed).unwrap();
    bank.signal("HUP");
    let mut tries = 0;
    while connect(&bank, &second, b"h2").await.is_err() {
        tries += 1;
        assert!(tries < 100, "the renewed certificate is not shown");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(connect(&bank, &first, b"h2").await.is_err());
    assert!(bank.stop().success());
}

#[test]
fn a_key_of_another_certificate_and_a_missing_file_are_named() {
    let root = tempfile::tempdir().unwrap();
    let (one, other) = (root.path().join("one"), root.path().join("other"));
    for folder in [&one, &other] {
        fs::create_dir(folder).unwrap();
        certificate(folder);
    }
    for (chain, key, words) in [
        (one.join("chain.pem"), other.join("key.pem"), "does not belong to the certificate"),
        (one.join("chain.pem"), one.join("none.pem"), "none.pem"),
        (one.join("key.pem"), one.join("key.pem"), "holds no certificate"),
    ] {
        let config = configure(root.path(), &format!("[listen.tls]\ncertificate = {chain:?}\nkey = {key:?}\n"));
        let data = root.path().join("data");
        let output = tongbao(&["serve", "--config", text(&config), "--data", text(&data), "--listen", "127.0.0.1:0"]);
        let said = said(&output);
        assert!(!output.status.success() && said.contains(words) && said.contains("PEM"), "{said}");
    }
}

#[test]
fn an_open_address_needs_tls() {
    let root = tempfile::tempdir().unwrap();
    let config = configure(root.path(), "");
    let data = root.path().join("data");
    // Addresses that no machine here has: were they not refused, binding them would fail with other words.
    for address in ["203.0.113.9:8080", "[2001:db8::9]:8080", "0.0.0.0:0"] {
        let output = tongbao(&["serve", "--config", text(&config), "--data", text(&data), "--listen", address]);
        let said = said(&output);
        assert!(!output.status.success() && said.contains("in the clear") && said.contains("behind_tls"), "{said}");
    }
    let config = configure(root.path(), "[listen]\nbehind_tls = true\n");
    let address = "203.0.113.9:8080";
    let output = tongbao(&["serve", "--config", text(&config), "--data", text(&data), "--listen", address]);
    let said = said(&output);
    assert!(said.contains("Cannot listen on") && !said.contains("in the clear"), "{said}");
}

#[test]
fn a_forwarded_address_counts_from_a_trusted_proxy_alone() {
    let root = tempfile::tempdir().unwrap();
    let rates = "[listen.rates]\nrequests = { burst = 3, per_second = 1 }\n";
    let ask = |bank: &Bank, forwarded: &str| {
        let headers = [("x-forwarded-for", forwarded), ("accept", "text/html")];
        Client::new(bank.address()).send("GET", "/sign-in", &headers, None).unwrap()
    };
    let config = configure(root.path(), &format!("[listen]\ntrusted_proxies = [\"127.0.0.0/8\"]\n{rates}"));
    let bank = Bank::start(&["serve", "--config", text(&config)], &root.path().join("trusting"));
    for _ in 0..3 {
        assert_eq!(ask(&bank, "203.0.113.9").status, 200);
    }
    let refused = ask(&bank, "198.51.100.1, 203.0.113.9");
    assert!(refused.status == 429 && refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert!(refused.text.contains("<h1"), "a page: {}", refused.text);
    assert_eq!(ask(&bank, "203.0.113.10").status, 200, "others go on");
    assert!(bank.stop().success());

    let config = configure(root.path(), rates);
    let bank = Bank::start(&["serve", "--config", text(&config)], &root.path().join("alone"));
    for _ in 0..9 {
        assert_eq!(ask(&bank, "203.0.113.9").status, 200, "the word of nobody in particular");
    }
    assert!(bank.stop().success());
    let config = configure(root.path(), "[listen]\ntrusted_proxies = [\"everybody\"]\n");
    let data = root.path().join("none");
    let output = tongbao(&["serve", "--config", text(&config), "--data", text(&data), "--listen", "127.0.0.1:0"]);
    assert!(said(&output).contains("everybody"), "{}", said(&output));
}

#[test]
fn the_registrys_counterpart_answers_as_it_is_told() {
    for (mode, number, status, result) in [
        ("yes", "990000196001010018", 200, "match"),
        ("yes", "990000196001019995", 200, "mismatch"),
        ("no", "990000196001010018", 200, "mismatch"),
        ("not-sure", "990000196001010018", 200, "unsure"),
        ("down", "990000196001010018", 503, ""),
    ] {
        let registry = Bank::listening(&["registry", "--mode", mode, "--api-key", "k", "--listen", "127.0.0.1:0"]);
        let body = serde_json::json!({ "name": "王小通", "citizen_number": number });
        let key = [("authorization", "Bearer k")];
        let answer = Client::new(registry.address()).send("POST", "/check", &key, Some(&body)).unwrap();
        assert_eq!((answer.status, answer.json()["result"].as_str().unwrap_or_default()), (status, result), "{mode}");
        let stranger = Client::new(registry.address()).send("POST", "/check", &[], Some(&body)).unwrap();
        assert_eq!(stranger.status, 401);
        assert!(registry.stop().success());
    }
    let unknown = tongbao(&["registry", "--mode", "perhaps"]);
    assert!(!unknown.status.success() && said(&unknown).contains("not-sure"), "{}", said(&unknown));
}
