package finding

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
)

// RiskEvent is what one finding adds to the risk of one entity.
type RiskEvent struct {
	Time    int64
	Object  string // as the finding names it
	Entity  string // what sums go by: the name in lower case
	Type    string // user, system or other
	Score   int    // what the detection gives
	Total   float64
	Source  string // the detection
	Message string
	Finding *Finding
	common  *raised
}

// Tactic is a tactic of ATT&CK.
type Tactic struct{ ID, Slug string }

// LedgerOptions say how risk is counted. The zero value counts what detections give.
type LedgerOptions struct {
	Factors []Factor
	// Hosts counts what is done by accounts that every machine has (SYSTEM, LOCAL SERVICE …) and by nobody (blank, unknown) for
	// the account of the machine, HOST$.
	Hosts bool
	// Attack returns the name and the tactics of a technique of ATT&CK; nil knows none.
	Attack func(technique string) (name string, tactics []Tactic)
	// MaxEvents bounds the events that are kept; 0: 1,000,000.
	MaxEvents int
}

const defaultRiskEvents = 1_000_000

// Ledger keeps the risk events of findings. It must not be used by several goroutines at a time until Events was called; from then on, as
// long as nothing is added, it may.
type Ledger struct {
	options LedgerOptions
	events  []*RiskEvent
	sorted  bool
	lost    int64
	known   map[*detection.Detection]*raised
}

// raised is what the risk events of a detection have in common.
type raised struct {
	techniques, names []string
	tactics           []Tactic
	fields            event.Record // of the risk index
}

// NewLedger returns an empty ledger.
func NewLedger(o LedgerOptions) *Ledger {
	if o.MaxEvents <= 0 {
		o.MaxEvents = defaultRiskEvents
	}
	return &Ledger{options: o, known: map[*detection.Detection]*raised{}}
}

// Add takes over the risk of a finding, which the ledger keeps.
func (l *Ledger) Add(f *Finding) {
	for _, r := range f.Risk {
		if len(l.events) >= l.options.MaxEvents {
			l.lost++
			continue
		}
		e := &RiskEvent{Time: f.Time, Object: r.Object, Entity: strings.ToLower(r.Object), Type: r.Type, Score: r.Score,
			Source: f.Detection.Title, Message: r.Message, Finding: f, common: l.of(f.Detection)}
		if l.options.Hosts && e.Type == "user" && f.Host != "" && machineAccount(e.Entity) {
			e.Entity = strings.ToLower(f.Host) + "$"
		}
		e.Total = total(l.options.Factors, e)
		l.events = append(l.events, e)
		l.sorted = false
	}
}

// machineAccount says whether a name is that of an account that every machine has, or of nobody.
func machineAccount(name string) bool {
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	switch name {
	case "system", "local service", "network service", "local system", "localsystem", "s-1-5-18", "s-1-5-19", "s-1-5-20":
		return true
	}
	return nobody[name]
}

// Full returns the complaint about events that found no room; nil if all did.
func (l *Ledger) Full() diag.List {
	if l.lost == 0 {
		return nil
	}
	return diag.List{{Code: "risk-too-much", Severity: diag.Error,
		Message: fmt.Sprintf("the ledger holds %d risk events at most; %d more were not counted", l.options.MaxEvents, l.lost),
		Hint:    "scan less at a time, or choose fewer detections",
	}}
}

// Events returns the risk events in the order of their times, those of one time as they came. The slice must not be changed.
func (l *Ledger) Events() []*RiskEvent {
	if !l.sorted {
		sort.SliceStable(l.events, func(i, j int) bool { return l.events[i].Time < l.events[j].Time })
		l.sorted = true
	}
	return l.events
}

// Sum returns the risk of an entity from a time, inside, to another, outside.
func (l *Ledger) Sum(entity, kind string, from, to int64) float64 {
	sum := 0.0
	for _, e := range l.Events() {
		if e.Entity == strings.ToLower(entity) && e.Type == kind && from <= e.Time && e.Time < to {
			sum += e.Total
		}
	}
	return sum
}

// of returns what the risk events of a detection have in common.
func (l *Ledger) of(d *detection.Detection) *raised {
	r := l.known[d]
	if r == nil {
		r = &raised{techniques: Techniques(d)}
		for _, id := range r.techniques {
			if l.options.Attack == nil {
				break
			}
			name, tactics := l.options.Attack(id)
			if name != "" {
				r.names = append(r.names, name)
			}
			for _, t := range tactics {
				if !slices.Contains(r.tactics, t) {
					r.tactics = append(r.tactics, t)
				}
			}
		}
		r.describe(d)
		l.known[d] = r
	}
	return r
}

// describe sets the fields that say what the detection is.
func (r *raised) describe(d *detection.Detection) {
	stories := d.Stories
	if d.Answer != nil && len(stories) == 0 {
		stories = d.Answer.Annotation("analytic_story")
	}
	addList(&r.fields, "analyticstories", stories)
	if d.Answer != nil {
		var all []string
		for _, a := range d.Answer.Annotations {
			addList(&r.fields, "annotations."+a.Name, a.Values)
			all = append(all, a.Values...)
		}
		addList(&r.fields, "annotations._all", all)
	}
	var ids, slugs []string
	for _, t := range r.tactics {
		ids, slugs = append(ids, t.ID), append(slugs, t.Slug)
	}
	addList(&r.fields, "annotations.mitre_attack.mitre_technique_id", r.techniques)
	addList(&r.fields, "annotations.mitre_attack.mitre_technique", r.names)
	addList(&r.fields, "annotations.mitre_attack.mitre_tactic_id", ids)
	addList(&r.fields, "annotations.mitre_attack.mitre_tactic", slugs)
	if d.ID != "" {
		r.fields.Set("detection_id", event.TextValue(d.ID))
	}
}

// Record returns the fields of a risk event under the names of the risk index: its own, then those of the row that no name of
// its own hides. It may share the memory of the finding.
func (l *Ledger) Record(e *RiskEvent) event.Record {
	known, row := e.common, e.Finding.Fields.Fields
	r := event.Record{Fields: make([]event.Field, 0, ownRiskFields+len(known.fields.Fields)+len(row))}
	one := func(name, value string) {
		if value != "" {
			r.Set(name, event.TextValue(value))
		}
	}
	one("risk_object", e.Object)
	one("risk_object_type", e.Type)
	r.Set("risk_score", event.IntValue(int64(e.Score)))
	r.Set("calculated_risk_score", event.FloatValue(e.Total))
	one("search_name", e.Source)
	one("source", e.Source)
	one("risk_message", e.Message)
	one("normalized_risk_object", e.Entity)
	var threats, kinds []string
	for _, t := range e.Finding.Threats {
		threats, kinds = append(threats, t.Object), append(kinds, t.Type)
	}
	addList(&r, "threat_object", threats)
	addList(&r, "threat_object_type", kinds)
	r.Fields = append(r.Fields, known.fields.Fields...)
	own := r.Fields
	for _, f := range row {
		hidden := f.Name.Text == "_time" || slices.ContainsFunc(own, func(o event.Field) bool { return o.Name.Text == f.Name.Text })
		if !hidden {
			r.Add(f.Name, f.Value)
		}
	}
	return r
}

// ownRiskFields is how many fields a risk event has of its own.
const ownRiskFields = 10

// addList adds texts: one as it is, several as a list, none not at all.
func addList(r *event.Record, name string, texts []string) {
	switch len(texts) {
	case 0:
	case 1:
		r.Set(name, event.TextValue(texts[0]))
	default:
		list := make([]event.Value, len(texts))
		for i, text := range texts {
			list[i] = event.TextValue(text)
		}
		r.Set(name, event.ListValue(list...))
	}
}
