//! Everything the browser loads: style sheet, wasm with its JavaScript, fonts and static files.
//!
//! All of it lies under `/pkg/` with the content's hash in the name, so that it can be cached for
//! ever. `manifest.json` says which names are current.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files;
use crate::paths::Paths;
use crate::steps::{self, Outcome, step};
use crate::wasm;

/// What a browser may have to load before a page is awake: style sheet, JavaScript and wasm, packed by brotli.
/// Above it, pages wait for the line; `#[lazy]` routes per area are the way out then.
const FIRST_LOAD_BYTES: u64 = 450_000;

/// How hard to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quality {
    /// For one's own machine.
    Quick,
    /// For releases and the browser journeys.
    Best,
}

/// The current addresses. `files` holds what lies in `style/static`, by its own name.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    css: String,
    js: String,
    wasm: String,
    files: BTreeMap<String, String>,
}

/// Builds the site into [`Paths::site`], unless nothing changed since the last time.
pub(crate) fn build(paths: &Paths, quality: Quality) -> Outcome {
    let stamp_file = paths.target.join("site.stamp");
    let stamp = stamp(paths)?;
    if is_fresh(&fs::read_to_string(&stamp_file).unwrap_or_default(), &stamp, quality)
        && paths.site().join("manifest.json").is_file()
    {
        return Ok(());
    }
    let css = step("building the style sheet", || style_sheet(paths))?;
    let bound = wasm::build(paths, quality)?;
    let manifest = step("writing the site", || assemble(paths, quality, css, &bound))?;
    if quality == Quality::Best {
        weigh(paths, &manifest)?;
    }
    files::write(&stamp_file, format!("{stamp} {quality:?}").as_bytes())
}

/// Better compression than asked for is fine.
fn is_fresh(written: &str, stamp: &str, quality: Quality) -> bool {
    match written.split_once(' ') {
        Some((found, "Best")) => found == stamp,
        Some((found, "Quick")) => found == stamp && quality == Quality::Quick,
        _ => false,
    }
}

fn stamp(paths: &Paths) -> Outcome<String> {
    let inputs =
        ["app", "frontend", "style", "Cargo.lock", "Cargo.toml", ".cargo/config.toml", "rust-toolchain.toml"];
    let inputs: Vec<PathBuf> = inputs.iter().map(|name| paths.root.join(name)).collect();
    let rustc = steps::read(paths.command("rustc").arg("--version"))?;
    Ok(files::hash(format!("{} {rustc}", files::stamp(&inputs)).as_bytes()))
}

fn style_sheet(paths: &Paths) -> Outcome<String> {
    let style = paths.root.join("style");
    let out = paths.target.join("tmp/app.css");
    files::make_dir(&paths.target.join("tmp"))?;
    steps::run_quietly(
        paths
            .command(style.join("node_modules/.bin/tailwindcss"))
            .args(["--input", "main.css", "--minify", "--output"])
            .arg(&out)
            .current_dir(&style),
    )?;
    String::from_utf8(files::read(&out)?).map_err(|error| format!("{} is no text: {error}", out.display()))
}

fn assemble(paths: &Paths, quality: Quality, mut css: String, bound: &Path) -> Outcome<Manifest> {
    let mut shelf = Shelf { pkg: paths.site().join("pkg"), quality, kept: BTreeSet::new() };
    let style = paths.root.join("style");
    let mut manifest = Manifest::default();

    for (source, name) in fonts(&String::from_utf8_lossy(&files::read(&style.join("fonts.txt"))?))? {
        let plain = format!("/pkg/fonts/{name}");
        let hashed = shelf.put(&format!("fonts/{name}"), &files::read(&style.join(source))?)?;
        if !css.contains(&plain) {
            return Err(format!("fonts.txt names {name}, but the style sheet does not use {plain}"));
        }
        css = css.replace(&plain, &hashed);
    }
    let folder = style.join("static");
    for file in files::below(&folder) {
        let name = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().into_owned();
        let address = shelf.put(&name, &files::read(&file)?)?;
        manifest.files.insert(name, address);
    }
    // Modules that wasm-bindgen found in dependencies; `app.js` imports them by these very names,
    // which carry a hash of their own.
    let snippets = bound.join("snippets");
    for file in files::below(&snippets) {
        let name = file.strip_prefix(bound).unwrap_or(&file).to_string_lossy().into_owned();
        shelf.put_as(&name, &files::read(&file)?)?;
    }
    manifest.css = shelf.put("app.css", css.as_bytes())?;
    manifest.js = shelf.put("app.js", &files::read(&bound.join("app.js"))?)?;
    manifest.wasm = shelf.put("app.wasm", &files::read(&bound.join("app_bg.wasm"))?)?;

    let text = serde_json::to_string_pretty(&manifest).map_err(|error| error.to_string())?;
    files::write(&paths.site().join("manifest.json"), text.as_bytes())?;
    shelf.clear_old()?;
    Ok(manifest)
}

/// Tells what the first load weighs, and refuses one that is too heavy.
fn weigh(paths: &Paths, manifest: &Manifest) -> Outcome {
    let mut parts = Vec::new();
    for (what, address) in [("css", &manifest.css), ("js", &manifest.js), ("wasm", &manifest.wasm)] {
        let file = paths.site().join(format!("{}.br", address.trim_start_matches('/')));
        let facts = fs::metadata(&file).map_err(|error| format!("no {}: {error}", file.display()))?;
        parts.push((what, facts.len()));
    }
    eprintln!("  {}", weighed(&parts)?);
    Ok(())
}

/// One line with all weights; an error if they are too much together.
fn weighed(parts: &[(&str, u64)]) -> Outcome<String> {
    let kilobytes = |bytes: u64| format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100);
    let total: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let each: Vec<String> =
        parts.iter().map(|(what, bytes)| format!("{what} {}", kilobytes(*bytes))).collect();
    let line = format!("first load (brotli): {} · together {}", each.join(" · "), kilobytes(total));
    if total > FIRST_LOAD_BYTES {
        return Err(format!("{line}, but at most {} is allowed", kilobytes(FIRST_LOAD_BYTES)));
    }
    Ok(line)
}

/// The folder behind `/pkg/`.
struct Shelf {
    pkg: PathBuf,
    quality: Quality,
    kept: BTreeSet<PathBuf>,
}

impl Shelf {
    /// Stores a file under a hashed name and returns its address.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Outcome<String> {
        self.put_as(&files::hashed_name(name, bytes), bytes)
    }

    fn put_as(&mut self, name: &str, bytes: &[u8]) -> Outcome<String> {
        let path = self.pkg.join(name);
        files::write_compressed(&path, bytes, self.quality)?;
        self.kept.insert(path);
        Ok(format!("/pkg/{name}"))
    }

    /// Removes what earlier builds left. Last, so that a running program always finds its files
    /// until the new manifest is there.
    fn clear_old(&self) -> Outcome {
        for file in files::below(&self.pkg) {
            let mut plain = file.clone();
            if plain.extension().is_some_and(|ending| ending == "br" || ending == "gz") {
                plain.set_extension("");
            }
            if !self.kept.contains(&plain) {
                fs::remove_file(&file)
                    .map_err(|error| format!("failed to remove {}: {error}", file.display()))?;
            }
        }
        Ok(())
    }
}

/// Lines of `fonts.txt`: where the file lies below `style/`, and the name that the style sheet uses.
fn fonts(list: &str) -> Outcome<Vec<(&str, &str)>> {
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').ok_or_else(|| format!("fonts.txt: no name in `{line}`")))
        .map(|pair| pair.map(|(source, name)| (source, name.trim())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FIRST_LOAD_BYTES, Manifest, Quality, fonts, is_fresh, weighed};

    #[test]
    fn a_quick_site_is_not_good_enough_for_the_journeys() {
        assert!(is_fresh("abc Best", "abc", Quality::Quick));
        assert!(is_fresh("abc Quick", "abc", Quality::Quick));
        assert!(!is_fresh("abc Quick", "abc", Quality::Best));
        assert!(!is_fresh("abc Best", "abd", Quality::Best));
        assert!(!is_fresh("", "abc", Quality::Quick));
    }

    #[test]
    fn a_first_load_above_the_limit_is_refused_with_its_parts() {
        let line = weighed(&[("css", 12_437), ("wasm", 400_050)]).unwrap();
        assert_eq!(line, "first load (brotli): css 12.4 KB · wasm 400.0 KB · together 412.4 KB");
        assert!(weighed(&[("js", 1), ("wasm", FIRST_LOAD_BYTES - 1)]).is_ok());
        let refused = weighed(&[("js", 1), ("wasm", FIRST_LOAD_BYTES)]).unwrap_err();
        assert!(refused.ends_with("at most 450.0 KB is allowed"), "{refused}");
    }

    #[test]
    fn the_manifest_has_the_keys_that_the_program_reads() {
        let manifest = Manifest { css: "/pkg/app.1.css".into(), ..Manifest::default() };
        assert_eq!(
            serde_json::to_string(&manifest).unwrap(),
            r#"{"css":"/pkg/app.1.css","js":"","wasm":"","files":{}}"#
        );
    }

    #[test]
    fn fonts_are_listed_by_source_and_name() {
        assert_eq!(fonts("node_modules/a.woff2 a.woff2\n\n# no\nb c\n").unwrap().len(), 2);
        assert!(fonts("alone\n").is_err());
    }
}
