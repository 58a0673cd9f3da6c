//! Who works on what: claims, leases and signs of life. Runs over all workspaces.

use std::time::Duration;

use model::{DeliveryId, WorkspaceId};
use publishing::{Fence, Hint, Owner};
use sqlx::PgConnection;

/// A batch of what is due. Locks a row of `due` first and never waits for its delivery: everybody else
/// locks in the other order, and waiting here could end in a deadlock.
pub(crate) async fn claim(conn: &mut PgConnection, limit: u32) -> Result<Vec<Hint>, sqlx::Error> {
    // The time is asked in a subquery: asked directly, the index on `next_action_at` could not be used.
    let mut rows = sqlx::query!(
        r#"with ready as (
               select delivery_id, next_action_at from due
                where next_action_at <= (select clock_timestamp())
                order by next_action_at limit $1 for update skip locked
           ), free as (
               select d.id, ready.next_action_at as was_due_at
                 from deliveries d join ready on ready.delivery_id = d.id
                  for no key update of d skip locked
           )
           update deliveries d
              set epoch = d.epoch + 1, hinted_at = clock_timestamp(), lease_owner = null, lease_until = null,
                  next_action_at = clock_timestamp() + interval '15 s'
             from free where d.id = free.id
           returning d.id as "delivery: DeliveryId", d.epoch, free.was_due_at as "was_due_at: jiff_sqlx::Timestamp""#,
        i64::from(limit),
    )
    .fetch_all(conn)
    .await?;
    rows.sort_by_key(|row| row.was_due_at.to_jiff());
    Ok(rows.into_iter().map(|row| Hint { delivery: row.delivery, epoch: row.epoch }).collect())
}

/// Hints that nobody took up for 2 s.
pub(crate) async fn unheard(conn: &mut PgConnection, limit: u32) -> Result<Vec<Hint>, sqlx::Error> {
    sqlx::query_as!(
        Hint,
        r#"select id as "delivery: DeliveryId", epoch from deliveries
            where hinted_at < (select clock_timestamp() - interval '2 s')
            order by hinted_at limit $1"#,
        i64::from(limit),
    )
    .fetch_all(conn)
    .await
}

/// Whose delivery it is.
pub(crate) async fn workspace(
    conn: &mut PgConnection,
    delivery: DeliveryId,
) -> Result<Option<WorkspaceId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select workspace_id as "workspace: WorkspaceId" from deliveries where id = $1"#,
        delivery.0
    )
    .fetch_optional(conn)
    .await
}

/// Takes up a claim once: the mark of the hint goes with it, so that a doubled hint finds nothing.
/// What an earlier owner left open of reversible steps is closed.
pub(crate) async fn take(
    conn: &mut PgConnection,
    fence: &Fence,
    owner: &Owner,
    lease: Duration,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query!(
        "update deliveries
            set state = case state when 'scheduled' then 'preparing' else state end,
                since = case state when 'scheduled' then clock_timestamp() else since end,
                looks = case state when 'scheduled' then 0 else looks end,
                hinted_at = null, lease_owner = $3,
                lease_until = clock_timestamp() + make_interval(secs => $4),
                next_action_at = clock_timestamp() + make_interval(secs => $4)
          where id = $1 and epoch = $2 and hinted_at is not null",
        fence.delivery.0,
        fence.epoch,
        owner.id,
        lease.as_secs_f64(),
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if taken == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update steps set outcome = 'refuted', note = 'abandoned', ended_at = clock_timestamp()
          where delivery_id = $1 and outcome = 'intent' and not irreversible",
        fence.delivery.0
    )
    .execute(&mut *conn)
    .await?;
    // An owner that has never beaten yet is no dead owner.
    sqlx::query!(
        "insert into workers (owner, seen_at) values ($1, clock_timestamp()) on conflict do nothing",
        owner.id
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Moves the end of the lease; false when the fence is stale.
pub(crate) async fn extend(
    conn: &mut PgConnection,
    fence: &Fence,
    lease: Duration,
) -> Result<bool, sqlx::Error> {
    let rows = sqlx::query!(
        "update deliveries
            set lease_until = greatest(lease_until, clock_timestamp() + make_interval(secs => $3)),
                next_action_at = greatest(lease_until, clock_timestamp() + make_interval(secs => $3))
          where id = $1 and epoch = $2 and lease_owner is not null",
        fence.delivery.0,
        fence.epoch,
        lease.as_secs_f64(),
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(rows > 0)
}

/// A sign of life.
pub(crate) async fn beat(conn: &mut PgConnection, owner: &Owner) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into workers (owner, seen_at) values ($1, clock_timestamp())
             on conflict on constraint workers_pkey do update set seen_at = excluded.seen_at",
        owner.id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes claimable what dead owners held. `committing` is an open irreversible intent: silence alone frees
/// it only after its deadline (its next look), proof of death at once.
pub(crate) async fn release_dead(conn: &mut PgConnection, dead: &[Owner]) -> Result<u64, sqlx::Error> {
    let dead: Vec<String> = dead.iter().map(|owner| owner.id.clone()).collect();
    let freed = sqlx::query!(
        "with gone as (
             select id from deliveries
              where lease_owner is not null
                and (lease_owner = any($1)
                     or (state <> 'committing' and not exists (
                         select from workers
                          where owner = lease_owner and seen_at > clock_timestamp() - interval '10 s')))
                for no key update skip locked
         )
         update deliveries d
            set lease_owner = null, lease_until = null, next_action_at = clock_timestamp()
           from gone where d.id = gone.id",
        &dead
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    sqlx::query!("delete from workers where seen_at < clock_timestamp() - interval '1 day'")
        .execute(conn)
        .await?;
    Ok(freed)
}

/// Who holds leases.
pub(crate) async fn owners(conn: &mut PgConnection) -> Result<Vec<Owner>, sqlx::Error> {
    sqlx::query_as!(
        Owner,
        r#"select distinct lease_owner as "id!" from deliveries where lease_owner is not null"#
    )
    .fetch_all(conn)
    .await
}

/// Age of the oldest claimable row in milliseconds.
pub(crate) async fn oldest_ms(conn: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select (extract(epoch from clock_timestamp() - min(next_action_at)) * 1000)::bigint as "age"
             from due where next_action_at <= (select clock_timestamp())"#
    )
    .fetch_one(conn)
    .await
}
