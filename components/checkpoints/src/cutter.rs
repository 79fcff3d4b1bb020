//! Cutting what comes in, in frames of any size, to chunks of one size.

use bytes::Bytes;

/// The size of every chunk of a blob but the last one. A place in a blob is found by it, so it stays what it is as
/// long as there are blobs. An instance serves 16 requests at once, and each may have a chunk and a copy of it in
/// memory: that has to fit into 16 MiB with all the rest.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Gathers frames until there is a chunk.
#[derive(Debug, Default)]
pub struct Cutter {
    pending: Vec<u8>,
}

impl Cutter {
    /// Takes what there is room for from the beginning of `frame`; a chunk as soon as one is full.
    pub fn take(&mut self, frame: &mut Bytes) -> Option<Vec<u8>> {
        if self.pending.capacity() == 0 {
            // At once and to the byte: a buffer that grows leaves holes in a memory that never shrinks.
            self.pending.reserve_exact(CHUNK_BYTES);
        }
        let room = CHUNK_BYTES - self.pending.len();
        self.pending.extend_from_slice(&frame.split_to(frame.len().min(room)));
        (self.pending.len() == CHUNK_BYTES).then(|| std::mem::take(&mut self.pending))
    }

    /// What is left after the last frame; empty if the last chunk was full.
    pub fn rest(self) -> Vec<u8> {
        self.pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(total: usize, frame_bytes: usize) -> Vec<Vec<u8>> {
        let whole: Vec<u8> = (0..total).map(|at| (at % 251) as u8).collect();
        let (mut cutter, mut chunks) = (Cutter::default(), Vec::new());
        for piece in whole.chunks(frame_bytes) {
            let mut frame = Bytes::copy_from_slice(piece);
            while !frame.is_empty() {
                chunks.extend(cutter.take(&mut frame));
            }
        }
        chunks.push(cutter.rest());
        assert!(chunks.concat() == whole, "{total} bytes in frames of {frame_bytes}");
        chunks
    }

    #[test]
    fn all_chunks_but_the_last_are_of_one_size() {
        for total in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 7] {
            for frame_bytes in [1021, 16 * 1024, CHUNK_BYTES, 3 * CHUNK_BYTES + 1] {
                let chunks = cut(total, frame_bytes);
                let (last, full) = chunks.split_last().unwrap();
                assert_eq!(full.len(), total / CHUNK_BYTES);
                assert!(full.iter().all(|chunk| chunk.len() == CHUNK_BYTES));
                assert_eq!(last.len(), total % CHUNK_BYTES);
            }
        }
    }
}
