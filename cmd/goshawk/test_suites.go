package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"goshawk/compile"
	"goshawk/packs"
	"goshawk/prove"
	"goshawk/taxonomy"
)

// suites reads the tests that lie beside rules, and those of the built-in pack where that is tested.
func (p program) suites(paths []string) ([]*prove.Suite, error) {
	var all []*prove.Suite
	for _, path := range paths {
		var found []*prove.Suite
		if _, err := os.Stat(path); path == builtin && errors.Is(err, fs.ErrNotExist) {
			core, err := fs.Sub(packs.Core, "core")
			if err != nil {
				return nil, err
			}
			list, complaints, err := prove.SuitesIn(core, builtin+":")
			if err != nil || complaints.Failed() {
				return nil, errors.Join(err, complaints)
			}
			found = list
		} else {
			list, complaints, err := prove.FindSuites([]string{path})
			if err != nil {
				return nil, fail(exitUsage, "%w", cause(err))
			}
			if complaints.Failed() {
				return nil, fail(exitRule, "%s", strings.TrimRight(complaints.Error(), "\n"))
			}
			found = list
		}
		all = append(all, found...)
	}
	return all, nil
}

// changedSince returns the files that differ from a revision, and those that git does not know, by their absolute names.
func (p program) changedSince(ctx context.Context, revision string) (map[string]bool, error) {
	git := func(args ...string) ([]byte, error) {
		out, err := exec.CommandContext(ctx, "git", args...).Output()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
			return nil, fail(exitUsage, "--changed: git says: %s", first)
		} else if err != nil {
			return nil, fail(exitUsage, "--changed needs git: %w", err)
		}
		return out, nil
	}
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	root := strings.TrimRight(string(top), "\r\n")
	if strings.HasPrefix(revision, "-") {
		return nil, fail(exitUsage, "--changed: %q is no revision", revision)
	}
	differ, err := git("-C", root, "diff", "--name-only", "-z", revision, "--")
	if err != nil {
		return nil, err
	}
	fresh, err := git("-C", root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for _, name := range bytes.Split(append(differ, fresh...), []byte{0}) {
		if len(name) > 0 {
			changed[real(filepath.Join(root, string(name)))] = true
		}
	}
	return changed, nil
}

// real returns the absolute name of a file behind all links, as far as it is there.
func real(name string) string {
	if full, err := filepath.Abs(name); err == nil {
		name = full
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	return name
}

// keepChanged leaves of rules those whose file, or the file of whose tests, or a file beside those tests, has changed.
func keepChanged(rules []*compile.Rule, suites []*prove.Suite, changed map[string]bool) []*compile.Rule {
	touched := map[*compile.Rule]bool{}
	touch := func(reference string) {
		for _, r := range compile.Named(rules, reference) {
			touched[r] = true
		}
	}
	for _, s := range suites {
		hit := changed[real(s.Source.Name)]
		for _, file := range s.Files() {
			hit = hit || changed[real(filepath.Join(s.Name, filepath.FromSlash(file)))]
		}
		if !hit {
			continue
		}
		for _, t := range s.Tests {
			touch(t.Rule.Text)
			touch(t.Same.Text)
		}
		for _, c := range s.Scenarios {
			touch(c.Rule.Text)
		}
	}
	return keep(rules, func(r *compile.Rule) bool { return touched[r] || changed[real(r.Detection.Path)] })
}

// reloader returns what compiles a rule anew with what a test wants beside it, and nothing else of that kind.
func (f *ruleFlags) reloader(p program, t *taxonomy.Taxonomy) func(*compile.Rule, prove.Beside) (*compile.Rule, error) {
	return func(r *compile.Rule, with prove.Beside) (*compile.Rule, error) {
		options, err := f.options(p, t, 1)
		if err != nil {
			return nil, err
		}
		options.Exclusions = with.Exclusions
		more, err := (&pipelineFlags{pathList{values: with.Pipelines}, f.pipelines.files, f.pipelines.http, f.pipelines.commands}).read(p)
		if err != nil {
			return nil, err
		}
		options.Pipelines = append(options.Pipelines, more...)
		var found rulesFound
		for _, path := range append(r.Files(), with.Filters...) {
			if strings.HasPrefix(path, builtin+":") {
				path = builtin
			}
			at := findRules(path)
			if at.err != nil {
				return nil, at.err
			}
			found.keep(at.files)
		}
		for _, other := range compile.Files(found.files, options).Rules {
			a, b := r.Detection, other.Detection
			if a.ID == b.ID && a.Title == b.Title && a.Path == b.Path && a.Span == b.Span {
				return other, nil
			}
		}
		return nil, fmt.Errorf("%s was not found again in %s", r.Detection.Title, r.Detection.Path)
	}
}
