package sentinel

import (
	"regexp"
	"strings"

	"goshawk/diag"
)

// Function is a query that other queries call by name.
type Function struct {
	Name    string
	Aliases []string // other names of it, such as that of the built-in parser that it stands for
	Params  []Param
	Query   *diag.Text
	// What a parser of ASIM says besides: its schema, and the parsers that a unifying one calls.
	Schema, SchemaVersion string
	Parsers               []string
	Description, Version  string
	Path                  string
	Place                 diag.Span
}

// Param is a parameter of a Function.
type Param struct {
	Name    string
	Type    string     // of Kusto: string, dynamic …; of a table "(Column:type, …)" or "(*)"
	Default *diag.Text // an expression of KQL; nil: it must be given
	Place   diag.Span
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// function reads a parser of ASIM or an older function.
func (r *reader) function(m *fields) {
	f := &Function{Path: r.source.Name}
	if m.has("ParserQuery") {
		name := m.word("ParserName")
		f.Name, f.Place = name.Text, r.span(name)
		if alias := m.text("EquivalentBuiltInParser"); alias != "" && alias != f.Name {
			f.Aliases = append(f.Aliases, alias)
		}
		f.Query = m.query("ParserQuery")
		for _, x := range m.each("parameter", "ParserParams") {
			r.param(f, x)
		}
		f.Description = unquote(m.text("Description"))
		f.Parsers = textsOf(m.words("Parsers"))
		if x := m.sub("Normalization"); x != nil {
			f.Schema, f.SchemaVersion = x.text("Schema"), x.text("Version")
		}
		if x := m.sub("Parser"); x != nil {
			f.Version = x.text("Version")
		}
		m.known("Product", "References", "id")
	} else {
		name, alias := m.word("FunctionName"), m.word("FunctionAlias")
		if alias.Text == "" {
			alias = name
		}
		f.Name, f.Place = alias.Text, r.span(alias)
		if name.Text != f.Name && identifier.MatchString(name.Text) {
			f.Aliases = append(f.Aliases, name.Text)
		}
		f.Query = m.query("FunctionQuery")
		if e := m.entry("FunctionParameters"); e != nil && len(e.Value.Content) == 0 {
			r.params(f, r.places.Text(e.Value))
		} else {
			for _, w := range m.words("FunctionParameters") {
				r.params(f, r.places.Text(w.node))
			}
		}
		f.Description, f.Version = unquote(m.text("Description", "FunctionDescription")), m.text("Version")
		m.known("id", "Function", "Category", "References", "requiredDataConnectors")
	}
	r.addFunction(m, f)
}

// addFunction adds a function that can be called.
func (r *reader) addFunction(m *fields, f *Function) {
	if f.Query == nil {
		return
	}
	if !identifier.MatchString(f.Name) {
		if f.Place == (diag.Span{}) {
			f.Place = r.places.At(m.node)
		}
		r.errorf(f.Place, "sentinel-function-name", "%q is no name that a query could call", f.Name).Hint = "a letter or _, then letters, digits and _"
		return
	}
	r.file.functions = append(r.file.functions, f)
}

// param reads a parameter that is a map.
func (r *reader) param(f *Function, x *fields) {
	name := x.word("Name")
	p := Param{Name: name.Text, Type: x.text("Type"), Place: r.span(name)}
	if e := x.entry("Default"); e != nil {
		p.Default = r.places.Text(e.Value)
		if p.Type == "string" && !quoted(p.Default.String) { // the quotes are those of YAML
			var b diag.TextBuilder
			at := r.places.Span(e.Value)
			b.Add(`@'`, r.source, at)
			b.Add(strings.ReplaceAll(p.Default.String, `'`, `''`), r.source, at)
			b.Add(`'`, r.source, at)
			p.Default = b.Text()
		}
	}
	x.known("Description")
	x.done()
	r.addParam(f, p)
}

// quoted says whether a text is a literal or an expression of KQL, rather than the bare value of a string.
func quoted(text string) bool {
	text = strings.TrimSpace(text)
	return strings.ContainsAny(text[:min(len(text), 2)], `'"`) || strings.HasSuffix(text, ")")
}

func (r *reader) addParam(f *Function, p Param) {
	if !identifier.MatchString(p.Name) {
		r.errorf(p.Place, "sentinel-function-parameter", "%q is no name of a parameter", p.Name)
		return
	}
	for _, other := range f.Params {
		if other.Name == p.Name {
			r.errorf(p.Place, "sentinel-function-parameter", "the parameter %s is declared twice", p.Name)
			return
		}
	}
	if p.Type == "" {
		r.errorf(p.Place, "sentinel-function-parameter", "the parameter %s has no type", p.Name).Hint = "it is written name:type=default"
		return
	}
	f.Params = append(f.Params, p)
}

// params reads parameters that are one text: name:type=default, …
func (r *reader) params(f *Function, text *diag.Text) {
	part := func(from, to int) (string, diag.Span) {
		for from < to && isBlank(text.String[from]) {
			from++
		}
		for to > from && isBlank(text.String[to-1]) {
			to--
		}
		return text.String[from:to], diag.Span{Start: from, End: to}
	}
	for _, at := range splitOutside(text.String, ',') {
		whole, span := part(at.Start, at.End)
		if whole == "" {
			continue
		}
		p := Param{Place: text.Place(span).Span}
		head, defaultAt := span, diag.Span{}
		if ends := splitOutside(text.String[span.Start:span.End], '='); len(ends) > 1 {
			cut := span.Start + ends[0].End
			head.End = cut
			_, defaultAt = part(cut+1, span.End)
			var b diag.TextBuilder
			b.AddText(text, defaultAt, nil)
			p.Default = b.Text()
		}
		declared, _ := part(head.Start, head.End)
		name, typ, _ := strings.Cut(declared, ":")
		p.Name, p.Type = strings.TrimSpace(name), strings.TrimSpace(typ)
		r.addParam(f, p)
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// splitOutside cuts a text of KQL at a character, except in brackets and literals.
func splitOutside(text string, at byte) []diag.Span {
	plain := codeOf(text)
	var list []diag.Span
	depth, from := 0, 0
	for i := 0; i < len(plain); i++ {
		switch c := plain[i]; {
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == at && depth == 0:
			list = append(list, diag.Span{Start: from, End: i})
			from = i + 1
		}
	}
	return append(list, diag.Span{Start: from, End: len(text)})
}
