//! The first run.

use domain::brands::{self, BrandError};
use domain::{accounts, audit};
use model::{FirstBrand, Role};
use testkit::TestWorld;

fn brand(name: &str, zone: &str) -> FirstBrand {
    FirstBrand { name: name.to_owned(), zone: zone.to_owned() }
}

#[tokio::test]
async fn the_first_brand_makes_a_workspace_and_the_session_stands_in_it() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let made =
        brands::first(&world.domain, &person.actor, brand(" Northwind ", "europe/lisbon")).await.unwrap();
    assert_eq!((made.name.as_str(), made.zone.as_str()), ("Northwind", "Europe/Lisbon"));

    let actor = world.actor(&person.token).await;
    let place = actor.place.unwrap();
    assert_eq!((place.role, place.brand), (Role::Owner, made.id));
    let me = accounts::me(&world.domain, &actor).await.unwrap();
    assert_eq!(me.workspace.unwrap().name, "Northwind");
    assert_eq!(me.brand, Some(made));
    assert_eq!(audit::verify(&world.domain, place.workspace).await.unwrap().entries, 2);
}

#[tokio::test]
async fn a_double_submit_makes_one_brand() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    let (one, two) = tokio::join!(
        brands::first(&world.domain, &person.actor, brand("Northwind", "Europe/Lisbon")),
        brands::first(&world.domain, &person.actor, brand("Northwind", "Europe/Lisbon")),
    );
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn an_unknown_zone_is_named_at_its_field() {
    let world = TestWorld::start().await;
    let person = world.person("Ana Lopes").await;
    for zone in ["Mars/Olympus", "", "../etc/passwd"] {
        let error = brands::first(&world.domain, &person.actor, brand("Northwind", zone)).await.unwrap_err();
        let BrandError::Invalid(fields) = error else { panic!("{zone}: {error}") };
        assert!(fields.of("zone").is_some(), "{zone}");
    }
}
