package sigma

import (
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"

	"goshawk/diag"
)

// The part of Jinja's template language that pipelines are written with: {{ expression }} with filters, {% if %}, {% for %},
// {% set %}, comments, and the dashes that take blanks away. Whatever else a template says is refused when the pipeline is read.

// jinja is a template.
type jinja struct {
	body   []jinjaNode
	escape bool // of HTML in what expressions give
}

// jinjaNode writes a part of the text.
type jinjaNode func(r *jinjaRun) error

// jinjaRun is one use of a template.
type jinjaRun struct {
	names  map[string]any
	out    strings.Builder
	escape bool
	steps  int
}

const (
	maxJinjaSteps  = 1_000_000 // nodes that a use of a template writes
	maxJinjaTokens = 10_000    // words and signs of a tag
)

// undefined is what a name stands for that has no value: empty as text, false as a condition.
type undefined struct{ name string }

func (t *jinja) fill(scope map[string]any) (string, error) {
	r := &jinjaRun{names: scope, escape: t.escape}
	if err := r.all(t.body); err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return r.out.String(), nil
}

func (r *jinjaRun) all(list []jinjaNode) error {
	for _, n := range list {
		if r.steps++; r.steps > maxJinjaSteps || r.out.Len() > maxMadeBytes {
			return errors.New("it does or writes too much")
		}
		if err := n(r); err != nil {
			return err
		}
	}
	return nil
}

// jinjaParser reads a template. Places are told by offsets in its text.
type jinjaParser struct {
	text   string
	at     int
	depth  int
	tokens []jinjaToken // of the tag that is being read
	next   int
	end    int // of that tag
}

// jinjaToken is a word, number, text in quotes or sign.
type jinjaToken struct {
	kind byte // w, n, t or s
	text string
	at   int
}

// jinjaError is a fault at a place of the template.
type jinjaError struct {
	at      int
	message string
}

// jinja reads a template whose text is that of a word, or of a file where the word has no text.
func (p *params) jinja(w Word, text string, escape bool) *jinja {
	j := &jinjaParser{text: strings.TrimSuffix(text, "\n")}
	t := &jinja{escape: escape}
	func() {
		defer func() {
			switch e := recover().(type) {
			case nil:
			case jinjaError:
				span, where := w.Span, ""
				if w.Text != "" {
					span = w.Part(p.src, min(e.at, len(w.Text)), min(e.at+1, len(w.Text)))
				} else {
					where = " (at " + position((&diag.Source{Text: text}).Position(e.at)) + " of the template)"
				}
				p.errorf(span, "sigma-pipeline-template", "%s%s", e.message, where)
			default:
				panic(e)
			}
		}()
		body, word := j.block()
		if word != "" {
			j.fail(j.at, "%s without its beginning", word)
		}
		t.body = body
	}()
	return t
}

func (j *jinjaParser) fail(at int, format string, args ...any) {
	panic(jinjaError{at, fmt.Sprintf(format, args...)})
}

// block reads nodes until a tag that ends or divides a block, whose word it returns.
func (j *jinjaParser) block() (list []jinjaNode, word string) {
	if j.depth++; j.depth > maxDepth {
		j.fail(j.at, "template is nested more than %d deep", maxDepth)
	}
	defer func() { j.depth-- }()
	for {
		open := j.opening()
		text := j.text[j.at:open]
		if open < len(j.text) && strings.HasPrefix(j.text[open+2:], "-") {
			text = strings.TrimRight(text, " \t\r\n")
		}
		if text != "" {
			list = append(list, func(r *jinjaRun) error { r.out.WriteString(text); return nil })
		}
		if open == len(j.text) {
			j.at = open
			return list, ""
		}
		sign := j.text[open+1]
		j.tag(open, map[byte]string{'{': "}}", '%': "%}", '#': "#}"}[sign])
		switch sign {
		case '{':
			e := j.expression()
			j.done()
			list = append(list, func(r *jinjaRun) error {
				v, err := e(r)
				if err != nil {
					return err
				}
				text, err := jinjaText(v)
				if r.escape {
					text = html.EscapeString(text)
				}
				r.out.WriteString(text)
				return err
			})
		case '%':
			switch t := j.take(); t.text {
			case "if":
				list = append(list, j.conditional())
			case "for":
				list = append(list, j.loop())
			case "set":
				name := j.name()
				j.sign("=")
				e := j.expression()
				j.done()
				list = append(list, func(r *jinjaRun) error {
					v, err := e(r)
					r.names[name] = v
					return err
				})
			case "elif", "else", "endif", "endfor":
				return list, t.text
			default:
				j.fail(t.at, "{%% %s %%} is not read here; if, for and set are", t.text)
			}
		}
	}
}

// opening returns where the next tag begins.
func (j *jinjaParser) opening() int {
	for i := j.at; i+1 < len(j.text); i++ {
		if j.text[i] == '{' && strings.IndexByte("{%#", j.text[i+1]) >= 0 {
			return i
		}
	}
	return len(j.text)
}

// tag splits what stands inside a tag into tokens, and goes behind it.
func (j *jinjaParser) tag(open int, shut string) {
	j.tokens, j.next = j.tokens[:0], 0
	i := open + 2
	if strings.HasPrefix(j.text[i:], "-") || strings.HasPrefix(j.text[i:], "+") {
		i++
	}
	if shut == "#}" {
		end := strings.Index(j.text[i:], shut)
		if end < 0 {
			j.fail(open, "comment is never closed")
		}
		j.behind(i+end, 2)
		return
	}
	for i < len(j.text) {
		if len(j.tokens) > maxJinjaTokens {
			j.fail(open, "tag has more than %d words", maxJinjaTokens)
		}
		c := j.text[i]
		rest := j.text[i:]
		switch {
		case strings.HasPrefix(rest, shut):
			j.behind(i, 2)
			return
		case strings.HasPrefix(rest, "-"+shut):
			j.behind(i, 3)
			return
		case isBlank(c):
			i++
		case c == '\'' || c == '"':
			var b strings.Builder
			n := i + 1
			for ; n < len(j.text) && j.text[n] != c; n++ {
				if j.text[n] == '\\' && n+1 < len(j.text) {
					n++
					if k := strings.IndexByte("nrt", j.text[n]); k >= 0 {
						b.WriteByte("\n\r\t"[k])
						continue
					} else if strings.IndexByte(`\'"`, j.text[n]) < 0 {
						b.WriteByte('\\')
					}
				}
				b.WriteByte(j.text[n])
			}
			if n >= len(j.text) {
				j.fail(i, "text is never closed")
			}
			j.tokens = append(j.tokens, jinjaToken{'t', b.String(), i})
			i = n + 1
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := i
			for n < len(j.text) && (j.text[n] == '_' || j.text[n] < 0x80 && isWord(rune(j.text[n]))) {
				n++
			}
			j.tokens = append(j.tokens, jinjaToken{'w', j.text[i:n], i})
			i = n
		case c >= '0' && c <= '9':
			n := i
			for n < len(j.text) && j.text[n] >= '0' && j.text[n] <= '9' {
				n++
			}
			j.tokens = append(j.tokens, jinjaToken{'n', j.text[i:n], i})
			i = n
		default:
			n := 1
			for _, two := range []string{"==", "!=", "<=", ">="} {
				if strings.HasPrefix(rest, two) {
					n = 2
				}
			}
			if n == 1 && strings.IndexByte("=<>|.[](),~+-", c) < 0 {
				j.fail(i, "%q is not read here", rest[:1])
			}
			j.tokens = append(j.tokens, jinjaToken{'s', rest[:n], i})
			i += n
		}
	}
	j.fail(open, "tag is never closed")
}

// behind goes behind a tag that closes at an offset; a closing dash takes the blanks behind it away.
func (j *jinjaParser) behind(at, length int) {
	j.end, j.at = at, at+length
	if length == 3 || at > 0 && j.text[at-1] == '-' && j.text[at] == '#' {
		for j.at < len(j.text) && isBlank(j.text[j.at]) {
			j.at++
		}
	}
}

func (j *jinjaParser) peek() jinjaToken {
	if j.next < len(j.tokens) {
		return j.tokens[j.next]
	}
	return jinjaToken{at: j.end}
}

func (j *jinjaParser) take() jinjaToken {
	t := j.peek()
	if t.kind == 0 {
		j.fail(t.at, "something is missing here")
	}
	j.next++
	return t
}

func (j *jinjaParser) is(kind byte, text string) bool {
	if t := j.peek(); t.kind != kind || t.text != text {
		return false
	}
	j.next++
	return true
}

func (j *jinjaParser) sign(text string) {
	if !j.is('s', text) {
		j.fail(j.peek().at, "%q where %s should be", j.peek().text, text)
	}
}

func (j *jinjaParser) name() string {
	t := j.take()
	if t.kind != 'w' {
		j.fail(t.at, "%q where a name should be", t.text)
	}
	return t.text
}

// done makes sure that the tag ends here.
func (j *jinjaParser) done() {
	if t := j.peek(); t.kind != 0 {
		j.fail(t.at, "%q is not read here", t.text)
	}
}

func (j *jinjaParser) conditional() jinjaNode {
	type branch struct {
		when jinjaExpr
		body []jinjaNode
	}
	var list []branch
	when := j.expression()
	for {
		j.done()
		start := j.at
		body, word := j.block()
		list = append(list, branch{when, body})
		switch word {
		case "elif":
			when = j.expression()
			continue
		case "else":
			when = func(*jinjaRun) (any, error) { return true, nil }
			continue
		case "endif":
			j.done()
			return func(r *jinjaRun) error {
				for _, b := range list {
					v, err := b.when(r)
					if err != nil {
						return err
					}
					if jinjaTruth(v) {
						return r.all(b.body)
					}
				}
				return nil
			}
		}
		j.fail(start, "if has no endif")
	}
}

func (j *jinjaParser) loop() jinjaNode {
	name := j.name()
	if !j.is('w', "in") {
		j.fail(j.peek().at, "for needs in")
	}
	over := j.expression()
	j.done()
	start := j.at
	body, word := j.block()
	var otherwise []jinjaNode
	if word == "else" {
		j.done()
		otherwise, word = j.block()
	}
	if word != "endfor" {
		j.fail(start, "for has no endfor")
	}
	j.done()
	return func(r *jinjaRun) error {
		v, err := over(r)
		if err != nil {
			return err
		}
		list, ok := v.([]any)
		if _, none := v.(undefined); !ok && !none {
			return fmt.Errorf("for needs a list, not %T", v)
		}
		if len(list) == 0 {
			return r.all(otherwise)
		}
		outer := r.names
		defer func() { r.names = outer }()
		for i, e := range list {
			r.names = map[string]any{}
			for n, v := range outer {
				r.names[n] = v
			}
			r.names[name] = e
			r.names["loop"] = map[string]any{"index": int64(i + 1), "index0": int64(i), "first": i == 0, "last": i == len(list)-1, "length": int64(len(list))}
			if err := r.all(body); err != nil {
				return err
			}
		}
		return nil
	}
}

// jinjaExpr gives a value.
type jinjaExpr func(r *jinjaRun) (any, error)

func (j *jinjaParser) expression() jinjaExpr {
	if j.depth++; j.depth > maxDepth {
		j.fail(j.peek().at, "expression is nested more than %d deep", maxDepth)
	}
	defer func() { j.depth-- }()
	left := j.conjunction()
	for j.is('w', "or") {
		a, b := left, j.conjunction()
		left = func(r *jinjaRun) (any, error) {
			if v, err := a(r); err != nil || jinjaTruth(v) {
				return v, err
			}
			return b(r)
		}
	}
	return left
}

func (j *jinjaParser) conjunction() jinjaExpr {
	left := j.negation()
	for j.is('w', "and") {
		a, b := left, j.negation()
		left = func(r *jinjaRun) (any, error) {
			if v, err := a(r); err != nil || !jinjaTruth(v) {
				return v, err
			}
			return b(r)
		}
	}
	return left
}

func (j *jinjaParser) negation() jinjaExpr {
	not := false
	for j.is('w', "not") {
		not = !not
	}
	x := j.comparison()
	if !not {
		return x
	}
	return func(r *jinjaRun) (any, error) {
		v, err := x(r)
		return !jinjaTruth(v), err
	}
}

func (j *jinjaParser) comparison() jinjaExpr {
	a := j.concatenation()
	op := j.peek()
	not := false
	switch {
	case op.kind == 's' && strings.Contains(" == != < <= > >= ", " "+op.text+" "):
		j.next++
	case op.kind == 'w' && op.text == "in":
		j.next++
	case op.kind == 'w' && op.text == "not" && j.next+1 < len(j.tokens) && j.tokens[j.next+1].text == "in":
		j.next += 2
		op.text, not = "in", true
	case op.kind == 'w' && op.text == "is":
		j.next++
		not = j.is('w', "not")
		if word := j.name(); word == "none" {
			op.text = "is none"
		} else if word == "defined" {
			op.text = "is defined"
		} else {
			j.fail(op.at, "is %s is not read here; defined and none are", word)
		}
		return func(r *jinjaRun) (any, error) {
			v, err := a(r)
			_, missing := v.(undefined)
			return (op.text == "is none" && v == nil || op.text == "is defined" && !missing) != not, err
		}
	default:
		return a
	}
	b := j.concatenation()
	return func(r *jinjaRun) (any, error) {
		left, err := a(r)
		if err != nil {
			return nil, err
		}
		right, err := b(r)
		if err != nil {
			return nil, err
		}
		if op.text == "in" {
			found, err := jinjaIn(left, right)
			return found != not, err
		}
		return jinjaCompare(op.text, left, right)
	}
}

func jinjaIn(left, right any) (bool, error) {
	switch right := right.(type) {
	case string:
		text, err := jinjaText(left)
		return strings.Contains(right, text), err
	case []any:
		for _, e := range right {
			if equal, err := jinjaCompare("==", left, e); err == nil && equal == true {
				return true, nil
			}
		}
		return false, nil
	case map[string]any:
		text, err := jinjaText(left)
		_, found := right[text]
		return found, err
	case undefined:
		return false, nil
	}
	return false, fmt.Errorf("in needs a list, a map or a text")
}

func jinjaCompare(op string, left, right any) (any, error) {
	word := map[string]string{"==": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[op]
	number := func(v any) (float64, bool) {
		switch v := v.(type) {
		case int64:
			return float64(v), true
		case float64:
			return v, true
		}
		return 0, false
	}
	if a, ok := number(left); ok {
		if b, ok := number(right); ok {
			return comparison(word, compareOrdered(a, b)), nil
		}
	}
	text := func(v any) (string, bool) {
		switch v := v.(type) {
		case string:
			return v, true
		case rankText:
			return string(v), true
		case tagText:
			return string(v), true
		}
		return "", false
	}
	a, textA := text(left)
	b, textB := text(right)
	if textA && textB {
		return comparison(word, strings.Compare(a, b)), nil
	}
	equal := false
	switch l := left.(type) {
	case bool:
		r, ok := right.(bool)
		equal = ok && l == r
	case nil:
		equal = right == nil
	}
	switch op {
	case "==":
		return equal, nil
	case "!=":
		return !equal, nil
	}
	return false, fmt.Errorf("%s compares two numbers or two texts", op)
}

// concatenation reads texts joined by ~, and by + which must join two texts here.
func (j *jinjaParser) concatenation() jinjaExpr {
	left := j.filtered()
	for j.is('s', "~") || j.is('s', "+") {
		a, b := left, j.filtered()
		left = func(r *jinjaRun) (any, error) {
			var text [2]string
			for i, e := range []jinjaExpr{a, b} {
				v, err := e(r)
				if err == nil {
					text[i], err = jinjaText(v)
				}
				if err != nil {
					return nil, err
				}
			}
			if len(text[0])+len(text[1]) > maxMadeBytes {
				return nil, errors.New("text becomes too long")
			}
			return text[0] + text[1], nil
		}
	}
	return left
}

func (j *jinjaParser) filtered() jinjaExpr {
	e := j.primary()
	for {
		switch t := j.peek(); {
		case j.is('s', "."):
			name := j.take()
			if name.kind == 's' || name.kind == 't' {
				j.fail(name.at, "%q where a name should be", name.text)
			}
			e = jinjaMember(e, func(*jinjaRun) (any, error) { return name.text, nil })
		case j.is('s', "["):
			key := j.expression()
			j.sign("]")
			e = jinjaMember(e, key)
		case j.is('s', "|"):
			e = j.filter(e)
		case t.kind == 's' && t.text == "(":
			j.fail(t.at, "functions are not called here; filters are: {{ x | lower }}")
		default:
			return e
		}
	}
}

func jinjaMember(e, key jinjaExpr) jinjaExpr {
	return func(r *jinjaRun) (any, error) {
		v, err := e(r)
		if err != nil {
			return nil, err
		}
		k, err := key(r)
		if err != nil {
			return nil, err
		}
		name, err := jinjaText(k)
		if err != nil {
			return nil, err
		}
		if missing, ok := v.(undefined); ok {
			return nil, fmt.Errorf("there is no %s, of which %s is asked", missing.name, name)
		}
		if found, ok := member(v, name); ok {
			return found, nil
		}
		return undefined{name}, nil
	}
}

func (j *jinjaParser) primary() jinjaExpr {
	constant := func(v any) jinjaExpr { return func(*jinjaRun) (any, error) { return v, nil } }
	minus := j.is('s', "-")
	t := j.take()
	switch {
	case t.kind == 'n':
		n, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			j.fail(t.at, "number %s is too large", t.text)
		}
		if minus {
			n = -n
		}
		return constant(n)
	case minus:
		j.fail(t.at, "a minus stands before numbers only")
	case t.kind == 't':
		return constant(t.text)
	case t.kind == 's' && t.text == "(":
		e := j.expression()
		j.sign(")")
		return e
	case t.kind == 's' && t.text == "[":
		var parts []jinjaExpr
		for !j.is('s', "]") {
			if len(parts) > 0 {
				j.sign(",")
			}
			parts = append(parts, j.expression())
		}
		return func(r *jinjaRun) (any, error) {
			list := []any{}
			for _, e := range parts {
				v, err := e(r)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			return list, nil
		}
	case t.kind == 'w':
		switch t.text {
		case "true", "True":
			return constant(true)
		case "false", "False":
			return constant(false)
		case "none", "None":
			return constant(nil)
		}
		return func(r *jinjaRun) (any, error) {
			if v, ok := r.names[t.text]; ok {
				return v, nil
			}
			return undefined{t.text}, nil
		}
	}
	j.fail(t.at, "%q is not read here", t.text)
	return nil
}

func jinjaTruth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case rankText, tagText:
		return true
	case int64:
		return v != 0
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return false
}

// jinjaText writes a value as text; lists and maps have none.
func jinjaText(v any) (string, error) {
	switch v := v.(type) {
	case undefined:
		return "", nil
	case []any, map[string]any:
		return "", errors.New("a list or map is no text; write it with the filter join or tojson")
	case string:
		return v, nil
	}
	return templateText(v), nil
}
