//! Projects of the same title: a second one is a project of its own, and whoever makes it should know.

use crate::error::Result;
use octopoid_core::model::{Project, ProjectId};
use octopoid_core::store::{ProjectQuery, Store};

/// The other projects whose title is the same but for case and punctuation, which an id does not keep; the newest first.
pub(super) async fn twins(store: &dyn Store, project: &Project) -> Result<Vec<ProjectId>> {
    let title = plain(&project.title);
    let mut query = ProjectQuery::new(project.scope.clone());
    let mut twins = Vec::new();
    loop {
        let page = store.list_projects(&query).await?.items;
        let Some(last) = page.last() else { return Ok(twins) };
        query.after = Some(last.id.clone());
        let same = page.into_iter().filter(|one| one.id != project.id && plain(&one.title) == title);
        twins.extend(same.map(|one| one.id));
    }
}

/// Its words alone.
fn plain(title: &str) -> Vec<String> {
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// In words, for one that has just been made.
pub(super) fn words(project: &Project, twins: &[ProjectId]) -> Option<String> {
    let id = &project.id;
    let (newest, others) = twins.split_first()?;
    Some(match others.len() {
        0 => format!("it is the second of this title: {newest} is there too; this one is {id}"),
        many => format!("of this title {newest} and {many} more are there too; this one is {id}"),
    })
}
