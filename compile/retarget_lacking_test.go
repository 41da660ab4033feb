package compile_test

import (
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// What a record never has is null, and a condition on it decides a rule as it does over the records themselves: false, and true under a
// not.
func TestWhatEventsLack(t *testing.T) {
	cases := []struct{ name, detection, want string }{
		{"a match", "{Image|endswith: a.exe, OriginalFileName: x}", ""},
		{"one of two", "[{Image|endswith: a.exe}, {OriginalFileName: x}]", `NewProcessName endswith "a.exe"`},
		{"null", "{Image|endswith: a.exe, OriginalFileName: null}", `NewProcessName endswith "a.exe"`},
		{"there", "{Image|endswith: a.exe, OriginalFileName|exists: true}", ""},
		{"not there", "{Image|endswith: a.exe, OriginalFileName|exists: false}", `NewProcessName endswith "a.exe"`},
		{"less", "{Image|endswith: a.exe, ParentCommandLine|lt: 5}", ""},
		{"another field", "[{Image|endswith: a.exe}, {ParentCommandLine|fieldref: OriginalFileName}]", `NewProcessName endswith "a.exe"`},
	}
	target, _ := taxonomy.Default().Target("kql-securityevent")
	for _, c := range cases {
		for _, not := range []bool{false, true} {
			text := "title: t\nlogsource: {category: process_creation, product: windows}\ndetection:\n  s: " + c.detection + "\n  condition: s\n"
			want := c.want
			if not { // the same under a not, beside what is there
				text = strings.Replace(text, "condition: s", "t: {CommandLine: y}\n  condition: t and not s", 1)
				if want = "not(" + c.want + ")"; c.want == "" {
					want = `CommandLine =~ "y"`
				}
			}
			set := compile.Files([]detection.File{{Language: detection.Sigma, Source: &diag.Source{Name: c.name, Text: text}}}, compile.Options{})
			tr := compile.Translate(set.Rules[0], target, compile.TranslateOptions{Only: "security"})
			switch {
			case set.Rules[0].Refused:
				t.Fatal(set.Rules[0].Diagnostics)
			case want == "" && !tr.Refused:
				t.Errorf("%s: no event can meet the rule, and yet it becomes\n%s", c.name, tr.Text)
			case want != "" && !strings.Contains(tr.Text, want) || strings.Contains(tr.Text, "FileName") || strings.Contains(tr.Text, "ParentCommandLine"):
				t.Errorf("%s (not: %v): the rule becomes\n%s\n%v\nwithout %s", c.name, not, tr.Text, tr.Losses, want)
			}
		}
	}
}
