package spl

import (
	"regexp"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

// inner is a search that stands in another text than the one around it: a saved search, or the quoted text of map.
type inner struct {
	text     *diag.Text // with its macros expanded
	pipeline *pipeline
}

// inner reads a search of its own. It is nil if that failed.
func (l *lowering) inner(text *diag.Text) *inner {
	failed := l.list.Failed()
	in := &inner{text: l.expand(text)}
	l.within(in.text, func() {
		p := &parser{lowering: l, text: in.text.String}
		in.pipeline = p.pipeline(0, len(p.text))
	})
	if !failed && l.list.Failed() {
		return nil
	}
	return in
}

// within does something that is about another text: places are places in it.
func (l *lowering) within(text *diag.Text, do func()) {
	outer := l.text
	l.text = text
	do()
	l.text = outer
}

// unquoted returns the text inside the quotes of a value, its escapes \" and \\ undone, with the place of every byte.
func (l *lowering) unquoted(v value) *diag.Text {
	out := &diag.TextBuilder{}
	s := l.text.String
	from, to := v.span.Start, v.span.End
	if !v.quoted {
		out.AddText(l.text, v.span, nil)
		return out.Text()
	}
	if from++; to > from && s[to-1] == '"' {
		to--
	}
	for i := from; i < to; i++ {
		if s[i] == '\\' && i+1 < to && (s[i+1] == '"' || s[i+1] == '\\') {
			out.AddText(l.text, diag.Span{Start: from, End: i}, nil)
			from = i + 1
			i++
		}
	}
	out.AddText(l.text, diag.Span{Start: from, End: to}, nil)
	return out.Text()
}

// saved returns the rows of a saved search, $name$ in it replaced by texts.
func (l *lowering) saved(name value, replace map[string]*diag.Text) *relation {
	var text *diag.Text
	ok := false
	if l.env.Saved != nil {
		text, ok = l.env.Saved(name.text)
	}
	if !ok {
		l.errorf(name.span, "spl-unknown-search", "unknown saved search %s", name.text)
		return nil
	}
	for _, open := range l.opened {
		if open == name.text {
			l.errorf(name.span, "spl-search-cycle", "the saved search %s uses itself: %s", name.text, strings.Join(append(l.opened, name.text), " > "))
			return nil
		}
	}
	l.opened = append(l.opened, name.text)
	defer func() { l.opened = l.opened[:len(l.opened)-1] }()
	in := l.inner(substitute(text, replace))
	if in == nil {
		return nil
	}
	var out *relation
	l.nested++
	l.within(in.text, func() { out = l.commands(in.pipeline.commands, nil, false) })
	l.nested--
	return out
}

// token is a place in the search of a map where a field of the outer row is put in.
var token = regexp.MustCompile(`\$([A-Za-z_][A-Za-z0-9_.{}:\-]*)\$`)

// hasTokens says whether a text has places for fields.
func hasTokens(text string) bool { return token.MatchString(text) }

// rowwise says whether a plan does with the rows of another, which it is built on, nothing that depends on more than one of
// them at a time.
func rowwise(n, on plan.Node) bool {
	for n != on {
		switch at := n.(type) {
		case *plan.Filter, *plan.Expand, *plan.Lookup:
		case *plan.Project:
			if !at.Extend {
				return false
			}
		case *plan.Sort:
			if at.Limit != -1 {
				return false
			}
		case *plan.Join:
			switch at.Kind {
			case plan.Inner, plan.LeftOuter, plan.LeftSemi, plan.LeftAnti:
			default:
				return false
			}
		default:
			return false
		}
		n = n.Inputs()[0]
	}
	return true
}
