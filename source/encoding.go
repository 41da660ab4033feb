package source

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"
)

// encoding is how a text stream spells its characters.
type encoding uint8

const (
	utf8Text encoding = iota
	utf16LittleEndian
	utf16BigEndian
	utf32Text // recognised, not read
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// encodingOf judges the first bytes of a stream and returns the length of its byte order mark. UTF-16 without one is told
// by the zero bytes that every other character of a log has.
func encodingOf(head []byte) (e encoding, mark int) {
	switch {
	case bytes.HasPrefix(head, byteOrderMark):
		return utf8Text, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return utf32Text, 4
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return utf16LittleEndian, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return utf16BigEndian, 2
	}
	sample := head[:min(len(head), 4096)&^1]
	if len(sample) < 16 {
		return utf8Text, 0
	}
	var even, odd, both int
	for i := 0; i < len(sample); i += 2 {
		switch {
		case sample[i] == 0 && sample[i+1] == 0:
			both++
		case sample[i] == 0:
			even++
		case sample[i+1] == 0:
			odd++
		}
	}
	pairs := len(sample) / 2
	switch {
	case both > 0:
	case odd*10 >= pairs*7 && even == 0:
		return utf16LittleEndian, 0
	case even*10 >= pairs*7 && odd == 0:
		return utf16BigEndian, 0
	}
	return utf8Text, 0
}

// utf16Reader reads UTF-16 as UTF-8. A surrogate without its other half becomes U+FFFD, as does an odd byte at the end.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    []byte // read and not yet decoded
	space [32 << 10]byte
	out   []byte // decoded and not yet given
	room  []byte
	err   error
}

func newUTF16Reader(r io.Reader, e encoding) io.Reader {
	u := &utf16Reader{r: r, order: binary.LittleEndian}
	if e == utf16BigEndian {
		u.order = binary.BigEndian
	}
	return u
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		kept := copy(u.space[:], u.in)
		n, err := fill(u.r, u.space[kept:])
		u.err = err
		u.decode(u.space[:kept+n])
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// decode decodes in up to where it ends inside a character, or all of it at the end of the stream.
func (u *utf16Reader) decode(in []byte) {
	out := u.room[:0]
	little := u.order == binary.LittleEndian
	for len(in) >= 2 {
		if little { // plain characters
			for len(in) >= 2 && in[1] == 0 && in[0] < utf8.RuneSelf {
				out = append(out, in[0])
				in = in[2:]
			}
			if len(in) < 2 {
				break
			}
		}
		c := rune(u.order.Uint16(in))
		if 0xd800 <= c && c < 0xe000 {
			if c < 0xdc00 && len(in) < 4 && u.err == nil {
				break
			}
			pair := utf8.RuneError
			if c < 0xdc00 && len(in) >= 4 {
				if low := rune(u.order.Uint16(in[2:])); 0xdc00 <= low && low < 0xe000 {
					pair = 0x10000 + (c-0xd800)<<10 + (low - 0xdc00)
					in = in[2:]
				}
			}
			c = pair
		}
		out = utf8.AppendRune(out, c)
		in = in[2:]
	}
	if u.err != nil && len(in) > 0 {
		out = utf8.AppendRune(out, utf8.RuneError)
		in = nil
	}
	u.in, u.out, u.room = in, out, out
}
