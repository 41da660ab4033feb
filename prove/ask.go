package prove

import (
	"context"
	"fmt"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
)

// ask runs rules over events and returns what each finds, by its detection.
func ask(ctx context.Context, o Options, rules []*compile.Rule, events []*event.Event) (map[*detection.Detection][]*finding.Finding, error) {
	found := map[*detection.Detection][]*finding.Finding{}
	if len(events) == 0 {
		return found, nil
	}
	s := &engine.Scan{Events: events, Rules: rules, Taxonomy: o.Taxonomy, Threads: 1, Now: o.Now, Finding: func(f *finding.Finding) error {
		found[f.Detection] = append(found[f.Detection], f)
		return nil
	}}
	if _, err := run(ctx, s); err != nil {
		return nil, err
	}
	return found, nil
}

// askOne runs one rule over events and returns what it finds, and the exclusions that silenced some of it.
func askOne(ctx context.Context, o Options, r *compile.Rule, events []*event.Event) (list []*finding.Finding, silencers []string, err error) {
	if len(events) == 0 {
		return nil, nil, nil
	}
	s := &engine.Scan{Events: events, Rules: []*compile.Rule{r}, Taxonomy: o.Taxonomy, Threads: 1, Now: o.Now, Finding: func(f *finding.Finding) error {
		if f.Detection == r.Detection {
			list = append(list, f)
		}
		return nil
	}}
	report, err := run(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range report.Suppressions {
		if x.Matches > 0 {
			silencers = append(silencers, x.Why)
		}
	}
	return list, silencers, nil
}

// run runs a scan, which must come to its end.
func run(ctx context.Context, s *engine.Scan) (*engine.Report, error) {
	report, err := s.Run(ctx)
	switch {
	case err != nil:
		return nil, err
	case report.Interrupted:
		return nil, context.Canceled
	case len(report.Failed) > 0:
		return nil, fmt.Errorf("the search was not finished: %w", report.Failed[0].Diagnostics)
	}
	return report, nil
}

// key tells an event from the others of a test.
type key struct {
	source string
	record uint64
	time   int64
}

// evidence returns the events that findings rest on.
func evidence(list []*finding.Finding) map[key]bool {
	set := map[key]bool{}
	for _, f := range list {
		for _, e := range f.Evidence {
			set[key{e.Source, e.Record, e.Time}] = true
		}
	}
	return set
}
