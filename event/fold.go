package event

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Fold returns text in the form in which texts are compared without regard to case: Unicode simple folding, one
// character for one, accents kept. ASCII letters become lower case.
func Fold(text string) string {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return string(AppendFold(make([]byte, 0, len(text)+8), text[:i], text[i:]))
		}
	}
	return text
}

// AppendFold adds the folded form of each text; invalid bytes stay as they are.
func AppendFold[T string | []byte](dst []byte, texts ...T) []byte {
	for _, text := range texts {
		switch text := any(text).(type) {
		case string:
			dst = appendFold(dst, unsafe.Slice(unsafe.StringData(text), len(text)))
		case []byte:
			dst = appendFold(dst, text)
		}
	}
	return dst
}

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
)

func appendFold(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		for ; i+8 <= len(text); i += 8 {
			w := binary.LittleEndian.Uint64(text[i:])
			if w&highBits != 0 {
				break
			}
			// In each byte, the high bit is set by the first sum from 'A' on and by the second beyond 'Z'.
			upper := (w + (0x80-'A')*everyByte) &^ (w + (0x7f-'Z')*everyByte) & highBits
			dst = binary.LittleEndian.AppendUint64(dst, w|upper>>2)
		}
		if i == len(text) {
			break
		}
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, FoldRune(r))
		}
		i += size
	}
	return dst
}

// FoldRune returns the character that stands for all that differ from r in case only: the lower-case ASCII letter if one
// is among them, else the smallest.
func FoldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		least = min(least, o)
	}
	if least < utf8.RuneSelf && 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}
