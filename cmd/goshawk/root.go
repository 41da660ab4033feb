package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"goshawk/diag"
)

// root returns the tree of commands.
func (p program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "goshawk",
		Short: "Run Sigma, Splunk and Sentinel detections over logs of any shape",
		Long: `Goshawk runs detections over logs: Windows event logs, Linux audit and system logs, EDR and cloud records, as files,
folders and archives, in whatever shape a forwarder left them. It finds out by itself what a file is.

Standard output is data, standard error is talk. The exit status is 0 if all went well, 1 for findings or failed checks
where that was asked for, 2 if a rule is wrong, 3 for wrong usage, 4 if input cannot be read, 130 if interrupted. Every flag
can also be given in the environment: --min-level as GOSHAWK_MIN_LEVEL.`,
		Example: `  goshawk scan logs.zip -r sigma/rules
  goshawk scan . -m high -f html -o ../report.html
  goshawk explain rule.yml event.json`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noCommand,
	}
	version := root.Flags().Bool("version", false, "print the version")
	root.RunE = func(c *cobra.Command, _ []string) error {
		if *version {
			return p.printVersion()
		}
		return c.Help()
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fail(exitUsage, "%w\nTry '%s --help'", flagComplaint(c, err), c.CommandPath())
	})
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return p.fromEnvironment(c) }
	root.AddCommand(p.scanCommand(), p.queryCommand(), p.rulesCommand(), p.excludeCommand(), p.dataCommand(), p.explainCommand(), p.compareCommand(), p.testCommand(),
		p.huntCommand(), p.translateCommand(), p.checkerCommand(), p.versionCommand())
	root.SetHelpCommand(helpCommand())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = noCommand
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
			for _, shell := range c.Commands() {
				shell.Args = noArguments
			}
		}
	}
	return root
}

// helpCommand prints the help of a command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help about any command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err == nil {
				err = noCommand(about, rest)
			}
			if err != nil {
				return err
			}
			return about.Help()
		},
	}
}

// noCommand refuses a word where a command should stand.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return fail(exitUsage, "unknown command %q%s\nTry '%s --help'", args[0], didYouMean(args[0], names), c.CommandPath())
}

// noArguments refuses words where only flags may stand.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fail(exitUsage, "%s takes no argument, but there is %q\nTry '%s --help'", c.CommandPath(), args[0], c.CommandPath())
}

// didYouMean returns a half sentence with the candidate that is most like a name, or nothing.
func didYouMean(name string, candidates []string) string {
	if near := diag.Nearest(name, candidates); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// flagComplaint puts what is wrong with a flag in our words.
func flagComplaint(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := diag.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			return fmt.Errorf("unknown flag --%s; did you mean --%s?", unknown.GetSpecifiedName(), near)
		}
		return fmt.Errorf("unknown flag --%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return fmt.Errorf("unknown flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, valueComplaint(invalid))
	case errors.As(err, &missing):
		what, _ := pflag.UnquoteUsage(missing.GetFlag())
		return fmt.Errorf("--%s wants a %s behind it", missing.GetFlag().Name, what)
	}
	return err
}

// valueComplaint says what is wrong with the value of a flag.
func valueComplaint(e *pflag.InvalidValueError) error {
	var syntax *strconv.NumError
	if errors.As(e, &syntax) { // of a flag that is there or not: all others check their own values
		return fmt.Errorf("%q is neither true nor false", e.GetValue())
	}
	return e.Unwrap()
}

// variableOf returns the name of the environment variable for a flag.
func variableOf(flag string) string {
	return "GOSHAWK_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment gives every flag that was not on the command line the value of its variable: --max-memory is
// GOSHAWK_MAX_MEMORY. A variable that is empty counts as not there.
func (p program) fromEnvironment(c *cobra.Command) error {
	var wrong error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" || f.Name == "version" || wrong != nil {
			return
		}
		value, ok := p.env(variableOf(f.Name))
		if !ok || value == "" {
			return
		}
		values := []string{value}
		if _, ok := f.Value.(*pathList); ok {
			values = splitPaths(value)
		}
		for _, value := range values {
			err := c.Flags().Set(f.Name, value)
			var invalid *pflag.InvalidValueError
			if errors.As(err, &invalid) {
				err = valueComplaint(invalid)
			}
			if err != nil {
				wrong = fail(exitUsage, "environment variable %s: %w", variableOf(f.Name), err)
				return
			}
		}
	})
	return wrong
}
