package sigma

import (
	"regexp"
	"sort"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

// expand: %name% stands for each of the values that the configuration gives the name.

var _ = define(modifier{name: "expand", doc: "%name% stands for configured values", value: func(c *chain, t term) (term, bool) {
	switch t := t.(type) {
	case pattern:
		var variants [][]plan.Piece
		for _, v := range t.variants {
			list, ok := c.expandPieces(v)
			if !ok || !c.fitting(len(variants)+len(list)) {
				return t, false
			}
			variants = append(variants, list...)
		}
		t.variants = variants
		return t, true
	case expression:
		var ok bool
		t.source, ok = c.expandExpression(t.source)
		return t, ok
	case scalar: // nothing to replace in a number
		return t, true
	}
	return c.refuse(t)
}})

// standardPlaceholders are those that the specification names.
var standardPlaceholders = []string{"Administrators", "JumpServers", "Workstations", "Servers", "DomainControllers"}

// placeholder is one part of a text: plain, or the name of a placeholder.
type placeholder struct {
	text string
	name bool
}

// split cuts a text into plain parts and placeholders. A backslash before a percent sign makes it an ordinary one.
func split(s string) []placeholder {
	var list []placeholder
	begin := 0
	plain := func(end int) {
		if end > begin {
			list = append(list, placeholder{text: strings.ReplaceAll(s[begin:end], `\%`, "%")})
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i > 0 && s[i-1] == '\\' {
			continue
		}
		length := strings.IndexByte(s[i+1:], '%')
		if length < 0 {
			break
		}
		if length == 0 {
			continue
		}
		plain(i)
		list = append(list, placeholder{text: s[i+1 : i+1+length], name: true})
		i += length + 1
		begin = i + 1
	}
	plain(len(s))
	return list
}

// placeholderValues returns the values of a placeholder; one that has none is an error.
func (c *chain) placeholderValues(name string) ([]string, bool) {
	values := c.env.Placeholders[name]
	if len(values) > 0 {
		return values, true
	}
	span := c.source.Span
	if at := strings.Index(c.source.Text, "%"+name+"%"); at >= 0 {
		span = c.source.Part(c.rule.Source, at, at+len(name)+2)
	}
	d := c.errorf(span, "sigma-unresolved-placeholder", "placeholder %%%s%% has no values", name)
	known := make([]string, 0, len(c.env.Placeholders))
	for k, v := range c.env.Placeholders {
		if len(v) > 0 {
			known = append(known, k)
		}
	}
	sort.Strings(known)
	if near := diag.Nearest(name, known); near != "" {
		d.Hint = "did you mean %" + near + "%?"
	} else {
		d.Hint = "give it a list of values (--placeholders FILE)"
	}
	return nil, false
}

// fitting reports more variants than a value may have.
func (c *chain) fitting(n int) bool {
	if n > maxVariants {
		c.errorf(c.source.Span, "sigma-too-large", "placeholders make more than %d values of this one", maxVariants)
		return false
	}
	return true
}

func (c *chain) expandPieces(list []plan.Piece) ([][]plan.Piece, bool) {
	variants := [][]plan.Piece{nil}
	extend := func(alternatives ...[]plan.Piece) bool {
		if !c.fitting(len(variants) * len(alternatives)) {
			return false
		}
		longer := make([][]plan.Piece, 0, len(variants)*len(alternatives))
		for _, v := range variants {
			for _, a := range alternatives {
				longer = append(longer, joined(v, a))
			}
		}
		variants = longer
		return true
	}
	for _, p := range list {
		if p.Kind != plan.Run {
			if !extend([]plan.Piece{p}) {
				return nil, false
			}
			continue
		}
		for _, part := range split(p.Text) {
			alternatives := [][]plan.Piece{plan.Plain(part.text).Pieces}
			if part.name {
				values, ok := c.placeholderValues(part.text)
				if !ok {
					return nil, false
				}
				alternatives = alternatives[:0]
				for _, v := range values {
					alternatives = append(alternatives, pieces(v))
				}
			}
			if !extend(alternatives...) {
				return nil, false
			}
		}
	}
	return variants, true
}

// expandExpression puts the values of placeholders into a regular expression, quoted but for their wildcards.
func (c *chain) expandExpression(source string) (string, bool) {
	var b strings.Builder
	for _, part := range split(source) {
		if !part.name {
			b.WriteString(part.text)
			continue
		}
		values, ok := c.placeholderValues(part.text)
		if !ok {
			return "", false
		}
		for i, v := range values {
			b.WriteString([...]string{"(?:", "|"}[min(i, 1)])
			for _, p := range pieces(v) {
				switch p.Kind {
				case plan.Many:
					b.WriteString(`(?s:.*)`)
				case plan.One:
					b.WriteString(`(?s:.)`)
				default:
					b.WriteString(regexp.QuoteMeta(p.Text))
				}
			}
		}
		b.WriteString(")")
		if b.Len() > maxRegexp {
			break
		}
	}
	return b.String(), true
}
