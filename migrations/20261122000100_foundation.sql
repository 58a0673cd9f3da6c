-- Purpose: people and how they sign in, workspaces and who belongs to them, brands, the keys that seal
-- secrets, the audit trail, work for later, and kept mails. Row-level security from the first row on.
-- Reversal: none; this is the beginning. Drop the database instead.
-- Locks: all tables are new, nothing waits.

-- The roles belong to the cluster, not to this database, and making roles needs rights that the login
-- of the product does not have. So the set-up of the cluster makes them and this only looks.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['app', 'worker'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            raise exception 'the database role "%" is missing', wanted
                using hint = format('As a superuser: create role %I nologin; grant %I to %I;',
                                    wanted, wanted, session_user);
        end if;
        if not pg_has_role(session_user, wanted, 'member') then
            raise exception 'the login "%" may not become the role "%"', session_user, wanted
                using hint = format('As a superuser: grant %I to %I;', wanted, session_user);
        end if;
        if exists (select from pg_roles where rolname = wanted and (rolsuper or rolbypassrls)) then
            raise exception 'the role "%" passes row-level security and must not', wanted
                using hint = format('As a superuser: alter role %I nosuperuser nobypassrls;', wanted);
        end if;
    end loop;
end
$$;

grant usage on schema public to app, worker;

-- Shared by all append-only tables: a trigger each for update or delete (per row) and truncate.
create function refuse_change() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    raise exception 'rows of "%" are written once and never changed', tg_table_name
        using errcode = 'integrity_constraint_violation';
end
$$;

-- ── this installation ───────────────────────────────────────────────────────────────────────────────

-- Changes when a backup is restored into a new database; publishing then starts paused.
create table instance (
    is_only boolean not null default true,
    incarnation uuid not null default gen_random_uuid(),
    created_at timestamptz not null default now(),
    constraint instance_pkey primary key (is_only),
    constraint instance_is_one_row check (is_only)
);
insert into instance default values;
grant select on instance to app, worker;

-- ── people ──────────────────────────────────────────────────────────────────────────────────────────

create table users (
    id uuid not null,
    -- Trimmed and in lower case: two spellings of one address are one account.
    email text not null,
    name text not null,
    verified_at timestamptz,
    -- Where the next sign-in begins. No column `workspace_id`: a person belongs to no workspace.
    last_workspace_id uuid,
    last_brand_id uuid,
    created_at timestamptz not null,
    constraint users_pkey primary key (id),
    constraint users_email_is_taken unique (email),
    constraint users_email_is_normal check (email = lower(btrim(email))),
    constraint users_last_place_is_whole check ((last_workspace_id is null) = (last_brand_id is null))
);
grant select, insert, update (name, verified_at, last_workspace_id, last_brand_id) on users to app;

-- Apart from `users`, so that no query over people can drag hashes along.
create table password_hashes (
    user_id uuid not null,
    -- Argon2id over the peppered password, as PHC string.
    phc text not null,
    -- Which pepper went in.
    pepper_id text not null,
    set_at timestamptz not null,
    constraint password_hashes_pkey primary key (user_id),
    constraint password_hashes_user foreign key (user_id) references users (id) on delete cascade
);
grant select, insert, update (phc, pepper_id, set_at) on password_hashes to app;

-- A link confirms exactly the sign-up it was mailed for. So name and password wait here: else somebody
-- who signs up with a stranger's address could have that stranger's click confirm their own password.
create table email_verifications (
    -- SHA-256 of the 32 random bytes in the link.
    token_hash bytea not null,
    user_id uuid not null,
    name text not null,
    phc text not null,
    pepper_id text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint email_verifications_pkey primary key (token_hash),
    constraint email_verifications_user foreign key (user_id) references users (id) on delete cascade,
    constraint email_verifications_hash_is_sha256 check (octet_length(token_hash) = 32)
);
create index email_verifications_user_id on email_verifications (user_id, created_at);
grant select, insert, update (used_at), delete on email_verifications to app;

create table sessions (
    id uuid not null,
    -- SHA-256 of the 256-bit token in the cookie.
    token_hash bytea not null,
    user_id uuid not null,
    -- The place in use. Rights are read from `memberships` at each request, not from here.
    current_workspace_id uuid,
    current_brand_id uuid,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    ends_at timestamptz not null,
    ip_prefix text,
    user_agent text,
    constraint sessions_pkey primary key (id),
    constraint sessions_token_hash_is_unique unique (token_hash),
    constraint sessions_user foreign key (user_id) references users (id) on delete cascade,
    constraint sessions_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint sessions_place_is_whole check ((current_workspace_id is null) = (current_brand_id is null))
);
create index sessions_user_id on sessions (user_id);
create index sessions_ends_at on sessions (ends_at);
grant select, insert, update (current_workspace_id, current_brand_id, last_seen_at), delete on sessions to app;

-- Tries per address, also of addresses that nobody has: otherwise the limit would tell them apart.
create table sign_in_throttle (
    -- SHA-256 of the address; the address itself need not be kept.
    email_hash bytea not null,
    tries integer not null,
    first_try_at timestamptz not null,
    last_try_at timestamptz not null,
    blocked_until timestamptz not null,
    constraint sign_in_throttle_pkey primary key (email_hash),
    constraint sign_in_throttle_hash_is_sha256 check (octet_length(email_hash) = 32)
);
create index sign_in_throttle_last_try_at on sign_in_throttle (last_try_at);
grant select, insert, update, delete on sign_in_throttle to app;

-- ── workspaces ──────────────────────────────────────────────────────────────────────────────────────
-- Every table of a workspace: column workspace_id in each key, security enabled and forced, the policy
-- `tenant` (for `workspaces` itself over `id`). Unset means null, and null sees nothing.

create table workspaces (
    id uuid not null,
    name text not null,
    created_by uuid,
    created_at timestamptz not null,
    constraint workspaces_pkey primary key (id),
    constraint workspaces_created_by foreign key (created_by) references users (id) on delete set null
);
alter table workspaces enable row level security, force row level security;
create policy tenant on workspaces
    using (id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update (name) on workspaces to app;
grant select on workspaces to worker;

create table memberships (
    workspace_id uuid not null,
    user_id uuid not null,
    role text not null,
    created_at timestamptz not null,
    constraint memberships_pkey primary key (workspace_id, user_id),
    constraint memberships_workspace foreign key (workspace_id) references workspaces (id) on delete cascade,
    constraint memberships_user foreign key (user_id) references users (id) on delete cascade,
    constraint memberships_role_is_known
        check (role in ('owner', 'admin', 'editor', 'contributor', 'viewer'))
);
create index memberships_user_id on memberships (user_id);
alter table memberships enable row level security, force row level security;
create policy tenant on memberships
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update (role), delete on memberships to app;
grant select on memberships to worker;

create table brands (
    workspace_id uuid not null,
    id uuid not null,
    name text not null,
    -- IANA name; posts are planned in it.
    zone text not null,
    created_at timestamptz not null,
    constraint brands_pkey primary key (workspace_id, id),
    constraint brands_workspace foreign key (workspace_id) references workspaces (id) on delete cascade
);
alter table brands enable row level security, force row level security;
create policy tenant on brands
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update (name, zone) on brands to app;
grant select on brands to worker;

alter table users
    add constraint users_last_place foreign key (last_workspace_id, last_brand_id)
        references brands (workspace_id, id) on delete set null;
alter table sessions
    add constraint sessions_place foreign key (current_workspace_id, current_brand_id)
        references brands (workspace_id, id) on delete set null;

-- ── secrets ─────────────────────────────────────────────────────────────────────────────────────────

-- The key of a workspace, wrapped by the key of the installation. Without its row nothing that was
-- sealed with it can be read again.
create table workspace_keys (
    workspace_id uuid not null,
    id uuid not null,
    -- Names the wrapping key without telling anything of it.
    kek_id text not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    -- Set when another key has taken over: still opens, seals no more.
    retired_at timestamptz,
    constraint workspace_keys_pkey primary key (workspace_id, id),
    constraint workspace_keys_workspace foreign key (workspace_id) references workspaces (id) on delete cascade
);
create unique index workspace_keys_one_seals on workspace_keys (workspace_id) where retired_at is null;
alter table workspace_keys enable row level security, force row level security;
create policy tenant on workspace_keys
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert on workspace_keys to app, worker;

-- ── audit ───────────────────────────────────────────────────────────────────────────────────────────

-- hash = SHA-256(prev ‖ canonical JSON of the other columns): a change, a gap or a swap shows.
create table audit_entries (
    workspace_id uuid not null,
    seq bigint not null,
    at timestamptz not null,
    -- No foreign key: the trail outlives the account.
    actor uuid,
    what text not null,
    object text not null,
    facts jsonb not null,
    prev bytea not null,
    hash bytea not null,
    constraint audit_entries_pkey primary key (workspace_id, seq),
    constraint audit_entries_hash_is_sha256 check (octet_length(prev) = 32 and octet_length(hash) = 32)
);
alter table audit_entries enable row level security, force row level security;
create policy tenant on audit_entries
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
create trigger audit_entries_append_only before update or delete on audit_entries
    for each row execute function refuse_change();
create trigger audit_entries_no_truncate before truncate on audit_entries
    for each statement execute function refuse_change();
grant select, insert on audit_entries to app, worker;

-- The end of each chain: its row lock puts appends in order, and a missing tail shows.
create table audit_heads (
    workspace_id uuid not null,
    seq bigint not null,
    hash bytea not null,
    constraint audit_heads_pkey primary key (workspace_id),
    constraint audit_heads_hash_is_sha256 check (octet_length(hash) = 32)
);
alter table audit_heads enable row level security, force row level security;
create policy tenant on audit_heads
    using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
    with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update (seq, hash) on audit_heads to app, worker;

-- ── work for later ──────────────────────────────────────────────────────────────────────────────────

-- Written in the transaction of the use case, read by relays. Belongs to no workspace: ids only, except
-- mails, whose payload is emptied once they are out.
create table outbox (
    id uuid not null,
    topic text not null,
    -- Doing the same thing twice writes one row.
    key text not null,
    payload jsonb not null,
    created_at timestamptz not null,
    next_at timestamptz not null,
    tries integer not null default 0,
    done_at timestamptz,
    -- What the last try ran into, in words.
    trouble text,
    constraint outbox_pkey primary key (id),
    constraint outbox_key_is_unique unique (key)
);
create index outbox_due on outbox (topic, next_at) where done_at is null;
grant select (id, topic, key, done_at), insert on outbox to app;
grant select, insert, update (payload, next_at, tries, done_at, trouble) on outbox to worker;

-- Where mails stay readable when no mail server is set (`/sandbox/mail`).
create table mails (
    -- The id of the outbox row: keeping a mail twice keeps it once.
    id uuid not null,
    to_address text not null,
    kind text not null,
    subject text not null,
    body text not null,
    sent_at timestamptz not null,
    constraint mails_pkey primary key (id)
);
create index mails_sent_at on mails (sent_at);
grant select, insert on mails to worker;
