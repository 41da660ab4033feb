package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"goshawk/diag"
)

// Markdown returns the page about a rule as Markdown (CommonMark, and tables as everybody knows them). Texts of the author are shown as
// he wrote them: what would be markup in them is escaped.
func (v *Rule) Markdown() string { return pageMarkdown(v) }

// pageMarkdown returns a page as Markdown.
func pageMarkdown(v page) string {
	var b strings.Builder
	title, subtitle := v.heading()
	fmt.Fprintf(&b, "# %s\n\n%s\n", inlineMark(title), inlineMark(subtitle))
	m := markdown{b: &b}
	for _, s := range v.sections() {
		if s.title != "" {
			fmt.Fprintf(&b, "\n## %s\n", inlineMark(s.title))
		}
		m.blocks(s.blocks)
	}
	return b.String()
}

type markdown struct{ b *strings.Builder }

func (m markdown) blocks(list []any) {
	for _, b := range list {
		m.block(b)
	}
}

func (m markdown) block(b any) {
	switch b := b.(type) {
	case prose:
		for _, paragraph := range paragraphs(string(b)) {
			fmt.Fprintf(m.b, "\n%s\n", lineMark(paragraph))
		}
	case facts:
		m.b.WriteByte('\n')
		for _, f := range b {
			fmt.Fprintf(m.b, "- **%s:** %s\n", inlineMark(f.name), phraseMarks(f.values))
		}
	case bullets:
		m.b.WriteByte('\n')
		for _, one := range b {
			fmt.Fprintf(m.b, "- %s\n", phraseMark(one))
		}
	case grid:
		m.grid(b)
	case code:
		m.code(b)
	case codes:
		for _, one := range b {
			m.code(one)
		}
	case item:
		fmt.Fprintf(m.b, "\n### %s\n", phraseMark(b.name))
		m.blocks(b.blocks)
	case fold:
		m.block(item{name: phrase{text: b.caption}, blocks: []any{b.block}})
	}
}

func (m markdown) grid(g grid) {
	m.b.WriteByte('\n')
	row := func(cells []string) { fmt.Fprintf(m.b, "| %s |\n", strings.Join(cells, " | ")) }
	row(g.head)
	m.b.WriteString("|" + strings.Repeat("---|", len(g.head)) + "\n")
	for _, r := range g.rows {
		cells := make([]string, len(r))
		for i, one := range r {
			if cells[i] = phraseMark(one); one.exact {
				cells[i] = strings.ReplaceAll(cells[i], "|", `\|`) // a table is cut at them even in code
			}
		}
		row(cells)
	}
}

// code writes a fenced block; the fence is longer than any run of its marks within.
func (m markdown) code(c code) {
	if c.caption != "" {
		fmt.Fprintf(m.b, "\n%s:\n", inlineMark(c.caption))
	}
	text := clean(c.whole())
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(m.b, "\n%s%s\n%s\n%s\n", fence, c.language, text, fence)
}

func phraseMarks(list []phrase) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = phraseMark(one)
	}
	return strings.Join(texts, ", ")
}

// phraseMark writes a short text in one line.
func phraseMark(p phrase) string {
	linked := p.link != "" && !strings.ContainsAny(p.link, " <>()[]\\|`\"'")
	switch {
	case linked && p.link == p.text:
		return "<" + p.link + ">"
	case linked:
		return "[" + inlineMark(p.text) + "](" + p.link + ")"
	case p.exact:
		return codeMark(diag.Printable(p.text))
	}
	return inlineMark(p.text)
}

// codeMark writes text as code.
func codeMark(text string) string {
	if text == "" {
		return ""
	}
	ticks := "`"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.TrimSpace(text) == "" {
		text = " " + text + " "
	}
	return ticks + text + ticks
}

var entity = regexp.MustCompile(`^&(#[0-9]|#[xX][0-9a-fA-F]|[A-Za-z][A-Za-z0-9]*;)`)

// inlineMark writes text within a line. Only what would be markup there is escaped.
func inlineMark(text string) string {
	text = diag.Printable(text)
	var b strings.Builder
	for i, r := range text {
		switch {
		case strings.ContainsRune("\\`*[]<>|~$", r),
			r == '_' && !(betweenLetters(text, i)),
			r == '&' && entity.MatchString(text[i:]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// betweenLetters says whether letters or digits stand on both sides of a byte, where an underscore is no markup.
func betweenLetters(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+1:])
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
	return letter(before) && letter(after) && before != '_' && after != '_'
}

// lineMark writes text that stands at the beginning of a line, where more is markup.
func lineMark(text string) string {
	text = inlineMark(text)
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	switch {
	case text == "":
	case strings.ContainsRune("#-+=", rune(text[0])):
		return `\` + text
	case digits > 0 && digits < len(text) && (text[digits] == '.' || text[digits] == ')'):
		return text[:digits] + `\` + text[digits:]
	}
	return text
}
