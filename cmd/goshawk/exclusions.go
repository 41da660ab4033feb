package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/event"
)

// exclusionFlags say which exclusions apply, for every command that uses rules.
type exclusionFlags struct {
	paths pathList
	none  bool
	now   *moment // when it is, to tell what has expired; nil: by the clock
	// expired are those that were left out.
	expired []*detection.Exclusion
}

func (f *exclusionFlags) bind(c *cobra.Command) {
	c.Flags().Var(&f.paths, "exclusions", "file or folder of exclusions; may be repeated (besides, the folder exclusions/ in a folder of rules)")
	c.Flags().BoolVar(&f.none, "no-exclusions", false, "apply no exclusions")
}

// at returns when it is.
func (f *exclusionFlags) at() time.Time {
	if f.now != nil && f.now.text != "" {
		return event.TimeOf(f.now.at(event.TicksOf(time.Now()))).UTC()
	}
	return time.Now().UTC()
}

// places returns the files and folders of exclusions for rules.
func (f *exclusionFlags) places(rules []string) []string {
	paths := append([]string(nil), f.paths.values...)
	for _, path := range rules {
		if folder := exclusion.Beside(path); folder != "" {
			paths = append(paths, folder)
		}
	}
	return paths
}

// load reads the exclusions that belong to rules and hold now.
func (f *exclusionFlags) load(rules []string) ([]*detection.Exclusion, error) {
	f.expired = nil
	if f.none {
		if len(f.paths.values) > 0 {
			return nil, fail(exitUsage, "--exclusions and --no-exclusions exclude each other")
		}
		return nil, nil
	}
	all, err := loadExclusions(f.places(rules))
	if err != nil {
		return nil, err
	}
	now := f.at()
	var active []*detection.Exclusion
	for _, x := range all {
		if x.Expired(now) {
			f.expired = append(f.expired, x)
		} else {
			active = append(active, x)
		}
	}
	return active, nil
}

// talk says which exclusions are not applied any more.
func (f *exclusionFlags) talk(p program) {
	if len(f.expired) == 0 {
		return
	}
	var names []string
	for i, x := range f.expired {
		if i == listedReasons {
			names = append(names, fmt.Sprintf("… %d more", len(f.expired)-i))
			break
		}
		names = append(names, x.ID+" ("+day(x.Expires.Add(-time.Second))+")")
	}
	verb := "have"
	if len(f.expired) == 1 {
		verb = "has"
	}
	p.talk("%s %s expired and %s not applied: %s", plural(len(f.expired), "exclusion"), verb, be(len(f.expired)), strings.Join(names, ", "))
}

// loadExclusions reads files and folders of exclusions, all of which must be right.
func loadExclusions(paths []string) ([]*detection.Exclusion, error) {
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			return nil, fail(exitUsage, "--exclusions: cannot read %s: %w", path, cause(err))
		}
	}
	files, err := exclusion.Load(paths)
	if err != nil {
		return nil, fail(exitUsage, "--exclusions: %w", err)
	}
	all, list := exclusion.All(files)
	if list.Failed() {
		return nil, refusal("the exclusions are wrong", list)
	}
	return all, nil
}

// day writes the date of a time; - for none.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}
