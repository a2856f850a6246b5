//! Connections: how many at once, and how long each may take its time.
//!
//! Nobody may keep one of them busy by sending nothing, or next to nothing: the head of a request is
//! waited for here, and its body in `form.rs`.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::Service;

/// Connections at once, where the operating system allows as many files. One that does nothing
/// costs some 10 kB. More wait in the system's queue.
const MOST: u64 = 16_384;
/// Connections at once of whoever collects metrics.
const COLLECTORS: usize = 16;
/// Files besides: database, keys, mails, log.
const OTHER_FILES: u64 = 256;
/// Longer than the 60 s for which proxies keep their connections.
const HEAD_WITHIN: Duration = Duration::from_secs(75);
/// Bytes that the head of a request may have.
const LONGEST_HEAD: usize = 32 * 1024;
/// How long nothing is accepted after the system had no file left for a connection.
const WITHOUT_FILES: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// So many may be open at once.
    connections: usize,
    /// How long the head of a request may take, from the end of the one before: so long also does a
    /// connection stay open without one.
    head_within: Duration,
}

impl Limits {
    /// Those of this machine. Asks the system for as many files as they take.
    pub(crate) fn of_this_machine() -> Self {
        Self {
            connections: connections(),
            head_within: HEAD_WITHIN,
        }
    }

    /// Those of whoever collects metrics.
    pub(crate) fn of_collectors() -> Self {
        Self {
            connections: COLLECTORS,
            head_within: HEAD_WITHIN,
        }
    }
}

fn connections() -> usize {
    let files = rlimit::increase_nofile_limit(MOST + OTHER_FILES).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files cannot be raised");
        1024
    });
    usize::try_from(files.saturating_sub(OTHER_FILES).clamp(1, MOST)).unwrap_or(1)
}

/// Serves `router` until `stop`, and then to the end of the requests that run.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let connections = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let free = tokio::select! {
            () = &mut stop => break,
            free = Arc::clone(&connections).acquire_owned() => free,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = graceful.watch(connection(stream, peer, router.clone(), limits));
                tokio::spawn(async move {
                    // It ends by an error whenever the other side just goes away.
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    drop(free);
                });
            }
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(WITHOUT_FILES).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send> + Send,
> {
    // Replies are small and whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        // Ours is of the clock that the rules go by; this one would stand still for as long as a
        // clock is set back.
        .auto_date_header(false)
        .header_read_timeout(limits.head_within)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
}

/// Whether only the one connection failed, before it was accepted.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        task::JoinHandle,
    };

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    struct Server {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: JoinHandle<()>,
    }

    async fn server(connections: usize, head_within: Duration) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(async || "here");
        let limits = Limits {
            connections,
            head_within,
        };
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve(listener, router, limits, async {
            let _ = stopped.await;
        }));
        Server {
            address,
            stop,
            ended,
        }
    }

    async fn ask(connection: &mut TcpStream) -> String {
        connection.write_all(REQUEST).await.unwrap();
        let mut reply = [0; 1024];
        let length = connection.read(&mut reply).await.unwrap();
        String::from_utf8_lossy(&reply[..length]).into_owned()
    }

    #[tokio::test]
    async fn whoever_sends_no_head_or_half_a_one_is_let_go() {
        let server = server(3, Duration::from_millis(50)).await;
        for sent in [&b""[..], b"GET / HTTP/1.1\r\nHo", REQUEST] {
            let mut connection = TcpStream::connect(server.address).await.unwrap();
            connection.write_all(sent).await.unwrap();
            // The end of it, after whatever was answered.
            let mut reply = Vec::new();
            connection.read_to_end(&mut reply).await.unwrap();
            assert_eq!(reply.is_empty(), sent != REQUEST);
        }
    }

    #[tokio::test]
    async fn whoever_comes_too_late_waits_until_somebody_leaves() {
        let server = server(1, HEAD_WITHIN).await;
        let mut first = TcpStream::connect(server.address).await.unwrap();
        assert!(ask(&mut first).await.ends_with("here"));
        let mut second = TcpStream::connect(server.address).await.unwrap();
        second.write_all(REQUEST).await.unwrap();
        assert!(ask(&mut first).await.ends_with("here"));
        drop(first);
        let mut reply = [0; 1024];
        let length = second.read(&mut reply).await.unwrap();
        assert!(reply[..length].ends_with(b"here"));
    }

    #[tokio::test]
    async fn a_stop_ends_what_does_nothing_at_once() {
        let Server {
            address,
            stop,
            ended,
        } = server(2, HEAD_WITHIN).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        assert!(ask(&mut idle).await.ends_with("here"));
        stop.send(()).unwrap();
        ended.await.unwrap();
        assert_eq!(idle.read(&mut [0; 16]).await.unwrap(), 0);
        assert!(TcpStream::connect(address).await.is_err());
    }
}
