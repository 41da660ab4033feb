package source

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"goshawk/event"
)

// Tables as text: a header row with the names of the columns, and a row for each record; commas, semicolons, tabs or bars
// between the cells, quotes around cells that hold any of them, quotes doubled inside, line breaks in quotes as they are. A
// row has the shape of an object whose values are texts, so that exports of Defender, Splunk and Sentinel give the same
// records as their JSON does. An empty cell is an empty text, except where a shape says that it is nothing.
//
// Each block begins with the header row again, so that it can be decoded by itself; its Offset and Line are those of the
// first row behind it.
var _ = register(Format{
	Name:       "csv",
	Doc:        "tables as text with a header row: CSV, also with semicolons, tabs or bars between the cells",
	Sniff:      sniffCSV,
	Frame:      frameCSV,
	NewDecoder: func(o Options) Decoder { return &csvDecoder{shaper: shaper{zone: o.Zone, rows: true}} },
})

func sniffCSV(head []byte) Guess {
	text := bytes.TrimPrefix(head, []byte("\ufeff"))
	if len(text) == 0 || strings.IndexByte("{[<#", text[0]) >= 0 {
		return Guess{}
	}
	n := csvRow(text, csvDelimiter(text))
	if n < 0 {
		return Guess{}
	}
	t := csvTable{delimiter: csvDelimiter(text)}
	t.header(text[:n])
	if len(t.names) < 2 {
		return Guess{}
	}
	seen := map[string]bool{}
	for _, name := range t.names {
		if !isColumnName(name.Text) || seen[name.Text] {
			return Guess{}
		}
		seen[name.Text] = true
	}
	rows, fitting := 0, 0
	for rest := text[n:]; rows < 8; rows++ {
		n := csvRow(rest, t.delimiter)
		if n < 0 {
			break
		}
		if len(bytes.TrimSpace(rest[:n])) == 0 {
			rest = rest[n:]
			rows--
			continue
		}
		if len(t.row(rest[:n])) == len(t.names) {
			fitting++
		}
		rest = rest[n:]
	}
	why := fmt.Sprintf("has a header row of %d columns between %q and %d of %d rows that fit it", len(t.names), t.delimiter, fitting, rows)
	fields := make([]event.Field, len(t.names))
	for i, name := range t.names {
		fields[i] = event.Field{Name: name, Value: event.TextValue("")}
	}
	var o jsonObject
	o.load(fields)
	known := o.has(keyRaw) || o.any(keyTimeGenerated, keyTimestampColumn, keyTime, keyEventID, keyEventCode)
	switch {
	case fitting < rows:
		return Guess{30 * fitting / rows, why}
	case known && rows > 0:
		return Guess{94, why}
	case rows == 0 && len(t.names) < 3:
		return Guess{}
	case rows == 0:
		return Guess{40, why}
	case len(t.names) == 2 && rows < 3:
		return Guess{50, why}
	}
	return Guess{80, why}
}

// isColumnName says whether a cell can be the name of a column.
func isColumnName(name string) bool {
	letters := 0
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80:
			letters++
		case '0' <= r && r <= '9' || strings.ContainsRune(" _-.@/()[]{}:#%*?&'", r):
		default:
			return false
		}
	}
	return letters > 0 && len(name) <= 96 && strings.Count(name, " ") <= 6
}

// csvDelimiter returns what stands between the cells of the first line: what there is most of outside of quotes.
func csvDelimiter(text []byte) byte {
	var counts [128]int
	quoted := false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if quoted || c >= 128 {
			continue
		}
		if c == '\n' {
			break
		}
		counts[c]++
	}
	best := byte(',')
	for _, c := range []byte(";\t|") {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// csvRow returns the length of the row that b begins with, with its line end; -1 if it does not end in b. Quotes count at the
// beginning of a cell only.
func csvRow(b []byte, delimiter byte) int {
	for i := 0; i < len(b); {
		if b[i] == '"' {
			n := csvQuoted(b[i:])
			if n < 0 {
				return -1
			}
			i += n
		}
		for i < len(b) && b[i] != delimiter && b[i] != '\n' {
			i++
		}
		if i < len(b) {
			if i++; b[i-1] == '\n' {
				return i
			}
		}
	}
	return -1
}

// csvQuoted returns the length of the quoted cell that b begins with; -1 if it does not end in b. A quote at the very end of b
// may be the first of two, which makes no difference.
func csvQuoted(b []byte) int {
	for i := 1; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		if i += n + 1; i >= len(b) || b[i] != '"' {
			return i
		}
		i++
	}
}

func frameCSV(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	var (
		buf  = make([]byte, 0, blockSize)
		end  bool
		fail error
	)
	read := func(want int) {
		if end || want <= len(buf) {
			return
		}
		buf = slices.Grow(buf, want-len(buf))
		n, err := fill(r, buf[len(buf):want])
		if buf = buf[:len(buf)+n]; err != nil {
			if end = true; err != io.EOF {
				fail = err
			}
		}
	}
	for read(blockSize); !end && len(buf) < maxRecord && csvRow(buf, csvDelimiter(buf)) < 0; {
		read(2 * len(buf))
	}
	delimiter := csvDelimiter(buf)
	n := csvRow(buf, delimiter)
	if n < 0 {
		n = len(buf)
	}
	header := append(bytes.Clone(bytes.TrimRight(buf[:n], "\r\n")), '\n')
	block := Block{Input: in, Offset: int64(n), Line: 1 + uint64(bytes.Count(buf[:n], newline))}
	for buf = buf[n:]; ; {
		whole := 0
		for whole < len(buf) {
			n := csvRow(buf[whole:], delimiter)
			if n < 0 {
				break
			}
			whole += n
		}
		switch {
		case end:
			whole = len(buf)
			block.Cut = fail != nil
		case whole == 0 && len(buf) < maxRecord:
			read(min(max(blockSize, 2*len(buf)), maxRecord))
			continue
		case whole == 0: // a quote that nothing closes: the decoder reads lines
			whole = bytes.LastIndexByte(buf, '\n') + 1
			if whole == 0 {
				whole = len(buf)
			}
		}
		if whole > 0 {
			block.Bytes = append(append(bufferOf(len(header)+whole), header...), buf[:whole]...)
			block.buffer = block.Bytes
			if err := emit(block); err != nil {
				return err
			}
			block.Index++
			block.Offset += int64(whole)
			block.Line += uint64(bytes.Count(buf[:whole], newline))
		}
		if end {
			return fail
		}
		buf = append(buf[:0], buf[whole:]...)
		read(blockSize)
	}
}

// csvTable knows the columns of a table.
type csvTable struct {
	delimiter byte
	names     []*event.Name
	cells     []event.Value
}

// header takes the names of the columns.
func (t *csvTable) header(row []byte) {
	t.names = t.names[:0]
	for i, cell := range t.row(bytes.TrimPrefix(row, []byte("\ufeff"))) {
		name := strings.TrimSpace(cell.Text())
		name = strings.TrimSuffix(name, " [UTC]") // Log Analytics says so of times
		if name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		t.names = append(t.names, event.NameOf(name))
	}
}

// csvText decodes a quoted cell that holds quotes.
var csvText = event.NewCodec("csv", func(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		if dst = append(dst, raw[i]); raw[i] == '"' && i+1 < len(raw) && raw[i+1] == '"' {
			i++
		}
	}
	return dst
})

// row returns the cells of a row, good until the next call.
func (t *csvTable) row(b []byte) []event.Value {
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, newline), []byte{'\r'})
	t.cells = t.cells[:0]
	for {
		var cell event.Value
		n := -1
		if len(b) > 0 && b[0] == '"' {
			if n = csvQuoted(b); n > 0 && n < len(b) && b[n] != t.delimiter {
				n = -1 // more stands behind the quote: it is no quoted cell
			}
		}
		if n > 0 {
			inside := b[1 : n-1]
			cell = event.TextValue(view(inside))
			if bytes.IndexByte(inside, '"') >= 0 {
				cell = event.EncodedValue(csvText, view(inside))
			}
		} else {
			if n = bytes.IndexByte(b, t.delimiter); n < 0 {
				n = len(b)
			}
			cell = event.TextValue(view(b[:n]))
		}
		t.cells = append(t.cells, cell)
		if n >= len(b) {
			return t.cells
		}
		b = b[n+1:]
	}
}

type csvDecoder struct {
	shaper
	table  csvTable
	top    jsonObject
	fields []event.Field
	ev     event.Event
}

func (d *csvDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	d.table.delimiter = csvDelimiter(bytes.TrimPrefix(b.Bytes, []byte("\ufeff")))
	n := csvRow(b.Bytes, d.table.delimiter)
	if n < 0 {
		return
	}
	d.table.header(b.Bytes[:n])
	rest, offset, line := b.Bytes[n:], b.Offset, b.Line
	open := 0 // quotes that nothing closes
	for len(rest) > 0 {
		report := func(code, reason string) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: line, Code: code, Reason: reason})
		}
		n, cut := -1, false
		if open < maxOpenQuotes {
			n = csvRow(rest, d.table.delimiter)
		}
		if n < 0 {
			if n = bytes.IndexByte(rest, '\n') + 1; n == 0 {
				n = len(rest)
			}
			if cut = openQuote(rest[:n], d.table.delimiter); cut {
				open++
				report("csv-open-quote", "a quote is not closed; the row ends with the line")
			}
		}
		row := rest[:n:n]
		if len(bytes.TrimSpace(row)) > 0 {
			marks := event.Marks(0)
			if cut {
				marks |= event.Damaged
			}
			if b.Cut && n == len(rest) {
				marks |= event.Truncated
			}
			if !d.record(&b, row, offset, line, marks, give, report) {
				return
			}
		}
		offset += int64(n)
		line += uint64(bytes.Count(row, newline))
		rest = rest[n:]
	}
}

// maxOpenQuotes is how many quotes of a block may look for their end in vain; behind them, each line is a row.
const maxOpenQuotes = 64

// openQuote says whether the last row of b lacks the end of a quoted cell.
func openQuote(b []byte, delimiter byte) bool {
	return csvRow(append(bytes.Clone(b), '\n'), delimiter) < 0
}

func (d *csvDecoder) record(b *Block, row []byte, offset int64, line uint64, marks event.Marks, give func(*event.Event) bool, report func(code, reason string)) bool {
	d.fields = d.fields[:0]
	cells := d.table.row(row)
	for i, cell := range cells {
		if i < len(d.table.names) {
			d.fields = append(d.fields, event.Field{Name: d.table.names[i], Value: cell})
			continue
		}
		d.fields = append(d.fields, event.Field{Name: event.NameOf(fmt.Sprintf("column %d", i+1)), Value: cell})
		if i >= len(d.table.names)+64 {
			break
		}
	}
	if have, want := len(cells), len(d.table.names); have != want {
		report("csv-row-width", fmt.Sprintf("the row has %d cells where the header has %d", have, want))
	}
	d.ev.Reset()
	d.ev.Origin = event.Origin{Source: b.Input.Name, Offset: offset}
	d.ev.Raw = bytes.TrimRight(row, "\r\n")
	d.ev.Marks = marks
	d.reset()
	d.top.load(d.fields)
	d.read(&d.top, &d.ev)
	if d.ev.Origin.Record == 0 {
		d.ev.Origin.Record = line
	}
	for i := range d.before {
		if !give(&d.before[i]) {
			return false
		}
	}
	return give(&d.ev)
}
