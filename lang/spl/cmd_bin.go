package spl

import (
	"regexp"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var binOptions = []string{"bins", "minspan", "span", "start", "end", "aligntime"}

var _ = define(spec{
	name: "bin", aliases: []string{"bucket", "discretize"}, doc: "Puts the numbers or times of a field into bins: a time becomes the beginning of its bin, a number the bin as from-to.",
	parse: func(a *args) stage {
		s := &binStage{}
		for a.commas(); !a.done(); a.commas() {
			if s.option(a) {
				continue
			}
			if s.field.span.End > 0 && a.keyword("as") {
				v, ok := a.value()
				if !ok {
					a.errorf(a.here(), "spl-as", "a name must stand behind as")
					return nil
				}
				s.as = v.text
				continue
			}
			if s.field.span.End > 0 || a.unknownOption(binOptions...) {
				break
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.field = v
		}
		a.rest()
		if s.field.text == "" {
			a.errorf(a.here(), "spl-bin", "%s needs a field", a.command.name)
			return nil
		}
		if s.as == "" {
			s.as = s.field.text
		}
		return s
	},
})

type binStage struct {
	field value
	as    string
	binning
}

// binning says how values are put into bins.
type binning struct {
	span, minspan, align value
	start, end           value
	bins                 int64
}

// option reads one option of bin.
func (b *binning) option(a *args) bool {
	name, v, ok := a.option(binOptions...)
	if !ok {
		return false
	}
	switch name {
	case "bins":
		if b.bins = a.count(v); b.bins < 2 {
			a.errorf(v.span, "spl-option-value", "there must be at least two bins")
		}
	case "span":
		b.span = v
	case "minspan":
		b.minspan = v
	case "start":
		b.start = v
	case "end":
		b.end = v
	case "aligntime":
		b.align = v
	}
	return true
}

func (s *binStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	e := l.field(out, s.field.text, s.field.span)
	if _, ok := l.find(out, s.field.text); !ok {
		return out
	}
	binned := s.bin(l, out, e, s.field.text == "_time")
	if binned == nil {
		return nil
	}
	l.compute(out, assignment{s.as, schema.Any, apply("coalesce", binned, e)})
	return out
}

var logSpan = regexp.MustCompile(`^(\d*\.?\d*)log(\d*\.?\d*)$`)

// bin returns the bin of a value, nil after an error. It may add columns to the rows.
func (b *binning) bin(l *lowering, r *relation, e plan.Expr, time bool) plan.Expr {
	text := strings.ToLower(b.span.text)
	if text == "" {
		return b.fitted(l, r, e, time)
	}
	if m := logSpan.FindStringSubmatch(text); m != nil && !time {
		coefficient, base := event.IntValue(1), event.IntValue(10)
		if m[1] != "" {
			coefficient, _ = event.Number(m[1])
		}
		if m[2] != "" {
			base, _ = event.Number(m[2])
		}
		if base.Float() <= 1 || coefficient.Float() < 1 || coefficient.Float() >= base.Float() {
			l.errorf(b.span.span, "spl-span", "the base of a logarithmic span must be over 1, and its coefficient at least 1 and under the base")
			return nil
		}
		return apply("spl_bin_log", e, &plan.Literal{Value: base}, &plan.Literal{Value: coefficient})
	}
	if n, number := event.Number(text); number {
		if n.Float() <= 0 {
			l.errorf(b.span.span, "spl-span", "a span must be over zero")
			return nil
		}
		if !time {
			return apply("spl_bin_range", e, &plan.Literal{Value: n})
		}
	}
	span, ok := b.timeSpan(l, b.span)
	if !ok {
		return nil
	}
	args := []plan.Expr{e, textLiteral(span)}
	if b.align.text != "" {
		from, ok := b.from(l)
		if !ok {
			return nil
		}
		args = append(args, from)
	}
	return apply("spl_bin_time", args...)
}

// timeSpan reads a span of time, with a time to snap to if it names one.
func (b *binning) timeSpan(l *lowering, v value) (string, bool) {
	length, snap, snaps := strings.Cut(v.text, "@")
	span, ok := timeSpan(length)
	if ok && snaps {
		span += "@" + strings.ToLower(snap)
	}
	if !ok || !fn.ValidSpan(span) {
		l.errorf(v.span, "spl-span", "%s is no span", clip(v.text)).Hint = "write a number and a unit, such as 5m, 1h or 1d"
		return "", false
	}
	return span, true
}

// from returns the time that bins are counted from.
func (b *binning) from(l *lowering) (plan.Expr, bool) {
	switch strings.ToLower(b.align.text) {
	case "earliest":
		earliest, _ := l.bounds()
		if earliest == 0 {
			return intLiteral(0), true
		}
		l.search.TimeDependent = true
		return &plan.Literal{Value: event.FloatValue(secondsOf(earliest))}, true
	case "latest":
		_, latest := l.bounds()
		if latest == 0 {
			return intLiteral(0), true
		}
		l.search.TimeDependent = true
		return &plan.Literal{Value: event.FloatValue(secondsOf(latest))}, true
	}
	seconds, ok := l.moment(b.align.text)
	if !ok {
		l.errorf(b.align.span, "spl-time", "%s is no time", clip(b.align.text))
	}
	return &plan.Literal{Value: event.FloatValue(seconds)}, ok
}

// fitted returns the bin of a value where the size of the bins follows from the values.
func (b *binning) fitted(l *lowering, r *relation, e plan.Expr, time bool) plan.Expr {
	bins := b.bins
	if bins == 0 {
		bins = 100
	}
	number := apply("spl_number", e)
	least := plan.Expr(l.over(r, "least", "min", allRows, nil, number))
	greatest := plan.Expr(l.over(r, "greatest", "max", allRows, nil, number))
	if time {
		if earliest, latest := l.bounds(); earliest > 0 && latest > 0 { // the bins are those of the whole search
			l.search.TimeDependent = true
			least, greatest = &plan.Literal{Value: event.FloatValue(secondsOf(earliest))}, &plan.Literal{Value: event.FloatValue(secondsOf(latest))}
		}
		args := []plan.Expr{least, greatest, intLiteral(bins)}
		if b.minspan.text != "" {
			span, ok := b.timeSpan(l, b.minspan)
			if !ok {
				return nil
			}
			args = append(args, textLiteral(span))
		}
		return apply("spl_bin_time", e, apply("spl_bin_span", args...))
	}
	for _, bound := range []struct {
		v     value
		which string
		value *plan.Expr
	}{{b.start, "spl_least", &least}, {b.end, "spl_greatest", &greatest}} {
		if bound.v.text == "" {
			continue
		}
		n, ok := event.Number(bound.v.text)
		if !ok {
			l.errorf(bound.v.span, "spl-option-value", "this must be a number, not %s", clip(bound.v.text))
			return nil
		}
		*bound.value = apply(bound.which, *bound.value, &plan.Literal{Value: n})
	}
	args := []plan.Expr{least, greatest, intLiteral(bins)}
	if b.minspan.text != "" {
		n, ok := event.Number(b.minspan.text)
		if !ok {
			l.errorf(b.minspan.span, "spl-option-value", "this must be a number, not %s", clip(b.minspan.text))
			return nil
		}
		args = append(args, &plan.Literal{Value: n})
	}
	return apply("spl_bin_range", e, apply("spl_bin_size", args...))
}
