package report

import (
	"strings"

	"goshawk/diag"
)

// RuleOptions say how the page about a rule is written.
type RuleOptions struct {
	Width   int  // columns of the terminal, for text; 0: unknown
	Color   bool // the terminal shows colours
	Version string
}

const (
	// ruleWidth is the width of a page for a terminal whose width nobody knows, widestRule that of one on a wide terminal.
	ruleWidth, widestRule = 100, 120
	// nameColumn bounds the column of names in front of values, leastColumn is what a column of a table keeps.
	nameColumn, leastColumn = 22, 16
	// phraseBytes bounds a short text, such as a name or the value of a fact.
	phraseBytes = 4_000
)

// page is what is said about one thing: a rule, or a hunt.
type page interface {
	heading() (title, subtitle string)
	sections() []section
}

func (v *Rule) heading() (title, subtitle string) { return v.Title, v.subtitle() }

// Text returns the page about a rule for a terminal.
func (v *Rule) Text(o RuleOptions) string { return pageInText(v, o) }

// pageInText returns a page for a terminal.
func pageInText(v page, o RuleOptions) string {
	if o.Width <= 0 {
		o.Width = ruleWidth
	}
	p := textPage{paint: painter(o.Color), width: min(max(o.Width, 40), widestRule)}
	title, subtitle := v.heading()
	p.line(0, p.paint(styleBold, diag.Printable(title)))
	p.line(0, diag.Printable(subtitle))
	for _, s := range v.sections() {
		p.line(0, "")
		if s.title != "" {
			p.line(0, p.paint(styleBold, strings.ToUpper(diag.Printable(s.title))))
		}
		p.blocks(s.blocks, 2)
	}
	return p.b.String()
}

type textPage struct {
	b     strings.Builder
	paint func(style, string) string
	width int
}

func (p *textPage) line(indent int, parts ...string) {
	text := strings.Join(parts, "")
	if text != "" {
		p.b.WriteString(strings.Repeat(" ", indent))
	}
	p.b.WriteString(text)
	p.b.WriteByte('\n')
}

func (p *textPage) blocks(list []any, indent int) {
	for i, b := range list {
		if _, isItem := b.(item); i > 0 && (isItem || !p.tight(list[i-1], b)) {
			p.line(0, "")
		}
		p.block(b, indent)
	}
}

// tight says whether one block may follow another without an empty line.
func (p *textPage) tight(before, after any) bool {
	switch after.(type) {
	case prose, code:
		_, wasProse := before.(prose)
		return !wasProse
	case facts:
		switch before.(type) {
		case code, prose:
			return true
		}
	case fold:
		return false
	}
	return false
}

func (p *textPage) block(b any, indent int) {
	switch b := b.(type) {
	case prose:
		for i, paragraph := range paragraphs(string(b)) {
			if i > 0 {
				p.line(0, "")
			}
			p.wrapped(indent, "", diag.Printable(paragraph), 0)
		}
	case facts:
		p.facts(b, indent)
	case grid:
		p.grid(b, indent)
	case bullets:
		for _, one := range b {
			p.wrapped(indent, "- ", shortText(one), 2)
		}
	case code:
		p.code(b, indent)
	case codes:
		for i, one := range b {
			if i > 0 {
				p.line(0, "")
			}
			p.code(one, indent)
		}
	case item:
		p.line(indent, p.paint(styleBold, shortText(b.name)))
		p.blocks(b.blocks, indent+2)
	case fold:
		p.line(indent, p.paint(styleDim, b.caption+": --stage plan"))
	}
}

// wrapped writes a text in lines of the page's width; what comes behind the first stands under its text.
func (p *textPage) wrapped(indent int, lead, text string, hang int) {
	for i, line := range wrap(text, p.width-indent-columns(lead), false) {
		if i == 0 {
			p.line(indent, lead, line)
			continue
		}
		p.line(indent+hang, line)
	}
}

func (p *textPage) facts(f facts, indent int) {
	width := 0
	for _, one := range f {
		width = max(width, columns(one.name))
	}
	width = min(width, nameColumn) + 2
	for _, one := range f {
		name := pad(one.name, max(width, columns(one.name)+2))
		lines := wrap(strings.Join(phrases(one.values), ", "), p.width-indent-columns(name), false)
		for i, line := range lines {
			if i == 0 {
				p.line(indent, p.paint(styleDim, name), p.verdict(one.values[0], line))
				continue
			}
			p.line(indent+columns(name), line)
		}
	}
}

func phrases(list []phrase) []string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = shortText(one)
	}
	return texts
}

// shortText is a short text as a terminal shows it.
func shortText(p phrase) string { return diag.Printable(limit(p.text, phraseBytes)) }

// verdict colours a text that holds one; the words say the same.
func (p *textPage) verdict(one phrase, text string) string {
	switch one.mark {
	case "pass":
		return p.paint("32", text)
	case "fail", "error":
		return p.paint("1;31", text)
	case "skip", "not run":
		return p.paint(styleWarn, text)
	}
	return text
}

// grid writes a table; the last column takes several lines where it needs them.
func (p *textPage) grid(g grid, indent int) {
	last := len(g.head) - 1
	widths := make([]int, len(g.head))
	for i, h := range g.head {
		widths[i] = columns(h)
		for _, row := range g.rows {
			widths[i] = max(widths[i], columns(shortText(row[i])))
		}
	}
	room := p.width - indent
	for i := range last {
		room -= widths[i] + 2
	}
	for room < min(leastColumn, widths[last]) { // the widest column gives way
		widest := 0
		for i := range last {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= leastColumn {
			break
		}
		widths[widest]--
		room++
	}
	room = max(room, leastColumn)
	var head strings.Builder
	for i, h := range g.head {
		if i < last {
			h = pad(strings.ToUpper(h), widths[i]) + "  "
		} else {
			h = strings.ToUpper(h)
		}
		head.WriteString(h)
	}
	p.line(indent, p.paint(styleDim, head.String()))
	for _, row := range g.rows {
		cells := make([][]string, len(row))
		lines := 1
		for i, one := range row {
			bound := room
			if i < last {
				bound = widths[i]
			}
			cells[i] = wrap(shortText(one), bound, i < last)
			lines = max(lines, len(cells[i]))
		}
		for n := range lines {
			var line strings.Builder
			blank := 0
			for i, one := range row {
				text := ""
				if n < len(cells[i]) {
					text = cells[i][n]
				}
				if text != "" {
					line.WriteString(strings.Repeat(" ", blank) + p.verdict(one, text))
					blank = 0
				}
				if i < last {
					blank += max(widths[i]-columns(text), 0) + 2
				}
			}
			p.line(indent, line.String())
		}
	}
}

func (p *textPage) code(c code, indent int) {
	if c.caption != "" {
		p.line(indent, p.paint(styleDim, c.caption+":"))
		indent += 2
	}
	for line := range strings.SplitSeq(clean(c.whole()), "\n") {
		p.line(indent, strings.TrimRight(line, " \t"))
	}
}

// whole is the text of all pieces.
func (c code) whole() string {
	var b strings.Builder
	for _, one := range c.pieces {
		b.WriteString(one.Text)
	}
	return b.String()
}

// paragraphs cuts prose at its empty lines; within a paragraph lines are joined.
func paragraphs(text string) []string {
	var list []string
	var now []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			now = append(now, words...)
			continue
		}
		if now != nil {
			list = append(list, strings.Join(now, " "))
			now = nil
		}
	}
	if now != nil {
		list = append(list, strings.Join(now, " "))
	}
	return list
}

// wrap cuts printable text into lines of at most n cells, at blanks. A word that is longer stays whole, so that it can be copied, unless
// it must fit.
func wrap(text string, n int, mustFit bool) []string {
	n = max(n, 8)
	var lines []string
	line, width := "", 0
	for word := range strings.SplitSeq(text, " ") {
		own := columns(word)
		switch {
		case line == "":
			line, width = word, own
		case width+1+own <= n:
			line, width = line+" "+word, width+1+own
		default:
			lines = append(lines, line)
			line, width = word, own
		}
		for mustFit && width > n {
			begin := head(line, n)
			lines = append(lines, begin)
			line, width = line[len(begin):], width-columns(begin)
		}
	}
	return append(lines, line)
}
