//! The log, which goes to the platform's.

use std::io::{self, Write};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;
use worker::{console_error, console_log, console_warn};

/// Sends what the server logs to the platform, which adds the time.
pub(crate) fn start() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .without_time()
        .with_level(false)
        .with_writer(Console)
        .finish();
    // Nobody else sets one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Makes a writer for each line.
struct Console;

impl<'a> MakeWriter<'a> for Console {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Level::INFO)
    }

    fn make_writer_for(&'a self, metadata: &tracing::Metadata<'_>) -> Line {
        Line(*metadata.level())
    }
}

/// Line of the log.
struct Line(Level);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end();
        match self.0 {
            Level::ERROR => console_error!("{text}"),
            Level::WARN => console_warn!("{text}"),
            _ => console_log!("{text}"),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
