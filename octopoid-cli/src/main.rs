//! The `octopoid` command.

fn main() {}
