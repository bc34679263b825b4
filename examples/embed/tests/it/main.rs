//! The example does what it says.

use std::process::Command;

#[test]
fn every_greeting_lands() {
    let output = Command::new(env!("CARGO_BIN_EXE_embed")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for language in ["English", "French", "German"] {
        assert!(text.contains(&format!("done         Greet in {language}")), "{text}");
        assert!(text.contains(&format!("  Greet in {language}\n")), "{text}");
    }
}
