package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"goshawk/diag"
	"goshawk/engine"
)

// TalkOptions say what Talk should tell.
type TalkOptions struct {
	Rules    Rules
	Skipped  bool // list what was not read and what was wrong with what was
	Blind    bool // list the rules that could not have fired
	Color    bool
	Findings bool // the findings went elsewhere: count them here
	// Automation is how many automation rules there are that nobody asked to apply.
	Automation int
}

// talkLabel is the width of the words on the left.
const talkLabel = 12

// Talk says on standard error what a scan read, which rules looked at it and what came of it: one line each, and more only
// where something is not as it should be or was asked for. Its errors are those of a terminal that went away, and ignored.
func Talk(w io.Writer, r *engine.Report, o TalkOptions) {
	var b strings.Builder
	paint := painter(o.Color)
	say := func(label, text string) {
		fmt.Fprintf(&b, " %s%s\n", paint(styleDim, pad(label, talkLabel)), text)
	}
	say("input", inputLine(r, o))
	say("rules", rulesLine(r, o))
	say("records", recordsLine(r, o))
	if o.Findings {
		say("findings", findingsLine(r, paint))
	}
	if len(r.Suppressions) > 0 {
		say("suppressed", suppressedLine(r))
	}
	talkBaselines(say, r)
	talkRisk(say, r)
	talkSentinel(say, r, o)
	if r.Outside > 0 {
		say("outside", plural(r.Outside, "finding")+" left out by --from, --to or --last")
	}
	if r.Interrupted {
		say("interrupted", paint(styleWarn, "the scan was stopped before its end; this is what was found until then"))
	}
	if o.Skipped {
		talkInputs(&b, r, paint)
	}
	if o.Blind {
		talkBlind(&b, r, paint)
	}
	_, _ = io.WriteString(w, b.String())
}

// talkRisk says what came of risk, of throttling, of schedules and of texts that could not be filled in.
func talkRisk(say func(label, text string), r *engine.Report) {
	if r.RiskEvents > 0 {
		sum := 0.0
		entities := byEntity(r.Ledger)
		for _, e := range entities {
			sum += e.score
		}
		text := plural(r.RiskEvents, "risk event")
		if len(entities) > 0 {
			text += ", " + points(sum) + " points for " + manyOf(len(entities), "entity", "entities")
		}
		if r.Incidents > 0 {
			text += "; " + plural(r.Incidents, "incident")
		}
		say("risk", text)
	}
	if r.Ledger != nil {
		for _, d := range r.Ledger.Full() {
			say("risk", oneLine(d))
		}
	}
	if r.Slots > 0 || r.Unseen > 0 {
		text := manyOf(r.Slots, "search", "searches") + " over several events, at their times"
		if r.Unseen > 0 {
			text += "; " + manyOf(r.Unseen, "match lies", "matches lie") + " in no window of a schedule"
		}
		say("schedule", text)
	}
	if r.Throttled > 0 {
		say("throttled", manyOf(r.Throttled, "row", "rows")+" left out, for one like it had just been found")
	}
	if r.Untriggered > 0 {
		say("untriggered", manyOf(r.Untriggered, "row", "rows")+" left out, for their number is no alert by the trigger of their rule")
	}
	if r.Strayed > 0 {
		say("strayed", manyOf(r.Strayed, "row", "rows")+" left out, for the time in them lies outside the window of their run")
	}
	if r.Unfilled > 0 {
		say("unfilled", manyOf(r.Unfilled, "finding has", "findings have")+" texts that could not be filled in; the notes in -f ndjson say which")
	}
}

// manyOf writes a number and what is counted, in the singular or plural.
func manyOf[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

func inputLine(r *engine.Report, o TalkOptions) string {
	var read, skipped int
	var bytes int64
	formats := map[string]int{}
	name := ""
	for _, in := range r.Inputs {
		if in.Skipped {
			skipped++
			continue
		}
		read++
		bytes += in.Bytes
		formats[in.Format]++
		name = in.Name
	}
	text := "nothing was read"
	switch {
	case read == 1:
		text = diag.Printable(name) + ", " + size(bytes) + ", " + formatList(formats, false)
	case read > 1:
		text = plural(read, "file") + ", " + size(bytes) + " (" + formatList(formats, true) + ")"
	}
	if skipped > 0 {
		text += "; " + plural(skipped, "file") + " skipped" + unless(o.Skipped, " (--skipped)")
	}
	return text
}

// formatCounts names things with their numbers, those of most first.
func formatCounts(n map[string]int) string {
	names := make([]string, 0, len(n))
	for name := range n {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] += " " + count(n[name])
	}
	return strings.Join(names, ", ")
}

// formatList names the formats, those of most files first.
func formatList(formats map[string]int, counted bool) string {
	names := make([]string, 0, len(formats))
	for name := range formats {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(formats[b], formats[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = diag.Printable(name)
		if counted {
			names[i] = count(formats[name]) + " " + names[i]
		}
	}
	return strings.Join(names, ", ")
}

func rulesLine(r *engine.Report, o TalkOptions) string {
	text := count(o.Rules.Loaded) + " loaded"
	if len(o.Rules.Languages) > 1 {
		text += " (" + formatCounts(o.Rules.Languages) + ")"
	}
	var rest []string
	if n := len(r.Failed); n > 0 {
		rest = append(rest, count(n)+" could not be finished")
	}
	if n := len(r.Blind); n > 0 {
		rest = append(rest, count(n)+" cannot fire on this data"+unless(o.Blind, " (--blind)"))
	}
	if n := o.Rules.Refused; n > 0 {
		rest = append(rest, count(n)+" refused (goshawk rules check)")
	}
	if n := o.Rules.Retired; n > 0 {
		rest = append(rest, count(n)+" deprecated or unsupported (--status any)")
	}
	if n := o.Rules.NotChosen; n > 0 {
		rest = append(rest, count(n)+" left out by flags")
	}
	if len(rest) > 0 {
		text += "; " + strings.Join(rest, ", ")
	}
	return text
}

func recordsLine(r *engine.Report, o TalkOptions) string {
	text := count(r.Events) + " read"
	if r.Elapsed > 0 {
		text += " in " + elapsed(r.Elapsed)
		if seconds := r.Elapsed.Seconds(); seconds >= 1 {
			text += fmt.Sprintf(" (%s/s)", count(int64(float64(r.Events)/seconds)))
		}
	}
	var lost, odd int64
	files := 0
	for _, in := range r.Inputs {
		lost, odd = lost+in.Lost, odd+in.Odd
		if in.Lost+in.Odd > 0 {
			files++
		}
	}
	var rest []string
	if lost > 0 {
		rest = append(rest, count(lost)+" could not be read")
	}
	if odd > 0 {
		rest = append(rest, count(odd)+" not quite in order")
	}
	if len(rest) > 0 {
		text += "; " + strings.Join(rest, ", ") + " (" + plural(files, "file") + unless(o.Skipped, ", --skipped") + ")"
	}
	return text
}

func findingsLine(r *engine.Report, paint func(style, string) string) string {
	if r.Findings == 0 {
		return "none"
	}
	var levels []string
	for _, level := range falling() {
		if n := r.Levels[level]; n > 0 {
			levels = append(levels, paint(levelStyle(level), count(n)+" "+level.String()))
		}
	}
	text := count(r.Findings)
	if len(levels) > 0 {
		text += ": " + strings.Join(levels, ", ")
	}
	if r.First != 0 {
		text += "; " + span(r.First, r.Last)
	}
	return text
}

// span writes the time from first to last.
func span(first, last int64) string {
	if a, b := second(first), second(last); a != b {
		return a + " .. " + b
	}
	return second(first)
}

func elapsed(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return strings.TrimSuffix(d.Round(time.Second).String(), "0s")
}

// unless returns text unless the condition holds.
func unless(condition bool, text string) string {
	if condition {
		return ""
	}
	return text
}

func talkInputs(b *strings.Builder, r *engine.Report, paint func(style, string) string) {
	for _, in := range r.Inputs {
		if in.Skipped {
			fmt.Fprintf(b, " %s%s: %s\n", paint(styleDim, pad("skipped", talkLabel)), diag.Printable(in.Name), diag.Printable(in.Why))
		}
	}
	for _, in := range r.Inputs {
		for _, p := range in.Problems {
			word := "odd"
			if p.Lost {
				word = "lost"
			}
			fmt.Fprintf(b, " %s%s%s: %s [%s]\n", paint(styleDim, pad(word, talkLabel)), diag.Printable(p.Source), place(p.Record, p.Offset), diag.Printable(p.Reason), diag.Printable(p.Code))
		}
		if more := in.Lost + in.Odd - int64(len(in.Problems)); more > 0 {
			fmt.Fprintf(b, " %s%s: %s\n", strings.Repeat(" ", talkLabel), diag.Printable(in.Name), plural(more, "more problem"))
		}
	}
}

// place names a record and an offset as far as they are known.
func place(record uint64, offset int64) string {
	text := ""
	if record > 0 {
		text = fmt.Sprintf(", record %d", record)
	}
	if offset >= 0 {
		text += fmt.Sprintf(", offset %d", offset)
	}
	return text
}

func talkBlind(b *strings.Builder, r *engine.Report, paint func(style, string) string) {
	for _, group := range blindGroups(r.Blind) {
		fmt.Fprintf(b, " %s%s: %s\n", paint(styleDim, pad("blind", talkLabel)), plural(len(group.titles), "rule"), diag.Printable(group.reason))
		for i, title := range group.titles {
			fmt.Fprintf(b, " %s%s  %s\n", strings.Repeat(" ", talkLabel), diag.Printable(title), paint(styleDim, diag.Printable(group.paths[i])))
		}
	}
}

// blindGroup is the rules that could not fire for the same reason.
type blindGroup struct {
	reason        string
	titles, paths []string
}

// blindGroups puts rules with the same reason together, the most frequent first.
func blindGroups(list []engine.Blind) []*blindGroup {
	var groups []*blindGroup
	byReason := map[string]*blindGroup{}
	for _, blind := range list {
		reason := blind.Reason()
		group := byReason[reason]
		if group == nil {
			group = &blindGroup{reason: reason}
			byReason[reason], groups = group, append(groups, group)
		}
		d := blind.Rule.Detection
		group.titles, group.paths = append(group.titles, d.Title), append(group.paths, d.Path)
	}
	slices.SortStableFunc(groups, func(a, b *blindGroup) int {
		return cmp.Or(cmp.Compare(len(b.titles), len(a.titles)), cmp.Compare(a.reason, b.reason))
	})
	return groups
}
