//! What a figure was measured on.

use std::path::Path;

use crate::run;

/// The machine, the build and the time of a measurement, as pairs of a name and what it is.
pub(crate) fn facts(folder: &Path) -> Vec<(&'static str, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let said = |program: &str, args: &[&str]| {
        run::output_of(program, args).map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
    };
    let root = run::root();
    let root = root.to_string_lossy();
    let processor = processor(&read("/proc/cpuinfo")).unwrap_or_else(|| said("uname", &["-m"]));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    vec![
        ("processor", format!("{processor}, {cores} cores")),
        ("memory", memory(&read("/proc/meminfo")).unwrap_or_else(|| "unknown".to_owned())),
        ("kernel", said("uname", &["-sr"])),
        ("disk", file_system(&read("/proc/mounts"), folder).unwrap_or_else(|| "unknown".to_owned())),
        ("compiler", said("rustc", &["--version"])),
        ("profile", "release".to_owned()),
        ("commit", said("git", &["-C", &root, "describe", "--always", "--dirty"])),
        ("measured at", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
    ]
}

fn processor(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

fn memory(meminfo: &str) -> Option<String> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(format!("{:.1} GiB", kilobytes as f64 / f64::from(1 << 20)))
}

/// Kind and options of what is mounted nearest above a folder.
fn file_system(mounts: &str, folder: &Path) -> Option<String> {
    let mut best: Option<(&str, String)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        let (Some(at), Some(kind), Some(options)) = (fields.next(), fields.next(), fields.next()) else { continue };
        // What was mounted later hides what was there before.
        if folder.starts_with(at) && best.as_ref().is_none_or(|(known, _)| known.len() <= at.len()) {
            best = Some((at, format!("{kind} ({options})")));
        }
    }
    best.map(|(_, text)| text)
}

/// Bytes that are free where a folder is, by `df`.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    parse_df(&run::output_of("df", &["-Pk", &folder.to_string_lossy()])?)
}

fn parse_df(said: &str) -> Option<u64> {
    let kilobytes: u64 = said.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_read_from_what_the_kernel_says() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: AMD EPYC\n"), Some("AMD EPYC".to_owned()));
        assert_eq!(memory("MemTotal:       25165824 kB\nMemFree: 1 kB\n"), Some("24.0 GiB".to_owned()));
        let mounts = "/dev/vda / ext4 rw,relatime 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp xfs rw,noatime 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/tmp/bench")).as_deref(), Some("xfs (rw,noatime)"));
        assert_eq!(file_system(mounts, Path::new("/tmpx")).as_deref(), Some("ext4 (rw,relatime)"));
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 263174212 100 2048 39% /\n";
        assert_eq!(parse_df(df), Some(2 << 20));
    }
}
