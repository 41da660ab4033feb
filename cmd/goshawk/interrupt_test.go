package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cancelling is a writer that interrupts the program with the first bytes it gets.
type cancelling struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *cancelling) Write(b []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(b)
}

// wellFormed says what is wrong with findings of a format that were written to their end.
var wellFormed = map[string]func(text string) error{
	"ndjson": func(text string) error {
		for line := range strings.Lines(text) {
			if !strings.HasSuffix(line, "}\n") || !json.Valid([]byte(line)) {
				return errors.New("a line is no JSON: " + line)
			}
		}
		return nil
	},
	"json": func(text string) error {
		var list []map[string]any
		return json.Unmarshal([]byte(text), &list)
	},
	"csv":        wholeRows,
	"timesketch": wholeRows,
	"html": func(text string) error {
		if !strings.HasSuffix(strings.TrimSpace(text), "</html>") || !strings.Contains(text, "stopped before its end") {
			return errors.New("the page does not end as it should, or does not say that the scan was stopped")
		}
		return nil
	},
	"table": func(text string) error {
		if !strings.HasSuffix(text, "\n") {
			return errors.New("the last line has no end")
		}
		return nil
	},
}

func wholeRows(text string) error {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err == nil && len(rows) < 2 {
		err = errors.New("no rows")
	}
	return err
}

// An interrupted scan ends soon, with status 130, and what was found until then is complete.
func TestInterruptedScan(t *testing.T) {
	rule := write(t, "rule.yml", anyProcess)
	for format, judge := range wellFormed {
		t.Run(format, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &cancelling{cancel: cancel}
			page := filepath.Join(t.TempDir(), "page.html")
			args := []string{"scan", "-", "-r", rule, "-f", format, "--report", page}
			if format == "html" || format == "table" { // these are written at the end
				time.AfterFunc(300*time.Millisecond, cancel)
			}
			got := run{stdin: &processes{}, stdout: out, ctx: ctx}.goshawk(args...)
			if got.status != exitInterrupted {
				t.Fatalf("exit status %d\n%s", got.status, got.stderr)
			}
			if out.Len() == 0 {
				t.Fatal("nothing was written")
			}
			if err := judge(out.String()); err != nil {
				t.Error(err)
			}
			text, err := os.ReadFile(page)
			if err == nil {
				err = wellFormed["html"](string(text))
			}
			if err != nil {
				t.Error("report:", err)
			}
			if !strings.Contains(got.stderr, "the scan was stopped before its end") {
				t.Errorf("the summary does not say that the scan was stopped:\n%s", got.stderr)
			}
		})
	}
}

// waiting is a reader that never gives anything.
type waiting struct{}

func (waiting) Read([]byte) (int, error) { select {} }

// Waiting for input can be interrupted.
func TestInterruptedWhileWaiting(t *testing.T) {
	rule := write(t, "rule.yml", anyProcess)
	for _, args := range [][]string{
		{"scan", "-", "-r", rule}, {"explain", rule, "-"}, {"rules", "check", "-r", rule, "--data", "-"}, {"query", "EventCode=1", "-"},
		{"query", "EventCode=1 | stats count", "-", "-f", "table", "--stages"}, {"rules", "show", rule, "--logs", "-"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		done := make(chan result, 1)
		go func() { done <- run{stdin: waiting{}, ctx: ctx}.goshawk(args...) }()
		select {
		case got := <-done:
			if got.status != exitInterrupted {
				t.Errorf("%v: exit status %d\n%s", args, got.status, got.stderr)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%v: still running long after the interrupt", args)
		}
	}
}

// leaving is a writer whose reader goes away after some bytes.
type leaving struct{ left int }

func (l *leaving) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left < 0 {
		return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	}
	return len(b), nil
}

// A reader that has seen enough (goshawk … | head -1) is no failure: the program ends, without a word.
func TestReaderGoesAway(t *testing.T) {
	rule := write(t, "rule.yml", anyProcess)
	endless := [][]string{
		{"scan", "-", "-r", rule, "-f", "ndjson"}, {"scan", "-", "-r", rule, "-f", "json"}, {"scan", "-", "-r", rule, "-f", "csv"},
		{"explain", rule, "-", "--limit", "0"}, {"query", "EventCode=1", "-"}, {"query", "EventCode=1", "-", "-f", "ndjson", "-o", "-"},
	}
	for _, args := range endless {
		got := run{stdin: &processes{}, stdout: &leaving{100_000}}.goshawk(args...)
		if got.status != exitFine || got.stderr != "" {
			t.Errorf("%v: exit status %d, %q", args, got.status, got.stderr)
		}
	}
	for _, args := range [][]string{{"rules", "list"}, {"rules", "show", "d2d642d7"}, {"rules", "show", "4be54858", "-f", "html"}, {"rules", "check"}, {"test"}, {"query", "| makeresults"}, {"version"}, {"explain", rule, "--stage", "plan"}} {
		got := run{stdout: &leaving{}}.goshawk(args...)
		if got.status != exitFine || got.stderr != "" {
			t.Errorf("%v: exit status %d, %q", args, got.status, got.stderr)
		}
	}
	// --fail-on holds for what was found until then.
	got := run{stdin: &processes{}, stdout: &leaving{100_000}}.goshawk("scan", "-", "-r", rule, "--fail-on", "low")
	if got.status != exitFindings {
		t.Errorf("exit status %d with --fail-on", got.status)
	}
}

// Where there is another output, the scan goes on for it.
func TestReaderGoesAwayBesideReport(t *testing.T) {
	rule := write(t, "rule.yml", anyProcess)
	page := filepath.Join(t.TempDir(), "page.html")
	const bytes = 3_000_000
	got := run{stdin: io.LimitReader(&processes{}, bytes), stdout: &leaving{100_000}}.goshawk("scan", "-", "-r", rule, "--report", page)
	if got.status != exitFine {
		t.Fatalf("exit status %d\n%s", got.status, got.stderr)
	}
	whole := filepath.Join(t.TempDir(), "whole.html")
	run{stdin: io.LimitReader(&processes{}, bytes)}.goshawk("scan", "-", "-r", rule, "-f", "html", "-o", whole)
	a, _ := os.ReadFile(page)
	b, _ := os.ReadFile(whole)
	if len(a) == 0 || string(a) != string(b) {
		t.Errorf("the report has %d bytes, %d where the reader stays", len(a), len(b))
	}
}

// What cannot be written is a failure, and said once.
func TestOutputFails(t *testing.T) {
	rule := write(t, "rule.yml", anyProcess)
	full := writerFunc(func([]byte) (int, error) {
		return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	})
	for _, args := range [][]string{{"scan", "-", "-r", rule}, {"scan", "-", "-r", rule, "-f", "html"}, {"explain", rule, "-"}, {"query", "EventCode=1", "-"}, {"query", "EventCode=1", "-", "-f", "json"}, {"rules", "list"}, {"test", "-q"}, {"version"}} {
		got := run{stdin: io.LimitReader(&processes{}, 1_000_000), stdout: full}.goshawk(args...)
		if want := "goshawk: cannot write standard output: no space left on device\n"; got.status != exitUsage || got.stderr != want {
			t.Errorf("%v: exit status %d, %q", args, got.status, got.stderr)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
