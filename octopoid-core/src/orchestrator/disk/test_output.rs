//! Test output: what the tests, checks and scripts of a run printed.

use super::bounded_file::BoundedFile;
use super::line_copy::LineCopy;
use super::redact::Redactor;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Number of bytes that are kept of one command's output; the middle of more is left out.
const KEPT: u64 = 4 << 20;
/// Number of those that are from its beginning.
const HEAD: u64 = 1 << 20;

/// Adds the output of a command to the test output of a run, without secrets (I28).
pub(crate) fn add_output(kept: &Path, command: &str, output: &Path, redactor: &Redactor) -> io::Result<()> {
    let mut kept = BoundedFile::append_to(kept)?;
    kept.write(&redactor.clean(&format!("$ {command}\n")))?;
    let length = output.metadata()?.len();
    if length <= KEPT {
        return LineCopy::of(output.to_owned()).finish(&mut |line| kept.write(&redactor.clean(line)));
    }
    let end = length - (KEPT - HEAD);
    let mut copied = 0;
    for part in [read(output, 0, HEAD)?, read(output, end, KEPT - HEAD)?] {
        let text = String::from_utf8_lossy(&part);
        // A line that was cut could hold a part of a secret.
        let whole = match copied {
            0 => text.rsplit_once('\n').map(|(lines, _)| lines),
            _ => text.split_once('\n').map(|(_, lines)| lines),
        };
        copied += 1;
        let lines = whole.unwrap_or_default();
        kept.write(&redactor.clean(lines))?;
        kept.write(if copied == 1 { "\n[the middle is left out]\n" } else { "" })?;
    }
    Ok(())
}

fn read(path: &Path, from: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{read_to_string, write};

    fn redactor() -> Redactor {
        let environment = [("API_TOKEN".to_owned(), "very-secret-9".to_owned())].into();
        Redactor::new(&environment, &["API_TOKEN".to_owned()])
    }

    #[test]
    fn i28_each_command_adds_its_output_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, output) =
            (folder.path().join("logs/attempt-1.tests.log"), folder.path().join("script.log"));
        write(&output, "token very-secret-9\nend").unwrap();
        add_output(&kept, "make test", &output, &redactor()).unwrap();
        write(&output, "").unwrap();
        add_output(&kept, "make lint", &output, &redactor()).unwrap();
        assert_eq!(read_to_string(kept).unwrap(), "$ make test\ntoken [API_TOKEN]\nend\n$ make lint\n");
    }

    #[test]
    fn of_a_long_output_both_ends_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, output) = (folder.path().join("kept"), folder.path().join("script.log"));
        let lines: String = (0..700_000).map(|number| format!("line {number}\n")).collect();
        write(&output, format!("{lines}the last")).unwrap();
        add_output(&kept, "make", &output, &redactor()).unwrap();
        let text = read_to_string(kept).unwrap();
        assert!(
            text.starts_with("$ make\nline 0\n") && text.ends_with("\nline 699999\nthe last"),
            "{}",
            &text[..99]
        );
        assert!(text.contains("\n[the middle is left out]\nline ") && text.len() < 5 << 20);
    }
}
