//! The memory of a server with many idle listeners. The listeners are in this process, the server in another.

use crate::server::folder;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Killed when this goes, however that happens.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::print_stdout, reason = "the numbers are what this program is for")]
pub(crate) fn measure(many: usize) {
    let folder = folder();
    let path = folder.path().join("octopoid.db");
    let program = std::env::current_exe().expect("this program");
    let mut child =
        Command::new(program).arg("serve").arg(&path).stdout(Stdio::piped()).spawn().expect("a server");
    let mut line = String::new();
    let out = child.stdout.take().expect("its output");
    let server = Server(child);
    BufReader::new(out).read_line(&mut line).expect("an address");
    let address: SocketAddr = line.trim().parse().expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let empty = resident(&server);
    let open = runtime.block_on(async {
        let mut open = Vec::with_capacity(many);
        for _ in 0..many {
            open.push(listen(address).await);
        }
        open
    });
    let full = resident(&server);
    println!("server alone: {:.0} MB; with {} idle listeners: {:.0} MB", mb(empty), open.len(), mb(full));
}

async fn listen(address: SocketAddr) -> TcpStream {
    let mut stream =
        TcpStream::connect(address).await.expect("connected; is the bound on open files high enough?");
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: localhost:{}\r\nAccept: text/event-stream\r\n\r\n",
        address.port()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    // The first event comes at once and says that the listener is heard.
    while !head.windows(11).any(|window| window == b"event: read") {
        assert!(stream.read_buf(&mut head).await.expect("answered") > 0, "refused");
    }
    stream
}

fn resident(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.0.id())).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn mb(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1000.0
}
