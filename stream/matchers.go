package stream

import (
	"sync"
	"sync/atomic"

	"goshawk/plan"
	"goshawk/plan/eval"
)

// matchers makes one matcher of all Matches that ask the same. It is safe for concurrent use.
type matchers struct {
	lock   sync.Mutex
	placed map[*plan.Pattern]placedMatcher // by the first of the patterns, which the copies of a Match share
	asked  map[string]*sharedMatcher
	asking []byte // room for a key of asked
}

func newMatchers() matchers {
	return matchers{placed: map[*plan.Pattern]placedMatcher{}, asked: map[string]*sharedMatcher{}}
}

// sharedMatcher is what the Matches of all rules and kinds that ask the same of a text have in common.
type sharedMatcher struct {
	id      int
	asks    *plan.Match            // one of them
	sketch  atomic.Pointer[sketch] // of the Matches on fields; nil: not yet known
	matcher later[eval.Matcher]
}

// build returns the matcher, which is made when it is first asked: what filters exclude is rarely looked at.
func (x *sharedMatcher) build() *eval.Matcher { return x.matcher.get() }

func (x *sharedMatcher) compile() *eval.Matcher {
	m, err := eval.NewMatcher(x.asks.Op, x.asks.Patterns, x.asks.All, x.asks.Fold)
	if err != nil {
		panic("stream: " + err.Error()) // Compile has tried the operators that can fail
	}
	return m
}

// matcher returns what m asks of its subject, or nil if m asks nothing.
func (s *matchers) matcher(m *plan.Match) *sharedMatcher {
	if len(m.Patterns) == 0 {
		return nil
	}
	s.lock.Lock()
	known, ok := s.placed[&m.Patterns[0]]
	s.lock.Unlock()
	if ok && known.of(m) {
		return known.sharedMatcher
	}
	shared := s.byKey(m)
	s.place(m, shared)
	return shared
}

// place notes what a Match asks, so that it need not be read again.
func (s *matchers) place(m *plan.Match, asks *sharedMatcher) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.placed[&m.Patterns[0]] = placedMatcher{asks, len(m.Patterns), m.Op, m.All, m.Fold}
}

// byKey is matcher for patterns that stand in another place of memory than those before.
func (s *matchers) byKey(m *plan.Match) *sharedMatcher {
	s.lock.Lock()
	defer s.lock.Unlock()
	asks := appendMatch(s.asking[:0], m)
	s.asking = asks
	shared, ok := s.asked[string(asks)]
	if !ok {
		shared = &sharedMatcher{id: len(s.asked), asks: m}
		shared.matcher.make = shared.compile
		s.asked[string(asks)] = shared
	}
	return shared
}

// placedMatcher is what the Matches ask whose patterns stand in the same place of memory.
type placedMatcher struct {
	*sharedMatcher
	count     int // of the patterns
	op        plan.MatchOp
	all, fold bool
}

// of says whether it is what a Match asks that has the first of the patterns.
func (p placedMatcher) of(m *plan.Match) bool {
	return p.count == len(m.Patterns) && p.op == m.Op && p.all == m.All && p.fold == m.Fold
}
