//! The proxy does to requests what it says.

use super::echo::Echo;
use super::fault::Dice;
use super::{Cut, Fault, Faults, Proxy};
use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start() -> (Echo, Proxy, TcpStream) {
    let echo = Echo::start().await;
    let proxy = Proxy::start(echo.address, 1);
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    (echo, proxy, client)
}

/// Sends a request and reads until the answer ends with `end`; the error has what came before it.
async fn ask_for(
    client: &mut TcpStream,
    path: &str,
    body: &str,
    end: &str,
) -> Result<String, (String, io::Error)> {
    let request = format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    client.write_all(request.as_bytes()).await.map_err(|error| (String::new(), error))?;
    read_to(client, end).await
}

async fn read_to(client: &mut TcpStream, end: &str) -> Result<String, (String, io::Error)> {
    let mut bytes = Vec::new();
    loop {
        let read = client.read_buf(&mut bytes).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match read {
            Ok(0) => return Err((text, ErrorKind::UnexpectedEof.into())),
            Ok(_) if text.ends_with(end) => return Ok(text),
            Ok(_) => {}
            Err(error) => return Err((text, error)),
        }
    }
}

async fn ask(client: &mut TcpStream, body: &str) -> Result<String, (String, io::Error)> {
    ask_for(client, "/", body, &format!("\r\n\r\n{body}")).await
}

#[tokio::test]
async fn requests_and_answers_pass_unchanged_on_one_connection() {
    let (echo, proxy, mut client) = start().await;
    let long = "x".repeat(300_000);
    for body in ["one", &long, "three"] {
        assert!(
            ask(&mut client, body).await.unwrap().starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
        );
        ask_for(&mut client, "/chunked", body, "\r\n0\r\n\r\n").await.unwrap();
    }
    assert_eq!(echo.seen(), ["one", "one", &long, &long, "three", "three"]);
    assert_eq!((proxy.requests(), proxy.connections()), (6, 1));
}

#[tokio::test]
async fn exactly_the_planned_request_or_answer_is_lost() {
    for (fault, arrives, kind) in [
        (Fault::LoseRequest, false, ErrorKind::UnexpectedEof),
        (Fault::LoseAnswer, true, ErrorKind::UnexpectedEof),
        (Fault::CutAnswer, true, ErrorKind::UnexpectedEof),
        (Fault::ResetRequest, false, ErrorKind::ConnectionReset),
        (Fault::ResetAnswer, true, ErrorKind::ConnectionReset),
    ] {
        let (echo, proxy, mut client) = start().await;
        proxy.plan("/chunked", fault);
        ask(&mut client, "before").await.unwrap();
        let (part, error) = ask_for(&mut client, "/chunked", "lost", "\r\n0\r\n\r\n").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}");
        match fault {
            Fault::CutAnswer => assert!(part.starts_with("HTTP/1.1 200"), "{part}"),
            Fault::ResetAnswer => {}
            _ => assert_eq!(part, "", "{fault:?}"),
        }
        let mut again = TcpStream::connect(proxy.address()).await.unwrap();
        ask(&mut again, "after").await.unwrap();
        let expected: &[&str] = if arrives { &["before", "lost", "after"] } else { &["before", "after"] };
        assert_eq!(echo.seen(), expected, "{fault:?}");
        assert_eq!((proxy.count(fault), proxy.requests()), (1, 3));
    }
}

#[tokio::test]
async fn a_late_request_arrives_also_when_nobody_waits_for_it() {
    let (echo, proxy, mut client) = start().await;
    proxy.set(Faults::none().with_delay(Duration::from_millis(20)..Duration::from_millis(30)));
    proxy.plan("POST", Fault::DelayAnswer);
    ask(&mut client, "late answer").await.unwrap();
    proxy.plan("POST", Fault::DelayRequest);
    client.write_all(b"POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nlate").await.unwrap();
    drop(client);
    echo.saw(2).await;
    assert_eq!(echo.seen(), ["late answer", "late"]);
}

#[tokio::test]
async fn a_half_open_connection_is_silent_until_the_line_heals() {
    let (echo, proxy, mut client) = start().await;
    proxy.plan("POST", Fault::HalfOpen);
    let asking = tokio::spawn(async move { ask(&mut client, "unheard").await });
    while proxy.count(Fault::HalfOpen) == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!asking.is_finished());
    proxy.heal();
    assert_eq!(asking.await.unwrap().unwrap_err().1.kind(), ErrorKind::UnexpectedEof);
    assert!(echo.seen().is_empty());
}

#[tokio::test]
async fn a_stalled_line_carries_everything_once_it_is_healed() {
    let (echo, proxy, mut client) = start().await;
    ask(&mut client, "one").await.unwrap();
    proxy.cut(Cut::Stall).await;
    let asking = tokio::spawn(async move { ask(&mut client, "two").await });
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    let other = tokio::spawn(async move { ask(&mut other, "three").await });
    while proxy.connections() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(echo.seen(), ["one"]);
    assert!(!asking.is_finished() && !other.is_finished());
    proxy.heal();
    asking.await.unwrap().unwrap();
    other.await.unwrap().unwrap();
    assert_eq!(echo.seen().len(), 3);
}

#[tokio::test]
async fn a_silenced_connection_never_speaks_again_while_new_ones_do() {
    let (echo, proxy, mut client) = start().await;
    ask(&mut client, "one").await.unwrap();
    proxy.silence();
    let asking = tokio::spawn(async move { ask(&mut client, "unheard").await });
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    ask(&mut other, "two").await.unwrap();
    proxy.heal();
    ask(&mut other, "three").await.unwrap();
    assert!(!asking.is_finished());
    assert_eq!(echo.seen(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_broken_line_resets_and_refuses_until_it_is_healed() {
    let (_echo, proxy, mut client) = start().await;
    for _ in 0..3 {
        ask(&mut client, "one").await.unwrap();
        proxy.cut(Cut::Refuse).await;
        let error = ask(&mut client, "two").await.unwrap_err().1;
        assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
        let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        proxy.heal();
        client = TcpStream::connect(proxy.address()).await.unwrap();
    }
    ask(&mut client, "three").await.unwrap();
}

#[tokio::test]
async fn what_a_broken_connection_had_in_hand_is_lost_however_soon_the_line_is_whole() {
    // Often, because a connection that notices both at once may look at either first.
    for _ in 0..20 {
        let (echo, proxy, mut client) = start().await;
        ask(&mut client, "one").await.unwrap();
        proxy.cut(Cut::Stall).await;
        client.write_all(b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\ntwo").await.unwrap();
        // The proxy comes to read it.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        proxy.cut(Cut::Refuse).await;
        proxy.heal();
        read_to(&mut client, "never").await.unwrap_err();
        let mut again = TcpStream::connect(proxy.address()).await.unwrap();
        ask(&mut again, "three").await.unwrap();
        assert_eq!(echo.seen(), ["one", "three"]);
    }
}

#[tokio::test]
async fn an_endless_answer_is_passed_on_as_it_comes_and_can_be_cut() {
    let (echo, proxy, mut client) = start().await;
    client.write_all(b"GET /stream HTTP/1.1\r\n\r\n").await.unwrap();
    read_to(&mut client, "\r\n\r\n").await.unwrap();
    for text in ["one", "two"] {
        echo.say(text).await;
        assert_eq!(read_to(&mut client, "\r\n").await.unwrap(), format!("3\r\n{text}\r\n"));
    }
    drop(client);
    echo.left_alone().await;

    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.plan("/stream", Fault::CutAnswer);
    client.write_all(b"GET /stream HTTP/1.1\r\n\r\n").await.unwrap();
    let (part, error) = read_to(&mut client, "never").await.unwrap_err();
    assert!(part.starts_with("HTTP/1.1"));
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    echo.left_alone().await;
}

#[tokio::test]
async fn a_server_that_moved_is_found() {
    let (echo, proxy, mut client) = start().await;
    ask(&mut client, "one").await.unwrap();
    let moved = Echo::start().await;
    proxy.retarget(moved.address);
    let mut again = TcpStream::connect(proxy.address()).await.unwrap();
    ask(&mut again, "two").await.unwrap();
    assert_eq!((echo.seen(), moved.seen()), (vec!["one".to_owned()], vec!["two".to_owned()]));
}

#[test]
fn a_seed_gives_the_order_of_the_faults() {
    let draw = |seed| {
        let mut dice = Dice::new(seed);
        dice.set(Faults::all(0.4));
        let drawn: Vec<_> = (0..2000).map(|_| dice.draw("GET / HTTP/1.1")).collect();
        for fault in Fault::ALL {
            let times = drawn.iter().filter(|one| **one == Some(fault)).count() as u64;
            assert_eq!(times, dice.count(fault));
            assert!((50..150).contains(&times), "{fault:?} {times} times of 2000 by 5 %");
        }
        drawn
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}
