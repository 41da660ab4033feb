package main

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
)

// chosen is what the flags leave of a set.
type chosen struct {
	rules   []*compile.Rule // in the order of the set, refused ones included
	left    int             // left out by the flags
	retired int             // left out because they are deprecated or unsupported
}

// choose applies the flags to a set. With current, rules whose status is deprecated or unsupported are left out unless the
// user asked for the status, the rule or its file.
func (f *ruleFlags) choose(set *compile.Set, current bool) (chosen, error) {
	wanted := map[*compile.Rule]bool{}
	for _, name := range f.wishes(set.Rules) {
		rules := compile.Named(set.Rules, name)
		if len(rules) == 0 {
			return chosen{}, unknownRule(set.Rules, name, f.named())
		}
		for _, r := range rules {
			wanted[r] = true
		}
	}
	var c chosen
	for _, r := range set.Rules {
		d := r.Detection
		switch {
		case !f.admits(d) && !unreadable(r) || len(f.ids) > 0 && !wanted[r]:
			c.left++
		case current && isRetired(d.Status) && !wanted[r] && !f.status.has(strings.ToLower(d.Status)) && !f.status.has(anyStatus) && !slices.Contains(f.paths.values, d.Path):
			c.retired++
		default:
			c.rules = append(c.rules, r)
		}
	}
	return c, nil
}

// wishes returns the ids and titles of --rule-id. Titles may hold commas; what is no title may be several with commas between.
func (f *ruleFlags) wishes(rules []*compile.Rule) []string {
	var names []string
	for _, name := range f.ids {
		if compile.Named(rules, name) != nil {
			names = append(names, name)
			continue
		}
		for part := range strings.SplitSeq(name, ",") {
			names = append(names, strings.TrimSpace(part))
		}
	}
	return names
}

// unreadable says whether a rule is too broken to be chosen by what it says of itself.
func unreadable(r *compile.Rule) bool {
	return r.Refused && r.Detection.Title == "" && r.Detection.ID == ""
}

func isRetired(status string) bool {
	return strings.EqualFold(status, "deprecated") || strings.EqualFold(status, "unsupported")
}

// admits says whether a rule is of the level, language, status and tags that the flags ask for.
func (f *ruleFlags) admits(d *detection.Detection) bool {
	return (!f.level.set || d.Level >= f.level.value) &&
		(len(f.languages.values) == 0 || f.languages.has(string(d.Language))) &&
		(len(f.status.values) == 0 || f.status.has(anyStatus) || f.status.has(strings.ToLower(d.Status))) &&
		(len(f.tags.values) == 0 || slices.ContainsFunc(f.tags.values, func(want string) bool { return tagged(d, want) }))
}

// tagged says whether a detection has a tag; a trailing * stands for anything.
func tagged(d *detection.Detection, want string) bool {
	stem, glob := strings.CutSuffix(strings.ToLower(want), "*")
	return slices.ContainsFunc(d.Tags, func(tag string) bool {
		tag = strings.ToLower(tag)
		return tag == stem || glob && strings.HasPrefix(tag, stem)
	})
}

func keep(rules []*compile.Rule, want func(*compile.Rule) bool) []*compile.Rule {
	var kept []*compile.Rule
	for _, r := range rules {
		if want(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// unknownRule is the error for a name that no rule has, with where it was looked for.
func unknownRule(rules []*compile.Rule, name string, paths []string) error {
	where := strings.Join(paths, ", ")
	if slices.Equal(paths, []string{builtin}) {
		where = "the built-in pack; -r names other rules"
	}
	return fail(exitUsage, "%w (looked in %s)", compile.Unknown(rules, name), where)
}

// refusedByItself returns an error if a rule that was asked for by itself cannot run: one of a file that the user named and
// that holds no other, or of an id that the user gave.
func (f *ruleFlags) refusedByItself(set *compile.Set) error {
	refuse := func(rules []*compile.Rule) error {
		if len(rules) == 0 || slices.ContainsFunc(rules, func(r *compile.Rule) bool { return !r.Refused }) {
			return nil
		}
		var list diag.List
		for _, r := range rules {
			list = append(list, r.Diagnostics...)
		}
		return refusal(fmt.Sprintf("%s cannot run", ruleNames(rules)), list)
	}
	for _, path := range f.paths.values {
		if err := refuse(keep(set.Rules, func(r *compile.Rule) bool { return r.Detection.Path == path })); err != nil {
			return err
		}
	}
	for _, name := range f.wishes(set.Rules) {
		if err := refuse(compile.Named(set.Rules, name)); err != nil {
			return err
		}
	}
	return nil
}

// refusal is the error for rules that cannot run, with the author's lines.
func refusal(what string, list diag.List) error {
	var b strings.Builder
	for _, d := range list {
		if d.Severity == diag.Error {
			b.WriteByte('\n')
			b.WriteString(d.Render())
		}
	}
	return fail(exitRule, "%s:%s", what, b.String())
}

// ruleNames names rules in a sentence.
func ruleNames(rules []*compile.Rule) string {
	d := rules[0].Detection
	switch {
	case slices.ContainsFunc(rules, func(r *compile.Rule) bool { return r.Detection.Path != d.Path }):
		return plural(len(rules), "rule")
	case len(rules) > 1:
		return plural(len(rules), "rule") + " of " + d.Path
	case d.Title != "":
		return fmt.Sprintf("the rule %q", d.Title)
	}
	return "the rule of " + d.Path
}
