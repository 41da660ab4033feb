package taxonomy

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"goshawk/schema"
)

// LogTable is a table that a KQL query can name: one of Log Analytics or of Defender's advanced hunting, or the events of a
// schema of ASIM.
type LogTable struct {
	Name    string      // as a query writes it: SecurityEvent; for ASIM the schema's name, ProcessEvent
	Table   string      // what a plan scans: sentinel/SecurityEvent, asim/ProcessEvent
	Columns []LogColumn // in the order of the reference; hidden ones last
	Fed     bool        // some view gives it rows

	index map[string]int
}

// LogColumn is a column of a LogTable.
type LogColumn struct {
	Name string
	Type schema.Type
	// Column is what a plan scans: sentinel/SecurityEvent/Account; of TimeGenerated, and of Timestamp where that is another name
	// for it, the canonical @timestamp, so that the time of a record's carrier counts where the record has none.
	Column string
	// Hidden columns can be named, and are not among those that a query gives which names none.
	Hidden bool
}

// sentinelPrefix begins the names of tables of Log Analytics and their columns, asimPrefix those of the schemas of ASIM.
const (
	sentinelPrefix = "sentinel/"
	asimPrefix     = "asim/"
)

// ingestion is the name of the column that every table has beside those that a query can name: when the row arrived.
const ingestion = "$ingestion"

// LogTable returns the table of a name, as in the reference or as a view declares it. Case counts, as in a query.
func (t *Taxonomy) LogTable(name string) (*LogTable, bool) { return t.table(sentinelPrefix + name) }

// AsimSchema returns the schema of ASIM of a name as a table.
func (t *Taxonomy) AsimSchema(name string) (*LogTable, bool) { return t.table(asimPrefix + name) }

// LogTables returns the names of all tables, sorted.
func (t *Taxonomy) LogTables() []string { return t.tablesBelow(sentinelPrefix, referenceTables()) }

// AsimSchemas returns the names of all schemas of ASIM, sorted.
func (t *Taxonomy) AsimSchemas() []string { return t.tablesBelow(asimPrefix, asimSchemas()) }

func (t *Taxonomy) tablesBelow(prefix string, reference []string) []string {
	names := map[string]bool{}
	for _, name := range reference {
		names[name] = true
	}
	for table := range t.tableViews().schemas {
		if name, ok := strings.CutPrefix(table, prefix); ok {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// table returns the table that a plan scans under a name. Tables are put together when they are asked for, and kept.
func (t *Taxonomy) table(table string) (*LogTable, bool) {
	if known, ok := t.tables.Load(table); ok {
		return known.(*LogTable), true
	}
	views := t.tableViews()
	built := views.build(table)
	if built == nil {
		return nil, false
	}
	known, _ := t.tables.LoadOrStore(table, built)
	return known.(*LogTable), true
}

// build puts a table together: the columns of the reference, those that views declare, and those that every table has.
func (v *tableViews) build(table string) *LogTable {
	prefix, name, _ := strings.Cut(table, "/")
	l := &LogTable{Name: name, Table: table, Fed: v.fed[table], index: map[string]int{}}
	var columns []referenceColumn
	switch prefix + "/" {
	case sentinelPrefix:
		columns = referenceTable(name)
	case asimPrefix:
		columns = asimColumns(name)
	}
	declared := v.schemas[table]
	if columns == nil && declared == nil {
		return nil
	}
	for _, c := range columns {
		l.add(c.name, c.typ, false)
	}
	if strings.HasPrefix(table, sentinelPrefix) && isDefender(name) {
		l.add("Timestamp", schema.Datetime, false)
		l.add("ReportId", schema.Long, false)
	}
	if declared != nil { // what the reference lacks of a table that it has can be named, but nobody expects to be shown it
		for _, c := range declared.columns {
			l.add(c.name, c.typ, columns != nil)
		}
	}
	for _, c := range everyTable {
		l.add(c.name, c.typ, true)
	}
	for i := range l.Columns {
		c := &l.Columns[i]
		if l.isTime(c.Name) {
			c.Column = "@timestamp"
		} else {
			c.Column = table + "/" + c.Name
		}
	}
	return l
}

func (l *LogTable) add(name string, typ schema.Type, hidden bool) {
	if _, known := l.index[name]; known {
		return
	}
	l.index[name] = len(l.Columns)
	l.Columns = append(l.Columns, LogColumn{Name: name, Type: typ, Hidden: hidden})
}

// Column returns the column of a name. Case counts.
func (l *LogTable) Column(name string) (LogColumn, bool) {
	i, ok := l.index[name]
	if !ok {
		return LogColumn{}, false
	}
	return l.Columns[i], true
}

// isTime says whether a column is when a record happened: TimeGenerated, and Timestamp unless the reference has it beside that.
func (l *LogTable) isTime(name string) bool {
	if name == "TimeGenerated" {
		return true
	}
	c, _ := l.Column("Timestamp")
	return name == "Timestamp" && (c.Hidden || isDefender(l.Name))
}

// everyTable are the columns that a query can name whatever the reference lists. Rules of Defender call the time Timestamp, and
// those of Sentinel TimeGenerated, in any table.
var everyTable = []referenceColumn{
	{"TimeGenerated", schema.Datetime}, {"Timestamp", schema.Datetime}, {"Type", schema.String}, {"TenantId", schema.String},
	{"SourceSystem", schema.String}, {"_ResourceId", schema.String}, {"_SubscriptionId", schema.String}, {"_ItemId", schema.String},
	{"_BilledSize", schema.Real}, {"_IsBillable", schema.String}, {"_TimeReceived", schema.Datetime},
}

// isDefender says whether a table is one of Defender's advanced hunting by its name.
func isDefender(name string) bool {
	for _, family := range []string{"Device", "Email", "Identity", "CloudApp", "Alert", "Behavior", "UrlClick"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	return false
}

// referenceColumn is a column as a reference lists it.
type referenceColumn struct {
	name string
	typ  schema.Type
}

// The file has a line for each table: its name, and its columns in the order of Microsoft's reference, each with a letter in front
// for its type.
var typeLetters = map[byte]schema.Type{
	's': schema.String, 'l': schema.Long, 'i': schema.Int, 'r': schema.Real, 'b': schema.Bool, 't': schema.Datetime, 'd': schema.Dynamic, 'g': schema.Guid,
}

// referenceText is the file, beginning and ending with the end of a line.
var referenceText = sync.OnceValue(func() string { return "\n" + mustRead("tables/log_analytics.txt") })

// referenceTable returns the columns of a table of the reference, which is looked for in the text; nil where there is none.
func referenceTable(name string) []referenceColumn {
	if name == "" || strings.ContainsAny(name, " \n") {
		return nil
	}
	_, rest, found := strings.Cut(referenceText(), "\n"+name+" ")
	if !found {
		return nil
	}
	line, _, _ := strings.Cut(rest, "\n")
	columns := make([]referenceColumn, 0, strings.Count(line, " ")+1)
	for c := range strings.SplitSeq(line, " ") {
		columns = append(columns, referenceColumn{c[1:], typeLetters[c[0]]})
	}
	return columns
}

// referenceTables returns the names of all tables of the reference.
func referenceTables() []string {
	var names []string
	for line := range strings.Lines(referenceText()) {
		if name, _, ok := strings.Cut(line, " "); ok {
			names = append(names, name)
		}
	}
	return names
}

func mustRead(name string) string {
	text, err := embeddedTables.ReadFile(name)
	if err != nil {
		panic("taxonomy: " + err.Error())
	}
	return string(text)
}
