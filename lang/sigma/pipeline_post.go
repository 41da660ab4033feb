package sigma

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/event"
)

// What pipelines do to the texts of queries: postprocessing, for each text on its own, and finalizers, for all together. Whoever
// makes a query of a rule calls Post with its text, and Finalize with all texts in the end.

// textTransformation changes the text of one query.
type textTransformation interface {
	change(p *processing, text string) (string, error)
}

// textChange is a textTransformation that is one function.
type textChange func(p *processing, text string) (string, error)

func (c textChange) change(p *processing, text string) (string, error) { return c(p, text) }

// Post returns the text of a query as the pipeline's postprocessing changes it. The document is the rule or correlation that the query
// was made of, as Apply returned it: its conditions may ask what was done to it before.
func (p *Pipeline) Post(d Document, text string) (string, diag.List) {
	meta := d.Meta()
	if p == nil || len(p.post) == 0 || meta == nil {
		return text, nil
	}
	run := &processing{pipe: p, meta: meta, rule: d.Rule, corr: d.Correlation, applied: map[string]bool{}, state: map[string]event.Value{}}
	if was := meta.processed; was != nil {
		run.referenced, run.state, run.onItem = was.referenced, was.state, was.onItem
		for id := range was.applied {
			run.applied[id] = true
		}
	}
	text = run.posts(p.post, text)
	return text, run.list
}

func (p *processing) posts(list []*step, text string) string {
	for _, s := range list {
		if !s.rule.holds(func(c ruleCondition) bool { return c.holds(p) }) {
			continue
		}
		changed, err := s.text.change(p, text)
		if err == nil && len(changed) > maxMadeBytes {
			err = fmt.Errorf("the text becomes larger than %d bytes", maxMadeBytes)
		}
		if err != nil {
			p.list.Errorf(p.meta.Source, p.head(), "sigma-pipeline-text", "%s", err.Error()).Hint = s.where()
			return text
		}
		if text = changed; s.id.Text != "" {
			p.applied[s.id.Text] = true
		}
	}
	return text
}

// textTransformations are all types of postprocessing by name. It is filled in init because nest reads items, which look here.
var textTransformations map[string]func(p *params) textTransformation

func init() {
	textTransformations = map[string]func(p *params) textTransformation{
		"embed": func(p *params) textTransformation {
			prefix, suffix := p.optional("prefix", ""), p.optional("suffix", "")
			return textChange(func(_ *processing, text string) (string, error) { return prefix + text + suffix, nil })
		},
		"simple_template": func(p *params) textTransformation {
			t := p.format("template")
			return textChange(func(p *processing, text string) (string, error) { return t.fill(p.scope(text)) })
		},
		"template": func(p *params) textTransformation {
			t := p.template()
			return textChange(func(p *processing, text string) (string, error) { return t.fill(p.scope(text)) })
		},
		"json": func(p *params) textTransformation {
			w := p.needed("json_template")
			tree, err := readJSON(w.Text)
			if err != nil {
				p.errorf(w.Span, "sigma-pipeline-parameter", "json_template is no JSON: %v", err)
			}
			return textChange(func(_ *processing, text string) (string, error) { return jsonText(embedded(tree, text), -1), nil })
		},
		"replace": func(p *params) textTransformation {
			re := p.pattern("pattern", false)
			by := p.replacement("replacement", re)
			return textChange(func(_ *processing, text string) (string, error) { return by.replace(re, text), nil })
		},
		"nest": func(p *params) textTransformation {
			e := p.get("items")
			if e == nil {
				p.missing("items")
				return textChange(nil)
			}
			list := p.stepList(e, p.postprocessing)
			return textChange(func(p *processing, text string) (string, error) { return p.posts(list, text), nil })
		},
	}
}

// postprocessing reads an item of postprocessing.
func (r *pipelineReader) postprocessing(p *params, s *step) {
	p.what = s.kind.Text
	p.gates(s, false)
	read := textTransformations[s.kind.Text]
	if read == nil {
		r.unknown(s.kind, "postprocessing", sortedKeys(textTransformations))
		if _, other := transformations[s.kind.Text]; other {
			r.list[len(r.list)-1].Hint = "it acts on rules: put it below transformations"
		}
		return
	}
	s.text = read(p)
	p.finish()
}

// finalizer changes the texts of all queries together, or what another finalizer has made of them: a []string or a string.
type finalizer func(p *Pipeline, texts any) (any, error)

// Finalize returns the one text that the pipeline's finalizers make of the texts of all queries. Without finalizers it is the texts, each
// on lines of its own.
func (p *Pipeline) Finalize(texts []string) (string, diag.List) {
	var out any = texts
	if p != nil {
		var err error
		if out, err = p.finalize(p.finalizers, out); err != nil {
			return "", diag.List{{Code: "sigma-pipeline-text", Severity: diag.Error, Message: "finalizer of the pipeline: " + err.Error()}}
		}
	}
	if list, ok := out.([]string); ok {
		return strings.Join(list, "\n"), nil
	}
	return out.(string), nil
}

func (p *Pipeline) finalize(list []finalizer, out any) (any, error) {
	for _, f := range list {
		var err error
		if out, err = f(p, out); err != nil {
			return out, err
		}
		if text, ok := out.(string); ok && len(text) > 16*maxMadeBytes {
			return out, fmt.Errorf("the text becomes larger than %d bytes", 16*maxMadeBytes)
		}
	}
	return out, nil
}

var finalizerNames = []string{"concat", "json", "yaml", "template", "nested"}

// finalizers reads a list of finalizers.
func (r *pipelineReader) finalizers(e *pair) []finalizer {
	var list []finalizer
	r.stepList(e, func(p *params, s *step) {
		p.what = s.kind.Text
		if f := r.finalizer(p, s); f != nil {
			list = append(list, f)
			p.finish()
		}
	})
	return list
}

func (r *pipelineReader) finalizer(p *params, s *step) finalizer {
	switch s.kind.Text {
	case "concat":
		separator, prefix, suffix := p.optional("separator", "\n"), p.optional("prefix", ""), p.optional("suffix", "")
		return func(_ *Pipeline, texts any) (any, error) {
			list, ok := texts.([]string)
			if !ok {
				return nil, errors.New("concat needs a list of texts, and a finalizer before it has made one text")
			}
			return prefix + strings.Join(list, separator) + suffix, nil
		}
	case "json":
		indent := p.indent()
		return func(_ *Pipeline, texts any) (any, error) { return jsonText(jsonOf(texts), indent), nil }
	case "yaml":
		indent := p.indent()
		return func(_ *Pipeline, texts any) (any, error) {
			var b strings.Builder
			enc := yaml.NewEncoder(&b)
			if indent > 0 {
				enc.SetIndent(indent)
			}
			err := enc.Encode(texts)
			return b.String(), err
		}
	case "template":
		t := p.template()
		return func(pipe *Pipeline, texts any) (any, error) {
			run := &processing{pipe: pipe}
			return t.fill(map[string]any{"queries": anyOf(texts), "pipeline": run.pipelineScope()})
		}
	case "nested":
		e := p.get("finalizers")
		if e == nil {
			p.missing("finalizers")
			return nil
		}
		list := p.finalizers(e)
		return func(pipe *Pipeline, texts any) (any, error) { return pipe.finalize(list, texts) }
	}
	r.unknown(s.kind, "finalizer", finalizerNames)
	return nil
}

// indent reads the number of blanks of an indentation; -1 for none.
func (p *params) indent() int {
	e := p.get("indent")
	if e == nil || isNull(e.value) {
		return -1
	}
	v := p.value("indent")
	n := v.constant()
	if v.Kind != NumberValue || n.Kind() != event.Int || n.Int() < 0 || n.Int() > 16 {
		p.errorf(e.key.Span, "sigma-pipeline-parameter", "indent is a number of blanks from 0 to 16")
		return -1
	}
	return int(n.Int())
}

func anyOf(texts any) any {
	list, ok := texts.([]string)
	if !ok {
		return texts
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i]
	}
	return out
}

// jsonObject is an object that keeps the order of its keys.
type jsonObject struct {
	keys   []string
	values []any
}

func jsonOf(texts any) any { return anyOf(texts) }

// readJSON reads one JSON value: jsonObject, []any, string, json.Number, bool or nil.
func readJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := jsonValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text behind the value")
	}
	return v, nil
}

func jsonValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := jsonValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		o := &jsonObject{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := jsonValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			o.keys, o.values = append(o.keys, key.(string)), append(o.values, v)
		}
		_, err = d.Token()
		return o, err
	}
	return t, nil
}

// embedded puts the query in the place of each text that is %QUERY%.
func embedded(v any, query string) any {
	switch v := v.(type) {
	case string:
		if v == "%QUERY%" {
			return query
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = embedded(v[i], query)
		}
		return list
	case *jsonObject:
		o := &jsonObject{keys: v.keys, values: make([]any, len(v.values))}
		for i := range v.values {
			o.values[i] = embedded(v.values[i], query)
		}
		return o
	}
	return v
}

// jsonText writes a value as Python's json.dumps does: blanks behind commas and colons, no letters beyond ASCII; indent -1 is one line.
func jsonText(v any, indent int) string {
	var b strings.Builder
	writeJSON(&b, v, indent, 0)
	return b.String()
}

func writeJSON(b *strings.Builder, v any, indent, depth int) {
	entries := func(open, shut string, n int, each func(i int)) {
		b.WriteString(open)
		for i := range n {
			switch {
			case indent >= 0 && i > 0:
				b.WriteString(",")
			case i > 0:
				b.WriteString(", ")
			}
			if indent >= 0 {
				b.WriteString("\n" + strings.Repeat(" ", indent*(depth+1)))
			}
			each(i)
		}
		if indent >= 0 && n > 0 {
			b.WriteString("\n" + strings.Repeat(" ", indent*depth))
		}
		b.WriteString(shut)
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		fmt.Fprint(b, v)
	case json.Number:
		b.WriteString(v.String())
	case string:
		writeJSONText(b, v)
	case rankText:
		writeJSONText(b, string(v))
	case tagText:
		writeJSONText(b, string(v))
	case []any:
		entries("[", "]", len(v), func(i int) { writeJSON(b, v[i], indent, depth+1) })
	case *jsonObject:
		entries("{", "}", len(v.keys), func(i int) {
			writeJSONText(b, v.keys[i])
			b.WriteString(": ")
			writeJSON(b, v.values[i], indent, depth+1)
		})
	}
}

func writeJSONText(b *strings.Builder, text string) {
	b.WriteByte('"')
	for _, c := range text {
		switch short := strings.IndexRune("\"\\\n\r\t\b\f", c); {
		case short >= 0:
			b.WriteString(`\` + `"\nrtbf`[short:short+1])
		case c >= ' ' && c < 0x7f:
			b.WriteRune(c)
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		case c == 0x7f:
			b.WriteRune(c)
		default:
			fmt.Fprintf(b, `\u%04x`, c)
		}
	}
	b.WriteByte('"')
}

// scope is what templates know: the query, the rule and the pipeline.
func (p *processing) scope(query string) map[string]any {
	return map[string]any{"query": query, "rule": p.ruleScope(), "pipeline": p.pipelineScope()}
}

func (p *processing) pipelineScope() map[string]any {
	state, vars := map[string]any{}, map[string]any{}
	for key, v := range p.state {
		state[key] = plainOf(v)
	}
	for name, values := range p.pipe.vars {
		var list []any
		for _, v := range values {
			list = append(list, plainOf(v.constant()))
		}
		vars[name] = list
		if len(list) == 1 {
			vars[name] = list[0]
		}
	}
	return map[string]any{"name": p.pipe.Name, "priority": int64(p.pipe.Priority), "state": state, "vars": vars}
}

var attributeNames = []string{"title", "id", "name", "taxonomy", "status", "level", "description", "author", "license", "date", "modified",
	"tags", "references", "fields", "falsepositives", "scope"}

// ruleScope is what the document says about itself; what it does not say is not there.
func (p *processing) ruleScope() map[string]any {
	rule := map[string]any{}
	for _, name := range attributeNames {
		one, list, known := p.attribute(name)
		if list != nil {
			rule[name] = plainOf(event.ListValue(list...))
		} else if known {
			rule[name] = plainOf(one)
		}
	}
	for _, name := range []string{"level", "status"} {
		if text, ok := rule[name].(string); ok {
			rule[name] = rankText(text)
		}
	}
	if list, ok := rule["tags"].([]any); ok {
		for i := range list {
			list[i] = tagText(list[i].(string))
		}
	}
	custom := map[string]any{}
	for _, c := range p.meta.Custom {
		custom[c.Key.Text] = plainOf(c.Value)
	}
	rule["custom_attributes"] = custom
	if p.rule != nil {
		l := p.rule.LogSource
		source := map[string]any{}
		for name, text := range map[string]string{"category": l.Category, "product": l.Product, "service": l.Service} {
			if text != "" {
				source[name] = text
			}
		}
		rule["logsource"] = source
	}
	return rule
}

// plainOf returns a value as templates use it: string (or rankText, tagText), int64, float64, bool, nil, []any or map[string]any.
func plainOf(v event.Value) any {
	switch v.Kind() {
	case event.Null:
		return nil
	case event.Bool:
		return v.Bool()
	case event.Int:
		return v.Int()
	case event.Float:
		return v.Float()
	case event.List:
		list := []any{}
		for _, e := range v.List() {
			list = append(list, plainOf(e))
		}
		return list
	case event.Object:
		m := map[string]any{}
		for _, f := range v.Object().Fields {
			m[f.Name.Text] = plainOf(f.Value)
		}
		return m
	}
	return v.Text()
}

// template reads the parameters of a Jinja template: its text, or the name of a file of it.
func (p *params) template() *jinja {
	w := p.needed("template")
	if e := p.get("vars"); e != nil && !isNull(e.value) {
		p.errorf(e.key.Span, "sigma-pipeline-refused", "vars of a template names a file of Python code, which is not run").
			Hint = "use the variables of the pipeline: {{ pipeline.vars.name }}"
	}
	escape, folder := p.bool("autoescape", false), p.get("path")
	if folder == nil || isNull(folder.value) {
		return p.jinja(w, w.Text, escape)
	}
	name := path.Join(p.text(folder).Text, path.Join("/", w.Text))
	if p.options.ReadFile == nil {
		p.errorf(folder.key.Span, "sigma-pipeline-refused", "the template is the file %s, and pipelines may not read files unless they are allowed to", name).
			Hint = "allow it with --pipeline-files, if you trust the pipeline"
		return &jinja{}
	}
	data, err := p.options.ReadFile(name)
	if err != nil {
		p.errorf(w.Span, "sigma-pipeline-file", "cannot read %s: %v", name, err)
		return &jinja{}
	}
	return p.jinja(Word{Span: w.Span}, string(data), escape)
}
