package sigma_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/lang/sigma"
)

// FuzzPipeline reads any text as a pipeline and applies it to any text as rules: no panic, every complaint at a place inside its
// text, the rules themselves unchanged, a broken rule where there is an error and only there, and what is left lowers to a plan.
func FuzzPipeline(f *testing.F) {
	files, _ := filepath.Glob("testdata/pipelines/*.txtar")
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".pipeline.yml") {
				f.Add(string(file.Data), section(archive, "rule.yml"))
			}
		}
	}
	options := sigma.PipelineOptions{ReadFile: func(path string) ([]byte, error) {
		if strings.Contains(path, "no") {
			return nil, errors.New("no")
		}
		return []byte("a,b\n1,2*\n"), nil
	}}
	f.Fuzz(func(t *testing.T, pipeline, rules string) {
		src := &diag.Source{Name: "p.yml", Text: pipeline}
		pipe, list := sigma.ReadPipeline(src, options)
		for _, d := range list {
			checkPlace(t, d)
		}
		if (pipe == nil) != list.Failed() {
			t.Fatalf("pipeline %v, complaints %v", pipe, list)
		}
		if pipe == nil || len(rules) > 1<<16 {
			return
		}
		rsrc := &diag.Source{Name: "rule.yml", Text: rules}
		file, _ := sigma.Parse(rsrc)
		before := written(file)
		changed, list := pipe.ApplyFile(file)
		for _, d := range list {
			checkPlace(t, d)
			d.Render()
		}
		if after := written(file); after != before {
			t.Fatalf("file was changed:\n%s\n%s", before, after)
		}
		words(changed, func(w sigma.Word) { within(t, rsrc, w.Span); within(t, rsrc, w.Part(rsrc, len(w.Text)/2, len(w.Text))) })
		failed := list.Failed()
		for i, d := range changed.Documents {
			if was := file.Documents[i].Meta().Broken; d.Meta().Broken != was && !failed {
				t.Fatal("rule is broken without an error")
			}
			if d.Rule != nil {
				node, more := sigma.Lower(d.Rule, sigma.Env{})
				for _, d := range more {
					checkPlace(t, d)
				}
				if (node == nil) != (d.Rule.Broken || more.Failed()) {
					t.Fatalf("plan %v, broken %v, complaints %v", node, d.Rule.Broken, more)
				}
				if node != nil {
					compile(t, node)
				}
			}
			_, more := pipe.Post(d, "query")
			for _, d := range more {
				checkPlace(t, d)
			}
		}
		pipe.Finalize([]string{"a", "b"})
	})
}
