package stream_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
	"goshawk/schema"
	"goshawk/stream"
)

// taxonomy is a resolver whose columns are computed.
type taxonomy struct {
	columns  map[string]plan.Expr
	routes   map[string]plan.Expr
	constant map[string]event.Value
}

func (t taxonomy) Route(table string, _ *event.Class) (plan.Expr, bool) {
	when, in := t.routes[table]
	return when, in
}

func (t taxonomy) Source(_ *event.Class, column string) plan.Expr { return t.columns[column] }

func (t taxonomy) Constant(_ *event.Class, field string) (event.Value, bool) {
	v, ok := t.constant[field]
	return v, ok
}

func text(s string) plan.Expr { return &plan.Literal{Value: event.TextValue(s), Type: schema.String} }

func call(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: fn.ByName(name), Args: args}
}

// value makes an expression as columns of a taxonomy are.
func (g generator) computed(depth int) plan.Expr {
	if depth == 0 {
		switch g.IntN(6) {
		case 0:
			return text(g.word())
		case 1:
			return &plan.Literal{Value: event.ListValue(event.TextValue(g.word()), event.TextValue(g.word())), Type: schema.Dynamic}
		}
		return g.field()
	}
	x := func() plan.Expr { return g.computed(depth - 1) }
	switch g.IntN(17) {
	case 15:
		return call("get_field", call("spl_rex", x(), text([]string{"(?<part>[^/ ]+)", "(?<part>.b?).?$", "(?i)(?<part>A.*)"}[g.IntN(3)])), text("part"))
	case 0, 1, 2:
		return call("first_filled", x(), x(), text("unknown"))
	case 3:
		return call("coalesce", x(), x())
	case 4:
		return call("null_if", x(), text(g.word()))
	case 5, 6:
		return call("basename", x())
	case 7:
		return call([]string{"lower", "upper", "fold"}[g.IntN(3)], x())
	case 8:
		return call("concat", x(), text(" "), x())
	case 9:
		return call("concat", x(), x())
	case 10:
		return call("concat", x(), &plan.Case{Arms: []plan.Arm{{When: g.condition(), Then: call("concat", text(" /"), x())}}, Else: text("")})
	case 11:
		return call("list_concat", x(), x())
	case 12:
		return call("split", x(), text("e"))
	case 13:
		return &plan.Case{Arms: []plan.Arm{{When: &plan.Not{X: &plan.IsNull{X: g.field()}}, Then: x()}}, Else: text("unknown")}
	case 14:
		return &plan.Case{Arms: []plan.Arm{{When: plan.Expr(&plan.And{List: []plan.Expr{g.condition(), g.comparison()}}), Then: x()}, {When: g.condition(), Then: x()}}}
	}
	return call("if_null", x(), text("b"))
}

// condition makes a condition on a field that is never null, comparison one that may be.
func (g generator) condition() plan.Expr {
	m := g.match().(*plan.Match)
	m.Subject = g.field()
	return m
}

func (g generator) comparison() plan.Expr {
	return &plan.Compare{Op: plan.CompareOp(g.IntN(6)), Left: g.field(), Right: text(g.word())}
}

var columns = []string{"one", "two", "three", "four", "view/_raw", "@timestamp", "event.original", "gone"}

// overColumns makes a predicate over columns.
func (g generator) overColumns(depth int) plan.Expr {
	column := func() plan.Expr { return &plan.Ref{Column: &plan.Column{Name: columns[g.IntN(len(columns))]}} }
	if depth == 0 {
		switch g.IntN(10) {
		case 0:
			return &plan.IsNull{X: column()}
		case 1:
			return &plan.Has{X: column()}
		case 2:
			return &plan.Compare{Op: plan.CompareOp(g.IntN(6)), Left: column(), Right: text(g.word())}
		case 3:
			return g.match()
		case 4:
			return g.anyOf(column())
		}
		m := g.match().(*plan.Match)
		m.Subject = column()
		if g.IntN(5) == 0 {
			m.Subject = call("lower", m.Subject)
		}
		return m
	}
	list := []plan.Expr{g.overColumns(depth - 1), g.overColumns(g.IntN(depth))}
	switch g.IntN(4) {
	case 0:
		return &plan.Not{X: list[0]}
	case 1:
		return &plan.Or{List: list}
	}
	return &plan.And{List: list}
}

// anyOf makes a condition that some element of a value meets a condition.
func (g generator) anyOf(value plan.Expr) plan.Expr {
	about := func() plan.Expr {
		m, element := g.match().(*plan.Match), plan.Expr(&plan.Param{Name: "element"})
		if m.Subject = element; g.IntN(2) == 0 {
			m.Subject = call([]string{"to_text", "lower", "basename"}[g.IntN(3)], element)
		}
		if g.IntN(4) == 0 {
			return &plan.Not{X: m}
		}
		return m
	}
	body := about()
	switch g.IntN(3) {
	case 0:
		body = &plan.Or{List: []plan.Expr{body, about()}}
	case 1:
		body = &plan.And{List: []plan.Expr{body, about()}}
	}
	if g.IntN(2) == 0 {
		value = call("to_list", value)
	}
	return call("list_any", value, &plan.Lambda{Params: []string{"element"}, Body: body})
}

// small makes the words few, so that what rules ask for is often there.
func (g generator) small() func() {
	old := words
	words = []string{"", "a", "b", "ab", `\a`, "unknown", " ", "é", "/"}
	return func() { words = old }
}

// agree asks the rules of events, with the index, without it, and one by one, and returns how many held.
func agree(t *testing.T, rules []stream.Rule, world taxonomy, class *event.Class, events []*event.Event) (matched int) {
	t.Helper()
	programs := make([]*eval.Program, len(rules))
	for i, r := range rules {
		where := r.Where
		if when := world.routes[r.Table]; when != nil {
			where = &plan.And{List: []plan.Expr{when, where}}
		}
		p, err := eval.Compile(stream.Native(where, world, class), stream.CarrierSlot)
		if err != nil {
			t.Fatal(err)
		}
		programs[i] = p
	}
	sets := map[string]*stream.Matcher{}
	for name, o := range map[string]stream.Options{"indexed": {}, "plain": {NoIndex: true}} {
		set, err := stream.Compile(rules, world, o)
		if err != nil {
			t.Fatal(err)
		}
		sets[name] = set.NewMatcher()
	}
	for _, ev := range events {
		var want []int
		var row eval.Row
		stream.Row(&row, ev)
		for i, p := range programs {
			if p.True(&row) {
				want = append(want, i)
			}
		}
		matched += len(want)
		for name, m := range sets {
			got := m.Match(ev)
			if len(got)+len(want) == 0 || reflect.DeepEqual(got, want) {
				continue
			}
			for i := range rules {
				if contains(got, i) != contains(want, i) {
					t.Errorf("%s says %v about\n  %s\nwhich is\n  %s\n  of %s (raw %q)", name, contains(got, i), plan.ExprString(rules[i].Where),
						plan.ExprString(stream.Native(rules[i].Where, world, class)), ev.Record.AppendJSON(nil), ev.Raw)
				}
			}
			return matched
		}
	}
	return matched
}

// TestComputedColumnsAgreeWithEval asks random rules over computed columns of random events.
func TestComputedColumnsAgreeWithEval(t *testing.T) {
	rounds := 600
	if testing.Short() {
		rounds = 100
	}
	matched := 0
	for round := range rounds {
		g := generator{rand.New(rand.NewPCG(uint64(round), 13))}
		if round%2 == 0 {
			defer g.small()()
		}
		world := taxonomy{columns: map[string]plan.Expr{}, routes: map[string]plan.Expr{"all": nil, "some": g.condition()}, constant: map[string]event.Value{}}
		for _, name := range columns[:6] {
			if g.IntN(8) > 0 {
				world.columns[name] = g.computed(g.IntN(4))
			}
		}
		if g.IntN(2) == 0 {
			world.constant["Fixed"] = event.TextValue("ab")
			world.columns["four"] = call("first_filled", &plan.Field{Name: "Fixed"}, g.field())
		}
		class := event.ClassOf(event.Class{Product: fmt.Sprint("computed", round)})
		rules := make([]stream.Rule, 20)
		for i := range rules {
			rules[i] = stream.Rule{Table: []string{"all", "some"}[g.IntN(2)], Where: g.overColumns(g.IntN(4))}
		}
		events := make([]*event.Event, 30)
		for i := range events {
			ev := &event.Event{Class: class, Record: g.record(2)}
			for name, v := range world.constant {
				ev.Record.Set(name, v)
			}
			if g.IntN(3) == 0 {
				ev.Raw, ev.FreeText = []byte(g.text()), g.IntN(2) == 0
			}
			if g.IntN(3) == 0 {
				ev.Logged = int64(g.IntN(100))
			}
			events[i] = ev
		}
		if matched += agree(t, rules, world, class, events); t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if matched < 10*rounds {
		t.Errorf("only %d matches show anything", matched)
	}
}

// TestComputedColumns asks rules of computed columns where the index could go wrong.
func TestComputedColumns(t *testing.T) {
	for name, test := range map[string]struct {
		column string
		where  []string
		events []string
	}{
		"the end of a path": {`basename($p)`, []string{`c prefix~ "cmd"`, `c equals~ "cmd.exe"`, `c suffix "d.exe"`, `c contains "C:"`},
			[]string{`{"p": r"C:\x\CMD.exe"}`, `{"p": "cmd.exe"}`, `{"p": r"cmd.exe\x"}`, `{}`, `{"p": ""}`}},
		"the text of a list": {`basename($p)`, []string{`c contains "\",\""`, `c equals "a"`, `c suffix "]"`}, []string{`{"p": ["a", "b"]}`, `{"p": ["x/a"]}`}},
		"a part of it":       {`program_of($p)`, []string{`c contains "a"`, `c prefix "a b"`, `c equals r"C:\a b.exe"`}, []string{`{"p": "\"C:\\a b.exe\" /c"}`, `{"p": "x a b"}`, `{"p": "a b"}`}},
		"the rest of a case": {`case when not is_null($a) then "unknown" else $b end`, []string{`c equals "x"`, `not c equals "x"`, `c equals "unknown"`},
			[]string{`{"a": 1, "b": "x"}`, `{"b": "x"}`, `{"a": null, "b": "x"}`, `{}`}},
		"a condition that is null": {`case when $a == "1" then $b end`, []string{`c equals "x"`, `not c equals "x"`, `not (c equals "x" and $d equals "y")`},
			[]string{`{"b": "x"}`, `{"a": "1", "b": "x"}`, `{"a": "2", "b": "x"}`, `{"a": "1", "b": "x", "d": "y"}`}},
		"a case of null":          {`case when $a == "1" then "unknown" else $b end`, []string{`c equals "x"`, `c equals "unknown"`}, []string{`{"b": "x"}`, `{"a": "1", "b": "x"}`}},
		"null if a number":        {`null_if($a, 1)`, []string{`c equals "1.0"`, `c equals "1"`, `not c equals "2"`}, []string{`{"a": decimal("1.0")}`, `{"a": 1}`, `{"a": "1"}`, `{"a": "1.0"}`}},
		"null if a text":          {`null_if($a, "-")`, []string{`c equals "-"`, `c contains ""`, `c equals~ "X"`, `c contains "-"`}, []string{`{"a": "-"}`, `{"a": "x"}`, `{"a": ["-", "x"]}`}},
		"what is empty":           {`first_filled($a, $b, "unknown")`, []string{`c equals ""`, `c equals "b"`, `c equals "unknown"`, `is_null(c)`, `c contains all ("u", "n")`}, []string{`{"a": "", "b": "b"}`, `{"a": "b"}`, `{}`, `{"a": "", "b": ""}`, `{"a": ["", "b"]}`}},
		"what is empty, alone":    {`first_filled($a, "unknown")`, []string{`c equals ""`, `c contains ""`, `not c suffix ""`, `c equals "x"`}, []string{`{"a": ""}`, `{"a": "x"}`, `{}`}},
		"the first that is there": {`coalesce($a, "x")`, []string{`c equals ""`, `c equals "x"`, `not c equals "x"`}, []string{`{"a": ""}`, `{"a": null}`, `{}`, `{"a": "x"}`}},
		"joined":                  {`concat($a, " ", $b)`, []string{`c contains "a b"`, `c contains "b a"`, `c equals "ab "`, `c contains " "`, `c equals "a ba"`}, []string{`{"a": "a", "b": "ba"}`, `{"a": "ab"}`, `{"a": "b a", "b": "b"}`}},
		"joined closely":          {`concat($a, $b, "-", $d)`, []string{`c contains "cd"`, `c equals "abcd-"`}, []string{`{"a": "abc", "b": "d"}`, `{"a": "abcd"}`}},
		"joined over a gap":       {`concat($a, case when not is_null($b) then concat(" ", $b) else "" end, $d)`, []string{`c contains "ab"`}, []string{`{"a": "a", "d": "b"}`, `{"a": "a", "b": "x", "d": "b"}`, `{"b": "ab"}`}},
		"lists":                   {`list_concat($a, $b)`, []string{`c equals "x"`, `c contains all ("x", "y")`}, []string{`{"a": ["x", "z"], "b": "y"}`, `{"b": [["x"]]}`}},
		"the parts of one":        {`split($a, ",")`, []string{`c equals "x"`, `c equals "x,y"`}, []string{`{"a": "x,y"}`, `{"a": ["x", "q"]}`}},
		"its length":              {`length($a)`, []string{`c equals "3"`, `c > 2`}, []string{`{"a": "abc"}`, `{"a": "3"}`}},
		"in lower case":           {`lower($a)`, []string{`c equals "ix"`, `c contains "I"`}, []string{`{"a": "IX"}`, `{"a": "\u0130X"}`}},
		"in upper case, within":   {`upper(basename($a))`, []string{`c equals "IX"`, `c equals~ "ix"`, `c contains "I"`, `c prefix "i"`}, []string{`{"a": "ix"}`, `{"a": "x/\u0131x"}`, `{"a": ["ix"]}`}},
		"functions of constants":  {`case when list_any(["a", "b"], (x) => x equals~ "B") then $a else $b end`, []string{`c equals "x"`, `c equals "y"`}, []string{`{"a": "x", "b": "y"}`, `{}`}},
		"functions of a list":     {`case when list_any($l, (x) => list_any(["a"], (y) => x == y)) then $a else $b end`, []string{`c equals "x"`, `c equals "y"`}, []string{`{"a": "x", "b": "y", "l": ["a"]}`, `{"b": "y", "l": ["b"]}`}},
		"constants":               {`first_filled(lower("A"), $a)`, []string{`c equals "a"`, `c equals "x"`, `not c equals "x"`, `is_null(c) or has(c) and c == "a"`}, []string{`{"a": "x"}`, `{}`}},
	} {
		t.Run(name, func(t *testing.T) {
			source, list := plan.ReadExpr(&diag.Source{Text: test.column}, nil)
			world := taxonomy{columns: map[string]plan.Expr{"c": source}, routes: map[string]plan.Expr{"all": nil}}
			column := &plan.Column{Name: "c"}
			var rules []stream.Rule
			for _, where := range test.where {
				e, complaints := plan.ReadExpr(&diag.Source{Text: where}, []*plan.Column{column})
				list = append(list, complaints...)
				rules = append(rules, stream.Rule{Table: "all", Where: e})
			}
			class := event.ClassOf(event.Class{Product: name})
			var events []*event.Event
			for _, record := range test.events {
				e, complaints := plan.ReadExpr(&diag.Source{Text: record}, nil)
				list = append(list, complaints...)
				if list.Failed() {
					t.Fatal(list)
				}
				events = append(events, &event.Event{Class: class, Record: *e.(*plan.Literal).Value.Object()})
			}
			// Alone, a rule's literals are all that is looked for.
			for _, r := range rules {
				agree(t, []stream.Rule{r}, world, class, events)
			}
			agree(t, rules, world, class, events)
		})
	}
}

// TestComputedColumnsCanBeBlind checks that a rule over a computed column is blind where no record has the fields that the
// column is made of, and only then.
func TestComputedColumnsCanBeBlind(t *testing.T) {
	read := func(text string, columns ...*plan.Column) plan.Expr {
		e, list := plan.ReadExpr(&diag.Source{Text: text}, columns)
		if list.Failed() {
			t.Fatal(list)
		}
		return e
	}
	world := taxonomy{routes: map[string]plan.Expr{"all": nil}, columns: map[string]plan.Expr{
		"seen": read(`first_filled(basename($Image), $name, "unknown")`), "unseen": read(`first_filled(basename($Path), $name, "unknown")`),
	}}
	seen, unseen := &plan.Column{Name: "seen"}, &plan.Column{Name: "unseen"}
	var rules []stream.Rule
	for _, where := range []string{`seen equals~ "at.exe"`, `unseen equals~ "at.exe"`, `unseen equals~ "unknown"`, `unseen equals~ ("at.exe", "unknown")`, `not unseen equals~ "at.exe"`, `is_null(unseen)`} {
		rules = append(rules, stream.Rule{Table: "all", Where: read(where, seen, unseen)})
	}
	set, err := stream.Compile(rules, world, stream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ev := &event.Event{Class: event.ClassOf(event.Class{Product: "blind"})}
	ev.Record.Set("Image", event.TextValue("/bin/sh"))
	if got := set.NewMatcher().Match(ev); !reflect.DeepEqual(got, []int{2, 3, 4}) {
		t.Errorf("%v match", got)
	}
	blind := set.Blind(ev.Class)
	if len(blind) != 1 || blind[0].Rule != 1 {
		t.Errorf("%v are blind", blind)
	}
}
