package source

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// opener returns the stream that a compressed one holds. What it returns is closed if it is an io.Closer.
type opener func(r *bufio.Reader) (io.Reader, error)

// maxWindow bounds the memory that a compressed stream may ask for to look back into what it said before.
const maxWindow = 256 << 20

func openGzip(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }

func openBzip2(r *bufio.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }

func openZstd(r *bufio.Reader) (io.Reader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(2*maxWindow))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

func openXz(r *bufio.Reader) (io.Reader, error) {
	head, err := r.Peek(64)
	if err != nil && len(head) == 0 {
		return nil, err
	}
	if window, known := xzWindow(head); known && window > maxWindow {
		return nil, fmt.Errorf("asks for %d MiB of memory, more than the %d MiB it may have", window>>20, maxWindow>>20)
	}
	return xz.NewReader(r)
}

// xzWindow reads the size of the dictionary from the head of the first block of an xz stream: behind the stream's header of
// 12 bytes stand the size of the block's header, its flags, two sizes if the flags say so, and its filters, the last of
// which is LZMA2 with one byte of properties.
func xzWindow(head []byte) (size int64, known bool) {
	if len(head) < 14 || head[12] == 0 {
		return 0, false
	}
	end := min(12+(int(head[12])+1)*4, len(head))
	flags, at := head[13], 14
	number := func() (n uint64, ok bool) {
		for shift := 0; at < end && shift < 63; shift += 7 {
			c := head[at]
			at++
			n |= uint64(c&0x7f) << shift
			if c < 0x80 {
				return n, true
			}
		}
		return 0, false
	}
	for _, there := range []bool{flags&0x40 != 0, flags&0x80 != 0} {
		if there {
			if _, ok := number(); !ok {
				return 0, false
			}
		}
	}
	for range int(flags&3) + 1 {
		id, ok := number()
		n, ok2 := number()
		if !ok || !ok2 || n > uint64(end-at) {
			return 0, false
		}
		if id == 0x21 && n == 1 {
			return lzma2Window(head[at]), true
		}
		at += int(n)
	}
	return 0, false
}

// lzma2Window returns the size of the dictionary that the properties of LZMA2 stand for.
func lzma2Window(properties byte) int64 {
	if properties >= 40 {
		return 1<<32 - 1
	}
	return int64(2|properties&1) << (properties/2 + 11)
}

// guarded turns a panic of a decompressor, which hostile data may bring about, into an error.
type guarded struct{ r io.Reader }

func (g guarded) Read(p []byte) (n int, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			n, err = 0, fmt.Errorf("decompressor gave up: %v", crash)
		}
	}()
	return g.r.Read(p)
}

// guard calls f, and turns a panic in it into an error.
func guard(f func() error) (err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("reader gave up: %v", crash)
		}
	}()
	return f()
}

// plainError says in a few words what a decompressor means.
func plainError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errCutOff
	}
	return err
}

var errCutOff = errors.New("breaks off before its end")
