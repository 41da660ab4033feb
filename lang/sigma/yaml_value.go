package sigma

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
)

var (
	yamlBased   = regexp.MustCompile(`^0(o[0-7]+|x[0-9a-fA-F]+)$`)
	yamlFloat   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	yamlNoFloat = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	// what YAML 1.1 read as bools, octal, sexagesimal and grouped numbers, and 1.2 does not
	yamlOldBool   = regexp.MustCompile(`^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$`)
	yamlOldNumber = regexp.MustCompile(`^[-+]?(0[0-7]+|[0-9][0-9_]*_[0-9_]*|[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?|0b[01]+)$`)
	// a number no more than a telephone number is one: the zeros in front belong to it
	zerosInFront = regexp.MustCompile(`^[-+]?0[0-9]`)
)

// kindOf returns the type of a scalar by the core schema of YAML 1.2, but for digits with zeros in front, which are text; and
// whether it is a number that no value can be.
func kindOf(n *yaml.Node) (kind ValueKind, infinite bool) {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 ||
		n.Style&yaml.TaggedStyle != 0 && n.ShortTag() == "!!str" {
		return TextValue, false
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return NullValue, false
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return BoolValue, false
	}
	if c := n.Value[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return TextValue, false
	}
	if yamlFloat.MatchString(n.Value) && !zerosInFront.MatchString(n.Value) || yamlBased.MatchString(n.Value) {
		return NumberValue, false
	}
	return TextValue, yamlNoFloat.MatchString(n.Value)
}

// value reads a scalar of a detection.
func (r *reader) value(n *yaml.Node) Value {
	v := Value{Word: r.word(n)}
	var infinite bool
	v.Kind, infinite = kindOf(n)
	if infinite {
		r.errorf(v.Span, "sigma-number", "%s is no number that a field can have", n.Value).Hint = "quote it if the text is meant"
	}
	if n.Style != 0 {
		return v
	}
	switch {
	case yamlOldBool.MatchString(n.Value):
		r.warnf(v.Span, "sigma-yaml-spelling", "%s is text here, but a bool in YAML 1.1", n.Value).
			Hint = "quote it if the text is meant, else write true or false"
	case yamlOldNumber.MatchString(n.Value):
		r.warnf(v.Span, "sigma-yaml-spelling", "YAML 1.1 and 1.2 read %s differently; it is taken as %s", n.Value, v.Kind).
			Hint = "quote it if the text is meant, else write a plain decimal number"
	case yamlBased.MatchString(n.Value):
		r.warnf(v.Span, "sigma-yaml-spelling", "%s is the number %s", n.Value, v.number().Text()).Hint = "quote it if the text is meant"
	}
	return v
}

// number returns the number that a NumberValue is.
func (v Value) number() event.Value {
	if yamlBased.MatchString(v.Text) {
		if n, err := strconv.ParseUint(strings.Replace(v.Text, "0o", "0", 1), 0, 64); err == nil && n <= math.MaxInt64 {
			return event.IntValue(int64(n))
		} else if err == nil {
			return event.DecimalValue(strconv.FormatUint(n, 10))
		}
		return event.TextValue(v.Text)
	}
	n, _ := event.Number(v.Text)
	return n
}

// any returns what a node of a custom key holds.
func (r *reader) any(n *yaml.Node) event.Value {
	switch n = follow(n); n.Kind {
	case yaml.MappingNode:
		var record event.Record
		for _, p := range r.pairs(n) {
			record.Add(&event.Name{Text: p.key.Text, Folded: event.Fold(p.key.Text), Squeezed: p.key.Text}, r.any(p.value))
		}
		return event.ObjectValue(&record)
	case yaml.SequenceNode:
		list := make([]event.Value, len(n.Content))
		for i, e := range n.Content {
			list[i] = r.any(e)
		}
		return event.ListValue(list...)
	}
	v := Value{Word: Word{Text: n.Value}}
	v.Kind, _ = kindOf(n)
	switch v.Kind {
	case NumberValue:
		return v.number()
	case BoolValue:
		return event.BoolValue(strings.EqualFold(n.Value, "true"))
	case NullValue:
		return event.NullValue()
	}
	return event.TextValue(n.Value)
}

// text reads a scalar of any type as text; a map or list is an error, nothing at all is the empty Word.
func (r *reader) text(p *pair) Word {
	if p == nil {
		return Word{}
	}
	if p.value.Kind != yaml.ScalarNode {
		r.errorf(p.key.Span, "sigma-type", "%s must be text, not a %s", p.key.Text, shape(p.value))
		return Word{}
	}
	w := r.word(p.value)
	if kind, _ := kindOf(p.value); kind == NullValue {
		w.Text = ""
	}
	return w
}

// words reads a list of texts; one text alone is taken as a list of one.
func (r *reader) words(p *pair) []Word {
	if p == nil || isNull(p.value) {
		return nil
	}
	switch p.value.Kind {
	case yaml.ScalarNode:
		r.warnf(r.span(p.value), "sigma-type", "%s should be a list", p.key.Text)
		return []Word{r.word(p.value)}
	case yaml.MappingNode:
		r.errorf(p.key.Span, "sigma-type", "%s must be a list of texts, not a map", p.key.Text)
		return nil
	}
	list := make([]Word, 0, len(p.value.Content))
	for _, e := range p.value.Content {
		if e = follow(e); e.Kind != yaml.ScalarNode {
			r.errorf(r.span(e), "sigma-type", "%s must be a list of texts; this is a %s", p.key.Text, shape(e))
			continue
		}
		if !isNull(e) {
			list = append(list, r.word(e))
		}
	}
	return list
}

func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	kind, _ := kindOf(n)
	return kind == NullValue
}

// shape names the kind of a node for a complaint.
func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "map"
	case yaml.SequenceNode:
		return "list"
	}
	return "text"
}
