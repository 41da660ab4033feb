package sigma

import (
	"strings"

	"goshawk/diag"
)

// What a document says about itself: identifier, keys, references, dates.

var _ = lints(diag.CoreLints,
	lint{Lint: diag.Lint{Code: "sigma-no-id", Severity: diag.Warning, Doc: "a document without an id",
		Help:       "Findings, exclusions, correlations and filters refer to a rule by its id. A title may change; an id does not.",
		Validators: []string{"identifier_existence"}},
		check: func(c *linter) {
			if c.meta.ID.Text == "" {
				c.say(c.title(), "document has no id").hint("add id: with a random UUID, such as uuidgen makes")
			}
		}},
	lint{Lint: diag.Lint{Code: "sigma-duplicate-reference", Severity: diag.Warning, Doc: "a reference that occurs twice",
		Help: "Say it once.", Fixes: true, Validators: []string{"duplicate_references"}},
		check: func(c *linter) {
			seen := map[string]bool{}
			for _, w := range c.meta.References {
				if seen[w.Text] {
					c.say(w.Span, "reference occurs twice").fix(c.removeEntry(w, "take the second one out"))
				}
				seen[w.Text] = true
			}
		}},
	lint{Lint: diag.Lint{Code: "sigma-misspelt-key", Severity: diag.Warning, Doc: "an unknown key that looks like a known one",
		Help:       "Keys of one's own are allowed, so a misspelt key is silently nothing: `reference`, `realted`, `falsepositive`.",
		Validators: []string{"custom_attributes"}},
		check: checkMisspelt},
	lint{Lint: diag.Lint{Code: "sigma-filename-length", Severity: diag.Warning, Doc: "a file name that is very short or very long",
		Help: "Names of files tell rules apart and have to fit everywhere.", Validators: []string{"filename_length"},
		Params: []diag.Param{{Name: "min_size", Number: 10}, {Name: "max_size", Number: 90}}},
		check: func(c *linter) {
			name := c.fileName()
			if least, most := c.number("min_size"), c.number("max_size"); name != "" && (len(name) < least || len(name) > most) {
				c.say(c.title(), "file name %s has %d characters; %d to %d are usual", name, len(name), least, most)
			}
		}},
)

// fileName returns the last part of the name of the text, if it is the name of a rule file.
func (c *linter) fileName() string {
	name := strings.ReplaceAll(c.src.Name, `\`, "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	if strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml") {
		return name
	}
	return ""
}

// knownKeys are the keys that the specification gives a document.
var knownKeys = []string{"title", "id", "name", "taxonomy", "related", "status", "description", "license", "references", "author", "date", "modified",
	"tags", "scope", "logsource", "detection", "correlation", "filter", "fields", "falsepositives", "level", "generate"}

func checkMisspelt(c *linter) {
	for _, custom := range c.meta.Custom {
		key := custom.Key.Text
		if near := diag.Nearest(key, knownKeys); near != "" && near != key && len(key) > 3 && find(c.keys, near) == nil {
			c.say(custom.Key.Span, "unknown key %q means nothing", key).hint("did you mean %s?", near)
		}
	}
}

var _ = lints(diag.SigmaHQLints,
	missing("author", "sigmahq_author_existence", "Somebody has to answer for a rule."),
	missing("date", "sigmahq_date_existence", "The age of a rule says how far to trust it."),
	missing("description", "sigmahq_description_existence", "Whoever gets the alert reads the description first."),
	missing("level", "sigmahq_level_existence", "Without a level nobody knows what to look at first."),
	missing("status", "sigmahq_status_existence", "The status says whether a rule is meant for production."),
	lint{Lint: diag.Lint{Code: "sigmahq-modified", Severity: diag.Warning, Doc: "a date of modification that does not fit the date",
		Help:       "`modified` is a day after `date`. A rule that was never changed has no `modified`, and one that has it has a `date`.",
		Fixes:      true,
		Validators: []string{"sigmahq_modified_date_order", "sigmahq_modified_without_date", "sigmahq_redundant_modified"}},
		check: checkModified},
	lint{Lint: diag.Lint{Code: "sigmahq-status-place", Severity: diag.Warning, Doc: "a deprecated or unsupported rule among those in use",
		Help:       "Such rules lie in a folder `deprecated` or `unsupported`, so that nobody loads them by mistake.",
		Validators: []string{"sigmahq_status"}},
		check: func(c *linter) {
			s := c.meta.Status
			if (s.Text == "deprecated" || s.Text == "unsupported") && !c.below(s.Text) {
				c.say(s.Span, "rule is %s and lies among those in use", s.Text).hint("move the file to a folder named %s", s.Text)
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-status-age", Severity: diag.Warning, Doc: "a status that is high for the age of the rule",
		Help:       "A new rule is experimental until it has been out for a while, unless it comes with regression tests.",
		Validators: []string{"sigmahq_status_to_high"}, Params: []diag.Param{{Name: "min_days", Number: 60}}},
		check: checkStatusAge},
	lint{Lint: diag.Lint{Code: "sigmahq-unknown-key", Severity: diag.Info, Doc: "a key that is not of the specification",
		Help:       "SigmaHQ takes rules with the keys of the specification only, beside `regression_tests_path` and `simulation`.",
		Validators: []string{"sigmahq_unknown_field"}},
		check: func(c *linter) {
			for _, custom := range c.meta.Custom {
				if name := custom.Key.Text; name != "regression_tests_path" && name != "simulation" {
					c.say(custom.Key.Span, "%s is no key of the specification", name)
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-fields", Severity: diag.Info, Doc: "the key `fields`",
		Help:       "SigmaHQ no longer uses it: whoever handles an alert knows better what to look at.",
		Validators: []string{"sigmahq_fields_existence"}},
		check: func(c *linter) {
			if p := c.key("fields"); p != nil {
				c.say(p.key.Span, "fields is no longer used")
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-key-order", Severity: diag.Info, Doc: "keys in an unusual order",
		Help: "Rules are read often; the usual order is title, id, related, status, description, references, author, date, modified, tags, logsource, detection, falsepositives, level."},
		check: checkKeyOrder},
)

// missing is the lint for a key that should be there.
func missing(key, validator, why string) lint {
	return lint{Lint: diag.Lint{Code: "sigmahq-no-" + key, Severity: diag.Warning, Doc: "a document without " + key, Help: why, Validators: []string{validator}},
		check: func(c *linter) {
			if c.key(key) == nil && c.doc.Filter == nil {
				c.say(c.title(), "document has no %s", key)
			}
		}}
}

func checkModified(c *linter) {
	date, modified := c.meta.Date, c.meta.Modified
	p := c.key("modified")
	switch {
	case p == nil || modified.Text == "":
	case date.Text == "":
		c.say(modified.Span, "rule has a date of modification, but no date").hint("write date: for the day on which it was made")
	case dayOf(modified) < dayOf(date):
		c.say(modified.Span, "rule was modified before it was made (%s)", dayOf(date))
	case dayOf(modified) == dayOf(date):
		c.say(modified.Span, "modified says what date says").hint("leave modified out").fix(c.removeKey(p, "leave modified out"))
	}
}

// dayOf returns a date in the spelling that sorts.
func dayOf(w Word) string {
	if day, ok := parseDay(w.Text); ok {
		return day.Format("2006-01-02")
	}
	return w.Text
}

// below says whether the file lies somewhere below a folder of a name.
func (c *linter) below(folder string) bool {
	name := "/" + strings.ReplaceAll(c.src.Name, `\`, "/")
	return strings.Contains(name, "/"+folder+"/")
}

func checkStatusAge(c *linter) {
	day, ok := parseDay(c.meta.Date.Text)
	if s := c.meta.Status.Text; !ok || c.o.Today.IsZero() || s != "stable" && s != "test" || c.key("regression_tests_path") != nil {
		return
	}
	if days := int(c.o.Today.Sub(day).Hours() / 24); days >= 0 && days <= c.number("min_days") {
		c.say(c.meta.Status.Span, "rule is %d days old and has status %s already", days, c.meta.Status.Text).hint("write experimental, or add regression tests")
	}
}

// usualOrder is that of the keys of published rules.
var usualOrder = []string{"title", "id", "related", "status", "description", "references", "author", "date", "modified", "tags", "logsource", "detection",
	"correlation", "filter", "falsepositives", "level"}

func checkKeyOrder(c *linter) {
	place := func(key string) int {
		for i, k := range usualOrder {
			if k == key {
				return i
			}
		}
		return -1
	}
	last := -1
	for _, p := range c.keys {
		at := place(p.key.Text)
		if at < 0 {
			continue
		}
		if at < last {
			c.say(p.key.Span, "%s usually stands before %s", p.key.Text, usualOrder[last])
			return
		}
		last = at
	}
}
