package escu

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// maxTableBytes bounds the file of one table.
const maxTableBytes = 64 << 20

// table is the file of a lookup.
type table struct {
	*File
	columns []string
	rows    [][]string
}

// tables reads the files of the pack's lookups and returns them. A collection is read from the CSV file of its name, if there is one:
// so a user fills it. Every CSV file of the folder lookups is also a lookup by its file name, as in Splunk.
func (p *Pack) tables(c *detection.Content) []*File {
	read := map[string]*table{}
	for _, f := range p.Files { // those that came as parts
		if f.table != nil {
			read[f.Path] = f.table
			p.byFile(f.table)
		}
	}
	for _, name := range sortedKeys(p.Lookups) {
		l := p.Lookups[name]
		if l.Missing != "" {
			continue
		}
		file := l.File
		switch l.Kind {
		case Model:
			l.Missing = "it is a pickled model of machine learning, which cannot be run here"
			continue
		case Collection:
			file = l.Collection + ".csv"
		}
		found := p.table(c, read, l.folder, file)
		switch {
		case found != nil:
			l.Columns, l.Rows, l.Table = found.columns, found.rows, found.Source
			l.lint()
		case l.Kind == Table:
			l.Missing = "its file " + file + " is not there"
			l.reader.warnf(l.filePlace, "escu-lookup-file", "the file %s of the lookup %s is not there", file, l.Name).
				Hint = "put it into the folder lookups"
		}
	}
	entries, err := fs.ReadDir(c.FS, "lookups")
	if err != nil {
		entries = nil
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.EqualFold(path.Ext(name), ".csv") || p.Lookups[name] != nil {
			continue
		}
		if t := p.table(c, read, "lookups", name); t != nil {
			p.byFile(t)
		}
	}
	var files []*File
	for _, name := range sortedKeys(read) {
		if t := read[name]; t.File.table == nil {
			files = append(files, t.File)
		}
	}
	return files
}

// byFile makes a table a lookup by the name of its file.
func (p *Pack) byFile(t *table) {
	name := path.Base(t.Path)
	if p.Lookups[name] == nil {
		p.Lookups[name] = &Lookup{Name: name, Kind: Table, File: name, Columns: t.columns, Rows: t.rows, Table: t.Source, CaseSensitive: true, Max: maxMatches, Path: t.Source.Name}
	}
}

// lint warns of patterns in columns that the table does not have.
func (l *Lookup) lint() {
	for _, column := range sortedKeys(l.Match) {
		if !slices.Contains(l.Columns, column) {
			suggest(l.reader.warnf(l.Place, "escu-lookup-column", "the lookup %s matches patterns in the column %s, which its table does not have", l.Name, column), column, l.Columns)
		}
	}
}

// table reads a file that lies in the folder of its definition or in lookups; nil if there is none.
func (p *Pack) table(c *detection.Content, read map[string]*table, folder, name string) *table {
	for _, below := range []string{path.Join("lookups", name), path.Join(folder, name)} {
		if t, ok := read[below]; ok {
			return t
		}
		info, err := fs.Stat(c.FS, below)
		if err != nil || info.IsDir() {
			continue
		}
		source := &diag.Source{Name: c.Name(below)}
		t := &table{File: &File{ReadPart: detection.ReadPart{Part: detection.Part{Source: source, Path: below, Role: detection.RoleTable, Context: true}}}}
		r := &reader{source: source}
		if info.Size() > maxTableBytes {
			r.errorf(diag.Span{}, "escu-too-large", "table of %d bytes is larger than %d", info.Size(), maxTableBytes)
		} else if text, err := fs.ReadFile(c.FS, below); err != nil {
			r.errorf(diag.Span{}, "escu-table", "the table cannot be read: %v", err)
		} else {
			source.Text = string(text)
			t.columns, t.rows = r.table()
		}
		t.Diagnostics = r.list
		t.Diagnostics.Sort()
		read[below] = t
		return t
	}
	return nil
}

// ParseTable reads a CSV table: the names of its columns, and its rows, each as wide as those.
func ParseTable(source *diag.Source) (columns []string, rows [][]string, complaints diag.List) {
	r := &reader{source: source}
	columns, rows = r.table()
	return columns, rows, r.list
}

// table reads a CSV table. Blanks around the names of columns and before values are nothing: published tables are written with
// blanks behind their commas, and the searches that use them rely on it.
func (r *reader) table() (columns []string, rows [][]string) {
	text := strings.TrimPrefix(r.source.Text, "\ufeff")
	shift := len(r.source.Text) - len(text)
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord, in.TrimLeadingSpace, in.LazyQuotes = -1, true, true
	place := func() diag.Span {
		line, column := in.FieldPos(0)
		at := shift + offset(text, line, column)
		return diag.Span{Start: at, End: at}
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			at := diag.Span{}
			if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
				at.Start = shift + offset(text, parse.Line, parse.Column)
				at.End = at.Start
				err = parse.Err
			}
			r.errorf(at, "escu-table", "text is no CSV: %v", err)
			break
		}
		if columns == nil {
			columns = row
			r.header(columns, place())
			continue
		}
		if len(row) != len(columns) {
			if r.said <= maxComplaints { // it takes time to find the place
				r.warnf(place(), "escu-table-width", "row has %s, the head %d", count(len(row), "value"), len(columns)).
					Hint = "quote a value that holds a comma"
			}
			fitted := make([]string, len(columns))
			copy(fitted, row)
			row = fitted
		}
		rows = append(rows, row)
	}
	if columns == nil && !r.list.Failed() {
		r.warnf(diag.Span{}, "escu-table", "the table has no head")
	}
	return columns, rows
}

// header cleans the names of columns.
func (r *reader) header(columns []string, at diag.Span) {
	seen := map[string]bool{}
	for i, name := range columns {
		columns[i] = strings.TrimSpace(name)
		if columns[i] != "" && seen[columns[i]] {
			r.warnf(at, "escu-table-column", "two columns are called %q; the first counts", columns[i])
		}
		seen[columns[i]] = true
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// offset returns where a line and a column in bytes are.
func offset(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			return len(text)
		}
		at += next + 1
	}
	return min(at+column-1, len(text))
}
