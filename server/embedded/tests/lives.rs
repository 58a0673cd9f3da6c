//! Real servers on folders of their own: begin, end, crash, and begin again.

#![expect(clippy::disallowed_methods, reason = "starts programs and waits for them by the real clock")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use embedded::{Error, Kind, Postgres, Redis};

fn psql(postgres: &Postgres, sql: &str) -> String {
    let answer = Command::new(postgres.bin_dir().join("psql"))
        .args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, &postgres.url("daybill")])
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

/// A folder that the servers' unprivileged user can reach, as `var` is.
fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

fn pid_in(file: &Path) -> Option<u32> {
    fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn within(limit: Duration, done: impl Fn() -> bool) -> bool {
    let until = Instant::now() + limit;
    while Instant::now() < until {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

#[tokio::test]
async fn data_survives_a_restart() {
    let dir = folder();
    let postgres = Postgres::start(dir.path(), Kind::Durable).await.unwrap();
    psql(&postgres, "create table notes (body text); insert into notes values ('kept')");
    assert_eq!(psql(&postgres, "show fsync"), "on");
    let server = pid_in(&dir.path().join("pg/postmaster.pid")).unwrap();
    postgres.stop().await;
    assert!(!is_alive(server), "stopped, but process {server} still runs");

    let postgres = Postgres::start(dir.path(), Kind::Durable).await.unwrap();
    assert_eq!(psql(&postgres, "select body from notes"), "kept");
    assert!(postgres.version() >= 15);
    postgres.stop().await;
}

#[tokio::test]
async fn the_login_is_no_superuser_and_becomes_app_or_worker() {
    let dir = folder();
    let postgres = Postgres::start(dir.path(), Kind::ThrowAway).await.unwrap();
    assert_eq!(
        psql(
            &postgres,
            "select string_agg(concat_ws(' ', rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb), ', ' order by rolname)
             from pg_roles where rolname in ('app', 'daybill', 'worker')"
        ),
        "app f f f f, daybill t f f t, worker f f f f"
    );
    assert_eq!(
        psql(&postgres, "set role worker; reset role; set role app; select current_user"),
        "SET\nRESET\nSET\napp"
    );
    assert_eq!(
        psql(&postgres, "select current_user || ' ' || current_setting('listen_addresses')"),
        "daybill"
    );
    // Upper and lower case of other alphabets need a locale, not just UTF-8.
    assert_eq!(psql(&postgres, "select upper('ä')"), "Ä");
    postgres.stop().await;
}

#[tokio::test]
async fn a_second_start_on_the_same_folder_is_refused_and_names_the_process() {
    let dir = folder();
    let postgres = Postgres::start(dir.path(), Kind::ThrowAway).await.unwrap();
    let refused = Postgres::start(dir.path(), Kind::ThrowAway).await.err().unwrap();
    assert!(
        matches!(&refused, Error::Busy { pid, .. } if *pid == std::process::id().to_string()),
        "{refused}"
    );
    postgres.stop().await;
    Postgres::start(dir.path(), Kind::ThrowAway).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_half_written_cluster_is_made_again() {
    let dir = folder();
    // As a copy that was cut short leaves it: files of initdb, no marker, no database of a person.
    let data = dir.path().join("pg");
    fs::create_dir_all(data.join("base/1")).unwrap();
    fs::write(data.join("PG_VERSION"), "15\n").unwrap();
    // As a killed initdb leaves it.
    fs::create_dir_all(dir.path().join("pg.new/global")).unwrap();
    let postgres = Postgres::start(dir.path(), Kind::ThrowAway).await.unwrap();
    assert_eq!(psql(&postgres, "select 1"), "1");
    postgres.stop().await;
}

#[tokio::test]
async fn a_cluster_that_may_hold_data_is_never_touched() {
    let dir = folder();
    let postgres = Postgres::start(dir.path(), Kind::ThrowAway).await.unwrap();
    postgres.stop().await;
    fs::remove_file(dir.path().join("pg/daybill.complete")).unwrap();
    let refused = Postgres::start(dir.path(), Kind::ThrowAway).await.err().unwrap();
    assert!(matches!(refused, Error::NotOurs { .. }), "{refused}");
    assert!(dir.path().join("pg/PG_VERSION").exists());

    let photos = folder();
    fs::create_dir(photos.path().join("pg")).unwrap();
    fs::write(photos.path().join("pg/cat.jpg"), "meow").unwrap();
    let refused = Postgres::start(photos.path(), Kind::ThrowAway).await.err().unwrap();
    assert!(matches!(refused, Error::NotOurs { .. }), "{refused}");
    assert!(photos.path().join("pg/cat.jpg").exists());
}

#[tokio::test]
async fn a_folder_too_deep_for_a_socket_gets_a_short_one() {
    let dir = folder();
    let deep = dir.path().join("a-long-name-for-a-folder/".repeat(6));
    let postgres = Postgres::start(&deep, Kind::ThrowAway).await.unwrap();
    assert!(postgres.socket_dir().as_os_str().len() < 90);
    assert_eq!(psql(&postgres, "select 1"), "1");
    let redis = Redis::start(&deep).await.unwrap();
    redis.stop().await;
    postgres.stop().await;
}

#[tokio::test]
async fn a_folder_that_only_we_can_reach_works_too() {
    // tempfile makes it 0700 for this user; under root the servers run as another one.
    let dir = tempfile::tempdir().unwrap();
    let postgres = Postgres::start(dir.path(), Kind::ThrowAway).await.unwrap();
    let redis = Redis::start(dir.path()).await.unwrap();
    assert_eq!(psql(&postgres, "select 1"), "1");
    let elsewhere = postgres.socket_dir().to_owned();
    redis.stop().await;
    postgres.stop().await;
    drop(dir);
    assert!(!elsewhere.exists(), "{} was left behind", elsewhere.display());
}

#[tokio::test]
async fn redis_forgets_nothing_silently_and_writes_nothing() {
    let dir = folder();
    let redis = Redis::start(dir.path()).await.unwrap();
    assert!(redis.url().starts_with("redis+unix:///"), "{}", redis.url());
    assert_eq!(ask_redis(&redis, "config get maxmemory-policy").last().unwrap(), "noeviction");
    assert_eq!(ask_redis(&redis, "config get save").last().unwrap(), "");
    assert_eq!(ask_redis(&redis, "config get port").last().unwrap(), "0");
    assert!(matches!(Redis::start(dir.path()).await.err().unwrap(), Error::Busy { .. }));
    redis.stop().await;
    Redis::start(dir.path()).await.unwrap().stop().await;
}

/// Speaks the inline form of the protocol; the answer's lines without its length marks.
fn ask_redis(redis: &Redis, command: &str) -> Vec<String> {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixStream;

    let url = redis.url();
    let mut stream = UnixStream::connect(url.strip_prefix("redis+unix://").unwrap()).unwrap();
    write!(stream, "{command}\r\nquit\r\n").unwrap();
    let lines: Vec<String> = BufReader::new(stream).lines().map_while(Result::ok).collect();
    lines.into_iter().filter(|line| !line.starts_with(['*', '$']) && line != "+OK").collect()
}

/// The parent of the next test, as a process of its own: starts both services and waits to be killed.
#[tokio::test]
#[ignore = "a part of `nothing_outlives_a_killed_parent`, which starts it"]
async fn parent_to_be_killed() {
    let Some(dir) = env::var_os("EMBEDDED_TEST_DIR") else { return };
    let dir = Path::new(&dir);
    let _postgres = Postgres::start(dir, Kind::Durable).await.unwrap();
    let _redis = Redis::start(dir).await.unwrap();
    fs::write(dir.join("ready"), "").unwrap();
    tokio::time::sleep(Duration::from_mins(2)).await;
}

fn parent(dir: &Path) -> Child {
    let parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "parent_to_be_killed", "--ignored"])
        .env("EMBEDDED_TEST_DIR", dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(within(Duration::from_mins(1), || dir.join("ready").exists()), "the parent did not get ready");
    parent
}

#[tokio::test]
async fn nothing_outlives_a_killed_parent() {
    let dir = folder();
    let mut parent = parent(dir.path());
    let postgres = pid_in(&dir.path().join("pg/postmaster.pid")).unwrap();
    let redis = pid_in(&dir.path().join("redis/redis.pid")).unwrap();
    assert!(is_alive(postgres) && is_alive(redis));

    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(within(Duration::from_secs(15), || !is_alive(postgres)), "PostgreSQL outlived its parent");
    assert!(within(Duration::from_secs(15), || !is_alive(redis)), "Redis outlived its parent");
}

#[tokio::test]
async fn a_start_right_after_a_kill_waits_for_the_old_servers() {
    let dir = folder();
    let mut parent = parent(dir.path());
    parent.kill().unwrap();
    parent.wait().unwrap();
    let postgres = Postgres::start(dir.path(), Kind::Durable).await.unwrap();
    let redis = Redis::start(dir.path()).await.unwrap();
    assert_eq!(psql(&postgres, "select 1"), "1");
    redis.stop().await;
    postgres.stop().await;
}
