//! As much of HTTP/1.1 as is needed to see where a message ends.

/// The head of a request or an answer.
#[derive(Debug)]
pub(super) struct Head {
    /// The text up to and with the empty line.
    pub(super) text: String,
    /// How many bytes it has.
    pub(super) length: usize,
}

impl Head {
    /// The head at the front of `bytes`, once it is there as a whole.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let length = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        Some(Self { text: String::from_utf8_lossy(&bytes[..length]).into_owned(), length })
    }

    fn field(&self, wanted: &str) -> Option<&str> {
        self.text.lines().skip(1).find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    }

    fn is_chunked(&self) -> bool {
        self.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }

    fn content_length(&self) -> Option<u64> {
        self.field("content-length")?.parse().ok()
    }

    pub(super) fn is_head_request(&self) -> bool {
        self.text.starts_with("HEAD ")
    }

    /// The status of an answer.
    pub(super) fn status(&self) -> u16 {
        self.text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// Whether the answer goes on for ever.
    pub(super) fn is_stream(&self) -> bool {
        self.field("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
    }

    /// What follows the head of a request.
    pub(super) fn request_body(&self) -> Body {
        match self.content_length() {
            _ if self.is_chunked() => Body::Size(Vec::new()),
            Some(length) if length > 0 => Body::Length(length),
            _ => Body::Done,
        }
    }

    /// What follows the head of an answer.
    pub(super) fn answer_body(&self, to_head_request: bool) -> Body {
        let status = self.status();
        if to_head_request || status < 200 || status == 204 || status == 304 {
            return Body::Done;
        }
        match self.content_length() {
            _ if self.is_chunked() => Body::Size(Vec::new()),
            Some(0) => Body::Done,
            Some(length) => Body::Length(length),
            None => Body::UntilClosed,
        }
    }
}

/// How much of a body is still to come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes.
    Length(u64),
    /// A chunk's size; what of its line has been read.
    Size(Vec<u8>),
    /// So many bytes of a chunk, with the line end after it.
    Chunk(u64),
    /// The lines after the last chunk; how long the present one is.
    Trailer(usize),
    /// Everything.
    UntilClosed,
    /// Nothing.
    Done,
}

impl Body {
    pub(super) fn is_done(&self) -> bool {
        *self == Body::Done
    }

    /// Reads on; gives how many of the bytes belong to this body.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            match self {
                Body::Done => break,
                Body::UntilClosed => taken = bytes.len(),
                Body::Length(left) | Body::Chunk(left) => {
                    let now = (*left).min(rest.len() as u64);
                    taken += now as usize;
                    *left -= now;
                    if *left == 0 {
                        *self = if matches!(self, Body::Length(_)) { Body::Done } else { Body::Size(vec![]) };
                    }
                }
                Body::Size(line) => {
                    taken += 1;
                    line.push(rest[0]);
                    if rest[0] == b'\n' {
                        let text = String::from_utf8_lossy(line);
                        let digits = text.split(';').next().unwrap_or_default().trim();
                        *self = match u64::from_str_radix(digits, 16).expect("a chunk has a size") {
                            0 => Body::Trailer(0),
                            size => Body::Chunk(size + 2),
                        };
                    }
                }
                Body::Trailer(length) => {
                    taken += 1;
                    match rest[0] {
                        b'\n' if *length == 0 => *self = Body::Done,
                        b'\n' => *length = 0,
                        b'\r' => {}
                        _ => *length += 1,
                    }
                }
            }
        }
        taken
    }
}
