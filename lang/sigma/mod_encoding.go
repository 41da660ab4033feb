package sigma

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"goshawk/plan"
)

// base64, base64offset, utf16 and its kin: what the text looks like once encoded. They work on bytes.

var _ = define(
	modifier{name: "base64", doc: "encoded as Base64 with padding", value: encoded(func(bytes string) []string {
		return []string{base64.StdEncoding.EncodeToString([]byte(bytes))}
	})},
	modifier{name: "base64offset", doc: "encoded as Base64 at each of the three alignments", value: encoded(base64Offsets)},
	modifier{name: "wide", aliases: []string{"utf16le"}, doc: "encoded as UTF-16, little endian", value: widened("", false)},
	modifier{name: "utf16be", doc: "encoded as UTF-16, big endian", value: widened("", true)},
	modifier{name: "utf16", doc: "encoded as UTF-16, little endian, with byte order mark", value: widened("\xff\xfe", false)},
)

// encoded applies an encoding to whole texts; a pattern has none.
func encoded(encode func(bytes string) []string) func(*chain, term) (term, bool) {
	return func(c *chain, t term) (term, bool) {
		return c.onPattern(t, func(t pattern) (term, bool) {
			var variants [][]plan.Piece
			for _, v := range t.variants {
				if hasWildcard(v) {
					d := c.errorf(c.modifier.Span, "sigma-encoded-wildcard", "%s cannot encode a pattern with wildcards", c.modifier.Text)
					d.Hint = "escape * and ? with a backslash if they are meant as they are"
					if t.edged {
						d.Hint = "write contains, startswith or endswith behind " + c.modifier.Text
					}
					return t, false
				}
				bytes, _ := plan.Pattern{Pieces: v}.IsPlain()
				if bytes == "" {
					c.errorf(c.source.Span, "sigma-empty-value", "there is nothing for %s to encode", c.modifier.Text)
					return t, false
				}
				for _, e := range encode(bytes) {
					variants = append(variants, plan.Plain(e).Pieces)
				}
			}
			t.variants = variants
			return t, true
		})
	}
}

// base64Offsets returns what a text looks like inside a longer encoded text, for each of the three places in a group of
// three bytes where it may begin: without the characters that encode neighbouring bytes, too.
func base64Offsets(bytes string) []string {
	var list []string
	for shift := range 3 {
		all := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + bytes))
		front := [...]int{0, 2, 3}[shift]
		back := [...]int{0, 3, 2}[(len(bytes)+shift)%3]
		if front < len(all)-back {
			list = append(list, all[front:len(all)-back])
		}
	}
	return list
}

// widened encodes the characters of a text as UTF-16 and leaves its wildcards; mark stands before it.
func widened(mark string, bigEndian bool) func(*chain, term) (term, bool) {
	encode := func(s string) string {
		out := make([]byte, 0, 2*len(s))
		unit := func(u uint16) {
			if bigEndian {
				out = append(out, byte(u>>8), byte(u))
			} else {
				out = append(out, byte(u), byte(u>>8))
			}
		}
		for _, r := range s {
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				unit(uint16(high))
				unit(uint16(low))
			} else {
				unit(uint16(r))
			}
		}
		return string(out)
	}
	return func(c *chain, t term) (term, bool) {
		return c.onPattern(t, func(t pattern) (term, bool) {
			for i, v := range t.variants {
				wide := plan.Plain(mark).Pieces
				for _, p := range v {
					if p.Kind == plan.Run {
						p.Text = encode(p.Text)
					}
					wide = joined(wide, []plan.Piece{p})
				}
				t.variants[i] = wide
			}
			return t, true
		})
	}
}
