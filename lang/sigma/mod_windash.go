package sigma

import (
	"unicode"
	"unicode/utf8"

	"goshawk/plan"
)

// windash: a hyphen or slash at the beginning of a word may be any character that Windows programs take as an option sign.

var _ = define(modifier{name: "windash", doc: "any dash or slash before an option", value: func(c *chain, t term) (term, bool) {
	return c.onPattern(t, func(t pattern) (term, bool) {
		for i, v := range t.variants {
			var found bool
			t.variants[i], found = dashed(v)
			c.dashed = c.dashed || found
		}
		return t, true
	})
}})

// dashed replaces each hyphen and slash that has no word character before it and one behind it; found says whether any has.
func dashed(list []plan.Piece) (out []plan.Piece, found bool) {
	for _, p := range list {
		if p.Kind != plan.Run {
			out = append(out, p)
			continue
		}
		begin := 0
		for i := 0; i < len(p.Text); i++ {
			if p.Text[i] != '-' && p.Text[i] != '/' {
				continue
			}
			before, _ := utf8.DecodeLastRuneInString(p.Text[:i])
			after, _ := utf8.DecodeRuneInString(p.Text[i+1:])
			if i > 0 && isWord(before) || i+1 == len(p.Text) || !isWord(after) {
				continue
			}
			if i > begin {
				out = append(out, plan.Piece{Kind: plan.Run, Text: p.Text[begin:i]})
			}
			out = append(out, plan.Piece{Kind: plan.AnyDash})
			found = true
			begin = i + 1
		}
		if begin < len(p.Text) {
			out = append(out, plan.Piece{Kind: plan.Run, Text: p.Text[begin:]})
		}
	}
	return out, found
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
}
