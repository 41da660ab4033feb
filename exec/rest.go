package exec

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// restNames is a plan.Rest made ready: which names of a rest stay.
type restNames struct {
	except, only nameSet
	all          bool // every name stays
}

// nameSet is a list of names and globs.
type nameSet struct {
	names map[string]bool
	globs [][]string // the texts between the stars
}

func newNameSet(list []string) nameSet {
	s := nameSet{names: make(map[string]bool)}
	for _, name := range list {
		if strings.Contains(name, "*") {
			s.globs = append(s.globs, strings.Split(name, "*"))
		} else {
			s.names[name] = true
		}
	}
	return s
}

func (s nameSet) has(name string) bool {
	if s.names[name] {
		return true
	}
	for _, g := range s.globs {
		if matchGlob(g, name) {
			return true
		}
	}
	return false
}

// matchGlob says whether a name is made of the parts of a glob with anything between them.
func matchGlob(parts []string, name string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, middle := range parts[1 : len(parts)-1] {
		i := strings.Index(name, middle)
		if i < 0 {
			return false
		}
		name = name[i+len(middle):]
	}
	return true
}

func namesOf(r plan.Rest) *restNames {
	return &restNames{
		except: newNameSet(r.Except), only: newNameSet(r.Only),
		all: len(r.Except) == 0 && len(r.Only) == 0,
	}
}

func (n *restNames) keeps(name string) bool {
	if len(n.only.names)+len(n.only.globs) > 0 && !n.only.has(name) {
		return false
	}
	return !n.except.has(name)
}

// restFilter reduces the rests of a run's rows. It remembers what it said about a name.
type restFilter struct {
	*restNames
	known map[*event.Name]bool
}

func (n *restNames) filter() *restFilter {
	return &restFilter{n, make(map[*event.Name]bool)}
}

// apply returns the rests of a batch without the names that do not stay. Rows whose rest stays whole share it.
func (f *restFilter) apply(b *Batch) []Rest {
	if b.Rest == nil {
		return make([]Rest, b.Len)
	}
	if f.all {
		return b.Rest
	}
	out := make([]Rest, b.Len)
	for i, r := range b.Rest {
		r.Record = f.reduce(r.Record)
		out[i] = r
	}
	return out
}

func (f *restFilter) reduce(r *event.Record) *event.Record {
	if r == nil {
		return nil
	}
	kept := 0
	for i := range r.Fields {
		if f.stays(r.Fields[i].Name) {
			kept++
		}
	}
	if kept == len(r.Fields) {
		return r
	}
	out := &event.Record{Fields: make([]event.Field, 0, kept)}
	for _, field := range r.Fields {
		if f.stays(field.Name) {
			out.Fields = append(out.Fields, field)
		}
	}
	return out
}

func (f *restFilter) stays(name *event.Name) bool {
	if name.ID == 0 {
		return f.keeps(name.Text)
	}
	stays, ok := f.known[name]
	if !ok {
		stays = f.keeps(name.Text)
		f.known[name] = stays
	}
	return stays
}
