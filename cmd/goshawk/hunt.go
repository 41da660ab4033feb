package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/detection/suite"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/prove"
	"goshawk/report"
	"goshawk/taxonomy"
)

// huntFlags are what hunt can be told.
type huntFlags struct {
	rules    ruleFlags
	read     readFlags
	from, to moment
	format   choice
	output   string
	threads  number
	now      moment
	states   choices
}

func (p program) huntCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "hunt",
		Short: "Ask whether a hypothesis holds in logs, and what the logs could not show",
		Long: `A hunt is a hypothesis with the telemetry that it needs and the queries that would show it, as a document (docs/hunts.md). Run over
logs it ends in one of three ways: supported, where events are found; refuted, where nothing is found although every host that the hunt
is about sent what it needs; and else inconclusive. That nothing was found is never taken for "clean". What those who hunt make of it is
kept in the document: its state, and notes.`,
		Args: noCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.huntListCommand(), p.huntRunCommand(), p.huntConcludeCommand())
	return c
}

func (p program) huntListCommand() *cobra.Command {
	var f huntFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the hunts beside rules",
		Example: "  goshawk hunt list\n  goshawk hunt list -r my-content\n  goshawk hunt list -r my-content --state new,active",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			hunts, err := f.hunts(p)
			if err != nil {
				return err
			}
			if len(f.states.values) > 0 {
				hunts = slices.DeleteFunc(hunts, func(h huntOf) bool { return !f.states.has(string(h.doc.State)) })
			}
			if f.format.value == "json" {
				return p.write(append(jsonOf(huntsAs(hunts)), '\n'))
			}
			var b strings.Builder
			for _, h := range hunts {
				var techniques []string
				for _, t := range h.doc.Techniques {
					techniques = append(techniques, t.Text)
				}
				fmt.Fprintf(&b, "%-8s  %-12s  %-12s  %s\n", orDash(h.doc.ID.Text[:min(8, len(h.doc.ID.Text))]), orDash(strings.Join(techniques, " ")), h.doc.State, diag.Printable(h.doc.Name.Text))
			}
			return p.write([]byte(b.String()))
		},
	}
	f.rules.bindPaths(c)
	f.format = choice{what: "format", words: []string{"table", "json"}, value: "table"}
	c.Flags().VarP(&f.format, "format", "f", "table, json (one object)")
	complete(c, "format", &f.format)
	f.states.choice = choice{what: "state", words: suite.HuntStates()}
	c.Flags().Var(&f.states, "state", "only hunts in these states, separated by commas: "+strings.Join(suite.HuntStates(), ", "))
	complete(c, "state", &f.states.choice)
	return c
}

func (p program) huntRunCommand() *cobra.Command {
	var f huntFlags
	c := &cobra.Command{
		Use:   "run HUNT PATH…",
		Short: "Run a hunt over logs and report what they show",
		Long: `Run asks the queries of a hunt of log files, folders and archives, counts what each host sent of the telemetry that the hunt needs, and
reports: what was looked at, which hosts could not be seen, what was found and how common it is, and the verdict. HUNT is the id (or its
first 8 characters) or name of a hunt beside the rules, or its file.`,
		Example: `  goshawk hunt run 'Jobs handed to at' examples/at
  goshawk hunt run 8c7e1f3a triage.zip -f md -o hunt.md
  goshawk hunt run my.hunt.yml logs -r my-rules -f html -o hunt.html`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fail(exitUsage, "hunt run wants a hunt and logs\nTry 'goshawk hunt run --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.huntRun(c.Context(), &f, args) },
	}
	f.rules.bindPaths(c)
	f.read.bind(c)
	flags := c.Flags()
	flags.Var(&f.from, "from", "only events at `TIME` or later (RFC 3339, or -24h)")
	flags.Var(&f.to, "to", "only events before `TIME`")
	f.format = choice{what: "format", words: []string{"text", "md", "html", "json"}, value: "text"}
	flags.VarP(&f.format, "format", "f", "text, md (Markdown), html (one page), json (one object)")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	f.threads.most = maxThreads
	flags.VarP(&f.threads, "threads", "j", "number of workers (default: one for each core)")
	flags.Var(&f.now, "now", "take `TIME` for the present in searches that ask for it")
	complete(c, "format", &f.format)
	return c
}

// huntOf is a hunt with the document that it stands in.
type huntOf struct {
	doc   *suite.Hunt
	suite *prove.Suite
}

// hunts returns the hunts beside the rules.
func (f *huntFlags) hunts(p program) ([]huntOf, error) {
	suites, err := p.suites(f.rules.named())
	if err != nil {
		return nil, err
	}
	var list []huntOf
	for _, s := range suites {
		for _, h := range s.Hunts {
			list = append(list, huntOf{h, s})
		}
	}
	return list, nil
}

type listedHunt struct {
	ID         jsonText   `json:"id"`
	Name       jsonText   `json:"name"`
	Path       jsonText   `json:"path"`
	Techniques []jsonText `json:"techniques"`
	Hypothesis jsonText   `json:"hypothesis"`
	State      string     `json:"state"`
	Notes      []huntNote `json:"notes"`
}

// huntNote is an entry in the journal of a hunt.
type huntNote struct {
	Date  string   `json:"date"`
	State string   `json:"state,omitempty"`
	By    jsonText `json:"by,omitempty"`
	Note  jsonText `json:"note,omitempty"`
}

func huntNotesAs(list []suite.HuntNote) []huntNote {
	out := []huntNote{}
	for _, n := range list {
		out = append(out, huntNote{n.Date, string(n.State), jsonText(n.By), jsonText(n.Text)})
	}
	return out
}

func huntsAs(list []huntOf) []listedHunt {
	out := []listedHunt{}
	for _, h := range list {
		one := listedHunt{ID: jsonText(h.doc.ID.Text), Name: jsonText(h.doc.Name.Text), Path: jsonText(h.suite.Source.Name), Techniques: []jsonText{}, Hypothesis: jsonText(h.doc.Hypothesis),
			State: string(h.doc.State), Notes: huntNotesAs(h.doc.Notes)}
		for _, t := range h.doc.Techniques {
			one.Techniques = append(one.Techniques, jsonText(t.Text))
		}
		out = append(out, one)
	}
	return out
}

// find returns the hunt that a name means: a file, an id, or a name.
func (f *huntFlags) find(p program, name string) (huntOf, error) {
	var list []huntOf
	if suites, complaints, err := prove.FindSuites([]string{name}); err == nil && looksLikeFile(name) {
		if complaints.Failed() {
			return huntOf{}, refusal("the hunt cannot be read", complaints)
		}
		for _, s := range suites {
			if s.Source.Name != name {
				continue
			}
			for _, h := range s.Hunts {
				list = append(list, huntOf{h, s})
			}
		}
		if len(list) == 0 {
			return huntOf{}, fail(exitUsage, "%s holds no hunt", name)
		}
		return list[0], nil
	}
	list, err := f.hunts(p)
	if err != nil {
		return huntOf{}, err
	}
	var names []string
	for _, h := range list {
		id := strings.ToLower(h.doc.ID.Text)
		if strings.EqualFold(h.doc.Name.Text, name) || id != "" && (id == strings.ToLower(name) || len(name) >= 8 && strings.HasPrefix(id, strings.ToLower(name))) {
			return h, nil
		}
		names = append(names, h.doc.Name.Text)
	}
	hint := "goshawk hunt list lists them"
	if near := diag.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return huntOf{}, fail(exitUsage, "no hunt is called %q; %s", name, hint)
}

// huntRun runs the hunt run command.
func (p program) huntRun(ctx context.Context, f *huntFlags, args []string) error {
	paths := args[1:]
	if err := allExist(paths); err != nil {
		return err
	}
	hunt, err := f.find(p, args[0])
	if err != nil {
		return err
	}
	t := taxonomy.Default()
	set, err := f.rules.load(p, t, f.threads.value)
	if err != nil {
		return err
	}
	options, err := f.rules.options(p, t, f.threads.value)
	if err != nil {
		return err
	}
	outs := &outputs{program: p, read: paths}
	out, err := outs.open("output", f.output)
	if err != nil {
		return err
	}
	now := presentOf(&f.now)
	run := prove.Hunting{Hunt: hunt.doc, Suite: hunt.suite, Rules: set.Rules, Options: options, Paths: paths, Source: f.read.options(ctx, p), Taxonomy: t, Threads: f.threads.value,
		From: f.from.at(now), To: f.to.at(now), Now: now}
	result, err := run.Run(ctx)
	if err != nil {
		outs.abandon()
		return fail(exitRule, "%w", err)
	}
	var b bytes.Buffer
	page := report.NewHunt(result, "goshawk hunt run "+strings.Join(quoted(args), " "))
	o := report.RuleOptions{Version: version(), Color: p.colors(p.stdout) && f.output == "", Width: p.width(p.stdout)}
	switch f.format.value {
	case "md":
		b.WriteString(page.Markdown())
	case "html":
		_ = page.HTML(&b, o) // into memory
	case "json":
		b.Write(append(jsonOf(huntAs(result)), '\n'))
	default:
		b.WriteString(page.Text(o))
	}
	if err := outs.begin(); err != nil {
		return err
	}
	if _, err := out.Write(b.Bytes()); err != nil {
		return unwritable(out.name, err)
	}
	if err := out.finish(); err != nil {
		return unwritable(out.name, err)
	}
	if result.Report.Interrupted {
		return failure{exitInterrupted, nil}
	}
	return unread(paths, result.Report.Inputs, false)
}

func quoted(words []string) []string {
	out := slices.Clone(words)
	for i, w := range out {
		if strings.ContainsAny(w, " \t'\"$&;|<>*?()") {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return out
}

// huntedAs is a hunt's report in the shape that other programs rely on.
type huntedAs struct {
	ID         jsonText        `json:"id"`
	Name       jsonText        `json:"name"`
	Conclusion string          `json:"conclusion"`
	State      string          `json:"state"` // what those who hunt have come to before
	Notes      []huntNote      `json:"notes"`
	Reasons    []jsonText      `json:"reasons"`
	Records    int64           `json:"records"`
	From       string          `json:"from,omitempty"`
	To         string          `json:"to,omitempty"`
	Agree      bool            `json:"queries_agree"`
	Telemetry  []huntedSource  `json:"telemetry"`
	Queries    []huntedQuery   `json:"queries"`
	Hosts      []huntedHost    `json:"hosts"`
	Findings   []huntedFinding `json:"findings"`
	Prevalence []huntedValue   `json:"prevalence"`
}

type huntedSource struct {
	Name   jsonText         `json:"name"`
	Hosts  int              `json:"hosts"`
	Events int64            `json:"events"`
	Filled map[string]int64 `json:"filled"`
}

type huntedQuery struct {
	Name    jsonText `json:"name"`
	Refusal jsonText `json:"refusal,omitempty"`
	Events  int      `json:"events"`
	Hosts   int      `json:"hosts"`
	Users   int      `json:"users"`
}

type huntedHost struct {
	Name     jsonText `json:"name"`
	Records  int64    `json:"records"`
	Needed   []int64  `json:"needed"`
	Seen     bool     `json:"seen"`
	Other    bool     `json:"other_system"`
	Findings int      `json:"findings"`
}

type huntedFinding struct {
	ID     string   `json:"id"`
	Rule   jsonText `json:"rule"`
	Time   string   `json:"time,omitempty"`
	Host   jsonText `json:"host"`
	User   jsonText `json:"user"`
	Source jsonText `json:"source"`
	Record uint64   `json:"record"`
}

type huntedValue struct {
	What  jsonText `json:"what"`
	Value jsonText `json:"value"`
	More  int      `json:"more,omitempty"` // values between the most common and the rarest, which are not told
	Count int      `json:"count"`
	Hosts int      `json:"hosts"`
	First string   `json:"first,omitempty"`
	Last  string   `json:"last,omitempty"`
}

func huntAs(r *prove.HuntReport) huntedAs {
	at := func(ticks int64) string {
		if ticks == 0 {
			return ""
		}
		return event.FormatTime(ticks)
	}
	out := huntedAs{ID: jsonText(r.Hunt.ID.Text), Name: jsonText(r.Hunt.Name.Text), Conclusion: string(r.Conclusion), State: string(r.Hunt.State), Notes: huntNotesAs(r.Hunt.Notes), Reasons: []jsonText{}, Records: r.Report.Events,
		From: at(r.From), To: at(r.To), Agree: r.Agree, Telemetry: []huntedSource{}, Queries: []huntedQuery{}, Hosts: []huntedHost{}, Findings: []huntedFinding{}, Prevalence: []huntedValue{}}
	for _, reason := range r.Reasons {
		out.Reasons = append(out.Reasons, jsonText(reason))
	}
	for _, t := range r.Telemetry {
		one := huntedSource{jsonText(t.Name), t.Hosts, t.Events, map[string]int64{}}
		for _, f := range t.Fields {
			one.Filled[f.Name] = f.Filled
		}
		out.Telemetry = append(out.Telemetry, one)
	}
	for _, q := range r.Queries {
		out.Queries = append(out.Queries, huntedQuery{jsonText(q.Name), jsonText(q.Refusal), q.Events, q.Hosts, q.Users})
	}
	for i := range r.Hosts {
		h := &r.Hosts[i]
		out.Hosts = append(out.Hosts, huntedHost{jsonText(h.Name), h.Events, h.Needed, !h.Blind() && !h.Other, h.Other, h.Findings})
	}
	for _, f := range r.Findings {
		one := huntedFinding{ID: f.ID, Rule: jsonText(f.Detection.ID), Time: at(f.Time), Host: jsonText(f.Host), User: jsonText(f.User)}
		if len(f.Evidence) > 0 {
			one.Source, one.Record = jsonText(f.Evidence[0].Source), f.Evidence[0].Record
		}
		out.Findings = append(out.Findings, one)
	}
	for _, v := range r.Prevalence {
		out.Prevalence = append(out.Prevalence, huntedValue{jsonText(v.What), jsonText(v.Value), v.More, v.Count, v.Hosts, at(v.First), at(v.Last)})
	}
	return out
}
