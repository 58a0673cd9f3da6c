//! People, made the way people are made: they sign up, open the link, sign in, name a brand.

use domain::{Actor, Visit, accounts, brands};
use model::{FirstBrand, Role, SafeReturn, SignIn, SignUp, WorkspaceId};
use secrecy::{ExposeSecret as _, SecretString};

use crate::TestWorld;

/// Good enough for the strength check, and known.
const PASSWORD: &str = "copper lantern walks uphill";

/// Somebody with a verified account and a session.
pub struct Person {
    pub name: String,
    pub email: String,
    pub password: &'static str,
    /// What the cookie holds.
    pub token: SecretString,
    pub actor: Actor,
}

impl TestWorld {
    /// A person who is signed in and has no brand yet.
    pub async fn person(&self, name: &str) -> Person {
        let email = format!("{}@people.test", name.to_lowercase().replace(' ', "."));
        let input = SignUp {
            name: name.to_owned(),
            email: email.clone(),
            password: PASSWORD.to_owned(),
            return_to: SafeReturn::default(),
        };
        accounts::sign_up(&self.domain, input, &Visit::default()).await.expect("a good sign-up is taken");
        let token = self.link_token(&email).await;
        accounts::verify(&self.domain, &token).await.expect("a fresh link works");
        let input =
            SignIn { email: email.clone(), password: PASSWORD.to_owned(), return_to: SafeReturn::default() };
        let session =
            accounts::sign_in(&self.domain, input, &Visit::default()).await.expect("the password is right");
        let actor = self.actor(&session.token).await;
        Person { name: name.to_owned(), email, password: PASSWORD, token: session.token, actor }
    }

    /// The token in the newest verification mail to `email`.
    pub async fn link_token(&self, email: &str) -> String {
        let mails = self.mails().await;
        let mail = mails.iter().find(|mail| mail.to == email && mail.kind == "verify_address");
        let body = &mail.unwrap_or_else(|| panic!("no verification mail went to {email}")).body;
        let (_, rest) = body.split_once("?token=").expect("the mail has a link");
        rest.split_whitespace().next().expect("the link has a token").to_owned()
    }

    /// Who stands behind a session's token.
    pub async fn actor(&self, token: &SecretString) -> Actor {
        let found = accounts::actor(&self.domain, token.expose_secret()).await.expect("sessions can be read");
        found.expect("the session lives")
    }

    /// A person with `role` in a workspace of their own, with a brand in Lisbon.
    pub async fn member(&self, role: Role) -> Actor {
        // Counting by mails would be cheaper than random names, but two tests' logs should not look alike.
        let mut bytes = [0; 4];
        self.domain.rng.fill(&mut bytes);
        let mut person = self.person(&format!("{} {}", role.as_str(), u32::from_le_bytes(bytes))).await;
        let brand = FirstBrand { name: "Northwind Coffee".to_owned(), zone: "Europe/Lisbon".to_owned() };
        brands::first(&self.domain, &person.actor, brand).await.expect("a first brand can be made");
        person.actor = self.actor(&person.token).await;
        if role != Role::Owner {
            self.set_role(&person.actor, role).await;
            person.actor = self.actor(&person.token).await;
        }
        person.actor
    }

    /// The owner of another workspace, who must see nothing of the first.
    pub async fn second_workspace(&self) -> Actor {
        self.member(Role::Owner).await
    }

    /// Another person with `role` in the workspace and brand of `actor`.
    pub async fn colleague(&self, actor: &Actor, role: Role) -> Actor {
        let place = actor.place.expect("the actor stands in a workspace");
        let mut bytes = [0; 4];
        self.domain.rng.fill(&mut bytes);
        let person = self.person(&format!("colleague {}", u32::from_le_bytes(bytes))).await;
        let (workspace, brand, user) = (place.workspace.0, place.brand.0, person.actor.user.0);
        self.sql(&format!(
            "begin;
             select set_config('app.workspace_id', '{workspace}', true);
             insert into memberships (workspace_id, user_id, role, created_at)
                 values ('{workspace}', '{user}', '{role}', now());
             update users set last_workspace_id = '{workspace}', last_brand_id = '{brand}' where id = '{user}';
             update sessions set current_workspace_id = '{workspace}', current_brand_id = '{brand}'
                 where user_id = '{user}';
             commit;",
            role = role.as_str()
        ))
        .await;
        self.actor(&person.token).await
    }

    async fn set_role(&self, actor: &Actor, role: Role) {
        let WorkspaceId(workspace) = actor.place.expect("the actor stands in a workspace").workspace;
        self.sql(&format!(
            "begin;
             select set_config('app.workspace_id', '{workspace}', true);
             update memberships set role = '{role}' where user_id = '{user}';
             commit;",
            role = role.as_str(),
            user = actor.user.0
        ))
        .await;
    }
}
