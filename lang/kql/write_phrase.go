package kql

import "strings"

// phrase is a condition being written: a text, or others with a word between them. Its layout is decided when all of it is known.
type phrase struct {
	text  string
	items []string // of a list in brackets behind text
	word  string   // and, or: between the members of list; not: before its only one
	list  []*phrase
}

func leafPhrase(text string) *phrase { return &phrase{text: text} }

// joined returns phrases with a word between them.
func joinedPhrase(word string, list []*phrase) *phrase {
	if len(list) == 1 {
		return list[0]
	}
	var flat []*phrase
	seen := map[string]bool{}
	add := func(p *phrase) {
		if text := p.line(true); !seen[text] { // what the plan tells apart may be one in Kusto
			seen[text] = true
			flat = append(flat, p)
		}
	}
	for _, p := range list {
		if p.word != word {
			add(p)
			continue
		}
		for _, x := range p.list {
			add(x)
		}
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &phrase{word: word, list: flat}
}

// line returns the phrase on one line; inside says that it stands beside others.
func (p *phrase) line(inside bool) string {
	switch {
	case p.word == "":
		if p.items != nil {
			return p.text + "(" + strings.Join(p.items, ", ") + ")"
		}
		return p.text
	case p.word == "not":
		return "not(" + p.list[0].line(false) + ")"
	}
	parts := make([]string, len(p.list))
	for i, x := range p.list {
		parts[i] = x.line(true)
	}
	text := strings.Join(parts, " "+p.word+" ")
	if inside {
		return "(" + text + ")"
	}
	return text
}

// layout returns the phrase on as many lines as it takes: column is where it begins, indent where further lines do.
func (p *phrase) layout(column, indent int) string { return p.lay(column, indent, false) }

func (p *phrase) lay(column, indent int, inside bool) string {
	if text := p.line(inside); column+len(text) <= lineWidth {
		return text
	}
	margin := "\n" + strings.Repeat(" ", indent)
	switch p.word {
	case "":
		if p.items == nil {
			return p.text
		}
		return p.text + "(" + wrapped(p.items, margin) + ")"
	case "not":
		return "not(" + p.list[0].lay(column+len("not("), indent+4, false) + ")"
	}
	deeper := indent
	if inside {
		deeper += 4
	}
	margin = "\n" + strings.Repeat(" ", deeper)
	parts := make([]string, len(p.list))
	for i, x := range p.list {
		parts[i] = x.lay(deeper+len(p.word)+1, deeper+4, true)
	}
	text := strings.Join(parts, margin+p.word+" ")
	if inside {
		return "(" + text + ")"
	}
	return text
}

// wrapped returns a list broken into lines.
func wrapped(items []string, margin string) string {
	var b strings.Builder
	width := lineWidth
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		switch {
		case width+len(item)+2 > lineWidth:
			b.WriteString(margin)
			width = len(margin)
		case i > 0:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(item)
		width += len(item) + 1
	}
	return b.String()
}
