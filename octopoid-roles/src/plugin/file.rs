//! The checks of a plugin's file, before any of its code can run.

use super::error::PluginError;
use crate::regular_file;
use object::{Object, ObjectSegment, ObjectSymbol};
use octopoid_plugin::abi;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A file that was read and found to be a plugin of the right version for this machine.
#[derive(Debug)]
pub(super) struct Checked {
    /// The path of the file.
    pub(super) path: PathBuf,
    /// The SHA-256 digest of its bytes, in hexadecimal.
    pub(super) sha256: String,
    bytes: Vec<u8>,
}

impl Checked {
    /// Reads a file once, and checks those bytes: a change of the file afterwards has no effect.
    pub(super) fn read(path: &Path, pin: Option<&str>) -> Result<Self, PluginError> {
        let refuse = |reason: String, remedy: &str| PluginError::new(path, reason, remedy);
        let read = || {
            let file = regular_file::open(path)?;
            let metadata = file.metadata()?;
            Ok::<_, std::io::Error>((file, metadata))
        };
        let (mut file, metadata) = read().map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidInput => {
                refuse("is not a regular file".to_owned(), "name the library itself")
            }
            _ => refuse(format!("cannot be read: {error}"), "check the path"),
        })?;
        let mode = metadata.permissions().mode();
        if mode & 0o022 != 0 {
            return Err(refuse(
                format!("can be written by others than its owner (mode {:o})", mode & 0o777),
                "run `chmod go-w` on it, once you are sure that it was not changed",
            ));
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes)
            .map_err(|error| refuse(format!("cannot be read: {error}"), "check the disk"))?;
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(pin) = pin
            && !pin.eq_ignore_ascii_case(&sha256)
        {
            return Err(refuse(
                format!("its SHA-256 is {sha256}, and {pin} is expected"),
                "install the version that is expected, or change `sha256` once you trust this one",
            ));
        }
        check_image(&bytes).map_err(|(reason, remedy)| refuse(reason, remedy))?;
        Ok(Self { path: path.to_owned(), sha256, bytes })
    }

    /// Writes a private copy, named by the digest, and returns its path. A file that is overwritten while it is loaded kills
    /// the process; the copy is not overwritten.
    pub(super) fn copy_to(&self, folder: &Path) -> Result<PathBuf, PluginError> {
        let failed = |error: std::io::Error| {
            PluginError::new(
                &self.path,
                format!("cannot be copied to {}: {error}", folder.display()),
                "check the folder and the disk",
            )
        };
        let target = folder.join(format!("{}{}", self.sha256, std::env::consts::DLL_SUFFIX));
        if fs::read(&target).is_ok_and(|present| present == self.bytes) {
            return Ok(target);
        }
        fs::create_dir_all(folder).map_err(failed)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        let half = folder.join(format!(".{}-{}", self.sha256, uuid::Uuid::new_v4()));
        let write = || {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o500).open(&half)?;
            file.write_all(&self.bytes)?;
            file.sync_all()?;
            fs::rename(&half, &target)
        };
        write().map_err(|error| {
            let _ = fs::remove_file(&half);
            failed(error)
        })?;
        Ok(target)
    }
}

/// Checks that the bytes are a complete library for this machine that exports the symbol. A truncated one would kill the
/// process while it is loaded, and even a good one runs its own code then, so the bytes are read, not loaded.
fn check_image(bytes: &[u8]) -> Result<(), (String, &'static str)> {
    const BUILD: &str = "build it as a dynamic library for this machine (`crate-type = [\"cdylib\"]`)";
    let file = object::File::parse(bytes).map_err(|error| {
        (format!("is not a dynamic library: {}", error.to_string().to_lowercase()), BUILD)
    })?;
    if file.kind() != object::ObjectKind::Dynamic {
        return Err(("is not a dynamic library, but another kind of object".to_owned(), BUILD));
    }
    let whole = file.segments().all(|segment| {
        let (offset, size) = segment.file_range();
        offset.checked_add(size).is_some_and(|end| end <= bytes.len() as u64)
    });
    if !whole {
        return Err(("is truncated".to_owned(), "copy it again"));
    }
    let machine = format!("{:?}", file.architecture()).to_lowercase();
    if !machine.replace('_', "").starts_with(&std::env::consts::ARCH.replace('_', "")) {
        let here = std::env::consts::ARCH;
        return Err((format!("is built for {machine}, and this machine is {here}"), BUILD));
    }
    let versions: Vec<String> = file
        .dynamic_symbols()
        .chain(file.symbols())
        .filter(|symbol| symbol.is_definition())
        .filter_map(|symbol| Some(symbol.name().ok()?.trim_start_matches('_').to_owned()))
        .filter_map(|name| name.strip_prefix(abi::SYMBOL_PREFIX).map(str::to_owned))
        .filter(|version| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    if versions.iter().any(|version| *version == abi::MAJOR.to_string()) {
        return Ok(());
    }
    match versions.first() {
        Some(version) => Err((
            format!("speaks version {version} of the plugin ABI, and this Octopoid speaks {}", abi::MAJOR),
            "use a plugin and an Octopoid of the same ABI version",
        )),
        None => Err((
            format!("exports no `{}`, so it is no role plugin", abi::SYMBOL),
            "export a role with `octopoid_plugin::export_role!`",
        )),
    }
}
