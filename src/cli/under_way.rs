//! Names of what is being written and is not whole yet, and what a run that was killed has left of it.
//!
//! Such a name carries the host and the process, so that two runs into one place do not meet. What is left is removed
//! only if its process ran on this host and is gone; where either cannot be told, it stays.

use std::fs;
use std::path::{Path, PathBuf};

/// The end of every such name.
const END: &str = ".partial";

/// The name under which this process writes what is to be called `name`.
pub fn name(name: &str) -> String {
    format!("{}{}{END}", start(name), std::process::id())
}

/// What processes of this host that are gone have left beside `place` while they wrote something of its name.
pub fn left_behind(place: &Path) -> Vec<PathBuf> {
    let Some(name) = place.file_name() else { return Vec::new() };
    if host().is_none() {
        return Vec::new();
    }
    let start = start(&name.to_string_lossy());
    let entries = fs::read_dir(folder_of(place)).into_iter().flatten().flatten();
    let gone = entries.filter(|entry| {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(&start)?.strip_suffix(END)?.parse().ok());
        process.is_some_and(is_gone)
    });
    gone.map(|entry| entry.path()).collect()
}

/// The folder in which a place lies.
pub fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn start(name: &str) -> String {
    format!(".{name}.{}.", host().unwrap_or_default())
}

/// The name of this host, in letters, digits and hyphens.
fn host() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let plain: String = name.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
    (!plain.is_empty()).then_some(plain)
}

/// Whether a process has surely ended.
fn is_gone(process: u32) -> bool {
    let all = Path::new("/proc");
    all.join("self").exists() && !all.join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn only_what_a_process_of_this_host_left_that_is_gone_is_found() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut ended = std::process::Command::new("true").spawn().expect("a process");
        let gone = ended.id();
        ended.wait().expect("it ends");
        let host = host().expect("a host has a name");
        let left = format!(".run.{host}.{gone}.partial");
        let others = [
            name("run"),
            format!(".run.{host}.1.partial"),
            format!(".run.elsewhere{host}.{gone}.partial"),
            format!(".other.{host}.{gone}.partial"),
            format!(".run.{host}.{gone}.older"),
            format!(".run.{host}.x{gone}.partial"),
            "run".into(),
        ];
        for name in others.iter().chain([&left]) {
            fs::create_dir(home.path().join(name)).expect("created");
        }
        assert_eq!(left_behind(&home.path().join("run")), [home.path().join(left)]);
    }
}
