package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/taxonomy"
)

func (p program) excludeExportCommand() *cobra.Command {
	var f excludeFlags
	to := choice{what: "language", words: []string{"sigma", "spl", "kql", "json"}, value: "json"}
	c := &cobra.Command{
		Use: "export ID", Short: "Write an exclusion as a Sigma filter, a Splunk macro, a KQL condition, or JSON",
		Long: `Export writes an exclusion for the product that its detections come from: a Sigma filter document, the stanzas of macros.conf for the
filter macros of Splunk's detections, or a condition to put behind a query. A predicate goes into its own language as it stands, and a
structured one into each as far as the language has words for it; what it has none for is refused.`,
		Example: `  goshawk exclude export ex-0007 --to sigma
  goshawk exclude export ex-0007 --to spl`,
		Args: oneID,
		RunE: func(_ *cobra.Command, args []string) error {
			x, err := f.find(args[0])
			if err != nil {
				return err
			}
			if to.value == "json" {
				return p.write(append(jsonOf(jsonOfExclusion(listedExclusion{Exclusion: x})), '\n'))
			}
			set, err := f.compiled(p, nil)
			if err != nil {
				return err
			}
			rules := keep(set.Rules, func(r *compile.Rule) bool { return x.Covers(r.Detection) && string(r.Detection.Language) == to.value })
			if len(rules) == 0 {
				return fail(exitUsage, "no rule in the scope of %s is written in %s", x.ID, to.value)
			}
			text, err := p.exported(x, to.value, rules)
			if err != nil {
				return err
			}
			return p.write([]byte(text))
		},
	}
	f.bind(c)
	c.Flags().Var(&to, "to", "sigma, spl, kql or json")
	complete(c, "to", &to)
	return c
}

// exported writes an exclusion in a language, for rules of it.
func (p program) exported(x *detection.Exclusion, language string, rules []*compile.Rule) (string, error) {
	if kind := x.Kind(); kind != "structured" && kind != language {
		return "", fail(exitUsage, "%s is written in %s, and is not translated; export it to %s or json", x.ID, kind, kind)
	}
	spells := spelling{of: map[string]taxonomy.Name{}}
	defer spells.tell(p, x)
	switch language {
	case "sigma":
		return sigmaFilter(x, rules, spells.one(rules))
	case "spl":
		var b strings.Builder
		for i, r := range rules {
			predicate, err := x.SPLText(spells.one(rules[i : i+1]))
			if err != nil {
				return "", fail(exitRule, "%s cannot be written in SPL: %w", x.ID, err)
			}
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "# %s: %s\n[%s]\ndefinition = search NOT (%s)\n", x.ID, oneRow(x.Reason), compile.Slot(r.Detection), predicate)
		}
		return b.String(), nil
	}
	predicate, err := x.KQLText(spells.one(rules))
	if err != nil {
		return "", fail(exitRule, "%s cannot be written in KQL: %w", x.ID, err)
	}
	return fmt.Sprintf("| where not(%s) // %s: %s\n", predicate, x.ID, oneRow(x.Reason)), nil
}

// spelling notes the names that were used, for what is to be told of them.
type spelling struct{ of map[string]taxonomy.Name }

// one returns the names that rules have in common: one text is for all of them.
func (s *spelling) one(rules []*compile.Rule) detection.Spell {
	return func(field string) (string, error) {
		var name taxonomy.Name
		for i, r := range rules {
			n, err := compile.NameIn(r, field, taxonomy.Default())
			switch {
			case err != nil:
				return "", err
			case i > 0 && n.Text != name.Text:
				return "", fmt.Errorf("%s is %s in %q and %s in %q; export an exclusion for each", field, name.Text, rules[0].Detection.Title, n.Text, r.Detection.Title)
			}
			name = n
		}
		s.of[field] = name
		return name.Text, nil
	}
}

// tell warns of fields whose values are not those of the exclusion.
func (s *spelling) tell(p program, x *detection.Exclusion) {
	for _, field := range slices.Sorted(maps.Keys(s.of)) {
		if n := s.of[field]; n.Note != "" {
			fmt.Fprintf(p.stderr, "warning: %s: %s is exported as %s: %s\n", x.ID, field, n.Text, n.Note)
		}
	}
}

func oneRow(text string) string { return strings.Join(strings.Fields(text), " ") }

// sigmaFilter writes a filter document for rules of one log source.
func sigmaFilter(x *detection.Exclusion, rules []*compile.Rule, spell detection.Spell) (string, error) {
	l := rules[0].LogSource
	section, condition, err := x.SigmaText(spell)
	if err != nil {
		return "", fail(exitRule, "%s cannot be written in Sigma: %w", x.ID, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "title: %s\ndescription: %s\nlogsource:\n", quoteYAML(x.ID), quoteYAML(oneRow(x.Reason)))
	for _, part := range []struct{ key, value string }{{"category", l.Category}, {"product", l.Product}, {"service", l.Service}} {
		if part.value != "" {
			fmt.Fprintf(&b, "  %s: %s\n", part.key, part.value)
		}
	}
	b.WriteString("filter:\n  rules:\n")
	for _, r := range rules {
		if r.LogSource.Category != l.Category || r.LogSource.Product != l.Product || r.LogSource.Service != l.Service {
			return "", fail(exitUsage, "the rules of %s are of several log sources, and a filter is for one; export an exclusion for each", x.ID)
		}
		fmt.Fprintf(&b, "    - %s\n", idOf(r.Detection))
	}
	b.WriteString(section)
	fmt.Fprintf(&b, "  condition: %s\n", condition)
	return b.String(), nil
}

// quoteYAML writes a text as a scalar in quotes.
func quoteYAML(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
