package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/kql"
	"goshawk/plan"
	"goshawk/taxonomy"
	"goshawk/taxonomy/attack"
)

// workspace is one folder of Sentinel's content, ready to compile its queries.
type workspace struct {
	pack      *sentinel.Pack
	env       kql.Env
	functions map[string]*kql.Function // of the pack and its neighbours, by every name
	taxonomy  *taxonomy.Taxonomy
	summaries *summaries // of all contents; nil: there are none
	lists     []*Rule    // summary rules of this one, to be listed beside its rules
}

// workspaces reads each content of Sentinel's that files belong to, once. All of them lie in one workspace, so that each may use the
// functions and watchlists of the others.
func workspaces(files []detection.File, o Options) map[*detection.Content]*workspace {
	all := map[*detection.Content]*workspace{}
	var packs []*sentinel.Pack
	var order []*workspace
	for _, f := range files {
		if f.Content == nil || f.Content.Language != detection.KQL || all[f.Content] != nil {
			continue
		}
		pack := sentinel.Read(f.Content, sentinel.Options{Tactics: tacticsOf, Current: attack.Current, Threads: o.Threads})
		packs = append(packs, pack)
		order = append(order, &workspace{pack: pack})
		all[f.Content] = order[len(order)-1]
	}
	sentinel.Join(append(packs, o.Workspaces...))
	for _, w := range all {
		for _, own := range o.Own {
			w.pack.Override(own)
		}
		w.functions, w.taxonomy = functionsOf(w.pack), o.Taxonomy
		w.env = workspaceEnv(w.pack, w.functions, o)
	}
	settleSummaries(order)
	return all
}

// Workspace returns what queries may assume: the tables and functions that every query knows, and the functions and watchlists of a
// pack (nil: none).
func Workspace(pack *sentinel.Pack, o Options) kql.Env {
	if pack == nil {
		return KQLEnv(o)
	}
	return workspaceEnv(pack, functionsOf(pack), o)
}

// functionsOf returns the functions of a pack, and those that it may use, by their names and aliases.
func functionsOf(pack *sentinel.Pack) map[string]*kql.Function {
	functions, made := map[string]*kql.Function{}, map[*sentinel.Function]*kql.Function{}
	for _, name := range pack.FunctionNames() {
		f, ok := pack.Function(name)
		if !ok {
			continue
		}
		one := made[f]
		if one == nil {
			one = &kql.Function{Name: f.Name, Body: f.Query, Lenient: true}
			for _, p := range f.Params {
				param := kql.Param{Name: p.Name, Type: p.Type}
				if p.Default != nil {
					param.Default = p.Default.String
				}
				one.Params = append(one.Params, param)
			}
			made[f] = one
		}
		functions[name] = one
	}
	return functions
}

func workspaceEnv(pack *sentinel.Pack, functions map[string]*kql.Function, o Options) kql.Env {
	env := KQLEnv(o)
	builtin, builtinNames, widened := env.Function, env.FunctionNames, withCustom(o.Taxonomy, functions)
	env.Function = func(name string) (*kql.Function, bool) {
		if f := widened[name]; f != nil {
			return f, true
		}
		if f, ok := builtin(name); ok { // ours see all that we read, and are right where the published ones are not
			return f, true
		}
		f, ok := functions[name]
		return f, ok
	}
	env.FunctionNames = func() []string { return append(builtinNames(), pack.FunctionNames()...) }
	env.Watchlist = func(alias string) (*kql.Watchlist, bool) {
		w, ok := pack.Watchlist(alias)
		if !ok {
			return asimList(alias)
		}
		return &kql.Watchlist{Alias: w.Alias, Key: w.Key, Columns: w.Columns, Rows: w.Rows}, true
	}
	env.Watchlists = pack.WatchlistAliases
	return env
}

// kqlFile compiles the queries of one file.
func kqlFile(f detection.File, w *workspace, o Options) []*Rule {
	part := w.pack.File(f.Source)
	if part == nil {
		return nil
	}
	if len(part.Detections) == 0 {
		if !part.Diagnostics.Failed() {
			return nil // functions, watchlists and the like: rules refer to them
		}
		return []*Rule{{Refused: true, Detection: &detection.Detection{Language: detection.KQL, Path: f.Source.Name, Query: f.Source}, Diagnostics: part.Diagnostics}}
	}
	rules := make([]*Rule, len(part.Detections))
	for i, d := range part.Detections {
		rules[i] = kqlRule(d, w.env)
		rules[i].Workspace = w.pack
		rules[i].Reads = w.summaries.readBy(rules[i])
		w.summaries.explain(rules[i])
		rules[i].Diagnostics = append(rules[i].Diagnostics, w.pack.DiagnosticsOf(d)...)
		rules[i].exclude(o)
		rules[i].finish()
		rules[i].window()
	}
	return rules
}

// everBefore and everAfter are the range of a hunt that is not told one.
const (
	everBefore = "0001-01-01T00:00:00Z"
	everAfter  = "9999-12-31T23:59:59Z"
)

// kqlRule binds the query of a detection, which still has to be finished.
func kqlRule(d *detection.Detection, env kql.Env) *Rule {
	r := &Rule{Detection: d}
	text := d.Search
	if text == nil {
		text = diag.NewText(d.Query)
	}
	env.AnyTime = true
	read := func(env kql.Env, m Moment) (*kql.Query, diag.List) {
		from, to := everBefore, everAfter
		if m.Earliest != 0 {
			from = event.FormatTime(m.Earliest)
		}
		if m.Latest != 0 {
			to = event.FormatTime(m.Latest)
		}
		return kql.Read(sentinel.Fill(text, from, to), env)
	}
	query, complaints := read(env, Moment{})
	if query.Plan != nil && !oneWindow(query) { // its windows differ, so that the time at which it runs matters
		env.AnyTime = false
		r.differing = true
		query, complaints = read(env, Moment{})
	}
	r.Diagnostics, r.Query = complaints, query
	if query.Plan == nil {
		r.Refused = true
		return r
	}
	r.Plan = query.Plan
	if query.TimeDependent || len(sentinel.Placeholders(text.String)) > 0 {
		r.restage = func(m Moment) (plan.Node, []Stage, error) {
			at := env
			at.Now = m.Now
			q, list := read(at, m)
			if q.Plan == nil {
				return nil, nil, errors.New(list[0].Error())
			}
			return q.Plan, kqlStages(q), nil
		}
		r.Relower = r.relowered
	}
	r.lintQuery(query, env)
	return r
}

// oneWindow says whether a query looks equally far back wherever it reads a table, so that its window can be that of whoever runs it.
func oneWindow(q *kql.Query) bool {
	if len(q.Windows) == 0 {
		return true
	}
	for _, w := range q.Windows {
		if w != q.Windows[0] {
			return false
		}
	}
	return len(q.Windows) >= q.Reads
}

// window lets a rule whose query looks less far back than its schedule run over the shorter of the two.
func (r *Rule) window() {
	a, s := r.Detection.Alert, r.Detection.Schedule
	if !r.Refused && r.Relower != nil && r.differing {
		r.ModeReason += lastDaysOnly
	}
	if r.Refused || a == nil || s == nil || s.Period == 0 || len(r.Query.Windows) == 0 {
		return
	}
	asked := slices.Max(r.Query.Windows)
	if asked > 0 && asked < s.Period && oneWindow(r.Query) { // it was bound without the window then
		d, shorter := *r.Detection, *s
		shorter.Period = asked
		d.Schedule = &shorter
		r.Detection = &d
	}
}

// lastDaysOnly is told of a rule whose query looks back differently where it reads.
const lastDaysOnly = "; it looks back differently from read to read, so one pass sees its last days only (--as-scheduled sees all)"

// noteDiffering tells how far back the reads of a query look, if that differs.
func (r *Rule) noteDiffering(q *kql.Query) {
	if !r.differing || !q.TimeDependent {
		return
	}
	var ticks []int64
	for _, l := range q.Lookbacks {
		ticks = append(ticks, l.Ticks)
	}
	slices.Sort(ticks)
	var said []string
	for _, t := range slices.Compact(ticks) {
		said = append(said, span(t))
	}
	if len(said) < 2 {
		said = append(said, "or not at all")
	}
	r.note(r.end(q), "sentinel-lookbacks", "the query looks back differently from read to read (%s): where all of the data is one pass, it is asked once, at the end of the data, and sees only what lies that near to it",
		strings.Join(said, ", ")).Hint = "scan --as-scheduled asks it at each of its runs; --now asks it at another time"
}

// span is ticks as a person says them.
func span(ticks int64) string {
	for _, u := range []struct {
		ticks int64
		name  string
	}{{event.TicksPerDay, "d"}, {event.TicksPerDay / 24, "h"}, {60 * event.TicksPerSecond, "m"}, {event.TicksPerSecond, "s"}} {
		if ticks >= u.ticks && ticks%u.ticks == 0 {
			return fmt.Sprintf("%d%s", ticks/u.ticks, u.name)
		}
	}
	return fmt.Sprintf("%d ticks", ticks)
}
