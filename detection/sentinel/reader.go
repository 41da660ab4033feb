package sentinel

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// Content comes from strangers: these are the sizes beyond which it is refused rather than read.
var limits = yamltext.Limits{Text: 64 << 20, Document: 64 << 20, Nodes: 2_000_000, Depth: 64}

// maxComplaints bounds the diagnostics about one file.
const maxComplaints = 200

// reader reads one file and gathers the complaints about it.
type reader struct {
	source *diag.Source
	file   *File
	o      Options
	json   bool
	places *yamltext.Places
	scope  *template // of JSON: what its expressions may refer to
	list   diag.List
	said   int
}

func newReader(f *File, o Options) *reader {
	return &reader{source: f.Source, file: f, o: o, json: strings.EqualFold(path.Ext(f.Path), ".json")}
}

// read reads the file for itself.
func (r *reader) read() {
	switch r.file.Role {
	case detection.RoleQuery:
		r.queries()
		return
	case detection.RoleTable:
		r.file.table = r.table()
		return
	}
	if r.json {
		r.export()
		return
	}
	r.document(func(m *fields) {
		switch r.file.Role {
		case detection.RoleAnalyticRule, detection.RoleHunt:
			r.rule(m, r.file.Role)
		case detection.RoleCustomDetection:
			r.customDetection(m)
		case detection.RoleFunction:
			r.function(m)
		case detection.RoleSummaryRule:
			r.summaryRule(m, diag.Span{End: len(r.source.Text)})
		case detection.RoleWatchlist:
			r.watchlist(m, m.place("itemsSearchKey"), "")
		case detection.RoleAutomationRule:
			r.automationRule(m)
		default:
			r.errorf(diag.Span{}, "sentinel-role", "nobody reads a %s", r.file.Role)
		}
	})
	if r.file.Role.Asks() && len(r.file.Detections) == 0 { // too broken to be read: it is there all the same
		r.broken()
	}
}

// stem returns the name of the file without its ending.
func (r *reader) stem() string {
	return strings.TrimSuffix(path.Base(r.file.Path), path.Ext(r.file.Path))
}

// broken adds the detection that a file would have been.
func (r *reader) broken() {
	kind := detection.Scheduled
	switch r.file.Role {
	case detection.RoleHunt:
		kind = detection.HuntingQuery
	case detection.RoleCustomDetection:
		kind = detection.CustomDetection
	}
	name := r.stem()
	r.file.Detections = append(r.file.Detections, &detection.Detection{Name: stemOf(name), Title: name, Language: detection.KQL, Type: string(kind),
		Alert: &detection.Alert{Kind: kind}, Path: r.source.Name, Query: r.source, Span: diag.Span{End: len(r.source.Text)}})
	if !r.list.Failed() {
		r.errorf(diag.Span{}, "sentinel-no-detection", "the file holds no detection")
	}
}

// stemOf returns a name by which other rules may refer to one.
func stemOf(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.TrimSuffix(b.String(), "_")
}

func (r *reader) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Error, span, code, format, args...)
}

func (r *reader) warnf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Warning, span, code, format, args...)
}

func (r *reader) notef(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Info, span, code, format, args...)
}

// complain adds a diagnostic. Of those beyond maxComplaints it adds one, which says so.
func (r *reader) complain(severity diag.Severity, span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	if r.said++; r.said > maxComplaints+1 {
		return &diag.Diagnostic{}
	} else if r.said == maxComplaints+1 {
		severity, code, format, args = diag.Error, "sentinel-too-many-complaints", "more than %d complaints about this file; the rest is not shown", []any{maxComplaints}
	}
	r.list.Add(diag.Diagnostic{Code: code, Severity: severity, Source: r.source, Span: span, Message: fmt.Sprintf(format, args...)})
	return &r.list[len(r.list)-1]
}

// suggest puts the candidate that is most like a word into the hint of a complaint, or all if they are few.
func suggest(d *diag.Diagnostic, word string, candidates []string) {
	if near := diag.Nearest(word, candidates); near != "" {
		d.Hint = "did you mean " + near + "?"
	} else if len(candidates) <= 20 {
		d.Hint = "it is one of " + strings.Join(candidates, ", ")
	}
}

func (r *reader) problem(p yamltext.Problem) {
	r.errorf(p.Span, "sentinel-"+p.What, "%s", p.Message).Hint = p.Hint
}

// document calls read with the entries of the one document of a YAML file, mended if it must be.
func (r *reader) document(read func(m *fields)) {
	r.places = yamltext.New(r.source)
	var roots []*yaml.Node
	var problems []yamltext.Problem
	try := func() {
		roots, problems = nil, nil
		r.places.Documents(limits, func(root *yaml.Node) { roots = append(roots, root) }, func(p yamltext.Problem) { problems = append(problems, p) })
	}
	if try(); len(problems) > 0 && problems[0].What == "yaml" {
		given := problems
		if m := mend(r.source.Text); m != nil {
			r.places = yamltext.NewMended(r.source, m.text)
			if try(); len(problems) == 0 && len(roots) == 1 && m.apply(r, roots[0]) {
				given = nil
			}
		}
		if given != nil {
			roots, problems = nil, given
		}
	}
	for _, p := range problems {
		r.problem(p)
	}
	for i, root := range roots {
		if i > 0 {
			r.errorf(r.places.At(root), "sentinel-several", "a file holds one %s; this is another document", r.file.Role).Hint = "put it into a file of its own"
			return
		}
		if m := r.fields(string(r.file.Role), root); m != nil {
			read(m)
			m.done()
		}
	}
}

// word is a scalar with its place.
type word struct {
	Text string // without blanks around it; of a template, what its expression means
	node *yaml.Node
	// expression says that the text is an expression of a template which nobody here can work out.
	expression bool
}

// fields are the entries of a map of which the reader asks for those it knows; done tells of the others.
type fields struct {
	r     *reader
	what  string // whose they are: "rule", "entity mapping"
	node  *yaml.Node
	list  []yamltext.Pair
	asked map[string]bool // in lower case
}

// fields returns the entries of a node, or nil if it is no map.
func (r *reader) fields(what string, n *yaml.Node) *fields {
	if n.Kind != yaml.MappingNode {
		r.errorf(r.places.At(n), "sentinel-type", "%s must be a map, not %s", what, shape(n))
		return nil
	}
	return &fields{r: r, what: what, node: n, list: r.places.Pairs(n, r.problem), asked: map[string]bool{}}
}

// shape names the kind of a node.
func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	return "text"
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// entry returns the entry of the first of some keys that has one; nil if all are absent or null. A key is found whatever its case: the
// service does not look at it, and exports differ in it.
func (f *fields) entry(keys ...string) *yamltext.Pair {
	if f == nil {
		return nil
	}
	var found *yamltext.Pair
	for _, key := range keys {
		f.asked[strings.ToLower(key)] = true
		for i := range f.list {
			if found == nil && strings.EqualFold(f.list[i].Key.Value, key) && !isNull(f.list[i].Value) {
				found = &f.list[i]
			}
		}
	}
	return found
}

// has says whether one of some keys is there with a value.
func (f *fields) has(keys ...string) bool { return f.entry(keys...) != nil }

// known declares keys that may stand there and say nothing that is needed.
func (f *fields) known(keys ...string) { f.entry(keys...) }

// place returns where a key stands, or where the map begins.
func (f *fields) place(keys ...string) diag.Span {
	if e := f.entry(keys...); e != nil {
		return f.r.places.Span(e.Key)
	}
	return f.r.places.At(f.node)
}

// done tells of keys that nobody asked for. They are kept in the file and ignored, as the service does.
func (f *fields) done() {
	if f == nil {
		return
	}
	names := sortedKeys(f.asked)
	for _, e := range f.list {
		if !f.asked[strings.ToLower(e.Key.Value)] {
			d := f.r.notef(f.r.places.Span(e.Key), "sentinel-unknown-key", "unknown key %q in the %s is ignored", e.Key.Value, f.what)
			if near := diag.Nearest(e.Key.Value, names); near != "" {
				d.Hint = "did you mean " + near + "?"
			}
		}
	}
}

// wordOf returns the word of a scalar node.
func (r *reader) wordOf(n *yaml.Node) word {
	w := word{Text: n.Value, node: n}
	if r.scope != nil && n.ShortTag() == "!!str" {
		w.Text, w.expression = r.scope.resolve(n.Value)
	}
	w.Text = strings.TrimSpace(w.Text)
	return w
}

// span returns where a word stands.
func (r *reader) span(w word) diag.Span {
	if w.node == nil {
		return diag.Span{}
	}
	return r.places.Span(w.node)
}

// word returns a scalar; the zero word if there is none.
func (f *fields) word(keys ...string) word {
	e := f.entry(keys...)
	if e == nil {
		return word{}
	}
	if e.Value.Kind != yaml.ScalarNode {
		f.r.errorf(f.r.places.Span(e.Key), "sentinel-type", "%s must be text, not %s", e.Key.Value, shape(e.Value))
		return word{}
	}
	return f.r.wordOf(e.Value)
}

// text returns a scalar without blanks around it.
func (f *fields) text(keys ...string) string { return f.word(keys...).Text }

// query returns the text of a query with the places of its bytes; nil, with an error, if there is none.
func (f *fields) query(keys ...string) *diag.Text {
	e := f.entry(keys...)
	switch {
	case e == nil:
		f.r.errorf(f.r.places.At(f.node), "sentinel-missing-key", "%s is missing in the %s", keys[0], f.what)
		return nil
	case e.Value.Kind != yaml.ScalarNode:
		f.r.errorf(f.r.places.Span(e.Key), "sentinel-type", "%s must be text, not %s", e.Key.Value, shape(e.Value))
		return nil
	}
	w := f.r.wordOf(e.Value)
	switch {
	case w.expression:
		f.r.errorf(f.r.places.Span(e.Value), "sentinel-expression", "the query is an expression of the template, which depends on where it is deployed").
			Hint = "write the query out"
		return nil
	case w.Text == "":
		f.r.errorf(f.r.places.Span(e.Key), "sentinel-missing-key", "%s is empty in the %s", e.Key.Value, f.what)
		return nil
	}
	text := f.r.places.Text(e.Value)
	if f.r.scope == nil || text.String == w.Text || !strings.HasPrefix(strings.TrimSpace(text.String), "[") {
		return text
	}
	var b diag.TextBuilder
	if rest, ok := strings.CutPrefix(text.String, "[["); ok && strings.TrimSpace("["+rest) == w.Text { // an escaped bracket
		b.AddText(text, diag.Span{Start: 1, End: len(text.String)}, nil)
	} else {
		b.Add(w.Text, f.r.source, f.r.places.Span(e.Value))
	}
	return b.Text()
}

// missing warns of a key that is absent or empty.
func (f *fields) missing(severity diag.Severity, key string) *diag.Diagnostic {
	return f.r.complain(severity, f.place(key), "sentinel-missing-key", "%s is missing in the %s", key, f.what)
}

// words returns a list of scalars; one alone is taken as a list of one.
func (f *fields) words(keys ...string) []word {
	e := f.entry(keys...)
	if e == nil {
		return nil
	}
	switch e.Value.Kind {
	case yaml.ScalarNode:
		if w := f.r.wordOf(e.Value); w.Text != "" && !w.expression {
			return []word{w}
		}
		return nil
	case yaml.MappingNode:
		f.r.errorf(f.r.places.Span(e.Key), "sentinel-type", "%s must be a list of texts, not a map", e.Key.Value)
		return nil
	}
	var list []word
	for _, n := range e.Value.Content {
		if n = yamltext.Follow(n); n.Kind != yaml.ScalarNode {
			f.r.errorf(f.r.places.At(n), "sentinel-type", "%s must be a list of texts; this is %s", e.Key.Value, shape(n))
		} else if w := f.r.wordOf(n); !isNull(n) && w.Text != "" {
			list = append(list, w)
		}
	}
	return list
}

func textsOf(words []word) []string {
	var list []string
	for _, w := range words {
		list = append(list, w.Text)
	}
	return list
}

// sub returns the map of a key; nil if there is none.
func (f *fields) sub(keys ...string) *fields {
	e := f.entry(keys...)
	if e == nil {
		return nil
	}
	return f.r.fields(e.Key.Value, e.Value)
}

// each returns the maps of the list of a key; one alone is taken as a list of one.
func (f *fields) each(what string, keys ...string) []*fields {
	e := f.entry(keys...)
	if e == nil {
		return nil
	}
	items := []*yaml.Node{e.Value}
	if e.Value.Kind == yaml.SequenceNode {
		items = e.Value.Content
	}
	var list []*fields
	for _, n := range items {
		if n = yamltext.Follow(n); isNull(n) {
			continue
		}
		if sub := f.r.fields(what, n); sub != nil {
			list = append(list, sub)
		}
	}
	return list
}

// truth returns whether a key says yes; otherwise if there is none.
func (f *fields) truth(otherwise bool, keys ...string) bool {
	w := f.word(keys...)
	if w.node == nil || w.expression {
		return otherwise
	}
	yes, err := strconv.ParseBool(strings.ToLower(w.Text))
	if err != nil {
		f.r.warnf(f.r.span(w), "sentinel-bool", "%s must be true or false, not %q; it is taken as %v", keys[0], w.Text, otherwise)
		return otherwise
	}
	return yes
}

// integer returns a whole number; ok is false if there is none.
func (f *fields) integer(keys ...string) (n int, at diag.Span, ok bool) {
	w := f.word(keys...)
	if w.node == nil || w.expression {
		return 0, diag.Span{}, false
	}
	n, err := strconv.Atoi(w.Text)
	if err != nil {
		f.r.errorf(f.r.span(w), "sentinel-number", "%s must be a whole number, not %q", keys[0], w.Text)
		return 0, diag.Span{}, false
	}
	return n, f.r.span(w), true
}

// duration returns a duration in ticks; ok is false if there is none.
func (f *fields) duration(keys ...string) (ticks int64, at diag.Span, ok bool) {
	w := f.word(keys...)
	if w.node == nil || w.Text == "" {
		return 0, diag.Span{}, false
	}
	if w.expression {
		f.r.notef(f.r.span(w), "sentinel-expression", "%s is an expression of the template, and is ignored", keys[0])
		return 0, diag.Span{}, false
	}
	if ticks, ok = parseDuration(w.Text); !ok {
		f.r.errorf(f.r.span(w), "sentinel-duration", "%q is no duration", w.Text).Hint = "it is written 5m, 1h, 14d, or PT5M, PT1H, P14D"
		return 0, diag.Span{}, false
	}
	return ticks, f.r.span(w), true
}
