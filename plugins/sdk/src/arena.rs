//! The allocator of an instance that lives for one decision: it hands out memory from the end of
//! the program's data upwards and takes back only the block it handed out last, which is what a
//! growing vector or string needs. The rest goes with the instance.

#![expect(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr::null_mut;

const PAGE: usize = 65_536;

struct Arena {
    /// First free address; 0 before the first allocation.
    next: Cell<usize>,
    /// End of the memory the instance has.
    end: Cell<usize>,
}

#[global_allocator]
static ARENA: Arena = Arena {
    next: Cell::new(0),
    end: Cell::new(0),
};

// SAFETY: wasm32-unknown-unknown without atomics has one thread.
unsafe impl Sync for Arena {}

unsafe extern "C" {
    /// Set by the linker: where the program's own data ends.
    static __heap_base: u8;
}

impl Arena {
    /// The `size` bytes after `start`, if the memory reaches or can be made to reach that far.
    fn claim(&self, start: usize, size: usize) -> Option<*mut u8> {
        let next = start.checked_add(size)?;
        if next > self.end.get() {
            let pages = (next - self.end.get()).div_ceil(PAGE);
            if std::arch::wasm32::memory_grow::<0>(pages) == usize::MAX {
                return None;
            }
            self.end.set(std::arch::wasm32::memory_size::<0>() * PAGE);
        }
        self.next.set(next);
        Some(start as *mut u8)
    }
}

// SAFETY: blocks never overlap, since `next` only moves over memory that nobody holds; they are
// aligned, since `start` is; and `end` is never beyond the instance's memory.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.next.get() == 0 {
            self.next.set(&raw const __heap_base as usize);
            self.end.set(std::arch::wasm32::memory_size::<0>() * PAGE);
        }
        // Alignments are powers of two.
        let mask = layout.align() - 1;
        let Some(start) = self.next.get().checked_add(mask).map(|past| past & !mask) else {
            return null_mut();
        };
        self.claim(start, layout.size()).unwrap_or(null_mut())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if block as usize + layout.size() == self.next.get() {
            return self.claim(block as usize, size).unwrap_or(null_mut());
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller guarantees a valid layout and block; the new block is larger than the
        // old one and apart from it.
        unsafe {
            let fresh = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !fresh.is_null() {
                std::ptr::copy_nonoverlapping(block, fresh, layout.size());
            }
            fresh
        }
    }
}
