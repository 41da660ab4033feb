package spl

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"goshawk/diag"
)

// parser cuts an expanded search into pipelines and commands.
type parser struct {
	*lowering
	text  string
	depth int // of subsearches
}

const maxNesting = 100 // of subsearches, and of brackets in expressions

// pipeline is a sequence of commands.
type pipeline struct {
	span     diag.Span
	commands []*command
}

// command is one pipe.
type command struct {
	name string
	span diag.Span // all of it
	at   diag.Span // its name
	stage
}

// stage is what a command does. Each command has its own kind of stage, in its own file.
type stage interface {
	// lower returns the rows behind the command, given those before it. in is nil for the first command of a pipeline.
	lower(l *lowering, in *relation) *relation
}

// spec says how a command is read. It stands where the command is lowered.
type spec struct {
	name    string
	aliases []string
	doc     string // one sentence
	// generates says that the command can begin a pipeline.
	generates bool
	parse     func(a *args) stage
	// refused says why a command is not run; parse is nil then.
	refused string
}

var specs = map[string]*spec{}

// define enters a command into the language.
func define(s spec) *spec {
	for _, name := range append([]string{s.name}, s.aliases...) {
		if specs[name] != nil {
			panic("spl: command " + name + " is defined twice")
		}
		specs[name] = &s
	}
	return &s
}

// Commands returns the names of all commands that are run, sorted, each with its sentence.
func Commands() (names []string, docs map[string]string) {
	docs = map[string]string{}
	for name, s := range specs {
		if s.refused == "" {
			names = append(names, name)
			docs[name] = s.doc
		}
	}
	sort.Strings(names)
	return names, docs
}

// Refused returns the commands, functions and aggregates that are known and not run, sorted, each with the reason.
func Refused() (names []string, reasons map[string]string) {
	reasons = map[string]string{}
	for name, s := range specs {
		if s.refused != "" {
			reasons[name] = s.refused
		}
	}
	for name, f := range functions {
		if f.refused != "" {
			reasons[name+"()"] = f.refused
		}
	}
	for name, a := range aggregators {
		if a.refused != "" {
			reasons[name+"()"] = a.refused
		}
	}
	return sortedNames(reasons), reasons
}

// pipeline reads the commands between two offsets. Only the outermost one may leave out the word search in front.
func (p *parser) pipeline(from, to int) *pipeline {
	return p.read(from, to, func(part diag.Span, piped bool) *command {
		if p.depth == 1 && !piped {
			return p.implied(part)
		}
		c := p.command(part)
		if c != nil && !specs[c.name].generates {
			p.errorf(c.at, "spl-not-first", "%s cannot begin a search: it needs rows to work on", c.name)
		}
		return c
	})
}

// body reads commands that work on rows they are given, as those of appendpipe do: the first need not make any.
func (p *parser) body(from, to int) *pipeline {
	return p.read(from, to, func(part diag.Span, _ bool) *command { return p.command(part) })
}

// read reads commands between two offsets, the first of them with a function that is told whether a pipe stands in front.
func (p *parser) read(from, to int, first func(part diag.Span, piped bool) *command) *pipeline {
	out := &pipeline{span: trimmed(p.text, from, to)}
	if p.depth++; p.depth > maxNesting {
		p.errorf(out.span, "spl-nesting", "subsearches are nested more than %d deep", maxNesting)
		return out
	}
	defer func() { p.depth-- }()
	if out.span.Start == out.span.End {
		p.errorf(out.span, "spl-empty", "the search is empty")
		return out
	}
	parts := p.split(from, to)
	blank := trimmed(p.text, parts[0].Start, parts[0].End)
	piped := blank.Start == blank.End && len(parts) > 1
	if piped {
		parts = parts[1:]
	}
	for i, part := range parts {
		var c *command
		if len(out.commands) == 0 && (i == 0 || !p.list.Failed()) {
			c = first(part, piped || i > 0)
		} else {
			c = p.command(part)
		}
		if c != nil {
			out.commands = append(out.commands, c)
		}
	}
	if len(out.commands) == 0 && !p.list.Failed() {
		p.errorf(out.span, "spl-empty", "the search is empty")
	}
	return out
}

// implied reads the first command of a pipeline that does not begin with a pipe: search, which need not be written.
func (p *parser) implied(part diag.Span) *command {
	part = trimmed(p.text, part.Start, part.End)
	a := &args{parser: p, pos: part.Start, end: part.End}
	if a.keyword("search") {
		return p.command(part)
	}
	a.command = specs["search"]
	p.search.Commands = append(p.search.Commands, "search")
	return &command{name: "search", span: part, at: diag.Span{Start: part.Start, End: part.Start}, stage: a.command.parse(a)}
}

// split cuts a text at the pipes that stand outside quotes and brackets.
func (p *parser) split(from, to int) []diag.Span {
	var parts []diag.Span
	start := from
	depth := 0
	for i := from; i < to; i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			end := endOfQuote(p.text, i)
			if end > to || end == len(p.text) && (to < 1 || p.text[end-1] != '"') {
				p.errorf(diag.Span{Start: i, End: i + 1}, "spl-quote-open", "the quoted text does not end")
				end = to
			}
			i = end - 1
		case '[':
			depth++
		case ']':
			if depth--; depth < 0 {
				p.errorf(diag.Span{Start: i, End: i + 1}, "spl-bracket", "nothing is closed by this bracket")
				depth = 0
			}
		case '|':
			if depth == 0 {
				parts = append(parts, diag.Span{Start: start, End: i})
				start = i + 1
			}
		}
	}
	if depth > 0 {
		p.errorf(diag.Span{Start: start, End: to}, "spl-bracket", "a subsearch does not end").Hint = "close it with ]"
	}
	return append(parts, diag.Span{Start: start, End: to})
}

// command reads one command.
func (p *parser) command(part diag.Span) *command {
	part = trimmed(p.text, part.Start, part.End)
	a := &args{parser: p, pos: part.Start, end: part.End}
	for a.pos < a.end && (isLetter(a.text[a.pos]) || a.pos > part.Start && isDigit(a.text[a.pos])) {
		a.pos++
	}
	at := diag.Span{Start: part.Start, End: a.pos}
	name := strings.ToLower(p.text[at.Start:at.End])
	if name == "" {
		if part.Start == part.End {
			p.warnf(part, "spl-empty-pipe", "nothing stands between two pipes")
			return nil
		}
		at.End = min(part.Start+1, part.End)
		p.errorf(at, "spl-no-command", "a command must stand here, not %s", clip(p.text[part.Start:part.End]))
		return nil
	}
	s := specs[name]
	if s == nil {
		d := p.errorf(at, "spl-unknown-command", "unknown command %s", name)
		var known []string
		for known1 := range specs {
			known = append(known, known1)
		}
		if at.End < part.End && p.text[at.End] == '=' {
			d.Hint = "a condition stands behind search"
		} else if near := diag.Nearest(name, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return nil
	}
	if s.refused != "" {
		p.errorf(at, "spl-refused-command", "%s is not run: %s", name, s.refused)
		return nil
	}
	p.search.Commands = append(p.search.Commands, s.name)
	a.command = s
	st := s.parse(a)
	if st == nil {
		if !p.list.Failed() {
			p.errorf(at, "spl-"+s.name, "%s is not written as it must be", s.name)
		}
		return nil
	}
	return &command{name: s.name, span: part, at: at, stage: st}
}

// args reads what stands behind a command's name, or a part of it.
type args struct {
	*parser
	command  *spec
	pos, end int
}

// value is a word or a quoted text.
type value struct {
	text   string // without quotes, escapes undone
	quoted bool   // in double quotes
	span   diag.Span
}

func (a *args) blank() {
	for a.pos < a.end && isBlank(a.text[a.pos]) {
		a.pos++
	}
}

// done says whether nothing but blanks is left.
func (a *args) done() bool {
	a.blank()
	return a.pos >= a.end
}

// peek returns the next byte that is not blank, 0 at the end.
func (a *args) peek() byte {
	if a.done() {
		return 0
	}
	return a.text[a.pos]
}

// accept takes the next byte if it is c.
func (a *args) accept(c byte) bool {
	if a.peek() != c {
		return false
	}
	a.pos++
	return true
}

// commas skips blanks and commas.
func (a *args) commas() {
	for a.accept(',') {
	}
}

// here returns the span of the next word, for complaints.
func (a *args) here() diag.Span {
	a.blank()
	end := a.pos
	for end < a.end && !isBlank(a.text[end]) {
		end++
	}
	return diag.Span{Start: a.pos, End: max(end, min(a.pos+1, a.end))}
}

const wordEnds = " \t\r\n,()=\"[]|<>!"

// endsWord says of each character whether a bare word ends before it.
var endsWord = func() (ends [256]bool) {
	for i := range len(wordEnds) {
		ends[wordEnds[i]] = true
	}
	return ends
}()

// bare returns the end of the bare word that begins at pos.
func (a *args) bare() int {
	i := a.pos
	for i < a.end && !endsWord[a.text[i]] {
		i++
	}
	return i
}

// is says whether the next word is one of these, in any case.
func (a *args) is(words ...string) bool {
	a.blank()
	end := a.bare()
	for _, w := range words {
		if strings.EqualFold(a.text[a.pos:end], w) {
			return true
		}
	}
	return false
}

// keyword takes the next word if it is one of these, in any case.
func (a *args) keyword(words ...string) bool {
	if !a.is(words...) {
		return false
	}
	a.pos = a.bare()
	return true
}

// value reads a quoted text or a bare word.
func (a *args) value() (value, bool) {
	c := a.peek()
	start := a.pos
	switch c {
	case 0:
		return value{}, false
	case '"':
		end := min(endOfQuote(a.text, start), a.end)
		a.pos = end
		return value{unquote(a.text[start:end]), true, diag.Span{Start: start, End: end}}, true
	case '\'':
		if end := strings.IndexByte(a.text[start+1:a.end], '\''); end >= 0 {
			a.pos = start + end + 2
			return value{a.text[start+1 : a.pos-1], false, diag.Span{Start: start, End: a.pos}}, true
		}
	}
	end := a.bare()
	if end == a.pos {
		return value{}, false
	}
	if behind := a.bracketed(end); behind > 0 { // a name such as predicted(x)
		end = behind
	}
	a.pos = end
	return value{a.text[start:end], false, diag.Span{Start: start, End: end}}, true
}

// bracketed returns the offset behind round brackets that begin at i and hold no blank, as they may within a word; 0 if there are none.
func (a *args) bracketed(i int) int {
	if i >= a.end || a.text[i] != '(' {
		return 0
	}
	for j := i + 1; j < a.end; j++ {
		switch c := a.text[j]; {
		case c == ')':
			return j + 1
		case isBlank(c) || strings.IndexByte("(\"[]|,=", c) >= 0:
			return 0
		}
	}
	return 0
}

// unquote undoes the quotes and the escapes \" and \\ of a text.
func unquote(s string) string {
	s = strings.TrimPrefix(s, `"`)
	if strings.IndexByte(s, '\\') < 0 {
		return strings.TrimSuffix(s, `"`)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"' && i == len(s)-1:
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// option reads name=value if the next name is one of these.
func (a *args) option(names ...string) (name string, v value, ok bool) {
	a.blank()
	start := a.pos
	a.pos = a.bare()
	word := a.text[start:a.pos]
	if a.peek() != '=' || !slices.Contains(names, strings.ToLower(word)) {
		a.pos = start
		return "", value{}, false
	}
	name = strings.ToLower(word)
	a.pos++
	if v, ok = a.value(); !ok {
		v.span = diag.Span{Start: start, End: a.pos}
		a.errorf(v.span, "spl-option-value", "%s= needs a value", name)
	}
	return name, v, true
}

// unknownOption complains if the next words are an option of any name, and skips it.
func (a *args) unknownOption(known ...string) bool {
	a.blank()
	start := a.pos
	end := a.bare()
	if end == start {
		return false
	}
	a.pos = end
	if !a.accept('=') {
		a.pos = start
		return false
	}
	name := a.text[start:end]
	d := a.errorf(diag.Span{Start: start, End: end}, "spl-unknown-option", "%s has no option %s", a.command.name, name)
	if near := diag.Nearest(strings.ToLower(name), known); near != "" {
		d.Hint = "did you mean " + near + "?"
	}
	a.value()
	return true
}

// rest complains about what a command does not understand. It must be called when all that is known has been read.
func (a *args) rest() {
	if !a.done() {
		span := a.here()
		a.errorf(span, "spl-unexpected", "%s does not understand %s here", a.command.name, clip(a.text[span.Start:span.End]))
		a.pos = a.end
	}
}

// names reads field names, separated by commas or blanks, up to the end or one of the keywords.
func (a *args) names(until ...string) []value {
	var list []value
	for a.commas(); !a.done() && !a.is(until...); a.commas() {
		v, ok := a.value()
		if !ok {
			break
		}
		list = append(list, v)
	}
	return list
}

// group reads a text in round brackets and returns a scanner of what stands inside.
func (a *args) group() (*args, bool) {
	if a.peek() != '(' {
		return nil, false
	}
	start := a.pos
	depth := 0
	for i := start; i < a.end; i++ {
		switch a.text[i] {
		case '"':
			i = min(endOfQuote(a.text, i), a.end) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				a.pos = i + 1
				inner := *a
				inner.pos, inner.end = start+1, i
				return &inner, true
			}
		}
	}
	a.errorf(diag.Span{Start: start, End: start + 1}, "spl-bracket", "the bracket is not closed")
	a.pos = a.end
	return nil, false
}

// subsearch reads a pipeline in square brackets.
func (a *args) subsearch() (*pipeline, bool) {
	if a.peek() != '[' {
		return nil, false
	}
	span, ok := a.square()
	if !ok {
		return nil, false
	}
	return a.pipeline(span.Start, span.End), true
}

// square reads a text in square brackets and returns the place of what stands inside.
func (a *args) square() (diag.Span, bool) {
	start := a.pos
	depth := 0
	for i := start; i < a.end; i++ {
		switch a.text[i] {
		case '"':
			i = min(endOfQuote(a.text, i), a.end) - 1
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				a.pos = i + 1
				return diag.Span{Start: start + 1, End: i}, true
			}
		}
	}
	a.errorf(diag.Span{Start: start, End: start + 1}, "spl-bracket", "the subsearch does not end").Hint = "close it with ]"
	a.pos = a.end
	return diag.Span{}, false
}

// yes reads a truth value of an option.
func (a *args) yes(v value) bool {
	switch strings.ToLower(v.text) {
	case "true", "t", "1", "yes":
		return true
	case "false", "f", "0", "no":
		return false
	}
	a.errorf(v.span, "spl-option-value", "this must be true or false, not %s", clip(v.text))
	return false
}

// count reads a whole number that is not negative.
func (a *args) count(v value) int64 {
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || n < 0 {
		a.errorf(v.span, "spl-option-value", "this must be a whole number, not %s", clip(v.text))
		return 0
	}
	return n
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// errorf reports an error about a span of the expanded search.
func (l *lowering) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return l.at(l.text.Place(span), diag.Error, code, fmt.Sprintf(format, args...))
}

// warnf reports a warning about a span of the expanded search.
func (l *lowering) warnf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return l.at(l.text.Place(span), diag.Warning, code, fmt.Sprintf(format, args...))
}

// infof remarks on a span of the expanded search.
func (l *lowering) infof(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return l.at(l.text.Place(span), diag.Info, code, fmt.Sprintf(format, args...))
}

// at reports something about a place; where it came through macros, at the place that used them, with the way to it.
func (l *lowering) at(place diag.Place, severity diag.Severity, code, message string) *diag.Diagnostic {
	source, span := place.Outermost()
	if place.Via != nil {
		message += " (in macro `" + place.Path() + "`"
		if place.Source != nil {
			p := place.Source.Position(place.Span.Start)
			message += fmt.Sprintf(", %s:%d:%d", place.Source.Name, p.Line, p.Column)
		}
		message += ")"
	}
	l.list.Add(diag.Diagnostic{Code: code, Severity: severity, Source: source, Span: span, Message: message})
	return &l.list[len(l.list)-1]
}
