package sentinel

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// Watchlist is a table that queries read by its alias. All its values are texts.
type Watchlist struct {
	Alias, Name, Description string
	Provider                 string
	Key                      string // the column that SearchKey repeats; empty if the table has none of that name
	Columns                  []string
	Rows                     [][]string // each as wide as Columns
	Missing                  string     // why it has no rows; empty if it has
	Path                     string
	Place                    diag.Span

	key      word
	source   string // the name of its file
	folder   string // of its definition, below the root
	stem     string // of its definition's file
	skip     int    // lines before the head
	tabs     bool   // between the values
	complete bool   // its rows were with the definition
}

// table is the file of a watchlist.
type table struct {
	columns []string
	rows    [][]string
	claimed bool
}

// maxTableBytes bounds the file of one table.
const maxTableBytes = 64 << 20

// watchlist reads a watchlist: of YAML or JSON, or the properties of a resource. One that does not say its alias is called like its
// table, or else like its resource or its own file.
func (r *reader) watchlist(m *fields, place diag.Span, resource string) {
	alias := m.word("watchlistAlias", "alias")
	w := &Watchlist{Alias: alias.Text, Name: m.text("displayName", "name"), Description: unquote(m.text("description")), Provider: m.text("provider"), Path: r.source.Name,
		Place: place, source: m.text("source"), folder: path.Dir(r.file.Path), stem: r.stem()}
	if alias.node != nil {
		w.Place = r.span(alias)
	}
	if alias.expression {
		w.Alias = ""
	}
	table := "" // "Local file" and the like are no names
	if ending := path.Ext(w.source); strings.EqualFold(ending, ".csv") || strings.EqualFold(ending, ".tsv") {
		table = strings.TrimSuffix(path.Base(w.source), ending)
	}
	for _, name := range []string{table, lastName(resource), w.stem} {
		if w.Alias == "" {
			w.Alias = name
		}
	}
	w.key = m.word("itemsSearchKey")
	if w.Key = w.key.Text; w.Key == "" {
		m.missing(diag.Warning, "itemsSearchKey")
	}
	w.skip, _, _ = m.integer("numberOfLinesToSkip")
	w.tabs = strings.Contains(strings.ToLower(m.text("contentType")), "tsv")
	if e := m.entry("rawContent"); e != nil && len(e.Value.Content) == 0 {
		t := r.csv(r.places.Text(e.Value), w)
		w.Columns, w.Rows, w.complete = t.columns, t.rows, true
	}
	m.known("watchlistId", "watchlistType", "sourceType", "created", "updated", "createdBy", "updatedBy", "isDeleted", "labels", "defaultDuration", "tenantId", "uploadStatus",
		"watchlistItemsCount", "id", "version")
	r.file.watchlists = append(r.file.watchlists, w)
}

// csv reads a table. What stands before its head is skipped.
func (r *reader) csv(text *diag.Text, w *Watchlist) *table {
	body, base := text.String, 0
	if strings.HasPrefix(body, "\ufeff") {
		base = len("\ufeff")
	}
	for range w.skip {
		n := strings.IndexByte(body[base:], '\n')
		if n < 0 {
			break
		}
		base += n + 1
	}
	in := csv.NewReader(strings.NewReader(body[base:]))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	if w.tabs {
		in.Comma = '\t'
	}
	t := &table{}
	for {
		begin := base + int(in.InputOffset())
		row, err := in.Read()
		at := text.Place(diag.Span{Start: begin, End: begin + 1}).Span
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.errorf(at, "sentinel-table", "text is no CSV: %v", err)
			break
		}
		if t.columns == nil {
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
				if row[i] != "" && slices.Contains(row[:i], row[i]) {
					r.warnf(at, "sentinel-table", "two columns are called %q; the first counts", row[i])
				}
			}
			t.columns = row
			continue
		}
		if len(row) != len(t.columns) {
			r.warnf(at, "sentinel-table", "the row has %d values, the head %d", len(row), len(t.columns)).Hint = "quote a value that holds a comma"
			fitted := make([]string, len(t.columns))
			copy(fitted, row)
			row = fitted
		}
		t.rows = append(t.rows, row)
	}
	if t.columns == nil {
		r.warnf(text.Place(diag.Span{}).Span, "sentinel-table", "the table has no head")
	}
	return t
}

// table reads the file of a table that is a part.
func (r *reader) table() *table { return r.csv(diag.NewText(r.source), &Watchlist{}) }

// tables finds the rows of watchlists whose definition does not hold them: in the file that it names, or one called like it or like
// its alias, in its folder. A CSV file in a folder of watchlists that no definition names is a watchlist by itself.
func (p *Pack) tables(c *detection.Content, readers []*reader) {
	of := map[string]*reader{}
	folders := map[string]bool{}
	for i, f := range p.Files {
		of[f.Path] = readers[i]
	}
	for _, w := range p.Watchlists {
		folders[w.folder] = true
	}
	if entries, err := fs.ReadDir(c.FS, "."); err == nil {
		for _, e := range entries {
			if name := strings.ToLower(e.Name()); e.IsDir() && (name == "watchlists" || name == "watchlist") {
				folders[e.Name()] = true
			}
		}
	}
	files := map[string]*reader{} // tables, by path
	for i, f := range p.Files {
		if f.Role == detection.RoleTable {
			files[f.Path] = readers[i]
		}
	}
	for _, folder := range sortedKeys(folders) {
		entries, err := fs.ReadDir(c.FS, folder)
		if err != nil {
			continue
		}
		for _, e := range entries {
			below := path.Join(folder, e.Name())
			if !e.IsDir() && strings.EqualFold(path.Ext(below), ".csv") && files[below] == nil {
				files[below] = p.tableFile(c, below)
			}
		}
	}
	for _, w := range p.Watchlists {
		r := of[p.pathOf(w.Path)]
		if !w.complete {
			p.fill(w, files, r)
		}
		w.lint(r)
	}
	for _, below := range sortedKeys(files) {
		p.byFile(below, files[below])
	}
}

// pathOf returns the path below the root of a file that the user knows by another name.
func (p *Pack) pathOf(name string) string {
	for _, f := range p.Files {
		if f.Source.Name == name {
			return f.Path
		}
	}
	return ""
}

// tableFile reads a table that nobody asked for.
func (p *Pack) tableFile(c *detection.Content, below string) *reader {
	source := &diag.Source{Name: c.Name(below)}
	f := &File{ReadPart: detection.ReadPart{Part: detection.Part{Source: source, Path: below, Role: detection.RoleTable, Context: true}}}
	r := newReader(f, Options{})
	info, err := fs.Stat(c.FS, below)
	switch {
	case err != nil:
		r.errorf(diag.Span{}, "sentinel-table", "the table cannot be read: %v", err)
	case info.Size() > maxTableBytes:
		r.errorf(diag.Span{}, "sentinel-too-large", "table of %d bytes is larger than %d", info.Size(), maxTableBytes)
	default:
		text, err := fs.ReadFile(c.FS, below)
		if err != nil {
			r.errorf(diag.Span{}, "sentinel-table", "the table cannot be read: %v", err)
			break
		}
		source.Text = string(text)
		f.table = r.table()
	}
	f.Diagnostics = r.list
	p.Files = append(p.Files, f)
	return r
}

// fill gives a watchlist the rows of its file.
func (p *Pack) fill(w *Watchlist, files map[string]*reader, r *reader) {
	for _, name := range []string{path.Base(w.source), w.Alias + ".csv", w.stem + ".csv"} {
		for below, table := range files {
			if !strings.EqualFold(below, path.Join(w.folder, name)) || table.file.table == nil {
				continue
			}
			t := table.file.table
			if w.skip > 0 || w.tabs {
				t = table.csv(diag.NewText(table.source), w)
			}
			w.Columns, w.Rows, table.file.table.claimed = t.columns, t.rows, true
			return
		}
	}
	w.Missing = "its file is not there"
	d := r.warnf(w.Place, "sentinel-watchlist-file", "the watchlist %s has no rows: neither rawContent nor a file beside it", w.Alias)
	d.Hint = "put " + w.Alias + ".csv beside it"
}

// lint warns of a watchlist that the service would not take.
func (w *Watchlist) lint(r *reader) {
	if n := len(w.Alias); n < 3 || n > 64 {
		r.warnf(w.Place, "sentinel-watchlist", "the alias %q has %d characters; the service takes from 3 to 64", w.Alias, n)
	}
	if w.Key == "" || w.Missing != "" {
		return
	}
	at := slices.IndexFunc(w.Columns, func(name string) bool { return strings.EqualFold(name, w.Key) })
	if at >= 0 {
		w.Key = w.Columns[at]
		return
	}
	suggest(r.warnf(r.span(w.key), "sentinel-watchlist", "the table of the watchlist %s has no column %q, its search key", w.Alias, w.Key), w.Key, w.Columns)
	w.Key = ""
}

// byFile makes a table that no definition names a watchlist, by the name of its file.
func (p *Pack) byFile(below string, r *reader) {
	t := r.file.table
	alias := strings.TrimSuffix(path.Base(below), path.Ext(below))
	if t == nil || t.claimed || len(t.columns) == 0 || p.watchlists[strings.ToLower(alias)] != nil {
		return
	}
	w := &Watchlist{Alias: alias, Columns: t.columns, Rows: t.rows, Key: t.columns[0], Path: r.source.Name}
	if at := slices.IndexFunc(t.columns, func(name string) bool { return strings.EqualFold(name, "SearchKey") }); at >= 0 {
		w.Key = t.columns[at]
	}
	p.watchlists[strings.ToLower(alias)] = w
	p.Watchlists = append(p.Watchlists, w)
}
