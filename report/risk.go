package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/finding"
)

// entityRisk is the risk of one entity over a whole scan.
type entityRisk struct {
	object, kind string
	score        float64
	events       int
	sources      []string // the detections that raised it, in the order in which they first did
	first, last  int64
}

// byEntity adds the risk of a ledger up, the highest sums first.
func byEntity(l *finding.Ledger) []*entityRisk {
	if l == nil {
		return nil
	}
	type key struct{ entity, kind string }
	var list []*entityRisk
	known := map[key]*entityRisk{}
	for _, e := range l.Events() {
		k := key{e.Entity, e.Type}
		r := known[k]
		if r == nil {
			r = &entityRisk{object: e.Object, kind: e.Type}
			known[k], list = r, append(list, r)
		}
		r.score += e.Total
		r.events++
		extend(&r.first, &r.last, e.Time)
		if !slices.Contains(r.sources, e.Source) {
			r.sources = append(r.sources, e.Source)
		}
	}
	slices.SortStableFunc(list, func(a, b *entityRisk) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.object, b.object), cmp.Compare(a.kind, b.kind))
	})
	return list
}

// points writes a score, with a fraction where it has one.
func points(score float64) string {
	if score == float64(int64(score)) {
		return count(int64(score))
	}
	return strconv.FormatFloat(score, 'f', 1, 64)
}

// riskCell writes the risk of a finding in one line: object type score; object type score.
func riskCell(f *finding.Finding) string {
	parts := make([]string, len(f.Risk))
	for i, r := range f.Risk {
		parts[i] = r.Object + " " + r.Type + " " + strconv.Itoa(r.Score)
	}
	return strings.Join(parts, "; ")
}

// threatCell writes the threats of a finding in one line.
func threatCell(f *finding.Finding) string {
	parts := make([]string, len(f.Threats))
	for i, t := range f.Threats {
		parts[i] = t.Object + " " + t.Type
	}
	return strings.Join(parts, "; ")
}

// kindOf says what a finding is where its detection says what its answers mean: a finding, or what is less.
func kindOf(f *finding.Finding) string {
	a := f.Detection.Answer
	switch {
	case f.Detection.Language == finding.RiskRules, f.Incident != nil:
		return "incident"
	case a == nil && f.Alert == nil:
		return ""
	case f.Notable:
		return "finding"
	case len(f.Risk) > 0:
		return "risk only"
	}
	return "report only"
}

// meaning says in a few words what the rows of a detection are; empty for one that does not say.
func meaning(d *detection.Detection) string {
	a := d.Answer
	switch {
	case a == nil:
		return ""
	case a.Finding:
		return string(a.Kind)
	case a.Risk && len(a.RiskObjects) > 0:
		return strings.TrimPrefix(string(a.Kind)+", risk only", ", ")
	}
	return strings.TrimPrefix(string(a.Kind)+", report only", ", ")
}

// oneLine writes a complaint in one line: place, message, code and hint.
func oneLine(d diag.Diagnostic) string { return diag.Printable(d.Error()) }
