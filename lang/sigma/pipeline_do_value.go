package sigma

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"goshawk/event"
	"goshawk/plan"
)

// Transformations of values. Each is asked about one value at a time.

// valueChange returns what takes the place of a value, and false where it stays; what it reports fails the rule.
type valueChange func(p *processing, s *step, i *Item, m meaning) ([]meaning, bool)

func (change valueChange) apply(p *processing, s *step) {
	p.each(func(i *Item) Search {
		if !s.actsOn(p, i) {
			return i
		}
		t, changed := p.apart(i), false
		for g, values := range t.groups {
			to, ok := change(p, s, i, values[0])
			if p.failed {
				return i
			}
			if !ok {
				continue
			}
			bytes := 0
			for _, m := range to {
				for _, piece := range m.pieces {
					bytes += len(piece.Text)
				}
				bytes += len(m.value.Text)
			}
			if !p.size(s, len(to), bytes) {
				return i
			}
			changed = true
			t.groups[g] = to
		}
		if !changed {
			return i
		}
		t.groups = slices.DeleteFunc(t.groups, func(g []meaning) bool { return len(g) == 0 })
		if len(t.groups) == 0 {
			p.errorAt(s, i.Span, "sigma-pipeline-nothing-left", "no value of this item is left")
			return i
		}
		return p.noteAll(s, p.together(t))
	})
}

// ofText makes a change of texts alone.
func ofText(change func(i *Item, list []plan.Piece) []plan.Piece) valueChange {
	return func(_ *processing, _ *step, i *Item, m meaning) ([]meaning, bool) {
		if m.form != textForm {
			return nil, false
		}
		m.pieces = change(i, m.pieces)
		return []meaning{m}, true
	}
}

// ofRuns makes a change of the plain parts between wildcards and placeholders, each on its own.
func ofRuns(change func(text string) []plan.Piece) valueChange {
	return ofText(func(i *Item, list []plan.Piece) []plan.Piece {
		var out []plan.Piece
		for _, piece := range list {
			switch {
			case piece.Kind != plan.Run:
				out = joined(out, []plan.Piece{piece})
			case i.expands():
				for _, part := range split(piece.Text) {
					if part.name {
						out = joined(out, plan.Plain("%"+part.text+"%").Pieces)
					} else {
						out = joined(out, guarded(change(part.text)))
					}
				}
			default:
				out = joined(out, change(piece.Text))
			}
		}
		return out
	})
}

// expands says whether %name% in the values of an item are placeholders.
func (s *Item) expands() bool {
	return slices.ContainsFunc(s.Modifiers, func(m Word) bool { return m.Text == "expand" })
}

// guarded puts a backslash before each percent sign, so that it begins no placeholder.
func guarded(list []plan.Piece) []plan.Piece {
	out := slices.Clone(list)
	for i := range out {
		out[i].Text = strings.ReplaceAll(out[i].Text, "%", `\%`)
	}
	return out
}

var _ = defineTransformation("replace_string", "replaces what a regular expression finds in texts and numbers", func(p *params) transformation {
	re := p.pattern("regex", false)
	by := p.replacement("replacement", re)
	skip, interpret := p.bool("skip_special", false), p.bool("interpret_special", false)
	if interpret && !skip {
		p.errorf(find(p.list, "interpret_special").key.Span, "sigma-pipeline-parameter", "interpret_special says nothing without skip_special").
			Hint = "add skip_special: true, or leave it out: the replacement is interpreted anyway"
	}
	change := ofText(func(_ *Item, list []plan.Piece) []plan.Piece { return replaceShown(list, re, by) })
	if skip {
		change = ofRuns(func(text string) []plan.Piece {
			if text = by.replace(re, text); interpret {
				return pieces(text)
			}
			return plan.Plain(text).Pieces
		})
	}
	return valueChange(func(p *processing, s *step, i *Item, m meaning) ([]meaning, bool) {
		if m.form == constantForm && m.value.Kind == NumberValue {
			m.form, m.pieces = textForm, plan.Plain(m.value.number().Text()).Pieces
			m.value.Kind = TextValue
		}
		return change(p, s, i, m)
	})
})

// replaceShown replaces in a pattern as regular expressions see it: wildcards as * and ?, escaped ones behind a backslash.
// What the expression does not meet stays what it was: a star that was plain stays plain, and a backslash before a wildcard
// does not take the wildcard's meaning, which is what writing the text down and reading it again would do. What comes from the
// template is read: * and ? in it are wildcards unless a backslash stands before them.
func replaceShown(list []plan.Piece, re *regexp.Regexp, by replacement) []plan.Piece {
	text := shown(list)
	// back is the pattern for each byte of the shown text; the backslash of an escape belongs to nothing.
	back := make([]plan.Piece, 0, len(text))
	for _, piece := range list {
		if piece.Kind != plan.Run {
			back = append(back, piece)
			continue
		}
		for i := 0; i < len(piece.Text); i++ {
			if c := piece.Text[i]; c == '*' || c == '?' {
				back = append(back, plan.Piece{})
			}
			back = append(back, plan.Piece{Text: piece.Text[i : i+1]})
		}
	}
	var out []plan.Piece
	var run []byte
	escape := -1 // the backslash of an escape that was kept, until it is known whether what it escapes is, too
	flush := func() {
		if escape >= 0 {
			run, escape = append(run, '\\'), -1
		}
		if len(run) > 0 {
			out = joined(out, plan.Plain(string(run)).Pieces)
			run = run[:0]
		}
	}
	keep := func(from, to int) {
		for i := from; i < to; i++ {
			switch {
			case back[i].Kind != plan.Run:
				flush()
				out = joined(out, back[i:i+1])
				continue
			case escape >= 0 && i != escape+1: // alone it is a backslash
				run = append(run, '\\')
			}
			if escape = -1; back[i].Text == "" {
				escape = i
			}
			run = append(run, back[i].Text...)
		}
	}
	at := 0
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		keep(at, m[0])
		at = m[1]
		for _, part := range by {
			if part.text != "" {
				flush()
				out = joined(out, templatePieces(part.text))
			} else if from := m[2*part.group]; from >= 0 {
				keep(from, m[2*part.group+1])
			}
		}
		if len(out) > maxMadeBytes {
			break
		}
	}
	keep(at, len(back))
	flush()
	return out
}

// templatePieces reads a text in which a backslash escapes * and ? and is itself anywhere else.
func templatePieces(text string) []plan.Piece {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		if text[i] == '\\' && (i+1 == len(text) || text[i+1] != '*' && text[i+1] != '?') {
			b.WriteByte('\\')
		}
	}
	return pieces(b.String())
}

var _ = defineTransformation("map_string", "replaces whole texts", func(p *params) transformation {
	list := p.mapping("mapping", false)
	return valueChange(func(_ *processing, _ *step, _ *Item, m meaning) ([]meaning, bool) {
		if m.form != textForm {
			return nil, false
		}
		is := shown(m.pieces)
		for _, e := range list {
			if e.from.Text != is {
				continue
			}
			var to []meaning
			for _, w := range e.to {
				made := m
				made.pieces = pieces(w.Text)
				to = append(to, made)
			}
			return to, true
		}
		return nil, false
	})
})

var _ = defineTransformation("regex", "turns texts into regular expressions", func(p *params) transformation {
	method := p.choice("method", "ignore_case_brackets", "plain", "ignore_case_flag", "ignore_case_brackets")
	return valueChange(func(p *processing, s *step, i *Item, m meaning) ([]meaning, bool) {
		if m.form != textForm || len(m.pieces) == 0 { // an empty text is none of a regular expression
			return nil, false
		}
		if i.expands() && hasPlaceholder(m.pieces) {
			p.errorAt(s, m.value.Span, "sigma-pipeline-placeholder", "a placeholder cannot become a regular expression; resolve it before")
			return nil, false
		}
		if slices.ContainsFunc(i.Modifiers, func(w Word) bool { return w.Text == "windash" }) {
			m.pieces, _ = dashed(m.pieces)
		}
		m.form, m.flags = regexForm, ""
		m.value.Kind, m.value.Text = TextValue, expressionOf(m.pieces, method == "ignore_case_brackets")
		if m.pieces = nil; method == "ignore_case_flag" {
			m.flags = "i"
		}
		return []meaning{m}, true
	})
})

// expressionOf writes a pattern as a regular expression for the whole value: unlike pySigma's, anchored, because re is looked
// for anywhere and the text was not.
func expressionOf(list []plan.Piece, brackets bool) string {
	front, back := "^", "$"
	if len(list) > 0 && list[0].Kind == plan.Many {
		front, list = "", list[1:]
	}
	if len(list) > 0 && list[len(list)-1].Kind == plan.Many {
		back, list = "", list[:len(list)-1]
	}
	var b strings.Builder
	b.WriteString(front)
	for _, piece := range list {
		switch piece.Kind {
		case plan.Many:
			b.WriteString("(?s:.*)")
		case plan.One:
			b.WriteString("(?s:.)")
		case plan.AnyDash:
			b.WriteString("[" + regexp.QuoteMeta(plan.Dashes) + "]")
		default:
			for _, c := range piece.Text {
				lower, upper := unicode.ToLower(c), unicode.ToUpper(c)
				if brackets && unicode.IsLetter(c) && lower != upper {
					b.WriteString("[" + string(lower) + string(upper) + "]")
				} else {
					b.WriteString(regexp.QuoteMeta(string(c)))
				}
			}
		}
	}
	b.WriteString(back)
	return b.String()
}

var _ = defineTransformation("set_value", "replaces every value by a fixed one", func(p *params) transformation {
	v := p.value("value")
	force := p.optional("force_type", "")
	switch {
	case force != "" && force != "str" && force != "num":
		p.unknown(Word{force, find(p.list, "force_type").span}, "force_type", []string{"str", "num"})
	case force != "" && (v.Kind == NullValue || v.Kind == BoolValue):
		p.errorf(v.Span, "sigma-pipeline-parameter", "force_type is for texts and numbers, and this is %s", v.Kind)
	case force == "str":
		v.Kind = TextValue
	case force == "num":
		var ok bool
		if v, ok = v.toNumber(); !ok {
			p.errorf(v.Span, "sigma-pipeline-parameter", "%q is no number", v.Text)
		}
	}
	made := meaning{form: constantForm, value: v}
	if v.Kind == TextValue {
		made.form, made.pieces = textForm, pieces(v.Text)
	}
	return valueChange(func(_ *processing, _ *step, i *Item, m meaning) ([]meaning, bool) {
		to := made
		to.value.Span = m.value.Span
		return []meaning{to}, true
	})
})

// toNumber reads the text of a value as a number.
func (v Value) toNumber() (Value, bool) {
	if _, ok := event.Number(v.Text); !ok {
		return v, false
	}
	v.Kind = NumberValue
	return v, true
}

var _ = defineTransformation("convert_type", "turns numbers into texts, or texts into numbers", func(p *params) transformation {
	toText := p.choice("target_type", "", "str", "num") == "str"
	return valueChange(func(p *processing, s *step, i *Item, m meaning) ([]meaning, bool) {
		switch {
		case toText && m.form == constantForm && m.value.Kind == NumberValue:
			m.form, m.pieces = textForm, plan.Plain(m.value.number().Text()).Pieces
			m.value.Kind, m.value.Text = TextValue, m.value.number().Text()
			return []meaning{m}, true
		case !toText && m.form == textForm:
			text, plain := (plan.Pattern{Pieces: m.pieces}).IsPlain()
			v := m.value
			v.Text = text
			number, ok := v.toNumber()
			if !plain || !ok {
				p.errorAt(s, m.value.Span, "sigma-pipeline-number", "%q is no number", m.value.Text)
				return nil, false
			}
			return []meaning{{form: constantForm, value: number}}, true
		}
		return nil, false
	})
})

var _ = defineTransformation("case", "writes texts in lower case, upper case or snake_case", func(p *params) transformation {
	change := map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper, "snake_case": snakeCase}
	method := change[p.choice("method", "lower", "lower", "upper", "snake_case")]
	return ofRuns(func(text string) []plan.Piece { return plan.Plain(method(text)).Pieces })
})

// snakeCase puts an underscore before each capital but at the beginning, and makes everything small.
func snakeCase(text string) string {
	var b strings.Builder
	for i, c := range text {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}
