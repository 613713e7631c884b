//! A run: lines sorted by hash in a file of checked pages, with a filter in memory that says which hashes are surely
//! not in it.
//!
//! The file: a page of header (magic, version, lines, least and greatest id, CRC-32C), then pages of up to 255 lines (hash
//! and packed line, 8 bytes each) with a CRC-32C at their end, then the first hash of each page, the filter, and the
//! CRC-32C of these two.

use crate::bytes::{Put, Take};
use crate::disk::{Disk, DiskFile, OpenMode};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: u64 = u64::from_le_bytes(*b"TBRUN\0\0\x01");
const VERSION: u32 = 1;
const PAGE: usize = 4096;
const PAGE_LINES: usize = 255;
const HEADER: usize = 64;
/// Pages that are read at once where a run is read from end to end.
const STRIDE: usize = 64;
/// Bits of memory for a line. With eight bits set in a block of 256 about one hash in 250 that is not there seems to be.
const FILTER_BITS: u64 = 12;

/// A run that is open for reading.
pub struct Run {
    /// The name of its file.
    pub number: u64,
    /// Number of lines.
    pub lines: u64,
    /// Least and greatest id of a command in it.
    pub ids: (u128, u128),
    file: Box<dyn DiskFile>,
    /// First hash of each page.
    fences: Vec<u64>,
    filter: Filter,
}

/// Of the run with a number.
pub fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.run"))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a run of the index: {what}"))
}

impl Run {
    /// Opens a run; `InvalidData` if header, filter or first hashes are not as they were written.
    pub fn open(disk: &dyn Disk, dir: &Path, number: u64) -> io::Result<Self> {
        let file = disk.open(&path(dir, number), OpenMode::Read)?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0)?;
        let mut take = Take::new(&header);
        let mut parse = || {
            let (magic, version) = (take.u64()?, take.u32()?);
            let (lines, ids) = (take.u64()?, (take.u128()?, take.u128()?));
            Ok::<_, crate::bytes::Undecodable>((magic, version, lines, ids))
        };
        let (magic, version, lines, ids) = parse().map_err(|error| damaged(error.0))?;
        if magic != MAGIC || version != VERSION || !checked(&header) {
            return Err(damaged("its header is damaged"));
        }
        let pages = usize::try_from(lines.div_ceil(PAGE_LINES as u64)).map_err(io::Error::other)?;
        let mut tail = vec![0; pages * 8 + Filter::bytes(lines) + 4];
        file.read_exact_at(&mut tail, ((1 + pages) * PAGE) as u64)?;
        if !checked(&tail) {
            return Err(damaged("its filter is damaged"));
        }
        let (fences, filter) = tail[..tail.len() - 4].split_at(pages * 8);
        let fences = fences.chunks_exact(8).map(number_of).collect();
        Ok(Self { number, lines, ids, file, fences, filter: Filter::load(filter) })
    }

    /// Whether the id of a command may be in it.
    pub fn may_have(&self, id: u128, hash: u64) -> bool {
        (self.ids.0..=self.ids.1).contains(&id) && self.filter.may_have(hash)
    }

    /// Calls `found` with each line of a hash.
    pub fn each(&self, hash: u64, mut found: impl FnMut(u64)) -> io::Result<()> {
        if !self.filter.may_have(hash) {
            return Ok(());
        }
        let first = self.fences.partition_point(|fence| *fence < hash).saturating_sub(1);
        for (page, _) in self.fences.iter().enumerate().skip(first).take_while(|(_, fence)| **fence <= hash) {
            let mut bytes = [0; PAGE];
            self.file.read_exact_at(&mut bytes, ((1 + page) * PAGE) as u64)?;
            for (there, line) in page_lines(&bytes)? {
                if there == hash {
                    found(line);
                }
            }
        }
        Ok(())
    }

    /// Calls `found` with every line in order of their hashes, checks whatever a look-up relies on, and gives the number of
    /// pages.
    pub fn walk(&self, mut found: impl FnMut(u64, u64)) -> io::Result<u64> {
        let (mut count, mut last) = (0, 0);
        let mut bytes = vec![0; PAGE];
        for (page, fence) in self.fences.iter().enumerate() {
            self.file.read_exact_at(&mut bytes, ((1 + page) * PAGE) as u64)?;
            for (place, (hash, line)) in page_lines(&bytes)?.enumerate() {
                if hash < last || (place == 0 && hash != *fence) {
                    return Err(damaged("its lines are not in order"));
                }
                if !self.filter.may_have(hash) {
                    return Err(damaged("its filter hides a line"));
                }
                last = hash;
                count += 1;
                found(hash, line);
            }
        }
        if count != self.lines {
            return Err(damaged(&format!("{count} lines, its header says {}", self.lines)));
        }
        Ok(self.fences.len() as u64)
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.file.length().unwrap_or(0)
    }

    fn pages(&self) -> usize {
        self.fences.len()
    }
}

fn checked(bytes: &[u8]) -> bool {
    let (content, crc) = bytes.split_at(bytes.len() - 4);
    crc32c::crc32c(content).to_le_bytes() == crc
}

fn number_of(bytes: &[u8]) -> u64 {
    bytes.try_into().map(u64::from_le_bytes).unwrap_or_default()
}

fn page_lines(page: &[u8]) -> io::Result<impl Iterator<Item = (u64, u64)>> {
    if !checked(page) {
        return Err(damaged("the checksum of a page does not match"));
    }
    let lines = page[..PAGE_LINES * 16].chunks_exact(16);
    Ok(lines.map(|line| (number_of(&line[..8]), number_of(&line[8..]))).take_while(|(_, line)| *line != 0))
}

/// Writes a run, line after line in order of their hashes.
struct RunWriter {
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    in_page: usize,
    written: u64,
    fences: Vec<u64>,
    filter: Filter,
}

impl RunWriter {
    fn begin(file: Box<dyn DiskFile>, lines: u64) -> Self {
        let filter = Filter::new(lines);
        let buffer = Vec::with_capacity(STRIDE * PAGE);
        Self { file, buffer, in_page: 0, written: PAGE as u64, fences: Vec::new(), filter }
    }

    fn push(&mut self, hash: u64, line: u64) -> io::Result<()> {
        if self.in_page == 0 {
            self.fences.push(hash);
        }
        self.buffer.put_u64(hash);
        self.buffer.put_u64(line);
        self.filter.add(hash);
        self.in_page += 1;
        if self.in_page == PAGE_LINES { self.end_page() } else { Ok(()) }
    }

    fn end_page(&mut self) -> io::Result<()> {
        let end = self.buffer.len().next_multiple_of(PAGE);
        self.buffer.resize(end - 4, 0);
        let crc = crc32c::crc32c(&self.buffer[end - PAGE..]);
        self.buffer.put_u32(crc);
        self.in_page = 0;
        if self.buffer.len() >= STRIDE * PAGE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self, lines: u64, ids: (u128, u128)) -> io::Result<()> {
        if self.in_page > 0 {
            self.end_page()?;
        }
        self.flush()?;
        let mut tail = Vec::new();
        self.fences.iter().for_each(|fence| tail.put_u64(*fence));
        self.filter.store(&mut tail);
        tail.put_u32(crc32c::crc32c(&tail));
        self.file.write_all_at(&tail, self.written)?;
        let mut header = Vec::with_capacity(HEADER);
        header.put_u64(MAGIC);
        header.put_u32(VERSION);
        header.put_u64(lines);
        header.put_u128(ids.0);
        header.put_u128(ids.1);
        header.resize(HEADER - 4, 0);
        header.put_u32(crc32c::crc32c(&header));
        header.resize(PAGE, 0);
        self.file.write_all_at(&header, 0)?;
        self.file.sync_all()
    }
}

/// Writes sorted lines as a run; `ids` are the least and the greatest id among them.
pub fn write(disk: &dyn Disk, dir: &Path, number: u64, lines: &[u128], ids: (u128, u128)) -> io::Result<Arc<Run>> {
    let mut writer = RunWriter::begin(disk.open(&path(dir, number), OpenMode::Truncate)?, lines.len() as u64);
    for line in lines {
        writer.push((line >> 64) as u64, *line as u64)?;
    }
    writer.finish(lines.len() as u64, ids)?;
    Run::open(disk, dir, number).map(Arc::new)
}

/// Merges runs into one.
pub fn merge(disk: &dyn Disk, dir: &Path, number: u64, runs: &[Arc<Run>]) -> io::Result<Arc<Run>> {
    let lines = runs.iter().map(|run| run.lines).sum();
    let ids = runs.iter().fold((u128::MAX, 0), |ids: (u128, u128), run| (ids.0.min(run.ids.0), ids.1.max(run.ids.1)));
    let mut writer = RunWriter::begin(disk.open(&path(dir, number), OpenMode::Truncate)?, lines);
    let mut sources = Vec::with_capacity(runs.len());
    for run in runs {
        sources.extend(Source::begin(run)?);
    }
    while let Some(place) = (0..sources.len()).min_by_key(|place| sources[*place].front) {
        let (hash, line) = sources[place].front;
        writer.push(hash, line)?;
        if !sources[place].advance()? {
            sources.swap_remove(place);
        }
    }
    writer.finish(lines, ids)?;
    Run::open(disk, dir, number).map(Arc::new)
}

/// Reads a run from its first line on.
struct Source<'a> {
    run: &'a Run,
    next_page: usize,
    /// Lines that were read, the next one last.
    lines: Vec<(u64, u64)>,
    front: (u64, u64),
}

impl<'a> Source<'a> {
    fn begin(run: &'a Run) -> io::Result<Option<Self>> {
        let mut source = Self { run, next_page: 0, lines: Vec::new(), front: (0, 0) };
        Ok(source.advance()?.then_some(source))
    }

    fn advance(&mut self) -> io::Result<bool> {
        if self.lines.is_empty() {
            let pages = STRIDE.min(self.run.pages() - self.next_page);
            let mut bytes = vec![0; pages * PAGE];
            self.run.file.read_exact_at(&mut bytes, ((1 + self.next_page) * PAGE) as u64)?;
            for page in bytes.chunks_exact(PAGE) {
                self.lines.extend(page_lines(page)?);
            }
            self.lines.reverse();
            self.next_page += pages;
        }
        match self.lines.pop() {
            Some(front) => {
                self.front = front;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// A Bloom filter in blocks of half a cache line: one memory access a question.
struct Filter {
    blocks: Vec<[u32; 8]>,
}

/// Odd numbers that spread 32 bits of a hash over the eight words of a block.
const SALTS: [u32; 8] =
    [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f, 0x1656_67b1, 0xd3a2_646d, 0xfd70_46c5, 0xb55a_4f09];

impl Filter {
    fn blocks(lines: u64) -> usize {
        (lines * FILTER_BITS).div_ceil(256).max(1) as usize
    }

    /// Bytes in a file.
    fn bytes(lines: u64) -> usize {
        Self::blocks(lines) * 32
    }

    fn new(lines: u64) -> Self {
        Self { blocks: vec![[0; 8]; Self::blocks(lines)] }
    }

    fn place(&self, hash: u64) -> usize {
        (((hash >> 32) * self.blocks.len() as u64) >> 32) as usize
    }

    fn mask(hash: u64) -> [u32; 8] {
        SALTS.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27))
    }

    fn add(&mut self, hash: u64) {
        let place = self.place(hash);
        for (word, bit) in self.blocks[place].iter_mut().zip(Self::mask(hash)) {
            *word |= bit;
        }
    }

    fn may_have(&self, hash: u64) -> bool {
        let block = &self.blocks[self.place(hash)];
        block.iter().zip(Self::mask(hash)).fold(0, |missing, (word, bit)| missing | (bit & !word)) == 0
    }

    fn store(&self, out: &mut Vec<u8>) {
        self.blocks.iter().flatten().for_each(|word| out.put_u32(*word));
    }

    fn load(bytes: &[u8]) -> Self {
        let word = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
        let block = |bytes: &[u8]| std::array::from_fn(|place| word(&bytes[place * 4..place * 4 + 4]));
        Self { blocks: bytes.chunks_exact(32).map(block).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    fn lines(from: u64, count: u64) -> Vec<u128> {
        // Multiplying by an odd number and folding gives hashes that are spread, each once.
        let hash =
            |n: u64| (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        let mut lines: Vec<u128> =
            (from..from + count).map(|n| u128::from(hash(n)) << 64 | u128::from(n + 1)).collect();
        lines.sort_unstable();
        lines
    }

    fn found(run: &Run, hash: u64) -> Vec<u64> {
        let mut found = Vec::new();
        run.each(hash, |line| found.push(line)).unwrap();
        found
    }

    #[test]
    fn runs_and_their_merger_find_every_line_and_few_others_pass_the_filter() {
        let dir = tempfile::tempdir().unwrap();
        let runs: Vec<Arc<Run>> = [(0, 10_000), (10_000, 1), (10_001, 70_000)]
            .into_iter()
            .enumerate()
            .map(|(number, (from, count))| {
                let ids = (from.into(), (from + count - 1).into());
                write(&RealDisk, dir.path(), number as u64, &lines(from, count), ids).unwrap()
            })
            .collect();
        let merged = merge(&RealDisk, dir.path(), 9, &runs).unwrap();
        assert_eq!((merged.lines, merged.ids), (80_001, (0, 80_000)));
        for line in lines(0, 80_001) {
            assert_eq!(found(&merged, (line >> 64) as u64), [line as u64]);
        }
        let strange = lines(1_000_000, 100_000);
        let passed = strange.iter().filter(|line| merged.filter.may_have((*line >> 64) as u64)).count();
        assert!(passed < 1_000, "{passed} of 100,000");
        assert!(strange.iter().all(|line| found(&merged, (line >> 64) as u64).is_empty()));
    }

    #[test]
    fn equal_hashes_over_several_pages_are_all_found() {
        let dir = tempfile::tempdir().unwrap();
        let lines: Vec<u128> = (1..=1_000).map(|line| 77 << 64 | line).collect();
        let run = write(&RealDisk, dir.path(), 1, &lines, (0, 0)).unwrap();
        assert_eq!(found(&run, 77), (1..=1_000).collect::<Vec<u64>>());
        assert_eq!(found(&run, 78), [] as [u64; 0]);
    }

    #[test]
    fn a_flipped_bit_is_an_error_and_never_another_answer() {
        let dir = tempfile::tempdir().unwrap();
        let sorted = lines(0, 600);
        drop(write(&RealDisk, dir.path(), 1, &sorted, (0, 599)).unwrap());
        let path = path(dir.path(), 1);
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(13).filter(|at| !(HEADER..PAGE).contains(at)) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            std::fs::write(&path, &flipped).unwrap();
            let seen = Run::open(&RealDisk, dir.path(), 1).and_then(|run| {
                let mut lines = 0;
                for line in &sorted {
                    run.each((line >> 64) as u64, |found| lines += u32::from(found == *line as u64))?;
                }
                Ok(lines)
            });
            assert!(seen.is_err(), "byte {at}: {seen:?}");
        }
    }
}
