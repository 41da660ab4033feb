package prove

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/suite"
	"goshawk/finding"
)

// The tests that SigmaHQ ships with its rules: regression_data/<path of the rule>/<its stem>/info.yml, beside the samples. Two
// layouts are published. In the older each test names an EVTX file; in the newer also JSON, and pipelines and filters that
// are to be applied to the rule. https://github.com/SigmaHQ/sigma/tree/master/regression_data

// regression is one test of an info.yml.
type regression struct {
	name  string
	file  string // of the sample
	count int    // matches that there must be at least; 0: one
	// pipelines and filters are applied to the rule before it is asked.
	pipelines, filters []string
	info               string // the file that the test stands in
}

// infoFile is what an info.yml says, in both layouts.
type infoFile struct {
	ID    string `yaml:"id"`
	Rules []struct {
		ID    string `yaml:"id"`
		Title string `yaml:"title"`
	} `yaml:"rule_metadata"`
	Tests []struct {
		Name       string    `yaml:"name"`
		Type       string    `yaml:"type"`
		MatchCount *int      `yaml:"match_count"`
		Path       string    `yaml:"path"`
		Pipelines  yaml.Node `yaml:"pipelines"`
		Pipeline   yaml.Node `yaml:"pipeline"`
		Filters    yaml.Node `yaml:"filters"`
		Filter     yaml.Node `yaml:"filter"`
	} `yaml:"regression_tests_info"`
}

// regressionBook finds the tests of rules in folders of regression data. The folders are searched once.
type regressionBook struct {
	folders []string
	once    sync.Once
	byRule  map[string][]regression
	broken  map[string][]string // what is wrong with an info.yml, by the rule that it is about
}

// of returns the tests of a rule by its id.
func (b *regressionBook) of(d *detection.Detection) ([]regression, []string) {
	b.once.Do(b.read)
	id := strings.ToLower(d.ID)
	return b.byRule[id], b.broken[id]
}

func (b *regressionBook) read() {
	b.byRule, b.broken = map[string][]regression{}, map[string][]string{}
	seen := map[string]bool{}
	for _, folder := range b.folders {
		for _, root := range []string{filepath.Join(folder, "regression_data"), folder} {
			if info, err := os.Stat(root); err != nil || !info.IsDir() || filepath.Base(root) != "regression_data" {
				continue
			}
			full, err := filepath.Abs(root)
			if err != nil || seen[full] {
				continue
			}
			seen[full] = true
			_ = filepath.WalkDir(root, func(file string, entry os.DirEntry, err error) error {
				if err == nil && !entry.IsDir() && entry.Name() == "info.yml" {
					b.info(root, file)
				}
				return nil
			})
		}
	}
}

// info reads one info.yml.
func (b *regressionBook) info(root, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	var info infoFile
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	problem := decoder.Decode(&info)
	for _, rule := range info.Rules {
		id := strings.ToLower(rule.ID)
		if problem != nil {
			b.broken[id] = append(b.broken[id], fmt.Sprintf("%s: %v", file, problem))
			continue
		}
		for _, t := range info.Tests {
			one := regression{name: t.Name, info: file}
			if t.MatchCount != nil {
				one.count = *t.MatchCount
			}
			// A path is one below the repository, which holds the folder regression_data; else what it names lies beside the test.
			at := func(path string) string {
				name := filepath.Join(filepath.Dir(root), filepath.FromSlash(path))
				if _, err := os.Stat(name); err != nil {
					name = filepath.Join(filepath.Dir(file), filepath.Base(filepath.FromSlash(path)))
				}
				return name
			}
			one.file = at(t.Path)
			for _, list := range []struct {
				to    *[]string
				nodes []yaml.Node
			}{{&one.pipelines, []yaml.Node{t.Pipelines, t.Pipeline}}, {&one.filters, []yaml.Node{t.Filters, t.Filter}}} {
				for _, n := range list.nodes {
					for _, path := range namesOf(&n) {
						*list.to = append(*list.to, at(path))
					}
				}
			}
			b.byRule[id] = append(b.byRule[id], one)
		}
	}
}

// namesOf returns a text, or a list of texts.
func namesOf(n *yaml.Node) []string {
	switch n.Kind {
	case yaml.ScalarNode:
		return []string{n.Value}
	case yaml.SequenceNode:
		var list []string
		for _, e := range n.Content {
			list = append(list, e.Value)
		}
		return list
	}
	return nil
}

// ruleFor returns the rule as a test wants it.
func (b *bench) ruleFor(r *compile.Rule, t *regression) (*compile.Rule, error) {
	if len(t.pipelines) == 0 && len(t.filters) == 0 {
		return r, nil
	}
	if b.Reload == nil {
		return nil, fmt.Errorf("the rule cannot be compiled with the pipelines and filters of the test")
	}
	changed, err := b.Reload(r, Beside{Pipelines: t.pipelines, Filters: t.filters})
	if err == nil && changed.Refused {
		err = fmt.Errorf("with the pipelines of the test it is refused: %s", firstError(changed))
	}
	return changed, err
}

// regressions returns the tests of a rule that are files of regression data.
func (b *bench) regressions(r *compile.Rule) []regression {
	list, _ := b.book.of(r.Detection)
	return list
}

func (t *regression) material(ctx context.Context, s *stock) (material, error) {
	return s.once(ctx, t.file, func() (material, error) {
		text, err := os.ReadFile(t.file)
		if os.IsNotExist(err) {
			return material{}, &absent{t.file}
		} else if err != nil {
			return material{}, err
		}
		return s.read(ctx, t.file, text, &suite.Data{})
	})
}

// passes applies the rule of SigmaHQ's runner: fewer matches than announced are a failure, more are not.
func (t *regression) passes(found []*finding.Finding) bool { return len(found) >= max(t.count, 1) }

// sigmaHQ runs the tests that SigmaHQ ships with a rule.
func (b *bench) sigmaHQ(ctx context.Context, r *compile.Rule) []Result {
	if r.Detection.Language != detection.Sigma || !b.wants(Unit) {
		return nil
	}
	tests, broken := b.book.of(r.Detection)
	var list []Result
	for _, what := range broken {
		list = append(list, Result{Rule: r, Kind: Unit, Test: "info.yml", Verdict: Error, Reason: what})
	}
	for i := range tests {
		t := &tests[i]
		started := time.Now()
		result := Result{Rule: r, Kind: Unit, Test: t.name, Verdict: Pass, Data: []string{t.file}, Place: t.info}
		switch m, err := t.material(ctx, b.stock); {
		case ctx.Err() != nil:
			result.Verdict, result.Reason = Error, "interrupted"
		case r.Refused:
			result.Verdict, result.Reason = Error, "it is refused: "+firstError(r)
		case err != nil:
			result.fail(err)
		case len(m.events) == 0:
			result.Verdict, result.Reason = Error, "no record could be read of "+t.file
		default:
			var found []*finding.Finding
			asked, err := b.ruleFor(r, t)
			if err == nil {
				found, _, err = askOne(ctx, b.Options, asked, m.events)
			}
			result.Rows = len(found)
			switch {
			case err != nil:
				result.fail(err)
			case !t.passes(found):
				result.Verdict, result.Reason = Fail, fmt.Sprintf("it matches %d times where %d are announced", len(found), max(t.count, 1))
			case t.count > 0 && len(found) > t.count:
				result.Reason = fmt.Sprintf("it matches %d times where %d are announced", len(found), t.count)
			}
		}
		result.Elapsed = time.Since(started)
		list = append(list, result)
	}
	return list
}
