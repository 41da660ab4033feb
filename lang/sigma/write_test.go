package sigma_test

import (
	"math/rand/v2"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// asTables has rules of a log source scan a table that is called after it in the manner of the taxonomy.
var asTables = sigma.Env{View: func(l sigma.LogSource) sigma.View {
	part := func(s string) string {
		if s == "" {
			return "*"
		}
		return s
	}
	return sigma.View{Table: "sigma/" + part(l.Category) + "/" + part(l.Product) + "/" + part(l.Service)}
}}

// TestWrittenRulesAreTheSame writes the plan of every published rule as a rule, reads that, and compares: either the plans are the
// same but for the order of their parts, or the rules agree on events around the edges of their conditions. What is written must be
// written the same a second time.
func TestWrittenRulesAreTheSame(t *testing.T) {
	total, written, same := 0, 0, 0
	refused := map[string]int{}
	for _, src := range corpus(t, active(t)...) {
		file, _ := sigma.Parse(src)
		for _, rule := range file.Rules() {
			node, list := sigma.Lower(rule, asTables)
			if node == nil || list.Failed() {
				continue
			}
			total++
			node = plan.Rewrite(node)
			text, list := sigma.WriteRule(node, sigma.Head{Title: rule.Title.Text, ID: rule.ID.Text, Level: rule.Level.Text, Description: rule.Description})
			if list.Failed() {
				refused[list[0].Code+": "+list[0].Message]++
				continue
			}
			written++
			back := readBack(t, src.Name, text)
			if back == nil {
				continue
			}
			if normalPlan(back) == normalPlan(node) {
				same++
			} else if ev, want := disagree(node, back, rand.New(rand.NewPCG(1, uint64(total)))); ev != nil {
				t.Errorf("%s: found is %v, want %v: %s\n%s", src.Name, !want, want, ev.Record.AppendJSON(nil), text)
			}
			again, _ := sigma.WriteRule(back, sigma.Head{Title: rule.Title.Text, ID: rule.ID.Text, Level: rule.Level.Text, Description: rule.Description})
			if again != text {
				t.Errorf("%s: written again is\n%s\nwant\n%s", src.Name, again, text)
			}
		}
	}
	t.Logf("%d of %d rules are written; %d of them (%.1f %%) have the same plan, the others agree on events", written, total, same, 100*float64(same)/float64(written))
	for _, why := range sortedKeys(refused) {
		t.Logf("   %d %s", refused[why], why)
	}
	if written*100 < total*99 {
		t.Errorf("only %d of %d rules are written", written, total)
	}
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// readBack reads a rule that was written, and complains where it cannot be.
func readBack(t *testing.T, name, text string) plan.Node {
	t.Helper()
	file, list := sigma.Parse(&diag.Source{Name: name, Text: text})
	if list.Failed() || len(file.Rules()) != 1 {
		t.Errorf("%s: what is written cannot be read: %v\n%s", name, list, text)
		return nil
	}
	node, list := sigma.Lower(file.Rules()[0], asTables)
	if node == nil || list.Failed() {
		t.Errorf("%s: what is written cannot be lowered: %v\n%s", name, list, text)
		return nil
	}
	return plan.Rewrite(node)
}

// normalPlan returns the text of a plan in which conditions and patterns stand in an order of their own.
func normalPlan(n plan.Node) string {
	n = plan.Transform(n, func(n plan.Node) plan.Node {
		return plan.TransformExprs(n, func(e plan.Expr) plan.Expr {
			return plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
				switch e := e.(type) {
				case *plan.And:
					return &plan.And{List: inOrder(e.List)}
				case *plan.Or:
					return &plan.Or{List: inOrder(e.List)}
				case *plan.Match:
					c := *e
					c.Patterns = append([]plan.Pattern(nil), e.Patterns...)
					sort.Slice(c.Patterns, func(i, j int) bool { return c.Patterns[i].String() < c.Patterns[j].String() })
					return &c
				}
				return e
			})
		})
	})
	return plan.String(n)
}

func inOrder(list []plan.Expr) []plan.Expr {
	out := append([]plan.Expr(nil), list...)
	sort.SliceStable(out, func(i, j int) bool { return plan.ExprString(out[i]) < plan.ExprString(out[j]) })
	return out
}

// disagree returns an event on which two plans of single events differ, with what the first says; nil if none was found.
func disagree(a, b plan.Node, r *rand.Rand) (*event.Event, bool) {
	whereA, whereB := a.(*plan.Filter).Where, b.(*plan.Filter).Where
	values := map[string][]string{}
	plan.WalkExpr(whereA, func(e plan.Expr) bool {
		if m, ok := e.(*plan.Match); ok {
			name := "some"
			if f, ok := m.Subject.(*plan.Field); ok {
				name = f.Name
			}
			for i := range min(len(m.Patterns), 40) {
				values[name] = append(values[name], instanceOf(m.Op, m.Patterns[r.IntN(len(m.Patterns))], i))
			}
		}
		return true
	})
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	for range 300 {
		ev := &event.Event{}
		for _, name := range names {
			list := values[name]
			switch v := list[r.IntN(len(list))]; r.IntN(8) {
			case 0:
			case 1:
				ev.Record.Set(name, event.TextValue(strings.ToUpper(v)))
			case 2:
				ev.Record.Set(name, event.TextValue(v+"x"))
			case 3:
				ev.Record.Set(name, event.TextValue(""))
			case 4:
				ev.Record.Set(name, event.ListValue(event.TextValue(v), event.TextValue(list[r.IntN(len(list))])))
			default:
				ev.Record.Set(name, event.TextValue(v))
			}
		}
		want, got := holds(whereA, ev), holds(whereB, ev)
		if want != got {
			return ev, want
		}
	}
	return nil, false
}

func holds(where plan.Expr, ev *event.Event) bool {
	program, err := eval.Compile(where, func(*plan.Column) int { return -1 })
	return err == nil && program.True(&eval.Row{Record: &ev.Record})
}

func instanceOf(op plan.MatchOp, p plan.Pattern, i int) string {
	if p.Source != "" {
		return strings.NewReplacer(`\`, "", ".*", " ", "/8", "", "/16", "").Replace(p.Source)
	}
	text := ""
	if op == plan.Suffix || op == plan.Contains {
		text = []string{"", `C:\`, "x "}[i%3]
	}
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Many:
			text += []string{"", "y", " z "}[i%3]
		case plan.One:
			text += "q"
		case plan.AnyDash:
			text += []string{"-", "/", "\u2013"}[i%3]
		default:
			text += piece.Text
		}
	}
	if op == plan.Prefix || op == plan.Contains {
		text += []string{"", "y"}[i%2]
	}
	return text
}

// Each file of testdata/write says how a plan is written as a rule:
//
//	plan         a plan
//	rule         authored: the rule; absent where the plan is refused
//	complaints   authored, optional: the codes of what is reported
func TestWriteRule(t *testing.T) {
	files, _ := filepath.Glob("testdata/write/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections := map[string]string{}
			for _, f := range archive.Files {
				sections[f.Name] = strings.TrimSpace(string(f.Data))
			}
			if !strings.Contains(string(archive.Comment), "# Truth:") || sections["rule"] == "" && sections["complaints"] == "" {
				t.Fatal("no # Truth: line, or nothing authored")
			}
			node, list := plan.Read(&diag.Source{Name: file, Text: sections["plan"]})
			if list.Failed() {
				t.Fatal(list)
			}
			text, list := sigma.WriteRule(node, sigma.Head{Title: "Test", ID: sigma.DerivedID("test"), Status: "experimental", Level: "low"})
			var codes []string
			for _, d := range list {
				codes = append(codes, d.Code)
			}
			if got, want := strings.Join(codes, " "), strings.Join(strings.Fields(sections["complaints"]), " "); got != want {
				t.Errorf("reported is %q, want %q: %v", got, want, list)
			}
			if strings.TrimSpace(text) != sections["rule"] {
				t.Errorf("written is\n%s\nwant\n%s", text, sections["rule"])
			}
			if text != "" {
				readBack(t, file, text)
			}
		})
	}
}
