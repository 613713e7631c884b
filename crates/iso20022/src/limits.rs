//! How much a document may hold.

/// Bounds on a document, so that none costs more than it is worth. Whatever exceeds one is refused as soon as that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the whole, in bytes.
    pub bytes: usize,
    /// Elements within elements.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
    /// Attributes of one element, declarations of namespaces included.
    pub attributes: usize,
    /// Text of one element or attribute, in bytes.
    pub text_bytes: usize,
}

impl Default for Limits {
    /// 8 MiB, 40 deep, 400,000 elements, 16 attributes, 64 KiB of text: room for some ten thousand payments in one message.
    fn default() -> Self {
        Self { bytes: 8 << 20, depth: 40, elements: 400_000, attributes: 16, text_bytes: 64 << 10 }
    }
}

/// Characters of one `Ustrd`. A text longer than one element holds is written as several full ones and a shorter last one.
pub(crate) const REMITTANCE_CHARACTERS: usize = 140;
/// Characters of one `AddtlInf` of a reason.
pub(crate) const REASON_CHARACTERS: usize = 105;
