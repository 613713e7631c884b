//! One connection from its first byte to its last.

use super::{Entrance, HEADERS_WITHIN, SILENCE};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

/// Serves a connection until either side ends it, it falls silent, or the bank stops.
pub(super) async fn handle(
    stream: TcpStream,
    peer: SocketAddr,
    entrance: Arc<Entrance>,
    stopped: watch::Receiver<bool>,
) {
    // Answers are small; none should wait for another packet to fill up.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &entrance.tls else { return drive(stream, false, peer, &entrance, stopped).await };
    match tokio::time::timeout(HEADERS_WITHIN, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => {
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            drive(stream, is_http2, peer, &entrance, stopped).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "no TLS came about"),
        Err(_) => tracing::debug!("TLS took too long"),
    }
}

async fn drive<S>(
    stream: S,
    is_http2: bool,
    peer: SocketAddr,
    entrance: &Arc<Entrance>,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let pulse = Pulse::new();
    let service = service_fn(|request| answer(request, peer, entrance.clone()));
    let builder = entrance.builder.clone();
    let builder = if is_http2 { builder.http2_only() } else { builder.http1_only() };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Felt { stream, pulse: pulse.clone() }), service));
    let mut is_ending = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            // An error means that the sender is gone, which is a reason to stop as well.
            _ = stopped.wait_for(|stop| *stop), if !is_ending => {
                connection.as_mut().graceful_shutdown();
                is_ending = true;
            }
            () = tokio::time::sleep(SILENCE.saturating_sub(pulse.silence())) => {
                if pulse.silence() >= SILENCE {
                    return;
                }
            }
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    entrance: Arc<Entrance>,
) -> Result<Response<Body>, Infallible> {
    if !names_one_host(&request) {
        return Ok((StatusCode::BAD_REQUEST, [(header::CONNECTION, "close")]).into_response());
    }
    let is_http1 = request.version() < Version::HTTP_2;
    // Two programs may disagree about where a chunked body ends, if a length stands beside it; then nothing that follows on
    // this connection can be trusted.
    let is_last = is_http1 && request.headers().contains_key(header::TRANSFER_ENCODING);
    let sender = entrance.senders.proxies().sender(peer.ip(), request.headers());
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(sender, peer.port())));
    let mut response = entrance.router.clone().oneshot(request).await?;
    if is_last {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// HTTP/1.1 asks for exactly one `Host`; two would let two programs see two sites.
fn names_one_host<B>(request: &Request<B>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    match request.version() {
        Version::HTTP_11 => hosts == 1,
        _ => hosts <= 1,
    }
}

/// When a byte last moved on a connection.
#[derive(Clone)]
struct Pulse {
    began: Instant,
    last_ms: Arc<AtomicU64>,
}

impl Pulse {
    fn new() -> Self {
        Self { began: Instant::now(), last_ms: Arc::new(AtomicU64::new(0)) }
    }

    fn beat(&self) {
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now_ms, Ordering::Relaxed);
    }

    fn silence(&self) -> Duration {
        self.began.elapsed().saturating_sub(Duration::from_millis(self.last_ms.load(Ordering::Relaxed)))
    }
}

/// A stream that notes when bytes move.
struct Felt<S> {
    stream: S,
    pulse: Pulse,
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pulse.beat();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if matches!(polled, Poll::Ready(Ok(1..))) {
            self.pulse.beat();
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if matches!(polled, Poll::Ready(Ok(1..))) {
            self.pulse.beat();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Listen;
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// One end of a connection to a router with `/`; the sender of `stop` must live as long as the bank is to.
    fn connect() -> (tokio::io::DuplexStream, watch::Sender<bool>) {
        let router = Router::new().route("/", get(|| async { "here" }));
        let entrance = Arc::new(Entrance::try_new(router, &Listen::default()).unwrap());
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (stop, stopped) = watch::channel(false);
        let peer = SocketAddr::from(([203, 0, 113, 9], 4711));
        kit::spawn("test", async move { drive(theirs, false, peer, &entrance, stopped).await });
        (ours, stop)
    }

    /// All that comes until the end, and how long it took on the clock of the test.
    async fn rest(stream: &mut tokio::io::DuplexStream) -> (String, Duration) {
        let began = Instant::now();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        (said, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_finishes_the_headers_and_who_asks_no_more_is_ended() {
        let (mut stream, _stop) = connect();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: bank").await.unwrap();
        let (said, took) = rest(&mut stream).await;
        assert!(!said.contains("here") && took <= HEADERS_WITHIN + Duration::from_secs(1), "{took:?} {said}");
        let (mut stream, _stop) = connect();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: bank\r\n\r\n").await.unwrap();
        let (said, took) = rest(&mut stream).await;
        assert!(said.contains("here") && took <= HEADERS_WITHIN + Duration::from_secs(1), "{took:?} {said}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_lets_a_connection_finish_and_closes_it() {
        let (mut stream, stop) = connect();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: bank\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        stop.send_replace(true);
        let (said, took) = rest(&mut stream).await;
        assert!(said.ends_with("here") && took < Duration::from_secs(1), "{took:?} {said}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_chunked_body_the_connection_ends() {
        let (mut stream, _stop) = connect();
        let smuggled = b"GET / HTTP/1.1\r\nhost: bank\r\ncontent-length: 40\r\ntransfer-encoding: chunked\r\n\r\n\
            0\r\n\r\nGET / HTTP/1.1\r\nhost: bank\r\n\r\n";
        stream.write_all(smuggled).await.unwrap();
        let (said, _) = rest(&mut stream).await;
        assert!(said.matches("HTTP/1.1 ").count() <= 1, "{said}");
    }

    #[tokio::test(start_paused = true)]
    async fn headers_are_bounded_in_number_and_size() {
        for (lines, status) in
            [(HeaderLines(60, 10), "200"), (HeaderLines(70, 10), "431"), (HeaderLines(2, 20_000), "431")]
        {
            let (mut stream, _stop) = connect();
            let HeaderLines(count, length) = lines;
            let headers: String = (0..count).map(|n| format!("x-{n}: {}\r\n", "a".repeat(length))).collect();
            stream.write_all(format!("GET / HTTP/1.1\r\nhost: bank\r\n{headers}\r\n").as_bytes()).await.unwrap();
            let (said, _) = rest(&mut stream).await;
            assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{count} of {length}: {said}");
        }
    }

    /// So many lines of so many bytes.
    struct HeaderLines(usize, usize);

    #[test]
    fn a_request_names_one_host() {
        let with = |version: Version, hosts: &[&'static str]| {
            let mut request = Request::new(());
            *request.version_mut() = version;
            for host in hosts {
                request.headers_mut().append(header::HOST, HeaderValue::from_static(host));
            }
            names_one_host(&request)
        };
        assert!(with(Version::HTTP_11, &["a"]) && with(Version::HTTP_10, &[]) && with(Version::HTTP_2, &[]));
        assert!(
            !with(Version::HTTP_11, &[]) && !with(Version::HTTP_11, &["a", "a"]) && !with(Version::HTTP_2, &["a", "b"])
        );
    }
}
