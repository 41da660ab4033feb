package yamltext

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// Limits are the sizes beyond which a text is refused rather than read: texts come from strangers.
type Limits struct {
	Text     int // bytes of a text
	Document int // bytes of one document
	Nodes    int // nodes of one document, aliases expanded
	Depth    int // nesting
}

// chunk is the text of one document, or of more if they are set apart without a marker.
type chunk struct {
	start, end int // in the source
	line       int // of start, counted from 0
}

// cut cuts the text before each document marker, so that a broken document does not take its neighbours with it, and fills the
// table of lines.
func (p *Places) cut() {
	text := p.source.Text
	begin := 0
	if strings.HasPrefix(text, "\ufeff") {
		begin = len("\ufeff")
	}
	p.lines = append(make([]int, 0, strings.Count(text, "\n")+1), begin)
	feeds := p.ascii && strings.IndexByte(text, '\r') < 0 // no other line break is there
	current := chunk{start: begin}
	empty, directives := true, -1 // no content yet in this chunk; the line where directives begin
	for at := begin; at < len(text); {
		line := len(p.lines) - 1
		next := len(text)
		if !feeds {
			next = lineEnd(text, at)
		} else if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		row := text[at:next]
		switch {
		case strings.HasPrefix(row, "---") && (len(row) == 3 || strings.IndexByte(" \t\r\n", row[3]) >= 0):
			cut := line
			if directives >= 0 {
				cut = directives
			}
			if !empty {
				current.end = p.lines[cut]
				p.chunks = append(p.chunks, current)
				current = chunk{start: p.lines[cut], line: cut}
			}
			empty, directives = false, -1
		case strings.HasPrefix(row, "%"):
			if directives < 0 {
				directives = line
			}
		default:
			if (empty || directives >= 0) && strings.TrimSpace(row) != "" && row[0] != '#' {
				empty, directives = false, -1
			}
		}
		if at = next; at < len(text) {
			p.lines = append(p.lines, at)
		}
	}
	current.end = len(text)
	p.chunks = append(p.chunks, current)
}

// lineEnd returns the offset behind the line break that YAML sees next.
func lineEnd(text string, at int) int {
	for i := at; i < len(text); i++ {
		if c := text[i]; c > '\r' && c < 0xc2 {
			continue
		}
		if n := breakAt(text, i); n > 0 {
			return i + n
		}
	}
	return len(text)
}

// breakAt returns the length of the line break that YAML sees at an offset; 0 if there is none.
func breakAt(text string, i int) int {
	switch c := text[i]; {
	case c == '\n':
		return 1
	case c == '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case c == 0xc2 && i+1 < len(text) && text[i+1] == 0x85: // next line
		return 2
	case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && (text[i+2] == 0xa8 || text[i+2] == 0xa9): // separators
		return 3
	}
	return 0
}

// Documents calls read with the root of each document of the text, checked for size, depth and tags.
func (p *Places) Documents(limits Limits, read func(root *yaml.Node), complain func(Problem)) {
	if len(p.source.Text) > limits.Text {
		complain(Problem{What: "too-large", Message: fmt.Sprintf("text of %d bytes is larger than %d", len(p.source.Text), limits.Text)})
		return
	}
	if strings.HasPrefix(p.source.Text, "\xff\xfe") || strings.HasPrefix(p.source.Text, "\xfe\xff") {
		complain(Problem{What: "yaml", Message: "text is UTF-16", Hint: "save the file as UTF-8"})
		return
	}
	found := false
	for _, c := range p.chunks {
		if c.end-c.start > limits.Document {
			found = true
			complain(Problem{What: "too-large", Span: diag.Span{Start: c.start, End: c.start},
				Message: fmt.Sprintf("document of %d bytes is larger than %d", c.end-c.start, limits.Document)})
			continue
		}
		everyday := readEveryday(p.text[c.start:c.end], c.line, p.ascii, p.Fleeting, func(root *yaml.Node) {
			if budget := limits.Nodes; p.check(root, 0, &budget, limits, complain) {
				read(root)
			}
		})
		if everyday {
			found = true
			continue
		}
		decoder := yaml.NewDecoder(strings.NewReader(p.text[c.start:c.end]))
		for {
			var root yaml.Node
			if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				found = true
				complain(p.syntax(c, err))
				break
			}
			if len(root.Content) == 0 || isNothing(root.Content[0]) {
				continue
			}
			found = true
			shift(&root, c.line)
			budget := limits.Nodes
			if p.check(root.Content[0], 0, &budget, limits, complain) {
				read(root.Content[0])
			}
		}
	}
	if !found {
		complain(Problem{What: "empty", Message: "text holds no document"})
	}
}

// shift moves a tree down by so many lines, from those of its chunk to those of the text.
func shift(n *yaml.Node, lines int) {
	if lines == 0 {
		return
	}
	n.Line += lines
	for _, child := range n.Content {
		shift(child, lines)
	}
}

func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s:.*))$`)

// syntax reports what the YAML library could not read. It tells the line only.
func (p *Places) syntax(c chunk, err error) Problem {
	at, message := c.start, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		message = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			at = p.lines[min(max(c.line+line-1, 0), len(p.lines)-1)]
		} else if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
			name, _, _ = strings.Cut(name, "'")
			at += max(strings.Index(p.source.Text[at:c.end], "*"+name), 0)
		}
	}
	end := at
	for end < c.end && p.source.Text[end] != '\n' && p.source.Text[end] != '\r' {
		end++
	}
	for at < end && p.source.Text[at] == ' ' {
		at++
	}
	problem := Problem{What: "yaml", Span: diag.Span{Start: at, End: end}, Message: "text is no YAML: " + message}
	if strings.HasPrefix(strings.TrimSpace(p.source.Text[at:end]), "\t") || strings.Contains(message, "tab") {
		problem.Hint = "indent with blanks, not tabs"
	}
	return problem
}

// check refuses trees that are too large or too deep, aliases expanded, and tags that are not of YAML's core.
func (p *Places) check(n *yaml.Node, depth int, budget *int, limits Limits, complain func(Problem)) bool {
	if *budget--; *budget < 0 {
		complain(Problem{What: "too-large", Span: p.At(n), Message: fmt.Sprintf("document has more than %d nodes, aliases counted", limits.Nodes)})
		return false
	}
	if depth > limits.Depth {
		complain(Problem{What: "too-deep", Span: p.At(n), Message: fmt.Sprintf("document is nested more than %d deep", limits.Depth)})
		return false
	}
	if n.Kind == yaml.AliasNode {
		return p.check(n.Alias, depth+1, budget, limits, complain)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.ShortTag() {
		case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp":
		default:
			at := p.Offset(n.Line, n.Column)
			complain(Problem{"tag", diag.Span{Start: at, End: at}, "unknown YAML tag " + n.Tag, "leave the tag out"})
			return false
		}
	}
	for _, child := range n.Content {
		if !p.check(child, depth+1, budget, limits, complain) {
			return false
		}
	}
	return true
}
