package sigma

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// reader turns YAML nodes into the tree of one text and gathers the complaints about it.
type reader struct {
	src    *diag.Source
	list   diag.List
	errors int // errors so far, those beyond maxComplaints included
	said   int // complaints about the document that is being read
	lines  []int
	ascii  bool
	// offsets of the characters of long lines that are not ASCII, by line
	wide map[int][]int32
}

func newReader(src *diag.Source) *reader { return &reader{src: src, ascii: isASCII(src.Text)} }

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (r *reader) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Error, span, code, format, args...)
}

func (r *reader) warnf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Warning, span, code, format, args...)
}

// complain adds a diagnostic. Of those beyond maxComplaints about one document it adds one, which says so.
func (r *reader) complain(severity diag.Severity, span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	if severity == diag.Error {
		r.errors++
	}
	if r.said++; r.said > maxComplaints+1 {
		return &diag.Diagnostic{}
	} else if r.said == maxComplaints+1 {
		code, format, args = "sigma-too-many-complaints", "more than %d complaints about this document; the rest is not shown", []any{maxComplaints}
	}
	r.list.Add(diag.Diagnostic{Code: code, Severity: severity, Source: r.src, Span: span, Message: fmt.Sprintf(format, args...)})
	return &r.list[len(r.list)-1]
}

// nearest returns the candidate that is most like a word. It does not look where nobody would see the answer, or where there
// is too much to look at.
func (r *reader) nearest(word string, candidates []string) string {
	if r.said > maxComplaints || len(candidates) > 1000 || word == "" {
		return ""
	}
	return diag.Nearest(word, candidates)
}

// chunk is the text of one document, or of more if they are set apart without a marker.
type chunk struct {
	start, end int // in the source
	line       int // of start, counted from 0
}

// chunks cuts the text before each document marker, so that a broken document does not take its neighbours with it, and
// fills the table of lines.
func (r *reader) chunks() []chunk {
	text := r.src.Text
	begin := 0
	if strings.HasPrefix(text, "\ufeff") {
		begin = len("\ufeff")
	}
	r.lines = append(make([]int, 0, strings.Count(text, "\n")+1), begin)
	var list []chunk
	current := chunk{start: begin}
	empty, directives := true, -1 // no content yet in this chunk; the line where directives begin
	for at := begin; at < len(text); {
		line := len(r.lines) - 1
		next := lineEnd(text, at)
		row := text[at:next]
		switch {
		case strings.HasPrefix(row, "---") && (len(row) == 3 || strings.IndexByte(" \t\r\n", row[3]) >= 0):
			cut := line
			if directives >= 0 {
				cut = directives
			}
			if !empty {
				current.end = r.lines[cut]
				list = append(list, current)
				current = chunk{start: r.lines[cut], line: cut}
			}
			empty, directives = false, -1
		case strings.HasPrefix(row, "%"):
			if directives < 0 {
				directives = line
			}
		default:
			if strings.TrimSpace(row) != "" && row[0] != '#' {
				empty, directives = false, -1
			}
		}
		if at = next; at < len(text) {
			r.lines = append(r.lines, at)
		}
	}
	current.end = len(text)
	return append(list, current)
}

// lineEnd returns the offset behind the line break that YAML sees next.
func lineEnd(text string, at int) int {
	for i := at; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			return i + 1
		case c == '\r':
			if i+1 < len(text) && text[i+1] == '\n' {
				return i + 2
			}
			return i + 1
		case c == 0xc2 && i+1 < len(text) && text[i+1] == 0x85: // next line
			return i + 2
		case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && (text[i+2] == 0xa8 || text[i+2] == 0xa9): // separators
			return i + 3
		}
	}
	return len(text)
}

// documents calls read with the root of each document of the text, checked for size, depth and tags.
func (r *reader) documents(read func(root *yaml.Node)) {
	if len(r.src.Text) > maxText {
		r.errorf(diag.Span{}, "sigma-too-large", "text of %d bytes is larger than %d", len(r.src.Text), maxText)
		return
	}
	if strings.HasPrefix(r.src.Text, "\xff\xfe") || strings.HasPrefix(r.src.Text, "\xfe\xff") {
		r.errorf(diag.Span{}, "sigma-yaml", "text is UTF-16").Hint = "save the file as UTF-8"
		return
	}
	found := false
	for _, c := range r.chunks() {
		if c.end-c.start > maxDocument {
			found = true
			r.errorf(diag.Span{Start: c.start, End: c.start}, "sigma-too-large", "document of %d bytes is larger than %d", c.end-c.start, maxDocument)
			continue
		}
		decoder := yaml.NewDecoder(strings.NewReader(r.src.Text[c.start:c.end]))
		for {
			var root yaml.Node
			if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				found = true
				r.syntax(c, err)
				break
			}
			if len(root.Content) == 0 || isNothing(root.Content[0]) {
				continue
			}
			found = true
			r.said = 0
			shift(&root, c.line)
			budget := maxNodes
			if r.check(root.Content[0], 0, &budget) {
				read(root.Content[0])
			}
		}
	}
	if !found {
		r.errorf(diag.Span{}, "sigma-empty", "text holds no document")
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
func (r *reader) syntax(c chunk, err error) {
	at, message := c.start, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		message = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			at = r.lines[min(max(c.line+line-1, 0), len(r.lines)-1)]
		} else if name, ok := strings.CutPrefix(message, "unknown anchor '"); ok {
			name, _, _ = strings.Cut(name, "'")
			at += max(strings.Index(r.src.Text[at:c.end], "*"+name), 0)
		}
	}
	end := at
	for end < c.end && r.src.Text[end] != '\n' && r.src.Text[end] != '\r' {
		end++
	}
	for at < end && r.src.Text[at] == ' ' {
		at++
	}
	d := r.errorf(diag.Span{Start: at, End: end}, "sigma-yaml", "text is no YAML: %s", message)
	if strings.HasPrefix(strings.TrimSpace(r.src.Text[at:end]), "\t") || strings.Contains(message, "tab") {
		d.Hint = "indent with blanks, not tabs"
	}
}

// check refuses trees that are too large or too deep, aliases expanded, and tags that are not of YAML's core.
func (r *reader) check(n *yaml.Node, depth int, budget *int) bool {
	if *budget--; *budget < 0 {
		r.errorf(r.at(n), "sigma-too-large", "document has more than %d nodes, aliases counted", maxNodes)
		return false
	}
	if depth > maxDepth {
		r.errorf(r.at(n), "sigma-too-deep", "document is nested more than %d deep", maxDepth)
		return false
	}
	if n.Kind == yaml.AliasNode {
		return r.check(n.Alias, depth+1, budget)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.ShortTag() {
		case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp":
		default:
			at := r.offset(n.Line, n.Column)
			r.errorf(diag.Span{Start: at, End: at}, "sigma-tag", "unknown YAML tag %s", n.Tag).Hint = "leave the tag out"
			return false
		}
	}
	for _, child := range n.Content {
		if !r.check(child, depth+1, budget) {
			return false
		}
	}
	return true
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// pair is one entry of a map.
type pair struct {
	key   Word
	value *yaml.Node // aliases followed
	span  diag.Span
}

// pairs returns the entries of a map in order, merge keys (<<) resolved, each key once; a repeated key is an error.
func (r *reader) pairs(n *yaml.Node) []pair {
	list := make([]pair, 0, len(n.Content)/2)
	var merged []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := follow(n.Content[i]), follow(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			r.errorf(r.at(n.Content[i]), "sigma-key", "key is no text").Hint = "a key is a name; quote it if it begins with [ or {"
			continue
		}
		if k.Tag == "!!merge" {
			merged = append(merged, r.merge(v)...)
			continue
		}
		key := r.word(k)
		list = append(list, pair{key: key, value: v, span: key.Span.Join(r.span(n.Content[i+1]))})
	}
	seen := make(map[string]bool, len(list))
	once := list[:0]
	for _, p := range list {
		if seen[p.key.Text] {
			r.errorf(p.key.Span, "sigma-duplicate-key", "key %q occurs twice", p.key.Text).
				Hint = "put the values into one list, or use different modifiers"
			continue
		}
		seen[p.key.Text] = true
		once = append(once, p)
	}
	for _, p := range merged {
		if !seen[p.key.Text] {
			seen[p.key.Text] = true
			once = append(once, p)
		}
	}
	return once
}

func (r *reader) merge(v *yaml.Node) []pair {
	switch v.Kind {
	case yaml.MappingNode:
		return r.pairs(v)
	case yaml.SequenceNode:
		var all []pair
		for _, e := range v.Content {
			if e = follow(e); e.Kind == yaml.MappingNode {
				all = append(all, r.pairs(e)...)
			}
		}
		return all
	}
	r.errorf(r.span(v), "sigma-key", "merge key << needs a map")
	return nil
}

// find returns the entry of a key, or nil.
func find(list []pair, key string) *pair {
	for i := range list {
		if list[i].key.Text == key {
			return &list[i]
		}
	}
	return nil
}
