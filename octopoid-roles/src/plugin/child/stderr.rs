//! What a child prints to its standard error.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::ChildStderr;

/// How many bytes of the last lines are kept to explain a child's death.
const TAIL: usize = 2000;
/// The longest line, in bytes; a longer one is taken in pieces.
const LONGEST_LINE: u64 = 16 << 10;
/// How many bytes are handed on; of what is more, only the tail is kept.
const MOST: usize = 1 << 20;

/// Reads the standard error of a child: hands each line on, and keeps the last ones.
pub(super) struct Stderr {
    tail: Mutex<String>,
    each: Box<dyn Fn(&str) + Send + Sync>,
}

impl Stderr {
    pub(super) fn new(each: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { tail: Mutex::default(), each: Box::new(each) }
    }

    /// Reads to the end.
    pub(super) async fn follow(self: Arc<Self>, stderr: ChildStderr) {
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        let mut read = 0;
        loop {
            line.clear();
            match (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(count) => read += count,
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            self.keep(text);
            if read <= MOST {
                (self.each)(text);
            }
        }
    }

    fn keep(&self, line: &str) {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.push_str(line);
        tail.push('\n');
        let surplus = tail.len().saturating_sub(TAIL);
        let from = tail.ceil_char_boundary(surplus);
        tail.drain(..from);
    }

    /// Returns the last lines.
    pub(super) fn tail(&self) -> String {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).trim().to_owned()
    }
}
