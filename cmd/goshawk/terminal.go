package main

import (
	"io"
	"os"
	"strconv"
)

// isTerminal says whether a reader or writer is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if ok {
		_, ok = terminalWidth(f)
	}
	return ok
}

// colors says whether to write colours: on a terminal, unless NO_COLOR is set to anything or TERM is dumb.
func (p program) colors(w io.Writer) bool {
	if value, ok := p.env("NO_COLOR"); ok && value != "" {
		return false
	}
	if value, _ := p.env("TERM"); value == "dumb" {
		return false
	}
	return isTerminal(w)
}

// width is the number of columns to write, as COLUMNS or else the terminal says, or 0 if neither does.
func (p program) width(w io.Writer) int {
	value, _ := p.env("COLUMNS")
	if n, err := strconv.Atoi(value); err == nil && n > 0 {
		return n
	}
	if f, ok := w.(*os.File); ok {
		n, _ := terminalWidth(f)
		return n
	}
	return 0
}
