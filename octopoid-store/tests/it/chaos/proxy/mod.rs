//! A network that fails when it is told to: a proxy on loopback between a client and a server.

mod connection;
mod fault;
mod message;

pub(crate) use fault::{Fault, Faults};

use connection::Connection;
use fault::Dice;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How a client can be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing gets through, open connections hang and new ones too; what was on its way arrives after the healing.
    Stall,
    /// Open connections are reset, new ones are refused.
    Refuse,
}

/// The state of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Whole,
    Stalled,
    Broken,
}

/// What the connections of a proxy share.
#[derive(Debug)]
struct Shared {
    dice: Mutex<Dice>,
    upstream: Mutex<SocketAddr>,
    line: watch::Sender<Line>,
    /// How often the line was broken.
    broken: watch::Sender<u64>,
    /// How often the connections there were fell silent for good.
    silenced: watch::Sender<u64>,
    /// How often it was healed.
    healed: watch::Sender<u64>,
}

impl Shared {
    fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap()
    }

    /// Ends every connection there is.
    fn break_connections(&self) {
        self.line.send_replace(Line::Broken);
        self.broken.send_modify(|times| *times += 1);
    }
}

/// What stands at the proxy's address.
#[derive(Debug)]
enum Door {
    Open(JoinHandle<()>),
    /// Keeps the port without listening, so that connections are refused.
    Shut(TcpSocket),
}

/// The proxy. Its faults are set while it runs.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    door: Mutex<Option<Door>>,
}

impl Proxy {
    /// A proxy in front of a server, without faults.
    pub(crate) fn start(upstream: SocketAddr, seed: u64) -> Self {
        let socket = keep_port(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let shared = Arc::new(Shared {
            dice: Mutex::new(Dice::new(seed)),
            upstream: Mutex::new(upstream),
            line: watch::Sender::new(Line::Whole),
            broken: watch::Sender::new(0),
            silenced: watch::Sender::new(0),
            healed: watch::Sender::new(0),
        });
        let address = socket.local_addr().unwrap();
        let door = Mutex::new(Some(open(socket, &shared)));
        Self { address, shared, door }
    }

    /// Where clients go.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server stands elsewhere now; requests on open connections go to the new one.
    pub(crate) fn retarget(&self, upstream: SocketAddr) {
        *self.shared.upstream.lock().unwrap() = upstream;
    }

    /// From now on requests fail like this.
    pub(crate) fn set(&self, faults: Faults) {
        self.shared.dice().set(faults);
    }

    /// The next request whose head contains `part` fails like this.
    pub(crate) fn plan(&self, part: &'static str, fault: Fault) {
        self.shared.dice().plan(part, fault);
    }

    /// How often a fault has befallen a request.
    pub(crate) fn count(&self, fault: Fault) -> u64 {
        self.shared.dice().count(fault)
    }

    /// The next answer that never ends is let through for so many bytes; then this befalls it.
    pub(crate) fn plan_stream(&self, bytes: usize, fault: Fault) {
        self.shared.dice().plan_stream(bytes, fault);
    }

    /// How often a fault has befallen an answer that never ends, in the middle of it.
    pub(crate) fn stream_count(&self, fault: Fault) -> u64 {
        self.shared.dice().stream_count(fault)
    }

    /// How many requests came, with those that were lost.
    pub(crate) fn requests(&self) -> u64 {
        self.shared.dice().requests()
    }

    /// Cuts the line.
    pub(crate) async fn cut(&self, how: Cut) {
        if how == Cut::Stall {
            self.shared.line.send_replace(Line::Stalled);
            return;
        }
        let door = self.door.lock().unwrap().take();
        let shut = match door {
            Some(Door::Open(listening)) => {
                let socket = keep_port(self.address);
                listening.abort();
                let _ = listening.await;
                Door::Shut(socket)
            }
            other => other.expect("the proxy has a door"),
        };
        *self.door.lock().unwrap() = Some(shut);
        self.shared.break_connections();
    }

    /// The connections that there are carry nothing any more, and nobody is told, as when something on the way has
    /// forgotten them. New ones are not affected.
    pub(crate) fn silence(&self) {
        self.shared.silenced.send_modify(|times| *times += 1);
    }

    /// Mends the line and ends half-open connections. The chances of faults stay as they are.
    pub(crate) fn heal(&self) {
        self.shared.line.send_replace(Line::Whole);
        self.shared.healed.send_modify(|times| *times += 1);
        let mut door = self.door.lock().unwrap();
        *door = match door.take() {
            Some(Door::Shut(socket)) => Some(open(socket, &self.shared)),
            other => other,
        };
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.break_connections();
        if let Some(Door::Open(listening)) = self.door.lock().unwrap().take() {
            listening.abort();
        }
    }
}

/// A socket with a port, which may be shared with another socket of ours.
fn keep_port(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

fn open(socket: TcpSocket, shared: &Arc<Shared>) -> Door {
    let listener = socket.listen(1024).unwrap();
    Door::Open(tokio::spawn(accept(listener, Arc::clone(shared))))
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(Connection::new(client, Arc::clone(&shared)).carry());
    }
}
