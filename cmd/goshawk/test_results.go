package main

import (
	"encoding/json"
	"os"

	"goshawk/event"
)

// testName names a test: by the detection's id, the kind, and its own name, which a validation has not.
type testName struct{ id, kind, test string }

// readResults reads what 'goshawk test -f json' wrote and returns when each test last passed.
func readResults(paths []string) (map[testName]string, error) {
	last := map[testName]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fail(exitUsage, "--results: cannot read %s: %w", path, cause(err))
		}
		var all struct {
			Time  string `json:"time"`
			Tests []struct {
				ID, Kind, Test, Verdict string
			} `json:"tests"`
		}
		if err := json.Unmarshal(text, &all); err != nil || all.Tests == nil {
			return nil, fail(exitUsage, "--results: %s holds no results; 'goshawk test -f json' writes them", path)
		}
		at, _, ok := event.ParseTime(all.Time)
		if !ok {
			return nil, fail(exitUsage, "--results: %s does not say when its tests were run", path)
		}
		for _, t := range all.Tests {
			name := testName{t.ID, t.Kind, t.Test}
			known, _, _ := event.ParseTime(last[name])
			if t.Verdict == "pass" && at > known {
				last[name] = event.FormatTime(at)
			}
		}
	}
	return last, nil
}
