package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/event"
)

// The language of eval and where. NOT binds tightest, then AND, OR, XOR; a dot outside quotes joins two texts; a word is a
// field, "…" a text, '…' a field whose name is no word.

// expr is an expression of that language.
type expr interface{ place() diag.Span }

type (
	literal struct {
		value event.Value
		at    diag.Span
	}
	ref struct {
		name string
		at   diag.Span
	}
	unary struct { // -, +, NOT
		op string
		x  expr
		at diag.Span
	}
	binary struct { // + - * / % . == != < > <= >= AND OR XOR LIKE
		op          string
		left, right expr
		at          diag.Span
	}
	inList struct {
		x    expr
		list []expr
		at   diag.Span
	}
	invoke struct {
		name   string // lower case
		args   []expr
		nameAt diag.Span
		at     diag.Span
	}
)

func (e *literal) place() diag.Span { return e.at }
func (e *ref) place() diag.Span     { return e.at }
func (e *unary) place() diag.Span   { return e.at }
func (e *binary) place() diag.Span  { return e.at }
func (e *inList) place() diag.Span  { return e.at }
func (e *invoke) place() diag.Span  { return e.at }

// eval reads one expression, up to what cannot go on with it. It returns nil after an error.
func (a *args) eval() expr {
	e := &evaluator{args: a}
	x := e.xor()
	return x
}

type evaluator struct {
	*args
	nested int
	failed bool
}

func (e *evaluator) fail(span diag.Span, code, format string, args ...any) expr {
	if !e.failed {
		e.errorf(span, code, format, args...)
	}
	e.failed = true
	e.pos = e.end
	return nil
}

// infix reads operands joined by one word.
func (e *evaluator) infix(word string, operand func() expr) expr {
	left := operand()
	for left != nil && e.keyword(word) {
		right := operand()
		if right == nil {
			return nil
		}
		left = &binary{word, left, right, left.place().Join(right.place())}
	}
	return left
}

func (e *evaluator) xor() expr { return e.infix("XOR", e.or) }
func (e *evaluator) or() expr  { return e.infix("OR", e.and) }
func (e *evaluator) and() expr { return e.infix("AND", e.not) }

func (e *evaluator) not() expr {
	e.blank()
	start := e.pos
	if e.keyword("NOT") || e.peek() == '!' && !strings.HasPrefix(e.text[e.pos:e.end], "!=") && e.accept('!') {
		if e.nested++; e.nested > maxNesting {
			return e.fail(e.here(), "spl-nesting", "the expression is nested more than %d deep", maxNesting)
		}
		defer func() { e.nested-- }()
		x := e.not()
		if x == nil {
			return nil
		}
		return &unary{"NOT", x, diag.Span{Start: start, End: x.place().End}}
	}
	return e.comparison()
}

func (e *evaluator) comparison() expr {
	left := e.sum()
	for left != nil && !e.done() {
		op := ""
		for _, o := range []string{"==", "!=", "<=", ">=", "<", ">", "="} {
			if strings.HasPrefix(e.text[e.pos:e.end], o) {
				op = o
				e.pos += len(o)
				break
			}
		}
		switch {
		case op == "=":
			op = "=="
		case op != "":
		case e.keyword("LIKE"):
			op = "LIKE"
		case e.is("IN"):
			e.keyword("IN")
			list, end, ok := e.list()
			if !ok {
				return nil
			}
			left = &inList{left, list, diag.Span{Start: left.place().Start, End: end}}
			continue
		case e.is("NOT"):
			back := e.pos
			e.keyword("NOT")
			if e.keyword("IN") {
				list, end, ok := e.list()
				if !ok {
					return nil
				}
				at := diag.Span{Start: left.place().Start, End: end}
				left = &unary{"NOT", &inList{left, list, at}, at}
				continue
			}
			e.pos = back
			return left
		default:
			return left
		}
		right := e.sum()
		if right == nil {
			return nil
		}
		left = &binary{op, left, right, left.place().Join(right.place())}
	}
	return left
}

// list reads expressions in brackets, separated by commas.
func (e *evaluator) list() (list []expr, end int, ok bool) {
	if !e.accept('(') {
		e.fail(e.here(), "spl-expression", "a list in brackets must stand here")
		return nil, 0, false
	}
	for {
		if e.accept(')') {
			return list, e.pos, true
		}
		x := e.xor()
		if x == nil {
			return nil, 0, false
		}
		list = append(list, x)
		if !e.accept(',') && e.peek() != ')' {
			e.fail(e.here(), "spl-expression", "a comma or a closing bracket must stand here")
			return nil, 0, false
		}
	}
}

func (e *evaluator) sum() expr {
	left := e.product()
	for left != nil {
		c := e.peek()
		if c != '+' && c != '-' && c != '.' {
			return left
		}
		e.pos++
		right := e.product()
		if right == nil {
			return nil
		}
		left = &binary{string(c), left, right, left.place().Join(right.place())}
	}
	return nil
}

func (e *evaluator) product() expr {
	left := e.operand()
	for left != nil {
		c := e.peek()
		if c != '*' && c != '/' && c != '%' {
			return left
		}
		e.pos++
		right := e.operand()
		if right == nil {
			return nil
		}
		left = &binary{string(c), left, right, left.place().Join(right.place())}
	}
	return nil
}

func (e *evaluator) operand() expr {
	c := e.peek()
	start := e.pos
	if e.nested++; e.nested > maxNesting {
		return e.fail(e.here(), "spl-nesting", "the expression is nested more than %d deep", maxNesting)
	}
	defer func() { e.nested-- }()
	switch {
	case c == '(':
		e.pos++
		x := e.xor()
		if x == nil {
			return nil
		}
		if !e.accept(')') {
			return e.fail(e.here(), "spl-expression", "a closing bracket must stand here")
		}
		return x
	case c == '-' || c == '+':
		e.pos++
		x := e.operand()
		if x == nil {
			return nil
		}
		return &unary{string(c), x, diag.Span{Start: start, End: x.place().End}}
	case c == '"':
		end := min(endOfQuote(e.text, start), e.end)
		e.pos = end
		return &literal{event.TextValue(unescape(e.text[start:end])), diag.Span{Start: start, End: end}}
	case c == '\'':
		end := strings.IndexByte(e.text[start+1:e.end], '\'')
		if end < 0 {
			return e.fail(diag.Span{Start: start, End: start + 1}, "spl-quote-open", "the quoted name does not end")
		}
		e.pos = start + end + 2
		return &ref{e.text[start+1 : e.pos-1], diag.Span{Start: start, End: e.pos}}
	case isDigit(c) || c == '.' && start+1 < e.end && isDigit(e.text[start+1]):
		return e.number()
	case isLetter(c) || c >= 0x80:
		return e.word()
	case c == 0:
		return e.fail(diag.Span{Start: e.end, End: e.end}, "spl-expression", "the expression is not complete")
	}
	return e.fail(e.here(), "spl-expression", "a value must stand here, not %s", clip(e.text[e.pos:e.end]))
}

func (e *evaluator) number() expr {
	start := e.pos
	i := start
	for i < e.end && (isDigit(e.text[i]) || e.text[i] == '.') {
		i++
	}
	if i < e.end && (e.text[i] == 'e' || e.text[i] == 'E') {
		j := i + 1
		if j < e.end && (e.text[j] == '+' || e.text[j] == '-') {
			j++
		}
		if j < e.end && isDigit(e.text[j]) {
			for i = j; i < e.end && isDigit(e.text[i]); i++ {
			}
		}
	}
	if i < e.end && isLetter(e.text[i]) { // a name that begins with a digit
		return e.word()
	}
	text := strings.TrimSuffix(e.text[start:i], ".") // 1."x" joins
	e.pos = start + len(text)
	span := diag.Span{Start: start, End: e.pos}
	v, ok := event.Number(text)
	if !ok {
		return e.fail(span, "spl-expression", "%s is no number", clip(text))
	}
	return &literal{v, span}
}

func (e *evaluator) word() expr {
	start := e.pos
	i := start
	for i < e.end && (isLetter(e.text[i]) || isDigit(e.text[i]) || e.text[i] >= 0x80 || e.text[i] == '{' || e.text[i] == '}' || e.text[i] == '@' || e.text[i] == ':') {
		i++
	}
	e.pos = i
	name := e.text[start:i]
	at := diag.Span{Start: start, End: i}
	if e.pos < e.end && e.text[e.pos] == '(' || e.peek() == '(' && functions[strings.ToLower(name)] != nil {
		list, end, ok := e.list()
		if !ok {
			return nil
		}
		return &invoke{strings.ToLower(name), list, at, diag.Span{Start: start, End: end}}
	}
	switch strings.ToLower(name) {
	case "and", "or", "xor", "not", "like", "in":
		return e.fail(at, "spl-expression", "a value must stand before and behind %s", name)
	case "true", "false":
		return &invoke{strings.ToLower(name), nil, at, at}
	}
	return &ref{name, at}
}

// unescape undoes the quotes and escapes of a text: \" \\ \t \n \r. A backslash before anything else stays, as regular
// expressions need it.
func unescape(s string) string {
	s = strings.TrimPrefix(s, `"`)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '"' && i == len(s)-1 {
			break
		}
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case '"', '\\':
			b.WriteByte(s[i])
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
