package compile_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// A guess is a correlation in the words of this test, which knows nothing of plans.
type guess struct {
	name, kind string
	uses       []*guess // of base rules, only the name is set
	by         []string
	aliases    map[string]map[string]string // alias → rule → field
	within     int64                        // seconds
	ops        []string
	bounds     []float64
	fields     []string
	percent    float64
	extended   string                                  // as text
	holds      func(seen func(string) bool) bool       // of a temporal condition
	ways       func(seen func(string) bool) [][]string // of an ordered one: the rules of which one list must be a chain
}

// thing is an event of this test.
type thing struct {
	at     int64 // seconds
	letter string
	fields map[string]any // int, float64 or string
}

// result is what a guess finds: the event that completes it, what it carries, and the number that its condition is about.
type result struct {
	event   int
	carries map[string]any
	number  float64
}

const baseRules = "abc"

type guesser struct{ *rand.Rand }

func (g guesser) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g guesser) events() []thing {
	var list []thing
	now := int64(1000)
	for range 3 + g.IntN(25) {
		now += int64(g.IntN(4)) - 1 // ties and steps back
		e := thing{at: now, fields: map[string]any{}}
		for _, letter := range baseRules {
			if g.IntN(2) == 0 {
				e.letter += string(letter)
			}
		}
		for _, name := range []string{"u", "v"} {
			switch g.IntN(6) {
			case 0:
			case 1:
				e.fields[name] = g.IntN(2)
			default:
				e.fields[name] = fmt.Sprint(g.IntN(2))
			}
		}
		switch g.IntN(6) {
		case 0:
		case 1:
			e.fields["n"] = "much"
		case 2:
			e.fields["n"] = fmt.Sprint(float64(g.IntN(9)) / 4)
		case 3:
			e.fields["n"] = float64(g.IntN(9)) / 4
		default:
			e.fields["n"] = g.IntN(4)
		}
		list = append(list, e)
	}
	return list
}

// correlation makes a guess over base rules, or over such guesses as well.
func (g guesser) correlation(name string, inner []*guess) *guess {
	c := &guess{name: name, within: int64(g.IntN(12) + 1), kind: g.pick("event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile", "temporal", "temporal_ordered")}
	for i, n := 0, 1+g.IntN(3); i < n; i++ {
		c.uses = append(c.uses, &guess{name: string(baseRules[i])})
	}
	c.uses = append(c.uses, inner...)
	g.Shuffle(len(c.uses), func(i, j int) { c.uses[i], c.uses[j] = c.uses[j], c.uses[i] })
	for _, name := range []string{"u", "v"} {
		if g.IntN(2) == 0 {
			c.by = append(c.by, name)
		}
	}
	if g.IntN(3) == 0 {
		c.aliases = map[string]map[string]string{"who": {}}
		for _, u := range c.uses {
			if g.IntN(3) > 0 {
				c.aliases["who"][u.name] = g.pick("u", "v")
			}
		}
		if len(c.aliases["who"]) == 0 {
			c.aliases["who"][c.uses[0].name] = "v"
		}
		if g.IntN(2) == 0 {
			c.by = append(c.by, "who")
		}
	}
	bound := func(most int) {
		for range 1 + g.IntN(2) {
			op := g.pick("gt", "gte", "lt", "lte", "eq", "neq")
			if !slices.Contains(c.ops, op) {
				c.ops, c.bounds = append(c.ops, op), append(c.bounds, float64(g.IntN(4*most))/4)
			}
		}
	}
	switch c.kind {
	case "event_count":
		bound(5)
	case "value_count":
		c.fields = []string{"n", "v"}[:1+g.IntN(2)]
		bound(4)
	case "temporal":
		switch g.IntN(3) {
		case 0:
			bound(4)
		case 1:
			g.temporal(c)
		}
	case "temporal_ordered":
		switch g.IntN(3) {
		case 0:
			bound(4)
		case 1:
			g.ordered(c)
		}
	default:
		c.fields = []string{"n"}
		c.percent = float64(g.IntN(101))
		bound(3)
	}
	return c
}

// temporal gives a guess a random condition over its rules, each of which it names.
func (g guesser) temporal(c *guess) {
	var build func(names []string) (string, func(func(string) bool) bool)
	build = func(names []string) (string, func(func(string) bool) bool) {
		if len(names) == 1 {
			name := names[0]
			if g.IntN(3) == 0 {
				return "not " + name, func(seen func(string) bool) bool { return !seen(name) }
			}
			return name, func(seen func(string) bool) bool { return seen(name) }
		}
		at := 1 + g.IntN(len(names)-1)
		left, l := build(names[:at])
		right, r := build(names[at:])
		if g.IntN(2) == 0 {
			return "(" + left + ") and (" + right + ")", func(seen func(string) bool) bool { return l(seen) && r(seen) }
		}
		return "(" + left + ") or (" + right + ")", func(seen func(string) bool) bool { return l(seen) || r(seen) }
	}
	c.extended, c.holds = build(c.names())
}

// ordered gives a guess a condition over its rules whose order counts.
func (g guesser) ordered(c *guess) {
	names := c.names()
	last := names[len(names)-1]
	switch kind := g.IntN(3); {
	case len(names) == 1 || kind == 0:
		c.extended = strings.Join(names, " and ")
		c.ways = func(func(string) bool) [][]string { return [][]string{names} }
	case kind == 1:
		c.extended = strings.Join(names[:len(names)-1], " and ") + " and not " + last
		c.ways = func(seen func(string) bool) [][]string {
			if seen(last) {
				return nil
			}
			return [][]string{names[:len(names)-1]}
		}
	default:
		c.extended = names[0] + " and (" + strings.Join(names[1:], " or ") + ")"
		c.ways = func(func(string) bool) (out [][]string) {
			for _, name := range names[1:] {
				out = append(out, []string{names[0], name})
			}
			return out
		}
	}
}

func (c *guess) names() []string {
	var list []string
	for _, u := range c.uses {
		list = append(list, u.name)
	}
	return list
}

// text writes the guess in Sigma.
func (c *guess) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\nname: %s\ncorrelation:\n  type: %s\n  timespan: %ds\n  rules: [%s]\n  group-by: [%s]\n", c.name, c.name, c.kind, c.within, strings.Join(c.names(), ", "), strings.Join(c.by, ", "))
	if c.aliases != nil {
		b.WriteString("  aliases:\n    who:\n")
		for _, u := range c.uses {
			if field := c.aliases["who"][u.name]; field != "" {
				fmt.Fprintf(&b, "      %s: %s\n", u.name, field)
			}
		}
	}
	switch {
	case c.extended != "":
		fmt.Fprintf(&b, "  condition: %s\n", c.extended)
	case len(c.ops) > 0:
		b.WriteString("  condition:\n")
		for i, op := range c.ops {
			fmt.Fprintf(&b, "    %s: %v\n", op, c.bounds[i])
		}
		if len(c.fields) > 0 {
			fmt.Fprintf(&b, "    field: [%s]\n", strings.Join(c.fields, ", "))
		}
		if c.kind == "value_percentile" {
			fmt.Fprintf(&b, "    percentile: %v\n", c.percent)
		}
	}
	return b.String()
}

// part is an event, or a result, that a guess looks at.
type part struct {
	event   int
	rule    string
	carries map[string]any // under the names of the guess
	key     string
}

// results is the definition, written down without regard to cost: for each event of each group, look at everything.
func (c *guess) results(events []thing) []result {
	var parts []part
	for _, u := range c.uses {
		add := func(event int, fields map[string]any) {
			p := part{event: event, rule: u.name, carries: map[string]any{}}
			for _, name := range append([]string{"u", "v", "n"}, c.by...) {
				p.carries[name] = fields[name]
			}
			if c.aliases != nil {
				field := c.aliases["who"][u.name]
				if field == "" {
					field = "who"
				}
				p.carries["who"] = fields[field]
			}
			var key []string
			for _, name := range c.by {
				if p.carries[name] == nil {
					return
				}
				key = append(key, fmt.Sprint(p.carries[name]))
			}
			p.key = strings.Join(key, "|")
			parts = append(parts, p)
		}
		if u.kind == "" {
			for i, e := range events {
				if strings.Contains(e.letter, u.name) {
					add(i, e.fields)
				}
			}
			continue
		}
		for _, r := range u.results(events) {
			add(r.event, r.carries)
		}
	}
	order := make([]int, len(events))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return events[order[i]].at < events[order[j]].at })
	place := map[int]int{}
	for i, e := range order {
		place[e] = i
	}
	var out []result
	for _, e := range order {
		done := map[string]bool{}
		for _, p := range parts {
			if p.event != e || done[p.key] {
				continue
			}
			done[p.key] = true
			var window []part
			for _, q := range parts {
				if q.key == p.key && place[q.event] <= place[e] && events[q.event].at >= events[e].at-c.within {
					window = append(window, q)
				}
			}
			number, ok := c.number(window, e, place)
			if !ok {
				continue
			}
			r := result{event: e, carries: map[string]any{}, number: number}
			names := c.by
			if c.aliases != nil && !slices.Contains(names, "who") {
				names = append(slices.Clone(names), "who")
			}
			for _, q := range window {
				for _, name := range names {
					if q.event == e && r.carries[name] == nil {
						r.carries[name] = q.carries[name]
					}
				}
			}
			out = append(out, r)
		}
	}
	return out
}

// number returns what the condition is about, and whether it holds. Parts come rule by rule.
func (c *guess) number(window []part, last int, place map[int]int) (float64, bool) {
	var values []float64
	tuples, counted, rules := map[string]bool{}, map[int]bool{}, map[string]bool{}
	all := map[int]bool{}
	for _, p := range window {
		all[p.event], rules[p.rule] = true, true
		if counted[p.event] || len(c.fields) == 0 {
			continue
		}
		if c.kind == "value_count" {
			tuple := ""
			for _, f := range c.fields {
				if p.carries[f] == nil {
					tuple = "-"
					break
				}
				tuple += fmt.Sprint("|", p.carries[f])
			}
			if tuple != "-" {
				tuples[tuple], counted[p.event] = true, true
			}
			continue
		}
		var n float64
		switch v := p.carries[c.fields[0]].(type) {
		case int:
			n = float64(v)
		case float64:
			n = v
		case string:
			if _, err := fmt.Sscan(v, &n); err != nil {
				continue
			}
		default:
			continue
		}
		values, counted[p.event] = append(values, n), true
	}
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	number := 0.0
	switch c.kind {
	case "event_count":
		number = float64(len(all))
	case "value_count":
		number = float64(len(tuples))
	case "temporal":
		if c.holds != nil {
			return 0, c.holds(func(rule string) bool { return rules[rule] })
		}
		if number = float64(len(rules)); len(c.ops) == 0 {
			return 0, len(rules) == len(c.uses)
		}
	case "temporal_ordered":
		if c.ways != nil {
			for _, way := range c.ways(func(rule string) bool { return rules[rule] }) {
				if longest(window, way, last, place) == len(way) {
					return 0, true
				}
			}
			return 0, false
		}
		n := longest(window, c.names(), last, place)
		if number = float64(n); len(c.ops) == 0 {
			return 0, n == len(c.uses)
		}
	default:
		if len(values) == 0 {
			return 0, false
		}
		switch n := len(values); c.kind {
		case "value_sum":
			number = sum
		case "value_avg":
			number = sum / float64(n)
		case "value_median":
			number = (values[(n-1)/2] + values[n/2]) / 2
		case "value_percentile":
			for _, v := range values {
				if number = v; float64(sort.SearchFloat64s(values, math.Nextafter(v, 99)))*100 >= c.percent*float64(n) {
					break
				}
			}
		}
	}
	for i, op := range c.ops {
		b := c.bounds[i]
		if !map[string]bool{"gt": number > b, "gte": number >= b, "lt": number < b, "lte": number <= b, "eq": number == b, "neq": number != b}[op] {
			return 0, false
		}
	}
	if strings.HasPrefix(c.kind, "temporal") {
		return 0, true // how many rules there were is not among the columns
	}
	return number, true
}

// longest is the length of the longest chain of rules, some left out, whose last is met by an event.
func longest(window []part, rules []string, last int, place map[int]int) int {
	best := 0
	for step, rule := range rules {
		if !slices.ContainsFunc(window, func(p part) bool { return p.event == last && p.rule == rule }) {
			continue
		}
		before := 0
		for _, p := range window {
			if place[p.event] < place[last] && step > 0 {
				before = max(before, longest(window, rules[:step], p.event, place))
			}
		}
		best = max(best, before+1)
	}
	return best
}

// lines writes results so that equal ones have equal texts.
func (c *guess) lines(list []result) []string {
	var out []string
	for _, r := range list {
		line := fmt.Sprintf("event %d", r.event)
		for _, name := range []string{"u", "v", "who"} {
			if v, ok := r.carries[name]; ok && v != nil {
				line += fmt.Sprintf(" %s=%v", name, v)
			}
		}
		out = append(out, fmt.Sprintf("%s %.6f", line, r.number))
	}
	return out
}

func (e thing) event(i int) *event.Event {
	ev := &event.Event{Class: event.ClassOf(event.Class{}), Logged: e.at * event.TicksPerSecond, Arrival: int64(i + 1), Origin: event.Origin{Source: "events", Record: uint64(i + 1)}}
	ev.Record.Set("letter", event.TextValue(e.letter))
	for name, v := range e.fields {
		switch v := v.(type) {
		case int:
			ev.Record.Set(name, event.IntValue(int64(v)))
		case float64:
			ev.Record.Set(name, event.FloatValue(v))
		case string:
			ev.Record.Set(name, event.TextValue(v))
		}
	}
	return ev
}

// gather returns what makes lines of the rows of a correlation.
func gather(q *exec.Query, lines *[]string) func(*exec.Batch) error {
	return func(b *exec.Batch) error {
		for r := range b.Len {
			trail := b.From[r].Evidence
			line, number := fmt.Sprintf("event %d", trail[len(trail)-1].Origin.Record-1), 0.0
			for _, name := range []string{"u", "v", "who"} {
				for i, c := range q.Columns() {
					if c.Name == name && !b.Value(i, r).IsNull() {
						line += fmt.Sprintf(" %s=%s", name, b.Value(i, r).Text())
					}
				}
			}
			for i, c := range q.Columns() {
				if strings.HasPrefix(c.Name, "value_") || c.Name == "event_count" {
					number = b.Value(i, r).Float()
				}
			}
			*lines = append(*lines, fmt.Sprintf("%s %.6f", line, number))
		}
		return nil
	}
}

// TestCorrelationsAgree compares, for random correlations over random events, the definition written down above with the plan run at
// once, over the events in their order and in another one, and as the events arrive, in order and late within the bound.
func TestCorrelationsAgree(t *testing.T) {
	seeds := uint64(3000)
	if testing.Short() {
		seeds = 300
	}
	found := map[string]int{}
	for seed := range seeds {
		g := guesser{rand.New(rand.NewPCG(seed, 5))}
		inner := []*guess{}
		docs := ""
		for _, letter := range baseRules {
			docs += fmt.Sprintf("---\ntitle: %c\nname: %c\nlogsource: {product: test}\ndetection:\n  sel: {letter|contains: %c}\n  condition: sel\n", letter, letter, letter)
		}
		for i := range g.IntN(3) {
			c := g.correlation(fmt.Sprintf("inner%d", i), nil)
			inner = append(inner, c)
			docs += c.text()
		}
		top := g.correlation("top", inner)
		docs += top.text()
		things := g.events()
		want := top.lines(top.results(things))
		kind := top.kind
		if top.extended != "" {
			kind += " over rules"
		}
		if found[kind] += len(want); len(inner) > 0 {
			found["chained"] += len(want)
		}

		file, list := sigma.Parse(&diag.Source{Name: "rules.yml", Text: docs})
		if list = append(list, sigma.CheckReferences(file)...); list.Failed() {
			t.Fatalf("seed %d: %v\n%s", seed, list, docs)
		}
		made, list := sigma.Collect(sigma.Env{}, file).LowerCorrelation(file.Documents[len(file.Documents)-1].Correlation)
		if made.Plan == nil {
			t.Fatalf("seed %d: %v\n%s", seed, list, docs)
		}
		if list := plan.Check(made.Plan); list.Failed() {
			t.Fatalf("seed %d: %v\n%s", seed, list, plan.String(made.Plan))
		}
		events := make([]*event.Event, len(things))
		for i, e := range things {
			events[i] = e.event(i)
		}
		late := int64(g.IntN(20)) * event.TicksPerSecond
		arriving := lateWithin(g, events, late)
		q, err := exec.Compile(plan.Rewrite(made.Plan), exec.Options{Evidence: 100, BatchSize: []int{0, 1, 3}[g.IntN(3)]})
		if err != nil {
			t.Fatal(err)
		}
		for name, run := range map[string]func(emit func(*exec.Batch) error) error{
			"at once":               func(emit func(*exec.Batch) error) error { return runOver(q, events, false, emit) },
			"at once, other order":  func(emit func(*exec.Batch) error) error { return runOver(q, arriving, false, emit) },
			"arriving":              func(emit func(*exec.Batch) error) error { return follow(q, g, byTime(events), 0, emit) },
			"arriving, other order": func(emit func(*exec.Batch) error) error { return follow(q, g, arriving, late, emit) },
		} {
			var got []string
			if err := run(gather(q, &got)); err != nil {
				t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, plan.String(made.Plan))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s:\ngot  %s\nwant %s\n%s\n%v\n%s", seed, name, strings.Join(got, "\n     "), strings.Join(want, "\n     "), docs, things, plan.String(made.Plan))
			}
		}
	}
	t.Log(found)
	for _, kind := range []string{"event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile", "temporal", "temporal_ordered", "temporal over rules", "temporal_ordered over rules", "chained"} {
		if found[kind] == 0 {
			t.Errorf("nothing was found by %s", kind)
		}
	}
}

func byTime(events []*event.Event) []*event.Event {
	out := slices.Clone(events)
	slices.SortStableFunc(out, func(a, b *event.Event) int { return int(a.Logged - b.Logged) })
	return out
}

// lateWithin returns the events in an order in which each comes at most so much later than it happened.
func lateWithin(g guesser, events []*event.Event, late int64) []*event.Event {
	comes := map[*event.Event]int64{}
	for _, ev := range events {
		comes[ev] = ev.Logged + g.Int64N(late+1)
	}
	out := slices.Clone(events)
	g.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	slices.SortStableFunc(out, func(a, b *event.Event) int { return int(comes[a] - comes[b]) })
	return out
}

// follow lets a query follow events, with an advance now and then.
func follow(q *exec.Query, g guesser, events []*event.Event, late int64, emit func(*exec.Batch) error) error {
	f, err := q.Follow(context.Background(), late, emit)
	if err != nil {
		return err
	}
	now := int64(math.MinInt64 / 2)
	for _, ev := range events {
		if err := f.Push(ev, logSources{}); err != nil {
			return err
		}
		now = max(now, ev.Logged)
		if g.IntN(2) == 0 {
			if err := f.Advance(now); err != nil {
				return err
			}
		}
	}
	if f.Late() > 0 {
		return fmt.Errorf("%d rows came too late", f.Late())
	}
	_, err = f.Finish()
	return err
}
