//! The line of a crashed program's stderr that says why.

/// Finds the line that names the error: the exception of a Python or JavaScript trace, the message of a Rust or Go panic,
/// otherwise the last line that is not a frame of a trace or a remark after it. Returns `None` for blank text.
pub(super) fn crash_line(stderr: &str) -> Option<&str> {
    let lines: Vec<&str> = stderr.lines().map(str::trim_end).collect();
    traceback(&lines).or_else(|| panic(&lines)).or_else(|| last(&lines)).map(str::trim)
}

/// The exception after the frames of the last Python trace.
fn traceback<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let start = lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last)"))?;
    lines[start + 1..].iter().copied().find(|line| !line.is_empty() && !is_indented(line))
}

/// The message of the last panic of a Rust or Go program.
fn panic<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let is_panic = |line: &&str| {
        line.starts_with("panic: ") || line.starts_with("thread '") && line.contains(" panicked at ")
    };
    let start = lines.iter().rposition(is_panic)?;
    match lines[start].ends_with(':') {
        // Rust says where in this line, and what in the next.
        true => lines[start + 1..].iter().copied().find(|line| !line.is_empty() && !is_remark(line)),
        false => Some(lines[start]),
    }
    .or(Some(lines[start]))
}

/// The last line that says something; a line above the frames of a trace, where the text ends with them.
fn last<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let says = |line: &&str| !line.is_empty() && !is_frame(line) && !is_remark(line);
    let found = lines.iter().rposition(says);
    let line = found.map(|at| lines[at]).or_else(|| lines.iter().copied().rfind(|line| !line.is_empty()))?;
    // JavaScript prints the fields of an error below its frames.
    let error = |line: &&&str| !is_indented(line) && names_error(line);
    let fields = is_indented(line) || line == "}";
    match lines.iter().rfind(error) {
        Some(error) if fields => Some(error),
        _ => Some(line),
    }
}

/// `TypeError: …`, `Error [CODE]: …`, `Caused by: …`.
fn names_error(line: &str) -> bool {
    let name = line.split(": ").next().unwrap_or_default().trim_start_matches("Uncaught ");
    let first = name.split(' ').next().unwrap_or_default();
    line.contains(": ") && (first.ends_with("Error") || first.ends_with("Exception") || name == "Caused by")
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

/// A frame of a stack trace: `    at main (a.js:1:2)`, `  12: std::rt`, or the marks below a line of source.
fn is_frame(line: &str) -> bool {
    let text = line.trim_start();
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let marks = !text.is_empty() && text.chars().all(|c| matches!(c, '^' | '~' | '|' | ' ' | '.'));
    marks
        || is_indented(line) && (text.starts_with("at ") || text.starts_with("File \""))
        || is_indented(line) && digits.len() < text.len() && digits.starts_with(": ")
        || text.starts_with("... ") && text.ends_with(" more")
}

/// What runtimes add below an error.
fn is_remark(line: &str) -> bool {
    const REMARKS: [&str; 4] = ["note: ", "stack backtrace:", "Node.js v", "goroutine "];
    REMARKS.iter().any(|remark| line.starts_with(remark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_names_the_error_is_found() {
        for (stderr, should) in [
            ("", None),
            ("\n  \n", None),
            ("no such flag\n", Some("no such flag")),
            ("warning: old\nerror: disk full\n\n", Some("error: disk full")),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    main()\n    ^^^^\n\
                 ValueError: no \"key\"\n",
                Some("ValueError: no \"key\""),
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'x'\n\nDuring handling of the above \
                 exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 2\n\
                 app.errors.Fatal: cannot go on\nsecond line of it\n",
                Some("app.errors.Fatal: cannot go on"),
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 3",
                Some("Traceback (most recent call last):"),
            ),
            (
                "thread 'main' (77) panicked at src/main.rs:2:5:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1` \
                 environment variable to display a backtrace\n",
                Some("index out of bounds"),
            ),
            (
                "\nthread 'main' panicked at src/main.rs:2:5:\nit broke\nstack backtrace:\n   0: rust_begin_unwind\n             \
                 at /rustc/library/std/src/panicking.rs:697:5\n",
                Some("it broke"),
            ),
            (
                "thread 'main' panicked at 'old style', src/main.rs:1:1\n",
                Some("thread 'main' panicked at 'old style', src/main.rs:1:1"),
            ),
            (
                "/app/a.js:1\nthrow new TypeError('no x')\n^\n\nTypeError: no x\n    at Object.<anonymous> (/app/a.js:1:7)\n    \
                 at node:internal/main:1:1\n\nNode.js v20.11.0\n",
                Some("TypeError: no x"),
            ),
            (
                "node:fs:1\n\nError: ENOENT: no such file\n    at open (node:fs:1:1) {\n  errno: -2,\n  code: 'ENOENT'\n}\n\n\
                 Node.js v20.11.0\n",
                Some("Error: ENOENT: no such file"),
            ),
            (
                "panic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2\n",
                Some("panic: nil map"),
            ),
            (
                "Exception in thread \"main\" java.lang.IllegalStateException: closed\n\tat a.B.c(B.java:1)\n\t... 3 more\n",
                Some("Exception in thread \"main\" java.lang.IllegalStateException: closed"),
            ),
            ("    at only (frames.js:1:1)\n", Some("at only (frames.js:1:1)")),
        ] {
            assert_eq!(crash_line(stderr), should, "{stderr}");
        }
    }
}
