package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/diag"
	"goshawk/taxonomy"
)

// targetFlags name a target of translations, which may be the user's own.
type targetFlags struct {
	name  string
	files pathList
}

func (f *targetFlags) bind(c *cobra.Command) {
	known := choice{what: "target", words: taxonomy.Default().Targets()}
	c.Flags().StringVar(&f.name, "to", "", "where to: the `TARGET` "+strings.Join(known.words, ", ")+", or one of --target-files")
	c.Flags().Var(&f.files, "target-files", "targets of your own: a YAML file, or a folder of them; may be repeated")
	complete(c, "to", &known)
}

// choose returns the target, and the taxonomy that knows it.
func (f *targetFlags) choose() (*taxonomy.Target, *taxonomy.Taxonomy, error) {
	t := taxonomy.Default()
	var files []*diag.Source
	for _, path := range f.files.values {
		names, err := pipelineNames(path)
		if err != nil {
			return nil, nil, fail(exitUsage, "--target-files: cannot read %s: %w", path, cause(err))
		}
		if len(names) == 0 {
			return nil, nil, fail(exitUsage, "--target-files: %s holds no target; targets are files that end in .yml or .yaml", path)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, nil, fail(exitUsage, "--target-files: cannot read %s: %w", name, cause(err))
			}
			files = append(files, &diag.Source{Name: name, Text: string(text)})
		}
	}
	if len(files) > 0 {
		own, complaints := t.WithTargets(files)
		if complaints.Failed() {
			return nil, nil, refusal("--target-files: a target is wrong", complaints)
		}
		t = own
	}
	known := choice{what: "target", words: t.Targets()}
	if f.name == "" {
		return nil, nil, fail(exitUsage, "translate wants a target behind --to (one of: %s)", strings.Join(known.words, ", "))
	}
	name, err := known.pick(f.name)
	if err != nil {
		return nil, nil, fail(exitUsage, "--to: %w", err)
	}
	target, _ := t.Target(name)
	return target, t, nil
}
