//! A small client for the services that a bank asks: providers of texts, registries, clearing houses, later webhooks.
//!
//! One request, one connection: nothing is left open to break between calls. A time limit covers all of it, from looking up
//! the name to the last byte of the answer. Who moves money by it learns whether a request can have arrived at all:
//! [`HttpFailure`].

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use kit::{Fault, FaultContext};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;

/// The longest answer of a JSON service, in bytes.
const JSON_BYTES: usize = 64 * 1024;

/// Sends requests to one host.
#[derive(Clone)]
pub struct HttpClient {
    /// `host:port`, as it is connected to and named in `Host`.
    authority: String,
    /// What comes before every path.
    path: String,
    api_key: String,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct HttpRequest<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// What comes behind the path of the client's address, with the query; may be empty.
    pub path: &'a str,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body; may be empty.
    pub body: &'a [u8],
    /// How long all of it may take.
    pub within: Duration,
    /// The longest answer, in bytes.
    pub most: usize,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum HttpFailure {
    /// There was no connection: the request surely did not arrive.
    NotConnected(Fault),
    /// It broke off, or took too long, after the connection stood: the request may have arrived.
    BrokenOff(Fault),
}

impl From<HttpFailure> for Fault {
    fn from(failure: HttpFailure) -> Self {
        match failure {
            HttpFailure::NotConnected(fault) | HttpFailure::BrokenOff(fault) => fault,
        }
    }
}

impl HttpClient {
    /// A client for this address, sending this bearer key. An address that is not `http://` is refused.
    pub fn try_new(url: &str, api_key: &str) -> Result<Self, Fault> {
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
        Ok(Self { authority, path, api_key: api_key.to_owned() })
    }

    /// Sends a request and reads the answer, whatever its status.
    pub async fn send(&self, request: HttpRequest<'_>) -> Result<HttpAnswer, HttpFailure> {
        let late = || Fault::new(format!("{} gave no answer in {:?}", self.authority, request.within));
        let asking = || format!("asking {}", self.authority);
        let deadline = tokio::time::Instant::now() + request.within;
        let stream = match tokio::time::timeout_at(deadline, TcpStream::connect(&self.authority)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(HttpFailure::NotConnected(Fault::from(error).context(asking()))),
            Err(_) => return Err(HttpFailure::NotConnected(late())),
        };
        match tokio::time::timeout_at(deadline, self.exchange(stream, request)).await {
            Ok(answer) => answer.map_err(|fault| HttpFailure::BrokenOff(fault.context(asking()))),
            Err(_) => Err(HttpFailure::BrokenOff(late())),
        }
    }

    async fn exchange(&self, stream: TcpStream, request: HttpRequest<'_>) -> Result<HttpAnswer, Fault> {
        // A request is one short write: waiting to fill a packet would only make it late.
        stream.set_nodelay(true)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let uri = if request.path.is_empty() {
            self.path.clone()
        } else {
            format!("{}{}", self.path.trim_end_matches('/'), request.path)
        };
        let message = Request::builder()
            .method(request.method)
            .uri(uri)
            .header(HOST, &self.authority)
            .header(AUTHORIZATION, format!("Bearer {}", self.api_key))
            .header(CONTENT_TYPE, request.content_type)
            .body(Full::new(Bytes::copy_from_slice(request.body)))?;
        let answer = async {
            let (parts, body) = sender.send_request(message).await?.into_parts();
            let body = Limited::new(body, request.most).collect().await;
            let body = body.map_err(|error| Fault::new(format!("the answer broke off: {error}")))?.to_bytes();
            Ok::<_, Fault>(HttpAnswer { status: parts.status.as_u16(), body: body.to_vec() })
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

/// Posts JSON to one address.
pub struct JsonClient {
    client: HttpClient,
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
        Ok(Self { client: HttpClient::try_new(url, api_key)?, timeout })
    }

    /// Posts a body and reads the answer, whatever its status. It may have 64 KiB.
    pub async fn post(&self, body: &Value) -> Result<Answer, Fault> {
        let body = body.to_string();
        let request = HttpRequest {
            method: "POST",
            path: "",
            content_type: "application/json",
            body: body.as_bytes(),
            within: self.timeout,
            most: JSON_BYTES,
        };
        let answer = self.client.send(request).await.fault("posting JSON")?;
        Ok(Answer { status: answer.status, body: serde_json::from_slice(&answer.body).unwrap_or(Value::Null) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_taken() {
        let client = |url| JsonClient::try_new(url, "key", Duration::from_secs(1));
        assert_eq!(client("http://127.0.0.1:8090/send?a=1").unwrap().client.authority, "127.0.0.1:8090");
        assert_eq!(client("http://relay/").unwrap().client.authority, "relay:80");
        for wrong in ["https://relay/", "relay:80", "/send", "ftp://relay/", ""] {
            assert!(client(wrong).is_err(), "{wrong}");
        }
        assert!(JsonClient::try_new("http://relay/", "a\r\nb", Duration::from_secs(1)).is_err());
    }

    #[tokio::test]
    async fn a_request_that_cannot_have_arrived_is_told_from_one_that_may_have() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let client = HttpClient::try_new(&address, "key").unwrap();
        let request = HttpRequest {
            method: "POST",
            path: "/v1",
            content_type: "text/plain",
            body: b"x",
            within: Duration::from_secs(5),
            most: 100,
        };
        let (sent, _) = tokio::join!(client.send(request), async { drop(listener.accept().await.unwrap()) });
        assert!(matches!(sent, Err(HttpFailure::BrokenOff(_))), "{sent:?}");
        drop(listener);
        let sent = client.send(request).await;
        assert!(matches!(sent, Err(HttpFailure::NotConnected(_))), "{sent:?}");
    }
}
