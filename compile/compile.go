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
	"goshawk/detection/escu"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/lang/sigma"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// Options say what the detections may assume.
type Options struct {
	Taxonomy     *taxonomy.Taxonomy  // nil: the built-in one
	Placeholders map[string][]string // the values of Sigma's %name% placeholders
	Pipelines    []*sigma.Pipeline   // change Sigma rules before they are compiled, in the order of their priorities
	// Overrides are the user's own macros and lookups, which go before those of the content; the last one goes first.
	Overrides []*escu.Pack
	// Beside is content whose macros and lookups a search may use where its own content has none.
	Beside []*escu.Pack
	// Workspaces are further content of Sentinel's whose functions and watchlists queries may use.
	Workspaces []*sentinel.Pack
	// Own are the user's own functions and watchlists, which go before those of the content; the last one goes first.
	Own []*sentinel.Pack
	// External returns the local copy of what a query reads from an address with externaldata.
	External func(url string) ([]byte, bool)
	Geo      *plan.Table // a database of places of addresses, as spl.Env has it; nil: none
	Now      int64       // the time of the search, in ticks; whoever runs a rule gives its own
	Limits   spl.Limits  // the caps of Splunk, where a result should be cut as the original cuts it
	// Exclusions are what detections in their scope leave out. All of them apply: whoever compiles leaves out those that have expired.
	Exclusions []*detection.Exclusion
	Threads    int // how many files to compile at a time; 0: all cores
}

// Rule is one detection with what it became.
type Rule struct {
	Detection   *detection.Detection
	Diagnostics diag.List
	// Refused rules have no plan; their diagnostics hold at least one error.
	Refused bool
	Plan    plan.Node
	// Feeds and Rest are the plan in two parts: what single events must meet in each place where it reads events, and what
	// remains to be done with those that pass; feed i is for Scan i of Rest in the order of plan.Walk, whose columns are among
	// those of the feed's Scan. Rest is nil where an event that passed is an answer as it stands; there is one feed then.
	Feeds []Feed
	Rest  plan.Node
	// Relower, if not nil, gives the plan for a search at another moment: it says that the plan depends on the time of the
	// search. Feeds then hold what the plans of all moments ask, and At takes the place of Rest.
	Relower func(Moment) (plan.Node, error)
	// Mode is "per-event", "windowed" or "scheduled", with the reason. A plan that only groups what passes is per-event as well:
	// whether it fires depends on single events.
	Mode, ModeReason string
	// Single says that a row is the answer for one event, so that none has to wait for another.
	Single bool
	// LogSource is what a Sigma rule is about.
	LogSource sigma.LogSource
	// Filters are the filters that the plan holds, of a correlation those of the rules that it is built on.
	Filters []Applied
	// Filter says that this is no detection but a filter: its plan shows what it keeps, and is not to be run. Meets is how many rules of
	// the set it was added to.
	Filter bool
	Meets  int
	// Correlation is set for a rule that combines others over time, and SilentFor names the correlations that use this rule as a part
	// of theirs: it raises no alerts of its own.
	Correlation *Correlation
	SilentFor   []string
	// Search is what an SPL detection was read as.
	Search *spl.Search
	// Content is the folder of Splunk's content that an SPL detection belongs to; Macros and Lookups are those that its search
	// uses, in the order in which it first does.
	Content *escu.Pack
	Macros  []*escu.Macro
	Lookups []*escu.Lookup
	// Exclusions are those that were applied, in the order of Options.
	Exclusions []*Excluded
	// Query is what a KQL detection was read as, and Workspace the content of Sentinel's that it belongs to.
	Query     *kql.Query
	Workspace *sentinel.Pack
	// Summary is set for a summary rule, which raises no alerts, and Reads are the summary rules that the rule needs to run before it, in
	// the order in which they must.
	Summary *Summary
	Reads   []*Rule

	// restage reads a rule whose plan depends on the time again, for Staged; nil for others.
	restage func(Moment) (plan.Node, []Stage, error)
	// reread reads a search again with other lookups; nil for other languages.
	reread func(m Moment, lookups func(known func(string) (*spl.Lookup, bool)) func(string) (*spl.Lookup, bool)) (*spl.Search, error)
	// differing says that a KQL query does not look equally far back wherever it reads.
	differing bool
	// first says of a rule whose plan depends on the time that Plan is the one for the first of moments.
	first bool
}

// Set is all detections of some files.
type Set struct {
	Rules   []*Rule // in the order of files and of the detections in them
	Skipped []detection.Skipped

	workspaces []*workspace // the contents of Sentinel's that were asked for
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

// Runs says whether the rule raises alerts: it is loaded, no filter and no summary rule, and not silent because of a correlation.
func (r *Rule) Runs() bool {
	return !r.Refused && !r.Filter && r.Summary == nil && len(r.SilentFor) == 0
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
	packs, spaces := contents(files, o), workspaces(files, o)
	sigmas := readSigma(files, o, threads)
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
				perFile[mine] = file(files[mine], o, packs[files[mine].Content], spaces[files[mine].Content], sigmas)
			}
		})
	}
	workers.Wait()
	set := &Set{}
	for _, rules := range perFile {
		set.Rules = append(set.Rules, rules...)
	}
	seen := map[*workspace]bool{}
	for _, f := range files {
		if w := spaces[f.Content]; w != nil && !seen[w] {
			seen[w] = true
			set.workspaces = append(set.workspaces, w)
			set.Rules = append(set.Rules, w.lists...)
		}
	}
	sigmas.settle(set)
	warnOfDuplicates(set)
	relate(set)
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

func file(f detection.File, o Options, c *content, w *workspace, s *sigmaTexts) []*Rule {
	switch {
	case f.Language == detection.Sigma:
		return s.rules(f, o)
	case f.Language == detection.SPL && c != nil:
		return splFile(f, c, o)
	case f.Language == detection.KQL && w != nil:
		return kqlFile(f, w, o)
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
		var err error
		if r.Plan, err = r.ready(r.Plan); err != nil {
			r.Refused, r.Plan = true, nil
			r.Diagnostics.Errorf(r.Detection.Query, r.Detection.Span, CodeUnapplied, "%v", err)
			r.Diagnostics = sorted(r.Diagnostics)
			return
		}
		class, reason := plan.Mode(r.Plan)
		r.Mode, r.ModeReason, r.Single = class.String(), reason, class == plan.PerEvent
		if class == plan.Scheduled && plan.Grouped(r.Plan) {
			r.Mode, r.ModeReason = plan.PerEvent.String(), "every event that passes is part of a row"
		} else if class == plan.Scheduled && r.Query != nil && plan.Keyed(r.Plan) {
			r.Mode, r.ModeReason = plan.Windowed.String(), "rows of one table are grouped or ordered within the rule's window"
		}
		if err := r.split(); err != nil {
			r.Refused = true
			r.Diagnostics.Errorf(r.Detection.Query, r.Detection.Span, "rule-time", "%v", err)
		}
		if _, err := r.Schedule(); err != nil {
			r.Refused = true
			r.Diagnostics.Errorf(r.Detection.Query, r.Detection.Span, "rule-schedule", "%v", err)
		}
	}
	if r.Refused && !r.Diagnostics.Failed() {
		r.Diagnostics.Errorf(r.Detection.Query, r.Detection.Span, "rule-refused", "the rule gives no plan")
	}
	r.Diagnostics = sorted(r.Diagnostics)
}

// sorted puts diagnostics in the order of their places, each once.
func sorted(list diag.List) diag.List {
	list.Sort()
	return slices.CompactFunc(list, func(a, b diag.Diagnostic) bool {
		return a.Code == b.Code && a.Source == b.Source && a.Span == b.Span && a.Message == b.Message
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
			if slices.ContainsFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return d.Code == "sentinel-duplicate-id" }) {
				continue // whoever read the content has said so
			}
			r.Diagnostics.Warnf(r.Detection.Query, r.Detection.Span, "rule-duplicate-id", "id %s is also that of %s", r.Detection.ID, other.Detection.Path).
				Hint = "give one of the two rules a new UUID, or load only one"
			continue
		}
		first[id] = r
	}
}
