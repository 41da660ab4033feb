package source

import (
	"bytes"
	"encoding/binary"
	"io"
)

// headedFormat is how a format of lines describes its columns in lines of their own, which may come again and change.
type headedFormat struct {
	// directive returns the name of what a line says about the lines behind it; "" if it says nothing that matters.
	directive func(line []byte) string
}

// maxHeading bounds the description that is carried along.
const maxHeading = 256 << 10

// frame is the Frame of such a format: each block has the description that holds where it begins in front, with its length.
func (h headedFormat) frame(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	var names []string
	lines := map[string][]byte{}
	size := 0
	return frameLines(in, r, func(b Block) error {
		data := b.Bytes
		heading := make([]byte, 0, size+len(data)+binary.MaxVarintLen64)
		heading = binary.AppendUvarint(heading, uint64(size))
		for _, name := range names {
			heading = append(append(heading, lines[name]...), '\n')
		}
		read := b.buffer
		b.Bytes, b.buffer = append(heading, data...), nil
		err := emit(b)
		sub := Block{Bytes: data, Line: b.Line, Offset: b.Offset}
		sub.lines(func(line []byte, number uint64, offset int64) bool {
			if len(line) == 0 || line[0] != '#' {
				return true
			}
			name := h.directive(line)
			if name == "" {
				return true
			}
			old, known := lines[name]
			grown := size + len(line) - len(old)
			if !known {
				grown++
			}
			if grown > maxHeading {
				problem(Problem{Source: in.Name, Offset: offset, Record: number, Code: "heading-too-long",
					Reason: "description of the columns is too long to be carried to the next block"})
				return true
			}
			if !known {
				names = append(names, name)
			}
			lines[name], size = bytes.Clone(line), grown
			return true
		})
		spare(read)
		return err
	}, problem)
}

// headedBlock takes the description off a block; what remains has the lines of the stream.
func headedBlock(b Block) (heading []byte, rest Block) {
	size, n := binary.Uvarint(b.Bytes)
	b.Bytes = b.Bytes[max(n, 0):]
	size = min(size, uint64(len(b.Bytes)))
	heading, b.Bytes = b.Bytes[:size], b.Bytes[size:]
	return heading, b
}
