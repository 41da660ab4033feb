package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/schedule"
	"goshawk/taxonomy"
)

// ruleRun is one rule in a scan. What single events must meet is asked by the workers; what a plan does with those that pass
// is done here: row by row as the blocks are merged, or at the end of the input, from rows that were kept. Only the goroutine
// that merges uses it until the end of the input, then one goroutine at a time.
type ruleRun struct {
	rule  *compile.Rule
	index int
	first int // its first feed in the set

	rows bool // the plan has a rest; otherwise events are findings
	kept bool // rows wait for the end of the input, since what is asked of them depends on what time it is then
	each bool // every row is an answer by itself: findings are given as they come
	// gathers says that rows wait until there are enough for a batch.
	gathers bool
	counted bool // whether it fires depends on how many rows there are
	risk    bool // it looks at the risk that findings raise
	// slots is when the rule runs, if schedules are replayed and the rule has one that matters to the plan as a whole.
	slots       *schedule.Schedule
	alerts      alerts  // of a rule of Sentinel's, as its runs raise them
	untriggered int64   // rows of runs that were too few, or too many, to be an alert
	strays      *strays // of the last run
	strayed     int64   // rows that were left out, since their own time lies outside the window of their run
	over        bool    // it has failed as a whole, or is not asked at all

	// missing are the feeds without rows of which the plan can give none. Rows of others wait until all of them have some.
	missing map[int]bool
	joins   bool        // more than one feed was such: rows wait for the end of the input, as one side of a join may make the other idle
	waiting []gathering // the rows of each feed that have not been offered yet

	suppressions []*Suppression
	sieves       bool      // something is suppressed among its rows, not only among the events that it reads
	wanted       bool      // somebody wants to see what was suppressed
	left         []leftOut // what was suppressed and is not in the report yet

	fill    *filling // nil unless its rows are those of a table
	query   *exec.Query
	scans   []*plan.Scan // of the query
	run     *exec.Run
	stored  []*storedFeed
	made    maker
	ready   []*finding.Finding
	given   int64
	memory  int64
	failure *RuleFailure
}

// search is one time at which a rule is asked; the zero search is that of all the data.
type search struct{ at, from, to int64 }

// riskTable is how the names of the tables begin whose rows are risk events.
const riskTable = "cim/Risk."

// prepareRules says how each rule is to be run.
func (r *run) prepareRules() {
	schedules := map[detection.Schedule]*schedule.Schedule{}
	r.rules = make([]*ruleRun, len(r.scan.Rules))
	detection.ForEach(len(r.rules), r.threads(), func(i int) { r.rules[i] = r.newRule(i) })
	for i, rr := range r.rules {
		rule := rr.rule
		rr.first = len(r.feeds)
		if a := rule.Detection.Alert; a != nil && !a.Trigger.Met(1) { // one row alone is no alert
			rr.each, rr.counted = false, true
		}
		if a := rule.Detection.Answer; a != nil {
			rr.over = a.Kind == detection.Baseline
			rr.each = rr.each && a.Throttle == nil
			if a.Risk && r.ledger == nil && !r.scan.Risk.Off {
				r.ledger = finding.NewLedger(r.scan.Risk.ledger())
			}
		}
		for _, f := range rule.Feeds {
			rr.risk = rr.risk || strings.HasPrefix(f.Table, riskTable)
		}
		var slots *schedule.Schedule // of single events
		if d := rule.Detection.Schedule; (r.scan.AsScheduled || rule.Summary != nil) && d != nil && !rr.over {
			key := detection.Schedule{Cron: d.Cron, Earliest: d.Earliest, Latest: d.Latest, Every: d.Every, Period: d.Period, Delay: d.Delay, Start: d.Start, Clock: d.Clock}
			s, known := schedules[key]
			if !known {
				var err error
				if s, err = rule.Schedule(); err != nil {
					r.fail(rr, err, 0)
				}
				schedules[key] = s
			}
			if rule.Single && rule.Relower == nil && !runsMatter(rule.Detection.Alert) && rule.Summary == nil && !ownTime(rule) {
				slots = s
			} else {
				rr.slots = s
			}
		}
		r.arrivals = r.arrivals || r.scan.AsScheduled && rr.clock() != detection.EventTime
		rr.kept = rr.rows && (rr.slots != nil || rule.Relower != nil)
		rr.gathers = rr.rows && !rr.each
		rr.waiting = make([]gathering, len(rule.Feeds))
		r.timed = r.timed || rr.kept
		rr.made.correlation = rule.Correlation
		if rule.Filter { // it says what rules do not find, and finds nothing itself
			rr.over = true
			continue
		}
		for j, f := range rule.Feeds {
			one := &feed{Feed: f, rule: i, number: j, off: rr.over, rows: rr.rows, risk: rr.risk, summary: taxonomy.IsSummary(f.Table), slots: slots, clock: rr.clock(), tags: rr.rows && rule.Single}
			if one.rows {
				one.ask()
				one.idle = f.Some != nil && rr.gathers && !rr.kept && !rr.over
			}
			r.feeds = append(r.feeds, one)
			if rr.kept {
				rr.stored = append(rr.stored, &storedFeed{clock: rr.clock()})
			}
		}
	}
}

// newRule begins to prepare a rule with what its plan alone says.
func (r *run) newRule(index int) *ruleRun {
	rule := r.scan.Rules[index]
	rr := &ruleRun{rule: rule, index: index, rows: rule.Rest != nil, each: rule.Single && rule.Relower == nil}
	if rr.rows && len(rule.Feeds) > 1 {
		rr.missing = essential(rule.Rest)
		rr.joins = len(rr.missing) > 1
	}
	r.prepareSuppressions(rr)
	return rr
}

// gathering is rows of a feed that wait until there are enough of them, in the order of the input.
type gathering struct {
	lines []*exec.Lines
	rows  int
	bytes int64
}

// add puts rows behind the others, and returns their bytes.
func (g *gathering) add(l *exec.Lines) int64 {
	size := l.Size()
	g.lines = append(g.lines, l)
	g.rows += l.Len
	g.bytes += size
	return size
}

// take returns the rows as one batch, and is empty then.
func (g *gathering) take() *exec.Batch {
	b := exec.Gathered{Lines: g.lines}.Batch()
	*g = gathering{}
	return b
}

// enoughRows is how many rows of a feed are offered together: a batch costs something in every operator, however small it is.
const enoughRows = 1024

// offer gives the rules the rows of a block, and returns the findings that they make by themselves.
func (r *run) offer(rows []feedLines) []found {
	var out []found
	for _, part := range rows {
		f := r.feeds[part.feed]
		rr := r.rules[f.rule]
		if rr.over {
			continue
		}
		g := &rr.waiting[f.number]
		size := g.add(part.lines)
		if rr.kept {
			if g.rows >= enoughRows {
				rr.store()
			}
			r.account(rr, rr.memory+size+rowCost*int64(part.lines.Len))
			continue
		}
		if rr.waits(f, r.waitingMemory()) {
			r.account(rr, rr.memory+size)
			continue
		}
		if err := r.feed(rr, f.number); err != nil {
			r.fail(rr, err, 0)
			continue
		}
		r.account(rr, rr.holds())
		if rr.each {
			for _, made := range rr.ready {
				out = append(out, found{made, rr.index})
			}
			rr.given += int64(len(rr.ready))
			rr.ready = rr.ready[:0]
		}
	}
	return out
}

// maxWaiting bounds the bytes of rows of a rule that wait for those of another feed.
const maxWaiting = 64 << 20

func (r *run) waitingMemory() int64 { return min(maxWaiting, r.limits.RuleMemory/2) }

// waits says whether the rows of a feed, to which some have just been added, wait for more: because they are few, or because nothing
// may come of them, unless they are more than so many bytes.
func (rr *ruleRun) waits(f *feed, most int64) bool {
	if f.idle && rr.memory <= most {
		return true
	}
	f.idle = false
	number := f.number
	delete(rr.missing, number)
	if (len(rr.missing) > 0 || rr.joins) && rr.run == nil && rr.memory <= most {
		return true
	}
	return rr.gathers && rr.waiting[number].rows < enoughRows && rr.waiting[number].bytes <= most
}

// store puts the rows that wait where they are kept until the end of the input.
func (rr *ruleRun) store() {
	for number := range rr.waiting {
		if rr.waiting[number].rows > 0 {
			rr.stored[number].add(rr.waiting[number].take())
		}
	}
}

// holds returns the bytes that a rule whose run has begun holds.
func (rr *ruleRun) holds() int64 {
	n := rr.run.Memory() + rr.made.size()
	for _, g := range rr.waiting {
		n += g.bytes
	}
	return n
}

// feed offers the rows of a feed that wait to the plan of a rule, and, when its run begins, those of its other feeds.
func (r *run) feed(rr *ruleRun, number int) error {
	if rr.run == nil {
		return r.feedAll(rr)
	}
	return r.offerTo(rr, number)
}

// feedAll offers all rows that wait.
func (r *run) feedAll(rr *ruleRun) error {
	if err := r.start(rr); err != nil {
		return err
	}
	for number := range rr.waiting {
		if rr.waiting[number].rows == 0 || r.feeds[rr.first+number].idle {
			continue
		}
		if err := r.offerTo(rr, number); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) offerTo(rr *ruleRun, number int) error {
	return rr.run.Offer(number, r.gathered(rr, number).Batch())
}

// waiting returns how many rows of a feed gathered would return.
func (r *run) waiting(rr *ruleRun, number int) int {
	if r.feeds[rr.first+number].idle {
		return 0
	}
	return rr.waiting[number].rows
}

// gathered returns the rows of a feed that wait as the plan of a rule whose run has begun takes them. They do not wait any more.
func (r *run) gathered(rr *ruleRun, number int) exec.Gathered {
	if r.waiting(rr, number) == 0 {
		return exec.Gathered{}
	}
	out := exec.Gathered{Lines: rr.waiting[number].lines, Columns: ordering(r.feeds[rr.first+number].Scan.Out, rr.scans[number].Out)}
	rr.waiting[number] = gathering{}
	return out
}

// rowCost is what a row that is kept takes beside its values.
const rowCost = 160

// account notes how much a rule holds. Where all rules together hold too much, the one that holds the most fails.
func (r *run) account(rr *ruleRun, memory int64) {
	r.memory += memory - rr.memory
	rr.memory = memory
	if memory > r.limits.RuleMemory {
		r.fail(rr, tooMuch("rule-memory", "the rule needs more than %d bytes of memory", r.limits.RuleMemory), 0)
	}
	if r.memory > r.limits.Memory {
		r.relieve()
	}
	for r.memory > r.limits.Memory {
		most := slices.MaxFunc(r.rules, func(a, b *ruleRun) int { return cmp.Compare(a.memory, b.memory) })
		r.fail(most, tooMuch("rule-memory-total", "all rules together need more than %d bytes of memory, and this one the most", r.limits.Memory), 0)
	}
}

// wake notes that events came that feeds waited for.
func (r *run) wake(feeds []int) {
	for _, id := range feeds {
		r.feeds[id].idle = false
	}
}

// relieve offers the rows that wait although something can come of them, so that no rule fails for rows that need not be held.
func (r *run) relieve() {
	for _, rr := range r.rules {
		for number, g := range rr.waiting {
			if f := r.feeds[rr.first+number]; f.idle && g.rows > 0 {
				f.idle = false
				delete(rr.missing, number)
			}
		}
		if rr.over || rr.kept || !r.hasEnough(rr) {
			continue
		}
		if err := r.feedAll(rr); err != nil {
			r.fail(rr, err, 0)
			continue
		}
		memory := rr.holds()
		r.memory += memory - rr.memory
		rr.memory = memory
	}
}

func tooMuch(code, format string, bound int64) error {
	return diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, bound), Hint: "scan less at a time, allow more memory, or leave the rule out"}
}

// start begins the run of a rule that is fed as the input is read.
func (r *run) start(rr *ruleRun) error {
	if rr.run != nil {
		return nil
	}
	if rr.query == nil {
		var err error
		if rr.query, err = exec.Compile(rr.rule.Rest, r.optionsOf(rr)); err != nil {
			return err
		}
		rr.scans = rr.query.Scans()
	}
	s := search{from: r.scan.From, to: r.scan.To}
	rr.made.begin(rr.query, s)
	emit := func(b *exec.Batch) error {
		rr.ready = rr.made.add(rr.ready, rr.rule.Detection, b, s)
		return nil
	}
	if r.query != nil {
		emit = r.query.emit
	}
	rr.run = rr.query.Start(r.context, emit)
	return nil
}

func (r *run) queryOptions() exec.Options {
	if r.query != nil {
		return r.query.options
	}
	return exec.Options{MaxMemory: r.limits.RuleMemory, MaxRows: r.limits.RuleRows, Evidence: r.limits.Evidence}
}

// behindAll is the number of an input behind all others.
const behindAll = 1 << 30

// maker makes findings of rows. It tells findings of one search that are alike apart, and leaves out those that an earlier
// search has made.
type maker struct {
	names []*event.Name
	open  bool
	again map[string]int // in this search, by the id without regard to others like it
	seen  map[string]bool
	why   map[exec.Evidence][]finding.Reason // of the events that rows of a batch were made of
	// search is the one under way, and leave takes the rows that are suppressed; nil if none can be.
	search search
	leave  func(by []string, matches int64, f *finding.Finding)
	// correlation is set if the rows are those of one: the last event is the one that completed it.
	correlation *compile.Correlation
}

// begin is called before each search.
func (m *maker) begin(q *exec.Query, s search) {
	m.search = s
	m.reads(q.Columns(), q.Open())
	m.again = map[string]int{}
}

// reads says which columns the rows have, and whether they have more beside.
func (m *maker) reads(columns []*plan.Column, open bool) {
	m.names, m.open = m.names[:0], open
	for _, c := range columns {
		m.names = append(m.names, event.NameOf(c.Name))
	}
}

// size returns the bytes that it holds, roughly.
func (m *maker) size() int64 { return 80 * int64(len(m.again)+len(m.seen)) }

// add makes the findings of a batch of rows. Rows without events stand behind all inputs.
func (m *maker) add(out []*finding.Finding, d *detection.Detection, b *exec.Batch, s search) []*finding.Finding {
	defer clear(m.why)
	for i := range b.Len {
		f := finding.OfRow(d, m.rowOf(b, i, s))
		id := f.ID
		if before := m.again[id]; before > 0 {
			f.IdentifyAgain(before)
		}
		m.again[id]++
		if m.seen != nil {
			if m.seen[f.ID] {
				continue
			}
			m.seen[f.ID] = true
		}
		if m.leave != nil && b.From != nil {
			if by := leftBy(b.From[i]); by != nil {
				m.leave(by, 1, f)
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

// rowOf returns a row of a batch as a finding is made of it.
func (m *maker) rowOf(b *exec.Batch, i int, s search) finding.Row {
	row := finding.Row{Fields: finding.Spread(m.names, func(column int) event.Value { return b.Value(column, i) }),
		At: s.at, From: s.from, To: s.to, Order: finding.Order{Input: behindAll}}
	if m.open && b.Rest != nil && b.Rest[i].Record != nil {
		row.Fields.Fields = append(row.Fields.Fields, b.Rest[i].Record.Fields...)
	}
	if b.From != nil && b.From[i] != nil {
		row.More = b.From[i].More
		row.Evidence = make([]finding.Evidence, 0, len(b.From[i].Evidence))
		for j, e := range b.From[i].Evidence {
			n := e.Note.(*note)
			one := finding.Evidence{Source: e.Origin.Source, Record: e.Origin.Record, Time: n.time}
			if !slices.Contains(row.Evidence, one) { // an event of which several rows went in is one event
				row.Evidence = append(row.Evidence, one)
			}
			row.Marks |= e.Marks &^ event.Derived
			if j == 0 && m.correlation == nil || m.correlation != nil && j == len(b.From[i].Evidence)-1 {
				row.Order, row.Host, row.User, row.Why = n.place, n.host, n.user, m.reasonsOf(e)
			}
		}
	}
	if m.correlation != nil { // the last event is the one that completed it
		slices.SortStableFunc(row.Evidence, func(a, b finding.Evidence) int { return cmp.Compare(a.Time, b.Time) })
		row.Why = append(correlationReasons(m.correlation, &row.Fields), row.Why...)
	}
	return row
}

// reasonsOf returns the clauses that an event met when it became a row. Several rows of a batch may be made of it.
func (m *maker) reasonsOf(e exec.Evidence) []finding.Reason {
	why, known := m.why[e]
	if !known {
		if m.why == nil {
			m.why = map[exec.Evidence][]finding.Reason{}
		}
		why = rowReasons(e)
		m.why[e] = why
	}
	return why
}
