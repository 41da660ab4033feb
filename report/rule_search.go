package report

import (
	"bytes"
	"strings"

	"goshawk/diag"
)

// piece is a run of an expanded search. Macro names the macros that it came through, outermost first; it is empty for what the
// author wrote himself.
type piece struct{ Text, Macro string }

// expanded returns an expanded search without the blanks around it, also as pieces.
func expanded(t *diag.Text) (string, []piece) {
	start := len(t.String) - len(strings.TrimLeft(t.String, " \t\r\n"))
	text := strings.TrimRight(t.String[start:], " \t\r\n")
	var list []piece
	begin, last := 0, ""
	for i := range len(text) {
		macro := t.Place(diag.Span{Start: start + i, End: start + i + 1}).Path()
		if i > 0 && macro != last {
			list = append(list, piece{text[begin:i], last})
			begin = i
		}
		last = macro
	}
	return text, append(list, piece{text[begin:], last})
}

// pipes returns the offsets of the pipes at which a search that its author wrote in one line can be read in several: those of the
// outermost pipeline, but for one at the start.
func pipes(search string) []int {
	if strings.Contains(strings.TrimSpace(search), "\n") {
		return nil
	}
	var list []int
	depth := 0
	for i := 0; i < len(search); i++ {
		switch search[i] {
		case '\\':
			i++
		case '"':
			for i++; i < len(search) && search[i] != '"'; i++ {
				if search[i] == '\\' {
					i++
				}
			}
		case '[':
			depth++
		case ']':
			depth--
		case '|':
			if depth == 0 && strings.TrimSpace(search[:i]) != "" {
				list = append(list, i)
			}
		}
	}
	return list
}

// inLines returns a search with a line for each pipe.
func inLines(search string) string {
	text, _ := linesOf([]piece{{Text: search}})
	return text
}

// linesOf breaks the lines of a search that is given in pieces.
func linesOf(pieces []piece) (string, []piece) {
	var whole strings.Builder
	for _, p := range pieces {
		whole.WriteString(p.Text)
	}
	breaks := pipes(whole.String())
	var b strings.Builder
	out := make([]piece, 0, len(pieces))
	at := 0
	for _, p := range pieces {
		var text []byte
		for i := range len(p.Text) {
			if len(breaks) > 0 && breaks[0] == at {
				breaks = breaks[1:]
				text = append(bytes.TrimRight(text, " "), '\n')
			}
			text = append(text, p.Text[i])
			at++
		}
		b.Write(text)
		out = append(out, piece{string(text), p.Macro})
	}
	return b.String(), out
}
