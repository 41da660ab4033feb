package compile_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/internal/shared"
	"goshawk/lang/kql"
	"goshawk/plan"
)

// communityQuery is a real query with what Microsoft's binder says of it.
type communityQuery struct {
	Corpus, File, Query string
	Tables              []string
	Binds               bool
	Errors              [][2]string
	Columns             [][2]string
}

func communityQueries(t *testing.T) []communityQuery {
	f, err := os.Open(filepath.Join(shared.Dir(t, "content", "kql"), "community.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []communityQuery
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var q communityQuery
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		list = append(list, q)
	}
	return list
}

// Real queries bind where Microsoft's binder binds them, and give the columns that it predicts; the others are complained about.
func TestCommunityQueries(t *testing.T) {
	env := compile.KQLEnv(compile.Options{})
	queries := communityQueries(t)
	started := time.Now()
	should, bound, refused, both, same := 0, 0, 0, 0, 0
	var spent time.Duration
	for _, c := range queries {
		begin := time.Now()
		q, list := readQuery(t, c, env)
		spent += time.Since(begin)
		if q.Plan != nil {
			if bad := plan.Check(q.Plan); bad.Failed() {
				t.Errorf("%s: the plan is not sound: %v", c.File, bad[0])
			}
		}
		switch {
		case !c.Binds:
			refused++
			if q.Plan == nil {
				both++
			} else {
				t.Logf("%s %s: binds, though it should not: %v", c.Corpus, c.File, c.Errors)
			}
			continue
		case q.Plan == nil:
			should++
			for _, d := range list {
				if d.Severity == diag.Error {
					t.Logf("%s %s: does not bind: %v", c.Corpus, c.File, d)
					break
				}
			}
			continue
		}
		should++
		bound++
		if d := columnsDiffer(c.Columns, q.Columns); d != "" {
			t.Logf("%s %s: columns: %s", c.Corpus, c.File, d)
		} else {
			same++
		}
	}
	t.Logf("%d of %d that bind elsewhere bind here, %d with the same columns; %d of %d that do not are refused here; %v in all, %v of it reading", bound, should, same, both, refused, time.Since(started), spent)
	if share := float64(bound) / float64(should); share < 0.97 {
		t.Errorf("only %.1f %% of the queries bind that should, want 97 %%", 100*share)
	}
}

// readQuery reads a query, which must not panic.
func readQuery(t *testing.T, c communityQuery, env kql.Env) (q *kql.Query, list diag.List) {
	source := &diag.Source{Name: c.File, Text: c.Query}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s %s: panic: %v", c.Corpus, c.File, p)
			q = &kql.Query{}
			list.Errorf(source, diag.Span{}, "panic", "panic: %v", p)
		}
	}()
	return kql.Read(diag.NewText(source), env)
}

// columnsDiffer says where columns differ from those that are expected, of which at most 60 are told.
func columnsDiffer(want [][2]string, got []kql.Column) string {
	var names []string
	for _, c := range got {
		names = append(names, c.Name+":"+c.Type.String())
	}
	var wanted []string
	for _, c := range want {
		wanted = append(wanted, c[0]+":"+c[1])
	}
	if len(wanted) >= 60 || len(wanted) == 0 || len(names) > 0 && names[len(names)-1] == "*:dynamic" {
		return "" // only the beginning is told, in the order of another list
	}
	a, b := slices.Sorted(slices.Values(wanted)), slices.Sorted(slices.Values(names))
	if slices.Equal(a, b) {
		return ""
	}
	var missing, more []string
	for _, w := range a {
		if !slices.Contains(b, w) {
			missing = append(missing, w)
		}
	}
	for _, g := range b {
		if !slices.Contains(a, g) {
			more = append(more, g)
		}
	}
	text, _ := json.Marshal([][]string{missing, more})
	return string(text)
}
