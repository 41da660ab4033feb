package prove_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

// Every rule of SigmaHQ is translated for every target, the translations are compiled again by readers that know nothing of Sigma,
// and rules and translations look at the same events. Where they find others than their rules, a reason must be known: one of the
// kind of event and of the target's table, never of a rule.

// activeRules are the folders of Sigma's rules that are meant to be used.
var activeRules = []string{"rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"}

// translationReason is why translations may find other events than their rules. What is empty does not restrict; a text may hold
// a *.
type translationReason struct {
	Because  string
	Target   []string
	Table    []string
	Find     string // more or less
	Foreign  bool   // the events are none of the rule's log source
	Product  []string
	Channel  []string
	ID       []string
	Loss     []string // codes of which the translation says one
	Expected bool     // by design: told beside the share, and counted against it as any other

	used int
}

func (r *translationReason) explains(d *difference) bool {
	return like(r.Target, d.target) && like(r.Table, d.of.translation.Table) && r.Find == d.find && (!r.Foreign || d.foreign) &&
		like(r.Product, d.class.Product) && like(r.Channel, d.class.Channel) && like(r.ID, d.class.ID) &&
		(len(r.Loss) == 0 || slices.ContainsFunc(d.of.translation.Losses, func(l diag.Diagnostic) bool { return slices.Contains(r.Loss, l.Code) }))
}

func like(patterns []string, text string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
		same, err := path.Match(strings.ReplaceAll(p, "/", "\x01"), strings.ReplaceAll(text, "/", "\x01"))
		return err == nil && same
	})
}

func translationReasons(t *testing.T) []*translationReason {
	text, err := os.ReadFile(filepath.Join("testdata", "translate", "differences.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*translationReason
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Because == "" || r.Find != "more" && r.Find != "less" {
			t.Fatalf("a reason must say because of what, and whether more or less is found: %+v", r)
		}
	}
	return list
}

// translated is one rule in the words of one target.
type translated struct {
	translation *compile.Translation
	back        *compile.Rule
}

// place is an event for which a rule held.
type place struct {
	source string
	record uint64
}

// difference is an event that a rule finds and its translation does not, or the other way round.
type difference struct {
	place
	target  string
	of      *translated
	find    string
	class   *event.Class
	foreign bool
}

// loadedRules returns the rules of some folders of published content that load.
func loadedRules(t *testing.T, content string, folders ...string) []*compile.Rule {
	var paths []string
	for _, folder := range folders {
		paths = append(paths, filepath.Join(shared.Dir(t, "content", content), folder))
	}
	set, err := compile.Load(paths, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set.Loaded()
}

// translateAll translates rules for a target: strictly, and where its tables cannot tell products, without them.
func translateAll(t *testing.T, rules []*compile.Rule, name string) []*translated {
	target, ok := taxonomy.Default().Target(name)
	if !ok {
		t.Fatalf("there is no target %s", name)
	}
	made, refused, n := make([]*translated, len(rules)), map[string]int{}, 0
	for i, r := range rules {
		tr := compile.Translate(r, target, compile.TranslateOptions{Strict: true})
		if tr.Refused {
			tr = compile.Translate(r, target, compile.TranslateOptions{})
		}
		if tr.Refused {
			refused[firstReason(tr)]++
			continue
		}
		n++
		back := tr.Back(compile.Options{})
		if back.Refused {
			t.Errorf("%s: the translation of %s does not compile:\n%s\n%s", name, r.Detection.Path, tr.Text, back.Diagnostics.Error())
			continue
		}
		if whole := wholeUnion(tr); whole != nil && whole.Refused {
			t.Errorf("%s: a table of the translation of %s does not compile:\n%s\n%s", name, r.Detection.Path, tr.Text, whole.Diagnostics.Error())
		}
		made[i] = &translated{tr, back}
	}
	t.Logf("%s: %d of %d rules are translated (%.1f %%); refused: %s", name, n, len(rules), 100*float64(n)/float64(len(rules)), tally(refused))
	return made
}

// wholeUnion compiles a translation that is a union such that a table in which something is wrong is not left out in silence; nil for any
// other.
func wholeUnion(tr *compile.Translation) *compile.Rule {
	text, union := strings.CutPrefix(tr.Text, "union isfuzzy=true")
	if !union {
		return nil
	}
	whole := *tr
	whole.Text = "union" + text
	return whole.Back(compile.Options{})
}

func firstReason(t *compile.Translation) string {
	for _, d := range t.Losses {
		if d.Severity == diag.Error {
			return d.Code
		}
	}
	return "?"
}

// tally writes counts, those of most first.
func tally(counts map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%d %s", counts[k], k)
	}
	return strings.Join(keys, ", ")
}

// Sigma's rules are translated for every target.
func TestTranslationsFindTheSame(t *testing.T) {
	proveTranslations(t, loadedRules(t, "sigma", activeRules...), taxonomy.Default().Targets(), 0.99)
}

// Splunk's searches are translated for targets of the other languages. Fewer of them fit, so that one that differs weighs more.
func TestTranslatedSearchesFindTheSame(t *testing.T) {
	proveTranslations(t, loadedRules(t, "escu", "detections"), []string{"kql-asim", "kql-xdr", "sigma"}, 0.985)
}

// proveTranslations compares rules with their translations. At least the share enough of these must find exactly the same events,
// whatever is known of the others.
func proveTranslations(t *testing.T, rules []*compile.Rule, targets []string, enough float64) {
	if testing.Short() {
		t.Skip("it scans a lot")
	}
	started := time.Now()
	if only := os.Getenv("GOSHAWK_TARGETS"); only != "" {
		targets = strings.Split(only, ",")
	}
	scanned := slices.Clone(rules)
	owner := map[*detection.Detection][2]int{} // → the index of the rule, and of the target; -1 for the rule itself
	for i, r := range rules {
		owner[r.Detection] = [2]int{i, -1}
	}
	made := make([][]*translated, len(targets))
	for k, name := range targets {
		made[k] = translateAll(t, rules, name)
		for i, tr := range made[k] {
			if tr != nil {
				owner[tr.back.Detection] = [2]int{i, k}
				scanned = append(scanned, tr.back)
			}
		}
	}
	t.Logf("translated in %s", time.Since(started).Round(time.Millisecond))

	found := map[[2]int]map[place]bool{}
	data := translationData(t)
	s := engine.Scan{Paths: data, Rules: scanned, Taxonomy: taxonomy.Default(), Limits: engine.Limits{Evidence: 1 << 20}, Finding: func(f *finding.Finding) error {
		who := owner[f.Detection]
		if found[who] == nil {
			found[who] = map[place]bool{}
		}
		for _, e := range f.Evidence {
			found[who][place{e.Source, e.Record}] = true
		}
		return nil
	}}
	report, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failed {
		if owner[f.Rule.Detection][1] >= 0 {
			t.Errorf("%s: %v", f.Rule.Detection.Query.Name, f.Diagnostics)
		}
	}
	t.Logf("%d events, %d findings of %d rules and translations, %s", report.Events, report.Findings, len(scanned), report.Elapsed.Round(time.Millisecond))

	var differences []*difference
	for k, name := range targets {
		for i, tr := range made[k] {
			if tr == nil {
				continue
			}
			native, other := found[[2]int{i, -1}], found[[2]int{i, k}]
			for at := range native {
				if !other[at] {
					differences = append(differences, &difference{place: at, target: name, of: tr, find: "less"})
				}
			}
			for at := range other {
				if !native[at] {
					differences = append(differences, &difference{place: at, target: name, of: tr, find: "more"})
				}
			}
		}
	}
	classify(t, data, differences)
	judgeTranslations(t, targets, made, found, differences, enough)
	t.Logf("all of it in %s", time.Since(started).Round(time.Millisecond))
}

// translationData returns what translations are tried on: all that lies there if GOSHAWK_ALL_DATA is set, else what is quickly
// read.
func translationData(t *testing.T) []string {
	data := []string{shared.Dir(t, "oracles", "sigma-regression", "regression_data")}
	if os.Getenv("GOSHAWK_ALL_DATA") != "" {
		return append(data, shared.Dir(t, "data"))
	}
	for _, folder := range []string{"attack_data", "cloud", "evtx", "linux", "network", "synthetic"} {
		data = append(data, shared.Dir(t, "data", folder))
	}
	return data
}

// classify finds out of which class the events of differences are, and whether they are of the log sources of the rules.
func classify(t *testing.T, data []string, differences []*difference) {
	wanted := map[place][]*difference{}
	for _, d := range differences {
		wanted[d.place] = append(wanted[d.place], d)
	}
	var files []string // those that hold them
	for at := range wanted {
		file, _, _ := strings.Cut(at.source, "!")
		if !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	tax := taxonomy.Default()
	see := func(ev *event.Event) bool {
		for _, d := range wanted[place{ev.Origin.Source, ev.Origin.Record}] {
			l := d.of.translation.Rule.LogSource
			_, in := tax.Route(tax.Sigma(l.Category, l.Product, l.Service).Table, ev.Class)
			if d.class == nil || d.foreign && in { // an audit event is there several times
				d.class, d.foreign = ev.Class, !in
			}
		}
		return true
	}
	err := source.ForEach(context.Background(), files, source.Options{}, see, func(*source.Input) {}, func(source.Problem) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		if d.class == nil {
			t.Fatalf("%s has no event %d any more", d.source, d.record)
		}
	}
}

// judgeTranslations complains about differences without a reason, and about targets whose translations find anything else than their
// rules too often, whatever is known of the reason.
func judgeTranslations(t *testing.T, targets []string, made [][]*translated, found map[[2]int]map[place]bool, differences []*difference, enough float64) {
	reasons := translationReasons(t)
	differs, unexplained := map[*translated]bool{}, map[string]int{}
	unexpected := map[*translated]bool{} // those that differ for another reason than by design
	because := map[string]map[string]map[*translated]bool{}
	example := map[string]*difference{}
	for _, d := range differences {
		differs[d.of] = true
		key := fmt.Sprintf("%s finds %s of %s/%s/%s (foreign: %v)", d.of.translation.Table, d.find, d.class.Product, d.class.Channel, d.class.ID, d.foreign)
		if because[d.target] == nil {
			because[d.target] = map[string]map[*translated]bool{}
		}
		if because[d.target][key] == nil {
			because[d.target][key] = map[*translated]bool{}
		}
		because[d.target][key][d.of] = true
		at := slices.IndexFunc(reasons, func(r *translationReason) bool { return r.explains(d) })
		if at < 0 {
			unexpected[d.of] = true
			key = d.target + ": " + key
			unexplained[key]++
			if example[key] == nil {
				example[key] = d
			}
			continue
		}
		if reasons[at].used++; !reasons[at].Expected {
			unexpected[d.of] = true
		}
	}
	for k, name := range targets {
		all, same, expected, fired, identical := 0, 0, 0, 0, 0
		for i, tr := range made[k] {
			if tr == nil {
				continue
			}
			if all++; !differs[tr] {
				same++
			}
			if !unexpected[tr] {
				expected++
			}
			if len(found[[2]int{i, -1}]) > 0 || len(found[[2]int{i, k}]) > 0 {
				if fired++; !differs[tr] {
					identical++
				}
			}
		}
		share := float64(same) / float64(max(all, 1))
		t.Logf("%s: %d of %d translations find the same events (%.2f %%), %d those or others that are expected (%.2f %%); of %d that find any, as rule or as translation, %d find the same (%.1f %%)",
			name, same, all, 100*share, expected, 100*float64(expected)/float64(max(all, 1)), fired, identical, 100*float64(identical)/float64(max(fired, 1)))
		counts := map[string]int{}
		for key, of := range because[name] {
			counts[key] = len(of)
		}
		t.Logf("%s: translations that differ: %s", name, tally(counts))
		if share < enough {
			t.Errorf("%s: only %.2f %% of the translations find the same events as their rules", name, 100*share)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(unexplained)) {
		d := example[key]
		t.Errorf("%d times without a reason: %s\nsuch as %s on %s, record %d:\n%s", unexplained[key], key, d.of.translation.Rule.Detection.Path, d.source, d.record, d.of.translation.Text)
	}
	for _, r := range reasons {
		if r.used > 0 {
			t.Logf("%6d events: %s", r.used, r.Because)
		}
	}
}
