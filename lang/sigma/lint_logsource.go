package sigma

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"goshawk/diag"
)

// Log sources, and the names of files, which at SigmaHQ begin with them.

// sysmonCategories are the categories that stand for the events of Sysmon, by event id.
var sysmonCategories = map[string]string{
	"1": "process_creation", "2": "file_change", "3": "network_connection", "4": "sysmon_status", "5": "process_termination", "6": "driver_load",
	"7": "image_load", "8": "create_remote_thread", "9": "raw_access_thread", "10": "process_access", "11": "file_event", "12": "registry_event",
	"13": "registry_set", "14": "registry_rename", "15": "create_stream_hash", "16": "sysmon_status", "17": "pipe_created", "18": "pipe_created",
	"19": "wmi_event", "20": "wmi_event", "21": "wmi_event", "22": "dns_query", "23": "file_delete", "24": "clipboard_capture",
	"25": "process_tampering", "26": "file_delete_detected", "27": "file_block_executable", "28": "file_block_shredding",
	"29": "file_executable_detected", "255": "sysmon_error",
}

var _ = lints(diag.CoreLints,
	lint{Lint: diag.Lint{Code: "sigma-specific-logsource", Severity: diag.Warning, Doc: "an event id of one log where a category would do",
		Help:       "A category takes in every product that logs such events; `service: sysmon` with EventID 1 sees Sysmon only.",
		Validators: []string{"specific_instead_of_generic_logsource"}},
		check: checkSpecific},
	lint{Lint: diag.Lint{Code: "sigma-logsource-key", Severity: diag.Warning, Doc: "an unknown key of a log source",
		Help:       "Only category, product, service and definition mean something; any other key restricts nothing.",
		Validators: []string{"fieldname_logsource"}},
		check: func(c *linter) {
			for _, custom := range c.logSource().Custom {
				r := c.say(custom.Key.Span, "unknown key %q of a log source means nothing", custom.Key.Text)
				if near := diag.Nearest(custom.Key.Text, []string{"category", "product", "service", "definition"}); near != "" {
					r.hint("did you mean %s?", near)
				}
			}
		}},
)

func checkSpecific(c *linter) {
	l := c.logSource()
	if l.Product != "windows" || l.Category != "" || l.Service != "sysmon" && l.Service != "security" {
		return
	}
	c.items(func(item *Item, _ []*Item) {
		if item.Field.Text != "EventID" || len(item.Modifiers) > 0 {
			return
		}
		for _, v := range item.Values {
			category := sysmonCategories[v.Text]
			if l.Service == "security" {
				category = map[string]string{"4688": "process_creation"}[v.Text]
			}
			if category != "" && v.Kind != BoolValue {
				c.say(v.Span, "the category %s takes in event %s of this log", category, v.Text).hint("write category: %s in place of service: %s and the EventID", category, l.Service)
			}
		}
	})
}

var _ = lints(diag.SigmaHQLints,
	lint{Lint: diag.Lint{Code: "sigmahq-sysmon-eventid", Severity: diag.Warning, Doc: "the service sysmon without an EventID",
		Help:       "Events of Sysmon of all kinds share one log; without an id the rule compares fields of events that it does not mean.",
		Validators: []string{"sigmahq_sysmon_missing_eventid"}},
		check: func(c *linter) {
			found := c.logSource().Service != "sysmon"
			c.items(func(item *Item, _ []*Item) { found = found || item.Field.Text == "EventID" })
			if !found && c.doc.Rule != nil {
				c.say(c.logSource().Span, "rule for the service sysmon names no EventID")
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-filename", Severity: diag.Warning, Doc: "a file name that is not of SigmaHQ's form",
		Help:       "Names of files are lower case letters, digits and underscores, end in .yml, and begin with what the log source is called.",
		Validators: []string{"sigmahq_filename_convention", "sigmahq_filename_prefix", "sigmahq_correlation_filename_prefix"}},
		check: checkFileName},
)

var fileNameShape = regexp.MustCompile(`^[a-z0-9_]{10,90}\.yml$`)

func checkFileName(c *linter) {
	name := c.fileName()
	if name == "" {
		return
	}
	if !fileNameShape.MatchString(name) || !strings.Contains(name, "_") {
		c.say(c.title(), "file name %s has not the usual form", name).hint("use 10 to 90 lower case letters, digits and underscores, and .yml")
		return
	}
	switch {
	case c.doc.Correlation != nil:
		if !strings.HasPrefix(name, "correlation_") {
			c.say(c.title(), "file name %s of a correlation does not begin with correlation_", name)
		}
	case c.doc.Rule != nil && !strings.HasPrefix(name, "correlation_"):
		if prefix := prefixOf(c.doc.Rule.LogSource); !strings.HasPrefix(name, prefix) {
			c.say(c.title(), "file name %s does not begin with %s, as rules of this log source do", name, prefix)
		}
	}
}

//go:embed prefixes.tsv
var prefixesTSV string

// prefixes are how the names of SigmaHQ's files begin, by product, category and service: what nine in ten rules of a log source share,
// of those with three rules at least.
var prefixes = sync.OnceValue(func() map[[3]string]string {
	m := map[[3]string]string{}
	lines := strings.Split(strings.TrimRight(prefixesTSV, "\n"), "\n")
	for _, line := range lines[1:] {
		columns := strings.Split(line, "\t")
		m[[3]string(columns[:3])] = columns[3]
	}
	return m
})

// prefixOf returns how the names of files with rules of a log source begin; empty where there is no custom.
func prefixOf(l LogSource) string {
	if prefix, ok := prefixes()[[3]string{l.Product, l.Category, l.Service}]; ok {
		return prefix
	}
	if l.Product == "" {
		return ""
	}
	return prefixes()[[3]string{l.Product}]
}
