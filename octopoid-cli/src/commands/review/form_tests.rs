use super::*;
use octopoid_core::ops::diff::parse;

const DIFF: &str = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n\
                    diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n\
                    diff --git a/run b/run\nold mode 100644\nnew mode 100755\n";

fn quoted() -> Quoted {
    Quoted::of(&parse(DIFF))
}

fn head() -> CommitId {
    CommitId::new("a".repeat(40)).unwrap()
}

fn read(text: &str) -> Result<Form, String> {
    Form::parse(text, &head(), &quoted())
}

fn rendered() -> String {
    render("t", &head(), &quoted(), 2)
}

/// The form with something written below a line.
fn below(line: &str, written: &str) -> Result<Form, String> {
    let text = rendered();
    assert!(text.contains(&format!("\n{line}\n")), "{line} is not in {text}");
    read(&text.replace(&format!("\n{line}\n"), &format!("\n{line}\n{written}\n")))
}

fn place(form: &Form) -> String {
    form.comments[0].place.to_string()
}

#[test]
fn a_form_that_was_left_alone_says_nothing() {
    assert!(read(&rendered()).unwrap().is_empty());
}

#[test]
fn what_stands_below_a_line_is_about_it() {
    let form = below(">|+2", "must: Use a name.\n\nPlease.").unwrap();
    let comment = &form.comments[0];
    assert_eq!((place(&form).as_str(), comment.severity), ("a:2", Severity::Must));
    assert_eq!(comment.body, "Use a name.\n\nPlease.");
    assert_eq!(place(&below(">|-two", "Why?").unwrap()), "a:2:old");
    assert_eq!(place(&below(">| three", "Hm.").unwrap()), "a:3");
}

#[test]
fn what_stands_below_a_header_is_about_the_file() {
    for (line, path) in [
        (">|+++ b/a", "a"),
        (">|@@ -1,3 +1,3 @@", "a"),
        (">|Binary files a/logo.png and b/logo.png differ", "logo.png"),
        (">|new mode 100755", "run"),
    ] {
        let form = below(line, "The file.").unwrap();
        assert_eq!((place(&form).as_str(), form.comments[0].place.lines), (path, None), "{line}");
        assert_eq!(form.summary, "");
    }
}

#[test]
fn a_suggestion_is_taken_as_it_is() {
    let form = below(">|+2", "nit: So?\n```suggestion\n# two\n  2\n\n```").unwrap();
    let comment = &form.comments[0];
    assert_eq!((comment.body.as_str(), comment.replacement.as_deref()), ("So?", Some("# two\n  2\n")));
    let removes = below(">|+2", "```suggestion\n```").unwrap();
    assert_eq!(removes.comments[0].replacement.as_deref(), Some(""));
    let unclosed = below(">|+2", "```suggestion\nx").unwrap_err();
    assert!(unclosed.contains("has no end"), "{unclosed}");
}

#[test]
fn each_comment_that_cannot_be_is_named() {
    let text = rendered()
        .replace("\n>|-two\n", "\n>|-two\n```suggestion\nx\n```\n")
        .replace("\n>|new mode 100755\n", "\n>|new mode 100755\n```suggestion\ny\n```\n");
    let problem = read(&text).unwrap_err();
    assert!(
        problem.contains("a:2:old: the replacement") && problem.contains("; run: the replacement"),
        "{problem}"
    );
}

#[test]
fn the_head_has_the_verdict_and_the_words_about_the_whole() {
    let words = "#123 is why.\n\n> They said so.\n\n# All of it";
    let text = rendered().replace("Verdict: comment", "Verdict: request-changes");
    let form = read(&text.replace("stand here:\n", &format!("stand here:\n{words}\n"))).unwrap();
    assert_eq!(form.verdict, Verdict::Send(ReviewVerdict::RequestChanges));
    assert_eq!(form.summary, words);
    assert!(read("Verdict: maybe\n").unwrap_err().contains("no verdict `maybe`"));
}

#[test]
fn a_quote_in_markdown_is_part_of_the_words() {
    let form = below(">|+2", "> 2\nNot `two`?\n#7 says so.").unwrap();
    assert_eq!(form.comments[0].body, "> 2\nNot `two`?\n#7 says so.");
}

#[test]
fn parts_of_the_diff_may_be_removed_and_not_changed() {
    assert_eq!(place(&read(">|+2\nHm.\n").unwrap()), "a:2");
    assert!(read(">|+2\n>|+3\n").unwrap_err().starts_with("line 2: "));
}

#[test]
fn i40_a_review_of_other_work_is_refused() {
    let other = CommitId::new("b".repeat(40)).unwrap();
    let problem = Form::parse(&rendered(), &other, &quoted()).unwrap_err();
    assert!(problem.contains("its lines may be others by now"), "{problem}");
}
