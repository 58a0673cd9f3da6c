//! Makes the first cluster, completely or not at all.
//!
//! It is built beside its place and renamed into it at the end, with a marker inside. So a folder
//! without marker is either a half-written one from elsewhere, which never held data and is made
//! again, or something that is not ours, which is not touched.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::find::PgBin;
use crate::place::Place;
use crate::{Error, Kind};

/// Tells that initialisation was complete. Written last.
const MARKER: &str = "daybill.complete";

/// The folders of the databases that initdb makes: template1, template0 and postgres.
const DATABASES_OF_INITDB: [&str; 3] = ["1", "4", "5"];

/// The login is no superuser, because a superuser passes every row-level rule. It becomes `app` or
/// `worker` with `set role`. One statement a line: this is fed to single-user mode.
const SQL: &str = "\
create role app nologin nosuperuser nocreatedb nocreaterole nobypassrls;
create role worker nologin nosuperuser nocreatedb nocreaterole nobypassrls;
create role daybill login nosuperuser createdb nocreaterole nobypassrls;
grant app, worker to daybill;
create database daybill owner daybill;
";

/// The data folder of `place`.
pub(crate) fn data_dir(place: &Place) -> PathBuf {
    place.dir.join("pg")
}

/// The major version that wrote the finished cluster in `data`, if there is one.
///
/// Removes a half-written cluster. Fails if the folder holds what we did not make.
pub(crate) fn existing_major(data: &Path) -> Result<Option<u32>, Error> {
    if data.join(MARKER).is_file() {
        let file = data.join("PG_VERSION");
        let text = fs::read_to_string(&file).map_err(Error::io("read", &file))?;
        return text.trim().parse().map(Some).map_err(|_| Error::NotOurs { dir: data.to_owned() });
    }
    if data.exists() {
        if !never_held_data(data) {
            return Err(Error::NotOurs { dir: data.to_owned() });
        }
        tracing::warn!(dir = %data.display(), "Making the half-written cluster in `{}` again", data.display());
        fs::remove_dir_all(data).map_err(Error::io("remove", data))?;
    }
    Ok(None)
}

/// Makes the cluster with roles and database. `data` does not exist.
pub(crate) fn make(place: &Place, pg: &PgBin, data: &Path, kind: Kind) -> Result<(), Error> {
    let fresh = data.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(Error::io("remove", &fresh))?;
    }
    place.private_dir(&fresh)?;

    let mut args: Vec<&OsStr> = vec![OsStr::new("-D"), fresh.as_os_str()];
    args.extend(["-U", "postgres", "-E", "UTF8", "--auth-local=trust", "--auth-host=reject"].map(OsStr::new));
    if pg.major >= 17 {
        args.extend(["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"].map(OsStr::new));
    } else {
        args.push(OsStr::new("--locale=C.UTF-8"));
    }
    if kind == Kind::ThrowAway {
        args.push(OsStr::new("--no-sync"));
    }
    place.run(&pg.bin.join("initdb"), &args, "")?;

    // Single-user mode goes on after an error and exits 0 unless told otherwise.
    let mut single: Vec<&OsStr> = vec![OsStr::new("--single"), OsStr::new("-D"), fresh.as_os_str()];
    single.extend(["-c", "exit_on_error=on"].map(OsStr::new));
    if kind == Kind::ThrowAway {
        single.extend(["-c", "fsync=off"].map(OsStr::new));
    }
    single.push(OsStr::new("postgres"));
    place.run(&pg.bin.join("postgres"), &single, SQL)?;

    let marker = fresh.join(MARKER);
    File::create(&marker).and_then(|file| file.sync_all()).map_err(Error::io("write", &marker))?;
    fs::rename(&fresh, data).map_err(Error::io("put in place", data))?;
    File::open(&place.dir).and_then(|dir| dir.sync_all()).map_err(Error::io("save", &place.dir))
}

/// Whether `data` holds nothing but files of initdb, and no database made by a person.
fn never_held_data(data: &Path) -> bool {
    let names = |dir: &Path| -> Vec<String> {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let is_of_initdb = |name: &String| {
        ["base", "global", "PG_VERSION"].contains(&name.as_str())
            || name.starts_with("pg_")
            || name.starts_with("postgresql.")
            || name.starts_with("postmaster.")
    };
    data.is_dir()
        && names(data).iter().all(is_of_initdb)
        && names(&data.join("pg_tblspc")).is_empty()
        && names(&data.join("base")).iter().all(|name| DATABASES_OF_INITDB.contains(&name.as_str()))
}
