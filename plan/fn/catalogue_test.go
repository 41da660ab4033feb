package fn_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// TestExamples runs every example of the catalogue. In those of a function that takes a lambda the lambda is (x) => x.
func TestExamples(t *testing.T) {
	for _, f := range fn.All() {
		if len(f.Examples) == 0 {
			t.Errorf("%s has no example", f.Name)
		}
		agree := same
		if strings.HasPrefix(f.Name, "kql_geo_") {
			agree = measured
		}
		for i, e := range f.Examples {
			got := call(f, e.Args)
			if !agree(got, e.Want) {
				t.Errorf("%s, example %d: %s%s = %s, want %s", f.Name, i, f.Name, show(e.Args), show1(got), show1(e.Want))
			}
		}
	}
}

// TestAggregateExamples runs every example of every aggregate; those of rankings hold what each row is given, as a list.
func TestAggregateExamples(t *testing.T) {
	for _, a := range fn.AllAggregates() {
		if len(a.Examples) == 0 {
			t.Errorf("%s has no example", a.Name)
		}
		for i, e := range a.Examples {
			state := a.New()
			for _, row := range e.Rows {
				state.Add(row)
			}
			if got := state.Result(); !same(got, e.Want) {
				t.Errorf("%s, example %d: got %s, want %s", a.Name, i, show1(got), show1(e.Want))
			}
		}
	}
}

// TestDefinitions checks what every definition must keep.
func TestDefinitions(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	check := func(kind, functionName, doc, result string, params []fn.Param) {
		t.Helper()
		if !name.MatchString(functionName) {
			t.Errorf("%s %q has a name of another shape", kind, functionName)
		}
		if !strings.HasSuffix(doc, ".") || strings.Contains(doc, "\n") {
			t.Errorf("%s %s: its doc is not a sentence: %q", kind, functionName, doc)
		}
		if _, ok := schema.TypeOf(result); !ok {
			t.Errorf("%s %s: unknown result type %q", kind, functionName, result)
		}
		for i, p := range params {
			if _, ok := schema.TypeOf(p.Type); !ok && p.Type != "lambda" {
				t.Errorf("%s %s: parameter %s has the unknown type %q", kind, functionName, p.Name, p.Type)
			}
			if p.Variadic && i != len(params)-1 {
				t.Errorf("%s %s: only the last parameter can be variadic", kind, functionName)
			}
			if i > 0 && params[i-1].Optional && !p.Optional {
				t.Errorf("%s %s: a required parameter behind an optional one", kind, functionName)
			}
		}
	}
	for _, f := range fn.All() {
		check("function", f.Name, f.Doc, f.Result, f.Params)
	}
	for _, a := range fn.AllAggregates() {
		check("aggregate", a.Name, a.Doc, a.Result, a.Params)
	}
}

// TestAnyKind calls every function with values of every kind in every place: none may panic.
func TestAnyKind(t *testing.T) {
	kinds := []event.Value{
		{}, event.NullValue(), event.BoolValue(true), event.IntValue(-7), event.IntValue(1 << 62), event.FloatValue(1e300), event.DecimalValue("-1.25"),
		event.DecimalValue("1e999999999"), event.TextValue(""), event.TextValue("é\xffb=1"), event.TimeValue(0), event.TimeValue(1 << 62),
		event.DurationValue(-5), event.DurationValue(-1 << 63), event.ListValue(), event.ListValue(event.IntValue(1), event.Value{}, event.TextValue("a")),
		event.ObjectValue(&event.Record{}),
	}
	for _, f := range fn.All() {
		least, most := f.Arity()
		if most < 0 {
			most = least + 2
		}
		for n := least; n <= most; n++ {
			args := make([]event.Value, n)
			var fill func(i int)
			fill = func(i int) {
				if i == n || i == 3 {
					for ; i < n; i++ {
						args[i] = event.TextValue("x")
					}
					call(f, args)
					return
				}
				for _, v := range kinds {
					args[i] = v
					fill(i + 1)
				}
			}
			fill(0)
		}
	}
	for _, a := range fn.AllAggregates() {
		least, most := a.Arity()
		if most < 0 {
			most = least + 1
		}
		for n := least; n <= most; n++ {
			state := a.New()
			for _, v := range kinds {
				args := make([]event.Value, n)
				for i := range args {
					args[i] = v
				}
				state.Add(args)
			}
			state.Result()
		}
	}
}

func call(f *fn.Func, args []event.Value) event.Value {
	if f.Strict {
		for _, v := range args {
			if v.IsNull() {
				return event.NullValue()
			}
		}
	}
	if f.Apply != nil {
		return f.Apply(args, func(args ...event.Value) event.Value { return args[0] })
	}
	return f.Eval(args)
}

func same(a, b event.Value) bool {
	return a.Kind() == b.Kind() && string(fn.AppendKey(nil, a)) == string(fn.AppendKey(nil, b)) && a.Text() == b.Text()
}

// measured says whether two results of measuring on the globe are the same: floats may differ in their last digits, as sines and the
// like do between machines.
func measured(a, b event.Value) bool {
	switch {
	case same(a, b):
		return true
	case a.Kind() != b.Kind():
		return false
	}
	switch a.Kind() {
	case event.Float:
		x, y := a.Float(), b.Float()
		return math.Abs(x-y) <= 1e-11*math.Abs(y)
	case event.List:
		return slices.EqualFunc(a.List(), b.List(), measured)
	case event.Object:
		return slices.EqualFunc(a.Object().Fields, b.Object().Fields, func(x, y event.Field) bool {
			return x.Name == y.Name && measured(x.Value, y.Value)
		})
	}
	return false
}

func show1(v event.Value) string { return v.Kind().String() + ":" + string(v.AppendJSON(nil)) }

func show(args []event.Value) string {
	parts := make([]string, len(args))
	for i, v := range args {
		parts[i] = show1(v)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
