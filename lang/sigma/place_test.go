package sigma_test

import (
	"strings"
	"sync"
	"testing"

	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// words calls visit with every value and every condition of a file.
func words(file *sigma.File, visit func(sigma.Word)) {
	var walk func(s sigma.Search)
	walk = func(s sigma.Search) {
		switch s := s.(type) {
		case *sigma.AllOf:
			for _, item := range s.List {
				walk(item)
			}
		case *sigma.AnyOf:
			for _, e := range s.List {
				walk(e)
			}
		case *sigma.Item:
			visit(s.Field)
			for _, m := range s.Modifiers {
				visit(m)
			}
			for _, v := range s.Values {
				visit(v.Word)
			}
		}
	}
	for _, rule := range file.Rules() {
		for _, id := range rule.Detection.Identifiers {
			visit(id.Name)
			if id.Body != nil {
				walk(id.Body)
			}
		}
		for _, c := range rule.Detection.Conditions {
			visit(c.Word)
		}
		for _, tag := range rule.Tags {
			visit(tag)
		}
	}
}

// TestPlaces holds the place of every word of the published rules against the text: character for character, whatever the
// style of the scalar.
func TestPlaces(t *testing.T) {
	checked := 0
	for _, src := range corpus(t, append(active(t), "unsupported")...) {
		file, _ := sigma.Parse(src)
		words(file, func(w sigma.Word) {
			for i := 0; i < len(w.Text); i++ {
				span := w.Part(src, i, i+1)
				got := src.Text[span.Start:span.End]
				if got == w.Text[i:i+1] || w.Text[i] == ' ' && strings.TrimSpace(got) == "" {
					checked++
					continue
				}
				if spelled := src.Text[w.Span.Start]; (spelled == '"' || spelled == '\'') && (strings.HasPrefix(got, `\`) || got == "''") {
					checked++
					continue
				}
				t.Fatalf("%s: byte %d of %q is at %v, where the text says %q", src.Name, i, w.Text, span, got)
			}
		})
	}
	t.Logf("%d characters", checked)
}

// TestPlansReadBack prints the plan of every published rule and reads it back.
func TestPlansReadBack(t *testing.T) {
	for _, src := range corpus(t, active(t)...) {
		_, nodes, _ := load(src, sigma.Env{})
		for _, node := range nodes {
			text := plan.String(node)
			again, list := plan.Read(&diag.Source{Name: src.Name, Text: text})
			if list.Failed() {
				t.Fatalf("%s: plan does not read back: %v", src.Name, list)
			}
			if got := plan.String(again); got != text {
				t.Fatalf("%s: plan reads back as another:\n%s\n%s", src.Name, text, got)
			}
		}
	}
}

// TestConcurrentUse parses and lowers the same texts from several goroutines; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	src := &diag.Source{Name: "rule.yml", Text: rule("sel:\n        A|contains|windash: -x\n    condition: sel")}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				if _, nodes, list := load(src, sigma.Env{}); len(nodes) != 1 || len(list) != 0 {
					t.Errorf("%d plans, complaints %v", len(nodes), list)
				}
			}
		})
	}
	group.Wait()
}

// rule returns a document with the detection given.
func rule(detection string) string {
	return "title: T\nlogsource: {product: windows}\ndetection:\n    " + detection + "\n"
}

// TestLimits feeds texts that are too much of something: they must be refused, and quickly.
func TestLimits(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 10) + "]\n"
	}
	for _, c := range []struct{ name, text, code string }{
		{"aliases", "title: T\nbomb:\n    " + strings.ReplaceAll(bomb, "\n", "\n    ") + "\n", "sigma-too-large"},
		{"alias of itself", "title: &a [*a]\n", "sigma-too-deep"},
		{"nodes", "title: [" + strings.Repeat("a,", 300_000) + "]", "sigma-too-large"},
		{"depth of flow", "title: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "sigma-too-deep"},
		{"depth of lists", rule("sel: " + strings.Repeat("[", 70) + "a" + strings.Repeat("]", 70) + "\n    condition: sel"), "sigma-too-deep"},
		{"size", "title: " + strings.Repeat("a", 1<<20), "sigma-too-large"},
		{"brackets", rule("sel: {A: 1}\n    condition: " + strings.Repeat("(", 1000) + "sel" + strings.Repeat(")", 1000)), "sigma-too-deep"},
		{"negations", rule("sel: {A: 1}\n    condition: " + strings.Repeat("not ", 1001) + "sel"), "sigma-too-deep"},
		{"condition", rule("sel: {A: 1}\n    condition: sel" + strings.Repeat(" or sel", 20_000)), "sigma-too-large"},
		{"selectors", rule("sel: {A: 1}\n" + strings.Repeat("    s", 1) + manyIdentifiers(5000) + "    condition: 1 of s*" + strings.Repeat(" or 1 of s*", 1000)), "sigma-too-large"},
		{"modifiers", rule("sel:\n        'A" + strings.Repeat("|contains", 100) + "': x\n    condition: sel"), "sigma-too-large"},
		{"expression", rule("sel:\n        'A|re': '" + strings.Repeat("(a|b)", 10_000) + "'\n    condition: sel"), "sigma-too-large"},
		{"repetitions", rule("sel:\n        'A|re': '((a{1000}){1000}){1000}'\n    condition: sel"), "sigma-regex"},
		{"references", rule("sel:\n        A: [" + strings.Repeat("a, ", 5000) + "a]\n    condition: sel" + strings.Repeat(" or sel", 5000)), "sigma-too-large"},
		{"duplicate keys", "title: T\n" + strings.Repeat("x: 1\n", 50_000), "sigma-duplicate-key"},
		{"UTF-16", "\xff\xfet\x00", "sigma-yaml"},
		{"nothing", "# only a comment\n---\n...\n", "sigma-empty"},
		{"control characters", "title: \x01", "sigma-yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, list := load(&diag.Source{Name: "limit.yml", Text: c.text}, sigma.Env{})
			found := false
			for _, d := range list {
				checkPlace(t, d)
				found = found || d.Code == c.code && d.Severity == diag.Error
			}
			if !found {
				t.Errorf("not refused with %s: %.500v", c.code, list)
			}
			if len(list) > 300 {
				t.Errorf("%d complaints", len(list))
			}
		})
	}
	many := sigma.Env{Placeholders: map[string][]string{"x": strings.Fields(strings.Repeat("v ", 200))}}
	_, _, list := load(&diag.Source{Text: rule("sel:\n        A|expand: '%x%%x%%x%'\n    condition: sel")}, many)
	if len(list) != 1 || list[0].Code != "sigma-too-large" {
		t.Errorf("placeholders that multiply: %v", list)
	}
}

func manyIdentifiers(n int) string {
	var b strings.Builder
	b.WriteString(": {A: 1}\n")
	for i := range n {
		b.WriteString("    s" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/182) + ": {A: 1}\n")
	}
	return b.String()
}

// TestByteOrderMark reads a text that begins with one, and one with the line ends of Windows.
func TestByteOrderMark(t *testing.T) {
	for name, text := range map[string]string{
		"mark": "\ufeff" + rule("sel:\n        A: 1\n    condition: sel and ünbekannt"),
		"crlf": strings.ReplaceAll(rule("sel:\n        A: 1\n    condition: sel and ünbekannt"), "\n", "\r\n"),
	} {
		src := &diag.Source{Name: name, Text: text}
		_, list := sigma.Parse(src)
		if len(list) != 1 || list[0].Code != "sigma-unknown-identifier" {
			t.Fatalf("%s: %v", name, list)
		}
		if got := src.Text[list[0].Span.Start:list[0].Span.End]; got != "ünbekannt" {
			t.Errorf("%s: points at %q", name, got)
		}
	}
}
