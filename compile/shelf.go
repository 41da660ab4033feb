package compile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// Shelf is the lookup tables of Splunk's content that baselines fill for the detections that read them, in memory and for one run: no
// file is written, and the tables of the content stay as they are.
//
// A baseline is run before whoever reads what it writes, over the same data and at the end of it, as a detection without a schedule is.
// Those that only write a table go before those that also read it, so that one which sets a table up precedes the one that keeps it up.
type Shelf struct {
	Fills []*Fill    // in the order in which they must be run
	Lost  []Unfill   // baselines that somebody needs and that cannot be run
	rules []*Rule    // with what reads the tables
	lock  sync.Mutex // guards the tables
	table map[shelved]*spl.Lookup
	trial bool // the tables are not filled yet, and hold rows that stand for any
}

// Fill is one table that a baseline writes.
type Fill struct {
	Rule     *Rule // gives the rows; it is no detection, and none of those that were given to NewShelf
	Baseline *detection.Detection
	Table    string                 // as the baseline names it
	Readers  []*detection.Detection // who reads it, baselines left out
	write    spl.Write
	of       shelved
}

// Unfill is a baseline that cannot be run, with the reason.
type Unfill struct {
	Baseline *detection.Detection
	Table    string // empty: whichever it writes
	Why      string
}

// shelved names a table: several lookups of a content may be one file or one collection.
type shelved struct {
	pack *escu.Pack
	name string
}

func shelvedAs(r *Rule, lookup string) shelved {
	if l, ok := r.Content.Lookup(lookup); ok {
		switch {
		case l.File != "":
			lookup = l.File
		case l.Collection != "":
			lookup = l.Collection
		}
	}
	return shelved{r.Content, lookup}
}

// IsBaseline says whether the rule is a baseline, which fills tables for others and finds nothing.
func (r *Rule) IsBaseline() bool {
	return r.Detection.Answer != nil && r.Detection.Answer.Kind == detection.Baseline
}

// NewShelf finds out which baselines fill a table that some of the rules read. It returns nil if there is none.
func NewShelf(rules, baselines []*Rule) *Shelf {
	s := &Shelf{rules: slices.Clone(rules), table: map[shelved]*spl.Lookup{}, trial: true}
	readers := map[shelved][]*detection.Detection{}
	note := func(r *Rule) {
		if r.Search == nil || r.Content == nil || r.reread == nil {
			return
		}
		for _, name := range r.Search.Reads {
			of := shelvedAs(r, name)
			if !slices.Contains(readers[of], r.Detection) {
				readers[of] = append(readers[of], r.Detection)
			}
		}
	}
	for _, r := range rules {
		if !r.IsBaseline() && !r.Refused {
			note(r)
		}
	}
	var needed []*Rule
	for again := true; again; { // a baseline may need what another one writes
		again = false
		for _, b := range baselines {
			if b.Content == nil || !b.IsBaseline() || slices.Contains(needed, b) ||
				!slices.ContainsFunc(b.writes(), func(name string) bool { return len(readers[shelvedAs(b, name)]) > 0 }) {
				continue
			}
			needed, again = append(needed, b), true
			if !b.Refused {
				note(b)
			}
		}
	}
	for _, b := range baselines { // in their own order
		if !slices.Contains(needed, b) {
			continue
		}
		if b.Refused {
			s.Lost = append(s.Lost, Unfill{Baseline: b.Detection, Table: strings.Join(b.writes(), ", "), Why: "it is refused: " + firstErrorOf(b)})
			continue
		}
		for i, w := range b.Search.Writes {
			if of := shelvedAs(b, w.Lookup); len(readers[of]) > 0 {
				if b.Content.Given(w.Lookup) {
					s.Lost = append(s.Lost, Unfill{Baseline: b.Detection, Table: w.Lookup, Why: "the table is given by a file of your own, which stays as it is"})
					continue
				}
				f := &Fill{Baseline: b.Detection, Table: w.Lookup, write: w, of: of}
				for _, d := range readers[of] {
					if d.Answer == nil || d.Answer.Kind != detection.Baseline {
						f.Readers = append(f.Readers, d)
					}
				}
				s.table[of] = tableToFill(b, w, s.table[of])
				f.Rule = s.filling(b, i)
				s.Fills = append(s.Fills, f)
			}
		}
	}
	if len(s.Fills) == 0 && len(s.Lost) == 0 {
		return nil
	}
	s.order()
	s.prepare()
	return s
}

var outputLookup = regexp.MustCompile(`\|\s*outputlookup\s+(?:\w+=\S+\s+)*([\w.-]+)`)

// writes returns the tables that a search writes; of one that is refused, those that its text names.
func (r *Rule) writes() []string {
	var names []string
	switch {
	case r.Refused && r.Detection.Search != nil:
		for _, m := range outputLookup.FindAllStringSubmatch(r.Detection.Search.String, -1) {
			names = append(names, m[1])
		}
	case r.Search != nil:
		for _, w := range r.Search.Writes {
			names = append(names, w.Lookup)
		}
	}
	return names
}

// tableToFill returns a table as it is before it is filled, with the columns that a baseline gives it; before is what it became by others.
func tableToFill(b *Rule, w spl.Write, before *spl.Lookup) *spl.Lookup {
	t := &spl.Lookup{Name: w.Lookup, Match: map[string]spl.MatchHow{}}
	if before != nil {
		copied := *before
		t = &copied
		t.Fields = slices.Clone(t.Fields)
	} else if known, ok := (&tables{pack: b.Content, known: map[string]*spl.Lookup{}}).get(w.Lookup); ok {
		copied := *known
		t = &copied
		t.Fields, t.Missing = slices.Clone(t.Fields), ""
	}
	if l, ok := b.Content.Lookup(w.Lookup); ok && l.Kind == escu.Collection && len(l.Columns) > 0 {
		return t // a collection has the fields of its definition
	}
	for _, name := range b.Search.Fields {
		if written(name) && !slices.Contains(t.Fields, name) {
			t.Fields = append(t.Fields, name)
		}
	}
	return t
}

// written says whether a field is written to a table: the ones of the search itself are not.
func written(field string) bool {
	return field != "*" && (!strings.HasPrefix(field, "_") || field == "_key" || field == "_time")
}

// filling returns the rule that gives the rows of a write.
func (s *Shelf) filling(b *Rule, write int) *Rule {
	d := *b.Detection
	d.Answer, d.Schedule, d.Tests = nil, nil, nil
	return &Rule{Detection: &d, Search: b.Search, Content: b.Content, reread: b.reread, Relower: func(m Moment) (plan.Node, error) {
		search, err := b.reread(m, s.reading(b, m))
		if err != nil {
			return nil, err
		}
		if write >= len(search.Writes) {
			return nil, fmt.Errorf("the search does not write %s at this time", b.Search.Writes[write].Lookup)
		}
		return search.Writes[write].Node, nil
	}}
}

// order puts those that only write a table before those that read it.
func (s *Shelf) order() {
	reads := func(f *Fill, of shelved) bool {
		return slices.ContainsFunc(f.Rule.Search.Reads, func(name string) bool { return shelvedAs(f.Rule, name) == of })
	}
	left := s.Fills
	s.Fills = nil
	for len(left) > 0 {
		next := 0
		for i, f := range left {
			waits := slices.ContainsFunc(left, func(o *Fill) bool {
				return o.Baseline != f.Baseline && reads(f, o.of) && (o.of != f.of || !reads(o, o.of))
			})
			if !waits {
				next = i
				break
			}
		}
		s.Fills, left = append(s.Fills, left[next]), slices.Delete(slices.Clone(left), next, next+1)
	}
}

// prepare splits the plans of baselines, and of the rules that read what they write, in such a way that what is asked of single events does
// not depend on the tables. What cannot be split so stays as it is, or is lost.
func (s *Shelf) prepare() {
	problems := make([]error, len(s.Fills))
	detection.ForEach(len(s.Fills), 0, func(i int) { problems[i] = s.Fills[i].Rule.splitForTables() })
	var fills []*Fill
	for i, f := range s.Fills {
		if problems[i] != nil {
			s.Lost = append(s.Lost, Unfill{Baseline: f.Baseline, Table: f.Table, Why: problems[i].Error()})
			continue
		}
		fills = append(fills, f)
	}
	s.Fills = fills
	filled := map[shelved]bool{}
	for _, f := range fills {
		filled[f.of] = true
	}
	var readers []int
	for i, r := range s.rules {
		if r.Refused || r.IsBaseline() || r.Search == nil || r.reread == nil || r.Content == nil ||
			!slices.ContainsFunc(r.Search.Reads, func(name string) bool { return filled[shelvedAs(r, name)] }) {
			continue
		}
		readers = append(readers, i)
	}
	problems = make([]error, len(readers))
	variants := make([]*Rule, len(readers))
	detection.ForEach(len(readers), 0, func(i int) {
		r := s.rules[readers[i]]
		v := *r
		v.Relower = func(m Moment) (plan.Node, error) {
			search, err := r.reread(m, s.reading(r, m))
			if err != nil {
				return nil, err
			}
			return search.Plan, nil
		}
		problems[i], variants[i] = v.splitForTables(), &v
	})
	for i, number := range readers {
		if problems[i] != nil {
			s.Lost = append(s.Lost, Unfill{Baseline: s.rules[number].Detection, Why: "it reads the tables as they are: " + problems[i].Error()})
			continue
		}
		s.rules[number] = variants[i]
	}
	s.trial = false
}

// splitForTables sets the feeds of a rule to what its plans for two moments, at which its tables differ in a trial, ask both.
func (r *Rule) splitForTables() error {
	var plans [len(moments)]plan.Node
	for i, m := range moments {
		var err error
		if plans[i], err = r.lower(m); err != nil {
			return err
		}
	}
	feeds, err := common(feedsOf(plan.Feeds(plans[0])), feedsOf(plan.Feeds(plans[1])))
	if err != nil {
		return err
	}
	for i := range feeds {
		feeds[i].Implied = nil // it may follow from the rows of a table
	}
	r.Feeds, r.Plan, r.Rest, r.Single = feeds, plans[0], unsuppressed(plans[0]), false
	return nil
}

// Rules returns the rules that were given to NewShelf, in their order; those that read tables of the shelf read them there once they are
// lowered for a search, which must be after the tables were filled.
func (s *Shelf) Rules() []*Rule { return s.rules }

// reading returns what a rule finds where it asks for lookups. In a trial there are rows that stand for any, which differ by the moment,
// so that nothing that is asked of events can follow from them.
func (s *Shelf) reading(r *Rule, m Moment) func(of func(string) (*spl.Lookup, bool)) func(string) (*spl.Lookup, bool) {
	return func(known func(string) (*spl.Lookup, bool)) func(string) (*spl.Lookup, bool) {
		return func(name string) (*spl.Lookup, bool) {
			s.lock.Lock()
			filled := s.table[shelvedAs(r, name)]
			s.lock.Unlock()
			l, ok := known(name)
			if filled == nil {
				return l, ok
			}
			t := *filled
			if ok { // another lookup on the same table may compare otherwise
				t.Name, t.Match, t.CaseFold, t.Min, t.Max, t.Default = l.Name, l.Match, l.CaseFold, l.Min, l.Max, l.Default
			}
			if s.trial {
				any := make([]string, len(t.Fields))
				for i, field := range t.Fields {
					any[i] = fmt.Sprintf("any %d", m.Now)
					if t.Match[field] == spl.MatchCIDR {
						any[i] = fmt.Sprintf("192.0.2.%d/32", m.Now%251)
					}
				}
				t.Rows = append(slices.Clone(t.Rows), any)
			}
			t.Share()
			return &t, true
		}
	}
}

// Put writes rows to the table of a fill, as outputlookup does: in the place of those that are there, behind them, or, with a key, in the
// place of those with the same. It returns how many rows were written, and how many the table then has. The names of the fields of a row
// must be unique; a value of several is written one a line.
func (s *Shelf) Put(f *Fill, rows []event.Record) (wrote, has int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	t := *s.table[f.of]
	w := f.write
	if w.Most > 0 && int64(len(rows)) > w.Most {
		rows = rows[:w.Most]
	}
	if len(rows) == 0 && (w.KeepIfEmpty || w.Append || w.Key != "") {
		return 0, len(t.Rows)
	}
	column := map[string]int{}
	for i, name := range t.Fields {
		column[name] = i
	}
	if len(t.Fields) == 0 {
		for _, row := range rows {
			for _, field := range row.Fields {
				if _, known := column[field.Name.Text]; !known && written(field.Name.Text) {
					column[field.Name.Text] = len(t.Fields)
					t.Fields = append(t.Fields, field.Name.Text)
				}
			}
		}
	}
	var kept [][]string
	if w.Append || w.Key != "" {
		kept = slices.Clone(t.Rows)
	}
	place := map[string]int{}
	key, keyed := column[w.Key]
	if keyed = keyed && w.Key != ""; keyed {
		for i, row := range kept {
			if key < len(row) {
				place[row[key]] = i
			}
		}
	}
	for _, row := range rows {
		cells := make([]string, len(t.Fields))
		for _, field := range row.Fields {
			if i, known := column[field.Name.Text]; known {
				cells[i] = cellText(field.Value)
			}
		}
		if keyed {
			if i, known := place[cells[key]]; known {
				kept[i] = cells
				continue
			}
			place[cells[key]] = len(kept)
		}
		kept = append(kept, cells)
	}
	t.Rows = kept
	s.table[f.of] = &t
	return len(rows), len(kept)
}

// cellText writes a value into a cell.
func cellText(v event.Value) string {
	text := fn.ByName("spl_text").Eval([]event.Value{v})
	if text.IsNull() {
		return ""
	}
	if text.List() == nil {
		return text.Text()
	}
	var lines []string
	for _, e := range text.List() {
		lines = append(lines, e.Text())
	}
	return strings.Join(lines, "\n")
}

func firstErrorOf(r *Rule) string {
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Error {
			return d.Message
		}
	}
	return "it has no plan"
}
