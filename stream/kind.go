package stream

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// kind is everything about one class of records.
type kind struct {
	*form
	class *event.Class
	names nameTable
	dead  []Blind // rules of the kind's tables that its records cannot satisfy
}

// form is the rules that can hold for the records of a kind, and what to look for in which field. Kinds for which the same rules
// say the same have one form.
type form struct {
	of      []living
	making  sync.Once // of what follows
	rules   []rule
	always  []int32 // rules evaluated for every event
	slots   []slot
	atoms   []atom
	scanned []int32 // slots that have an index
	carried Carried // the columns of the carrier that expressions read
}

// living is a rule that can hold for the records of a kind, with what it says of them.
type living struct {
	id            int
	guard, simple plan.Expr // the condition of its table, and its own
}

// rule is one rule specialised for a kind.
type rule struct {
	id   int
	test *test
}

// truth is a Kleene truth value.
type truth uint8

const (
	no truth = iota
	yes
	null
)

// test is a predicate over atoms.
type test struct {
	op   testOp
	atom int32
	list []*test
}

type testOp uint8

const (
	testFalse testOp = iota
	testTrue
	testNull
	testAtom
	testAnd
	testOr
	testNot
)

// slot is one subject that predicates look at: a field, a computed value, or every value of the record.
type slot struct {
	field      *plan.Field
	path       []string // the steps of the name of a Loosely field with dots
	made       *subject // of a computed value
	everything bool
	raw        bool          // the text of the event as its carrier has it; where there is none, made
	index      *later[index] // nil: nothing is looked for in it. Records lack most of the fields that rules ask for
}

// atom is one predicate without And, Or and Not, shared by all rules of the kind that contain it.
type atom struct {
	slot   int32 // -1 for one that only a program can decide
	match  *plan.Match
	shared *sharedMatcher
	null   bool     // whether the slot has no value, instead of a match
	asks   *subject // of one that only a program can decide
	rules  []int32  // those that may hold if one of its literals is found
	from   []int32  // the fields in which the literals without which it is false are looked for, where the slot is computed and they are looked for in fields only
	// complete says that every pattern is in the slot's index, so that the atom is false if none of them was found.
	complete bool
}

// specialize builds the kind of a class. Several are built at a time: of what they have in common each step guards its own.
func (s *Set) specialize(class *event.Class) *kind {
	reached := s.reached(class)
	k := &kind{class: class}
	k.names.kind = k
	k.form, k.dead = s.said(class, reached)
	k.making.Do(func() { s.make(k.form) })
	k.names.met = make([]atomic.Bool, len(k.slots))
	return k
}

// reach is a table that records of a kind are in, where they meet a condition; nil: always.
type reach struct {
	*table
	when plan.Expr
}

// reached returns the tables of a kind, ready to be asked of.
func (s *Set) reached(class *event.Class) []reach {
	var list []reach
	for _, t := range s.tables {
		if when, in := s.resolver.Route(t.name, class); in {
			list = append(list, reach{t, when})
			t.ready.Do(func() { s.prepare(t) })
		}
	}
	return list
}

// said returns the form of a kind, which may yet have to be made, and the rules that its records cannot satisfy.
func (s *Set) said(class *event.Class, tables []reach) (f *form, dead []Blind) {
	s.simplifying.Lock()
	defer s.simplifying.Unlock()
	b := &s.builder
	b.begin(s, class)
	live := b.living[:0]
	for _, t := range tables {
		guard, reached := plan.Expr(trueLiteral), true
		if t.when != nil {
			guard = s.subjects.of(b.simplify(t.when)).expr
			reached, _ = verdicts(guard)
		}
		from := len(live)
		if reached {
			live = b.live(live, t.table, guard)
		}
		dead = b.dead(dead, t.table, live[from:])
	}
	b.living = live
	return s.form(live), dead
}

// maxAlike bounds the forms that a new one is compared with, which hostile logs could otherwise multiply.
const maxAlike = 64

// form returns the form of the kinds for which these rules can hold.
func (s *Set) form(live []living) *form {
	var ids maphash.Hash
	ids.SetSeed(formSeed)
	for _, r := range live {
		maphash.WriteComparable(&ids, r.id)
	}
	key := ids.Sum64()
	for _, f := range s.forms[key] {
		if slices.Equal(f.of, live) {
			return f
		}
	}
	f := &form{of: slices.Clone(live)}
	if len(s.forms[key]) < maxAlike && s.count.Load() < maxKinds {
		s.forms[key] = append(s.forms[key], f)
	}
	return f
}

// make makes a form of its rules.
func (s *Set) make(f *form) {
	b, ok := s.formers.Get().(*formBuilder)
	if !ok {
		b = newFormBuilder(s)
	}
	b.begin(f)
	f.rules = make([]rule, len(f.of))
	for i, r := range f.of {
		f.rules[i] = rule{r.id, conjunction([]*test{b.test(r.guard), b.test(r.simple)})}
	}
	b.index()
	b.finish()
	s.formers.Put(b)
}

// formSeed is of this run of the program only; no result depends on it.
var formSeed = maphash.MakeSeed()

// constant returns the fields whose value is the same for all records of a class, if the resolver knows them.
func (s *Set) constant(class *event.Class) func(field string) (event.Value, bool) {
	if r, ok := s.resolver.(interface {
		Constant(class *event.Class, field string) (event.Value, bool)
	}); ok {
		return func(field string) (event.Value, bool) { return r.Constant(class, field) }
	}
	return func(string) (event.Value, bool) { return event.Value{}, false }
}

// builder finds out what rules say of a kind.
type builder struct {
	number    int // of the kind, from 1
	class     *event.Class
	set       *Set
	constant  func(field string) (event.Value, bool)
	columns   map[string]plan.Expr    // what was simplified, by the column's name
	constants map[string]plan.Expr    // by the field's name; nil: it is none
	simple    map[plan.Expr]plan.Expr // what was simplified
	lacks     []presence              // by the number of the column
	living    []living
	lacking   []int
	waiting   []*waiting
	scratch   []plan.Expr
}

// begin makes ready for a kind.
func (b *builder) begin(s *Set, class *event.Class) {
	if b.set == nil {
		b.set, b.columns, b.constants, b.simple = s, map[string]plan.Expr{}, map[string]plan.Expr{}, map[plan.Expr]plan.Expr{}
	}
	b.number++
	b.class, b.constant = class, s.constant(class)
	clear(b.columns)
	clear(b.constants)
	clear(b.simple)
	clear(b.lacks)
}

// formBuilder gathers the slots and atoms of a form.
type formBuilder struct {
	form   *form
	set    *Set
	slotOf map[slotKey]int32
	slots  map[plan.Expr]int32 // those that were looked up
	atomOf map[atomKey]int32
	needs  []*need             // of atoms; nil: not yet known
	tests  map[plan.Expr]*test // of what was simplified
	filed  [][]*need           // by slot: those that have literals there
	atoms  []atom              // room for those of the next form
}

func newFormBuilder(s *Set) *formBuilder {
	return &formBuilder{set: s, slotOf: map[slotKey]int32{}, slots: map[plan.Expr]int32{}, atomOf: map[atomKey]int32{}, tests: map[plan.Expr]*test{}}
}

// begin makes ready for a form.
func (b *formBuilder) begin(f *form) {
	b.form = f
	f.atoms = b.atoms[:0]
}

// finish gives the form what is its own and forgets it.
func (b *formBuilder) finish() {
	b.atoms = b.form.atoms
	b.form.atoms = slices.Clone(b.atoms)
	b.form = nil
	clear(b.slotOf)
	clear(b.slots)
	clear(b.atomOf)
	clear(b.tests)
	clear(b.atoms)
	clear(b.needs)
	clear(b.filed)
	b.needs, b.filed = b.needs[:0], b.filed[:0]
}

// verdicts says of a simplified condition whether it can be true, and whether it can be false.
func verdicts(e plan.Expr) (holds, fails bool) {
	switch e := e.(type) {
	case *plan.Literal:
		if e.Value.Kind() != event.Bool {
			return false, false
		}
		return e.Value.Bool(), !e.Value.Bool()
	case *plan.Not:
		holds, fails = verdicts(e.X)
		return fails, holds
	case *plan.And:
		holds = true
		for _, x := range e.List {
			h, f := verdicts(x)
			holds, fails = holds && h, fails || f
		}
		return holds, fails
	case *plan.Or:
		fails = true
		for _, x := range e.List {
			h, f := verdicts(x)
			holds, fails = holds || h, fails && f
		}
		return holds, fails
	}
	return true, true
}

// test turns a simplified predicate into a test, once for each.
func (b *formBuilder) test(e plan.Expr) *test {
	t, known := b.tests[e]
	if !known {
		t = b.newTest(e)
		b.tests[e] = t
	}
	return t
}

func (b *formBuilder) newTest(e plan.Expr) *test {
	switch e := e.(type) {
	case *plan.And:
		list := make([]*test, len(e.List))
		for i, x := range e.List {
			list[i] = b.test(x)
		}
		return conjunction(list)
	case *plan.Or:
		list := make([]*test, len(e.List))
		for i, x := range e.List {
			list[i] = b.test(x)
		}
		return disjunction(list)
	case *plan.Not:
		switch t := b.test(e.X); t.op {
		case testFalse:
			return &test{op: testTrue}
		case testTrue:
			return &test{op: testFalse}
		case testNull:
			return t
		case testNot:
			return t.list[0]
		default:
			return &test{op: testNot, list: []*test{t}}
		}
	case *plan.Literal:
		switch {
		case e.Value.Kind() != event.Bool:
			return &test{op: testNull}
		case e.Value.Bool():
			return &test{op: testTrue}
		}
		return &test{op: testFalse}
	}
	return b.leaf(e)
}

func conjunction(list []*test) *test { return joined(list, testAnd, testTrue, testFalse) }

func disjunction(list []*test) *test { return joined(list, testOr, testFalse, testTrue) }

// joined returns the tests of a list joined by op, of which those that are neutral say nothing and one that is final settles it.
func joined(list []*test, op, neutral, final testOp) *test {
	var last *test
	count, kept := 0, 0 // that are not neutral, and the tests that they are joined of
	for _, t := range list {
		switch t.op {
		case final:
			return t
		case neutral:
			continue
		case op:
			kept += len(t.list)
		default:
			kept++
		}
		count, last = count+1, t
	}
	switch count {
	case 0:
		return &test{op: neutral}
	case 1:
		return last
	}
	out := &test{op: op, list: make([]*test, 0, kept)}
	for _, t := range list {
		switch t.op {
		case neutral:
		case op:
			out.list = append(out.list, t.list...)
		default:
			out.list = append(out.list, t)
		}
	}
	return out
}

// leaf turns a predicate that is no connective into an atom.
func (b *formBuilder) leaf(e plan.Expr) *test {
	read := e
	if m, ok := e.(*plan.Match); ok && isRaw(m.Subject) { // which the matcher reads by itself
		read = m.Subject.(*plan.Case).Else
	}
	b.form.carried |= CarriedBy(read)
	m, isMatch := e.(*plan.Match)
	var shared *sharedMatcher
	key := atomKey{}
	if isMatch {
		shared = b.set.matchers.matcher(m)
	}
	field, isNull := nullOf(e)
	switch {
	case shared != nil:
		key = atomKey{slot: b.slot(m.Subject), match: shared.id}
	case isNull:
		key = atomKey{slot: b.slot(field), match: -1}
	default:
		key = atomKey{slot: -1, asks: b.set.subjects.of(e)}
	}
	if i, ok := b.atomOf[key]; ok {
		return &test{op: testAtom, atom: i}
	}
	a := atom{slot: key.slot}
	switch {
	case shared != nil:
		a.match, a.shared = m, shared
	case isNull:
		a.null = true
	default:
		a.asks = key.asks
	}
	i := int32(len(b.form.atoms))
	b.form.atoms = append(b.form.atoms, a)
	b.atomOf[key] = i
	return &test{op: testAtom, atom: i}
}

// nullOf returns the field that an IsNull asks for.
func nullOf(e plan.Expr) (*plan.Field, bool) {
	null, ok := e.(*plan.IsNull)
	if !ok {
		return nil, false
	}
	f, ok := null.X.(*plan.Field)
	return f, ok
}

// atomKey tells the atoms of a kind apart.
type atomKey struct {
	slot  int32
	match int      // the sharedMatcher, where there is one; -1: none, but whether the slot has no value
	asks  *subject // the expression, where there is none
}

func mustCompile(e plan.Expr) *eval.Program {
	p, err := eval.Compile(e, CarrierSlot)
	if err != nil {
		panic("stream: " + err.Error()) // Compile has compiled the rule; a resolver's expression must compile
	}
	return p
}

// slot returns the slot of a subject, adding it if it is new.
func (b *formBuilder) slot(subject plan.Expr) int32 {
	if i, ok := b.slots[subject]; ok {
		return i
	}
	i := b.slotByKey(subject)
	b.slots[subject] = i
	return i
}

func (b *formBuilder) slotByKey(subject plan.Expr) int32 {
	key := b.set.subjects.slotKey(subject)
	if i, ok := b.slotOf[key]; ok {
		return i
	}
	s := slot{}
	switch e := subject.(type) {
	case *plan.Everything:
		s.everything = true
	case *plan.Case:
		if s.raw = isRaw(e); !s.raw {
			s.made = key.made
		} else if e.Else != nil {
			s.made = b.set.subjects.of(e.Else)
		}
	case *plan.Field:
		s.field = e
		s.path = splitPath(e)
	default:
		s.made = key.made
	}
	i := int32(len(b.form.slots))
	b.form.slots = append(b.form.slots, s)
	b.slotOf[key] = i
	return i
}
