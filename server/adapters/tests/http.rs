//! What the client says it saw, against servers that misbehave on a real socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adapters::clock::SystemClock;
use adapters::http::{Destinations, HttpClient};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use jiff::Timestamp;
use publishing::{Body, Clock, Exchange, Http, Method, Request, Wire};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const BODY: usize = 8 << 20;

fn client_for(url: &str, clock: Arc<dyn Clock>) -> HttpClient {
    let origin = url::Url::parse(url).unwrap();
    HttpClient::platform(clock, Destinations::default().origin(&origin)).unwrap()
}

async fn send(request: Request) -> Exchange {
    client_for(&request.url, Arc::new(SystemClock::new())).send(request).await
}

/// A server for one connection; its address, and what `serve` ends with.
async fn server<F, T>(serve: impl FnOnce(TcpStream) -> F + Send + 'static) -> (String, JoinHandle<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/path?secret=hush", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        serve(socket).await
    });
    (url, served)
}

fn put(url: &str, len: usize) -> Request {
    let parts = futures::stream::repeat_with(|| Ok(Bytes::from(vec![7; 64 << 10]))).take(len / (64 << 10));
    Request::new(Method::Put, url).body(Body::Stream { len: len as u64, stream: Box::pin(parts) })
}

/// Reads head and `body` bytes; true when all came.
async fn read_request(socket: &mut TcpStream, body: usize) -> (String, usize) {
    let mut all = Vec::new();
    let mut part = vec![0; 64 << 10];
    loop {
        let head = all.windows(4).position(|w| w == b"\r\n\r\n");
        if let Some(head) = head
            && all.len() - head - 4 >= body
        {
            return (String::from_utf8_lossy(&all[..head]).to_lowercase(), all.len() - head - 4);
        }
        match socket.read(&mut part).await {
            Ok(0) | Err(_) => {
                let head = head.unwrap_or(all.len());
                return (
                    String::from_utf8_lossy(&all[..head]).to_lowercase(),
                    all.len().saturating_sub(head + 4),
                );
            }
            Ok(n) => all.extend_from_slice(&part[..n]),
        }
    }
}

#[tokio::test]
async fn a_refused_connection_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?secret=hush", listener.local_addr().unwrap());
    drop(listener);
    for request in [Request::new(Method::Get, &url), put(&url, BODY)] {
        let exchange = send(request).await;
        assert_eq!(exchange.wire, Wire::NotConnected);
        let trouble = exchange.trouble.unwrap();
        assert!(trouble.contains("refused") && !trouble.contains("hush"), "{trouble}");
    }
}

#[tokio::test]
async fn an_answer_comes_whole_and_the_length_was_announced() {
    let (url, served) = server(|mut socket| async move {
        let seen = read_request(&mut socket, BODY).await;
        socket.write_all(b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        seen
    })
    .await;
    let exchange = send(put(&url, BODY)).await;
    assert_eq!((exchange.wire, exchange.status, &exchange.body[..]), (Wire::Answered, 201, &b"ok"[..]));
    assert_eq!(exchange.header("x-id"), Some("7"));
    let (head, length) = served.await.unwrap();
    assert!(head.contains(&format!("content-length: {BODY}")), "{head}");
    assert_eq!(length, BODY);
}

#[tokio::test]
async fn a_server_that_resets_in_the_middle_has_got_a_part() {
    let (url, _) = server(|mut socket| async move {
        read_request(&mut socket, BODY / 2).await;
    })
    .await;
    let exchange = send(put(&url, 64 << 20)).await;
    assert_eq!(exchange.wire, Wire::PartlySent, "{:?}", exchange.trouble);
    assert_eq!(exchange.status, 0);
}

#[tokio::test]
async fn a_server_that_takes_all_and_closes_gave_no_answer() {
    let (url, _) = server(|mut socket| async move {
        read_request(&mut socket, BODY).await;
    })
    .await;
    let exchange = send(put(&url, BODY)).await;
    assert_eq!(exchange.wire, Wire::NoAnswer, "{:?}", exchange.trouble);
}

#[tokio::test]
async fn a_call_without_body_whose_connection_closes_may_have_been_done() {
    let (url, _) = server(|socket| async move { drop(socket) }).await;
    let exchange = send(Request::new(Method::Post, &url)).await;
    assert_eq!(exchange.wire, Wire::NoAnswer, "{:?}", exchange.trouble);
}

#[tokio::test]
async fn a_small_body_that_was_taken_counts_as_sent() {
    let (url, _) = server(|mut socket| async move {
        read_request(&mut socket, 5).await;
    })
    .await;
    let request = Request::new(Method::Post, &url).body(Body::Bytes(Bytes::from_static(b"hello")));
    assert_eq!(send(request).await.wire, Wire::NoAnswer);
}

#[tokio::test]
async fn nothing_is_sent_when_the_file_cannot_be_read() {
    let (url, served) = server(|mut socket| async move { read_request(&mut socket, 1).await.1 }).await;
    let broken = futures::stream::iter([Err(std::io::Error::other("the disk is gone"))]);
    let request = Request::new(Method::Put, &url).body(Body::Stream { len: 9, stream: Box::pin(broken) });
    let exchange = send(request).await;
    assert_eq!(exchange.wire, Wire::NothingSent, "{:?}", exchange.trouble);
    assert!(exchange.trouble.unwrap().contains("the disk is gone"));
    assert_eq!(served.await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_that_is_shorter_or_longer_than_announced_is_never_sent_whole() {
    for parts in [vec![4, 4], vec![4, 9]] {
        let (url, served) = server(|mut socket| async move { read_request(&mut socket, 10).await.1 }).await;
        let stream = futures::stream::iter(parts).map(|n| Ok(Bytes::from(vec![1; n])));
        let request =
            Request::new(Method::Put, &url).body(Body::Stream { len: 10, stream: Box::pin(stream) });
        let exchange = send(request).await;
        assert_eq!(exchange.wire, Wire::PartlySent, "{:?}", exchange.trouble);
        assert!(served.await.unwrap() < 10);
    }
}

#[tokio::test]
async fn a_slow_answer_is_given_up_in_time() {
    let (url, _served) = server(|mut socket| async move {
        read_request(&mut socket, 0).await;
        std::future::pending::<()>().await;
    })
    .await;
    let exchange = send(Request::new(Method::Get, &url).timeout(Duration::from_millis(200))).await;
    assert_eq!(exchange.wire, Wire::NoAnswer);
    assert!(exchange.took >= Duration::from_millis(200) && exchange.took < Duration::from_secs(5));
    assert_eq!(exchange.trouble.as_deref(), Some("no answer within 0.2 s"));
}

/// A clock that can be moved, as it moves for a process that was stopped.
struct MovedClock(AtomicU64);

#[async_trait]
impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[tokio::test]
async fn a_process_that_slept_past_the_deadline_sends_no_further_byte() {
    let (url, served) = server(|mut socket| async move { read_request(&mut socket, 10).await.1 }).await;
    let clock = Arc::new(MovedClock(AtomicU64::new(0)));
    let sleeper = Arc::clone(&clock);
    let stream = futures::stream::iter([5_u64, 5]).map(move |n| {
        // The second part is ready only after the process woke up too late.
        if n == 5 && sleeper.0.fetch_add(20_000, Ordering::SeqCst) > 0 {
            sleeper.0.fetch_add(20_000, Ordering::SeqCst);
        }
        Ok(Bytes::from(vec![1; 5]))
    });
    let request = Request::new(Method::Put, &url)
        .body(Body::Stream { len: 10, stream: Box::pin(stream) })
        .timeout(Duration::from_secs(30));
    let exchange = client_for(&url, clock).send(request).await;
    assert_eq!(exchange.wire, Wire::PartlySent);
    assert!(exchange.trouble.unwrap().contains("the deadline had passed"));
    assert!(served.await.unwrap() <= 5);
}

#[tokio::test]
async fn an_answer_over_the_limit_is_none() {
    let (url, _) = server(|mut socket| async move {
        read_request(&mut socket, 0).await;
        let body = vec![b'x'; 4 << 20];
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = socket.write_all(head.as_bytes()).await;
        let _ = socket.write_all(&body).await;
    })
    .await;
    let exchange = send(Request::new(Method::Get, &url)).await;
    assert_eq!((exchange.wire, exchange.status), (Wire::NoAnswer, 0));
    assert!(exchange.body.is_empty());
    assert!(exchange.trouble.unwrap().contains("larger than 1048576 bytes"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let (url, _) = server(|mut socket| async move {
        read_request(&mut socket, 0).await;
        socket.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\nhalf").await.unwrap();
    })
    .await;
    let exchange = send(Request::new(Method::Get, &url)).await;
    assert_eq!((exchange.wire, exchange.status), (Wire::NoAnswer, 0));
    assert!(exchange.trouble.unwrap().contains("an answer with status 201 broke off"));
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let (url, _) = server(|mut socket| async move {
        read_request(&mut socket, 0).await;
        let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        socket.write_all(redirect.as_bytes()).await.unwrap();
    })
    .await;
    let exchange = send(Request::new(Method::Get, &url)).await;
    assert_eq!((exchange.wire, exchange.status), (Wire::Answered, 302));
}

#[tokio::test]
async fn a_destination_that_is_not_in_the_settings_hears_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_for("http://127.0.0.1:1", Arc::new(SystemClock::new()));
    let url = format!("http://{}/?secret=hush", listener.local_addr().unwrap());
    let exchange = client.send(Request::new(Method::Get, url)).await;
    assert_eq!(exchange.wire, Wire::NotConnected);
    assert!(!exchange.trouble.unwrap().contains("hush"));
    let knocked = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(knocked.is_err(), "somebody connected");
}

#[tokio::test]
async fn every_call_has_a_connection_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                read_request(&mut socket, 0).await;
                let _ = socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                // Keeps the connection open, as a server that hopes for reuse does.
                let _ = read_request(&mut socket, 1).await;
            });
        }
    });
    let client = client_for(&url, Arc::new(SystemClock::new()));
    for _ in 0..2 {
        assert_eq!(client.send(Request::new(Method::Get, &url)).await.status, 204);
    }
    served.await.unwrap();
}
