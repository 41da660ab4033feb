package fn

import (
	"strconv"
	"strings"
	"unicode"
)

// Sets of characters in regular expressions, and what a backslash stands for.

// perlSet is a set of characters.
type perlSet struct {
	ranges  []rune // pairs
	tables  []*unicode.RangeTable
	names   []string // of the tables, as RE2 spells them
	others  []*perlSet
	negated bool
}

func (s *perlSet) has(r rune) bool {
	found := false
	for i := 0; i < len(s.ranges) && !found; i += 2 {
		found = s.ranges[i] <= r && r <= s.ranges[i+1]
	}
	for i := 0; i < len(s.tables) && !found; i++ {
		found = unicode.Is(s.tables[i], r)
	}
	for i := 0; i < len(s.others) && !found; i++ {
		found = s.others[i].has(r)
	}
	return found != s.negated
}

// hasFolded says whether the set has the character in any case.
func (s *perlSet) hasFolded(r rune) bool {
	plain := *s
	plain.negated = false
	found := plain.has(r)
	for f := unicode.SimpleFold(r); f != r && !found; f = unicode.SimpleFold(f) {
		found = plain.has(f)
	}
	return found != s.negated
}

func set(ranges ...rune) *perlSet { return &perlSet{ranges: ranges} }

func (s *perlSet) not() *perlSet {
	c := *s
	c.negated = !c.negated
	return &c
}

var (
	perlDigits     = set('0', '9')
	perlWords      = set('0', '9', 'A', 'Z', '_', '_', 'a', 'z')
	perlSpaces     = set('\t', '\n', '\f', '\r', ' ', ' ')
	perlHorizontal = set('\t', '\t', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000)
	perlVertical   = set('\n', '\r', 0x85, 0x85, 0x2028, 0x2029)
)

var perlPosix = map[string]*perlSet{
	"alnum": set('0', '9', 'A', 'Z', 'a', 'z'), "alpha": set('A', 'Z', 'a', 'z'), "ascii": set(0, 0x7f), "blank": set('\t', '\t', ' ', ' '),
	"cntrl": set(0, 0x1f, 0x7f, 0x7f), "digit": perlDigits, "graph": set('!', '~'), "lower": set('a', 'z'), "print": set(' ', '~'),
	"punct": set('!', '/', ':', '@', '[', '`', '{', '~'), "space": set('\t', '\r', ' ', ' '), "upper": set('A', 'Z'), "word": perlWords,
	"xdigit": set('0', '9', 'A', 'F', 'a', 'f'),
}

// setEscape returns the set that a letter behind a backslash stands for.
func setEscape(c byte) *perlSet {
	switch c {
	case 'd':
		return perlDigits
	case 'D':
		return perlDigits.not()
	case 'w':
		return perlWords
	case 'W':
		return perlWords.not()
	case 's':
		return perlSpaces
	case 'S':
		return perlSpaces.not()
	case 'h':
		return perlHorizontal
	case 'H':
		return perlHorizontal.not()
	case 'v':
		return perlVertical
	case 'V':
		return perlVertical.not()
	}
	return nil
}

func (p *perlParser) classNode(s *perlSet) *perlNode {
	return &perlNode{op: perlClass, set: s, fold: p.flags.fold}
}

// escape reads what begins with a backslash outside a class.
func (p *perlParser) escape() *perlNode {
	at := p.pos
	p.pos++
	if !p.more() {
		p.fail(at, "a backslash stands at the end")
	}
	c := p.source[p.pos]
	if s := setEscape(c); s != nil {
		p.pos++
		return p.classNode(s)
	}
	switch c {
	case 'A':
		p.pos++
		return &perlNode{op: perlBegin}
	case 'Z':
		p.pos++
		return &perlNode{op: perlEnd}
	case 'z':
		p.pos++
		return &perlNode{op: perlVeryEnd}
	case 'G':
		p.pos++
		return &perlNode{op: perlStart}
	case 'K':
		p.pos++
		return &perlNode{op: perlKeep}
	case 'b', 'B':
		p.pos++
		return &perlNode{op: perlBoundary, negated: c == 'B'}
	case 'N':
		p.pos++
		if strings.HasPrefix(p.rest(), "{") {
			p.fail(at, `\N{…} is not supported in a regular expression`)
		}
		return &perlNode{op: perlAny}
	case 'R':
		p.pos++
		return &perlNode{op: perlAlternate, subs: []*perlNode{
			{op: perlConcat, subs: []*perlNode{{op: perlLiteral, char: '\r'}, {op: perlLiteral, char: '\n'}}}, {op: perlClass, set: perlVertical},
		}}
	case 'X', 'C':
		p.fail(at, `\%c is not supported in a regular expression`, c)
	case 'p', 'P':
		return p.classNode(p.property(at))
	case 'k':
		p.pos++
		switch {
		case p.take("<"):
			return p.reference(at, p.name(at, '>'))
		case p.take("{"):
			return p.reference(at, p.name(at, '}'))
		case p.take("'"):
			return p.reference(at, p.name(at, '\''))
		}
		p.fail(at, `\k must be followed by the name of a group`)
	case 'g':
		p.pos++
		return p.groupReference(at)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end := p.pos
		for end < len(p.source) && p.source[end] >= '0' && p.source[end] <= '9' {
			end++
		}
		number, err := strconv.Atoi(p.source[p.pos:end])
		if err == nil && (number < 10 || number <= p.total) {
			p.pos = end
			return p.reference(at, strconv.Itoa(number))
		}
	}
	return p.literal(p.character(at))
}

// groupReference reads \g1, \g{1}, \g{-1} or \g{name}.
func (p *perlParser) groupReference(at int) *perlNode {
	if p.take("{") {
		end := strings.IndexByte(p.rest(), '}')
		if end < 1 {
			p.fail(at, `\g must be followed by a group`)
		}
		name := p.rest()[:end]
		if _, err := strconv.Atoi(name); err != nil {
			return p.reference(at, p.name(at, '}'))
		}
		p.pos += end + 1
		return p.reference(at, name)
	}
	end := p.pos
	if end < len(p.source) && p.source[end] == '-' {
		end++
	}
	for end < len(p.source) && p.source[end] >= '0' && p.source[end] <= '9' {
		end++
	}
	number := p.source[p.pos:end]
	if _, err := strconv.Atoi(number); err != nil {
		p.fail(at, `\g must be followed by a group`)
	}
	p.pos = end
	return p.reference(at, number)
}

// character reads the one character that an escape stands for; pos is behind the backslash.
func (p *perlParser) character(at int) rune {
	r := p.rune()
	switch r {
	case 'a':
		return '\a'
	case 'e':
		return 0x1b
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'c':
		if !p.more() {
			p.fail(at, `\c stands at the end`)
		}
		return unicode.ToUpper(p.rune()) ^ 64
	case 'x':
		return p.hexadecimal(at)
	case 'o':
		if p.take("{") {
			end := strings.IndexByte(p.rest(), '}')
			if end < 0 {
				p.fail(at, "a character's number does not end")
			}
			return p.codePoint(at, p.advance(end, 1), 8)
		}
		p.fail(at, `\o must be followed by a number in curly brackets`)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		p.pos--
		end := p.pos
		for end < len(p.source) && end < p.pos+3 && p.source[end] >= '0' && p.source[end] <= '7' {
			end++
		}
		return p.codePoint(at, p.advance(end-p.pos, 0), 8)
	case 'L', 'l', 'U', 'u':
		p.fail(at, `\%c is not supported in a regular expression; a backslash is written \\`, r)
	}
	return r
}

// advance takes n bytes and skips some more.
func (p *perlParser) advance(n, skip int) string {
	s := p.rest()[:n]
	p.pos += n + skip
	return s
}

func (p *perlParser) hexadecimal(at int) rune {
	if p.take("{") {
		end := strings.IndexByte(p.rest(), '}')
		if end < 0 {
			p.fail(at, "a character's number does not end")
		}
		return p.codePoint(at, p.advance(end, 1), 16)
	}
	n := 0
	for n < 2 && n < len(p.rest()) && strings.IndexByte("0123456789abcdefABCDEF", p.rest()[n]) >= 0 {
		n++
	}
	if n == 0 {
		return 0
	}
	return p.codePoint(at, p.advance(n, 0), 16)
}

func (p *perlParser) codePoint(at int, digits string, base int) rune {
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > unicode.MaxRune {
		p.fail(at, "no character has the number %s", digits)
	}
	return rune(n)
}

// property reads \p{…}, \pL or a negation of it; pos is at the p.
func (p *perlParser) property(at int) *perlSet {
	negated := p.source[p.pos] == 'P'
	p.pos++
	if !p.more() {
		p.fail(at, `\p must be followed by a property`)
	}
	var name string
	if p.take("{") {
		end := strings.IndexByte(p.rest(), '}')
		if end < 0 {
			p.fail(at, "a property does not end")
		}
		name = p.advance(end, 1)
		if rest, ok := strings.CutPrefix(name, "^"); ok {
			negated, name = !negated, rest
		}
	} else {
		name = p.advance(1, 0)
	}
	table := unicode.Categories[name]
	if table == nil {
		table = unicode.Scripts[name]
	}
	s := &perlSet{negated: negated}
	switch {
	case name == "Any":
		s.ranges = []rune{0, unicode.MaxRune}
	case name == "L&":
		s.tables, s.names = []*unicode.RangeTable{unicode.Lu, unicode.Ll, unicode.Lt}, []string{"Lu", "Ll", "Lt"}
	case table != nil:
		s.tables, s.names = []*unicode.RangeTable{table}, []string{name}
	default:
		p.fail(at, "no property of characters is called %s", name)
	}
	return s
}

// class reads […].
func (p *perlParser) class() *perlNode {
	at := p.pos
	p.pos++
	s := &perlSet{negated: p.take("^")}
	for first := true; ; first = false {
		if !p.more() {
			p.fail(at, "a set of characters is not closed")
		}
		if !first && p.take("]") {
			return p.classNode(s)
		}
		if p.take(`\E`) {
			continue
		}
		if p.take(`\Q`) {
			end := strings.Index(p.rest(), `\E`)
			if end < 0 {
				p.fail(at, "a set of characters is not closed")
			}
			for _, r := range p.advance(end, 2) {
				s.ranges = append(s.ranges, r, r)
			}
			continue
		}
		low, other := p.member()
		if other != nil {
			s.others = append(s.others, other)
			continue
		}
		high := low
		if strings.HasPrefix(p.rest(), "-") && len(p.rest()) > 1 && p.rest()[1] != ']' {
			back := p.pos
			p.pos++
			end, other := p.member()
			switch {
			case other != nil: // the hyphen is one
				p.pos = back
			case end < low:
				p.fail(back, "the range of characters is out of order")
			default:
				high = end
			}
		}
		s.ranges = append(s.ranges, low, high)
	}
}

// member reads a character of a class, or a set inside it.
func (p *perlParser) member() (rune, *perlSet) {
	at := p.pos
	if strings.HasPrefix(p.rest(), "[:") {
		if end := strings.Index(p.rest(), ":]"); end > 0 {
			name, negated := strings.CutPrefix(p.rest()[2:end], "^")
			if posix := perlPosix[name]; posix != nil {
				p.pos += end + 2
				if negated {
					return 0, posix.not()
				}
				return 0, posix
			}
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" {
				p.fail(at, "no set of characters is called %s", name)
			}
		}
	}
	if !p.take(`\`) {
		return p.rune(), nil
	}
	if !p.more() {
		p.fail(at, "a set of characters is not closed")
	}
	c := p.source[p.pos]
	if s := setEscape(c); s != nil {
		p.pos++
		return 0, s
	}
	switch c {
	case 'b':
		p.pos++
		return '\b', nil
	case 'p', 'P':
		return 0, p.property(at)
	case 'B', 'R', 'X', 'N':
		p.fail(at, `\%c cannot stand in a set of characters`, c)
	}
	return p.character(at), nil
}
