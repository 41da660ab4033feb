package event

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// AppendJSON adds the value as JSON. Text that is not UTF-8 has its invalid bytes replaced by U+FFFD; a number that JSON
// cannot say (NaN, infinity) becomes a string; a field that occurs repeatedly becomes an array at its first place.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case Bool, Int, Decimal:
		return v.AppendText(dst)
	case Float:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return AppendQuoted(dst, string(AppendFloat(nil, f)))
		}
		return v.AppendText(dst)
	case List:
		dst = append(dst, '[')
		for i, e := range v.ref.list {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.AppendJSON(dst)
		}
		return append(dst, ']')
	case Object:
		return v.ref.object.AppendJSON(dst)
	}
	return AppendQuoted(dst, v.Text())
}

// AppendJSON adds the record as a JSON object.
func (r *Record) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	again := r.repeats()
	for i, f := range r.Fields {
		if again != nil && again[i] == nil {
			continue // written with the first field of its name
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendQuoted(dst, f.Name.Text), ':')
		if again == nil || len(again[i]) == 1 {
			dst = f.Value.AppendJSON(dst)
			continue
		}
		dst = append(dst, '[')
		for n, j := range again[i] {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = r.Fields[j].Value.AppendJSON(dst)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// repeats returns, for each field that is the first of its name, the places of all fields of that name, and nil for the
// others; nil if no name occurs twice.
func (r *Record) repeats() [][]int {
	if len(r.Fields) <= fewFields && r.allDiffer() {
		return nil
	}
	first := make(map[string]int, len(r.Fields))
	for i, f := range r.Fields {
		if _, ok := first[f.Name.Text]; !ok {
			first[f.Name.Text] = i
		}
	}
	if len(first) == len(r.Fields) {
		return nil
	}
	places := make([][]int, len(r.Fields))
	for i, f := range r.Fields {
		j := first[f.Name.Text]
		places[j] = append(places[j], i)
	}
	return places
}

// fewFields is how many names are compared with each other rather than put into a map.
const fewFields = 32

// allDiffer says whether no two names are the same, as far as their numbers tell.
func (r *Record) allDiffer() bool {
	for i := range r.Fields {
		id := r.Fields[i].Name.ID
		if id == 0 {
			return false
		}
		for j := range r.Fields[:i] {
			if r.Fields[j].Name.ID == id {
				return false
			}
		}
	}
	return true
}

// AppendQuoted adds text as a JSON string. Besides what JSON demands, characters that act on a terminal or on the order of
// text (controls beyond ASCII, format characters, line separators) are written as escapes, which every reader turns back.
func AppendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		plain := i
		for i < len(text) && plainJSON[text[i]] {
			i++
		}
		if dst = append(dst, text[plain:i]...); i == len(text) {
			break
		}
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				dst = append(dst, "\ufffd"...)
			case r >= 0x10000 && unicode.Is(unicode.Cf, r):
				dst = appendEscape(dst, 0xd800+(r-0x10000)>>10)
				dst = appendEscape(dst, 0xdc00+(r-0x10000)&0x3ff)
			case r < 0xa0 || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Cf, r):
				dst = appendEscape(dst, r)
			default:
				dst = append(dst, text[i:i+size]...)
			}
			i += size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = appendEscape(dst, rune(c))
		}
		i++
	}
	return append(dst, '"')
}

// plainJSON are the bytes that stand for themselves in a JSON string whatever is around them.
var plainJSON = func() (plain [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

const hexDigits = "0123456789abcdef"

// appendEscape adds \uXXXX.
func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
