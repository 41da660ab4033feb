package fn_test

import (
	"fmt"
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

func found(source, text string) event.Value {
	return call(fn.ByName("spl_match"), []event.Value{event.TextValue(text), event.TextValue(source)})
}

// TestPCRE compares expressions with what Perl makes of them; want is what the first match is, "-" for none.
func TestPCRE(t *testing.T) {
	for _, c := range []struct{ source, text, want string }{
		{`a|ab`, "ab", "a"},
		{`(?:a|ab)$`, "ab", "ab"},
		{`a.c`, "a\nc", "-"},
		{`(?s)a.c`, "a\nc", "a\nc"},
		{`a.c(?s).`, "abc\n", "abc\n"},
		{`^b`, "a\nb", "-"},
		{`(?m)^b`, "a\nb", "b"},
		{`a$`, "a\n", "a"},
		{`a$`, "a\nb", "-"},
		{`a\Z`, "a\n", "a"},
		{`a\z`, "a\n", "-"},
		{`(?m)a$`, "a\nb", "a"},
		{`\w+(?=;)`, "ab cd;", "cd"},
		{`\w+(?!\w|;)`, "cd; ab", "ab"},
		{`(?<=\$)\d+`, "12 $34", "34"},
		{`(?<!\$|\d)\d+`, "$12 34", "34"},
		{`(?<=ab|c)d`, "bd abd", "d"},
		{`(a+)+b\1`, "aabaa", "aabaa"},
		{`(?i)(a)\1`, "aA", "aA"},
		{`(?<q>["']).*?\k<q>`, `x 'a"b' y`, `'a"b'`},
		{`(?'q'x)\g{q}\g1\g{-1}`, "xxxx", "xxxx"},
		{`(?P<q>x)(?P=q)`, "xx", "xx"},
		{`a*+a`, "aaa", "-"},
		{`(?>a|ab)c`, "abc", "-"},
		{`a{2,3}?`, "aaaa", "aa"},
		{`a{2,3}+a`, "aaa", "-"},
		{`a{,3}`, "a{,3}", "a{,3}"},
		{`x{`, "x{", "x{"},
		{`[]a]+`, "a]b", "a]"},
		{`[^]a]+`, "a]b", "b"},
		{`[a\-z]+`, "b-az", "-az"},
		{`[\w-.]+`, "a-b.c", "a-b.c"},
		{`[a-\d]+`, "b5-a", "5-a"},
		{`[\h\]]+`, "a \t]", " \t]"},
		{`[[:digit:][:upper:]]+`, "aB1", "B1"},
		{`[[:^alpha:]]+`, "ab12", "12"},
		{`[\x41-\x{43}]+`, "xABC", "ABC"},
		{`\x41\103\t`, "AC\t", "AC\t"},
		{`\cA\e\a`, "\x01\x1b\a", "\x01\x1b\a"},
		{`\Q.*\E+`, ".**", ".**"},
		{`a\R+b`, "a\r\n\nb", "a\r\n\nb"},
		{`\N+`, "ab\nc", "ab"},
		{`\v`, "a\u2028b", "\u2028"},
		{`\pL+`, "1é", "é"},
		{`[\p{Lu}\P{L}]+`, "aÉ1", "É1"},
		{`(?x) a b # comment
			[ ] c`, "ab c", "ab c"},
		{`a(?#comment)b`, "ab", "ab"},
		{`a(?i:B)c`, "abc", "abc"},
		{`a(?i)B(?-i)c`, "abC", "-"},
		{`(?U)a+`, "aaa", "a"},
		{`(?U)a+?`, "aaa", "aaa"},
		{`foo\Kbar`, "foobar", "bar"},
		{`(a)|b\1`, "bb", "-"},
		{`(?:(?=(\w+))\1)+;`, "abc;", "abc;"},
		{`\d{3}(?:-\d{4}){2}`, "555-1234-5678", "555-1234-5678"},
		{`(?i)straße`, "STRAßE", "STRAßE"},
		{`\bcat\b`, "concat cat", "cat"},
		{`\Bcat`, "cat concat", "cat"},
		{`^(?:(?!bad).)*$`, "all good", "all good"},
		{`^(?:(?!bad).)*$`, "all bad", "-"},
		{`(?n)(a)b`, "ab", "ab"},
		{`(*UTF8)é`, "é", "é"},
		{`\/\-\_\"\ `, `/-_" `, `/-_" `},
	} {
		re, err := fn.ParsePCRE(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		got := "-"
		marked := call(fn.ByName("spl_replace"), []event.Value{event.TextValue(c.text), event.TextValue(c.source), event.TextValue("\x00\\0\x00")}).Text()
		if parts := strings.SplitN(marked, "\x00", 3); len(parts) == 3 {
			got = parts[1]
		}
		if got != c.want {
			t.Errorf("%s finds %q in %q, want %q", c.source, got, c.text, c.want)
		}
		if plain, ok := re.RE2(); ok {
			if is := regexp.MustCompile(plain).MatchString(c.text); is != (c.want != "-") {
				t.Errorf("%s is %s for RE2, which finds it in %q: %t", c.source, plain, c.text, is)
			}
		}
	}
}

func TestPCREErrors(t *testing.T) {
	for source, want := range map[string]string{
		`(`: "a group is not closed", `)`: "a closing bracket closes nothing", `[a`: "a set of characters is not closed", `*a`: "a quantifier has nothing to repeat",
		`a**`: "a quantifier stands behind a quantifier", `a{3,2}`: "the numbers of a quantifier are out of order", `[b-a]`: "the range of characters is out of order", `\`: "a backslash stands at the end",
		`(?<n>a)(?<n>b)`: "two groups are called n", `(?<1>a)`: `"1" cannot be the name of a group: it must be letters, digits and _, no digit first`, `\2(a)`: "no group is referred to by this", `\k<x>`: "no group is referred to by this",
		`(?<=a*)b`: "what stands behind must have a bounded length", `(?(1)a|b)`: "conditions, (?(…)…), are not supported in a regular expression", `(?1)`: "recursion is not supported in a regular expression",
		`a(*SKIP)`: "verbs such as (*SKIP) are not supported in a regular expression", `C:\Users`: `\U is not supported in a regular expression; a backslash is written \\`, `\p{Nonsense}`: "no property of characters is called Nonsense",
		`[[:nonsense:]]`: "no set of characters is called nonsense", `a{99999}`: "the number of repetitions is greater than 65535", `(?Z)`: "a group begins with (?Z, which means nothing",
	} {
		_, err := fn.ParsePCRE(source)
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", source, err, want)
		}
		if v := found(source, "a"); !v.IsNull() {
			t.Errorf("%s: spl_match gives %s", source, show1(v))
		}
	}
	if _, err := fn.ParsePCRE(strings.Repeat("(", 1000) + strings.Repeat(")", 1000)); err == nil {
		t.Error("1000 groups in each other are read")
	}
}

// TestPCREEngines compares both engines on random expressions. An empty look-ahead in front makes RE2 unable to run one.
func TestPCREEngines(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	rex := fn.ByName("spl_rex")
	both := 0
	for i := range 20_000 {
		source := randomExpression(r, 4, new(int))
		if i%3 == 0 {
			source = "(?i)" + source
		}
		text := randomText(r)
		re, err := fn.ParsePCRE(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if _, ok := re.RE2(); !ok || strings.Contains(source, "*)*") {
			continue
		}
		args := []event.Value{event.TextValue(text), event.TextValue("(?<all>" + source + ")"), event.IntValue(0)}
		plain := call(rex, args)
		args[1] = event.TextValue("(?=)(?<all>" + source + ")")
		tried := call(rex, args)
		if tried.IsNull() && found("(?=)"+source, text).IsNull() {
			continue // too many steps
		}
		both++
		if show1(plain) != show1(tried) {
			t.Errorf("%q in %q: RE2 %s, tried %s", source, text, show1(plain), show1(tried))
		}
	}
	if both < 10_000 {
		t.Errorf("only %d expressions were compared", both)
	}
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.Intn(12) {
		b.WriteString([]string{"a", "b", "A", "c", "1", " ", "-", "é"}[r.Intn(8)])
	}
	return b.String()
}

// randomExpression writes an expression whose loops always take a character, as loops over nothing differ between engines.
func randomExpression(r *rand.Rand, depth int, groups *int) string {
	atoms := []string{"a", "b", "c", "1", ".", `\w`, `\d`, `\s`, "[ab]", "[^a]", `[a-c1]`, "é", "-", `\h`, `[\w-]`}
	edges := []string{"^", "$", `\b`, `\B`, `\A`, `\z`}
	if depth == 0 {
		return atoms[r.Intn(len(atoms))]
	}
	inner := func() string { return randomExpression(r, depth-1, groups) }
	switch r.Intn(9) {
	case 0:
		return inner() + "|" + inner()
	case 1:
		return "(?:" + inner() + "|" + inner() + ")"
	case 2:
		*groups++
		n := *groups
		return fmt.Sprintf("(?<g%d>%s)", n, inner())
	case 3:
		return atoms[r.Intn(len(atoms))] + []string{"*", "+", "?", "{2}", "{1,3}", "{2,}"}[r.Intn(6)] + []string{"", "?"}[r.Intn(2)]
	case 4:
		return "(?:" + atoms[r.Intn(len(atoms))] + inner() + ")" + []string{"+", "?", "{2}", "*"}[r.Intn(4)] + []string{"", "?"}[r.Intn(2)]
	case 5:
		return edges[r.Intn(len(edges))] + atoms[r.Intn(len(atoms))]
	case 6:
		return atoms[r.Intn(len(atoms))] + edges[r.Intn(len(edges))]
	}
	return inner() + inner()
}

// FuzzPCRE reads anything as an expression and runs it: nothing may panic or take for ever, and what RE2 gets must compile.
func FuzzPCRE(f *testing.F) {
	for _, seed := range []string{`^(?!x).*$`, `(?<n>a)\k<n>`, `[\w-a]`, `a{2,3}+`, `(?x) # a`, `\Q`, `(?i:[^é])`, `\p{L}`, `(?<=ab|c)d`, `(((a+)+)+)+$`} {
		f.Add(seed, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) > 200 || len(text) > 200 {
			return
		}
		re, err := fn.ParsePCRE(source)
		if err != nil {
			return
		}
		if plain, ok := re.RE2(); ok {
			match := regexp.MustCompile(plain).MatchString(text)
			if v := found(source, text); v.Bool() != match {
				t.Errorf("%q in %q: %s, RE2 %t (%s)", source, text, show1(v), match, plain)
			}
		}
		call(fn.ByName("spl_rex"), []event.Value{event.TextValue(text), event.TextValue("(?=)" + source), event.IntValue(3)})
	})
}
