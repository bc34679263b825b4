//! What happens while the feed is away.

use super::setting::{Setting, settled, wait_for};
use crate::chaos::proxy::Cut;
use octopoid_core::model::Queue;

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_comes_while_the_line_is_cut_is_taken_up_when_it_is_back() {
    let s = Setting::new().await;
    let key = s.key().await;
    s.gate.open();
    let orchestrator = s.orchestrator(s.options(&key)).await;
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    for (number, cut) in [Cut::Refuse, Cut::Stall, Cut::Refuse].into_iter().enumerate() {
        s.enqueue(&format!("Before {number}")).await;
        wait_for(&mut events, |notice| settled(notice, Queue::Done)).await;
        s.proxy.cut(cut).await;
        // No machine hears of this one.
        s.enqueue(&format!("Meanwhile {number}")).await;
        s.proxy.heal();
        wait_for(&mut events, |notice| settled(notice, Queue::Done)).await;
    }
    assert_eq!(s.implemented(), 6);
    handle.drain();
    running.await.unwrap().unwrap();
}
