package fn

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A parsed expression in RE2's syntax.

// perlPrinter writes an expression for RE2.
type perlPrinter struct {
	b      strings.Builder
	folded bool // the flag i is on
	names  []string
	// test says that only whether there is a match counts: $ may then take the line break that it stands before.
	test bool
	ok   bool
}

// printRE2 returns the expression in RE2's syntax, and false where RE2 has no such thing. For a test the expression is found in
// the same texts; otherwise it finds the same in texts that do not end with a line break.
func printRE2(root *perlNode, names []string, test bool) (string, bool) {
	p := &perlPrinter{names: names, test: test, ok: true}
	p.folded = allFolded(root)
	if p.folded {
		p.b.WriteString("(?i)")
	}
	if test && !endsLast(root, true) {
		return "", false
	}
	p.node(root, 0)
	return p.b.String(), p.ok
}

// allFolded says whether there are characters and all of them are without regard to case.
func allFolded(n *perlNode) bool {
	some, all := false, true
	walkPerl(n, func(n *perlNode) {
		switch n.op {
		case perlLiteral:
			some = true
			all = all && (n.fold || unfoldable(n.char))
		case perlClass:
			some = some || n.fold
			all = all && (n.fold || n.set == perlDigits || n.set == perlSpaces || n.set == perlWords)
		}
	})
	found := false
	walkPerl(n, func(n *perlNode) { found = found || n.fold })
	return some && all && found
}

// unfoldable says whether a character has no case.
func unfoldable(r rune) bool { return r < 0x80 && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }

func walkPerl(n *perlNode, visit func(*perlNode)) {
	visit(n)
	for _, sub := range n.subs {
		walkPerl(sub, visit)
	}
}

// hasEnd says whether the expression asks for the end of the text in the manner that takes a line break before it.
func hasEnd(n *perlNode) bool {
	found := false
	walkPerl(n, func(n *perlNode) { found = found || n.op == perlEnd && !n.lines })
	return found
}

// endsLast says whether nothing that takes characters can follow such an end.
func endsLast(n *perlNode, last bool) bool {
	switch n.op {
	case perlEnd:
		return last || n.lines
	case perlConcat:
		for i := len(n.subs) - 1; i >= 0; i-- {
			if !endsLast(n.subs[i], last) {
				return false
			}
			if _, most := widthOf(n.subs[i]); most != 0 || n.subs[i].op == perlBoundary || n.subs[i].op == perlBegin || n.subs[i].op == perlVeryEnd {
				last = false
			}
		}
		return true
	case perlRepeat:
		return endsLast(n.subs[0], last && n.most == 1)
	}
	for _, sub := range n.subs {
		if !endsLast(sub, last) {
			return false
		}
	}
	return true
}

// The context of a node: what needs brackets in it.
const (
	inNothing = iota
	inConcat
	inRepeat
)

func (p *perlPrinter) open(need bool) func() {
	if !need {
		return func() {}
	}
	p.b.WriteString("(?:")
	return func() { p.b.WriteByte(')') }
}

func (p *perlPrinter) node(n *perlNode, context int) {
	switch n.op {
	case perlEmpty:
		if context == inRepeat {
			p.b.WriteString("(?:)")
		}
	case perlLiteral:
		p.folding(n.fold || unfoldable(n.char) && p.folded, func() { p.literal(n.char) })
	case perlAny:
		p.b.WriteString(map[bool]string{false: ".", true: "(?s:.)"}[n.all])
	case perlClass:
		p.folding(n.fold || p.folded, func() { p.set(n.set) })
	case perlBegin:
		p.b.WriteString(map[bool]string{false: "^", true: "(?m:^)"}[n.lines])
	case perlEnd:
		switch {
		case n.lines:
			p.b.WriteString("(?m:$)")
		case p.test:
			defer p.open(context == inRepeat)()
			p.b.WriteString(`\n?$`)
		default:
			p.b.WriteByte('$')
		}
	case perlVeryEnd:
		p.b.WriteString(`\z`)
	case perlBoundary:
		p.b.WriteString(map[bool]string{false: `\b`, true: `\B`}[n.negated])
	case perlCapture:
		if name := p.names[n.group]; name != "" {
			p.ok = p.ok && asciiName(name)
			fmt.Fprintf(&p.b, "(?P<%s>", name)
		} else {
			p.b.WriteByte('(')
		}
		p.node(n.subs[0], inNothing)
		p.b.WriteByte(')')
	case perlConcat:
		defer p.open(context == inRepeat)()
		for _, sub := range n.subs {
			p.node(sub, inConcat)
		}
	case perlAlternate:
		defer p.open(context != inNothing)()
		for i, sub := range n.subs {
			if i > 0 {
				p.b.WriteByte('|')
			}
			p.node(sub, inNothing)
		}
	case perlRepeat:
		p.repeat(n, context)
	default:
		p.ok = false
	}
}

func asciiName(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}

func (p *perlPrinter) repeat(n *perlNode, context int) {
	p.ok = p.ok && !n.owning
	defer p.open(context == inRepeat)()
	p.node(n.subs[0], inRepeat)
	switch {
	case n.least == 0 && n.most == -1:
		p.b.WriteByte('*')
	case n.least == 1 && n.most == -1:
		p.b.WriteByte('+')
	case n.least == 0 && n.most == 1:
		p.b.WriteByte('?')
	case n.most == -1:
		fmt.Fprintf(&p.b, "{%d,}", n.least)
	case n.most == n.least:
		fmt.Fprintf(&p.b, "{%d}", n.least)
	default:
		fmt.Fprintf(&p.b, "{%d,%d}", n.least, n.most)
	}
	if n.lazy {
		p.b.WriteByte('?')
	}
}

// folding writes something with or without regard to case.
func (p *perlPrinter) folding(fold bool, write func()) {
	if fold == p.folded {
		write()
		return
	}
	p.b.WriteString(map[bool]string{true: "(?i:", false: "(?-i:"}[fold])
	write()
	p.b.WriteByte(')')
}

func (p *perlPrinter) literal(r rune) {
	if r < ' ' || r == 0x7f || r == 0xfffd {
		p.b.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + "}")
		return
	}
	p.b.WriteString(regexp.QuoteMeta(string(r)))
}

var perlSetNames = map[*perlSet]string{perlDigits: `\d`, perlWords: `\w`, perlSpaces: `\s`}

func (p *perlPrinter) set(s *perlSet) {
	for known, name := range perlSetNames {
		if len(s.ranges) > 0 && len(known.ranges) == len(s.ranges) && &known.ranges[0] == &s.ranges[0] && len(s.tables)+len(s.others) == 0 {
			if s.negated {
				name = strings.ToUpper(name)
			}
			p.b.WriteString(name)
			return
		}
	}
	p.b.WriteString("[")
	if s.negated {
		p.b.WriteByte('^')
	}
	p.members(s)
	p.b.WriteByte(']')
}

func (p *perlPrinter) members(s *perlSet) {
	for i := 0; i < len(s.ranges); i += 2 {
		p.member(s.ranges[i])
		if s.ranges[i+1] != s.ranges[i] {
			p.b.WriteByte('-')
			p.member(s.ranges[i+1])
		}
	}
	for _, name := range s.names {
		p.b.WriteString(`\p{` + name + "}")
	}
	for _, other := range s.others {
		p.inner(other)
	}
}

// inner writes a set inside a class.
func (p *perlPrinter) inner(s *perlSet) {
	if !s.negated {
		p.members(s)
		return
	}
	for _, name := range s.names {
		if len(s.names) > 1 {
			p.ok = false
		}
		p.b.WriteString(`\P{` + name + "}")
	}
	low := rune(0) // the ranges of a known set are in order
	for i := 0; i < len(s.ranges); i += 2 {
		if s.ranges[i] > low {
			p.span(low, s.ranges[i]-1)
		}
		low = s.ranges[i+1] + 1
	}
	if len(s.ranges) > 0 && low <= 0x10ffff {
		p.span(low, 0x10ffff)
	}
}

func (p *perlPrinter) span(low, high rune) {
	p.member(low)
	p.b.WriteByte('-')
	p.member(high)
}

func (p *perlPrinter) member(r rune) {
	switch {
	case r < ' ' || r == 0x7f || r >= 0xd800 && r <= 0xf8ff || r == 0xfffd || r > 0xffff:
		p.b.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + "}")
	case strings.ContainsRune(`\]^-[`, r):
		p.b.WriteByte('\\')
		p.b.WriteRune(r)
	default:
		p.b.WriteRune(r)
	}
}
