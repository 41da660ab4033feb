// Package compile turns the texts of detections into checked plans. It is the only room that knows all the languages.
//
// In go rule files and what they assume about the world (the taxonomy, placeholder lists); out comes, for every detection,
// either a plan with its per-event part split off, or the diagnostics that refuse it. Nothing is lost on the way: every
// detection of every file is in the result, loaded or refused.
package compile

import (
	"runtime"
	"slices"
	"strings"
	"sync"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// Options say what the detections may assume.
type Options struct {
	Taxonomy     *taxonomy.Taxonomy  // nil: the built-in one
	Placeholders map[string][]string // the values of Sigma's %name% placeholders
	Threads      int                 // how many files to compile at a time; 0: all cores
}

// Rule is one detection with what it became.
type Rule struct {
	Detection   *detection.Detection
	Diagnostics diag.List
	// Refused rules have no plan; their diagnostics hold at least one error.
	Refused bool
	Plan    plan.Node
	// Table, Where and Rest are the plan in two parts: what can be asked of each event of a table on its own, and what
	// remains to be done with the events that pass; Rest is nil if nothing remains.
	Table string
	Where plan.Expr
	Rest  plan.Node
	// Mode is "per-event", "windowed" or "scheduled", with the reason.
	Mode, ModeReason string
	// LogSource is what a Sigma rule is about.
	LogSource sigma.LogSource
}

// Set is all detections of some files.
type Set struct {
	Rules   []*Rule // in the order of files and of the detections in them
	Skipped []detection.Skipped
}

// Loaded returns the rules that can run.
func (s *Set) Loaded() []*Rule {
	var list []*Rule
	for _, r := range s.Rules {
		if !r.Refused {
			list = append(list, r)
		}
	}
	return list
}

// Refused returns how many rules cannot run.
func (s *Set) Refused() int { return len(s.Rules) - len(s.Loaded()) }

// Files compiles rule files. It never fails: a rule that cannot be compiled is in the set, refused with its reasons.
func Files(files []detection.File, o Options) *Set {
	if o.Taxonomy == nil {
		o.Taxonomy = taxonomy.Default()
	}
	threads := o.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	perFile := make([][]*Rule, len(files))
	var next sync.Mutex
	i := 0
	var workers sync.WaitGroup
	for range min(threads, max(len(files), 1)) {
		workers.Go(func() {
			for {
				next.Lock()
				mine := i
				i++
				next.Unlock()
				if mine >= len(files) {
					return
				}
				perFile[mine] = file(files[mine], o)
			}
		})
	}
	workers.Wait()
	set := &Set{}
	for _, rules := range perFile {
		set.Rules = append(set.Rules, rules...)
	}
	warnOfDuplicates(set)
	return set
}

// Load finds the rule files at and below paths and compiles them.
func Load(paths []string, o Options) (*Set, error) {
	files, skipped, err := detection.Find(paths)
	if err != nil {
		return nil, err
	}
	set := Files(files, o)
	set.Skipped = skipped
	return set, nil
}

func file(f detection.File, o Options) []*Rule {
	switch f.Language {
	case detection.Sigma:
		return sigmaFile(f, o)
	}
	r := &Rule{Refused: true, Detection: &detection.Detection{Language: f.Language, Path: f.Source.Name, Query: f.Source}}
	r.Diagnostics.Errorf(f.Source, diag.Span{}, "language-unknown", "no compiler for language %q", f.Language)
	return []*Rule{r}
}

// finish checks and splits the plan of a rule.
func (r *Rule) finish() {
	if r.Plan != nil {
		for _, d := range plan.Check(r.Plan) {
			if d.Source = r.Detection.Query; d.Span == (diag.Span{}) {
				d.Span = r.Detection.Span
			}
			r.Diagnostics.Add(d)
		}
	}
	if r.Refused = r.Refused || r.Plan == nil || r.Diagnostics.Failed(); r.Refused {
		r.Plan = nil
	} else {
		r.Plan = plan.Rewrite(r.Plan)
		var perEvent bool
		r.Where, r.Table, r.Rest, perEvent = plan.Split(r.Plan)
		class, reason := plan.Mode(r.Plan)
		r.Mode, r.ModeReason = class.String(), reason
		if !perEvent || r.Rest != nil {
			r.Refused = true
			r.Diagnostics.Errorf(r.Detection.Query, r.Detection.Span, "rule-not-per-event", "only plans that look at single events run in a scan; this one is %s: %s", r.Mode, r.ModeReason)
		}
	}
	if r.Refused && !r.Diagnostics.Failed() {
		r.Diagnostics.Errorf(r.Detection.Query, r.Detection.Span, "rule-refused", "the rule gives no plan")
	}
	r.Diagnostics.Sort()
	r.Diagnostics = slices.CompactFunc(r.Diagnostics, func(a, b diag.Diagnostic) bool {
		return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
	})
}

// warnOfDuplicates warns of ids that several rules share: findings are told apart by them.
func warnOfDuplicates(set *Set) {
	first := map[string]*Rule{}
	for _, r := range set.Rules {
		id := strings.ToLower(r.Detection.ID)
		if id == "" {
			continue
		}
		if other, ok := first[id]; ok {
			r.Diagnostics.Warnf(r.Detection.Query, r.Detection.Span, "rule-duplicate-id", "id %s is also that of %s", r.Detection.ID, other.Detection.Path).
				Hint = "give one of the two rules a new UUID, or load only one"
			continue
		}
		first[id] = r
	}
}
