//! A page of the manual as a list of things to do, in the order in which a reader meets them.

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A command to type at a prompt (`$`, or `laptop$`), and what it has to print.
    Command { prompt: String, line: String, output: Vec<String> },
    /// A file to write.
    File { path: String, text: String, added: bool },
    /// Commands that are not run here, because they need another machine or more rights.
    Shell(String),
    /// A piece of YAML to look at.
    Yaml(String),
}

/// Returns the blocks of a page.
pub(crate) fn read(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match language {
            "console" => found.extend(session(&text)),
            "yaml" | "markdown" | "sh" => found.push(file(&text).unwrap_or_else(|| match language {
                "sh" => Block::Shell(joined(&text)),
                _ => Block::Yaml(joined(&text)),
            })),
            "text" | "json" => {}
            other => panic!("a block of {other:?} is neither followed nor known to need no following"),
        }
    }
    found
}

/// The commands of a terminal session, each with what it prints.
fn session(lines: &[&str]) -> Vec<Block> {
    let mut found = Vec::new();
    for line in lines {
        match (line.split_once("$ "), found.last_mut()) {
            (Some((prompt, line)), _) if prompt.chars().all(|c| c.is_ascii_alphabetic()) => {
                let line = line.split("    #").next().unwrap().trim().to_owned();
                found.push(Block::Command { prompt: prompt.to_owned(), line, output: Vec::new() });
            }
            (_, Some(Block::Command { output, .. })) => output.push((*line).to_owned()),
            _ => panic!("{line:?} is printed by no command"),
        }
    }
    found
}

/// A file whose name is in the first line, or in the second below `#!`; `, added` adds to what is there.
fn file(lines: &[&str]) -> Option<Block> {
    let at = usize::from(lines.first()?.starts_with("#!"));
    let name = lines.get(at)?.strip_prefix("# ")?;
    let (path, added) = match name.strip_suffix(", added") {
        Some(path) => (path, true),
        None => (name, false),
    };
    let is_script_or_text = (at == 1 || path.ends_with(".md")) && !path.contains(' ');
    let is_name = path.starts_with(".octopoid/") || is_script_or_text;
    let rest: Vec<&str> = [&lines[..at], &lines[at + 1..]].concat();
    is_name.then(|| Block::File { path: path.to_owned(), text: joined(&rest), added })
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_page_is_read_in_order() {
    let page = "Text\n```console\n$ one    # why\nout …\n```\n```yaml\n# .octopoid/a.yaml, added\nx: 1\n```\n```sh\nsudo x\n```\n";
    let command =
        Block::Command { prompt: String::new(), line: "one".into(), output: vec!["out …".into()] };
    let file = Block::File { path: ".octopoid/a.yaml".into(), text: "x: 1\n".into(), added: true };
    assert_eq!(read(page), [command, file, Block::Shell("sudo x\n".into())]);
}
