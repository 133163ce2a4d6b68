//! The house rules of ARCHITECTURE.md: who may import whom.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by floor: a room imports only from floors above it in this list, and from itself.
const FLOORS: [&[&str]; 8] = [
    &["error"],
    &["parallel"],
    &["random"],
    &["data", "measure"],
    &["metrics"],
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
            .parent()
            .is_some_and(|f| f.ends_with("models/smartcore"));
        if !inside && !path.ends_with("models/smartcore.rs") {
            assert!(
                !code.contains("smartcore::dataset") && !code.contains("use smartcore"),
                "{} names smartcore",
                path.display()
            );
        }
    }
}
