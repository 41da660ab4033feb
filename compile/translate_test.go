package compile_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// Each file of testdata/translate is a rule and what becomes of it: a section rule.yml, and for each target one with its name, and
// behind that strict, lossy or only=PART where these are asked for. It holds the text, authored, and the codes of what is lost in lines that
// begin with # loss:; a rule that is refused has these alone.
func TestTranslate(t *testing.T) {
	files, _ := filepath.Glob("testdata/translate/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { translateCase(t, file) })
	}
}

func translateCase(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(archive.Comment), "# Truth:") {
		t.Fatal("no # Truth: line")
	}
	var rule *compile.Rule
	for _, f := range archive.Files {
		if f.Name == "rule.yml" {
			set := compile.Files([]detection.File{{Language: detection.Sigma, Source: &diag.Source{Name: f.Name, Text: string(f.Data)}}}, compile.Options{})
			if rule = set.Rules[0]; rule.Refused {
				t.Fatal(rule.Diagnostics)
			}
			continue
		}
		words := strings.Fields(f.Name)
		target, ok := taxonomy.Default().Target(words[0])
		if !ok {
			t.Fatalf("there is no target %s", words[0])
		}
		o := compile.TranslateOptions{Strict: slices.Contains(words, "strict"), Lossy: slices.Contains(words, "lossy")}
		for _, word := range words {
			if part, ok := strings.CutPrefix(word, "only="); ok {
				o.Only = part
			}
		}
		tr := compile.Translate(rule, target, o)
		got := tr.Text
		if got != "" {
			got += "\n"
		}
		for _, d := range tr.Losses {
			got += "# loss: " + d.Severity.String() + " " + d.Code + "\n"
		}
		if want := string(f.Data); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", f.Name, got, want)
		}
		if !tr.Refused {
			if back := tr.Back(compile.Options{}); back.Refused {
				t.Errorf("%s: the text does not compile: %v", f.Name, back.Diagnostics)
			}
		}
	}
}
