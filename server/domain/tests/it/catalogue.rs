//! What the schema must hold, read from PostgreSQL's own catalogue.

use sqlx::{PgConnection, Row as _};
use testkit::TestWorld;

/// Additional policies that widen what a role sees. A new one is a decision: write it down here.
const WIDER: [(&str, &str); 1] = [("worker_scan", "worker")];

/// What is wrong with the tables that belong to a workspace; empty means nothing.
async fn flaws(login: &mut PgConnection) -> Vec<String> {
    let rows = sqlx::query(
        "select c.relname::text as name, c.relrowsecurity as is_on, c.relforcerowsecurity as is_forced,
                p.polname::text as policy,
                p.polpermissive as is_permissive,
                p.polcmd::text as cmd,
                (select array_agg(case when r = 0 then 'public' else r::regrole::text end)
                 from unnest(p.polroles) r)::text[] as roles,
                pg_get_expr(p.polqual, p.polrelid) as reads,
                pg_get_expr(p.polwithcheck, p.polrelid) as writes
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         left join pg_policy p on p.polrelid = c.oid
         where c.relkind in ('r', 'p')
           and (c.relname = 'workspaces' or exists (
               select from pg_attribute a
               where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped))
         order by 1",
    )
    .fetch_all(login)
    .await
    .unwrap();

    let mut flaws = Vec::new();
    let mut tenant = std::collections::BTreeMap::<String, bool>::new();
    for row in rows {
        let name: String = row.get("name");
        if !row.get::<bool, _>("is_on") || !row.get::<bool, _>("is_forced") {
            flaws.push(format!("{name}: row-level security is not enabled and forced"));
        }
        let has_tenant = tenant.entry(name.clone()).or_default();
        let Some(policy) = row.get::<Option<String>, _>("policy") else { continue };
        let roles: Vec<String> = row.get("roles");
        if policy == "tenant" {
            *has_tenant = true;
            let column = if name == "workspaces" { "id" } else { "workspace_id" };
            let rule = format!(
                "({column} = (NULLIF(current_setting('app.workspace_id'::text, true), ''::text))::uuid)"
            );
            let is_standard = row.get::<bool, _>("is_permissive")
                && row.get::<String, _>("cmd") == "*"
                && roles == ["public"]
                && row.get::<Option<String>, _>("reads").as_ref() == Some(&rule)
                && row.get::<Option<String>, _>("writes").as_ref() == Some(&rule);
            if !is_standard {
                flaws.push(format!("{name}: the policy `tenant` is not the standard one"));
            }
        } else if !WIDER.iter().any(|(wider, role)| policy == *wider && roles == [*role]) {
            flaws.push(format!("{name}: the policy `{policy}` for {roles:?} is not known"));
        }
    }
    flaws.extend(
        tenant.iter().filter(|(_, has)| !**has).map(|(name, _)| format!("{name}: no policy `tenant`")),
    );
    flaws.sort();
    flaws.dedup();
    flaws
}

#[tokio::test]
async fn every_table_of_a_workspace_is_closed_to_others() {
    let world = TestWorld::start().await;
    assert_eq!(flaws(&mut world.login().await).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_check_finds_a_table_that_is_open() {
    let world = TestWorld::start().await;
    world
        .sql(
            "create table bare (workspace_id uuid);
             create table unforced (workspace_id uuid);
             alter table unforced enable row level security;
             create policy tenant on unforced using (true);",
        )
        .await;
    assert_eq!(
        flaws(&mut world.login().await).await,
        [
            "bare: no policy `tenant`",
            "bare: row-level security is not enabled and forced",
            "unforced: row-level security is not enabled and forced",
            "unforced: the policy `tenant` is not the standard one",
        ]
    );
}

#[tokio::test]
async fn keys_that_reach_into_a_workspace_name_it() {
    let world = TestWorld::start().await;
    // A foreign key to a table with workspace_id that leaves it out could point into another workspace.
    let loose: Vec<String> = sqlx::query_scalar(
        "select k.conname::text
         from pg_constraint k
         join pg_attribute theirs on theirs.attrelid = k.confrelid and theirs.attname = 'workspace_id'
         where k.contype = 'f' and not theirs.attnum = any (k.confkey)",
    )
    .fetch_all(&mut world.login().await)
    .await
    .unwrap();
    assert_eq!(loose, Vec::<String>::new());
}

#[tokio::test]
async fn neither_role_may_do_more_than_its_work() {
    let world = TestWorld::start().await;
    let mut login = world.login().await;
    let roles: Vec<String> = sqlx::query_scalar(
        "select rolname::text from pg_roles
         where rolname in ('app', 'worker', 'daybill') and (rolsuper or rolbypassrls)",
    )
    .fetch_all(&mut login)
    .await
    .unwrap();
    assert_eq!(roles, Vec::<String>::new());

    let owned_or_open: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         where c.relkind in ('r', 'p')
           and (c.relowner in ('app'::regrole, 'worker'::regrole)
                or has_table_privilege('public', c.oid, 'select'))",
    )
    .fetch_all(&mut login)
    .await
    .unwrap();
    assert_eq!(owned_or_open, Vec::<String>::new());

    // Append only, whoever asks.
    for role in ["app", "worker"] {
        for right in ["update", "delete", "truncate"] {
            let may: bool = sqlx::query_scalar(
                "select has_table_privilege($1, 'audit_entries', $2)
                     or ($2 = 'update' and has_any_column_privilege($1, 'audit_entries', 'update'))",
            )
            .bind(role)
            .bind(right)
            .fetch_one(&mut login)
            .await
            .unwrap();
            assert!(!may, "{role} may {right} audit entries");
        }
    }
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let world = TestWorld::start().await;
    domain::db::migrate(&world.database_url()).await.unwrap();
}

#[tokio::test]
async fn a_database_that_forgets_commits_is_refused_unless_it_is_a_throw_away_one() {
    use domain::db::{SetupError, Worth, check_settings};

    let world = TestWorld::start().await;
    let refused = check_settings(&world.database_url(), Worth::Kept).await;
    assert!(matches!(refused, Err(SetupError::NotDurable("fsync"))), "{refused:?}");
    check_settings(&world.database_url(), Worth::ThrowAway).await.unwrap();
}
