package detection

import (
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // so that zones do not depend on the machine

	"goshawk/diag"
)

// ExclusionCondition is one condition: a field, what is asked of it, and of which values. A condition on a field that an event does not
// have does not hold, whatever it asks, but for "not exists". Texts are compared without regard to case, but for "matches".
type ExclusionCondition struct {
	Field  string
	Op     ExclusionOp
	Not    bool
	Values []string // one, or of "in" any number; none of "exists" and "within"
	Hours  *Hours   // of "within"
	Place  diag.Place
}

// ExclusionOp is what a condition asks.
type ExclusionOp string

// The operators. All can be negated.
const (
	OpIs         ExclusionOp = "="
	OpIn         ExclusionOp = "in"
	OpContains   ExclusionOp = "contains"
	OpStartsWith ExclusionOp = "startswith"
	OpEndsWith   ExclusionOp = "endswith"
	OpMatches    ExclusionOp = "matches" // a regular expression (RE2) anywhere in the text
	OpCIDR       ExclusionOp = "cidr"    // an address in a network
	OpLess       ExclusionOp = "<"
	OpAtMost     ExclusionOp = "<="
	OpMore       ExclusionOp = ">"
	OpAtLeast    ExclusionOp = ">="
	OpExists     ExclusionOp = "exists"
	OpWithin     ExclusionOp = "within" // a span of the time of day
)

// ExclusionOps are the operators as they are written, "!=" included.
func ExclusionOps() []string {
	return []string{"=", "!=", "in", "contains", "startswith", "endswith", "matches", "cidr", "<", "<=", ">", ">=", "exists", "within"}
}

// Hours are a span of the time of day, in minutes; To is outside it, and beyond 24 h where it is on the next day.
type Hours struct {
	From, To int
	Zone     string // as time.LoadLocation takes it
	Days     []time.Weekday
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// String writes a span as it is read.
func (c *Hours) String() string {
	at := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60%24, m%60) }
	out := at(c.From) + "-" + at(c.To)
	if c.To == 24*60 {
		out = at(c.From) + "-24:00"
	}
	if c.Zone != "UTC" {
		out += " " + c.Zone
	}
	if len(c.Days) > 0 {
		names := make([]string, len(c.Days))
		for i, d := range c.Days {
			names[i] = weekdays[d]
		}
		out += " " + strings.Join(names, ",")
	}
	return out
}

var clockForm = regexp.MustCompile(`^(\d\d?):(\d\d)-(\d\d?):(\d\d)$`)

// ReadHours reads a span of the time of day: "02:00-04:00", "22:00-06:00 Europe/Berlin", "00:00-24:00 UTC sat,sun", "08:00-18:00
// mon-fri". Without a zone it is UTC's.
func ReadHours(text string) (*Hours, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, fmt.Errorf("a span of the time of day is missing, such as 02:00-04:00")
	}
	m := clockForm.FindStringSubmatch(words[0])
	if m == nil {
		return nil, fmt.Errorf("%q is no span of the time of day; write it like 02:00-04:00", words[0])
	}
	minutes := func(hour, minute string, most int) (int, bool) {
		h, _ := strconv.Atoi(hour)
		n, _ := strconv.Atoi(minute)
		return h*60 + n, n < 60 && h*60+n <= most
	}
	c := &Hours{Zone: "UTC"}
	var fine, ok bool
	if c.From, fine = minutes(m[1], m[2], 24*60-1); !fine {
		return nil, fmt.Errorf("no clock shows %s:%s", m[1], m[2])
	}
	if c.To, ok = minutes(m[3], m[4], 24*60); !ok {
		return nil, fmt.Errorf("no clock shows %s:%s", m[3], m[4])
	}
	if c.To == c.From {
		return nil, fmt.Errorf("%s is no time at all; a whole day is 00:00-24:00", words[0])
	}
	if c.To < c.From {
		c.To += 24 * 60
	}
	for i, word := range words[1:] {
		if days, ok := readDays(word); ok && c.Days == nil {
			c.Days = days
			continue
		}
		if _, err := time.LoadLocation(word); err != nil || strings.EqualFold(word, "local") || i > 0 && c.Zone != "UTC" {
			return nil, fmt.Errorf("%q is neither a time zone, such as Europe/Berlin, nor days, such as mon-fri or sat,sun", word)
		}
		c.Zone = word
	}
	return c, nil
}

// readDays reads mon-fri or sat,sun.
func readDays(word string) ([]time.Weekday, bool) {
	var days []time.Weekday
	for part := range strings.SplitSeq(strings.ToLower(word), ",") {
		first, last, ranged := strings.Cut(part, "-")
		a := slices.Index(weekdays, first)
		b := a
		if ranged {
			b = slices.Index(weekdays, last)
		}
		if a < 0 || b < 0 {
			return nil, false
		}
		for d := a; ; d = (d + 1) % 7 {
			if !slices.Contains(days, time.Weekday(d)) {
				days = append(days, time.Weekday(d))
			}
			if d == b {
				break
			}
		}
	}
	return days, true
}

// Text is the condition as it is written on one line.
func (c ExclusionCondition) Text() string {
	op := string(c.Op)
	if c.Not {
		op = "not " + op
		if c.Op == OpIs {
			op = "!="
		}
	}
	switch c.Op {
	case OpExists:
		return quoteWord(c.Field) + " " + op
	case OpWithin:
		return quoteWord(c.Field) + " " + op + " " + c.Hours.String()
	case OpIn:
		values := make([]string, len(c.Values))
		for i, v := range c.Values {
			values[i] = quoteWord(v)
		}
		return quoteWord(c.Field) + " " + op + " (" + strings.Join(values, ", ") + ")"
	}
	value := ""
	if len(c.Values) > 0 {
		value = quoteWord(c.Values[0])
	}
	return quoteWord(c.Field) + " " + op + " " + value
}

// quoteWord writes a word so that it is read as one.
func quoteWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\r\n'\"(),=<>!") && !slices.Contains(reserved, strings.ToLower(word)) {
		return word
	}
	return `"` + strings.ReplaceAll(word, `"`, `""`) + `"`
}

var reserved = append(slices.DeleteFunc(ExclusionOps(), func(op string) bool { return op[0] < 'a' }), "and", "or", "not", "is")

// Check returns what is wrong with a condition, as a complaint and a hint; empty where nothing is.
func (c *ExclusionCondition) Check() (complaint, hint string) {
	if c.Field == "" {
		return "the condition names no field", "write field operator value, such as user.name = root"
	}
	switch c.Op {
	case OpExists, OpWithin:
		return "", ""
	case OpIn:
		if len(c.Values) == 0 {
			return "there is no value in the list", "write in (a, b)"
		}
		return "", ""
	}
	if len(c.Values) != 1 {
		return fmt.Sprintf("%s takes one value", c.Op), "in takes a list: in (a, b)"
	}
	value := c.Values[0]
	switch c.Op {
	case OpContains, OpStartsWith, OpEndsWith:
		if value == "" {
			return fmt.Sprintf("every text %s nothing", c.Op), "write a text, or exists"
		}
	case OpMatches:
		if _, err := regexp.Compile(value); err != nil {
			return "this is no regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: "), "the syntax is that of RE2"
		}
	case OpCIDR:
		if _, err := netip.ParsePrefix(value); err != nil {
			return fmt.Sprintf("%q is no network", value), "write it like 10.0.0.0/8"
		}
	case OpLess, OpAtMost, OpMore, OpAtLeast:
		if _, ok := new(big.Rat).SetString(value); !ok {
			return fmt.Sprintf("%q is no number", value), "the operators < <= > >= compare numbers"
		}
	}
	return "", ""
}

// ReadPredicate reads a structured predicate: conditions joined by "and" and "or", of which "and" binds tighter, as in
// `user.name in (root, admin) and process.command_line contains "backup.sh" or host.name = DEV01`.
func ReadPredicate(text *diag.Text) ([]ExclusionAlternative, diag.List) {
	p := &predicateReader{text: text}
	p.words()
	var out []ExclusionAlternative
	for {
		var all ExclusionAlternative
		for {
			c, ok := p.condition()
			if !ok {
				return nil, p.list
			}
			all = append(all, c)
			if !p.keyword("and") {
				break
			}
		}
		out = append(out, all)
		if !p.keyword("or") {
			break
		}
	}
	if p.at < len(p.tokens) {
		p.fail(p.tokens[p.at].span, "%q is not expected here", p.tokens[p.at].text).Hint = "conditions are joined by and or or; brackets only hold the values of in"
		return nil, p.list
	}
	return out, p.list
}

// predicateWord is one word, quoted text or sign.
type predicateWord struct {
	text   string
	quoted bool
	span   diag.Span
}

type predicateReader struct {
	text   *diag.Text
	tokens []predicateWord
	at     int
	list   diag.List
}

// CodeExclusion is the code of complaints about what an exclusion says.
const CodeExclusion = "exclusion"

func (p *predicateReader) fail(span diag.Span, format string, args ...any) *diag.Diagnostic {
	place := p.text.Place(span)
	return p.list.Errorf(place.Source, place.Span, CodeExclusion, format, args...)
}

// words cuts the text into words. A quoted text ends at the next quote of its kind that is not doubled; nothing in it is escaped.
func (p *predicateReader) words() {
	s := p.text.String
	for i := 0; i < len(s); {
		start := i
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '"' || c == '\'':
			var b strings.Builder
			closed := false
			for i++; i < len(s); i++ {
				if s[i] != c {
					b.WriteByte(s[i])
					continue
				}
				if i+1 < len(s) && s[i+1] == c {
					b.WriteByte(c)
					i++
					continue
				}
				closed = true
				i++
				break
			}
			if !closed {
				p.fail(diag.Span{Start: start, End: len(s)}, "the quote does not end")
			}
			p.tokens = append(p.tokens, predicateWord{b.String(), true, diag.Span{Start: start, End: i}})
		case strings.IndexByte("(),", c) >= 0:
			i++
			p.tokens = append(p.tokens, predicateWord{s[start:i], false, diag.Span{Start: start, End: i}})
		case strings.IndexByte("=<>!", c) >= 0:
			for i < len(s) && strings.IndexByte("=<>!", s[i]) >= 0 {
				i++
			}
			p.tokens = append(p.tokens, predicateWord{s[start:i], false, diag.Span{Start: start, End: i}})
		default:
			for i < len(s) && strings.IndexByte(" \t\r\n\"'(),=<>!", s[i]) < 0 {
				i++
			}
			p.tokens = append(p.tokens, predicateWord{s[start:i], false, diag.Span{Start: start, End: i}})
		}
	}
}

// here is the place of the next word, or the end.
func (p *predicateReader) here() diag.Span {
	if p.at < len(p.tokens) {
		return p.tokens[p.at].span
	}
	return diag.Span{Start: len(p.text.String), End: len(p.text.String)}
}

func (p *predicateReader) keyword(word string) bool {
	if p.at < len(p.tokens) && !p.tokens[p.at].quoted && strings.EqualFold(p.tokens[p.at].text, word) {
		p.at++
		return true
	}
	return false
}

// next returns the next word, which must not be a sign.
func (p *predicateReader) next(what string) (predicateWord, bool) {
	if p.at == len(p.tokens) {
		p.fail(p.here(), "%s is missing at the end", what)
		return predicateWord{}, false
	}
	w := p.tokens[p.at]
	if !w.quoted && strings.Trim(w.text, "=<>!(),") == "" {
		p.fail(w.span, "%s should stand here, not %q", what, w.text)
		return w, false
	}
	p.at++
	return w, true
}

func (p *predicateReader) condition() (c ExclusionCondition, ok bool) {
	if p.list.Failed() {
		return c, false
	}
	field, ok := p.next("the name of a field")
	if !ok {
		return c, false
	}
	c.Field = field.text
	opAt := p.here()
	if !p.operator(&c) {
		return c, false
	}
	switch c.Op {
	case OpExists:
	case OpWithin:
		var words []string
		for p.at < len(p.tokens) && (p.tokens[p.at].text == "," || !slices.Contains([]string{"and", "or"}, strings.ToLower(p.tokens[p.at].text))) {
			words = append(words, p.tokens[p.at].text)
			p.at++
		}
		clock, err := ReadHours(strings.ReplaceAll(strings.Join(words, " "), " , ", ","))
		if err != nil {
			p.fail(opAt, "%v", err)
			return c, false
		}
		c.Hours = clock
	case OpIn:
		if ok = p.values(&c); !ok {
			return c, false
		}
	default:
		value, ok := p.next("a value")
		if !ok {
			return c, false
		}
		c.Values = []string{value.text}
	}
	whole := diag.Span{Start: field.span.Start, End: p.tokens[p.at-1].span.End}
	c.Place = p.text.Place(whole)
	if complaint, hint := c.Check(); complaint != "" {
		p.fail(whole, "%s", complaint).Hint = hint
		return c, false
	}
	return c, true
}

// ParseExclusionOp reads an operator as it is written, with "not" before it or "!=".
func ParseExclusionOp(text string) (op ExclusionOp, not, ok bool) {
	word := strings.ToLower(strings.TrimSpace(text))
	if rest, negated := strings.CutPrefix(word, "not "); negated {
		word, not = strings.TrimSpace(rest), true
	}
	switch word {
	case "==", "is":
		word = "="
	case "!=", "<>":
		return OpIs, !not, true
	case "notin":
		word, not = "in", !not
	}
	if !slices.Contains(ExclusionOps(), word) {
		return "", false, false
	}
	return ExclusionOp(word), not, true
}

func (p *predicateReader) operator(c *ExclusionCondition) bool {
	at := p.here()
	if p.at == len(p.tokens) {
		p.fail(at, "an operator is missing behind %s", c.Field).Hint = "operators are " + strings.Join(ExclusionOps(), " ") + ", with not before it"
		return false
	}
	negated := p.keyword("not")
	if p.at == len(p.tokens) {
		p.fail(at, "an operator is missing behind not")
		return false
	}
	w := p.tokens[p.at]
	op, not, ok := ParseExclusionOp(w.text)
	if !ok || w.quoted {
		d := p.fail(w.span, "unknown operator %q", w.text)
		d.Hint = "operators are " + strings.Join(ExclusionOps(), " ") + ", with not before it"
		if near := diag.Nearest(strings.ToLower(w.text), ExclusionOps()); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return false
	}
	p.at++
	c.Op, c.Not = op, not != negated
	return true
}

// values reads the list of "in".
func (p *predicateReader) values(c *ExclusionCondition) bool {
	if p.at == len(p.tokens) || p.tokens[p.at].text != "(" || p.tokens[p.at].quoted {
		p.fail(p.here(), "in takes a list of values").Hint = "write in (a, b)"
		return false
	}
	p.at++
	for {
		value, ok := p.next("a value")
		if !ok {
			return false
		}
		c.Values = append(c.Values, value.text)
		if p.at == len(p.tokens) {
			p.fail(p.here(), "the list of values does not end").Hint = "end it with )"
			return false
		}
		end := p.tokens[p.at]
		p.at++
		if end.text == ")" && !end.quoted {
			return true
		}
		if end.text != "," || end.quoted {
			p.fail(end.span, "%q is not expected in a list of values", end.text).Hint = "separate values by commas, and quote those that hold blanks"
			return false
		}
	}
}
