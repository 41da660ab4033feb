package sigma

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// PipelineOptions say what a pipeline may do besides changing rules.
type PipelineOptions struct {
	// ReadFile returns what is in a file that a pipeline names, as file_placeholders and templates do. Nil: pipelines may not read
	// files, and one that wants to is refused.
	ReadFile func(path string) ([]byte, error)
	// Request returns what an address answers, and Run what a command writes, as http_placeholders and command_placeholders do.
	// Nil: pipelines may not ask, or run, anything.
	Request func(HTTPRequest) ([]byte, error)
	Run     func(ShellCommand) ([]byte, error)
}

const (
	maxSteps     = 10_000  // items of a pipeline, nested ones counted
	maxMade      = 100_000 // values or items that a pipeline makes of one document
	maxMadeBytes = 4 << 20 // bytes of text that it makes
	maxWork      = 2 << 20 // values that its items look at
)

var pipelineKeys = []string{"name", "priority", "allowed_backends", "vars", "transformations", "postprocessing", "finalizers"}

// ReadPipeline reads one pipeline as YAML. It is nil if the list holds an error.
func ReadPipeline(src *diag.Source, o PipelineOptions) (*Pipeline, diag.List) {
	r := &pipelineReader{reader: newReader(src), options: o}
	var p *Pipeline
	documents := 0
	r.documents(func(root *yaml.Node) {
		if documents++; documents == 2 {
			r.errorf(r.at(root), "sigma-pipeline", "a file holds one pipeline, and this is the second document").Hint = "put it into a file of its own"
		}
		if documents == 1 {
			p = r.pipeline(root)
		}
	})
	r.list.Sort()
	if r.errors > 0 {
		return nil, r.list
	}
	return p, r.list
}

// pipelineReader is a reader of pipelines.
type pipelineReader struct {
	*reader
	options PipelineOptions
	steps   int
	deep    int
}

func (r *pipelineReader) pipeline(root *yaml.Node) *Pipeline {
	p := &Pipeline{vars: map[string][]Value{}}
	if root.Kind != yaml.MappingNode {
		r.errorf(r.at(root), "sigma-pipeline", "a pipeline is a map, not a %s", shape(root)).Hint = "begin with transformations:"
		return p
	}
	list := r.pairs(root)
	for i := range list {
		e := &list[i]
		switch e.key.Text {
		case "name":
			p.Name = r.text(e).Text
		case "priority":
			w := r.text(e)
			n, err := strconv.Atoi(w.Text)
			if err != nil {
				r.errorf(placeOf(w, list[i:i+1]), "sigma-pipeline", "priority must be a whole number")
			}
			p.Priority = n
		case "allowed_backends":
			for _, w := range r.wordOrWords(e) {
				p.Backends = append(p.Backends, w.Text)
			}
		case "vars":
			r.variables(p, e)
		case "transformations":
			p.steps = r.stepList(e, r.transformation)
		case "postprocessing":
			p.post = r.stepList(e, r.postprocessing)
		case "finalizers":
			p.finalizers = r.finalizers(e)
		default:
			r.unknown(e.key, "key of a pipeline", pipelineKeys)
		}
	}
	return p
}

// unknown complains about a word that should be one of a set.
func (r *pipelineReader) unknown(w Word, what string, set []string) {
	d := r.errorf(w.Span, "sigma-pipeline-unknown", "unknown %s %q", what, w.Text)
	if near := r.nearest(w.Text, set); near != "" {
		d.Hint = "did you mean " + near + "?"
	} else if len(set) > 0 && len(set) <= 12 {
		d.Hint = "it is one of " + strings.Join(set, ", ")
	}
}

// variables reads vars: a value or a list of values for each name.
func (r *pipelineReader) variables(p *Pipeline, e *pair) {
	if isNull(e.value) {
		return
	}
	if e.value.Kind != yaml.MappingNode {
		r.errorf(e.key.Span, "sigma-pipeline", "vars must be a map of names and values, not a %s", shape(e.value))
		return
	}
	for _, v := range r.pairs(e.value) {
		p.vars[v.key.Text] = r.scalars(&v, "variable "+v.key.Text)
	}
}

// scalars reads a scalar or a list of them.
func (r *pipelineReader) scalars(e *pair, what string) []Value {
	list := []*yaml.Node{e.value}
	if e.value.Kind == yaml.SequenceNode {
		list = e.value.Content
	}
	values := []Value{}
	for _, n := range list {
		place := r.span(n)
		if n = follow(n); n.Kind != yaml.ScalarNode {
			r.errorf(place, "sigma-pipeline-parameter", "%s must be a value or a list of values; this is a %s", what, shape(n))
			continue
		}
		values = append(values, r.scalar(n))
	}
	return values
}

// scalar reads a value without remarks on its spelling.
func (r *pipelineReader) scalar(n *yaml.Node) Value {
	v := Value{Word: r.word(n)}
	v.Kind, _ = kindOf(n)
	return v
}

// stepList reads a list of items.
func (r *pipelineReader) stepList(e *pair, one func(*params, *step)) []*step {
	if isNull(e.value) {
		return nil
	}
	if e.value.Kind != yaml.SequenceNode {
		r.errorf(e.key.Span, "sigma-pipeline", "%s must be a list of items, not a %s", e.key.Text, shape(e.value))
		return nil
	}
	if r.deep++; r.deep > maxDepth {
		r.errorf(e.key.Span, "sigma-too-deep", "items are nested more than %d deep", maxDepth)
		return nil
	}
	defer func() { r.deep-- }()
	var list []*step
	for _, n := range e.value.Content {
		place := r.span(n)
		if n = follow(n); n.Kind != yaml.MappingNode {
			r.errorf(place, "sigma-pipeline", "an item of %s is a map, not a %s", e.key.Text, shape(n)).Hint = "begin it with type:"
			continue
		}
		if r.steps++; r.steps > maxSteps {
			r.errorf(place, "sigma-too-large", "pipeline has more than %d items", maxSteps)
			return list
		}
		p := &params{pipelineReader: r, list: r.pairs(n), place: place}
		s := &step{source: r.src, id: p.word("id"), kind: p.word("type")}
		if s.kind.Text == "" {
			r.errorf(headOf(p.list), "sigma-pipeline-type", "item has no type").Hint = "add type: and the name of a transformation"
			continue
		}
		one(p, s)
		list = append(list, s)
	}
	return list
}

// gates reads the conditions of an item.
func (p *params) gates(s *step, preprocessing bool) {
	s.rule = readGate(p, "rule", ruleConditions)
	if preprocessing {
		s.item = readGate(p, "detection_item", itemConditions)
		s.field = readGate(p, "field_name", fieldConditions)
	}
}

// params are the keys of one item or condition; each is asked for by its name, and those that nobody asked for are unknown.
type params struct {
	*pipelineReader
	list  []pair
	place diag.Span
	what  string // whose they are, for complaints
	asked []string
}

func (p *params) get(name string) *pair {
	p.asked = append(p.asked, name)
	return find(p.list, name)
}

// finish complains about what nobody asked for.
func (p *params) finish() {
	for _, e := range p.list {
		if !slices.Contains(p.asked, e.key.Text) {
			p.unknown(e.key, "parameter of "+p.what, p.asked)
		}
	}
}

// missing complains about a parameter that must be there.
func (p *params) missing(name string) {
	p.errorf(headOf(p.list), "sigma-pipeline-parameter", "%s needs %s", p.what, name).Hint = "add " + name + ":"
}

func (p *params) word(name string) Word { return p.text(p.get(name)) }

// optional returns a text, or what stands for it.
func (p *params) optional(name, otherwise string) string {
	e := p.get(name)
	if e == nil {
		return otherwise
	}
	return p.text(e).Text
}

// needed returns a text that must be there, though it may be empty.
func (p *params) needed(name string) Word {
	e := p.get(name)
	if e == nil || isNull(e.value) {
		p.missing(name)
		return Word{}
	}
	return p.text(e)
}

// name returns a text that must be there and not be empty.
func (p *params) name(name string) Word {
	w := p.needed(name)
	if e := find(p.list, name); e != nil && w.Text == "" && e.value.Kind == yaml.ScalarNode && !isNull(e.value) {
		p.errorf(w.Span, "sigma-pipeline-parameter", "%s is empty", name)
	}
	return w
}

func (p *params) bool(name string, otherwise bool) bool {
	e := p.get(name)
	if e == nil || isNull(e.value) {
		return otherwise
	}
	return p.flag(e)
}

func (p *params) choice(name, otherwise string, set ...string) string {
	e := p.get(name)
	if e == nil {
		if otherwise == "" {
			p.missing(name)
		}
		return otherwise
	}
	w := p.text(e)
	if !slices.Contains(set, w.Text) {
		p.unknown(Word{w.Text, placeOf(w, []pair{*e})}, name, set)
	}
	return w.Text
}

// names returns a text or a list of texts that must be there.
func (p *params) names(name string) []Word {
	e := p.get(name)
	if e == nil || isNull(e.value) {
		p.missing(name)
		return nil
	}
	return p.wordOrWords(e)
}

// some is names for what may be absent.
func (p *params) some(name string) []Word {
	e := p.get(name)
	if e == nil || isNull(e.value) {
		return nil
	}
	return p.wordOrWords(e)
}

// value returns a scalar that must be there, though it may be null.
func (p *params) value(name string) Value {
	e := p.get(name)
	if e == nil {
		p.missing(name)
		return Value{}
	}
	if e.value.Kind != yaml.ScalarNode {
		p.errorf(e.key.Span, "sigma-pipeline-parameter", "%s must be one value, not a %s", name, shape(e.value))
		return Value{}
	}
	return p.scalar(e.value)
}

// mapEntry is one line of a mapping.
type mapEntry struct {
	from Word
	null bool // the key is null
	to   []Word
}

// mapping returns a map from texts to a text or several.
func (p *params) mapping(name string, nullKey bool) []mapEntry {
	e := p.get(name)
	if e == nil {
		p.missing(name)
		return nil
	}
	if e.value.Kind != yaml.MappingNode {
		p.errorf(e.key.Span, "sigma-pipeline-parameter", "%s must be a map, not a %s", name, shape(e.value))
		return nil
	}
	nulls := map[int]bool{} // offsets of keys that are null and not the text of the word
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		if k := follow(e.value.Content[i]); isNull(k) {
			nulls[p.span(k).Start] = true
		}
	}
	var list []mapEntry
	for _, line := range p.pairs(e.value) {
		m := mapEntry{from: line.key, null: nulls[line.key.Span.Start], to: p.wordOrWords(&line)}
		switch {
		case m.null && !nullKey:
			p.errorf(m.from.Span, "sigma-pipeline-parameter", "null, which stands for keywords, cannot be mapped here")
		case line.value.Kind == yaml.MappingNode: // reported
		case len(m.to) == 0:
			p.errorf(line.key.Span, "sigma-pipeline-parameter", "%q is mapped to nothing", line.key.Text).
				Hint = "leave it out to keep it, or drop it with drop_detection_item"
		}
		list = append(list, m)
	}
	return list
}

// transformationKind is a type of transformation: its name, and how its parameters are read.
type transformationKind struct {
	doc  string
	read func(p *params) transformation
}

// transformations are all by name; each is defined in the file of its family.
var transformations = map[string]transformationKind{}

func defineTransformation(name, doc string, read func(p *params) transformation) bool {
	if transformations[name].read != nil {
		panic("sigma: transformation " + name + " is defined twice")
	}
	transformations[name] = transformationKind{doc, read}
	return true
}

// PipelineInfo describes what an item of a pipeline can be.
type PipelineInfo struct{ Name, Doc string }

// Transformations returns all types of transformation in the order of their names.
func Transformations() []PipelineInfo {
	var list []PipelineInfo
	for _, name := range sortedKeys(transformations) {
		list = append(list, PipelineInfo{name, transformations[name].doc})
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// transformation reads an item of transformations.
func (r *pipelineReader) transformation(p *params, s *step) {
	p.what = s.kind.Text
	p.gates(s, true)
	kind, known := transformations[s.kind.Text]
	if !known {
		names := sortedKeys(transformations)
		r.unknown(s.kind, "transformation", names)
		if d := &r.list[len(r.list)-1]; slices.Contains(sortedKeys(textTransformations), s.kind.Text) && d.Hint == "" {
			d.Hint = "it acts on the text of queries: put it below postprocessing"
		}
		return
	}
	if s.do = kind.read(p); s.do == nil {
		return // refused as a whole
	}
	p.finish()
}
