package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/lang/kql"
	"goshawk/taxonomy"
)

// The rows of the examples are events of their schema; a function of somebody's own that makes them wrong is told so.
func TestAsimTest(t *testing.T) {
	run := func(a engine.AsimTest) *engine.AsimResult {
		t.Helper()
		a.Paths = []string{filepath.Join("..", "examples", "at")}
		r, err := a.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	errors := func(r *engine.AsimResult) (list []string) {
		for _, c := range r.Complaints {
			if c.Grade == taxonomy.AsimError {
				list = append(list, c.Code+" "+c.Column)
			}
		}
		return list
	}
	own := run(engine.AsimTest{Schema: "ProcessEvent"})
	if list := errors(own); own.Rows == 0 || own.Limited || list != nil {
		t.Errorf("%d rows, limited %v: %v", own.Rows, own.Limited, list)
	}
	two := run(engine.AsimTest{Schema: "ProcessEvent", Limit: 2})
	if two.Rows != 2 || !two.Limited {
		t.Errorf("%d rows, limited %v, want 2 of more", two.Rows, two.Limited)
	}
	wrong := run(engine.AsimTest{Schema: "ProcessEvent", Query: `_ASim_ProcessEvent | extend TargetProcessId = 1, EventType = "Started", User = "nobody" | project-rename DvcHostName = DvcHostname | project-away EventCount`})
	list := errors(wrong)
	for _, want := range []string{"asim-type TargetProcessId", "asim-value EventType", "asim-alias User", "asim-missing EventCount"} {
		if !slices.Contains(list, want) {
			t.Errorf("nobody complains of %s: %v", want, list)
		}
	}
	if !slices.ContainsFunc(wrong.Complaints, func(c taxonomy.AsimComplaint) bool { return strings.Contains(c.Text, "`DvcHostname`") }) {
		t.Errorf("DvcHostName is not told apart: %v", wrong.Complaints)
	}
	none := engine.AsimTest{Schema: "ProcessEvents"}
	if r, err := none.Run(t.Context()); err != nil || len(r.Complaints) != 1 || !strings.Contains(r.Complaints[0].Text, "`ProcessEvent`") {
		t.Errorf("%v, %v", r, err)
	}
	bad := engine.AsimTest{Schema: "ProcessEvent", Query: "nowhere", Paths: []string{os.DevNull}}
	if _, err := bad.Run(t.Context()); err == nil {
		t.Error("a query that does not bind is no error")
	}
}

// Every filtering function of a schema leaves out what does not meet a parameter; one that ignores its parameter is told.
func TestAsimFilters(t *testing.T) {
	env := compile.KQLEnv(compile.Options{})
	filters := func(f *kql.Function) (list []string) {
		t.Helper()
		q, complaints := kql.ReadFunction(f, env)
		if q.Plan == nil {
			t.Fatal(complaints)
		}
		a := engine.AsimTest{Schema: "ProcessEvent", Bound: q, Function: f, Env: env, Paths: []string{filepath.Join("..", "examples", "at")}}
		r, err := a.Run(t.Context())
		if err != nil || r.Rows == 0 {
			t.Fatal(r, err)
		}
		for _, c := range r.Complaints {
			if c.Code == "asim-filter" {
				list = append(list, c.Column)
			}
		}
		return list
	}
	ours, ok := env.Function("_Im_ProcessEvent")
	if !ok {
		t.Fatal("there is no _Im_ProcessEvent")
	}
	if list := filters(ours); list != nil {
		t.Errorf("ours do not filter by %v", list)
	}
	body := "_Im_ProcessEvent(starttime=starttime, actorusername_has=who)"
	careless := &kql.Function{Name: "Careless", Body: diag.NewText(&diag.Source{Name: "careless", Text: body}), Params: []kql.Param{
		{Name: "starttime", Type: "datetime", Default: "datetime(null)"}, {Name: "endtime", Type: "datetime", Default: "datetime(null)"},
		{Name: "who", Type: "string", Default: "'*'"}, {Name: "where", Type: "string", Default: "'*'"}, {Name: "pack", Type: "bool", Default: "false"}}}
	if list := filters(careless); !slices.Equal(list, []string{"endtime", "where"}) {
		t.Errorf("what does not filter: %v", list)
	}
}
