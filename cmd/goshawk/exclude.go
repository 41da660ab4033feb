package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// excludeCommand returns the commands about exclusions.
func (p program) excludeCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "exclude", Short: "Add, list, preview, test and export exclusions", Args: noCommand,
		Long: `An exclusion is a reasoned predicate on what detections find: what meets it is benign, is no finding, and is counted. It has an
owner and usually an expiry, belongs to rules, stories, tags or all rules, of any language, and is a YAML file beside the rules
(docs/exclusions.md).

A predicate is structured, as in 'user.name in (root, admin) and process.command_line contains backup', or written in Sigma, SPL or KQL.`,
		Example: `  goshawk exclude preview 'user.name = backup' examples/at --rule d2d642d7
  goshawk exclude add 'user.name = backup' --rule d2d642d7 --reason 'nightly backup' --owner ops --expires 90d
  goshawk exclude list
  goshawk scan logs.zip --exclusions exclusions`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.excludeAddCommand(), p.excludeListCommand(), p.excludeShowCommand(), p.excludePreviewCommand(), p.excludeTestCommand(), p.excludeExpireCommand(), p.excludeExportCommand())
	return c
}

// predicateFlags describe an exclusion on the command line.
type predicateFlags struct {
	kind    choice
	table   string
	named   []string
	stories []string
	tags    []string
	all     bool
}

func (f *predicateFlags) bind(c *cobra.Command) {
	f.kind = choice{what: "kind", words: []string{"where", "sigma", "spl", "kql"}, also: map[string]string{"structured": "where"}, value: "where"}
	c.Flags().Var(&f.kind, "kind", "what the predicate is written in: where (field operator value), sigma, spl, kql")
	c.Flags().StringVar(&f.table, "table", "", "the `TABLE` or ASIM schema that a predicate in KQL is about, for rules of other languages")
	c.Flags().StringArrayVar(&f.named, "rule", nil, "the `RULE` that it is for, by id, its first 8 characters, name or title; may be repeated")
	c.Flags().StringArrayVar(&f.stories, "story", nil, "the rules of this analytic `STORY`; may be repeated")
	c.Flags().StringArrayVar(&f.tags, "tag", nil, "the rules with this `TAG`; a trailing * stands for anything; may be repeated")
	c.Flags().BoolVar(&f.all, "all", false, "all rules")
	complete(c, "kind", &f.kind)
}

// scope returns the rules that the flags name.
func (f *predicateFlags) scope() detection.ExclusionScope {
	return detection.ExclusionScope{Rules: f.named, Stories: f.stories, Tags: f.tags, All: f.all}
}

func (f *predicateFlags) scoped() bool { return f.all || len(f.named)+len(f.stories)+len(f.tags) > 0 }

// draft returns the exclusion that a predicate and the flags make.
func (f *predicateFlags) draft(d exclusion.Draft, predicate string) (*detection.Exclusion, string, error) {
	if !f.scoped() {
		return nil, "", fail(exitUsage, "say which rules it is for: --rule, --story, --tag, or --all")
	}
	d.Kind, d.Predicate, d.Table, d.Scope = f.kind.value, predicate, f.table, f.scope()
	text := d.YAML()
	file := exclusion.Read(&diag.Source{Name: d.ID + ".yml", Text: text})
	if file.Diagnostics.Failed() || len(file.Exclusions) != 1 {
		return nil, "", refusal("the exclusion is wrong", file.Diagnostics)
	}
	return file.Exclusions[0], text, nil
}

// excludeFlags are those that all commands about exclusions have.
type excludeFlags struct {
	rules ruleFlags
	now   moment
}

func (f *excludeFlags) bind(c *cobra.Command) {
	f.rules.bindPaths(c)
	f.rules.exclusions.now = &f.now
	c.Flags().Var(&f.now, "now", "take `TIME` for the present")
}

// places returns where the exclusions are: where the flags say, else in the folder exclusions.
func (f *excludeFlags) places() []string {
	paths := f.rules.exclusions.places(f.rules.named())
	if len(paths) == 0 {
		if info, err := os.Stat(exclusion.Folder); err == nil && info.IsDir() {
			return []string{exclusion.Folder}
		}
	}
	return paths
}

// load reads all exclusions, expired ones included.
func (f *excludeFlags) load() ([]*detection.Exclusion, error) { return loadExclusions(f.places()) }

// find returns the exclusion of an id.
func (f *excludeFlags) find(id string) (*detection.Exclusion, error) {
	all, err := f.load()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, x := range all {
		if strings.EqualFold(x.ID, id) {
			return x, nil
		}
		ids = append(ids, x.ID)
	}
	if len(all) == 0 {
		return nil, fail(exitUsage, "there are no exclusions; --exclusions names their file or folder")
	}
	return nil, fail(exitUsage, "no exclusion has the id %q%s", id, didYouMean(id, ids))
}

// compiled compiles the rules with exclusions.
func (f *excludeFlags) compiled(p program, exclusions []*detection.Exclusion) (*compile.Set, error) {
	return f.rules.loadWith(p, taxonomy.Default(), 0, exclusions)
}

// inScope returns the rules that an exclusion is for, refused ones included. Names that are nobody's are an error.
func inScope(set *compile.Set, x *detection.Exclusion, paths []string) ([]*compile.Rule, error) {
	for _, name := range x.Scope.Rules {
		named := detection.ExclusionScope{Rules: []string{name}}
		if !slices.ContainsFunc(set.Rules, func(r *compile.Rule) bool { return named.Holds(r.Detection) }) {
			return nil, unknownRule(set.Rules, name, paths)
		}
	}
	rules := keep(set.Rules, func(r *compile.Rule) bool { return x.Covers(r.Detection) })
	if len(rules) == 0 {
		return nil, fail(exitUsage, "no rule is in the scope of %s", x.ID)
	}
	return rules, nil
}

// applied returns an error if an exclusion cannot be applied to a rule of its scope.
func applied(rules []*compile.Rule, x *detection.Exclusion) error {
	var list diag.List
	for _, r := range rules {
		for _, d := range r.Diagnostics {
			if d.Code == compile.CodeUnapplied && d.Source == x.Source {
				d.Severity = diag.Error
				list.Add(d)
			}
		}
	}
	if list.Failed() {
		return refusal(fmt.Sprintf("%s cannot be applied to %s", x.ID, plural(len(list), "rule")), list)
	}
	return nil
}
