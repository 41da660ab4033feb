// Package taxonomy knows who calls what how: which records a log source means, and where the columns of the one wide table
// come from in each of them.
//
// In go YAML files, embedded or a user's own. A map (maps/*.yaml, one file for each product) says which kinds of record a
// product writes, which canonical column comes from which native field, and which Sigma log sources a record is one of. A
// view of Sigma (views/sigma/*.yaml) says which canonical column a field of a Sigma category means; a field that no view
// names stays the record's own. A view of Splunk (views/splunk/*.yaml, one file for each product) says what a search sees of
// a record, as an add-on of Splunk would make it; a view of a data model (views/cim/*.yaml, one file for each model) which
// records are its events and what their fields are. Maps and views carry worked examples, which the tests run.
//
// Out comes a Taxonomy, which answers two rooms. A lowering asks for a View, or for a Dataset of a data Model: the table that
// a rule reads, and the column that a field of it means. An executor asks, through plan.Resolver, whether records of a class can be rows of that table,
// and which expression over the record gives a column. Both answers depend on the class of a record only, never on one
// record, so they are computed once for each class and kept.
//
// # Log sources
//
// A record is one of several log sources: a Sysmon event 1 is {windows}, {windows, service sysmon} and {process_creation,
// windows}. A rule sees it if one of these has all that the rule states; what a rule leaves out is not restricted. Some
// log sources hold under a condition on the record (a registry event is a registry_add when its EventType is CreateKey):
// Route hands the condition to the executor.
//
// # Searches and data models
//
// The table splunk has all records, and its columns are called splunk/<field>; cim/<Model>.<Dataset> has the events of a
// dataset, and its columns are called cim/<Model>/<field>. The fields of a data model are those of a search, filled where
// they are empty, and the events of a dataset are those that have its tags, which views of Splunk give. So a product and a
// model know nothing of each other.
//
// # Tables of KQL
//
// Views of Sentinel (views/sentinel/*.yaml, one file for each product) make records rows of the tables of Log Analytics and of
// Defender, and views of ASIM (views/asim/*.yaml) rows of its schemas. A plan scans sentinel/<Table> and asim/<Schema>, with the
// columns sentinel/<Table>/<Column> and asim/<Schema>/<Column>. Which tables there are and what their columns are typed says
// Microsoft's reference, which tables/ has; a column is converted to its type, and a text is never null.
//
// # What keeps its meaning
//
// For records of Sysmon, whose names Sigma uses, every column is the very field that a rule names. Other producers log less,
// or otherwise: their maps rebuild what can be rebuilt without guessing, and HasField says what they can never have, so
// that a rule that is blind on such records can be reported.
package taxonomy

import (
	"embed"
	"io/fs"
	"sync"
	"sync/atomic"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

//go:embed maps/*.yaml views/sigma/*.yaml views/splunk/*.yaml views/cim/*.yaml logsources.yaml
var embedded embed.FS

// Taxonomy is a set of maps and views. It is immutable once loaded and safe for concurrent use.
type Taxonomy struct {
	blocks []*block // weakest first: what a later one says wins
	views  []*view
	known  []knownSource
	addons []*addon // weakest first

	ownTargets []*Target // a user's

	modelFiles []*modelFile
	models     map[string]*Model

	tableViews func() *tableViews
	tables     sync.Map // what a plan scans → *LogTable, for those that were asked for

	kinds       sync.Map // event.Class → *kind
	count       atomic.Int64
	shared      sync.Map             // *event.Class → *kind, for the pointers that equal classes share
	last        atomic.Pointer[kind] // of shared, the one that was asked of last: many questions about it follow each other
	alikes      sync.Map             // event.Class without its id → *alike
	mapped      sync.Map             // what placesKey gives of blocks → *mapped
	combined    sync.Map             // what placesKey gives of addons → *combined
	sigmaTables sync.Map             // table of Sigma → LogSource
	tabled      atomic.Int64
}

var _ plan.Resolver = (*Taxonomy)(nil)

var builtIn = sync.OnceValue(func() *Taxonomy {
	t, diags := load(nil, embedded)
	if diags.Failed() {
		panic("taxonomy: the embedded files are wrong:\n" + diags.Error())
	}
	return t
})

// Default returns the embedded taxonomy.
func Default() *Taxonomy { return builtIn() }

// Load returns the embedded taxonomy with a user's own maps and views on top: every .yaml and .yml file below fsys. What
// a user's map says of a record wins over what an embedded one says; log sources and views add up. On errors the taxonomy
// holds what could be read.
func Load(fsys fs.FS) (*Taxonomy, diag.List) { return load(Default(), fsys) }

// maxKinds bounds the classes that are remembered, which hostile logs could otherwise multiply; answers for further ones
// are computed each time.
const maxKinds = 1 << 16

// kind returns what is known about records of a class.
func (t *Taxonomy) kind(class *event.Class) *kind {
	if last := t.last.Load(); last != nil && last.pointer == class {
		return last
	}
	if known, ok := t.shared.Load(class); ok {
		k := known.(*kind)
		t.last.Store(k)
		return k
	}
	k := t.kindOf(class)
	if k.pointer == class && t.count.Load() < maxKinds {
		t.shared.Store(class, k)
	}
	return k
}

func (t *Taxonomy) kindOf(class *event.Class) *kind {
	if k, ok := t.kinds.Load(*class); ok {
		return k.(*kind)
	}
	k := t.newKind(*class)
	if t.count.Load() >= maxKinds {
		return k
	}
	kept, loaded := t.kinds.LoadOrStore(*class, k)
	if !loaded {
		t.count.Add(1)
	}
	return kept.(*kind)
}
