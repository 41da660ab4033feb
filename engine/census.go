package engine

import (
	"net/netip"
	"strings"

	"goshawk/event"
	"goshawk/plan/eval"
	"goshawk/stream"
)

// Census asks, beside the rules, which hosts sent what: of every host the events of some tables, and how many of them have a value in
// some columns.
type Census struct {
	Tables []CensusTable
	// Hosts is the answer, by the name of the host in lower case without its domain; the empty name stands for events that name none.
	// It is there when Run has returned.
	Hosts map[string]*CensusHost
	// TooMany says that there are more hosts than are kept apart: the events of further ones count as those of no host.
	TooMany bool
}

// CensusTable is a table whose events are counted, and the columns that should be filled.
type CensusTable struct {
	Table   string
	Columns []string
}

// CensusHost is what a host sent.
type CensusHost struct {
	Name        string // as the first of its events spells it
	Events      int64
	First, Last int64 // ticks; 0 if no event has a time
	Tables      []CensusCount
}

// CensusCount is the events of one table, and how many of them fill each column.
type CensusCount struct {
	Events int64
	Filled []int64
}

// maxHosts bounds the hosts that a census keeps apart; the events of further ones count as those of no host.
const maxHosts = 100_000

// counting is the part of a census that one worker takes.
type counting struct {
	worker  *worker
	census  *Census
	classes map[*event.Class]*counted
	hosts   map[string]*CensusHost
	tooMany bool
}

// counted is how events of a class are counted.
type counted struct {
	columns *columns
	tables  []countedTable
}

type countedTable struct {
	number int
	when   *eval.Program   // nil: always
	fields []*eval.Program // nil where the class has no such column
}

func newCounting(w *worker, c *Census) *counting {
	if c == nil {
		return nil
	}
	return &counting{worker: w, census: c, classes: map[*event.Class]*counted{}, hosts: map[string]*CensusHost{}}
}

func (c *counting) class(class *event.Class) *counted {
	k := c.classes[class]
	if k != nil {
		return k
	}
	t := c.worker.run.scan.Taxonomy
	k = &counted{columns: c.worker.columnsOf(class)}
	for i, table := range c.census.Tables {
		when, in := t.Route(table.Table, class)
		if !in {
			continue
		}
		one := countedTable{number: i, fields: make([]*eval.Program, len(table.Columns))}
		if when != nil {
			one.when = ofEvents(when)
		}
		for j, column := range table.Columns {
			if source := t.Source(class, column); source != nil {
				one.fields[j] = ofEvents(source)
			}
		}
		k.tables = append(k.tables, one)
	}
	c.classes[class] = k
	return k
}

// event counts one event.
func (c *counting) event(ev *event.Event) {
	k := c.class(ev.Class)
	row := &c.worker.row
	stream.Lend(row, ev)
	ticks := c.worker.ticksOf(ev, k.columns, row)
	if c.worker.run.outside(ticks) {
		return
	}
	h := c.host(c.worker.text(&k.columns.actors().host, row))
	if ev.Marks&event.Derived == 0 { // one put together of others counts as what it tells, not as one more
		h.Events++
	}
	if ticks != 0 {
		h.First, h.Last = joinSpans(h.First, h.Last, ticks, ticks)
	}
	for _, t := range k.tables {
		if t.when != nil && !t.when.True(row) {
			continue
		}
		n := &h.Tables[t.number]
		n.Events++
		for j, field := range t.fields {
			if field == nil {
				continue
			}
			if v := field.Value(row); !v.IsNull() && !v.IsAbsent() && strings.Trim(v.Text(), "- ") != "" {
				n.Filled[j]++
			}
		}
	}
}

// host returns the count of a host.
func (c *counting) host(name string) *CensusHost {
	key := HostKey(name)
	h := c.hosts[key]
	if h == nil && len(c.hosts) >= maxHosts {
		key, c.tooMany = "", true
		h = c.hosts[key]
	}
	if h == nil {
		h = c.census.newHost(strings.Clone(name))
		c.hosts[strings.Clone(key)] = h
	}
	return h
}

// HostKey is a name without its domain, in lower case; an address stays whole.
func HostKey(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return strings.ToLower(name)
	}
	key, _, _ := strings.Cut(strings.ToLower(name), ".")
	return key
}

func (c *Census) newHost(name string) *CensusHost {
	h := &CensusHost{Name: name, Tables: make([]CensusCount, len(c.Tables))}
	for i, t := range c.Tables {
		h.Tables[i].Filled = make([]int64, len(t.Columns))
	}
	return h
}

// gather puts the counts of all workers together.
func (c *Census) gather(workers []*worker) {
	c.Hosts = map[string]*CensusHost{}
	for _, w := range workers {
		c.TooMany = c.TooMany || w.counting.tooMany
		for key, part := range w.counting.hosts {
			h := c.Hosts[key]
			if h == nil {
				h = c.newHost(part.Name)
				c.Hosts[key] = h
			} else if part.Name < h.Name {
				h.Name = part.Name // the same whichever worker saw it first
			}
			h.Events += part.Events
			if part.First != 0 {
				h.First, h.Last = joinSpans(h.First, h.Last, part.First, part.Last)
			}
			for i, n := range part.Tables {
				h.Tables[i].Events += n.Events
				for j, filled := range n.Filled {
					h.Tables[i].Filled[j] += filled
				}
			}
		}
	}
}
