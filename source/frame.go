package source

import (
	"bytes"
	"fmt"
	"io"
	"unsafe"
)

const (
	blockSize = 256 << 10 // what a block of text holds, unless a single record is longer
	maxRecord = 16 << 20  // what a single record of text may hold
)

// framing says how the records of a text format follow each other, so that a stream can be cut into blocks between them.
type framing struct {
	// cut returns how many of the first bytes of buf are whole records; 0 if not even the first is complete.
	cut func(buf []byte) int
	// resume returns where the first record begins in buf, which starts inside a record that is too long; -1 if none does.
	resume func(buf []byte) int
	// keep is how many bytes at the end of a buffer without a beginning may be the first part of one.
	keep int
	// code and name are for the problem of a record that is too long: "line-too-long", "line".
	code, name string
}

// run reads a stream to its end and hands it out in blocks of whole records. A record that is longer than maxRecord is
// handed out up to there and the rest of it left out, which is reported; the last block may end inside a record. Such
// blocks are marked Cut.
func (f framing) run(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	first := blockSize
	if 0 <= in.Size && in.Size < blockSize {
		first = int(in.Size) + 1
	}
	var (
		buf      = bufferOf(first)
		block    = Block{Input: in, Line: 1}
		skipping bool
	)
	// take hands out or drops the first n bytes and moves the rest into a buffer of its own.
	take := func(n, room int, drop bool) error {
		whole, head, rest := buf, buf[:n:n], buf[n:]
		buf = append(bufferOf(max(room, len(rest))), rest...)
		lines := uint64(bytes.Count(head, newline)) // once it is handed out it is no longer ours
		if drop || n == 0 {
			spare(whole)
			block.Offset += int64(n)
			block.Line += lines
			return nil
		}
		block.Bytes, block.buffer = head, whole
		err := emit(block)
		block.Index++
		block.Offset += int64(n)
		block.Line += lines
		block.Cut = false
		return err
	}
	for {
		n, err := fill(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		end := err != nil
		if err == io.EOF {
			err = nil
		}
		if skipping {
			start := f.resume(buf)
			skipping = start < 0
			if skipping {
				start = max(0, len(buf)-f.keep)
			}
			if end && skipping {
				return err
			}
			take(start, blockSize, true)
			if !end {
				continue
			}
		}
		if end {
			if len(buf) > 0 {
				block.Cut = err != nil && f.cut(buf) < len(buf)
				if failed := take(len(buf), 0, false); failed != nil {
					return failed
				}
			}
			return err
		}
		switch n := f.cut(buf); {
		case n > 0:
			if failed := take(n, blockSize, false); failed != nil {
				return failed
			}
		case len(buf) >= maxRecord:
			problem(Problem{Source: in.Name, Offset: block.Offset, Record: block.Line, Code: f.code, Lost: false,
				Reason: fmt.Sprintf("%s is longer than %d MiB; what follows of it is left out", f.name, maxRecord>>20)})
			block.Cut, skipping = true, true
			if failed := take(len(buf), blockSize, false); failed != nil {
				return failed
			}
		default:
			take(0, min(2*cap(buf)+blockSize, maxRecord), true)
		}
	}
}

// fill reads until b is full or reading fails. Unlike io.ReadFull it passes the error on as it is, so that a compressed
// stream that breaks off is told from one that ends.
func fill(r io.Reader, b []byte) (n int, err error) {
	for idle := 0; n < len(b) && err == nil; idle++ {
		var m int
		m, err = r.Read(b[n:])
		if n += m; m > 0 {
			idle = 0
		} else if idle > 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// view returns bytes as a string without copying them; it is good for as long as nobody changes the bytes.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns the bytes of a string without copying them; nobody may change them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
