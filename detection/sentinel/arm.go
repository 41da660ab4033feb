package sentinel

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/internal/yamltext"
)

// export reads JSON: a template of Azure, which has resources, or what the API gives, which is one resource or a list of them.
func (r *reader) export() {
	r.places = yamltext.New(r.source)
	r.places.JSON(limits, func(root *yaml.Node) { r.resources(root, 0, map[string]bool{}) }, r.problem)
	if r.file.Role.Asks() && len(r.file.Detections) == 0 {
		r.broken()
	}
}

// maxResourceDepth bounds how deep resources and templates may stand in each other.
const maxResourceDepth = 12

// resources reads what a list or a resource holds. ignored are the types that were told of.
func (r *reader) resources(n *yaml.Node, depth int, ignored map[string]bool) {
	if depth > maxResourceDepth {
		r.errorf(r.places.At(n), "sentinel-too-deep", "resources are nested more than %d deep", maxResourceDepth)
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, one := range n.Content {
			r.resources(one, depth+1, ignored)
		}
		return
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	m := r.fields("resource", n)
	if children := m.entry("resources"); children != nil {
		outer := r.scope
		if t := newTemplate(m); t != nil {
			r.scope = t
		} else if outer == nil {
			r.scope = &template{}
		}
		r.resources(children.Value, depth+1, ignored)
		r.scope = outer
	}
	if list := m.entry("value"); list != nil && list.Value.Kind == yaml.SequenceNode {
		r.resources(list.Value, depth+1, ignored)
	}
	typ := m.text("type")
	kind := strings.ToLower(typ[strings.LastIndexByte(typ, '/')+1:])
	switch {
	case kind == "alertrules":
		r.alertRule(m)
	case kind == "savedsearches":
		r.savedSearch(m)
	case kind == "watchlists":
		if p := r.propertiesOf(m, "watchlist"); p != nil {
			r.watchlist(p, r.places.At(m.node), m.text("name"))
			p.done()
		}
	case kind == "summarylogs":
		if p := r.propertiesOf(m, "summary rule"); p != nil {
			r.summaryRule(p, r.places.Span(m.node))
			p.done()
		}
	case kind == "automationrules":
		if p := r.propertiesOf(m, "automation rule"); p != nil {
			before := len(r.file.automations)
			r.automationRule(p)
			if len(r.file.automations) > before && r.file.automations[before].ID == "" {
				r.file.automations[before].ID = guid.FindString(m.text("name") + " " + m.text("id"))
			}
			p.done()
		}
	case m.has("queryCondition"):
		m.what = "custom detection"
		r.customDetection(m)
		m.done()
	case m.has("itemsSearchKey"):
		m.what = "watchlist"
		r.watchlist(m, r.places.At(m.node), "")
		m.done()
	case kind == "deployments":
		if p := r.propertiesOf(m, "deployment"); p != nil {
			if inner := p.sub("template"); inner != nil {
				r.resources(inner.node, depth+1, ignored)
			}
		}
	case typ != "" && !m.has("resources") && !ignored[kind]:
		ignored[kind] = true
		r.notef(r.places.At(n), "sentinel-resource", "resources of type %s are nothing that is run here", typ)
	}
}

// propertiesOf returns the properties of a resource; nil, with an error, if it has none.
func (r *reader) propertiesOf(m *fields, what string) *fields {
	p := m.sub("properties")
	if p == nil {
		r.errorf(r.places.At(m.node), "sentinel-missing-key", "the %s has no properties", what)
		return nil
	}
	p.what = what
	return p
}

// alertRule reads an analytic rule. The id of the rule is that of its resource: the last GUID of its name, even if the rest is an
// expression.
func (r *reader) alertRule(m *fields) {
	d := r.draft(m, detection.Scheduled, r.places.Span(m.node))
	p := r.propertiesOf(m, "rule")
	if p == nil {
		return
	}
	d.m = p
	for _, text := range []string{m.text("name"), p.text("alertRuleTemplateName"), m.text("id")} {
		if found := guid.FindAllString(text, -1); found != nil {
			d.ID = found[len(found)-1]
			break
		}
	}
	if d.ID == "" {
		r.warnf(r.places.At(m.node), "sentinel-missing-key", "the rule has no GUID: neither its name nor alertRuleTemplateName is one")
	}
	kind := m.word("kind")
	if kind.Text == "" {
		kind = p.word("kind")
	}
	if d.kind(kind) {
		d.named(p.word("displayName", "name"))
		d.properties()
	}
	p.done()
}

// savedSearch reads a function, or a query that somebody saved, which is a hunt.
func (r *reader) savedSearch(m *fields) {
	p := r.propertiesOf(m, "saved search")
	if p == nil {
		return
	}
	if alias := p.word("functionAlias"); alias.Text != "" {
		f := &Function{Name: alias.Text, Description: p.text("displayName"), Version: p.text("version"), Path: r.source.Name, Place: r.span(alias), Query: p.query("query")}
		if e := p.entry("functionParameters"); e != nil && e.Value.Kind == yaml.ScalarNode && e.Value.Value != "" {
			r.params(f, r.places.Text(e.Value))
		}
		p.known("category", "tags", "etag")
		if alias.expression {
			r.errorf(r.span(alias), "sentinel-expression", "the name of the function is an expression of the template").Hint = "write it out"
		} else {
			r.addFunction(p, f)
		}
		p.done()
		return
	}
	d := r.draft(p, detection.HuntingQuery, r.places.Span(m.node))
	d.named(p.word("displayName"))
	if found := guid.FindAllString(m.text("name")+" "+m.text("id"), -1); found != nil {
		d.ID = found[0]
	}
	var tacticWords, techniqueWords []word
	for _, tag := range p.each("tag", "tags") {
		value := tag.word("value")
		switch strings.ToLower(tag.text("name")) {
		case "description":
			d.described(value)
		case "tactics":
			tacticWords = commas(value)
		case "techniques", "relevanttechniques":
			techniqueWords = commas(value)
		}
	}
	d.attack(tacticWords, techniqueWords)
	d.search(p.query("query"))
	d.timing()
	p.known("category", "version", "etag", "functionParameters")
	p.done()
}

// commas cuts a word at its commas.
func commas(w word) (list []word) {
	for _, text := range strings.Split(w.Text, ",") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, word{Text: text, node: w.node})
		}
	}
	return list
}

// lastName returns the last part of the name of a resource.
func lastName(name string) string {
	name = strings.Trim(name, "[]'() ")
	return strings.Trim(name[strings.LastIndexByte(name, '/')+1:], "'")
}

// template is what the expressions of a template may refer to.
type template struct {
	parameters, variables map[string]string // texts; of parameters their defaults
}

// newTemplate returns the scope of a template; nil if a resource is none.
func newTemplate(m *fields) *template {
	if !m.has("$schema") && !m.has("parameters") && !m.has("variables") && !m.has("contentVersion") {
		return nil
	}
	t := &template{parameters: map[string]string{}, variables: map[string]string{}}
	if e := m.entry("parameters"); e != nil && e.Value.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(e.Value.Content); i += 2 {
			for j := 0; j+1 < len(e.Value.Content[i+1].Content); j += 2 {
				if v := e.Value.Content[i+1].Content[j+1]; e.Value.Content[i+1].Content[j].Value == "defaultValue" && v.Kind == yaml.ScalarNode {
					t.parameters[e.Value.Content[i].Value] = v.Value
				}
			}
		}
	}
	if e := m.entry("variables"); e != nil && e.Value.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(e.Value.Content); i += 2 {
			if v := e.Value.Content[i+1]; v.Kind == yaml.ScalarNode {
				t.variables[e.Value.Content[i].Value] = v.Value
			}
		}
	}
	return t
}

// resolve returns what a text of a template means. An expression is worked out where it joins texts, defaults of parameters, and
// variables; one that depends on where the template is deployed is given as it is, and said to be one.
func (t *template) resolve(text string) (meaning string, expression bool) {
	return t.resolveWithin(text, 8)
}

func (t *template) resolveWithin(text string, depth int) (meaning string, expression bool) {
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(trimmed, "[["):
		return trimmed[1:], false
	case !strings.HasPrefix(trimmed, "[") || !strings.HasSuffix(trimmed, "]"):
		return text, false
	}
	e := &evaluation{template: t, text: trimmed[1 : len(trimmed)-1], depth: depth}
	if value, ok := e.value(); ok && strings.TrimSpace(e.text) == "" {
		return value, false
	}
	return text, true
}

// evaluation is an expression of a template that is being worked out.
type evaluation struct {
	template *template
	text     string // what is left of it
	depth    int
}

func (e *evaluation) value() (string, bool) {
	e.text = strings.TrimLeft(e.text, " \t\r\n")
	if e.depth--; e.depth < 0 {
		return "", false
	}
	defer func() { e.depth++ }()
	if strings.HasPrefix(e.text, "'") {
		return e.literal()
	}
	end := 0
	for end < len(e.text) && (e.text[end]|0x20 >= 'a' && e.text[end]|0x20 <= 'z') {
		end++
	}
	name := strings.ToLower(e.text[:end])
	if e.text = strings.TrimLeft(e.text[end:], " "); !strings.HasPrefix(e.text, "(") {
		return "", false
	}
	e.text = e.text[1:]
	var args []string
	for {
		e.text = strings.TrimLeft(e.text, " \t\r\n")
		if strings.HasPrefix(e.text, ")") {
			e.text = e.text[1:]
			break
		}
		arg, ok := e.value()
		if !ok {
			return "", false
		}
		args = append(args, arg)
		if e.text = strings.TrimLeft(e.text, " \t\r\n"); strings.HasPrefix(e.text, ",") {
			e.text = e.text[1:]
		} else if !strings.HasPrefix(e.text, ")") {
			return "", false
		}
	}
	var of map[string]string
	switch {
	case name == "concat":
		return strings.Join(args, ""), true
	case name == "parameters" && len(args) == 1:
		of = e.template.parameters
	case name == "variables" && len(args) == 1:
		of = e.template.variables
	default:
		return "", false
	}
	value, ok := of[args[0]]
	if !ok {
		return "", false
	}
	meaning, open := e.template.resolveWithin(value, e.depth)
	return meaning, !open
}

// literal reads a text in quotes, in which two stand for one.
func (e *evaluation) literal() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(e.text); i++ {
		if e.text[i] != '\'' {
			b.WriteByte(e.text[i])
			continue
		}
		if i+1 < len(e.text) && e.text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		e.text = e.text[i+1:]
		return b.String(), true
	}
	return "", false
}
