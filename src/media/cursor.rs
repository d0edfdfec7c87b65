//! Big-endian fields from a slice, where running out is a defect of the file and never a panic.

use super::Defect;

/// What is left of the named part of a file.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    left: &'a [u8],
    part: &'static str,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `data`; `part` names it in the defect.
    pub(super) fn new(data: &'a [u8], part: &'static str) -> Self {
        Self { left: data, part }
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Defect> {
        let (taken, left) = self
            .left
            .split_at_checked(len)
            .ok_or_else(|| Defect::malformed(format!("its '{}' is shorter than its fields", self.part)))?;
        self.left = left;
        Ok(taken)
    }

    /// The next `count` records of `size` bytes each, all of them present.
    pub(super) fn records(&mut self, count: u32, size: usize) -> Result<&'a [u8], Defect> {
        let len = usize::try_from(count).ok().and_then(|count| count.checked_mul(size)).unwrap_or(usize::MAX);
        self.take(len)
    }

    pub(super) fn skip(&mut self, len: usize) -> Result<(), Defect> {
        self.take(len).map(|_| ())
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.left
    }

    pub(super) fn u8(&mut self) -> Result<u8, Defect> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Defect> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Defect> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Defect> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Defect> {
        self.array().map(u64::from_be_bytes)
    }

    /// A field that is 64 bits wide in version 1 of its box and 32 bits in version 0.
    pub(super) fn u32_or_u64(&mut self, version: u8) -> Result<u64, Defect> {
        if version == 0 { self.u32().map(u64::from) } else { self.u64() }
    }

    /// The version and the flags that begin most boxes of the ISO format.
    pub(super) fn version_and_flags(&mut self) -> Result<(u8, u32), Defect> {
        let [version, flags @ ..] = self.array::<4>()?;
        let [high, middle, low] = flags;
        Ok((version, u32::from_be_bytes([0, high, middle, low])))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Defect> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
}

/// A record of four bytes as a number. Records come from [`Cursor::records`], so a short one cannot occur; it reads as 0.
pub(super) fn be_u32(record: &[u8]) -> u32 {
    record.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// A record of eight bytes as a number, as [`be_u32`].
pub(super) fn be_u64(record: &[u8]) -> u64 {
    record.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
