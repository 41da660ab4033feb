package spl

import (
	"math"
	"strings"

	"goshawk/diag"
)

const maxRows = math.MaxInt64

// source is where rows come from by name: a data set, a lookup, a saved search; or a subsearch.
type source struct {
	kind string // "datamodel", "lookup", "savedsearch"
	name value
	sub  *pipeline
}

// sourceKinds are the words in front of a name that say what it is the name of.
var sourceKinds = map[string]string{
	"datamodel": "datamodel", "lookup": "lookup", "inputlookup": "lookup", "savedsearch": "savedsearch", "report": "savedsearch",
}

// isSource says whether a source follows that is written as kind:name.
func (a *args) isSource() bool {
	a.blank()
	kind, _, ok := strings.Cut(a.text[a.pos:a.bare()], ":")
	return ok && sourceKinds[strings.ToLower(kind)] != ""
}

// source reads a source, written as kind:name, kind:"name" or kind name.
func (a *args) source() (*source, bool) {
	a.blank()
	start := a.pos
	word, name, colon := strings.Cut(a.text[a.pos:a.bare()], ":")
	s := &source{kind: sourceKinds[strings.ToLower(word)]}
	if s.kind == "" {
		d := a.errorf(a.here(), "spl-from", "what %s is must be said in front of it", clip(a.text[start:a.bare()]))
		d.Hint = "write datamodel:, lookup: or savedsearch: and the name"
		if near := diag.Nearest(strings.ToLower(word), sortedNames(sourceKinds)); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return nil, false
	}
	a.pos = a.bare()
	if colon && name != "" {
		s.name = value{text: name, span: diag.Span{Start: a.pos - len(name), End: a.pos}}
		return s, true
	}
	var ok bool
	if s.name, ok = a.value(); !ok {
		a.errorf(a.here(), "spl-from", "a name must stand behind %s", word)
		return nil, false
	}
	return s, true
}

// sourceRows returns the rows of a source, at most so many; 0: all.
func (l *lowering) sourceRows(s *source, most int64) *relation {
	switch {
	case s.sub != nil:
		l.nested++
		defer func() { l.nested-- }()
		return l.limited(l.commands(s.sub.commands, nil, false), most)
	case s.kind == "datamodel":
		d, ok := l.dataset(s.name, "")
		if !ok {
			return nil
		}
		return l.limited(l.flatEvents(d, false), most)
	case s.kind == "lookup":
		return l.limited((&inputLookupStage{table: s.name, most: maxRows}).lower(l, nil), most)
	}
	return l.limited(l.saved(s.name, nil), most)
}
