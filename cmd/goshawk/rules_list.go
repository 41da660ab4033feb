package main

import (
	"bytes"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/finding"
	"goshawk/taxonomy"
)

func (p program) rulesListCommand() *cobra.Command {
	var f ruleFlags
	format := choice{what: "format", words: []string{"table", "json"}, value: "table"}
	var refused, modes bool
	c := &cobra.Command{
		Use: "list", Short: "List rules", Args: noArguments,
		Long: "List prints the rules that can run, or with --refused those that cannot, each with its reason.",
		Example: `  goshawk rules list -r sigma/rules --tag 'attack.t1053*'
  goshawk rules list -r sigma/rules -f json | jq -r .path`,
		RunE: func(*cobra.Command, []string) error {
			set, err := f.load(p, taxonomy.Default(), 0)
			if err != nil {
				return err
			}
			c, err := f.choose(set, false)
			if err != nil {
				return err
			}
			rules := keep(c.rules, func(r *compile.Rule) bool { return r.Refused == refused })
			list := listTable
			if format.value == "json" {
				list = listJSON
			}
			if err := p.write(list(rules, refused, modes)); err != nil {
				return err
			}
			if n := len(c.rules) - len(rules); n > 0 && !refused {
				p.talk("%s refused and not listed (--refused lists them)", plural(n, "rule"))
			}
			if n := len(keep(rules, func(r *compile.Rule) bool { return len(r.SilentFor) > 0 })); n > 0 && !modes {
				p.talk("%s raise no alerts of their own, being parts of correlations (--modes shows which)", plural(n, "rule"))
			}
			if modes && !refused {
				p.talkModes(rules)
			}
			return nil
		},
	}
	f.bind(c)
	c.Flags().VarP(&format, "format", "f", "table, or json (one object per line)")
	c.Flags().BoolVar(&refused, "refused", false, "list the rules that cannot run, with the reason, instead of those that can")
	c.Flags().BoolVar(&modes, "modes", false, "show how each rule runs and why, instead of its log source")
	complete(c, "format", &format)
	return c
}

// talkModes counts the rules by how they run and why.
func (p program) talkModes(rules []*compile.Rule) {
	modes, reasons := map[string]int{}, map[string]map[string]int{}
	for _, r := range rules {
		modes[r.Mode]++
		if reasons[r.Mode] == nil {
			reasons[r.Mode] = map[string]int{}
		}
		reasons[r.Mode][r.ModeReason]++
	}
	for _, mode := range sortedKeys(modes) {
		text := mode + " " + count(modes[mode])
		if len(reasons[mode]) > 1 {
			text += ": " + counts(reasons[mode])
		}
		p.talk("%s", text)
	}
}

func listTable(rules []*compile.Rule, refused, modes bool) []byte {
	var b bytes.Buffer
	if len(rules) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	head := "LOG SOURCE"
	switch {
	case refused:
		head = "REASON"
	case modes:
		head = "MODE"
	}
	several := slices.ContainsFunc(rules, func(r *compile.Rule) bool { return r.Detection.Language != rules[0].Detection.Language })
	if several {
		head = "LANGUAGE\t" + head
	}
	fmt.Fprintf(w, "ID\tLEVEL\tSTATUS\tTITLE\t%s\n", head)
	for _, r := range rules {
		d := r.Detection
		language := ""
		if several {
			language = string(d.Language) + "\t"
		}
		last := d.DataSource
		switch {
		case refused:
			last = reason(r)
		case modes:
			last = r.Mode + ": " + r.ModeReason
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s%s\n", orDash(d.ID), d.Level, orDash(d.Status), orDash(d.Title), language, orDash(last))
	}
	_ = w.Flush() // into memory
	return b.Bytes()
}

// reason says why a rule runs as it does, or why it does not.
func reason(r *compile.Rule) string {
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Error {
			return d.Error()
		}
	}
	return r.ModeReason
}

// listedRule is a rule in the shape that other programs rely on.
type listedRule struct {
	ID        jsonText `json:"id"`
	Title     jsonText `json:"title"`
	Language  jsonText `json:"language"`
	Level     jsonText `json:"level"`
	Status    jsonText `json:"status"`
	LogSource jsonText `json:"logsource"`
	Mode      jsonText `json:"mode"`
	Reason    jsonText `json:"reason"`
	Author    jsonText `json:"author"`
	Path      jsonText `json:"path"`
	Attack    []string `json:"attack"`
	Type      jsonText `json:"type,omitempty"`
	Version   int      `json:"version,omitempty"`
	// Related are the rules that it names, and those that name it as their translation.
	Related []relatedRule `json:"related,omitempty"`
}

// relatedRule is what a rule is to another. The title is that of the other, if both were loaded.
type relatedRule struct {
	ID    jsonText `json:"id"`
	Type  jsonText `json:"type"`
	Title jsonText `json:"title,omitempty"`
}

func relatedTo(d *detection.Detection) []relatedRule {
	var list []relatedRule
	for _, r := range d.Related {
		one := relatedRule{ID: jsonText(r.ID), Type: jsonText(r.Type)}
		if r.Other != nil {
			one.Title = jsonText(r.Other.Title)
		}
		list = append(list, one)
	}
	return list
}

func listJSON(rules []*compile.Rule, _, _ bool) []byte {
	var out []byte
	for _, r := range rules {
		out = append(append(out, jsonOf(listed(r))...), '\n')
	}
	return out
}

func listed(r *compile.Rule) listedRule {
	d := r.Detection
	one := listedRule{
		ID: jsonText(d.ID), Title: jsonText(d.Title), Language: jsonText(d.Language), Level: jsonText(d.Level.String()),
		Status: jsonText(d.Status), LogSource: jsonText(d.DataSource), Mode: jsonText(r.Mode), Reason: jsonText(reason(r)),
		Author: jsonText(d.Author), Path: jsonText(d.Path), Attack: append([]string{}, finding.Techniques(d)...), Type: jsonText(d.Type), Version: d.Version,
		Related: relatedTo(d),
	}
	if r.Refused {
		one.Mode = "refused"
	}
	return one
}
