package stream

import (
	"bytes"
	"encoding/binary"
	"sort"
	"unsafe"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// Matcher asks a Set about events, one after the other. Each goroutine must have a Matcher of its own.
type Matcher struct {
	set  *Set
	kind *kind
	form *form // of the kind

	event *event.Event
	row   eval.Row
	epoch uint32 // counts events; a stamp that is not equal to it is of an earlier one
	lends uint32 // the event that the row has the carrier's columns of

	slots   []slotState
	atoms   []atomState
	rules   []uint32 // stamps
	found   []int32
	matched []int
	texts   []byte // decoded and folded texts of the current event
	values  []textValue
	states  map[*form]*state
}

// state is the part of a Matcher that belongs to one form.
type state struct {
	slots []slotState
	atoms []atomState
	rules []uint32
}

type slotState struct {
	stamp  uint32 // the record has been searched for the slot's field
	texted uint32 // its texts are made
	rank   uint8
	fields int32       // how many fields of that rank there are
	nested bool        // its value is a list or an object
	value  event.Value // of the first of them
	from   int32       // its texts in values
	to     int32
}

type atomState struct {
	stamp uint32 // truth is known
	hint  uint32 // a literal of the atom was found, which leaves it open
	truth truth
}

// textValue is one text of a slot, as it is and folded. They are one slice where folding changes nothing.
type textValue struct{ text, folded []byte }

// NewMatcher returns a Matcher of the set.
func (s *Set) NewMatcher() *Matcher {
	return &Matcher{set: s, states: map[*form]*state{}}
}

// Match returns the rules that hold for an event, ascending. The slice is valid until the next call.
func (m *Matcher) Match(ev *event.Event) []int {
	m.matched = m.matched[:0]
	m.use(m.set.kind(ev.Class))
	k := m.kind
	if len(k.rules) == 0 {
		return nil
	}
	m.begin(ev)
	for _, s := range k.scanned {
		m.search(s)
	}
	for _, r := range k.always {
		m.candidate(r)
	}
	if len(m.found) == 0 {
		return nil
	}
	for _, r := range m.found {
		if m.test(k.rules[r].test) == yes {
			m.matched = append(m.matched, k.rules[r].id)
		}
	}
	sort.Ints(m.matched)
	return m.matched
}

// use makes the matcher's state that of a kind.
func (m *Matcher) use(k *kind) {
	if m.kind == k {
		return
	}
	m.kind = k
	if m.form == k.form {
		return
	}
	st := m.states[k.form]
	if st == nil {
		st = &state{make([]slotState, len(k.slots)), make([]atomState, len(k.atoms)), make([]uint32, len(k.rules))}
		if len(m.states) > maxKinds {
			clear(m.states)
		}
		m.states[k.form] = st
	}
	m.form, m.slots, m.atoms, m.rules = k.form, st.slots, st.atoms, st.rules
}

// begin notes which field of the record answers each slot.
func (m *Matcher) begin(ev *event.Event) {
	m.epoch++
	if m.epoch == 0 { // every stamp of four billion events ago would look fresh
		m.epoch, m.lends = 1, 0
		for _, st := range m.states {
			clear(st.slots)
			clear(st.atoms)
			clear(st.rules)
		}
	}
	m.event = ev
	m.row.Record, m.row.Raw, m.row.FreeText = &ev.Record, ev.Raw, ev.FreeText
	m.found = m.found[:0]
	m.texts = m.texts[:0]
	m.values = m.values[:0]
	fields := ev.Record.Fields
	for i := range fields {
		f := &fields[i]
		if f.Value.IsAbsent() {
			continue
		}
		for _, t := range m.kind.names.targets(f.Name) {
			s := &m.slots[t.slot]
			switch {
			case s.stamp != m.epoch || t.rank < s.rank:
				if isPath(t.rank) && m.form.slots[t.slot].along(&ev.Record, t.rank).IsAbsent() {
					continue
				}
				s.stamp, s.rank, s.fields, s.value = m.epoch, t.rank, 1, f.Value
			case t.rank == s.rank:
				s.fields++
			}
		}
	}
}

// lent returns the row of the event, with the columns of the carrier if some expression reads them.
func (m *Matcher) lent() *eval.Row {
	if m.form.carried != 0 && m.lends != m.epoch {
		m.lends = m.epoch
		m.form.carried.lend(&m.row, m.event)
	}
	return &m.row
}

// slotValue returns what a slot's field holds; the absent Value if the record has none.
func (m *Matcher) slotValue(i int32) event.Value {
	s, def := &m.slots[i], &m.form.slots[i]
	switch {
	case s.stamp != m.epoch:
		return event.Value{}
	case isPath(s.rank):
		return def.along(&m.event.Record, s.rank)
	case s.fields > 1:
		if s.rank == rankExact {
			return m.event.Record.Get(def.field.Name)
		}
		return m.event.Record.Lookup(def.field.Name)
	}
	return s.value
}

// textsOf makes the texts of a slot, once for each event.
func (m *Matcher) textsOf(i int32) []textValue {
	s := &m.slots[i]
	if s.texted != m.epoch {
		s.texted = m.epoch
		s.from, s.nested = int32(len(m.values)), false
		switch def := &m.form.slots[i]; {
		case def.everything:
			for f := range m.event.Record.Fields {
				m.addTexts(m.event.Record.Fields[f].Value, true)
			}
			if m.event.FreeText && len(m.event.Raw) > 0 {
				m.addBytes(m.event.Raw)
			}
		case def.raw && m.event.Raw != nil:
			m.addBytes(m.event.Raw)
		case def.made != nil:
			m.addValue(s, def.made.compiled().Value(m.lent()))
			m.overflow()
		case s.stamp == m.epoch && s.fields > 1 && s.rank == rankExact:
			s.nested = true
			for f := range m.event.Record.Fields {
				if field := &m.event.Record.Fields[f]; field.Name.Text == def.field.Name {
					m.addTexts(field.Value, false)
				}
			}
		default:
			m.addValue(s, m.slotValue(i))
		}
		s.to = int32(len(m.values))
	}
	return m.values[s.from:s.to]
}

// addValue adds the texts of a slot's value.
func (m *Matcher) addValue(s *slotState, v event.Value) {
	s.nested = v.Kind() == event.List || v.Kind() == event.Object
	m.addTexts(v, false)
}

// overflow takes back what a program noted that made too much of an event, or had no whole answer; what it was to decide is
// unknown.
func (m *Matcher) overflow() bool {
	over := m.row.Overflow || m.row.Failed != ""
	if over {
		m.row.Overflow, m.row.Failed = false, ""
		m.set.overflows.Add(1)
	}
	return over
}

// addTexts adds the text of a value, or those of its elements; with deep also those within objects, which otherwise count as
// one text, their JSON.
func (m *Matcher) addTexts(v event.Value, deep bool) {
	switch v.Kind() {
	case event.Null:
		return
	case event.List:
		for _, e := range v.List() {
			m.addTexts(e, deep)
		}
		return
	case event.Object:
		if deep {
			for _, f := range v.Object().Fields {
				m.addTexts(f.Value, deep)
			}
			return
		}
	}
	m.addText(v)
}

func (m *Matcher) addText(v event.Value) {
	if plain, ok := v.Plain(); ok {
		m.addBytes(unsafe.Slice(unsafe.StringData(plain), len(plain)))
		return
	}
	from := len(m.texts)
	m.texts = v.AppendText(m.texts)
	m.addBytes(m.texts[from:len(m.texts):len(m.texts)])
}

// addBytes adds a text that stays where it is. Texts made earlier survive the growth of m.texts in its old memory.
func (m *Matcher) addBytes(text []byte) {
	from := len(m.texts)
	m.texts = event.AppendFold(m.texts, text)
	m.values = append(m.values, textValue{text, m.texts[from:len(m.texts):len(m.texts)]})
}

// search looks for the literals of a slot.
func (m *Matcher) search(i int32) {
	s := &m.form.slots[i]
	if s.field != nil && m.slots[i].stamp != m.epoch {
		return
	}
	x := s.index.get()
	texts := m.textsOf(i)
	if x.parts != nil && m.slots[i].nested {
		for _, id := range x.parts {
			m.hint(&x.trigger[id])
		}
	}
	for _, v := range texts {
		if x.cased != nil && !isASCII(v.text) {
			for _, id := range x.cased {
				m.hint(&x.trigger[id])
			}
		}
		if x.wholes != nil {
			for _, id := range x.wholes[string(v.folded)] {
				m.hit(x, id, v)
			}
		}
		if x.starts.table != nil {
			m.searchEnds(x, &x.starts, v, false)
		}
		if x.ends.table != nil {
			m.searchEnds(x, &x.ends, v, true)
		}
		for i := range x.few {
			if few := &x.few[i]; bytes.Contains(v.folded, few.text) {
				m.hit(x, few.trigger, v)
			}
		}
		for w := 4; w > 0; w-- {
			if t := &x.inside.widths[w]; t.heads != nil {
				m.searchInside(x, t, w, v)
			}
		}
	}
}

func (m *Matcher) searchEnds(x *index, a *anchored, v textValue, reverse bool) {
	text := v.folded
	h := uint64(hashSeed)
	for n := 1; n <= len(text) && n <= a.longest; n++ {
		if reverse {
			h = hashStep(h, text[len(text)-n])
		} else {
			h = hashStep(h, text[n-1])
		}
		if a.lengths[n/64]&(1<<(n%64)) == 0 || !a.has(h) {
			continue
		}
		for _, id := range a.table[h] {
			want := x.trigger[id].text
			end := text[:min(n, len(text))]
			if reverse {
				end = text[len(text)-n:]
			}
			if want == string(end) {
				m.hit(x, id, v)
			}
		}
	}
}

// searchInside looks up the groups of one width at every position of a text.
func (m *Matcher) searchInside(x *index, t *gramTable, width int, v textValue) {
	text := v.folded
	i := 0
	if width == 4 {
		i = m.searchWide(x, t, v)
	}
	for ; i+width <= len(text); i++ {
		if gram := gramAt(text, i, width); t.has(gram) {
			m.foundGram(x, t, gram, i, v)
		}
	}
}

// searchWide looks up groups of four bytes, four positions at a time, and returns the first position that it left.
func (m *Matcher) searchWide(x *index, t *gramTable, v textValue) int {
	text, bitmap, shift := v.folded, t.bitmap, t.shift
	i := 0
	for ; i+8 <= len(text); i += 4 {
		w := binary.LittleEndian.Uint64(text[i:])
		a := uint32(w) * gramFactor >> shift
		b := uint32(w>>8) * gramFactor >> shift
		c := uint32(w>>16) * gramFactor >> shift
		d := uint32(w>>24) * gramFactor >> shift
		hits := bitmap[a/64]>>(a%64) | bitmap[b/64]>>(b%64) | bitmap[c/64]>>(c%64) | bitmap[d/64]>>(d%64)
		if hits&1 == 0 {
			continue
		}
		for j := range 4 {
			if gram := uint32(w >> (8 * j)); t.has(gram) {
				m.foundGram(x, t, gram, i+j, v)
			}
		}
	}
	return i
}

// foundGram compares the literals that are filed under a group with the text around it.
func (m *Matcher) foundGram(x *index, t *gramTable, gram uint32, at int, v textValue) {
	text := v.folded
	for _, e := range t.heads[gram] {
		want := x.trigger[e.trigger].text
		from := at - int(e.offset)
		if from >= 0 && from+len(want) <= len(text) && string(text[from:from+len(want)]) == want {
			m.hit(x, e.trigger, v)
		}
	}
}

// hit notes that a literal was found: its rules become candidates. Its atom is true if the literal is all that the pattern
// asks, or if a quick look says so; a regular expression waits until a candidate needs it.
func (m *Matcher) hit(x *index, id int32, v textValue) {
	t := &x.trigger[id]
	a, def := &m.atoms[t.atom], &m.form.atoms[t.atom]
	switch {
	case a.stamp == m.epoch && a.truth == yes:
	case t.derived:
		a.hint = m.epoch
	case t.exact:
		if !def.match.All {
			a.stamp, a.truth = m.epoch, yes
		}
	case def.match.Op == plan.Regexp:
		a.hint = m.epoch
	case !def.shared.build().MatchOne(int(t.pattern), v.text, v.folded):
		return
	case !def.match.All:
		a.stamp, a.truth = m.epoch, yes
	}
	for _, r := range def.rules {
		m.candidate(r)
	}
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// hint notes that the atom of a literal may hold.
func (m *Matcher) hint(t *trigger) {
	m.atoms[t.atom].hint = m.epoch
	for _, r := range m.form.atoms[t.atom].rules {
		m.candidate(r)
	}
}

func (m *Matcher) candidate(r int32) {
	if m.rules[r] != m.epoch {
		m.rules[r] = m.epoch
		m.found = append(m.found, r)
	}
}

// test evaluates a predicate for the current event.
func (m *Matcher) test(t *test) truth {
	switch t.op {
	case testTrue:
		return yes
	case testNull:
		return null
	case testAtom:
		return m.atom(t.atom)
	case testNot:
		switch m.test(t.list[0]) {
		case yes:
			return no
		case no:
			return yes
		}
		return null
	case testAnd:
		result := yes
		for _, x := range t.list {
			switch m.test(x) {
			case no:
				return no
			case null:
				result = null
			}
		}
		return result
	case testOr:
		result := no
		for _, x := range t.list {
			switch m.test(x) {
			case yes:
				return yes
			case null:
				result = null
			}
		}
		return result
	}
	return no
}

func (m *Matcher) atom(i int32) truth {
	a := &m.atoms[i]
	if a.stamp == m.epoch {
		return a.truth
	}
	result := no
	switch def := &m.form.atoms[i]; {
	case def.null:
		if m.slotValue(def.slot).IsNull() {
			result = yes
		}
	case def.asks != nil:
		verdict := def.asks.compiled().Verdict(m.lent())
		if m.overflow() {
			verdict = eval.Unknown
		}
		switch verdict {
		case eval.True:
			result = yes
		case eval.Unknown:
			result = null
		}
	case def.complete && a.hint != m.epoch:
	case m.holds(def):
		result = yes
	}
	a.stamp, a.truth = m.epoch, result
	return result
}

// holds evaluates a Match over the texts of its slot.
func (m *Matcher) holds(a *atom) bool {
	texts := m.textsOf(a.slot)
	matcher := a.shared.build()
	if !a.match.All || len(texts) == 1 {
		for _, v := range texts {
			if matcher.Match(v.text, v.folded) {
				return true
			}
		}
		return false
	}
	for p := range a.match.Patterns {
		met := false
		for _, v := range texts {
			if matcher.MatchOne(p, v.text, v.folded) {
				met = true
				break
			}
		}
		if !met {
			return false
		}
	}
	return len(texts) > 0
}
