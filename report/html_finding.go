package report

import (
	"cmp"

	"goshawk/event"
	"goshawk/finding"
)

// rowView is a finding as one row. All texts of views are clean, and own their memory.
type rowView struct {
	ticks          int64
	Time, Exact    string
	Host, User     string
	Field          string
	Value          markedText
	Source, Record string
}

// fullView is a finding with everything known about it.
type fullView struct {
	rowView
	ID        string
	Kind      string // finding, incident, risk only, report only; empty where the rule does not tell these apart
	Title     string // as it was filled in, where that is not the rule's
	Message   string // empty if it is the rule's title, or its own
	Details   string
	Marks     string
	Window    string
	Notes     []string
	Why       []reasonView
	Evidence  []evidenceView
	More      int // events that are not listed
	Risk      []finding.Risk
	Threats   []finding.Threat
	Drilldown []finding.Drilldown
	Fields    []fieldView
	Missing   string // what the table of fields leaves out, in words
	alertView
}

// markedText is a text with the part that met the rule.
type markedText struct{ Before, Part, After string }

type reasonView struct {
	Clause, Field string
	Value         markedText
}

type evidenceView struct{ Source, Record, Time string }

type fieldView struct {
	Name    string
	Value   markedText
	Matched bool // the rule looked at it
}

// name returns a short text for the page.
func name(text string) string { return clean(limit(text, nameBytes)) }

// mark cuts a text to n bytes, around the part from..to if that is known, and splits it.
func mark(text string, from, to, n int) markedText {
	if from < 0 || to > len(text) || from >= to {
		return markedText{Before: clean(limit(text, n))}
	}
	if len(text) > n && to > n {
		start := boundary(text, max(from-n/4, 0))
		lead := "(" + plural(start, "byte") + " before) … "
		before, part, after := parts(limit(text[start:], n), from-start, min(to-start, n))
		return markedText{lead + clean(before), clean(part), clean(after)}
	}
	before, part, after := parts(limit(text, n), from, to)
	return markedText{clean(before), clean(part), clean(after)}
}

// rowBytes bounds the value of a row, rowLead what stands before the part that met the rule if not all of it can be seen.
const rowBytes, rowLead = 240, 24

// brief cuts a text to what fits one row, so that the part that met the rule is near its start.
func brief(t telling) markedText {
	start := 0
	if t.from < t.to && t.to > 3*rowLead && len(t.value) > 4*rowLead {
		start = boundary(t.value, t.from-rowLead)
	}
	end := boundary(t.value, start+rowBytes)
	before, part, after := parts(t.value[start:end], t.from-start, min(t.to, end)-start)
	m := markedText{clean(before), clean(part), clean(after)}
	if start > 0 {
		m.Before = "…" + m.Before
	}
	if end < len(t.value) {
		m.After += "…"
	}
	return m
}

func viewRow(f *finding.Finding) rowView {
	told := tell(f)
	v := rowView{
		ticks: f.Time, Time: second(f.Time), Exact: exact(f.Time), Host: name(f.Host), User: name(f.User),
		Field: name(told.field), Value: brief(told),
	}
	if len(f.Evidence) > 0 {
		v.Source, v.Record = name(f.Evidence[0].Source), records(f)
	}
	return v
}

func viewFull(f *finding.Finding) fullView {
	v := fullView{rowView: viewRow(f), ID: f.ID, Kind: kindOf(f), Marks: f.Marks.String(), Risk: make([]finding.Risk, len(f.Risk)), More: f.More}
	if f.Title != f.Detection.Title {
		v.Title = clean(limit(f.Title, valueBytes))
	}
	if f.Message != f.Detection.Title && f.Message != f.Title {
		v.Message = clean(limit(f.Message, valueBytes))
	}
	if f.Details != f.Detection.Description {
		v.Details = clean(limit(f.Details, valueBytes))
	}
	if f.From != 0 || f.To != 0 {
		v.Window = cmp.Or(second(f.From), "the beginning") + " to " + cmp.Or(second(f.To), "the end")
	}
	for _, note := range f.Notes[:min(len(f.Notes), inputProblems)] {
		v.Notes = append(v.Notes, name(note))
	}
	for i, r := range f.Risk {
		v.Risk[i] = finding.Risk{Object: name(r.Object), Type: name(r.Type), Score: r.Score}
	}
	for _, t := range f.Threats {
		v.Threats = append(v.Threats, finding.Threat{Object: name(t.Object), Type: name(t.Type)})
	}
	for _, d := range f.Drilldown {
		v.Drilldown = append(v.Drilldown, finding.Drilldown{Name: name(d.Name), Search: clean(limit(d.Search, valueBytes)), Earliest: name(d.Earliest), Latest: name(d.Latest)})
	}
	for _, e := range f.Evidence {
		one := finding.Finding{Evidence: []finding.Evidence{e}}
		v.Evidence = append(v.Evidence, evidenceView{name(e.Source), records(&one), exact(e.Time)})
	}
	matched := map[string]finding.Reason{}
	for _, r := range f.Why {
		v.Why = append(v.Why, reasonView{name(r.Clause), name(r.Field), mark(r.Value, r.From, r.To, valueBytes)})
		if known, ok := matched[r.Field]; !ok || known.From >= known.To {
			matched[r.Field] = r
		}
	}
	v.viewFields(f, matched)
	v.alertView = viewAlert(f)
	return v
}

// viewFields lists the fields of the event, nested ones under their dotted path.
func (v *fullView) viewFields(f *finding.Finding, matched map[string]finding.Reason) {
	bytes, left := 0, 0
	var walk func(prefix string, r *event.Record, depth int)
	walk = func(prefix string, r *event.Record, depth int) {
		for _, field := range r.Fields {
			path := prefix + field.Name.Text
			if inner := field.Value.Object(); inner != nil && len(inner.Fields) > 0 && depth < 8 {
				walk(path+".", inner, depth+1)
				continue
			}
			if len(v.Fields) == findingFields || bytes > findingBytes {
				left++
				continue
			}
			text := field.Value.Text()
			reason, ok := matched[path]
			if !ok || reason.Value != text {
				reason = finding.Reason{}
			}
			view := fieldView{Name: name(path), Value: mark(text, reason.From, reason.To, valueBytes), Matched: ok}
			bytes += len(view.Value.Before) + len(view.Value.Part) + len(view.Value.After)
			v.Fields = append(v.Fields, view)
		}
	}
	walk("", &f.Fields, 0)
	if left > 0 {
		v.Missing = plural(left, "more field") + unless(left == 1, " are") + unless(left != 1, " is") + " left out here"
	}
}
