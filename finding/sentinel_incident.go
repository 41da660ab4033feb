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
	Time      int64  // ticks
	Detection *detection.Detection
	Alert     *SentinelAlert
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
	of        map[*detection.Detection][]*SentinelIncident
}

// Incidents returns all incidents in the order in which they were opened.
func (g *Grouper) Incidents() []*SentinelIncident { return g.incidents }

// Add puts an alert into an incident, which it opens if there is none for it, and returns it; nil if the detection makes none.
func (g *Grouper) Add(a *RuleAlert) *SentinelIncident {
	c := a.Detection.Alert.Incident
	if !c.Create {
		return nil
	}
	if g.of == nil {
		g.of = map[*detection.Detection][]*SentinelIncident{}
	}
	why := "alerts of the detection are not grouped"
	if c.Grouping.Enabled {
		earlier := g.of[a.Detection]
		why = "no incident of the detection within " + event.DurationValue(c.Grouping.LookBack).Text() + " matches"
		for i := len(earlier) - 1; i >= 0; i-- { // the latest first
			in := earlier[i]
			same, reason := matches(&c.Grouping, in, a)
			if a.Time-in.Last > c.Grouping.LookBack || !same || in.Status == IncidentClosed && !c.Grouping.Reopen {
				continue
			}
			if len(in.Alerts) >= mostAlerts {
				why = fmt.Sprintf("incident %d, which matches, has %d alerts already", in.Number, mostAlerts)
				break
			}
			if in.Status == IncidentClosed {
				in.Status = IncidentActive
				in.Reopened++
				reason += "; the incident was closed, and is opened again"
			}
			in.add(a, reason)
			return in
		}
	}
	in := &SentinelIncident{Number: len(g.incidents) + 1, Detection: a.Detection, Title: a.Alert.Title, Description: a.Alert.Description, Status: IncidentNew, Opened: a.Time}
	in.add(a, why)
	g.incidents = append(g.incidents, in)
	g.of[a.Detection] = append(g.of[a.Detection], in)
	return in
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
