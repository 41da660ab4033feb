package source

import "bytes"

// framingBefore cuts before lines that begin a record, whose lines are as many as they are. keep is how far begins must see to
// know.
func framingBefore(begins func(text []byte) bool, keep int, code string) framing {
	return framing{
		cut: func(buf []byte) int {
			for end := len(buf); ; {
				i := bytes.LastIndexByte(buf[:end], '\n')
				if i <= 0 {
					return 0
				}
				if begins(buf[i+1:]) {
					return i + 1
				}
				end = i
			}
		},
		resume: func(buf []byte) int {
			for i := 0; ; {
				n := bytes.IndexByte(buf[i:], '\n')
				if n < 0 {
					return -1
				}
				if i += n + 1; begins(buf[i:]) {
					return i
				}
			}
		},
		keep: keep,
		code: code,
		name: "event",
	}
}

// eachFrom calls each for every record of the block, without the line end behind it, with the number of its first line and
// its offset in the stream, until each returns false. A record goes to the line before the next that begins one; what
// stands before the first is one, too. Blank ones are left out.
func (b *Block) eachFrom(begins func(text []byte) bool, each func(record []byte, line uint64, offset int64) bool) {
	rest, offset, line := b.Bytes, b.Offset, b.Line
	for len(rest) > 0 {
		n := 0
		for {
			i := bytes.IndexByte(rest[n:], '\n')
			if i < 0 {
				n = len(rest)
				break
			}
			if n += i + 1; begins(rest[n:]) {
				break
			}
		}
		text := rest[:n:n]
		if record := bytes.TrimRight(text, "\r\n"); len(bytes.TrimSpace(record)) > 0 && !each(record, line, offset) {
			return
		}
		offset += int64(n)
		line += uint64(bytes.Count(text, newline))
		rest = rest[n:]
	}
}
