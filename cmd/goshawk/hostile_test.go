package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile acts on a terminal, or on the reader's eye, if it gets there: it clears the screen, sets the title, turns text
// round, and ends the line early. It is the name of things, and the value of fields, in these tests.
const hostile = "a\x1b[2J\x1b]0;owned\x07\u202eexe.txt\u2066\u200b\u009b31m\u0085\u2028\x08\x7fz"

// acts returns the first character of an output that acts on a terminal; line breaks may.
func acts(output string) string {
	for i, r := range output {
		if r == '\n' || r == '\t' {
			continue
		}
		_, size := utf8.DecodeRuneInString(output[i:])
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029 || r == utf8.RuneError && size == 1 {
			return fmt.Sprintf("%q in …%q", r, output[max(0, i-40):min(len(output), i+20)])
		}
	}
	return ""
}

// escaped returns text as a string of JSON, which is one of YAML as well, in ASCII.
func escaped(text string) string {
	out := `"`
	for _, r := range text {
		if r < 0x20 || r >= 0x7f || r == '"' || r == '\\' {
			out += fmt.Sprintf(`\u%04x`, r)
		} else {
			out += string(r)
		}
	}
	return out + `"`
}

func TestNothingHostileReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Skipf("the file system does not take such names: %v", err)
		}
	}
	bad := escaped(hostile + "\x00")
	log := filepath.Join("logs", hostile+".jsonl")
	put(log, fmt.Sprintf(`{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"EventRecordID":1,"Computer":%[1]s,"User":%[1]s,"TimeCreated":"2026-05-12T08:00:00Z","Image":"C:\\whoami.exe","CommandLine":%[1]s,%[1]s:%[1]s}
{"Channel":%[1]s,"EventID":2,"Provider_Name":%[1]s,"Computer":%[1]s}
{"Channel":%[1]s,"EventID":2,
{"event":{"action":%[1]s,"dataset":%[1]s},"@timestamp":%[1]s,"ecs":{"version":%[1]s}}
`, bad)+`{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\whoami.exe","CommandLine":"`+"\xff\x9b"+hostile+`","Computer":"`+"\xc2"+hostile+"\"}\n")
	put(filepath.Join("logs", hostile+".junk"), "\x00\x01\x02"+hostile)
	put(filepath.Join("logs", hostile+".md"), "# Notes\n\nNothing here.\n")
	rule := filepath.Join("rules", hostile+".yml")
	put(rule, fmt.Sprintf("title: %[1]s\nid: 5f0f6d0e-5a53-4d7c-8d7a-30f0c2f0a102\nstatus: test\nauthor: %[1]s\ndescription: %[1]s\ntags: [%[1]s]\nlevel: high\nfields: [%[1]s, CommandLine]\nlogsource: {category: process_creation, product: windows}\ndetection:\n  sel: {Image|endswith: whoami.exe, %[1]s: %[1]s}\n  all: {EventID: 1}\n  condition: sel or all\n", bad))
	put(filepath.Join("rules", "source.yml"), fmt.Sprintf("title: Source\nlogsource: {category: %[1]s, product: %[1]s}\ndetection:\n  sel: {A: %[1]s}\n  words: [%[1]s]\n  condition: sel or words\n", bad))
	broken := filepath.Join("broken", hostile+".yml")
	put(broken, fmt.Sprintf("title: %[1]s\nid: %[1]s\nlogsource: {category: process_creation}\ndetection:\n  %[1]s: {Image|%[2]s: b}\n  # %[2]s\n  condition: %[1]s\n", bad, "x\u202ey"))
	put(filepath.Join("broken", "raw.yml"), "title: \x1b[31m"+hostile+"\nlogsource: {product: windows}\ndetection:\n  s: {A: b}\n  condition: s and t\n")

	content := filepath.Join("content", "detections", hostile+".yml")
	put(content, fmt.Sprintf("name: %[1]s\nid: 5f0f6d0e-5a53-4d7c-8d7a-30f0c2f0a103\nversion: 1\ndate: %[1]s\nauthor: %[1]s\nstatus: production\ntype: TTP\ndescription: %[1]s\n"+
		"search: 'EventCode=1 | eval x=%[2]s | table _time Computer User CommandLine x'\nhow_to_implement: %[1]s\nknown_false_positives: %[1]s\nreferences: [%[1]s]\n"+
		"tags: {analytic_story: [%[1]s], asset_type: %[1]s, confidence: 50, impact: 50, message: %[1]s, mitre_attack_id: [T1053], observable: [{name: Computer, type: Hostname, role: [Victim]}], security_domain: endpoint}\n"+
		"tests: [{name: %[1]s, attack_data: [{data: %[1]s, source: %[1]s, sourcetype: %[1]s}]}]\n", bad, strconv.Quote("x\u202ey")))
	put(filepath.Join("content", "macros", hostile+".yml"), fmt.Sprintf("name: %[1]s\ndefinition: %[1]s\n", bad))
	query := "EventCode=1 | eval `" + hostile + "`"

	commands := [][]string{
		{"scan", "logs", "-r", rule, "-f", "table"},
		{"scan", log, "-r", "rules", "-f", "table", "--skipped", "--blind"},
		{"scan", "logs", "-r", "rules", "-r", "broken", "-f", "table", "--skipped", "--blind"},
		{"scan", "logs", "-r", "rules", "-f", "ndjson", "--skipped"},
		{"scan", "logs", "-r", "rules", "-f", "json", "--skipped"},
		{"scan", "logs", "-r", "rules", "-f", "html"},
		{"scan", filepath.Join("logs", hostile+".junk")},
		{"scan", hostile}, {"scan", log, "-r", hostile}, {"scan", log, "-r", rule, "-o", hostile + "/x"}, {"scan", log, "-r", rule, "-o", log},
		{"scan", log, "-f", hostile}, {"scan", log, "--" + hostile}, {"scan", log, "--rule-id", hostile}, {"scan", log, "--from", hostile},
		{"scan", log, "--zone", hostile}, {"scan", log, "--placeholders", hostile}, {"scan", log, "--placeholders", rule},
		{"scan", log, "-r", broken}, {"scan", log, "-r", filepath.Join("broken", "raw.yml")}, {"scan", log, "-r", log},
		{hostile}, {"rules", hostile}, {"help", hostile}, {"completion", hostile}, {"version", hostile},
		{"rules", "check", "-r", "rules", "-r", "broken", "-w"},
		{"rules", "check", "-r", "rules", "-r", "broken", "-w", "--data", "logs"},
		{"rules", "check", "-r", "rules", "-r", "broken", "-f", "json", "--data", log},
		{"rules", "check", "-r", "rules", "-r", "broken", "-w", "--lint", "all"}, {"rules", "check", "-r", "rules", "-r", "broken", "--lint", "all", "--sarif", "-"},
		{"rules", "check", "--explain", hostile}, {"rules", "check", "--lint", hostile}, {"rules", "check", "--lint-config", hostile}, {"rules", "check", "--lint-config", rule},
		{"rules", "check", "-r", "rules", "--fix", "--dry-run", "--lint", "all"},
		{"rules", "list", "-r", "rules"}, {"rules", "list", "-r", "rules", "-f", "json"}, {"rules", "list", "-r", "rules", "--modes"},
		{"rules", "list", "-r", "broken", "--refused"}, {"rules", "list", "-r", "broken", "--refused", "-f", "json"},
		{"rules", "show", rule}, {"rules", "show", rule, "-f", "json"}, {"rules", "show", broken, "-f", "json"}, {"rules", "show", broken}, {"rules", "show", filepath.Join("broken", "raw.yml")}, {"rules", "show", hostile},
		{"rules", "show", hostile, "-r", "rules"},
		{"explain", rule, log}, {"explain", rule, "logs", "--all"}, {"explain", broken, log}, {"explain", rule, log, "--record", "77"},
		{"explain", hostile, log}, {"explain", rule, hostile}, {"explain", filepath.Join("rules", "source.yml"), log, "--all"},
		{"query", "EventCode=*", "logs", "-f", "table"}, {"query", "EventCode=* | stats count by CommandLine Computer", "logs", "-f", "table", "--stages"},
		{"query", "EventCode=*", "logs", "-f", "json"}, {"query", "EventCode=*", "logs", "-f", "ndjson"},
		{"query", query, "logs"}, {"query", "EventCode=1 | " + hostile, "logs"}, {"query", "EventCode=1", hostile}, {"query", "EventCode=1", log, "-r", hostile},
		{"query", "EventCode=1 " + hostile, "logs", "--stages", "--record", "1"}, {"query", "EventCode=1", log, "--file", hostile}, {"query", "EventCode=1", log, "--macros", hostile},
		{"query", "EventCode=1", log, "--macros", "rules"}, {"query", "EventCode=1", log, "--source", hostile, "--sourcetype", hostile},
		{"scan", "logs", "-r", "content", "-f", "table"}, {"scan", "logs", "-r", "content", "-f", "ndjson"}, {"scan", "logs", "-r", "content", "-f", "html"},
		{"scan", "logs", "-r", "content", "--max-memory", "1"}, {"scan", log, "--risk-factors", hostile}, {"scan", log, "--risk-factors", rule},
		{"rules", "check", "-r", "content", "-w"}, {"rules", "list", "-r", "content", "--modes"}, {"rules", "show", content}, {"rules", "show", content, "-f", "md"},
		{"rules", "show", content, "-f", "html"}, {"rules", "show", content, "-f", "json"}, {"rules", "show", rule, "-f", "md"}, {"rules", "show", rule, "-f", "html"},
		{"rules", "show", content, "--data", "logs", "--logs", "logs"}, {"rules", "show", rule, "--results", rule}, {"rules", "show", rule, "--results", hostile},
		{"test", "content", "--data", "logs"}, {"test", "content", "-f", "json"}, {"test", "content", "-f", "ndjson"}, {"test", hostile}, {"test", "content", "--data", hostile},
		{checkerName, "--evtx-path", hostile, "--rule-path", rule}, {checkerName, "--evtx-path", log, "--rule-path", "broken"},
	}
	for _, args := range commands {
		got := run{}.goshawk(args...)
		what := strconv.Quote(strings.Join(args, " "))
		if found := acts(got.stdout); found != "" {
			t.Errorf("%s: standard output holds %s", what, found)
		}
		if found := acts(got.stderr); found != "" {
			t.Errorf("%s: standard error holds %s", what, found)
		}
		if got.stdout+got.stderr == "" {
			t.Errorf("%s says nothing", what)
		}
	}
	// The tests would prove nothing if the findings were not there.
	if got := (run{}).goshawk(commands[0]...); !strings.Contains(got.stdout, `\u202e`) {
		t.Errorf("the finding is not in the table:\n%s\n%s", got.stdout, got.stderr)
	}
}
