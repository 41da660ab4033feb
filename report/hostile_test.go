package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
	"goshawk/source"
)

// hostile is text that does something where it is not escaped for the place it is shown at.
var hostile = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "' onmouseover='alert(1)", "` onfocus=`alert(1)",
	"</title></style></script></textarea><svg onload=alert(1)>", "<!-- --!> <![CDATA[ ]]>", "<a href=javascript:alert(1)>x</a>",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example/x", "http://user:pass@evil.example/",
	"https://evil.example/\"onclick=\"alert(1)", "&lt;script&gt;", "{{.}} ${7*7} %s%n", "x;expression(alert(1))", "url(http://evil.example)",
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\link", "\u009b31mC1", "\x7f\b\b\b", "over\rwritten", "two\nlines", "two\r\nlines", "a\tb",
	"invoice\u202egnp.exe", "\u2066\u2067\u200f\u061c", "\u200b\ufeff\u00ad", "\u2028\u2029", "\ufffe\uffff", "\U000e0041\U000e007f", "nul\x00nul", "bad\xff\xfe\xc3utf8",
	"=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "  =1+1", "＝1+1", "＠SUM(A1)", "\u3000+1", "a,\"b\";=1+1",
	strings.Repeat("A", 100_000), strings.Repeat("\u202e", 20_000), strings.Repeat("漢", 5_000), strings.Repeat("e\u0301", 3_000), strings.Repeat("\xff", 9_000), "",
}

// hostileScan puts a text into every place that a log, a file name or a rule can fill.
func hostileScan(text string) ([]*finding.Finding, *engine.Report, report.Options) {
	d := &detection.Detection{
		ID: text, Name: text, Title: text, Language: detection.Sigma, Level: detection.High, Status: text, Description: text, Author: text, License: text, Date: text,
		Modified: text, References: []string{text, "https://example.org/fine"}, Tags: []string{text, "attack.t1059", "attack." + text}, FalsePositives: []string{text},
		Fields: []string{text}, DataSource: text, Path: text, Query: &diag.Source{Name: text, Text: text}, Span: diag.Span{End: len(text)},
		Stories: []string{text}, HowToImplement: text, Type: text, Answer: &detection.Answer{Kind: detection.Kind(text), Finding: true, Risk: true},
	}
	f := &finding.Finding{
		Time: event.UnixEpoch + event.TicksPerDay, Detection: d, Host: text, User: text, Message: "m " + text,
		Risk: []finding.Risk{{Object: text, Type: text, Score: 1}}, Evidence: []finding.Evidence{{Source: text, Record: 1}},
		Why: []finding.Reason{{Clause: text, Field: text, Value: text, From: len(text) / 3, To: len(text)/2 + 1}, {Clause: text, Value: text, From: -4, To: 1 << 30}},
	}
	f.Notable, f.Title, f.Details, f.Notes, f.From, f.More = true, "t "+text, text, []string{text}, event.UnixEpoch, 1
	f.Threats, f.Drilldown = []finding.Threat{{Object: text, Type: text}}, []finding.Drilldown{{Name: text, Search: text, Earliest: text, Latest: text}}
	ledger := finding.NewLedger(finding.LedgerOptions{})
	ledger.Add(f)
	f.Fields.Set("field "+text, event.TextValue(text))
	f.Fields.Set("CommandLine", event.TextValue(text))
	inner := &event.Record{}
	inner.Set(text, event.ListValue(event.TextValue(text), event.NullValue()))
	f.Fields.Set("nested", event.ObjectValue(inner))
	f.Identify()
	r := &engine.Report{
		Findings: 1, Events: 1,
		Inputs: []engine.InputReport{
			{Name: text, Format: text, Why: text, Lost: 1, Problems: []source.Problem{{Source: text, Offset: -1, Code: text, Reason: text, Lost: true}}},
			{Name: text, Skipped: true, Why: text},
		},
		Blind:  []engine.Blind{{Rule: &compile.Rule{Detection: d}}, {Rule: &compile.Rule{Detection: d}, Fields: []string{text}}},
		Failed: []engine.RuleFailure{{Rule: &compile.Rule{Detection: d}, Diagnostics: diag.List{{Code: text, Message: text, Hint: text, Source: d.Query}}}},
		Ledger: ledger, RiskEvents: 1, Incidents: 1, Throttled: 1, Unfilled: 1, Slots: 1, Unseen: 1,
	}
	o := report.Options{Command: text, Version: text, Width: 80, Rules: report.Rules{Files: []string{text}, Loaded: 1}}
	return []*finding.Finding{f}, r, o
}

// inert fails where output holds a character that acts on a terminal or on the order of text.
func inert(t *testing.T, output, allowed string) {
	t.Helper()
	if !utf8.ValidString(output) {
		t.Errorf("the output is not UTF-8")
	}
	for i, r := range output {
		if !strings.ContainsRune(allowed, r) && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029) {
			t.Fatalf("%U at %d: %q", r, i, output[max(i-40, 0):min(i+10, len(output))])
		}
	}
}

func everyHostile(t *testing.T, check func(t *testing.T, text string)) {
	for _, text := range hostile {
		t.Run(fmt.Sprintf("%.30q", text), func(t *testing.T) { check(t, text) })
	}
}

var ownColors = regexp.MustCompile("\x1b\\[[0-9;]+m")

func TestHostileTable(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		list, r, o := hostileScan(text)
		for _, o.Width = range []int{0, 1, 40, 80, 99, 100, 120, 200} {
			o.Color = true
			colored := write(t, "table", list, r, o)
			o.Color = false
			plain := write(t, "table", list, r, o)
			if got := ownColors.ReplaceAllString(colored, ""); got != plain {
				t.Errorf("colours change the text:\n%s\n%s", got, plain)
			}
			inert(t, plain, "\n")
			width := o.Width
			if width == 0 {
				width = 120
			}
			for _, row := range strings.Split(plain, "\n") {
				if n := report.Columns(row); n > max(width, 40) {
					t.Errorf("width %d: %d columns: %q", o.Width, n, row)
				}
			}
		}
	})
}

func TestHostileTalk(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		_, r, o := hostileScan(text)
		inert(t, talk(r, report.TalkOptions{Rules: o.Rules, Skipped: true, Blind: true, Findings: true}), "\n")
	})
}

func TestHostileJSON(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		list, r, o := hostileScan(text)
		line := write(t, "ndjson", list, r, o)
		inert(t, line, "\n")
		if strings.Count(line, "\n") != 1 {
			t.Errorf("%d lines", strings.Count(line, "\n"))
		}
		sameJSON(t, []byte(line), list[0].AppendJSON(nil))
		array := write(t, "json", list, r, o)
		inert(t, array, "\n")
		sameJSON(t, []byte(array), append(list[0].AppendJSON([]byte{'['}), ']'))
	})
}

func sameJSON(t *testing.T, got, want []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%v: %.200s", err, got)
	}
	if err := json.Unmarshal(want, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%.200s is not %.200s", got, want)
	}
}

func TestHostileSheets(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		list, r, o := hostileScan(text)
		for _, format := range []string{"csv", "timesketch"} {
			output := write(t, format, list, r, o)
			inert(t, output, "\r\n")
			rows, err := csv.NewReader(strings.NewReader(output)).ReadAll()
			if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
				t.Fatalf("%s: %v, %d rows", format, err, len(rows))
			}
			for i, cell := range rows[1] {
				if lead := strings.TrimLeft(cell, " \u3000\u00a0"); lead != "" && strings.ContainsAny(lead[:1], "=+-@\t\r\n") || strings.HasPrefix(lead, "＝") || strings.HasPrefix(lead, "＠") {
					t.Errorf("%s: %s is a formula: %.60q", format, rows[0][i], cell)
				}
				if strings.ContainsAny(cell, "\r\n") {
					t.Errorf("%s: %s has several lines", format, rows[0][i])
				}
				if rows[0][i] == "fields" {
					sameJSON(t, []byte(cell), list[0].Fields.AppendJSON(nil))
				}
			}
			o.KeepFormulas = true
			kept, err := csv.NewReader(strings.NewReader(write(t, format, list, r, o))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range rows[0] {
				if name == "user" && kept[1][i] != diag.Printable(text) {
					t.Errorf("%s: formulas kept: user is %.60q", format, kept[1][i])
				}
			}
			o.KeepFormulas = false
		}
	})
}

func TestHostilePage(t *testing.T) {
	everyHostile(t, func(t *testing.T, text string) {
		list, r, o := hostileScan(text)
		page := write(t, "html", list, r, o)
		inert(t, page, "\n\t")
		shown := checkPage(t, page)
		if len(text) > 0 && len(text) < 200 {
			visible := strings.ReplaceAll(text, "\r\n", "\n")
			for _, part := range strings.FieldsFunc(visible, func(r rune) bool { return r == '\n' || r == '\t' }) {
				part = strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(diag.Printable(part))
				if !strings.Contains(shown, part) {
					t.Errorf("the page does not show %q", part)
				}
			}
		}
		if len(page) > 1_500_000 {
			t.Errorf("one finding makes %d bytes", len(page))
		}
	})
}

// elements and attributes are all that a page is made of.
var (
	elements = words(`html head meta title style body a svg defs symbol path circle header p h1 dl div dt dd span nav ul li main section h2 h3 b
		figure g rect figcaption details summary table caption thead tbody tr th td use code mark pre time label input select option fieldset legend
		button footer script`)
	attributes = words(`lang dir charset http-equiv content name class href aria-hidden aria-label aria-labelledby width height id viewBox d cx cy r role x y
		preserveAspectRatio scope tabindex data-host data-level data-rank data-count data-start data-is open datetime rel type autocomplete spellcheck
		placeholder value checked hidden`)
)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// checkPage reads a page as strictly as XML is read, fails for whatever is active in it, and returns the text it shows.
func checkPage(t *testing.T, page string) string {
	t.Helper()
	for _, raw := range []string{"style", "script"} {
		if n := strings.Count(page, "<"+raw); n != 1 {
			t.Fatalf("%d %s elements", n, raw)
		}
		start := strings.Index(page, "<"+raw+">") + len(raw) + 2
		end := start + strings.Index(page[start:], "</"+raw+">")
		sum := sha256.Sum256([]byte(page[start:end]))
		if want := raw + "-src &#39;sha256-" + strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;") + "&#39;"; !strings.Contains(page, want) {
			t.Errorf("the policy does not hold the hash of the %s: %s", raw, want)
		}
		page = page[:start] + page[end:]
	}
	var shown strings.Builder
	ids := map[string]bool{}
	var targets []string
	for d := xml.NewDecoder(strings.NewReader(page)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.Comment, xml.ProcInst:
			t.Errorf("unexpected %T", token)
		case xml.CharData:
			shown.Write(token)
		case xml.StartElement:
			if !elements[token.Name.Local] {
				t.Errorf("unexpected element %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				if !attributes[a.Name.Local] {
					t.Errorf("unexpected attribute %s of %s", a.Name.Local, token.Name.Local)
				}
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("id %s occurs twice", a.Value)
					}
					ids[a.Value] = true
				case "href":
					if target, ok := strings.CutPrefix(a.Value, "#"); ok {
						targets = append(targets, target)
					} else if !strings.HasPrefix(a.Value, "https://") && !strings.HasPrefix(a.Value, "http://") || token.Name.Local != "a" {
						t.Errorf("link to %q", a.Value)
					}
				case "aria-labelledby":
					targets = append(targets, a.Value)
				case "http-equiv":
					if !strings.Contains(fmt.Sprint(token.Attr), "default-src 'none'") {
						t.Errorf("policy %v", token.Attr)
					}
				}
			}
		}
	}
	for _, target := range targets {
		if !ids[target] {
			t.Errorf("nothing has the id %s", target)
		}
	}
	return shown.String()
}

func TestPolicyComesFirst(t *testing.T) {
	list, r, o := sample(t)
	page := write(t, "html", list, r, o)
	policy := strings.Index(page, "Content-Security-Policy")
	for _, later := range []string{"<title>", "<style>", "<script>", "<body>"} {
		if i := strings.Index(page, later); i < policy {
			t.Errorf("%s stands before the policy", later)
		}
	}
	if !bytes.HasPrefix([]byte(page), []byte("<!DOCTYPE html>\n")) {
		t.Errorf("page begins with %.40q", page)
	}
}
