package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
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
}

// Rows writes the rows of a query. The object column "*" is spread into columns of its own: those of the first rows first, in the
// order in which they come up. NDJSON goes out as it comes; the others are gathered, because their columns are known at the end. In a
// table and in CSV the values of a list stand in one cell.
type Rows struct {
	out     *bufio.Writer
	options RowOptions
	columns []*plan.Column
	names   []string
	index   map[string]int
	named   map[string]bool // columns that are no part of the object
	rows    [][]event.Value
	count   int64
	line    []byte
}

// NewRows returns a writer of rows of these columns.
func NewRows(w io.Writer, columns []*plan.Column, o RowOptions) *Rows {
	r := &Rows{out: bufio.NewWriter(w), options: o, columns: columns, index: map[string]int{}, named: map[string]bool{}}
	for _, c := range columns {
		if c.Name != "*" {
			r.place(c.Name)
			r.named[c.Name] = true
		}
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
	}
	return i
}

// Count returns how many rows there were.
func (r *Rows) Count() int64 { return r.count }

// Add takes the rows of a batch.
func (r *Rows) Add(b *exec.Batch) error {
	for i := range b.Len {
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
		r.count++
		if r.options.Format == "ndjson" {
			if err := r.object(row); err != nil {
				return err
			}
			continue
		}
		r.rows = append(r.rows, row)
	}
	if r.options.Format == "ndjson" {
		return r.out.Flush()
	}
	return nil
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
	for i, v := range row {
		if v.IsNull() {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = event.AppendQuoted(b, r.names[i])
		b = append(b, ':')
		b = v.AppendJSON(b)
	}
	b = append(b, '}', '\n')
	r.line = b
	_, err := r.out.Write(b)
	return err
}

// Close writes what was gathered.
func (r *Rows) Close() error {
	var err error
	switch r.options.Format {
	case "json":
		err = r.json()
	case "csv":
		err = r.sheet()
	case "table":
		err = r.table()
	}
	if flushed := r.out.Flush(); err == nil {
		err = flushed
	}
	return err
}

func (r *Rows) json() error {
	b := []byte(`{"columns":[`)
	for i, name := range r.names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = event.AppendQuoted(b, name)
		b = append(b, `,"type":`...)
		b = event.AppendQuoted(b, r.typeOf(name))
		b = append(b, '}')
	}
	b = append(b, `],"rows":[`...)
	for i, row := range r.rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '\n', '[')
		for j := range r.names {
			if j > 0 {
				b = append(b, ',')
			}
			var v event.Value
			if j < len(row) {
				v = row[j]
			}
			b = v.AppendJSON(b)
		}
		b = append(b, ']')
		if len(b) > 1<<16 {
			if _, err := r.out.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := r.out.Write(append(b, "\n]}\n"...))
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

func (r *Rows) sheet() error {
	w := csv.NewWriter(r.out)
	w.UseCRLF = true
	c := cells{keepFormulas: r.options.KeepFormulas}
	line := make([]string, len(r.names))
	for i, name := range r.names {
		line[i] = c.text(name)
	}
	if err := w.Write(line); err != nil {
		return err
	}
	for _, row := range r.rows {
		for i := range line {
			line[i] = ""
			if i < len(row) {
				line[i] = c.text(shown(row[i], ";"))
			}
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
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

// table writes a line for each row, or, where these have no room for all columns, a block for each row with a line for each value.
func (r *Rows) table() error {
	if len(r.rows) == 0 {
		return nil
	}
	widths := make([]int, len(r.names))
	numeric := make([]bool, len(r.names))
	for i, name := range r.names {
		widths[i] = columns(diag.Printable(name))
		numeric[i] = true
	}
	for n, row := range r.rows {
		if n == maxRowsMeasured {
			break
		}
		for i, v := range row {
			widths[i] = max(widths[i], columns(inCell(v)))
			switch v.Kind() {
			case event.Int, event.Float, event.Decimal, event.Null:
			default:
				numeric[i] = false
			}
		}
	}
	if !r.fit(widths) {
		return r.blocks()
	}
	head := make([]string, len(r.names))
	for i, name := range r.names {
		head[i] = cell(diag.Printable(name), widths[i], numeric[i])
	}
	if err := r.say(styleBold, strings.TrimRight(strings.Join(head, "  "), " ")); err != nil {
		return err
	}
	for _, row := range r.rows {
		parts := make([]string, len(r.names))
		for i := range r.names {
			parts[i] = cell(inCell(valueAt(row, i)), widths[i], numeric[i])
		}
		if err := r.say("", strings.TrimRight(strings.Join(parts, "  "), " ")); err != nil {
			return err
		}
	}
	return nil
}

// blocks writes each row as a block of lines, the values that it has.
func (r *Rows) blocks() error {
	width := 0
	for _, name := range r.names {
		width = max(width, min(columns(diag.Printable(name)), nameColumn+8))
	}
	for n, row := range r.rows {
		if err := r.say(styleBold, "row "+count(n+1)); err != nil {
			return err
		}
		for i, name := range r.names {
			v := valueAt(row, i)
			if v.IsNull() {
				continue
			}
			text := diag.Printable(name)
			text = "  " + text + strings.Repeat(" ", max(width-columns(text), 0)) + "  " + inCell(v)
			if r.options.Width > 0 {
				text = cut(text, r.options.Width)
			}
			if err := r.say("", text); err != nil {
				return err
			}
		}
	}
	return nil
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
func inCell(v event.Value) string { return diag.Printable(shown(v, ", ")) }

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
