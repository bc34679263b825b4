//! A server that the system gives no more files.

use super::client::Client;
use super::log::Log;
use super::setting::Server;
use std::fs::File;
use std::process::Command;
use tokio::net::TcpStream;

/// In a process of its own, which may open few files.
#[cfg(target_os = "linux")]
#[test]
fn accepting_goes_on_when_there_are_files_again() {
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "server::exhausted::accepts_after_a_shortage"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by the test above in a process of its own"]
async fn accepts_after_a_shortage() {
    let (log, _guard) = Log::listen();
    let server = Server::start().await;
    // Connected by the system; the server, on this very thread, does not know yet.
    let stream = std::net::TcpStream::connect(server.address).unwrap();
    stream.set_nonblocking(true).unwrap();
    let stream = TcpStream::from_std(stream).unwrap();
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
        assert!(files.len() < 1000, "there is no bound");
    }
    let mut client = Client::over(stream, server.address.to_string());
    client.send(format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
    while !log.text().contains("accepting a connection failed") {
        tokio::task::yield_now().await;
    }
    drop(files);
    assert_eq!(client.answer().await.body, "hello");
}
