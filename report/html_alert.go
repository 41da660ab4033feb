package report

import (
	"slices"
	"strings"

	"goshawk/finding"
)

// alertView is what an alert of Sentinel says beside its rows.
type alertView struct {
	Severity string // in words: how it differs from what the rule says, and how many rows it has; empty if there is nothing to say
	Named    []namedView
	Custom   []namedView
}

// namedView is a name with a value; of entities with their type, which stands at the first of several identifiers only.
type namedView struct{ Type, Name, Value string }

// alertRows bounds the identifiers and details that a page shows of an alert.
const alertRows = 100

func viewAlert(f *finding.Finding) alertView {
	a := f.Alert
	if a == nil {
		return alertView{}
	}
	var v alertView
	var words []string
	if f.Rows > 1 {
		words = append(words, "One alert of "+count(f.Rows)+" rows, of which the first is shown.")
	}
	if a.Level != f.Detection.Level {
		words = append(words, "Its severity is "+a.Level.String()+".")
	}
	if d := f.Detection.Alert; d != nil && len(a.Tactics) > 0 && !slices.Equal(a.Tactics, d.Tactics) {
		words = append(words, "Its tactics are "+name(strings.Join(a.Tactics, ", "))+".")
	}
	if d := f.Detection.Alert; d != nil && len(a.Techniques) > 0 && !slices.Equal(a.Techniques, d.Techniques) {
		words = append(words, "Its techniques are "+name(strings.Join(a.Techniques, ", "))+".")
	}
	for _, e := range a.Entities {
		kind := e.Type
		for _, i := range e.Identifiers {
			if len(v.Named) < alertRows {
				v.Named = append(v.Named, namedView{name(kind), name(i.Name), clean(limit(i.Value, valueBytes))})
			}
			kind = ""
		}
	}
	for _, d := range slices.Concat(a.Details, a.Properties) {
		if len(v.Custom) < alertRows {
			v.Custom = append(v.Custom, namedView{Name: name(d.Name), Value: clean(limit(strings.Join(d.Values, ", "), valueBytes))})
		}
	}
	v.Severity = strings.Join(words, " ")
	return v
}
