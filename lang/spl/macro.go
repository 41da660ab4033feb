package spl

import (
	"fmt"
	"strings"

	"goshawk/diag"
)

// Macros are texts. A call stands between backticks, with arguments in brackets; its text takes its place before anything
// else is read, so that it can be a condition, a number, a list, or several commands. Inside double quotes a backtick is a
// backtick. Three backticks begin a comment.

const (
	maxDepth    = 32      // of macros in macros
	maxExpanded = 1 << 20 // bytes of an expanded search
	usualMacro  = 64      // bytes of a macro, as content writes them
)

// expand removes comments and puts in the texts of macros.
func (l *lowering) expand(text *diag.Text) *diag.Text {
	x := &expansion{lowering: l}
	calls := strings.Count(text.String, "`") / 2
	out := &diag.TextBuilder{}
	out.Grow(len(text.String)+calls*usualMacro, strings.Count(text.String, "\n")+1+2*calls)
	x.into(out, text, nil)
	return out.Text()
}

type expansion struct {
	*lowering
	stack []string
	size  int
	full  bool
}

// into appends the expansion of a text. via is the use that the text stands for.
func (x *expansion) into(out *diag.TextBuilder, text *diag.Text, via *diag.Use) {
	s := text.String
	from := 0
	flush := func(to int) {
		if x.full {
			return
		}
		if x.size += to - from; x.size > maxExpanded {
			x.full = true
			x.complain(text, diag.Span{Start: from, End: from}, via, "spl-macro-size", "the search is over %d bytes long when its macros are expanded", maxExpanded)
			return
		}
		out.AddText(text, diag.Span{Start: from, End: to}, via)
	}
	for i := 0; i < len(s) && !x.full; {
		switch s[i] {
		case '\\':
			i += 2
		case '"':
			i = endOfQuote(s, i)
		case '`':
			flush(i)
			if strings.HasPrefix(s[i:], "```") {
				end := strings.Index(s[i+3:], "```")
				if end < 0 {
					x.complain(text, diag.Span{Start: i, End: len(s)}, via, "spl-comment-open", "the comment does not end").Hint = "end it with three backticks"
					return
				}
				i += end + 6
				out.Add(" ", text.Place(diag.Span{Start: i - 1, End: i}).Source, text.Place(diag.Span{Start: i - 1, End: i}).Span)
				from = i
				continue
			}
			end := endOfCall(s, i+1)
			if end < 0 {
				x.complain(text, diag.Span{Start: i, End: i + 1}, via, "spl-macro-open", "the macro call does not end").Hint = "end it with a backtick"
				return
			}
			x.call(out, text, diag.Span{Start: i, End: end + 1}, via)
			i, from = end+1, end+1
		default:
			i++
		}
	}
	flush(len(s))
}

// endOfQuote returns the offset behind a double-quoted text that begins at i.
func endOfQuote(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// endOfCall returns the offset of the backtick that ends a macro call, -1 if none does.
func endOfCall(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = endOfQuote(s, i) - 1
		case '`':
			return i
		}
	}
	return -1
}

// callForm takes a call apart: a name, and perhaps arguments in brackets, which stand between two offsets; from is -1 where there are no
// brackets. It reports false for a text that is no call.
func callForm(call string) (name string, from, to int, ok bool) {
	const blanks = "\t\n\f\r "
	begins := strings.TrimLeft(call, blanks)
	end := strings.IndexAny(begins, blanks+`(),"`)
	if end < 0 {
		end = len(begins)
	}
	name, rest := begins[:end], strings.TrimLeft(begins[end:], blanks)
	brackets := strings.TrimRight(rest, blanks)
	switch {
	case name == "":
		return "", -1, -1, false
	case brackets == "":
		return name, -1, -1, true
	case len(brackets) >= 2 && brackets[0] == '(' && brackets[len(brackets)-1] == ')':
		from = len(call) - len(rest) + 1
		return name, from, from + len(brackets) - 2, true
	}
	return "", -1, -1, false
}

// call puts in the text of one macro.
func (x *expansion) call(out *diag.TextBuilder, text *diag.Text, span diag.Span, via *diag.Use) {
	inner := text.String[span.Start+1 : span.End-1]
	name, from, to, ok := callForm(inner)
	if !ok {
		x.complain(text, span, via, "spl-macro-call", "this is no macro call: %s", clip(inner)).Hint = "a call is a name, with arguments in brackets if it takes any"
		return
	}
	var args []diag.Span
	if from >= 0 {
		args = splitArguments(text.String, span.Start+1+from, span.Start+1+to)
	}
	if x.env.Macro == nil {
		x.complain(text, span, via, "spl-unknown-macro", "unknown macro `%s`", name)
		return
	}
	macro, ok := x.env.Macro(name, len(args))
	if !ok {
		d := x.complain(text, span, via, "spl-unknown-macro", "unknown macro `%s`%s", name, argumentCount(len(args)))
		if x.env.MacroNames != nil {
			switch near := diag.Nearest(name, x.env.MacroNames()); near {
			case "":
			case name:
				d.Hint = "there is a macro of that name, with another number of arguments"
			default:
				d.Hint = "did you mean `" + near + "`?"
			}
		}
		return
	}
	for _, open := range x.stack {
		if open == name {
			x.complain(text, span, via, "spl-macro-cycle", "the macro `%s` uses itself: %s", name, strings.Join(append(x.stack, name), " > "))
			return
		}
	}
	if len(x.stack) >= maxDepth {
		x.complain(text, span, via, "spl-macro-depth", "macros are nested more than %d deep", maxDepth)
		return
	}
	var values map[string]*diag.Text
	if len(args) > 0 {
		values = make(map[string]*diag.Text, len(args))
	}
	for i, arg := range args {
		if i < len(macro.Args) {
			values[macro.Args[i]] = x.argument(text, arg)
		}
	}
	place := text.Place(span)
	use := &diag.Use{Name: name, Source: place.Source, Span: place.Span, Via: nested(place.Via, via)}
	if !x.valid(macro, values, text, span, via) {
		return
	}
	definition := substitute(macro.Definition, values)
	if macro.Eval {
		if definition = x.computed(macro, definition, values, text, span, via); definition == nil {
			return
		}
	}
	x.stack = append(x.stack, name)
	x.into(out, definition, use)
	x.stack = x.stack[:len(x.stack)-1]
}

func nested(inner, outer *diag.Use) *diag.Use {
	if inner == nil {
		return outer
	}
	return inner
}

func argumentCount(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " with one argument"
	}
	return fmt.Sprintf(" with %d arguments", n)
}

// splitArguments returns the arguments between two offsets, cut at commas outside quotes and brackets.
func splitArguments(s string, from, to int) []diag.Span {
	if strings.TrimSpace(s[from:to]) == "" {
		return nil
	}
	var list []diag.Span
	depth, start := 0, from
	for i := from; i < to; i++ {
		switch s[i] {
		case '"':
			i = min(endOfQuote(s, i), to) - 1
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, trimmed(s, start, i))
				start = i + 1
			}
		}
	}
	return append(list, trimmed(s, start, to))
}

func trimmed(s string, from, to int) diag.Span {
	for from < to && isBlank(s[from]) {
		from++
	}
	for to > from && isBlank(s[to-1]) {
		to--
	}
	return diag.Span{Start: from, End: to}
}

// argument returns the text that stands for a parameter: without the quotes around it, and quotes inside them plain.
func (x *expansion) argument(text *diag.Text, span diag.Span) *diag.Text {
	out := &diag.TextBuilder{}
	s := text.String[span.Start:span.End]
	if len(s) < 2 || s[0] != '"' || endOfQuote(s, 0) != len(s) {
		out.AddText(text, span, nil)
		return out.Text()
	}
	from := span.Start + 1
	for i := from; i < span.End-1; i++ {
		if text.String[i] == '\\' && text.String[i+1] == '"' && i+1 < span.End-1 {
			out.AddText(text, diag.Span{Start: from, End: i}, nil)
			from = i + 1
			i++
		}
	}
	out.AddText(text, diag.Span{Start: from, End: span.End - 1}, nil)
	return out.Text()
}

// parameter returns where the next parameter of a definition stands, at or behind an offset, with the dollars around it; false if there
// is none.
func parameter(s string, from int) (at diag.Span, ok bool) {
	for {
		start := strings.IndexByte(s[from:], '$')
		if start < 0 {
			return at, false
		}
		start += from
		end := start + 1
		for end < len(s) && isParameter(s[end]) {
			end++
		}
		if end > start+1 && end < len(s) && s[end] == '$' {
			return diag.Span{Start: start, End: end + 1}, true
		}
		from = start + 1
	}
}

// isParameter says whether a character may stand in the name of a parameter.
func isParameter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// substitute puts the values of the parameters into a definition.
func substitute(definition *diag.Text, values map[string]*diag.Text) *diag.Text {
	if len(values) == 0 {
		return definition
	}
	out := &diag.TextBuilder{}
	from := 0
	for at, ok := parameter(definition.String, 0); ok; at, ok = parameter(definition.String, at.End) {
		value, known := values[definition.String[at.Start+1:at.End-1]]
		if !known {
			continue
		}
		out.AddText(definition, diag.Span{Start: from, End: at.Start}, nil)
		out.AddText(value, diag.Span{Start: 0, End: len(value.String)}, nil)
		from = at.End
	}
	out.AddText(definition, diag.Span{Start: from, End: len(definition.String)}, nil)
	return out.Text()
}

// complain reports something about a place of a text that is not expanded yet.
func (x *expansion) complain(text *diag.Text, span diag.Span, via *diag.Use, code, format string, args ...any) *diag.Diagnostic {
	place := text.Place(span)
	place.Via = nested(place.Via, via)
	return x.at(place, diag.Error, code, fmt.Sprintf(format, args...))
}

func clip(s string) string {
	s = inLine(s)
	if len(s) > 60 {
		s = s[:57] + "…"
	}
	return s
}

// inLine returns a text with single blanks for all that is blank in it, and none around it.
func inLine(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
