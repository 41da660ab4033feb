package exclusion

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// Draft is an exclusion that is about to be written.
type Draft struct {
	ID, Title, Reason, Owner, Ticket string
	Created, Expires, Review         string // as they are written
	Scope                            detection.ExclusionScope
	Kind                             string // where, sigma, spl or kql
	Predicate                        string
	Table                            string
}

// YAML returns the text of the file.
func (d Draft) YAML() string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			b.WriteString(key + ": " + scalar(value) + "\n")
		}
	}
	line("id", d.ID)
	line("title", d.Title)
	line("reason", d.Reason)
	line("owner", d.Owner)
	line("ticket", d.Ticket)
	line("created", d.Created)
	line("expires", d.Expires)
	line("review", d.Review)
	b.WriteString("scope:\n")
	list := func(key string, values []string) {
		if len(values) == 0 {
			return
		}
		b.WriteString("  " + key + ":\n")
		for _, v := range values {
			b.WriteString("    - " + scalar(v) + "\n")
		}
	}
	list("rules", d.Scope.Rules)
	list("stories", d.Scope.Stories)
	list("tags", d.Scope.Tags)
	if d.Scope.All {
		b.WriteString("  all: true\n")
	}
	line("table", d.Table)
	if d.Kind == "sigma" {
		b.WriteString("sigma:\n")
		for row := range strings.Lines(strings.TrimRight(d.Predicate, "\n") + "\n") {
			b.WriteString("  " + row)
		}
		return b.String()
	}
	line(d.Kind, d.Predicate)
	return b.String()
}

// scalar writes a text as YAML reads it, on one line where it can.
func scalar(text string) string {
	if strings.TrimSpace(text) == text && !strings.ContainsAny(text, "\n\t") {
		var back string
		if err := yaml.Unmarshal([]byte(text), &back); err == nil && back == text && !strings.Contains(text, "#") && !strings.ContainsAny(text[:1], "'\"[{&*!|>%@`") {
			return text
		}
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	out, err := yaml.Marshal(text)
	if err != nil {
		panic(err) // a text
	}
	return strings.TrimRight(string(out), "\n")
}

// Expire returns the text of the file of an exclusion with another expiry, and everything else as it stands.
func Expire(x *detection.Exclusion, expires string) string {
	text := x.Source.Text
	places := yamltext.New(x.Source)
	var value, scope diag.Span
	places.Documents(limits, func(root *yaml.Node) {
		if root.Kind != yaml.MappingNode || places.Span(root) != x.Span {
			return
		}
		for _, p := range places.Pairs(root, func(yamltext.Problem) {}) {
			switch p.Key.Value {
			case "expires":
				value = places.Span(p.Value)
			case "scope":
				scope = places.Span(p.Key)
			}
		}
	}, func(yamltext.Problem) {})
	if value.End > 0 {
		return text[:value.Start] + expires + text[value.End:]
	}
	return text[:scope.Start] + "expires: " + expires + "\n" + text[scope.Start:]
}

// Date writes a time as an expiry: as a date if it is the end of that day.
func Date(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Add(-time.Second).Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
