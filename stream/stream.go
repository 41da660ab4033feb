// Package stream answers one question about many rules at once: which of them does this event satisfy?
//
// In goes the per-event part of every rule, a table and a predicate; out come, event by event, the rules that hold. The
// cost of an event depends on the event, hardly on the number of rules:
//
//   - All that depends only on the kind of record is settled once per kind (event.Class). The resolver says which tables
//     the kind belongs to and where each column comes from; predicates are rewritten to native fields, what is constant for
//     the kind is folded, and rules that cannot hold are gone.
//   - For every remaining rule a set of necessary literals is chosen: texts of which at least one must occur in some field
//     if the rule holds. All literals of a field are searched together: whole values and anchored ends by hash, the others
//     by a rare group of bytes within them.
//     A literal of a computed value is looked for where the value's texts come from, so that nothing is computed for most
//     events.
//   - Only rules of which a literal was found are evaluated, and each predicate at most once per event however many rules
//     share it. Values are decoded and folded at most once, and only if somebody looks.
//
// A rule without necessary literals is evaluated plainly for every event of its kinds, and so are a few for which the whole text
// of the event would have to be searched; Unindexed lists those. An index never decides: it only leaves out rules that cannot hold, and exec remains the definition of what a predicate means.
package stream

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// Rule is one predicate to be asked of the events of a table.
type Rule struct {
	Table string
	Where plan.Expr // over canonical columns (by name) and Fields; nil: every event of the table
}

// Options change how a Set works, never what it answers.
type Options struct {
	// NoIndex has every rule of a kind evaluated for every event; it exists for tests and measurements.
	NoIndex bool
}

// Set is the compiled form of many rules. It is immutable as far as its answers go and safe for concurrent use.
type Set struct {
	rules    []Rule
	resolver plan.Resolver
	options  Options
	tables   []*table // in the order of their names

	kinds   sync.Map     // *event.Class → *kind
	byValue sync.Map     // event.Class → *making, for classes beyond the shared table of classes
	count   atomic.Int64 // of byValue

	matchers matchers
	subjects subjects
	sketches sketches

	preparing sync.Mutex // guards the interner, and columns; nothing else is locked while it is but what is safe by itself
	interner  *interner
	wheres    []*term          // of the rules whose table is ready, one for all conditions that are the same
	uses      []ruleUses       // of the rules whose table is ready
	columns   map[string]int32 // the columns of uses

	simplifying sync.Mutex         // guards what follows
	builder     builder            // of the kind that is compiled for
	forms       map[uint64][]*form // by the rules that can hold

	formers sync.Pool // of *formBuilder

	overflows atomic.Int64
}

// maxKinds bounds the number of kinds compiled for, which hostile logs could otherwise multiply; further kinds are compiled
// for one event at a time.
const maxKinds = 1 << 14

// Compile returns the set of the rules, which are known by their index and must be of plans that passed plan.Check. Kinds of
// record are compiled for when the first event of each arrives.
func Compile(rules []Rule, resolver plan.Resolver, o Options) (*Set, error) {
	s := &Set{rules: rules, resolver: resolver, options: o, matchers: newMatchers(), sketches: newSketches(),
		wheres: make([]*term, len(rules)), uses: make([]ruleUses, len(rules)), columns: map[string]int32{},
		forms: map[uint64][]*form{}}
	tables := map[string]*table{}
	for i, r := range rules {
		t := tables[r.Table]
		if t == nil {
			t = &table{name: r.Table}
			tables[r.Table] = t
			s.tables = append(s.tables, t)
		}
		t.rules = append(t.rules, i)
		if err := check(r.Where); err != nil {
			return nil, fmt.Errorf("stream: rule %d: %w", i, err)
		}
	}
	slices.SortFunc(s.tables, func(a, b *table) int { return strings.Compare(a.name, b.name) })
	s.interner = newInterner(s)
	return s, nil
}

// check says what prevents that a condition is compiled for a kind of record.
func check(where plan.Expr) (wrong error) {
	if where == nil {
		return nil
	}
	plan.Leaves(where, func(leaf plan.Expr, _ bool) {
		// A Match of text cannot fail to compile, and there are very many of them.
		if m, ok := leaf.(*plan.Match); ok && m.Op < plan.Regexp || wrong != nil {
			return
		}
		_, wrong = eval.Compile(leaf, func(*plan.Column) int { return 0 })
	})
	return wrong
}

// kind returns the compiled form for a class.
func (s *Set) kind(class *event.Class) *kind {
	if k, ok := s.kinds.Load(class); ok {
		return k.(*kind)
	}
	m, known := s.byValue.Load(*class)
	if !known {
		if s.count.Add(1) > maxKinds {
			s.count.Add(-1)
			return s.specialize(class)
		}
		if m, known = s.byValue.LoadOrStore(*class, &making{}); known {
			s.count.Add(-1)
		}
	}
	k := m.(*making).get(s, class)
	if event.ClassOf(*class) == class {
		s.kinds.Store(class, k)
	}
	return k
}

// making is a kind that whoever needs it first makes.
type making struct {
	once sync.Once
	kind *kind
}

func (m *making) get(s *Set, class *event.Class) *kind {
	m.once.Do(func() { m.kind = s.specialize(class) })
	return m.kind
}

// Overflows returns how often a condition was left undecided because its functions would have made more of an event than
// eval.MaxMade allows, or had no whole answer.
func (s *Set) Overflows() int64 { return s.overflows.Load() }

// Rules returns the rules that can hold for records of a class at all.
func (s *Set) Rules(class *event.Class) []int {
	k := s.kind(class)
	out := make([]int, len(k.rules))
	for i, r := range k.rules {
		out[i] = r.id
	}
	sort.Ints(out)
	return out
}

// Unindexed returns, for records of a class, the rules that are evaluated for every event.
func (s *Set) Unindexed(class *event.Class) []int {
	k := s.kind(class)
	out := make([]int, len(k.always))
	for i, r := range k.always {
		out[i] = k.rules[r].id
	}
	sort.Ints(out)
	return out
}
