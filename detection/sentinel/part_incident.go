package sentinel

import (
	"slices"
	"strings"

	"goshawk/detection"
)

// The bounds of the look-back of a grouping.
const (
	shortestLookBack = 5 * minute
	longestLookBack  = 7 * day
)

// incident reads which incidents alerts become.
func (d *draft) incident(x *fields) {
	if x == nil {
		return
	}
	i := &d.Alert.Incident
	i.Create = x.truth(true, "createIncident")
	if g := x.sub("groupingConfiguration"); g != nil {
		d.incidentGrouping(g)
	}
	x.done()
}

var methods = []string{string(detection.AllEntities), string(detection.AnyAlert), string(detection.Selected)}

func (d *draft) incidentGrouping(x *fields) {
	g := &d.Alert.Incident.Grouping
	g.Enabled = x.truth(false, "enabled")
	g.Reopen = x.truth(false, "reopenClosedIncident", "reopenClosedIncidents")
	if ticks, at, ok := x.duration("lookbackDuration"); ok {
		g.LookBack = ticks
		if ticks < shortestLookBack || ticks > longestLookBack {
			d.r.warnf(at, "sentinel-grouping", "the service looks back from %s to %s, not %s", formatDuration(shortestLookBack), formatDuration(longestLookBack), formatDuration(ticks))
		}
	}
	if w := x.word("matchingMethod", "entitiesMatchingMethod"); w.Text != "" {
		known := slices.IndexFunc(methods, func(name string) bool { return strings.EqualFold(name, w.Text) })
		switch {
		case known >= 0:
			g.Method = detection.MatchingMethod(methods[known])
		case strings.EqualFold(w.Text, "All"): // as older exports have it
			g.Method = detection.AllEntities
		case strings.EqualFold(w.Text, "None"):
			g.Method = detection.AnyAlert
		case strings.EqualFold(w.Text, "Custom"):
			g.Method = detection.Selected
		default:
			suggest(d.r.warnf(d.r.span(w), "sentinel-grouping", "unknown matching method %q; it is taken as AllEntities", w.Text), w.Text, methods)
		}
	}
	for _, w := range x.words("groupByEntities") {
		kind, ok := detection.EntityTypeOf(w.Text)
		if !ok {
			suggest(d.r.warnf(d.r.span(w), "sentinel-grouping", "unknown entity type %q", w.Text), w.Text, entityTypeNames())
			continue
		}
		if !slices.ContainsFunc(d.Alert.Entities, func(m detection.EntityMapping) bool { return m.Type == kind.Name }) && len(d.Alert.EntityColumns) == 0 {
			d.r.warnf(d.r.span(w), "sentinel-grouping", "alerts are grouped by %s, which the rule does not map", kind.Name)
		}
		g.Entities = append(g.Entities, kind.Name)
	}
	for _, w := range x.words("groupByAlertDetails") {
		switch strings.ToLower(w.Text) {
		case "displayname":
			g.Details = append(g.Details, "DisplayName")
		case "severity":
			g.Details = append(g.Details, "Severity")
		default:
			suggest(d.r.warnf(d.r.span(w), "sentinel-grouping", "alerts cannot be grouped by %q", w.Text), w.Text, []string{"DisplayName", "Severity"})
		}
	}
	for _, w := range x.words("groupByCustomDetails") {
		if !slices.ContainsFunc(d.Alert.CustomDetails, func(c detection.CustomDetail) bool { return c.Name == w.Text }) {
			d.r.warnf(d.r.span(w), "sentinel-grouping", "alerts are grouped by the custom detail %q, which the rule does not have", w.Text)
		}
		g.Custom = append(g.Custom, w.Text)
	}
	x.done()
	selected := len(g.Entities)+len(g.Details)+len(g.Custom) > 0
	switch {
	case !g.Enabled:
	case g.Method == detection.Selected && !selected:
		d.r.warnf(x.place("matchingMethod"), "sentinel-grouping", "nothing is selected for alerts to agree in, so that all of them go into one incident")
	case g.Method != detection.Selected && selected:
		d.r.notef(x.place("groupByEntities", "groupByAlertDetails", "groupByCustomDetails"), "sentinel-grouping", "what alerts are grouped by counts with the matching method Selected only, not with %s", g.Method)
	}
}
