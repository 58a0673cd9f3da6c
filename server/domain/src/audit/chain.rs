//! How an entry is hashed: SHA-256 over the link before and one canonical JSON text. Pure.

use std::fmt::Write as _;

use model::WorkspaceId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::pg::EntryRow;

/// What the first entry hangs on.
pub(super) const BEGINNING: [u8; 32] = [0; 32];

pub(super) fn hash(workspace: WorkspaceId, row: &EntryRow) -> [u8; 32] {
    let mut text = String::new();
    canonical(
        &serde_json::json!({
            "v": 1,
            "workspace": workspace.to_string(),
            "seq": row.seq,
            "at": row.at.as_microsecond(),
            "actor": row.actor.map(|actor| actor.to_string()),
            "what": row.what,
            "object": row.object,
            "facts": row.facts,
        }),
        &mut text,
    );
    Sha256::new().chain_update(&row.prev).chain_update(text.as_bytes()).finalize().into()
}

/// One text per value: keys sorted, no spaces. PostgreSQL keeps `jsonb` in an order of its own.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (place, (key, value)) in entries.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write!(out, "{}:", Value::from(key.as_str())).expect("writing to a String cannot fail");
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => write!(out, "{plain}").expect("writing to a String cannot fail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_does_not_matter_and_values_do() {
        let text = |json: &str| {
            let mut out = String::new();
            canonical(&serde_json::from_str(json).unwrap(), &mut out);
            out
        };
        assert_eq!(
            text(r#"{ "b": [1, {"d": null, "c": "x"}], "a": true }"#),
            r#"{"a":true,"b":[1,{"c":"x","d":null}]}"#
        );
        assert_ne!(text(r#"{"a":"1"}"#), text(r#"{"a":1}"#));
    }
}
