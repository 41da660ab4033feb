package fn

import (
	"fmt"
	"strconv"
	"strings"

	"goshawk/event"
)

// The part of XPath that xpath runs: paths of names, *, @attributes, text() and . below / or //, with conditions in square
// brackets: a place, last(), the presence of a name, @attribute or text(), or its comparison (= !=) with a text; and between them.

// xpathStep is one step of a path.
type xpathStep struct {
	deep       bool   // at any depth (//)
	kind       byte   // 'n' an element, '@' an attribute, 't' text(), '.'
	name       string // * is any
	conditions [][]xpathCondition
}

// xpathCondition is one condition of a step; all of a bracket must hold.
type xpathCondition struct {
	kind     byte // 'n' '@' 't' '.' as of a step, 'i' a place, 'l' the last place
	name     string
	index    int
	compares bool
	not      bool
	text     string
}

// CheckXPath says what is wrong with an expression, or that it is beyond what is run.
func CheckXPath(source string) error {
	_, err := readXPath(source)
	return err
}

func readXPath(source string) ([]xpathStep, error) {
	s := strings.TrimSpace(source)
	var steps []xpathStep
	for first := true; s != "" || first; first = false {
		step := xpathStep{}
		switch {
		case strings.HasPrefix(s, "//"):
			step.deep = true
			s = s[2:]
		case strings.HasPrefix(s, "/"):
			s = s[1:]
		case !first:
			return nil, fmt.Errorf("this XPath is not run from %q on", s)
		}
		var ok bool
		if step.kind, step.name, s, ok = xpathName(s); !ok {
			return nil, fmt.Errorf("a name, *, @name, text() or . must stand in the XPath before %q", s)
		}
		for strings.HasPrefix(s, "[") {
			end := xpathBracket(s)
			if end < 0 {
				return nil, fmt.Errorf("a square bracket of the XPath is not closed")
			}
			conditions, err := readXPathConditions(s[1:end])
			if err != nil {
				return nil, err
			}
			step.conditions = append(step.conditions, conditions)
			s = s[end+1:]
		}
		if len(steps) > 0 && steps[len(steps)-1].kind != 'n' && steps[len(steps)-1].kind != '.' {
			return nil, fmt.Errorf("nothing stands below an attribute or text in XPath")
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// xpathBracket returns the offset of the bracket that closes the first one.
func xpathBracket(s string) int {
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == ']':
			return i
		}
	}
	return -1
}

// xpathName reads what a step or a condition names.
func xpathName(s string) (kind byte, name, rest string, ok bool) {
	kind = 'n'
	switch {
	case strings.HasPrefix(s, "text()"):
		return 't', "", s[6:], true
	case strings.HasPrefix(s, "@"):
		kind, s = '@', s[1:]
	case strings.HasPrefix(s, ".") && !strings.HasPrefix(s, ".."):
		return '.', "", s[1:], true
	case strings.HasPrefix(s, "*"):
		return 'n', "*", s[1:], true
	}
	if kind == '@' && strings.HasPrefix(s, "*") {
		return kind, "*", s[1:], true
	}
	end := 0
	for end < len(s) && (s[end] >= 0x80 || s[end] == '_' || s[end] == '-' || s[end] == '.' || s[end] == ':' || s[end] >= '0' && s[end] <= '9' || s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
		end++
	}
	name = s[:end]
	if name == "" || strings.Contains(name, "::") || end < len(s) && s[end] == '(' {
		return 0, "", s, false
	}
	return kind, name, s[end:], true
}

func readXPathConditions(s string) ([]xpathCondition, error) {
	var list []xpathCondition
	for {
		s = strings.TrimSpace(s)
		c := xpathCondition{}
		digits := leading(s, "0123456789")
		switch {
		case digits != "":
			n, err := strconv.Atoi(digits)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("places in XPath count from 1, not %s", digits)
			}
			c.kind, c.index, s = 'i', n, s[len(digits):]
		case strings.HasPrefix(s, "last()"):
			c.kind, s = 'l', s[6:]
		default:
			var ok bool
			if c.kind, c.name, s, ok = xpathName(s); !ok {
				return nil, fmt.Errorf("this condition of the XPath is not run: %q", s)
			}
			s = strings.TrimSpace(s)
			c.not = strings.HasPrefix(s, "!=")
			if rest, ok := strings.CutPrefix(strings.TrimPrefix(s, "!"), "="); ok {
				rest = strings.TrimSpace(rest)
				if rest == "" || rest[0] != '"' && rest[0] != '\'' || strings.IndexByte(rest[1:], rest[0]) < 0 {
					return nil, fmt.Errorf("a text in quotes must stand behind = in XPath")
				}
				end := strings.IndexByte(rest[1:], rest[0])
				c.compares, c.text, s = true, rest[1:end+1], rest[end+2:]
			}
		}
		list = append(list, c)
		s = strings.TrimSpace(s)
		if s == "" {
			return list, nil
		}
		rest, ok := strings.CutPrefix(s, "and ")
		if !ok {
			return nil, fmt.Errorf("this condition of the XPath is not run from %q on", s)
		}
		s = rest
	}
}

// parts returns what a step or condition of a kind means below an element: elements, or texts.
func (n *xmlNode) parts(kind byte, name string) (elements []*xmlNode, texts []string) {
	switch kind {
	case 'n':
		for _, child := range n.children {
			if name == "*" || child.name == name || child.name[strings.IndexByte(child.name, ':')+1:] == name {
				elements = append(elements, child)
			}
		}
	case '@':
		for _, a := range n.attributes {
			if name == "*" || xmlName(a.Name) == name {
				texts = append(texts, a.Value)
			}
		}
	case 't':
		if s, ok := n.value(); ok {
			texts = append(texts, s)
		}
	case '.':
		elements = append(elements, n)
	}
	return elements, texts
}

// all returns all text at any depth.
func (n *xmlNode) all() string {
	s := n.text.String()
	for _, child := range n.children {
		s += child.all()
	}
	return strings.TrimSpace(s)
}

// meets says whether an element at a place among its like meets a condition.
func (c xpathCondition) meets(n *xmlNode, place, of int) bool {
	switch c.kind {
	case 'i':
		return place == c.index
	case 'l':
		return place == of
	}
	elements, texts := n.parts(c.kind, c.name)
	for _, e := range elements {
		texts = append(texts, e.all())
	}
	if !c.compares {
		return len(texts) > 0
	}
	for _, s := range texts {
		if (s == c.text) != c.not {
			return true
		}
	}
	return false
}

// take follows one step from an element.
func (step xpathStep) take(n *xmlNode, found func(*xmlNode), give func(string)) {
	elements, texts := n.parts(step.kind, step.name)
	for _, s := range texts {
		give(s)
	}
	for _, conditions := range step.conditions {
		var kept []*xmlNode
		for i, e := range elements {
			ok := true
			for _, c := range conditions {
				ok = ok && c.meets(e, i+1, len(elements))
			}
			if ok {
				kept = append(kept, e)
			}
		}
		elements = kept
	}
	for _, e := range elements {
		found(e)
	}
	if step.deep {
		for _, child := range n.children {
			step.take(child, found, give)
		}
	}
}

// outer writes an element as it stood in its text.
func (n *xmlNode) outer() string {
	var b strings.Builder
	b.WriteString("<" + n.name)
	for _, a := range n.attributes {
		b.WriteString(" " + xmlName(a.Name) + `="` + strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(a.Value) + `"`)
	}
	b.WriteString(">" + n.raw + "</" + n.name + ">")
	return b.String()
}

var _ = define(Func{
	Name: "spl_xpath", Doc: "What a path of XPath finds in a text of XML, several as a multivalue: attributes and texts as such, elements as XML; Null where there is nothing.",
	Params: []Param{required("text", "any"), required("path", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		steps, err := readXPath(args[1].Text())
		if err != nil {
			return null
		}
		var out []event.Value
		for _, v := range splItems(args[0]) {
			nodes := []*xmlNode{{children: readXML(splText(v))}}
			for i, step := range steps {
				var next []*xmlNode
				seen := map[*xmlNode]bool{}
				for _, n := range nodes {
					step.take(n, func(e *xmlNode) {
						if !seen[e] {
							seen[e] = true
							next = append(next, e)
						}
					}, func(s string) {
						if i == len(steps)-1 && len(out) < maxFlat {
							out = append(out, text(s))
						}
					})
				}
				nodes = next
			}
			for _, n := range nodes {
				if len(out) < maxFlat {
					out = append(out, text(n.outer()))
				}
			}
		}
		return splMulti(out)
	},
	Examples: []Example{
		example(text("jo"), text(`<Event><EventData><Data Name="User">jo</Data><Data Name="Id">7</Data></EventData></Event>`), text("//Data[@Name='User']/text()")),
		example(texts("User", "Id"), text(`<Event><EventData><Data Name="User">jo</Data><Data Name="Id">7</Data></EventData></Event>`), text("/Event/EventData/Data/@Name")),
		example(text(`<b k="1">x</b>`), text(`<a><b k="1">x</b><b>y</b></a>`), text("a/b[1]")), example(text("y"), text(`<a><b>x</b><b>y</b></a>`), text("//b[last()]/text()")),
		example(text("2"), text(`<a><p><n>x</n><v>1</v></p><p><n>y</n><v>2</v></p></a>`), text(`//p[n="y"]/v/text()`)), example(null, text("<a/>"), text("//b")), example(null, text("no"), text("//b")),
		example(null, text("<a/>"), text("count(//a)")),
	},
})
