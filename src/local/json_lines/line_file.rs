//! A file that whole lines are appended to, by one writer at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::ports::bug;

/// A file of lines. Cheap to clone; all clones write to the same file in turn.
#[derive(Clone)]
pub(super) struct LineFile {
    path: PathBuf,
    target: Arc<Mutex<Target>>,
}

struct Target {
    file: File,
    /// Not a pipe or a terminal, which can neither be synced nor cut.
    regular: bool,
}

impl LineFile {
    /// Opens or creates the file. A line that a crash left unfinished at its end is closed off.
    pub(super) fn open(path: &Path) -> Outcome<LineFile> {
        let target = Target::open(path).map_err(|why| fault(&why, format!("opening {}", path.display())))?;
        Ok(LineFile { path: path.to_owned(), target: Arc::new(Mutex::new(target)) })
    }

    /// Appends one line, given without its end; `durable` waits until the disk has it.
    ///
    /// The line is written to its end even when the caller stops waiting, and taken back when it does not fit.
    pub(super) async fn append(&self, mut line: Vec<u8>, durable: bool) -> Outcome<()> {
        line.push(b'\n');
        let target = self.target.clone();
        let written = tokio::task::spawn_blocking(move || {
            target.lock().unwrap_or_else(PoisonError::into_inner).append(&line, durable)
        });
        let doing = || format!("writing to {}", self.path.display());
        match written.await {
            Ok(written) => written.map_err(|why| fault(&why, doing())),
            Err(why) => Err(bug(doing()).because(why)),
        }
    }
}

impl Target {
    fn open(path: &Path) -> io::Result<Target> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        let metadata = file.metadata()?;
        let regular = metadata.is_file();
        if regular && metadata.len() > 0 {
            let mut last = [0];
            let mut reader = File::open(path)?;
            reader.seek(SeekFrom::End(-1))?;
            reader.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Target { file, regular })
    }

    fn append(&mut self, line: &[u8], durable: bool) -> io::Result<()> {
        let end = if self.regular { self.file.metadata()?.len() } else { 0 };
        let written = self.file.write_all(line);
        if self.regular && written.is_err() {
            // Else the next line would continue this one. If even this fails, that is what will happen.
            let _ = self.file.set_len(end);
        }
        written?;
        if durable && self.regular { self.file.sync_data() } else { self.file.flush() }
    }
}

/// What an error of a file means: who may write there is for the operator to mend, a full disk may pass.
pub(super) fn fault(why: &io::Error, doing: String) -> Fault {
    let kind = match why.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::ReadOnlyFilesystem => FaultKind::Denied,
        _ => FaultKind::Unavailable,
    };
    Fault::new(kind, doing).because(why.to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn lines_of_many_writers_are_never_mixed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.jsonl");
        let file = LineFile::open(&path).unwrap();
        let writes = (0..20_u8).map(|writer| {
            let file = file.clone();
            tokio::spawn(async move { file.append(vec![b'a' + writer; 50_000], writer % 7 == 0).await })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap().unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 20);
        assert!(text.lines().all(|line| line.len() == 50_000 && line.bytes().all(|byte| byte == line.as_bytes()[0])));
    }

    #[tokio::test]
    async fn a_file_is_added_to_and_an_unfinished_line_closed_off() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.jsonl");
        std::fs::write(&path, "whole\ncut sho").unwrap();
        LineFile::open(&path).unwrap().append(b"new".to_vec(), true).await.unwrap();
        LineFile::open(&path).unwrap().append(b"newer".to_vec(), false).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole\ncut sho\nnew\nnewer\n");
    }

    #[tokio::test]
    async fn a_device_that_is_full_is_trouble_that_may_pass() {
        let full = LineFile::open(Path::new("/dev/full")).unwrap();
        assert_eq!(full.append(b"x".to_vec(), true).await.unwrap_err().kind, FaultKind::Unavailable);
    }

    #[test]
    fn a_place_that_is_not_there_is_named() {
        let fault = LineFile::open(Path::new("/nowhere/at/all.jsonl")).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Denied);
        assert!(fault.chain().contains("/nowhere/at/all.jsonl"), "{}", fault.chain());
    }
}
