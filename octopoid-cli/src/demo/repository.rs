//! The repository of the demo: a calculator in a few lines of shell, with tests that really check it.

use crate::args::DemoRunner;
use crate::config::{AgentAnswer, Answers};
use crate::environment::Environment;
use crate::error::{CliError, IoContext, Result};
use crate::git::Git;
use crate::installation::{self, Plan};
use octopoid_core::model::RoleName;
use std::path::Path;

pub(super) const IMPLEMENTERS: u32 = 3;
pub(super) const REVIEWERS: u32 = 2;
pub(super) const BRANCH: &str = "main";

const FILES: [(&str, &str); 5] = [
    ("README.md", "# A calculator\n\n    sh calc.sh OPERATION NUMBERS…\n\n## Operations\n\n"),
    (
        "calc.sh",
        "# calc.sh OPERATION NUMBERS…\ncd \"$(dirname \"$0\")\" || exit 1\nop=$1\nshift\n. \"./ops/$op.sh\"\n",
    ),
    ("ops/add.sh", "# the sum of two numbers\necho $(($1 + $2))\n"),
    ("tests/add.txt", "2 3 = 5\n2 -3 = -1\n"),
    (
        "test.sh",
        r##"# Every operation says what it is, has cases, and gives what they say.
cd "$(dirname "$0")" || exit 1
failed=0
complain() {
    echo "FAIL: $*"
    failed=1
}
for file in ops/*.sh; do
    op=$(basename "$file" .sh)
    head -n 1 "$file" | grep -q '^# ' || complain "$file does not say what it is"
    if ! [ -s "tests/$op.txt" ]; then
        complain "$op has no cases in tests/$op.txt"
        continue
    fi
    while IFS= read -r line; do
        arguments=${line%% = *}
        want=${line##* = }
        got=$(sh calc.sh "$op" $arguments 2>&1)
        [ "$got" = "$want" ] || complain "calc.sh $op $arguments gives $got, not $want"
    done <"tests/$op.txt"
done
grep -q '^<<<<<<<' README.md && complain "README.md has an unsettled conflict"
[ "$failed" = 0 ] && echo "all operations are right"
exit "$failed"
"##,
    ),
];

/// Makes it, with its `.octopoid`.
pub(super) fn make(root: &Path, runner: DemoRunner, environment: &Environment) -> Result<()> {
    for (name, content) in FILES {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).doing(format_args!("make {}", folder.display()))?;
        }
        std::fs::write(&path, content).doing(format_args!("write {}", path.display()))?;
    }
    let git = Git::new(environment, root);
    run(&git, &["init", "--quiet", "--initial-branch", BRANCH])?;
    commit(&git, "A calculator that adds")?;
    let answers = answers(runner, environment);
    installation::write(&Plan { root: root.to_owned(), answers, ignore: true, shared: false })?;
    Ok(())
}

fn answers(runner: DemoRunner, environment: &Environment) -> Answers {
    let (name, command) = match runner {
        DemoRunner::Sim => {
            ("command", vec![environment.program.to_string_lossy().into_owned(), "sim-agent".to_owned()])
        }
        DemoRunner::Claude => ("claude", Vec::new()),
    };
    let agent = |name, role, instances| AgentAnswer {
        command: command.clone(),
        ..AgentAnswer::new(name, role, instances)
    };
    Answers {
        server: None,
        base_branch: BRANCH.to_owned(),
        folder: None,
        remote: None,
        test: Some("sh test.sh".to_owned()),
        runner: name.to_owned(),
        agents: vec![
            agent("implementer", RoleName::implement(), IMPLEMENTERS),
            agent("reviewer", RoleName::review(), REVIEWERS),
        ],
    }
}

fn commit(git: &Git<'_>, message: &str) -> Result<()> {
    run(git, &["add", "--all"])?;
    // Whoever runs the demo may have no name, or want signatures, in their own configuration.
    let identity = [
        "-c",
        "user.name=Octopoid demo",
        "-c",
        "user.email=demo@octopoid.invalid",
        "-c",
        "commit.gpgsign=false",
    ];
    run(git, &[&identity[..], &["commit", "--quiet", "--no-verify", "-m", message]].concat())
}

fn run(git: &Git<'_>, arguments: &[&str]) -> Result<()> {
    git.run(arguments).map(drop).map_err(|error| {
        CliError::failure(format!("cannot make the demo's repository: {error}"))
            .hint("`octopoid doctor` checks git")
    })
}
