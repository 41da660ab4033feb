package source_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"goshawk/event"
	"goshawk/source"
)

// TestHostileLines reads lines that are made to be slow. What takes time with the square of their length would take minutes.
func TestHostileLines(t *testing.T) {
	const size = 1 << 20
	fill := func(piece string) string { return strings.Repeat(piece, size/len(piece)) }
	numbered := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	record := "type=SYSCALL msg=audit(1.000:1): "
	cases := map[string]struct{ format, text string }{
		"structured data":    {"syslog", "<1>1 - - - - - " + fill("[a]") + " x\n" + "<1>1 - - - - - " + fill("[a b]") + " x\n" + "<1>1 - - - - - " + fill(`[a b="c"]`)},
		"open brackets":      {"syslog", "<1>1 - - - - - " + fill("[")},
		"many frames":        {"syslog", fill("5 <1>a")},
		"rsyslog escapes":    {"syslog", "<1>x: <Event><System>" + fill("#011")},
		"CEF keys":           {"syslog", "CEF:0|a|b|c|d|e|f|" + fill("a=b ") + fill("a b") + fill("\\") + fill(" a=")},
		"LEEF keys":          {"syslog", "LEEF:1.0|a|b|c|d|" + fill("a=b\t") + fill("\t")},
		"JSON inside":        {"syslog", "<1>x: {" + fill(`"a":1,`) + `"b":2}`},
		"quotes":             {"auditd", record + fill(`a="`) + "\n" + record + fill(`a='`) + "\n" + record + fill(`a={`) + "\n"},
		"pairs":              {"auditd", record + numbered("k%d=1 ", 80000) + "\n"},
		"nested":             {"auditd", "type=USER_CMD msg=audit(1.000:1): msg='" + fill("a=1 ") + fill("msg='") + "\n"},
		"arguments":          {"auditd", "type=EXECVE msg=audit(1.000:1): argc=99999999 " + numbered("a%d=\"x\" ", 4000) + "a16000000=\"y\"\n" + record + "arch=c000003e syscall=59 success=yes\n"},
		"parts backwards":    {"auditd", numbered("type=EXECVE msg=audit(1.000:1): a2[%[1]d]=\"x\" a1[9]=\"y\"\n", 20000)},
		"one long event":     {"auditd", numbered("type=PATH msg=audit(1.000:1): item=%d name=\"/x\" nametype=CREATE\n", 100000)},
		"contradictions":     {"auditd", numbered("type=KERN_X msg=audit(1.000:1): name=\"a%d\" b=c\n", 50000)},
		"events never ended": {"auditd", numbered("type=SYSCALL msg=audit(1.000:%d): arch=c000003e\n", 50000)},
		"late records":       {"auditd", numbered("type=PROCTITLE msg=audit(1.000:%d): proctitle=\"a\"\n", 20000) + numbered("type=PATH msg=audit(1.000:%d): item=0\n", 20000)},
		"nodes":              {"auditd", numbered("node=n%[1]d type=SYSCALL msg=audit(1.000:%[1]d): arch=c000003e\n", 50000)},
		"headings":           {"zeek", "#separator \\x09\n" + numbered("#fields\ta%d\tb\n1\t2\n", 50000)},
		"columns":            {"zeek", "#separator \\x09\n#fields\t" + fill("a\t") + "\n" + fill("1\t") + "\n" + fill("\t") + "\n"},
		"elements":           {"zeek", "#separator \\x09\n#fields\ta\n#types\tset[string]\n" + fill(",") + "\n"},
		"fields":             {"w3c", "#Fields: " + fill("a ") + "\n" + fill("\"") + "\n" + fill("\" ") + "\n"},
		"request":            {"access-log", `1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1 ` + fill(`"a" `) + fill(`\"`) + "\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			in := source.NewInput(name, strings.NewReader(c.text), int64(len(c.text)), source.Options{Format: c.format})
			decoder := in.Format.NewDecoder(in.Options)
			events, problems, bytes := 0, 0, 0
			problem := func(source.Problem) { problems++ }
			if err := in.ReadBlocks(func(b source.Block) error {
				decoder.Decode(b, func(ev *event.Event) bool {
					events++
					bytes += len(ev.Record.AppendJSON(nil))
					return true
				}, problem)
				return nil
			}, problem); err != nil {
				t.Fatal(err)
			}
			took := time.Since(start)
			t.Logf("%.1f MB: %d events, %d problems, %.1f MB of JSON, %v", float64(len(c.text))/1e6, events, problems, float64(bytes)/1e6, took.Round(time.Millisecond))
			if took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if events == 0 && problems == 0 {
				t.Error("nothing came of it")
			}
		})
	}
}
