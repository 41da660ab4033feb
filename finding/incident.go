package finding

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
)

// RiskRules is the language of the incident rules, which are written in none.
const RiskRules detection.Language = "risk"

// IncidentRule looks at the risk of one entity over a span of time that ends with an event.
type IncidentRule struct {
	ID, Title, Description string
	Window                 int64 // ticks
	// Judge says whether the risk in the window amounts to an incident, of which level, and why.
	Judge func(w *RiskWindow) (level detection.Level, why Reason, ok bool)
}

// RiskWindow is the risk of one entity over a span of time.
type RiskWindow struct {
	Score   float64        // the sum, each source counted up to its cap
	Sources map[string]int // how many events each has
	// Tactics and Taught are the tactics of the events that have any, and their sources.
	Tactics map[string]int
	Taught  map[string]int
}

const day = event.TicksPerDay

// IncidentRules are the rules that every scan asks of the ledger: those that Enterprise Security ships enabled.
func IncidentRules() []IncidentRule {
	return []IncidentRule{{
		ID: "6a0c1f8e-5d6b-4b53-9d5e-0f6d27c1b0a1", Title: "Risk of an entity above 100 within 24 hours", Window: day,
		Description: "The detections that named this entity within 24 hours add up to more than 100 points of risk.",
		Judge: func(w *RiskWindow) (detection.Level, Reason, bool) {
			why := Reason{Clause: "more than 100 points of risk within 24 hours", Field: "risk_score", Value: number(w.Score)}
			switch {
			case w.Score >= 500:
				return detection.Critical, why, true
			case w.Score >= 250:
				return detection.High, why, true
			}
			return detection.Medium, why, w.Score > 100
		},
	}, {
		ID: "3d9f4c27-81f5-4a0e-8c53-7b2f0d6e94c2", Title: "Three tactics and four detections for an entity within 7 days", Window: 7 * day,
		Description: "At least four detections named this entity within 7 days, and together they stand for at least three tactics of ATT&CK.",
		Judge: func(w *RiskWindow) (detection.Level, Reason, bool) {
			why := Reason{Clause: "at least 3 tactics and 4 detections within 7 days", Field: "mitre_tactic_count", Value: strconv.Itoa(len(w.Tactics))}
			return detection.High, why, len(w.Tactics) >= 3 && len(w.Taught) >= 4
		},
	}}
}

// IncidentOptions change what the rules see.
type IncidentOptions struct {
	// Cap, if more than 0, bounds what one source adds within a window: so many times its highest single score.
	Cap float64
}

// Incidents asks rules of the ledger, whenever an event is added to the risk of an entity. A rule speaks when it begins to
// hold, and again only when a source joins those that it has named or the level rises; after a whole window in which it did not
// hold it begins anew. The findings come in the order of their times.
func (l *Ledger) Incidents(rules []IncidentRule, o IncidentOptions) []*Finding {
	type entity struct{ name, kind string }
	per := map[entity][]*RiskEvent{}
	var entities []entity
	for _, e := range l.Events() {
		if e.Time == 0 {
			continue
		}
		k := entity{e.Entity, e.Type}
		if per[k] == nil {
			entities = append(entities, k)
		}
		per[k] = append(per[k], e)
	}
	var out []*Finding
	for i := range rules {
		detections := map[detection.Level]*detection.Detection{}
		for _, k := range entities {
			w := watcher{rule: &rules[i], options: o, detections: detections, events: per[k]}
			out = append(out, w.run()...)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Time < out[j].Time })
	return out
}

// watcher follows the risk of one entity for one rule.
type watcher struct {
	rule       *IncidentRule
	options    IncidentOptions
	detections map[detection.Level]*detection.Detection
	events     []*RiskEvent

	from, to int // the events in the window
	window   RiskWindow
	names    []string // the sources in the window, sorted
	sources  map[string]*sourceRisk

	said      map[string]bool // sources that were named
	level     detection.Level
	lastHeld  int64
	everSpoke bool
}

// sourceRisk is what one source has in the window. highest holds, in falling order, the scores that are the highest until the
// next of them leaves the window.
type sourceRisk struct {
	sum     float64
	highest []*RiskEvent
}

func (w *watcher) run() []*Finding {
	w.window = RiskWindow{Sources: map[string]int{}, Tactics: map[string]int{}, Taught: map[string]int{}}
	w.sources, w.said = map[string]*sourceRisk{}, map[string]bool{}
	var out []*Finding
	for w.to < len(w.events) {
		now := w.events[w.to].Time
		for ; w.to < len(w.events) && w.events[w.to].Time == now; w.to++ {
			w.count(w.events[w.to], 1)
		}
		for ; w.events[w.from].Time <= now-w.rule.Window; w.from++ {
			w.count(w.events[w.from], -1)
		}
		w.window.Score = w.score()
		level, why, ok := w.rule.Judge(&w.window)
		if !ok {
			continue
		}
		if w.news(now, level) {
			out = append(out, w.finding(now, level, why))
		}
		w.lastHeld = now
	}
	return out
}

// count adds an event to the window or takes it out.
func (w *watcher) count(e *RiskEvent, by int) {
	change := func(counts map[string]int, key string) {
		if counts[key] += by; counts[key] == 0 {
			delete(counts, key)
		}
	}
	before := len(w.window.Sources)
	change(w.window.Sources, e.Source)
	if now := len(w.window.Sources); now != before {
		at, _ := slices.BinarySearch(w.names, e.Source)
		if now > before {
			w.names = slices.Insert(w.names, at, e.Source)
		} else {
			w.names = slices.Delete(w.names, at, at+1)
		}
	}
	if tactics := e.common.tactics; len(tactics) > 0 {
		change(w.window.Taught, e.Source)
		for _, t := range tactics {
			change(w.window.Tactics, t.Slug)
		}
	}
	s := w.sources[e.Source]
	if s == nil {
		s = &sourceRisk{}
		w.sources[e.Source] = s
	}
	s.sum += float64(by) * e.Total
	if by < 0 {
		if len(s.highest) > 0 && s.highest[0] == e {
			s.highest = s.highest[1:]
		}
		return
	}
	for len(s.highest) > 0 && s.highest[len(s.highest)-1].Total < e.Total {
		s.highest = s.highest[:len(s.highest)-1]
	}
	s.highest = append(s.highest, e)
}

// score adds the sources up, always in the same order, so that the sum of fractions is always the same.
func (w *watcher) score() float64 {
	sum := 0.0
	for _, name := range w.names {
		s := w.sources[name]
		points := s.sum
		if w.options.Cap > 0 && len(s.highest) > 0 {
			points = math.Min(points, w.options.Cap*s.highest[0].Total)
		}
		sum += points
	}
	return math.Round(sum*1e6) / 1e6
}

// news says whether what holds now has not been said, and notes it as said.
func (w *watcher) news(now int64, level detection.Level) bool {
	if !w.everSpoke || now-w.lastHeld > w.rule.Window {
		clear(w.said)
		w.level = level
		w.everSpoke = true
		for s := range w.window.Sources {
			w.said[s] = true
		}
		return true
	}
	news := level > w.level
	for s := range w.window.Sources {
		news = news || !w.said[s]
		w.said[s] = true
	}
	w.level = max(w.level, level)
	return news
}

// maxIncidentEvidence bounds the events listed with an incident.
const maxIncidentEvidence = 100

func (w *watcher) finding(now int64, level detection.Level, why Reason) *Finding {
	list := w.events[w.from:w.to]
	last := list[len(list)-1]
	f := &Finding{Time: now, Detection: w.detection(level), Notable: true, Why: []Reason{why}, Order: last.Finding.Order, From: now - w.rule.Window, To: now + 1}
	switch last.Type {
	case "system":
		f.Host = last.Object
	case "user":
		f.User = last.Object
	}
	f.Title = w.rule.Title + ": " + last.Object
	f.Message = fmt.Sprintf("%s: %s points of risk from %d detections", last.Object, number(w.window.Score), len(w.window.Sources))
	set := func(name string, v event.Value) { f.Fields.Set(name, v) }
	set("risk_object", event.TextValue(last.Object))
	set("risk_object_type", event.TextValue(last.Type))
	set("risk_score", numberValue(w.window.Score))
	set("risk_event_count", event.IntValue(int64(len(list))))
	addList(&f.Fields, "source", w.names)
	set("source_count", event.IntValue(int64(len(w.window.Sources))))
	addList(&f.Fields, "mitre_tactic", sortedNames(w.window.Tactics))
	set("mitre_tactic_count", event.IntValue(int64(len(w.window.Tactics))))
	var techniques []string
	known := map[*raised]bool{}
	seen := make(map[*Finding]bool, len(list))
	points := make(map[string]float64, len(w.names))
	f.Evidence = make([]Evidence, 0, min(maxIncidentEvidence, len(list)))
	f.Why = slices.Grow(f.Why, len(w.names))
	for _, e := range list {
		points[e.Source] += e.Total
		if !known[e.common] {
			known[e.common] = true
			techniques = append(techniques, e.common.techniques...)
		}
		if seen[e.Finding] {
			continue
		}
		seen[e.Finding] = true
		room := min(maxIncidentEvidence-len(f.Evidence), len(e.Finding.Evidence))
		f.Evidence = append(f.Evidence, e.Finding.Evidence[:room]...)
		f.More += len(e.Finding.Evidence) - room + e.Finding.More
	}
	slices.Sort(techniques)
	addList(&f.Fields, "mitre_technique_id", slices.Compact(techniques))
	for _, source := range w.names {
		f.Why = append(f.Why, Reason{Clause: "risk raised by " + source, Field: "risk_score", Value: number(points[source])})
	}
	f.Identify()
	return f
}

// detection returns the detection that a rule stands for at a level.
func (w *watcher) detection(level detection.Level) *detection.Detection {
	d := w.detections[level]
	if d == nil {
		path := "builtin:risk/" + w.rule.ID
		d = &detection.Detection{ID: w.rule.ID, Title: w.rule.Title, Description: w.rule.Description, Language: RiskRules, Level: level,
			Status: "stable", DataSource: "risk", Path: path, Query: &diag.Source{Name: path}}
		w.detections[level] = d
	}
	return d
}

func sortedNames(set map[string]int) []string {
	list := make([]string, 0, len(set))
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// number writes a score without a fraction where it has none.
func number(score float64) string { return numberValue(score).Text() }

func numberValue(score float64) event.Value {
	if score == math.Trunc(score) && math.Abs(score) < 1e15 {
		return event.IntValue(int64(score))
	}
	return event.FloatValue(score)
}
