package eval

import (
	"strconv"

	"goshawk/event"
	"goshawk/plan"
)

// compiledMatch is a Match with what was made of it.
type compiledMatch struct {
	matcher *Matcher
	subject valueFunc // nil: everything
	truth   truthFunc
}

func (c *compiler) match(e *plan.Match) truthFunc {
	m, err := NewMatcher(e.Op, e.Patterns, e.All, e.Fold)
	if err != nil {
		c.fail("%w", err)
		return nil
	}
	compiled := compiledMatch{matcher: m}
	if _, ok := e.Subject.(*plan.Everything); ok {
		compiled.truth = func(f *frame) Verdict { return verdict(f.matchEverything(m)) }
	} else {
		subject := c.value(e.Subject)
		compiled.subject = subject
		compiled.truth = func(f *frame) Verdict { return verdict(f.matchValue(m, subject(f))) }
		if sifted := c.sift(m, e, subject, compiled.truth); sifted != nil {
			compiled.truth = sifted
		}
	}
	if c.matches == nil {
		c.matches = map[*plan.Match]compiledMatch{}
	}
	c.matches[e] = compiled
	return compiled.truth
}

// sift returns the truth of a Match whose subject has a Sieve, where that is of use.
func (c *compiler) sift(m *Matcher, e *plan.Match, subject valueFunc, plain truthFunc) truthFunc {
	if c.sieve == nil {
		return nil
	}
	sieve, number := c.sieve(e.Subject)
	if sieve == nil {
		return nil
	}
	s := newSifter(m, e, func(text string) (int, bool) {
		n, ok := sieve.numbers[text]
		return n, ok
	})
	if s == nil {
		return nil
	}
	return func(f *frame) Verdict {
		if number < len(f.row.Sifted) && f.row.Sifted[number] != nil {
			return verdict(s.match(f, f.row.Sifted[number], subject))
		}
		return plain(f)
	}
}

// MatchValue is the meaning of plan.Match for the value of its subject.
func (m *Matcher) MatchValue(v event.Value) bool {
	f := frames.Get().(*frame)
	ok := f.matchValue(m, v)
	f.release()
	return ok
}

// matchValue is the meaning of plan.Match for the value of its subject.
func (f *frame) matchValue(m *Matcher, v event.Value) bool {
	switch v.Kind() {
	case event.Null:
		return false
	case event.List:
		if !m.all {
			return f.matchAny(m, v)
		}
		f.seen = append(f.seen[:0], make([]bool, m.Len())...)
		left := m.Len()
		f.see(m, v, &left)
		return left == 0 && len(v.List()) > 0
	}
	return f.matchText(m, v)
}

// matchEverything is the meaning of plan.Match over Everything.
func (f *frame) matchEverything(m *Matcher) bool {
	f.seen = append(f.seen[:0], make([]bool, m.Len())...)
	left := m.Len()
	met := func() bool {
		if m.all {
			f.strike(m, &left)
			return left == 0
		}
		return m.Match(f.text, f.folded)
	}
	found := false
	f.row.leaves(func(v event.Value) bool {
		f.read(m, v)
		found = met()
		return !found
	})
	if !found && f.row.prose() {
		f.text = append(f.text[:0], f.row.Raw...)
		f.fold(m)
		found = met()
	}
	return found
}

// matchAny says whether an element of a value, lists opened, meets the matcher.
func (f *frame) matchAny(m *Matcher, v event.Value) bool {
	if v.Kind() != event.List {
		return !v.IsNull() && f.matchText(m, v)
	}
	for _, e := range v.List() {
		if f.matchAny(m, e) {
			return true
		}
	}
	return false
}

// see strikes off the patterns that an element of a value, lists opened, meets.
func (f *frame) see(m *Matcher, v event.Value, left *int) {
	switch v.Kind() {
	case event.Null:
	case event.List:
		for _, e := range v.List() {
			f.see(m, e, left)
		}
	default:
		f.read(m, v)
		f.strike(m, left)
	}
}

// strike strikes off the patterns that the text in the frame meets.
func (f *frame) strike(m *Matcher, left *int) {
	for i := range f.seen {
		if !f.seen[i] && m.MatchOne(i, f.text, f.folded) {
			f.seen[i] = true
			*left--
		}
	}
}

func (f *frame) matchText(m *Matcher, v event.Value) bool {
	f.read(m, v)
	return m.Match(f.text, f.folded)
}

// read puts the text of a value, and its folded form where the matcher needs it, into the frame.
func (f *frame) read(m *Matcher, v event.Value) {
	f.text = v.AppendText(f.text[:0])
	f.fold(m)
}

func (f *frame) fold(m *Matcher) {
	f.folded = f.folded[:0] // what is left of another text must not be taken for this one's
	if m.NeedsFolded() {
		f.folded = event.AppendFold(f.folded, f.text)
	}
}

// leaves gives each single value of the row until visit returns false: those of the record where there is one, else those
// of the columns, lists and objects opened. Nulls are left out, and the raw text is not among them.
func (r *Row) leaves(visit func(event.Value) bool) {
	if r.Record != nil {
		recordLeaves(r.Record, visit)
		return
	}
	for _, v := range r.Columns {
		if !valueLeaves(v, visit) {
			return
		}
	}
}

// prose says whether the raw text is one that Everything reads.
func (r *Row) prose() bool { return r.FreeText && len(r.Raw) > 0 }

func recordLeaves(r *event.Record, visit func(event.Value) bool) bool {
	for _, f := range r.Fields {
		if !valueLeaves(f.Value, visit) {
			return false
		}
	}
	return true
}

func valueLeaves(v event.Value, visit func(event.Value) bool) bool {
	switch v.Kind() {
	case event.Null:
		return true
	case event.List:
		for _, e := range v.List() {
			if !valueLeaves(e, visit) {
				return false
			}
		}
		return true
	case event.Object:
		return recordLeaves(v.Object(), visit)
	}
	return visit(v)
}

// places gives each leaf with its place, the path of names and indexes to it, and then the raw text where it is prose, until visit
// returns false.
func (r *Row) places(visit func(path string, v event.Value) bool) {
	if r.Record != nil {
		if !recordPlaces("", r.Record, visit) {
			return
		}
	} else {
		for i, v := range r.Columns {
			if !valuePlaces("column "+strconv.Itoa(i+1), v, visit) {
				return
			}
		}
	}
	if r.prose() {
		visit("raw text", event.TextValue(string(r.Raw)))
	}
}

func recordPlaces(path string, r *event.Record, visit func(path string, v event.Value) bool) bool {
	if path != "" {
		path += "."
	}
	for _, f := range r.Fields {
		if !valuePlaces(path+f.Name.Text, f.Value, visit) {
			return false
		}
	}
	return true
}

func valuePlaces(path string, v event.Value, visit func(path string, v event.Value) bool) bool {
	switch v.Kind() {
	case event.Null:
		return true
	case event.List:
		for i, e := range v.List() {
			if !valuePlaces(path+"["+strconv.Itoa(i)+"]", e, visit) {
				return false
			}
		}
		return true
	case event.Object:
		return recordPlaces(path, v.Object(), visit)
	}
	return visit(path, v)
}
