package main

import (
	"fmt"
	"strings"

	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
)

// summary is the last line: how many events there were, and what became of them.
func (x *explainer) summary() string {
	text := fmt.Sprintf("%s: %s of %s %s", diag.Printable(x.rule.Detection.Title), count(x.matched), plural(x.events, "event"), verb(x.events, "matches", "match"))
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
func (x *explainer) text(ev *event.Event, e engine.Explanation) string {
	var b strings.Builder
	verdict := x.paint("no match", "2")
	switch {
	case e.Foreign:
		verdict = x.paint("not of the rule's log source", "2")
	case e.Match:
		verdict = x.paint("MATCH", "1;32")
	}
	fmt.Fprintf(&b, "record %d  %s  %s  %s", ev.Origin.Record, diag.Printable(className(ev.Class)), orDash(e.Time), verdict)
	if ev.Origin.Source != x.path {
		fmt.Fprintf(&b, "  %s", x.paint(diag.Printable(ev.Origin.Source), "2"))
	}
	b.WriteByte('\n')
	if e.Foreign {
		fmt.Fprintf(&b, "  the record is %s; the rule asks for %s\n\n", diag.Printable(strings.Join(e.LogSources, ", ")), diag.Printable(x.rule.Detection.DataSource))
		return b.String()
	}
	if len(e.Lines) == 0 {
		b.WriteString("  the rule takes every event of its log source\n")
	}
	for _, line := range e.Lines {
		word, code := "fails", "31"
		switch line.Verdict {
		case "true":
			word, code = "holds", "32"
		case "null":
			word, code = "unknown", "33"
		}
		fmt.Fprintf(&b, "%s%s  %s", strings.Repeat("  ", line.Depth+1), x.paint(fmt.Sprintf("%-7s", word), code), diag.Printable(line.Text))
		if line.Leaf {
			fmt.Fprintf(&b, "   %s", x.value(line))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.String()
}

// maxShownValue bounds how much of a value one line shows.
const maxShownValue = 200

// value writes the value that a clause met, with the part that met it marked.
func (x *explainer) value(line engine.ExplainLine) string {
	field := diag.Printable(line.Field)
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
	return field + " = " + diag.Printable(clip(value))
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
