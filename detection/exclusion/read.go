package exclusion

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

var limits = yamltext.Limits{Text: maxBytes, Document: maxBytes, Nodes: 50_000, Depth: 16}

// Keys are the keys of a document, in the order in which they are written.
func Keys() []string { return slices.Clone(keys) }

var (
	keys      = []string{"id", "title", "description", "reason", "owner", "ticket", "created", "expires", "review", "scope", "where", "sigma", "spl", "kql", "table"}
	scopeKeys = []string{"rules", "stories", "tags", "all"}
	kinds     = []string{"where", "sigma", "spl", "kql"}
)

// idForm is what an id may look like: it is part of names of files and of what plans print.
var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Read reads one file. What is wrong with a document keeps it, and only it, out of the exclusions.
func Read(source *diag.Source) *File {
	f := &File{Source: source}
	places := yamltext.New(source)
	places.Documents(limits, func(root *yaml.Node) {
		r := &reader{file: f, places: places, x: &detection.Exclusion{Path: source.Name, Source: source}}
		before := len(f.Diagnostics)
		r.document(root)
		if !f.Diagnostics[before:].Failed() {
			f.Exclusions = append(f.Exclusions, r.x)
		}
	}, func(p yamltext.Problem) {
		f.Diagnostics.Errorf(source, p.Span, detection.CodeExclusion+"-"+p.What, "%s", p.Message).Hint = p.Hint
	})
	f.Diagnostics.Sort()
	return f
}

// reader reads one document.
type reader struct {
	file   *File
	places *yamltext.Places
	x      *detection.Exclusion
}

func (r *reader) fail(span diag.Span, format string, args ...any) *diag.Diagnostic {
	return r.file.Diagnostics.Errorf(r.file.Source, span, detection.CodeExclusion, format, args...)
}

// pairs returns the entries of a map, and complains about keys that are not known.
func (r *reader) pairs(n *yaml.Node, what string, known []string) []yamltext.Pair {
	if n.Kind != yaml.MappingNode {
		r.fail(r.places.Span(n), "%s should be a map", what).Hint = "its keys are " + strings.Join(known, ", ")
		return nil
	}
	list := r.places.Pairs(n, func(p yamltext.Problem) { r.fail(p.Span, "%s", p.Message).Hint = p.Hint })
	return slices.DeleteFunc(list, func(p yamltext.Pair) bool {
		if slices.Contains(known, p.Key.Value) {
			return false
		}
		d := r.fail(r.places.Span(p.Key), "unknown key %q of %s", p.Key.Value, what)
		d.Hint = "its keys are " + strings.Join(known, ", ")
		if near := diag.Nearest(p.Key.Value, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return true
	})
}

func (r *reader) document(root *yaml.Node) { r.whole(root, r.entries(root)) }

// entries reads the entries of a document and returns where their keys are.
func (r *reader) entries(root *yaml.Node) map[string]diag.Span {
	x := r.x
	x.Span = r.places.Span(root)
	at := map[string]diag.Span{}
	for _, p := range r.pairs(root, "an exclusion", keys) {
		at[p.Key.Value] = r.places.Span(p.Key)
		switch p.Key.Value {
		case "id":
			if x.ID = r.text(p); !idForm.MatchString(x.ID) && x.ID != "" {
				r.fail(r.places.Span(p.Value), "%q is no id", x.ID).Hint = "an id is of letters, digits, and . _ - between them, such as ex-0007"
			}
		case "title":
			x.Title = r.text(p)
		case "description":
			x.Description = r.text(p)
		case "reason":
			x.Reason = r.text(p)
		case "owner":
			x.Owner = r.text(p)
		case "ticket":
			x.Ticket = r.text(p)
		case "table":
			x.Table = r.text(p)
		case "created":
			x.Created, _ = r.time(p)
		case "review":
			x.Review, _ = r.time(p)
		case "expires":
			var day bool
			if x.Expires, day = r.time(p); day {
				x.Expires = x.Expires.AddDate(0, 0, 1)
			}
		case "scope":
			r.scope(p)
		case "where":
			x.At = r.places.Span(p.Value)
			x.Where = r.where(p.Value)
		case "sigma":
			x.At = r.places.Span(p.Value)
			x.Sigma = r.sigma(p.Value)
		case "spl":
			x.At, x.SPL = r.places.Span(p.Value), r.predicate(p)
		case "kql":
			x.At, x.KQL = r.places.Span(p.Value), r.predicate(p)
		}
	}
	return at
}

// whole says what a document lacks.
func (r *reader) whole(root *yaml.Node, at map[string]diag.Span) {
	x := r.x
	start := diag.Span{Start: x.Span.Start, End: x.Span.Start}
	for _, must := range []struct{ key, hint string }{
		{"id", "add id: with a short handle, such as ex-0007"},
		{"reason", "add reason: why what it excludes is benign"},
		{"owner", "add owner: who answers for it"},
		{"scope", "add scope: with rules, stories, tags, or all: true"},
	} {
		if _, ok := at[must.key]; !ok {
			r.fail(start, "the exclusion has no %s", must.key).Hint = must.hint
		}
	}
	var given []string
	for _, kind := range kinds {
		if _, ok := at[kind]; ok {
			given = append(given, kind)
		}
	}
	switch {
	case len(given) == 0:
		r.fail(start, "the exclusion has no predicate").Hint = "add one of where, sigma, spl, kql"
	case len(given) > 1:
		r.fail(at[given[1]], "the exclusion has %s, and may have one predicate", strings.Join(given, " and ")).Hint = "write an exclusion for each"
	case given[0] != "kql" && x.Table != "":
		r.fail(at["table"], "table belongs to a predicate in KQL").Hint = "leave it out"
	}
}

// text returns a scalar that is not empty.
func (r *reader) text(p yamltext.Pair) string {
	if p.Value.Kind != yaml.ScalarNode || strings.TrimSpace(p.Value.Value) == "" {
		r.fail(r.places.Span(p.Key), "%s should be a text", p.Key.Value)
		return ""
	}
	return strings.TrimSpace(p.Value.Value)
}

// time reads a date or a time; day says that it was a date.
func (r *reader) time(p yamltext.Pair) (t time.Time, day bool) {
	text := r.text(p)
	if text == "" {
		return time.Time{}, false
	}
	t, day, ok := ParseTime(text)
	if !ok {
		r.fail(r.places.Span(p.Value), "%q is no date", text).Hint = "write it like 2026-12-31, or 2026-12-31T18:00:00Z"
	}
	return t, day
}

// ParseTime reads a date, or a time as RFC 3339 has it; day says that it was a date.
func ParseTime(text string) (t time.Time, day, ok bool) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, true, true
	}
	t, err := time.Parse(time.RFC3339, text)
	return t.UTC(), false, err == nil
}

func (r *reader) scope(p yamltext.Pair) {
	s := &r.x.Scope
	for _, part := range r.pairs(p.Value, "scope", scopeKeys) {
		switch part.Key.Value {
		case "all":
			if part.Value.Kind != yaml.ScalarNode || part.Value.Value != "true" && part.Value.Value != "false" {
				r.fail(r.places.Span(part.Value), "all is true or false")
			}
			s.All = part.Value.Value == "true"
		case "rules":
			s.Rules = r.texts(part)
		case "stories":
			s.Stories = r.texts(part)
		case "tags":
			s.Tags = r.texts(part)
		}
	}
	if p.Value.Kind == yaml.MappingNode && !s.All && len(s.Rules)+len(s.Stories)+len(s.Tags) == 0 {
		r.fail(r.places.Span(p.Key), "the scope holds no detection").Hint = "name rules, stories or tags, or write all: true"
	}
}

// texts returns a text, or a list of them.
func (r *reader) texts(p yamltext.Pair) []string {
	nodes := []*yaml.Node{p.Value}
	if p.Value.Kind == yaml.SequenceNode {
		nodes = p.Value.Content
	}
	var list []string
	for _, n := range nodes {
		if n = yamltext.Follow(n); n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
			r.fail(r.places.Span(n), "%s should be a list of texts", p.Key.Value)
			continue
		}
		list = append(list, strings.TrimSpace(n.Value))
	}
	return list
}

// predicate returns a text that is a predicate of a query language.
func (r *reader) predicate(p yamltext.Pair) *diag.Text {
	if r.text(p) == "" {
		return nil
	}
	return r.places.Text(p.Value)
}

// where reads alternatives: a list, or a single one.
func (r *reader) where(n *yaml.Node) []detection.ExclusionAlternative {
	n = yamltext.Follow(n)
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	var out []detection.ExclusionAlternative
	for _, item := range items {
		switch item = yamltext.Follow(item); item.Kind {
		case yaml.ScalarNode:
			out = append(out, r.conditions(item)...)
		case yaml.MappingNode:
			if all := r.fields(item); all != nil {
				out = append(out, all)
			}
		case yaml.SequenceNode:
			out = append(out, r.together(item))
		}
	}
	if len(out) == 0 && !r.file.Diagnostics.Failed() {
		r.fail(r.places.Span(n), "where holds no condition").Hint = `write a list of alternatives, such as "user.name = backup and process.command_line contains /opt/backup.sh"`
	}
	return out
}

// together reads a list of conditions that must all hold.
func (r *reader) together(list *yaml.Node) detection.ExclusionAlternative {
	var all detection.ExclusionAlternative
	for _, n := range list.Content {
		switch n = yamltext.Follow(n); n.Kind {
		case yaml.ScalarNode:
			alternatives := r.conditions(n)
			if len(alternatives) > 1 {
				r.fail(r.places.Span(n), "or cannot stand in a list of conditions that must all hold").Hint = "make it an alternative of its own"
			} else if len(alternatives) == 1 {
				all = append(all, alternatives[0]...)
			}
		case yaml.MappingNode:
			all = append(all, r.fields(n)...)
		default:
			r.fail(r.places.Span(n), "a condition is a text or a map")
		}
	}
	return all
}

func (r *reader) conditions(n *yaml.Node) []detection.ExclusionAlternative {
	out, list := detection.ReadPredicate(r.places.Text(n))
	r.file.Diagnostics = append(r.file.Diagnostics, list...)
	return out
}

// fields reads conditions as a map: field: value, field: [values], field: {operator: value}.
func (r *reader) fields(n *yaml.Node) detection.ExclusionAlternative {
	var all detection.ExclusionAlternative
	list := r.places.Pairs(n, func(p yamltext.Problem) { r.fail(p.Span, "%s", p.Message).Hint = p.Hint })
	for _, p := range list {
		switch v := p.Value; v.Kind {
		case yaml.ScalarNode, yaml.SequenceNode:
			op := detection.OpIs
			if v.Kind == yaml.SequenceNode {
				op = detection.OpIn
			}
			all = r.add(all, p, detection.ExclusionCondition{Field: p.Key.Value, Op: op}, v)
		case yaml.MappingNode:
			for _, asked := range r.places.Pairs(v, func(p yamltext.Problem) { r.fail(p.Span, "%s", p.Message).Hint = p.Hint }) {
				op, not, ok := detection.ParseExclusionOp(asked.Key.Value)
				if !ok {
					d := r.fail(r.places.Span(asked.Key), "unknown operator %q", asked.Key.Value)
					d.Hint = "operators are " + strings.Join(detection.ExclusionOps(), " ") + ", with not before it"
					if near := diag.Nearest(strings.ToLower(asked.Key.Value), detection.ExclusionOps()); near != "" {
						d.Hint = "did you mean " + near + "?"
					}
					continue
				}
				all = r.add(all, p, detection.ExclusionCondition{Field: p.Key.Value, Op: op, Not: not}, asked.Value)
			}
		}
	}
	return all
}

// add adds a condition with the values that a node holds.
func (r *reader) add(all detection.ExclusionAlternative, p yamltext.Pair, c detection.ExclusionCondition, v *yaml.Node) detection.ExclusionAlternative {
	c.Place = diag.Place{Source: r.file.Source, Span: r.places.Whole(p)}
	nodes := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		nodes = v.Content
	}
	for _, n := range nodes {
		if n = yamltext.Follow(n); n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			r.fail(r.places.Span(n), "a value is a text or a number").Hint = "exists: false asks for events that do not have the field"
			return all
		}
		c.Values = append(c.Values, n.Value)
	}
	switch c.Op {
	case detection.OpExists:
		if len(c.Values) != 1 || c.Values[0] != "true" && c.Values[0] != "false" {
			r.fail(r.places.Span(v), "exists is true or false")
			return all
		}
		c.Not, c.Values = c.Not != (c.Values[0] == "false"), nil
	case detection.OpWithin:
		hours, err := detection.ReadHours(strings.Join(c.Values, " "))
		if err != nil {
			r.fail(r.places.Span(v), "%v", err)
			return all
		}
		c.Hours, c.Values = hours, nil
	}
	if complaint, hint := c.Check(); complaint != "" {
		r.fail(c.Place.Span, "%s", complaint).Hint = hint
		return all
	}
	return append(all, c)
}

// sigma reads a detection section, or a filter document.
func (r *reader) sigma(n *yaml.Node) *detection.SigmaPredicate {
	n = yamltext.Follow(n)
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle != 0 {
		r.fail(r.places.Span(n), "sigma should be a map in block style").Hint = "write a detection section: selections, and a condition over them"
		return nil
	}
	ignore := func(yamltext.Problem) {} // lang/sigma reads the section, and complains
	out := &detection.SigmaPredicate{}
	section := n
	var hidden []diag.Span
	for _, p := range r.places.Pairs(n, ignore) {
		switch {
		case p.Key.Value == "logsource" && p.Value.Kind == yaml.MappingNode:
			for _, part := range r.places.Pairs(p.Value, ignore) {
				switch part.Key.Value {
				case "category":
					out.Category = part.Value.Value
				case "product":
					out.Product = part.Value.Value
				case "service":
					out.Service = part.Value.Value
				}
			}
		case p.Key.Value == "filter" && p.Value.Kind == yaml.MappingNode:
			section, out.Filter = p.Value, true
		}
	}
	if !out.Filter && (out.Category != "" || out.Product != "" || out.Service != "") {
		r.fail(r.places.Span(n), "a log source belongs to a filter document").Hint = "leave it out: the detections say what their log source is"
		return nil
	}
	condition := false
	for _, p := range r.places.Pairs(section, ignore) {
		condition = condition || p.Key.Value == "condition"
		if out.Filter && p.Key.Value == "rules" { // the scope says which
			whole := r.places.Whole(p)
			if p.Value.Style&yaml.FlowStyle != 0 { // whose place ends before its bracket
				if end := strings.IndexByte(r.file.Source.Text[whole.End:], ']'); end >= 0 {
					whole.End += end + 1
				}
			}
			hidden = append(hidden, whole)
		}
	}
	if !condition {
		r.fail(r.places.Span(section), "the section has no condition").Hint = "add condition: with the names of its selections"
		return nil
	}
	span := r.places.Span(section)
	source := r.file.Source.Text
	start := strings.LastIndexByte(source[:span.Start], '\n') + 1
	if strings.TrimSpace(source[start:span.Start]) != "" || section.Style&yaml.FlowStyle != 0 {
		r.fail(span, "the section should begin on a line of its own")
		return nil
	}
	text := []byte(source[start:span.End])
	for _, h := range hidden {
		for i := h.Start; i < h.End; i++ {
			if c := &text[i-start]; *c != '\n' {
				*c = ' '
			}
		}
	}
	out.At, out.Text = start, string(text)
	return out
}
