package source

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"goshawk/event"
)

// jsonText decodes the inside of a JSON string. A surrogate without its partner becomes U+FFFD, as it does in EVTX; what
// is no escape of JSON stays as it is, and so do bytes that are no UTF-8.
var jsonText = event.NewCodec("json", appendJSONText)

func appendJSONText(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); {
		n := strings.IndexByte(raw[i:], '\\')
		if n < 0 {
			return append(dst, raw[i:]...)
		}
		dst = append(dst, raw[i:i+n]...)
		i += n
		if i+1 == len(raw) {
			return append(dst, '\\')
		}
		c := raw[i+1]
		if c != 'u' {
			if plain := jsonEscapes[c]; plain != 0 {
				dst = append(dst, plain)
			} else {
				dst = append(dst, '\\', c)
			}
			i += 2
			continue
		}
		r, ok := jsonUnit(raw[i:])
		if !ok {
			dst = append(dst, '\\', 'u')
			i += 2
			continue
		}
		i += 6
		if utf16.IsSurrogate(r) {
			low, ok := jsonUnit(raw[i:])
			if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
				i += 6
			} else {
				r = utf8.RuneError
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// jsonEscapes holds what a letter behind a backslash stands for; 0 for those that JSON does not know, and for u.
var jsonEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// jsonUnit reads the \uXXXX that text begins with.
func jsonUnit(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	r := rune(0)
	for i := 2; i < 6; i++ {
		c := text[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

const (
	everyByte = 0x0101010101010101
	everyHigh = 0x8080808080808080
)

// jsonPlain returns how many bytes from i on are neither a quote, nor a backslash, nor a control character.
func jsonPlain(b []byte, i int) int {
	start := i
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, back := x^('"'*everyByte), x^('\\'*everyByte)
		// The lowest bit set is right in each of the three; those above may come from a borrow.
		found := ((x-0x20*everyByte)&^x | (quote-everyByte)&^quote | (back-everyByte)&^back) & everyHigh
		if found != 0 {
			return i + bits.TrailingZeros64(found)>>3 - start
		}
	}
	for i < len(b) && b[i] >= 0x20 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i - start
}
