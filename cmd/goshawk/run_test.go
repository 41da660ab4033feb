package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run is one run of the program inside the test.
type run struct {
	name   string // as it is started; empty is goshawk
	stdin  io.Reader
	stdout io.Writer // nil gathers
	ctx    context.Context
}

// result is what came of a run.
type result struct {
	stdout, stderr string
	status         int
}

func (r run) goshawk(args ...string) result {
	var stdout, stderr bytes.Buffer
	p := program{
		name: r.name, args: args, stdin: r.stdin, stdout: r.stdout, stderr: &stderr,
		env: func(string) (string, bool) { return "", false },
	}
	if p.name == "" {
		p.name = "goshawk"
	}
	if p.stdin == nil {
		p.stdin = strings.NewReader("")
	}
	if p.stdout == nil {
		p.stdout = &stdout
	}
	ctx := r.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	status := p.run(ctx)
	return result{stdout.String(), stderr.String(), status}
}

// must runs the program and fails the test unless it exits with the status.
func must(t *testing.T, status int, args ...string) result {
	t.Helper()
	got := run{}.goshawk(args...)
	if got.status != status {
		t.Fatalf("goshawk %s: exit status %d, want %d\n%s", strings.Join(args, " "), got.status, status, got.stderr)
	}
	return got
}

// write makes a file in a new folder and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const anyProcess = `
title: Any process
id: 5f0f6d0e-5a53-4d7c-8d7a-30f0c2f0a101
level: low
logsource: {category: process_creation, product: windows}
detection:
  sel: {Image: '*'}
  condition: sel
`

// processes is an endless log of processes being started.
type processes struct {
	rest []byte
	n    int
}

func (p *processes) Read(b []byte) (int, error) {
	for len(p.rest) < len(b) {
		p.n++
		p.rest = fmt.Appendf(p.rest, `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"EventRecordID":%d,"Computer":"PC%d","TimeCreated":"2026-05-12T08:%02d:%02dZ","Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}`+"\n",
			p.n, p.n%7, p.n/60%60, p.n%60)
	}
	n := copy(b, p.rest)
	p.rest = append(p.rest[:0], p.rest[n:]...)
	return n, nil
}
