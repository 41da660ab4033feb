package sigma

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/event"
)

// correlationTypes are the types of correlation, with what their condition is about.
var correlationTypes = map[string]struct {
	fields   bool // the values of fields
	temporal bool // which rules were seen: a condition is not needed, and may be an expression over rules
}{
	"event_count":      {},
	"value_count":      {fields: true},
	"value_sum":        {fields: true},
	"value_avg":        {fields: true},
	"value_percentile": {fields: true},
	"value_median":     {fields: true},
	"temporal":         {temporal: true},
	"temporal_ordered": {temporal: true},
}

var correlationTypeNames = []string{
	"event_count", "value_count", "value_sum", "value_avg", "value_percentile", "value_median", "temporal", "temporal_ordered",
}

var (
	correlationKeys  = []string{"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}
	boundNames       = []string{"gt", "gte", "lt", "lte", "eq", "neq"}
	timespanShape    = regexp.MustCompile(`^([0-9]+)([smhdwMy])$`)
	timespanSeconds  = map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_629_746, "y": 31_556_952}
	maxTimespanTicks = int64(math.MaxInt64 / 4)
)

// correlation reads a document that combines the events of rules over time.
func (r *reader) correlation(list []pair) *Correlation {
	c := &Correlation{Meta: r.meta(list, "correlation", "generate")}
	section := find(list, "correlation")
	c.Body = section.span
	if section.value.Kind != yaml.MappingNode {
		r.errorf(section.key.Span, "sigma-correlation", "correlation must be a map, not a %s", shape(section.value))
		return c
	}
	entries := r.pairs(section.value)
	for i := range entries {
		p := &entries[i]
		switch p.key.Text {
		case "type":
			c.Type = r.text(p)
		case "rules":
			c.Rules = r.wordOrWords(p)
		case "group-by":
			c.GroupBy = r.wordOrWords(p)
		case "timespan":
			c.Timespan = r.timespan(p)
		case "condition":
			c.Condition = r.correlationCondition(p)
		case "aliases":
			c.Aliases = r.aliases(p)
		case "generate":
			c.Generate = r.flag(p)
		default:
			d := r.errorf(p.key.Span, "sigma-correlation", "unknown key %q in correlation", p.key.Text)
			if near := r.nearest(p.key.Text, correlationKeys); near != "" {
				d.Hint = "did you mean " + near + "?"
			}
		}
	}
	if p := find(list, "generate"); p != nil {
		c.Generate = r.flag(p) || c.Generate
	}
	r.checkCorrelation(c, section, entries)
	return c
}

// checkCorrelation reports what is missing, and what does not go together.
func (r *reader) checkCorrelation(c *Correlation, section *pair, entries []pair) {
	kind, known := correlationTypes[c.Type.Text]
	switch {
	case find(entries, "type") == nil:
		r.errorf(section.key.Span, "sigma-correlation", "correlation has no type").Hint = "it is one of " + strings.Join(correlationTypeNames, ", ")
	case !known:
		d := r.errorf(c.Type.Span, "sigma-correlation-type", "unknown type of correlation %q", c.Type.Text)
		if near := r.nearest(c.Type.Text, correlationTypeNames); near != "" {
			d.Hint = "did you mean " + near + "?"
		} else {
			d.Hint = "it is one of " + strings.Join(correlationTypeNames, ", ")
		}
	}
	if find(entries, "timespan") == nil {
		r.errorf(section.key.Span, "sigma-timespan", "correlation has no timespan").Hint = "add timespan: with a number and one of s, m, h, d"
	}
	r.checkReferences(c, section)
	condition := find(entries, "condition")
	if !known {
		return
	}
	cond := c.Condition
	switch {
	case condition == nil && !kind.temporal:
		r.errorf(section.key.Span, "sigma-correlation-condition", "%s needs a condition", c.Type.Text).Hint = "add condition: with gte: and a number"
	case condition == nil:
	case cond.Extended != nil && !kind.temporal:
		r.errorf(cond.Extended.Span, "sigma-correlation-condition", "a condition over rules is for temporal and temporal_ordered only")
	case cond.Extended == nil && !cond.bounded:
		r.errorf(condition.key.Span, "sigma-correlation-condition", "condition compares with nothing").Hint = "write one of " + strings.Join(boundNames, ", ") + " and a number"
	}
	if condition != nil && cond.Extended == nil {
		if kind.fields && len(cond.Fields) == 0 {
			r.errorf(condition.key.Span, "sigma-correlation-condition", "%s needs a field whose values it takes", c.Type.Text).Hint = "add field: to the condition"
		}
		if !kind.fields && len(cond.Fields) > 0 {
			r.errorf(cond.Fields[0].Span, "sigma-correlation-condition", "%s takes no field", c.Type.Text)
		}
		if len(cond.Fields) > 1 && c.Type.Text != "value_count" {
			r.errorf(cond.Fields[1].Span, "sigma-correlation-condition", "%s takes one field", c.Type.Text)
		}
	}
	switch percentile := c.Type.Text == "value_percentile"; {
	case percentile && condition != nil && cond.Extended == nil && cond.Percentile == nil:
		r.errorf(condition.key.Span, "sigma-correlation-condition", "value_percentile does not say which percentile").Hint = "add percentile: with a number from 0 to 100"
	case !percentile && cond.Percentile != nil:
		r.errorf(cond.Percentile.Op.Span, "sigma-correlation-condition", "%s has no percentile", c.Type.Text)
	}
	if len(c.GroupBy) == 0 {
		r.complain(diag.Info, section.key.Span, "sigma-no-group", "without group-by the events of all hosts and users count together")
	}
}

// checkReferences reports rules that are missing or do not fit an extended condition, of which it takes them if there is no
// list.
func (r *reader) checkReferences(c *Correlation, section *pair) {
	seen := map[string]bool{}
	for _, rule := range c.Rules {
		if seen[rule.Text] {
			r.warnf(rule.Span, "sigma-duplicate-rule", "rule %q is listed twice", rule.Text)
		}
		seen[rule.Text] = true
	}
	extended := c.Condition.Extended
	if extended == nil {
		if len(c.Rules) == 0 {
			r.errorf(section.key.Span, "sigma-correlation", "correlation refers to no rules").Hint = "add rules: with a list of ids or names"
		}
		return
	}
	named := map[string]bool{}
	for _, n := range ruleNames(extended.Expr, nil) {
		if named[n.Text] {
			continue
		}
		named[n.Text] = true
		if len(seen) == 0 {
			c.Rules = append(c.Rules, n)
		} else if !seen[n.Text] {
			r.errorf(n.Span, "sigma-correlation-condition", "rule %q is not in the list of rules", n.Text)
		}
	}
	for _, rule := range c.Rules {
		if extended.Expr != nil && !named[rule.Text] {
			r.errorf(rule.Span, "sigma-correlation-condition", "rule %q is listed, but the condition does not name it", rule.Text)
		}
	}
}

// ruleNames adds the names in a condition over rules.
func ruleNames(c Cond, names []Word) []Word {
	switch c := c.(type) {
	case *Name:
		names = append(names, c.Word)
	case *NotCond:
		names = ruleNames(c.X, names)
	case *AndCond:
		for _, part := range c.List {
			names = ruleNames(part, names)
		}
	case *OrCond:
		for _, part := range c.List {
			names = ruleNames(part, names)
		}
	}
	return names
}

// wordOrWords reads a text or a list of texts.
func (r *reader) wordOrWords(p *pair) []Word {
	if p.value.Kind == yaml.ScalarNode && !isNull(p.value) {
		return []Word{r.word(p.value)}
	}
	return r.words(p)
}

func (r *reader) flag(p *pair) bool {
	if kind, _ := kindOf(p.value); p.value.Kind != yaml.ScalarNode || kind != BoolValue {
		r.errorf(p.key.Span, "sigma-type", "%s must be true or false", p.key.Text)
		return false
	}
	return strings.EqualFold(p.value.Value, "true")
}

func (r *reader) timespan(p *pair) Timespan {
	t := Timespan{Word: r.text(p)}
	m := timespanShape.FindStringSubmatch(t.Text)
	if m == nil {
		r.errorf(placeOf(t.Word, []pair{*p}), "sigma-timespan", "%q is no timespan", t.Text).Hint = "write a number and one of s, m, h, d, w, M, y, such as 15m"
		return t
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := timespanSeconds[m[2]] * event.TicksPerSecond
	if err != nil || n == 0 || n > maxTimespanTicks/unit {
		r.errorf(t.Span, "sigma-timespan", "timespan %s is zero or too long", t.Text)
		return t
	}
	t.Ticks = n * unit
	return t
}

// ruleReferences resolves the names of an extended condition: any may be a rule of another document.
type ruleReferences struct{}

func (ruleReferences) name(*reader, *Name)                    {}
func (ruleReferences) selector(*reader, *Selector, bool) bool { return false }

func (r *reader) correlationCondition(p *pair) CorrelationCondition {
	c := CorrelationCondition{Span: p.span}
	switch {
	case p.value.Kind == yaml.ScalarNode:
		c.Extended = r.condition(r.text(p), ruleReferences{})
		return c
	case p.value.Kind != yaml.MappingNode:
		r.errorf(p.key.Span, "sigma-correlation-condition", "condition must be a map or an expression over rules, not a %s", shape(p.value))
		return c
	}
	entries := r.pairs(p.value)
	for i := range entries {
		switch e := &entries[i]; {
		case e.key.Text == "field":
			c.Fields = r.wordOrWords(e)
		case e.key.Text == "percentile":
			if b, ok := r.bound(e); ok {
				c.Percentile = &b
				if f := b.Number.Float(); f < 0 || f > 100 {
					r.errorf(b.Span, "sigma-number", "percentile is a number from 0 to 100")
				}
			}
		case contains(boundNames, e.key.Text):
			c.bounded = true
			if b, ok := r.bound(e); ok {
				c.Bounds = append(c.Bounds, b)
			}
		default:
			d := r.errorf(e.key.Span, "sigma-correlation-condition", "unknown key %q in the condition", e.key.Text)
			if near := r.nearest(e.key.Text, append([]string{"field", "percentile"}, boundNames...)); near != "" {
				d.Hint = "did you mean " + near + "?"
			} else {
				d.Hint = "comparisons are " + strings.Join(boundNames, ", ")
			}
		}
	}
	return c
}

// bound reads a comparison with a number; numbers in quotes are taken as what they say.
func (r *reader) bound(p *pair) (Bound, bool) {
	b := Bound{Op: p.key, Span: r.span(p.value)}
	if p.value.Kind == yaml.ScalarNode {
		if n, ok := event.Number(p.value.Value); ok {
			b.Number = n
			return b, true
		}
	}
	r.errorf(b.Span, "sigma-number", "%s needs a number", p.key.Text)
	return b, false
}

func (r *reader) aliases(p *pair) []Alias {
	if isNull(p.value) {
		return nil
	}
	if p.value.Kind != yaml.MappingNode {
		r.errorf(p.key.Span, "sigma-aliases", "aliases must be a map of names")
		return nil
	}
	var list []Alias
	for _, a := range r.pairs(p.value) {
		alias := Alias{Name: a.key}
		if a.value.Kind != yaml.MappingNode || len(a.value.Content) == 0 {
			r.errorf(a.key.Span, "sigma-aliases", "alias %q must be a map from rules to their fields", a.key.Text)
			continue
		}
		for _, f := range r.pairs(a.value) {
			field := r.text(&f)
			if field.Text == "" {
				r.errorf(f.key.Span, "sigma-aliases", "alias %q names no field for rule %q", a.key.Text, f.key.Text)
			}
			alias.Fields = append(alias.Fields, AliasField{Rule: f.key, Field: field})
		}
		list = append(list, alias)
	}
	return list
}
