package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// heapGrowth is by how many percent the memory in use may grow before it is collected. A scan makes much of its memory to keep
	// it: rules, what is compiled for each kind of record, rows that wait; Go's own 100 would look through all of it again and
	// again. docs/performance.md has the figures.
	heapGrowth = 400
	// heapLimit is where memory is collected as soon as it can be, however little it has grown.
	heapLimit = 3 << 30
	// heapStart is how large memory may become before it is collected for the first time, if the machine has a multiple of it:
	// reading a few thousand rules takes less, and little of that is garbage.
	heapStart = 448 << 20
	// heapShare is which part of the memory that is left heapStart may at most be.
	heapShare = 4
)

// collectLess has memory collected less often than Go would by itself, unless the user says how often.
func collectLess() {
	_, percent := os.LookupEnv("GOGC")
	_, limit := os.LookupEnv("GOMEMLIMIT")
	switch {
	case percent && limit:
	case percent:
		debug.SetMemoryLimit(heapLimit)
	case limit:
		debug.SetGCPercent(heapGrowth)
	default:
		collectLate(min(heapStart, memoryLeft()/heapShare))
	}
}

// collectLate has memory collected for the first time when there are so many bytes of it.
func collectLate(bytes int64) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(bytes)
	type token struct{ _ *token } // a pointer in it keeps it apart from other values, which the first collection may find in use
	runtime.AddCleanup(new(token), func(struct{}) {
		debug.SetGCPercent(heapGrowth)
		debug.SetMemoryLimit(heapLimit)
	}, struct{}{})
}

// memoryLeft returns how many bytes of memory the machine, and on Linux the control group, has left; where that cannot be known,
// as many as there can be.
func memoryLeft() int64 {
	left := int64(math.MaxInt64)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); len(words) > 1 && words[0] == "MemAvailable:" {
				if kilobytes, err := strconv.ParseInt(words[1], 10, 64); err == nil {
					left = kilobytes << 10
				}
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil { // "max" where there is none
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			left = min(left, bytes)
		}
	}
	return left
}
