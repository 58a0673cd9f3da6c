//! Files on their way in, whole and otherwise.

use std::io;

use bytes::Bytes;
use domain::media::{self, Head, MediaError, Piece};
use model::{AppError, ErrorKind};

use super::outside::{body, clip};
use super::stage::Stage;

async fn send(
    stage: &Stage,
    name: &str,
    bytes: &[u8],
    len: Option<u64>,
) -> Result<model::AssetView, MediaError> {
    let head = Head { file_name: name.into(), declared_len: len };
    media::upload(&stage.domain, &stage.ana, head, body(bytes)).await
}

fn is_clean(stage: &Stage) -> bool {
    stage.files.0.lock().unwrap().is_empty()
}

#[tokio::test]
async fn bad_files_are_met_with_words_and_leave_nothing() {
    let stage = Stage::new().await;
    let whole = clip(&[7; 5000]);
    let cut_inside = &whole[..whole.len() - 100];
    let without_index = [&whole[..24], &whole[40..]].concat();
    let cases: [(&str, &[u8], Option<u64>, &str); 7] = [
        ("text renamed", b"this is text, whatever its name says", None, "no video or picture"),
        ("playlist renamed", b"#EXTM3U\nfile:///etc/passwd\n", None, "no video or picture"),
        ("empty", b"", None, "empty"),
        ("announced as empty", b"", Some(0), "empty"),
        ("truncated before it came", cut_inside, Some(cut_inside.len() as u64), "cut off or damaged"),
        ("no index", &without_index, None, "cut off or damaged"),
        ("cut on the way", cut_inside, Some(whole.len() as u64), "broke off"),
    ];
    for (what, bytes, len, words) in cases {
        let error = send(&stage, "clip.mp4", bytes, len).await.unwrap_err();
        let told = AppError::from(&error);
        assert_eq!(told.kind, ErrorKind::Invalid, "{what}: {error:?}");
        assert!(told.message.contains(words), "{what}: {}", told.message);
        assert!(is_clean(&stage), "{what} leaves nothing");
    }
    for (what, bytes, len) in [
        ("a video over 4 GB", &whole[..], 4_000_000_001),
        ("a picture over 20 MB", &b"\x89PNG\r\n\x1a\n and so on"[..], 20_000_001),
    ] {
        let error = send(&stage, "big", bytes, Some(len)).await.unwrap_err();
        assert!(matches!(error, MediaError::TooLarge(_)), "{what}: {error:?}");
        assert!(is_clean(&stage), "{what} leaves nothing");
    }
    *stage.eye.is_blind.lock().unwrap() = true;
    let error = send(&stage, "clip.mp4", &whole, None).await.unwrap_err();
    assert!(matches!(error, MediaError::Damaged(Some(_))), "{error:?}");
    assert!(is_clean(&stage), "what the tool cannot read leaves nothing");
    let rows = "select count(*) from assets where workspace_id = $1";
    assert_eq!(stage.count(rows, stage.place().workspace.0).await, 0);
}

#[tokio::test]
async fn a_broken_connection_leaves_nothing() {
    let stage = Stage::new().await;
    let whole = clip(&vec![7; 20_000]);
    let pieces: Vec<io::Result<Bytes>> =
        vec![Ok(Bytes::copy_from_slice(&whole[..10_000])), Err(io::ErrorKind::ConnectionReset.into())];
    let stream = Box::pin(futures::stream::iter(pieces));
    let error = media::upload(&stage.domain, &stage.ana, Head::default(), stream).await.unwrap_err();
    assert!(matches!(error, MediaError::Cut(Some(_))), "{error:?}");
    assert!(is_clean(&stage));
}

#[tokio::test]
async fn a_picture_stream_that_never_ends_is_stopped_at_its_limit() {
    let stage = Stage::new().await;
    let head = b"\x89PNG\r\n\x1a\n".to_vec();
    let endless = std::iter::once(Bytes::from(head)).chain(std::iter::repeat(Bytes::from(vec![0; 1 << 20])));
    let stream = Box::pin(futures::stream::iter(endless.map(Ok)));
    let error = media::upload(&stage.domain, &stage.ana, Head::default(), stream).await.unwrap_err();
    assert!(matches!(error, MediaError::TooLarge(20_000_000)), "{error:?}");
    assert!(is_clean(&stage));
}

#[tokio::test]
async fn a_request_that_is_dropped_in_the_middle_leaves_nothing() {
    let stage = Stage::new().await;
    let whole = clip(&vec![7; 20_000]);
    let first: io::Result<Bytes> = Ok(Bytes::copy_from_slice(&whole));
    use futures::StreamExt as _;
    let stream = futures::stream::iter([first]).chain(futures::stream::pending()).boxed();
    let upload = media::upload(&stage.domain, &stage.ana, Head::default(), stream);
    tokio::time::timeout(std::time::Duration::from_millis(100), upload).await.unwrap_err();
    assert!(is_clean(&stage));
}

#[tokio::test]
async fn the_same_bytes_are_one_asset_with_its_facts_and_its_poster() {
    let stage = Stage::new().await;
    let file = clip(b"coffee");
    let first = send(&stage, "C:\\clips\\morning.mp4", &file, Some(file.len() as u64)).await.unwrap();
    assert_eq!((first.file_name.as_str(), first.mime.as_str()), ("morning.mp4", "video/mp4"));
    assert_eq!(first.facts, format!("1080 × 1920 · 12 s · {} bytes", file.len()));
    let again = send(&stage, "copy.mp4", &file, None).await.unwrap();
    assert_eq!(again.id, first.id);
    let keys: Vec<String> = stage.files.0.lock().unwrap().keys().cloned().collect();
    assert!(keys.len() == 2 && keys[0].starts_with("assets/") && keys[1].starts_with("posters/"), "{keys:?}");

    let opened = media::open(&stage.domain, &stage.ana, first.id, Piece::File).await.unwrap();
    assert_eq!((opened.size_bytes, &opened.key), (file.len() as u64, &keys[0]));
    let poster = media::open(&stage.domain, &stage.ana, first.id, Piece::Poster).await.unwrap();
    assert_eq!((poster.mime.as_str(), &poster.key), ("image/jpeg", &keys[1]));
    assert_eq!(media::recent(&stage.domain, &stage.ana, 10).await.unwrap(), [again]);
}
