//! What plays the agents here. A real service takes a runner of `octopoid-roles`, or its own.

use octopoid_core::model::StopReason;
use octopoid_core::testing::ScriptedRunner;
use tokio::runtime::Handle;

/// A writer that writes what it is told, unless it is told to think about it, and a reader who is content.
pub(crate) fn agents() -> ScriptedRunner {
    ScriptedRunner::new(|scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ if scene.request().prompt.contains("think about it") => {
            // Scripts are played on a thread where waiting is allowed.
            Handle::current().block_on(scene.request().cancel.cancelled());
            scene.stop(StopReason::Cancelled)
        }
        _ => {
            scene.write(format!("{}.md", scene.task()), &scene.request().prompt);
            scene.commit(scene.request().prompt.lines().next().unwrap_or("A change"));
            scene.submit("written down")
        }
    })
}
