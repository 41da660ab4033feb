package finding

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// token is $field$: a field of the row, whose name holds no blank.
var token = regexp.MustCompile(`\$([^\s$]+)\$`)

// property is %name%: a property of the detection.
var property = regexp.MustCompile(`%([a-z_]+)%`)

// filler fills templates in from a row and its detection. It notes the tokens that the row has no value for; they stay in
// the text as they are.
type filler struct {
	detection *detection.Detection
	fields    *event.Record
	own       map[string]string // what stands beside the fields: the bounds of the search
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
	for _, m := range token.FindAllStringSubmatchIndex(template, -1) {
		name := template[m[2]:m[3]]
		value, ok := f.value(name)
		if !ok {
			f.note("the " + what + " names $" + name + "$, for which the row has no value")
			continue
		}
		b.WriteString(template[rest:m[0]])
		b.WriteString(write(value, template[:m[0]]))
		rest = m[1]
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
	d := f.detection
	return property.ReplaceAllStringFunc(text, func(found string) string {
		switch strings.Trim(found, "%") {
		case "name", "title":
			return d.Title
		case "description":
			return d.Description
		case "id", "detection_id":
			return d.ID
		case "type":
			return d.Type
		case "version", "detection_version":
			return strconv.Itoa(d.Version)
		case "risk_score":
			if d.Answer != nil {
				return strconv.Itoa(d.Answer.RiskScore)
			}
		case "original_detection_search":
			if d.Search != nil {
				return d.Search.String
			}
		}
		return found
	})
}
