package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/engine"
	"goshawk/finding"
)

const (
	// listed is how many findings the table lists: all of them if there are no more, else as many of each rule as fit.
	listed = 50
	// listedRules bounds the rules that the table names.
	listedRules = 20
	// listedHosts bounds the hosts that the table names, and the entities whose risk it shows.
	listedHosts = 10
	// defaultWidth is for output whose width nobody knows.
	defaultWidth = 120
	// wide is the width from which a finding fits on one line.
	wide = 100
	// headingWidth keeps both ends of a heading in sight of each other.
	headingWidth = 140
)

var _ = register(format{
	name: "table", doc: "for people at a terminal: findings by rule, then a summary by level, host and rule",
	open: func(w io.Writer, o Options) Writer {
		if o.Width <= 0 {
			o.Width = defaultWidth
		}
		return &table{w: w, width: max(o.Width, 40), paint: painter(o.Color), lines: newShelf[line](listed, listed)}
	},
})

type table struct {
	w     io.Writer
	width int
	paint func(style, string) string
	tally tally
	lines *shelf[line]
	out   strings.Builder
}

// line is what the table shows of a finding, all printable.
type line struct {
	ticks               int64
	host, user, field   string
	before, part, after string
}

// lineBytes bounds the value that is kept for a line: more than any terminal is wide.
const lineBytes = 2_000

func (t *table) Finding(f *finding.Finding) error {
	t.tally.add(f)
	t.lines.put(f.Detection, func() line {
		told := tell(f)
		// Keep what surrounds the part that met the rule.
		start := 0
		if told.to > lineBytes {
			start = boundary(told.value, told.from-lineBytes/2)
		}
		end := boundary(told.value, start+lineBytes)
		before, part, after := parts(told.value[start:end], told.from-start, min(told.to, end)-start)
		if start > 0 {
			before = "…" + before
		}
		if end < len(told.value) {
			after += "…"
		}
		return line{
			ticks: f.Time, host: diag.Printable(f.Host), user: diag.Printable(f.User), field: diag.Printable(told.field),
			before: diag.Printable(before), part: diag.Printable(part), after: diag.Printable(after),
		}
	})
	return nil
}

func (t *table) Close(r *engine.Report) error {
	if t.tally.findings == 0 {
		t.row("no findings")
	} else {
		t.list()
		t.summary()
		t.block(t.riskBlock(byEntity(r.Ledger)))
		t.rules()
	}
	_, err := io.WriteString(t.w, t.out.String())
	return err
}

// row writes one line of output.
func (t *table) row(parts ...string) {
	for _, p := range parts {
		t.out.WriteString(p)
	}
	t.out.WriteByte('\n')
}

// list writes the findings by rule.
func (t *table) list() {
	hostWidth, userWidth := t.nameWidths()
	shown := 0
	for i, rule := range t.tally.rank() {
		if i == listedRules {
			break
		}
		t.heading(rule)
		lines := slices.Clone(t.lines.kept[rule.detection])
		slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.ticks, b.ticks) })
		for _, l := range lines {
			t.finding(l, hostWidth, userWidth)
		}
		shown += len(lines)
		if more := rule.findings - len(lines); more > 0 && len(lines) > 1 {
			t.row("  ", t.paint(styleDim, "… "+count(more)+" more"))
		}
		t.row()
	}
	if more := t.tally.findings - shown; more > 0 {
		text := count(shown) + " of " + count(t.tally.findings) + " findings are listed"
		if rules := len(t.tally.rules); rules > listedRules {
			text += fmt.Sprintf(", of %d of %s rules", listedRules, count(rules))
		}
		t.row(t.paint(styleDim, cut(text+"; -f ndjson or -f csv gives all of them", t.width)))
		t.row()
	}
}

// nameWidths returns the widths of the columns of hosts and users: what the listed findings need, within bounds.
func (t *table) nameWidths() (host, user int) {
	for _, lines := range t.lines.kept {
		for _, l := range lines {
			host, user = max(host, columns(l.host)), max(user, columns(l.user))
		}
	}
	bound := t.width / 6
	if t.width < wide { // the value has a line of its own
		bound = max((t.width-26)/2, 8)
	}
	return min(host, bound), min(user, bound)
}

// heading writes the line above the findings of a rule: level and title on the left, the rest on the right.
func (t *table) heading(rule *ruleTally) {
	d := rule.detection
	level := d.Level.String()
	right := plural(rule.findings, "finding")
	if n := len(rule.hosts); n > 0 {
		right += " on " + plural(n, "host")
	}
	if techniques := finding.Techniques(d); len(techniques) > 0 && t.width >= wide {
		right += "  " + diag.Printable(strings.Join(techniques[:min(len(techniques), 3)], " "))
	}
	if m := meaning(d); m != "" && t.width >= wide {
		right += "  " + cut(diag.Printable(m), 24)
	}
	room := min(t.width, headingWidth) - columns(level) - 2
	title := cut(ruleName(rule), max(room-columns(right)-2, room/2))
	gap := room - columns(title) - columns(right)
	if gap < 2 {
		right, gap = cut(right, max(room-columns(title)-2, 0)), 2
	}
	t.row(t.paint(levelStyle(d.Level), level), "  ", t.paint(styleBold, title), strings.Repeat(" ", max(gap, 1)), t.paint(styleDim, right))
}

// ruleName is the title of a rule, or what else it is known by.
func ruleName(rule *ruleTally) string {
	d := rule.detection
	return diag.Printable(cmp.Or(d.Title, d.Name, d.ID, d.Path))
}

// finding writes one finding, on a narrow terminal on two lines.
func (t *table) finding(l line, hostWidth, userWidth int) {
	const timeWidth = len("2006-01-02T15:04:05Z")
	left := "  " + pad(cmp.Or(second(l.ticks), "no time"), timeWidth)
	if hostWidth > 0 {
		left += "  " + pad(l.host, hostWidth)
	}
	if userWidth > 0 {
		left += "  " + pad(l.user, userWidth)
	}
	field := l.field
	if field != "" {
		field += " "
	}
	if t.width >= wide {
		left += "  "
		room := t.width - columns(left) - columns(field)
		t.row(left, t.paint(styleDim, field), t.value(l, room))
		return
	}
	t.row(strings.TrimRight(cut(left, t.width), " "))
	if l.before+l.part+l.after != "" {
		t.row("    ", t.paint(styleDim, cut(field, t.width-4)), t.value(l, t.width-4-columns(field)))
	}
}

// value cuts the value to n cells so that the part that met the rule is seen, and marks the part.
func (t *table) value(l line, n int) string {
	before, part, after := columns(l.before), columns(l.part), columns(l.after)
	switch {
	case n <= 0:
		return ""
	case before+part+after <= n:
		return l.before + t.paint(styleMark, l.part) + l.after
	case before+part < n || part == 0:
		if part == 0 {
			return cut(l.before+l.after, n)
		}
		return l.before + t.paint(styleMark, l.part) + cut(l.after, n-before-part)
	}
	// The part lies beyond the end of the line: leave out what stands before it, but for as much as there is room for.
	lead := "…" + tail(l.before, min(max(n/4, n-part-after-1), before))
	if lead == "…"+l.before {
		lead = l.before
	}
	shown := cut(l.part, n-columns(lead))
	return lead + t.paint(styleMark, shown) + cut(l.after, n-columns(lead)-columns(shown))
}

// summary writes the findings by level and by host, side by side where there is room.
func (t *table) summary() {
	levels := t.levelBlock()
	hosts := t.hostBlock()
	if t.width < wide || len(hosts.rows) == 0 {
		t.block(levels)
		t.block(hosts)
		return
	}
	indent := levels.width()
	left, right := t.render(levels, t.width), t.render(hosts, t.width-indent-4)
	for i := range max(len(left), len(right)) {
		text := strings.Repeat(" ", indent)
		if i < len(left) {
			text = left[i]
		}
		if i < len(right) {
			text += "    " + right[i]
		}
		t.row(strings.TrimRight(text, " "))
	}
	t.row()
}

func (t *table) levelBlock() block {
	b := block{head: []string{"LEVEL", "FINDINGS", "RULES", "HOSTS"}, numbers: 1}
	for _, level := range falling() {
		if n := t.tally.levels[level]; n > 0 {
			rules, hosts := t.tally.ofLevel(level)
			b.add(levelStyle(level), level.String(), count(n), count(rules), count(hosts))
		}
	}
	if len(b.rows) > 1 {
		b.add(styleDim, "all", count(t.tally.findings), count(len(t.tally.rules)), count(len(t.tally.hosts)))
	}
	return b
}

func (t *table) hostBlock() block {
	b := block{head: []string{"HOST", "FINDINGS", "RULES", "GRAVEST"}, numbers: 1, texts: 3}
	hosts := t.tally.rankHosts()
	for i, h := range hosts {
		if i == listedHosts {
			b.add(styleDim, "… "+count(len(hosts)-i)+" more", "", "", "")
			break
		}
		worst := falling()[0]
		for h.levels[worst] == 0 {
			worst--
		}
		b.add("", diag.Printable(h.name), count(h.findings), count(h.rules), count(h.levels[worst])+" "+worst.String())
	}
	if n := t.tally.noHost; n > 0 && len(hosts) > 0 {
		b.add(styleDim, "no host named", count(n), "", "")
	}
	if n := t.tally.otherHosts; n > 0 {
		b.add(styleDim, "hosts beyond "+count(maxHosts), count(n), "", "")
	}
	return b
}

// riskBlock is the entities whose risk was raised, the highest first.
func (t *table) riskBlock(list []*entityRisk) block {
	b := block{head: []string{"ENTITY", "RISK", "EVENTS", "RULES", "TYPE", "FIRST", "LAST"}, numbers: 1, texts: 4}
	switch {
	case t.width < 60:
		b.head = b.head[:3]
	case t.width < wide:
		b.head = b.head[:5]
	}
	for i, r := range list {
		if i == listedHosts {
			b.add(styleDim, "… "+count(len(list)-i)+" more")
			break
		}
		b.add("", diag.Printable(r.object), points(r.score), count(r.events), count(len(r.sources)), cut(diag.Printable(r.kind), len("system")), second(r.first), second(r.last))
	}
	return b
}

// rules writes the rules with first and last time, unless a single one has just been listed.
func (t *table) rules() {
	rules := t.tally.rank()
	if len(rules) < 2 {
		return
	}
	b := block{head: []string{"RULE", "FINDINGS", "HOSTS", "LEVEL", "FIRST", "LAST"}, numbers: 1, texts: 3}
	if t.width < wide {
		b.head = b.head[:4]
	} else if t.tally.languages() > 1 {
		b.head = append(b.head, "LANGUAGE")
	}
	for i, r := range rules {
		if i == listedRules {
			more := 0
			for _, r := range rules[i:] {
				more += r.findings
			}
			b.add(styleDim, "… "+plural(len(rules)-i, "more rule"), count(more))
			break
		}
		b.add("", ruleName(r), count(r.findings), count(len(r.hosts)), r.detection.Level.String(), second(r.first), second(r.last), string(r.detection.Language))
		b.rows[i].levelColumn, b.rows[i].level = 3, levelStyle(r.detection.Level)
	}
	t.block(b)
}

// block is a small table: a name on the left, numbers in the middle, texts on the right.
type block struct {
	head    []string
	numbers int // the first column of numbers
	texts   int // the first column of texts behind them; 0 if none
	rows    []blockRow
}

type blockRow struct {
	cells       []string
	style       style // of the first cell
	levelColumn int   // a cell with a colour of its own, if not 0
	level       style
}

// add appends a row; cells beyond the head are left out, missing ones are empty.
func (b *block) add(s style, cells ...string) {
	row := make([]string, len(b.head))
	copy(row, cells)
	b.rows = append(b.rows, blockRow{cells: row, style: s})
}

func (b *block) widths() []int {
	widths := make([]int, len(b.head))
	for i, h := range b.head {
		widths[i] = columns(h)
		for _, r := range b.rows {
			widths[i] = max(widths[i], columns(r.cells[i]))
		}
	}
	return widths
}

func (b *block) width() int {
	n := -2
	for _, w := range b.widths() {
		n += w + 2
	}
	return n
}

// render returns the lines of a block, all of the same width. Where that is more than room, the first column is cut.
func (t *table) render(b block, room int) []string {
	widths := b.widths()
	widths[0] = max(widths[0]-max(b.width()-room, 0), 4)
	write := func(cells []string, paint func(i int, text string) string) string {
		var text strings.Builder
		for i, cell := range cells {
			cell = cut(cell, widths[i])
			if i > 0 {
				text.WriteString("  ")
			}
			blanks := strings.Repeat(" ", widths[i]-columns(cell))
			if number := i >= b.numbers && (b.texts == 0 || i < b.texts); number {
				text.WriteString(blanks + paint(i, cell))
			} else {
				text.WriteString(paint(i, cell) + blanks)
			}
		}
		return text.String()
	}
	lines := []string{write(b.head, func(_ int, text string) string { return t.paint(styleDim, text) })}
	for _, r := range b.rows {
		lines = append(lines, write(r.cells, func(i int, text string) string {
			switch {
			case i == 0:
				return t.paint(r.style, text)
			case i == r.levelColumn:
				return t.paint(r.level, text)
			}
			return text
		}))
	}
	return lines
}

// block writes a block and an empty line, or nothing if it has no rows.
func (t *table) block(b block) {
	if len(b.rows) == 0 {
		return
	}
	for _, text := range t.render(b, t.width) {
		t.row(strings.TrimRight(text, " "))
	}
	t.row()
}
