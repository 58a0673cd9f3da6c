//! Small things with files: hashes, compressed copies, and stamps that tell whether a tree changed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::site::Quality;
use crate::steps::Outcome;

pub(crate) fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| format!("failed to read {}: {error}", path.display()))
}

/// Writes a file completely or not at all, making its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".fresh");
    let fresh = PathBuf::from(fresh);
    make_dir(path.parent().unwrap_or(path))?;
    fs::write(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path))
        .map_err(|error| format!("failed to write {}: {error}", path.display()))
}

pub(crate) fn make_dir(dir: &Path) -> Outcome {
    fs::create_dir_all(dir).map_err(|error| format!("failed to make {}: {error}", dir.display()))
}

/// Removes a folder if it is there.
pub(crate) fn remove_dir(dir: &Path) -> Outcome {
    if !dir.exists() {
        return Ok(());
    }
    fs::remove_dir_all(dir).map_err(|error| format!("failed to remove {}: {error}", dir.display()))
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// `app.css` with its content's hash inside the name: `app.1f2e3d4c5b6a7980.css`.
pub(crate) fn hashed_name(name: &str, bytes: &[u8]) -> String {
    let short = &hash(bytes)[..16];
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{short}.{extension}"),
        None => format!("{name}.{short}"),
    }
}

/// All files below `dir`, sorted; without `node_modules`, `target` and hidden ones.
pub(crate) fn below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || name == "node_modules" || name == "target" {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Changes whenever one of these files or folders does: names, sizes and times, not contents.
pub(crate) fn stamp(roots: &[PathBuf]) -> String {
    let mut hasher = Sha256::new();
    for root in roots {
        let files = if root.is_dir() { below(root) } else { vec![root.clone()] };
        for file in files {
            let Ok(facts) = fs::metadata(&file) else { continue };
            let line =
                format!("{}\0{}\0{}.{}\n", file.display(), facts.len(), facts.mtime(), facts.mtime_nsec());
            hasher.update(line.as_bytes());
        }
    }
    hex::encode(hasher.finalize())
}

/// Writes `path` and, unless the format is compressed already, copies ending in `.br` and `.gz`.
pub(crate) fn write_compressed(path: &Path, bytes: &[u8], quality: Quality) -> Outcome {
    write(path, bytes)?;
    if path
        .extension()
        .is_some_and(|extension| ["woff2", "png", "webp", "jpg"].iter().any(|e| extension == *e))
    {
        return Ok(());
    }
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    write(&beside(".br"), &brotli(bytes, quality)?)?;
    write(&beside(".gz"), &gzip(bytes, quality)?)
}

fn brotli(bytes: &[u8], quality: Quality) -> Outcome<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: match quality {
            Quality::Quick => 5,
            Quality::Best => 11,
        },
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)
        .map_err(|error| format!("failed to compress: {error}"))?;
    Ok(packed)
}

fn gzip(bytes: &[u8], quality: Quality) -> Outcome<Vec<u8>> {
    let level = match quality {
        Quality::Quick => flate2::Compression::new(5),
        Quality::Best => flate2::Compression::best(),
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("failed to compress: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{brotli, gzip, hashed_name};
    use crate::site::Quality;

    #[test]
    fn a_name_changes_with_its_content_and_keeps_its_ending() {
        let one = hashed_name("app.css", b"a{}");
        assert_ne!(one, hashed_name("app.css", b"b{}"));
        let parts: Vec<&str> = one.split('.').collect();
        assert_eq!((parts[0], parts[1].len(), parts[2]), ("app", 16, "css"), "{one}");
    }

    #[test]
    fn compressed_copies_unpack_to_the_same() {
        let text = "the same words again and again ".repeat(200).into_bytes();
        for quality in [Quality::Quick, Quality::Best] {
            let mut unpacked = Vec::new();
            let packed = gzip(&text, quality).unwrap();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, text);

            let mut unpacked = Vec::new();
            let packed = brotli(&text, quality).unwrap();
            assert!(packed.len() < text.len() / 10);
            brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
            assert_eq!(unpacked, text);
        }
    }
}
