package prove_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/internal/shared"
	"goshawk/taxonomy"
)

// converted is one line of what an existing converter makes of a rule.
type converted struct {
	RulePath string `json:"rule_path"`
	Target   string
	Query    string
}

// converterTargets are the targets that say the same as those of the converter.
var converterTargets = map[string]string{"asim": "kql-asim", "xdr": "kql-xdr", "azmon": "kql-securityevent", "splunk": "spl", "splunk_cim": "spl-cim"}

// Where a translation reads otherwise than what an existing converter writes, the reasons are sorted and counted. The converter is
// wrong in known ways, and no judge of meaning; but what it writes is refused here only for a reason.
func TestTranslationsBesideAConverter(t *testing.T) {
	byPath := map[string]*compile.Rule{}
	content := shared.Dir(t, "content", "sigma")
	for _, r := range loadedRules(t, "sigma", activeRules...) {
		byPath[strings.TrimPrefix(strings.TrimPrefix(r.Detection.Path, content), "/")] = r
	}
	f, err := os.Open(shared.Dir(t, "oracles") + "/sigma-conversions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	counts := map[string]map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c converted
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		r, name := byPath[c.RulePath], converterTargets[c.Target]
		if r == nil || name == "" {
			continue
		}
		target, ok := taxonomy.Default().Target(name)
		if !ok {
			t.Fatalf("there is no target %s", name)
		}
		if counts[name] == nil {
			counts[name] = map[string]int{}
		}
		tr := compile.Translate(r, target, compile.TranslateOptions{})
		reason := textDifference(tr, c.Query)
		if reason == "" {
			t.Errorf("%s: %s is refused without a reason", name, c.RulePath)
		}
		counts[name][reason]++
	}
	if len(counts) == 0 {
		t.Fatal("nothing was compared")
	}
	for name, reasons := range counts {
		t.Logf("%s: %s", name, tally(reasons))
	}
}

// textDifference says why a translation reads otherwise than a converter's query.
func textDifference(tr *compile.Translation, query string) string {
	if tr.Refused {
		if reason := firstReason(tr); reason != "?" {
			return "refused here: " + reason
		}
		return ""
	}
	ours, theirs := plainQuery(tr.Text), plainQuery(query)
	table := func(q string) string { first, _, _ := strings.Cut(q, "|"); return strings.TrimSpace(first) }
	has := func(texts ...string) bool {
		for _, text := range texts {
			if strings.Contains(theirs, text) {
				return true
			}
		}
		return false
	}
	switch {
	case ours == theirs:
		return "same text"
	case strings.HasPrefix(ours, "union "):
		return "more tables"
	case tr.Language == "kql" && table(ours) != table(theirs):
		return "another table"
	case tr.Language == "kql" && has("isnull("):
		return "isnull of a text"
	case tr.Language == "kql" && has("registrykey") && !has("registryvaluename"):
		return "path of the registry over key and value"
	case tr.Language == "kql" && has("targetfilename"):
		return "name of a file for its path"
	case tr.Language == "kql" && has("networkdirection =~"):
		return "Initiated as a text"
	case tr.Language == "kql" && has("has_all"):
		return "has_all for contains"
	case tr.Language == "kql" && has("originalname") && has("filename"):
		return "columns that are not in the schema"
	case words(ours) == words(theirs):
		return "same words in another order"
	case tr.Language == "spl" && containsAll(ours, theirs):
		return "the same words, and a condition for the source"
	case tr.Language == "spl" && strings.Contains(theirs, "?") && !strings.Contains(ours, "?"):
		return "? is one character"
	case strings.Contains(ours, "actiontype ==") || strings.Contains(ours, "eventid ==") || strings.Contains(ours, "eventtype =="):
		return "a condition for the kind of event is added"
	case strings.Contains(ours, "| extend"):
		return "values are computed first"
	}
	return "other words"
}

// plainQuery is a query without its layout.
func plainQuery(q string) string {
	q = strings.ToLower(strings.Join(strings.Fields(q), " "))
	return strings.NewReplacer("( ", "(", " )", ")", `\\`, `\`, `@"`, `"`).Replace(q)
}

// words are what stands in quotes, sorted.
func words(q string) string {
	var list []string
	for i, part := range strings.Split(q, `"`) {
		if i%2 == 1 {
			list = append(list, part)
		}
	}
	return strings.Join(sortedUnique(list), "\x00")
}

// containsAll says whether all words of a query stand in another one.
func containsAll(q, of string) bool {
	for _, word := range strings.Split(words(of), "\x00") {
		if !strings.Contains(q, strings.Trim(word, "*")) {
			return false
		}
	}
	return true
}

func sortedUnique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
