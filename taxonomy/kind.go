package taxonomy

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// block is one entry of a map: what it says about the records of the classes that it matches.
type block struct {
	file       string
	title      string
	layer      int // 0 is embedded; a user's wins
	match      match
	columns    map[string]plan.Expr // nil: such records never have the column
	names      []naming             // how columns that no block names are called in the record
	everywhere bool                 // records are rows of every table
	logsources []sourceEntry
	fields     []string          // native fields that such records can have
	closed     bool              // with the fields of wider blocks these are all
	constants  map[string]string // native field → the part of the class that is its value
}

// naming is a way in which records call their fields by themselves.
type naming string

const (
	ecsNames   naming = "ecs"   // as the canonical columns
	sigmaNames naming = "sigma" // as Sigma's rules
)

// kind is everything that is known about the records of one class.
type kind struct {
	*mapped
	class      event.Class
	pointer    *event.Class // the one that equal classes share
	taxonomy   *Taxonomy
	logsources []LogSource
	constants  map[string]event.Value // folded native field → value

	named  sync.Map // column → plan.Expr, for those found by names
	routes sync.Map // table → answer
	routed atomic.Int64

	searchOnce sync.Once
	searched   *search
	members    sync.Map // *Dataset → answer
	rowsOnce   sync.Once
	rowBlocks  []*tableBlock // that concern the records
	rows       sync.Map      // table of KQL → *row
	searching  sync.Map      // column of a search, of a data model or of a table of KQL → found
	found      atomic.Int64
}

// mapped is what several blocks of maps say together of records: the same for very many classes.
type mapped struct {
	columns    map[string]plan.Expr
	names      []naming
	everywhere bool
	fields     []string // native fields
	closed     bool     // there are no others
}

// mapping returns what blocks say together, given their places in the order of the taxonomy: later ones win.
func (t *Taxonomy) mapping(places []int) *mapped {
	key := placesKey(places)
	if known, ok := t.mapped.Load(key); ok {
		return known.(*mapped)
	}
	m := &mapped{columns: map[string]plan.Expr{}}
	for _, i := range places {
		b := t.blocks[i]
		maps.Copy(m.columns, b.columns)
		if b.names != nil {
			m.names = b.names
		}
		m.fields = append(m.fields, b.fields...)
		m.closed = m.closed || b.closed
		m.everywhere = m.everywhere || b.everywhere
	}
	if t.count.Load() < maxKinds {
		t.mapped.Store(key, m)
	}
	return m
}

func (t *Taxonomy) newKind(class event.Class) *kind {
	k := &kind{class: class, pointer: event.ClassOf(class), taxonomy: t, constants: map[string]event.Value{}}
	parts := map[string]string{"product": class.Product, "channel": class.Channel, "provider": class.Provider, "id": class.ID}
	var places []int
	for _, i := range t.alike(class).blocks {
		b := t.blocks[i]
		if !b.match.meetsID(&class) {
			continue
		}
		places = append(places, i)
		for _, entry := range b.logsources {
			k.addLogSource(entry.of(&class))
		}
		for field, part := range b.constants {
			if value := parts[part]; value != "" {
				k.constants[event.Fold(field)] = event.TextValue(value)
			}
		}
	}
	k.mapped = t.mapping(places)
	return k
}

// addLogSource adds a log source, once: one without a condition stands for those of the same name that have one.
func (k *kind) addLogSource(l LogSource) {
	for i, known := range k.logsources {
		if known.String() != l.String() || known.Stated != l.Stated {
			continue
		}
		if known.When == nil {
			return
		}
		if l.When == nil {
			k.logsources = slices.Delete(k.logsources, i, i+1)
			k.addLogSource(l)
			return
		}
	}
	k.logsources = append(k.logsources, l)
}

// Source returns the expression over Fields that gives a column for records of a class, or nil if such records never have
// it: a canonical column, for nearly all a plain Field; splunk/<name>, a field of a Splunk search; cim/<Model>/<field>, a
// field of a data model; sentinel/<Table>/<Column> and asim/<Schema>/<Column>, a column of a row.
func (t *Taxonomy) Source(class *event.Class, column string) plan.Expr {
	k := t.kind(class)
	if strings.Contains(column, "/") {
		return k.searchColumn(column)
	}
	return t.canonical(k, column)
}

// Has says whether Source gives an expression for a column. It is much cheaper for the fields of searches that no view speaks
// of.
func (t *Taxonomy) Has(class *event.Class, column string) bool {
	if name, ok := strings.CutPrefix(column, splunkPrefix); ok && t.kind(class).search().own(name) {
		return true
	}
	return t.Source(class, column) != nil
}

// found is where a column of a search, of a data model or of a row comes from.
type found struct{ source plan.Expr }

// maxColumns bounds the columns of searches and rows that a kind remembers.
const maxColumns = 1 << 14

func (k *kind) searchColumn(column string) plan.Expr {
	if name, ok := strings.CutPrefix(column, splunkPrefix); ok {
		if s := k.search(); !s.blank && !s.nulls && s.own(name) { // quickly said, and true of nearly all fields
			return nativeField(name)
		}
	}
	if f, ok := k.searching.Load(column); ok {
		return f.(found).source
	}
	var f found
	switch prefix, name, _ := strings.Cut(column, "/"); prefix + "/" {
	case splunkPrefix:
		f.source = k.search().column(name)
	case cimPrefix:
		f.source = k.modelColumn(column)
	case sentinelPrefix, asimPrefix:
		f.source = k.rowSource(column)
	case summaryPrefix:
		f.source = k.summaryColumn(column)
	}
	if k.found.Load() < maxColumns {
		k.found.Add(1)
		k.searching.Store(column, f)
	}
	return f.source
}

// canonical returns where records have a canonical column.
func (t *Taxonomy) canonical(k *kind, column string) plan.Expr {
	if source, ok := k.columns[column]; ok {
		return source
	}
	if k.names == nil {
		return nil
	}
	if source, ok := k.named.Load(column); ok {
		return source.(plan.Expr)
	}
	source := k.byName(column)
	if _, canonical := schema.ColumnByName(column); canonical && source != nil {
		k.named.Store(column, source)
	}
	return source
}

// byName returns where records that name their fields by themselves have a column.
func (k *kind) byName(column string) plan.Expr {
	var names []string
	for _, n := range k.names {
		switch n {
		case ecsNames:
			names = append(names, column)
		case sigmaNames:
			names = append(names, k.taxonomy.sigmaNames(column, k.logsources)...)
		}
	}
	source := firstThere(names)
	if c, _ := schema.ColumnByName(column); c.Type == schema.Datetime && source != nil {
		return asTime(source)
	}
	return source
}

// asTime returns the time that a value is or spells.
func asTime(x plan.Expr) plan.Expr {
	e, complaints := plan.ReadExprFunc(&diag.Source{Text: "parse_time(x)"}, func(string) plan.Expr { return x }, nil)
	if complaints.Failed() {
		panic("taxonomy: " + complaints.Error())
	}
	return e
}

// firstThere returns the expression for the first of several fields that a record has.
func firstThere(names []string) plan.Expr {
	if len(names) == 0 {
		return nil
	}
	fields := make([]plan.Expr, len(names))
	for i, name := range names {
		fields[i] = &plan.Field{Name: name, Find: plan.Loosely}
	}
	last := len(fields) - 1
	if last == 0 {
		return fields[0]
	}
	c := &plan.Case{Else: fields[last]}
	for _, f := range fields[:last] {
		c.Arms = append(c.Arms, plan.Arm{When: &plan.Has{X: f}, Then: f})
	}
	return c
}

// Constant returns the value that a native field has in every record of a class, where the class says it already (the
// event id of Windows events). An executor may put it in place of the field.
func (t *Taxonomy) Constant(class *event.Class, field string) (event.Value, bool) {
	v, ok := t.kind(class).constants[event.Fold(field)]
	return v, ok
}

// Time returns where records of a class say when they happened; nil if nowhere.
func (t *Taxonomy) Time(class *event.Class) plan.Expr { return t.Source(class, "@timestamp") }

// Host returns where records of a class name the machine; nil if nowhere.
func (t *Taxonomy) Host(class *event.Class) plan.Expr { return t.Source(class, "host.name") }

// User returns where records of a class name the account that acted, or failing that give its identifier; nil if nowhere.
func (t *Taxonomy) User(class *event.Class) plan.Expr {
	name, id := t.Source(class, "user.name"), t.Source(class, "user.id")
	if name == nil || id == nil {
		return cmp.Or(name, id)
	}
	return &plan.Case{Arms: []plan.Arm{{When: &plan.Not{X: &plan.IsNull{X: name}}, Then: name}}, Else: id}
}

// HasField says whether records of a class can ever carry a field of a view. It is true where nobody knows: most products
// do not promise what they leave out.
func (t *Taxonomy) HasField(class *event.Class, v View, field string) bool {
	k := t.kind(class)
	if column, _, ok := v.Column(field); ok {
		source := t.Source(class, column)
		if f, plain := source.(*plan.Field); plain {
			return k.hasNative(f.Name)
		}
		return source != nil
	}
	return k.hasNative(field)
}

func (k *kind) hasNative(field string) bool {
	if !k.closed {
		return true
	}
	for _, f := range k.fields {
		if strings.EqualFold(f, field) || strings.EqualFold(strings.ReplaceAll(f, " ", ""), field) {
			return true
		}
	}
	return false
}

// NativeFields returns the names of all fields that records of a class can have, where the taxonomy knows them.
func (t *Taxonomy) NativeFields(class *event.Class) (fields []string, known bool) {
	k := t.kind(class)
	if !k.closed {
		return nil, false
	}
	fields = append(fields, k.fields...)
	sort.Strings(fields)
	return fields, true
}
