//! What Linux tells of this process. Elsewhere nothing is told.

use std::fs;
use std::path::Path;

/// Ticks of `/proc/self/stat` in a second: fixed in the kernel's interface, on all machines that we build for.
const TICKS_PER_S: f64 = 100.0;

/// What is known of this process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Process {
    pub(super) resident_bytes: f64,
    pub(super) open_fds: f64,
    pub(super) max_fds: f64,
    pub(super) cpu_s: f64,
}

impl Process {
    /// Looks into `/proc/self`: a few small reads, no disk.
    pub(super) fn read() -> Option<Process> {
        let own = Path::new("/proc/self");
        let text = |name: &str| fs::read_to_string(own.join(name)).ok();
        let open = fs::read_dir(own.join("fd")).ok()?.count();
        Some(Process {
            resident_bytes: resident_bytes(&text("status")?)?,
            open_fds: f64::from(u32::try_from(open).ok()?),
            max_fds: max_fds(&text("limits")?)?,
            cpu_s: cpu_s(&text("stat")?)?,
        })
    }
}

fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

fn max_fds(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(f64::INFINITY),
        soft => soft.parse().ok(),
    }
}

fn cpu_s(stat: &str) -> Option<f64> {
    // The name in the second field may hold spaces and parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_linux_are_read_as_they_are() {
        let status = "Name:\tlandfall\nVmPeak:\t  900 kB\nVmRSS:\t    2048 kB\nThreads:\t3\n";
        assert_eq!(resident_bytes(status), Some(2_097_152.0));
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 1048576              files\n";
        assert_eq!(max_fds(limits), Some(1024.0));
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 100 9000 512";
        assert_eq!(cpu_s(stat), Some(3.0));
    }

    #[test]
    fn nothing_is_told_of_what_cannot_be_read() {
        assert_eq!((resident_bytes(""), max_fds("Max open files"), cpu_s("7 (a) S")), (None, None, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_memory_and_files() {
        let process = Process::read().expect("Linux tells");
        assert!(process.resident_bytes > 1e5 && process.open_fds >= 3.0 && process.max_fds > process.open_fds);
    }
}
