package compile

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/taxonomy"
)

// Field names, compared with those that the taxonomy has for a rule's log source.

var fieldLints = []diag.Lint{
	{Code: "sigma-field-case", Set: diag.CoreLints, Severity: diag.Warning, Doc: "a field name in unusual capitals",
		Help:       "Goshawk finds the field all the same; many a store does not.",
		Validators: []string{"sigmahq_fieldname_cast"}},
	{Code: "sigmahq-unknown-field", Set: diag.SigmaHQLints, Severity: diag.Info, Doc: "a field that the log source is not known to have",
		Help:       "It is looked up in the record by its own name, which may be right for one product. Where a name is near, it is misspelt.",
		Validators: []string{"sigmahq_invalid_fieldname"}},
	{Code: "sigmahq-redundant-field", Set: diag.SigmaHQLints, Severity: diag.Info, Doc: "a Provider_Name or Channel that the category says already",
		Help:       "A category stands for the events of several providers; naming one ties the rule to it.",
		Validators: []string{"sigmahq_category_windows_provider_name", "sigmahq_redundant_field"}},
}

// systemFields are the attributes that every Windows event has.
var systemFields = []string{"EventID", "Provider_Name", "Channel", "Computer", "Security_UserID", "EventRecordID", "Level", "Task", "Opcode", "Keywords"}

// lintFields compares the fields of a rule with those that its log source is known to have.
func lintFields(document sigma.Document, t *taxonomy.Taxonomy) (list diag.List) {
	rule := document.Rule
	if rule == nil {
		return nil
	}
	l := rule.LogSource
	known := t.Sigma(l.Category, l.Product, l.Service).Fields()
	everywhere := t.Sigma("", l.Product, "").Fields()
	specific := l.Category != "" && len(known) > len(everywhere)
	src := rule.Source
	rule.Detection.EachItem(func(item *sigma.Item) {
		field := item.Field.Text
		if field == "" {
			return
		}
		if l.Product == "windows" && l.Category != "" && (field == "Provider_Name" || field == "Channel") && says(t, l, field, item) {
			d := list.Warnf(src, item.Field.Span, "sigmahq-redundant-field", "category %s says %s already", l.Category, field)
			d.Severity = diag.Info
		}
		if slices.Contains(known, field) || !specific || l.Product == "windows" && slices.Contains(systemFields, field) {
			return
		}
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, field) }); i >= 0 {
			list.Warnf(src, item.Field.Span, "sigma-field-case", "field %s is usually written %s", field, known[i])
			return
		}
		d := list.Warnf(src, item.Field.Span, "sigmahq-unknown-field", "the log source %q is not known to have %s", dataSource(l), field)
		d.Severity = diag.Info
		if near := diag.Nearest(field, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
	})
	return list
}

// says whether an item asks for the provider or channel that records of a log source have anyway.
func says(t *taxonomy.Taxonomy, l sigma.LogSource, field string, item *sigma.Item) bool {
	for _, feed := range t.Feeds(l.Category, l.Product, l.Service) {
		of := feed.Channel
		if field == "Provider_Name" {
			of = slices.Clone(feed.Provider)
			for _, channel := range feed.Channel {
				of = append(of, providerOf(channel))
			}
		}
		for _, v := range item.Values {
			if slices.ContainsFunc(of, func(name string) bool { return strings.EqualFold(name, v.Text) }) {
				return true
			}
		}
	}
	return false
}

// providerOf returns who writes the events of a channel of Windows.
func providerOf(channel string) string {
	if channel == "Security" {
		return "Microsoft-Windows-Security-Auditing"
	}
	provider, _, _ := strings.Cut(channel, "/")
	return provider
}
