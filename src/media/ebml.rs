//! EBML, the binary notation of Matroska and WebM: RFC 8794.

use super::Defect;

/// Bytes of the longest header that is read: an ID of four and a size of eight.
pub(super) const HEADER_BYTES: u64 = 12;

/// The header of an element.
pub(super) struct Header {
    pub(super) id: u32,
    /// How many bytes the header itself takes.
    pub(super) len: u64,
    /// The bytes of the body; `None` when the writer did not know.
    pub(super) size: Option<u64>,
}

/// Why no header could be read.
pub(super) enum NoHeader {
    /// The bytes end within it.
    Short,
    /// No header begins like this.
    Invalid,
}

/// Reads the header that `bytes` begin with.
pub(super) fn header(bytes: &[u8]) -> Result<Header, NoHeader> {
    let (id, id_len) = number(bytes, 4)?;
    let id = u32::try_from(id).map_err(|_| NoHeader::Invalid)?;
    let (marked, size_len) = number(bytes.get(id_len..).unwrap_or_default(), 8)?;
    // The length marker is part of an ID, and not of a size. A size of only ones is unknown.
    let mask = (1_u64 << (7 * size_len)) - 1;
    let size = marked & mask;
    let len = u64::try_from(id_len + size_len).unwrap_or(HEADER_BYTES);
    Ok(Header { id, len, size: (size != mask).then_some(size) })
}

/// A number of variable length with its length marker still set, and its length.
fn number(bytes: &[u8], max_len: usize) -> Result<(u64, usize), NoHeader> {
    let first = *bytes.first().ok_or(NoHeader::Short)?;
    let len = usize::try_from(first.leading_zeros()).unwrap_or(usize::MAX).saturating_add(1);
    if len > max_len {
        return Err(NoHeader::Invalid);
    }
    let taken = bytes.get(..len).ok_or(NoHeader::Short)?;
    Ok((unsigned(taken), len))
}

/// How many bytes the track number takes that a block begins with.
pub(super) fn number_len(first: u8) -> usize {
    usize::try_from(first.leading_zeros()).unwrap_or(usize::MAX).saturating_add(1)
}

/// The value of an unsigned integer element; more than eight bytes keep the last eight.
pub(super) fn unsigned(body: &[u8]) -> u64 {
    body.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// The value of a float element of four or eight bytes.
pub(super) fn float(body: &[u8]) -> Option<f64> {
    match body.len() {
        4 => body.first_chunk().map(|bytes| f64::from(f32::from_be_bytes(*bytes))),
        8 => body.first_chunk().map(|bytes| f64::from_be_bytes(*bytes)),
        _ => None,
    }
}

/// The elements within the body of another, all of it in memory.
pub(super) fn children(body: &[u8]) -> Children<'_> {
    Children { left: body }
}

pub(super) struct Children<'a> {
    left: &'a [u8],
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<(u32, &'a [u8]), Defect>;

    fn next(&mut self) -> Option<Self::Item> {
        let data = std::mem::take(&mut self.left);
        if data.is_empty() {
            return None;
        }
        let Ok(Header { id, len, size: Some(size) }) = header(data) else {
            return Some(Err(Defect::malformed("it holds an element without a readable header")));
        };
        let split = usize::try_from(len).ok().and_then(|len| data.split_at_checked(len));
        let split = split.and_then(|(_, rest)| rest.split_at_checked(usize::try_from(size).ok()?));
        let Some((content, rest)) = split else {
            return Some(Err(Defect::malformed(format!("its element {id:X} is larger than the one around it"))));
        };
        self.left = rest;
        Some(Ok((id, content)))
    }
}

#[cfg(test)]
mod tests {
    use super::{NoHeader, header};

    #[test]
    fn sizes_of_every_length_are_read_and_only_ones_mean_unknown() {
        for len in 1..=8_u32 {
            let first = 0x80_u8 >> (len - 1);
            let mut bytes = vec![0xec, first];
            bytes.resize(usize::try_from(len).expect("small") + 1, 0);
            *bytes.last_mut().expect("not empty") |= 1;
            let known = header(&bytes).ok().expect("a header");
            assert_eq!((known.id, known.len, known.size), (0xec, u64::from(len) + 1, Some(1)));
            let mut ones = vec![0xec, (u16::from(first) * 2 - 1).to_be_bytes()[1]];
            ones.resize(usize::try_from(len).expect("small") + 1, 0xff);
            assert_eq!(header(&ones).ok().expect("a header").size, None);
        }
    }

    #[test]
    fn what_is_no_header_is_told_from_what_is_cut() {
        assert!(matches!(header(&[]), Err(NoHeader::Short)));
        assert!(matches!(header(&[0x1a, 0x45]), Err(NoHeader::Short)));
        assert!(matches!(header(&[0x00, 0x45]), Err(NoHeader::Invalid)));
        assert!(matches!(header(&[0xec, 0x00]), Err(NoHeader::Invalid)));
    }
}
