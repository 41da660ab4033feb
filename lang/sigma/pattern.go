package sigma

import (
	"strings"

	"goshawk/plan"
)

// pieces reads Sigma text: * stands for any characters, ? for one; a backslash takes that meaning from a following *, ? or
// backslash, and is an ordinary character everywhere else, at the end too. Neighbouring stars are one.
func pieces(text string) []plan.Piece {
	if text == "" {
		return nil
	}
	if !strings.ContainsAny(text, `*?\`) {
		return []plan.Piece{{Kind: plan.Run, Text: text}}
	}
	var list []plan.Piece
	run := make([]byte, 0, len(text))
	flush := func() {
		if len(run) > 0 {
			list = append(list, plan.Piece{Kind: plan.Run, Text: string(run)})
			run = run[:0]
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '*':
			flush()
			if len(list) == 0 || list[len(list)-1].Kind != plan.Many {
				list = append(list, plan.Piece{Kind: plan.Many})
			}
		case c == '?':
			flush()
			list = append(list, plan.Piece{Kind: plan.One})
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`*?\`, text[i+1]) >= 0:
			i++
			run = append(run, text[i])
		default:
			run = append(run, c)
		}
	}
	flush()
	return list
}

// joined concatenates patterns, runs and stars that become neighbours as one.
func joined(parts ...[]plan.Piece) []plan.Piece {
	var list []plan.Piece
	for _, part := range parts {
		for _, p := range part {
			if n := len(list); n > 0 {
				switch {
				case p.Kind == plan.Many && list[n-1].Kind == plan.Many:
					continue
				case p.Kind == plan.Run && list[n-1].Kind == plan.Run:
					list[n-1].Text += p.Text
					continue
				}
			}
			list = append(list, p)
		}
	}
	return list
}

var star = []plan.Piece{{Kind: plan.Many}}

// opened adds a star at the edges where there is none.
func opened(list []plan.Piece, front, back bool) []plan.Piece {
	if front && (len(list) == 0 || list[0].Kind != plan.Many) {
		list = joined(star, list)
	}
	if back && (len(list) == 0 || list[len(list)-1].Kind != plan.Many) {
		list = joined(list, star)
	}
	return list
}

// hasWildcard says whether a pattern means more than one text.
func hasWildcard(list []plan.Piece) bool {
	for _, p := range list {
		if p.Kind != plan.Run {
			return true
		}
	}
	return false
}

// settled turns the stars at the edges of a pattern into the operator that says the same, so that the rest can be indexed.
func settled(list []plan.Piece) (plan.MatchOp, plan.Pattern) {
	front, back := false, false
	if len(list) > 0 && list[0].Kind == plan.Many {
		front, list = true, list[1:]
		back = len(list) == 0
	}
	if len(list) > 0 && list[len(list)-1].Kind == plan.Many {
		back, list = true, list[:len(list)-1]
	}
	op := plan.Equals
	switch {
	case front && back:
		op = plan.Contains
	case front:
		op = plan.Suffix
	case back:
		op = plan.Prefix
	}
	return op, plan.Pattern{Pieces: list}
}
