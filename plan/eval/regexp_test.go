package eval_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// matchesLike checks that a Matcher says of a text what the expression says that it is made of.
func matchesLike(t *testing.T, source string, fold bool, text string) {
	t.Helper()
	want := source
	if fold {
		want = "(?i)" + source
	}
	re, err := regexp.Compile(want)
	if err != nil {
		return
	}
	m, err := eval.NewMatcher(plan.Regexp, []plan.Pattern{{Source: source}}, false, fold)
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	var folded []byte
	if m.NeedsFolded() {
		folded = event.AppendFold(nil, []byte(text))
	}
	if got := m.Match([]byte(text), folded); got != re.MatchString(text) {
		t.Fatalf("%q (fold %t) says %t of %q", source, fold, got, text)
	}
}

// TestExpressionsAreTheirParts compares expressions that are taken apart with those that are not.
func TestExpressionsAreTheirParts(t *testing.T) {
	sources := []string{
		"abc", "(?i)abc", "a|b", "(?i)get-(pass|cred)|set-wall|x\\S+y", "ab|a|abc", "(a|b)(c|d)(e|f)", "^(ab|cd)$", "(?i)^ab|cd$", "\\bab\\b|c.d", "(?i)k|ſ|ä", "a(?i)b|c",
		"(?:)|x", "x*|y", "a{2}|b{1,3}c", "(?s)a.b|c", "(?P<n>ab|cd)e", "[ab]c|[cd]a", "\xffa|b", "(?i)Add-(Exfil|Pers)|Invoke-(A|B|C|D|E|F|G|H|I|J|K)|nishang", "(?m)^a$|b",
		"[ab]{8,}c|x", "(?i)[ak]{9}(b|c)", "([ab]{8})+d", "[^x]{10}(a|b)", "([ab]{9}|y){1,2}(c|d|ab)", "(?:[ab]{8})?c[aé]{8}", ".{2,}", "[a-c]{3}",
		"[ab]+`[ab]+`[a|]", "a+b+", "(a|b+)c*", "[ab]{3,}[ab]{2}", "[ab]{2,}([ab]{2}|[ab]=|x)", "(?i)-e(nc*)*\\s+[^-]", "(?s).{2}ab.*c", "[^x]b.+d", "(?:a?b)+c{2,}?d*", "\\b[ab]c+", "[äb]ab[^c]", "a*$", "^b*c", "(?i).k.", "(?m)[ab]$",
		"[ab]{600}[ab]{600}", "a.*b", "(?:(?i)ab|cd)+e", ".{0,3}cd", "(?U)a{2,}b+",
		"(?i)k(?-i:[a-k])+x?|[^b]{2}", "(?i:a)[a-k](?i:[^k]b)", "\\x{F5CA9}[ab]|k[^x]", "[^\\x00-\\x{10FFFF}]a|b[cd]*?e", "(?i)[-]e(n*c)*\\s+[^-]",
	}
	words := []string{"a", "B", "ab", "abc", "C", "cd", "D", "e", "f", "get-", "PASS", "cred", " ", "\n", "x", "y", "K", "\u212a", "ſ", "Ä", "ä", "\xff", "\ufffd", "Invoke-", "k", "nishang", "aa", "bbc", "abababab", "aKakaaka", "éaéaéa", "`", "=", "-e", "encc", strings.Repeat("ab", 20), strings.Repeat("-e", 20)}
	for seed := range uint64(12000) {
		g := rand.New(rand.NewPCG(seed, 21))
		source := sources[g.IntN(len(sources))]
		if g.IntN(3) == 0 {
			source = "(" + source + ")" + []string{"|", "", "(a|B)?", "+|"}[g.IntN(4)] + sources[g.IntN(len(sources))]
		}
		var text strings.Builder
		for range g.IntN(6) {
			text.WriteString(words[g.IntN(len(words))])
		}
		matchesLike(t, source, g.IntN(2) == 0, text.String())
	}
}

// TestRepeatsAreFoundWhereTheyAre compares where a class that is repeated is found with where package regexp finds it.
func TestRepeatsAreFoundWhereTheyAre(t *testing.T) {
	sources := []string{".{3,}", ".{3}", ".{2,4}", ".{2,4}?", ".{2,}?", "(?s).{3,}", "[^x]{2,}", "(([a-c]{2,3}))", "(?i)[k]{2,}", "[^\\x00-\\x{10FFFF}]{2,}", "[\ufffd]{2,}", "\\pL{2,}"}
	words := []string{"a", "b", "x", "\n", "ä", "k", "\u212a", "\xff", "\ufffd", "\U0001F600", " "}
	for seed := range uint64(4000) {
		g := rand.New(rand.NewPCG(seed, 22))
		source := sources[g.IntN(len(sources))]
		var text []byte
		for range g.IntN(12) {
			text = append(text, words[g.IntN(len(words))]...)
		}
		m, err := eval.NewMatcher(plan.Regexp, []plan.Pattern{{Source: source}}, false, false)
		if err != nil {
			t.Fatalf("%q: %v", source, err)
		}
		want := regexp.MustCompile(source).FindIndex(text)
		from, to, ok := m.Find(0, text, nil)
		if ok != (want != nil) || ok && (from != want[0] || to != want[1]) {
			t.Fatalf("%q in %q: found %d-%d %t, want %v", source, text, from, to, ok, want)
		}
		if got := m.Match(text, nil); got != ok {
			t.Fatalf("%q in %q: matches %t, found %t", source, text, got, ok)
		}
	}
}

func FuzzExpressions(f *testing.F) {
	f.Add(`(?i)get-(pass|cred)|x\S+y`, false, "Get-PassHash")
	f.Add("ab|a(?:c|)d*|é", true, "AB\xff")
	f.Fuzz(func(t *testing.T, source string, fold bool, text string) {
		if len(source) > 200 || len(text) > 500 {
			return
		}
		matchesLike(t, source, fold, text)
	})
}

func BenchmarkExpression(b *testing.B) {
	source := `(?i)`
	for i := range 100 {
		if i > 0 {
			source += "|"
		}
		source += "Invoke-Tool" + string(rune('A'+i%26)) + string(rune('a'+i/26))
	}
	source += `|get-\S+(credent|password)|Kerberos.*(policy|ticket)`
	m, err := eval.NewMatcher(plan.Regexp, []plan.Pattern{{Source: source}}, false, false)
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(strings.Repeat("function Get-Something { param($x) Write-Output \"nothing of note\" } # a line of a script\n", 100))
	folded := event.AppendFold(nil, text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Match(text, folded)
	}
}
