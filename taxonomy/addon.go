package taxonomy

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// What a Splunk search sees of a record is what an add-on makes of it: a source and a sourcetype, further names for its
// fields, event types and the tags that go with them. The files of views/splunk say so, one for each product.

// addon is one entry of a Splunk view: what it says about the records of the classes that it matches.
type addon struct {
	file     string
	title    string
	layer    int // 0 is embedded; a user's wins
	match    match
	category []string             // categories of Sigma of which the records must be one; empty does not restrict
	metadata map[string]string    // source, sourcetype, index: templates that may name parts of the class
	fields   map[string]plan.Expr // a Ref in them is another column; nil: such records never have the field
	hidden   []string             // native fields that a search does not see
	blank    bool                 // a field whose value is an empty text is not there
	hasBlank bool                 // blank is said
	repeats  bool                 // a list in the record is a field that occurs repeatedly
	hasLists bool                 // repeats is said
	nulls    bool                 // a null that is there is the text null
	hasNulls bool                 // nulls is said
	noRows   bool                 // the records repeat what others say, and no search sees them
	// complete says that nothing follows from the category alone, and that records have no field of a data model by themselves.
	complete   bool
	eventtypes []eventtype
}

// eventtype is a kind of event as Splunk names it, with the tags that its events have.
type eventtype struct {
	name string
	tags []string
	when plan.Expr // nil: always
}

func (a *addon) weight() int {
	w := a.match.weight()
	if len(a.category) > 0 && w == 0 {
		return 0 // what follows from the category alone is weaker than what any product says
	}
	return w + len(a.category)
}

// metadata are the fields that every event has in Splunk and that belong to its class.
var metadata = []string{"source", "sourcetype", "index"}

// search is what a Splunk search sees of the records of one class.
type search struct {
	*combined
	kind       *kind
	metadata   map[string]string
	complete   bool
	eventtypes []eventtype
}

// combined is what several blocks say together of records and their fields: the same for very many classes.
type combined struct {
	templates map[string]string // of metadata
	fields    map[string]plan.Expr
	hidden    map[string]bool
	blank     bool
	repeats   bool
	nulls     bool
	noRows    bool
}

// combine returns what blocks of Splunk's views say together, given their places in the order of the taxonomy: later ones win.
func (t *Taxonomy) combine(places []int) *combined {
	key := placesKey(places)
	if known, ok := t.combined.Load(key); ok {
		return known.(*combined)
	}
	c := &combined{templates: map[string]string{}, fields: map[string]plan.Expr{}, hidden: map[string]bool{}}
	for _, i := range places {
		a := t.addons[i]
		maps.Copy(c.templates, a.metadata)
		maps.Copy(c.fields, a.fields)
		for _, name := range a.hidden {
			c.hidden[name] = true
		}
		if a.hasBlank {
			c.blank = a.blank
		}
		if a.hasLists {
			c.repeats = a.repeats
		}
		if a.hasNulls {
			c.nulls = a.nulls
		}
		c.noRows = c.noRows || a.noRows
	}
	if t.count.Load() < maxKinds {
		t.combined.Store(key, c)
	}
	return c
}

// placesKey is a key of a list of places.
func placesKey(places []int) string {
	var key []byte
	for _, i := range places {
		key = binary.AppendUvarint(key, uint64(i))
	}
	return string(key)
}

// search returns what a search sees of the records.
func (k *kind) search() *search {
	k.searchOnce.Do(func() { k.searched = k.newSearch() })
	return k.searched
}

func (k *kind) newSearch() *search {
	s := &search{kind: k, metadata: map[string]string{}}
	all := k.taxonomy.addons
	var meeting []int
	for _, i := range k.taxonomy.alike(k.class).addons {
		if all[i].match.meetsID(&k.class) {
			meeting = append(meeting, i)
			s.complete = s.complete || all[i].complete
		}
	}
	var said []eventtype
	var conditions []plan.Expr // of the blocks that the event types stand in
	counts := meeting[:0]
	for _, i := range meeting {
		a := all[i]
		if s.complete && len(a.category) > 0 && a.match.weight() == 0 {
			continue
		}
		when, in := k.ofCategory(a.category)
		if !in {
			continue
		}
		counts = append(counts, i)
		for _, e := range a.eventtypes {
			said, conditions = append(said, e), append(conditions, when)
		}
	}
	s.combined = k.taxonomy.combine(counts)
	for name, template := range s.templates {
		s.metadata[name] = k.filled(template)
	}
	if k.class.Source != "" {
		s.metadata["source"] = k.class.Source
	}
	if k.class.Sourcetype != "" {
		s.metadata["sourcetype"] = k.class.Sourcetype
	}
	for i, e := range said { // their conditions may ask for any field
		s.addEventtype(e, conditions[i])
	}
	return s
}

// filled returns a template with the parts of the class that it names.
func (k *kind) filled(template string) string {
	if !strings.Contains(template, "{") {
		return template
	}
	return strings.NewReplacer("{product}", k.class.Product, "{channel}", k.class.Channel, "{provider}", k.class.Provider, "{id}", k.class.ID).Replace(template)
}

// addEventtype adds an event type under its own condition and another one.
func (s *search) addEventtype(e eventtype, when plan.Expr) {
	if e.when != nil {
		if e.when = s.resolve(e.when, nil); e.when == nil {
			return
		}
	}
	switch {
	case e.when == nil:
		e.when = when
	case when != nil:
		e.when = &plan.And{List: []plan.Expr{when, e.when}}
	}
	s.eventtypes = append(s.eventtypes, e)
}

// ofCategory says whether records are of one of the categories of Sigma, and under which condition.
func (k *kind) ofCategory(categories []string) (when plan.Expr, in bool) {
	if len(categories) == 0 {
		return nil, true
	}
	var conditions []plan.Expr
	for _, l := range k.logsources {
		if l.Category == "" || !anyLike(categories, l.Category) {
			continue
		}
		if l.When == nil {
			return nil, true
		}
		conditions = append(conditions, l.When)
	}
	if conditions == nil {
		return nil, false
	}
	return disjunction(conditions), true
}

// own says whether a field is the record's own, of which no view says anything.
func (s *search) own(name string) bool {
	switch name {
	case "source", "sourcetype", "index", "eventtype", "tag", "tag::eventtype", "*":
		return false
	}
	_, known := s.fields[name]
	return !known && !s.hidden[name] && !strings.HasPrefix(name, "_")
}

// column returns where a search finds the field of a name: splunk/<name>.
func (s *search) column(name string) plan.Expr { return s.columnWithin(name, nil) }

// columnWithin is column for a field that others ask for, of which none can be its own answer.
func (s *search) columnWithin(name string, within []string) plan.Expr {
	switch name {
	case "source", "sourcetype", "index":
		said := &plan.Literal{Value: event.TextValue(s.metadata[name]), Type: schema.String}
		if e, known := s.fields[name]; known {
			if e = s.resolve(e, append(slices.Clone(within), name)); e != nil {
				return simplified(&plan.Call{Func: firstFilled, Args: []plan.Expr{e, said}})
			}
		}
		return said
	case "eventtype":
		return s.listOf(func(e eventtype) []string { return []string{e.name} })
	case "tag", "tag::eventtype":
		return s.listOf(func(e eventtype) []string { return e.tags })
	case "*":
		return s.everything()
	}
	return s.field(name, within)
}

func (s *search) field(name string, within []string) plan.Expr {
	if slices.Contains(within, name) {
		return s.native(name)
	}
	e, known := s.fields[name]
	switch {
	case known && e == nil:
		return nil
	case known:
		if e = s.resolve(e, append(slices.Clone(within), name)); e != nil {
			return s.unlessBlank(e)
		}
		return s.native(name) // nothing that the field is made of can be there
	case s.hidden[name] || strings.HasPrefix(name, "_"):
		return nil
	}
	return s.native(name)
}

// modelColumn is column for a field that a data model asks for.
func (s *search) modelColumn(name string) plan.Expr {
	if _, known := s.fields[name]; s.complete && !known {
		switch name {
		case "source", "sourcetype", "index", "eventtype", "tag", "tag::eventtype":
		default:
			return nil
		}
	}
	return s.column(name)
}

// native returns the field of the record's own.
func (s *search) native(name string) plan.Expr {
	if s.nulls {
		return s.unlessBlank(&plan.Call{Func: nullsAsText, Args: []plan.Expr{nativeField(name)}})
	}
	return s.unlessBlank(nativeField(name))
}

func nativeField(name string) *plan.Field {
	f := &plan.Field{Name: name}
	if plan.IsPath(name) {
		f.Find = plan.Pathwise
	}
	return f
}

// unlessBlank makes a field that is an empty text one that is not there, where the product has it so.
func (s *search) unlessBlank(e plan.Expr) plan.Expr {
	if !s.blank {
		return e
	}
	switch e := e.(type) {
	case *plan.Literal:
		return e
	case *plan.Call:
		if e.Func == firstFilled {
			return e
		}
	case *plan.Field:
		if _, constant := s.kind.constants[event.Fold(e.Name)]; constant {
			return e
		}
	}
	return &plan.Call{Func: firstFilled, Args: []plan.Expr{e}}
}

var (
	firstFilled = fn.ByName("first_filled")
	nullsAsText = fn.ByName("nulls_as_text")
)

// resolve puts in place of each Ref what the class has for it: a canonical column, or a field of the search under its name
// as a column. It gives nil where nothing that the expression reads can be there.
func (s *search) resolve(e plan.Expr, within []string) plan.Expr {
	reads, has := 0, 0
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e.(type) {
		case *plan.Field, *plan.Fields:
			reads, has = reads+1, has+1
		}
		return true
	})
	e = plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return simplified(e)
		}
		reads++
		var source plan.Expr
		if name, ok := strings.CutPrefix(ref.Column.Name, splunkPrefix); !ok {
			source = s.kind.taxonomy.canonical(s.kind, ref.Column.Name)
		} else {
			source = s.columnWithin(name, within)
		}
		if source == nil {
			return &plan.Literal{}
		}
		has++
		return source
	})
	if reads > 0 && has == 0 {
		if call, ok := e.(*plan.Call); ok && call.Func == firstFilled {
			for _, a := range call.Args { // what stands where nothing else does
				if l, ok := a.(*plan.Literal); ok && !l.Value.IsNull() {
					return l
				}
			}
		}
		return nil
	}
	return e
}

// simplified leaves out what can be seen to be null among the values of which the first counts.
func simplified(e plan.Expr) plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok || call.Func != firstFilled {
		return e
	}
	var args []plan.Expr
	for _, a := range call.Args {
		if l, ok := a.(*plan.Literal); ok && l.Value.IsNull() {
			continue
		}
		if inner, ok := a.(*plan.Call); ok && inner.Func == firstFilled {
			args = append(args, inner.Args...)
			continue
		}
		args = append(args, a)
	}
	if len(args) == 0 {
		return &plan.Literal{}
	}
	return &plan.Call{Marked: call.Marked, Func: call.Func, Args: args}
}

// listOf gathers words of the event types, each once, under their conditions.
func (s *search) listOf(words func(eventtype) []string) plan.Expr {
	var always []event.Value
	seen := map[string]bool{}
	var parts []plan.Expr
	for _, e := range s.eventtypes {
		if e.when != nil {
			continue
		}
		for _, w := range words(e) {
			if !seen[w] {
				seen[w] = true
				always = append(always, event.TextValue(w))
			}
		}
	}
	for _, e := range s.eventtypes {
		if e.when == nil {
			continue
		}
		var some []event.Value
		for _, w := range words(e) {
			if !seen[w] {
				some = append(some, event.TextValue(w))
			}
		}
		if some != nil {
			then := &plan.Literal{Value: event.ListValue(some...), Type: schema.Dynamic}
			parts = append(parts, &plan.Case{Arms: []plan.Arm{{When: e.when, Then: then}}})
		}
	}
	constant := &plan.Literal{Value: event.ListValue(always...), Type: schema.Dynamic}
	switch {
	case parts == nil && always == nil:
		return nil
	case parts == nil:
		return constant
	}
	all := &plan.Call{Func: fn.ByName("list_concat"), Args: append([]plan.Expr{constant}, parts...)}
	// Two event types may have a tag in common, and without any there is no field.
	distinct := &plan.Call{Func: fn.ByName("list_distinct"), Args: []plan.Expr{all}}
	if always != nil {
		return distinct
	}
	return &plan.Call{Func: fn.ByName("null_if"), Args: []plan.Expr{distinct, &plan.Literal{Value: event.ListValue(), Type: schema.Dynamic}}}
}

// everything returns the object of all fields under the names that a search has for them.
func (s *search) everything() plan.Expr {
	var own []plan.Expr
	add := func(name string, value plan.Expr) {
		if value != nil {
			own = append(own, &plan.Literal{Value: event.TextValue(name), Type: schema.String}, value)
		}
	}
	add("host", s.field("host", nil))
	for _, name := range metadata {
		add(name, s.column(name))
	}
	add("eventtype", s.column("eventtype"))
	add("tag", s.column("tag"))
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		if name != "host" && !slices.Contains(metadata, name) && !strings.HasPrefix(name, "_") {
			add(name, s.field(name, nil))
		}
	}
	var hidden []event.Value
	for name := range s.hidden {
		hidden = append(hidden, event.TextValue(name))
	}
	for name, e := range s.fields {
		if e == nil {
			hidden = append(hidden, event.TextValue(name))
		}
	}
	slices.SortFunc(hidden, func(a, b event.Value) int { return strings.Compare(a.Text(), b.Text()) })
	var native plan.Expr = &plan.Fields{}
	if s.nulls {
		native = &plan.Call{Func: nullsAsText, Args: []plan.Expr{native}}
	}
	if hidden != nil {
		native = &plan.Call{Func: fn.ByName("remove_fields"), Args: []plan.Expr{native, &plan.Literal{Value: event.ListValue(hidden...), Type: schema.Dynamic}}}
	}
	native = &plan.Call{Func: fn.ByName("flatten"), Args: []plan.Expr{native, &plan.Literal{Value: event.BoolValue(s.repeats), Type: schema.Bool}}}
	merged := &plan.Call{Func: fn.ByName("merge"), Args: []plan.Expr{&plan.Call{Func: fn.ByName("object"), Args: own}, native}}
	keep := &plan.Literal{Value: event.BoolValue(!s.blank), Type: schema.Bool}
	return &plan.Call{Func: fn.ByName("without_nulls"), Args: []plan.Expr{merged, keep}}
}

// tagged says under which condition records have one of several tags.
func (s *search) tagged(anyOf []string) (when plan.Expr, in bool) {
	var conditions []plan.Expr
	for _, e := range s.eventtypes {
		if !slices.ContainsFunc(e.tags, func(tag string) bool { return slices.Contains(anyOf, tag) }) {
			continue
		}
		if e.when == nil {
			return nil, true
		}
		conditions = append(conditions, e.when)
	}
	if conditions == nil {
		return nil, false
	}
	return disjunction(conditions), true
}

// disjunction returns what holds if one of at least one condition does, each once.
func disjunction(conditions []plan.Expr) plan.Expr {
	if list := distinctExprs(conditions); len(list) > 1 {
		return &plan.Or{List: list}
	}
	return conditions[0]
}

// conjunction returns what holds if all conditions do, each once; nil if there are none.
func conjunction(conditions []plan.Expr) plan.Expr {
	switch list := distinctExprs(conditions); len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	default:
		return &plan.And{List: list}
	}
}

func distinctExprs(list []plan.Expr) []plan.Expr {
	if len(list) < 2 {
		return list
	}
	var out []plan.Expr
	seen := map[string]bool{}
	for _, e := range list {
		if text := plan.ExprString(e); !seen[text] {
			seen[text] = true
			out = append(out, e)
		}
	}
	return out
}
