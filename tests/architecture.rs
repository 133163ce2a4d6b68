//! The house rules of ARCHITECTURE.md: who may import whom.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by floor: a room imports only from floors above it in this list, and from itself.
const FLOORS: [&[&str]; 10] = [
    &["error"],
    &["parallel"],
    &["random"],
    &["data", "measure"],
    &["table"],
    &["metrics"],
    &["preprocess"],
    &["models"],
    &["model_selection", "inference", "persist"],
    &["wasm"],
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `(room, path, code without comments)` of every file below `src/`.
fn files() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let room = inside
                .iter()
                .next()
                .unwrap()
                .to_str()
                .unwrap()
                .trim_end_matches(".rs")
                .to_owned();
            let code = fs::read_to_string(&path).unwrap();
            let code = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (room, path, code)
        })
        .collect()
}

fn floor(room: &str) -> usize {
    FLOORS
        .iter()
        .position(|rooms| rooms.contains(&room))
        .unwrap_or_else(|| panic!("no floor for the room '{room}'"))
}

#[test]
fn rooms_import_only_from_the_floors_above_them() {
    for (room, path, code) in files() {
        if room == "lib" {
            continue;
        }
        for import in code.split("crate::").skip(1) {
            let other: String = import
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if other == room || other == "Error" || other == "Result" {
                continue;
            }
            assert!(
                floor(&other) < floor(&room),
                "{} imports {other}",
                path.display()
            );
        }
    }
}

#[test]
fn javascript_is_named_in_one_room_and_smartcore_where_it_is_wrapped() {
    for (room, path, code) in files() {
        if room != "wasm" && room != "lib" {
            for name in ["wasm_bindgen", "js_sys", "web_sys"] {
                assert!(!code.contains(name), "{} names {name}", path.display());
            }
        }
        let inside = path
            .ancestors()
            .any(|folder| folder.ends_with("models/smartcore/direct"));
        if !inside {
            assert!(
                !code.contains("smartcore::dataset") && !code.contains("use smartcore::"),
                "{} names smartcore",
                path.display()
            );
        }
    }
}

#[test]
fn what_vectors_there_are_is_asked_in_one_file_and_used_in_another() {
    for (_, path, code) in files() {
        let asks = code.contains("simd128") || code.contains("target_feature");
        let uses = code.contains("std::arch") || code.contains("core::arch");
        let inside = |file: &str| path.ends_with(Path::new("models/simd").join(file));
        assert!(!asks || inside("mod.rs"), "{} asks", path.display());
        assert!(!uses || inside("wasm.rs"), "{} uses them", path.display());
    }
}

/// Paths that begin at `at`: `a::{b, c::d}` is `a::b` and `a::c::d`. Where the text goes on.
fn paths(code: &[char], at: usize, before: &str, found: &mut Vec<String>) -> usize {
    let is_path = |c: &char| c.is_alphanumeric() || *c == '_' || *c == ':';
    let end = at + code[at..].iter().take_while(|c| is_path(c)).count();
    let path = format!("{before}{}", String::from_iter(&code[at..end]));
    if code.get(end) != Some(&'{') {
        found.push(path);
        return end;
    }
    let mut next = end + 1;
    while code[next] != '}' {
        if is_path(&code[next]) {
            next = paths(code, next, &path, found);
        } else {
            next += 1;
        }
    }
    next + 1
}

/// The files of `modules` that a file names.
fn imports(
    own: &[String],
    code: &str,
    modules: &BTreeMap<Vec<String>, String>,
) -> BTreeSet<Vec<String>> {
    let code = code.split("mod tests {").next().unwrap();
    let code: Vec<char> = code.chars().collect();
    let mut found = Vec::new();
    for at in 0..code.len() {
        let begins = at == 0 || !(code[at - 1].is_alphanumeric() || "_:".contains(code[at - 1]));
        let word: String = code[at..].iter().take(7).collect();
        let roots = ["crate::", "super::", "self::"];
        if begins && roots.iter().any(|root| word.starts_with(root)) {
            paths(&code, at, "", &mut found);
        }
    }
    let of = |path: &String| {
        let mut base = own.to_vec();
        for name in path.split("::").filter(|name| !name.is_empty()) {
            match name {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                "self" => {}
                name => base.push(name.to_owned()),
            }
        }
        // What is no file of its own is in the one above it.
        while !base.is_empty() && !modules.contains_key(&base) {
            base.pop();
        }
        base
    };
    let mut files: BTreeSet<_> = found.iter().map(of).collect();
    files.retain(|file| !file.is_empty() && file != own);
    files
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules: BTreeMap<Vec<String>, String> = files()
        .into_iter()
        .map(|(_, path, code)| {
            let inside = path.strip_prefix(&root).unwrap().with_extension("");
            let names = inside.iter().map(|name| name.to_str().unwrap().to_owned());
            (names.filter(|name| name != "mod").collect(), code)
        })
        .collect();
    let mut left: BTreeMap<_, _> = modules
        .iter()
        .map(|(own, code)| (own.clone(), imports(own, code, &modules)))
        .collect();
    assert!(left.values().map(BTreeSet::len).sum::<usize>() > 200);
    // What imports none of those that are left is in no circle, nor is what none of them imports.
    loop {
        let names: BTreeSet<_> = left.keys().cloned().collect();
        left.retain(|_, imports| !imports.is_disjoint(&names));
        let imported: BTreeSet<_> = left.values().flatten().cloned().collect();
        left.retain(|name, _| imported.contains(name));
        if left.len() == names.len() {
            break;
        }
    }
    let names: Vec<String> = left.keys().map(|name| name.join("::")).collect();
    assert!(names.is_empty(), "circles: {names:?}");
}
