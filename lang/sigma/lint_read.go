package sigma

import (
	"strings"
	"time"

	"goshawk/diag"
)

// What the reader and the lowering say by themselves, because they come by it anyway, and how some of it is put right.

var _ = lints(diag.CoreLints,
	lint{Lint: diag.Lint{Code: "sigma-unused-identifier", Severity: diag.Warning, Doc: "an identifier that no condition refers to",
		Help:       "What it searches for is never asked. Refer to it in the condition, or take it out.",
		Validators: []string{"dangling_detection"}}},
	lint{Lint: diag.Lint{Code: "sigma-empty-selector", Severity: diag.Warning, Doc: "a selector that no identifier fits",
		Help:       "`1 of filter_*` without any filter excludes nothing. Where such a selector is not negated, the rule is refused.",
		Validators: []string{"dangling_condition"}}},
	lint{Lint: diag.Lint{Code: "sigma-tag-shape", Severity: diag.Warning, Doc: "a tag that has not the form namespace.name",
		Help: "Tags are lower case: a namespace, a dot, and letters, digits, dots, dashes and underscores.", Fixes: true,
		Validators: []string{"tag_format"}}, fix: fixTagShape},
	lint{Lint: diag.Lint{Code: "sigma-duplicate-tag", Severity: diag.Warning, Doc: "a tag that occurs twice",
		Help: "Say it once.", Fixes: true, Validators: []string{"duplicate_tag"}},
		fix: func(c *linter, d diag.Diagnostic) *diag.Fix {
			return c.removeEntry(Word{Span: d.Span}, "take the second one out")
		}},
)

var _ = lints(diag.SigmaHQLints,
	lint{Lint: diag.Lint{Code: "sigma-eventid", Severity: diag.Info, Doc: "an EventID beside a category",
		Help:       "A category says the kind of event, whichever product logs it. An EventID ties the rule to one log: Sysmon's 1 is 4688 in the log Security.",
		Validators: []string{"sigmahq_category_event_id"}}},
)

var _ = lints(diag.GoshawkLints,
	lint{Lint: diag.Lint{Code: "sigma-all-of-one", Severity: diag.Warning, Doc: "the modifier `all` on a single value",
		Help: "`all` links the values of a list. The specification forbids it on one value.", Fixes: true,
		Validators: []string{"sigmahq_invalid_all_modifier"}}, fix: fixAllOfOne},
	lint{Lint: diag.Lint{Code: "sigma-null-in-list", Severity: diag.Warning, Doc: "null in a list of values",
		Help: "The specification forbids it, and converters disagree. Write a list of maps: one with the values, one with null."}},
	lint{Lint: diag.Lint{Code: "sigma-selector", Severity: diag.Warning, Doc: "`1 of` or `all of` before a name without a star",
		Help: "A selector chooses among identifiers, not among the entries of one. Write the name alone.", Fixes: true,
		Validators: []string{"sigmahq_missing_asterisk_condition"}}, fix: fixSelector},
	lint{Lint: diag.Lint{Code: "sigma-identifier", Severity: diag.Warning, Doc: "an identifier that a condition can hardly refer to",
		Help: "Names are letters, digits, `_` and `-`, and no word of the condition language."}},
	lint{Lint: diag.Lint{Code: "sigma-yaml-spelling", Severity: diag.Warning, Doc: "a scalar that YAML 1.1 and YAML 1.2 read differently",
		Help: "`no`, `010`, `1:20` and their like are text to one reader and a bool or a number to another. Quote what is text."}},
	lint{Lint: diag.Lint{Code: "sigma-date", Severity: diag.Warning, Doc: "a date in the spelling of former times",
		Help: "Dates are written YYYY-MM-DD. Anything but the former spelling with slashes is refused.", Fixes: true}, fix: fixDate},
	lint{Lint: diag.Lint{Code: "sigma-level", Severity: diag.Warning, Doc: "a level that is not lower case",
		Help: "Levels are informational, low, medium, high and critical. Any other word is refused.", Fixes: true}, fix: fixLower},
	lint{Lint: diag.Lint{Code: "sigma-status", Severity: diag.Warning, Doc: "a status that is not lower case",
		Help: "Statuses are stable, test, experimental, deprecated and unsupported. Any other word is refused.", Fixes: true}, fix: fixLower},
	lint{Lint: diag.Lint{Code: "sigma-logsource", Severity: diag.Warning, Doc: "a log source that is not lower case",
		Help: "Category, product and service are lower case."}},
	lint{Lint: diag.Lint{Code: "sigma-type", Severity: diag.Warning, Doc: "one text where a list belongs",
		Help: "References, tags, false positives and fields are lists, also of one entry."}},
	lint{Lint: diag.Lint{Code: "sigma-related", Severity: diag.Warning, Doc: "a related rule without a proper id or type",
		Help: "An entry of related has the id of a rule and a type: derived, obsolete, merged, renamed, similar or correlation."}},
	lint{Lint: diag.Lint{Code: "sigma-title", Severity: diag.Warning, Doc: "a title of more than 256 characters",
		Help: "The specification allows no more. A document without a title is refused."}},
	lint{Lint: diag.Lint{Code: "sigma-filter-polarity", Severity: diag.Warning, Doc: "a filter that negates nothing",
		Help: "The condition of a filter is added to that of the rule as it stands. To exclude what it selects, begin it with `not`."}},
	lint{Lint: diag.Lint{Code: "sigma-escape", Severity: diag.Warning, Doc: "a backslash that is taken for an escape in what looks like a path",
		Help: "Before `*`, `?` and `\\` a backslash takes the meaning from what follows: `C:\\Users\\*\\x` holds a plain star. Double the backslash."}},
	lint{Lint: diag.Lint{Code: "sigma-empty-keyword", Severity: diag.Warning, Doc: "a keyword that is in every event",
		Help: "An empty text, or one of stars alone, is found everywhere."}},
	lint{Lint: diag.Lint{Code: "sigma-expand-missing", Severity: diag.Warning, Doc: "the name of a placeholder without `expand`",
		Help: "Without the modifier the percent signs are plain text, and nothing is put in their place."}},
	lint{Lint: diag.Lint{Code: "sigma-modifier-without-effect", Severity: diag.Warning, Doc: "`contains`, `startswith` or `endswith` on a regular expression",
		Help: "An expression matches anywhere. Anchor it with `^` and `$` instead."}},
	lint{Lint: diag.Lint{Code: "sigma-windash-without-dash", Severity: diag.Warning, Doc: "`windash` on values without a dash",
		Help: "The modifier changes dashes and slashes at the beginning of a word. There is none."}},
	lint{Lint: diag.Lint{Code: "sigma-no-group", Severity: diag.Info, Doc: "a correlation without group-by",
		Help: "It counts everything together, whichever host or user it was.", Validators: []string{"sigmahq_correlation_group_by_existence"}}},
	lint{Lint: diag.Lint{Code: "sigma-duplicate-rule", Severity: diag.Warning, Doc: "a rule that a correlation lists twice",
		Help: "It counts once all the same."}},
)

func fixTagShape(c *linter, d diag.Diagnostic) *diag.Fix {
	for _, tag := range c.meta.Tags {
		if lower := strings.ToLower(strings.TrimSpace(tag.Text)); tag.Span == d.Span && tagShape.MatchString(lower) {
			return c.rewrite(tag, lower, "write "+lower)
		}
	}
	return nil
}

func fixAllOfOne(c *linter, d diag.Diagnostic) (fix *diag.Fix) {
	c.items(func(item *Item, beside []*Item) {
		for i, m := range item.Modifiers {
			if m.Span == d.Span && m.Text == "all" && !item.IsKeyword() {
				fix = c.removeModifier(item, beside, i, "leave all out")
			}
		}
	})
	return fix
}

func fixSelector(c *linter, d diag.Diagnostic) (fix *diag.Fix) {
	c.conditions(func(n Cond) {
		if s, ok := n.(*Selector); ok && s.Pattern.Span == d.Span {
			fix = c.nameAlone(s)
		}
	})
	return fix
}

// nameAlone returns the fix that writes the only identifier that a selector refers to in its place.
func (c *linter) nameAlone(s *Selector) *diag.Fix {
	if len(s.Identifiers) != 1 {
		return nil
	}
	name := s.Identifiers[0].Name.Text
	for _, w := range c.detection().Conditions {
		if w.Span.Start > s.Span.Start || s.Span.End > w.Span.End {
			continue
		}
		if spelled := c.src.Text[s.Span.Start:s.Span.End]; strings.Join(strings.Fields(spelled), " ") == quantified(s) && isWordy(name) {
			return &diag.Fix{Doc: "write " + name, Edits: []diag.Edit{{Span: s.Span, Text: name}}}
		}
	}
	return nil
}

// quantified spells a selector; the quantifier any is left to its author.
func quantified(s *Selector) string {
	if s.All {
		return "all of " + s.Pattern.Text
	}
	return "1 of " + s.Pattern.Text
}

// isWordy says whether a condition can refer to a name, quoted or not.
func isWordy(name string) bool {
	for _, r := range name {
		if !isWord(r) && r != '-' {
			return false
		}
	}
	return name != "" && !isOperator(name) && name != "them" && name != "of"
}

func fixDate(c *linter, d diag.Diagnostic) *diag.Fix {
	for _, w := range []Word{c.meta.Date, c.meta.Modified} {
		if day, ok := parseDay(w.Text); ok && w.Span == d.Span {
			iso := day.Format("2006-01-02")
			return c.rewrite(w, iso, "write "+iso)
		}
	}
	return nil
}

// parseDay reads a date in the spelling of today or of former times.
func parseDay(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006/1/2"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

// fixLower writes the word of a remark in lower case.
func fixLower(c *linter, d diag.Diagnostic) *diag.Fix {
	spelled := c.src.Text[d.Span.Start:d.Span.End]
	lower := strings.ToLower(spelled)
	return &diag.Fix{Doc: "write " + lower, Edits: []diag.Edit{{Span: d.Span, Text: lower}}}
}
