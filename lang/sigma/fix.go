package sigma

import (
	"regexp"
	"slices"

	"goshawk/diag"
	"goshawk/plan"
)

// maxPasses is the number of times that fixes are looked for in what fixes have made.
const maxPasses = 10

// maxTries is the number of fixes that are tried one by one in a pass, each of which reads the text anew.
const maxTries = 100

// Fix applies the fixes of what lint says of a text, and of what it says of the result, until nothing is left to fix. It returns the
// text and the remarks whose fixes are in it. A fix after which the text would not be read as the same rules with the same plans is
// left out, so that a fault of a lint never changes what a rule means.
func Fix(src *diag.Source, lint func(*diag.Source) diag.List) (text string, done diag.List) {
	text = src.Text
	var meaning []string
	for range maxPasses {
		now := &diag.Source{Name: src.Name, Text: text}
		var wanted diag.List
		for _, d := range lint(now) {
			if d.Fix != nil {
				wanted = append(wanted, d)
			}
		}
		if wanted == nil {
			break
		}
		if meaning == nil {
			meaning = meaningOf(now)
		}
		fixed, some := applied(now, wanted, meaning)
		if some == nil {
			break
		}
		text, done = fixed, append(done, some...)
	}
	return text, done
}

// applied applies as many fixes as leave the meaning what it is: all at once, or, if that changes it, those that do not one by one.
func applied(src *diag.Source, wanted diag.List, meaning []string) (text string, done diag.List) {
	try := func(list diag.List) (string, diag.List) {
		fixes := make([]*diag.Fix, len(list))
		for i, d := range list {
			fixes[i] = d.Fix
		}
		fixed, used := diag.Apply(src.Text, fixes)
		if fixed == src.Text || !slices.Equal(meaningOf(&diag.Source{Name: src.Name, Text: fixed}), meaning) {
			return "", nil
		}
		return fixed, slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return !slices.Contains(used, d.Fix) })
	}
	if text, done = try(wanted); done != nil {
		return text, done
	}
	var good diag.List
	for _, d := range wanted[:min(len(wanted), maxTries)] {
		if fixed, some := try(append(slices.Clone(good), d)); len(some) == len(good)+1 {
			good, text, done = append(good, d), fixed, some
		}
	}
	return text, done
}

var percentName = regexp.MustCompile(`%(\w+)%`)

// meaningOf returns what the documents of a text mean, in a form that can be compared: their ids, kinds and plans, and the codes of
// what is wrong with them.
func meaningOf(src *diag.Source) []string {
	env := Env{Placeholders: map[string][]string{}}
	for _, m := range percentName.FindAllStringSubmatch(src.Text, -1) {
		env.Placeholders[m[1]] = []string{"a value", "begins*"}
	}
	file, complaints := Parse(src)
	var list []string
	add := func(complaints diag.List) {
		for _, d := range complaints {
			if d.Severity == diag.Error {
				list = append(list, "error "+d.Code)
			}
		}
	}
	add(complaints)
	for _, d := range file.Documents {
		m := d.Meta()
		list = append(list, "document "+m.ID.Text+" "+m.Name.Text, "level "+m.Level.Text, "status "+m.Status.Text)
		switch {
		case d.Rule != nil:
			node, complaints := Lower(d.Rule, env)
			add(complaints)
			if node != nil {
				list = append(list, plan.String(node))
			}
		case d.Filter != nil:
			node, complaints := Lower(&Rule{Meta: d.Filter.Meta, LogSource: d.Filter.LogSource, Detection: d.Filter.Detection}, env)
			add(complaints)
			if node != nil {
				list = append(list, plan.String(node))
			}
		case d.Correlation != nil:
			list = append(list, "correlation "+d.Correlation.Type.Text+" "+d.Correlation.Timespan.Text)
		}
	}
	return list
}
