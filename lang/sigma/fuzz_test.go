package sigma_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// seeds adds the rules of testdata, and of the shared material every hundredth rule and every rule of the cases.
func seeds(f *testing.F) (rules []string) {
	stories, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range stories {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		rules = append(rules, section(archive, "rule.yml"))
	}
	root := os.Getenv("GOSHAWK_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	n := 0
	filepath.WalkDir(filepath.Join(root, "content", "sigma"), func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".yml" {
			if n++; n%100 == 0 {
				data, _ := os.ReadFile(path)
				rules = append(rules, string(data))
			}
		}
		return nil
	})
	cases, _ := filepath.Glob(filepath.Join(root, "oracles", "sigma-cases", "*.jsonl"))
	for _, name := range cases {
		data, _ := os.ReadFile(name)
		for line := range strings.Lines(string(data)) {
			var c oracleCase
			if json.Unmarshal([]byte(line), &c) == nil {
				rules = append(rules, c.Rule)
			}
		}
	}
	return rules
}

// FuzzParse reads any text: no panic, every complaint at a place inside the text, what lowers compiles and is true or false.
func FuzzParse(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	env := sigma.Env{Placeholders: map[string][]string{"x": {"a", "b*"}, "Servers": {`s\rv`}}}
	row := &eval.Row{Record: &event.Record{}, Raw: []byte("raw"), FreeText: true}
	row.Record.Set("A", event.TextValue("1"))
	f.Fuzz(func(t *testing.T, text string) {
		src := &diag.Source{Name: "rule.yml", Text: text}
		file, list := sigma.Parse(src)
		all := sigma.Collect(env, file)
		list = append(list, all.Complaints()...)
		words(file, func(w sigma.Word) { within(t, src, w.Span); within(t, src, w.Part(src, len(w.Text)/2, len(w.Text))) })
		for _, d := range file.Documents {
			within(t, src, d.Meta().Span)
			if d.Correlation != nil {
				list = append(list, correlates(t, all, d.Correlation)...)
			}
			if d.Rule == nil {
				continue
			}
			if node, _, more := all.Lower(d.Rule); (node == nil) != (d.Rule.Broken || more.Failed()) {
				t.Fatalf("plan %v, broken %v, complaints %v", node, d.Rule.Broken, more)
			}
			node, more := sigma.Lower(d.Rule, env)
			list = append(list, more...)
			if (node == nil) != (d.Rule.Broken || more.Failed()) {
				t.Fatalf("plan %v, broken %v, complaints %v", node, d.Rule.Broken, more)
			}
			if node != nil {
				if verdict := compile(t, node).Verdict(row); verdict == eval.Unknown {
					t.Fatalf("verdict is null\n%s", plan.String(node))
				}
			}
		}
		for _, d := range list {
			checkPlace(t, d)
			d.Render()
		}
		if len(file.Documents) == 0 && !list.Failed() && !strings.Contains(text, "action") {
			t.Fatal("neither documents nor errors")
		}
	})
}

// correlates lowers a correlation: there is a plan or a reason, and the plan is sound and can be written down.
func correlates(t *testing.T, all *sigma.Collection, c *sigma.Correlation) diag.List {
	made, more := all.LowerCorrelation(c)
	if made.Plan == nil {
		if !c.Broken && !more.Failed() && !all.Complaints().Failed() {
			t.Fatalf("neither a plan nor a reason: %v", more)
		}
		return more
	}
	if wrong := plan.Check(made.Plan); wrong.Failed() {
		t.Fatalf("the plan has complaints: %v\n%s", wrong, plan.String(made.Plan))
	}
	text := plan.String(made.Plan)
	again, wrong := plan.Read(&diag.Source{Name: "plan", Text: text})
	if wrong.Failed() || plan.String(again) != text {
		t.Fatalf("the plan does not read back: %v\n%s", wrong, text)
	}
	return more
}

func within(t *testing.T, src *diag.Source, span diag.Span) {
	t.Helper()
	if span.Start < 0 || span.End < span.Start || span.End > len(src.Text) {
		t.Fatalf("span %v outside the text of %d bytes", span, len(src.Text))
	}
}

// FuzzCondition reads any condition over three identifiers, and holds what it means against a second reading of it.
func FuzzCondition(f *testing.F) {
	for _, text := range seeds(f) {
		if _, after, ok := strings.Cut(text, "condition: "); ok {
			line, _, _ := strings.Cut(after, "\n")
			f.Add(line)
		}
	}
	for _, seed := range []string{"a and not b or c", "1 of them", "all of a*", "not (a or b)", "not not a", "a and not 1 of x*", "((((a))))", "not 1 of _*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, condition string) {
		if !utf8.ValidString(condition) {
			return
		}
		text := "title: T\nlogsource: {product: windows}\ndetection:\n    a: {A: 1}\n    b: {B: 1}\n    ab: {C: 1}\n    _c: {D: 1}\n    condition: " +
			strconv.QuoteToASCII(condition) + "\n"
		src := &diag.Source{Name: "rule.yml", Text: text}
		_, nodes, list := load(src, sigma.Env{})
		for _, d := range list {
			checkPlace(t, d)
		}
		if len(nodes) == 0 {
			if !list.Failed() {
				t.Fatal("neither plan nor error")
			}
			return
		}
		program := compile(t, nodes[0])
		for set := range 16 {
			r := &event.Record{}
			held := map[string]bool{}
			for i, name := range []string{"a", "b", "ab", "_c"} {
				held[name] = set&(1<<i) != 0
				if held[name] {
					r.Set(string(rune('A'+i)), event.IntValue(1))
				}
			}
			want, dropped := reread(strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(condition)), held)
			if dropped {
				t.Fatalf("condition %q drops out, but has a plan", condition)
			}
			if got := program.True(&eval.Row{Record: r}); got != want {
				t.Fatalf("%q over %v: got %v, want %v\n%s", condition, held, got, want, plan.String(nodes[0]))
			}
		}
	})
}

// reread is a second, plain reading of a legal condition: it splits at the weakest operator outside brackets.
func reread(words []string, held map[string]bool) (value, dropped bool) {
	for _, operator := range []string{"or", "and"} {
		depth, begin := 0, 0
		var parts [][]string
		for i, w := range words {
			switch {
			case w == "(":
				depth++
			case w == ")":
				depth--
			case w == operator && depth == 0:
				parts = append(parts, words[begin:i])
				begin = i + 1
			}
		}
		if parts == nil {
			continue
		}
		value, dropped = operator == "and", true
		for _, part := range append(parts, words[begin:]) {
			v, d := reread(part, held)
			if d {
				continue
			}
			dropped = false
			if operator == "and" {
				value = value && v
			} else {
				value = value || v
			}
		}
		return value, dropped
	}
	switch {
	case words[0] == "not":
		v, d := reread(words[1:], held)
		return !v, d
	case words[0] == "(":
		return reread(words[1:len(words)-1], held)
	case len(words) == 3 && words[1] == "of":
		all := words[0] == "all"
		value, dropped = all, true
		for name, v := range held {
			if strings.HasPrefix(name, "_") && !strings.HasPrefix(words[2], "_") {
				continue
			}
			if words[2] != "them" && !globbed([]rune(words[2]), []rune(name)) {
				continue
			}
			dropped = false
			if all {
				value = value && v
			} else {
				value = value || v
			}
		}
		return value, dropped
	}
	return held[words[0]], false
}

func globbed(pattern, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	if pattern[0] == '*' {
		return globbed(pattern[1:], text) || len(text) > 0 && globbed(pattern, text[1:])
	}
	return len(text) > 0 && text[0] == pattern[0] && globbed(pattern[1:], text[1:])
}

// FuzzValue compares a value with a text, and holds the verdict against a second reading of wildcards and escapes.
func FuzzValue(f *testing.F) {
	for _, seed := range [][3]string{
		{"contains", `\Temp\`, `C:\Temp\x`}, {"", `a*b?c`, "axxbyc"}, {"startswith", `\\\\srv\*`, `\\srv*`}, {"endswith", `\\*`, `a\b`},
		{"", `\?.exe`, "?.exe"}, {"contains", "Kelvin", "x\u212Aelvin"}, {"", "***", ""}, {"", "?*", ""}, {"contains", `\\\`, `\\`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, modifier, value, text string) {
		if !utf8.ValidString(value) || !utf8.ValidString(text) || strings.ContainsRune(value+text, utf8.RuneError) || len(value)+len(text) > 60 || strings.Count(value, "*") > 5 {
			return
		}
		key := "A"
		if modifier = strings.TrimSpace(modifier); modifier == "contains" || modifier == "startswith" || modifier == "endswith" {
			key += "|" + modifier
		} else {
			modifier = ""
		}
		src := &diag.Source{Name: "rule.yml", Text: rule("sel: {" + key + ": " + strconv.QuoteToASCII(value) + "}\n    condition: sel")}
		_, nodes, list := load(src, sigma.Env{})
		if len(nodes) != 1 {
			t.Fatalf("refused: %v", list)
		}
		var pattern []rune // private use: U+E000 a star, U+E001 a question mark
		for runes := []rune(value); len(runes) > 0; runes = runes[1:] {
			switch r := runes[0]; {
			case r == '*':
				pattern = append(pattern, 0xE000)
			case r == '?':
				pattern = append(pattern, 0xE001)
			case r == '\\' && len(runes) > 1 && strings.ContainsRune(`*?\`, runes[1]):
				runes = runes[1:]
				pattern = append(pattern, runes[0])
			case r == 0xE000 || r == 0xE001:
				return
			default:
				pattern = append(pattern, event.FoldRune(r))
			}
		}
		if modifier == "contains" || modifier == "endswith" {
			pattern = append([]rune{0xE000}, pattern...)
		}
		if modifier == "contains" || modifier == "startswith" {
			pattern = append(pattern, 0xE000)
		}
		r := &event.Record{}
		r.Set("A", event.TextValue(text))
		want := meets(pattern, []rune(event.Fold(text)))
		if got := compile(t, nodes[0]).True(&eval.Row{Record: r}); got != want {
			t.Fatalf("%s: %q against %q: got %v, want %v\n%s", key, value, text, got, want, plan.String(nodes[0]))
		}
	})
}

func meets(pattern, text []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(text) == 0
	case pattern[0] == 0xE000:
		return meets(pattern[1:], text) || len(text) > 0 && meets(pattern, text[1:])
	}
	return len(text) > 0 && (pattern[0] == 0xE001 || pattern[0] == text[0]) && meets(pattern[1:], text[1:])
}
