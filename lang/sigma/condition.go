package sigma

import (
	"strings"

	"goshawk/diag"
)

// parser reads one condition: names joined by not, and, or and brackets, and selectors such as "1 of sel_*".
type parser struct {
	r       *reader
	at      locator
	text    string
	tokens  []token
	next    int
	depth   int
	failed  bool
	resolve resolver
}

// token is a word, a bracket or a pipe.
type token struct {
	text       string
	start, end int
}

// resolver knows what the words of a condition refer to.
type resolver interface {
	// name must report a name that refers to nothing.
	name(r *reader, n *Name)
	// selector must report a selector that refers to nothing. It returns false if this kind of condition has no selectors.
	selector(r *reader, s *Selector, negated bool) bool
}

// condition parses the text of a word. Its Expr is nil if there was an error.
func (r *reader) condition(w Word, resolve resolver) *Condition {
	c, before := &Condition{Word: w}, r.errors
	p := &parser{r: r, at: w.locate(r.src), text: w.Text, resolve: resolve}
	if len(w.Text) > maxCondition {
		r.errorf(w.Span, "sigma-too-large", "condition of %d bytes is larger than %d", len(w.Text), maxCondition)
		return c
	}
	p.scan()
	if len(p.tokens) == 0 {
		r.errorf(w.Span, "sigma-condition", "condition is empty")
		return c
	}
	expr := p.or(false)
	if !p.failed && p.next < len(p.tokens) {
		p.unexpected("and, or or the end")
	}
	if r.errors == before {
		c.Expr = expr
	}
	return c
}

func (p *parser) scan() {
	for i := 0; i < len(p.text); {
		c := p.text[i]
		if isBlank(c) {
			i++
			continue
		}
		start := i
		if c == '(' || c == ')' || c == '|' {
			i++
		} else {
			for i < len(p.text) && !isBlank(p.text[i]) && strings.IndexByte("()|", p.text[i]) < 0 {
				i++
			}
		}
		p.tokens = append(p.tokens, token{p.text[start:i], start, i})
	}
}

func (p *parser) peek() string {
	if p.next < len(p.tokens) {
		return p.tokens[p.next].text
	}
	return ""
}

// word takes the next token.
func (p *parser) word() Word {
	t := p.tokens[p.next]
	p.next++
	return Word{t.text, p.at.part(t.start, t.end)}
}

// here is the place of the next token, or that behind the last.
func (p *parser) here() diag.Span {
	if p.next < len(p.tokens) {
		t := p.tokens[p.next]
		return p.at.part(t.start, t.end)
	}
	end := p.tokens[len(p.tokens)-1].end
	span := p.at.part(end, end)
	if span.Start != span.End { // not told exactly
		span.Start = span.End
	}
	return span
}

func (p *parser) fail(code, format string, args ...any) *diag.Diagnostic {
	if p.failed {
		return &diag.Diagnostic{}
	}
	p.failed = true
	return p.r.errorf(p.here(), code, format, args...)
}

func (p *parser) unexpected(wanted string) {
	switch found := p.peek(); {
	case found == "|" || found == "(" && p.next > 0 && p.tokens[p.next-1].end == p.tokens[p.next].start:
		p.fail("sigma-aggregation", "aggregations in a condition are obsolete").
			Hint = "write a correlation document: event_count or value_count for count(), temporal for near, with its own timespan"
	case found == "":
		p.fail("sigma-condition", "condition ends where %s should be", wanted)
	case found == ")":
		p.fail("sigma-condition", "closing bracket where %s should be", wanted)
	default:
		d := p.fail("sigma-condition", "%q where %s should be", found, wanted)
		if lower := strings.ToLower(found); lower != found && isOperator(lower) {
			d.Hint = "operators are lower case: " + lower
		}
	}
}

func isOperator(word string) bool { return word == "and" || word == "or" || word == "not" }

func (p *parser) or(negated bool) Cond {
	first := p.and(negated)
	if p.peek() != "or" {
		return first
	}
	list := []Cond{first}
	for !p.failed && p.peek() == "or" {
		p.next++
		list = append(list, p.and(negated))
	}
	return &OrCond{list}
}

func (p *parser) and(negated bool) Cond {
	first := p.not(negated)
	if p.peek() != "and" {
		return first
	}
	list := []Cond{first}
	for !p.failed && p.peek() == "and" {
		p.next++
		list = append(list, p.not(negated))
	}
	return &AndCond{list}
}

func (p *parser) not(negated bool) Cond {
	if p.peek() != "not" {
		return p.operand(negated)
	}
	if p.depth++; p.depth > maxDepth {
		p.fail("sigma-too-deep", "condition is nested more than %d deep", maxDepth)
		return &Name{}
	}
	at := p.word().Span
	x := p.not(!negated)
	p.depth--
	return &NotCond{X: x, Span: at.Join(x.Place())}
}

func (p *parser) operand(negated bool) Cond {
	switch found := p.peek(); {
	case found == "(":
		if p.depth++; p.depth > maxDepth {
			p.fail("sigma-too-deep", "condition is nested more than %d deep", maxDepth)
			return &Name{}
		}
		open := p.word()
		x := p.or(negated)
		p.depth--
		if !p.failed && p.peek() != ")" {
			if p.next == len(p.tokens) {
				p.next = len(p.tokens)
				p.failed = true
				p.r.errorf(open.Span, "sigma-condition", "bracket is never closed")
			} else {
				p.unexpected("and, or or a closing bracket")
			}
		}
		if !p.failed {
			p.next++
		}
		return x
	case found == "" || found == ")" || found == "|" || found == "and" || found == "or":
		p.unexpected("a name")
		return &Name{}
	case p.next+1 < len(p.tokens) && p.tokens[p.next+1].text == "of":
		return p.selector(negated)
	}
	name := &Name{Word: p.word()}
	p.resolve.name(p.r, name)
	return name
}

func (p *parser) selector(negated bool) Cond {
	quantifier := p.word()
	switch quantifier.Text {
	case "1", "any", "all":
	default:
		p.next--
		p.fail("sigma-quantifier", "unknown quantifier %q", quantifier.Text).Hint = "it is 1, any or all"
		return &Name{}
	}
	p.next++
	if p.next == len(p.tokens) || strings.Contains("()|", p.peek()) {
		p.unexpected("them or a pattern such as sel_*")
		return &Name{}
	}
	s := &Selector{All: quantifier.Text == "all", Pattern: p.word()}
	s.Span = quantifier.Span.Join(s.Pattern.Span)
	if !p.resolve.selector(p.r, s, negated) {
		p.next--
		p.fail("sigma-condition", "selectors refer to identifiers, which this condition has none of").Hint = "write the names out"
	}
	return s
}

// glob returns a test for names that fit a pattern in which * stands for any text.
func glob(pattern string) func(name string) bool {
	var parts []string
	least := 0
	all := strings.Split(pattern, "*")
	for i, part := range all {
		if least += len(part); part != "" || i == 0 || i == len(all)-1 {
			parts = append(parts, part)
		}
	}
	last := len(parts) - 1
	return func(name string) bool {
		if last == 0 {
			return name == pattern
		}
		if len(name) < least || !strings.HasPrefix(name, parts[0]) || !strings.HasSuffix(name, parts[last]) {
			return false
		}
		name = name[len(parts[0]) : len(name)-len(parts[last])]
		for _, part := range parts[1:last] {
			i := strings.Index(name, part)
			if i < 0 {
				return false
			}
			name = name[i+len(part):]
		}
		return true
	}
}
