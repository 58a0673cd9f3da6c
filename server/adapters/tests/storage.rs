//! Files on a real disk.

use adapters::storage::Storage;
use bytes::Bytes;
use domain::media::Files;
use futures::TryStreamExt;

async fn read(storage: &Storage, key: &str, from: u64, to: u64) -> std::io::Result<Vec<u8>> {
    let parts: Vec<Bytes> = Files::read(storage, key, from, to).await?.try_collect().await?;
    Ok(parts.concat())
}

fn everything_under(dir: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(everything_under(&entry.path()));
        } else {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

#[tokio::test]
async fn a_finished_file_is_read_back_in_ranges_and_can_be_moved_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::local(&dir.path().join("files")).unwrap();
    let mut writer = storage.create("quarantine/a").await.unwrap();
    for n in 0..40_u8 {
        writer.write(Bytes::from(vec![n; 100_000])).await.unwrap();
    }
    assert!(storage.local_path("quarantine/a").await.is_none(), "it exists once it is finished");
    writer.finish().await.unwrap();

    assert_eq!(read(&storage, "quarantine/a", 99_999, 100_001).await.unwrap(), [0, 1]);
    assert_eq!(read(&storage, "quarantine/a", 0, 4_000_000).await.unwrap().len(), 4_000_000);
    assert!(read(&storage, "quarantine/a", 5, 5).await.unwrap().is_empty());
    assert!(read(&storage, "quarantine/a", 0, 4_000_001).await.is_err(), "short files are an error");

    storage.rename("quarantine/a", "assets/w/b", 4_000_000).await.unwrap();
    assert!(storage.local_path("assets/w/b").await.unwrap().is_file());
    assert!(storage.local_path("quarantine/a").await.is_none());
    storage.delete("assets/w/b").await.unwrap();
    storage.delete("assets/w/b").await.unwrap();
    assert_eq!(everything_under(dir.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_is_aborted_or_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::local(dir.path()).unwrap();
    let mut aborted = storage.create("quarantine/a").await.unwrap();
    aborted.write(Bytes::from(vec![1; 3 << 20])).await.unwrap();
    aborted.abort().await.unwrap();
    let mut dropped = storage.create("quarantine/b").await.unwrap();
    dropped.write(Bytes::from(vec![1; 3 << 20])).await.unwrap();
    drop(dropped);
    let gone = tokio::time::timeout(std::time::Duration::from_secs(5), async {
        while !everything_under(dir.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("the partial files are removed");
}

#[tokio::test]
async fn a_key_never_leaves_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::local(&dir.path().join("files")).unwrap();
    for key in ["../out", "a/../../out", "/../out"] {
        assert!(storage.create(key).await.is_err(), "{key}");
    }
}
