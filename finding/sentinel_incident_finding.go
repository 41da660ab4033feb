package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// SentinelIncidents is the language of the detections that incidents of Sentinel's rules are findings of: they are written in none.
const SentinelIncidents detection.Language = "incident"

// IncidentKind is the kind of such a detection.
const IncidentKind detection.AlertKind = "Incident"

// IncidentDetections are the detections that incidents are findings of, one for each rule and severity. The zero value is ready.
type IncidentDetections struct {
	made map[incidentDetection]*detection.Detection
}

type incidentDetection struct {
	of    *detection.Detection
	level detection.Level
}

// of returns the detection for incidents of a rule at a severity.
func (l *IncidentDetections) of(d *detection.Detection, level detection.Level) *detection.Detection {
	key := incidentDetection{d, level}
	if made := l.made[key]; made != nil {
		return made
	}
	made, alert := *d, *d.Alert
	alert.Kind = IncidentKind
	made.Title, made.Language, made.Level, made.Alert = "Incident: "+d.Title, SentinelIncidents, level, &alert
	made.Schedule, made.Related, made.Fields = nil, nil, nil
	if l.made == nil {
		l.made = map[incidentDetection]*detection.Detection{}
	}
	l.made[key] = &made
	return &made
}

// maxIncidentReasons bounds the reasons that an incident lists, of its alerts and of automation rules each.
const maxIncidentReasons = 100

// Finding returns an incident as a finding. Its id is that of its rule and its first alert, so that it stays the same while the incident
// grows, and its evidence that of its alerts. Its fields have the names of the table SecurityIncident.
func (l *IncidentDetections) Finding(in *SentinelIncident) *Finding {
	first := in.Alerts[0]
	f := &Finding{Detection: l.of(in.Detection, in.Level), Notable: true, Time: in.Opened, Title: in.Title, Incident: in, Order: first.Order}
	if in.Description != in.Detection.Description {
		f.Details = in.Description
	}
	if in.Opened != 0 {
		f.From, f.To = in.Opened, in.Last+1
	}
	f.Alert = in.alert()
	for _, a := range in.Alerts {
		f.Host, f.User = cmp.Or(f.Host, a.Host), cmp.Or(f.User, a.User)
		f.Marks |= a.Marks
		f.More += a.More
		for _, e := range a.Evidence {
			switch {
			case slices.Contains(f.Evidence, e):
			case len(f.Evidence) < maxIncidentEvidence:
				f.Evidence = append(f.Evidence, e)
			default:
				f.More++
			}
		}
	}
	f.Message = in.message()
	f.Fields = in.fields(f.Alert)
	f.Why = in.reasons()
	id := Finding{Detection: f.Detection}
	id.Fields.Set("AlertId", event.TextValue(first.ID))
	id.Identify()
	f.ID = id.ID
	return f
}

// alert returns what all alerts of an incident say together.
func (in *SentinelIncident) alert() *SentinelAlert {
	out := &SentinelAlert{Title: in.Title, Description: in.Description, Level: in.Level, Tactics: in.Tactics}
	var entities []Entity
	for _, a := range in.Alerts {
		entities = append(entities, a.Alert.Entities...)
		for _, id := range a.Alert.Techniques {
			if !slices.Contains(out.Techniques, id) {
				out.Techniques = append(out.Techniques, id)
			}
		}
		for _, d := range a.Alert.Details {
			at := slices.IndexFunc(out.Details, func(o AlertDetail) bool { return o.Name == d.Name })
			if at < 0 {
				out.Details = append(out.Details, AlertDetail{d.Name, slices.Clone(d.Values)})
				continue
			}
			for _, v := range d.Values {
				if !slices.Contains(out.Details[at].Values, v) {
					out.Details[at].Values = append(out.Details[at].Values, v)
				}
			}
		}
	}
	out.Entities = MergeEntities(entities)
	return out
}

// message says in one line what the incident is.
func (in *SentinelIncident) message() string {
	alerts := strconv.Itoa(len(in.Alerts)) + " alerts"
	if len(in.Alerts) == 1 {
		alerts = "1 alert"
	}
	parts := []string{in.Status, alerts}
	if in.Owner != "" {
		parts = append(parts, "owner "+in.Owner)
	}
	if len(in.Labels) > 0 {
		parts = append(parts, "labels "+strings.Join(in.Labels, ", "))
	}
	return fmt.Sprintf("incident %d: %s (%s)", in.Number, in.Title, strings.Join(parts, ", "))
}

// severities are the levels as Sentinel spells them.
var severities = [...]string{"Informational", "Low", "Medium", "High", "High"}

// fields returns the incident under the names of the table SecurityIncident; what it does not have is left out.
func (in *SentinelIncident) fields(a *SentinelAlert) event.Record {
	var r event.Record
	text := func(name, value string) {
		if value != "" {
			r.Set(name, event.TextValue(value))
		}
	}
	r.Set("IncidentNumber", event.IntValue(int64(in.Number)))
	text("Title", in.Title)
	text("Description", in.Description)
	text("Severity", severities[min(int(in.Level), len(severities)-1)])
	text("Status", in.Status)
	text("Classification", in.Classification)
	text("ClassificationReason", in.Reason)
	text("ClassificationComment", in.Comment)
	text("Owner", in.Owner)
	addList(&r, "Labels", in.Labels)
	if in.Opened != 0 {
		r.Set("FirstActivityTime", event.TimeValue(in.Opened))
		r.Set("LastActivityTime", event.TimeValue(in.Last))
	}
	r.Set("AlertsCount", event.IntValue(int64(len(in.Alerts))))
	ids := make([]string, len(in.Alerts))
	for i, one := range in.Alerts {
		ids[i] = one.ID
	}
	addList(&r, "AlertIds", ids)
	text("RelatedAnalyticRuleIds", in.Detection.ID)
	addList(&r, "Tactics", a.Tactics)
	addList(&r, "Techniques", a.Techniques)
	var tasks []string
	for _, t := range in.Tasks {
		tasks = append(tasks, t.Title)
	}
	addList(&r, "Tasks", tasks)
	if in.Reopened > 0 {
		r.Set("Reopened", event.IntValue(int64(in.Reopened)))
	}
	return r
}

// reasons says why each alert is here, and what automation rules did.
func (in *SentinelIncident) reasons() []Reason {
	var list []Reason
	for i, a := range in.Alerts[:min(len(in.Alerts), maxIncidentReasons)] {
		list = append(list, Reason{Clause: in.Why[i], Field: "AlertIds", Value: a.ID})
	}
	if more := len(in.Alerts) - maxIncidentReasons; more > 0 {
		list = append(list, Reason{Clause: "and so are more alerts", Field: "AlertsCount", Value: strconv.Itoa(more)})
	}
	for i := range in.Steps[:min(len(in.Steps), maxIncidentReasons)] {
		s := &in.Steps[i]
		list = append(list, Reason{Clause: s.clause(), Field: "Automation", Value: s.told()})
	}
	if more := len(in.Steps) - maxIncidentReasons + in.MoreSteps; more > 0 {
		list = append(list, Reason{Clause: "automation rules applied more often", Field: "Automation", Value: strconv.Itoa(more)})
	}
	return list
}

// clause names the rule of a step, and when it ran.
func (s *IncidentStep) clause() string {
	when := "when the incident was opened"
	if s.When == "Updated" {
		when = "when the incident changed"
	}
	return "automation rule " + s.Name() + " (order " + strconv.Itoa(s.Rule.Order) + ") " + when
}

// told says what a step did, and what it did not.
func (s *IncidentStep) told() string {
	did, not := s.Did(), s.NotDone()
	switch {
	case did == "" && not == "":
		return "nothing"
	case not == "":
		return did
	case did == "":
		return "not run: " + not
	}
	return did + "; not run: " + not
}

// appendIncident adds the incident as an object, in which nothing is cut but steps of automation beyond those that are kept.
func (in *SentinelIncident) appendIncident(dst []byte) []byte {
	text := func(lead, key, value string) {
		dst = append(event.AppendQuoted(append(dst, lead...), key), ':')
		dst = event.AppendQuoted(dst, value)
	}
	dst = strconv.AppendInt(append(dst, `,"incident":{"number":`...), int64(in.Number), 10)
	text(",", "status", in.Status)
	text(",", "owner", in.Owner)
	text(",", "classification", in.Classification)
	text(",", "reason", in.Reason)
	text(",", "comment", in.Comment)
	dst = append(dst, `,"labels":[`...)
	for i, label := range in.Labels {
		dst = event.AppendQuoted(comma(dst, i), label)
	}
	dst = append(dst, `],"alerts":[`...)
	for i, a := range in.Alerts {
		dst = comma(dst, i)
		text("{", "id", a.ID)
		dst = appendTime(append(dst, `,"time":`...), a.Time)
		text(",", "title", a.Alert.Title)
		text(",", "why", in.Why[i])
		dst = append(dst, '}')
	}
	dst = append(dst, `],"tasks":[`...)
	for i, t := range in.Tasks {
		dst = comma(dst, i)
		text("{", "title", t.Title)
		text(",", "description", t.Description)
		dst = append(dst, '}')
	}
	dst = append(dst, `],"automation":[`...)
	for i := range in.Steps {
		s := &in.Steps[i]
		dst = comma(dst, i)
		text("{", "rule", s.Rule.Name)
		text(",", "id", s.Rule.ID)
		dst = strconv.AppendInt(append(dst, `,"order":`...), int64(s.Rule.Order), 10)
		text(",", "when", s.When)
		dst = appendTime(append(dst, `,"time":`...), s.Time)
		text(",", "did", s.Did())
		text(",", "not_run", s.NotDone())
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	if in.MoreSteps > 0 {
		dst = strconv.AppendInt(append(dst, `,"more_automation":`...), int64(in.MoreSteps), 10)
	}
	if in.Reopened > 0 {
		dst = strconv.AppendInt(append(dst, `,"reopened":`...), int64(in.Reopened), 10)
	}
	return append(dst, '}')
}
