-- Purpose: connected channels with their sealed tokens, stored files, posts, and the core that publishes
-- each delivery once (server/publishing/README.md; its sections are cited as §).
-- Reversal: drop what is made here, in reverse order; deliveries that are live stay live on the platforms.
-- Locks: all tables are new, nothing waits.

-- Two policies occur. `tenant` as everywhere. `worker_scan` lets the role `worker` see rows of all
-- workspaces, but only as long as it has not entered one: dispatch and reconciling need it, and a worker
-- inside a workspace is held to it like anybody else.

-- ── channels ────────────────────────────────────────────────────────────────────────────────────────

create table channels (
    id uuid not null,
    workspace_id uuid not null,
    brand_id uuid not null,
    platform text not null,
    -- The account's id on the platform; the same account connected again keeps its row.
    remote_account text not null,
    name text not null,
    handle text not null,
    avatar_url text,
    health text not null default 'connected',
    -- For people: why it is not healthy and what to do.
    health_words text,
    scopes text[] not null default '{}',
    connected_by uuid,
    connected_at timestamptz not null default now(),
    constraint channels_pkey primary key (id),
    constraint channels_in_workspace unique (workspace_id, id),
    constraint channels_account_once unique (workspace_id, brand_id, platform, remote_account),
    constraint channels_workspace foreign key (workspace_id) references workspaces (id) on delete cascade,
    constraint channels_brand foreign key (workspace_id, brand_id) references brands (workspace_id, id)
        on delete cascade,
    constraint channels_connected_by foreign key (connected_by) references users (id) on delete set null,
    constraint channels_platform_is_known check (platform in ('facebook', 'instagram', 'tiktok', 'youtube')),
    constraint channels_health_is_known check (health in ('connected', 'broken', 'disconnected'))
);
alter table channels enable row level security, force row level security;
create policy tenant on channels
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
create policy worker_scan on channels for select to worker
    using (nullif(current_setting('app.workspace_id', true), '') is null);
grant select, insert,
    update (name, handle, avatar_url, health, health_words, scopes, connected_by, connected_at)
    on channels to app;
grant select, update (health, health_words) on channels to worker;

-- The token pair of a channel (§5). Pages may write it and never read it: `app` has no right to select the
-- sealed columns. A pair is replaced whole, with the next generation.
create table channel_tokens (
    channel_id uuid not null,
    workspace_id uuid not null,
    generation integer not null,
    access_sealed bytea not null,
    refresh_sealed bytea,
    access_expires_at timestamptz not null,
    -- How long the platform said it lives; "nearly over" is a share of it.
    access_life_seconds double precision not null,
    refresh_expires_at timestamptz,
    refreshed_at timestamptz not null default now(),
    constraint channel_tokens_pkey primary key (channel_id),
    constraint channel_tokens_channel foreign key (workspace_id, channel_id)
        references channels (workspace_id, id) on delete cascade,
    constraint channel_tokens_generation_is_positive check (generation > 0),
    constraint channel_tokens_life_is_positive check (access_life_seconds > 0),
    -- Sealing adds 57 bytes (version 1, key 16, nonce 24, tag 16): an empty token, or one shorter than 16
    -- characters, never replaces a good one (§5).
    constraint channel_tokens_access_is_whole check (octet_length(access_sealed) >= 57 + 16),
    constraint channel_tokens_refresh_is_whole check (octet_length(refresh_sealed) >= 57 + 16)
);
alter table channel_tokens enable row level security, force row level security;
create policy tenant on channel_tokens
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select (channel_id, workspace_id, generation, access_expires_at, access_life_seconds,
    refresh_expires_at, refreshed_at), insert, delete,
    update (generation, access_sealed, refresh_sealed, access_expires_at, access_life_seconds,
        refresh_expires_at, refreshed_at)
    on channel_tokens to app;
grant select, update (generation, access_sealed, refresh_sealed, access_expires_at, access_life_seconds,
    refresh_expires_at, refreshed_at)
    on channel_tokens to worker;

create function guard_tokens() returns trigger
    language plpgsql
    set search_path = pg_catalog, public
as $$
begin
    if new.generation < old.generation then
        raise exception 'the generation of a token pair never goes back'
            using errcode = 'integrity_constraint_violation';
    end if;
    if old.refresh_sealed is not null and new.refresh_sealed is null then
        raise exception 'a refresh token is never replaced by nothing'
            using errcode = 'integrity_constraint_violation';
    end if;
    if new.generation = old.generation
        and (new.access_sealed <> old.access_sealed or new.refresh_sealed is distinct from old.refresh_sealed)
    then
        raise exception 'a new token pair needs a new generation'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger channel_tokens_guard before update on channel_tokens
    for each row execute function guard_tokens();

-- The intent log of refreshes: which generation was sent, and what came of it.
create table token_refreshes (
    id uuid not null,
    workspace_id uuid not null,
    channel_id uuid not null,
    generation integer not null,
    outcome text not null default 'intent',
    evidence text,
    note text,
    begun_at timestamptz not null default clock_timestamp(),
    deadline_at timestamptz not null,
    ended_at timestamptz,
    constraint token_refreshes_pkey primary key (id),
    constraint token_refreshes_channel foreign key (workspace_id, channel_id)
        references channels (workspace_id, id) on delete cascade,
    constraint token_refreshes_outcome_is_known
        check (outcome in ('intent', 'unknown', 'confirmed', 'refuted')),
    constraint token_refreshes_evidence_is_known check (evidence ~ '^E[0-9]$')
);
create unique index one_open_refresh on token_refreshes (channel_id) where outcome = 'intent';
create index token_refreshes_of_channel on token_refreshes (channel_id, generation);
alter table token_refreshes enable row level security, force row level security;
create policy tenant on token_refreshes
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select on token_refreshes to app;
grant select, insert, update (outcome, evidence, note, ended_at) on token_refreshes to worker;

-- A consent screen somebody was sent to. Used once, by the same session in the same workspace, in ten
-- minutes: taking it deletes it.
create table oauth_states (
    id uuid not null,
    workspace_id uuid not null,
    -- SHA-256 of the state in the address.
    state_hash bytea not null,
    -- No foreign key: a session that has ended cannot come back with it anyway.
    session_id uuid not null,
    brand_id uuid not null,
    platform text not null,
    redirect_uri text not null,
    verifier_sealed bytea not null,
    expires_at timestamptz not null,
    constraint oauth_states_pkey primary key (id),
    constraint oauth_states_hash_is_unique unique (state_hash),
    constraint oauth_states_hash_is_sha256 check (octet_length(state_hash) = 32),
    constraint oauth_states_brand foreign key (workspace_id, brand_id) references brands (workspace_id, id)
        on delete cascade
);
create index oauth_states_expires_at on oauth_states (workspace_id, expires_at);
alter table oauth_states enable row level security, force row level security;
create policy tenant on oauth_states
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, delete on oauth_states to app;

-- ── media ───────────────────────────────────────────────────────────────────────────────────────────

create table assets (
    id uuid not null,
    workspace_id uuid not null,
    kind text not null,
    -- As the person named it; only ever shown, never a path.
    file_name text not null,
    mime text not null,
    format text not null,
    size_bytes bigint not null,
    -- Lower-case hex. The same bytes again are the same asset.
    sha256 text not null,
    storage_key text not null,
    poster_key text,
    poster_bytes bigint,
    width integer not null,
    height integer not null,
    duration_ms bigint,
    video_codec text not null,
    audio_codec text,
    fps double precision,
    uploaded_by uuid,
    created_at timestamptz not null default now(),
    constraint assets_pkey primary key (id),
    constraint assets_in_workspace unique (workspace_id, id),
    constraint assets_bytes_once unique (workspace_id, sha256),
    constraint assets_workspace foreign key (workspace_id) references workspaces (id) on delete cascade,
    constraint assets_uploaded_by foreign key (uploaded_by) references users (id) on delete set null,
    constraint assets_kind_is_known check (kind in ('video', 'image')),
    constraint assets_is_not_empty check (size_bytes > 0),
    constraint assets_sha256_is_hex check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint assets_poster_is_whole check ((poster_key is null) = (poster_bytes is null))
);
create index assets_newest on assets (workspace_id, created_at desc);
alter table assets enable row level security, force row level security;
create policy tenant on assets
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert on assets to app;
grant select on assets to worker;

-- ── posts ───────────────────────────────────────────────────────────────────────────────────────────

create table posts (
    id uuid not null,
    workspace_id uuid not null,
    brand_id uuid not null,
    author uuid,
    state text not null,
    caption text not null,
    -- What the adapter is given (publishing::Content); the same on every try.
    content jsonb not null,
    asset_id uuid,
    -- Made by the form when it was opened: the same key again is the same post.
    request_key text not null,
    -- The wall time as meant, its zone, what that is in UTC, and by which edition of the zone rules.
    wall_date date not null,
    wall_time time not null,
    zone text not null,
    due_at timestamptz not null,
    tzdb text not null,
    -- For people, where the wall time did not exist or existed twice.
    time_note text,
    -- §2, rule 12.
    late_policy text not null default 'within',
    late_minutes integer not null default 60,
    created_at timestamptz not null default now(),
    constraint posts_pkey primary key (id),
    constraint posts_in_workspace unique (workspace_id, id),
    constraint posts_request_once unique (workspace_id, request_key),
    constraint posts_workspace foreign key (workspace_id) references workspaces (id) on delete cascade,
    constraint posts_brand foreign key (workspace_id, brand_id) references brands (workspace_id, id)
        on delete cascade,
    constraint posts_author foreign key (author) references users (id) on delete set null,
    constraint posts_asset foreign key (workspace_id, asset_id) references assets (workspace_id, id),
    constraint posts_state_is_known check (state in ('draft', 'in_review', 'approved', 'scheduled')),
    constraint posts_late_policy_is_known check (late_policy in ('within', 'hold', 'skip')),
    constraint posts_late_minutes_is_positive check (late_minutes > 0),
    constraint posts_request_key_is_short check (length(request_key) between 1 and 64)
);
create index posts_calendar on posts (workspace_id, brand_id, due_at);
alter table posts enable row level security, force row level security;
create policy tenant on posts
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert on posts to app;
grant select on posts to worker;

-- Mails about a post go to its author.
grant select (id, name, email) on users to worker;

-- ── deliveries ──────────────────────────────────────────────────────────────────────────────────────

-- One post on one channel for one occurrence (§2, rule 1).
create table deliveries (
    id uuid not null,
    workspace_id uuid not null,
    post_id uuid not null,
    channel_id uuid not null,
    -- 'once', or the local day and slot of a recurring post.
    occurrence text not null default 'once',
    state text not null default 'scheduled',
    -- When the state was entered.
    since timestamptz not null default clock_timestamp(),
    -- The fence: grows with every claim, and every write names it.
    epoch bigint not null default 0,
    lease_owner text,
    lease_until timestamptz,
    -- Null: not looked at by itself. Mirrored into `due`.
    next_action_at timestamptz,
    -- A hint is out that nobody took up yet.
    hinted_at timestamptz,
    due_at timestamptz not null,
    late_limit_at timestamptz not null,
    attempts integer not null default 0,
    looks integer not null default 0,
    reason_code text,
    reason_words text,
    -- Where the platform names the thing before it is live.
    publish_id text,
    remote_id text,
    url text,
    -- When the last irreversible call was begun.
    committed_at timestamptz,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    constraint deliveries_pkey primary key (id),
    constraint deliveries_in_workspace unique (workspace_id, id),
    constraint deliveries_once unique (post_id, channel_id, occurrence),
    -- What is live is claimed by one delivery only (§2, from unknown to a verdict).
    constraint deliveries_remote_once unique (channel_id, remote_id),
    constraint deliveries_post foreign key (workspace_id, post_id) references posts (workspace_id, id)
        on delete cascade,
    constraint deliveries_channel foreign key (workspace_id, channel_id) references channels (workspace_id, id)
        on delete cascade,
    constraint deliveries_state_is_known check (state in ('scheduled', 'preparing', 'staged', 'committing',
        'confirming', 'verifying', 'blocked', 'parked', 'missed', 'published', 'failed', 'canceled')),
    constraint deliveries_lease_is_whole check ((lease_owner is null) = (lease_until is null)),
    constraint deliveries_late_is_later check (late_limit_at > due_at)
) with (fillfactor = 80);
-- One irreversible call of a channel at a time (§2, rule 11).
create unique index one_committing_per_channel on deliveries (channel_id) where state = 'committing';
create index deliveries_calendar on deliveries (workspace_id, due_at);
create index deliveries_of_channel on deliveries (channel_id, state);
create index deliveries_hinted on deliveries (hinted_at) where hinted_at is not null;
create index deliveries_leased on deliveries (lease_owner) where lease_owner is not null;
alter table deliveries enable row level security, force row level security;
create policy tenant on deliveries
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
create policy worker_scan on deliveries to worker
    using (nullif(current_setting('app.workspace_id', true), '') is null)
    with check (nullif(current_setting('app.workspace_id', true), '') is null);
grant select, insert, update (state, since, epoch, lease_owner, lease_until, next_action_at, hinted_at,
    looks, reason_code, reason_words) on deliveries to app;
grant select, update (state, since, epoch, lease_owner, lease_until, next_action_at, hinted_at, attempts,
    looks, reason_code, reason_words, publish_id, remote_id, url, committed_at, published_at)
    on deliveries to worker;

-- The attempts log (§2, rules 4 and 5). Rows are added and ended, never taken away.
create table steps (
    id uuid not null,
    workspace_id uuid not null,
    delivery_id uuid not null,
    -- 0 is the post itself; comments and further parts count from 1.
    part integer not null,
    seq integer not null,
    kind text not null,
    -- Which one of several of a kind.
    idx integer not null,
    words text not null,
    irreversible boolean not null,
    outcome text not null default 'intent',
    evidence text,
    note text,
    ids jsonb not null default '{}',
    -- Sealed JSON of bearer addresses and the like.
    secrets bytea,
    -- An array: the call, and later looks that changed the verdict.
    log jsonb not null default '[]',
    owner text not null,
    epoch bigint not null,
    begun_at timestamptz not null default clock_timestamp(),
    deadline_at timestamptz not null,
    ended_at timestamptz,
    expires_at timestamptz,
    constraint steps_pkey primary key (id),
    constraint steps_in_order unique (delivery_id, part, seq),
    constraint steps_delivery foreign key (workspace_id, delivery_id)
        references deliveries (workspace_id, id) on delete cascade,
    constraint steps_outcome_is_known check (outcome in ('intent', 'unknown', 'confirmed', 'refuted')),
    constraint steps_evidence_is_known check (evidence ~ '^E[0-9]$'),
    constraint steps_log_is_a_list check (jsonb_typeof(log) = 'array'),
    constraint steps_ids_is_a_map check (jsonb_typeof(ids) = 'object')
) with (fillfactor = 80);
-- A second irreversible call while the first is not refuted cannot even be intended (§2, rule 4).
create unique index one_live_irreversible on steps (delivery_id, part)
    where irreversible and outcome in ('intent', 'unknown', 'confirmed');
alter table steps enable row level security, force row level security;
create policy tenant on steps
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select (id, workspace_id, delivery_id, part, seq, kind, idx, words, irreversible, outcome, evidence,
    note, ids, log, owner, epoch, begun_at, deadline_at, ended_at, expires_at),
    update (outcome, note, ended_at) on steps to app;
grant select, insert, update (outcome, evidence, note, ids, secrets, log, ended_at, expires_at)
    on steps to worker;

create function guard_steps() returns trigger
    language plpgsql
    set search_path = pg_catalog, public
as $$
begin
    if old.outcome = 'refuted' and new.outcome <> 'refuted' then
        raise exception 'step % is refuted and stays so', old.id
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
create trigger steps_guard before update of outcome on steps
    for each row execute function guard_steps();

-- The history of a delivery, written by trigger: no path can forget it.
create table state_changes (
    workspace_id uuid not null,
    delivery_id uuid not null,
    seq bigint not null generated always as identity,
    at timestamptz not null default clock_timestamp(),
    state text not null,
    reason_code text,
    reason_words text,
    constraint state_changes_pkey primary key (delivery_id, seq),
    constraint state_changes_delivery foreign key (workspace_id, delivery_id)
        references deliveries (workspace_id, id) on delete cascade
);
alter table state_changes enable row level security, force row level security;
create policy tenant on state_changes
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert on state_changes to app, worker;

-- Only what has something to do, and only what a claim reads (§2, rule 14).
create table due (
    delivery_id uuid not null,
    workspace_id uuid not null,
    channel_id uuid not null,
    next_action_at timestamptz not null,
    constraint due_pkey primary key (delivery_id),
    constraint due_delivery foreign key (workspace_id, delivery_id)
        references deliveries (workspace_id, id) on delete cascade
) with (fillfactor = 80);
create index due_next on due (next_action_at);
alter table due enable row level security, force row level security;
create policy tenant on due
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
create policy worker_scan on due to worker
    using (nullif(current_setting('app.workspace_id', true), '') is null)
    with check (nullif(current_setting('app.workspace_id', true), '') is null);
grant select, insert, delete, update (next_action_at) on due to app, worker;

-- §3, the same table as publishing::machine::may_go; a test compares all pairs. Staying is no transition.
create function may_go(from_state text, to_state text) returns boolean
    language sql
    immutable
as $$
select case from_state
    when 'scheduled' then to_state in ('preparing', 'blocked', 'missed', 'canceled')
    when 'preparing' then to_state in ('scheduled', 'staged', 'failed', 'blocked', 'missed', 'canceled')
    when 'staged' then to_state in ('scheduled', 'committing', 'blocked', 'missed', 'canceled')
    when 'committing' then
        to_state in ('published', 'confirming', 'staged', 'failed', 'blocked', 'verifying')
    when 'confirming' then to_state in ('published', 'failed', 'scheduled', 'blocked', 'verifying')
    when 'verifying' then
        to_state in ('published', 'confirming', 'staged', 'scheduled', 'failed', 'parked')
    when 'blocked' then to_state in ('scheduled', 'missed', 'canceled')
    when 'parked' then to_state in ('published', 'staged', 'failed', 'canceled')
    when 'missed' then to_state in ('scheduled', 'canceled')
    when 'failed' then to_state = 'scheduled'
    else false
end
$$;

-- What no code path, button or second dispatcher gets around (§2).
create function guard() returns trigger
    language plpgsql
    set search_path = pg_catalog, public
as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'scheduled' then
            raise exception 'PC001: a delivery begins as scheduled, not as %', new.state using errcode = 'PC001';
        end if;
        return new;
    end if;
    if new.epoch < old.epoch then
        raise exception 'PC005: the epoch of delivery % goes back from % to %', old.id, old.epoch, new.epoch
            using errcode = 'PC005';
    end if;
    if new.state = old.state then
        return new;
    end if;
    if not may_go(old.state, new.state) then
        raise exception 'PC001: delivery % may not go from % to %', old.id, old.state, new.state
            using errcode = 'PC001';
    end if;
    if new.state in ('scheduled', 'preparing', 'staged', 'blocked', 'missed', 'failed', 'canceled')
        and exists (select from steps where delivery_id = new.id and irreversible
            and outcome in ('intent', 'unknown'))
    then
        raise exception 'PC002: delivery % has an open irreversible step and may not become %', old.id, new.state
            using errcode = 'PC002';
    end if;
    if new.state not in ('confirming', 'published')
        and exists (select from steps where delivery_id = new.id and part = 0 and irreversible
            and outcome = 'confirmed')
    then
        raise exception 'PC003: delivery % is with the platform and may not become %', old.id, new.state
            using errcode = 'PC003';
    end if;
    if new.state = 'published' and new.remote_id is null and new.publish_id is null then
        raise exception 'PC004: delivery % cannot be published without an id', old.id using errcode = 'PC004';
    end if;
    return new;
end
$$;
create trigger deliveries_guard before insert or update on deliveries
    for each row execute function guard();

create function mirror_due() returns trigger
    language plpgsql
    set search_path = pg_catalog, public
as $$
begin
    if new.next_action_at is null then
        delete from due where delivery_id = new.id;
    else
        insert into due (delivery_id, workspace_id, channel_id, next_action_at)
        values (new.id, new.workspace_id, new.channel_id, new.next_action_at)
        on conflict on constraint due_pkey do update set next_action_at = excluded.next_action_at;
    end if;
    return null;
end
$$;
create trigger deliveries_due after insert or update of next_action_at on deliveries
    for each row execute function mirror_due();

-- The history, and word to whoever watches (`changes`: workspace, post, delivery).
create function tell_change() returns trigger
    language plpgsql
    set search_path = pg_catalog, public
as $$
begin
    if tg_op = 'INSERT' or new.state <> old.state then
        insert into state_changes (workspace_id, delivery_id, state, reason_code, reason_words)
        values (new.workspace_id, new.id, new.state, new.reason_code, new.reason_words);
    elsif new.reason_words is not distinct from old.reason_words then
        return null;
    end if;
    perform pg_notify('changes', new.workspace_id || ' ' || new.post_id || ' ' || new.id);
    return null;
end
$$;
create trigger deliveries_told after insert or update of state, reason_words on deliveries
    for each row execute function tell_change();

-- Processes that publish, by their last sign of life. Belongs to no workspace.
create table workers (
    owner text not null,
    seen_at timestamptz not null,
    constraint workers_pkey primary key (owner)
) with (fillfactor = 50);
grant select, insert, update (seen_at), delete on workers to worker;

-- Publishing stopped by an operator (§2, rule 10), read in the transaction that writes the intent.
-- Keys: '' for global, the platform's word, or the id of the workspace or channel as text.
create table kill_switches (
    scope text not null,
    key text not null default '',
    -- For people: why.
    words text not null,
    set_at timestamptz not null default now(),
    constraint kill_switches_pkey primary key (scope, key),
    constraint kill_switches_scope_is_known check (scope in ('global', 'platform', 'workspace', 'channel'))
);
grant select on kill_switches to app, worker;
