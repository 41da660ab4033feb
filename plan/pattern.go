package plan

import (
	"fmt"
	"strings"
)

// Pattern is what a Match looks for. For the text operators it is a sequence of pieces; for Regexp and CIDR a Source.
type Pattern struct {
	Pieces []Piece
	Source string // the expression or network
}

// Piece is one element of a text pattern.
type Piece struct {
	Kind PieceKind
	Text string // of a Run
}

// PieceKind tells pieces apart.
type PieceKind uint8

const (
	Run     PieceKind = iota // this very text
	Many                     // any number of characters, none included; line breaks too
	One                      // exactly one character
	AnyDash                  // one of - / U+2013 U+2014 U+2015, what Windows programs take as the start of an option
)

// Dashes are the characters that AnyDash stands for.
const Dashes = "-/\u2013\u2014\u2015"

// Plain returns the pattern of a text without wildcards.
func Plain(text string) Pattern {
	if text == "" {
		return Pattern{}
	}
	return Pattern{Pieces: []Piece{{Run, text}}}
}

// Glob returns the pattern of a text in which * is any number of characters and everything else means itself.
func Glob(text string) Pattern {
	var p Pattern
	for i, run := range strings.Split(text, "*") {
		if i > 0 {
			p.Pieces = append(p.Pieces, Piece{Kind: Many})
		}
		if run != "" {
			p.Pieces = append(p.Pieces, Piece{Kind: Run, Text: run})
		}
	}
	return p
}

// IsPlain returns the text of a pattern without wildcards.
func (p Pattern) IsPlain() (string, bool) {
	switch {
	case len(p.Pieces) == 0:
		return "", true
	case len(p.Pieces) == 1 && p.Pieces[0].Kind == Run:
		return p.Pieces[0].Text, true
	}
	return "", false
}

// String writes the pieces with * for Many, ? for One, [-] for AnyDash, and a backslash before each of * ? [ \ that means
// itself.
func (p Pattern) String() string {
	if p.Source != "" {
		return p.Source
	}
	var b strings.Builder
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case Many:
			b.WriteByte('*')
		case One:
			b.WriteByte('?')
		case AnyDash:
			b.WriteString("[-]")
		case Run:
			for i := 0; i < len(piece.Text); i++ {
				if strings.IndexByte(`*?[\`, piece.Text[i]) >= 0 {
					b.WriteByte('\\')
				}
				b.WriteByte(piece.Text[i])
			}
		}
	}
	return b.String()
}

// ParsePattern reads what String writes of a text pattern.
func ParsePattern(text string) (Pattern, error) {
	var p Pattern
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			p.Pieces = append(p.Pieces, Piece{Run, run.String()})
			run.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '*':
			flush()
			p.Pieces = append(p.Pieces, Piece{Kind: Many})
		case '?':
			flush()
			p.Pieces = append(p.Pieces, Piece{Kind: One})
		case '[':
			if !strings.HasPrefix(text[i:], "[-]") {
				return Pattern{}, fmt.Errorf("pattern %q: [ must be escaped or begin [-]", text)
			}
			flush()
			p.Pieces = append(p.Pieces, Piece{Kind: AnyDash})
			i += 2
		case '\\':
			if i+1 == len(text) {
				return Pattern{}, fmt.Errorf("pattern %q ends in a lone backslash", text)
			}
			i++
			run.WriteByte(text[i])
		default:
			run.WriteByte(c)
		}
	}
	flush()
	return p, nil
}
