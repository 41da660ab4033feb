package stream

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var (
	element     = fn.ByName("element")
	kqlParse    = fn.ByName("kql_parse")
	kqlParseXML = fn.ByName("kql_parse_xml")
	concat      = fn.ByName("concat")
	formatTime  = fn.ByName("format_time")
)

// mentioning puts a cheaper condition in front of a match on a text that costs much to make, where one is known that holds whenever
// the match does.
func mentioning(m *plan.Match, subject plan.Expr) plan.Expr {
	full := withSubject(m, subject)
	if cheap := cheaper(m, subject); cheap != nil {
		return &plan.And{List: []plan.Expr{cheap, full}}
	}
	return full
}

// cheaper returns a condition that holds whenever a match on a subject does and costs less to ask; nil where none is known.
func cheaper(m *plan.Match, subject plan.Expr) plan.Expr {
	call, ok := subject.(*plan.Call)
	if !ok {
		return nil
	}
	if part := parsedPart(call); part != nil {
		return withSubject(m, part)
	}
	if m.Op == plan.Regexp || m.Op == plan.CIDR || call.Func.Mentions == nil && call.Func.Within != fn.Choice && call.Func != kqlParseXML {
		return nil
	}
	texts := make([]string, len(m.Patterns))
	for i, p := range m.Patterns {
		if texts[i], ok = p.IsPlain(); !ok {
			return nil
		}
	}
	return mention(call, texts, false)
}

// parsedPart returns an expression whose texts the values of another are among that is a part of a text, where it can be had without
// making the text.
func parsedPart(e *plan.Call) plan.Expr {
	if e.Func != element {
		return nil
	}
	parsed, isCall := e.Args[0].(*plan.Call)
	at, isLiteral := e.Args[1].(*plan.Literal)
	if !isCall || parsed.Func != kqlParse || !isLiteral || at.Value.Kind() != event.Int || at.Value.Int() < 0 {
		return nil
	}
	pattern, isLiteral := parsed.Args[1].(*plan.Literal)
	if !isLiteral {
		return nil
	}
	before, after, ok := fn.KQLParsed(pattern.Value, at.Value.Int())
	if !ok || after == "" || !strings.HasPrefix("</Data>", after) { // all else may stand within the value
		return nil
	}
	made, isCall := onlyHolder(parsed.Args[0], before).(*plan.Call)
	if !isCall || made.Func.Between == nil || len(made.Args) != 3 || mayHold(made.Args[1], before) || mayHold(made.Args[2], before) {
		return nil
	}
	f := made.Func.Between(before)
	if f == nil {
		return nil
	}
	return &plan.Call{Func: f, Args: []plan.Expr{made.Args[0], &plan.Literal{Value: event.TextValue(before), Type: schema.String}}}
}

// onlyHolder returns the only value of a choice that a text may stand in, any other expression as it is.
func onlyHolder(e plan.Expr, text string) plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok || call.Func.Within != fn.Choice {
		return e
	}
	var holder plan.Expr
	for _, a := range call.Args {
		if !mayHold(a, text) {
			continue
		}
		if holder != nil {
			return e
		}
		holder = a
	}
	return onlyHolder(holder, text)
}

// mayHold says whether a text may stand in that of an expression: false of a text that it cannot be in, of which times written in digits
// and what is joined of both are others.
func mayHold(e plan.Expr, text string) bool {
	parts := []plan.Expr{e}
	if call, ok := e.(*plan.Call); ok && call.Func == concat {
		parts = call.Args
	}
	met := make([]bool, len(text)+1) // how much of the text may stand at the end of what is written so far
	met[0] = true
	for _, part := range parts {
		if l, ok := part.(*plan.Literal); ok && (l.Value.IsNull() || l.Value.Kind() == event.Text) {
			for _, c := range []byte(l.Value.Text()) {
				for n := len(text) - 1; n >= 0; n-- {
					met[n+1] = met[n] && text[n] == c
				}
				if met[len(text)] {
					return true
				}
			}
			continue
		}
		other, ok := digitsAnd(part)
		if !ok {
			return true
		}
		for n := range len(text) {
			c := text[n]
			met[n+1] = met[n+1] || met[n] && ('0' <= c && c <= '9' || c == '-' || strings.IndexByte(other, c) >= 0)
		}
	}
	return met[len(text)]
}

// digitsAnd returns what else but digits and a sign may stand in a time that is written in digits; false for any other expression.
func digitsAnd(e plan.Expr) (string, bool) {
	call, ok := e.(*plan.Call)
	if !ok || call.Func != formatTime || len(call.Args) != 2 {
		return "", false
	}
	format, ok := call.Args[1].(*plan.Literal)
	if !ok {
		return "", false
	}
	other, s := "", format.Value.Text()
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			other += s[i : i+1]
			continue
		}
		if i++; i < len(s) && '1' <= s[i] && s[i] <= '9' {
			i++
		}
		if i == len(s) || !strings.Contains("YmdHMSN", s[i:i+1]) {
			return "", false
		}
	}
	return other, true
}

// mention returns a condition that holds whenever a value, made of a text whose making costs much, mentions one of some texts; nil where
// none is known. With parsed it is about what is parsed of the value as XML: the names and texts in it.
func mention(e plan.Expr, texts []string, parsed bool) plan.Expr {
	switch e := e.(type) {
	case *plan.Literal:
		if e.Value.IsNull() || e.Value.Text() == "" {
			return falseLiteral
		}
	case *plan.Case:
		values := []plan.Expr{}
		for _, arm := range e.Arms {
			values = append(values, arm.Then)
		}
		if e.Else != nil {
			values = append(values, e.Else)
		}
		return mentionAny(values, texts, parsed)
	case *plan.Call:
		switch {
		case e.Func.Within == fn.Choice:
			return mentionAny(e.Args, texts, parsed)
		case e.Func == kqlParseXML && !parsed && !slices.ContainsFunc(texts, func(t string) bool { return !isWord(t) }):
			return mention(e.Args[0], texts, true)
		case e.Func.Mentions == nil || parsed && !onlyTags(e.Args[1:]):
			return nil
		}
		f := e.Func.Mentions(texts)
		if f == nil {
			return nil
		}
		list := make([]event.Value, len(texts))
		for i, t := range texts {
			list[i] = event.TextValue(strings.ToLower(t))
		}
		args := append(slices.Clone(e.Args), &plan.Literal{Value: event.ListValue(list...), Type: schema.Dynamic})
		return &plan.Call{Func: f, Args: args}
	}
	return nil
}

// mentionAny is mention for a value that is one of several.
func mentionAny(values []plan.Expr, texts []string, parsed bool) plan.Expr {
	var list []plan.Expr
	for _, value := range values {
		one := mention(value, texts, parsed)
		switch {
		case one == nil:
			return nil
		case one != falseLiteral:
			list = append(list, one)
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return &plan.Or{List: list}
}

// isWord says whether a text is letters and digits that kql_parse_xml does not write by itself.
func isWord(text string) bool {
	for i := range len(text) {
		if c := text[i]; !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9') {
			return false
		}
	}
	return !strings.Contains("text null", strings.ToLower(text))
}

// onlyTags says whether the first two of some expressions are texts of nothing but tags, so that what stands between them is not part
// of a longer text.
func onlyTags(around []plan.Expr) bool {
	if len(around) < 2 {
		return false
	}
	for _, e := range around[:2] {
		l, ok := e.(*plan.Literal)
		if !ok {
			return false
		}
		s := l.Value.Text()
		if !strings.HasPrefix(s, "<") || !strings.HasSuffix(s, ">") || strings.Contains(s, "<!") || strings.Contains(s, "<?") || strings.Contains(s, "&") ||
			strings.Count(s, ">") != strings.Count(s, "><")+1 {
			return false
		}
	}
	return true
}
