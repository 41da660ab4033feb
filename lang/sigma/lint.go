package sigma

import (
	"strings"

	"goshawk/diag"
)

// This file warns about what is legal and probably not meant while a rule is read and lowered: what is certain, and cheap. Lints that
// look further are in lint_*.go, and only asked for.

// lintUnused reports identifiers that no condition refers to.
func (r *reader) lintUnused(d *Detection, used map[*Identifier]bool) {
	for _, c := range d.Conditions {
		if c.Expr == nil { // it might have referred to them
			return
		}
	}
	for _, id := range d.Identifiers {
		if !used[id] {
			r.warnf(id.Name.Span, "sigma-unused-identifier", "no condition refers to identifier %q", id.Name.Text)
		}
	}
}

// lintEventID notes an event id beside a category, which says the kind of event already and better.
func (r *reader) lintEventID(rule *Rule) {
	if rule.LogSource.Category == "" || rule.LogSource.Product != "windows" {
		return
	}
	var walk func(s Search)
	walk = func(s Search) {
		switch s := s.(type) {
		case *AllOf:
			for _, item := range s.List {
				walk(item)
			}
		case *AnyOf:
			for _, e := range s.List {
				walk(e)
			}
		case *Item:
			if s.Field.Text == "EventID" {
				r.complain(diag.Info, s.Field.Span, "sigma-eventid", "category %s says the kind of event already; an EventID ties the rule to one log", rule.LogSource.Category)
			}
		}
	}
	for _, id := range rule.Detection.Identifiers {
		if id.Body != nil {
			walk(id.Body)
		}
	}
}

// lintItem reports lists that do not say what they seem to.
func (r *reader) lintItem(item *Item) {
	for _, m := range item.Modifiers {
		if m.Text == "all" && len(item.Values) == 1 {
			r.warnf(m.Span, "sigma-all-of-one", "all links the values of a list, and this is one value")
		}
	}
	if len(item.Values) > 1 {
		for _, v := range item.Values {
			if v.Kind == NullValue {
				r.warnf(v.Span, "sigma-null-in-list", "null must not stand in a list of values").
					Hint = "write a list of maps: one with the values, one with null"
			}
		}
	}
}

// lintValues reports texts whose wildcards, escapes or percent signs probably mean something else.
func (l *itemLowering) lintValues() {
	if l.item.made {
		return
	}
	expression, expand, begins := false, false, true
	for _, m := range l.item.Modifiers {
		switch modifiers[m.Text].name {
		case "re":
			expression = true
		case "expand":
			expand = true
		case "contains", "startswith", "endswith":
			begins = m.Text == "startswith"
		}
	}
	for _, v := range l.item.Values {
		if v.Kind != TextValue {
			continue
		}
		if l.item.IsKeyword() && strings.Trim(v.Text, "*") == "" {
			l.warnf(v.Span, "sigma-empty-keyword", "keyword %q is found in every event", v.Text)
		}
		if !expand && strings.IndexByte(v.Text, '%') >= 0 {
			l.lintPercent(v)
		}
		if !expression && strings.IndexByte(v.Text, '\\') >= 0 {
			l.lintEscapes(v, begins)
		}
	}
}

// lintPercent reports the name of a placeholder between percent signs where nothing expands it.
func (l *itemLowering) lintPercent(v Value) {
	for _, part := range split(v.Text) {
		if _, configured := l.env.Placeholders[part.text]; part.name && (configured || contains(standardPlaceholders, part.text)) {
			at := max(strings.Index(v.Text, "%"+part.text+"%"), 0)
			l.warnf(v.Part(l.rule.Source, at, at+len(part.text)+2), "sigma-expand-missing", "%%%s%% is plain text without the modifier expand", part.text)
		}
	}
}

// lintEscapes reports backslashes that are taken for escapes in what looks like a path, and a UNC path with too few of them;
// begins says that the value is compared with the beginning of the field.
func (l *itemLowering) lintEscapes(v Value, begins bool) {
	t := v.Text
	if len(t) > 2 && strings.HasPrefix(t, `\\`) && isWord(rune(t[2])) && !strings.Contains(t[2:], `\\`) && (begins || strings.Contains(t[2:], `\`)) {
		l.warnf(v.Part(l.rule.Source, 0, 2), "sigma-escape", `\\ means one backslash here, so this is no UNC path`).Hint = `write \\\\ for two backslashes`
	}
	for i := 0; i+1 < len(t); i++ {
		if t[i] != '\\' {
			continue
		}
		next := t[i+1]
		if (next == '*' || next == '?') && i > 0 && isWord(rune(t[i-1])) && i+2 < len(t) && t[i+2] == '\\' {
			l.warnf(v.Part(l.rule.Source, i, i+2), "sigma-escape", `\%c means a plain %c here, not a backslash and a wildcard`, next, next).
				Hint = `write \\` + string(next) + ` for a backslash and a wildcard`
		}
		if next == '*' || next == '?' || next == '\\' {
			i++
		}
	}
}

// lintDashes reports windash on values that have nothing for it to do.
func (l *itemLowering) lintDashes() {
	for _, m := range l.item.Modifiers {
		if m.Text == "windash" && !l.dashed && !l.item.made {
			l.warnf(m.Span, "sigma-windash-without-dash", "no value has a dash or slash at the beginning of a word")
		}
	}
}
