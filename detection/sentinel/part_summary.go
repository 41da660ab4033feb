package sentinel

import (
	"slices"
	"strings"

	"goshawk/diag"
)

// SummaryRule is a query that runs over each span of time once and whose rows go into a table.
type SummaryRule struct {
	ID, Name, Description, Version string
	Table                          string // <name>_CL
	Bin                            int64  // ticks: the span of time
	Delay                          int64  // ticks that are waited after it
	Start                          int64  // ticks since year 1 of the first span; 0: none is said
	TimeColumn                     string
	Query                          *diag.Text
	Path                           string
	Place                          diag.Span
}

// bins are the minutes that a span may have.
var bins = []int{20, 30, 60, 120, 180, 360, 720, 1440}

// summaryRule reads a summary rule: of YAML, or the properties of a resource.
func (r *reader) summaryRule(m *fields, span diag.Span) {
	d := m
	if x := m.sub("ruleDefinition"); x != nil {
		d = x
	}
	s := &SummaryRule{ID: m.text("id"), Name: m.text("displayName", "name"), Description: unquote(m.text("description")), Version: m.text("version"),
		TimeColumn: "TimeGenerated", Path: r.source.Name, Place: diag.Span{Start: span.Start, End: span.Start}}
	table := d.word("destinationTable")
	if s.Table = table.Text; s.Table == "" {
		d.missing(diag.Error, "destinationTable")
	} else if !strings.HasSuffix(s.Table, "_CL") {
		r.warnf(r.span(table), "sentinel-summary", "the table %q of a summary rule must end in _CL", s.Table)
	}
	s.Query = d.query("query")
	if n, at, ok := d.integer("binSize"); ok {
		s.Bin = int64(n) * minute
		if !slices.Contains(bins, n) {
			r.warnf(at, "sentinel-summary", "the service takes no bins of %d minutes", n).Hint = "it is one of 20, 30, 60, 120, 180, 360, 720, 1440"
		}
	} else if !d.has("binSize") {
		d.missing(diag.Error, "binSize")
	}
	if n, _, ok := d.integer("binDelay"); ok {
		s.Delay = int64(n) * minute
	}
	if w := d.word("binStartTime"); w.Text != "" && !w.expression {
		var ok bool
		if s.Start, ok = parseTime(w.Text); !ok {
			r.warnf(r.span(w), "sentinel-summary", "%q is no time", w.Text)
		}
	}
	if w := d.word("timeSelector"); w.Text != "" {
		s.TimeColumn = w.Text
	}
	m.known("requiredDataConnectors", "tactics", "relevantTechniques", "ruleType", "isActive", "statusCode", "ruleLastModifiedTime", "tags", "kind")
	if d != m {
		d.done()
	}
	if s.Query != nil && s.Table != "" && s.Bin > 0 {
		r.file.summaries = append(r.file.summaries, s)
	}
}
