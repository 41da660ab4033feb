package finding

import (
	"slices"

	"strconv"

	"goshawk/detection"
	"goshawk/event"
)

// alertFields are what a row of Sentinel calls the time, the machine and the account that it is about, the surest first.
var (
	alertTimes = []string{"TimeGenerated", "Timestamp", "StartTime", "StartTimeUtc", "EventStartTime", "FirstSeen"}
	alertHosts = []string{"Computer", "DeviceName", "DvcHostname", "HostName", "Dvc", "HostCustomEntity", "DestinationHostName"}
	alertUsers = []string{"Account", "AccountName", "ActorUsername", "TargetUsername", "SubjectAccount", "TargetAccount", "UserPrincipalName", "AccountCustomEntity", "InitiatingProcessAccountName"}
)

// alert gives a finding what its row says beside itself in the manner of Sentinel.
func (f *Finding) alert(r *Row) {
	f.Fields = withoutEmpty(f.Fields)
	a := AlertOf(f.Detection, []*event.Record{&f.Fields})
	f.put(a)
	f.Notable = f.Detection.Alert.Kind != detection.HuntingQuery
	if f.Host = nameIn(&f.Fields, "", alertHosts); f.Host == "" {
		f.Host = firstOf(a, "Host", "HostName", "FullName", "NetBiosName")
	}
	if f.User = nameIn(&f.Fields, "", alertUsers); f.User == "" {
		f.User = firstOf(a, "Account", "Name", "FullName")
	}
	if f.Host == "" {
		f.Host = r.Host
	}
	if f.User == "" {
		f.User = r.User
	}
	for _, name := range alertTimes {
		if ticks, ok := ticksOf(f.Fields.Get(name)); ok {
			f.Time = ticks
			break
		}
	}
}

// put takes over what an alert says.
func (f *Finding) put(a *SentinelAlert) {
	f.Alert = a
	f.Title, f.Message = a.Title, a.Title
	if a.Description != f.Detection.Description {
		f.Details = a.Description
	}
	f.Notes = append(f.Notes, a.Notes...)
}

// firstOf returns an identifier of the first entity of a type.
func firstOf(a *SentinelAlert, kind string, identifiers ...string) string {
	for i := range a.Entities {
		if e := &a.Entities[i]; e.Type == kind {
			for _, name := range identifiers {
				if v := e.Get(name); v != "" {
					return v
				}
			}
		}
	}
	return ""
}

// withoutEmpty leaves out the empty texts, which are what Kusto has for a text that is missing.
func withoutEmpty(r event.Record) event.Record {
	kept := r.Fields[:0]
	for _, f := range r.Fields {
		if f.Value.IsEmpty() {
			continue
		}
		kept = append(kept, f)
	}
	r.Fields = kept
	return r
}

// maxRunEvidence bounds the events that the alert of a run lists.
const maxRunEvidence = 100

// OneAlert puts the findings of one run of a detection together into the single alert that it raises: the fields are those of the first
// row, entities and details those of all. The list must not be empty.
func OneAlert(list []*Finding) *Finding {
	if len(list) == 1 {
		return list[0]
	}
	one := *list[0]
	one.Evidence, one.More = nil, 0
	rows := make([]*event.Record, len(list))
	for i, f := range list {
		rows[i] = &f.Fields
		one.More += f.More
		if f.Time != 0 && (one.Time == 0 || f.Time < one.Time) {
			one.Time = f.Time
		}
		for _, e := range f.Evidence {
			switch {
			case slices.Contains(one.Evidence, e): // of which several rows were made
			case len(one.Evidence) < maxRunEvidence:
				one.Evidence = append(one.Evidence, e)
			default:
				one.More++
			}
		}
	}
	one.Notes = nil
	one.put(AlertOf(one.Detection, rows))
	one.Rows = len(list)
	one.Message += " (" + strconv.Itoa(len(list)) + " rows)"
	one.Identify()
	return &one
}

// Silence returns the finding of a detection that alerts on too few rows, for a run without any.
func Silence(d *detection.Detection, at, from, to int64) *Finding {
	f := &Finding{Detection: d, Notable: true, Time: at, From: from, To: to, Message: d.Title}
	if d.Alert != nil {
		f.put(AlertOf(d, nil))
	}
	f.Identify()
	return f
}
