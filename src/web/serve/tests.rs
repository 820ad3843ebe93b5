//! Tests of the accept loop, over real sockets and with short limits.

use axum::{
    body::to_bytes,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};

use tokio::{
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use super::*;

/// Far longer than any limit below: reaching it means that nothing happened.
const PATIENCE: Duration = Duration::from_secs(20);
const QUICK: Limits = Limits {
    connections: 64,
    header: Duration::from_millis(300),
    header_bytes: 64 * 1024,
    body_silence: Duration::from_millis(400),
    body: Duration::from_millis(600),
    upload: Duration::from_mins(1),
    write_silence: Duration::from_millis(300),
    drain: Duration::from_secs(10),
};

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn start(limits: Limits, router: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let ended = tokio::spawn(serve_within(limits, listener, router, shutdown));
    Server { address, stop, ended }
}

fn routes() -> Router {
    let hello = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("hello {}", peer.ip()) };
    let count = |body: Body| async move {
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => bytes.len().to_string().into_response(),
            Err(error) => (StatusCode::REQUEST_TIMEOUT, error.to_string()).into_response(),
        }
    };
    Router::new()
        .route("/", get(hello))
        .route("/count", post(count))
        .route("/huge", get(|| async { vec![b'x'; 64 * 1024 * 1024] }))
}

async fn client(server: &Server, text: &str) -> TcpStream {
    let stream = TcpStream::connect(server.address).await.unwrap();
    say(&stream, text).await.unwrap();
    stream
}

async fn say(stream: &TcpStream, text: &str) -> io::Result<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        stream.writable().await?;
        match stream.try_write(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Some bytes, or none when the server closed; a reset counts as closed.
async fn hear(stream: &TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        timeout(PATIENCE, stream.readable()).await.expect("the server does nothing").unwrap();
        match stream.try_read(&mut bytes) {
            Ok(count) => bytes.truncate(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => bytes.clear(),
        }
        return bytes;
    }
}

async fn until_closed(stream: TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        match hear(&stream).await {
            more if more.is_empty() => return String::from_utf8(text).unwrap(),
            more => text.extend(more),
        }
    }
}

/// The beginning of an answer on a connection that stays open.
async fn first_bytes(stream: &TcpStream) -> String {
    String::from_utf8(hear(stream).await).unwrap()
}

async fn get_once(server: &Server) -> String {
    until_closed(client(server, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await).await
}

#[tokio::test]
async fn slow_headers_are_dropped_and_a_good_client_is_served_meanwhile() {
    let server = start(QUICK, routes()).await;
    let half = client(&server, "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    let silent = client(&server, "").await;
    let half = tokio::spawn(until_closed(half));
    let silent = tokio::spawn(until_closed(silent));

    let good = get_once(&server).await;
    assert!(good.starts_with("HTTP/1.1 200 ") && good.ends_with("hello 127.0.0.1"), "{good}");
    assert!(!half.is_finished(), "the slow client was meant to be there still");

    assert!(!half.await.unwrap().contains("200 OK"));
    assert_eq!(silent.await.unwrap(), "");
}

#[tokio::test]
async fn a_full_house_has_room_again_when_slow_clients_are_dropped() {
    let server = start(Limits { connections: 2, ..QUICK }, routes()).await;
    let _slow = [client(&server, "GET /").await, client(&server, "GET /").await];
    assert!(get_once(&server).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_dripping_body_is_cut_at_its_limit_but_an_upload_may_take_longer() {
    let server = start(QUICK, routes()).await;
    for (kind, wanted) in
        [("application/x-www-form-urlencoded", "HTTP/1.1 408 "), ("Multipart/Form-Data; boundary=b", "HTTP/1.1 200 ")]
    {
        let head = format!("POST /count HTTP/1.1\r\nhost: a\r\ncontent-type: {kind}\r\ncontent-length: 12\r\n\r\n");
        let stream = client(&server, &head).await;
        for _ in 0..12 {
            // The server may have hung up already; the answer tells.
            let _ = say(&stream, "x").await;
            sleep(QUICK.body / 8).await;
        }
        let answer = first_bytes(&stream).await;
        assert!(answer.starts_with(wanted), "{kind}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_never_reads_is_dropped() {
    let server = start(QUICK, routes()).await;
    let stream = client(&server, "GET /huge HTTP/1.1\r\nhost: a\r\n\r\n").await;
    sleep(QUICK.write_silence * 5).await;
    let mut count = 0;
    loop {
        match hear(&stream).await.len() {
            0 => break,
            more => count += more,
        }
    }
    assert!(count < 64 * 1024 * 1024, "the whole answer was sent: {count}");
}

#[tokio::test]
async fn shutdown_closes_idle_connections_and_lets_running_requests_end() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (in_handler, may_leave) = (Arc::clone(&entered), Arc::clone(&leave));
    let slow = move || async move {
        in_handler.notify_one();
        may_leave.notified().await;
        "finished"
    };
    // A header limit beyond the patience: only the shutdown can close the idle connection.
    let limits = Limits { header: PATIENCE * 2, drain: PATIENCE * 2, ..QUICK };
    let server = start(limits, routes().route("/slow", get(slow))).await;
    let idle = client(&server, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(first_bytes(&idle).await.contains("hello"));
    let running = client(&server, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await;
    timeout(PATIENCE, entered.notified()).await.unwrap();

    server.stop.send(()).unwrap();
    assert_eq!(until_closed(idle).await, "");
    assert!(!server.ended.is_finished());
    assert!(TcpStream::connect(server.address).await.is_err());

    leave.notify_one();
    assert!(until_closed(running).await.ends_with("finished"));
    timeout(PATIENCE, server.ended).await.expect("the server never ended").unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_cut_at_the_deadline() {
    let entered = Arc::new(Notify::new());
    let in_handler = Arc::clone(&entered);
    let endless = move || async move {
        in_handler.notify_one();
        std::future::pending::<()>().await;
    };
    let limits = Limits { drain: Duration::from_millis(200), ..QUICK };
    let server = start(limits, routes().route("/endless", get(endless))).await;
    let stuck = client(&server, "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    timeout(PATIENCE, entered.notified()).await.unwrap();
    server.stop.send(()).unwrap();
    timeout(PATIENCE, server.ended).await.expect("the server never ended").unwrap();
    assert_eq!(until_closed(stuck).await, "");
}
