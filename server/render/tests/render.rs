//! ffmpeg on good and on hostile files.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use render::{ProbeError, Tools};
use tempfile::TempDir;

/// A picture of one pixel: any tool that gets at it can read it.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
\0\0\0\x0bIDATx\x9cc\xf8\x0f\x04\0\t\xfb\x03\xfd\xfb^k+\0\0\0\0IEND\xaeB`\x82";

async fn tools() -> Tools {
    Tools::find().await.unwrap()
}

fn file(dir: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn clip(tools: &Tools, dir: &TempDir) -> PathBuf {
    let path = dir.path().join("clip.mp4");
    tools.vertical_clip(&path, "Slow mornings taste better").await.unwrap();
    path
}

async fn why(tools: &Tools, path: &Path, format: &str) -> String {
    match tools.probe(path, format).await.unwrap_err() {
        ProbeError::Unreadable(words) => words,
        ProbeError::Tool(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_sample_clip_is_a_vertical_video_with_sound_and_a_poster() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let path = clip(&tools, &dir).await;
    let facts = tools.probe(&path, "mp4").await.unwrap();
    assert_eq!((facts.width, facts.height), (1080, 1920));
    assert_eq!((&*facts.video_codec, facts.audio_codec.as_deref()), ("h264", Some("aac")));
    assert!((5_900..6_200).contains(&facts.duration_ms), "{}", facts.duration_ms);
    assert!((facts.fps.unwrap() - 30.0).abs() < 0.1);

    let poster = tools.poster(&path, "mp4").await.unwrap();
    let poster = file(&dir, "poster.jpg", &poster);
    let facts = tools.probe(&poster, "jpg").await.unwrap();
    assert_eq!((facts.width, facts.height, facts.duration_ms), (720, 1280, 0));
    assert_eq!(facts.fps, None);

    let whole = std::fs::read(&path).unwrap();
    for cut in [whole.len() / 2, whole.len() - 1, 40] {
        let path = file(&dir, "cut.mp4", &whole[..cut]);
        assert!(why(&tools, &path, "mp4").await.contains("its end is missing"), "cut at {cut}");
        assert!(tools.poster(&path, "mp4").await.is_err());
    }
}

#[tokio::test]
async fn what_is_no_video_is_refused_in_words() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let text = file(&dir, "text.mp4", b"These are the minutes of our meeting, and no video at all.\n");
    for format in ["mp4", "mov", "webm", "jpg", "png", "webp"] {
        let words = why(&tools, &text, format).await;
        assert!(!words.contains("0x") && !words.contains('/'), "no words of a machine: {words}");
    }
    let empty = file(&dir, "empty.mp4", b"");
    assert!(!why(&tools, &empty, "mp4").await.is_empty());
    assert!(why(&tools, &text, "hls").await.contains("not taken"));
}

#[tokio::test]
async fn a_playlist_reaches_neither_the_network_nor_other_files() {
    let (tools, dir) = (tools().await, tempfile::tempdir().unwrap());
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let secret = file(&dir, "secret.png", PIXEL);
    assert_eq!(tools.probe(&secret, "png").await.unwrap().width, 1);
    let hls = |target: &str| {
        format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{target}\n#EXT-X-ENDLIST\n")
    };
    let concat = format!("ffconcat version 1.0\nfile '{}'\n", secret.display());
    let lists = [
        hls(&format!("http://{}/canary.ts", canary.local_addr().unwrap())),
        hls(&format!("file://{}", secret.display())),
        concat,
    ];
    for list in lists {
        let path = file(&dir, "list.mp4", list.as_bytes());
        for format in ["mp4", "mov", "webm", "jpg", "png", "webp"] {
            assert!(tools.probe(&path, format).await.is_err(), "{format}: {list}");
            assert!(tools.poster(&path, format).await.is_err(), "{format}: {list}");
        }
    }
    let knocked = canary.accept();
    assert_eq!(knocked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
}
