package plan

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"reflect"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var memberColumn = &Column{"c", schema.Dynamic}

// everyExpr holds one of each kind of expression.
func everyExpr() []Expr {
	ref := &Ref{Column: memberColumn}
	truth := &Has{X: ref}
	return []Expr{
		&Literal{Value: event.IntValue(1), Type: schema.Long}, ref, &Field{Name: "f"}, &Match{Subject: &Everything{}, Patterns: []Pattern{Plain("p")}},
		&Match{Subject: ref, Patterns: []Pattern{Plain("p")}}, &Compare{Left: ref, Right: ref}, &And{List: []Expr{truth, truth}}, &Or{List: []Expr{truth, truth}},
		&Not{X: truth}, truth, &IsNull{X: ref}, &Call{Func: fn.ByName("lower"), Args: []Expr{ref}},
		&Call{Func: fn.ByName("list_map"), Args: []Expr{ref, &Lambda{Params: []string{"p"}, Body: &Param{Name: "p"}}}},
		&Case{Arms: []Arm{{truth, ref}}, Else: ref}, &Everything{}, &Fields{}, &Lambda{Params: []string{"p"}, Body: &Param{Name: "p"}}, &Param{Name: "p"},
	}
}

// everyNode holds one of each kind of node.
func everyNode() []Node {
	c := memberColumn
	ref, d := &Ref{Column: c}, &Column{"d", schema.Dynamic}
	scan := &Scan{Table: "t", Out: []*Column{c}, Rest: true}
	truth := &Has{X: ref}
	count := fn.AggregateByName("count")
	return []Node{
		scan, &Values{Out: []*Column{c}, Rows: [][]event.Value{{event.IntValue(1)}}}, &Filter{Input: scan, Where: truth},
		&Project{Input: scan, Out: []Assign{{d, ref}}, Rest: Rest{Keep: true}},
		&Aggregate{Input: scan, By: []Assign{{d, ref}}, Aggs: []Agg{{Column: &Column{"n", schema.Long}, Func: count, Args: []Expr{ref}, Where: truth, Order: []Key{{Value: ref}}}}},
		&Window{Input: scan, PartitionBy: []Expr{ref}, OrderBy: []Key{{Value: ref}}, Out: []WindowFunc{{Column: d, Func: count, Args: []Expr{ref}}}},
		&Sort{Input: scan, Keys: []Key{{Value: ref}}, Limit: -1}, &Limit{Input: scan, Count: 1},
		&Join{Left: scan, Right: &Values{Out: []*Column{d}}, Keys: []JoinKey{{ref, &Ref{Column: d}}}, On: truth, Out: []Assign{{c, ref}}},
		&Union{Ins: []Node{scan}, From: [][]*Column{{c}}, Out: []*Column{d}}, &Expand{Input: scan, Lists: []Assign{{d, ref}}, Limit: -1},
		&Lookup{Input: scan, Table: &Table{Name: "t", Columns: []string{"k", "v"}, Rows: [][]event.Value{{event.TextValue("a"), event.IntValue(1)}}}, Keys: []LookupKey{{ref, "k", MatchGlob, true}},
			Max: 1, Min: 1, Default: event.NullValue(), Out: []LookupOut{{d, "v"}}},
		&Correlate{Input: scan, Time: ref, Arrival: ref, Rank: ref, By: []Assign{{d, ref}}, Keeps: []Assign{{&Column{"k", schema.Dynamic}, ref}}, Within: 1,
			Aggs: []Agg{{Column: &Column{"n", schema.Long}, Func: count, Args: []Expr{ref}, Where: truth}}, Chains: []Chain{{&Column{"l", schema.Long}, []Expr{truth}}},
			When: &Has{X: &Ref{Column: d}}},
		&Trace{Input: scan, By: []Expr{ref}, Out: []*Column{d}, Match: &Column{"m", schema.Long}, Steps: []TraceStep{{Name: "s", Give: GiveLast, When: truth, Set: []Expr{ref},
			Keep: []Memory{{&Column{"s.d", schema.Dynamic}, &Ref{Column: d}, event.NullValue()}}}}},
		&Sequence{Input: scan, By: []Expr{ref}, Time: ref, Within: -1, Steps: []Step{{"s", truth, []Assign{{d, ref}}}}, Out: []*Column{d}},
	}
}

// membersOf returns the types of this package that embed another, as the closed sets do.
func membersOf(t *testing.T, embedded string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, file := range []string{"expr.go", "node.go"} {
		f, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if name, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 && name.Name == embedded {
					out[spec.Name.Name] = true
				}
			}
			return true
		})
	}
	return out
}

func typeName(v any) string { return strings.TrimPrefix(reflect.TypeOf(v).String(), "*plan.") }

// TestEveryExpr takes each kind of expression through every switch.
func TestEveryExpr(t *testing.T) {
	missing := membersOf(t, "Marked")
	for _, e := range everyExpr() {
		delete(missing, typeName(e))
		if text := ExprString(e); text == "" || strings.Contains(text, "missing") {
			t.Errorf("%T prints as %q", e, text)
		}
		if !Same(e, e) || Same(e, &Literal{}) {
			t.Errorf("%T is not the same as itself, or as something else", e)
		}
		children := Children(e)
		copies := make([]Expr, len(children))
		for i, c := range children {
			copies[i] = WithChildren(c, Children(c))
			if copies[i] != c {
				t.Errorf("%T: a %T with the same children is another one", e, c)
			}
			copies[i] = renewed(c)
		}
		other := WithChildren(e, copies)
		if len(children) > 0 && (other == e || !Same(other, e)) {
			t.Errorf("%T with equal children is not an equal copy: %s", e, ExprString(other))
		}
		mark := &Mark{Clause: "m"}
		if isTruth(e) && withMark(e, mark).Mark() != mark {
			t.Errorf("%T does not take a mark", e)
		}
	}
	for name := range missing {
		t.Errorf("%s is not tested", name)
	}
}

// renewed returns an equal expression that is another one.
func renewed(e Expr) Expr {
	v := reflect.New(reflect.TypeOf(e).Elem())
	v.Elem().Set(reflect.ValueOf(e).Elem())
	return v.Interface().(Expr)
}

// TestEveryNode takes each kind of node through every switch.
func TestEveryNode(t *testing.T) {
	missing := membersOf(t, "operator")
	for _, n := range everyNode() {
		delete(missing, typeName(n))
		if list := Check(n); len(list) > 0 {
			t.Errorf("%T: %s", n, list.Error())
		}
		if text := String(n); !strings.Contains(text, Operator(n)) {
			t.Errorf("%T prints as %q", n, text)
		}
		inputs := n.Inputs()
		copies := make([]Node, len(inputs))
		for i := range inputs {
			copies[i] = &Filter{Input: inputs[i], Where: &And{}}
		}
		if other := WithInputs(n, copies); len(inputs) > 0 && (other == n || other.Inputs()[0] != copies[0]) {
			t.Errorf("%T keeps its inputs", n)
		}
		expressions := 0
		Exprs(n, func(e Expr) { expressions++ })
		changed := TransformExprs(n, renewed)
		if (changed == n) != (expressions == 0) {
			t.Errorf("%T with other expressions is the same", n)
		}
		if String(changed) != String(n) {
			t.Errorf("%T with equal expressions is another one:\n%s", n, String(changed))
		}
	}
	for name := range missing {
		t.Errorf("%s is not tested", name)
	}
}
