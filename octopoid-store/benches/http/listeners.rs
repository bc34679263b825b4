//! The memory of a server with many idle listeners. The listeners are in this process, the server in another.

use crate::server::folder;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server that is another process; killed when this goes, however that happens.
pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl ServerProcess {
    pub(crate) fn start() -> Self {
        let folder = folder();
        let path = folder.path().join("octopoid.db");
        let program = std::env::current_exe().expect("this program");
        let mut child =
            Command::new(program).arg("serve").arg(&path).stdout(Stdio::piped()).spawn().expect("a server");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("an address");
        let address = line.trim().parse().expect("an address");
        Self { child, address, _folder: folder }
    }

    /// Its resident memory.
    pub(crate) fn megabytes(&self) -> f64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes as f64 / 1000.0
    }
}

#[expect(clippy::print_stdout, reason = "the numbers are what this program is for")]
pub(crate) fn measure(many: usize) {
    let server = ServerProcess::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let empty = server.megabytes();
    let open = runtime.block_on(async {
        let mut open = Vec::with_capacity(many);
        for _ in 0..many {
            open.push(listen(server.address).await);
        }
        open
    });
    let full = server.megabytes();
    println!("server alone: {empty:.0} MB; with {} idle listeners: {full:.0} MB", open.len());
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
