//! The house plan, held by the machine: who may import whom, and what is said where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Crates of ours that a crate of ours may import. Closed.
const OURS: [(&str, &[&str]); 18] = [
    ("model", &[]),
    ("ui", &["model"]),
    ("base", &["model", "ui", "domain"]),
    ("account", &["model", "ui", "base"]),
    ("planning", &["model", "ui", "base"]),
    ("settings", &["model", "ui", "base"]),
    ("site", &["model", "ui", "base"]),
    ("app", &["model", "ui", "base", "account", "planning", "settings", "site"]),
    ("frontend", &["app"]),
    ("publishing", &["model"]),
    ("domain", &["model", "publishing"]),
    ("adapters", &["model", "publishing", "domain"]),
    ("render", &["model"]),
    ("embedded", &[]),
    ("jobs", &["model", "publishing", "domain"]),
    ("sandbox", &[]),
    ("xtask", &[]),
    ("bindgen", &[]),
];
/// Two roots see more.
const SERVER: [&str; 10] =
    ["app", "base", "domain", "publishing", "adapters", "jobs", "model", "render", "embedded", "sandbox"];
const TESTKIT: [&str; 7] = ["domain", "publishing", "adapters", "jobs", "sandbox", "model", "embedded"];

/// Crates of others that a crate of ours must not import.
const FORBIDDEN: [(&str, &[&str]); 14] = [
    ("model", &["leptos", "tokio", "jiff", "rand", "getrandom", "axum", "reqwest"]),
    ("ui", &["leptos_router", "server_fn", "axum", "tokio", "sqlx"]),
    ("base", &["sqlx", "reqwest", "apalis", "tokio"]),
    ("account", &["sqlx", "reqwest", "axum", "tokio"]),
    ("planning", &["sqlx", "reqwest", "axum", "tokio"]),
    ("settings", &["sqlx", "reqwest", "axum", "tokio"]),
    ("site", &["sqlx", "reqwest", "axum", "tokio"]),
    ("publishing", &["tokio", "sqlx", "reqwest", "axum", "leptos"]),
    ("domain", &["leptos", "axum", "reqwest", "oauth2", "apalis"]),
    ("adapters", &["sqlx", "axum", "leptos", "apalis"]),
    ("render", &["sqlx", "reqwest", "axum", "leptos"]),
    ("jobs", &["sqlx", "reqwest", "leptos", "axum"]),
    ("testkit", &["leptos"]),
    ("embedded", &["sqlx", "redis", "leptos"]),
];

/// What the browser must never load.
const NATIVE: [&str; 7] = ["tokio", "sqlx", "reqwest", "axum", "domain", "jiff", "zxcvbn"];

#[test]
fn crates_import_what_the_house_plan_allows() {
    let metadata = metadata();
    let members: BTreeMap<&str, &Package> =
        metadata.workspace_packages().into_iter().map(|package| (package.name.as_str(), package)).collect();
    let mut allowed: BTreeMap<&str, &[&str]> = OURS.into_iter().collect();
    allowed.insert("server", &SERVER);
    allowed.insert("testkit", &TESTKIT);
    let known: BTreeSet<&str> = allowed.keys().copied().collect();
    assert_eq!(
        members.keys().copied().collect::<BTreeSet<_>>(),
        known,
        "a crate is missing in the table, or gone"
    );

    let mut trouble = Vec::new();
    for (name, package) in &members {
        for import in imports(package) {
            if members.contains_key(import.as_str()) && !allowed[name].contains(&import.as_str()) {
                trouble.push(format!("{name} must not import {import}"));
            }
        }
    }
    for (name, forbidden) in FORBIDDEN {
        for import in imports(members[name]) {
            if forbidden.contains(&import.as_str()) {
                trouble.push(format!("{name} must not import {import}"));
            }
        }
    }
    assert!(trouble.is_empty(), "{}", trouble.join("\n"));
}

#[test]
fn the_browser_loads_nothing_native() {
    #[expect(clippy::disallowed_methods, reason = "cargo is the only one who knows the tree")]
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "-p",
            "frontend",
            "--target",
            "wasm32-unknown-unknown",
            "-e",
            "normal",
            "--prefix",
            "none",
        ])
        .args(["--offline", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout);
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("leptos"), "the tree was read");
    let native: Vec<&&str> = NATIVE.iter().filter(|name| names.contains(**name)).collect();
    assert!(native.is_empty(), "the browser would load {native:?}");
}

#[test]
fn sql_is_written_in_pg_files_only() {
    let is_home = |path: &str| {
        path.ends_with("/pg.rs")
            || path.contains("/pg/")
            || path == "server/domain/src/db.rs"
            || path.starts_with("server/testkit/")
    };
    only_in("sqlx::query", is_home);
    only_in("QueryBuilder", is_home);
}

#[test]
fn the_only_http_client_is_in_adapters() {
    // The sandbox is the outside world and has a client of its own; a benchmark stands outside like a browser.
    only_in("reqwest::", |path| {
        path.starts_with("server/adapters/src/http")
            || path.starts_with("server/sandbox/")
            || path.starts_with("server/examples/")
    });
}

#[test]
fn the_queue_is_known_in_one_file() {
    only_in("use apalis", |path| path == "server/jobs/src/queue.rs");
    only_in("apalis_redis::", |path| path == "server/jobs/src/queue.rs");
}

#[test]
fn the_core_knows_no_platform_by_name() {
    let platforms = ["tiktok", "instagram", "facebook", "youtube"];
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("server/publishing/src/")) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let line = line.to_lowercase();
            assert!(!platforms.iter().any(|name| line.contains(name)), "{path}: {line}");
        }
    }
}

#[test]
fn text_areas_are_drawn_by_one_component() {
    // Leptos 0.8 does not escape what stands in one.
    only_in("<textarea", |path| path == "app/ui/src/text_area.rs");
}

/// Says where `words` stand although they belong elsewhere.
fn only_in(words: &str, is_home: impl Fn(&str) -> bool) {
    let sources = sources();
    let found = |(path, text): &(String, String)| text.contains(words).then(|| path.clone());
    let all: Vec<String> = sources.iter().filter_map(found).collect();
    assert!(
        !all.is_empty() || words == "QueryBuilder",
        "nobody writes `{words}` any more: this rule guards nothing"
    );
    let strays: Vec<&String> = all.iter().filter(|path| !is_home(path)).collect();
    assert!(strays.is_empty(), "`{words}` stands in {strays:?}");
}

/// Every source of ours outside tests, by its path from the root.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for top in ["app", "server", "frontend"] {
        walk(&root().join(top), &mut found);
    }
    found
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of ours").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "tests" && name != "target" && name != "node_modules" {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let from_root = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            found.push((from_root, std::fs::read_to_string(&path).expect("a source of ours")));
        }
    }
}

fn imports(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo describes the workspace")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}
