package engine_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"goshawk/compile"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/taxonomy"
)

// BenchmarkScan runs all of SigmaHQ's rules over real logs, on one worker, from files to findings.
func BenchmarkScan(b *testing.B) {
	set, err := compile.Load([]string{shared.Dir(b, "content", "sigma", "rules"), shared.Dir(b, "content", "sigma", "rules-emerging-threats"),
		shared.Dir(b, "content", "sigma", "rules-threat-hunting")}, compile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		data  string
		times int // the same logs so often, so that compiling for each kind of record weighs as little as in a large scan
	}{{"evtx", 1}, {"evtx", 10}, {"winlog-json", 1}, {"winlog-json", 3}, {"synthetic", 1}} {
		b.Run(fmt.Sprintf("%s×%d", c.data, c.times), func(b *testing.B) {
			paths := []string{shared.Dir(b, "data", c.data)}
			for len(paths) < c.times {
				copied := b.TempDir()
				if err := os.CopyFS(copied, os.DirFS(paths[0])); err != nil {
					b.Fatal(err)
				}
				paths = append(paths, copied)
			}
			events := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				s := engine.Scan{Paths: paths, Rules: set.Loaded(), Taxonomy: taxonomy.Default(), Threads: 1,
					Finding: func(*finding.Finding) error { return nil }}
				report, err := s.Run(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				events += report.Events
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkLoad compiles all of SigmaHQ's rules.
func BenchmarkLoad(b *testing.B) {
	path := shared.Dir(b, "content", "sigma")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compile.Load([]string{path}, compile.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
