// Command goshawk runs detections over logs. Standard output is data, standard error is talk.
//
// The exit status is 0 for a run that did what was asked; 1 for findings or failed checks, where the user asked for that; 2
// if a rule that was asked for by itself is wrong; 3 for wrong usage or configuration, and for output that cannot be
// written; 4 if input cannot be read; 130 if interrupted.
//
// This room holds flags and wiring only: each command has a file of its name, and what it does lies in the rooms below.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	_ "time/tzdata" // so that --zone does not depend on the machine

	"goshawk/diag"
)

// Exit statuses, on which scripts rely.
const (
	exitFine        = 0
	exitFindings    = 1
	exitRule        = 2
	exitUsage       = 3
	exitInput       = 4
	exitInterrupted = 130
)

// failure is an error with the exit status that it asks for. One without an error says nothing, as all is said.
type failure struct {
	status int
	err    error
}

func (f failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}
func (f failure) Unwrap() error { return f.err }

func fail(status int, format string, args ...any) error {
	return failure{status, fmt.Errorf(format, args...)}
}

// program is everything that a run of goshawk touches, so that tests can start one.
type program struct {
	name   string // as it was started
	args   []string
	env    func(string) (string, bool)
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

func main() { os.Exit(start()) }

// start runs the program on the process's own streams and returns the exit status.
func start() int {
	collectLess()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second interrupt ends the program at once
	}()
	// A reader of standard output that goes away is an error of the write, so that other outputs are still completed.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	p := program{name: filepath.Base(os.Args[0]), args: os.Args[1:], env: os.LookupEnv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	return p.run(ctx)
}

// run executes the command line and returns the exit status.
func (p program) run(ctx context.Context) int {
	if strings.TrimSuffix(p.name, ".exe") == checkerName {
		p.args = append([]string{checkerName}, p.args...)
	}
	root := p.root()
	root.SetArgs(p.args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitFine
	}
	if err.Error() != "" {
		p.complain(err)
	}
	if f := (failure{}); errors.As(err, &f) {
		return f.status
	}
	return exitUsage // cobra's own complaints are about usage
}

// complain writes an error, each of its lines made safe for a terminal.
func (p program) complain(err error) {
	lines := strings.Split(strings.TrimRight(err.Error(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = diag.Printable(line)
	}
	fmt.Fprintf(p.stderr, "goshawk: %s\n", strings.Join(lines, "\n"))
}

// talk writes a remark that is no error.
func (p program) talk(format string, args ...any) {
	fmt.Fprintf(p.stderr, "goshawk: %s\n", diag.Printable(fmt.Sprintf(format, args...)))
}
