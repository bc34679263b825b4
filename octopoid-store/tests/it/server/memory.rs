//! How much an idle listener costs.

use super::setting::Server;
use super::tls::Files;
use std::io::{Read, Write};
use std::net::TcpStream;

const LISTENERS: usize = 5000;

/// The bytes of this process that are in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// A connection of which this side costs nothing but a file descriptor.
fn listen(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let request =
        format!("GET /events HTTP/1.1\r\nhost: {}\r\nx: {}\r\n\r\n", server.address, "x".repeat(400));
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 2048];
    let mut read = 0;
    while !answer[..read].ends_with(b"first\n\n\r\n") {
        let more = stream.read(&mut answer[read..]).unwrap();
        assert!(more > 0, "{}", answer[..read].escape_ascii());
        read += more;
    }
    stream
}

#[ignore = "needs as many open files as it says, twice: run it alone, with --release"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_listeners_fit_into_300_mb() {
    let server = Server::start().await;
    // What is made once is made.
    let warm: Vec<_> = (0..100).map(|_| listen(&server)).collect();
    let before = resident();
    let listeners: Vec<_> = (0..LISTENERS).map(|_| listen(&server)).collect();
    let each = (resident() - before) / LISTENERS;
    println!("{each} bytes per listener");
    assert_eq!(server.get("/").await.status, 200);
    drop((warm, listeners));
    assert!(each < 30_000, "{each} bytes per listener");
}

#[ignore = "needs as many open files as it says, twice: run it alone, with --release"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encrypted_listeners_cost_little_more() {
    let files = Files::new();
    let server = files.server().await;
    let mut listeners = Vec::new();
    let mut before = 0;
    for number in 0..LISTENERS + 100 {
        if number == 100 {
            before = resident();
        }
        let mut client = files.client(&server).await;
        client.send(format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
        assert_eq!(client.head().await.0, 200);
        assert!(client.chunk().await.is_some());
        // The client's own buffer is not what is measured; its half of the encryption is.
        listeners.push(client.stream.into_inner());
    }
    let each = (resident() - before) / LISTENERS;
    println!("{each} bytes per listener and its client");
    assert!(each < 60_000, "{each} bytes per listener and its client");
}
