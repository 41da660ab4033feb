package main

import (
	"os"
	"runtime/debug"
)

const (
	// heapGrowth is by how many percent the memory in use may grow before it is collected. A scan makes much of its memory to keep
	// it: rules, what is compiled for each kind of record, rows that wait; Go's own 100 would look through all of it again and
	// again. docs/performance.md has the figures.
	heapGrowth = 300
	// heapLimit is where memory is collected as soon as it can be, however little it has grown.
	heapLimit = 3 << 30
)

// collectLess has memory collected less often than Go would by itself, unless the user says how often.
func collectLess() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(heapGrowth)
	}
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(heapLimit)
	}
}
