package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// translateFlags are what translate can be told.
type translateFlags struct {
	rules  ruleFlags
	target targetFlags
	format choice
	as     choice
	out    string
	only   string
	strict bool
	lossy  bool
}

func (p program) translateCommand() *cobra.Command {
	f := translateFlags{
		format: choice{what: "format", words: []string{"text", "json"}, value: "text"},
		as:     choice{what: "form", words: []string{"query", "rule"}, value: "query"},
	}
	c := &cobra.Command{
		Use:   "translate RULE… --to TARGET",
		Short: "Write detections in another query language, and say what is lost",
		Long: `Translate writes rules as queries for another place: ` + strings.Join(taxonomy.Default().Targets(), ", ") + `. A rule is named by its file, its
id (or the first 8 characters of it) or its title; a folder stands for all rules in it. What becomes of a rule's meaning is said on
standard error, or in the output with -f json: what is carried in another form, what the query finds beyond the rule, and why a rule
cannot be translated at all, which makes the exit status 2. Nothing is left out silently.

Which tables and columns are meant is written down in files, to which --target-files adds your own (see docs/translate.md). A
target's tables may not tell the product of a rule's log source. --strict-logsource carries it where they can, and refuses the rule
where they cannot.

What a log source has may stand in several tables or sources of the target, as processes of Windows do in Sysmon's log and in the
security log. All are asked: by a union in KQL, by alternatives in a search. --only asks one of them, by its name in the target's file.`,
		Example: `  goshawk translate d2d642d7 --to kql-asim
  goshawk translate d2d642d7 --to kql-asim --strict-logsource
  goshawk translate my-rule.yml --to kql-securityevent --only sysmon
  goshawk translate my-rules/ --to kql-xdr -f json -o translated.json
  goshawk translate my-rule.yml --to kql-xdr --as rule
  goshawk translate my-rules/ --to my-lake --target-files my-targets/`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "translate wants a rule: its file, id or title\nTry 'goshawk translate --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.translate(&f, args) },
	}
	f.rules.bindPaths(c)
	f.target.bind(c)
	c.Flags().VarP(&f.format, "format", "f", "text, or json with what is lost")
	c.Flags().Var(&f.as, "as", "query, or rule: what the product imports (Sentinel's analytic rule as YAML, a stanza of Splunk's savedsearches.conf)")
	c.Flags().StringVarP(&f.out, "output", "o", "", "write to `FILE` instead of standard output")
	c.Flags().StringVar(&f.only, "only", "", "of a log source that stands in several `PART`s of the target, ask this one alone: "+partsOfTargets(" or "))
	c.Flags().BoolVar(&f.strict, "strict-logsource", false, "carry the product of the log source; refuse a rule where the target cannot tell it")
	c.Flags().BoolVar(&f.lossy, "lossy", false, "leave out conditions that the target cannot say, where that only finds more")
	complete(c, "format", &f.format)
	complete(c, "as", &f.as)
	return c
}

// translate runs the translate command.
func (p program) translate(f *translateFlags, args []string) error {
	target, t, err := f.target.choose()
	if err != nil {
		return err
	}
	if f.as.value == "rule" && target.Language == "sigma" {
		return fail(exitUsage, "--as rule is for the targets of KQL and SPL; what %s gives are rules anyway", target.Name)
	}
	if parts := target.Parts(); f.only != "" && !slices.Contains(parts, f.only) {
		if len(parts) == 0 {
			return fail(exitUsage, "--only %s: %s has every log source in one place", f.only, target.Name)
		}
		return fail(exitUsage, "--only %s: the parts that %s has are %s", f.only, target.Name, strings.Join(parts, ", "))
	}
	rules, several, err := f.chosen(p, args)
	if err != nil {
		return err
	}
	files := &outputs{program: p, read: existing(args)}
	out, err := files.open("output", f.out)
	if err != nil {
		return err
	}
	if err := files.begin(); err != nil {
		return err
	}
	var list []*compile.Translation
	for _, r := range rules {
		list = append(list, compile.Translate(r, target, compile.TranslateOptions{Taxonomy: t, Strict: f.strict, Lossy: f.lossy, Only: f.only}))
	}
	text := f.texts(list, several)
	if _, err := out.Write([]byte(text)); err != nil {
		return unwritable(out.name, err)
	}
	if err := out.finish(); err != nil {
		return unwritable(out.name, err)
	}
	return f.talk(p, list, several)
}

// partsOfTargets names the parts of all targets, each once.
func partsOfTargets(between string) string {
	var names []string
	for _, name := range taxonomy.Default().Targets() {
		target, _ := taxonomy.Default().Target(name)
		for _, part := range target.Parts() {
			if !slices.Contains(names, part) {
				names = append(names, part)
			}
		}
	}
	return strings.Join(names, between)
}

// existing returns those of some names that are files or folders.
func existing(names []string) []string {
	var list []string
	for _, name := range names {
		if _, err := os.Stat(name); err == nil {
			list = append(list, name)
		}
	}
	return list
}

// chosen returns the rules that the arguments name; several says that they may be more than a person reads one by one.
func (f *translateFlags) chosen(p program, args []string) (rules []*compile.Rule, several bool, err error) {
	for _, name := range args {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			folder := f.rules
			folder.paths.values = []string{name}
			set, err := folder.load(p, taxonomy.Default(), 0)
			if err != nil {
				return nil, false, err
			}
			rules, several = append(rules, set.Rules...), true
			continue
		}
		flags := f.rules
		one, err := flags.mean(p, name)
		if err != nil {
			return nil, false, err
		}
		rules = append(rules, one...)
	}
	return rules, several || len(rules) > 1, nil
}

// translationJSON is a translation as JSON has it.
type translationJSON struct {
	Rule    jsonText   `json:"rule"`
	Title   jsonText   `json:"title"`
	Path    jsonText   `json:"path"`
	Target  string     `json:"target"`
	Refused bool       `json:"refused"`
	Table   jsonText   `json:"table,omitempty"`
	Text    jsonText   `json:"text,omitempty"`
	Losses  []lossJSON `json:"losses"`
}

type lossJSON struct {
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	Line     int      `json:"line"`
	Message  jsonText `json:"message"`
	Hint     jsonText `json:"hint,omitempty"`
}

// texts returns what is written of translations.
func (f *translateFlags) texts(list []*compile.Translation, several bool) string {
	if f.format.value == "json" {
		var elements [][]byte
		for _, t := range list {
			elements = append(elements, jsonOf(f.json(t)))
		}
		return string(jsonLines(elements)) + "\n"
	}
	var parts []string
	for _, t := range list {
		if t.Refused {
			continue
		}
		text := f.text(t)
		if several && f.as.value != "rule" {
			text = comment(t) + text
		}
		parts = append(parts, strings.TrimRight(text, "\n")+"\n")
	}
	if f.as.value == "rule" && len(list) > 0 && list[0].Language == string(detection.KQL) {
		return strings.Join(parts, "---\n")
	}
	return strings.Join(parts, "\n")
}

// comment names a rule above its query, in the way of the language.
func comment(t *compile.Translation) string {
	d := t.Rule.Detection
	what := diag.Printable(strings.Join(strings.Fields(d.Title+" "+d.ID), " "))
	switch t.Language {
	case string(detection.KQL):
		return "// " + what + "\n"
	case string(detection.SPL):
		return "```" + strings.ReplaceAll(what, "`", "'") + "```\n"
	}
	return "# " + what + "\n"
}

// text returns a translation in the form that is asked for.
func (f *translateFlags) text(t *compile.Translation) string {
	switch {
	case f.as.value != "rule":
	case t.Language == string(detection.SPL):
		return t.SavedSearch()
	default:
		return t.SentinelRule()
	}
	return t.Text
}

func (f *translateFlags) json(t *compile.Translation) translationJSON {
	d := t.Rule.Detection
	out := translationJSON{
		Rule: jsonText(d.ID), Title: jsonText(d.Title), Path: jsonText(d.Path), Target: t.Target, Refused: t.Refused, Table: jsonText(t.Table),
		Losses: []lossJSON{},
	}
	if !t.Refused {
		out.Text = jsonText(f.text(t))
	}
	for _, l := range t.Losses {
		out.Losses = append(out.Losses, lossJSON{l.Code, l.Severity.String(), l.Position().Line, jsonText(l.Message), jsonText(l.Hint)})
	}
	return out
}

// talk says what is lost: of a few rules in full, of many by reason.
func (f *translateFlags) talk(p program, list []*compile.Translation, several bool) error {
	refused, warned := 0, 0
	reasons := map[string]int{}
	for _, t := range list {
		if !several && f.format.value != "json" {
			for _, l := range t.Losses {
				if l.Severity != diag.Error {
					fmt.Fprint(p.stderr, l.Render())
				}
			}
		}
		worst := diag.Info
		for _, l := range t.Losses {
			if l.Severity < worst {
				worst = l.Severity
			}
		}
		switch worst {
		case diag.Error:
			refused++
		case diag.Warning:
			warned++
		}
		seen := map[string]bool{}
		for _, l := range t.Losses {
			if l.Severity == worst && l.Severity != diag.Info && !seen[l.Code] {
				seen[l.Code] = true
				reasons[l.Severity.String()+" "+l.Code]++
			}
		}
	}
	if several {
		p.talk("%s: %d translated, %d of them with a warning, %d refused", plural(len(list), "rule"), len(list)-refused, warned, refused)
		for _, reason := range sortedKeys(reasons) {
			p.talk("  %6d %s", reasons[reason], reason)
		}
	}
	switch {
	case refused == 0:
		return nil
	case !several:
		return refusal(fmt.Sprintf("%s cannot be translated to %s", ruleNames([]*compile.Rule{list[0].Rule}), list[0].Target), list[0].Losses)
	case refused == len(list):
		return fail(exitRule, "none of the rules can be translated to %s (-f json says why)", list[0].Target)
	}
	return nil
}
