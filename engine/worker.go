package engine

import (
	"context"
	"strings"

	"goshawk/event"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/source"
	"goshawk/stream"
)

// worker decodes blocks and asks the rules of their events.
type worker struct {
	run      *run
	matcher  *stream.Matcher
	decoders map[*source.Format]source.Decoder
	counts   map[*event.Class]*int64
	last     *event.Class // of the previous event, with its counter
	counter  *int64
	columns  map[*event.Class]*columns
	reasons  map[ruleOfClass]*eval.Program
}

// columns are what every finding says of its event, as expressions over the fields of one class.
type columns struct{ time, host, account, user *eval.Program }

type ruleOfClass struct {
	rule  int
	class *event.Class
}

func (r *run) newWorker() *worker {
	return &worker{
		run: r, matcher: r.set.NewMatcher(), decoders: map[*source.Format]source.Decoder{}, counts: map[*event.Class]*int64{},
		columns: map[*event.Class]*columns{}, reasons: map[ruleOfClass]*eval.Program{},
	}
}

// work decodes one block.
func (w *worker) work(ctx context.Context, j job) outcome {
	o := outcome{seq: j.seq, input: j.input, bytes: len(j.block.Bytes)}
	format := j.block.Input.Format
	decoder := w.decoders[format]
	if decoder == nil {
		decoder = format.NewDecoder(w.run.scan.Source)
		w.decoders[format] = decoder
	}
	place := finding.Order{Input: j.input, Block: j.block.Index}
	decoder.Decode(j.block, func(ev *event.Event) bool {
		if ev.Marks&event.Derived == 0 {
			o.events++
		}
		if ev.Class != w.last {
			w.count(ev.Class)
		}
		*w.counter++
		if rules := w.matcher.Match(ev); len(rules) > 0 {
			w.matched(ev, rules, place, &o)
		}
		place.Event++
		return place.Event%64 != 0 || ctx.Err() == nil
	}, func(p source.Problem) { o.problems = append(o.problems, p) })
	return o
}

func (w *worker) count(class *event.Class) {
	w.last = class
	w.counter = w.counts[class]
	if w.counter == nil {
		w.counter = new(int64)
		w.counts[class] = w.counter
	}
}

// matched makes the findings of an event for which rules hold.
func (w *worker) matched(ev *event.Event, rules []int, place finding.Order, o *outcome) {
	c := w.columnsOf(ev.Class)
	row := &eval.Row{}
	stream.Row(row, ev)
	ticks := ev.Logged
	if c.time != nil {
		if v := c.time.Value(row); v.Kind() == event.Time {
			ticks = v.Int()
		}
	}
	if s := w.run.scan; ticks != 0 && (s.From != 0 && ticks < s.From || s.To != 0 && ticks >= s.To) {
		o.outside += int64(len(rules))
		return
	}
	o.matched++
	fields := ev.Record.Clone()
	host, user := text(c.host, row), text(c.account, row)
	if user == "" {
		user = text(c.user, row)
	}
	for _, id := range rules {
		rule := w.run.scan.Rules[id]
		f := &finding.Finding{
			Time: ticks, Detection: rule.Detection, Host: host, User: user, Fields: fields, Message: rule.Detection.Title,
			Evidence: []finding.Evidence{{Source: ev.Origin.Source, Record: ev.Origin.Record, Time: ticks}},
			Why:      w.why(id, ev.Class, row), Marks: ev.Marks &^ event.Derived, Order: place,
		}
		f.Identify()
		o.findings = append(o.findings, f)
	}
}

func text(p *eval.Program, row *eval.Row) string {
	if p == nil {
		return ""
	}
	v := p.Value(row)
	if list := v.List(); len(list) > 0 {
		v = list[0]
	}
	if name := v.Text(); !v.IsNull() && name != "-" {
		return strings.Clone(name)
	}
	return ""
}

func (w *worker) columnsOf(class *event.Class) *columns {
	c := w.columns[class]
	if c == nil {
		t := w.run.scan.Taxonomy
		program := func(e plan.Expr) *eval.Program {
			if e == nil {
				return nil
			}
			p, err := eval.Compile(e, stream.CarrierSlot)
			if err != nil {
				return nil
			}
			return p
		}
		c = &columns{time: program(t.Time(class)), host: program(t.Host(class)), account: program(t.Source(class, "user.account")), user: program(t.User(class))}
		w.columns[class] = c
	}
	return c
}

// why returns the clauses of a rule that made it hold.
func (w *worker) why(id int, class *event.Class, row *eval.Row) []finding.Reason {
	key := ruleOfClass{id, class}
	program, ok := w.reasons[key]
	if !ok {
		program = native(w.run.scan.Rules[id], w.run.scan.Taxonomy, class)
		w.reasons[key] = program
	}
	if program == nil {
		return nil
	}
	return reasons(program, row)
}
