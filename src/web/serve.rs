//! Accepts connections and ends them: the slow ones, the surplus, and all of them at shutdown.
//!
//! `axum::serve` never drops a client that sends nothing, so this uses hyper's HTTP/1 connection
//! with a timer (measured in SAFETY.md 0). The one rule: nobody holds a connection without moving
//! bytes. What a request means is the router's matter.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Sleep, sleep, timeout};
use tower::ServiceExt;
use tower_http::timeout::{DeadlineBody, TimeoutBody};

/// How long and how many. The default is what was measured.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; further ones wait in the system's queue.
    pub connections: usize,
    /// From the first moment of a connection, or the end of the former request, to the end of the
    /// next request's headers. Ends idle connections too.
    pub header: Duration,
    /// Bytes of one request's headers.
    pub header_bytes: usize,
    /// Silence between two pieces of a body.
    pub body_silence: Duration,
    /// A whole body that is no upload.
    pub body: Duration,
    /// A whole multipart body.
    pub upload: Duration,
    /// A client that takes nothing of its answer.
    pub write_silence: Duration,
    /// From the shutdown to the cutting of what still runs.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2048,
            header: Duration::from_secs(5),
            header_bytes: 64 * 1024,
            body_silence: Duration::from_secs(5),
            body: Duration::from_secs(30),
            upload: Duration::from_mins(2),
            write_silence: Duration::from_secs(15),
            drain: Duration::from_secs(10),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Serving,
    /// Answer what has been asked, take nothing new.
    Draining,
    /// Drop everything.
    Cutting,
}

/// Serves with the default [`Limits`] until `shutdown` is ready, then drains.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    serve_within(Limits::default(), listener, router, shutdown).await;
}

/// Serves until `shutdown` is ready; then refuses new connections, ends idle ones, waits for
/// running requests no longer than [`Limits::drain`], and cuts the rest.
pub async fn serve_within(limits: Limits, listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let (stage, watching) = watch::channel(Stage::Serving);
    let seats = Arc::new(Semaphore::new(limits.connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let seat = Arc::clone(&seats).acquire_owned().await.expect("the semaphore is never closed");
            listener.accept().await.map(|(stream, peer)| (seat, stream, peer))
        };
        let (seat, stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    rest_after(&error).await;
                    continue;
                }
            },
        };
        let connection = connection(limits, stream, peer, router.clone(), watching.clone());
        tokio::spawn(async move {
            connection.await;
            drop(seat);
        });
    }
    drop((listener, watching));
    stage.send_replace(Stage::Draining);
    if timeout(limits.drain, stage.closed()).await.is_err() {
        tracing::warn!(connections = stage.receiver_count(), "cut what was still running at the end of the drain");
        stage.send_replace(Stage::Cutting);
        stage.closed().await;
    }
}

/// A client that left while it waited is no reason to pause; a lack of file handles is.
async fn rest_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        tracing::error!(%error, "cannot accept a connection");
        sleep(Duration::from_secs(1)).await;
    }
}

async fn connection(
    limits: Limits,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stage: watch::Receiver<Stage>,
) {
    // Small answers leave at once; where the option is refused they only leave later.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Patient { stream, patience: limits.write_silence, waiting: None });
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = limited(request, limits);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(limits.header_bytes)
        .serve_connection(stream, service);
    let mut connection = pin!(connection);
    loop {
        let now = *stage.borrow_and_update();
        match now {
            Stage::Serving => {}
            Stage::Draining => connection.as_mut().graceful_shutdown(),
            Stage::Cutting => return,
        }
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            changed = stage.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

/// The request with a body that fails when it is silent or takes too long.
fn limited(request: Request<Incoming>, limits: Limits) -> Request<Body> {
    let kind = request.headers().get(header::CONTENT_TYPE).map(header::HeaderValue::as_bytes);
    let is_upload = kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"multipart/form-data"));
    let whole = if is_upload { limits.upload } else { limits.body };
    request.map(|body| {
        if body.is_end_stream() {
            Body::empty()
        } else {
            Body::new(TimeoutBody::new(limits.body_silence, Body::new(DeadlineBody::new(whole, body))))
        }
    })
}

/// A stream that fails when its reader takes nothing for too long.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// Set while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watch(written, cx)
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
mod tests;
