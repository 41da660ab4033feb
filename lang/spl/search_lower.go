package spl

import (
	"net/netip"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// matcher lowers conditions of the search language over some rows.
type matcher struct {
	*lowering
	in     *relation
	clause string // "search" or "tstats where"
	// bounds are times that the search sets for itself; they hold for the whole search.
	bounds []plan.Expr
	// joins are subsearches, which become joins around the rows; only at the top level of an AND.
	joins []subCondition
}

// search keeps the rows for which a condition holds.
func (l *lowering) searchFor(in *relation, c condition, clause string) *relation {
	if c == nil {
		return in
	}
	out := in.clone()
	m := &matcher{lowering: l, in: out, clause: clause}
	where := m.top(c)
	list := m.bounds
	if where != nil {
		list = append(list, where)
	}
	switch len(list) {
	case 0:
	case 1:
		out.node = &plan.Filter{Input: out.node, Where: list[0]}
	default:
		out.node = &plan.Filter{Input: out.node, Where: &plan.And{List: list}}
	}
	for _, n := range m.joins {
		out = l.searchIn(out, n)
		if out == nil {
			return nil
		}
	}
	return out
}

// top lowers a condition that holds for the search as a whole: there, times set bounds and subsearches are joins.
func (m *matcher) top(c condition) plan.Expr {
	switch c := c.(type) {
	case *allOf:
		var list []plan.Expr
		for _, x := range c.list {
			if e := m.top(x); e != nil {
				list = append(list, e)
			}
		}
		if len(list) == 0 {
			return nil
		}
		return &plan.And{List: list}
	case *noneOf:
		if s, ok := c.x.(*nestedSearch); ok {
			m.joins = append(m.joins, subCondition{s.search, s.at, true})
			return nil
		}
	case *nestedSearch:
		m.joins = append(m.joins, subCondition{c.search, c.at, false})
		return nil
	case *compared:
		if bound, ok := m.bound(c); ok {
			if bound != nil {
				m.bounds = append(m.bounds, bound)
			}
			return nil
		}
	case *term:
		if c.value.text == "*" && !c.value.quoted && c.form == "" {
			return nil
		}
	}
	return m.test(c)
}

// test lowers a condition to an expression that is true or false.
func (m *matcher) test(c condition) plan.Expr {
	switch c := c.(type) {
	case *allOf:
		return &plan.And{List: m.tests(c.list)}
	case *oneOf:
		return &plan.Or{List: m.tests(c.list)}
	case *noneOf:
		return &plan.Not{X: m.test(c.x)}
	case *compared:
		switch bound, ok := m.bound(c); { // here a time bounds only its side of an OR
		case ok && bound == nil:
			return boolLiteral(true)
		case ok:
			return bound
		}
		return m.compare(c)
	case *among:
		return m.among(c)
	case *term:
		return m.word(c)
	case *nestedSearch:
		if found := m.agreeing(m.in, subCondition{search: c.search, at: c.at}); found != nil {
			return found
		}
	}
	return boolLiteral(false)
}

func (m *matcher) tests(list []condition) []plan.Expr {
	out := make([]plan.Expr, len(list))
	for i, c := range list {
		out[i] = m.test(c)
	}
	return out
}

// subject returns what a field of a comparison is.
func (m *matcher) subject(field value) plan.Expr {
	return m.field(m.in, field.text, field.span)
}

// compare lowers field=value and its kin.
func (m *matcher) compare(c *compared) plan.Expr {
	if strings.Contains(c.field.text, "*") {
		m.errorf(c.field.span, "spl-search-field", "the name of a field in a search cannot hold a wildcard")
		return boolLiteral(false)
	}
	if name, tag := strings.CutPrefix(c.field.text, "tag::"); tag {
		return &plan.Match{Marked: m.mark(m.clause, c.field.text, c.at), Subject: m.field(m.in, "tag::"+name, c.field.span), Op: plan.Equals, Patterns: []plan.Pattern{globPattern(c.value.text)}, Fold: true}
	}
	subject := m.subject(c.field)
	mark := m.mark(m.clause, c.field.text, c.at)
	switch c.op {
	case "=":
		return m.equals(subject, mark, c.field.text, []value{c.value})
	case "!=":
		if c.value.text == "*" {
			return boolLiteral(false)
		}
		same := m.equals(subject, plan.Marked{}, c.field.text, []value{c.value})
		item := &plan.Param{Name: "value"}
		differs := &plan.Lambda{Params: []string{"value"}, Body: &plan.Not{X: m.equals(item, plan.Marked{}, c.field.text, []value{c.value})}}
		another := apply("list_any", apply("to_list", subject), differs).(*plan.Call)
		another.Marked = mark
		return &plan.And{List: []plan.Expr{
			&plan.Not{X: &plan.IsNull{X: subject}},
			&plan.Or{List: []plan.Expr{&plan.Not{Marked: mark, X: same}, &plan.And{List: []plan.Expr{same, another}}}},
		}}
	}
	call := apply("spl_search_compare", subject, textLiteral(c.op), textLiteral(c.value.text)).(*plan.Call)
	call.Marked = mark
	return call
}

// equals lowers the comparison of a field with one of some values.
func (m *matcher) equals(subject plan.Expr, mark plan.Marked, name string, values []value) plan.Expr {
	match := &plan.Match{Marked: mark, Subject: subject, Op: plan.Equals, Fold: true}
	networks := &plan.Match{Marked: mark, Subject: subject, Op: plan.CIDR}
	match.Patterns = make([]plan.Pattern, 0, len(values))
	var others []plan.Expr
	for _, v := range values {
		if v.text == "*" {
			others = append(others, &plan.Not{Marked: mark, X: &plan.IsNull{X: subject}})
			continue
		}
		if v.text == "" {
			continue
		}
		match.Patterns = append(match.Patterns, globPattern(v.text))
		if strings.IndexByte(v.text, '&') >= 0 {
			if plainly := entities.Replace(v.text); plainly != v.text {
				match.Patterns = append(match.Patterns, globPattern(plainly))
			}
		}
		if strings.IndexByte(v.text, '/') > 0 {
			if _, err := netip.ParsePrefix(v.text); err == nil {
				networks.Patterns = append(networks.Patterns, plan.Pattern{Source: v.text})
			}
		}
		if _, number := event.Number(v.text); number && !m.in.logged.of(name) {
			call := apply("spl_search_compare", subject, textLiteral("="), textLiteral(v.text)).(*plan.Call)
			call.Marked = mark
			others = append(others, call)
		}
	}
	if len(networks.Patterns) > 0 {
		others = append(others, networks)
	}
	switch {
	case len(match.Patterns) > 0 && len(others) == 0:
		return match
	case len(match.Patterns) > 0:
		others = append([]plan.Expr{match}, others...)
	}
	switch len(others) {
	case 0:
		return boolLiteral(false)
	case 1:
		return others[0]
	}
	return &plan.Or{List: others}
}

// entities are the escapes that Splunk leaves in the values of XML events and that content is written for. Here values are what
// they spell, so a value with an escape is looked for in both spellings.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

func (m *matcher) among(c *among) plan.Expr {
	return m.equals(m.subject(c.field), m.mark(m.clause, c.field.text, c.at), c.field.text, c.list)
}

// globPattern reads a value in which * stands for any characters.
func globPattern(text string) plan.Pattern {
	if strings.IndexByte(text, '*') < 0 {
		return plan.Plain(text)
	}
	var p plan.Pattern
	for i, run := range strings.Split(text, "*") {
		if i > 0 {
			if n := len(p.Pieces); n == 0 || p.Pieces[n-1].Kind != plan.Many {
				p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Many})
			}
		}
		if run != "" {
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Run, Text: run})
		}
	}
	return p
}

// word lowers a bare word, a phrase or a TERM: it is looked for in the text of the event, as a segment of its own unless a
// wildcard says otherwise.
func (m *matcher) word(c *term) plan.Expr {
	text := c.value.text
	switch {
	case text == "":
		return boolLiteral(true)
	case text == "*" && c.form == "":
		return boolLiteral(true)
	case c.form == "PREFIX":
		m.errorf(c.at, "spl-search", "PREFIX() is for the index of the original, and not run")
		return boolLiteral(false)
	}
	raw, ok := m.find(m.in, "_raw")
	if !ok {
		m.warnf(c.at, "spl-search-raw", "rows behind %s have no text that words could be looked for in", m.in.by)
		return boolLiteral(false)
	}
	p := globPattern(text)
	match := &plan.Match{Marked: m.mark(m.clause, "", c.at), Subject: raw, Op: plan.Word, Patterns: []plan.Pattern{p}, Fold: c.form != "CASE"}
	if c.form == "TERM" {
		return wholeTerm(match)
	}
	head, tail := strings.HasPrefix(text, "*"), strings.HasSuffix(text, "*")
	if head || tail {
		match.Patterns = []plan.Pattern{globPattern(strings.Trim(text, "*"))}
		match.Op = plan.Contains
		if head != tail {
			return wordAt(match, head)
		}
	}
	return match
}

// majorBreaker matches a character that ends a term in the original.
const majorBreaker = `[\s\[\]<>(){}|!;,'"*&?+]`

// wholeTerm makes a word a term: it stands between characters that end one. A wildcard stands for characters within it.
func wholeTerm(m *plan.Match) plan.Expr {
	var b strings.Builder
	b.WriteString("(?:^|" + majorBreaker + ")")
	for _, piece := range m.Patterns[0].Pieces {
		if piece.Kind == plan.Many {
			b.WriteString("[^" + majorBreaker[1:] + "*")
		} else {
			b.WriteString(quoteMeta(piece.Text))
		}
	}
	b.WriteString("(?:$|" + majorBreaker + ")")
	return &plan.Match{Marked: m.Marked, Subject: m.Subject, Op: plan.Regexp, Patterns: []plan.Pattern{{Source: b.String()}}, Fold: m.Fold}
}

// wordAt makes a word that is open at one end an expression: wild at the head, its end must be the end of a segment.
func wordAt(m *plan.Match, head bool) plan.Expr {
	var b strings.Builder
	for _, piece := range m.Patterns[0].Pieces {
		if piece.Kind == plan.Many {
			b.WriteString(".*")
		} else {
			b.WriteString(quoteMeta(piece.Text))
		}
	}
	source := b.String()
	if head {
		source += `(?:[^\pL\pN]|$)`
	} else {
		source = `(?:^|[^\pL\pN])` + source
	}
	return &plan.Match{Marked: m.Marked, Subject: m.Subject, Op: plan.Regexp, Patterns: []plan.Pattern{{Source: source}}, Fold: m.Fold}
}

// quoteMeta escapes a text for RE2, for which bytes that are no UTF-8 are U+FFFD.
func quoteMeta(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(`\.+*?()|[]{}^$`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// bound lowers a time that a search sets for itself. ok is false for what is no such time.
func (m *matcher) bound(c *compared) (e plan.Expr, ok bool) {
	if c.field.text == "" || strings.IndexByte("_elsELS", c.field.text[0]) < 0 { // no such name begins so
		return nil, false
	}
	name := strings.ToLower(c.field.text)
	op := plan.GreaterEqual
	switch name {
	case "earliest", "_index_earliest", "starttime", "starttimeu", "startdaysago", "starthoursago", "startminutesago":
	case "latest", "_index_latest", "endtime", "endtimeu", "enddaysago", "endhoursago", "endminutesago":
		op = plan.Less
	default:
		return nil, false
	}
	if m.in.events == nil || c.op != "=" {
		return nil, false
	}
	if strings.HasPrefix(name, "_index_") {
		m.warnf(c.field.span, "spl-index-time", "when an event was indexed is not known here: %s bounds _time", c.field.text)
	}
	text := c.value.text
	for suffix, unit := range map[string]string{"daysago": "d", "hoursago": "h", "minutesago": "m"} {
		if strings.HasSuffix(name, suffix) {
			text = "-" + text + unit
		}
	}
	seconds, fine := m.moment(text)
	if !fine {
		m.errorf(c.value.span, "spl-time", "%s is no time", clip(text)).Hint = "write an offset such as -24h@h, seconds since 1970, or 01/31/2026:10:00:00"
		return nil, true
	}
	if op == plan.GreaterEqual && seconds <= 0 {
		return nil, true
	}
	t, _ := m.find(m.in, "_time")
	return &plan.Compare{Marked: m.mark(m.clause, c.field.text, c.at), Op: op, Left: t, Right: &plan.Literal{Value: event.FloatValue(seconds)}}, true
}

// moment returns a time, written as an offset from the time of the search, in seconds since 1970 or as month/day/year:h:m:s, in
// seconds since 1970.
func (l *lowering) moment(text string) (seconds float64, ok bool) {
	if v, number := event.Number(text); number {
		return v.Float(), true
	}
	if v := fn.ByName("spl_strptime").Eval([]event.Value{event.TextValue(text), event.TextValue("%m/%d/%Y:%H:%M:%S")}); !v.IsNull() {
		return v.Float(), true
	}
	l.search.TimeDependent = true
	v := fn.ByName("spl_relative_time").Eval([]event.Value{event.FloatValue(secondsOf(l.env.Now)), event.TextValue(text)})
	return v.Float(), !v.IsNull()
}

// secondsOf returns the seconds since 1970 of a time in ticks.
func secondsOf(ticks int64) float64 {
	const epoch = 621_355_968_000_000_000
	return float64(ticks-epoch) / event.TicksPerSecond
}
