//! The header for C says what the Rust types are.

use octopoid_plugin::abi::{OctoBuf, OctoHost, OctoPlugin, OctoStr, level, status};
use octopoid_plugin::{abi, message};
use std::fmt::Write;
use std::mem::offset_of;
use std::process::Command;

/// One line for each number: what C says, asked by a program, and what Rust says.
struct Table {
    asks: String,
    rust: String,
}

impl Table {
    fn number(&mut self, c: &str, rust: i128) {
        writeln!(self.asks, "    printf(\"%s %lld\\n\", \"{c}\", (long long)({c}));").unwrap();
        writeln!(self.rust, "{c} {rust}").unwrap();
    }

    fn size(&mut self, name: &str, rust: usize) {
        self.number(&format!("sizeof({name})"), rust as i128);
    }

    fn offset(&mut self, name: &str, field: &str, rust: usize) {
        self.number(&format!("offsetof({name}, {field})"), rust as i128);
    }
}

macro_rules! layout {
    ($table:ident, $type:ty, $name:literal, [$($field:ident),+]) => {
        $table.size($name, size_of::<$type>());
        $($table.offset($name, stringify!($field), offset_of!($type, $field));)+
    };
}

#[test]
fn the_header_has_the_layout_and_the_numbers_of_the_rust_types() {
    let mut table = Table { asks: String::new(), rust: String::new() };
    layout!(table, OctoStr, "octo_str", [ptr, len]);
    layout!(table, OctoBuf, "octo_buf", [ptr, len, owner, release]);
    layout!(table, OctoHost, "octo_host", [size, minor, log, cancelled, call, extension]);
    layout!(
        table,
        OctoPlugin,
        "octo_plugin",
        [size, minor, manifest_json, create, run, destroy, cancel, extension]
    );
    table.size("octo_run", size_of::<abi::OctoRun>());
    for (name, number) in [
        ("OCTO_OK", status::OK),
        ("OCTO_ERR", status::ERR),
        ("OCTO_CANCELLED", status::CANCELLED),
        ("OCTO_PANIC", status::PANIC),
        ("OCTO_STALE", status::STALE),
        ("OCTO_BAD_ARG", status::BAD_ARG),
        ("OCTO_UNSUPPORTED", status::UNSUPPORTED),
    ] {
        table.number(name, number.into());
    }
    for (name, number) in [
        ("OCTO_LOG_ERROR", level::ERROR),
        ("OCTO_LOG_WARN", level::WARN),
        ("OCTO_LOG_INFO", level::INFO),
        ("OCTO_LOG_DEBUG", level::DEBUG),
        ("OCTO_ABI_MAJOR", abi::MAJOR),
        ("OCTO_ABI_MINOR", abi::MINOR),
        ("OCTO_MESSAGE_SCHEMA", message::SCHEMA),
    ] {
        table.number(name, number.into());
    }
    table.number("OCTO_MAX_BYTES", abi::MAX_BYTES as i128);

    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("layout.c"), folder.path().join("layout"));
    let text = format!(
        "#include \"octopoid_plugin.h\"\n#include <stdio.h>\n\nint main(void) {{\n{}    return 0;\n}}\n",
        table.asks
    );
    std::fs::write(&source, text).unwrap();
    let output = Command::new("cc")
        .args(["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/include"))
        .arg("-o")
        .args([&program, &source])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();
    assert_eq!(said, table.rust);
}

#[test]
fn the_symbol_in_the_header_is_the_one_that_is_exported() {
    let header = include_str!("../../include/octopoid_plugin.h");
    assert!(header.contains(&format!("*{}(const octo_host *host);", abi::SYMBOL)));
    assert_eq!(abi::SYMBOL, format!("{}{}", abi::SYMBOL_PREFIX, abi::MAJOR));
}
