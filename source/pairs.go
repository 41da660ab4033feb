package source

import (
	"bytes"
	"strings"

	"goshawk/event"
)

// Pairs key=value in text without structure, as a search for them finds them: the key is the word before the sign, the value
// runs to the next blank, comma, semicolon, bar or ampersand, or from a quote to the next.

// maxPairs bounds the pairs of one record that become fields.
const maxPairs = 512

// pairKey marks the bytes that a key is made of.
var pairKey = func() (key [256]bool) {
	for c := range key {
		key[c] = '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80 || strings.IndexByte("_.-:", byte(c)) >= 0
	}
	return key
}()

// eachPair finds the pairs of a text until each returns false. A quoted value comes without its quotes and with its escapes.
func eachPair(text []byte, each func(key, value []byte, quote byte) bool) {
	from := 0 // the end of the last pair
	for {
		i := bytes.IndexByte(text[from:], '=')
		if i < 0 {
			return
		}
		i += from
		start := i
		for start > from && pairKey[text[start-1]] {
			start--
		}
		for start < i && (text[start] < 'A' || text[start] == '_' && start+1 < i && text[start+1] == '_') {
			start++ // a key begins with a letter, or with one underscore
		}
		key := bytes.TrimRight(text[start:i], ":.-")
		value, end, quote := pairValue(text, i+1)
		from = end
		if len(key) == 0 || len(key) > 128 || quote == 0 && len(value) == 0 {
			if quote == 0 {
				from = max(i+1, from)
			}
			continue
		}
		if !each(key, value, quote) {
			return
		}
	}
}

// pairValue returns the value that begins at i, where it ends, and the quote around it, if any.
func pairValue(text []byte, i int) (value []byte, end int, quote byte) {
	if i < len(text) && (text[i] == '"' || text[i] == '\'') {
		for j := i + 1; j < len(text); j++ {
			switch text[j] {
			case '\\':
				j++
			case text[i]:
				return text[i+1 : j], j + 1, text[i]
			}
		}
		if text[i] == '"' {
			return text[i+1:], len(text), '"' // cut off, or never closed
		}
	}
	end = i
	for end < len(text) && text[end] > ' ' && strings.IndexByte(",;|&", text[end]) < 0 {
		end++
	}
	value = text[i:end]
	for n := len(value) - 1; n >= 0; n = len(value) - 1 { // a bracket around several pairs is not the last one's
		open := byte(0)
		switch value[n] {
		case ')':
			open = '('
		case ']':
			open = '['
		case '}':
			open = '{'
		default:
			return value, end, 0
		}
		if bytes.Count(value, []byte{open}) >= bytes.Count(value, value[n:]) {
			return value, end, 0
		}
		value = value[:n]
	}
	return value, end, 0
}

// pairCodec decodes the escapes in quoted values: \" and \\, which are all that writers agree upon.
var pairCodec = event.NewCodec("key-value", func(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) && (raw[i+1] == '"' || raw[i+1] == '\\' || raw[i+1] == '\'') {
			i++
		}
		dst = append(dst, raw[i])
	}
	return dst
})

// quotedValue is a quoted value with its escapes.
func quotedValue(raw []byte) event.Value {
	if bytes.IndexByte(raw, '\\') >= 0 {
		return event.EncodedValue(pairCodec, view(raw))
	}
	return event.TextValue(view(raw))
}

// pairNames remembers the names that keys become: a dash is an underscore, as searches cannot name anything else.
type pairNames map[string]*event.Name

func (t pairNames) of(key []byte) *event.Name {
	if n, ok := t[string(key)]; ok {
		return n
	}
	n := event.NameOf(strings.ReplaceAll(string(key), "-", "_"))
	if len(t) < 1<<13 {
		t[string(key)] = n
	}
	return n
}

// add adds the pairs of a text to a record whose first fields, so many, have names that no pair repeats.
func (t pairNames) add(text []byte, r *event.Record, taken int) {
	count := 0
	eachPair(text, func(key, value []byte, quote byte) bool {
		name := t.of(key)
		for i := range taken {
			if r.Fields[i].Name == name {
				return true
			}
		}
		v := event.TextValue(view(value))
		if quote != 0 {
			v = quotedValue(value)
		}
		r.Add(name, v)
		count++
		return count < maxPairs
	})
}
