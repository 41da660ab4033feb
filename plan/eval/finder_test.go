package eval_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// TestFinderAgreesWithMatcher asks many patterns of many texts, all at once and one by one.
func TestFinderAgreesWithMatcher(t *testing.T) {
	words := []string{"", "a", "b", "ab", "abc", ".exe", `\cmd.exe`, "PowerShell", "É", "é", "-enc", "42", "k", "\u212a", "aaaa", "x\ny"}
	for seed := range uint64(200) {
		g := rand.New(rand.NewPCG(seed, 11))
		text := func(most int) string {
			var b strings.Builder
			for range g.IntN(most) {
				b.WriteString(words[g.IntN(len(words))])
			}
			return b.String()
		}
		op := plan.MatchOp(g.IntN(7))
		fold := g.IntN(2) == 0 && op != plan.CIDR
		var patterns []plan.Pattern
		for range g.IntN(40) {
			switch op {
			case plan.Regexp:
				patterns = append(patterns, plan.Pattern{Source: []string{"a+b", "^ab", "[0-9]{2}", "(?i)CMD|shell", ""}[g.IntN(5)]})
			case plan.CIDR:
				patterns = append(patterns, plan.Pattern{Source: []string{"10.0.0.0/8", "::/0"}[g.IntN(2)]})
			case plan.Word:
				patterns = append(patterns, plan.Plain(words[1+g.IntN(len(words)-1)]))
			default:
				glob := text(3)
				for range g.IntN(3) {
					glob += "*" + text(3)
				}
				patterns = append(patterns, plan.Glob(glob))
			}
		}
		f, err := eval.NewFinder(op, patterns, fold)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			subject := []byte(text(6))
			folded := event.AppendFold(nil, subject)
			got := f.Find(nil, subject, folded)
			slices.Sort(got)
			var want []int32
			for i := range patterns {
				if f.MatchOne(i, subject, folded) {
					want = append(want, int32(i))
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %s of %q finds %v, not %v of %v", seed, op, subject, got, want, patterns)
			}
		}
	}
}

func TestGlob(t *testing.T) {
	for glob, want := range map[string]string{"": "", "a": "a", "*": "*", "*a**b": "*a**b", `a?[\`: `a\?\[\\`} {
		if got := plan.Glob(glob).String(); got != want {
			t.Errorf("%q is read as %q, not %q", glob, got, want)
		}
	}
}

func BenchmarkFinder(b *testing.B) {
	var patterns []plan.Pattern
	for i := range 20_000 {
		patterns = append(patterns, plan.Glob(fmt.Sprintf("*bad-%d-host%d.example.*", i, i*7)))
	}
	f, err := eval.NewFinder(plan.Equals, patterns, true)
	if err != nil {
		b.Fatal(err)
	}
	text := []byte("www.bad-77-host539.example.org and what else stands in a line of some length, as it comes")
	folded := event.AppendFold(nil, text)
	var found []int32
	for b.Loop() {
		found = f.Find(found[:0], text, folded)
	}
	if len(found) != 1 {
		b.Fatal(found)
	}
}
