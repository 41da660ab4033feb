package finding

import (
	"slices"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// nextToken returns where the next $field$ of a text begins and ends, from a place on: a field of the row, whose name holds no blank; false
// if there is none.
func nextToken(text string, from int) (start, end int, ok bool) {
	return enclosed(text, from, '$', func(c byte) bool { return c != ' ' && (c < '\t' || c > '\r' || c == '\v') })
}

// nextProperty does so for %name%: a property of the detection.
func nextProperty(text string, from int) (start, end int, ok bool) {
	return enclosed(text, from, '%', func(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' })
}

// enclosed finds bytes of a name, at least one, between two marks.
func enclosed(text string, from int, mark byte, names func(byte) bool) (start, end int, ok bool) {
	for {
		at := strings.IndexByte(text[from:], mark)
		if at < 0 {
			return 0, 0, false
		}
		start = from + at
		for end = start + 1; end < len(text) && text[end] != mark && names(text[end]); end++ {
		}
		if end < len(text) && text[end] == mark && end > start+1 {
			return start, end + 1, true
		}
		from = start + 1
	}
}

// filler fills templates in from a row and its detection. It notes the tokens that the row has no value for; they stay in
// the text as they are.
type filler struct {
	detection *detection.Detection
	fields    *event.Record
	row       *Row
	own       map[string]string // what stands beside the fields: the bounds of the search; nil before they are asked for
	notes     []string
}

// text fills in a text for people: the values of a multivalue field are separated by commas.
func (f *filler) text(what, template string) string {
	return f.properties(f.tokens(what, template, func(value, _ string) string { return value }))
}

// search fills in a search: a value that comes to stand inside quotes cannot end them. What the detection's own search says is
// put in last, for it may hold dollar signs of its own.
func (f *filler) search(what, template string) string {
	return f.properties(f.tokens(what, template, func(value, before string) string {
		if strings.Count(strings.ReplaceAll(strings.ReplaceAll(before, `\\`, ""), `\"`, ""), `"`)%2 == 1 {
			return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
		}
		return value
	}))
}

func (f *filler) tokens(what, template string, write func(value, before string) string) string {
	if strings.Count(template, "$") < 2 {
		return template
	}
	var b strings.Builder
	rest := 0
	for start, end, found := nextToken(template, 0); found; start, end, found = nextToken(template, end) {
		name := template[start+1 : end-1]
		value, ok := f.value(name)
		if !ok {
			f.note("the " + what + " names $" + name + "$, for which the row has no value")
			continue
		}
		b.WriteString(template[rest:start])
		b.WriteString(write(value, template[:start]))
		rest = end
	}
	b.WriteString(template[rest:])
	return b.String()
}

func (f *filler) note(text string) {
	if !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// value returns what a token stands for.
func (f *filler) value(name string) (string, bool) {
	if f.own == nil {
		f.own = bounds(f.row)
	}
	if own, ok := f.own[name]; ok {
		return own, true
	}
	v := f.fields.Get(name)
	switch {
	case v.IsNull():
		return "", false
	case v.Kind() == event.List:
		return strings.Join(values(v), ", "), true
	}
	return v.Text(), true
}

// values returns the texts of a value: those of the elements of a list, or its own.
func values(v event.Value) []string {
	var out []string
	if v.Kind() != event.List {
		if !v.IsNull() {
			out = append(out, v.Text())
		}
		return out
	}
	for _, e := range v.List() {
		if !e.IsNull() {
			out = append(out, e.Text())
		}
	}
	return out
}

// properties puts the properties of the detection in. What stands between percent signs and is none stays as it is: searches
// use them as wildcards.
func (f *filler) properties(text string) string {
	if strings.Count(text, "%") < 2 {
		return text
	}
	var b strings.Builder
	rest := 0
	for start, end, found := nextProperty(text, 0); found; start, end, found = nextProperty(text, end) {
		if value, ok := f.property(text[start+1 : end-1]); ok {
			b.WriteString(text[rest:start])
			b.WriteString(value)
			rest = end
		}
	}
	if rest == 0 {
		return text
	}
	b.WriteString(text[rest:])
	return b.String()
}

// property returns a property of the detection; false if it has none of this name.
func (f *filler) property(name string) (string, bool) {
	d := f.detection
	switch name {
	case "name", "title":
		return d.Title, true
	case "description":
		return d.Description, true
	case "id", "detection_id":
		return d.ID, true
	case "type":
		return d.Type, true
	case "version", "detection_version":
		return strconv.Itoa(d.Version), true
	case "risk_score":
		if d.Answer != nil {
			return strconv.Itoa(d.Answer.RiskScore), true
		}
	case "original_detection_search":
		if d.Search != nil {
			return d.Search.String, true
		}
	}
	return "", false
}
