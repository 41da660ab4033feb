package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/finding"
	"goshawk/taxonomy/attack"
)

// tacticView is one column of the ATT&CK matrix with the techniques that were found.
type tacticView struct {
	Name       string
	Techniques []techniqueView
}

// techniqueView is a technique under its present identifier, with what the rules call it.
type techniqueView struct {
	ID, Name, Link  string
	Was             []string // identifiers of earlier versions that rules tag
	Findings, Rules int
	Level           string // of its gravest rule
	rank            detection.Level
}

// viewAttack counts findings and rules by technique, and puts each technique under all its tactics.
func viewAttack(t *tally) (tactics []tacticView, unknown []techniqueView) {
	found := map[string]*techniqueView{}
	for _, rule := range t.rules {
		for _, seen := range ruleTechniques(rule.detection) {
			v := found[seen.ID]
			if v == nil {
				v = &techniqueView{ID: seen.ID, Name: seen.Name, Link: seen.Link}
				found[seen.ID] = v
			}
			v.Rules++
			v.Findings += rule.findings
			v.rank = max(v.rank, rule.detection.Level)
			v.Level = v.rank.String()
			for _, was := range seen.Was {
				if !slices.Contains(v.Was, was) {
					v.Was = append(v.Was, was)
				}
			}
		}
	}
	byTactic := map[string][]techniqueView{}
	for id, v := range found {
		slices.Sort(v.Was)
		_, slugs, ok := attack.Technique(id)
		if !ok {
			unknown = append(unknown, *v)
		}
		for _, slug := range slugs {
			byTactic[slug] = append(byTactic[slug], *v)
		}
	}
	order := func(a, b techniqueView) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(unknown, order)
	for _, tactic := range attack.Tactics() {
		if list := byTactic[tactic.Slug]; len(list) > 0 {
			slices.SortFunc(list, order)
			tactics = append(tactics, tacticView{tactic.Name, list})
		}
	}
	return tactics, unknown
}

// ruleTechniques returns the techniques that a rule is tagged with, each once.
func ruleTechniques(d *detection.Detection) []techniqueView {
	var list []techniqueView
	for _, id := range finding.Techniques(d) {
		now := attack.Current(id)
		i := slices.IndexFunc(list, func(v techniqueView) bool { return v.ID == now })
		if i < 0 {
			i = len(list)
			v := techniqueView{ID: now}
			if title, _, ok := attack.Technique(now); ok {
				v.Name, v.Link = title, techniqueLink(now)
			}
			list = append(list, v)
		}
		if id != now && !slices.Contains(list[i].Was, id) {
			list[i].Was = append(list[i].Was, id)
		}
	}
	return list
}

var techniqueID = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

// techniqueLink is the page of a technique at its publisher.
func techniqueLink(id string) string {
	if !techniqueID.MatchString(id) {
		return ""
	}
	return "https://attack.mitre.org/techniques/" + strings.ReplaceAll(id, ".", "/") + "/"
}
