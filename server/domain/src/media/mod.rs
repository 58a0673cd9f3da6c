//! Stored files with their facts: taken in, looked into, and given out again.

mod error;
pub(crate) mod pg;
mod ports;
mod receive;
pub mod sniff;
pub(crate) mod words;

use std::sync::Arc;

use async_trait::async_trait;
use model::{Action, AssetId, AssetKind, AssetView, MediaLimits};
use publishing::http::ByteStream;
use serde_json::json;

pub use error::MediaError;
pub use ports::{Facts, FileWriter, Files, MediaTools, ProbeError};
use receive::Quarantined;

use crate::{Actor, Domain, Place, audit, new_id};

/// What is known of an upload before its first byte.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub file_name: String,
    pub declared_len: Option<u64>,
}

/// What of an asset is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    File,
    Poster,
}

/// Where to read it; `domain.files.read(&key, from, to)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub mime: String,
    pub size_bytes: u64,
    pub key: String,
    /// With its quotes.
    pub etag: String,
}

/// Opens stored files for adapters.
pub struct StoredBlobs(pub Arc<dyn Files>);

#[async_trait]
impl publishing::Blobs for StoredBlobs {
    async fn read(&self, key: &str, from: u64, to: u64) -> std::io::Result<ByteStream> {
        self.0.read(key, from, to).await
    }
}

/// Takes a file in. On any trouble, also when the sender goes away, nothing of it stays. The same bytes again
/// are the asset that is there already.
pub async fn upload(
    domain: &Domain,
    actor: &Actor,
    head: Head,
    body: ByteStream,
) -> Result<AssetView, MediaError> {
    let place = actor.may(Action::Write)?;
    match head.declared_len {
        Some(0) => return Err(MediaError::Empty),
        Some(len) if len > MediaLimits::VIDEO_MAX_BYTES => {
            return Err(MediaError::TooLarge(MediaLimits::VIDEO_MAX_BYTES));
        }
        _ => {}
    }
    let key = format!("quarantine/{}", new_id(domain).simple());
    let file = receive::receive(&domain.files, key, &head, body).await?;
    match look_into(domain, &file).await {
        Ok((facts, poster)) => keep(domain, actor, &place, &head, file, &facts, poster).await,
        Err(error) => {
            file.remove().await;
            Err(error)
        }
    }
}

async fn look_into(domain: &Domain, file: &Quarantined) -> Result<(Facts, Option<Vec<u8>>), MediaError> {
    receive::check_is_whole(&*domain.files, file).await?;
    let path = domain.files.local_path(file.key()).await.ok_or(MediaError::OutOfReach)?;
    let facts = domain.tools.probe(&path, file.sniffed.format).await.map_err(unreadable)?;
    let is_video = file.sniffed.kind == AssetKind::Video;
    if facts.width == 0 || facts.height == 0 || (is_video && facts.duration_ms == 0) {
        return Err(MediaError::Damaged(None));
    }
    // A video whose first picture cannot be decoded will not play anywhere either.
    let poster = domain.tools.poster(&path, file.sniffed.format).await.map_err(unreadable)?;
    Ok((facts, (!poster.is_empty()).then_some(poster)))
}

fn unreadable(error: ProbeError) -> MediaError {
    match error {
        ProbeError::Unreadable(_) => MediaError::Damaged(Some(error)),
        ProbeError::Tool(_) => MediaError::Tool(error),
    }
}

/// From quarantine to its place, and into the list.
async fn keep(
    domain: &Domain,
    actor: &Actor,
    place: &Place,
    head: &Head,
    mut file: Quarantined,
    facts: &Facts,
    poster: Option<Vec<u8>>,
) -> Result<AssetView, MediaError> {
    let mut tx = domain.db.tenant(place.workspace).await.map_err(MediaError::Store)?;
    let known = pg::find_by_sha256(tx.conn(), &file.sha256).await.map_err(MediaError::Store)?;
    drop(tx);
    if let Some(known) = known {
        file.remove().await;
        return Ok(known.view());
    }
    let owner = place.workspace.0.simple();
    let key = format!("assets/{owner}/{}", file.sha256);
    let poster_key = format!("posters/{owner}/{}.jpg", file.sha256);
    let stored = async {
        domain.files.rename(file.key(), &key, file.size_bytes).await?;
        file.taken_over();
        if let Some(jpeg) = poster.clone() {
            let mut writer = domain.files.create(&poster_key).await?;
            writer.write(jpeg.into()).await?;
            writer.finish().await?;
        }
        Ok(())
    };
    if let Err(error) = stored.await {
        remove_unused(domain, place, &file.sha256, &key, &poster_key).await;
        return Err(MediaError::Storage(error));
    }
    let new = pg::NewAsset {
        id: AssetId(new_id(domain)),
        uploaded_by: actor.user,
        file_name: shown_name(&head.file_name),
        sniffed: file.sniffed,
        size_bytes: file.size_bytes,
        sha256: &file.sha256,
        key: &key,
        poster: poster.as_ref().map(|jpeg| (poster_key.as_str(), jpeg.len() as u64)),
        facts,
    };
    match write(domain, actor, place, &new).await {
        Ok(view) => Ok(view),
        Err(error) => {
            remove_unused(domain, place, &file.sha256, &key, &poster_key).await;
            Err(MediaError::Store(error))
        }
    }
}

async fn write(
    domain: &Domain,
    actor: &Actor,
    place: &Place,
    new: &pg::NewAsset<'_>,
) -> Result<AssetView, sqlx::Error> {
    let mut tx = domain.db.tenant(place.workspace).await?;
    if pg::insert(&mut tx, new).await? {
        let entry = audit::Entry {
            actor: Some(actor.user),
            what: "asset_uploaded",
            object: new.id.to_string(),
            facts: json!({ "sha256": new.sha256, "size_bytes": new.size_bytes, "mime": new.sniffed.mime }),
        };
        audit::append(&mut tx, entry).await?;
    }
    // The other upload of the same bytes may have been faster; then this is its row.
    let row = pg::find_by_sha256(tx.conn(), new.sha256).await?.ok_or(sqlx::Error::RowNotFound)?;
    tx.commit().await?;
    Ok(row.view())
}

/// Removes files that no row names. When the database cannot say, they stay: another upload of the same
/// bytes may live by them.
async fn remove_unused(domain: &Domain, place: &Place, sha256: &str, key: &str, poster_key: &str) {
    let is_unused = async {
        let mut tx = domain.db.tenant(place.workspace).await?;
        pg::find_by_sha256(tx.conn(), sha256).await.map(|row| row.is_none())
    };
    if matches!(is_unused.await, Ok::<bool, sqlx::Error>(true)) {
        for key in [key, poster_key] {
            if let Err(error) = domain.files.delete(key).await {
                tracing::warn!(%error, "A file that no asset names could not be removed");
            }
        }
    }
}

/// The person's name for it, cut to what lists can show; without path and control characters.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    let clean = clean.trim();
    if clean.is_empty() { "file".to_owned() } else { clean.to_owned() }
}

/// One asset.
pub async fn get(domain: &Domain, actor: &Actor, asset: AssetId) -> Result<AssetView, MediaError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(MediaError::Store)?;
    let row = pg::find(tx.conn(), asset).await.map_err(MediaError::Store)?;
    row.map(pg::AssetRow::view).ok_or(MediaError::NotFound)
}

/// The newest assets.
pub async fn recent(domain: &Domain, actor: &Actor, limit: u32) -> Result<Vec<AssetView>, MediaError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(MediaError::Store)?;
    let rows = pg::list(tx.conn(), i64::from(limit.min(200))).await.map_err(MediaError::Store)?;
    Ok(rows.into_iter().map(pg::AssetRow::view).collect())
}

/// Where the bytes of an asset lie.
pub async fn open(
    domain: &Domain,
    actor: &Actor,
    asset: AssetId,
    piece: Piece,
) -> Result<Opened, MediaError> {
    let place = actor.may(Action::View)?;
    let mut tx = domain.db.tenant(place.workspace).await.map_err(MediaError::Store)?;
    let row = pg::find(tx.conn(), asset).await.map_err(MediaError::Store)?.ok_or(MediaError::NotFound)?;
    row.open(piece).ok_or(MediaError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn a_name_is_only_ever_a_name() {
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("C:\\clips\\a\u{202e}\u{7}.mp4"), "a\u{202e}.mp4");
        assert_eq!(shown_name("   "), "file");
    }
}
