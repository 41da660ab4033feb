package sigma

import (
	"crypto/sha1"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// yamlText is YAML being written, indented by four blanks as the published rules are.
type yamlText struct{ strings.Builder }

func (t *yamlText) line(indent int, format string, args ...any) {
	t.WriteString(strings.Repeat("    ", indent))
	fmt.Fprintf(t, format, args...)
	t.WriteByte('\n')
}

// yaml writes the rule.
func (w *ruleWriter) yaml(condition string) string {
	t := &yamlText{}
	h := w.head
	scalar := func(key, value string) {
		if value != "" {
			t.line(0, "%s: %s", key, plainScalar(value))
		}
	}
	list := func(key string, values []string) {
		if len(values) == 0 {
			return
		}
		t.line(0, "%s:", key)
		for _, v := range values {
			t.line(1, "- %s", plainScalar(v))
		}
	}
	scalar("title", h.Title)
	scalar("id", h.ID)
	if len(h.Related) > 0 {
		t.line(0, "related:")
		for _, id := range h.Related {
			t.line(1, "- id: %s", plainScalar(id))
			t.line(1, "  type: derived")
		}
	}
	scalar("status", h.Status)
	if strings.Contains(h.Description, "\n") && blockable(h.Description) {
		t.line(0, "description: |-")
		for _, line := range strings.Split(h.Description, "\n") {
			if line == "" {
				t.WriteByte('\n')
				continue
			}
			t.line(1, "%s", line)
		}
	} else {
		scalar("description", h.Description)
	}
	list("references", h.References)
	scalar("author", h.Author)
	scalar("date", h.Date)
	scalar("modified", h.Modified)
	list("tags", h.Tags)
	t.line(0, "logsource:")
	for _, part := range [][2]string{{"category", w.source.Category}, {"product", w.source.Product}, {"service", w.source.Service}} {
		if part[1] != "" {
			t.line(1, "%s: %s", part[0], plainScalar(part[1]))
		}
	}
	t.line(0, "detection:")
	for _, id := range w.ids {
		t.line(1, "%s:", id.name)
		id.body.write(t, 2)
	}
	t.line(1, "condition: %s", condition)
	if list("falsepositives", h.FalsePositives); len(h.Fields) > 0 {
		list("fields", h.Fields)
	} else {
		list("fields", w.shown)
	}
	scalar("level", h.Level)
	return t.String()
}

func (b allItems) write(t *yamlText, indent int) {
	pad := strings.Repeat("    ", indent)
	for _, i := range b {
		i.write(t, pad, pad)
	}
}

func (b anyBody) write(t *yamlText, indent int) {
	pad := strings.Repeat("    ", indent)
	for _, m := range b {
		for k, i := range m {
			lead := "- "
			if k > 0 {
				lead = "  "
			}
			i.write(t, pad+lead, pad+"  ")
		}
	}
}

// write writes one item; lead is what stands before its key, pad the blanks up to there.
func (i *ruleItem) write(t *yamlText, lead, pad string) {
	if i.key == "" { // keywords
		for _, v := range i.values {
			t.WriteString(pad + "- " + v + "\n")
		}
		return
	}
	key := i.key
	if !plainKey.MatchString(key) {
		key = quoted(key)
	}
	if len(i.values) == 1 {
		t.WriteString(lead + key + ": " + i.values[0] + "\n")
		return
	}
	t.WriteString(lead + key + ":\n")
	for _, v := range i.values {
		t.WriteString(pad + "    - " + v + "\n")
	}
}

var (
	plainKey   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.|-]*$`)
	plainValue = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _.,;()/+=-]*$`)
	dateValue  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	urlValue   = regexp.MustCompile(`^https?://[^\s#'"]+[^\s#'":]$`)
	notText    = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|nan|inf)$`)
)

// plainScalar writes a text without quotes where it is read as it stands.
func plainScalar(s string) string {
	if (plainValue.MatchString(s) && !notText.MatchString(s) || dateValue.MatchString(s) || urlValue.MatchString(s) || uuidShape.MatchString(s)) && !strings.HasSuffix(s, " ") {
		return s
	}
	return quoted(s)
}

// quoted writes a text in quotes: double ones where it has what must be escaped.
func quoted(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// blockable says whether lines can stand as a block as they are.
func blockable(s string) bool {
	if strings.TrimSpace(s) != s {
		return false
	}
	for _, line := range strings.Split(s, "\n") {
		if strings.TrimRight(line, " \t\r") != line || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && r != '\t' }) {
			return false
		}
	}
	return true
}

// quoteExpression escapes a text for RE2.
func quoteExpression(s string) string { return regexp.QuoteMeta(s) }

// isTerm says whether a character is a part of a term.
func isTerm(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// DerivedID returns the id of a rule that is made of something else: a UUID (version 5) of its names, the same for the same ones.
func DerivedID(names ...string) string {
	space := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8} // RFC 9562: URLs
	sum := sha1.Sum(append(space[:], strings.Join(names, "\x00")...))
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
