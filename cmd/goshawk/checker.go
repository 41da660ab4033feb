package main

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/source"
	"goshawk/taxonomy"
)

// checkerName is the program that SigmaHQ's regression tests and benign-log runs call; goshawk takes its place under that
// name, or as a command of that name.
const checkerName = "evtx-sigma-checker"

// checkerFlags are what the checker can be told.
type checkerFlags struct {
	logSource string
	evtxPath  string
	level     level
	rulePaths []string
}

func (p program) checkerCommand() *cobra.Command {
	var f checkerFlags
	c := &cobra.Command{
		Use:   checkerName,
		Short: "Check EVTX files with Sigma rules, as SigmaHQ's own test runs want it",
		Long: `Reads the EVTX files at and below one path and writes one compact JSON object per match: RuleId, RuleTitle, RuleLevel, then
the event. Matches do not change the exit status. Records are routed to log sources by Goshawk's own tables, which hold
every entry of the file that --log-source names; the file is checked to exist and not read further. Started under the name
evtx-sigma-checker, the program is this command.`,
		Example: `  goshawk evtx-sigma-checker --log-source tests/thor.yml --evtx-path sample.evtx --rule-path rules/windows`,
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.evtxPath == "" || len(f.rulePaths) == 0 {
				return fail(exitUsage, "--evtx-path and at least one --rule-path are needed\nTry 'goshawk %s --help'", checkerName)
			}
			if _, err := os.Stat(f.logSource); f.logSource != "" && err != nil {
				return fail(exitUsage, "--log-source: cannot read %s: %w", f.logSource, cause(err))
			}
			return p.checker(c.Context(), &f)
		},
	}
	c.Flags().StringVar(&f.logSource, "log-source", "", "log source configuration `FILE` (tests/thor.yml)")
	c.Flags().StringVar(&f.evtxPath, "evtx-path", "", "EVTX file or folder (`PATH`)")
	c.Flags().Var(&f.level, "rule-level", "only rules of this level and above (default informational)")
	c.Flags().StringArrayVar(&f.rulePaths, "rule-path", nil, "rule file or folder (`PATH`); may be repeated")
	return c
}

// evtxFiles returns the file, or the .evtx files below the folder, that a path names.
func evtxFiles(root string) ([]string, error) {
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (path == root || strings.EqualFold(filepath.Ext(path), ".evtx")) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", root, cause(err))
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there is no .evtx file in %s", root)
	}
	return paths, nil
}

func (p program) checker(ctx context.Context, f *checkerFlags) error {
	paths, err := evtxFiles(f.evtxPath)
	if err != nil {
		return failure{exitInput, err}
	}
	t := taxonomy.Default()
	rules := ruleFlags{paths: pathList{f.rulePaths}}
	set, err := rules.load(p, t, 0)
	if err != nil {
		return err
	}
	s := engine.Scan{Paths: paths, Taxonomy: t, Source: source.Options{Format: "evtx"}}
	for _, r := range set.Rules {
		switch {
		case r.Refused:
			for _, d := range r.Diagnostics {
				p.talk("%s", d.Error())
			}
		case r.Runs() && r.Detection.Level >= f.level.value:
			s.Rules = append(s.Rules, r)
		}
	}
	out := bufio.NewWriterSize(p.stdout, 1<<16)
	var line []byte
	var writing error
	s.Finding = func(f *finding.Finding) error {
		line = append(checkerLine(line[:0], f), '\n')
		_, writing = out.Write(line)
		return writing
	}
	result, err := s.Run(ctx)
	if writing == nil && err == nil {
		writing = out.Flush()
	}
	switch {
	case writing != nil:
		return unwritable("standard output", writing)
	case err != nil:
		return failure{exitInput, err}
	case result.Interrupted:
		return failure{exitInterrupted, nil}
	}
	return unread([]string{f.evtxPath}, result.Inputs, false)
}

// checkerLine appends the JSON of a match, in the order and without the blanks that the consumers search for.
func checkerLine(line []byte, f *finding.Finding) []byte {
	line = event.AppendQuoted(append(line, `{"RuleId":`...), f.Detection.ID)
	line = event.AppendQuoted(append(line, `,"RuleTitle":`...), f.Detection.Title)
	line = event.AppendQuoted(append(line, `,"RuleLevel":`...), f.Detection.Level.String())
	fields := f.Fields.AppendJSON(nil)
	if len(fields) > len("{}") {
		line = append(line, ',')
	}
	return append(line, fields[1:]...)
}
