//! The messages between parent and child: JSON, each after its length as four bytes in big-endian order.

use octopoid_plugin::abi::MAX_BYTES;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The most bytes of one message: a text of the boundary, with every quote escaped, and what is around it.
pub(super) const MOST: usize = 2 * MAX_BYTES + (1 << 20);

/// A message of the parent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToChild {
    /// Load a file, and send its manifest.
    Inspect { path: PathBuf },
    /// Load a file, and carry out a run.
    Run { path: PathBuf, role: String, config: String, request: String },
    /// The answer of a call.
    Answer { id: u64, result: Result<String, octopoid_plugin::Error> },
    /// Stop.
    Cancel,
}

/// A message of the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromChild {
    /// The manifest's text.
    Manifest { text: String },
    /// The file is not a plugin.
    Refused { reason: String },
    /// A line of the log.
    Log { level: u32, event: String },
    /// A sign of life.
    Alive,
    /// A call.
    Call { id: u64, op: String, request: String },
    /// The end of the run.
    Outcome { text: String },
    /// The end of the run, with an error.
    Failed { error: octopoid_plugin::Error },
    /// The end of the run, with a panic.
    Panicked { message: String },
    /// No instance could be created.
    NotBegun { error: octopoid_plugin::Error },
}

pub(super) fn write(to: &mut impl Write, frame: &impl Serialize) -> io::Result<()> {
    let bytes = serde_json::to_vec(frame)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&bytes)?;
    to.flush()
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MOST {
        return Err(io::Error::other(format!("a frame of {length} bytes is too long")));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}
