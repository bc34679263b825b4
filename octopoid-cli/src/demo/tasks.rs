//! The tasks of the demo. What makes them interesting is said to the simulated agent in `sim:` lines; a real one reads
//! the rest.

use crate::args::DemoRunner;

/// One task.
#[derive(Debug)]
pub(super) struct DemoTask {
    pub(super) title: &'static str,
    /// What is to be done, for any agent.
    text: &'static str,
    /// What the simulated agent does about it.
    script: &'static str,
    /// The task, by its place, that must be done first.
    pub(super) after: Option<usize>,
}

impl DemoTask {
    pub(super) fn description(&self, runner: DemoRunner) -> String {
        match runner {
            DemoRunner::Sim => format!("{}\n\n{}", self.text, self.script),
            DemoRunner::Claude => self.text.to_owned(),
        }
    }
}

/// All of them. The first two start together and change the same place, so that the later one meets a conflict.
pub(super) const ALL: [DemoTask; 7] = [
    DemoTask {
        title: "List addition in the README",
        text: "Add a line `- add A B: the sum` under `## Operations` in README.md.",
        script: "\
sim implement 1: work 300ms
sim implement 1: append README.md - add A B: the sum
sim implement 1: commit List addition in the README",
        after: None,
    },
    DemoTask {
        title: "List multiplication in the README",
        text: "Add a line `- mul A B: the product` under `## Operations` in README.md.",
        script: "\
sim implement 1: work 1500ms
sim implement 1: append README.md - mul A B: the product
sim implement 1: commit List multiplication in the README",
        after: None,
    },
    DemoTask {
        title: "Add multiplication",
        text: "Add the operation `mul A B` in ops/mul.sh, with cases in tests/mul.txt. Negative numbers must be among \
               the cases.",
        script: "\
sim implement 1: work 400ms
sim implement 1: write ops/mul.sh # the product of two numbers\\necho $(($1 * $2))
sim implement 1: write tests/mul.txt 2 3 = 6
sim implement 1: commit Add multiplication
sim review 1: work 200ms
sim review 1: reject The task asks for negative numbers among the cases; tests/mul.txt has none.
sim implement 2: work 300ms
sim implement 2: append tests/mul.txt -2 3 = -6
sim implement 2: commit Test multiplication with negative numbers
sim review 2: work 200ms
sim review 2: approve Both signs are tested now.",
        after: None,
    },
    DemoTask {
        title: "Add squares",
        text: "Add the operation `square A` in ops/square.sh, by way of `mul`, with cases in tests/square.txt.",
        script: "\
sim implement 1: work 300ms
sim implement 1: write ops/square.sh # a number times itself\\nsh calc.sh mul \"$1\" \"$1\"
sim implement 1: write tests/square.txt 4 = 16\\n-3 = 9
sim implement 1: commit Add squares
sim review 1: work 200ms",
        after: Some(2),
    },
    DemoTask {
        title: "Add division",
        text: "Add the operation `div A B` in ops/div.sh: whole numbers, rounded towards zero. Add cases in \
               tests/div.txt.",
        script: "\
sim implement 1: work 500ms
sim implement 1: write ops/div.sh # the quotient of two numbers, rounded towards zero\\necho $(($1 / $2))
sim implement 1: write tests/div.txt 6 2 = 3\\n7 2 = 3.5
sim implement 1: commit Add division
sim implement 2: work 300ms
sim implement 2: write tests/div.txt 6 2 = 3\\n7 2 = 3\\n-7 2 = -3
sim implement 2: commit Division rounds towards zero
sim review: work 200ms",
        after: None,
    },
    DemoTask {
        title: "Add subtraction",
        text: "Add the operation `sub A B` in ops/sub.sh, with cases in tests/sub.txt.",
        script: "\
sim implement 1: work 600ms
sim implement 1: write ops/sub.sh # the difference of two numbers\\necho $(($1 - $2))
sim implement 1: write tests/sub.txt 5 3 = 2\\n3 5 = -2
sim implement 1: commit Add subtraction
sim review 1: work 300ms",
        after: None,
    },
    DemoTask {
        title: "Add the larger of two",
        text: "Add the operation `max A B` in ops/max.sh, with cases in tests/max.txt.",
        script: "\
sim implement 1: work 400ms
sim implement 1: write ops/max.sh # the larger of two numbers\\n[ \"$1\" -gt \"$2\" ] && echo \"$1\" || echo \"$2\"
sim implement 1: write tests/max.txt 2 7 = 7\\n7 -2 = 7\\n4 4 = 4
sim implement 1: commit Add the larger of two
sim review 1: work 200ms",
        after: None,
    },
];
