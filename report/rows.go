package report

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/schema"
)

// RowFormats are the formats in which the rows of a query can be written.
var RowFormats = []string{"table", "json", "ndjson", "csv"}

// RowOptions say how rows are written.
type RowOptions struct {
	Format       string
	Width        int // of the terminal, for table; 0: no bound
	Color        bool
	KeepFormulas bool
	// Seconds are the names of columns that hold seconds since 1970, which are written as times: _time in SPL.
	Seconds []string
	// Kusto is the query of KQL whose rows are written; nil for other languages.
	Kusto *kql.Query
}

// Rows writes the rows of a query as they come, as far as their columns are known. The object column "*" is spread into columns of its
// own: for SPL those of the first rows first, in the order in which they come up, for KQL in the order of their names. Such rows, and
// those of KQL of which only the data tell the types, are gathered. In a table and in CSV a list stands in one cell: its values in SPL,
// JSON in KQL.
type Rows struct {
	out     *bufio.Writer
	options RowOptions
	columns []*plan.Column
	names   []string
	types   []string // as JSON says them
	index   map[string]int
	named   map[string]bool // columns that are no part of the object
	open    bool            // rows must be gathered: only all of them tell the columns
	begun   bool            // the head is written
	tabular *tabular
	rows    [][]event.Value // gathered
	count   int64
	given   int64 // rows that JSON has
	line    []byte
}

// NewRows returns a writer of rows of these columns.
func NewRows(w io.Writer, columns []*plan.Column, o RowOptions) *Rows {
	r := &Rows{out: bufio.NewWriter(w), options: o, columns: columns, index: map[string]int{}, named: map[string]bool{}}
	for _, c := range columns {
		if c.Name == "*" {
			r.open = true
			continue
		}
		r.place(c.Name)
		r.named[c.Name] = true
	}
	if q := o.Kusto; q != nil {
		r.kusto(q.Columns)
		r.open = r.open || o.Format == "json" && slices.Contains(r.types, schema.Any.String())
	}
	return r
}

// place returns the place of a column, a new one if it is not known yet.
func (r *Rows) place(name string) int {
	i, known := r.index[name]
	if !known {
		i = len(r.names)
		r.index[name] = i
		r.names = append(r.names, name)
		r.types = append(r.types, r.typeOf(name))
	}
	return i
}

// Count returns how many rows there were.
func (r *Rows) Count() int64 { return r.count }

// Add takes the rows of a batch.
func (r *Rows) Add(b *exec.Batch) error {
	r.count += int64(b.Len)
	for i := range b.Len {
		row := r.rowOf(b, i)
		switch {
		case r.options.Format == "ndjson":
			if err := r.object(row); err != nil {
				return err
			}
		case r.open || r.options.Format == "table" && !r.begun && len(r.rows) < maxRowsMeasured:
			r.rows = append(r.rows, row)
		default:
			if err := r.giveGathered(); err != nil {
				return err
			}
			if err := r.give(row); err != nil {
				return err
			}
		}
	}
	if r.options.Format == "ndjson" {
		return r.out.Flush()
	}
	return nil
}

// rowOf returns a row of a batch. An object is spread if it is SPL's, or if its row is written at once.
func (r *Rows) rowOf(b *exec.Batch, i int) []event.Value {
	if q := r.options.Kusto; q != nil {
		row := make([]event.Value, len(r.columns))
		for j := range r.columns {
			if row[j] = b.Value(j, i); row[j].IsNull() && q.Columns[j].Type == schema.String {
				row[j] = event.TextValue("")
			}
		}
		return row
	}
	row := make([]event.Value, len(r.names), len(r.names)+8)
	for j, c := range r.columns {
		v := b.Value(j, i)
		if c.Name != "*" {
			row[r.index[c.Name]] = r.timed(c.Name, v)
			continue
		}
		object := v.Object()
		if object == nil {
			continue
		}
		for _, f := range object.Fields {
			if f.Value.IsNull() || r.named[f.Name.Text] {
				continue
			}
			at := r.place(f.Name.Text)
			for len(row) <= at {
				row = append(row, event.Value{})
			}
			row[at] = r.timed(f.Name.Text, f.Value)
		}
	}
	return row
}

// timed makes seconds since 1970 a time where the column holds such.
func (r *Rows) timed(name string, v event.Value) event.Value {
	if !slices.Contains(r.options.Seconds, name) {
		return v
	}
	switch v.Kind() {
	case event.Int:
		if s := v.Int(); s > -1<<36 && s < 1<<37 {
			return event.TimeValue(event.UnixEpoch + s*event.TicksPerSecond)
		}
	case event.Float, event.Decimal:
		if s := v.Float(); s > -1<<36 && s < 1<<37 {
			micro := int64(s*1e6 + 0.5)
			return event.TimeValue(event.UnixEpoch + micro*(event.TicksPerSecond/1_000_000))
		}
	}
	return v
}

// object writes one row as a JSON object, without the fields that are null.
func (r *Rows) object(row []event.Value) error {
	b := append(r.line[:0], '{')
	field := func(name string, v event.Value) {
		if v.IsNull() {
			return
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = event.AppendQuoted(b, name)
		b = append(b, ':')
		b = r.appendCell(b, v)
	}
	for i, v := range row {
		if r.options.Kusto == nil {
			field(r.names[i], v)
			continue
		}
		if r.columns[i].Name != "*" {
			field(r.columns[i].Name, v)
		} else if object := v.Object(); object != nil {
			for _, f := range object.Fields {
				if !r.named[f.Name.Text] {
					field(f.Name.Text, f.Value)
				}
			}
		}
	}
	b = append(b, '}', '\n')
	r.line = b
	_, err := r.out.Write(b)
	return err
}

// appendCell adds a value as JSON.
func (r *Rows) appendCell(b []byte, v event.Value) []byte {
	if r.options.Kusto != nil {
		return appendKusto(b, v)
	}
	return v.AppendJSON(b)
}

// Close writes what was gathered, and the end.
func (r *Rows) Close() error {
	err := r.finish()
	if flushed := r.out.Flush(); err == nil {
		err = flushed
	}
	return err
}

func (r *Rows) finish() error {
	if r.options.Format == "ndjson" {
		return nil
	}
	if q := r.options.Kusto; q != nil && r.open {
		var columns []kql.Column
		columns, r.rows = q.Result(r.rows)
		r.kusto(columns)
	}
	if err := r.giveGathered(); err != nil {
		return err
	}
	if r.options.Format != "json" {
		return nil
	}
	_, err := r.out.WriteString("\n]}\n")
	return err
}

// giveGathered writes the head, unless it is written, and the rows that were gathered.
func (r *Rows) giveGathered() error {
	if r.begun {
		return nil
	}
	r.begun = true
	var err error
	switch r.options.Format {
	case "json":
		err = r.head()
	case "csv":
		err = r.sheetHead()
	case "table":
		if len(r.rows) > 0 {
			err = r.tableHead()
		}
	}
	for i, row := range r.rows {
		if err == nil {
			err = r.give(row)
		}
		r.rows[i] = nil
	}
	r.rows = nil
	return err
}

// give writes a row behind the head.
func (r *Rows) give(row []event.Value) error {
	switch r.options.Format {
	case "json":
		return r.array(row)
	case "csv":
		return r.sheetRow(row)
	}
	return r.tableRow(row)
}

// head begins the object of JSON.
func (r *Rows) head() error {
	b := []byte(`{"columns":[`)
	for i, name := range r.names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = event.AppendQuoted(b, name)
		b = append(b, `,"type":`...)
		b = event.AppendQuoted(b, r.types[i])
		b = append(b, '}')
	}
	_, err := r.out.Write(append(b, `],"rows":[`...))
	return err
}

// array writes a row of JSON.
func (r *Rows) array(row []event.Value) error {
	b := r.line[:0]
	if r.given > 0 {
		b = append(b, ',')
	}
	r.given++
	b = append(b, '\n', '[')
	for i := range r.names {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.appendCell(b, valueAt(row, i))
	}
	r.line = append(b, ']')
	_, err := r.out.Write(r.line)
	return err
}

// typeOf returns the type of a column. What SPL gives may be anything, so it is the type of the time that is told alone.
func (r *Rows) typeOf(name string) string {
	if slices.Contains(r.options.Seconds, name) {
		return "datetime"
	}
	for _, c := range r.columns {
		if c.Name == name {
			return c.Type.String()
		}
	}
	return "any"
}

func (r *Rows) sheetHead() error {
	c := cells{keepFormulas: r.options.KeepFormulas}
	line := make([]string, len(r.names))
	for i, name := range r.names {
		line[i] = c.text(name)
	}
	return r.sheetLine(line)
}

func (r *Rows) sheetRow(row []event.Value) error {
	c := cells{keepFormulas: r.options.KeepFormulas}
	line := make([]string, len(r.names))
	for i := range line {
		v := valueAt(row, i)
		if line[i] = r.shown(v, ";"); !harmless(v) {
			line[i] = c.text(line[i])
		}
	}
	return r.sheetLine(line)
}

// harmless says whether a value is no formula whatever it begins with: a number or a time.
func harmless(v event.Value) bool {
	switch v.Kind() {
	case event.Int, event.Float, event.Decimal, event.Time, event.Duration:
		return true
	}
	return false
}

func (r *Rows) sheetLine(line []string) error {
	w := csv.NewWriter(r.out)
	w.UseCRLF = true
	if err := w.Write(line); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// shown returns a value as a person reads it in the words of the language.
func (r *Rows) shown(v event.Value, between string) string {
	if r.options.Kusto != nil {
		return kustoText(v)
	}
	return shown(v, between)
}

// shown returns a value as a person reads it, several values with something between them.
func shown(v event.Value, between string) string {
	switch v.Kind() {
	case event.Null:
		return ""
	case event.Time:
		return event.FormatTime(v.Int())
	case event.List:
		parts := make([]string, len(v.List()))
		for i, e := range v.List() {
			parts[i] = shown(e, between)
		}
		return strings.Join(parts, between)
	case event.Object:
		return string(v.AppendJSON(nil))
	}
	return v.Text()
}

// maxRowsMeasured bounds the rows that the widths of a table are taken from.
const maxRowsMeasured = 5000

// tabular is how a table is laid out.
type tabular struct {
	widths  []int
	numeric []bool
	natural []int // the widths before the table was made to fit
	blocks  bool  // there is no room for all columns: a block for each row, with a line for each value
	names   int   // the width of the names in blocks
	row     int
}

// tableHead lays the table out by the rows that were gathered, and writes its head.
func (r *Rows) tableHead() error {
	t := &tabular{widths: make([]int, len(r.names)), numeric: make([]bool, len(r.names))}
	r.tabular = t
	for i, name := range r.names {
		t.widths[i] = columns(diag.Printable(name))
		t.names = max(t.names, min(t.widths[i], nameColumn+8))
		t.numeric[i] = true
	}
	for n, row := range r.rows {
		if n == maxRowsMeasured {
			break
		}
		for i, v := range row {
			t.widths[i] = max(t.widths[i], columns(r.inCell(v)))
			switch v.Kind() {
			case event.Int, event.Float, event.Decimal, event.Null:
			default:
				t.numeric[i] = false
			}
		}
	}
	t.natural = slices.Clone(t.widths)
	if t.blocks = !r.fit(t.widths); t.blocks {
		return nil
	}
	head := make([]string, len(r.names))
	for i, name := range r.names {
		head[i] = cell(diag.Printable(name), t.widths[i], t.numeric[i])
	}
	return r.say(styleBold, strings.TrimRight(strings.Join(head, "  "), " "))
}

// tableRow writes a row as a line, or as a block with the values that it has.
func (r *Rows) tableRow(row []event.Value) error {
	t := r.tabular
	t.row++
	if !t.blocks {
		parts := make([]string, len(r.names))
		for i := range r.names {
			text, width := r.inCell(valueAt(row, i)), t.widths[i]
			if width == t.natural[i] { // nothing was to be cut of what was measured, so that nothing is of a row that comes later
				width = max(width, columns(text))
			}
			parts[i] = cell(text, width, t.numeric[i])
		}
		return r.say("", strings.TrimRight(strings.Join(parts, "  "), " "))
	}
	if err := r.say(styleBold, "row "+count(t.row)); err != nil {
		return err
	}
	for _, i := range r.timeFirst() {
		name, v := r.names[i], valueAt(row, i)
		if v.IsNull() || r.options.Kusto != nil && v.Kind() == event.Text && v.Text() == "" {
			continue
		}
		text := diag.Printable(name)
		text = "  " + text + strings.Repeat(" ", max(t.names-columns(text), 0)) + "  " + r.inCell(v)
		if r.options.Width > 0 {
			text = cut(text, r.options.Width)
		}
		if err := r.say("", text); err != nil {
			return err
		}
	}
	return nil
}

// timeFirst returns the places of the columns in the order of a block: what tells the time of a row of KQL, whose tables have their columns
// in the order of the alphabet, goes first.
func (r *Rows) timeFirst() []int {
	order := make([]int, len(r.names))
	for i := range order {
		order[i] = i
	}
	if r.options.Kusto == nil {
		return order
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(timeRank(r.names[a]), timeRank(r.names[b])) })
	return order
}

func timeRank(name string) int {
	if name == "TimeGenerated" || name == "Timestamp" {
		return 0
	}
	return 1
}

func (r *Rows) say(s style, line string) error {
	_, err := fmt.Fprintln(r.out, painter(r.options.Color)(s, line))
	return err
}

func valueAt(row []event.Value, i int) event.Value {
	if i < len(row) {
		return row[i]
	}
	return event.Value{}
}

// inCell returns a value as one line of printable text.
func (r *Rows) inCell(v event.Value) string { return diag.Printable(r.shown(v, ", ")) }

// cell cuts or fills a text to a width; numbers stand at the right.
func cell(text string, width int, right bool) string {
	text = cut(text, width)
	if right {
		return strings.Repeat(" ", max(width-columns(text), 0)) + text
	}
	return pad(text, width)
}

// minCell is the width that a column keeps however little room there is.
const minCell = 8

// unboundWidth is from where on a table whose width nobody bounds is written in blocks.
const unboundWidth = 400

// fit narrows the widest columns until the table has room; false says that there is none.
func (r *Rows) fit(widths []int) bool {
	room := r.options.Width
	if room <= 0 {
		room = unboundWidth
	}
	total := 2 * (len(widths) - 1)
	least := total
	for _, w := range widths {
		total += w
		least += min(w, minCell)
	}
	switch {
	case least > room:
		return false
	case r.options.Width <= 0:
		return true
	}
	for total > room {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		widths[widest]--
		total--
	}
	return true
}
