package source

import "sync"

// buffers are the buffers of blocks that are done: what a scan reads goes through the same few, instead of through new memory each time.
var buffers sync.Pool

// bufferOf returns an empty buffer for at least so many bytes, whose capacity depends on that alone.
func bufferOf(size int) []byte {
	if size > blockSize {
		return make([]byte, 0, size)
	}
	if b, ok := buffers.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 0, blockSize)
}

// spare takes a buffer of which nobody holds any part any more.
func spare(b []byte) {
	if cap(b) == blockSize {
		b = b[:0]
		buffers.Put(&b)
	}
}

// Done says that nobody uses the block any more, nor an event that was decoded from it and not cloned: its memory is used for blocks to
// come. It need not be called, and must not be called twice.
func (b *Block) Done() {
	spare(b.buffer)
	b.Bytes, b.buffer = nil, nil
}
