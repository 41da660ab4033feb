package spl_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/schema"
)

// Each file of testdata/write says how a plan is written as a search, and what is remarked on:
//
//	plan         a plan
//	spl          authored: the search; absent where the plan is refused
//	complaints   authored, optional: the codes of what is reported
//	by           optional: what a search of a data set groups by
//
// What is written is read again, and must find the same of events that lie around the edges of the plan's conditions.
func TestWrite(t *testing.T) {
	files, _ := filepath.Glob("testdata/write/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { writeCase(t, file) })
	}
}

func writeCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(archive.Comment), "# Truth:") {
		t.Fatal("no # Truth: line")
	}
	sections := map[string]string{}
	for _, f := range archive.Files {
		sections[f.Name] = strings.TrimSpace(string(f.Data))
	}
	want, written := sections["spl"]
	wantCodes, complains := sections["complaints"]
	if !written && !complains {
		t.Fatal("nothing is authored: no search, no complaints")
	}
	node, list := plan.Read(&diag.Source{Name: file, Text: sections["plan"]})
	if list.Failed() {
		t.Fatal(list)
	}
	o := spl.WriteOptions{By: strings.Fields(sections["by"])}
	text, list := spl.WriteSearch(node, o)
	var codes []string
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	if got := strings.Join(codes, " "); got != strings.Join(strings.Fields(wantCodes), " ") {
		t.Errorf("reported is %q, want %q:\n%v", got, wantCodes, list)
	}
	if text != want {
		t.Errorf("written is\n%s\nwant\n%s", text, want)
	}
	if !written || list.Failed() || len(node.Columns()) > 0 && slices.ContainsFunc(node.Columns(), func(c *plan.Column) bool { return c.Name == "count" }) {
		return
	}
	sameVerdicts(t, node, o, rand.New(rand.NewPCG(1, uint64(len(want)))))
}

// sameVerdicts writes a plan, reads what was written, and compares what both find in events made for the plan.
func sameVerdicts(t *testing.T, node plan.Node, o spl.WriteOptions, r *rand.Rand) (text string, ok bool) {
	t.Helper()
	o.By = append(slices.Clone(o.By), "n")
	text, complaints := spl.WriteSearch(node, o)
	if complaints.Failed() {
		return "", false
	}
	search, complaints := spl.Read(diag.NewText(&diag.Source{Name: "written", Text: text + "\n| table n"}), spl.Env{Now: now, Model: anyModel, Macro: dropped})
	if search.Plan == nil {
		t.Fatalf("what is written cannot be read: %v\n%s", complaints, text)
	}
	var scan *plan.Scan
	plan.Walk(node, func(n plan.Node) bool {
		if s, ok := n.(*plan.Scan); ok {
			scan = s
		}
		return true
	})
	list := around(node, scan, r)
	number := &plan.Column{Name: prefixOf(scan) + "n", Type: schema.Any}
	if scan.Table == "splunk" {
		number.Name = "splunk/n"
	}
	scan.Out = append(slices.Clone(scan.Out), number)
	shown := &plan.Project{Input: node, Out: []plan.Assign{{Column: &plan.Column{Name: "n", Type: schema.Any}, Value: &plan.Ref{Column: number}}}}
	want := found(t, shown, list)
	scan.Out = scan.Out[:len(scan.Out)-1]
	got := found(t, search.Plan, list)
	if !slices.Equal(got, want) {
		for i, ev := range list {
			name := fmt.Sprint(i)
			if slices.Contains(got, name) != slices.Contains(want, name) {
				t.Errorf("found is %v, want %v: %s", slices.Contains(got, name), slices.Contains(want, name), ev.Record.AppendJSON(nil))
				break
			}
		}
		t.Fatalf("the search\n%s\nis not the plan\n%s", text, plan.String(node))
	}
	return text, true
}

// dropped is the macro of the data models' app that takes the name of the data set from fields.
func dropped(name string, args int) (*spl.Macro, bool) {
	text := diag.NewText(&diag.Source{Name: "macros", Text: "rename $name$.* as *"})
	return &spl.Macro{Name: name, Args: []string{"name"}, Definition: text}, name == "drop_dm_object_name" && args == 1
}

func prefixOf(scan *plan.Scan) string {
	if set, ok := strings.CutPrefix(scan.Table, "cim/"); ok {
		model, name, _ := strings.Cut(set, ".")
		return "cim/" + model + "/" + name + "."
	}
	return ""
}

func anyModel(model, dataset string) (spl.Dataset, error) {
	return spl.Dataset{Model: model, Name: dataset, Table: "cim/" + model + "." + dataset, Column: func(field string) (string, bool) {
		return "cim/" + model + "/" + field, true
	}}, nil
}

// found returns the numbers of the events that a plan gives, sorted.
func found(t *testing.T, node plan.Node, list []*event.Event) []string {
	t.Helper()
	rows, _, err := answer(plan.Rewrite(node), list)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, row := range rows {
		numbers = append(numbers, fmt.Sprint(row["n"]))
	}
	slices.Sort(numbers)
	return slices.Compact(numbers) // a field with several values makes several groups of an event
}

// around makes events that lie around the edges of a plan's conditions: texts that meet a pattern, just miss it, are in another
// case, are not there.
func around(node plan.Node, scan *plan.Scan, r *rand.Rand) []*event.Event {
	values := map[string][]event.Value{}
	add := func(e plan.Expr, v event.Value) {
		if ref, ok := e.(*plan.Ref); ok {
			values[ref.Column.Name] = append(values[ref.Column.Name], v)
		}
	}
	plan.Walk(node, func(n plan.Node) bool {
		plan.Exprs(n, func(e plan.Expr) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				if m, ok := e.(*plan.Match); ok {
					for _, p := range m.Patterns {
						for range 3 {
							add(m.Subject, event.TextValue(instance(m.Op, p, r)))
						}
					}
				}
				return true
			})
		})
		return true
	})
	var list []*event.Event
	for i := range 400 {
		ev := &event.Event{Origin: event.Origin{Source: "made", Record: uint64(i + 1)}}
		ev.Record.Set("n", event.TextValue(fmt.Sprint(i)))
		ev.Record.Set("_time", event.TimeValue(now+int64(i)))
		for _, c := range scan.Out {
			name := c.Name[strings.LastIndexAny(c.Name, "/.")+1:]
			v, ok := anyValue(values[c.Name], r)
			if v.Kind() == event.List && (scan.Table != "splunk" || name == "source") { // of which tstats makes groups, and behind it each is asked alone; an event has one source
				v = v.List()[0]
			}
			if scan.Table != "splunk" && v.Kind() == event.Text && v.Text() == "null" { // which tstats makes of what is not there
				v = event.TextValue("Null")
			}
			if v.Kind() == event.Text && strings.HasSuffix(v.Text(), "0.0/8") { // a search takes the text of a network for one that lies in it
				v = event.TextValue("10.0.0.0")
			}
			if ok && name != "@timestamp" {
				ev.Record.Set(name, v)
			}
		}
		class := event.Class{Channel: strings.TrimPrefix(scan.Table, "cim/")}
		ev.Class = event.ClassOf(class)
		list = append(list, ev)
	}
	return list
}

// anyValue chooses a value for a field, or none.
func anyValue(values []event.Value, r *rand.Rand) (event.Value, bool) {
	switch k := r.IntN(12); {
	case k == 0:
		return event.Value{}, false
	case k == 1:
		return event.TextValue([]string{"", "null", "unknown", "5", "5.0", "*", "x\n"}[r.IntN(7)]), true
	case k < 8 && len(values) > 0:
		return values[r.IntN(len(values))], true
	case len(values) > 1 && k == 8:
		return event.ListValue(values[r.IntN(len(values))], values[r.IntN(len(values))]), true
	case len(values) > 0:
		return event.TextValue(spoilt(values[r.IntN(len(values))].Text(), r)), true
	}
	return event.TextValue("other"), true
}

// instance returns a text that meets a pattern, as far as that is simple.
func instance(op plan.MatchOp, p plan.Pattern, r *rand.Rand) string {
	switch op {
	case plan.CIDR:
		address, _, _ := strings.Cut(p.Source, "/")
		return address
	case plan.Regexp:
		return strings.NewReplacer(`\`, "", ".*", "x y", "(", "", ")", "").Replace(p.Source)
	}
	some := func() string { return []string{"", "x", " y ", "\n", `\`, "é"}[r.IntN(6)] }
	text := ""
	if op == plan.Suffix || op == plan.Contains || op == plan.Word {
		text = []string{"", " ", "x", `C:\`}[r.IntN(4)]
	}
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Many:
			text += some()
		case plan.One:
			text += "q"
		case plan.AnyDash:
			dashes := []rune(plan.Dashes)
			text += string(dashes[r.IntN(len(dashes))])
		default:
			text += piece.Text
		}
	}
	if op == plan.Prefix || op == plan.Contains || op == plan.Word {
		text += some()
	}
	return text
}

// spoilt returns a text near another.
func spoilt(s string, r *rand.Rand) string {
	runes := []rune(s)
	switch r.IntN(7) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToLower(s)
	case 2:
		return s + "x"
	case 3:
		return "x" + s
	case 4:
		return s + "\n"
	case 5:
		if len(runes) > 0 {
			return string(runes[:len(runes)-1])
		}
	}
	if len(runes) > 1 {
		i := r.IntN(len(runes))
		return string(runes[:i]) + string(runes[i+1:])
	}
	return s
}

// TestWriteRandom writes conditions made at random, over events and over a data set.
func TestWriteRandom(t *testing.T) {
	const conditions = 500
	r := rand.New(rand.NewPCG(7, 11))
	written := 0
	for range conditions {
		table, prefix := "splunk", "splunk/"
		if r.IntN(3) == 0 {
			table, prefix = "cim/Endpoint.Processes", "cim/Endpoint/Processes."
		}
		scan := &plan.Scan{Table: table}
		for _, name := range []string{"Image", "user", "c-uri", "process"} {
			scan.Out = append(scan.Out, &plan.Column{Name: prefix + name, Type: schema.Any})
		}
		where := anyCondition(scan, 3, r)
		if _, ok := sameVerdicts(t, &plan.Filter{Input: scan, Where: where}, spl.WriteOptions{Wide: r.IntN(2) == 0}, r); ok {
			written++
		}
	}
	t.Logf("%d of %d conditions were written", written, conditions)
	if written < conditions*9/10 {
		t.Errorf("only %d of %d conditions were written", written, conditions)
	}
}

func anyCondition(scan *plan.Scan, depth int, r *rand.Rand) plan.Expr {
	if depth > 0 {
		switch r.IntN(4) {
		case 0:
			return &plan.And{List: []plan.Expr{anyCondition(scan, depth-1, r), anyCondition(scan, depth-1, r)}}
		case 1:
			return &plan.Or{List: []plan.Expr{anyCondition(scan, depth-1, r), anyCondition(scan, depth-1, r), anyCondition(scan, depth-1, r)}}
		case 2:
			return &plan.Not{X: anyCondition(scan, depth-1, r)}
		}
	}
	subject := func() plan.Expr { return &plan.Ref{Column: scan.Out[r.IntN(len(scan.Out))]} }
	switch r.IntN(12) {
	case 0:
		return &plan.IsNull{X: subject()}
	case 1:
		return &plan.Match{Subject: subject(), Op: plan.Regexp, Fold: r.IntN(2) == 0,
			Patterns: []plan.Pattern{{Source: []string{`^a+b\\c$`, `\d{3}"`, `x|null`, `(?i)foo.*bar`, `[^a-z]\.exe$`, `a.b\n`, `\\\\srv`}[r.IntN(7)]}}}
	case 2:
		return &plan.Match{Subject: subject(), Op: plan.CIDR, Patterns: []plan.Pattern{{Source: []string{"10.0.0.0/8", "192.168.0.0/16", "192.0.2.0/24"}[r.IntN(3)]}}}
	}
	m := &plan.Match{Subject: subject(), Op: []plan.MatchOp{plan.Equals, plan.Prefix, plan.Suffix, plan.Contains, plan.Word}[r.IntN(5)], Fold: r.IntN(5) > 0}
	for range 1 + r.IntN(3) {
		var p plan.Pattern
		for i := range r.IntN(4) {
			if i > 0 && r.IntN(2) == 0 {
				p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.PieceKind(1 + r.IntN(3))})
			}
			runs := []string{`\at.exe`, `C:\Windows\`, `\\srv`, `a"b`, "x", "null", "un", "10", "*", "ß", "%_", "a b", "$x", "&lt;", "10.0.0.0/8", "Kk", "(x)", "|"}
			p.Pieces = append(p.Pieces, plan.Piece{Kind: plan.Run, Text: runs[r.IntN(len(runs))]})
		}
		if m.Op == plan.Word {
			p = plan.Plain([]string{"foo", "a-b", "-x", "9z"}[r.IntN(4)])
		}
		m.Patterns = append(m.Patterns, p)
	}
	m.All = len(m.Patterns) > 1 && r.IntN(4) == 0
	return m
}
