//! A small program that behaves like an agent, for tests and for the demo.
//!
//! It is a real child process: it reads the prompt and the task, works in the worktree with the `git` program, reports
//! how far it is, and ends in any way that a test asks for. It speaks the command protocol, and with `--output-format
//! stream-json` (or `--stream-json`) it prints what the `claude` program would and takes its flags; with `--acp` it speaks the
//! Agent Client Protocol, and with `app-server` that of Codex.
//!
//! Lines in the task's description say what it does:
//!
//! ```text
//! sim: write src/a.txt first line\nsecond line
//! sim: commit Add a
//! sim review 1: reject please add a test
//! sim implement 2: append src/a.txt tested
//! sim implement 2: commit Test a
//! ```
//!
//! A line holds for any role but `review`, or for the named one; for every round, or for the numbered one (a round ends
//! with a rejection of any kind), or with `@N` for the run of that number alone. Without such lines it writes a file
//! named after the task and commits it, and as a reviewer approves. When the newest message of the task is a conflict, it
//! rebases and keeps both sides' lines.
//!
//! | line | what it does |
//! |---|---|
//! | `write PATH TEXT`, `append PATH TEXT`, `delete PATH` | changes a file; `\n` in the text is a new line |
//! | `commit MESSAGE`, `git ARGUMENTS` | commits everything; runs git |
//! | `say TEXT`, `env NAME` | says it; says whether the variable is visible |
//! | `turns N`, `cost X`, `work 300ms`, `gate PATH` | counts so far; so much in dollars; takes so long, or until the named pipe is opened |
//! | `approve TEXT`, `reject TEXT`, `ask TEXT`, `fail TEXT`, `nothing TEXT`, `result {…}`, `raw-result TEXT`, `no-result` | what it reports |
//! | `exit N TEXT` | ends at once, with the text on stderr |
//! | `hang`, `print-mb N`, `long-line N`, `invalid-utf8`, `spawn-orphan`, `touch-config` | what agents do on bad days |
//! | `api-error STATUS TEXT`, `limit EPOCH TEXT`, `refuse TEXT`, `deny TOOL` | the same, not in the command protocol |
//! | `permission KIND ID:KIND …`, `novelties` | asks for permission with these options; says what no protocol knows yet: with `--acp` and `app-server` |

mod acp;
mod act;
mod args;
mod codex;
mod dialect;
mod directive;
mod entry;
mod environment;
mod git;
mod plain;
mod script;
mod stream;
mod two_way;

pub use entry::run;
