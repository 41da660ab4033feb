package sigma

import (
	"fmt"
	"strconv"
	"strings"
)

// formatText is a template in the notation of Python's str.format: {query}, {rule.title}, {pipeline.state[index]}.
type formatText []formatPart

type formatPart struct {
	text string
	path []string // of a field, where there is no text
}

// format reads such a template. Conversions and format specifications are refused.
func (p *params) format(name string) formatText {
	w := p.needed(name)
	var list formatText
	var text strings.Builder
	complain := func(from, to int, format string, args ...any) formatText {
		p.errorf(w.Part(p.src, from, to), "sigma-pipeline-template", format, args...)
		return nil
	}
	t := w.Text
	for i := 0; i < len(t); i++ {
		if t[i] != '{' && t[i] != '}' {
			text.WriteByte(t[i])
			continue
		}
		if i+1 < len(t) && t[i+1] == t[i] {
			text.WriteByte(t[i])
			i++
			continue
		}
		end := strings.IndexByte(t[i:], '}')
		if t[i] == '}' || end < 0 {
			return complain(i, i+1, "%c stands alone; write it twice if it is meant as it is", t[i])
		}
		field := strings.TrimSuffix(t[i+1:i+end], "!s")
		if strings.ContainsAny(field, "!:{") {
			return complain(i, i+end+1, "only names such as {rule.title} are filled in, without conversions and formats")
		}
		path := pathOf(field)
		if path == nil {
			return complain(i, i+end+1, "%q is no name such as rule.title or pipeline.state[index]", field)
		}
		switch path[0] {
		case "query", "rule", "pipeline":
		default:
			return complain(i, i+end+1, "a template knows query, rule and pipeline, not %q", path[0])
		}
		if text.Len() > 0 {
			list = append(list, formatPart{text: text.String()})
			text.Reset()
		}
		list = append(list, formatPart{path: path})
		i += end
	}
	if text.Len() > 0 {
		list = append(list, formatPart{text: text.String()})
	}
	return list
}

// pathOf splits a.b[c] into its steps; nil if it is none.
func pathOf(field string) []string {
	var path []string
	for rest := field; ; {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil
		}
		path = append(path, rest[:end])
		rest = rest[end:]
		for strings.HasPrefix(rest, "[") {
			shut := strings.IndexByte(rest, ']')
			if shut < 2 {
				return nil
			}
			path = append(path, rest[1:shut])
			rest = rest[shut+1:]
		}
		if rest == "" {
			return path
		}
		if rest[0] != '.' {
			return nil
		}
		rest = rest[1:]
	}
}

func (t formatText) fill(scope map[string]any) (string, error) {
	var b strings.Builder
	for _, part := range t {
		if part.path == nil {
			b.WriteString(part.text)
			continue
		}
		var v any = scope
		for i, name := range part.path {
			next, ok := member(v, name)
			if !ok && i > 0 {
				return "", fmt.Errorf("the template asks for %s, and there is no %s", strings.Join(part.path, "."), name)
			}
			v = next
		}
		switch v.(type) {
		case []any, map[string]any:
			return "", fmt.Errorf("the template asks for %s, which is no single value", strings.Join(part.path, "."))
		}
		b.WriteString(templateText(v))
	}
	return b.String(), nil
}

// Texts that templates may ask for more: level and status for their name in capitals, tags for their namespace and name.
type (
	rankText string
	tagText  string
)

// member returns what a value has under a name or, if it is a list, at an index.
func member(v any, name string) (any, bool) {
	switch v := v.(type) {
	case rankText: // as of an enumeration
		return strings.ToUpper(string(v)), name == "name"
	case tagText:
		namespace, rest, _ := strings.Cut(string(v), ".")
		return map[string]string{"namespace": namespace, "name": rest}[name], name == "namespace" || name == "name"
	case map[string]any:
		found, ok := v[name]
		return found, ok
	case []any:
		i, err := strconv.Atoi(name)
		if err == nil && i < 0 {
			i += len(v)
		}
		if err == nil && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

// templateText writes a single value as Python does.
func templateText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		if v == float64(int64(v)) {
			return strconv.FormatFloat(v, 'f', 1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}
