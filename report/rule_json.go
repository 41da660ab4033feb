package report

import (
	"bytes"
	"encoding/json"
	"unicode"
	"unicode/utf8"
)

// JSON returns what there is to say about a rule as one object in one line.
func (v *Rule) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it is made of texts and numbers
	}
	return escapeUnseen(bytes.TrimRight(b.Bytes(), "\n"))
}

// escapeUnseen writes the characters of JSON that act on a terminal or on the order of text as escapes. Such characters stand in strings
// only.
func escapeUnseen(text []byte) []byte {
	if bytes.IndexFunc(text, unseen) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case !unseen(r):
			out = append(out, text[:n]...)
		case r >= 0x10000:
			out = appendUnicode(appendUnicode(out, 0xd800+(r-0x10000)>>10), 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = appendUnicode(out, r)
		}
		text = text[n:]
	}
	return out
}

func unseen(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Cf, r)
}

func appendUnicode(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
