package main

import (
	"fmt"
	"strings"
	"time"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/schedule"
)

// summary is the last line: how many events there were, and what became of them.
func (x *explainer) summary() string {
	text := fmt.Sprintf("%s: %s of %s %s", diag.Printable(x.rule.Detection.Title), count(x.matched), plural(x.events, "event"), verb(x.events, "matches", "match"))
	if x.suppressed > 0 {
		text += fmt.Sprintf("; %s %s suppressed", count(x.suppressed), be(x.suppressed))
	}
	if x.foreign > 0 {
		text += fmt.Sprintf("; %s %s not of its log source (%s)", count(x.foreign), be(x.foreign), diag.Printable(x.rule.Detection.DataSource))
	}
	if x.hidden > 0 {
		text += fmt.Sprintf("; %s more %s not shown (--limit 0 shows all)", count(x.hidden), be(x.hidden))
	}
	return text
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// text writes the explanation of one event.
func (x *explainer) text(ev *event.Event, e *engine.Explanation) string {
	var b strings.Builder
	verdict := x.paint("no match", "2")
	switch e.Verdict {
	case engine.VerdictForeign:
		verdict = x.paint("not of the rule's log source", "2")
	case engine.VerdictMatch:
		verdict = x.paint("MATCH", "1;32")
	case engine.VerdictSuppressed:
		verdict = x.paint("SUPPRESSED", "1;33")
	}
	fmt.Fprintf(&b, "record %d  %s  %s  %s", ev.Origin.Record, diag.Printable(className(ev.Class)), orDash(e.Time), verdict)
	if ev.Origin.Source != x.path {
		fmt.Fprintf(&b, "  %s", x.paint(diag.Printable(ev.Origin.Source), "2"))
	}
	b.WriteByte('\n')
	if e.Foreign {
		fmt.Fprintf(&b, "  the record is %s; the rule asks for %s\n\n", diag.Printable(strings.Join(e.LogSources, ", ")), orDash(diag.Printable(x.rule.Detection.DataSource)))
		return b.String()
	}
	if e.Stages != nil {
		x.stages(&b, e)
	} else {
		if len(e.Lines) == 0 {
			b.WriteString("  the rule takes every event of its log source\n")
		}
		x.lines(&b, e.Lines, 1)
	}
	x.suppressors(&b, e)
	x.scheduled(&b, e)
	b.WriteByte('\n')
	return b.String()
}

// lines writes clauses.
func (x *explainer) lines(b *strings.Builder, list []engine.ExplainLine, indent int) {
	for _, line := range list {
		word, code := "fails", "31"
		switch line.Verdict {
		case "true":
			word, code = "holds", "32"
		case "null":
			word, code = "unknown", "33"
		}
		fmt.Fprintf(b, "%s%s  %s", strings.Repeat("  ", line.Depth+indent), x.paint(fmt.Sprintf("%-7s", word), code), diag.Printable(line.Text))
		if line.Leaf {
			fmt.Fprintf(b, "   %s", x.value(line))
		}
		b.WriteByte('\n')
	}
}

// maxShownStage bounds how much of a stage's text one line shows.
const maxShownStage = 160

// stages writes what became of the event in each stage.
func (x *explainer) stages(b *strings.Builder, e *engine.Explanation) {
	shown := "" // the row of a stage before
	for i := 0; i < len(e.Stages); i++ {
		s := e.Stages[i]
		if s.State == engine.StageNotReached {
			last := i
			for last+1 < len(e.Stages) && e.Stages[last+1].State == engine.StageNotReached {
				last++
			}
			if last > i {
				fmt.Fprintf(b, "  %d-%d  %s\n", s.Number, e.Stages[last].Number, x.paint("not reached", "2"))
				i = last
				continue
			}
		}
		state, code := s.State, "32"
		switch s.State {
		case engine.StageDropped:
			state, code = "DROPPED", "31"
		case engine.StageNotReached:
			code = "2"
		}
		fmt.Fprintf(b, "  %d  %s  %s\n", s.Number, x.paint(state, code), clipped(diag.Printable(s.Text), maxShownStage))
		x.lines(b, s.Lines, 3)
		if s.Why != "" {
			fmt.Fprintf(b, "      %s\n", diag.Printable(s.Why))
		}
		if s.Row != nil {
			if row := x.row(s); row != shown {
				fmt.Fprintf(b, "      %s\n", row)
				shown = row
			}
		}
	}
	if e.Outside {
		b.WriteString("  the window of the run does not hold the event\n")
	}
	if a := e.Alone; a != nil && a.Match != (e.Verdict != engine.VerdictNoMatch) {
		switch {
		case !a.Match && a.Stage > 0:
			fmt.Fprintf(b, "  by itself the event would be dropped by stage %d\n", a.Stage)
		case !a.Match:
			b.WriteString("  by itself the event would not be a match\n")
		default:
			b.WriteString("  by itself the event would be a match\n")
		}
	}
}

// maxShownValues bounds how many values of a row are shown.
const maxShownValues = 12

// row writes the row that an event went into.
func (x *explainer) row(s engine.ExplainStage) string {
	var values []string
	for i, v := range s.Row {
		if i == maxShownValues {
			values = append(values, fmt.Sprintf("… %d more", len(s.Row)-i))
			break
		}
		values = append(values, diag.Printable(v.Name)+" = "+clipped(diag.Printable(v.Value), maxShownRowValue))
	}
	text := "row of " + plural(s.Events, "event") + ": " + strings.Join(values, ", ")
	if s.Rows > 1 {
		text += fmt.Sprintf("   (and %s more)", count(int(s.Rows-1)))
	}
	return text
}

const maxShownRowValue = 60

// suppressors writes what exclusions and filters say.
func (x *explainer) suppressors(b *strings.Builder, e *engine.Explanation) {
	for _, s := range e.Suppressors {
		what, word, code := diag.Printable(s.Why), "does not hold", "2"
		switch {
		case s.Others:
			word, code = "suppresses it by what else would be in its row", "33"
		case s.Drops && e.Verdict == engine.VerdictSuppressed:
			word, code = "suppresses it", "33"
		case s.Drops:
			word = "would suppress it"
		case !s.Reached:
			word = "not reached"
		}
		fmt.Fprintf(b, "  %s  %s", what, x.paint(word, code))
		if one := s.Exclusion; one != nil {
			fmt.Fprintf(b, "  owner %s, expires %s", orDash(diag.Printable(one.Owner)), day(finalDay(one)))
			if one.Reason != "" {
				fmt.Fprintf(b, ": %s", diag.Printable(one.Reason))
			}
		}
		b.WriteByte('\n')
		if s.Reached {
			x.lines(b, s.Lines, 2)
		}
	}
}

// finalDay is the last day on which an exclusion holds; the zero time if it never ends.
func finalDay(one *detection.Exclusion) time.Time {
	if one.Expires.IsZero() {
		return one.Expires
	}
	return one.Expires.Add(-time.Second)
}

// scheduled writes which runs of the rule see the event.
func (x *explainer) scheduled(b *strings.Builder, e *engine.Explanation) {
	s := e.Schedule
	if s == nil {
		return
	}
	span := func(run schedule.Slot) string {
		return fmt.Sprintf("the run at %s, over %s to %s,", event.FormatTime(run.At), event.FormatTime(run.From), event.FormatTime(run.To))
	}
	b.WriteString("  schedule: ")
	run := x.explain.At
	if run != nil && e.Outside {
		fmt.Fprintf(b, "%s does not see it; ", span(*run))
	}
	switch {
	case run != nil && !e.Outside:
		fmt.Fprintf(b, "%s sees it", span(*run))
	case s.Untimed:
		b.WriteString("the event has no time, so that no window holds it")
	case s.Count == 0:
		b.WriteString("no run would see it: no window holds its time")
	default:
		fmt.Fprintf(b, "%s would see it", span(s.Slots[0]))
		if s.Count > 1 {
			fmt.Fprintf(b, ", and %s more until %s", count(int(s.Count-1)), event.FormatTime(s.Last.At))
		}
	}
	if s.Ingested {
		fmt.Fprintf(b, " (lag %s", lagText(s.Lag))
		if s.Late > 0 {
			fmt.Fprintf(b, ": it came too late for %s of %d", count(int(s.Late)), s.Count)
		}
		b.WriteByte(')')
	}
	b.WriteByte('\n')
}

// lagText writes a lag, to the second.
func lagText(ticks int64) string { return (time.Duration(ticks) * 100).Round(time.Second).String() }

// maxShownValue bounds how much of a value one line shows.
const maxShownValue = 200

// value writes the value that a clause met, with the part that met it marked.
func (x *explainer) value(line engine.ExplainLine) string {
	field := diag.Printable(line.Field)
	if line.Never && (line.Absent || line.Value == "") {
		return x.paint("records of this kind never have "+field, "33")
	}
	if line.Absent {
		return x.paint(field+" is absent", "2")
	}
	value := line.Value
	if line.From < line.To && line.To <= len(value) {
		before, hit, after := value[:line.From], value[line.From:line.To], value[line.To:]
		if over := len(before) - maxShownValue/2; over > 0 {
			before = "…" + strings.ToValidUTF8(before[over:], "")
		}
		return field + " = " + diag.Printable(before) + x.paint(diag.Printable(clip(hit)), "1;4") + diag.Printable(clip(after))
	}
	text := field + " = " + diag.Printable(clip(value))
	if line.Never {
		text += "   " + x.paint("records of this kind never have "+field, "33")
	}
	return text
}

func clip(text string) string {
	if len(text) <= maxShownValue {
		return text
	}
	return strings.ToValidUTF8(text[:maxShownValue], "") + "…"
}

func (x *explainer) paint(text, code string) string {
	if !x.colors {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// className names a kind of record for people.
func className(c *event.Class) string {
	var parts []string
	for _, part := range []string{c.Product, c.Channel, c.ID} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}
