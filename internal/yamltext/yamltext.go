// Package yamltext reads YAML whose places matter: rules, macros, whatever has an author who wants to know where a complaint
// points.
//
// The YAML library tells the line and column of every node. This package makes byte offsets of them, finds where scalars end,
// and undoes what YAML does to a scalar (quotes, escapes, folded lines, block indentation), so that each byte of a value knows
// the byte of the file that it came from. It cuts a text into documents, so that a broken one does not hide its neighbours, and
// refuses what is too large, too deep or oddly tagged. What it complains about is a Problem; the reader of a language puts its own
// code before it.
package yamltext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// Problem is a complaint about YAML itself.
type Problem struct {
	What    string // the last part of a diagnostic's code: "yaml", "too-large", "too-deep", "tag", "empty", "key", "duplicate-key"
	Span    diag.Span
	Message string
	Hint    string
}

// Places knows where the nodes of a text are. It must not be used by several goroutines at a time.
type Places struct {
	// Fleeting says that nobody holds a node of Documents once the function it was given to has returned: the next text takes its place.
	Fleeting bool

	source *diag.Source
	text   string // what is read: that of the source, or a mended one
	lines  []int
	chunks []chunk
	ascii  bool
	// offsets of the characters of long lines that are not ASCII, by line
	wide map[int][]int32
}

// New returns the places of a text.
func New(source *diag.Source) *Places { return NewMended(source, source.Text) }

// NewMended returns the places of a text that is broken, to be read as another one that differs from it only in that some bytes are
// blanks: every place is the same in both.
func NewMended(source *diag.Source, text string) *Places {
	p := &Places{source: source, text: text, ascii: isASCII(source.Text)}
	p.cut()
	return p
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Offset returns where a line and column of the YAML library are in the text.
func (p *Places) Offset(line, column int) int {
	line = min(max(line-1, 0), len(p.lines)-1)
	start := p.lines[line]
	column = max(column-1, 0)
	if p.ascii {
		return min(start+column, len(p.source.Text))
	}
	end := len(p.source.Text)
	if line+1 < len(p.lines) {
		end = p.lines[line+1]
	}
	if end-start <= 1024 {
		for ; column > 0 && start < end; column-- {
			_, size := utf8.DecodeRuneInString(p.source.Text[start:end])
			start += size
		}
		return start
	}
	table, ok := p.wide[line]
	if !ok {
		for i := range p.source.Text[start:end] {
			table = append(table, int32(i))
		}
		if p.wide == nil {
			p.wide = make(map[int][]int32)
		}
		p.wide[line] = table
	}
	if column >= len(table) {
		return end
	}
	return start + int(table[column])
}

// At returns the empty span at the beginning of a node, behind its anchor and tag.
func (p *Places) At(n *yaml.Node) diag.Span {
	i := p.Offset(n.Line, n.Column)
	text := p.source.Text
	for n.Kind != yaml.AliasNode && i < len(text) && (text[i] == '&' || text[i] == '!') {
		for i < len(text) && !isBlank(text[i]) {
			i++
		}
		for i < len(text) && isBlank(text[i]) {
			i++
		}
	}
	return diag.Span{Start: i, End: i}
}

// Span returns the place of a node: of a scalar all of it, quotes included; of an alias its name; of a map or list from its
// beginning to the end of its last entry.
func (p *Places) Span(n *yaml.Node) diag.Span {
	at := p.At(n)
	switch n.Kind {
	case yaml.AliasNode:
		at.End = at.Start + 1
		for at.End < len(p.source.Text) && !isBlank(p.source.Text[at.End]) && strings.IndexByte(",]}", p.source.Text[at.End]) < 0 {
			at.End++
		}
	case yaml.ScalarNode:
		at.End = scalarEnd(p.source, at.Start, n.Value)
	default:
		for last := n; len(last.Content) > 0; {
			last = last.Content[len(last.Content)-1]
			if last.Kind == yaml.ScalarNode || last.Kind == yaml.AliasNode {
				at.End = max(at.End, p.Span(last).End)
			}
		}
	}
	at.End = min(max(at.End, at.Start), len(p.source.Text))
	return at
}

// Text returns the value of a scalar with the place of each of its bytes.
func (p *Places) Text(n *yaml.Node) *diag.Text {
	n = Follow(n)
	text, _ := Scalar(p.source, p.At(n).Start, n.Value)
	return text
}

// Follow returns the node that an alias stands for.
func Follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// Pair is one entry of a map.
type Pair struct {
	Key   *yaml.Node // a scalar, aliases followed
	Value *yaml.Node // aliases followed
	named *yaml.Node // the value as it stands: an alias, perhaps
}

// Whole returns the place of key and value.
func (p *Places) Whole(e Pair) diag.Span { return p.Span(e.Key).Join(p.Span(e.named)) }

// Pairs returns the entries of a map in order, merge keys (<<) resolved, each key once; a repeated key is a problem.
func (p *Places) Pairs(n *yaml.Node, complain func(Problem)) []Pair {
	return p.PairsIn(make([]Pair, 0, len(n.Content)/2), n, complain)
}

// fewPairs is the number up to which comparing keys is faster than a table.
const fewPairs = 24

// PairsIn is Pairs with a list that is used for the result.
func (p *Places) PairsIn(list []Pair, n *yaml.Node, complain func(Problem)) []Pair {
	list = list[:0]
	var merged []Pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := Follow(n.Content[i]), Follow(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			complain(Problem{"key", p.At(n.Content[i]), "key is no text", "a key is a name; quote it if it begins with [ or {"})
			continue
		}
		if k.Tag == "!!merge" {
			merged = append(merged, p.merge(v, complain)...)
			continue
		}
		list = append(list, Pair{k, v, n.Content[i+1]})
	}
	if len(merged) == 0 && len(list) <= fewPairs && unlike(list) {
		return list
	}
	seen := make(map[string]bool, len(list))
	once := list[:0]
	for _, e := range list {
		if seen[e.Key.Value] {
			complain(Problem{"duplicate-key", p.Span(e.Key), fmt.Sprintf("key %q occurs twice", e.Key.Value), "write it once"})
			continue
		}
		seen[e.Key.Value] = true
		once = append(once, e)
	}
	for _, e := range merged {
		if !seen[e.Key.Value] {
			seen[e.Key.Value] = true
			once = append(once, e)
		}
	}
	return once
}

// unlike says whether no key is there twice.
func unlike(list []Pair) bool {
	for i := range list {
		for j := range i {
			if list[i].Key.Value == list[j].Key.Value {
				return false
			}
		}
	}
	return true
}

func (p *Places) merge(v *yaml.Node, complain func(Problem)) []Pair {
	switch v.Kind {
	case yaml.MappingNode:
		return p.Pairs(v, complain)
	case yaml.SequenceNode:
		var all []Pair
		for _, e := range v.Content {
			if e = Follow(e); e.Kind == yaml.MappingNode {
				all = append(all, p.Pairs(e, complain)...)
			}
		}
		return all
	}
	complain(Problem{What: "key", Span: p.Span(v), Message: "merge key << needs a map"})
	return nil
}
