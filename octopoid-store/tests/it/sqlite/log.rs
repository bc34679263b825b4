//! The log beside the file, into which commits go first.

use super::setting::{Folder, assert_sound, create, raw, scope};
use octopoid_core::store::TaskStore as _;
use octopoid_store::SqliteStore;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

/// More writes than any log takes that begins anew.
const MANY: u32 = 5_000;

/// How often the log has begun anew, which its head counts: a number of four bytes, the highest first, at the twelfth.
fn beginnings(folder: &Folder) -> u32 {
    let mut log = File::open(folder.path().with_extension("db-wal")).unwrap();
    log.seek(SeekFrom::Start(12)).unwrap();
    let mut count = [0; 4];
    log.read_exact(&mut count).unwrap();
    u32::from_be_bytes(count)
}

/// Writes until the log has begun anew `more` times.
async fn write_until_it_begins_anew(folder: &Folder, store: &SqliteStore, more: u32) {
    let enough = beginnings(folder) + more;
    for number in 0..MANY {
        create(store, &format!("Number {number}")).await.unwrap();
        if beginnings(folder) >= enough {
            return;
        }
    }
    panic!("after {MANY} writes the log has not begun anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_begins_anew_while_writes_go_on() {
    let folder = Arc::new(Folder::new());
    let store = Arc::new(folder.open());
    create(&store, "The first").await.unwrap();
    // So many at once that there is no pause between two commits.
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let (folder, store) = (Arc::clone(&folder), Arc::clone(&store));
            tokio::spawn(async move {
                write_until_it_begins_anew(&folder, &store, 3).await;
                // From here on the threads that read have something to let go of.
                store.queue_counts(&scope()).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    store.close();
    assert_eq!(folder.files(), ["octopoid.db"], "all of it is folded at the end");
    assert_sound(&folder.path());
}

#[tokio::test]
async fn a_program_that_reads_for_long_only_delays_it() {
    let folder = Folder::new();
    let store = folder.open();
    create(&store, "The first").await.unwrap();
    let reader = raw(&folder.path());
    reader.execute_batch("BEGIN; SELECT count(*) FROM tasks").unwrap();
    let before = beginnings(&folder);
    for number in 0..600 {
        create(&store, &format!("Meanwhile {number}")).await.unwrap();
    }
    let length = std::fs::metadata(folder.path().with_extension("db-wal")).unwrap().len();
    assert!(length > 2 * 1_000 * 4_096, "there was enough to fold: {length}");
    assert_eq!(beginnings(&folder), before, "what somebody still reads must not be written over");
    let seen: u32 = reader.query_row("SELECT count(*) FROM tasks", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, 1);
    drop(reader);
    write_until_it_begins_anew(&folder, &store, 1).await;
    assert_sound(&folder.path());
}
