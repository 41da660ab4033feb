package fn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The syntax of Perl-compatible regular expressions, which SPL's regular expressions are written in.

// perlOp is the kind of a node.
type perlOp uint8

const (
	perlEmpty     perlOp = iota
	perlLiteral          // one character
	perlAny              // any character but, unless all is set, a line break
	perlClass            // a character of a set
	perlBegin            // the beginning of the text, or with lines of a line
	perlEnd              // the end of the text or before a line break at its end, or with lines the end of a line
	perlVeryEnd          // the end of the text
	perlBoundary         // the edge of a word, or with negated no such
	perlCapture          // a group that captures
	perlConcat           //
	perlAlternate        //
	perlRepeat           //
	perlLook             // what stands ahead or behind
	perlBack             // what a group captured, again
	perlAtomic           // a group that is not tried another way
	perlKeep             // \K
	perlStart            // \G
)

// perlNode is a node of a parsed expression.
type perlNode struct {
	op      perlOp
	subs    []*perlNode
	char    rune
	set     *perlSet
	fold    bool // literal, class, back-reference: without regard to case
	lines   bool // begin, end
	all     bool // any
	negated bool // boundary, look
	behind  bool // look
	lazy    bool // repeat
	owning  bool // repeat: possessive
	group   int  // capture, back-reference
	least   int  // repeat
	most    int  // repeat; -1 without end
}

// PCREError says what is wrong with an expression, or what of it is not run, and where.
type PCREError struct {
	Offset  int
	Message string
}

func (e *PCREError) Error() string { return e.Message }

const (
	maxPattern      = 1 << 16 // bytes of an expression
	maxPatternDepth = 250     // of groups in groups
	maxRepeat       = 65535
)

type perlParser struct {
	source string
	pos    int
	flags  perlFlags
	groups int
	names  []string // by the number of the group
	depth  int
	// total is the number of groups of the whole expression, for telling \11 the group from \11 the character.
	total int
	uses  []*perlNode // references by name or forward, to check
	named map[*perlNode]string
	at    map[*perlNode]int
}

type perlFlags struct{ fold, lines, all, extended, swapped, quiet bool }

func parsePerl(source string) (root *perlNode, names []string, err error) {
	p := &perlParser{source: source, names: []string{""}, named: map[*perlNode]string{}, at: map[*perlNode]int{}}
	if len(source) > maxPattern {
		return nil, nil, &PCREError{0, fmt.Sprintf("the regular expression is longer than %d bytes", maxPattern)}
	}
	p.total = countGroups(source)
	defer func() {
		if r := recover(); r != nil {
			wrong, ok := r.(*PCREError)
			if !ok {
				panic(r)
			}
			root, names, err = nil, nil, wrong
		}
	}()
	for _, verb := range []string{"(*UTF8)", "(*UTF)", "(*UCP)", "(*ANYCRLF)", "(*CRLF)", "(*LF)"} {
		if strings.HasPrefix(source[p.pos:], verb) {
			p.pos += len(verb)
		}
	}
	root = p.alternatives()
	if p.pos < len(source) {
		p.fail(p.pos, "a closing bracket closes nothing")
	}
	for _, use := range p.uses {
		if name, ok := p.named[use]; ok {
			use.group = slices.Index(p.names, name)
		}
		if use.group < 1 || use.group > p.groups {
			p.fail(p.at[use], "no group is referred to by this")
		}
	}
	return root, p.names, nil
}

// countGroups counts the groups that capture, roughly as the parser would.
func countGroups(s string) int {
	n, class := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case class:
			class = s[i] != ']'
		case s[i] == '[':
			class = true
			if i+1 < len(s) && s[i+1] == '^' {
				i++
			}
			if i+1 < len(s) && s[i+1] == ']' {
				i++
			}
		case s[i] == '(' && i+1 < len(s) && s[i+1] == '?':
			if rest := s[i+2:]; strings.HasPrefix(rest, "P<") || strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, "<") && !strings.HasPrefix(rest, "<=") && !strings.HasPrefix(rest, "<!") {
				n++
			}
		case s[i] == '(':
			n++
		}
	}
	return n
}

func (p *perlParser) fail(at int, format string, args ...any) {
	panic(&PCREError{at, fmt.Sprintf(format, args...)})
}

func (p *perlParser) more() bool { return p.pos < len(p.source) }

func (p *perlParser) rest() string { return p.source[p.pos:] }

func (p *perlParser) take(s string) bool {
	if strings.HasPrefix(p.rest(), s) {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *perlParser) rune() rune {
	r, size := utf8.DecodeRuneInString(p.rest())
	p.pos += size
	return r
}

func (p *perlParser) alternatives() *perlNode {
	if p.depth++; p.depth > maxPatternDepth {
		p.fail(p.pos, "groups are nested more than %d deep", maxPatternDepth)
	}
	flags := p.flags
	list := []*perlNode{p.sequence()}
	for p.take("|") {
		list = append(list, p.sequence())
	}
	p.flags = flags
	p.depth--
	if len(list) == 1 {
		return list[0]
	}
	return &perlNode{op: perlAlternate, subs: list}
}

func (p *perlParser) sequence() *perlNode {
	var list []*perlNode
	quoted := false
	for p.more() {
		if quoted {
			if quoted = !p.take(`\E`); quoted {
				list = append(list, p.literal(p.rune()))
			} else if n := len(list) - 1; n >= 0 {
				if repeated := p.quantifier(list[n], p.pos); repeated != nil {
					list[n] = repeated
				}
			}
			continue
		}
		if p.take(`\Q`) {
			quoted = true
			continue
		}
		if p.take(`\E`) {
			continue
		}
		c := p.source[p.pos]
		if c == '|' || c == ')' {
			break
		}
		if p.flags.extended && p.skipBlank() {
			continue
		}
		at := p.pos
		atom := p.atom()
		if atom == nil { // flags, a comment
			continue
		}
		for {
			if p.flags.extended {
				for p.more() && p.skipBlank() {
				}
			}
			repeated := p.quantifier(atom, at)
			if repeated == nil {
				break
			}
			atom = repeated
		}
		list = append(list, atom)
	}
	switch len(list) {
	case 0:
		return &perlNode{op: perlEmpty}
	case 1:
		return list[0]
	}
	return &perlNode{op: perlConcat, subs: list}
}

// skipBlank skips white space or a comment of an extended expression.
func (p *perlParser) skipBlank() bool {
	switch c := p.source[p.pos]; {
	case c == '#':
		if end := strings.IndexByte(p.rest(), '\n'); end >= 0 {
			p.pos += end + 1
		} else {
			p.pos = len(p.source)
		}
		return true
	case strings.IndexByte(" \t\n\v\f\r", c) >= 0:
		p.pos++
		return true
	}
	return false
}

// quantifier reads what says how often an atom is repeated; nil where there is none.
func (p *perlParser) quantifier(atom *perlNode, at int) *perlNode {
	if !p.more() {
		return nil
	}
	least, most := 0, -1
	start := p.pos
	switch p.source[p.pos] {
	case '*':
		p.pos++
	case '+':
		p.pos++
		least = 1
	case '?':
		p.pos++
		most = 1
	case '{':
		var ok bool
		if least, most, ok = p.bounds(); !ok {
			return nil
		}
		if atom.op == perlRepeat && p.source[start-1] != '}' && p.source[at] != '(' {
			p.fail(start, "a quantifier stands behind a quantifier")
		}
	default:
		return nil
	}
	if p.source[start] != '{' && atom.op == perlRepeat && p.source[at] != '(' {
		p.fail(start, "a quantifier stands behind a quantifier")
	}
	n := &perlNode{op: perlRepeat, subs: []*perlNode{atom}, least: least, most: most, lazy: p.flags.swapped}
	switch {
	case p.take("?"):
		n.lazy = !n.lazy
	case p.take("+"):
		n.owning, n.lazy = true, false
	}
	return n
}

// bounds reads {n}, {n,} or {n,m}; anything else is no quantifier.
func (p *perlParser) bounds() (least, most int, ok bool) {
	end := strings.IndexByte(p.rest(), '}')
	if end < 0 {
		return 0, 0, false
	}
	low, high, two := strings.Cut(p.rest()[1:end], ",")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if !digits(low) || two && high != "" && !digits(high) {
		return 0, 0, false
	}
	least, errLow := strconv.Atoi(low)
	most = least
	var errHigh error
	switch {
	case two && high == "":
		most = -1
	case two:
		most, errHigh = strconv.Atoi(high)
	}
	if errLow != nil || errHigh != nil || least > maxRepeat || most > maxRepeat {
		p.fail(p.pos, "the number of repetitions is greater than %d", maxRepeat)
	}
	if most >= 0 && most < least {
		p.fail(p.pos, "the numbers of a quantifier are out of order")
	}
	p.pos += end + 1
	return least, most, true
}

func (p *perlParser) atom() *perlNode {
	at := p.pos
	switch c := p.source[p.pos]; c {
	case '(':
		return p.group()
	case '[':
		return p.class()
	case '.':
		p.pos++
		return &perlNode{op: perlAny, all: p.flags.all}
	case '^':
		p.pos++
		return &perlNode{op: perlBegin, lines: p.flags.lines}
	case '$':
		p.pos++
		return &perlNode{op: perlEnd, lines: p.flags.lines}
	case '*', '+', '?':
		p.fail(at, "a quantifier has nothing to repeat")
	case '\\':
		return p.escape()
	}
	return p.literal(p.rune())
}

func (p *perlParser) literal(r rune) *perlNode {
	return &perlNode{op: perlLiteral, char: r, fold: p.flags.fold}
}

func (p *perlParser) group() *perlNode {
	at := p.pos
	p.pos++
	if strings.HasPrefix(p.rest(), "*") {
		p.fail(at, "verbs such as (*SKIP) are not supported in a regular expression")
	}
	if !p.take("?") {
		if p.flags.quiet {
			return p.close(at, p.alternatives())
		}
		return p.capture(at, "")
	}
	switch {
	case p.take("#"):
		end := strings.IndexByte(p.rest(), ')')
		if end < 0 {
			p.fail(at, "a comment does not end")
		}
		p.pos += end + 1
		return nil
	case p.take(":"):
		return p.close(at, p.alternatives())
	case p.take(">"):
		return &perlNode{op: perlAtomic, subs: []*perlNode{p.close(at, p.alternatives())}}
	case p.take("="):
		return p.look(at, false, false)
	case p.take("!"):
		return p.look(at, true, false)
	case p.take("<="):
		return p.look(at, false, true)
	case p.take("<!"):
		return p.look(at, true, true)
	case p.take("P<"), p.take("<"):
		return p.capture(at, p.name(at, '>'))
	case p.take("'"):
		return p.capture(at, p.name(at, '\''))
	case p.take("P="):
		return p.reference(at, p.name(at, ')'))
	case p.take("|"):
		p.fail(at, "groups that count from the same number, (?|…), are not supported in a regular expression")
	case p.take("("):
		p.fail(at, "conditions, (?(…)…), are not supported in a regular expression")
	}
	if p.more() && (p.rest()[0] == 'R' || p.rest()[0] == '&' || p.rest()[0] == '+' || p.rest()[0] >= '0' && p.rest()[0] <= '9' || strings.HasPrefix(p.rest(), "P>")) {
		p.fail(at, "recursion is not supported in a regular expression")
	}
	return p.options(at)
}

// options reads (?i) or (?i:…).
func (p *perlParser) options(at int) *perlNode {
	flags := p.flags
	on := true
	for p.more() {
		c := p.source[p.pos]
		p.pos++
		switch c {
		case 'i':
			flags.fold = on
		case 'm':
			flags.lines = on
		case 's':
			flags.all = on
		case 'x':
			flags.extended = on
		case 'U':
			flags.swapped = on
		case 'n':
			flags.quiet = on
		case 'J', 'a', 'r': // names may repeat; ASCII
		case '^':
			flags = perlFlags{}
		case '-':
			on = false
		case ')':
			p.flags = flags
			return nil
		case ':':
			before := p.flags
			p.flags = flags
			inner := p.close(at, p.alternatives())
			p.flags = before
			return inner
		default:
			p.fail(at, "a group begins with (?%c, which means nothing", c)
		}
	}
	p.fail(at, "a group is not closed")
	return nil
}

func (p *perlParser) capture(at int, name string) *perlNode {
	p.groups++
	n := &perlNode{op: perlCapture, group: p.groups}
	if name != "" && slices.Contains(p.names, name) {
		p.fail(at, "two groups are called %s", name)
	}
	p.names = append(p.names, name)
	n.subs = []*perlNode{p.close(at, p.alternatives())}
	return n
}

func (p *perlParser) close(at int, inner *perlNode) *perlNode {
	if !p.take(")") {
		p.fail(at, "a group is not closed")
	}
	return inner
}

func (p *perlParser) look(at int, negated, behind bool) *perlNode {
	inner := p.close(at, p.alternatives())
	if behind {
		if _, most := widthOf(inner); most < 0 || most > maxLookBehind {
			p.fail(at, "what stands behind must have a bounded length")
		}
	}
	return &perlNode{op: perlLook, subs: []*perlNode{inner}, negated: negated, behind: behind}
}

// name reads a name up to its end.
func (p *perlParser) name(at int, until byte) string {
	end := strings.IndexByte(p.rest(), until)
	if end < 0 {
		p.fail(at, "the name of a group does not end")
	}
	name := p.rest()[:end]
	p.pos += end + 1
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			p.fail(at, "%q cannot be the name of a group: it must be letters, digits and _, no digit first", name)
		}
	}
	if name == "" {
		p.fail(at, "the name of a group is empty")
	}
	return name
}

// reference refers to a group by name or by number.
func (p *perlParser) reference(at int, name string) *perlNode {
	n := &perlNode{op: perlBack, fold: p.flags.fold}
	number, err := strconv.Atoi(name)
	switch {
	case err != nil:
		p.named[n] = name
	case number < 0:
		n.group = p.groups + 1 + number
	default:
		n.group = number
	}
	p.uses, p.at[n] = append(p.uses, n), at
	return n
}

const maxLookBehind = 255

// widthOf returns the least and the greatest number of characters that an expression can meet; -1 is without end.
func widthOf(n *perlNode) (least, most int) {
	switch n.op {
	case perlLiteral, perlAny, perlClass:
		return 1, 1
	case perlCapture, perlAtomic:
		return widthOf(n.subs[0])
	case perlConcat:
		for _, sub := range n.subs {
			low, high := widthOf(sub)
			least += low
			if high < 0 || most < 0 {
				most = -1
			} else {
				most += high
			}
		}
		return least, most
	case perlAlternate:
		least, most = widthOf(n.subs[0])
		for _, sub := range n.subs[1:] {
			low, high := widthOf(sub)
			least = min(least, low)
			if high < 0 || most < 0 {
				most = -1
			} else {
				most = max(most, high)
			}
		}
		return least, most
	case perlRepeat:
		low, high := widthOf(n.subs[0])
		if least = low * n.least; least > 1<<20 {
			least = 1 << 20
		}
		if high < 0 || n.most < 0 || high*n.most > 1<<20 {
			return least, -1
		}
		return least, high * n.most
	case perlBack:
		return 0, -1
	}
	return 0, 0
}
