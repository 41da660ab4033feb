// Package shared finds the test material that lies beside the project: real rules, real logs and expected answers from
// outside. It is never part of the project, so tests that use it skip where it is absent, except in continuous integration,
// where its absence is a failure.
package shared

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Dir returns the path of a file or folder of the shared material. It skips the test where that does not exist, and fails
// it if the environment says CI=true. GOSHAWK_SHARED names another place than the folder beside the repository.
func Dir(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("GOSHAWK_SHARED")
	if root == "" {
		_, here, _, _ := runtime.Caller(0)
		root = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("shared test material is missing: %v", err)
		}
		t.Skipf("shared test material is absent: %v", err)
	}
	return path
}
