package evtx

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// notASCII has the bits that four UTF-16 units do not have if all are ASCII.
const notASCII = 0xFF80FF80FF80FF80

// appendUTF16 appends little-endian UTF-16 as UTF-8. A surrogate without its
// partner becomes U+FFFD; an odd last byte is ignored. Plain ASCII, which is
// nearly everything, goes eight units at a time.
func appendUTF16(dst, src []byte) []byte {
	start, n := len(dst), len(src)/2
	dst = slices.Grow(dst, n)
	out := dst[start : start+n]
	for len(src) >= 16 && len(out) >= 8 {
		x, y := binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])
		if (x|y)&notASCII != 0 {
			return appendWide(dst[:start+n-len(out)], src)
		}
		x, y = x|x>>8, y|y>>8
		binary.LittleEndian.PutUint64(out, x&0xFFFF|x>>16&0xFFFF0000|y<<32&0xFFFF00000000|y<<16&0xFFFF000000000000)
		src, out = src[16:], out[8:]
	}
	if len(src) >= 8 && len(out) >= 4 {
		x := binary.LittleEndian.Uint64(src)
		if x&notASCII != 0 {
			return appendWide(dst[:start+n-len(out)], src)
		}
		x |= x >> 8
		binary.LittleEndian.PutUint32(out, uint32(x&0xFFFF|x>>16&0xFFFF0000))
		src, out = src[8:], out[4:]
	}
	for len(src) >= 2 && len(out) >= 1 {
		if src[0] >= utf8.RuneSelf || src[1] != 0 {
			return appendWide(dst[:start+n-len(out)], src)
		}
		out[0] = src[0]
		src, out = src[2:], out[1:]
	}
	return dst[:start+n]
}

// appendWide is appendUTF16 for text that is not plain.
func appendWide(dst, src []byte) []byte {
	plain := 0
	for len(src) >= 2 {
		u := rune(src[0]) | rune(src[1])<<8
		if u < utf8.RuneSelf {
			if plain++; plain == 16 {
				return appendUTF16(dst, src) // plain again
			}
			dst = append(dst, byte(u))
			src = src[2:]
			continue
		}
		plain = 0
		src = src[2:]
		if u >= 0xD800 && u <= 0xDFFF {
			if u >= 0xDC00 || len(src) < 2 || src[1]&0xFC != 0xDC {
				dst = utf8.AppendRune(dst, utf8.RuneError)
				continue
			}
			low := rune(src[0]) | rune(src[1])<<8
			u = 0x10000 + (u-0xD800)<<10 + (low - 0xDC00)
			src = src[2:]
		}
		dst = utf8.AppendRune(dst, u)
	}
	return dst
}

// windows1252 lists what the bytes 0x80 to 0x9F mean there; the rest is Latin-1.
var windows1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// appendANSI appends text of the Windows-1252 code page as UTF-8.
func appendANSI(dst, src []byte) []byte {
	for _, b := range src {
		switch {
		case b < 0x80:
			dst = append(dst, b)
		case b < 0xA0:
			dst = utf8.AppendRune(dst, windows1252[b-0x80])
		default:
			dst = utf8.AppendRune(dst, rune(b))
		}
	}
	return dst
}

// trimNUL16 cuts NUL units off the end of UTF-16 text, and nothing else.
func trimNUL16(b []byte) []byte {
	b = b[:len(b)&^1]
	for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return b
}

// trimNUL cuts NUL bytes off the end of text.
func trimNUL(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}
