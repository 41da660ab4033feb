package escu

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// Content comes from strangers: these are the sizes beyond which it is refused rather than read.
var limits = yamltext.Limits{Text: 16 << 20, Document: 8 << 20, Nodes: 200_000, Depth: 32}

// maxComplaints bounds the diagnostics about one file.
const maxComplaints = 200

// reader reads one file and gathers the complaints about it.
type reader struct {
	source *diag.Source
	places *yamltext.Places // of YAML
	list   diag.List
	said   int
	room   *room // while a document is read
}

// room are maps to be used again, of which the first are those of this document.
type room struct {
	maps []*fields
	used int
}

var rooms = sync.Pool{New: func() any { return &room{} }}

// maxRoom bounds the maps that are kept for other documents.
const maxRoom = 256

// next returns a map to be used until release.
func (r *room) next() *fields {
	if r.used == len(r.maps) {
		r.maps = append(r.maps, &fields{})
	}
	r.used++
	return r.maps[r.used-1]
}

func (r *room) release() {
	for _, f := range r.maps[:r.used] {
		clear(f.list)
		clear(f.asked)
		*f = fields{list: f.list[:0], asked: f.asked[:0]}
	}
	r.maps, r.used = r.maps[:min(len(r.maps), maxRoom)], 0
	rooms.Put(r)
}

func (r *reader) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Error, span, code, format, args...)
}

func (r *reader) warnf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Warning, span, code, format, args...)
}

// complain adds a diagnostic. Of those beyond maxComplaints it adds one, which says so.
func (r *reader) complain(severity diag.Severity, span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	if r.said++; r.said > maxComplaints+1 {
		return &diag.Diagnostic{}
	} else if r.said == maxComplaints+1 {
		severity, code, format, args = diag.Error, "escu-too-many-complaints", "more than %d complaints about this file; the rest is not shown", []any{maxComplaints}
	}
	r.list.Add(diag.Diagnostic{Code: code, Severity: severity, Source: r.source, Span: span, Message: fmt.Sprintf(format, args...)})
	return &r.list[len(r.list)-1]
}

// suggest puts the candidate that is most like a word into the hint of a complaint.
func suggest(d *diag.Diagnostic, word string, candidates []string) {
	if d.Code == "" { // one complaint too many, which is not shown
		return
	}
	near := diag.Nearest(word, candidates)
	if near == "" {
		near = holding(word, candidates)
	}
	if near != "" && digits.ReplaceAllString(near, "") != digits.ReplaceAllString(word, "") {
		d.Hint = "did you mean " + near + "?"
	}
}

// digits are what tells Sysmon's events 14 and 15 apart: a name that differs in them alone was not misspelled.
var digits = regexp.MustCompile(`[0-9]+`)

// holding returns the shortest candidate that has all words of a name among its own; empty if there is none.
func holding(name string, candidates []string) string {
	best := ""
	words := strings.Fields(strings.ToLower(name))
	for _, c := range candidates {
		if len(words) < 2 || best != "" && len(c) >= len(best) {
			continue
		}
		own := map[string]bool{}
		for _, w := range strings.Fields(strings.ToLower(c)) {
			own[w] = true
		}
		all := true
		for _, w := range words {
			all = all && own[w]
		}
		if all {
			best = c
		}
	}
	return best
}

// document calls read with the entries of the one document of a YAML file. Neither they nor a word's node may be used once read has
// returned.
func (r *reader) document(what string, read func(f *fields)) {
	r.places = yamltext.New(r.source)
	r.places.Fleeting = true
	r.room = rooms.Get().(*room)
	defer func() {
		r.room.release()
		r.room = nil
	}()
	documents := 0
	r.places.Documents(limits, func(root *yaml.Node) {
		if documents++; documents > 1 {
			r.errorf(r.places.At(root), "escu-several", "a file holds one %s; this is another document", what).Hint = "put it into a file of its own"
			return
		}
		f := r.fields(what, root)
		if f == nil {
			return
		}
		read(f)
		f.done()
	}, r.problem)
}

func (r *reader) problem(p yamltext.Problem) {
	r.errorf(p.Span, "escu-"+p.What, "%s", p.Message).Hint = p.Hint
}

// word is a scalar with its place.
type word struct {
	Text string
	node *yaml.Node
}

// fields are the entries of a map of which the reader asks for those it knows; done complains about the others.
type fields struct {
	r     *reader
	what  string // whose they are: "detection", "tags"
	node  *yaml.Node
	list  []yamltext.Pair
	asked []string
}

// fields returns the entries of a node, or nil if it is no map.
func (r *reader) fields(what string, n *yaml.Node) *fields {
	if n.Kind != yaml.MappingNode {
		r.errorf(r.places.At(n), "escu-type", "%s must be a map, not %s", what, shape(n))
		return nil
	}
	f := r.room.next()
	f.r, f.what, f.node, f.list = r, what, n, r.places.PairsIn(f.list, n, r.problem)
	return f
}

// shape names the kind of a node.
func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	return "text"
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// entry returns the entry of a key; nil if it is absent or null.
func (f *fields) entry(key string) *yamltext.Pair {
	if f == nil {
		return nil
	}
	f.known(key)
	for i := range f.list {
		if f.list[i].Key.Value == key {
			if isNull(f.list[i].Value) {
				return nil
			}
			return &f.list[i]
		}
	}
	return nil
}

// has says whether a key is there with a value.
func (f *fields) has(key string) bool { return f.entry(key) != nil }

// known declares keys that may stand there and say nothing that is needed.
func (f *fields) known(keys ...string) {
	f.asked = append(f.asked, keys...)
}

// place returns where a key stands, or where the map begins.
func (f *fields) place(key string) diag.Span {
	if e := f.entry(key); e != nil {
		return f.r.places.Span(e.Key)
	}
	return f.r.places.At(f.node)
}

// done complains about keys that nobody asked for.
func (f *fields) done() {
	if f == nil {
		return
	}
	for _, e := range f.list {
		if !slices.Contains(f.asked, e.Key.Value) {
			d := f.r.warnf(f.r.places.Span(e.Key), "escu-unknown-key", "unknown key %q in the %s", e.Key.Value, f.what)
			suggest(d, e.Key.Value, f.asked)
		}
	}
}

// word returns a scalar; the zero word if there is none.
func (f *fields) word(key string) word {
	e := f.entry(key)
	if e == nil {
		return word{}
	}
	if e.Value.Kind != yaml.ScalarNode {
		if f.r.complained(f.r.places.Span(e.Key), "escu-type") {
			return word{}
		}
		f.r.errorf(f.r.places.Span(e.Key), "escu-type", "%s must be text, not %s", key, shape(e.Value))
		return word{}
	}
	return word{e.Value.Value, e.Value}
}

// text returns a scalar without blanks around it.
func (f *fields) text(key string) string { return strings.TrimSpace(f.word(key).Text) }

// must returns a scalar that has to be there.
func (f *fields) must(key string) word {
	w := f.word(key)
	if strings.TrimSpace(w.Text) == "" {
		f.missing(diag.Error, key)
	}
	return w
}

// missing complains about a key that is absent or empty.
func (f *fields) missing(severity diag.Severity, key string) {
	if f.r.complained(f.place(key), "escu-type") {
		return
	}
	f.r.complain(severity, f.place(key), "escu-missing-key", "%s is missing in the %s", key, f.what)
}

// complained says whether a complaint of a code about a place was made before.
func (r *reader) complained(span diag.Span, code string) bool {
	for _, d := range r.list {
		if d.Code == code && d.Span == span {
			return true
		}
	}
	return false
}

// words returns a list of scalars; one alone is taken as a list of one.
func (f *fields) words(key string) []word {
	e := f.entry(key)
	if e == nil {
		return nil
	}
	switch e.Value.Kind {
	case yaml.ScalarNode:
		if strings.TrimSpace(e.Value.Value) == "" {
			return nil
		}
		return []word{{e.Value.Value, e.Value}}
	case yaml.MappingNode:
		f.r.errorf(f.r.places.Span(e.Key), "escu-type", "%s must be a list of texts, not a map", key)
		return nil
	}
	list := make([]word, 0, len(e.Value.Content))
	for _, n := range e.Value.Content {
		if n = yamltext.Follow(n); n.Kind != yaml.ScalarNode {
			f.r.errorf(f.r.places.At(n), "escu-type", "%s must be a list of texts; this is %s", key, shape(n))
			continue
		}
		if !isNull(n) {
			list = append(list, word{n.Value, n})
		}
	}
	return list
}

// texts returns a list of scalars without blanks around them.
func (f *fields) texts(key string) []string { return textsOf(f.words(key)) }

func textsOf(words []word) []string {
	var list []string
	for _, w := range words {
		list = append(list, strings.TrimSpace(w.Text))
	}
	return list
}

// sub returns the map of a key; nil if there is none.
func (f *fields) sub(key string) *fields {
	e := f.entry(key)
	if e == nil {
		return nil
	}
	return f.r.fields(key, e.Value)
}

// each returns the maps of the list of a key; one alone is taken as a list of one.
func (f *fields) each(key string) []*fields {
	e := f.entry(key)
	if e == nil {
		return nil
	}
	items := []*yaml.Node{e.Value}
	if e.Value.Kind == yaml.SequenceNode {
		items = e.Value.Content
	}
	var list []*fields
	for _, n := range items {
		if sub := f.r.fields("entry of "+key, yamltext.Follow(n)); sub != nil {
			list = append(list, sub)
		}
	}
	return list
}

// number returns a number between two bounds; ok is false if there is none.
func (f *fields) number(key string, low, high float64) (n float64, ok bool) {
	w := f.word(key)
	if w.node == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(w.Text), 64)
	if err != nil || n < low || n > high || n != n {
		f.r.errorf(f.r.places.Span(w.node), "escu-number", "%s must be a number from %.0f to %.0f, not %q", key, low, high, w.Text)
		return 0, false
	}
	return n, true
}

// integer returns a whole number between two bounds; ok is false if there is none.
func (f *fields) integer(key string, low, high int) (n int, ok bool) {
	x, ok := f.number(key, float64(low), float64(high))
	if ok && x != float64(int(x)) {
		f.r.errorf(f.r.places.Span(f.word(key).node), "escu-number", "%s must be a whole number, not %s", key, f.text(key))
		return 0, false
	}
	return int(x), ok
}

// truth returns whether a key says yes, as YAML or Splunk spell it; otherwise if there is none.
func (f *fields) truth(key string, otherwise bool) bool {
	w := f.word(key)
	if w.node == nil {
		return otherwise
	}
	yes, ok := truthOf(w.Text)
	if !ok {
		f.r.errorf(f.r.places.Span(w.node), "escu-bool", "%s must be true or false, not %q", key, w.Text)
		return otherwise
	}
	return yes
}

// truthOf reads a bool as Splunk's configuration spells it.
func truthOf(text string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "t", "yes", "y", "enabled":
		return true, true
	case "0", "false", "f", "no", "n", "disabled":
		return false, true
	}
	return false, false
}

// oneOf warns of a word that is none of those that Splunk's tool takes.
func (f *fields) oneOf(w word, what, code string, names []string) {
	if w.node == nil {
		return
	}
	f.r.oneOf(strings.TrimSpace(w.Text), f.r.places.Span(w.node), what, code, names)
}

func (r *reader) oneOf(text string, span diag.Span, what, code string, names []string) {
	for _, name := range names {
		if text == name {
			return
		}
	}
	d := r.warnf(span, code, "unknown %s %q", what, text)
	suggest(d, text, names)
	if d.Hint == "" && len(names) < 12 {
		d.Hint = "it is one of " + strings.Join(names, ", ")
	}
}

// both returns a list that stands in a map or, in older layouts, in its tags.
func both(top, tags *fields, key string) []string { return textsOf(bothWords(top, tags, key)) }

func bothWords(top, tags *fields, key string) []word {
	if words := top.words(key); words != nil {
		if tags != nil {
			tags.known(key)
		}
		return words
	}
	if tags == nil {
		return nil
	}
	return tags.words(key)
}

// bothWord returns a scalar that stands in a map or, in older layouts, in its tags.
func bothWord(top, tags *fields, key string) word {
	if w := top.word(key); w.node != nil {
		if tags != nil {
			tags.known(key)
		}
		return w
	}
	if tags == nil {
		return word{}
	}
	return tags.word(key)
}

// date returns the day something was written, under its older or newer name.
func (f *fields) date() string {
	if date := f.text("creation_date"); date != "" {
		f.known("date")
		return date
	}
	return f.text("date")
}
