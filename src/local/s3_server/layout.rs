//! Where things are on disk, and which keys can be there at all.
//!
//! `root/BUCKET/KEY` is the object. Its sidecar is named by the hash of the key, so that no key can collide with
//! another's sidecar or make its name too long. Bucket names cannot start with a dot, so `.s3` is ours.

use std::path::{Component, Path, PathBuf};

use s3s::crypto::{Checksum as _, Sha256};
use s3s::path::check_bucket_name;
use s3s::{S3Result, s3_error};
use uuid::Uuid;

use super::attributes::hex;

/// S3's own bound on a key, in bytes.
const KEY_BYTES_MAX: usize = 1024;
/// What every common file system takes for one name, in bytes.
const SEGMENT_BYTES_MAX: usize = 255;

/// The paths of one server.
pub(super) struct Layout {
    root: PathBuf,
}

/// Where one object is, or would be.
pub(super) struct Location {
    /// The directory of the bucket; exists when the bucket does.
    pub(super) bucket: PathBuf,
    pub(super) key: String,
    pub(super) data: PathBuf,
    pub(super) sidecar: PathBuf,
}

impl Layout {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Files being written; emptied at every start.
    pub(super) fn staging(&self) -> PathBuf {
        self.root.join(".s3").join("tmp")
    }

    /// One directory per multipart upload in progress.
    pub(super) fn uploads(&self) -> PathBuf {
        self.root.join(".s3").join("uploads")
    }

    pub(super) fn upload(&self, id: Uuid) -> PathBuf {
        self.uploads().join(id.simple().to_string())
    }

    pub(super) fn bucket(&self, bucket: &str) -> S3Result<PathBuf> {
        if !check_bucket_name(bucket) {
            return Err(s3_error!(InvalidBucketName));
        }
        Ok(self.root.join(bucket))
    }

    pub(super) fn object(&self, bucket: &str, key: &str) -> S3Result<Location> {
        let bucket_dir = self.bucket(bucket)?;
        let data = bucket_dir.join(relative_path(key)?);
        let name = hex(&Sha256::checksum(key.as_bytes()));
        let sidecars = self.root.join(".s3").join("objects").join(bucket);
        let sidecar = sidecars.join(&name[..2]).join(format!("{name}.json"));
        Ok(Location { bucket: bucket_dir, key: key.to_owned(), data, sidecar })
    }
}

/// A key as a path below its bucket. Refused is what a file system would read as something else than the same names
/// in the same order: that keeps `..` and absolute keys inside the root, and two keys from meaning one file.
fn relative_path(key: &str) -> S3Result<PathBuf> {
    if key.len() > KEY_BYTES_MAX {
        return Err(s3_error!(KeyTooLongError));
    }
    if key.contains('\0') {
        return Err(s3_error!(InvalidArgument, "The key contains a NUL byte."));
    }
    let mut path = PathBuf::new();
    for segment in key.split('/') {
        if segment.len() > SEGMENT_BYTES_MAX {
            return Err(s3_error!(
                KeyTooLongError,
                "This server keeps objects as plain files: a part of a key between slashes has at most {SEGMENT_BYTES_MAX} bytes."
            ));
        }
        let mut components = Path::new(segment).components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(name)), None) if name == segment => path.push(name),
            _ => {
                return Err(s3_error!(
                    InvalidArgument,
                    "This server keeps objects as plain files: a key has no empty part between slashes, no `.` and no `..`."
                ));
            }
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn a_key_that_would_leave_its_bucket_or_alias_another_is_refused() {
        let layout = Layout::new("/srv/s3".into());
        for key in ["", "/", "/etc/passwd", "..", "../b", "a/../../b", "a/..", "a//b", "a/", "./a", "a/./b", "a\0b"] {
            assert!(layout.object("media", key).is_err(), "{key:?} was let through");
        }
        for key in [&"x".repeat(256), &"x/".repeat(600)] {
            assert!(layout.object("media", key).is_err());
        }
        for bucket in ["", ".s3", "..", "a/b", "Upper"] {
            assert!(layout.object(bucket, "a").is_err(), "{bucket:?} was let through");
        }
    }

    #[test]
    fn an_ordinary_key_is_the_same_path_below_its_bucket() {
        let layout = Layout::new("/srv/s3".into());
        for key in ["a.mp4", "a/b c/ü+%20.mp4", "...", "a..b", ".hidden"] {
            let location = layout.object("media", key).expect("a key like any other");
            assert_eq!(location.data, std::path::Path::new("/srv/s3/media").join(key));
        }
    }
}
