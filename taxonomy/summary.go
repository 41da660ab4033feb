package taxonomy

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// summaryPrefix begins the names of the tables that summary rules of Sentinel fill, and of their columns.
const summaryPrefix = "summary/"

// SummaryTable returns what a plan scans for the rows that summary rules append to a table.
func SummaryTable(table string) string { return summaryPrefix + table }

// IsSummary says whether what a plan scans is a table that summary rules fill.
func IsSummary(scan string) bool { return strings.HasPrefix(scan, summaryPrefix) }

// SummaryClass returns the kind of record that a row of such a table is, which nothing but a scan itself makes.
func SummaryClass(table string) *event.Class {
	return event.ClassOf(event.Class{Product: "sentinel-summary", Channel: table})
}

// routeSummary says whether records are rows of a table that summary rules fill: no others than those are.
func (k *kind) routeSummary(table string) answer {
	return answer{in: k.class == *SummaryClass(strings.TrimPrefix(table, summaryPrefix))}
}

// summaryColumn returns where such a row has a column: its record is the row, values as the rule gave them. It came in when it was
// written.
func (k *kind) summaryColumn(column string) plan.Expr {
	cut := strings.LastIndexByte(column, '/')
	if cut < len(summaryPrefix) || !k.routeSummary(column[:cut]).in {
		return nil
	}
	name := column[cut+1:]
	if name == ingestion {
		name = "TimeGenerated"
	}
	return &plan.Field{Name: name}
}
