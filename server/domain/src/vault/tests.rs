//! Sealed values over real transactions: only the very same place opens them.

use std::sync::Arc;

use model::WorkspaceId;
use secrecy::{ExposeSecret as _, SecretString};
use testkit::{SeededRng, TestWorld};
use uuid::Uuid;

use super::{Place4, Vault, VaultError};
use crate::db::Db;

const WORKSPACES: [WorkspaceId; 2] = [WorkspaceId(Uuid::from_u128(1)), WorkspaceId(Uuid::from_u128(2))];

async fn world() -> (TestWorld, Db, Vault) {
    let world = TestWorld::start().await;
    for WorkspaceId(id) in WORKSPACES {
        world
            .sql(&format!(
                "begin; select set_config('app.workspace_id', '{id}', true);
                 insert into workspaces (id, name, created_at) values ('{id}', 'w', now()); commit;"
            ))
            .await;
    }
    let db = Db::connect(&world.database_url(), 4).await.unwrap();
    let vault = Vault::from_key([7; 32], Arc::new(SeededRng::new(1)));
    (world, db, vault)
}

fn places() -> Vec<Place4> {
    let mut places = Vec::new();
    for table in ["channels", "steps"] {
        for column in ["access", "refresh"] {
            for row in [1, 2] {
                for generation in [0, 1] {
                    places.push(Place4 { table, column, row: Uuid::from_u128(row), generation });
                }
            }
        }
    }
    places
}

#[tokio::test]
async fn a_value_copied_to_any_other_place_does_not_open() {
    let (_world, db, vault) = world().await;
    let mut sealed = Vec::new();
    for workspace in WORKSPACES {
        let mut tx = db.tenant(workspace).await.unwrap();
        for place in places() {
            let text = SecretString::from(format!("{workspace} {place:?}"));
            sealed.push((workspace, place, vault.seal(&mut tx, place, &text).await.unwrap()));
        }
        tx.commit().await.unwrap();
    }
    for (from_workspace, from, bytes) in &sealed {
        for (workspace, place, _) in &sealed {
            let mut tx = db.tenant(*workspace).await.unwrap();
            let opened = vault.open(&mut tx, *place, bytes).await;
            if (from_workspace, from) == (workspace, place) {
                assert_eq!(opened.unwrap().expose_secret(), format!("{workspace} {place:?}"));
            } else {
                assert!(opened.is_err(), "{from_workspace} {from:?} opened as {workspace} {place:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_bit_of_a_sealed_value_or_its_key_can_be_turned() {
    let (world, db, vault) = world().await;
    let place = places()[0];
    let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
    let sealed = vault.seal(&mut tx, place, &SecretString::from("a token")).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut turned = sealed.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        assert!(vault.open(&mut tx, place, &turned).await.is_err(), "bit {bit}");
    }
    drop(tx);
    world
        .sql(&format!(
            "begin; select set_config('app.workspace_id', '{}', true);
             update workspace_keys set wrapped = set_bit(wrapped, 400, 1 - get_bit(wrapped, 400)); commit;",
            WORKSPACES[0].0
        ))
        .await;
    let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
    assert!(matches!(vault.open(&mut tx, place, &sealed).await, Err(VaultError::DoesNotOpen)));
}

#[tokio::test]
async fn without_the_right_key_file_nothing_opens_and_it_is_said() {
    let (_world, db, vault) = world().await;
    let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
    let sealed = vault.seal(&mut tx, places()[0], &SecretString::from("a token")).await.unwrap();
    let other = Vault::from_key([8; 32], Arc::new(SeededRng::new(1)));
    let opened = other.open(&mut tx, places()[0], &sealed).await;
    assert!(matches!(opened, Err(VaultError::OtherKeyFile { .. })), "{:?}", opened.err());
}

#[tokio::test]
async fn two_first_seals_at_once_share_one_key() {
    let (world, db, vault) = world().await;
    let seal = async |n: u128| {
        let place = Place4 { row: Uuid::from_u128(n), ..places()[0] };
        let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
        let sealed = vault.seal(&mut tx, place, &SecretString::from("a token")).await.unwrap();
        tx.commit().await.unwrap();
        (place, sealed)
    };
    let (one, two) = tokio::join!(seal(1), seal(2));
    let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
    for (place, sealed) in [one, two] {
        vault.open(&mut tx, place, &sealed).await.unwrap();
    }
    // Deleting the key erases what it sealed.
    drop(tx);
    world
        .sql(&format!(
            "begin; select set_config('app.workspace_id', '{}', true); delete from workspace_keys; commit;",
            WORKSPACES[0].0
        ))
        .await;
    let (place, sealed) = seal(3).await;
    let mut tx = db.tenant(WORKSPACES[0]).await.unwrap();
    vault.open(&mut tx, place, &sealed).await.unwrap();
}

#[test]
fn a_key_file_is_private_whole_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt;

    let dir = std::env::temp_dir().join(format!("daybill-key-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    let path = dir.join("key");
    let rng = || Arc::new(SeededRng::new(1));
    super::make_key_file(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    Vault::from_file(&path, rng()).unwrap();
    assert!(matches!(super::make_key_file(&path), Err(VaultError::Make { .. })));

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(matches!(Vault::from_file(&path, rng()).err(), Some(VaultError::Readable { mode: 0o640, .. })));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&path, "deadbeef").unwrap();
    assert!(matches!(Vault::from_file(&path, rng()).err(), Some(VaultError::NotAKey { .. })));
    std::fs::remove_dir_all(&dir).unwrap();
}
