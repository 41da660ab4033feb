package prove

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/detection/suite"
	"goshawk/event"
	"goshawk/finding"
)

// meets says why findings are not what a test expects; empty if they are.
func meets(e *suite.Expect, found []*finding.Finding) string {
	least := uint64(1)
	switch {
	case e.Least != nil:
		least = e.Least.Value
	case e.Most != nil:
		least = 0
	}
	n := uint64(len(found))
	switch {
	case e.Most != nil && n > e.Most.Value && e.Most.Value == 0:
		return "it finds " + eventsOf(found) + " where it should be silent"
	case e.Most != nil && n > e.Most.Value:
		return fmt.Sprintf("it finds %d where at most %d are expected: %s", n, e.Most.Value, eventsOf(found))
	case n < least && n == 0:
		return "it finds nothing"
	case n < least:
		return fmt.Sprintf("it finds %d where at least %d are expected: %s", n, least, eventsOf(found))
	}
	if e.HasRecords {
		if why := sameRecords(e.Records, found); why != "" {
			return why
		}
	}
	if len(e.Fields) > 0 && !slices.ContainsFunc(found, func(f *finding.Finding) bool { return hasFields(e.Fields, f) == "" }) {
		return hasFields(e.Fields, found[0])
	}
	if e.Message.Text != "" && !slices.ContainsFunc(found, func(f *finding.Finding) bool { return like(e.Message.Text, f.Message) }) {
		return fmt.Sprintf("no finding says %q; the first says %q", e.Message.Text, found[0].Message)
	}
	for _, want := range e.Risk {
		if !slices.ContainsFunc(found, func(f *finding.Finding) bool {
			return slices.ContainsFunc(f.Risk, func(r finding.Risk) bool { return isRisk(want, r) })
		}) {
			return fmt.Sprintf("no finding raises the risk of %s; the first raises %s", riskText(want), risksOf(found[0]))
		}
	}
	return ""
}

// eventsOf names the events that findings rest on, the first few.
func eventsOf(found []*finding.Finding) string {
	var parts []string
	for _, f := range found {
		for _, e := range f.Evidence {
			parts = append(parts, fmt.Sprintf("record %d", e.Record))
		}
		if len(parts) > 5 {
			parts = append(parts[:5], "…")
			break
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d rows", len(found))
	}
	return strings.Join(parts, ", ")
}

func sameRecords(want []suite.Number, found []*finding.Finding) string {
	var got []uint64
	for _, f := range found {
		for _, e := range f.Evidence {
			got = append(got, e.Record)
		}
	}
	wanted := make([]uint64, len(want))
	for i, n := range want {
		wanted[i] = n.Value
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if slices.Equal(slices.Compact(got), slices.Compact(wanted)) {
		return ""
	}
	return fmt.Sprintf("it rests on the records %v, where %v are expected", got, wanted)
}

// hasFields says which field of a finding is not as expected; empty if all are.
func hasFields(want []suite.Field, f *finding.Finding) string {
	for _, field := range want {
		v := f.Fields.Lookup(field.Name.Text)
		if v.IsAbsent() {
			switch strings.ToLower(field.Name.Text) {
			case "host":
				v = event.TextValue(f.Host)
			case "user":
				v = event.TextValue(f.User)
			}
		}
		if v.IsAbsent() {
			return fmt.Sprintf("no finding has the field %s", field.Name.Text)
		}
		if !slices.ContainsFunc(field.Values, func(w suite.Word) bool { return holdsLike(v, w.Text) }) {
			return fmt.Sprintf("%s is %q, which is not as expected", field.Name.Text, clip(v.Text(), 200))
		}
	}
	return ""
}

func holdsLike(v event.Value, pattern string) bool {
	return like(pattern, v.Text()) || slices.ContainsFunc(v.List(), func(e event.Value) bool { return like(pattern, e.Text()) })
}

// like says whether a text is as a pattern, in which * stands for any text.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}

func isRisk(want suite.Risk, r finding.Risk) bool {
	return (want.Object.Text == "" || want.Object.Text == r.Object) && (want.Type.Text == "" || want.Type.Text == r.Type) &&
		(want.Score == nil || int(want.Score.Value) == r.Score)
}

func riskText(r suite.Risk) string {
	text := "any entity"
	if r.Object.Text != "" {
		text = r.Object.Text
	}
	if r.Type.Text != "" {
		text += " (" + r.Type.Text + ")"
	}
	if r.Score != nil {
		text += fmt.Sprintf(" by %d", r.Score.Value)
	}
	return text
}

func risksOf(f *finding.Finding) string {
	var parts []string
	for _, r := range f.Risk {
		parts = append(parts, fmt.Sprintf("%s (%s) by %d", r.Object, r.Type, r.Score))
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}
