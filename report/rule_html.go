package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// The template escapes everything for the place where it stands; rule.css holds nothing that depends on a rule. The browser applies only
// the style with this hash, and runs nothing.
var (
	//go:embed rule.gohtml
	ruleHTML string
	//go:embed rule.css
	ruleStyle string

	rulePolicy = "default-src 'none'; style-src " + hash(ruleStyle) + "; base-uri 'none'; form-action 'none'"

	ruleTemplate = template.Must(template.New("rule").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(ruleStyle) },
	}).Parse(ruleHTML))
)

// RulesHTML writes one page about rules that is complete in itself.
func RulesHTML(w io.Writer, rules []*Rule, o RuleOptions) error {
	pages := make([]page, len(rules))
	for i, r := range rules {
		pages[i] = r
	}
	return pagesHTML(w, pages, plural(len(rules), "rule"), o)
}

// pagesHTML writes pages as one that is complete in itself; title is that of several.
func pagesHTML(w io.Writer, pages []page, title string, o RuleOptions) error {
	all := struct {
		Policy, Title, Version string
		Rules                  []htmlRule
	}{Policy: rulePolicy, Title: title, Version: clean(o.Version)}
	for i, p := range pages {
		all.Rules = append(all.Rules, pageHTML(p, i+1))
	}
	if len(pages) == 1 {
		all.Title = all.Rules[0].Title
	}
	out := bufio.NewWriter(w)
	if err := ruleTemplate.Execute(out, all); err != nil {
		return err
	}
	return out.Flush()
}

// What the template shows. All texts are clean.
type (
	htmlRule struct {
		Title, Subtitle string
		Contents        []htmlSection
		Sections        []htmlSection
	}
	htmlSection struct {
		Anchor, Title string
		Blocks        []htmlBlock
	}
	// htmlBlock is one block: the first of its members that is not empty.
	htmlBlock struct {
		Paragraphs []string
		Facts      []htmlFact
		Bullets    []htmlPhrase
		Head       []string
		Rows       [][]htmlPhrase
		Label      string
		Codes      []htmlCode
		Code       *htmlCode
		Fold       *htmlFold
		Item       *htmlItem
	}
	htmlFact struct {
		Name   string
		Values []htmlPhrase
	}
	htmlPhrase struct {
		Text, Link, Mark string
		Exact            bool
	}
	htmlCode struct {
		Caption string
		Pieces  []piece
	}
	htmlFold struct {
		Caption string
		Code    htmlCode
	}
	htmlItem struct {
		Name   htmlPhrase
		Blocks []htmlBlock
	}
)

// html returns the page of the rule of a number on it.
func pageHTML(v page, number int) htmlRule {
	title, subtitle := v.heading()
	r := htmlRule{Title: name(title), Subtitle: name(subtitle)}
	for i, s := range v.sections() {
		h := htmlSection{Title: clean(s.title), Blocks: htmlBlocks(s.blocks, s.title)}
		if s.title != "" {
			h.Anchor = fmt.Sprintf("part-%d-%d", number, i)
			r.Contents = append(r.Contents, htmlSection{Anchor: h.Anchor, Title: h.Title})
		}
		r.Sections = append(r.Sections, h)
	}
	return r
}

func htmlBlocks(list []any, label string) []htmlBlock {
	var out []htmlBlock
	for _, b := range list {
		if one := htmlOf(b, label); one != nil {
			out = append(out, *one)
		}
	}
	return out
}

func htmlOf(b any, label string) *htmlBlock {
	h := &htmlBlock{}
	switch b := b.(type) {
	case prose:
		for _, p := range paragraphs(string(b)) {
			h.Paragraphs = append(h.Paragraphs, clean(limit(p, ruleBytes)))
		}
	case facts:
		for _, f := range b {
			h.Facts = append(h.Facts, htmlFact{clean(f.name), htmlPhrases(f.values)})
		}
	case bullets:
		h.Bullets = htmlPhrases(b)
	case grid:
		h.Label = clean(label + ": " + strings.ToLower(b.head[0]))
		for _, text := range b.head {
			h.Head = append(h.Head, clean(text))
		}
		for _, row := range b.rows {
			h.Rows = append(h.Rows, htmlPhrases(row))
		}
	case code:
		one := htmlCodeOf(b)
		h.Code = &one
	case codes:
		for _, one := range b {
			h.Codes = append(h.Codes, htmlCodeOf(one))
		}
	case fold:
		h.Fold = &htmlFold{clean(b.caption), htmlCodeOf(b.block)}
	case item:
		h.Item = &htmlItem{htmlPhraseOf(b.name), htmlBlocks(b.blocks, b.name.text)}
	default:
		return nil
	}
	return h
}

func htmlPhrases(list []phrase) []htmlPhrase {
	out := make([]htmlPhrase, len(list))
	for i, p := range list {
		out[i] = htmlPhraseOf(p)
	}
	return out
}

func htmlPhraseOf(p phrase) htmlPhrase {
	mark := ""
	switch p.mark {
	case "pass", "fail", "error", "skip", "not run":
		mark = p.mark
	}
	return htmlPhrase{clean(limit(p.text, ruleBytes)), p.link, mark, p.exact}
}

func htmlCodeOf(c code) htmlCode {
	h := htmlCode{Caption: clean(c.caption)}
	left, more := 4*ruleBytes, 0
	for _, p := range c.pieces {
		if end := boundary(p.Text, min(left, len(p.Text))); end > 0 {
			h.Pieces = append(h.Pieces, piece{clean(p.Text[:end]), clean(p.Macro)})
			left -= end
			more += len(p.Text) - end
		} else {
			more += len(p.Text)
		}
	}
	if more > 0 {
		h.Pieces = append(h.Pieces, piece{Text: " … (" + plural(more, "more byte") + ")"})
	}
	return h
}
