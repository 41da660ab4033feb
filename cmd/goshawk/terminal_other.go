//go:build !unix || aix || solaris

package main

import "os"

// terminalWidth says whether the file is a terminal; it knows no way to ask for the number of columns.
func terminalWidth(f *os.File) (columns int, ok bool) {
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
