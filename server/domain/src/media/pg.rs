//! The only SQL over assets.

use model::{AssetId, AssetKind, AssetView, UserId};
use sqlx::PgConnection;

use super::sniff::Sniffed;
use super::{Facts, Opened, Piece, words};
use crate::db::TenantTx;

/// An asset to be written.
pub(crate) struct NewAsset<'a> {
    pub id: AssetId,
    pub uploaded_by: UserId,
    pub file_name: String,
    pub sniffed: Sniffed,
    pub size_bytes: u64,
    pub sha256: &'a str,
    pub key: &'a str,
    /// Key and size.
    pub poster: Option<(&'a str, u64)>,
    pub facts: &'a Facts,
}

/// An asset as stored.
pub(crate) struct AssetRow {
    pub id: AssetId,
    pub kind: AssetKind,
    pub file_name: String,
    pub mime: String,
    pub size_bytes: i64,
    pub sha256: String,
    pub storage_key: String,
    pub poster_key: Option<String>,
    pub poster_bytes: Option<i64>,
    pub width: i32,
    pub height: i32,
    pub duration_ms: Option<i64>,
}

impl AssetRow {
    pub(crate) fn view(self) -> AssetView {
        let size_bytes = u64::try_from(self.size_bytes).unwrap_or_default();
        let duration_ms = self.duration_ms.and_then(|ms| u64::try_from(ms).ok());
        let mut facts = vec![format!("{} × {}", self.width, self.height)];
        facts.extend(duration_ms.map(words::duration));
        facts.push(words::bytes(size_bytes));
        AssetView {
            id: self.id,
            kind: self.kind,
            file_name: self.file_name,
            mime: self.mime,
            size_bytes,
            width: u32::try_from(self.width).ok(),
            height: u32::try_from(self.height).ok(),
            duration_ms,
            url: format!("/media/{}", self.id),
            poster_url: self.poster_key.map(|_| format!("/media/{}/poster", self.id)),
            facts: facts.join(" · "),
        }
    }

    pub(crate) fn open(self, piece: Piece) -> Option<Opened> {
        match piece {
            Piece::File => Some(Opened {
                mime: self.mime,
                size_bytes: u64::try_from(self.size_bytes).unwrap_or_default(),
                key: self.storage_key,
                etag: format!("\"{}\"", self.sha256),
            }),
            Piece::Poster => Some(Opened {
                mime: "image/jpeg".to_owned(),
                size_bytes: u64::try_from(self.poster_bytes?).unwrap_or_default(),
                key: self.poster_key?,
                etag: format!("\"{}-poster\"", self.sha256),
            }),
        }
    }
}

/// Writes an asset; false when the workspace has these bytes already.
pub(super) async fn insert(tx: &mut TenantTx, new: &NewAsset<'_>) -> Result<bool, sqlx::Error> {
    let workspace = tx.workspace();
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let side = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let duration_ms = (new.sniffed.kind == AssetKind::Video).then(|| signed(new.facts.duration_ms));
    let rows = sqlx::query!(
        "insert into assets (id, workspace_id, kind, file_name, mime, format, size_bytes, sha256, storage_key,
                             poster_key, poster_bytes, width, height, duration_ms, video_codec, audio_codec, fps,
                             uploaded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             on conflict on constraint assets_bytes_once do nothing",
        new.id.0,
        workspace.0,
        new.sniffed.kind as AssetKind,
        new.file_name,
        new.sniffed.mime,
        new.sniffed.format,
        signed(new.size_bytes),
        new.sha256,
        new.key,
        new.poster.map(|(key, _)| key),
        new.poster.map(|(_, size)| signed(size)),
        side(new.facts.width),
        side(new.facts.height),
        duration_ms,
        new.facts.video_codec,
        new.facts.audio_codec,
        new.facts.fps,
        new.uploaded_by.0,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok(rows > 0)
}

pub(crate) async fn find(conn: &mut PgConnection, asset: AssetId) -> Result<Option<AssetRow>, sqlx::Error> {
    sqlx::query_as!(
        AssetRow,
        r#"select id as "id: AssetId", kind as "kind: AssetKind", file_name, mime, size_bytes, sha256, storage_key,
                  poster_key, poster_bytes, width, height, duration_ms
             from assets where id = $1"#,
        asset.0
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn find_by_sha256(
    conn: &mut PgConnection,
    sha256: &str,
) -> Result<Option<AssetRow>, sqlx::Error> {
    sqlx::query_as!(
        AssetRow,
        r#"select id as "id: AssetId", kind as "kind: AssetKind", file_name, mime, size_bytes, sha256, storage_key,
                  poster_key, poster_bytes, width, height, duration_ms
             from assets where sha256 = $1"#,
        sha256
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<AssetRow>, sqlx::Error> {
    sqlx::query_as!(
        AssetRow,
        r#"select id as "id: AssetId", kind as "kind: AssetKind", file_name, mime, size_bytes, sha256, storage_key,
                  poster_key, poster_bytes, width, height, duration_ms
             from assets order by created_at desc, id desc limit $1"#,
        limit
    )
    .fetch_all(conn)
    .await
}
