package compile

import (
	"path"
	"path/filepath"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// What only shows among several rules.

var setLints = []diag.Lint{
	{Code: "rule-duplicate-id", Set: diag.CoreLints, Severity: diag.Warning, Doc: "an id that several rules share",
		Help:       "Findings and exclusions are told apart by the ids of rules. Give one of the two a new UUID, or load only one.",
		Validators: []string{"identifier_uniqueness"}},
	{Code: "rule-duplicate-title", Set: diag.CoreLints, Severity: diag.Warning, Doc: "a title that several rules of a language share",
		Help: "People tell alerts apart by the titles of rules.", Validators: []string{"duplicate_title"}},
	{Code: "rule-duplicate-filename", Set: diag.CoreLints, Severity: diag.Warning, Doc: "a file name that several Sigma files share",
		Help: "Rules are copied into one folder, and the second would replace the first.", Validators: []string{"duplicate_filename"}},
	{Code: "sigma-unknown-logsource", Set: diag.CoreLints, Severity: diag.Warning, Doc: "a log source that nobody knows",
		Help: "No record can be of it. It is misspelt, or a taxonomy map of your own has to say which records are meant.", Validators: []string{"sigmahq_logsource_unknown"}},
	{Code: "sigma-unfed-logsource", Set: diag.GoshawkLints, Severity: diag.Info, Doc: "a log source that no format gives records of",
		Help: "The rule loads, and never sees an event here. A taxonomy map of your own can say which records they are."},
}

// lintSet compares the rules of a set with each other.
func lintSet(set *Set) {
	titles, names := map[string]*Rule{}, map[string]*Rule{}
	for _, r := range set.Rules {
		d := r.Detection
		if d.Title != "" {
			key := string(d.Language) + "\x00" + d.Title
			if other, ok := titles[key]; ok && other.Detection.Path == d.Path {
				continue // documents of a file may share what they say
			} else if ok {
				r.Diagnostics.Warnf(d.Query, r.titlePlace(), "rule-duplicate-title", "title is also that of %s", other.Detection.Path).Hint = "say in one of them what makes it different"
			} else {
				titles[key] = r
			}
		}
		if d.Language == detection.Sigma {
			name := path.Base(filepath.ToSlash(d.Path))
			if other, ok := names[name]; !ok {
				names[name] = r
			} else if other.Detection.Path != d.Path {
				r.Diagnostics.Warnf(d.Query, r.titlePlace(), "rule-duplicate-filename", "file name %s is also that of %s", name, other.Detection.Path)
			}
		}
	}
}

// titlePlace returns where the title of a detection stands, as far as that can be told.
func (r *Rule) titlePlace() diag.Span {
	d := r.Detection
	if d.Query == nil || d.Span.End > len(d.Query.Text) {
		return d.Span
	}
	if i := strings.Index(d.Query.Text[d.Span.Start:d.Span.End], d.Title); i >= 0 {
		return diag.Span{Start: d.Span.Start + i, End: d.Span.Start + i + len(d.Title)}
	}
	return diag.Span{Start: d.Span.Start, End: d.Span.Start}
}
