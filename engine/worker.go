package engine

import (
	"context"
	"sync"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan/eval"
	"goshawk/schedule"
	"goshawk/source"
	"goshawk/stream"
)

// worker decodes blocks and asks the rules of their events.
type worker struct {
	run         *run
	matcher     *stream.Matcher
	decoders    map[*source.Format]source.Decoder
	counts      map[*event.Class]*int64
	last        *event.Class // of the previous event, with its counter
	counter     *int64
	columns     map[*event.Class]*columns
	lastColumns *columns // of the previous event whose columns were asked for
	reasons     map[ruleOfClass]*eval.Program
	suppressors map[ruleOfClass][]suppressor

	share   *exec.Share
	rows    map[int]*exec.Rows // by the number of the feed
	touched []int              // the feeds that have rows of this block
	covered map[*schedule.Schedule]window
	row     eval.Row // of the event whose time is asked
	// matching is of the event that feeds let pass.
	matching eval.Row
	risk     bool // the events are the risk that findings raised
	summary  bool // the events are rows that summary rules wrote
	// earliest and latest are the times of all events, if they matter; seen counts those that a query reads, and watched those
	// of them that it watches.
	earliest, latest int64
	seen, watched    int64
	counting         *counting // nil: no census is taken
}

// columns are what every finding says of its event, as expressions over the fields of one class.
type columns struct {
	class   *event.Class
	time    *eval.Program
	timed   stream.Carried // what time reads of the carrier
	arrived *eval.Program  // nil where records of the class do not say, or no rule asks
	actors  func() *actors // made ready for the first finding
}

// actors say on which machine something happened and who did it.
type actors struct{ host, account, user named }

// named gives a name, and remembers the last one.
type named struct {
	program *eval.Program
	last    string
}

type ruleOfClass struct {
	feed  int
	class *event.Class
}

func (r *run) newWorker() *worker {
	w := &worker{
		run: r, matcher: r.set.NewMatcher(), decoders: map[*source.Format]source.Decoder{}, counts: map[*event.Class]*int64{},
		columns: map[*event.Class]*columns{}, reasons: map[ruleOfClass]*eval.Program{}, suppressors: map[ruleOfClass][]suppressor{},
		share: exec.NewShare(r.scan.Taxonomy), rows: map[int]*exec.Rows{}, covered: map[*schedule.Schedule]window{},
	}
	w.counting = newCounting(w, r.scan.Census)
	return w
}

// arrivalBits is how many bits of an event's arrival number count the events of its block, each of which has at least one byte.
const arrivalBits = 26

// work decodes one block.
func (w *worker) work(ctx context.Context, j job) outcome {
	o := outcome{seq: j.seq, input: j.input, bytes: len(j.block.Bytes)}
	if j.events != nil {
		w.take(ctx, j, &o)
		w.flush(&o)
		return o
	}
	format := j.block.Input.Format
	decoder := w.decoders[format]
	if decoder == nil {
		decoder = format.NewDecoder(w.run.scan.Source)
		w.decoders[format] = decoder
	}
	place := finding.Order{Input: j.input, Block: j.block.Index}
	arrival := int64(j.seq) << arrivalBits
	decoder.Decode(j.block, func(ev *event.Event) bool {
		arrival++
		ev.Arrival = arrival
		return w.next(ctx, ev, &place, &o)
	}, func(p source.Problem) { o.problems = append(o.problems, p) })
	w.flush(&o)
	return o
}

// rest lets go of what only further blocks would need: the last one, and what was made ready for each kind of record.
func (w *worker) rest() {
	w.matcher, w.decoders, w.columns, w.lastColumns, w.reasons, w.suppressors, w.share, w.rows = nil, nil, nil, nil, nil, nil, nil, nil
	w.row, w.matching = eval.Row{}, eval.Row{}
}

// event asks the rules of one event.
func (w *worker) event(ev *event.Event, place finding.Order, o *outcome) {
	if w.run.timed {
		w.extend(ev)
	}
	if w.counting != nil {
		w.counting.event(ev)
	}
	if w.run.query != nil {
		w.watch(ev)
	}
	if feeds := w.matcher.Match(ev); len(feeds) > 0 {
		w.matched(ev, feeds, place, o)
	}
}

func (w *worker) count(class *event.Class) {
	w.last = class
	w.counter = w.counts[class]
	if w.counter == nil {
		w.counter = new(int64)
		w.counts[class] = w.counter
	}
}

// ticksOf returns when an event happened; 0 if it does not say.
func (w *worker) ticksOf(ev *event.Event, c *columns, row *eval.Row) int64 {
	if c.time != nil {
		if v := c.time.Value(row); v.Kind() == event.Time {
			return v.Int()
		}
	}
	return ev.Logged
}

// extend notes the time of an event as part of the span of the data.
func (w *worker) extend(ev *event.Event) {
	c := w.columnsOf(ev.Class)
	c.timed.Lend(&w.row, ev)
	ticks := w.ticksOf(ev, c, &w.row)
	if ticks == 0 || w.run.outside(ticks) {
		return
	}
	w.earliest, w.latest = joinSpans(w.earliest, w.latest, ticks, ticks)
}

// outside says whether a time lies outside what is to be looked at.
func (r *run) outside(ticks int64) bool {
	return ticks != 0 && (r.scan.From != 0 && ticks < r.scan.From || r.scan.To != 0 && ticks >= r.scan.To)
}

// matched makes findings and rows of an event that feeds let pass.
func (w *worker) matched(ev *event.Event, feeds []int, place finding.Order, o *outcome) {
	known := len(feeds)
	for feeds[known-1] >= len(w.run.feeds) {
		known--
	}
	feeds, wanted := feeds[:known], feeds[known:]
	c := w.columnsOf(ev.Class)
	row := &w.matching
	*row = eval.Row{Columns: row.Columns[:0]}
	stream.Lend(row, ev)
	ticks := w.ticksOf(ev, c, row)
	if w.run.outside(ticks) {
		o.outside += int64(len(feeds))
		return
	}
	o.matched++
	for _, id := range wanted {
		o.wanted = append(o.wanted, w.run.wanting[id-len(w.run.feeds)])
	}
	arrived := int64(0)
	if c.arrived != nil {
		if v := c.arrived.Value(row); v.Kind() == event.Time {
			arrived = v.Int()
		}
	}
	who := c.actors()
	host, user := w.text(&who.host, row), w.text(&who.account, row)
	if user == "" {
		user = w.text(&who.user, row)
	}
	var fields event.Record
	var shared *note
	single := func(id int) *finding.Finding {
		if fields.Fields == nil {
			fields = ev.Record.Clone()
			stream.Row(row, ev) // reasons keep what they name
		}
		return w.findingOf(id, ev, fields, &note{time: ticks, host: host, user: user, place: place}, row)
	}
	for _, id := range feeds {
		f := w.run.feeds[id]
		switch {
		case f.off || w.risk && !f.risk || w.summary && !f.summary:
			continue
		case f.slots != nil && !w.sees(f, ticks, arrived):
			o.unseen++
			continue
		}
		var by []string
		if f.Suppressors != nil {
			by = w.suppressedBy(id, ev, row)
		}
		switch {
		case by != nil && !f.tags:
			left := leftOut{rule: f.rule, by: by, matches: 1, first: ticks, last: ticks}
			if w.run.scan.Suppressed != nil {
				left.finding = single(id)
			}
			o.left = append(o.left, left)
		case f.rows:
			if shared == nil {
				shared = &note{time: ticks, arrived: arrived, host: host, user: user, place: place}
				w.share.Begin(ev).Note = shared
			}
			if by != nil {
				shared.left = append(shared.left, leftRow{f, by})
			}
			w.addRow(id, ev, o)
		default:
			o.findings = append(o.findings, found{single(id), f.rule})
		}
	}
}

// findingOf makes a finding of an event that a feed let pass.
func (w *worker) findingOf(id int, ev *event.Event, fields event.Record, n *note, row *eval.Row) *finding.Finding {
	d := w.run.rules[w.run.feeds[id].rule].rule.Detection
	evidence := []finding.Evidence{{Source: ev.Origin.Source, Record: ev.Origin.Record, Time: n.time}}
	marks := ev.Marks &^ event.Derived
	why := w.why(id, ev.Class, row)
	if d.Answer != nil {
		return finding.OfRow(d, finding.Row{Fields: fields, Evidence: evidence, Why: why, Marks: marks, Order: n.place, Host: n.host, User: n.user})
	}
	made := &finding.Finding{
		Time: n.time, Detection: d, Notable: true, Host: n.host, User: n.user, Fields: fields, Message: d.Title,
		Evidence: evidence, Why: why, Marks: marks, Order: n.place,
	}
	made.Identify()
	return made
}

// text returns a name that an event gives, owned; the empty text where it gives none.
func (w *worker) text(n *named, row *eval.Row) string {
	if n.program == nil {
		return ""
	}
	v := n.program.Value(row)
	if list := v.List(); len(list) > 0 {
		v = list[0]
	}
	if v.IsNull() {
		return ""
	}
	if name := w.share.Text(v, &n.last); name != "-" {
		return name
	}
	return ""
}

func (w *worker) columnsOf(class *event.Class) *columns {
	if c := w.lastColumns; c != nil && c.class == class {
		return c
	}
	c := w.columns[class]
	if c == nil {
		c = w.newColumns(class)
		w.columns[class] = c
	}
	w.lastColumns = c
	return c
}

func (w *worker) newColumns(class *event.Class) *columns {
	t := w.run.scan.Taxonomy
	time := t.Time(class)
	c := &columns{class: class, time: ofEvents(time), timed: stream.CarriedBy(time)}
	c.actors = sync.OnceValue(func() *actors {
		return &actors{named{program: ofEvents(t.Host(class))}, named{program: ofEvents(t.Source(class, "user.account"))}, named{program: ofEvents(t.User(class))}}
	})
	if w.run.arrivals {
		c.arrived = ofEvents(t.Source(class, "event.ingested"))
	}
	return c
}

// why returns the clauses of a feed that an event met.
func (w *worker) why(id int, class *event.Class, row *eval.Row) []finding.Reason {
	key := ruleOfClass{id, class}
	program, ok := w.reasons[key]
	if !ok {
		program = native(w.run.feeds[id].Where, w.run.scan.Taxonomy, class)
		w.reasons[key] = program
	}
	if program == nil {
		return nil
	}
	return reasons(program, row)
}
