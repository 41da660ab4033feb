package compile

import (
	"slices"

	"goshawk/detection"
)

// Named returns the rules that a reference means, in their order: those of this id; else those of this name; else those of this title;
// else those whose ids begin with it. None: nobody is called so.
func Named(rules []*Rule, reference string) []*Rule {
	var found []*Rule
	best := detection.NoFit
	for _, r := range rules {
		switch fit := r.Detection.Fits(reference); {
		case fit == detection.NoFit || best != detection.NoFit && fit > best:
		case fit == best:
			found = append(found, r)
		default:
			best, found = fit, []*Rule{r}
		}
	}
	return found
}

// One returns the rule that a reference means. The error is a detection.ReferenceError: nobody is called so, or several are.
func One(rules []*Rule, reference string) (*Rule, error) {
	found := Named(rules, reference)
	switch len(found) {
	case 0:
		return nil, Unknown(rules, reference)
	case 1:
		return found[0], nil
	}
	return nil, &detection.ReferenceError{Reference: reference, Candidates: detections(found)}
}

// Unknown returns the error for a reference that means no rule.
func Unknown(rules []*Rule, reference string) error {
	return detection.Unknown(reference, detections(rules))
}

func detections(rules []*Rule) []*detection.Detection {
	list := make([]*detection.Detection, len(rules))
	for i, r := range rules {
		list[i] = r.Detection
	}
	return list
}

// Files returns the files that the rule is compiled of: its own, and those of the rules that a correlation refers to, through others too.
func (r *Rule) Files() []string {
	var files []string
	seen := map[*Rule]bool{}
	var add func(*Rule)
	add = func(r *Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		if !slices.Contains(files, r.Detection.Path) {
			files = append(files, r.Detection.Path)
		}
		if r.Correlation != nil {
			for _, part := range r.Correlation.Parts {
				add(part)
			}
		}
	}
	add(r)
	return files
}
