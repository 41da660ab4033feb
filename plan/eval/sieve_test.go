package eval_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// siftedMatches are Matches of every kind that a Sieve helps or must leave alone.
func siftedMatches(subject plan.Expr) []*plan.Match {
	var out []*plan.Match
	for _, source := range []string{
		"invoke", "(?i)invoke-(web|expr)", "(?i)Get-\\S+(cred|pass)|set-wall|x{3}", "web(client|request)", "(?i)a.{2,}Down(load|grade)", "[a-z]{9,}", ".{20,}", "^$|frombase64",
		"(?i)kerberos.*(policy|ticket)", "(?:)", "(?i)ſet-wall|Größe", "(?i)[-]e(nc*)*\\s+[^-]", "Größe|\\x{fffd}", "iex|ie", "(?i)k{4,}|(a(?i)mimik|mimik)atz",
	} {
		out = append(out, &plan.Match{Op: plan.Regexp, Patterns: []plan.Pattern{{Source: source}}})
	}
	wild := plan.Pattern{Pieces: []plan.Piece{{Kind: plan.Run, Text: "Invoke"}, {Kind: plan.Many}, {Kind: plan.Run, Text: "web"}, {Kind: plan.One}, {Kind: plan.Run, Text: "client"}}}
	dash := plan.Pattern{Pieces: []plan.Piece{{Kind: plan.AnyDash}, {Kind: plan.Run, Text: "encoded"}}}
	for _, op := range []plan.MatchOp{plan.Contains, plan.Equals, plan.Prefix, plan.Suffix, plan.Word} {
		out = append(out,
			&plan.Match{Op: op, Patterns: []plan.Pattern{plan.Plain("Mimikatz"), plan.Plain("frombase64"), plan.Plain("x")}},
			&plan.Match{Op: op, Patterns: []plan.Pattern{plan.Plain("Größe"), wild}},
			&plan.Match{Op: op, Patterns: []plan.Pattern{dash, plan.Plain("set-wall")}},
			&plan.Match{Op: op, Patterns: []plan.Pattern{plan.Plain("kerberos"), plan.Plain("ticket")}, All: true},
		)
	}
	out = append(out, &plan.Match{Op: plan.Regexp}, &plan.Match{Op: plan.Regexp, Patterns: []plan.Pattern{{Source: "download"}, {Source: "(?i)mimikatz|grade"}}})
	for _, m := range out[:len(out):len(out)] {
		m.Subject = subject
		folding := *m
		folding.Fold = true
		out = append(out, &folding)
	}
	return out
}

// TestSiftedMatchesAgree compares Matches that a Sieve has been asked for with those that nothing is known of, over texts that hold what
// they look for now and then, and such as fold to it.
func TestSiftedMatchesAgree(t *testing.T) {
	column := &plan.Column{Name: "text"}
	matches := siftedMatches(&plan.Ref{Column: column})
	slot := func(*plan.Column) int { return 0 }
	sieve := eval.NewSieve(matches)
	var plain, sifted []*eval.Program
	for _, m := range matches {
		p, err := eval.Compile(m, slot)
		if err != nil {
			t.Fatal(err)
		}
		s, err := eval.CompileSifted(m, slot, func(plan.Expr) (*eval.Sieve, int) { return sieve, 1 })
		if err != nil {
			t.Fatal(err)
		}
		plain, sifted = append(plain, p), append(sifted, s)
	}
	words := []string{
		"invoke", "Invoke-", "INVOKE", "web", "Web1", "client", "request", "expr", "Get-", "cred", "pass", "set-wall", "Set-Wall", "ſet-wall", "xxx", "x", "Down", "load", "grade", " ",
		"\n", "frombase64", "FromBase64", "Kerberos", "\u212aerberos", "ticket", "policy", "Größe", "GRÖSSE", "größe", "\xff", "\xc3", "\xb6", "-enc a", "-encoded", "\u2013encoded", "iex", "kKkk\u212a", "mimik", "aMIMIKatz",
		"mimikatz", "Mimikatz", "atz", "a", "İ",
	}
	met := 0
	for seed := range uint64(4000) {
		g := rand.New(rand.NewPCG(seed, 5))
		var b strings.Builder
		for range g.IntN(7) {
			b.WriteString(words[g.IntN(len(words))])
		}
		text := b.String()
		known := make(eval.Sifted, sieve.Size())
		sieve.Sift(known, text)
		for i, m := range matches {
			row := &eval.Row{Columns: []event.Value{event.TextValue(text)}}
			want := plain[i].Verdict(row)
			row.Sifted = []eval.Sifted{nil, known}
			if got := sifted[i].Verdict(row); got != want {
				t.Fatalf("%s of %q is %v where it was sifted, and %v else", plan.ExprString(m), text, got, want)
			}
			row.Sifted = row.Sifted[:1]
			if got := sifted[i].Verdict(row); got != want {
				t.Fatalf("%s of %q is %v where it could be sifted, and %v else", plan.ExprString(m), text, got, want)
			}
			if want == eval.True {
				met++
			}
		}
	}
	if met < 10_000 {
		t.Errorf("only %d Matches were met", met)
	}
}
