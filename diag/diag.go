// Package diag says where in a text something is and what is wrong there.
//
// In goes the text of a rule, a query or a map and the span of a complaint; out come diagnostics that point at line and
// column of the author's own file, carry a stable code and say what to write instead. Every room above may use it; it
// uses none of them.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Source is one text as its author wrote it; it must not change once spans point into it.
type Source struct {
	Name string // the path or other name that the author knows the text by
	Text string
}

// Span is a half-open range of byte offsets in a Source; the zero Span is the start of the text.
type Span struct {
	Start, End int
}

// Join returns the smallest span that covers both.
func (s Span) Join(o Span) Span {
	return Span{min(s.Start, o.Start), max(s.End, o.End)}
}

// Position is a place as people name it: line and column count from 1, the column in characters.
type Position struct {
	Line, Column int
}

// Position returns the place of a byte offset; an offset outside the text is moved to its nearest end.
func (s *Source) Position(offset int) Position {
	if s == nil {
		return Position{1, 1}
	}
	offset = min(max(offset, 0), len(s.Text))
	head := s.Text[:offset]
	line := strings.Count(head, "\n") + 1
	column := utf8.RuneCountInString(head[strings.LastIndexByte(head, '\n')+1:]) + 1
	return Position{line, column}
}

// Offset returns the byte offset of a line and column, moved into the text where they lie outside it.
func (s *Source) Offset(line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(s.Text[offset:], '\n')
		if next < 0 {
			return len(s.Text)
		}
		offset += next + 1
	}
	for ; column > 1 && offset < len(s.Text) && s.Text[offset] != '\n'; column-- {
		_, size := utf8.DecodeRuneInString(s.Text[offset:])
		offset += size
	}
	return offset
}

// Severity ranks a diagnostic.
type Severity uint8

// An Error means that the text cannot be used; a Warning that it can, but probably not as meant; an Info explains.
const (
	Error Severity = iota
	Warning
	Info
)

func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// Diagnostic is one complaint about one place of a text.
type Diagnostic struct {
	Code     string // stable, such as "sigma-unknown-modifier": language or room, then what is wrong
	Severity Severity
	Source   *Source // may be nil: a complaint about no text
	Span     Span
	Message  string // one lower-case sentence without a full stop
	Hint     string // what to write or do instead; may be empty
	Fix      *Fix   // what puts it right without asking; nil: somebody has to decide
}

// Position returns where the diagnostic points.
func (d Diagnostic) Position() Position { return d.Source.Position(d.Span.Start) }

// Error returns the diagnostic in one line: path:line:column: severity: message [code].
func (d Diagnostic) Error() string {
	var b strings.Builder
	if d.Source != nil {
		p := d.Position()
		fmt.Fprintf(&b, "%s:%d:%d: ", d.Source.Name, p.Line, p.Column)
	}
	fmt.Fprintf(&b, "%s: %s [%s]", d.Severity, d.Message, d.Code)
	if d.Hint != "" {
		fmt.Fprintf(&b, "; %s", d.Hint)
	}
	return b.String()
}

// List gathers the diagnostics of a text; the zero List is empty and ready for use.
type List []Diagnostic

// Add appends a diagnostic.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// Errorf appends an error about a span of a source.
func (l *List) Errorf(src *Source, span Span, code, format string, args ...any) *Diagnostic {
	*l = append(*l, Diagnostic{Code: code, Severity: Error, Source: src, Span: span, Message: fmt.Sprintf(format, args...)})
	return &(*l)[len(*l)-1]
}

// Warnf appends a warning about a span of a source.
func (l *List) Warnf(src *Source, span Span, code, format string, args ...any) *Diagnostic {
	*l = append(*l, Diagnostic{Code: code, Severity: Warning, Source: src, Span: span, Message: fmt.Sprintf(format, args...)})
	return &(*l)[len(*l)-1]
}

// Failed says whether the list holds an error.
func (l List) Failed() bool {
	for _, d := range l {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders the list by source name, place, and code.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		if a.Source != b.Source && a.Source != nil && b.Source != nil && a.Source.Name != b.Source.Name {
			return strings.Compare(a.Source.Name, b.Source.Name)
		}
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), strings.Compare(a.Code, b.Code))
	})
}

// Error joins the one-line forms, so that a List can be returned as an error.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}
