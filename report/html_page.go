package report

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/engine"
	"goshawk/taxonomy/attack"
)

// pageView is everything that the page says. All texts in it are clean.
type pageView struct {
	Title            string
	Policy           string // the Content-Security-Policy
	Command, Version string
	Findings         int
	RuleCount        int
	HostCount        int
	First, Last      string
	Interrupted      bool
	Outside          int64

	Levels   []levelView
	Timeline *timelineView
	Tactics  []tacticView
	Unknown  []techniqueView // tagged, but in no version of ATT&CK known here
	Attack   string          // the version
	Failed   []failedView
	Entities []entityView
	// MoreEntities counts those that are not listed, RiskEvents and Incidents are of all.
	MoreEntities          int
	RiskEvents, Incidents int64
	Throttled, Unfilled   int64
	Suppressed            string // what exclusions suppressed; empty where there are none
	Slots, Unseen         int64
	Untriggered, Strayed  int64
	Hosts                 []hostView
	MoreHost              int
	NoHost                int
	Rules                 []ruleView
	Cut                   []string // what the page leaves out, in words

	Input inputView
	Blind []blindView
	// BlindMore counts the blind rules that are not listed.
	BlindCount, BlindMore int
	Loaded, Refused       int
	NotChosen, Retired    int
	RuleFiles             []string
}

// levelView is a level: Name is also its class in the style sheet and the name of its icon.
type levelView struct {
	Name                   string
	Findings, Rules, Hosts int
}

type hostView struct {
	Name        string
	Findings    int
	Rules       int
	First, Last string
	Levels      []levelView
}

// failedView is a rule that could not be finished.
type failedView struct{ Title, Why string }

// entityView is the risk of one entity.
type entityView struct {
	Object, Type, Score string
	Events              int
	Sources             []string
	First, Last         string
}

type ruleView struct {
	Anchor           string
	Title, ID        string
	Level, Language  string
	Meaning          string // what its rows are
	Version          int
	Stories          []string
	HowToImplement   string
	Rank             int // of the level
	Findings, Hosts  int
	First, Last      string
	Start            int64
	Status, Author   string
	License, Path    string
	Date, Modified   string
	DataSource       string
	Description      string
	FalsePositives   []string
	References       []referenceView
	Techniques       []techniqueView
	OtherTags        []string
	Text             string
	Open             bool
	Full             []fullView
	Rows             []rowView
	Missing          int // findings that are not shown
	Shown, RowsStart int
}

type referenceView struct{ Text, Link string }

type inputView struct {
	Files, Skipped []fileView
	// MoreFiles and MoreSkipped count those that are not listed.
	MoreFiles, MoreSkipped int
	Count, SkippedCount    int
	Events, Lost, Odd      int64
	Bytes                  string
	Formats                string
}

type fileView struct {
	Name, Format, Why string
	Bytes             string
	Events            int64
	Lost, Odd         int64
	Problems          []string
	MoreProblems      int64
}

type blindView struct {
	Reason string
	Titles []string
	More   int
}

// page puts the page together.
func (h *html) page(r *engine.Report) *pageView {
	t := &h.tally
	p := &pageView{
		Policy: policy, Command: clean(h.options.Command), Version: clean(h.options.Version), Attack: attack.Version,
		Findings: t.findings, RuleCount: len(t.rules), HostCount: len(t.hosts), First: second(t.first), Last: second(t.last),
		Interrupted: r.Interrupted, Outside: r.Outside, Timeline: viewTimeline(&h.timeline, t.findings), NoHost: t.noHost,
		Loaded: h.options.Rules.Loaded, Refused: h.options.Rules.Refused, NotChosen: h.options.Rules.NotChosen, Retired: h.options.Rules.Retired,
		Input: viewInputs(r.Inputs), BlindCount: len(r.Blind), RiskEvents: r.RiskEvents, Incidents: r.Incidents, Throttled: r.Throttled,
		Unfilled: r.Unfilled, Slots: r.Slots, Unseen: r.Unseen, Untriggered: r.Untriggered, Strayed: r.Strayed,
	}
	if len(r.Suppressions) > 0 {
		p.Suppressed = suppressedLine(r)
	}
	p.viewFailed(r.Failed)
	p.viewRisk(byEntity(r.Ledger))
	for _, file := range h.options.Rules.Files {
		p.RuleFiles = append(p.RuleFiles, name(file))
	}
	var grave []string
	for _, level := range falling() {
		rules, hosts := t.ofLevel(level)
		p.Levels = append(p.Levels, levelView{level.String(), t.levels[level], rules, hosts})
		if n := t.levels[level]; n > 0 {
			grave = append(grave, count(n)+" "+level.String())
		}
	}
	p.Title = "no findings"
	if t.findings > 0 {
		p.Title = plural(t.findings, "finding") + ": " + strings.Join(grave, ", ")
	}
	p.viewHosts(t)
	p.viewRules(h)
	p.Tactics, p.Unknown = viewAttack(t)
	p.viewBlind(r.Blind)
	return p
}

func (p *pageView) viewFailed(list []engine.RuleFailure) {
	for _, f := range list {
		v := failedView{Title: name(ruleTitle(f.Rule.Detection))}
		for _, d := range f.Diagnostics {
			v.Why = name(d.Error())
			break
		}
		p.Failed = append(p.Failed, v)
	}
}

func (p *pageView) viewRisk(list []*entityRisk) {
	for i, r := range list {
		if i == pageHosts {
			p.MoreEntities = len(list) - i
			break
		}
		v := entityView{Object: name(r.object), Type: name(r.kind), Score: points(r.score), Events: r.events, First: second(r.first), Last: second(r.last)}
		for _, source := range r.sources {
			v.Sources = append(v.Sources, name(source))
		}
		p.Entities = append(p.Entities, v)
	}
}

func (p *pageView) viewHosts(t *tally) {
	for i, host := range t.rankHosts() {
		if i == pageHosts {
			p.MoreHost = len(t.hosts) - i
			break
		}
		view := hostView{Name: name(host.name), Findings: host.findings, Rules: host.rules, First: second(host.first), Last: second(host.last)}
		for _, level := range falling() {
			view.Levels = append(view.Levels, levelView{Name: level.String(), Findings: host.levels[level]})
		}
		p.Hosts = append(p.Hosts, view)
	}
}

func (p *pageView) viewRules(h *html) {
	asRows, missing := 0, 0
	for i, rule := range h.tally.rank() {
		d := rule.detection
		v := ruleView{
			Anchor: "rule-" + count(i+1), Title: name(ruleTitle(d)), ID: name(d.ID), Level: d.Level.String(), Rank: int(d.Level),
			Language: string(d.Language), Meaning: name(meaning(d)), Version: d.Version, HowToImplement: clean(limit(strings.TrimSpace(d.HowToImplement), ruleBytes)), Findings: rule.findings, Hosts: len(rule.hosts), First: second(rule.first), Last: second(rule.last),
			Start: rule.first, Status: name(d.Status), Author: name(d.Author), License: name(d.License), Path: name(d.Path), Date: name(d.Date),
			Modified: name(d.Modified), DataSource: name(d.DataSource), Description: clean(limit(strings.TrimSpace(d.Description), ruleBytes)),
			Techniques: ruleTechniques(d), Text: ruleText(d), Open: len(h.tally.rules) == 1,
		}
		v.Anchor = strings.ReplaceAll(v.Anchor, ",", "")
		for _, text := range d.Stories {
			v.Stories = append(v.Stories, name(text))
		}
		for _, text := range d.FalsePositives {
			v.FalsePositives = append(v.FalsePositives, clean(limit(text, ruleBytes)))
		}
		for _, text := range d.References {
			v.References = append(v.References, reference(text))
		}
		v.Full, v.Rows = h.split(d)
		slices.SortStableFunc(v.Full, func(a, b fullView) int { return cmp.Compare(a.ticks, b.ticks) })
		v.Rows = slices.Clone(v.Rows)
		slices.SortStableFunc(v.Rows, func(a, b rowView) int { return cmp.Compare(a.ticks, b.ticks) })
		v.Shown = len(v.Full) + len(v.Rows)
		v.Missing = rule.findings - v.Shown
		asRows, missing = asRows+len(v.Rows), missing+v.Missing
		p.Rules = append(p.Rules, v)
	}
	if asRows > 0 {
		p.Cut = append(p.Cut, "shows "+plural(asRows, "finding")+" as one row each, without all fields")
	}
	if missing > 0 {
		p.Cut = append(p.Cut, "leaves out "+plural(missing, "finding")+" altogether, which are counted")
	}
}

func ruleTitle(d *detection.Detection) string { return cmp.Or(d.Title, d.Name, d.ID, d.Path) }

// ruleText is the rule as its author wrote it.
func ruleText(d *detection.Detection) string {
	if d.Query == nil {
		return ""
	}
	text := d.Query.Text
	if start, end := d.Span.Start, d.Span.End; 0 <= start && start < end && end <= len(text) {
		text = text[start:end]
	}
	return clean(limit(strings.Trim(text, "\n"), ruleBytes))
}

// reference is a link where the text is an address of the web, otherwise a text.
func reference(text string) referenceView {
	v := referenceView{Text: name(text)}
	if u, err := url.Parse(text); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && v.Text == text {
		v.Link = text
	}
	return v
}

func viewInputs(inputs []engine.InputReport) inputView {
	var v inputView
	var bytes int64
	formats := map[string]int{}
	for _, in := range inputs {
		file := fileView{
			Name: name(in.Name), Format: name(in.Format), Why: name(in.Why), Bytes: size(in.Bytes), Events: in.Events, Lost: in.Lost, Odd: in.Odd,
		}
		for i, problem := range in.Problems {
			if i == inputProblems {
				break
			}
			text := strings.TrimPrefix(place(problem.Record, problem.Offset), ", ")
			if text != "" {
				text += ": "
			}
			file.Problems = append(file.Problems, text+name(problem.Reason)+" ["+name(problem.Code)+"]")
		}
		file.MoreProblems = in.Lost + in.Odd - int64(len(file.Problems))
		v.Lost, v.Odd, v.Events = v.Lost+in.Lost, v.Odd+in.Odd, v.Events+in.Events
		list, more := &v.Files, &v.MoreFiles
		if in.Skipped {
			list, more = &v.Skipped, &v.MoreSkipped
			v.SkippedCount++
		} else {
			v.Count++
			bytes += in.Bytes
			formats[in.Format]++
		}
		if len(*list) < pageInputs {
			*list = append(*list, file)
		} else {
			*more++
		}
	}
	v.Bytes, v.Formats = size(bytes), clean(formatList(formats, true))
	return v
}

func (p *pageView) viewBlind(list []engine.Blind) {
	room := pageBlind
	for _, group := range blindGroups(list) {
		v := blindView{Reason: name(group.reason), More: max(len(group.titles)-room, 0)}
		for _, title := range group.titles[:min(room, len(group.titles))] {
			v.Titles = append(v.Titles, name(title))
		}
		room -= len(v.Titles)
		p.BlindMore += v.More
		p.Blind = append(p.Blind, v)
	}
}
