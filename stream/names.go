package stream

import (
	"strings"
	"sync"
	"sync/atomic"

	"goshawk/event"
	"goshawk/plan"
)

// target says that a field of some name can be what a slot looks for. Of several that are there the lowest rank wins, in the
// order of event.Record.Lookup.
type target struct {
	slot int32
	rank uint8
}

// Ranks of a name. The odd one out is a path: the field is where it begins.
const (
	rankExact uint8 = iota
	rankSqueezed
	rankPath
	rankFolded
	rankSqueezedFolded
	rankPathFolded
	rankNone
)

func isPath(rank uint8) bool { return rank == rankPath || rank == rankPathFolded }

// nameTable finds the targets of a field name by the name's id. It fills itself as names are met; reading it takes no lock.
type nameTable struct {
	kind   *kind
	known  atomic.Pointer[[]atomic.Pointer[nameTargets]] // a hash table, at most half full; nil: no name has been met
	count  int                                           // of the names in known; guarded by adding
	adding sync.Mutex
	met    []atomic.Bool // by slot: a name that it looks for has been met
}

// nameTargets is the targets of the name with an id.
type nameTargets struct {
	id      uint32
	targets []target
}

// targets returns the targets of a name.
func (t *nameTable) targets(n *event.Name) []target {
	if known := t.known.Load(); known != nil {
		if found := placeOf(*known, n.ID).Load(); found != nil {
			return found.targets
		}
	}
	return t.add(n)
}

// placeOf returns where a name stands in a hash table, or would.
func placeOf(table []atomic.Pointer[nameTargets], id uint32) *atomic.Pointer[nameTargets] {
	for i := id; ; i++ {
		at := &table[i&uint32(len(table)-1)]
		if found := at.Load(); found == nil || found.id == id {
			return at
		}
	}
}

func (t *nameTable) add(n *event.Name) []target {
	found := &nameTargets{n.ID, t.resolve(n)}
	if n.ID == 0 {
		return found.targets
	}
	t.adding.Lock()
	defer t.adding.Unlock()
	known := t.known.Load()
	if known == nil || 2*t.count >= len(*known) {
		known = t.grown(known)
	}
	if at := placeOf(*known, n.ID); at.Load() == nil { // nobody else has met it meanwhile
		at.Store(found)
		t.count++
	}
	return found.targets
}

// fewNames is how many places the table begins with, a power of two as their number always is.
const fewNames = 32

// grown puts a larger table in the place of one.
func (t *nameTable) grown(old *[]atomic.Pointer[nameTargets]) *[]atomic.Pointer[nameTargets] {
	if old == nil {
		old = &[]atomic.Pointer[nameTargets]{}
	}
	table := make([]atomic.Pointer[nameTargets], max(fewNames, 2*len(*old)))
	for i := range *old {
		if name := (*old)[i].Load(); name != nil {
			placeOf(table, name.id).Store(name)
		}
	}
	t.known.Store(&table)
	return &table
}

// resolve compares a name with what every slot looks for.
func (t *nameTable) resolve(n *event.Name) []target {
	found := []target{}
	for i := range t.kind.slots {
		s := &t.kind.slots[i]
		if s.field == nil {
			continue
		}
		if rank := rankOf(s, n); rank != rankNone {
			found = append(found, target{int32(i), rank})
			t.met[i].Store(true)
		}
	}
	return found
}

func rankOf(s *slot, n *event.Name) uint8 {
	want := s.field.Name
	switch {
	case n.Text == want:
		return rankExact
	case s.field.Find == plan.Pathwise && plan.PathStart(want, n.Text):
		return rankPath
	case s.field.Find != plan.Loosely:
		return rankNone
	case n.Squeezed == want:
		return rankSqueezed
	case s.path != nil && n.Text == s.path[0]:
		return rankPath
	case strings.EqualFold(n.Text, want):
		return rankFolded
	case strings.EqualFold(n.Squeezed, want):
		return rankSqueezedFolded
	case s.path != nil && strings.EqualFold(n.Text, s.path[0]):
		return rankPathFolded
	}
	return rankNone
}

// along returns what stands in a record at the end of the path that a slot's name is.
func (s *slot) along(r *event.Record, rank uint8) event.Value {
	if s.field.Find == plan.Pathwise {
		return plan.FindPath(r, s.field.Name)
	}
	return r.Path(s.path, rank == rankPathFolded)
}

func splitPath(f *plan.Field) []string {
	if f.Find == plan.Loosely && strings.Contains(f.Name, ".") {
		return strings.Split(f.Name, ".")
	}
	return nil
}
