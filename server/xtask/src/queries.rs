//! Keeps `.sqlx/` true: the answers of a real database about every checked query.
//!
//! A throw-away cluster gets the migrations; then the compiler, asking that database, writes one
//! file for each query.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files;
use crate::paths::Paths;
use crate::steps::{self, Outcome, step};

/// Writes `.sqlx/` anew.
pub(crate) fn prepare(paths: &Paths) -> Outcome {
    let fresh = ask(paths)?;
    let kept = paths.root.join(".sqlx");
    files::remove_dir(&kept)?;
    files::make_dir(&kept)?;
    for (name, bytes) in &fresh {
        files::write(&kept.join(name), bytes)?;
    }
    println!("{} queries in .sqlx/", fresh.len());
    Ok(())
}

/// Fails, naming the files, if `.sqlx/` is not what [`prepare`] would write.
pub(crate) fn check(paths: &Paths) -> Outcome {
    let differences = compare(&answers(&paths.root.join(".sqlx"))?, &ask(paths)?);
    if differences.is_empty() {
        return Ok(());
    }
    let shown = &differences[..differences.len().min(10)];
    Err(format!(
        "{} queries are not as in .sqlx/: run `cargo xtask prepare` and commit it\n{}",
        differences.len(),
        shown.join("\n")
    ))
}

/// What the queries of today are answered today.
fn ask(paths: &Paths) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let into = paths.target.join("sqlx");
    files::remove_dir(&into)?;
    files::make_dir(&into)?;
    let this = env::current_exe().map_err(|error| format!("this program has no path: {error}"))?;
    step("asking a fresh database about the queries", || {
        let mut cargo = paths.cargo();
        cargo.args(["run", "--quiet", "-p", "embedded", "--example", "throwaway", "--"]);
        steps::run(cargo.arg(this).arg("prepare-inside").arg(&into))
    })?;
    answers(&into)
}

/// The part that runs with DATABASE_URL set to an empty database and PG_BIN to its programs.
pub(crate) fn inside(paths: &Paths, into: &Path) -> Outcome {
    let variable = |name| env::var(name).map_err(|_| format!("{name} is not set"));
    let url = variable("DATABASE_URL")?;
    let psql = PathBuf::from(variable("PG_BIN")?).join("psql");
    for migration in migrations(paths)? {
        let mut command = paths.command(&psql);
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f"]);
        steps::run_quietly(command.arg(&migration).arg("-d").arg(&url))?;
    }
    // Cargo does not know that the macros look at a database.
    let domain = paths.root.join("server/domain/src/lib.rs");
    File::options()
        .append(true)
        .open(&domain)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .map_err(|error| format!("failed to touch {}: {error}", domain.display()))?;
    let mut cargo = paths.cargo();
    cargo.args(["check", "--quiet", "-p", "domain", "--all-targets"]);
    steps::run(cargo.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", into))
}

/// In the order of their numbers.
fn migrations(paths: &Paths) -> Outcome<Vec<PathBuf>> {
    let mut all = files::below(&paths.root.join("migrations"));
    all.retain(|path| is(path, "sql") && !path.file_stem().is_some_and(|stem| is(Path::new(stem), "down")));
    if all.is_empty() { Err("migrations/ holds no migration".to_owned()) } else { Ok(all) }
}

fn answers(dir: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") && is(&entry.path(), "json") {
            found.insert(name, files::read(&entry.path())?);
        }
    }
    Ok(found)
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn compare(kept: &BTreeMap<String, Vec<u8>>, fresh: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let gone =
        kept.keys().filter(|name| !fresh.contains_key(*name)).map(|name| format!("  no longer used: {name}"));
    let new = fresh.iter().filter_map(|(name, bytes)| match kept.get(name) {
        None => Some(format!("  missing: {name}")),
        Some(old) if old != bytes => Some(format!("  differs: {name}")),
        Some(_) => None,
    });
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::compare;

    #[test]
    fn every_kind_of_difference_is_named() {
        let set = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
        };
        let kept = set(&[("a", "1"), ("b", "1"), ("old", "1")]);
        let fresh = set(&[("a", "1"), ("b", "2"), ("new", "1")]);
        assert_eq!(compare(&kept, &fresh), ["  no longer used: old", "  differs: b", "  missing: new"]);
        assert!(compare(&kept, &kept).is_empty());
    }
}
