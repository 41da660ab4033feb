package compile

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// Applied is a filter that a plan holds: what a rule would find but for which Where is not true is what the filter takes away.
type Applied struct {
	Name, ID string    // the filter's title and id
	Where    plan.Expr // over the columns of the Scan that it stands over

	filter *sigma.Filter
}

// Correlation says of a rule what it combines, for those who explain its findings.
type Correlation struct {
	Condition string   // in words near the author's, such as "event_count gte 3 within 5m"
	Time      string   // the column with the time of the last event
	Measures  []string // the columns that hold what the condition is about
	Generate  bool
	Uses      []string // the titles of the rules that it refers to
	Parts     []*Rule  // these rules
}

// sigmaTexts are the Sigma files of one load, which refer to each other: a filter to rules of any file, a correlation as well.
type sigmaTexts struct {
	of  map[*diag.Source]*sigmaText
	all *sigma.Collection

	lock      sync.Mutex
	made      map[*sigma.Meta]*Rule
	documents map[*Rule]sigma.Document
}

type sigmaText struct {
	file       *sigma.File
	complaints diag.List
}

// readSigma reads the Sigma files of a load.
func readSigma(files []detection.File, o Options, threads int) *sigmaTexts {
	s := &sigmaTexts{of: map[*diag.Source]*sigmaText{}, made: map[*sigma.Meta]*Rule{}, documents: map[*Rule]sigma.Document{}}
	var texts []*sigmaText
	var sources []*diag.Source
	for _, f := range files {
		if f.Language == detection.Sigma && s.of[f.Source] == nil {
			text := &sigmaText{}
			s.of[f.Source] = text
			texts, sources = append(texts, text), append(sources, f.Source)
		}
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(threads, len(texts)) {
		workers.Go(func() {
			for i := range next {
				texts[i].file, texts[i].complaints = sigma.Parse(sources[i])
			}
		})
	}
	for i := range texts {
		next <- i
	}
	close(next)
	workers.Wait()
	parsed := make([]*sigma.File, len(texts))
	for i, text := range texts {
		parsed[i] = text.file
	}
	s.all = sigma.Collect(sigma.Env{
		Placeholders: o.Placeholders,
		Pipeline:     sigma.ChainPipelines(o.Pipelines...),
		View: func(l sigma.LogSource) sigma.View {
			v := o.Taxonomy.Sigma(l.Category, l.Product, l.Service)
			return sigma.View{Table: v.Table, Column: v.Column}
		},
	}, parsed...)
	for _, d := range s.all.Complaints() {
		if d.Code == "sigma-duplicate-id" && !namesDocument(s.of[d.Source].file, d.Span) {
			continue // an id: warnOfDuplicates speaks of those of all languages
		}
		s.of[d.Source].complaints = append(s.of[d.Source].complaints, d)
	}
	return s
}

// namesDocument says whether a document has its name in a place.
func namesDocument(f *sigma.File, at diag.Span) bool {
	return slices.ContainsFunc(f.Documents, func(d sigma.Document) bool { return d.Meta().Name.Span == at && d.Meta().Name.Text != "" })
}

// note remembers what a document became.
func (s *sigmaTexts) note(d sigma.Document, r *Rule) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.made[d.Meta()], s.documents[r] = r, d
}

func (s *sigmaTexts) rule(r *Rule, rule *sigma.Rule, o Options) {
	r.LogSource = s.all.Changed(sigma.Document{Rule: rule}).Rule.LogSource
	r.Detection.DataSource = dataSource(r.LogSource)
	if rule.Broken {
		return
	}
	n, filters, list := s.all.Lower(rule)
	r.Plan, r.Filters = n, applied(filters)
	r.Diagnostics = append(r.Diagnostics, list...)
	r.lintLogSource(o.Taxonomy)
}

func applied(filters []sigma.Applied) []Applied {
	var list []Applied
	for _, a := range filters {
		list = append(list, Applied{Name: a.Filter.Title.Text, ID: a.Filter.ID.Text, Where: a.Where, filter: a.Filter})
	}
	return list
}

func (s *sigmaTexts) correlation(r *Rule, c *sigma.Correlation) {
	made, list := s.all.LowerCorrelation(c)
	r.Plan, r.Filters = made.Plan, applied(made.Filters)
	r.Diagnostics = append(r.Diagnostics, list...)
	r.Correlation = &Correlation{Condition: c.Words(), Time: made.Time, Measures: made.Measures, Generate: c.Generate}
	for _, d := range made.Uses {
		r.Correlation.Uses = append(r.Correlation.Uses, d.Meta().Title.Text)
	}
	var sources []string
	for _, l := range made.Sources {
		sources = append(sources, dataSource(l))
	}
	r.Detection.DataSource = strings.Join(sources, ", ")
}

func (s *sigmaTexts) filter(r *Rule, f *sigma.Filter) {
	r.Filter, r.LogSource = true, f.LogSource
	r.Detection.DataSource = dataSource(f.LogSource)
	if list, unusable := s.all.Unusable(f); unusable {
		r.Diagnostics = append(r.Diagnostics, list...)
		return
	}
	r.Plan = s.all.LowerFilter(f)
}

// settle says, once all rules are compiled, which of them correlations keep silent, and how many rules each filter was added to.
func (s *sigmaTexts) settle(set *Set) {
	met := map[*sigma.Filter]int{}
	for _, r := range set.Rules {
		d := s.documents[r]
		if d.Rule != nil && !r.Refused {
			for _, a := range r.Filters {
				met[a.filter]++
			}
		}
		if d.Correlation == nil || r.Refused {
			continue
		}
		for _, used := range s.all.Uses(d.Correlation) {
			if part := s.made[used.Meta()]; part != nil {
				r.Correlation.Parts = append(r.Correlation.Parts, part)
			}
		}
		if d.Correlation.Generate {
			continue
		}
		for _, used := range s.all.Uses(d.Correlation) {
			if part := s.made[used.Meta()]; part != nil && !part.Refused {
				part.SilentFor = append(part.SilentFor, r.Detection.Title)
				part.Diagnostics.Add(diag.Diagnostic{Code: "sigma-silent", Severity: diag.Info, Source: part.Detection.Query, Span: used.Meta().Title.Span,
					Message: "the rule raises no alerts of its own: it is a part of " + r.Detection.Title, Hint: "generate: true in the correlation lets both alert"})
				part.Mode, part.ModeReason = "silent", "part of "+strings.Join(part.SilentFor, ", ")
			}
		}
	}
	for _, r := range set.Rules {
		d := s.documents[r]
		if d.Filter == nil || r.Refused {
			continue
		}
		r.Meets = met[d.Filter]
		switch r.Mode = "filter"; r.Meets {
		case 0:
			r.ModeReason = "for no rule that is loaded"
			r.Diagnostics.Warnf(r.Detection.Query, d.Filter.Title.Span, "sigma-filter-unused", "no rule that is loaded is one that the filter is for").
				Hint = "its log source must contain the rule's, and it must name the rule or any"
		case 1:
			r.ModeReason = "added to 1 rule"
		default:
			r.ModeReason = fmt.Sprintf("added to %d rules", r.Meets)
		}
	}
}
