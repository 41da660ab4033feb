package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/packs"
	"goshawk/taxonomy"
)

// builtin is how the built-in pack is named on the command line and in the paths of its rules.
const builtin = "builtin"

// ruleFlags name rules and choose among them, for every command that uses some.
type ruleFlags struct {
	paths        pathList
	languages    choices
	level        level
	status       choices
	tags         words
	ids          []string
	placeholders string
	macros       pathList
	pipelines    pipelineFlags
	data         dataFlags
	exclusions   exclusionFlags
}

// anyStatus stands for every status.
const anyStatus = "any"

// bindPaths defines the flags that say where rules are.
func (f *ruleFlags) bindPaths(c *cobra.Command) {
	c.Flags().VarP(&f.paths, "rules", "r", "rule file or folder, or 'builtin'; may be repeated (default: the built-in pack)")
	c.Flags().Var(&f.macros, "macros", "your own macros and lookups for SPL, which go before those of the content: a macro's YAML, a macros.conf, or a folder; may be repeated")
	f.data.bind(c)
	f.exclusions.bind(c)
	f.pipelines.bind(c)
	c.Flags().StringVar(&f.placeholders, "placeholders", "", "YAML `FILE` with the values of %name% placeholders: name: [value, …]")
}

// bind defines all flags.
func (f *ruleFlags) bind(c *cobra.Command) {
	f.bindPaths(c)
	f.languages.choice = choice{what: "language", words: []string{string(detection.Sigma), string(detection.SPL), string(detection.KQL)}}
	f.status.choice = choice{what: "status", words: []string{"stable", "production", "test", "experimental", "deprecated", "unsupported", anyStatus}}
	f.tags.what = "TAG"
	c.Flags().VarP(&f.languages, "language", "l", "only rules of these languages: sigma, spl, kql")
	c.Flags().VarP(&f.level, "min-level", "m", "only rules of this level and above: informational, low, medium, high, critical")
	c.Flags().Var(&f.status, "status", "only rules of these statuses: stable, production, test, experimental, deprecated, unsupported, any")
	c.Flags().Var(&f.tags, "tag", "only rules with one of these tags, such as attack.t1053.002; a trailing * stands for anything")
	c.Flags().StringArrayVar(&f.ids, "rule-id", nil, "only the rule of this `ID` (or its first 8 characters), name or title; may be repeated")
	complete(c, "language", &f.languages.choice)
	complete(c, "status", &f.status.choice)
	levels := levelChoice()
	complete(c, "min-level", &levels)
}

// options returns what the flags say that rules may assume.
func (f *ruleFlags) options(p program, t *taxonomy.Taxonomy, threads int) (compile.Options, error) {
	options := compile.Options{Taxonomy: t, Threads: threads}
	if err := f.data.apply(p, &options); err != nil {
		return options, err
	}
	if f.placeholders != "" {
		var err error
		if options.Placeholders, err = readPlaceholders(f.placeholders); err != nil {
			return options, err
		}
	}
	pipelines, err := f.pipelines.read(p)
	if err != nil {
		return options, err
	}
	options.Pipelines = pipelines
	overrides, err := readOverrides(f.macros.values)
	if err != nil {
		return options, err
	}
	options.Overrides = overrides
	options.Beside, err = builtinContent()
	return options, err
}

// load finds and compiles the rules, without choosing among them.
func (f *ruleFlags) load(p program, t *taxonomy.Taxonomy, threads int) (*compile.Set, error) {
	exclusions, err := f.exclusions.load(f.named())
	if err != nil {
		return nil, err
	}
	return f.loadWith(p, t, threads, exclusions)
}

// loadWith is load with exclusions that are known already.
func (f *ruleFlags) loadWith(p program, t *taxonomy.Taxonomy, threads int, exclusions []*detection.Exclusion) (*compile.Set, error) {
	options, err := f.options(p, t, threads)
	if err != nil {
		return nil, err
	}
	options.Exclusions = exclusions
	var found rulesFound
	looks := make([]func() rulesAt, len(f.named()))
	for i, path := range f.named() {
		looks[i] = sync.OnceValue(func() rulesAt { return findRules(path) })
		if threads != 1 {
			go looks[i]()
		}
	}
	for _, look := range looks {
		at := look()
		if at.err != nil {
			return nil, at.err
		}
		found.keep(at.files)
		found.skipped = append(found.skipped, at.skipped...)
	}
	set := compile.Files(found.files, options)
	set.Skipped = found.skipped
	if len(set.Rules) == 0 {
		return nil, noRuleFiles(f.named(), found.skipped)
	}
	return set, nil
}

// builtinContent returns the content of the built-in pack, whose macros content of one's own may use as well.
func builtinContent() ([]*escu.Pack, error) {
	core, err := fs.Sub(packs.Core, "core")
	if err != nil {
		return nil, err
	}
	return escu.LoadFS(core, builtin+":", escu.Options{})
}

// readOverrides reads the user's own macros and lookups.
func readOverrides(paths []string) ([]*escu.Pack, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	var all []*escu.Pack
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			return nil, fail(exitUsage, "--macros: cannot read %s: %w", path, cause(err))
		}
		pack, _, err := escu.LoadParts(path, escu.Options{})
		if err != nil || len(pack.Macros)+len(pack.Lookups) == 0 {
			return nil, fail(exitUsage, "--macros: %s holds no macros or lookups; write a macro's YAML (name, definition) or a macros.conf", path)
		}
		for _, file := range pack.Files {
			if file.Diagnostics.Failed() {
				return nil, refusal("--macros: "+file.Source.Name+" is wrong", file.Diagnostics)
			}
		}
		all = append(all, pack)
	}
	return all, nil
}

// named returns the paths of rules.
func (f *ruleFlags) named() []string {
	if len(f.paths.values) == 0 {
		return []string{builtin}
	}
	return f.paths.values
}

// rulesFound gathers rule files, each once however often it was named.
type rulesFound struct {
	files   []detection.File
	skipped []detection.Skipped
	seen    map[string]bool
}

// rulesAt are the rule files at and below a path.
type rulesAt struct {
	files   []detection.File
	skipped []detection.Skipped
	err     error
}

func findRules(path string) rulesAt {
	if _, err := os.Stat(path); path == builtin && errors.Is(err, fs.ErrNotExist) {
		core, err := fs.Sub(packs.Core, "core")
		if err != nil {
			return rulesAt{err: err}
		}
		found, err := detection.FindIn(core, builtin+":")
		return rulesAt{files: found, err: err}
	} else if err != nil {
		return rulesAt{err: fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))}
	}
	found, skipped, err := detection.Find([]string{path})
	if onDisk := (*fs.PathError)(nil); errors.As(err, &onDisk) {
		err = fail(exitUsage, "cannot read the rules %s: %w", path, onDisk.Err)
	} else if err != nil {
		err = fail(exitRule, "%s is no rule: %s", path, strings.TrimPrefix(err.Error(), "rules: "+path+": "))
	}
	return rulesAt{found, skipped, err}
}

func (r *rulesFound) keep(files []detection.File) {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	for _, file := range files {
		key := file.Source.Name
		if path, err := filepath.Abs(key); err == nil && !strings.HasPrefix(key, builtin+":") {
			key = path
		}
		if !r.seen[key] {
			r.seen[key] = true
			r.files = append(r.files, file)
		}
	}
}

func noRuleFiles(paths []string, skipped []detection.Skipped) error {
	text := fmt.Sprintf("there is no rule in %s", strings.Join(paths, ", "))
	if len(skipped) == 0 {
		return fail(exitUsage, "%s; rules are files that end in .yml or .yaml", text)
	}
	for i, s := range skipped {
		if i == listedReasons {
			text += fmt.Sprintf("\n  … %s more", plural(len(skipped)-i, "file"))
			break
		}
		text += fmt.Sprintf("\n  %s: %s", s.Path, s.Reason)
	}
	return fail(exitUsage, "%s", text)
}

// cause leaves the path out of an error of the file system.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func readPlaceholders(path string) (map[string][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(exitUsage, "--placeholders: cannot read %s: %w", path, cause(err))
	}
	lists := map[string][]string{}
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&lists); err != nil && !errors.Is(err, io.EOF) {
		return nil, fail(exitUsage, "--placeholders: %s holds no lists of values: %w\nWrite name: [value, …]", path, err)
	}
	return lists, nil
}

// rulesCommand returns the commands about rules themselves.
func (p program) rulesCommand() *cobra.Command {
	c := &cobra.Command{Use: "rules", Short: "Check, list and show rules", Args: noCommand, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(p.rulesCheckCommand(), p.rulesListCommand(), p.rulesShowCommand())
	return c
}
