package escu

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"goshawk/diag"
)

// LookupKind says where the rows of a lookup come from.
type LookupKind string

// The kinds of lookup.
const (
	Table      LookupKind = "csv"      // a file
	Collection LookupKind = "kvstore"  // a collection, which others fill
	Model      LookupKind = "mlmodel"  // a model of machine learning, which has no rows
	External   LookupKind = "external" // a program
)

// Match is how a column of a lookup is compared with the value looked up; the pattern, if any, stands in the table.
type Match string

// The ways to compare.
const (
	MatchWildcard Match = "WILDCARD"
	MatchCIDR     Match = "CIDR"
)

// maxMatches is how many rows a lookup gives unless it says otherwise.
const maxMatches = 100

// Lookup is a table by the name that searches use.
type Lookup struct {
	Name, Description string
	Kind              LookupKind
	File, Collection  string   // what it names
	Columns           []string // of the table; of a collection those that its definition names
	Rows              [][]string
	Table             *diag.Source // the file of the table; nil if there is none
	// Missing says why there are no rows although there should be. A collection that is empty is not missing anything.
	Missing       string
	Match         map[string]Match // columns that are not compared as they stand
	CaseSensitive bool
	Min, Max      int // how few and how many rows it gives; fewer are filled up with Default
	Default       string
	// Time names the column of times of a lookup that is bounded in time, with its format and the seconds between a row and an event.
	Time                 string
	TimeFormat           string
	MinOffset, MaxOffset int64
	Filter               string // a condition that rows must meet; empty: none
	Supplied             string // the product that ships it, if that is not the pack's
	Path                 string
	Place                diag.Span // of the name

	folder    string    // of its definition, below the pack's root
	filePlace diag.Span // of the name of the file
	reader    *reader   // of its file
}

// lookup reads the definition of a lookup.
func (f *File) lookup(r *reader) {
	r.document("lookup", func(m *fields) {
		name := m.must("name")
		l := &Lookup{Name: m.text("name"), Description: m.text("description"), File: m.text("filename"), Collection: m.text("collection"),
			Default: m.text("default_match"), Filter: m.text("filter"), Time: m.text("time_field"), TimeFormat: m.text("time_format"), Path: f.Source.Name, folder: path.Dir(f.Path), reader: r}
		m.known("id", "version", "date", "creation_date", "modification_date", "author", "status", "references", "tags", "contents")
		l.CaseSensitive = m.truth("case_sensitive_match", true)
		for _, w := range m.words("fields_list") {
			l.Columns = append(l.Columns, split(w.Text)...)
		}
		for _, w := range m.words("fields") {
			l.Columns = append(l.Columns, split(w.Text)...)
		}
		for _, w := range m.words("match_type") {
			l.matches(r, w.Text, r.places.Span(w.node))
		}
		kind := m.word("lookup_type")
		if kind.node != nil {
			m.oneOf(kind, "kind of lookup", "escu-lookup-kind", []string{string(Table), string(Collection), string(Model)})
		}
		min, _ := m.integer("min_matches", 0, 1000)
		max, _ := m.integer("max_matches", 0, 1000)
		low, _ := m.integer("min_offset_secs", 0, 1<<31)
		high, bounded := m.integer("max_offset_secs", 0, 1<<31)
		if !bounded {
			high = defaultMaxOffset
		}
		l.bounds(min, max, low, high)
		l.kind(LookupKind(m.text("lookup_type")), path.Base(f.Path))
		if l.Name == "" {
			return
		}
		l.Place, l.filePlace = r.places.Span(name.node), r.places.Span(name.node)
		if file := m.word("filename"); file.node != nil {
			l.filePlace = r.places.Span(file.node)
		}
		f.lookups = append(f.lookups, l)
	})
}

// defaultMaxOffset is how many seconds an event may be behind a row of a lookup that is bounded in time: any number.
const defaultMaxOffset = 2_000_000_000

// bounds sets how many rows the lookup gives.
func (l *Lookup) bounds(min, max, low, high int) {
	l.Min, l.Max, l.MinOffset, l.MaxOffset = min, max, int64(low), int64(high)
	if l.Max == 0 {
		if l.Max = maxMatches; l.Time != "" {
			l.Max = 1
		}
	}
	if l.Time != "" && l.TimeFormat == "" {
		l.TimeFormat = "%s.%Q"
	}
}

// kind tells the kind of lookup by what its definition says. own is the name of the file of the definition.
func (l *Lookup) kind(said LookupKind, own string) {
	stem := strings.TrimSuffix(own, path.Ext(own))
	switch {
	case said == Collection || l.Collection != "":
		l.Kind = Collection
		if l.Collection == "" {
			l.Collection = l.Name
		}
	case said == Model || strings.HasSuffix(l.File, ".mlmodel"):
		l.Kind = Model
		if l.File == "" {
			l.File = stem + ".mlmodel"
		}
	default:
		l.Kind = Table
		if l.File == "" {
			l.File = stem + ".csv"
		}
	}
}

var matchForm = regexp.MustCompile(`(?i)^(WILDCARD|CIDR|EXACT)\s*\(\s*(\S.*?)\s*\)$`)

// matches reads "WILDCARD(a), CIDR(b)".
func (l *Lookup) matches(r *reader, text string, span diag.Span) {
	for _, one := range splitOutside(text) {
		m := matchForm.FindStringSubmatch(one)
		if m == nil {
			r.errorf(span, "escu-match-type", "%q is no way to match a column", one).Hint = "it is WILDCARD(column), CIDR(column) or EXACT(column)"
			continue
		}
		if l.Match == nil {
			l.Match = map[string]Match{}
		}
		if how := Match(strings.ToUpper(m[1])); how != "EXACT" {
			l.Match[m[2]] = how
		}
	}
}

// splitOutside cuts a text at commas outside brackets.
func splitOutside(text string) []string {
	var list []string
	depth, from := 0, 0
	add := func(to int) {
		if one := strings.TrimSpace(text[from:to]); one != "" {
			list = append(list, one)
		}
	}
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				add(i)
				from = i + 1
			}
		}
	}
	add(len(text))
	return list
}

// split cuts a list of names at commas.
func split(text string) []string {
	var list []string
	for _, one := range strings.Split(text, ",") {
		if one = strings.Trim(strings.TrimSpace(one), `"`); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// lookupOf reads a stanza of transforms.conf. Those that are no lookups extract fields, which is not content.
func (f *File) lookupOf(r *reader, s *merged) {
	l := &Lookup{Name: s.name, File: s.text("filename"), Collection: s.text("collection"), Columns: split(s.text("fields_list")), Default: s.text("default_match"),
		Filter: s.text("filter"), Time: s.text("time_field"), TimeFormat: s.text("time_format"), Path: f.Source.Name, folder: path.Dir(f.Path), Place: s.place, filePlace: s.place, reader: r}
	external := s.text("external_type")
	if l.File == "" && l.Collection == "" && external == "" && s.text("external_cmd") == "" {
		return
	}
	l.CaseSensitive = s.truth(r, "case_sensitive_match", true)
	if match := s.setting("match_type"); match != nil {
		l.matches(match.r, match.Value.String, match.span())
	}
	high, ok := s.integer("max_offset_secs", 0, 1<<31)
	if !ok {
		high = defaultMaxOffset
	}
	min, _ := s.integer("min_matches", 0, 1000)
	max, _ := s.integer("max_matches", 0, 1000)
	low, _ := s.integer("min_offset_secs", 0, 1<<31)
	l.bounds(min, max, low, high)
	if file := s.setting("filename"); file != nil && file.r == r {
		l.filePlace = file.span()
	}
	switch {
	case external == "kvstore":
		l.kind(Collection, "")
	case l.File == "":
		l.Kind, l.Missing = External, "its rows come from a program, which is not run"
		r.warnf(l.Place, "escu-lookup-external", "the rows of the lookup %s come from a program, which is not run", l.Name)
	default:
		l.kind("", "")
	}
	f.lookups = append(f.lookups, l)
}

// integer returns a whole number between two bounds; ok is false if there is none.
func (s *merged) integer(key string, low, high int) (n int, ok bool) {
	v := s.setting(key)
	if v == nil || v.Value.String == "" {
		return 0, false
	}
	n, err := strconv.Atoi(v.Value.String)
	if err != nil || n < low || n > high {
		v.r.errorf(v.span(), "escu-number", "%s must be a whole number from %d to %d, not %q", key, low, high, v.Value.String)
		return 0, false
	}
	return n, true
}

// Lookup returns the lookup of a name, or the table of a file name, that a search of the pack means. A table of the user's that is
// called like the file or the collection of a lookup takes the place of its rows.
func (p *Pack) Lookup(name string) (*Lookup, bool) {
	for from := range p.sources() {
		l, ok := from.Lookups[name]
		if !ok {
			continue
		}
		file := l.File
		if file == "" {
			file = otherwise(l.Collection, l.Name) + ".csv"
		}
		for _, by := range p.overrides {
			if t := by.Lookups[file]; t != nil && t != l && t.Table != nil {
				filled := *l
				filled.Columns, filled.Rows, filled.Table, filled.Missing = t.Columns, t.Rows, t.Table, ""
				if l.Kind == External {
					filled.Kind = Table
				}
				return &filled, true
			}
		}
		return l, true
	}
	return nil, false
}

// Given says whether the rows of a lookup are the user's own, and not those of the content.
func (p *Pack) Given(name string) bool {
	l, ok := p.Lookup(name)
	return ok && l.Table != nil && slices.ContainsFunc(p.overrides, func(by *Pack) bool {
		for _, own := range by.Lookups {
			if own.Table == l.Table {
				return true
			}
		}
		return false
	})
}

// LookupNames returns the names of all lookups that a search of the pack can use, in order.
func (p *Pack) LookupNames() []string {
	seen := map[string]bool{}
	for from := range p.sources() {
		for name := range from.Lookups {
			seen[name] = true
		}
	}
	return sortedKeys(seen)
}

// String says what the lookup is, in one line.
func (l *Lookup) String() string {
	switch {
	case l.Missing != "":
		return fmt.Sprintf("%s %s: %s", l.Kind, l.Name, l.Missing)
	case l.Table != nil:
		return fmt.Sprintf("%s %s: %d rows of %s", l.Kind, l.Name, len(l.Rows), l.Table.Name)
	}
	return fmt.Sprintf("%s %s: empty", l.Kind, l.Name)
}
