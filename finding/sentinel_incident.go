package finding

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// mostAlerts is how many alerts one incident takes; the next one opens another.
const mostAlerts = 150

// RuleAlert is an alert of a detection at a time.
type RuleAlert struct {
	ID        string // of its finding
	Time      int64  // ticks; 0 if it has none
	Detection *detection.Detection
	Alert     *SentinelAlert
	// Evidence, More, Host, User, Marks and Order are those of its finding.
	Evidence   []Evidence
	More       int
	Host, User string
	Marks      event.Marks
	Order      Order
}

// RuleAlertOf returns the alert that a finding is; nil for one of a detection that raises none, such as a hunt.
func RuleAlertOf(f *Finding) *RuleAlert {
	a := f.Detection.Alert
	if a == nil || f.Alert == nil || a.Kind != detection.Scheduled && a.Kind != detection.NRT {
		return nil
	}
	return &RuleAlert{ID: f.ID, Time: f.Time, Detection: f.Detection, Alert: f.Alert, Evidence: f.Evidence, More: f.More, Host: f.Host, User: f.User, Marks: f.Marks, Order: f.Order}
}

// SentinelIncident is the alerts of one detection that somebody looks at together.
type SentinelIncident struct {
	Number             int // from 1, in the order in which they were opened
	Detection          *detection.Detection
	Title, Description string
	Level              detection.Level // the highest of its alerts
	Status             string          // New, Active or Closed
	Tactics            []string
	Alerts             []*RuleAlert
	Why                []string // for each alert, why it is here
	Opened, Last       int64    // ticks, of the first and the latest alert
	Reopened           int      // how often it was opened again

	// What people and automation rules say about it.
	Classification, Reason, Comment, Owner string
	Labels                                 []string
	Tasks                                  []IncidentTask
	// Steps are what automation rules did, in order; MoreSteps counts those that are not kept.
	Steps     []IncidentStep
	MoreSteps int
}

// IncidentTask is something that somebody is to do about an incident.
type IncidentTask struct{ Title, Description string }

// The states of an incident.
const (
	IncidentNew    = "New"
	IncidentActive = "Active"
	IncidentClosed = "Closed"
)

// Grouper puts alerts into incidents as their detections say ("Group related alerts into incidents"); the zero Grouper is ready for
// use. It knows no clock: the time is that of the alerts, which must be added in its order. The same alerts give the same incidents.
type Grouper struct {
	incidents []*SentinelIncident
	// open are the incidents that further alerts may join, by detection and by each of their keys, in the order in which they were opened.
	open map[*detection.Detection]map[string][]*SentinelIncident
}

// Incidents returns all incidents in the order in which they were opened.
func (g *Grouper) Incidents() []*SentinelIncident { return g.incidents }

// Add puts an alert into an incident, which it opens if there is none for it, and returns it; nil if the detection makes none.
func (g *Grouper) Add(a *RuleAlert) *SentinelIncident {
	in, _ := g.Put(a)
	return in
}

// Put is Add, and says what happened to the incident.
func (g *Grouper) Put(a *RuleAlert) (*SentinelIncident, IncidentChange) {
	c := a.Detection.Alert.Incident
	if !c.Create {
		return nil, IncidentChange{}
	}
	why := "alerts of the detection are not grouped"
	if c.Grouping.Enabled {
		why = "no incident of the detection within " + event.DurationValue(c.Grouping.LookBack).Text() + " matches"
		in := g.latest(&c.Grouping, a)
		if in != nil && len(in.Alerts) < mostAlerts {
			return in, in.join(a, &c.Grouping)
		}
		if in != nil {
			why = fmt.Sprintf("incident %d, which matches, has %d alerts already", in.Number, mostAlerts)
		}
	}
	in := &SentinelIncident{Number: len(g.incidents) + 1, Detection: a.Detection, Title: a.Alert.Title, Description: a.Alert.Description, Status: IncidentNew, Opened: a.Time}
	in.add(a, why)
	g.incidents = append(g.incidents, in)
	if c.Grouping.Enabled {
		g.index(&c.Grouping, in)
	}
	return in, IncidentChange{By: byAlerts}
}

// join adds an alert to an incident that was there before.
func (in *SentinelIncident) join(a *RuleAlert, g *detection.Grouping) IncidentChange {
	before := in.state()
	_, why := matches(g, in, a)
	if in.Status == IncidentClosed {
		in.Status = IncidentActive
		in.Reopened++
		why += "; the incident was closed, and is opened again"
	}
	in.add(a, why)
	change := in.since(before, byAlerts)
	change.Added = append([]string{"Alerts"}, change.Added...)
	return change
}

// latest returns the incident that was opened last of those that an alert belongs to by what its detection says of grouping; nil if there
// is none. Those that are too old for this alert are so for all that follow, and forgotten.
func (g *Grouper) latest(how *detection.Grouping, a *RuleAlert) *SentinelIncident {
	open := g.open[a.Detection]
	if open == nil {
		return nil
	}
	var best *SentinelIncident
	for _, key := range fewest(keysOf(how, a.Alert), open) {
		list := slices.DeleteFunc(open[key], func(in *SentinelIncident) bool { return a.Time-in.Last > how.LookBack })
		if open[key] = list; len(list) == 0 {
			delete(open, key)
		}
		for i := len(list) - 1; i >= 0; i-- { // the latest first
			in := list[i]
			if best != nil && in.Number <= best.Number {
				break
			}
			if in.Status == IncidentClosed && !how.Reopen {
				continue
			}
			if same, _ := matches(how, in, a); same {
				best = in
				break
			}
		}
	}
	return best
}

// index notes an incident under the keys of its first alert.
func (g *Grouper) index(how *detection.Grouping, in *SentinelIncident) {
	if g.open == nil {
		g.open = map[*detection.Detection]map[string][]*SentinelIncident{}
	}
	open := g.open[in.Detection]
	if open == nil {
		open = map[string][]*SentinelIncident{}
		g.open[in.Detection] = open
	}
	for _, list := range keysOf(how, in.Alerts[0].Alert) {
		for _, key := range list {
			if of := open[key]; len(of) == 0 || of[len(of)-1] != in {
				open[key] = append(of, in)
			}
		}
	}
}

// keysOf returns texts of which two alerts that belong together share one in each list of either: for each entity that counts the keys by
// which it is known, or, where none does, one for all such alerts. What must be equal beside entities is part of each.
func keysOf(how *detection.Grouping, a *SentinelAlert) [][]string {
	lead := string(how.Method) + "\x00"
	var entities []Entity
	switch how.Method {
	case detection.AnyAlert:
	case detection.Selected:
		for _, kind := range how.Entities {
			entities = append(entities, ofType(a.Entities, kind)...)
		}
		for _, detail := range how.Details {
			if detail == "DisplayName" {
				lead += a.Title + "\x00"
			} else {
				lead += a.Level.String() + "\x00"
			}
		}
		for _, name := range how.Custom {
			lead += strings.Join(detailOf(a.Details, name), "\x01") + "\x00"
		}
	default:
		entities = a.Entities
	}
	if len(entities) == 0 {
		return [][]string{{lead}}
	}
	lists := make([][]string, len(entities))
	for i := range entities {
		for _, key := range entities[i].keys() {
			lists[i] = append(lists[i], lead+key)
		}
	}
	return lists
}

// fewest returns the keys of the list under which the fewest incidents are known: one that an alert belongs to is under one of them.
func fewest(lists [][]string, open map[string][]*SentinelIncident) []string {
	best, least := lists[0], -1
	for _, keys := range lists {
		n := 0
		for _, key := range keys {
			n += len(open[key])
		}
		if least < 0 || n < least {
			best, least = keys, n
		}
	}
	return best
}

func (in *SentinelIncident) add(a *RuleAlert, why string) {
	in.Alerts = append(in.Alerts, a)
	in.Why = append(in.Why, why)
	in.Level = max(in.Level, a.Alert.Level)
	in.Last = max(in.Last, a.Time)
	for _, t := range a.Alert.Tactics {
		if !slices.Contains(in.Tactics, t) {
			in.Tactics = append(in.Tactics, t)
		}
	}
}

// matches says whether an alert belongs with those of an incident, which are all alike in what counts, and why.
func matches(g *detection.Grouping, in *SentinelIncident, a *RuleAlert) (bool, string) {
	first := in.Alerts[0].Alert
	switch g.Method {
	case detection.AnyAlert:
		return true, "all alerts of the detection belong together"
	case detection.Selected:
		var equal []string
		for _, kind := range g.Entities {
			if !sameEntities(ofType(first.Entities, kind), ofType(a.Alert.Entities, kind)) {
				return false, ""
			}
			equal = append(equal, kind)
		}
		for _, detail := range g.Details {
			if detail == "DisplayName" && first.Title != a.Alert.Title || detail == "Severity" && first.Level != a.Alert.Level {
				return false, ""
			}
			equal = append(equal, detail)
		}
		for _, name := range g.Custom {
			if !slices.Equal(detailOf(first.Details, name), detailOf(a.Alert.Details, name)) {
				return false, ""
			}
			equal = append(equal, name)
		}
		return true, "equal in " + strings.Join(equal, ", ")
	}
	return sameEntities(first.Entities, a.Alert.Entities), "all entities are equal"
}

func ofType(list []Entity, kind string) []Entity {
	var out []Entity
	for _, e := range list {
		if e.Type == kind {
			out = append(out, e)
		}
	}
	return out
}

// sameEntities says whether each entity of either list is in the other.
func sameEntities(a, b []Entity) bool {
	within := func(some, all []Entity) bool {
		for i := range some {
			if !slices.ContainsFunc(all, func(e Entity) bool { return some[i].Same(&e) }) {
				return false
			}
		}
		return true
	}
	return len(a) == len(b) && within(a, b) && within(b, a)
}

// detailOf returns the values of a detail in order, whatever order the rows had them in.
func detailOf(list []AlertDetail, name string) []string {
	for _, d := range list {
		if d.Name == name {
			values := slices.Clone(d.Values)
			sort.Strings(values)
			return values
		}
	}
	return nil
}
