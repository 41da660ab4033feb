package report

import (
	"fmt"
	"strings"

	"goshawk/detection"
	"goshawk/taxonomy/attack"
)

// A page about a rule is a list of sections made of a few kinds of block. What is on the page is said here, once; how a block looks is
// said by each format (rule_text.go, rule_markdown.go, rule_html.go), which also makes its texts safe: nothing here is.

// section is a part of a page with a title.
type section struct {
	title  string
	blocks []any // prose, facts, grid, item, code, codes, bullets
}

type (
	// prose is text by the paragraph.
	prose string
	// facts are names with values, several of them where there is a list.
	facts []fact
	fact  struct {
		name   string
		values []phrase
	}
	// grid is a table.
	grid struct {
		head []string
		rows [][]phrase
	}
	// item is a thing with a name of its own, and what is to say about it.
	item struct {
		name   phrase
		blocks []any
	}
	// code is a text to be taken as it stands.
	code struct {
		caption, language string
		pieces            []piece
	}
	// codes are texts to be read beside each other.
	codes []code
	// bullets are short texts or links.
	bullets []phrase
	// fold is what is not needed at first sight.
	fold struct {
		caption string
		block   code
	}
)

// itemOf returns an item with those of the blocks that are not empty.
func itemOf(name phrase, blocks ...any) item {
	x := item{name: name}
	for _, b := range blocks {
		if !isEmpty(b) {
			x.blocks = append(x.blocks, b)
		}
	}
	return x
}

// phrase is a short text; link leads further, exact says that it is to be taken as it stands, mark is a verdict on it.
type phrase struct {
	text, link, mark string
	exact            bool
}

func plain(texts ...string) []phrase {
	var list []phrase
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			list = append(list, phrase{text: t})
		}
	}
	return list
}

func literal(texts ...string) []phrase {
	list := plain(texts...)
	for i := range list {
		list[i].exact = true
	}
	return list
}

// add appends a fact unless it has no value.
func (f *facts) add(name string, values []phrase) {
	if len(values) > 0 {
		*f = append(*f, fact{name, values})
	}
}

// factOf is one fact, or none if it has no value.
func factOf(name string, values []phrase) facts {
	var f facts
	f.add(name, values)
	return f
}

// addSection appends a section unless it is empty.
func addSection(list []section, title string, blocks ...any) []section {
	var kept []any
	for _, b := range blocks {
		if !isEmpty(b) {
			kept = append(kept, b)
		}
	}
	if len(kept) == 0 {
		return list
	}
	return append(list, section{title, kept})
}

func isEmpty(block any) bool {
	switch b := block.(type) {
	case prose:
		return strings.TrimSpace(string(b)) == ""
	case facts:
		return len(b) == 0
	case grid:
		return len(b.rows) == 0
	case bullets:
		return len(b) == 0
	case codes:
		return len(b) == 0
	case code:
		return strings.TrimSpace(b.whole()) == ""
	}
	return false
}

// subtitle is what stands below the title.
func (v *Rule) subtitle() string {
	parts := []string{languageName(v.Language) + " detection"}
	if v.Type != "" {
		parts[0] = languageName(v.Language) + " " + v.Type
	}
	parts = append(parts, v.Level)
	if v.Status != "" {
		parts = append(parts, v.Status)
	}
	if v.refused {
		parts = append(parts, "refused")
	}
	return strings.Join(parts, ", ")
}

func languageName(language string) string {
	switch language {
	case "sigma":
		return "Sigma"
	case "spl", "kql":
		return strings.ToUpper(language)
	}
	return language
}

// sections returns the page.
func (v *Rule) sections() []section {
	var list []section
	list = addSection(list, "", v.identity())
	if v.Deprecated != "" {
		list = addSection(list, "Deprecated", prose(v.Deprecated))
	}
	list = addSection(list, "Description", prose(v.Description))
	list = addSection(list, "ATT&CK", v.attackGrid(), v.annotationFacts())
	if v.Search != "" {
		title := "Search"
		if v.Language == string(detection.KQL) {
			title = "Query"
		}
		list = addSection(list, title, v.searches())
	} else {
		list = addSection(list, "Rule", code{language: "yaml", pieces: []piece{{Text: strings.TrimSpace(v.Source)}}})
	}
	list = addSection(list, "What it reads", v.queryBlocks()...)
	list = v.alertSections(list)
	list = addSection(list, "Macros", v.macroItems()...)
	list = addSection(list, "Lookups", v.lookupItems()...)
	list = addSection(list, "Data sources", v.dataItems()...)
	list = addSection(list, "Analytic stories", v.storyItems()...)
	if v.Alert == nil { // which says it all
		list = addSection(list, "Default configuration", v.configurationFacts())
	}
	list = addSection(list, "Finding and risk", v.riskBlocks()...)
	list = addSection(list, "How to implement", prose(v.HowToImplement))
	if v.Alert != nil {
		list = addSection(list, "Recommended actions", prose(v.Alert.RecommendedActions))
	}
	if len(v.FalsePositives) == 1 {
		list = addSection(list, "Known false positives", prose(v.FalsePositives[0]))
	} else {
		list = addSection(list, "Known false positives", bullets(plain(v.FalsePositives...)))
	}
	list = addSection(list, "References", v.referenceBullets())
	list = addSection(list, "Related rules", v.relatedGrid())
	list = addSection(list, "Drilldowns", v.drilldownItems()...)
	list = addSection(list, "Tests", v.testBlocks()...)
	list = addSection(list, "What Goshawk makes of it", v.engineBlocks()...)
	list = addSection(list, "Compared with logs", v.logFacts())
	return addSection(list, "Diagnostics", v.diagnosticBlocks()...)
}

func (v *Rule) identity() facts {
	var f facts
	f.add("Identifier", literal(v.ID))
	if v.Version != 0 {
		f.add("Version", plain(fmt.Sprint(v.Version)))
	} else if v.Alert != nil {
		f.add("Version", plain(v.Alert.Version))
	}
	f.add("Date", plain(v.Date))
	f.add("Modified", plain(v.Modified))
	f.add("Author", plain(v.Author))
	f.add("Status", plain(v.Status))
	f.add("Type", plain(v.Type))
	f.add("Level", plain(v.Level))
	f.add("Language", plain(languageName(v.Language)))
	f.add("Licence", plain(v.License))
	f.add("Asset type", plain(v.AssetType))
	if len(v.DataSources) == 0 {
		f.add("Log source", plain(v.LogSource))
	}
	f.add("Products", plain(v.Products...))
	f.add("Fields to show", literal(v.Fields...))
	f.add("File", literal(v.Path))
	return f
}

func (v *Rule) attackGrid() grid {
	g := grid{head: []string{"Technique", "Name", "Tactics"}}
	for _, t := range v.Techniques {
		id := phrase{text: t.ID, link: techniqueLink(t.ID)}
		if t.Was != "" {
			id.text += " (the author names " + t.Was + ")"
		}
		title := t.Name
		if title == "" {
			title = "not part of ATT&CK " + attack.Version
		}
		g.rows = append(g.rows, []phrase{id, {text: title}, {text: strings.Join(t.Tactics, ", ")}})
	}
	return g
}

// annotationNames are those of Splunk's annotations in words. Those that stand elsewhere on the page have none.
var annotationNames = map[string]string{"kill_chain_phases": "Kill chain", "nist": "NIST", "cis20": "CIS controls"}

func (v *Rule) annotationFacts() facts {
	var f facts
	if v.Alert != nil {
		f.add("Tactics named", plain(v.Alert.Tactics...))
		for _, s := range v.Alert.Schemas {
			f.add("Schema of ASIM", plain(strings.TrimSpace(s.Name+" "+s.Version)))
		}
	}
	for _, a := range v.Annotations {
		if title := annotationNames[a.Name]; title != "" {
			f.add(title, plain(a.Values...))
		}
	}
	f.add("CVE", plain(v.CVE...))
	f.add("Atomic Red Team", literal(v.AtomicGUIDs...))
	var tags []string
	for _, tag := range v.Tags {
		if !techniqueTag(tag) {
			tags = append(tags, tag)
		}
	}
	f.add("Tags", literal(tags...))
	return f
}

func techniqueTag(tag string) bool {
	id, ok := strings.CutPrefix(strings.ToLower(tag), "attack.")
	return ok && techniqueID.MatchString(strings.ToUpper(id))
}

// searches are the search as its author wrote it and, where that differs, with its macros expanded.
func (v *Rule) searches() codes {
	text := v.Search
	if v.Language != string(detection.KQL) { // whose pipes may stand in brackets of any kind
		text = inLines(text)
	}
	list := codes{{caption: "As its author wrote it", language: v.Language, pieces: []piece{{Text: text}}}}
	if v.Expanded != "" && v.Expanded != v.Search {
		_, pieces := linesOf(v.pieces)
		list = append(list, code{caption: "With its macros expanded", language: v.Language, pieces: pieces})
	}
	return list
}

func (v *Rule) macroItems() []any {
	var list []any
	for _, m := range v.Macros {
		title := m.Name
		if len(m.Arguments) > 0 {
			title += "(" + strings.Join(m.Arguments, ", ") + ")"
		}
		about := m.Description
		switch {
		case m.Filled:
			about = "The place for exceptions of your own, which is filled. " + about
		case m.Slot:
			about = "The place for exceptions of your own. It is empty: everything passes. A macro of this name in a file of yours, given with --macros, fills it."
		}
		where := factOf("Defined in", literal(m.Path))
		if m.Slot && !m.Filled {
			where = nil
		}
		list = append(list, itemOf(phrase{text: title, exact: true}, prose(about), code{language: v.Language, pieces: []piece{{Text: inLines(m.Definition)}}}, where))
	}
	return list
}

func (v *Rule) lookupItems() []any {
	var list []any
	for _, l := range v.Lookups {
		var f facts
		switch {
		case l.Missing != "":
			f.add("Rows", plain("none: "+l.Missing))
		case l.Rows == 0:
			f.add("Rows", plain("none yet"))
		default:
			f.add("Rows", plain(count(l.Rows)))
		}
		f.add("Kind", plain(l.Kind))
		f.add("Columns", literal(l.Columns...))
		f.add("Defined in", literal(l.Path))
		list = append(list, itemOf(phrase{text: l.Name, exact: true}, prose(l.Description), f))
	}
	return list
}

func (v *Rule) dataItems() []any {
	var list []any
	if f := factOf("Required fields", literal(v.RequiredFields...)); len(f) > 0 {
		list = append(list, f)
	}
	for _, s := range v.DataSources {
		var f facts
		f.add("Source", literal(s.Source))
		f.add("Sourcetype", literal(s.Sourcetype))
		f.add("Add-on", plain(s.AddOns...))
		f.add("Needed together with", plain(s.With...))
		about := s.Description
		if !s.Known {
			about = "The content does not describe it."
		}
		list = append(list, itemOf(phrase{text: s.Name}, prose(about), f))
	}
	return list
}

func (v *Rule) storyItems() []any {
	var list []any
	for _, s := range v.Stories {
		var f facts
		f.add("Category", plain(s.Categories...))
		f.add("Use case", plain(s.UseCase))
		list = append(list, itemOf(phrase{text: s.Name}, prose(s.Description), f))
	}
	return list
}

func (v *Rule) configurationFacts() facts {
	c := v.Configuration
	if c == nil {
		return nil
	}
	var f facts
	disabled := "no"
	if c.Disabled {
		disabled = "yes: a server does not run it until somebody enables it; a scan runs what it is given"
	}
	f.add("Disabled", plain(disabled))
	f.add("Cron", literal(c.Cron))
	f.add("Earliest", literal(c.Earliest))
	f.add("Latest", literal(c.Latest))
	f.add("Schedule window", literal(c.Window))
	if c.Cron != "" {
		f.add("Continuous", plain(yes(c.Continuous, "every period is run, late if need be")))
	}
	if x := c.Finding; x != nil {
		f.add("Creates a finding", plain("yes"))
		f.add("Its title", literal(x.Title))
		f.add("Its description", literal(x.Description))
		f.add("Its fields", literal(x.Fields...))
		f.add("Its severity", plain(x.Severity))
	} else {
		f.add("Creates a finding", plain("no"))
	}
	f.add("Creates risk events", plain(yes(c.RiskEvents, "")))
	if t := c.Throttle; t != nil {
		f.add("Throttling", plain("rows alike in "+strings.Join(t.Fields, ", ")+" count once within "+stepName(t.Seconds)))
	}
	f.add("Baselines", plain(v.Baselines...))
	return f
}

func yes(holds bool, meaning string) string {
	switch {
	case !holds:
		return "no"
	case meaning == "":
		return "yes"
	}
	return "yes: " + meaning
}

func (v *Rule) riskBlocks() []any {
	r := v.Risk
	if r == nil {
		return nil
	}
	var f facts
	f.add("Message", literal(r.Message))
	if r.Impact != 0 {
		f.add("Impact", plain(fmt.Sprint(r.Impact)))
	}
	if r.Confidence != 0 {
		f.add("Confidence", plain(fmt.Sprint(r.Confidence)))
	}
	if r.Score != 0 || len(r.RiskObjects) > 0 {
		score := fmt.Sprint(r.Score)
		if r.Impact != 0 && r.Confidence != 0 && (r.Impact*r.Confidence+50)/100 == r.Score {
			score += fmt.Sprintf(" (impact %d × confidence %d / 100)", r.Impact, r.Confidence)
		}
		f.add("Risk score", plain(score))
	}
	f.add("Security domain", plain(r.SecurityDomain))
	objects := grid{head: []string{"Risk object", "Type", "Score", "Message"}}
	own := false
	for _, o := range r.RiskObjects {
		own = own || o.Message != "" && o.Message != r.Message
	}
	if !own {
		objects.head = objects.head[:3]
	}
	for _, o := range r.RiskObjects {
		row := []phrase{{text: o.Field, exact: true}, {text: o.Type}, {text: fmt.Sprint(o.Score)}}
		if own {
			row = append(row, phrase{text: o.Message, exact: true})
		}
		objects.rows = append(objects.rows, row)
	}
	threats := grid{head: []string{"Threat object", "Type"}}
	for _, o := range r.ThreatObjects {
		threats.rows = append(threats.rows, []phrase{{text: o.Field, exact: true}, {text: o.Type}})
	}
	return []any{f, objects, threats}
}

func (v *Rule) referenceBullets() bullets {
	var list bullets
	for _, text := range v.References {
		list = append(list, phrase{text: text, link: reference(text).Link})
	}
	return list
}

func (v *Rule) drilldownItems() []any {
	var list []any
	for _, d := range v.Drilldowns {
		var f facts
		f.add("Earliest", literal(d.Earliest))
		f.add("Latest", literal(d.Latest))
		list = append(list, itemOf(phrase{text: d.Name}, code{language: v.Language, pieces: []piece{{Text: inLines(d.Search)}}}, f))
	}
	return list
}

func (v *Rule) testBlocks() []any {
	g := grid{head: []string{"Kind", "Test", "Status", "Remark"}}
	var data []any
	seen := map[RuleTestData]bool{}
	some := false
	for _, t := range v.Tests {
		remark := t.Reason
		if t.Status == "pass" && t.Kind == "unit" && remark == "" {
			remark = plural(t.Rows, "row")
		}
		if t.Passed != "" {
			remark = strings.TrimPrefix(remark+"; last passed "+t.Passed, "; ")
		}
		some = some || t.Kind != "validation"
		g.rows = append(g.rows, []phrase{{text: t.Kind}, {text: t.Name}, {text: statusWord(t.Status), mark: t.Status}, {text: remark}})
		for _, d := range t.Data {
			if seen[d] {
				continue
			}
			seen[d] = true
			var f facts
			f.add("Source", literal(d.Source))
			f.add("Sourcetype", literal(d.Sourcetype))
			data = append(data, itemOf(phrase{text: d.Path, link: reference(d.URL).Link, exact: true}, f))
		}
	}
	if len(g.rows) == 0 {
		return nil
	}
	blocks := []any{g}
	if !some {
		blocks = append(blocks, prose("It ships with no tests over data."))
	}
	if v.ManualTest != "" {
		blocks = append(blocks, prose("Its author tests it by hand: "+v.ManualTest))
	}
	return append(blocks, data...)
}

func statusWord(status string) string {
	switch status {
	case "pass":
		return "passed"
	case "fail":
		return "failed"
	case "skip":
		return "skipped"
	}
	return status
}

func (v *Rule) engineBlocks() []any {
	e := v.Engine
	var f facts
	if !e.Runs {
		f.add("Runs", []phrase{{text: "no: it is refused", mark: "fail"}})
		return []any{f}
	}
	f.add("Runs", []phrase{{text: "yes", mark: "pass"}})
	f.add("Mode", plain(e.Mode+": "+e.Reason))
	if len(e.Output) > 0 {
		fields := literal(e.Output...)
		if e.More {
			fields = append(fields, phrase{text: "and others that depend on the events"})
		}
		f.add("A row has", fields)
	}
	if e.TimeDependent {
		f.add("Time", plain("what it asks depends on the time of the search"))
	}
	if e.Unusual > 0 {
		f.add("Precedence", plain(plural(e.Unusual, "condition")+" would mean something else if AND went before OR, as in most languages"))
	}
	f.add("Writes", literal(e.Writes...))
	blocks := []any{f}
	for _, feed := range e.Feeds {
		asked := code{caption: "What a single event must meet", pieces: []piece{{Text: feed.Where}}}
		var all prose
		if isEmpty(asked) {
			all = "Every event of it counts."
		}
		blocks = append(blocks, itemOf(phrase{text: "reads " + feed.Table, exact: true}, factOf("Columns", literal(feed.Columns...)), asked, all))
	}
	if v.Plan != "" {
		blocks = append(blocks, fold{"The plan", code{pieces: []piece{{Text: v.Plan}}}})
	}
	return blocks
}

func (v *Rule) logFacts() facts {
	l := v.Logs
	if l == nil {
		return nil
	}
	var f facts
	f.add("Records", plain(count(l.Records)))
	f.add("Findings", plain(count(l.Findings)))
	if l.Blind != "" {
		f.add("Blind", []phrase{{text: "it could not have fired on them: " + l.Blind, mark: "fail"}})
	} else {
		f.add("Blind", []phrase{{text: "no: the logs have what it needs", mark: "pass"}})
	}
	return f
}

func (v *Rule) diagnosticBlocks() []any {
	var list []any
	for _, text := range v.rendered {
		list = append(list, code{pieces: []piece{{Text: strings.TrimRight(text, "\n")}}})
	}
	return list
}
