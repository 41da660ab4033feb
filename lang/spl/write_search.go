package spl

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/plan"
)

// What the language of search can say: that a field's value is as some text has it, where * stands for any characters and case
// is not regarded; that it lies in a network; that it is there at all.

// most is the number of spellings to which a pattern with option signs is written out.
const mostSpellings = 25

// condition writes a condition in the language of search; ok is false where that cannot say it exactly. The text of one that
// always holds is empty.
func (w *writer) condition(e plan.Expr) (phrase, bool) {
	if holds, ok := literalTruth(e); ok {
		if holds {
			return phrase{}, true
		}
		return phrase{"NOT *", not}, w.prefix == ""
	}
	switch e := e.(type) {
	case *plan.And:
		return w.all(e.List)
	case *plan.Or:
		return w.any(e.List)
	case *plan.Not:
		if inner, ok := e.X.(*plan.Not); ok {
			return w.condition(inner.X)
		}
		if x, ok := e.X.(*plan.IsNull); ok {
			return w.present(x.X)
		}
		if !w.twoValued(e.X) {
			return phrase{}, false
		}
		p, ok := w.condition(e.X)
		if !ok || p.text == "" {
			return phrase{}, false
		}
		return phrase{"NOT " + p.in(not), not}, true
	case *plan.IsNull:
		p, ok := w.present(e.X)
		return phrase{"NOT " + p.text, not}, ok
	case *plan.Match:
		return w.match(e)
	}
	return phrase{}, false
}

// twoValued says whether a condition is never null, as Not in a search takes it.
func (w *writer) twoValued(e plan.Expr) bool {
	fine := true
	plan.Leaves(e, func(leaf plan.Expr, _ bool) {
		switch leaf.(type) {
		case *plan.Match, *plan.IsNull, *plan.Has, *plan.Literal:
		default:
			fine = false
		}
	})
	return fine
}

func (w *writer) all(list []plan.Expr) (phrase, bool) {
	var parts []phrase
	for _, x := range list {
		p, ok := w.condition(x)
		if !ok {
			return phrase{}, false
		}
		if p.text != "" {
			parts = append(parts, p)
		}
	}
	return w.noted(parts, " ", and), true
}

// linked puts phrases together; of none it is empty, of one that one.
func linked(parts []phrase, between string, around level) phrase {
	switch len(parts) {
	case 0:
		return phrase{}
	case 1:
		return parts[0]
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.in(around)
	}
	return phrase{strings.Join(texts, between), around}
}

// any writes alternatives; those of one field become a list.
func (w *writer) any(list []plan.Expr) (phrase, bool) {
	var parts []phrase
	values := map[string]int{} // field → place in parts
	lists := map[int][]string{}
	for _, x := range list {
		if m, ok := x.(*plan.Match); ok {
			if field, texts, ok := w.values(m); ok && (!m.All || len(m.Patterns) == 1) {
				i, known := values[field]
				if !known {
					i = len(parts)
					values[field] = i
					parts = append(parts, phrase{field, whole})
				}
				lists[i] = append(lists[i], texts...)
				continue
			}
		}
		p, ok := w.condition(x)
		if !ok {
			return phrase{}, false
		}
		if p.text == "" {
			return phrase{}, true
		}
		parts = append(parts, p)
	}
	for i, texts := range lists {
		parts[i].text = oneOfValues(parts[i].text, texts)
	}
	return w.noted(parts, " OR ", or), true
}

// noted is linked, and keeps the parts for a line that gets too long.
func (w *writer) noted(parts []phrase, between string, around level) phrase {
	p := linked(parts, between, around)
	if len(parts) > 1 && w.parts != nil {
		w.parts[p.text] = parts
	}
	return p
}

// oneOfValues writes that a field has one of some values.
func oneOfValues(field string, texts []string) string {
	texts = slices.Clone(texts)
	seen := map[string]bool{}
	texts = slices.DeleteFunc(texts, func(s string) bool {
		twice := seen[s]
		seen[s] = true
		return twice
	})
	if len(texts) == 1 {
		return field + "=" + texts[0]
	}
	return field + " IN (" + strings.Join(texts, ", ") + ")"
}

// present writes that a field has a value.
func (w *writer) present(e plan.Expr) (phrase, bool) {
	field, ok := w.searched(e)
	return phrase{field + "=*", whole}, ok
}

// match writes that a field meets patterns.
func (w *writer) match(m *plan.Match) (phrase, bool) {
	if words, ok := w.words(m); ok {
		return words, true
	}
	field, texts, ok := w.values(m)
	switch {
	case !ok || len(texts) == 0:
		return phrase{}, false
	case !m.All || len(m.Patterns) == 1:
		return phrase{oneOfValues(field, texts), whole}, true
	case len(texts) != len(m.Patterns): // a pattern has several spellings
		return phrase{}, false
	}
	parts := make([]string, len(texts))
	for i, text := range texts {
		parts[i] = field + "=" + text
	}
	return phrase{strings.Join(parts, " "), and}, true
}

// values returns the values that a comparison in a search must have to say what a Match does.
func (w *writer) values(m *plan.Match) (field string, texts []string, ok bool) {
	field, ok = w.searched(m.Subject)
	if !ok || !m.Fold && m.Op != plan.CIDR && !caseless(m) {
		return "", nil, false
	}
	for _, p := range m.Patterns {
		switch m.Op {
		case plan.CIDR:
			if _, err := netip.ParsePrefix(p.Source); err != nil {
				return "", nil, false
			}
			texts = append(texts, quoteValue(p.Source))
			continue
		case plan.Regexp, plan.Word:
			return "", nil, false
		}
		spelled, ok := spellings(m.Op, p)
		if !ok {
			return "", nil, false
		}
		texts = append(texts, spelled...)
	}
	return field, texts, true
}

// caseless says whether the patterns of a Match hold nothing that has a case.
func caseless(m *plan.Match) bool {
	for _, p := range m.Patterns {
		for _, piece := range p.Pieces {
			if strings.ContainsFunc(piece.Text, func(r rune) bool { return unicode.SimpleFold(r) != r }) {
				return false
			}
		}
	}
	return true
}

// spellings returns the values of a search that say what a pattern does: several where it has option signs, which a search has no
// sign for. ok is false where there are none.
func spellings(op plan.MatchOp, p plan.Pattern) ([]string, bool) {
	spelled := []string{""}
	if op == plan.Suffix || op == plan.Contains {
		spelled[0] = "*"
	}
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.One:
			return nil, false
		case plan.Many:
			for i, s := range spelled {
				if !strings.HasSuffix(s, "*") {
					spelled[i] += "*"
				}
			}
		case plan.AnyDash:
			var more []string
			for _, s := range spelled {
				for _, dash := range plan.Dashes {
					more = append(more, s+string(dash))
				}
			}
			if spelled = more; len(spelled) > mostSpellings {
				return nil, false
			}
		default:
			if strings.Contains(piece.Text, "*") || !plainText(piece.Text) {
				return nil, false
			}
			for i := range spelled {
				spelled[i] += piece.Text
			}
		}
	}
	for i, s := range spelled {
		if (op == plan.Prefix || op == plan.Contains) && !strings.HasSuffix(s, "*") {
			s += "*"
		}
		if s == "" || isNetwork(s) || entities.Replace(s) != s {
			return nil, false // a search takes them otherwise
		}
		spelled[i] = quoteValue(s)
	}
	return spelled, true
}

// isNetwork says whether a search would take a text for a network of addresses.
func isNetwork(s string) bool {
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// plainText says whether a text can stand in quotes as it is.
func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// quoteValue writes a value of a search: a whole number bare, anything else in quotes.
func quoteValue(s string) string {
	if s == "*" || isInteger(s) {
		return s
	}
	return quoteText(s)
}

func isInteger(s string) bool {
	v, ok := event.Number(s)
	return ok && v.Kind() == event.Int && v.Text() == s
}

// quoteText writes a text in quotes.
func quoteText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// searched returns the name of a field as the language of search has it; ok is false for what is no field, or one that a search
// takes otherwise.
func (w *writer) searched(e plan.Expr) (string, bool) {
	name, ok := w.field(e)
	if !ok || name == "_time" || name == "_raw" {
		return "", false
	}
	switch strings.ToLower(name) {
	case "earliest", "latest", "starttime", "endtime", "starttimeu", "endtimeu", "startdaysago", "enddaysago", "starthoursago", "endhoursago",
		"startminutesago", "endminutesago", "_index_earliest", "_index_latest", "nodename", "and", "or", "not":
		return "", false
	}
	if strings.ContainsAny(name, `*"\`) {
		return "", false
	}
	if strings.HasPrefix(name, "tag::") {
		return "", false
	}
	if !isWord(name) {
		return quoteText(name), true
	}
	return name, true
}

// isWord says whether the name of a field needs no quotes in a search.
func isWord(name string) bool {
	for i := 0; i < len(name); i++ {
		if !isLetter(name[i]) && !(i > 0 && (isDigit(name[i]) || strings.IndexByte(".{}:@", name[i]) >= 0)) {
			return false
		}
	}
	return name != ""
}

// field returns the name of a field.
func (w *writer) field(e plan.Expr) (string, bool) {
	switch e := e.(type) {
	case *plan.Ref:
		name, ok := w.names[e.Column]
		if !ok {
			name = e.Column.Name
		}
		return name, true
	case *plan.Field:
		return e.Name, !w.began || w.prefix == ""
	}
	return "", false
}

// words writes what is looked for anywhere in an event: in its text.
func (w *writer) words(m *plan.Match) (phrase, bool) {
	_, everything := m.Subject.(*plan.Everything)
	if name, ok := w.field(m.Subject); !everything && !(ok && name == "_raw") || w.prefix != "" || !m.Fold || m.Op == plan.Regexp || m.Op == plan.CIDR {
		return phrase{}, false
	}
	var parts []phrase
	for _, p := range m.Patterns {
		if m.Op == plan.Word {
			text, plain := p.IsPlain()
			if !plain || text == "" || strings.Contains(text, "*") || !plainText(text) {
				return phrase{}, false
			}
			parts = append(parts, phrase{quoteText(text), whole})
			continue
		}
		if m.Op != plan.Contains { // of one of the values: the text of the event has others beside it
			return phrase{}, false
		}
		texts, ok := spellings(m.Op, p)
		if !ok || slices.Contains(texts, "*") {
			return phrase{}, false
		}
		part := phrase{strings.Join(texts, " OR "), whole}
		if len(texts) > 1 {
			part.level = or
		}
		parts = append(parts, part)
	}
	if everything {
		w.warn("spl-write-keywords", "words without a field are looked for in the text of the event, where names of fields and escapes stand as well").
			Hint = "name the field that holds them, if the source has one"
	}
	around, between := or, " OR "
	if m.All {
		around, between = and, " "
	}
	return linked(parts, between, around), true
}

// implied returns a condition in the language of search that holds wherever e does, for one that stands behind the search, so
// that the search need not give all events.
func (w *writer) implied(e plan.Expr) (phrase, bool) {
	switch e := e.(type) {
	case *plan.And:
		var parts []phrase
		for _, x := range e.List {
			p, ok := w.condition(x)
			if !ok {
				p, ok = w.implied(x)
			}
			if ok && p.text != "" {
				parts = append(parts, p)
			}
		}
		return w.noted(parts, " ", and), len(parts) > 0
	case *plan.Or:
		var parts []phrase
		for _, x := range e.List {
			p, ok := w.condition(x)
			if !ok {
				p, ok = w.implied(x)
				ok = ok && (p.level == and || !strings.HasSuffix(p.text, "=*")) // that something is there says little among alternatives
			}
			if !ok || p.text == "" {
				return phrase{}, false
			}
			parts = append(parts, p)
		}
		return w.noted(parts, " OR ", or), len(parts) > 0
	case *plan.Match:
		return w.impliedMatch(e)
	}
	return phrase{}, false
}

// impliedMatch widens the patterns of a Match: * takes the place of what a search cannot say.
func (w *writer) impliedMatch(m *plan.Match) (phrase, bool) {
	field, ok := w.searched(m.Subject)
	if !ok {
		return phrase{}, false
	}
	there := phrase{field + "=*", whole}
	if m.Op == plan.Regexp || m.Op == plan.Word || m.Op == plan.CIDR {
		return there, true
	}
	wide := *m
	wide.Fold = true
	wide.Patterns = make([]plan.Pattern, len(m.Patterns))
	for i, p := range m.Patterns {
		var pieces []plan.Piece
		for _, piece := range p.Pieces {
			switch {
			case piece.Kind == plan.Run && plainText(piece.Text): // a star that means itself is one of any characters
				pieces = append(pieces, plan.Glob(piece.Text).Pieces...)
			default:
				pieces = append(pieces, plan.Piece{Kind: plan.Many})
			}
		}
		wide.Patterns[i].Pieces = pieces
	}
	if p, ok := w.match(&wide); ok {
		return p, true
	}
	return there, true
}
