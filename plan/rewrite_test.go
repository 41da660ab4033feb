package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan/fn"
	"goshawk/schema"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestRewrites runs the cases of each rewrite: pairs of a plan before and after it.
func TestRewrites(t *testing.T) {
	files, err := filepath.Glob("testdata/rewrite/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]func(Node) Node{}
	rewrites := slices.Clone(nodeRewrites)
	for _, r := range exprRewrites {
		rewrites = append(rewrites, rewrite{name: r.name, apply: onExprs(r.change)})
	}
	for _, r := range rewrites {
		byName[r.name] = r.apply
		if _, err := os.Stat("testdata/rewrite/" + r.name + ".txtar"); err != nil {
			t.Errorf("%s has no cases: %v", r.name, err)
		}
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		apply := byName[name]
		if apply == nil {
			t.Errorf("%s: there is no such rewrite", file)
			continue
		}
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(archive.Files)%2 != 0 {
			t.Fatalf("%s: a plan has no partner", file)
		}
		for i := 0; i < len(archive.Files); i += 2 {
			before, after := archive.Files[i], archive.Files[i+1]
			t.Run(name+"/"+strings.ReplaceAll(before.Name, " ", "_"), func(t *testing.T) {
				if after.Name != "after" {
					t.Fatalf("%s should be followed by after, not by %s", before.Name, after.Name)
				}
				n := mustRead(t, before)
				got := n
				for range maxRounds {
					last := got
					if got = apply(got); got == last {
						break
					}
				}
				want := String(mustRead(t, after))
				if diff := cmp.Diff(want, String(got)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				checkRewritten(t, n, got)
			})
		}
	}
}

func mustRead(t *testing.T, f txtar.File) Node {
	t.Helper()
	n, list := Read(&diag.Source{Name: f.Name, Text: string(f.Data)})
	if len(list) == 0 {
		list = Check(n)
	}
	if len(list) > 0 {
		t.Fatal(list.Error())
	}
	return n
}

// checkRewritten checks that a rewritten plan is sound and gives the same columns.
func checkRewritten(t *testing.T, before, after Node) {
	t.Helper()
	if list := Check(after); list.Failed() {
		t.Errorf("the rewritten plan is not sound: %s\n%s", list.Error(), String(after))
	}
	if got, want := shape(after), shape(before); got != want {
		t.Errorf("the rewritten plan gives %s, not %s", got, want)
	}
}

func shape(n Node) string {
	text := fmt.Sprint(n.Open())
	for _, c := range n.Columns() {
		text += fmt.Sprintf(" %p %s %s", c, c.Name, c.Type)
	}
	return text
}

// TestLongChains rewrites chains of very many conditions, side by side and one inside the other, which must not take long.
func TestLongChains(t *testing.T) {
	const n = 20_000
	column := &Column{Name: "x"}
	scan := &Scan{Table: "t", Out: []*Column{column}}
	subject := &Ref{Column: column}
	for name, member := range map[string]func(i int) Expr{
		"matches":  func(i int) Expr { return &Match{Subject: subject, Patterns: []Pattern{Plain(strconv.Itoa(i))}} },
		"compares": func(i int) Expr { return &Compare{Left: subject, Right: &Literal{Value: event.IntValue(int64(i))}} },
		"subjects": func(i int) Expr {
			return &Match{Subject: &Call{Func: fn.ByName("element"), Args: []Expr{subject, &Literal{Value: event.IntValue(int64(i)), Type: schema.Long}}}, Patterns: []Pattern{Plain("a")}}
		},
	} {
		var list []Expr
		deep := member(0)
		for i := range n {
			list = append(list, member(i))
			deep = &Or{List: []Expr{deep, member(i)}}
		}
		want := ExprString(RewriteExpr(&Or{List: list}))
		if got := ExprString(RewriteExpr(deep)); got != want {
			t.Errorf("%s: a chain and a list of the same conditions become different", name)
		}
		if out := Rewrite(&Filter{Input: scan, Where: deep}); len(out.Columns()) != 1 {
			t.Errorf("%s: got %T", name, out)
		}
	}
}

// TestMarksStay checks that no rewrite merges or opens what different words made.
func TestMarksStay(t *testing.T) {
	subject := &Ref{Column: &Column{Name: "x"}}
	match := func(clause, text string) Expr {
		m := &Match{Subject: subject, Op: Contains, Patterns: []Pattern{Plain(text)}}
		if clause != "" {
			m.At = &Mark{Clause: clause}
		}
		return m
	}
	for _, test := range []struct {
		name string
		e    Expr
		want string
	}{
		{"matches of different clauses", &Or{List: []Expr{match("a", "1"), match("b", "2")}}, `x contains "1" or x contains "2"`},
		{"matches of one clause", &Or{List: []Expr{match("a", "1"), match("a", "2")}}, `x contains ("1", "2")`},
		{"a marked and of unmarked members", &And{List: []Expr{&And{Marked{&Mark{Clause: "a"}}, []Expr{match("", "1"), match("", "2")}}, match("b", "3")}}, `x contains all ("1", "2") and x contains "3"`},
		{"a marked and of marked members", &And{List: []Expr{&And{Marked{&Mark{Clause: "a"}}, []Expr{match("a", "1"), match("a2", "2")}}, match("b", "3")}}, `x contains "1" and x contains "2" and x contains "3"`},
	} {
		if got := ExprString(RewriteExpr(test.e)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// TestRewritesOnce lets the rewrites that say so meet what they gave themselves.
func TestRewritesOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/rewrite/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	changed := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			n, list := Read(&diag.Source{Name: f.Name, Text: string(f.Data)})
			if list.Failed() {
				continue // no plan, or one of an error
			}
			for _, r := range nodeRewrites {
				if !r.once {
					continue
				}
				first := r.apply(n)
				if first != n {
					changed++
				}
				if r.apply(first) != first {
					t.Errorf("%s, %s: %s changes what it gave:\n%s", file, f.Name, r.name, String(r.apply(first)))
				}
			}
		}
	}
	if changed == 0 {
		t.Error("nothing was rewritten")
	}
}
