package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/detection/suite"
	"goshawk/diag"
	"goshawk/event"
)

func (p program) huntConcludeCommand() *cobra.Command {
	var f huntFlags
	var note suite.HuntNote
	var on string
	var dry bool
	state := choice{what: "state", words: suite.HuntStates()}
	c := &cobra.Command{
		Use:   "conclude HUNT",
		Short: "Note in a hunt's document what it has come to",
		Long: `Conclude writes the state of a hunt into its document, with a dated note of why: new, active, or one of the conclusions supported, refuted
and inconclusive. What a run says of some data is for those who hunt to weigh, so no run changes the state. Notes are kept, the newest
first, and everything else in the document stays as it stands, comments included. Without --state only a note is added.`,
		Example: `  goshawk hunt conclude my-hunts/at.hunt.yml --state active --by ana
  goshawk hunt conclude 8c7e1f3a -r my-hunts --state refuted --note 'every host was seen from May to July' --by ana
  goshawk hunt conclude 'Jobs handed to at' --state active --dry-run`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fail(exitUsage, "hunt conclude wants a hunt\nTry 'goshawk hunt conclude --help'")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			note.State = suite.HuntState(state.value)
			switch {
			case note.State == "" && strings.TrimSpace(note.Text) == "":
				return fail(exitUsage, "say what the hunt has come to: --state, --note, or both")
			case note.State.Concluded() && note.State != "" && strings.TrimSpace(note.Text) == "":
				return fail(exitUsage, "a conclusion needs --note: what was looked at, and why it shows that the hypothesis is %s", note.State)
			}
			hunt, err := f.find(p, args[0])
			if err != nil {
				return err
			}
			now := event.TimeOf(presentOf(&f.now))
			if note.Date = now.Format(time.DateOnly); on != "" {
				if note.Date, err = dateOf("on", on, now); err != nil {
					return err
				}
			}
			path := hunt.suite.Source.Name
			text, err := suite.Concluded(hunt.suite.Suite, note)
			switch {
			case err != nil:
				return fail(exitRule, "%s: %w", path, err)
			case dry:
				return p.write([]byte(text))
			case strings.HasPrefix(path, builtin+":"):
				return fail(exitUsage, "%s is built in and cannot be written to; --dry-run > FILE.hunt.yml makes a document of your own of it", diag.Printable(hunt.doc.Name.Text))
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				return unwritable(path, err)
			}
			return p.write([]byte(fmt.Sprintf("%s: %s\n", path, noted(note))))
		},
	}
	f.rules.bindPaths(c)
	c.Flags().Var(&state, "state", strings.Join(suite.HuntStates(), ", "))
	c.Flags().StringVar(&note.Text, "note", "", "why, in a `TEXT` for those who read it later")
	c.Flags().StringVar(&note.By, "by", "", "`WHO` says so")
	c.Flags().StringVar(&on, "on", "", "the `DAY` of it, like 2026-11-22 (default: today)")
	c.Flags().BoolVar(&dry, "dry-run", false, "show the document, and write nothing")
	c.Flags().Var(&f.now, "now", "take `TIME` for the present")
	complete(c, "state", &state)
	return c
}

// noted is a note on one line.
func noted(n suite.HuntNote) string {
	text := n.Date
	if n.State != "" {
		text = string(n.State) + " since " + text
	}
	if n.By != "" {
		text += ", " + n.By
	}
	if n.Text != "" {
		text += ": " + oneRow(n.Text)
	}
	return diag.Printable(text)
}
