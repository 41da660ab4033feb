package compile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/taxonomy"
)

// match returns a match over the target's columns: its patterns ask for what the target writes.
func (rt *retargeting) match(m *plan.Match) (plan.Expr, *cannot) {
	if _, ok := m.Subject.(*plan.Everything); ok {
		if rt.target.Language == "sigma" {
			return m, nil
		}
		if rt.source.Every == nil {
			return nil, &cannot{"translate-keywords", "words without a field cannot be searched for in " + rt.source.Table, "", true}
		}
		out := *m
		out.Subject = rt.refer(rt.source.Every, m)
		return &out, nil
	}
	var c *taxonomy.TargetColumn
	switch m.Subject.(type) {
	case *plan.Ref, *plan.Field:
		var err *cannot
		if c, err = rt.place(m.Subject); err != nil {
			return nil, err
		}
	}
	if c == nil {
		x, err := rt.expr(m.Subject)
		if err != nil {
			return nil, err
		}
		out := *m
		out.Subject = x
		return &out, nil
	}
	if e, err := rt.unfilled(m, c); e != nil || err != nil {
		return e, err
	}
	return rt.matchIn(m, c)
}

// matchIn returns a match over a place of the target.
func (rt *retargeting) matchIn(m *plan.Match, c *taxonomy.TargetColumn) (plan.Expr, *cannot) {
	if e := rt.based(m, c); e != nil {
		return e, nil
	}
	v := valueRewrite{rt, m, c}
	switch {
	case c.Lower && !m.Fold && m.Op != plan.CIDR:
		return nil, &cannot{"translate-case", nameOf(m) + " is in lower case in the target, so that its case cannot be compared", "", true}
	case c.Hashes != nil:
		return v.hashes()
	case c.Values != nil:
		return v.domain()
	case c.Form == "hexadecimal":
		return v.each(hexadecimal)
	case c.Form == "dword":
		return v.each(v.dword)
	case c.Form == "unwrapped":
		return v.each(v.unwrapped)
	case c.Form == "path":
		return v.each(v.pathEnd)
	case c.Form == "file":
		return v.each(filePart)
	case c.Form == "guid":
		return v.each(braceless)
	case c.Form == "marker":
		return v.each(marker)
	case c.Within:
		return v.within()
	case c.Begins != nil || c.Whole != nil:
		return v.each(v.rewritten)
	}
	out := *m
	out.Subject = rt.refer(c, m.Subject)
	return &out, nil
}

// valueRewrite is one match whose values the target writes otherwise.
type valueRewrite struct {
	rt *retargeting
	m  *plan.Match
	c  *taxonomy.TargetColumn
}

func (v valueRewrite) refuse(format string, args ...any) *cannot {
	return &cannot{"translate-value", nameOf(v.m.Subject) + " " + fmt.Sprintf(format, args...), "", true}
}

// rewrite returns what a pattern becomes: patterns of which one must be met, with an operator.
type rewrite func(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string)

// each rewrites the patterns one by one.
func (v valueRewrite) each(change rewrite) (plan.Expr, *cannot) {
	var list []plan.Expr
	subject := v.rt.refer(v.c, v.m.Subject)
	for _, p := range v.m.Patterns {
		op, patterns, why := change(v.m.Op, p)
		if why != "" {
			return nil, v.refuse("%s", why)
		}
		list = append(list, &plan.Match{Marked: v.m.Marked, Subject: subject, Op: op, Patterns: patterns, Fold: v.m.Fold})
	}
	return v.linked(list), nil
}

func (v valueRewrite) linked(list []plan.Expr) plan.Expr {
	if v.m.All {
		return plan.RewriteExpr(&plan.And{Marked: v.m.Marked, List: list})
	}
	return plan.RewriteExpr(&plan.Or{Marked: v.m.Marked, List: list})
}

// domain asks for those of the column's values that meet the match.
func (v valueRewrite) domain() (plan.Expr, *cannot) {
	matcher, err := eval.NewMatcher(v.m.Op, v.m.Patterns, v.m.All, v.m.Fold)
	if err != nil {
		return nil, v.refuse("cannot be compared: %v", err)
	}
	var wanted []string
	for from, to := range v.c.Values {
		if matcher.MatchValue(event.TextValue(from)) && !slices.Contains(wanted, to) {
			wanted = append(wanted, to)
		}
	}
	if len(wanted) == 0 {
		return nil, v.refuse("has no such value in the target")
	}
	slices.Sort(wanted)
	out := &plan.Match{Marked: v.m.Marked, Subject: v.rt.refer(v.c, v.m.Subject), Op: plan.Equals, Fold: v.rt.target.Language == "spl"}
	for _, w := range wanted {
		out.Patterns = append(out.Patterns, plan.Plain(w))
	}
	return out, nil
}

// digits are the lengths of hashes in hexadecimal digits.
var digits = map[string]int{"MD5": 32, "SHA1": 40, "SHA256": 64, "SHA512": 128, "IMPHASH": 32}

// hashes asks for hashes of algorithms, each in its own column, where the source has them in one text.
func (v valueRewrite) hashes() (plan.Expr, *cannot) {
	byColumn := map[string]*plan.Match{}
	var list []plan.Expr
	for _, p := range v.m.Patterns {
		text, plain := p.IsPlain()
		name, value, found := strings.Cut(text, "=")
		name = strings.ToUpper(name)
		switch {
		case !plain || !found || v.m.Op == plan.Regexp || v.m.Op == plan.Suffix:
			return nil, v.refuse("is one text of several hashes, and a column for each in the target: what is asked for must be of the form MD5=…")
		case digits[name] == 0 || len(value) != digits[name] || strings.Trim(value, "0123456789abcdefABCDEF") != "":
			return nil, v.refuse("is asked for %s, which is no whole hash", text)
		case v.c.Hashes[name] == nil:
			return nil, &cannot{"translate-no-column", v.rt.source.Table + " has no column for the hash " + name, "", true}
		}
		m := byColumn[name]
		if m == nil || v.m.All {
			m = &plan.Match{Marked: v.m.Marked, Subject: v.rt.refer(v.c.Hashes[name], v.m.Subject), Op: plan.Equals, Fold: true}
			byColumn[name] = m
			list = append(list, m)
		}
		m.Patterns = append(m.Patterns, plan.Plain(value))
	}
	return v.linked(list), nil
}

// hexadecimal makes a number of 0x3e7.
func hexadecimal(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	text, plain := p.IsPlain()
	if digits, hex := strings.CutPrefix(strings.ToLower(text), "0x"); plain && hex && op == plan.Equals {
		if n, err := strconv.ParseUint(digits, 16, 63); err == nil {
			return op, []plan.Pattern{plan.Plain(strconv.FormatUint(n, 10))}, ""
		}
	}
	if _, err := strconv.ParseUint(text, 10, 63); err == nil && plain && op == plan.Equals {
		return op, []plan.Pattern{p}, ""
	}
	return op, nil, "is a number in hexadecimal in the source and in decimal in the target: only whole numbers can be compared"
}

// dword makes a number of DWORD (0x00000001), and leaves texts that are no part of that.
func (v valueRewrite) dword(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	op, list, why := v.rewritten(op, p)
	if why != "" || len(list) != 1 {
		return op, list, why
	}
	text, plain := list[0].IsPlain()
	folded := strings.ToLower(text)
	if !strings.Contains(folded, "word (0x") && !strings.Contains(folded, "(0x") {
		if plain && strings.Contains("dword (0x00000000) qword (0x00000000-0x00000000)", folded) && op != plan.Equals && folded != "" || !plain && strings.Contains(strings.ToLower(p.String()), "0x") {
			return op, nil, "is asked for a part of DWORD (0x…), which the target has as a number"
		}
		return op, list, ""
	}
	for _, form := range []string{"dword (0x", "qword (0x"} {
		inner, ok := strings.CutPrefix(folded, form)
		inner, closed := strings.CutSuffix(inner, ")")
		if !ok || !closed || !plain || op == plan.Regexp {
			continue
		}
		if n, err := strconv.ParseUint(strings.ReplaceAll(inner, "-0x", ""), 16, 64); err == nil {
			return plan.Equals, []plan.Pattern{plan.Plain(strconv.FormatUint(n, 10))}, ""
		}
	}
	return op, nil, "is asked for a part of DWORD (0x…), which the target has as a number"
}

// filePart asks for the name of a file where the source has its path.
func filePart(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	const no = "is a whole path in the source and the name of the file alone in the target"
	if op != plan.Suffix || len(p.Pieces) == 0 || p.Pieces[0].Kind != plan.Run {
		return op, nil, no
	}
	pieces := slices.Clone(p.Pieces)
	if rest := strings.TrimLeft(pieces[0].Text, `\/`); len(rest) == len(pieces[0].Text)-1 {
		op, pieces[0].Text = plan.Equals, rest
	}
	for _, piece := range pieces {
		if piece.Kind != plan.Run || strings.ContainsAny(piece.Text, `\/`) || piece.Text == "" {
			return op, nil, no
		}
	}
	return op, []plan.Pattern{{Pieces: pieces}}, ""
}

// braceless asks for an identifier without the braces around it.
func braceless(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	text, plain := p.IsPlain()
	if !plain || op == plan.Regexp || op == plan.CIDR {
		return op, nil, "has braces in the source and none in the target"
	}
	return op, []plan.Pattern{plan.Plain(strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}"))}, ""
}

// marker asks for what the log has, where the detection may name the text that stands for it as well.
func marker(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	if !strings.Contains(p.String(), "%%") && !strings.HasPrefix(p.String(), "{") && !isHexNumber(p.String()) {
		if list := markersSaying(op, p); list != nil {
			return op, list, ""
		}
		return op, nil, "is a marker such as %%1843 in the target, and not its text"
	}
	return op, []plan.Pattern{p}, ""
}

func isHexNumber(text string) bool { return strings.HasPrefix(strings.ToLower(text), "0x") }

// within asks whether the value stands anywhere in what the target has.
func (v valueRewrite) within() (plan.Expr, *cannot) {
	name := nameOf(v.m.Subject)
	if v.rt.negated {
		return nil, &cannot{"translate-part", name + " is a part of a column of the target, so that what is not in it cannot be asked for", "", false}
	}
	out := *v.m
	out.Subject = v.rt.refer(v.c, v.m.Subject)
	switch v.m.Op {
	case plan.Contains, plan.Word:
	case plan.Equals, plan.Prefix, plan.Suffix:
		if !v.rt.o.Lossy {
			return nil, &cannot{"translate-part", name + " is a part of a column of the target, so that where it begins and ends cannot be asked for", "", true}
		}
		out.Op = plan.Contains
	default:
		return nil, &cannot{"translate-part", name + " is a part of a column of the target, which an expression cannot be told", "", true}
	}
	v.rt.translation.warn(spanOf(v.m), "translate-widened", "%s is a part of a column of the target, and is looked for in all of it", name)
	return &out, nil
}

// rewritten rewrites the beginning of a pattern, or a whole one.
func (v valueRewrite) rewritten(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	if op == plan.Regexp {
		for _, b := range v.c.Begins {
			if strings.Contains(strings.ToLower(p.Source), strings.ToLower(strings.Trim(b[0], `\`))) {
				return op, nil, "is written " + b[1] + " in the target and not " + b[0] + ", which an expression cannot be rewritten for"
			}
		}
		return op, []plan.Pattern{p}, ""
	}
	if text, plain := p.IsPlain(); plain && op == plan.Equals {
		for _, e := range v.c.Whole {
			if strings.EqualFold(e[0], text) {
				return op, []plan.Pattern{plan.Plain(e[1])}, ""
			}
		}
	}
	for i, piece := range p.Pieces {
		if piece.Kind != plan.Run {
			continue
		}
		anchored := i == 0 && (op == plan.Equals || op == plan.Prefix)
		for _, b := range v.c.Begins {
			switch from, text := b[0], piece.Text; {
			case len(text) >= len(from) && strings.EqualFold(text[:len(from)], from):
				out := slices.Clone(p.Pieces)
				out[i].Text = b[1] + text[len(from):]
				return op, []plan.Pattern{{Pieces: out}}, ""
			case anchored && len(text) < len(from) && strings.EqualFold(text, from[:len(text)]):
				if len(p.Pieces) == 1 && op == plan.Prefix { // HKL alone
					return op, nil, "is asked for a part of " + from + ", which is written " + b[1] + " in the target"
				}
				if strings.EqualFold(text, strings.TrimSuffix(from, `\`)) {
					out := slices.Clone(p.Pieces)
					out[i].Text = strings.TrimSuffix(b[1], `\`)
					return op, []plan.Pattern{{Pieces: out}}, ""
				}
				return op, nil, "is asked for a part of " + from + ", which is written " + b[1] + " in the target"
			case !anchored && i == 0 && partOf(text, from):
				return op, nil, "may be asked for a part of " + from + ", which is written " + b[1] + " in the target"
			}
		}
		break // only the first run can be the beginning
	}
	return op, []plan.Pattern{p}, ""
}

// partOf says whether a text that stands anywhere could begin inside of the beginning from: with an end of it that is more
// than its last character.
func partOf(text, from string) bool {
	for i := 1; i < len(from)-1; i++ {
		if end := from[i:]; len(text) >= len(end) && strings.EqualFold(text[:len(end)], end) {
			return true
		}
	}
	return false
}
