//! Values as JSON, where that is written with every request.

use serde::Serialize;
use std::io;

/// A value as JSON. There is room for so many bytes from the start: a text that grows is copied each time.
pub(crate) fn json_text(value: &impl Serialize, room: usize) -> serde_json::Result<Vec<u8>> {
    let mut text = Text(Vec::with_capacity(room));
    serde_json::to_writer(&mut text, value)?;
    Ok(text.0)
}

/// Most of what is written to it is single bytes, such as quotes and commas. A `Vec` copies them as it copies everything,
/// by a call; here they are put down in place.
struct Text(Vec<u8>);

impl io::Write for Text {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline(always)]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match bytes {
            [one] => self.0.push(*one),
            more => self.0.extend_from_slice(more),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
