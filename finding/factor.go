package finding

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/event"
)

// Factor changes the score of the risk events that meet all its conditions: what is added counts first, then what multiplies.
type Factor struct {
	Name     string
	When     []Condition
	Add      float64
	Multiply float64 // 0 and 1 change nothing
}

// Condition holds for a risk event one of whose values of a field is one of the texts, without regard to case; * stands for
// any text. The fields are those of the event itself (risk_object, risk_object_type, source, risk_message, host, user) and
// those of the row that it came from.
type Condition struct {
	Field  string
	Values []string
}

// total returns the score of a risk event with all factors; never less than nothing.
func total(factors []Factor, e *RiskEvent) float64 {
	sum, product := float64(e.Score), 1.0
	for _, f := range factors {
		if !f.holds(e) {
			continue
		}
		sum += f.Add
		if f.Multiply != 0 {
			product *= f.Multiply
		}
	}
	return math.Max(sum*product, 0)
}

func (f *Factor) holds(e *RiskEvent) bool {
	for _, c := range f.When {
		met := false
		for _, value := range fieldOf(e, c.Field) {
			for _, pattern := range c.Values {
				met = met || like(event.Fold(pattern), event.Fold(value))
			}
		}
		if !met {
			return false
		}
	}
	return true
}

func fieldOf(e *RiskEvent, name string) []string {
	switch name {
	case "risk_object":
		return []string{e.Object}
	case "normalized_risk_object":
		return []string{e.Entity}
	case "risk_object_type":
		return []string{e.Type}
	case "source", "search_name":
		return []string{e.Source}
	case "risk_message":
		return []string{e.Message}
	}
	if list := values(e.Finding.Fields.Get(name)); list != nil {
		return list
	}
	switch name {
	case "host":
		return []string{e.Finding.Host}
	case "user":
		return []string{e.Finding.User}
	}
	return nil
}

// like compares a text with one in which * stands for any text.
func like(pattern, text string) bool {
	pieces := strings.Split(pattern, "*")
	last := len(pieces) - 1
	if last == 0 {
		return pattern == text
	}
	if !strings.HasPrefix(text, pieces[0]) {
		return false
	}
	text = text[len(pieces[0]):]
	for _, piece := range pieces[1:last] {
		i := strings.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return strings.HasSuffix(text, pieces[last])
}

// ReadFactors reads a YAML file: a list of factors, each with name, when (fields, each with one text or a list of them), add
// and multiply.
//
//   - name: privileged accounts
//     when: {risk_object_type: user, user: [admin*, root]}
//     multiply: 1.5
func ReadFactors(src *diag.Source) ([]Factor, diag.List) {
	r := factorReader{src: src}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(src.Text), &document); err != nil {
		r.list.Errorf(src, diag.Span{}, "risk-factor-yaml", "%s", strings.TrimPrefix(err.Error(), "yaml: "))
		return nil, r.list
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	root := document.Content[0]
	if root.Kind != yaml.SequenceNode {
		r.complain(root, "risk-factor-list", "the file should hold a list of factors")
		return nil, r.list
	}
	var out []Factor
	for _, n := range root.Content {
		out = append(out, r.factor(n))
	}
	if r.list.Failed() {
		return nil, r.list
	}
	return out, r.list
}

type factorReader struct {
	src  *diag.Source
	list diag.List
}

func (r *factorReader) complain(n *yaml.Node, code, format string, args ...any) *diag.Diagnostic {
	start := r.src.Offset(n.Line, n.Column)
	return r.list.Errorf(r.src, diag.Span{Start: start, End: start + max(len(n.Value), 1)}, code, "%s", fmt.Sprintf(format, args...))
}

var factorKeys = []string{"name", "when", "add", "multiply"}

func (r *factorReader) factor(n *yaml.Node) Factor {
	f := Factor{}
	if n.Kind != yaml.MappingNode {
		r.complain(n, "risk-factor-shape", "a factor is a mapping of name, when, add and multiply")
		return f
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch key.Value {
		case "name":
			f.Name = value.Value
		case "add":
			f.Add = r.number(value)
		case "multiply":
			if f.Multiply = r.number(value); f.Multiply <= 0 {
				r.complain(value, "risk-factor-number", "multiply must be more than 0")
			}
		case "when":
			f.When = r.when(value)
		default:
			d := r.complain(key, "risk-factor-key", "unknown key `%s`", key.Value)
			if near := diag.Nearest(key.Value, factorKeys); near != "" {
				d.Hint = "did you mean `" + near + "`?"
			}
		}
	}
	if f.Add == 0 && f.Multiply == 0 {
		r.complain(n, "risk-factor-nothing", "the factor neither adds nor multiplies")
	}
	return f
}

func (r *factorReader) number(n *yaml.Node) float64 {
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		r.complain(n, "risk-factor-number", "%q is no number", n.Value)
	}
	return v
}

func (r *factorReader) when(n *yaml.Node) []Condition {
	if n.Kind != yaml.MappingNode {
		r.complain(n, "risk-factor-shape", "when is a mapping of fields to values")
		return nil
	}
	var list []Condition
	for i := 0; i < len(n.Content); i += 2 {
		c := Condition{Field: n.Content[i].Value}
		switch value := n.Content[i+1]; value.Kind {
		case yaml.ScalarNode:
			c.Values = []string{value.Value}
		case yaml.SequenceNode:
			for _, v := range value.Content {
				if v.Kind != yaml.ScalarNode {
					r.complain(v, "risk-factor-shape", "a value is one text")
				}
				c.Values = append(c.Values, v.Value)
			}
		default:
			r.complain(value, "risk-factor-shape", "a field has one value or a list of them")
		}
		list = append(list, c)
	}
	return list
}
