package main

import (
	"goshawk/engine"
	"goshawk/event"
	"goshawk/schedule"
)

// What explain writes as JSON; docs/output.md describes it.
type (
	jsonExplanation struct {
		Record     uint64           `json:"record"`
		Source     jsonText         `json:"source"`
		Kind       jsonText         `json:"kind"`
		Time       *jsonText        `json:"time"`
		Rule       jsonExplained    `json:"rule"`
		Verdict    string           `json:"verdict"`
		LogSources []jsonText       `json:"log_sources,omitempty"`
		Clauses    []*jsonClause    `json:"clauses,omitempty"`
		Stages     []jsonStage      `json:"stages,omitempty"`
		Among      bool             `json:"among_all,omitempty"`
		Alone      *jsonAlone       `json:"alone,omitempty"`
		Suppressed []jsonSuppressor `json:"suppressors,omitempty"`
		Schedule   *jsonScheduled   `json:"schedule,omitempty"`
	}
	jsonExplained struct {
		ID       jsonText `json:"id"`
		Title    jsonText `json:"title"`
		Language string   `json:"language"`
		Path     jsonText `json:"path"`
	}
	jsonClause struct {
		Text    jsonText      `json:"text"`
		Verdict string        `json:"verdict"`
		Field   jsonText      `json:"field,omitempty"`
		Value   *jsonText     `json:"value,omitempty"`
		Met     *[2]int       `json:"met,omitempty"`
		Absent  bool          `json:"absent,omitempty"`
		Never   bool          `json:"never,omitempty"`
		Parts   []*jsonClause `json:"parts,omitempty"`
	}
	jsonStage struct {
		Number  int           `json:"number"`
		Text    jsonText      `json:"text"`
		State   string        `json:"state"`
		Why     jsonText      `json:"why,omitempty"`
		Clauses []*jsonClause `json:"clauses,omitempty"`
		Gathers bool          `json:"gathers,omitempty"`
		Rows    int64         `json:"rows,omitempty"`
		Events  int           `json:"events,omitempty"`
		Row     []jsonCell    `json:"row,omitempty"`
	}
	jsonCell struct {
		Name  jsonText `json:"name"`
		Value jsonText `json:"value"`
	}
	jsonAlone struct {
		Verdict string `json:"verdict"`
		Stage   int    `json:"stage,omitempty"`
	}
	jsonSuppressor struct {
		Why        jsonText      `json:"why"`
		ID         jsonText      `json:"id,omitempty"`
		Owner      jsonText      `json:"owner,omitempty"`
		Reason     jsonText      `json:"reason,omitempty"`
		Ticket     jsonText      `json:"ticket,omitempty"`
		Expires    string        `json:"expires,omitempty"`
		Suppresses bool          `json:"suppresses"`
		Reached    bool          `json:"reached"`
		Others     bool          `json:"others,omitempty"`
		Clauses    []*jsonClause `json:"clauses,omitempty"`
	}
	jsonScheduled struct {
		At        *jsonSlot  `json:"at,omitempty"`
		Inside    *bool      `json:"inside,omitempty"`
		Runs      int64      `json:"runs"`
		First     []jsonSlot `json:"first,omitempty"`
		ByArrival bool       `json:"by_arrival,omitempty"`
		Lag       *float64   `json:"lag_seconds,omitempty"`
		Late      int64      `json:"late,omitempty"`
	}
	jsonSlot struct {
		At   string `json:"at"`
		From string `json:"from"`
		To   string `json:"to"`
	}
)

// json writes the explanation of one event as an object.
func (x *explainer) json(ev *event.Event, e *engine.Explanation) []byte {
	d := x.rule.Detection
	out := jsonExplanation{Record: ev.Origin.Record, Source: jsonText(ev.Origin.Source), Kind: jsonText(className(ev.Class)), Verdict: e.Verdict, Among: e.Among,
		Rule: jsonExplained{jsonText(d.ID), jsonText(d.Title), string(d.Language), jsonText(d.Path)}}
	if e.Time != "" {
		at := jsonText(e.Time)
		out.Time = &at
	}
	for _, l := range e.LogSources {
		out.LogSources = append(out.LogSources, jsonText(l))
	}
	if e.Stages == nil {
		out.Clauses = jsonClauses(e.Lines)
	}
	for _, s := range e.Stages {
		one := jsonStage{Number: s.Number, Text: jsonText(s.Text), State: s.State, Why: jsonText(s.Why), Clauses: jsonClauses(s.Lines), Gathers: s.Gathers, Rows: s.Rows, Events: s.Events}
		for _, v := range s.Row {
			one.Row = append(one.Row, jsonCell{jsonText(v.Name), jsonText(v.Value)})
		}
		out.Stages = append(out.Stages, one)
	}
	if a := e.Alone; a != nil {
		out.Alone = &jsonAlone{engine.VerdictNoMatch, a.Stage}
		if a.Match {
			out.Alone.Verdict = engine.VerdictMatch
		}
	}
	for _, s := range e.Suppressors {
		one := jsonSuppressor{Why: jsonText(s.Why), Suppresses: s.Drops, Reached: s.Reached, Others: s.Others, Clauses: jsonClauses(s.Lines)}
		if ex := s.Exclusion; ex != nil {
			one.ID, one.Owner, one.Reason, one.Ticket = jsonText(ex.ID), jsonText(ex.Owner), jsonText(ex.Reason), jsonText(ex.Ticket)
			if !ex.Expires.IsZero() {
				one.Expires = day(finalDay(ex))
			}
		}
		out.Suppressed = append(out.Suppressed, one)
	}
	out.Schedule = x.jsonSchedule(e)
	return jsonOf(out)
}

func (x *explainer) jsonSchedule(e *engine.Explanation) *jsonScheduled {
	s := e.Schedule
	if s == nil {
		return nil
	}
	slot := func(s schedule.Slot) jsonSlot {
		return jsonSlot{event.FormatTime(s.At), event.FormatTime(s.From), event.FormatTime(s.To)}
	}
	out := &jsonScheduled{Runs: s.Count, ByArrival: s.ByArrival, Late: s.Late}
	for _, one := range s.Slots {
		out.First = append(out.First, slot(one))
	}
	if s.Ingested {
		lag := float64(s.Lag) / float64(event.TicksPerSecond)
		out.Lag = &lag
	}
	if run := x.explain.At; run != nil {
		at, inside := slot(*run), !e.Outside
		out.At, out.Inside = &at, &inside
	}
	return out
}

// jsonClauses makes a tree of indented lines.
func jsonClauses(lines []engine.ExplainLine) []*jsonClause {
	var roots []*jsonClause
	var open []*jsonClause // the last clause of each depth
	for _, l := range lines {
		one := &jsonClause{Text: jsonText(l.Text), Verdict: map[string]string{"true": "holds", "false": "fails", "null": "unknown"}[l.Verdict]}
		if l.Leaf {
			one.Field, one.Absent, one.Never = jsonText(l.Field), l.Absent, l.Never
			if !l.Absent {
				value := jsonText(l.Value)
				one.Value = &value
			}
			if l.From < l.To {
				one.Met = &[2]int{l.From, l.To}
			}
		}
		if depth := min(l.Depth, len(open)); depth == 0 {
			roots, open = append(roots, one), []*jsonClause{one}
		} else {
			above := open[depth-1]
			above.Parts, open = append(above.Parts, one), append(open[:depth], one)
		}
	}
	return roots
}
