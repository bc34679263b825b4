//! A real agent program against a scripted API: started by hand, with what it needs in the environment.
//!
//! ```text
//! OCTOPOID_TEST_RUNNER=acp OCTOPOID_TEST_COMMAND="gemini --acp" OCTOPOID_TEST_ENV="GEMINI_API_KEY=k GOOGLE_GEMINI_BASE_URL=…"
//! OCTOPOID_TEST_PROMPT="SCENARIO:implement-hello" cargo test -p octopoid-roles --test it -- --ignored --nocapture two_way::real
//! ```

use super::{BOTH, Protocol};
use crate::support::{Ear, Place, left_running};
use octopoid_core::model::SessionId;
use octopoid_core::runner::AgentEvent;
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, reason = "told by whoever starts it")]
fn told(name: &str) -> Option<String> {
    std::env::var(format!("OCTOPOID_TEST_{name}")).ok()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
#[ignore = "needs a real agent program, and an API for it"]
async fn a_real_agent_works_and_goes_on_in_its_conversation() {
    let (Some(command), Some(prompt)) = (told("COMMAND"), told("PROMPT")) else {
        println!("left out: OCTOPOID_TEST_COMMAND and OCTOPOID_TEST_PROMPT are not set");
        return;
    };
    let protocol = BOTH[usize::from(told("RUNNER").as_deref() == Some("codex"))];
    assert_eq!(protocol == Protocol::Codex, told("RUNNER").as_deref() == Some("codex"));
    let place = Place::new();
    let mut session: Option<SessionId> = None;
    for (number, prompt) in prompt.split('|').enumerate() {
        let mut request = place.request("");
        request.command = words(&command);
        for pair in words(&told("ENV").unwrap_or_default()) {
            let (name, value) = pair.split_once('=').unwrap();
            request.environment.insert(name.to_owned(), value.to_owned());
        }
        request.prompt = format!("{prompt} CWD:{}", place.repository().display());
        request.files = place.path().join(format!("files-{number}"));
        request.resume = session.clone();
        request.model = told("MODEL");
        request.tools = words(&told("TOOLS").unwrap_or_default());
        request.max_turns = told("TURNS").and_then(|turns| turns.parse().ok());
        request.idle_timeout = Duration::from_secs(60);
        let cancel_at = told("CANCEL_AT");
        let (ear, runner, begun) = (Ear::default(), protocol.runner(&place), Instant::now());
        let cancel = async {
            if let Some(word) = cancel_at {
                ear.until(|event| matches!(event, AgentEvent::Tool { input, .. } if input.contains(&word)))
                    .await;
                request.cancel.cancel();
            }
        };
        let (report, ()) = tokio::join!(runner.run(&request, &ear), cancel);
        for event in ear.events() {
            println!("  {}", format!("{event:?}").chars().take(300).collect::<String>());
        }
        println!(
            "{prompt}: {:?}\n  {:?} {:?} in {:?}",
            report.stop,
            report.usage,
            report.session,
            begun.elapsed()
        );
        println!("  commits {:?}, left running {}", place.subjects(), left_running(&place));
        session = report.session;
    }
}
