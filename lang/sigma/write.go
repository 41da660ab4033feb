package sigma

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

// Head is what a rule says beside its detection.
type Head struct {
	Title, ID, Status, Description, Author, Date, Modified, Level string
	Related                                                       []string // ids of rules that it was made of
	References, Tags, FalsePositives                              []string
	Fields                                                        []string // what to show; those of a projection of the plan if there are none
}

// WriteRule returns the text of a rule whose plan is n, in the manner of the published ones: selections that must all hold, then
// filters of which none may. The table of the plan's Scan is that of a log source (sigma/category/product/service, * for what is not
// stated); columns are called as rules call fields.
//
// A rule is about one event at a time. What a plan does beyond that is refused, with an error for each reason; what it does with the
// events that were found (an order, a number of them, further columns) is left out with a warning.
func WriteRule(n plan.Node, head Head) (string, diag.List) {
	w := &ruleWriter{head: head, meaning: map[*plan.Column]plan.Expr{}, groups: map[*plan.Column]bool{}, used: map[string]bool{}}
	w.node(n)
	if w.list.Failed() {
		return "", w.list
	}
	condition := w.detection()
	if w.list.Failed() {
		return "", w.list
	}
	return strings.TrimSuffix(w.yaml(condition), "\n"), w.list
}

// ruleWriter is the state of writing one rule.
type ruleWriter struct {
	head    Head
	list    diag.List
	source  LogSource
	meaning map[*plan.Column]plan.Expr // what a column above the Scan is
	groups  map[*plan.Column]bool      // columns that were computed of groups
	filters []plan.Expr
	shown   []string // fields of the last projection
	ids     []identified
	used    map[string]bool // names of ids
}

// identified is a search identifier.
type identified struct {
	name string
	body body
}

func (w *ruleWriter) refuse(code, format string, args ...any) *diag.Diagnostic {
	return w.say(diag.Error, code, format, args...)
}

func (w *ruleWriter) warn(code, format string, args ...any) *diag.Diagnostic {
	return w.say(diag.Warning, code, format, args...)
}

func (w *ruleWriter) say(severity diag.Severity, code, format string, args ...any) *diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Severity: severity, Message: fmt.Sprintf(format, args...)}
	for i, known := range w.list {
		if known.Code == d.Code && known.Message == d.Message {
			return &w.list[i]
		}
	}
	w.list.Add(d)
	return &w.list[len(w.list)-1]
}

// node takes in what a plan asks of single events.
func (w *ruleWriter) node(n plan.Node) {
	switch n := n.(type) {
	case *plan.Scan:
		parts := strings.Split(n.Table, "/")
		if len(parts) != 4 || parts[0] != "sigma" {
			w.refuse("sigma-write-table", "%s is no table of a log source", n.Table)
			return
		}
		for i, p := range parts {
			if p == "*" {
				parts[i] = ""
			}
		}
		w.source.Category, w.source.Product, w.source.Service = parts[1], parts[2], parts[3]
	case *plan.Filter:
		w.node(n.Input)
		if w.aboutGroups(n.Where) {
			w.refuse("sigma-write-aggregate", "what is asked of groups of events is no matter of a rule, which is about one event at a time").
				Hint = "a correlation counts events within a span of time that slides, which a plan of groups has not"
			return
		}
		w.filters = append(w.filters, w.inlined(n.Where))
	case *plan.Project:
		w.node(n.Input)
		w.project(n)
	case *plan.Sort:
		w.node(n.Input)
		w.warn("sigma-write-order", "a rule has no order of its findings")
		if n.Limit >= 0 {
			w.warn("sigma-write-limit", "a rule finds all events, not the first %d", n.Limit)
		}
	case *plan.Limit:
		w.node(n.Input)
		w.warn("sigma-write-limit", "a rule finds all events, not %d of them", n.Count)
	case *plan.Aggregate:
		w.node(n.Input)
		w.aggregate(n)
	default:
		w.refuse("sigma-write-operator", "%T is no matter of a rule, which is about one event at a time", n)
	}
}

// aggregate takes in groups that nothing more is asked of: whatever is in one of them is found by the rule itself.
func (w *ruleWriter) aggregate(n *plan.Aggregate) {
	if len(n.By) == 0 {
		w.refuse("sigma-write-aggregate", "a number of events of which there is always one is no matter of a rule, which is about one event at a time")
		return
	}
	w.warn("sigma-write-groups", "a rule finds events, and not groups of them")
	w.shown = nil
	for _, a := range n.By {
		e := w.inlined(a.Value)
		w.meaning[a.Column] = e
		name, ok := fieldName(e)
		if !ok {
			continue
		}
		w.shown = append(w.shown, name)
		if n.DropNull {
			w.warn("sigma-write-null-group", "events without %s are in no group, and found by the rule", name)
		}
	}
	for _, a := range n.Aggs {
		w.groups[a.Column] = true
	}
}

// aboutGroups says whether an expression is about what was computed of groups.
func (w *ruleWriter) aboutGroups(e plan.Expr) bool {
	found := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if ref, ok := e.(*plan.Ref); ok && w.groups[ref.Column] {
			found = true
		}
		return true
	})
	return found
}

// project notes what columns mean, and which are shown.
func (w *ruleWriter) project(n *plan.Project) {
	made := map[*plan.Column]plan.Expr{}
	var shown []string
	for _, a := range n.Out {
		if w.aboutGroups(a.Value) {
			w.groups[a.Column] = true
			continue
		}
		e := w.inlined(a.Value)
		made[a.Column] = e
		if name, ok := fieldName(e); ok {
			shown = append(shown, name)
		} else if a.Column.Name != "*" {
			w.warn("sigma-write-column", "the column %s is computed, which a rule does not do", a.Column.Name)
		}
	}
	for c, e := range made {
		w.meaning[c] = e
	}
	if !n.Extend {
		w.shown = shown
	}
}

// inlined returns an expression with columns that were made above the Scan replaced by what they are.
func (w *ruleWriter) inlined(e plan.Expr) plan.Expr {
	return plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		if ref, ok := e.(*plan.Ref); ok && w.meaning[ref.Column] != nil {
			return w.meaning[ref.Column]
		}
		return e
	})
}

// fieldName returns what a rule calls a value.
func fieldName(e plan.Expr) (string, bool) {
	switch e := e.(type) {
	case *plan.Ref:
		return e.Column.Name, true
	case *plan.Field:
		return e.Name, true
	}
	return "", false
}

// detection names selections and filters, and returns the condition over them.
func (w *ruleWriter) detection() string {
	if len(w.filters) == 0 {
		w.refuse("sigma-write-all", "a rule without a condition would find every event")
		return ""
	}
	var positive, negative []plan.Expr
	for _, e := range w.filters {
		for _, part := range conjuncts(e) {
			if holds, ok := literalTruth(part); ok && holds {
				continue
			}
			if not, ok := part.(*plan.Not); ok {
				negative = append(negative, disjuncts(not.X)...)
			} else {
				positive = append(positive, part)
			}
		}
	}
	if len(positive) == 0 && len(negative) == 0 {
		w.refuse("sigma-write-all", "a rule without a condition would find every event")
		return ""
	}
	if alternatives, ok := w.alternatives(positive); ok && len(negative) == 0 {
		return alternatives
	}
	plain := true
	bodies := w.selections(positive)
	var selections []string
	for _, b := range bodies {
		if b.body == nil {
			plain = false
			selections = append(selections, w.expression(b.expr, true))
			continue
		}
		selections = append(selections, w.identify("selection", b.body, len(bodies) > 1))
	}
	var filters []string
	plainFilters := true
	for _, e := range negative {
		b := w.bodyOf(e)
		if b == nil {
			plainFilters = false
			filters = append(filters, "not "+w.expression(e, true))
			continue
		}
		filters = append(filters, "not "+w.identify("filter_main", b, true))
	}
	var parts []string
	switch {
	case plain && len(selections) > 1:
		parts = append(parts, "all of selection_*")
	default:
		parts = append(parts, selections...)
	}
	switch {
	case plainFilters && len(filters) > 1:
		parts = append(parts, "not 1 of filter_main_*")
	default:
		parts = append(parts, filters...)
	}
	return strings.Join(parts, " and ")
}

// alternatives writes a rule that is nothing but alternatives, each an identifier of its own unless they are one together.
func (w *ruleWriter) alternatives(positive []plan.Expr) (string, bool) {
	if len(positive) != 1 {
		return "", false
	}
	or, ok := positive[0].(*plan.Or)
	if !ok || len(or.List) < 2 || w.bodyOf(or) != nil {
		return "", false
	}
	var bodies []body
	for _, x := range or.List {
		b := w.bodyOf(x)
		if b == nil {
			return "", false
		}
		bodies = append(bodies, b)
	}
	for _, b := range bodies {
		w.identify("selection", b, true)
	}
	return "1 of selection_*", true
}

// selected is a condition that must hold: one identifier, or, if that cannot be, an expression of several.
type selected struct {
	body body
	expr plan.Expr
}

// selections puts conditions together that can be items of one map, and leaves the others apart.
func (w *ruleWriter) selections(list []plan.Expr) []selected {
	var out []selected
	var items []plan.Expr
	for _, e := range list {
		if w.item(e) != nil {
			items = append(items, e)
			continue
		}
		out = append(out, selected{w.bodyOf(e), e})
	}
	var maps []selected
	for _, e := range items {
		it := w.item(e)
		at := slices.IndexFunc(maps, func(s selected) bool {
			return it.key != "" && !s.body.(allItems).has(it.key) && !s.body.(allItems).has("")
		})
		if at < 0 {
			maps = append(maps, selected{body: allItems{it}})
			continue
		}
		maps[at].body = append(maps[at].body.(allItems), it)
	}
	return append(maps, out...)
}

// expression writes a condition that is no single identifier; inner says that it is a part of another one.
func (w *ruleWriter) expression(e plan.Expr, inner bool) string {
	if b := w.bodyOf(e); b != nil {
		return w.identify("selection", b, true)
	}
	switch e := e.(type) {
	case *plan.And:
		parts := w.expressions(w.grouped(e.List))
		if len(parts) == 1 {
			return parts[0]
		}
		text := strings.Join(parts, " and ")
		if inner {
			return "(" + text + ")"
		}
		return text
	case *plan.Or:
		text := strings.Join(w.expressions(e.List), " or ")
		if inner {
			return "(" + text + ")"
		}
		return text
	case *plan.Not:
		return "not " + w.expression(e.X, true)
	}
	w.refuse("sigma-write-condition", "a rule cannot say %s", clipped(plan.ExprString(e)))
	return ""
}

func (w *ruleWriter) expressions(list []plan.Expr) []string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = w.expression(x, true)
	}
	return parts
}

// grouped puts the conditions of an And that can be items of one map together.
func (w *ruleWriter) grouped(list []plan.Expr) []plan.Expr {
	var items, rest []plan.Expr
	for _, e := range list {
		if w.item(e) != nil {
			items = append(items, e)
		} else {
			rest = append(rest, e)
		}
	}
	if len(items) < 2 || len(rest) == 0 {
		return list
	}
	return append([]plan.Expr{&plan.And{List: items}}, rest...)
}

// shortNames are what the published rules call selections of some fields.
var shortNames = map[string]string{
	"Image": "img", "OriginalFileName": "img", "CommandLine": "cli", "ParentImage": "parent", "ParentCommandLine": "parent_cli", "TargetObject": "key",
	"Details": "details", "TargetFilename": "file", "User": "user", "EventID": "eid",
}

// identify gives a body a name, and returns it. Equal bodies have one name.
func (w *ruleWriter) identify(prefix string, b body, several bool) string {
	for _, id := range w.ids {
		if strings.HasPrefix(id.name, prefix) && bodyText(id.body) == bodyText(b) {
			return id.name
		}
	}
	name := prefix
	if several {
		hint := b.hint()
		if hint == "" {
			hint = fmt.Sprint(w.counted(prefix) + 1)
		}
		name += "_" + hint
	}
	if keywords(b) && prefix == "selection" && !several {
		name = "keywords"
	}
	for base, i := name, 2; w.used[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	w.used[name] = true
	w.ids = append(w.ids, identified{name, b})
	return name
}

// counted returns how many identifiers begin so.
func (w *ruleWriter) counted(prefix string) int {
	n := 0
	for _, id := range w.ids {
		if strings.HasPrefix(id.name, prefix) {
			n++
		}
	}
	return n
}

func bodyText(b body) string {
	var t yamlText
	b.write(&t, 0)
	return t.String()
}

// conjuncts returns the conditions that must all hold.
func conjuncts(e plan.Expr) []plan.Expr {
	switch e := e.(type) {
	case *plan.And:
		if _, _, ok := guardedMatch(e); ok {
			return []plan.Expr{e}
		}
		var list []plan.Expr
		for _, x := range e.List {
			list = append(list, conjuncts(x)...)
		}
		return list
	case *plan.Not:
		if inner, ok := e.X.(*plan.Not); ok && twoValued(inner.X) {
			return conjuncts(inner.X)
		}
	}
	return []plan.Expr{e}
}

// disjuncts returns the conditions of which one must hold.
func disjuncts(e plan.Expr) []plan.Expr {
	or, ok := e.(*plan.Or)
	if !ok {
		return []plan.Expr{e}
	}
	var list []plan.Expr
	for _, x := range or.List {
		list = append(list, disjuncts(x)...)
	}
	return list
}

// clipped cuts a long text.
func clipped(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
