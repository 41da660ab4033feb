package sentinel

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// mended is a text of YAML that is not valid, with what its author plainly meant: the parts that YAML does not take are blanks in it,
// byte for byte, and are put back into the tree that is read from the rest.
type mended struct {
	text   string
	blocks []mendedBlock
	lists  []mendedList
}

// mendedBlock is a literal block whose first line stands further in than another, or which has tabs among its indentation.
type mendedBlock struct {
	line  int // of its head, from 1
	value string
	from  int // where its text begins
}

// mendedList is the list of field mappings that stands below an entity type without a key of its own.
type mendedList struct {
	line int    // of the entity type, from 1
	text string // the whole text with everything but the list blanked
	from int    // where it begins
}

var (
	blockHead  = regexp.MustCompile(`^([ ]*(?:- +)*)[A-Za-z_][\w-]*[ ]*:[ \t]*\|([+-]?)[ \t]*(?:#.*)?$`)
	entityHead = regexp.MustCompile(`^([ ]*(?:- +)?)entityType[ ]*:[ ]*["']?[A-Za-z]+["']?[ \t]*$`)
	listItem   = regexp.MustCompile(`^([ ]*)- +(?:identifier|columnName)[ ]*:`)
)

// line is one line of a text, without its break.
type line struct {
	start, end int
	indent     int // blanks and tabs before its text
	blank      bool
}

func linesOf(text string) []line {
	var list []line
	for at := 0; at <= len(text); {
		end, next := len(text), len(text)+1
		if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
			end, next = at+n, at+n+1
		}
		l := line{start: at, end: end}
		if end > at && text[end-1] == '\r' {
			l.end--
		}
		rest := strings.TrimLeft(text[l.start:l.end], " \t")
		l.indent, l.blank = l.end-l.start-len(rest), rest == ""
		list = append(list, l)
		at = next
	}
	return list
}

// mend returns the text without what can be mended; nil if there is nothing of that sort.
func mend(text string) *mended {
	m := &mended{}
	lines := linesOf(text)
	out := []byte(text)
	blank := func(l line) {
		for i := l.start; i < l.end; i++ {
			out[i] = ' '
		}
	}
	for i := 0; i < len(lines); i++ {
		row := text[lines[i].start:lines[i].end]
		if head := blockHead.FindStringSubmatch(row); head != nil {
			end := i + 1
			for end < len(lines) && (lines[end].blank || lines[end].indent > len(head[1])) {
				end++
			}
			if value, ok := mendBlock(text, lines[i+1:end], head[2]); ok {
				m.blocks = append(m.blocks, mendedBlock{line: i + 1, value: value, from: lines[i+1].start})
				for _, l := range lines[i+1 : end] {
					blank(l)
				}
			}
			i = end - 1
			continue
		}
		if head := entityHead.FindStringSubmatch(row); head != nil && i+1 < len(lines) {
			item := listItem.FindStringSubmatch(text[lines[i+1].start:lines[i+1].end])
			if item == nil || len(item[1]) < len(head[1]) {
				continue
			}
			end := i + 1
			for end < len(lines) && (lines[end].blank || lines[end].indent >= len(item[1])) {
				end++
			}
			others := []byte(text)
			for j, l := range lines {
				if j <= i || j >= end {
					for k := l.start; k < l.end; k++ {
						others[k] = ' '
					}
				}
			}
			m.lists = append(m.lists, mendedList{line: i + 1, text: string(others), from: lines[i+1].start + lines[i+1].indent})
			for _, l := range lines[i+1 : end] {
				blank(l)
			}
			i = end - 1
		}
	}
	if m.blocks == nil && m.lists == nil {
		return nil
	}
	m.text = string(out)
	return m
}

// mendBlock returns the value of a literal block if YAML would not take it: its lines without the smallest indentation.
func mendBlock(text string, lines []line, chomp string) (value string, broken bool) {
	smallest, first := -1, -1
	for _, l := range lines {
		broken = broken || l.blank && strings.Contains(text[l.start:l.end], "\t")
		if l.blank {
			continue
		}
		if first < 0 {
			first = l.indent
		}
		broken = broken || strings.Contains(text[l.start:l.start+min(first, l.indent)], "\t")
		if smallest < 0 || l.indent < smallest {
			smallest = l.indent
		}
	}
	if broken = broken || first > smallest; !broken || first < 0 {
		return "", false
	}
	var b strings.Builder
	for _, l := range lines {
		if !l.blank {
			b.WriteString(text[l.start+smallest : l.end])
		}
		b.WriteByte('\n')
	}
	value = b.String()
	switch chomp {
	case "-":
		value = strings.TrimRight(value, "\n")
	case "":
		value = strings.TrimRight(value, "\n") + "\n"
	}
	return value, true
}

// apply puts what was taken out back into the tree; false if its place is not found.
func (m *mended) apply(r *reader, root *yaml.Node) bool {
	for _, b := range m.blocks {
		n := scalarAt(root, b.line)
		if n == nil {
			return false
		}
		n.Value = b.value
		r.warnf(diag.Span{Start: b.from, End: b.from}, "sentinel-yaml-indent", "the first line of the block is indented further than others, or some with tabs; YAML does not take it").
			Hint = "indent all lines of the block alike, with blanks"
	}
	for _, l := range m.lists {
		mapping := mappingAt(root, l.line)
		if mapping == nil {
			return false
		}
		var list *yaml.Node
		good := true
		yamltext.NewMended(r.source, l.text).Documents(limits, func(n *yaml.Node) { list = n }, func(yamltext.Problem) { good = false })
		if !good || list == nil || list.Kind != yaml.SequenceNode {
			return false
		}
		mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "fieldMappings", Line: list.Line, Column: list.Column}, list)
		r.warnf(diag.Span{Start: l.from, End: l.from}, "sentinel-yaml-mapping", "the entity mapping has a list, but no key fieldMappings before it; YAML does not take it").
			Hint = "write fieldMappings: before the list"
	}
	return true
}

// scalarAt returns the value of the map entry whose value begins on a line, if it is a scalar.
func scalarAt(n *yaml.Node, line int) *yaml.Node {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && child.Kind == yaml.ScalarNode && child.Line == line && child.Style&yaml.LiteralStyle != 0 {
			return child
		}
		if found := scalarAt(child, line); found != nil {
			return found
		}
	}
	return nil
}

// mappingAt returns the map that has an entity type on a line.
func mappingAt(n *yaml.Node, line int) *yaml.Node {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Line == line && child.Value == "entityType" {
			return n
		}
		if found := mappingAt(child, line); found != nil {
			return found
		}
	}
	return nil
}
