package spl

import (
	"strings"

	"goshawk/diag"
)

// The language of search and of tstats where. NOT binds tightest, then OR, then AND, which need not be written: neighbours
// must both hold. Values are compared without case; * stands for any characters and cannot be escaped.

// condition is an expression of that language.
type condition interface{ place() diag.Span }

type (
	allOf struct { // neighbours, AND
		list  []condition
		at    diag.Span
		group bool // written in brackets
	}
	oneOf struct { // OR
		list  []condition
		at    diag.Span
		group bool
	}
	noneOf struct { // NOT
		x  condition
		at diag.Span
	}
	compared struct { // field=value
		field value
		op    string // = != < > <= >=
		value value
		at    diag.Span
	}
	among struct { // field IN (…)
		field value
		list  []value
		at    diag.Span
	}
	term struct { // a word, a phrase, TERM() or CASE()
		value value
		form  string // "", "TERM" or "CASE"
		at    diag.Span
	}
	nestedSearch struct { // […]
		search *pipeline
		at     diag.Span
	}
)

func (c *allOf) place() diag.Span        { return c.at }
func (c *oneOf) place() diag.Span        { return c.at }
func (c *noneOf) place() diag.Span       { return c.at }
func (c *compared) place() diag.Span     { return c.at }
func (c *among) place() diag.Span        { return c.at }
func (c *term) place() diag.Span         { return c.at }
func (c *nestedSearch) place() diag.Span { return c.at }

// search reads a condition up to the end or to one of the keywords. Without any word it is nil, which always holds.
func (a *args) search(until ...string) condition {
	s := &searcher{args: a, until: until}
	if s.over() {
		return nil
	}
	c := s.and()
	if c != nil && !s.over() && !s.failed {
		s.fail(s.here(), "spl-search", "the search does not understand %s here", clip(a.text[a.pos:a.end]))
	}
	if s.failed {
		return nil
	}
	if s.mixed {
		a.lowering.search.Unusual++
		a.infof(c.place(), "spl-precedence", "here OR binds tighter than AND").Hint = "put brackets around the alternatives, so that nobody reads it the other way"
	}
	return c
}

type searcher struct {
	*args
	until  []string
	nested int
	failed bool
	mixed  bool // AND and OR stand at one level, without brackets
}

func (s *searcher) fail(span diag.Span, code, format string, args ...any) condition {
	if !s.failed {
		s.errorf(span, code, format, args...)
	}
	s.failed = true
	s.pos = s.end
	return nil
}

// over says whether the search ends here.
func (s *searcher) over() bool {
	return s.done() || s.nested == 0 && len(s.until) > 0 && s.is(s.until...)
}

// operator takes an operator, which must be written in upper case.
func (s *searcher) operator(word string) bool {
	s.blank()
	if s.text[s.pos:s.bare()] != word {
		return false
	}
	back := s.pos
	s.pos = s.bare()
	if c := s.peek(); c == '=' || c == '!' || c == '<' || c == '>' { // a field of that name
		s.pos = back
		return false
	}
	return true
}

func (s *searcher) and() condition {
	var list []condition
	alternatives := false
	for {
		c := s.or()
		if c == nil {
			return nil
		}
		list = append(list, c)
		if o, ok := c.(*oneOf); ok && !o.group {
			alternatives = true
		}
		and := s.operator("AND")
		if s.over() || s.peek() == ')' {
			if and {
				return s.fail(s.here(), "spl-search", "a condition must stand behind AND")
			}
			break
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	s.mixed = s.mixed || alternatives
	return &allOf{list: list, at: list[0].place().Join(list[len(list)-1].place())}
}

func (s *searcher) or() condition {
	first := s.not()
	if first == nil {
		return nil
	}
	list := []condition{first}
	for s.operator("OR") {
		c := s.not()
		if c == nil {
			return nil
		}
		list = append(list, c)
	}
	if len(list) == 1 {
		return first
	}
	return &oneOf{list: list, at: first.place().Join(list[len(list)-1].place())}
}

func (s *searcher) not() condition {
	s.blank()
	start := s.pos
	if s.operator("NOT") {
		if s.nested++; s.nested > maxNesting {
			return s.fail(s.here(), "spl-nesting", "the search is nested more than %d deep", maxNesting)
		}
		defer func() { s.nested-- }()
		x := s.not()
		if x == nil {
			return nil
		}
		return &noneOf{x, diag.Span{Start: start, End: x.place().End}}
	}
	return s.term()
}

// term reads a comparison, a word, or a search in brackets.
func (s *searcher) term() condition {
	c := s.peek()
	start := s.pos
	switch c {
	case 0:
		return s.fail(diag.Span{Start: s.end, End: s.end}, "spl-search", "a condition is missing at the end of the search")
	case '(':
		return s.brackets()
	case '[':
		p, ok := s.subsearch()
		if !ok {
			s.failed = true
			return nil
		}
		return &nestedSearch{p, diag.Span{Start: start, End: s.pos}}
	case ')', ']', ',', '=', '<', '>', '!':
		return s.fail(s.here(), "spl-search", "a condition must stand here, not %s", string(c))
	}
	if form := s.directive(); form != "" {
		inner, ok := s.args.group()
		if !ok {
			s.failed = true
			return nil
		}
		inner.blank()
		v := value{strings.TrimSpace(inner.text[inner.pos:inner.end]), true, diag.Span{Start: inner.pos, End: inner.end}}
		if strings.HasPrefix(v.text, `"`) {
			v.text = unquoteSearch(v.text)
		}
		return &term{v, form, diag.Span{Start: start, End: s.pos}}
	}
	field := s.operand()
	if field.span.Start == field.span.End {
		return s.fail(s.here(), "spl-search", "a condition must stand here")
	}
	at := func() diag.Span { return diag.Span{Start: start, End: s.pos} }
	if s.operator("IN") {
		list, ok := s.values()
		if !ok {
			return nil
		}
		return &among{field, list, at()}
	}
	for _, op := range []string{"!=", "<=", ">=", "==", "=", "<", ">"} {
		s.blank()
		if !strings.HasPrefix(s.text[s.pos:s.end], op) {
			continue
		}
		s.pos += len(op)
		if op == "==" {
			op = "="
		}
		v := s.comparand()
		if v.span.Start == v.span.End {
			return s.fail(s.here(), "spl-search", "a value must stand behind %s", op)
		}
		s.lintBackslash(v)
		return &compared{field, op, v, at()}
	}
	if name, v, ok := strings.Cut(field.text, "::"); ok && !field.quoted && name != "" && v != "" { // an indexed field
		return &compared{value{name, false, field.span}, "=", value{v, false, field.span}, at()}
	}
	return &term{field, "", at()}
}

// directive takes TERM or CASE where a bracket follows at once.
func (s *searcher) directive() string {
	for _, form := range []string{"TERM", "CASE", "PREFIX"} {
		if strings.HasPrefix(s.text[s.pos:s.end], form+"(") {
			s.pos += len(form)
			return form
		}
	}
	return ""
}

// brackets reads a search in round brackets.
func (s *searcher) brackets() condition {
	start := s.pos
	s.pos++
	if s.nested++; s.nested > maxNesting {
		return s.fail(diag.Span{Start: start, End: start + 1}, "spl-nesting", "the search is nested more than %d deep", maxNesting)
	}
	c := s.and()
	s.nested--
	if c == nil {
		return nil
	}
	if !s.accept(')') {
		return s.fail(s.here(), "spl-search", "a closing bracket must stand here")
	}
	at := diag.Span{Start: start, End: s.pos}
	switch c := c.(type) {
	case *allOf:
		c.at, c.group = at, true
	case *oneOf:
		c.at, c.group = at, true
	}
	return c
}

// values reads the list of an IN, separated by commas or blanks.
func (s *searcher) values() ([]value, bool) {
	if !s.accept('(') {
		s.fail(s.here(), "spl-search", "a list in brackets must stand behind IN")
		return nil, false
	}
	var list []value
	for s.commas(); !s.accept(')'); s.commas() {
		v := s.operand()
		if v.span.Start == v.span.End {
			s.fail(s.here(), "spl-search", "a value, a comma or a closing bracket must stand here")
			return nil, false
		}
		s.lintBackslash(v)
		list = append(list, v)
	}
	return list, true
}

// lintBackslash remarks on a backslash that stands alone: it is one, as are two.
func (s *searcher) lintBackslash(v value) {
	for i := v.span.Start; i < v.span.End; i++ {
		switch {
		case s.text[i] != '\\':
		case i+1 < v.span.End && strings.IndexByte(`\" ,()=|[]`, s.text[i+1]) >= 0:
			i++
		default:
			s.infof(diag.Span{Start: i, End: i + 1}, "spl-backslash", "this backslash stands for itself; beside two, which are one, it is easily taken for an escape").Hint = `write \\`
			return
		}
	}
}

// operand reads a word or a quoted text that may be a field's name.
func (s *searcher) operand() value { return s.read(wordEnds) }

// comparand reads what a field is compared with; a bare value may hold = < > and !.
func (s *searcher) comparand() value { return s.read(" \t\r\n,()\"[]|") }

func (s *searcher) read(ends string) value {
	c := s.peek()
	start := s.pos
	if c == '"' {
		end := min(endOfQuote(s.text, start), s.end)
		s.pos = end
		return value{unquoteSearch(s.text[start:end]), true, diag.Span{Start: start, End: end}}
	}
	if c == '\'' && strings.Contains(ends, "=") { // a quoted field name
		if end := strings.IndexByte(s.text[start+1:s.end], '\''); end >= 0 {
			s.pos = start + end + 2
			return value{s.text[start+1 : s.pos-1], false, diag.Span{Start: start, End: s.pos}}
		}
	}
	i := start
	for i < s.end {
		if s.text[i] == '\\' && i+1 < s.end && !isBlank(s.text[i+1]) {
			i += 2
			continue
		}
		if s.text[i] == '"' && i > start { // a="b"c, or x*"y z": the quotes belong to the value
			i = min(endOfQuote(s.text, i), s.end)
			continue
		}
		if strings.IndexByte(ends, s.text[i]) >= 0 {
			if end := s.bracketed(i); end > 0 && i > start && strings.IndexByte(ends, '=') < 0 { // f=*GetCurrent()*
				i = end
				continue
			}
			break
		}
		i++
	}
	i = min(i, s.end)
	s.pos = i
	return value{unquoteBare(s.text[start:i]), false, diag.Span{Start: start, End: i}}
}

// unquoteSearch undoes the quotes and the escapes \\ and \" of a quoted text. Any other backslash is one.
func unquoteSearch(s string) string { return unquote(s) }

// unquoteBare undoes the escapes of a bare value: \\, and a backslash before what would otherwise end or quote it.
func unquoteBare(s string) string {
	if strings.IndexByte(s, '\\') < 0 && strings.IndexByte(s, '"') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`\" ,()=|[]`, s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
