package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"goshawk/source"
)

// readFlags say how logs are read, for every command that reads some.
type readFlags struct {
	format choice
	zone   zone
	carve  bool
}

func (f *readFlags) bind(c *cobra.Command) {
	f.format.what = "format"
	for _, format := range source.Formats() {
		f.format.words = append(f.format.words, format.Name)
	}
	c.Flags().Var(&f.format, "input-format", "read every file as `FORMAT` instead of finding out (docs/sources.md lists them)")
	c.Flags().Var(&f.zone, "zone", "time zone of times that name none, such as Europe/Berlin (default UTC)")
	c.Flags().BoolVar(&f.carve, "carve", false, "also read records that lie behind the live data of EVTX files")
	complete(c, "input-format", &f.format)
}

func (f *readFlags) options(ctx context.Context, p program) source.Options {
	return source.Options{Format: f.format.value, Zone: f.zone.location, Carve: f.carve, Stdin: &interruptible{ctx: ctx, from: p.stdin, talk: p.stderr}}
}

// interruptible is a reader that ends with its context, even while what it reads from keeps it waiting.
type interruptible struct {
	ctx  context.Context
	from io.Reader
	talk io.Writer      // told if somebody has to type
	pipe *io.PipeReader // from the first Read on
}

func (r *interruptible) Read(p []byte) (int, error) {
	if r.pipe == nil {
		if isTerminal(r.from) {
			fmt.Fprintln(r.talk, "goshawk: reading what you type; Ctrl-D ends it")
		}
		read, write := io.Pipe()
		r.pipe = read
		go func() {
			_, err := io.Copy(write, r.from)
			write.CloseWithError(err)
		}()
		context.AfterFunc(r.ctx, func() { write.CloseWithError(r.ctx.Err()) })
	}
	return r.pipe.Read(p)
}

// complete lets shells complete the value of a flag.
func complete(c *cobra.Command, flag string, words *choice) {
	_ = c.RegisterFlagCompletionFunc(flag, words.complete) // fails only for a flag that does not exist
}
