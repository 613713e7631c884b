//! The compact form of documents that ride along in the journal: integers of variable length (LEB128, signed ones
//! zigzagged), texts and bytes behind their length.

/// Writes a document.
#[derive(Debug)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// A document that starts with these bytes: version, room, kind.
    pub fn new(head: [u8; 3]) -> Self {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&head);
        Self(bytes)
    }

    /// Adds one byte.
    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    /// Adds an unsigned integer in 1 to 10 bytes.
    pub fn u64(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Adds a signed integer in 1 to 10 bytes, small ones of either sign in few.
    pub fn i64(&mut self, value: i64) {
        self.u64(((value << 1) ^ (value >> 63)) as u64);
    }

    /// Adds bytes whose number the reader knows.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Adds a text behind its length.
    pub fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.raw(text.as_bytes());
    }

    /// The document.
    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

/// A document is not what its head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a document in the journal cannot be read")
    }
}

impl std::error::Error for Unreadable {}

/// Reads a document.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads what follows the head.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Result<u8, Unreadable> {
        let (first, rest) = self.0.split_first().ok_or(Unreadable)?;
        self.0 = rest;
        Ok(*first)
    }

    /// The next unsigned integer.
    pub fn u64(&mut self) -> Result<u64, Unreadable> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            if shift == 63 && byte > 1 {
                return Err(Unreadable);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Unreadable)
    }

    /// The next signed integer.
    pub fn i64(&mut self) -> Result<i64, Unreadable> {
        let value = self.u64()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The next so many bytes.
    pub fn raw(&mut self, count: usize) -> Result<&'a [u8], Unreadable> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Unreadable)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        self.raw(N)?.try_into().map_err(|_| Unreadable)
    }

    /// The next text.
    pub fn text(&mut self) -> Result<&'a str, Unreadable> {
        let length = usize::try_from(self.u64()?).map_err(|_| Unreadable)?;
        std::str::from_utf8(self.raw(length)?).map_err(|_| Unreadable)
    }

    /// Refuses if anything is left.
    pub fn end(self) -> Result<(), Unreadable> {
        if self.0.is_empty() { Ok(()) } else { Err(Unreadable) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_size_read_back() {
        let mut writer = Writer::new([1, 2, 3]);
        let mut values = vec![0, 1, -1, i64::MAX, i64::MIN];
        values.extend((0..63).flat_map(|bit| [1_i64 << bit, -(1_i64 << bit), (1_i64 << bit) - 1]));
        for value in &values {
            writer.i64(*value);
            writer.u64(*value as u64);
        }
        let bytes = writer.done();
        let mut reader = Reader::new(&bytes[3..]);
        for value in values {
            assert_eq!(reader.i64(), Ok(value));
            assert_eq!(reader.u64(), Ok(value as u64));
        }
        reader.end().unwrap();
    }

    #[test]
    fn short_long_and_malformed_documents_are_unreadable() {
        assert_eq!(Reader::new(&[0x80]).u64(), Err(Unreadable));
        assert_eq!(Reader::new(&[0xff; 10]).u64(), Err(Unreadable));
        assert_eq!(Reader::new(&[2, b'a']).text(), Err(Unreadable));
        assert_eq!(Reader::new(&[1, 0xff]).text(), Err(Unreadable));
        assert_eq!(Reader::new(&[1]).end(), Err(Unreadable));
    }
}
