package prove

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/suite"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/source"
	"goshawk/taxonomy"
)

// Conclusion is what a hunt may conclude from data.
type Conclusion string

// The conclusions. That nothing was found is Refuted only where everything that was asked for could be seen.
const (
	Supported    Conclusion = "supported"
	Refuted      Conclusion = "refuted"
	Inconclusive Conclusion = "inconclusive"
)

// Hunting says which hunt is run over what.
type Hunting struct {
	Hunt     *suite.Hunt
	Suite    *Suite
	Rules    []*compile.Rule // among which are its queries
	Options  compile.Options // for queries that stand in the hunt itself
	Paths    []string
	Source   source.Options
	Taxonomy *taxonomy.Taxonomy
	Threads  int
	From, To int64 // ticks; 0: open
	Now      int64
	Progress func(engine.Progress)
}

// HuntReport is what a hunt showed.
type HuntReport struct {
	Hunt       *suite.Hunt
	Source     string // the document
	Conclusion Conclusion
	Reasons    []string // for the conclusion, the weightiest first
	Report     *engine.Report
	Telemetry  []Seen
	Hosts      []HostSeen // all that the data names, by name
	Queries    []QueryAnswer
	Findings   []*finding.Finding // of all queries, each event once, in the order of the input
	Prevalence []Prevalence
	Events     int // what the findings rest on
	// Agree says that all queries found the same events.
	Agree    bool
	From, To int64 // of the events; 0 if none has a time
	TooMany  bool  // hosts, to be told apart
}

// Seen is how much of a kind of telemetry there is.
type Seen struct {
	Need   suite.Telemetry
	Name   string // of the log source
	Hosts  int
	Events int64
	Fields []FieldSeen
}

// FieldSeen is how many of the events have a value in a field.
type FieldSeen struct {
	Name   string
	Filled int64
}

// HostSeen is what a host showed of what the hunt needs.
type HostSeen struct {
	Name        string // empty: events that name no host
	Events      int64
	Needed      []int64 // events of each telemetry, in the order of HuntReport.Telemetry
	Other       bool    // of another system than the hunt is about
	First, Last int64
	Findings    int
}

// Blind says that a host which the hunt is about sent nothing that the hunt needs.
func (h *HostSeen) Blind() bool {
	return !h.Other && !slices.ContainsFunc(h.Needed, func(n int64) bool { return n > 0 })
}

// QueryAnswer is what one query found.
type QueryAnswer struct {
	Rule     *compile.Rule
	Name     string // as the hunt names it
	Events   int
	Hosts    int
	Users    int
	First    int64
	Last     int64
	Refusal  string // why it was not asked
	evidence map[key]bool
}

// Prevalence is how often a value occurs in what was found.
type Prevalence struct {
	What  string // host, user, or the name of a field
	Value string
	More  int // if not 0, this stands for so many values between those before and behind it, which are not told
	Count int
	Hosts int
	First int64
	Last  int64
}

// Run asks the queries, counts what each host sent, and concludes.
func (h *Hunting) Run(ctx context.Context) (*HuntReport, error) {
	out := &HuntReport{Hunt: h.Hunt, Source: h.Suite.Source.Name}
	var rules []*compile.Rule
	for i := range h.Hunt.Queries {
		a := h.query(&h.Hunt.Queries[i])
		switch {
		case a.Rule == nil:
		case a.Rule.Refused:
			a.Refusal = firstError(a.Rule)
		case slices.Contains(rules, a.Rule):
			return nil, fmt.Errorf("the hunt names %s twice", a.Name)
		default:
			rules = append(rules, a.Rule)
		}
		out.Queries = append(out.Queries, a)
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("none of the queries of the hunt can be asked: %s", out.Queries[0].Refusal)
	}
	census := h.census(out)
	scan := &engine.Scan{Paths: h.Paths, Rules: rules, Taxonomy: h.Taxonomy, Source: h.Source, Threads: h.Threads, From: h.From, To: h.To, Now: h.Now,
		Census: census, Progress: h.Progress, Limits: engine.Limits{Evidence: 1 << 20}}
	seen := map[key]bool{}
	byHost := map[string]int{}
	scan.Finding = func(f *finding.Finding) error {
		for i := range out.Queries {
			if a := &out.Queries[i]; a.Rule != nil && a.Rule.Detection == f.Detection {
				a.take(f)
			}
		}
		fresh := false
		for _, e := range f.Evidence {
			k := key{e.Source, e.Record, e.Time}
			fresh = fresh || !seen[k]
			seen[k] = true
		}
		if fresh {
			out.Findings = append(out.Findings, f)
			byHost[engine.HostKey(f.Host)]++
		}
		return nil
	}
	report, err := scan.Run(ctx)
	if err != nil {
		return nil, err
	}
	out.Report = report
	out.Events = len(seen)
	h.hosts(out, census, byHost)
	out.Agree = agree(out.Queries)
	out.Prevalence = prevalence(out.Findings)
	h.conclude(out)
	return out, nil
}

// query returns a query of the hunt before it is asked; one without a rule says why.
func (h *Hunting) query(q *suite.Query) QueryAnswer {
	if q.Text == nil {
		a := QueryAnswer{Name: q.Rule.Text, evidence: map[key]bool{}}
		var err error
		if a.Rule, err = compile.One(h.Rules, q.Rule.Text); err != nil {
			a.Refusal = err.Error()
		}
		return a
	}
	text := q.Text.String
	d := detection.Detection{Title: q.Name.Text, Language: detection.Language(q.Language.Text), Path: h.Suite.Source.Name,
		Query: &diag.Source{Name: h.Suite.Source.Name + ", " + q.Name.Text, Text: text}}
	return QueryAnswer{Name: q.Name.Text, Rule: compile.Text(d, h.Options), evidence: map[key]bool{}}
}

// take counts a finding.
func (a *QueryAnswer) take(f *finding.Finding) {
	for _, e := range f.Evidence {
		a.evidence[key{e.Source, e.Record, e.Time}] = true
		if e.Time != 0 && (a.First == 0 || e.Time < a.First) {
			a.First = e.Time
		}
		a.Last = max(a.Last, e.Time)
	}
	a.Events = len(a.evidence)
}

// systems is the table by which a hunt knows whether a host is of the system that it is about, behind those of its telemetry.
func (h *Hunting) census(out *HuntReport) *engine.Census {
	c := &engine.Census{}
	for _, need := range h.Hunt.Requires {
		view := h.Taxonomy.Sigma(need.Category.Text, need.Product.Text, need.Service.Text)
		t := engine.CensusTable{Table: view.Table}
		seen := Seen{Need: need, Name: sourceName(need)}
		for _, field := range need.Fields {
			column, _, ok := view.Column(field.Text)
			if !ok {
				column = field.Text
			}
			t.Columns = append(t.Columns, column)
			seen.Fields = append(seen.Fields, FieldSeen{Name: field.Text})
		}
		c.Tables = append(c.Tables, t)
		out.Telemetry = append(out.Telemetry, seen)
	}
	for _, product := range h.products() {
		c.Tables = append(c.Tables, engine.CensusTable{Table: h.Taxonomy.Sigma("", product, "").Table})
	}
	return c
}

// products are the systems that the hunt is about; none: all.
func (h *Hunting) products() []string {
	var list []string
	for _, need := range h.Hunt.Requires {
		if need.Product.Text == "" {
			return nil
		}
		if !slices.Contains(list, need.Product.Text) {
			list = append(list, need.Product.Text)
		}
	}
	return list
}

func sourceName(t suite.Telemetry) string {
	var parts []string
	for _, w := range []suite.Word{t.Product, t.Category, t.Service} {
		if w.Text != "" {
			parts = append(parts, w.Text)
		}
	}
	return strings.Join(parts, " ")
}

// hosts fills in what the census counted.
func (h *Hunting) hosts(out *HuntReport, c *engine.Census, findings map[string]int) {
	needs := len(out.Telemetry)
	out.TooMany = c.TooMany
	for name, n := range c.Hosts {
		host := HostSeen{Name: n.Name, Events: n.Events, First: n.First, Last: n.Last, Findings: findings[name], Needed: make([]int64, needs)}
		of := len(c.Tables) == needs
		for i := range n.Tables {
			if i >= needs {
				of = of || n.Tables[i].Events > 0
				continue
			}
			host.Needed[i] = n.Tables[i].Events
			of = of || n.Tables[i].Events > 0
			s := &out.Telemetry[i]
			s.Events += n.Tables[i].Events
			if n.Tables[i].Events > 0 {
				s.Hosts++
			}
			for j := range s.Fields {
				s.Fields[j].Filled += n.Tables[i].Filled[j]
			}
		}
		host.Other = !of
		if n.First != 0 && (out.From == 0 || n.First < out.From) {
			out.From = n.First
		}
		out.To = max(out.To, n.Last)
		out.Hosts = append(out.Hosts, host)
	}
	sort.Slice(out.Hosts, func(i, j int) bool { return out.Hosts[i].Name < out.Hosts[j].Name })
	for i := range out.Queries {
		a := &out.Queries[i]
		hosts, users := map[string]bool{}, map[string]bool{}
		for _, f := range out.Findings {
			for _, e := range f.Evidence {
				if a.evidence[key{e.Source, e.Record, e.Time}] {
					hosts[f.Host], users[f.User] = true, true
				}
			}
		}
		delete(hosts, "")
		delete(users, "")
		a.Hosts, a.Users = len(hosts), len(users)
	}
}

func agree(list []QueryAnswer) bool {
	var first *QueryAnswer
	for i := range list {
		a := &list[i]
		switch {
		case a.Refusal != "":
		case first == nil:
			first = a
		case len(a.evidence) != len(first.evidence):
			return false
		default:
			for k := range a.evidence {
				if !first.evidence[k] {
					return false
				}
			}
		}
	}
	return true
}

// maxPrevalent is how many values of each kind are told from either end, the most common and the rarest.
const maxPrevalent = 10

// prevalence counts hosts, users and the telling fields of what was found, the rarest values last.
func prevalence(list []*finding.Finding) []Prevalence {
	type place struct{ what, value string }
	counts := map[place]*Prevalence{}
	hosts := map[place]map[string]bool{}
	count := func(f *finding.Finding, what, value string) {
		if value == "" {
			return
		}
		p := place{what, value}
		n := counts[p]
		if n == nil {
			n = &Prevalence{What: what, Value: value}
			counts[p], hosts[p] = n, map[string]bool{}
		}
		n.Count++
		hosts[p][f.Host] = true
		if f.Time != 0 && (n.First == 0 || f.Time < n.First) {
			n.First = f.Time
		}
		n.Last = max(n.Last, f.Time)
	}
	for _, f := range list {
		count(f, "host", f.Host)
		count(f, "user", f.User)
		for _, why := range f.Why {
			if why.Field != "" && why.Value != "" {
				count(f, why.Field, clip(why.Value, 200))
				break
			}
		}
		for _, name := range []string{"CommandLine", "ProcessCommandLine", "process.command_line", "proctitle"} {
			if v := f.Fields.Get(name); !v.IsAbsent() && !v.IsNull() {
				count(f, "command line", clip(v.Text(), 200))
				break
			}
		}
	}
	byKind := map[string][]Prevalence{}
	for p, n := range counts {
		n.Hosts = len(hosts[p])
		byKind[n.What] = append(byKind[n.What], *n)
	}
	var kinds []string
	for kind := range byKind {
		kinds = append(kinds, kind)
	}
	order := []string{"host", "user", "command line"}
	sort.Slice(kinds, func(i, j int) bool {
		a, b := slices.Index(order, kinds[i]), slices.Index(order, kinds[j])
		if a != b && (a >= 0 || b >= 0) {
			return a >= 0 && (b < 0 || a < b)
		}
		return kinds[i] < kinds[j]
	})
	var out []Prevalence
	for _, kind := range kinds {
		part := byKind[kind]
		sort.Slice(part, func(i, j int) bool {
			if part[i].Count != part[j].Count {
				return part[i].Count > part[j].Count
			}
			return part[i].Value < part[j].Value
		})
		if more := len(part) - 2*maxPrevalent; more > 0 {
			between := Prevalence{What: kind, More: more}
			part = slices.Concat(part[:maxPrevalent], []Prevalence{between}, part[len(part)-maxPrevalent:])
		}
		out = append(out, part...)
	}
	return out
}

// conclude weighs what was seen. Findings support the hypothesis. That there are none refutes it only if every host that the hunt is
// about sent what it needs, with the fields filled; otherwise nothing can be said.
func (h *Hunting) conclude(out *HuntReport) {
	say := func(format string, args ...any) { out.Reasons = append(out.Reasons, fmt.Sprintf(format, args...)) }
	about, blind, nameless := 0, 0, int64(0)
	for i := range out.Hosts {
		host := &out.Hosts[i]
		if host.Name == "" { // they count as those of one host: how many there are nobody knows
			nameless = host.Events
		}
		if !host.Other {
			about++
			if host.Blind() {
				blind++
			}
		}
	}
	events := int64(0)
	for _, t := range out.Telemetry {
		events += t.Events
	}
	var gaps []string
	if events == 0 {
		gaps = append(gaps, fmt.Sprintf("nothing of what the hunt needs is in the data: %s", needsText(out.Telemetry)))
	} else if blind > 0 {
		gaps = append(gaps, fmt.Sprintf("no %s from %d of %s", needsText(out.Telemetry), blind, counted(about, "host", "hosts")))
	}
	for _, t := range out.Telemetry {
		for _, f := range t.Fields {
			if t.Events > 0 && f.Filled*2 < t.Events {
				gaps = append(gaps, fmt.Sprintf("%s is filled in %d of %d events of %s only", f.Name, f.Filled, t.Events, t.Name))
			}
		}
	}
	for _, a := range out.Queries {
		if a.Refusal != "" {
			gaps = append(gaps, fmt.Sprintf("the query %s was not asked: %s", a.Name, a.Refusal))
		}
	}
	if out.Report.Interrupted {
		gaps = append(gaps, "the data was not read to its end")
	}
	for _, f := range out.Report.Failed {
		gaps = append(gaps, fmt.Sprintf("%s did not finish", f.Rule.Detection.Title))
	}
	if out.TooMany {
		gaps = append(gaps, "there are more hosts than can be told apart")
	}
	if lost := lostRecords(out.Report); lost > 0 {
		gaps = append(gaps, fmt.Sprintf("%d records could not be read", lost))
	}
	switch {
	case out.Events > 0 || len(out.Findings) > 0:
		out.Conclusion = Supported
		say("%s what the hunt looks for", counted(out.Events, "event is", "events are"))
		for _, g := range gaps {
			say("beyond them: %s", g)
		}
	case len(gaps) > 0:
		out.Conclusion = Inconclusive
		say("nothing was found, which shows nothing here")
		out.Reasons = append(out.Reasons, gaps...)
	default:
		out.Conclusion = Refuted
		say("nothing was found in %s of what the hunt needs, which came from %s", counted(int(events), "event", "events"), counted(about, "host", "hosts, all that there are"))
	}
	if nameless > 0 {
		say("%s no host", counted(int(nameless), "event names", "events name"))
	}
	if !out.Agree {
		say("the queries do not find the same events")
	}
}

func lostRecords(r *engine.Report) (n int64) {
	for _, in := range r.Inputs {
		n += in.Lost
	}
	return n
}

func needsText(list []Seen) string {
	var names []string
	for _, t := range list {
		names = append(names, t.Name)
	}
	return strings.Join(names, " or ")
}

func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}
