package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/tools/txtar"

	"goshawk/event"
	"goshawk/source"
)

// seedLines gives a fuzzer the texts of the authored cases whose names begin with one of the prefixes, and the shared files.
func seedLines(f *testing.F, shared []string, prefixes ...string) {
	files, err := filepath.Glob("testdata/lines/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("there are no cases", err)
	}
	for _, file := range files {
		for _, prefix := range prefixes {
			if strings.HasPrefix(filepath.Base(file), prefix) {
				archive, err := txtar.ParseFile(file)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(bytes.ReplaceAll(archive.Files[0].Data, []byte("␝"), []byte{0x1d}))
			}
		}
	}
	root := os.Getenv("GOSHAWK_SHARED")
	if root == "" {
		root = "../../shared"
	}
	for _, pattern := range shared { // absent files are no reason not to fuzz
		paths, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, path := range paths {
			if text, err := os.ReadFile(path); err == nil {
				f.Add(text[:min(len(text), 8<<10)])
			}
		}
	}
}

// checkLines reads a text twice, in one piece and byte by byte, and demands the same events: with a class, with fields that
// have names, with values that can be decoded, with places inside the text.
func checkLines(t *testing.T, format string, text []byte) (events []*event.Event, problems []source.Problem) {
	modified := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	read := func(oneByte bool) (events []*event.Event, problems []source.Problem) {
		in := source.NewInput("fuzz", bytes.NewReader(text), int64(len(text)), source.Options{Format: format})
		if oneByte {
			in = source.NewInput("fuzz", iotest.OneByteReader(bytes.NewReader(text)), -1, source.Options{Format: format})
		}
		in.ModTime = modified
		if in.Skipped != "" {
			return nil, nil
		}
		return decodeInput(t, in, in.Options)
	}
	events, problems = read(false)
	again, _ := read(true)
	if len(events) != len(again) {
		t.Fatalf("%d events, byte by byte %d", len(events), len(again))
	}
	for i, ev := range events {
		if ev.Class == nil || ev.Class.Product == "" {
			t.Fatalf("event %d has no class", i)
		}
		if ev.Origin.Offset < 0 || ev.Origin.Offset > int64(len(text)) {
			t.Fatalf("event %d lies at %d in %d bytes", i, ev.Origin.Offset, len(text))
		}
		for _, field := range ev.Record.Fields {
			if field.Name == nil || field.Value.IsAbsent() {
				t.Fatalf("event %d has a field without a value: %+v", i, field)
			}
		}
		if a, b := ev.Record.AppendJSON(nil), again[i].Record.AppendJSON(nil); !bytes.Equal(a, b) {
			t.Fatalf("event %d differs byte by byte:\n%s\n%s", i, a, b)
		}
	}
	return events, problems
}

// FuzzAuditd demands besides that every line is accounted for: as a record or a message, or as lost.
func FuzzAuditd(f *testing.F) {
	seedLines(f, []string{"data/synthetic/at/auditd/*.log", "data/linux/go-libaudit/*/testdata/*.log", "data/linux/go-libaudit/testdata/*.log"}, "auditd", "syslog-audit")
	f.Fuzz(func(t *testing.T, text []byte) {
		events, problems := checkLines(t, "auditd", text)
		accounted := len(events) - len(joined(events))
		for _, p := range problems {
			if p.Lost {
				accounted++
			}
		}
		lines := 0
		if !looksUTF16(text) {
			for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				if len(bytes.TrimSuffix(line, []byte("\r"))) > 0 {
					lines++
				}
			}
			if accounted < lines {
				t.Fatalf("%d of %d lines are accounted for: %v", accounted, lines, problems)
			}
		}
	})
}

// looksUTF16 says whether the text may be taken for UTF-16 or UTF-32, whose lines are not those of the bytes.
func looksUTF16(text []byte) bool {
	return bytes.IndexByte(text, 0) >= 0 || bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff})
}

func FuzzSyslog(f *testing.F) {
	seedLines(f, []string{"data/synthetic/at/sysmon-linux/*"}, "syslog", "cef", "auditd")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "syslog", text) })
}

func FuzzCEF(f *testing.F) {
	seedLines(f, nil, "cef", "syslog")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "cef", text) })
}

func FuzzZeek(f *testing.F) {
	seedLines(f, nil, "zeek")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "zeek", text) })
}

func FuzzW3C(f *testing.F) {
	seedLines(f, nil, "w3c", "access")
	f.Fuzz(func(t *testing.T, text []byte) {
		checkLines(t, "w3c", text)
		checkLines(t, "access-log", text)
		checkLines(t, "text", text)
	})
}

func FuzzPairs(f *testing.F) {
	seedLines(f, nil, "kv", "text", "syslog")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "key-value", text) })
}

func FuzzStash(f *testing.F) {
	seedLines(f, []string{"oracles/escu-tests/data/suspicious_behaviour/*/*.txt"}, "stash")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "stash", text) })
}

func FuzzPaloAlto(f *testing.F) {
	seedLines(f, []string{"oracles/escu-tests/data/attack_techniques/T1059/*/*.log"}, "paloalto")
	f.Fuzz(func(t *testing.T, text []byte) {
		checkLines(t, "paloalto", text)
		checkLines(t, "syslog", text)
	})
}

func FuzzColumns(f *testing.F) {
	seedLines(f, nil, "aws")
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, format := range []string{"aws-vpcflow", "aws-cloudfront", "aws-s3access"} {
			checkLines(t, format, text)
		}
	})
}

func FuzzSplunkd(f *testing.F) {
	seedLines(f, nil, "splunkd")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "splunkd", text) })
}

func FuzzAdmon(f *testing.F) {
	seedLines(f, nil, "admon")
	f.Fuzz(func(t *testing.T, text []byte) { checkLines(t, "admon", text) })
}
