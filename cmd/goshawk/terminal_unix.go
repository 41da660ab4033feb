//go:build unix && !aix && !solaris

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// terminalWidth asks a terminal for its number of columns, 0 if it does not know; ok says that the file is a terminal.
func terminalWidth(f *os.File) (columns int, ok bool) {
	var size struct{ rows, columns, x, y uint16 }
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	return int(size.columns), failed == 0
}
