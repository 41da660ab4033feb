package compile

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/kql"
)

// lintQuery holds the query of a detection of Sentinel or Defender against what its alerts and its schedule want of it. Nothing of it
// keeps a rule from running.
func (r *Rule) lintQuery(q *kql.Query, env kql.Env) {
	if r.Detection.Alert == nil {
		return
	}
	r.lintLookbacks(q)
	r.noteDiffering(q)
	r.lintConnectors(env)
	names := make([]string, 0, len(q.Columns))
	for _, c := range q.Columns {
		if c.Name == "*" {
			return // only the data tell
		}
		names = append(names, c.Name)
	}
	r.lintColumns(names)
	r.lintTime(q, names)
	r.lintBins(q)
	r.lintCustomDetection(q, names)
}

// lintColumns warns of columns that the alerts of a detection name and that its query does not give.
func (r *Rule) lintColumns(names []string) {
	r.Detection.Alert.Columns(func(what string, c detection.Column) {
		if slices.Contains(names, c.Name) {
			return
		}
		d := r.Diagnostics.Warnf(r.Detection.Query, c.Place, "sentinel-missing-column", "the %s names the column %s, which the query does not give", what, c.Name)
		near := diag.Nearest(c.Name, names)
		switch {
		case hashAlgorithms[strings.ToUpper(c.Name)]:
			d.Hint = fmt.Sprintf("a column is wanted: extend AlgorithmType = %q, and name AlgorithmType", c.Name)
		case near != "":
			d.Hint = "did you mean " + near + "?"
		case len(names) <= 12:
			d.Hint = "it gives " + strings.Join(names, ", ")
		}
	})
}

// hashAlgorithms are constants that authors map as if they were columns.
var hashAlgorithms = map[string]bool{"MD5": true, "SHA1": true, "SHA256": true, "SHA512": true}

// lintTime notes a query whose rows have no time, by which the service decides whether they lie in the window.
func (r *Rule) lintTime(q *kql.Query, names []string) {
	if r.Detection.Schedule == nil || r.Detection.Alert.Kind == detection.CustomDetection || slices.Contains(names, "TimeGenerated") || slices.Contains(names, "Timestamp") {
		return
	}
	r.note(r.end(q), "sentinel-no-time", "the query gives no TimeGenerated: the time of an alert is that of the events behind it").
		Hint = "summarize … TimeGenerated = max(TimeGenerated) …, or keep it in project"
}

// note adds a diagnostic that only informs.
func (r *Rule) note(at diag.Span, code, format string, args ...any) *diag.Diagnostic {
	d := r.Diagnostics.Warnf(r.Detection.Query, at, code, format, args...)
	d.Severity = diag.Info
	return d
}

// end returns the place of the last operator of a query, which decides what columns there are.
func (r *Rule) end(q *kql.Query) diag.Span {
	if n := len(q.Stages); n > 0 {
		if p := q.Text.Place(q.Stages[n-1].Span); p.Source == r.Detection.Query {
			return diag.Span{Start: p.Span.Start, End: p.Span.Start}
		}
	}
	if r.Detection.Search != nil {
		return r.Detection.Search.Place(diag.Span{End: min(1, len(r.Detection.Search.String))}).Span
	}
	return r.Detection.Span
}

// muchShorter is how many times the period of a rule is longer than what its query looks at, if that is remarked on.
const muchShorter = 4

// lintLookbacks compares how far back a query looks with the period of its rule.
func (r *Rule) lintLookbacks(q *kql.Query) {
	a, s := r.Detection.Alert, r.Detection.Schedule
	if s == nil || s.Period == 0 {
		return
	}
	seen := map[diag.Span]bool{}
	var longest kql.Lookback
	for _, l := range q.Lookbacks {
		if l.Ticks > longest.Ticks {
			longest = l
		}
		if seen[l.Span] {
			continue
		}
		seen[l.Span] = true
		switch {
		case a.Kind == detection.NRT || a.Continuous:
			d := r.Diagnostics.Warnf(l.Source, l.Span, "sentinel-nrt", "each row is looked at once, when it arrives: the query needs no condition of time")
			d.Severity, d.Hint = diag.Info, "leave it out: a row that comes in later than that would be missed"
		case l.Ticks > s.Period:
			r.Diagnostics.Warnf(l.Source, l.Span, "sentinel-period", "the query looks back %s, but the rule runs over %s only", span(l.Ticks), span(s.Period)).
				Hint = "make queryPeriod as long as what ago() asks for"
		}
	}
	if a.Kind == detection.Scheduled && longest.Ticks > 0 && longest.Ticks <= s.Period/muchShorter && len(q.Windows) >= q.Reads {
		d := r.Diagnostics.Warnf(longest.Source, longest.Span, "sentinel-period", "the rule runs over %s, and its query looks at the last %s of it only", span(s.Period), span(longest.Ticks))
		d.Severity, d.Hint = diag.Info, "make queryPeriod as short as what ago() asks for, or leave the condition out"
	}
}

// lintConnectors notes the connectors none of whose tables gets a row here.
func (r *Rule) lintConnectors(env kql.Env) {
	for _, c := range r.Detection.Alert.Connectors {
		var unfed []string
		fed := false
		for _, prose := range c.DataTypes {
			name, _, _ := strings.Cut(strings.TrimSpace(prose), " ")
			if t, ok := env.Table(name); ok {
				fed = fed || t.Fed
				unfed = append(unfed, name)
			}
		}
		if !fed && len(unfed) > 0 {
			r.note(c.Place, "sentinel-connector", "nothing that is read here gives rows of %s, which %s brings", strings.Join(unfed, ", "), c.ID)
		}
	}
}

// assetColumns are those that tell Defender whom or what a row is about, where no table of endpoints is read.
var assetColumns = []string{"DeviceId", "DeviceName", "RemoteDeviceName", "RecipientEmailAddress", "SenderFromAddress", "SenderMailFromAddress", "SenderObjectId",
	"RecipientObjectId", "AccountObjectId", "AccountSid", "AccountUpn", "InitiatingProcessAccountSid", "InitiatingProcessAccountUpn", "InitiatingProcessAccountObjectId"}

// lintCustomDetection warns of columns that Defender wants in the rows of a custom detection: when it was, on which machine, and which
// event; where no table of endpoints is read, whom it was about.
func (r *Rule) lintCustomDetection(q *kql.Query, names []string) {
	if r.Detection.Alert.Kind != detection.CustomDetection {
		return
	}
	var missing []string
	if !slices.Contains(names, "Timestamp") && !slices.Contains(names, "TimeGenerated") {
		missing = append(missing, "Timestamp")
	}
	if slices.ContainsFunc(q.Tables, func(t string) bool { return strings.HasPrefix(t, "Device") }) {
		for _, name := range []string{"DeviceId", "ReportId"} {
			if !slices.Contains(names, name) {
				missing = append(missing, name)
			}
		}
	} else if len(r.Detection.Alert.Entities) == 0 && !slices.ContainsFunc(names, func(n string) bool { return slices.Contains(assetColumns, n) }) {
		missing = append(missing, "a column that tells an asset, such as DeviceId or AccountSid")
	}
	if missing != nil {
		r.Diagnostics.Warnf(r.Detection.Query, r.end(q), "sentinel-xdr-column", "rows of a custom detection must have %s, which the query does not give", strings.Join(missing, ", ")).
			Hint = "keep them, or summarize (Timestamp, ReportId) = arg_max(Timestamp, ReportId) by DeviceId"
	}
}
