package fn

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"goshawk/event"
)

// Regular expressions as SPL writes them: Perl's, as far as expressions go without code. Those that RE2 can say run there, in
// linear time; the rest is tried out within bounds (spl_regex_run.go).

// PCRE is a Perl-compatible regular expression. It may be used by several goroutines at once.
type PCRE struct {
	names   []string
	plain   func() *regexp.Regexp // finds the same in texts that do not end with a line break, or, without hasEnd, in all; nil: RE2 has no such thing
	test    func() string         // RE2's expression that is found in the same texts; empty: there is none
	hasEnd  bool
	root    *perlNode
	once    sync.Once
	program *perlProgram
}

// ParsePCRE reads an expression. The error is a *PCREError.
func ParsePCRE(source string) (*PCRE, error) {
	root, names, err := parsePerl(source)
	if err != nil {
		return nil, err
	}
	re := &PCRE{names: names, root: root, hasEnd: hasEnd(root)}
	re.plain = sync.OnceValue(func() *regexp.Regexp { // whoever only reads an expression needs neither
		printed, ok := printRE2(root, names, false)
		if !ok {
			return nil
		}
		plain, _ := regexp.Compile(printed) // RE2 bounds repetitions
		return plain
	})
	re.test = sync.OnceValue(func() string {
		printed, ok := printRE2(root, names, true)
		if !ok {
			return ""
		}
		if _, err := regexp.Compile(printed); err != nil {
			return ""
		}
		return printed
	})
	return re, nil
}

// RE2 returns an expression of RE2 that is found in exactly the texts in which this one is, and false where there is none.
func (re *PCRE) RE2() (string, bool) { return re.test(), re.test() != "" }

// Names returns the names of the groups by their numbers, "" for those without one and for 0, the whole match.
func (re *PCRE) Names() []string { return re.names }

// find returns the offsets of at most so many matches and of their groups (-1: all). It reports false where the expression took
// too many steps.
func (re *PCRE) find(s string, most int) ([][]int, bool) {
	if plain := re.plain(); plain != nil && !(re.hasEnd && strings.HasSuffix(s, "\n")) {
		return plain.FindAllStringSubmatchIndex(s, most), true
	}
	re.once.Do(func() { re.program = compilePerl(re.root, len(re.names)) })
	var found [][]int
	end := -1
	for from := 0; from <= len(s) && (most < 0 || len(found) < most); {
		where, err := re.program.find(s, from)
		if err != nil {
			return nil, false
		}
		if where == nil {
			break
		}
		again := len(found) > 0 && slices.Equal(where, found[len(found)-1])
		if !again && (where[1] > where[0] || where[0] != end) { // as RE2: no empty match right behind another
			found = append(found, where)
		}
		end = where[1]
		read := end > from && end > where[0] // \K in a look-behind may begin a match before the place it is looked for at
		if from = end; !read {
			_, size := utf8.DecodeRuneInString(s[from:])
			from += max(size, 1)
		}
	}
	return found, true
}

// perlExpressions keeps parsed expressions, as long as it is not full, which only expressions from data could make it.
var perlExpressions struct {
	sync.RWMutex
	bySource map[string]*PCRE
}

// perlExpression returns the expression of a source, nil where it cannot be read.
func perlExpression(source string) *PCRE {
	perlExpressions.RLock()
	re, ok := perlExpressions.bySource[source]
	perlExpressions.RUnlock()
	if ok {
		return re
	}
	re, _ = ParsePCRE(source)
	perlExpressions.Lock()
	defer perlExpressions.Unlock()
	if perlExpressions.bySource == nil || len(perlExpressions.bySource) >= maxExpressions {
		perlExpressions.bySource = map[string]*PCRE{}
	}
	perlExpressions.bySource[source] = re
	return re
}

// perlArgument returns the expression that an argument spells.
func perlArgument(v event.Value) *PCRE {
	one, ok := splOnly(v)
	if !ok {
		return nil
	}
	return perlExpression(splText(one))
}

var _ = define(Func{
	Name: "spl_match", Doc: "Whether a Perl-compatible regular expression is found anywhere in a text, of a multivalue in any value; Null where it cannot be read or takes too many steps.",
	Params: []Param{required("text", "any"), required("expression", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := perlArgument(args[1])
		if re == nil {
			return null
		}
		result := no
		for _, v := range splItems(args[0]) {
			found, ok := re.find(splText(v), 1)
			if len(found) > 0 {
				return yes
			}
			if !ok {
				result = null
			}
		}
		return result
	},
	Examples: []Example{
		example(yes, text("id=42"), text(`id=\d+`)), example(no, text("ID=42"), text(`id=\d+`)), example(yes, text("ID=42"), text(`(?i)id=\d+`)),
		example(null, text("x"), text("(")), example(yes, text("notepad.exe"), text(`^(?!svchost).*\.exe$`)), example(no, text("svchost.exe"), text(`^(?!svchost).*\.exe$`)),
		example(yes, texts("a", "b"), text("b")), example(yes, text("abcabc"), text(`^(\w+)\1$`)), example(yes, text("a\n"), text(`a$`)), example(no, text("a\n"), text(`a\z`)),
		example(null, text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), text(`^(?=(a+)+$)`)), example(null, null, text("a")),
		example(no, text("foobar"), text(`(?<!foo)bar`)), example(yes, text("a  b"), text(`(?x) a \h++ b # blanks`)),
	},
})

var _ = splFunction("spl_replace", `The text with each match of a Perl-compatible regular expression replaced, \1 or \g{name} in the replacement being what a group captured, \\ a backslash; each of several values.`,
	"any", []Param{required("text", "any"), required("expression", "any"), required("by", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		re := perlArgument(rest[0])
		by, ok := splOnly(rest[1])
		if re == nil || !ok {
			return null
		}
		s, ok := re.replace(splText(v), splText(by), -1)
		if !ok {
			return null
		}
		return text(s)
	},
	example(text("14/1/2023"), text("1/14/2023"), text(`^(\d{1,2})/(\d{1,2})/`), text(`\2/\1/`)), example(text("x"), text("x"), text("y"), text("z")),
	example(text("-a-b-"), text("ab"), text("x*"), text("-")), example(texts("xb", "xc"), texts("ab", "ac"), text("a"), text("x")), example(text(`a\b`), text("a/b"), text("/"), text(`\\`)),
	example(text("5-5"), text("5"), text(`(?<n>\d)`), text(`\g{n}-\0`)), example(null, text("x"), text("("), text("")), example(text("a%b%"), text("a b "), text(`(?<=\w)\s`), text("%")))

// replace replaces the matches, of which number most are the last (-1: all).
func (re *PCRE) replace(s, by string, most int) (string, bool) {
	found, ok := re.find(s, most)
	if !ok {
		return "", false
	}
	if len(found) == 0 {
		return s, true
	}
	return re.substitute(s, by, found)
}

func (re *PCRE) substitute(s, by string, found [][]int) (string, bool) {
	var out []byte
	end := 0
	for _, where := range found {
		if where[0] < end { // \K can set a match back
			continue
		}
		out = append(out, s[end:where[0]]...)
		out = re.expand(out, s, by, where)
		end = where[1]
		if len(out) > maxText {
			return "", false
		}
	}
	return string(append(out, s[end:]...)), true
}

// expand adds a replacement with what the groups captured.
func (re *PCRE) expand(dst []byte, s, by string, where []int) []byte {
	group := func(i int) {
		if i >= 0 && 2*i+1 < len(where) && where[2*i] >= 0 {
			dst = append(dst, s[where[2*i]:where[2*i+1]]...)
		}
	}
	for i := 0; i < len(by); i++ {
		if by[i] != '\\' || i+1 == len(by) {
			dst = append(dst, by[i])
			continue
		}
		i++
		switch c := by[i]; {
		case c >= '0' && c <= '9':
			n := int(c - '0')
			if i+1 < len(by) && by[i+1] >= '0' && by[i+1] <= '9' && n*10+int(by[i+1]-'0') < len(re.names) {
				i++
				n = n*10 + int(by[i]-'0')
			}
			group(n)
		case c == 'g' && i+1 < len(by) && (by[i+1] == '{' || by[i+1] == '<'):
			end := strings.IndexByte(by[i:], map[byte]byte{'{': '}', '<': '>'}[by[i+1]])
			if end < 0 {
				dst = append(dst, '\\', c)
				continue
			}
			group(re.groupNamed(by[i+2 : i+end]))
			i += end
		case c == '\\':
			dst = append(dst, c)
		default:
			dst = append(dst, '\\', c)
		}
	}
	return dst
}

// groupNamed returns the number of a group given by name or number, -1 where there is none.
func (re *PCRE) groupNamed(name string) int {
	n := 0
	for i, known := range re.names {
		if known == name && name != "" {
			return i
		}
	}
	for _, c := range name {
		if c < '0' || c > '9' || n > len(re.names) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// capturedText returns what a group captured; empty groups are none, as for rex.
func capturedText(s string, where []int, group int) (string, bool) {
	if 2*group+1 >= len(where) || where[2*group] < 0 || where[2*group] == where[2*group+1] {
		return "", false
	}
	return s[where[2*group]:where[2*group+1]], true
}

var _ = define(Func{
	Name: "spl_rex", Doc: "The named groups of a Perl-compatible regular expression as an object: what the first match in each value of a text captured, or its first most matches (0: all), several values as a list; groups that captured nothing are left out; Null without a match.",
	Params: []Param{required("text", "any"), required("expression", "any"), optional("most", "long")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := perlArgument(args[1])
		most, ok := integerAt(args, 2, 1)
		if re == nil || !ok || most < 0 || most > 1<<30 {
			return null
		}
		if most == 0 {
			most = -1
		}
		captured := make([][]event.Value, len(re.names))
		matched := false
		for _, v := range splItems(args[0]) {
			s := splText(v)
			found, ok := re.find(s, int(most))
			if !ok {
				return null
			}
			for _, where := range found {
				matched = true
				for group, name := range re.names {
					if part, ok := capturedText(s, where, group); ok && name != "" {
						captured[group] = append(captured[group], text(part))
					}
				}
			}
		}
		if !matched {
			return null
		}
		out := &event.Record{}
		for group, name := range re.names {
			if len(captured[group]) > 0 {
				out.Set(name, splMulti(captured[group]))
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{
		example(object("k", text("a"), "v", text("1")), text("a=1 b=2"), text(`(?<k>\w)=(?P<v>\d)`)), example(null, text("x"), text("(?<k>y)")),
		example(object("k", texts("a", "b")), text("a=1 b=2"), text(`(?<k>\w)=`), whole(0)), example(object("k", text("a")), text("a"), text(`(?<k>a)(?<n>b)?`)),
		example(object("d", texts("1", "2")), texts("a1", "b2"), text(`(?<d>\d)`)), example(object("t", text("b")), text("a:b"), text(`(?<=:)(?<t>\w)`)),
		example(object("t", texts("a", "a")), text("aa"), text(`(?<=\K(?<t>a))`), whole(0)),
	},
})
