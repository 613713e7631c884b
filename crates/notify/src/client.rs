//! A small client for the JSON services that a bank asks: providers of texts, registries, later webhooks.
//!
//! One request, one connection: calls are rare, and nothing is left open to break between them. The time limit covers
//! all of it, from looking up the name to the last byte of the answer, which may have 64 KiB.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use kit::{Fault, FaultContext};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;

const ANSWER_BYTES: usize = 64 * 1024;

/// Posts JSON to one address.
pub struct JsonClient {
    /// `host:port`, as it is connected to and named in `Host`.
    authority: String,
    path: String,
    api_key: String,
    timeout: Duration,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null if it is not JSON.
    pub body: Value,
}

impl JsonClient {
    /// A client for this address, sending this bearer key. An address that is not `http://` is refused.
    pub fn try_new(url: &str, api_key: &str, timeout: Duration) -> Result<Self, Fault> {
        let wrong = || Fault::new(format!("{url} is not an address of the form http://host:port/path"));
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        if uri.scheme_str() == Some("https") {
            return Err(Fault::new(format!(
                "{url} demands TLS, which this client does not speak: name a relay on a private network by http://"
            )));
        }
        let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(wrong)?;
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        if api_key.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Fault::new("an API key has characters that a header cannot carry"));
        }
        Ok(Self { authority, path, api_key: api_key.to_owned(), timeout })
    }

    /// Posts a body and reads the answer, whatever its status.
    pub async fn post(&self, body: &Value) -> Result<Answer, Fault> {
        match tokio::time::timeout(self.timeout, self.exchange(body)).await {
            Ok(answer) => answer.fault(format!("asking {}", self.authority)),
            Err(_) => Err(Fault::new(format!("{} gave no answer in {:?}", self.authority, self.timeout))),
        }
    }

    async fn exchange(&self, body: &Value) -> Result<Answer, Fault> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(HOST, &self.authority)
            .header(AUTHORIZATION, format!("Bearer {}", self.api_key))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let answer = async {
            let (parts, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES).collect().await;
            let body = body.map_err(|error| Fault::new(format!("the answer broke off: {error}")))?.to_bytes();
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            Ok::<_, Fault>(Answer { status: parts.status.as_u16(), body })
        };
        // The connection is driven here and ends with this call: no task outlives its request.
        let mut answer = std::pin::pin!(answer);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            answer = &mut answer => answer,
            ended = &mut connection => match ended {
                // Both ends are done with the connection; what was answered is in the channel.
                Ok(()) => answer.await,
                Err(error) => Err(error.into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_taken() {
        let client = |url| JsonClient::try_new(url, "key", Duration::from_secs(1));
        assert_eq!(client("http://127.0.0.1:8090/send?a=1").unwrap().authority, "127.0.0.1:8090");
        assert_eq!(client("http://relay/").unwrap().authority, "relay:80");
        for wrong in ["https://relay/", "relay:80", "/send", "ftp://relay/", ""] {
            assert!(client(wrong).is_err(), "{wrong}");
        }
        assert!(JsonClient::try_new("http://relay/", "a\r\nb", Duration::from_secs(1)).is_err());
    }
}
