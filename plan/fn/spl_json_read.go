package fn

import (
	"encoding/json"
	"strconv"
	"strings"

	"goshawk/event"
)

// JSON as SPL sees it: a text. Numbers stay as they are spelled, and what is not looked into stays as it is written.

// jsonNode is a value of JSON.
type jsonNode struct {
	kind  byte   // { [ " 0 (a number) t f n
	raw   string // as it stood in its text; empty for one that was made
	text  string // of a string
	names []string
	items []*jsonNode
}

type jsonReader struct {
	s     string
	at    int
	depth int
}

// readJSONText reads a text that is one value of JSON.
func readJSONText(s string) (*jsonNode, bool) {
	r := &jsonReader{s: s}
	n := r.value()
	r.blank()
	return n, n != nil && r.at == len(s)
}

func (r *jsonReader) blank() {
	for r.at < len(r.s) && strings.IndexByte(" \t\r\n", r.s[r.at]) >= 0 {
		r.at++
	}
}

func (r *jsonReader) take(c byte) bool {
	r.blank()
	if r.at < len(r.s) && r.s[r.at] == c {
		r.at++
		return true
	}
	return false
}

// value reads one value; nil where there is none.
func (r *jsonReader) value() *jsonNode {
	if r.depth++; r.depth > maxJSONDepth {
		return nil
	}
	defer func() { r.depth-- }()
	r.blank()
	if r.at == len(r.s) {
		return nil
	}
	start := r.at
	n := &jsonNode{kind: r.s[start]}
	switch n.kind {
	case '{':
		r.at++
		if !r.members(n) {
			return nil
		}
	case '[':
		r.at++
		if !r.elements(n) {
			return nil
		}
	case '"':
		s, ok := r.string()
		if !ok {
			return nil
		}
		n.text = s
	case 't', 'f', 'n':
		word := map[byte]string{'t': "true", 'f': "false", 'n': "null"}[n.kind]
		if !strings.HasPrefix(r.s[start:], word) {
			return nil
		}
		r.at += len(word)
	default:
		n.kind = '0'
		r.at += len(leading(r.s[start:], "+-0123456789.eE"))
		if !json.Valid([]byte(r.s[start:r.at])) {
			return nil
		}
	}
	n.raw = r.s[start:r.at]
	return n
}

func (r *jsonReader) members(n *jsonNode) bool {
	if r.take('}') {
		return true
	}
	for {
		r.blank()
		if r.at == len(r.s) || r.s[r.at] != '"' {
			return false
		}
		name, ok := r.string()
		if !ok || !r.take(':') {
			return false
		}
		item := r.value()
		if item == nil {
			return false
		}
		n.set(name, item)
		if r.take('}') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

func (r *jsonReader) elements(n *jsonNode) bool {
	if r.take(']') {
		return true
	}
	for {
		item := r.value()
		if item == nil {
			return false
		}
		n.items = append(n.items, item)
		if r.take(']') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

func (r *jsonReader) string() (string, bool) {
	start := r.at
	escaped := false
	for r.at++; r.at < len(r.s); r.at++ {
		switch c := r.s[r.at]; {
		case c == '\\':
			escaped = true
			r.at++
		case c == '"':
			r.at++
			if !escaped {
				return r.s[start+1 : r.at-1], true
			}
			var s string
			err := json.Unmarshal([]byte(r.s[start:r.at]), &s)
			return s, err == nil
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// set gives a member its value, in the place of an earlier one of the name.
func (n *jsonNode) set(name string, item *jsonNode) {
	for i := range n.names {
		if n.names[i] == name {
			n.items[i] = item
			return
		}
	}
	n.names = append(n.names, name)
	n.items = append(n.items, item)
}

// get returns the member of a name, or nil.
func (n *jsonNode) get(name string) *jsonNode {
	if n.kind == '{' {
		for i := range n.names {
			if n.names[i] == name {
				return n.items[i]
			}
		}
	}
	return nil
}

// append adds the value as JSON without blanks.
func (n *jsonNode) append(dst []byte) []byte {
	switch n.kind {
	case '{', '[':
		dst = append(dst, n.kind)
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if n.kind == '{' {
				dst = append(event.TextValue(n.names[i]).AppendJSON(dst), ':')
			}
			dst = item.append(dst)
		}
		return append(dst, n.kind+2)
	case '"':
		return event.TextValue(n.text).AppendJSON(dst)
	}
	return append(dst, n.raw...)
}

// value returns the value as a field holds it: arrays and objects as JSON, truth as a text, null as it is given.
func (n *jsonNode) value(nothing event.Value) event.Value {
	switch n.kind {
	case '"':
		return text(n.text)
	case '0':
		return spelledNumber(n.raw)
	case 't', 'f':
		return text(n.raw)
	case 'n':
		return nothing
	}
	return text(string(n.append(nil)))
}

// spelledNumber returns a number that is written as it is spelled, or else its spelling.
func spelledNumber(s string) event.Value {
	if n, ok := event.Number(s); ok && n.Kind() != event.Decimal && n.Text() == s {
		return n
	}
	return text(s)
}

// jsonOf returns the JSON of a field: several values as an array; a text that is JSON for an array or an object as that.
func jsonOf(v event.Value) *jsonNode {
	switch v.Kind() {
	case event.Null:
		return &jsonNode{kind: 'n', raw: "null"}
	case event.Bool:
		s := v.Text()
		return &jsonNode{kind: s[0], raw: s}
	case event.List:
		n := &jsonNode{kind: '['}
		for _, e := range splItems(v) {
			n.items = append(n.items, jsonOf(e))
		}
		return n
	case event.Object:
		if n, ok := readJSONText(string(v.AppendJSON(nil))); ok {
			return n
		}
	case event.Int, event.Float, event.Decimal:
		if s := string(v.AppendJSON(nil)); json.Valid([]byte(s)) && s[0] != '"' && s[0] != 'n' {
			return &jsonNode{kind: '0', raw: s}
		}
	case event.Text:
		if n := jsonContainer(v); n != nil {
			return n
		}
	}
	return &jsonNode{kind: '"', text: splText(v)}
}

// jsonContainer returns the array or object that a text is, or nil.
func jsonContainer(v event.Value) *jsonNode {
	s := strings.TrimLeft(v.Text(), " \t\r\n")
	if s == "" || s[0] != '{' && s[0] != '[' {
		return nil
	}
	n, ok := readJSONText(s)
	if !ok {
		return nil
	}
	return n
}

// Paths: names parted by dots, {n} for the element of an array at an index from 0, {} for all, {@name} for an attribute of XML.
// A name with dots stands in double quotes.

type pathStep struct {
	name  string
	index int
	kind  byte // 'n' a name, 'i' an index, 'a' all, '@' an attribute
}

func splPath(path string) (steps []pathStep, ok bool) {
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '{':
			end := strings.IndexByte(path, '}')
			if end < 0 {
				return nil, false
			}
			inside := path[1:end]
			path = path[end+1:]
			if inside == "" {
				steps = append(steps, pathStep{kind: 'a'})
				continue
			}
			if attribute, ok := strings.CutPrefix(inside, "@"); ok {
				steps = append(steps, pathStep{kind: '@', name: attribute})
				continue
			}
			i, err := strconv.Atoi(inside)
			if err != nil {
				return nil, false
			}
			steps = append(steps, pathStep{kind: 'i', index: i})
		case '"':
			end := strings.IndexByte(path[1:], '"')
			if end < 0 {
				return nil, false
			}
			steps = append(steps, pathStep{kind: 'n', name: path[1 : end+1]})
			path = path[end+2:]
		default:
			end := strings.IndexAny(path, ".{")
			if end < 0 {
				end = len(path)
			}
			steps = append(steps, pathStep{kind: 'n', name: path[:end]})
			path = path[end:]
		}
	}
	return steps, true
}

// follow returns the values at the end of a path.
func (n *jsonNode) follow(steps []pathStep) []*jsonNode {
	if len(steps) == 0 {
		return []*jsonNode{n}
	}
	switch step := steps[0]; step.kind {
	case 'n':
		if item := n.get(step.name); item != nil {
			return item.follow(steps[1:])
		}
		name := step.name // a name may hold the dots
		for i := 1; i < len(steps) && steps[i].kind == 'n' && n.kind == '{'; i++ {
			name += "." + steps[i].name
			if item := n.get(name); item != nil {
				return item.follow(steps[i+1:])
			}
		}
	case 'i':
		i := step.index
		if i < 0 {
			i += len(n.items)
		}
		if n.kind == '[' && i >= 0 && i < len(n.items) {
			return n.items[i].follow(steps[1:])
		}
	case 'a':
		if n.kind != '[' {
			return nil
		}
		var all []*jsonNode
		for _, item := range n.items {
			all = append(all, item.follow(steps[1:])...)
		}
		return all
	}
	return nil
}

// fans says whether a path can lead to several values.
func fans(steps []pathStep) bool {
	for _, step := range steps {
		if step.kind == 'a' {
			return true
		}
	}
	return false
}
