//! Numbers as bytes: little-endian, no padding.
//!
//! Numbers stand at their full width, or *compact*: seven bits a byte, the lowest first, a signed one with its sign in
//! the lowest bit.

/// The bytes end too early, or a tag is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecodable(pub &'static str);

/// Reads what [`Put`] wrote.
pub struct Take<'a> {
    bytes: &'a [u8],
    compact: bool,
}

impl<'a> Take<'a> {
    /// Reads numbers of full width.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, compact: false }
    }

    /// Reads compact numbers.
    #[inline]
    pub fn compact(bytes: &'a [u8]) -> Self {
        Self { bytes, compact: true }
    }

    /// Whether all was read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was not read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// So many bytes as they are.
    #[inline]
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Undecodable> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Undecodable("ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Undecodable> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or(Undecodable("ends too early"))?;
        self.bytes = rest;
        Ok(*taken)
    }

    /// A byte, in either form.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Undecodable> {
        Ok(self.array::<1>()?[0])
    }

    /// An unsigned number of 16 bits.
    #[inline]
    pub fn u16(&mut self) -> Result<u16, Undecodable> {
        if self.compact { self.narrow() } else { self.array().map(u16::from_le_bytes) }
    }

    /// Of 32 bits.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, Undecodable> {
        if self.compact { self.narrow() } else { self.array().map(u32::from_le_bytes) }
    }

    /// A signed one of 32 bits.
    #[inline]
    pub fn i32(&mut self) -> Result<i32, Undecodable> {
        if self.compact {
            i32::try_from(self.signed()?).map_err(|_| Undecodable("a number is too large"))
        } else {
            self.array().map(i32::from_le_bytes)
        }
    }

    /// An unsigned number of 64 bits.
    #[inline]
    pub fn u64(&mut self) -> Result<u64, Undecodable> {
        if self.compact { self.varint() } else { self.array().map(u64::from_le_bytes) }
    }

    /// A signed one of 64 bits.
    #[inline]
    pub fn i64(&mut self) -> Result<i64, Undecodable> {
        if self.compact { self.signed() } else { self.array().map(i64::from_le_bytes) }
    }

    #[inline]
    fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, Undecodable> {
        T::try_from(self.varint()?).map_err(|_| Undecodable("a number is too large"))
    }

    #[inline]
    fn signed(&mut self) -> Result<i64, Undecodable> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Undecodable> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Undecodable("a number is too large"));
            }
            value |= bits << shift;
            if byte < 0x80 {
                // One number has one form: no zeros in front.
                return if byte == 0 && shift > 0 {
                    Err(Undecodable("a number with zeros in front"))
                } else {
                    Ok(value)
                };
            }
        }
        Err(Undecodable("a number is too long"))
    }

    /// An unsigned number of 128 bits, in full width in either form.
    #[inline]
    pub fn u128(&mut self) -> Result<u128, Undecodable> {
        self.array().map(u128::from_le_bytes)
    }

    /// Yes or no.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, Undecodable> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Undecodable("a yes or no that is neither")),
        }
    }

    /// What `take` reads, if a yes stands before it.
    #[inline]
    pub fn option<T>(
        &mut self,
        take: impl FnOnce(&mut Self) -> Result<T, Undecodable>,
    ) -> Result<Option<T>, Undecodable> {
        if self.bool()? { take(self).map(Some) } else { Ok(None) }
    }
}

/// Writes little-endian numbers into a buffer.
pub trait Put {
    /// Bytes as they are.
    fn put(&mut self, bytes: &[u8]);

    /// A byte, in either form.
    #[inline]
    fn put_u8(&mut self, value: u8) {
        self.put(&[value]);
    }
    /// An unsigned number of 16 bits.
    #[inline]
    fn put_u16(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }
    /// Of 32 bits.
    #[inline]
    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }
    /// A signed one of 32 bits.
    #[inline]
    fn put_i32(&mut self, value: i32) {
        self.put(&value.to_le_bytes());
    }
    /// An unsigned number of 64 bits.
    #[inline]
    fn put_u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }
    /// A signed one of 64 bits.
    #[inline]
    fn put_i64(&mut self, value: i64) {
        self.put(&value.to_le_bytes());
    }
    /// An unsigned number of 128 bits, in full width in either form.
    #[inline]
    fn put_u128(&mut self, value: u128) {
        self.put(&value.to_le_bytes());
    }
    /// Yes or no.
    #[inline]
    fn put_bool(&mut self, value: bool) {
        self.put_u8(u8::from(value));
    }
    /// A yes and what `put` writes, or a no.
    #[inline]
    fn put_option<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T))
    where
        Self: Sized,
    {
        self.put_bool(value.is_some());
        if let Some(value) = value {
            put(self, value);
        }
    }
}

impl Put for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Writes compact numbers into a record.
pub struct Compact<'a>(pub &'a mut Vec<u8>);

impl Put for Compact<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    #[inline]
    fn put_u8(&mut self, value: u8) {
        self.0.push(value);
    }
    #[inline]
    fn put_u16(&mut self, value: u16) {
        self.put_u64(u64::from(value));
    }
    #[inline]
    fn put_u32(&mut self, value: u32) {
        self.put_u64(u64::from(value));
    }
    #[inline]
    fn put_i32(&mut self, value: i32) {
        self.put_i64(i64::from(value));
    }
    #[inline]
    fn put_u64(&mut self, value: u64) {
        let (mut bytes, mut length, mut rest) = ([0; 10], 0, value);
        while rest >= 0x80 {
            bytes[length] = rest as u8 | 0x80;
            rest >>= 7;
            length += 1;
        }
        bytes[length] = rest as u8;
        self.0.extend_from_slice(&bytes[..=length]);
    }
    #[inline]
    fn put_i64(&mut self, value: i64) {
        self.put_u64((value << 1 ^ value >> 63) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn compact_numbers_come_back(unsigned: u64, signed: i64, shift in 0..64_u32) {
            let (unsigned, signed) = (unsigned >> shift, signed >> shift);
            let mut bytes = Vec::new();
            let mut out = Compact(&mut bytes);
            out.put_u64(unsigned);
            out.put_i64(signed);
            let mut take = Take::compact(&bytes);
            prop_assert_eq!((take.u64(), take.i64()), (Ok(unsigned), Ok(signed)));
            prop_assert!(take.is_empty());
        }
    }

    #[test]
    fn one_number_has_one_compact_form() {
        for bytes in [&[0x80, 0][..], &[0xff; 10], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]] {
            assert!(Take::compact(bytes).u64().is_err(), "{bytes:?}");
        }
    }
}
