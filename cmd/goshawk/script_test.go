package main

import (
	"archive/zip"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the program says into the scripts and docs/sources.md")

func TestMain(m *testing.M) {
	command := func() { os.Exit(start()) }
	testscript.Main(m, map[string]func(){"goshawk": command, checkerName: command})
}

// TestScripts runs the program as a user does. Each file in testdata/script is a session at a terminal:
//
//	zip out.zip FILE…      packs files into an archive
//	gzip FILE              makes FILE.gz
//	huge N FILE            makes a file with one line of N bytes
//	status N goshawk …     runs a command that must exit with status N
//	[root]                 holds where files cannot be locked, as the tests run as root
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"zip":    zipFiles,
			"gzip":   gzipFile,
			"huge":   hugeLine,
			"mmdb":   mmdbFile,
			"status": exitStatus,
		},
		Condition: func(name string) (bool, error) {
			return name == "root" && os.Geteuid() == 0, nil
		},
	})
}

func zipFiles(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := zip.NewWriter(f)
	for _, name := range args[1:] {
		member, err := w.Create(name)
		ts.Check(err)
		_, err = io.WriteString(member, ts.ReadFile(name))
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(f.Close())
}

func gzipFile(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0] + ".gz"))
	ts.Check(err)
	w := gzip.NewWriter(f)
	_, err = io.WriteString(w, ts.ReadFile(args[0]))
	ts.Check(err)
	ts.Check(w.Close())
	ts.Check(f.Close())
}

func hugeLine(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	_, err = io.CopyN(f, letters{}, n)
	ts.Check(err)
	ts.Check(f.Close())
}

// letters is a line without end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func exitStatus(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}
