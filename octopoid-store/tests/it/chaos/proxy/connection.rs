//! One client's connection and what befalls its requests.

use super::message::{Body, Head};
use super::{Fault, Line, Shared};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// How a connection ends.
enum End {
    Closed,
    Reset,
}

pub(super) struct Connection {
    client: TcpStream,
    server: Option<TcpStream>,
    shared: Arc<Shared>,
    broken: watch::Receiver<u64>,
    silenced: watch::Receiver<u64>,
}

impl Connection {
    pub(super) fn new(client: TcpStream, shared: Arc<Shared>) -> Self {
        let (broken, silenced) = (shared.broken.subscribe(), shared.silenced.subscribe());
        Self { client, server: None, shared, broken, silenced }
    }

    /// Carries requests and answers until one side ends it or a fault does.
    pub(super) async fn carry(mut self) {
        let mut broken = self.broken.clone();
        let end = tokio::select! {
            end = self.requests() => end,
            _ = broken.changed() => Ok(End::Reset),
        };
        // An error is the other side's end of the connection.
        if matches!(end, Ok(End::Reset)) {
            for stream in [Some(&self.client), self.server.as_ref()].into_iter().flatten() {
                let _ = stream.set_zero_linger();
            }
        }
    }

    async fn requests(&mut self) -> io::Result<End> {
        let mut kept = Vec::new();
        loop {
            let Some((head, request)) = self.read_request(&mut kept).await? else { return Ok(End::Closed) };
            self.carries().await;
            let fault = self.shared.dice().draw(&head.text);
            match fault {
                Some(Fault::LoseRequest) => return Ok(End::Closed),
                Some(Fault::ResetRequest) => {
                    self.server().await?.write_all(&request[..request.len() / 2]).await?;
                    return Ok(End::Reset);
                }
                Some(Fault::HalfOpen) => return self.half_open().await,
                Some(Fault::DelayRequest) => self.delay().await,
                _ => {}
            }
            self.carries().await;
            self.server().await?.write_all(&request).await?;
            if let Some(end) = self.answer(head.is_head_request(), fault).await? {
                return Ok(end);
            }
        }
    }

    /// Waits until the line carries something. A broken line ends the connection elsewhere.
    async fn carries(&self) {
        let _ = self.shared.line.subscribe().wait_for(|line| *line == Line::Whole).await;
        // What is broken carries nothing more, also where the line is whole again before this connection has noticed.
        let befell = |times: &watch::Receiver<u64>| times.has_changed().unwrap_or(true);
        if befell(&self.silenced) || befell(&self.broken) {
            std::future::pending::<()>().await;
        }
    }

    async fn delay(&self) {
        let span = self.shared.dice().delay();
        tokio::time::sleep(span).await;
    }

    /// The connection to the server, made when there is something to send.
    async fn server(&mut self) -> io::Result<&mut TcpStream> {
        if self.server.is_none() {
            let upstream = *self.shared.upstream.lock().unwrap();
            self.server = Some(TcpStream::connect(upstream).await?);
        }
        Ok(self.server.as_mut().expect("just connected"))
    }

    /// A whole request; none when the client or the server has ended the connection between two requests.
    async fn read_request(&mut self, kept: &mut Vec<u8>) -> io::Result<Option<(Head, Vec<u8>)>> {
        loop {
            if let Some(head) = Head::read(kept) {
                let mut body = head.request_body();
                let length = head.length + body.take(&kept[head.length..]);
                if body.is_done() {
                    let rest = kept.split_off(length);
                    return Ok(Some((head, std::mem::replace(kept, rest))));
                }
            }
            let closed = async {
                match &self.server {
                    Some(server) => server.peek(&mut [0]).await.map(drop),
                    None => std::future::pending().await,
                }
            };
            let read = tokio::select! {
                read = self.client.read_buf(kept) => read?,
                // Servers say nothing unasked: this is the end.
                _ = closed => return Ok(None),
            };
            if read == 0 {
                return Ok(None);
            }
        }
    }

    /// Says nothing more until the line is healed or the client gives up.
    async fn half_open(&mut self) -> io::Result<End> {
        let mut healed = self.shared.healed.subscribe();
        tokio::select! {
            _ = healed.changed() => {}
            _ = self.client.read_u8() => {}
        }
        Ok(End::Closed)
    }

    /// Carries an answer back; some when the connection is at its end.
    async fn answer(&mut self, to_head_request: bool, fault: Option<Fault>) -> io::Result<Option<End>> {
        let mut bytes = Vec::new();
        let (head, mut body) = loop {
            if !self.read_answer(&mut bytes).await? {
                return Ok(Some(End::Closed));
            }
            // What comes before the answer proper, such as `100 Continue`, is passed on.
            while let Some(head) = Head::read(&bytes).filter(|head| head.status() < 200) {
                self.client.write_all(&bytes[..head.length]).await?;
                bytes.drain(..head.length);
            }
            if let Some(head) = Head::read(&bytes) {
                let mut body = head.answer_body(to_head_request);
                body.take(&bytes[head.length..]);
                break (head, body);
            }
        };
        if fault.is_some() {
            // A fault befalls an answer that is there as a whole, but for those that never end.
            while !head.is_stream() && !body.is_done() {
                let known = bytes.len();
                if !self.read_answer(&mut bytes).await? {
                    break;
                }
                body.take(&bytes[known..]);
            }
            match fault {
                Some(Fault::LoseAnswer) => return Ok(Some(End::Closed)),
                Some(Fault::CutAnswer | Fault::ResetAnswer) => {
                    self.pass_on(&bytes[..bytes.len() / 2]).await?;
                    let reset = fault == Some(Fault::ResetAnswer);
                    return Ok(Some(if reset { End::Reset } else { End::Closed }));
                }
                Some(Fault::DelayAnswer) => self.delay().await,
                _ => {}
            }
        }
        if head.is_stream() {
            return self.stream(bytes).await.map(Some);
        }
        self.pass_on(&bytes).await?;
        while !body.is_done() {
            bytes.clear();
            if !self.read_answer(&mut bytes).await? {
                return Ok(Some(End::Closed));
            }
            body.take(&bytes);
            self.pass_on(&bytes).await?;
        }
        Ok((body == Body::UntilClosed).then_some(End::Closed))
    }

    /// Carries an answer that never ends, of which these bytes are the first, until something befalls it.
    async fn stream(&mut self, mut bytes: Vec<u8>) -> io::Result<End> {
        loop {
            let drawn = self.shared.dice().draw_stream();
            let (mut left, fault) = drawn.unwrap_or((usize::MAX, Fault::CutAnswer));
            while bytes.len() < left {
                left -= bytes.len();
                self.pass_on(&bytes).await?;
                bytes.clear();
                if !self.read_answer(&mut bytes).await? {
                    return Ok(End::Closed);
                }
            }
            let rest = bytes.split_off(left);
            self.pass_on(&bytes).await?;
            bytes = rest;
            self.shared.dice().befell_stream(fault);
            match fault {
                Fault::ResetAnswer => return Ok(End::Reset),
                Fault::HalfOpen => return self.half_open().await,
                Fault::DelayAnswer => self.delay().await,
                _ => return Ok(End::Closed),
            }
        }
    }

    async fn pass_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.carries().await;
        self.client.write_all(bytes).await
    }

    /// Reads what the server says; false when one of the two has ended the connection.
    async fn read_answer(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let server = self.server.as_mut().expect("a request was sent");
        bytes.reserve(8 << 10);
        let mut said = [0];
        let gone = async {
            match self.client.peek(&mut said).await {
                Ok(1) => std::future::pending().await,
                ended => ended,
            }
        };
        tokio::select! {
            read = server.read_buf(bytes) => Ok(read? > 0),
            _ = gone => Ok(false),
        }
    }
}
