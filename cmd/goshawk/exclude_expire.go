package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"goshawk/detection/exclusion"
	"goshawk/diag"
)

func (p program) excludeExpireCommand() *cobra.Command {
	var f excludeFlags
	var on string
	var dry bool
	c := &cobra.Command{
		Use: "expire ID", Short: "Set the day on which an exclusion ends",
		Long: `Expire sets the expiry in the file of an exclusion: the present, or the end of the day that --on names. Everything else in the file
stays as it is.`,
		Example: `  goshawk exclude expire ex-0007
  goshawk exclude expire ex-0007 --on 2027-03-31`,
		Args: oneID,
		RunE: func(_ *cobra.Command, args []string) error {
			x, err := f.find(args[0])
			if err != nil {
				return err
			}
			when := f.rules.exclusions.at().Truncate(time.Second).Format(time.RFC3339)
			if on != "" {
				if when, err = dateOf("on", on, f.rules.exclusions.at()); err != nil {
					return err
				}
			}
			text := exclusion.Expire(x, when)
			if file := exclusion.Read(&diag.Source{Name: x.Path, Text: text}); file.Diagnostics.Failed() {
				return refusal("the file would not be right any more", file.Diagnostics)
			}
			if dry {
				return p.write([]byte(text))
			}
			if err := os.WriteFile(x.Path, []byte(text), 0o644); err != nil {
				return unwritable(x.Path, err)
			}
			return p.write([]byte(fmt.Sprintf("%s: %s expires %s\n", x.Path, x.ID, when)))
		},
	}
	f.bind(c)
	c.Flags().StringVar(&on, "on", "", "the last `DAY` on which it holds, or how long from now: 2027-03-31, 30d")
	c.Flags().BoolVar(&dry, "dry-run", false, "show the file, and write nothing")
	return c
}

func oneID(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fail(exitUsage, "%s wants the id of an exclusion\nTry '%s --help'", c.CommandPath(), c.CommandPath())
}
