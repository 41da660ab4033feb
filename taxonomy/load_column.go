package taxonomy

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/plan"
)

// lookupMode is how a map's plain names are looked up in the record.
type lookupMode string

const (
	exactly lookupMode = "exactly" // the field of exactly this name
	loosely lookupMode = "loosely" // what a detection means by the name: paths, blanks and case included
)

// readColumns reads where the columns come from. A column's value is a native field's name, a list of names of which the
// first that is not null counts, an expression (told by a $, a quote or a bracket), or null for a column that such records
// do not have although a wider block says so.
func (d *document) readColumns(n *yaml.Node, lookup lookupMode) map[string]plan.Expr {
	columns := map[string]plan.Expr{}
	d.pairs(n, func(key, value *yaml.Node) {
		d.checkColumn(key)
		columns[key.Value] = d.readColumn(value, lookup)
	})
	return columns
}

func (d *document) readColumn(n *yaml.Node, lookup lookupMode) plan.Expr {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil
	case n.Kind == yaml.ScalarNode && !strings.ContainsAny(n.Value, "$\"()`"):
		return d.readField(n, lookup)
	case n.Kind == yaml.ScalarNode:
		return d.readExpr(n)
	case n.Kind != yaml.SequenceNode || len(n.Content) == 0:
		d.errorf(n, "taxonomy-shape", "a field, a list of fields or an expression must stand here")
		return nil
	}
	last := len(n.Content) - 1
	c := &plan.Case{Else: d.readColumn(n.Content[last], lookup)}
	for _, item := range n.Content[:last] {
		x := d.readColumn(item, lookup)
		c.Arms = append(c.Arms, plan.Arm{When: &plan.Not{X: &plan.IsNull{X: x}}, Then: x})
	}
	return c
}

// readField reads a name. Exactly finds no paths, so a name with dots is always looked up loosely.
func (d *document) readField(n *yaml.Node, lookup lookupMode) plan.Expr {
	f := &plan.Field{Name: d.text(n), Find: plan.Exactly}
	if lookup == loosely || strings.Contains(f.Name, ".") {
		f.Find = plan.Loosely
	}
	return f
}

// readExpr reads an expression in the syntax of plan.ExprString, in which a plain name is the record's field of exactly
// that name.
func (d *document) readExpr(n *yaml.Node) plan.Expr {
	return d.readExprOf(n, func(name string) plan.Expr { return &plan.Field{Name: name, Find: plan.Exactly} })
}

// readExprOf reads an expression in which a plain name is what resolve says.
func (d *document) readExprOf(n *yaml.Node, resolve func(name string) plan.Expr) plan.Expr {
	text := d.text(n)
	e, complaints := plan.ReadExprFunc(&diag.Source{Name: d.src.Name, Text: text}, resolve, nil)
	start := d.src.Offset(n.Line, n.Column)
	if at := strings.Index(d.src.Text[start:], text); at >= 0 && text != "" {
		start += at // behind a quote, or on the lines of a block
	} else {
		text = ""
	}
	for _, c := range complaints {
		c.Source = d.src
		if text == "" {
			c.Span = diag.Span{} // written with escapes: its place inside the value is not known
		}
		c.Span.Start, c.Span.End = c.Span.Start+start, c.Span.End+start
		d.diags.Add(c)
	}
	if complaints.Failed() {
		return nil
	}
	return e
}
