package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/report"
	"goshawk/taxonomy"
)

// lintFlags are what rules check can be told about lints.
type lintFlags struct {
	sets    choices
	config  string
	explain string
	sarif   string
	fix     bool
	dryRun  bool
}

func (f *lintFlags) bind(c *cobra.Command) {
	f.sets.choice = choice{what: "set", words: append(diag.LintSets(), "all", "none")}
	c.Flags().Var(&f.sets, "lint", "which lints to ask: core (pySigma's), sigmahq (the publisher's conventions), goshawk, all or none (default core,goshawk)")
	c.Flags().StringVar(&f.config, "lint-config", "", "YAML `FILE` with validators, exclusions and config as pySigma has it, which chooses among lints")
	c.Flags().StringVar(&f.explain, "explain", "", "print what the lint `CODE` is about, and do nothing else")
	c.Flags().StringVar(&f.sarif, "sarif", "", "also write SARIF 2.1.0 to `FILE`")
	c.Flags().BoolVar(&f.fix, "fix", false, "put right in Sigma files what is certain, then check them")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "with --fix: print the differences, and change nothing")
	complete(c, "lint", &f.sets.choice)
}

// options returns what the flags ask of lints.
func (f *lintFlags) options(t *taxonomy.Taxonomy) (compile.LintOptions, error) {
	if len(f.sets.values) > 1 && f.sets.has("none") {
		return compile.LintOptions{}, fail(exitUsage, "--lint: none stands alone")
	}
	if f.dryRun && !f.fix {
		return compile.LintOptions{}, fail(exitUsage, "--dry-run says what --fix would do; give both")
	}
	c := newLintChoice(f.sets.values)
	if f.config != "" {
		if err := c.configure(f.config); err != nil {
			return compile.LintOptions{}, err
		}
	}
	return compile.LintOptions{Taxonomy: t, Wanted: c.wanted, Sigma: sigma.LintOptions{Today: time.Now(), Params: c.params}}, nil
}

// explainLint prints what a lint is about.
func (p program) explainLint(code string) error {
	var codes []string
	for _, l := range compile.Lints() {
		if codes = append(codes, l.Code); l.Code != code {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s (%s, of the set %s): %s\n\n%s\n", l.Code, l.Severity, l.Set, l.Doc, l.Help)
		if l.Fixes {
			b.WriteString("\n--fix puts it right where that is certain.\n")
		}
		if len(l.Validators) > 0 {
			fmt.Fprintf(&b, "\npySigma: %s\n", strings.Join(l.Validators, ", "))
		}
		for _, param := range l.Params {
			value := fmt.Sprint(param.Number)
			if param.Words != nil {
				value = strings.Join(param.Words, ", ")
			}
			fmt.Fprintf(&b, "parameter %s: %s\n", param.Name, value)
		}
		return p.write([]byte(b.String()))
	}
	return fail(exitUsage, "--explain: unknown code %q%s", code, didYouMean(code, codes))
}

// fixFiles puts right what is certain in the files of rules, or prints what it would do. It says whether it wrote a file.
func (p program) fixFiles(rules []*compile.Rule, o compile.LintOptions, dryRun bool) (wrote bool, err error) {
	ids := map[*diag.Source]map[string]bool{}
	var texts []*diag.Source
	for _, r := range rules {
		src := r.Detection.Query
		if r.Detection.Language != detection.Sigma || src == nil || strings.HasPrefix(src.Name, builtin+":") {
			continue
		}
		if ids[src] == nil {
			ids[src] = map[string]bool{}
			texts = append(texts, src)
		}
		ids[src][strings.ToLower(r.Detection.ID)] = true
	}
	remarks, files := 0, 0
	for _, src := range texts {
		mine := o
		mine.Wanted = func(code, id string) bool { return ids[src][strings.ToLower(id)] && o.Wanted(code, id) }
		text, done := compile.FixSigma(src, mine)
		if len(done) == 0 {
			continue
		}
		remarks += len(done)
		files++
		if dryRun {
			_, changes, _ := bytes.Cut(diff.Diff(src.Name, []byte(src.Text), src.Name, []byte(text)), []byte("\n"))
			if isTerminal(p.stdout) { // a pipe gets the bytes, so that they are a patch
				changes = printableLines(changes)
			}
			if err := p.write(changes); err != nil {
				return wrote, err
			}
			continue
		}
		if err := rewrite(src, text); err != nil {
			return wrote, err
		}
		wrote = true
	}
	verb := "fixed"
	if dryRun {
		verb = "would fix"
	}
	p.talk("%s %s in %s", verb, plural(remarks, "remark"), plural(files, "file"))
	return wrote, nil
}

// printableLines makes each line of a text safe for a terminal.
func printableLines(text []byte) []byte {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		b.WriteString(diag.Printable(strings.TrimSuffix(line, "\n")))
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// rewrite replaces the text of a file, in one step, if it is still what was read.
func rewrite(src *diag.Source, text string) error {
	path, err := filepath.EvalSymlinks(src.Name)
	if err != nil {
		return fail(exitInput, "--fix: cannot read %s: %w", src.Name, cause(err))
	}
	now, err := os.ReadFile(path)
	if err != nil {
		return fail(exitInput, "--fix: cannot read %s: %w", src.Name, cause(err))
	}
	if string(now) != src.Text {
		return fail(exitInput, "--fix: %s has changed since it was read; run it again", src.Name)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fail(exitInput, "--fix: cannot read %s: %w", src.Name, cause(err))
	}
	if info.Mode().Perm()&0o200 == 0 {
		return fail(exitUsage, "--fix: cannot write %s: it is read-only", src.Name)
	}
	aside, err := os.CreateTemp(filepath.Dir(path), ".goshawk-*")
	if err != nil {
		return fail(exitUsage, "--fix: cannot write %s: %w", src.Name, cause(err))
	}
	_, err = aside.WriteString(text)
	err = errors.Join(err, aside.Chmod(info.Mode().Perm()), aside.Close())
	if err == nil {
		err = os.Rename(aside.Name(), path)
	}
	if err != nil {
		_ = os.Remove(aside.Name())
		return fail(exitUsage, "--fix: cannot write %s: %w", src.Name, cause(err))
	}
	return nil
}

// writeSARIF writes what a check says to the file of --sarif.
func (p program) writeSARIF(name string, v *verdicts) error {
	root, err := os.Getwd()
	if err != nil {
		return fail(exitUsage, "--sarif: %w", err)
	}
	s := report.SARIF{Version: version(), Root: root, Lints: compile.Lints()}
	for _, r := range v.set.Rules {
		s.Diagnostics = append(s.Diagnostics, r.Diagnostics...)
	}
	for _, f := range v.functions {
		s.Diagnostics = append(s.Diagnostics, f.Diagnostics...)
	}
	o := outputs{program: p, read: slices.DeleteFunc(p.rulePaths(v), func(path string) bool { return strings.HasPrefix(path, builtin) })}
	out, err := o.open("sarif", name)
	if err != nil {
		return err
	}
	if err := o.begin(); err != nil {
		return err
	}
	_, err = s.WriteTo(out)
	return unwritable(out.name, errors.Join(err, out.finish()))
}

// rulePaths returns the files of the rules that were checked, which no output may overwrite.
func (p program) rulePaths(v *verdicts) (paths []string) {
	for _, r := range v.set.Rules {
		paths = append(paths, r.Detection.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
