package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/detection"
	"goshawk/detection/exclusion"
)

// excludeAddFlags are what exclude add can be told.
type excludeAddFlags struct {
	excludeFlags
	predicateFlags
	draft            exclusion.Draft
	dir              string
	dry              bool
	expires, reviews string
}

func (p program) excludeAddCommand() *cobra.Command {
	var f excludeAddFlags
	c := &cobra.Command{
		Use: "add PREDICATE", Short: "Write an exclusion to a file",
		Long: `Add writes an exclusion to a file of its own. It must hold for rules that are there, and nothing that is there is written over.
--dry-run shows the file instead.`,
		Example: `  goshawk exclude add 'user.name = backup and process.command_line contains /opt/backup.sh' --rule d2d642d7 --reason 'nightly backup' --owner ops --expires 90d
  goshawk exclude add 'user=svc_patch dest IN (ADM01, ADM02)' --kind spl --rule 4be54858 --reason patching --owner ops --dry-run`,
		Args: onePredicate,
		RunE: func(_ *cobra.Command, args []string) error { return p.excludeAdd(&f, args[0]) },
	}
	f.excludeFlags.bind(c)
	f.predicateFlags.bind(c)
	flags := c.Flags()
	flags.StringVar(&f.draft.ID, "id", "", "the `ID` of the exclusion (default: the next ex-0001)")
	flags.StringVar(&f.draft.Title, "title", "", "a `TITLE`")
	flags.StringVar(&f.draft.Reason, "reason", "", "why what it excludes is benign (`TEXT`)")
	flags.StringVar(&f.draft.Owner, "owner", "", "`WHO` answers for it")
	flags.StringVar(&f.draft.Ticket, "ticket", "", "the `TICKET` that it goes back to")
	flags.StringVar(&f.expires, "expires", "", "the last `DAY` on which it holds, or how long from now: 2026-12-31, 90d")
	flags.StringVar(&f.reviews, "review", "", "the `DAY` on which to look at it again, or how long from now")
	flags.StringVar(&f.dir, "dir", "", "the folder for the file (default: where the other exclusions are, else "+exclusion.Folder+")")
	flags.BoolVar(&f.dry, "dry-run", false, "show the file, and write nothing")
	return c
}

func onePredicate(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fail(exitUsage, "%s wants one predicate, in quotes\nTry '%s --help'", c.CommandPath(), c.CommandPath())
}

// dateOf returns a date, or the one so long from now.
func dateOf(flag, text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	if _, _, ok := exclusion.ParseTime(text); ok {
		return text, nil
	}
	length, err := duration(text)
	if err != nil {
		return "", fail(exitUsage, "--%s: %q is no date; write it like 2026-12-31, or 90d", flag, text)
	}
	return now.Add(length).Format(time.DateOnly), nil
}

func (p program) excludeAdd(f *excludeAddFlags, predicate string) error {
	if f.draft.Reason == "" || f.draft.Owner == "" {
		return fail(exitUsage, "an exclusion needs --reason and --owner: why it is right, and who answers for it")
	}
	all, err := f.load()
	if err != nil {
		return err
	}
	now := f.excludeFlags.rules.exclusions.at()
	f.draft.Created = now.Format(time.DateOnly)
	if f.draft.Expires, err = dateOf("expires", f.expires, now); err != nil {
		return err
	}
	if f.draft.Review, err = dateOf("review", f.reviews, now); err != nil {
		return err
	}
	if f.draft.ID == "" {
		f.draft.ID = nextID(all)
	}
	for _, x := range all {
		if strings.EqualFold(x.ID, f.draft.ID) {
			return fail(exitUsage, "the id %s is that of %s", x.ID, x.Path)
		}
	}
	x, text, err := f.predicateFlags.draft(f.draft, predicate)
	if err != nil {
		return err
	}
	if x.Expired(now) {
		return fail(exitUsage, "--expires: %s is over already", f.draft.Expires)
	}
	set, err := f.compiled(p, []*detection.Exclusion{x})
	if err != nil {
		return err
	}
	rules, err := inScope(set, x, f.excludeFlags.rules.named())
	if err != nil {
		return err
	}
	if err := applied(rules, x); err != nil {
		return err
	}
	if f.dry {
		return p.write([]byte(text))
	}
	path := filepath.Join(f.folder(all), x.ID+".yml")
	switch err := exclusion.Save(path, text); {
	case errors.Is(err, fs.ErrExist):
		return fail(exitUsage, "%s is there already, and is left as it is; give another --id", path)
	case err != nil:
		return unwritable(path, err)
	}
	return p.write([]byte(fmt.Sprintf("%s: %s, for %s\n", path, x.Text(), plural(len(rules), "rule"))))
}

// folder returns where a new exclusion belongs.
func (f *excludeAddFlags) folder(all []*detection.Exclusion) string {
	if f.dir != "" {
		return f.dir
	}
	if len(all) > 0 {
		return filepath.Dir(all[0].Path)
	}
	for _, path := range f.places() {
		if filepath.Ext(path) == "" {
			return path
		}
	}
	return exclusion.Folder
}

// nextID returns the number behind those that are taken.
func nextID(all []*detection.Exclusion) string {
	highest := 0
	for _, x := range all {
		if digits, ok := strings.CutPrefix(strings.ToLower(x.ID), "ex-"); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				highest = max(highest, n)
			}
		}
	}
	return fmt.Sprintf("ex-%04d", highest+1)
}
