package compile

import (
	"encoding/json"
	"fmt"
	"strings"

	"goshawk/detection"
	"goshawk/taxonomy/attack"
)

// SavedSearch returns a translation to SPL as a stanza of savedsearches.conf: a correlation search of Enterprise Security that runs
// every hour over the hour that ended ten minutes before, as Splunk's own content does. It is written disabled, as that is.
func (t *Translation) SavedSearch() string {
	d := t.Rule.Detection
	var b strings.Builder
	set := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s = %s\n", key, confValue(value))
		}
	}
	title := strings.Join(strings.Fields(strings.NewReplacer("[", "(", "]", ")").Replace(d.Title)), " ")
	fmt.Fprintf(&b, "[%s]\n", title)
	set("search", t.Text)
	set("description", d.Description)
	set("cron_schedule", "0 * * * *")
	set("dispatch.earliest_time", "-70m@m")
	set("dispatch.latest_time", "-10m@m")
	set("enableSched", "1")
	set("is_scheduled", "1")
	set("schedule_window", "auto")
	set("allow_skew", "100%")
	set("realtime_schedule", "0")
	set("counttype", "number of events")
	set("relation", "greater than")
	set("quantity", "0")
	set("alert.severity", alertSeverity[d.Level])
	set("disabled", "1")
	set("action.correlationsearch.enabled", "1")
	set("action.correlationsearch.label", title)
	if notes := annotations(d); notes != "" {
		set("action.correlationsearch.annotations", notes)
	}
	set("action.notable", "1")
	set("action.notable.param.rule_title", title)
	set("action.notable.param.rule_description", strings.Join(strings.Fields(d.Description), " "))
	set("action.notable.param.severity", d.Level.String())
	if domain := t.more("domain"); domain != "" {
		set("action.notable.param.security_domain", domain)
	}
	return b.String()
}

// more returns what the target's source says of something, for the writer; empty if nothing.
func (t *Translation) more(key string) string {
	if t.Source == nil || len(t.Source.More[key]) == 0 {
		return ""
	}
	return t.Source.More[key][0]
}

// alertSeverity are the numbers that Splunk has for levels: 1 is debug, 6 is fatal.
var alertSeverity = map[detection.Level]string{
	detection.Informational: "2", detection.Low: "3", detection.Medium: "4", detection.High: "5", detection.Critical: "6",
}

// confValue writes a value of a .conf file: each line but the last ends in a backslash, and no value begins or ends with a blank.
func confValue(value string) string {
	lines := strings.Split(strings.TrimSpace(value), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r\\") // a backslash at the end would go on with the next setting
		if i+1 < len(lines) {
			lines[i] += ` \`
		}
	}
	return strings.Join(lines, "\n")
}

// annotations returns the techniques of a detection in JSON, as Enterprise Security reads them; empty if there are none.
func annotations(d *detection.Detection) string {
	var ids []string
	for _, id := range d.Techniques() {
		ids = append(ids, attack.Current(id))
	}
	if len(ids) == 0 {
		return ""
	}
	text, err := json.Marshal(map[string][]string{"mitre_attack": ids})
	if err != nil {
		panic(err) // texts of our own
	}
	return string(text)
}
