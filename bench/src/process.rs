//! What processes cost, from /proc.

use std::collections::{HashMap, HashSet};
use std::fs;

use serde_json::{Value, json};

/// Clock ticks in a second, as Linux shows them to programs on every machine.
const TICKS: f64 = 100.0;

/// A process and all that come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree(pub u32);

/// What a tree has used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// Seconds of processor, those of ended children included.
    pub cpu: f64,
    /// Resident memory now, in KiB.
    pub rss: u64,
    /// The most of it that there has been, in KiB.
    pub peak: u64,
}

impl Tree {
    /// Adds up what it has used.
    pub fn usage(self) -> Usage {
        let stats = stats();
        let mut inside = HashSet::from([self.0]);
        // Children may stand before their parents in the list.
        loop {
            let before = inside.len();
            for (pid, stat) in &stats {
                if inside.contains(&stat.parent) {
                    inside.insert(*pid);
                }
            }
            if inside.len() == before {
                break;
            }
        }
        let mut usage = Usage::default();
        for pid in inside {
            usage.cpu += stats.get(&pid).map_or(0.0, |stat| f64::from(stat.ticks) / TICKS);
            let memory = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            usage.rss += kibibytes(&memory, "VmRSS");
            usage.peak += kibibytes(&memory, "VmHWM");
        }
        usage
    }

    /// The tree of whoever listens on that port of this machine, if it may be seen.
    pub fn listening_on(port: u16) -> Option<Self> {
        let inodes: HashSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok())
            .flat_map(|table| table.lines().filter_map(|line| listener(line, port)).collect::<Vec<_>>())
            .collect();
        let stats = stats();
        let holders: HashSet<u32> = stats.keys().copied().filter(|pid| holds(*pid, &inodes)).collect();
        holders.iter().find(|pid| !holders.contains(&stats[pid].parent)).copied().map(Self)
    }
}

struct Stat {
    parent: u32,
    ticks: u32,
}

fn stats() -> HashMap<u32, Stat> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| Some((pid, stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?))).collect()
}

/// The line of /proc/PID/stat; the name in parentheses may hold anything.
fn stat(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u32>().ok()).sum();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ticks })
}

fn kibibytes(status: &str, name: &str) -> u64 {
    field(status, name).and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The inode of a socket that listens on the port, from a line of /proc/net/tcp.
fn listener(line: &str, port: u16) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, at) = fields.get(1)?.rsplit_once(':')?;
    (u16::from_str_radix(at, 16).ok()? == port && *fields.get(3)? == "0A")
        .then(|| fields.get(9).map(ToString::to_string))?
}

fn holds(pid: u32, inodes: &HashSet<String>) -> bool {
    fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten().any(|entry| {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        let inode = target.to_str().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'));
        inode.is_some_and(|inode| inodes.contains(inode))
    })
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// Seconds of processor that this program has used itself.
pub fn own_cpu() -> f64 {
    fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|line| stat(&line))
        .map_or(0.0, |stat| f64::from(stat.ticks) / TICKS)
}

/// The machine, as it stands in the results.
pub fn machine() -> Value {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "model": field(&read("/proc/cpuinfo"), "model name"),
        "memory": field(&read("/proc/meminfo"), "MemTotal"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load": read("/proc/loadavg").trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_stat_is_read_whatever_the_name() {
        let line = "12 (a ) b (c)) S 7 12 12 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 5 0 1 2 3";
        let stat = stat(line).unwrap();
        assert_eq!((stat.parent, stat.ticks), (7, 127));
    }

    #[test]
    fn a_listener_is_known_by_port_and_state() {
        let line = |state| {
            format!("  0: 0100007F:0BB8 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  0 0 4711 1")
        };
        assert_eq!(listener(&line("0A"), 3000).as_deref(), Some("4711"));
        assert_eq!(listener(&line("01"), 3000), None);
        assert_eq!(listener(&line("0A"), 3001), None);
        assert_eq!(listener("  sl  local_address rem_address   st", 3000), None);
    }
}
