package source

import (
	"bytes"
	"io"
)

var newline = []byte{'\n'}

// lineFraming cuts between lines. Only a line feed ends one: audit records hold other bytes that some take for line ends.
var lineFraming = framing{
	cut: func(buf []byte) int { return bytes.LastIndexByte(buf, '\n') + 1 },
	resume: func(buf []byte) int {
		if i := bytes.IndexByte(buf, '\n'); i >= 0 {
			return i + 1
		}
		return -1
	},
	code: "line-too-long",
	name: "line",
}

// frameLines is the Frame of formats whose records are lines: its blocks hold whole lines.
func frameLines(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	return lineFraming.run(in, r, emit, problem)
}

// lines calls each for every line of the block, without its line end (LF or CRLF), with its number and its offset in the
// stream, until each returns false. A line longer than maxRecord comes cut, as the only one of a block that is Cut.
func (b *Block) lines(each func(line []byte, number uint64, offset int64) bool) {
	rest, number, offset := b.Bytes, b.Line, b.Offset
	for len(rest) > 0 {
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		next := offset + int64(len(line)) + 1
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if !each(line, number, offset) {
			return
		}
		number, offset = number+1, next
	}
}
