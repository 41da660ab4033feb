package spl_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/lang/spl"
	"goshawk/plan"
)

// Random pipelines over random events, answered twice: by the lowering, and by the simplest reading of each command that can be
// written down, in which a row is a map of lists of texts and a pipeline is a list of functions on all rows. What a command has to
// do to a plan so that fields of events stay reachable behind it (columns that scans are asked for later, objects of fields nobody
// has named) is what the two must agree on.

// plainRow is a row: the values of each field it has. A field without values is not there.
type plainRow map[string][]string

// step is one command with its meaning.
type step struct {
	text string
	do   func(rows []plainRow) []plainRow
	// free says that the same rows come out whatever the order of those that go in; mixes that they come out in an order that
	// nothing promises, and settles that they come out in one order whatever it was before.
	free, mixes, settles bool
	// picks says that it gives some of the rows as they are; early that it may stand behind such steps only, because whether a
	// field that has been computed is there although no row has a value in it is not what these tests are about.
	picks, early bool
	// streams says that it looks at one event at a time, and leaves it its time.
	streams bool
}

// author writes random commands. Fields that rows can have are from a small set of names, so that commands meet.
type author struct{ *rand.Rand }

func (a author) of(list ...string) string { return list[a.IntN(len(list))] }

func (a author) field() string  { return a.of("a", "b", "c", "m", "p_a", "p_b", "x", "y") }
func (a author) scalar() string { return a.of("a", "b", "c", "p_a", "p_b") }
func (a author) new() string    { return a.of("x", "y", "z", "a", "p_c") }
func (a author) value() string  { return a.of("u", "v", "w", "1", "2") }

// pipeline returns a search of some commands, without the command search in front, and the rows it gives; mixed says that they are
// in no order that is promised.
func (a author) pipeline(events []plainRow, commands int) (text string, rows []plainRow, mixed bool) {
	more, rows, mixed := a.commands(events, clonedRows(events), commands, false, true)
	return "*" + more, rows, mixed
}

// sorted returns a search like pipeline, of which the order of the rows is promised.
func (a author) sorted(events []plainRow, commands int) (string, []plainRow) {
	for {
		if text, rows, mixed := a.pipeline(events, commands); !mixed {
			return text, rows
		}
	}
}

// commands returns the text of some commands behind others, and the rows that they give; picked says that their rows are events as
// they were read.
func (a author) commands(events, rows []plainRow, number int, mixed, picked bool) (string, []plainRow, bool) {
	text := ""
	for range number {
		s := a.step(events, rows)
		for mixed && !s.free || s.early && !picked {
			s = a.step(events, rows)
		}
		picked = picked && (s.picks || s.early)
		text += " | " + s.text
		rows = s.do(rows)
		mixed = (mixed || s.mixes) && !s.settles
	}
	return text, rows, mixed
}

// first returns a search that begins with several others, of events that are changed one by one.
func (a author) first(events []plainRow) (string, []plainRow) {
	text, rows := a.of("| multisearch", "| union"), []plainRow(nil)
	for range 2 + a.IntN(2) {
		text += " [search *"
		leg := clonedRows(events)
		for range a.IntN(4) {
			s := a.step(events, leg)
			for !s.streams {
				s = a.step(events, leg)
			}
			text += " | " + s.text
			leg = s.do(leg)
		}
		text += "]"
		rows = append(rows, leg...)
	}
	slices.SortStableFunc(rows, func(x, y plainRow) int { return strings.Compare(y["_time"][0], x["_time"][0]) })
	return text, rows
}

func clonedRows(rows []plainRow) []plainRow {
	out := make([]plainRow, len(rows))
	for i, r := range rows {
		out[i] = maps.Clone(r)
	}
	return out
}

// each makes a step that changes one row at a time.
func each(text string, change func(r plainRow)) step {
	return step{text: text, free: true, streams: !strings.HasPrefix(text, "table"), do: func(rows []plainRow) []plainRow {
		for _, r := range rows {
			change(r)
			maps.DeleteFunc(r, func(_ string, v []string) bool { return len(v) == 0 })
		}
		return rows
	}}
}

// keep makes a step that keeps some rows.
func keep(text string, test func(r plainRow) bool) step {
	return step{text: text, free: true, streams: true, picks: true, do: func(rows []plainRow) []plainRow {
		return slices.DeleteFunc(rows, func(r plainRow) bool { return !test(r) })
	}}
}

func (a author) step(events, rows []plainRow) step {
	f, g, n, v := a.field(), a.scalar(), a.new(), a.value()
	switch a.IntN(60) {
	case 0:
		return keep(fmt.Sprintf("search %s=%s", f, v), func(r plainRow) bool { return slices.Contains(r[f], v) })
	case 1:
		return keep(fmt.Sprintf("search NOT %s=%s OR %s=*", f, v, g), func(r plainRow) bool { return !slices.Contains(r[f], v) || r[g] != nil })
	case 2:
		return keep(fmt.Sprintf(`where isnull(%s) OR %s!="%s"`, g, g, v), func(r plainRow) bool {
			return r[g] == nil || slices.ContainsFunc(r[g], func(s string) bool { return s != v })
		})
	case 3:
		return each(fmt.Sprintf(`eval %s=mvindex(%s,0)."-%s"`, n, g, v), func(r plainRow) {
			if r[g] == nil {
				delete(r, n)
			} else {
				r[n] = []string{r[g][0] + "-" + v}
			}
		})
	case 4:
		return each(fmt.Sprintf(`eval %s=coalesce(%s,%s)`, n, f, g), func(r plainRow) {
			if r[f] != nil {
				r[n] = r[f]
			} else {
				r[n] = r[g]
			}
		})
	case 5:
		return each(fmt.Sprintf("eval %s=null()", f), func(r plainRow) { delete(r, f) })
	case 6:
		return each(fmt.Sprintf(`eval %s=mvappend(%s,"%s")`, n, f, v), func(r plainRow) { r[n] = append(slices.Clone(r[f]), v) })
	case 7:
		return each(fmt.Sprintf("rename %s AS %s", f, n), func(r plainRow) {
			if f != n {
				r[n] = r[f]
				delete(r, f)
			}
		})
	case 8:
		return each("rename p_* AS q_*", func(r plainRow) {
			for _, name := range slices.Sorted(maps.Keys(r)) {
				if tail, ok := strings.CutPrefix(name, "p_"); ok {
					r["q_"+tail] = r[name]
					delete(r, name)
				}
			}
		})
	case 9:
		return each(fmt.Sprintf("fields - %s %s", f, g), func(r plainRow) { delete(r, f); delete(r, g) })
	case 10:
		return each("fields - p_*", func(r plainRow) { dropFields(r, func(name string) bool { return strings.HasPrefix(name, "p_") }) })
	case 11:
		return each(fmt.Sprintf("fields %s %s p_* m", f, g), func(r plainRow) {
			dropFields(r, func(name string) bool {
				return name != f && name != g && name != "m" && !strings.HasPrefix(name, "p_") && name != "_time"
			})
		})
	case 12:
		return each(fmt.Sprintf("table %s *", f), func(r plainRow) { dropFields(r, func(name string) bool { return name == "_time" }) })
	case 13:
		return a.stats()
	case 14:
		return step{text: fmt.Sprintf("eventstats count AS %s values(%s) AS v BY %s", n, f, g), free: true, do: func(rows []plainRow) []plainRow {
			for _, group := range alike(rows, g) {
				for _, r := range group.rows {
					r["\x00"+n] = []string{strconv.Itoa(len(group.rows))}
					r["\x00v"] = valuesOf(group.rows, f)
				}
			}
			return settle(rows, n, "v")
		}}
	case 15:
		return step{text: fmt.Sprintf("streamstats count AS %s BY %s", n, g), do: func(rows []plainRow) []plainRow {
			for _, group := range alike(rows, g) {
				for i, r := range group.rows {
					r["\x00"+n] = []string{strconv.Itoa(i + 1)}
				}
			}
			return settle(rows, n)
		}}
	case 16:
		return step{text: "dedup " + g, picks: true, do: func(rows []plainRow) []plainRow {
			seen := map[string]bool{}
			return slices.DeleteFunc(rows, func(r plainRow) bool {
				key := strings.Join(r[g], "\n")
				gone := r[g] == nil || seen[key]
				seen[key] = true
				return gone
			})
		}}
	case 17:
		sign := a.of("", "-")
		return step{text: "sort " + sign + g, picks: true, do: func(rows []plainRow) []plainRow {
			slices.SortStableFunc(rows, func(x, y plainRow) int {
				switch {
				case x[g] == nil && y[g] == nil:
					return 0
				case x[g] == nil:
					return 1
				case y[g] == nil:
					return -1
				}
				c := compareValues(x[g][0], y[g][0])
				if sign == "-" {
					c = -c
				}
				return c
			})
			return rows
		}}
	case 18:
		return step{text: "head 4", picks: true, do: func(rows []plainRow) []plainRow { return rows[:min(len(rows), 4)] }}
	case 19:
		return step{text: "tail 4", picks: true, do: func(rows []plainRow) []plainRow {
			rows = rows[max(0, len(rows)-4):]
			slices.Reverse(rows)
			return rows
		}}
	case 20:
		return each(fmt.Sprintf("fillnull value=%s %s %s", v, f, n), func(r plainRow) { fill(r, f, v); fill(r, n, v) })
	case 21:
		return step{text: "mvexpand " + f, free: true, do: func(rows []plainRow) []plainRow {
			var out []plainRow
			for _, r := range rows {
				if r[f] == nil {
					out = append(out, r)
				}
				for _, one := range r[f] {
					c := maps.Clone(r)
					c[f] = []string{one}
					out = append(out, c)
				}
			}
			return out
		}}
	case 22:
		sub, added, mixed := a.pipeline(events, a.IntN(3))
		return step{text: "append [search " + sub + "]", free: true, mixes: mixed, do: func(rows []plainRow) []plainRow { return append(rows, added...) }}
	case 23:
		s := a.stats()
		return step{text: "appendpipe [" + s.text + "]", free: s.free, do: func(rows []plainRow) []plainRow { return append(rows, s.do(clonedRows(rows))...) }}
	case 24:
		sub, right := a.sorted(events, a.IntN(3))
		return step{text: fmt.Sprintf("join type=left %s [search %s | dedup %s | table %s %s p_*]", g, sub, g, g, f), free: true, do: func(rows []plainRow) []plainRow {
			first := map[string]plainRow{}
			for _, r := range right {
				if key := strings.Join(r[g], "\n"); r[g] != nil && first[key] == nil {
					first[key] = r
				}
			}
			for _, r := range rows {
				for name, values := range first[strings.Join(r[g], "\n")] {
					if r[g] != nil && (name == f || strings.HasPrefix(name, "p_")) && name != g {
						r[name] = values
					}
				}
			}
			return rows
		}}
	case 25:
		return each(fmt.Sprintf(`rex field=%s "(?<%s>[uv])"`, g, n), func(r plainRow) {
			var out []string
			for _, s := range r[g] {
				if i := strings.IndexAny(s, "uv"); i >= 0 {
					out = append(out, s[i:i+1])
				}
			}
			if out != nil {
				r[n] = out
			}
		})
	case 26:
		return each(fmt.Sprintf("lookup owners key AS %s OUTPUT owner AS %s", g, n), func(r plainRow) {
			var out []string
			for _, pair := range [][2]string{{"u", "ann"}, {"v", "bob"}, {"1", "cem"}} {
				if slices.Contains(r[g], pair[0]) {
					out = append(out, pair[1])
				}
			}
			r[n] = out
		})
	case 27:
		return each("spath input=j", func(r plainRow) {
			found := plainRow{}
			for _, text := range r["j"] {
				var o map[string]string
				if json.Unmarshal([]byte(text), &o) == nil {
					for name, value := range o {
						found[name] = append(found[name], value)
					}
				}
			}
			maps.Copy(r, found)
		})
	case 28:
		return each(`foreach p_* [eval <<FIELD>>=mvindex('<<FIELD>>',0)."!"]`, func(r plainRow) {
			for name, values := range r {
				if strings.HasPrefix(name, "p_") {
					r[name] = []string{values[0] + "!"}
				}
			}
		})
	case 29:
		return step{text: "filldown " + g, do: func(rows []plainRow) []plainRow {
			var last []string
			for _, r := range rows {
				if r[g] == nil && last != nil {
					r[g] = last
				}
				last = r[g]
			}
			return rows
		}}
	case 30:
		return step{text: fmt.Sprintf("search [search %s=%s | dedup %s | table %s]", g, v, g, g), free: true, picks: true, do: func(rows []plainRow) []plainRow {
			have := false
			for _, r := range events {
				have = have || slices.Contains(r[g], v)
			}
			return slices.DeleteFunc(rows, func(r plainRow) bool { return !have || !slices.Contains(r[g], v) })
		}}
	case 31:
		return step{text: "reverse", picks: true, do: func(rows []plainRow) []plainRow { slices.Reverse(rows); return rows }}
	case 32:
		return each("rename p_* AS *", func(r plainRow) {
			for _, name := range slices.Sorted(maps.Keys(r)) {
				if tail, ok := strings.CutPrefix(name, "p_"); ok {
					r[tail] = r[name]
					delete(r, name)
				}
			}
		})
	case 33:
		sub, right := a.sorted(events, a.IntN(3))
		return step{text: "appendcols [search " + sub + " | table p_* " + f + "]", do: func(rows []plainRow) []plainRow {
			for i, in := range right {
				if i == len(rows) {
					rows = append(rows, plainRow{})
				}
				for name, values := range in {
					if name != f && !strings.HasPrefix(name, "p_") {
						continue
					}
					if rows[i][name] == nil {
						rows[i][name] = values
					}
				}
			}
			return rows
		}}
	case 34:
		return each(fmt.Sprintf(`eval %s=mvjoin(%s,"-") | makemv delim="-" %s`, n, f, n), func(r plainRow) {
			if r[f] == nil {
				delete(r, n)
			} else {
				r[n] = strings.Split(strings.Join(r[f], "-"), "-")
			}
		})
	case 35:
		return step{text: "inputlookup append=true owners", free: true, do: func(rows []plainRow) []plainRow {
			return append(rows, plainRow{"key": {"u"}, "owner": {"ann"}}, plainRow{"key": {"v"}, "owner": {"bob"}}, plainRow{"key": {"1"}, "owner": {"cem"}})
		}}
	case 36:
		h := a.scalar()
		if g == h {
			h = "key"
		}
		return step{text: fmt.Sprintf("stats count BY %s %s", g, h), free: true, settles: true, do: func(rows []plainRow) []plainRow {
			var out []plainRow
			for _, group := range grouped(rows, g) {
				for _, inner := range grouped(group.rows, h) {
					out = append(out, plainRow{g: {group.key}, h: {inner.key}, "count": {strconv.Itoa(len(inner.rows))}})
				}
			}
			return out
		}}
	case 37:
		return step{text: fmt.Sprintf("eventstats dc(%s) AS %s", f, n), free: true, do: func(rows []plainRow) []plainRow {
			number := strconv.Itoa(len(valuesOf(rows, f)))
			for _, r := range rows {
				r[n] = []string{number}
			}
			return rows
		}}
	case 38:
		w := a.value()
		return keep(fmt.Sprintf("search %s=%s OR %s=%s* NOT %s=%s", f, v, g, w, f, w), func(r plainRow) bool {
			head := slices.ContainsFunc(r[g], func(s string) bool { return strings.HasPrefix(s, w) })
			return (slices.Contains(r[f], v) || head) && !slices.Contains(r[f], w)
		})
	case 39:
		return each(fmt.Sprintf("spath input=j output=%s path=p_d", n), func(r plainRow) {
			var found []string
			for _, text := range r["j"] {
				var o map[string]string
				if json.Unmarshal([]byte(text), &o) == nil && o["p_d"] != "" {
					found = append(found, o["p_d"])
				}
			}
			if found != nil {
				r[n] = found
			}
		})
	case 40:
		return each(fmt.Sprintf(`eval %s=case(%s="%s","one",isnotnull(%s),"two"), %s=upper(%s)`, n, g, v, f, g, n), func(r plainRow) {
			switch {
			case slices.Contains(r[g], v):
				r[n] = []string{"one"}
			case r[f] != nil:
				r[n] = []string{"two"}
			default:
				delete(r, n)
			}
			var upper []string
			for _, s := range r[n] {
				upper = append(upper, strings.ToUpper(s))
			}
			r[g] = upper
		})
	case 41:
		return step{text: "top limit=0 showperc=f " + g, free: true, settles: true, do: func(rows []plainRow) []plainRow {
			var out []plainRow
			for _, group := range grouped(rows, g) {
				out = append(out, plainRow{g: {group.key}, "count": {strconv.Itoa(len(group.rows))}})
			}
			slices.SortStableFunc(out, func(x, y plainRow) int { return compareValues(y["count"][0], x["count"][0]) })
			return out
		}}
	case 42, 43:
		body, added, mixed := a.commands(events, clonedRows(rows), 1+a.IntN(2), true, false)
		return step{text: "appendpipe [" + strings.TrimPrefix(body, " | ") + "]", free: true, mixes: mixed, do: func(rows []plainRow) []plainRow {
			return append(rows, clonedRows(added)...)
		}}
	case 44, 45:
		sub, added, _ := a.pipeline(events, a.IntN(4))
		return step{text: "union [search " + sub + "]", free: true, mixes: true, do: func(rows []plainRow) []plainRow { return append(rows, added...) }}
	case 46, 47:
		if slices.ContainsFunc(rows, func(r plainRow) bool { return r["_time"] == nil }) {
			return a.step(events, rows)
		}
		return step{text: "transaction " + g, free: true, mixes: true, do: func(rows []plainRow) []plainRow { return transactions(rows, g) }}
	case 48, 49:
		sub, right := a.sorted(events, a.IntN(4))
		kind, most := a.of("inner", "left"), a.of("0", "1")
		return step{text: fmt.Sprintf("join type=%s max=%s %s [search %s]", kind, most, g, sub), free: true, do: func(rows []plainRow) []plainRow {
			var out []plainRow
			for _, r := range rows {
				found := false
				for _, in := range right {
					if r[g] == nil || !slices.Equal(r[g], in[g]) || found && most == "1" {
						continue
					}
					both := maps.Clone(r)
					maps.Copy(both, in)
					out, found = append(out, both), true
				}
				if !found && kind == "left" {
					out = append(out, r)
				}
			}
			return out
		}}
	case 50, 51:
		sub, right := a.sorted(events, a.IntN(4))
		override := a.of("t", "f")
		return step{text: "appendcols override=" + override + " [search " + sub + "]", do: func(rows []plainRow) []plainRow {
			for i, in := range right {
				if i == len(rows) {
					rows = append(rows, plainRow{})
				}
				for name, values := range in {
					if !strings.HasPrefix(name, "_") && (override == "t" || rows[i][name] == nil) {
						rows[i][name] = values
					}
				}
			}
			return rows
		}}
	case 52:
		return each("rename * AS r_*", func(r plainRow) {
			for _, name := range slices.Sorted(maps.Keys(r)) {
				if !strings.HasPrefix(name, "_") {
					defer func(v []string) { r["r_"+name] = v }(r[name])
					delete(r, name)
				}
			}
		})
	case 53:
		return each("rename r_* AS *", func(r plainRow) {
			for _, name := range slices.Sorted(maps.Keys(r)) {
				if tail, ok := strings.CutPrefix(name, "r_"); ok {
					r[tail] = r[name]
					delete(r, name)
				}
			}
		})
	case 54:
		return step{text: "fillnull value=" + v, free: true, early: true, do: func(rows []plainRow) []plainRow {
			for name := range namesOf(rows) {
				for _, r := range rows {
					fill(r, name, v)
				}
			}
			return rows
		}}
	case 55:
		return step{text: "stats values(*) AS *", free: true, settles: true, do: func(rows []plainRow) []plainRow {
			r := plainRow{}
			for name := range namesOf(rows) {
				r[name] = valuesOf(rows, name)
			}
			return []plainRow{r}
		}}
	case 56:
		return step{text: "filldown *", do: func(rows []plainRow) []plainRow {
			for name := range namesOf(rows) {
				var last []string
				for _, r := range rows {
					if r[name] == nil && last != nil {
						r[name] = last
					}
					last = r[name]
				}
			}
			return rows
		}}
	case 57:
		return each(fmt.Sprintf(`foreach * [eval <<FIELD>>=if(mvcount('<<FIELD>>')>1,"%s",'<<FIELD>>')]`, v), func(r plainRow) {
			for name, values := range r {
				if !strings.HasPrefix(name, "_") && len(values) > 1 {
					r[name] = []string{v}
				}
			}
		})
	case 58:
		return step{text: "append [| inputlookup owners]", free: true, do: func(rows []plainRow) []plainRow {
			return append(rows, plainRow{"key": {"u"}, "owner": {"ann"}}, plainRow{"key": {"v"}, "owner": {"bob"}}, plainRow{"key": {"1"}, "owner": {"cem"}})
		}}
	}
	return each(fmt.Sprintf(`replace "%s" WITH "R" IN %s %s`, v, f, g), func(r plainRow) {
		for _, name := range []string{f, g} {
			for i, s := range r[name] {
				if s == v {
					r[name] = slices.Clone(r[name])
					r[name][i] = "R"
				}
			}
		}
	})
}

// stats writes a command that groups.
func (a author) stats() step {
	f, g := a.field(), a.scalar()
	if a.IntN(3) == 0 {
		return step{text: "stats count values(*) AS * BY " + g, free: true, settles: true, do: func(rows []plainRow) []plainRow {
			var out []plainRow
			for _, group := range grouped(rows, g) {
				r := plainRow{}
				for _, in := range group.rows {
					for name := range in {
						if name != "_time" {
							r[name] = valuesOf(group.rows, name)
						}
					}
				}
				r[g], r["count"] = []string{group.key}, []string{strconv.Itoa(len(group.rows))}
				out = append(out, r)
			}
			return out
		}}
	}
	if g == "c" { // a result cannot have the name of what is grouped by
		g = "b"
	}
	return step{text: fmt.Sprintf("stats count first(%s) AS x list(%s) AS m dc(%s) AS d latest(c) AS c values(p_*) AS p_* BY %s", f, f, f, g), settles: true, do: func(rows []plainRow) []plainRow {
		var out []plainRow
		for _, group := range grouped(rows, g) {
			r := plainRow{"count": {strconv.Itoa(len(group.rows))}, "d": {strconv.Itoa(len(valuesOf(group.rows, f)))}}
			latest := ""
			for _, in := range group.rows {
				if r["x"] == nil && in[f] != nil {
					r["x"] = in[f]
				}
				r["m"] = append(r["m"], in[f]...)
				if t := in["_time"]; t != nil && in["c"] != nil && t[0] > latest {
					latest, r["c"] = t[0], in["c"]
				}
				for name := range in {
					if strings.HasPrefix(name, "p_") {
						r[name] = valuesOf(group.rows, name)
					}
				}
			}
			r[g] = []string{group.key}
			maps.DeleteFunc(r, func(_ string, v []string) bool { return len(v) == 0 })
			out = append(out, r)
		}
		return out
	}}
}

// transactions puts the rows that have the same values in a field together.
func transactions(rows []plainRow, by string) []plainRow {
	var out []plainRow
	for _, group := range alike(rows, by) {
		r := plainRow{}
		for name := range namesOf(group.rows) {
			r[name] = valuesOf(group.rows, name)
		}
		times := valuesOf(group.rows, "_time")
		first, _ := time.Parse(time.RFC3339, times[0])
		last, _ := time.Parse(time.RFC3339, times[len(times)-1])
		r[by] = group.rows[0][by]
		r["_time"] = times[:1]
		r["duration"] = []string{fmt.Sprint(last.Sub(first).Seconds())}
		r["eventcount"] = []string{strconv.Itoa(len(group.rows))}
		r["closed_txn"] = []string{"0"}
		out = append(out, r)
	}
	return out
}

// namesOf returns the fields that rows have, but for the internal ones.
func namesOf(rows []plainRow) map[string]bool {
	names := map[string]bool{}
	for _, r := range rows {
		for name := range r {
			if !strings.HasPrefix(name, "_") {
				names[name] = true
			}
		}
	}
	return names
}

type plainGroup struct {
	key  string
	rows []plainRow
}

// grouped returns the rows for each value of a field, in the order of the values.
func grouped(rows []plainRow, by string) []plainGroup {
	groups := map[string]*plainGroup{}
	for _, r := range rows {
		for _, key := range r[by] {
			if groups[key] == nil {
				groups[key] = &plainGroup{key: key}
			}
			groups[key].rows = append(groups[key].rows, r)
		}
	}
	var out []plainGroup
	for _, key := range slices.SortedFunc(maps.Keys(groups), compareValues) {
		out = append(out, *groups[key])
	}
	return out
}

// alike returns the rows that have the same values in a field.
func alike(rows []plainRow, by string) []plainGroup {
	groups := map[string]*plainGroup{}
	for _, r := range rows {
		if key := strings.Join(r[by], "\n"); r[by] != nil {
			if groups[key] == nil {
				groups[key] = &plainGroup{key: key}
			}
			groups[key].rows = append(groups[key].rows, r)
		}
	}
	var out []plainGroup
	for _, group := range groups {
		out = append(out, *group)
	}
	return out
}

// compareValues puts numbers before texts.
func compareValues(x, y string) int {
	a, errA := strconv.ParseFloat(x, 64)
	b, errB := strconv.ParseFloat(y, 64)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(a, b)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(x, y)
}

// valuesOf returns the different values of a field, sorted.
func valuesOf(rows []plainRow, field string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r[field]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// settle gives fields the values that were computed for them from the rows as they were.
func settle(rows []plainRow, names ...string) []plainRow {
	for _, r := range rows {
		for _, name := range names {
			r[name] = r["\x00"+name]
			delete(r, "\x00"+name)
			if len(r[name]) == 0 {
				delete(r, name)
			}
		}
	}
	return rows
}

func fill(r plainRow, field, value string) {
	if r[field] == nil {
		r[field] = []string{value}
	}
}

func dropFields(r plainRow, drop func(name string) bool) {
	maps.DeleteFunc(r, func(name string, _ []string) bool { return drop(name) })
}

// randomEvents returns events, newest first, as rows and as lines of JSON.
func randomEvents(a author) ([]plainRow, string) {
	var rows []plainRow
	var lines []string
	for i := range 3 + a.IntN(8) {
		r := plainRow{}
		for _, name := range []string{"a", "b", "c", "p_a", "p_b"} {
			if a.IntN(4) > 0 {
				r[name] = []string{a.value()}
			}
		}
		if n := a.IntN(4); n > 0 {
			for range n {
				r["m"] = append(r["m"], a.value())
			}
		}
		if a.IntN(2) == 0 {
			r["j"] = []string{fmt.Sprintf(`{"%s":"%s","p_d":"%s"}`, a.of("a", "x", "p_a"), a.value(), a.value())}
		}
		o := map[string]any{"_time": fmt.Sprintf("2026-01-15T10:%02d:00Z", i)}
		for name, values := range r {
			if o[name] = values[0]; len(values) > 1 {
				o[name] = values
			}
		}
		r["_time"] = []string{o["_time"].(string)}
		line, _ := json.Marshal(o)
		rows, lines = append(rows, r), append(lines, string(line))
	}
	slices.Reverse(rows)
	a.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return rows, strings.Join(lines, "\n")
}

// shownRow writes a row for comparison: every value as text, the internal fields left out.
func shownRow(r map[string]any) string {
	out := map[string]any{}
	for name, v := range r {
		if strings.HasPrefix(name, "_") {
			continue
		}
		list, several := v.([]any)
		if several && len(list) == 1 {
			v, several = list[0], false
		}
		if !several {
			out[name] = fmt.Sprint(v)
			continue
		}
		var texts []string
		for _, one := range list {
			texts = append(texts, fmt.Sprint(one))
		}
		out[name] = texts
	}
	return compact(out)
}

func TestRandomPipelines(t *testing.T) {
	env, err := environment(map[string]string{"lookup.owners.csv": "key,owner\nu,ann\nv,bob\n1,cem\n"})
	if err != nil {
		t.Fatal(err)
	}
	rounds := 2000
	if testing.Short() {
		rounds = 300
	}
	for seed := range rounds {
		a := author{rand.New(rand.NewPCG(uint64(seed), 7))}
		model, lines := randomEvents(a)
		var query string
		var rows []plainRow
		if a.IntN(6) == 0 {
			query, rows = a.first(model)
			more, after, _ := a.commands(model, rows, a.IntN(5), false, false)
			query, rows = query+more, after
		} else {
			query, rows, _ = a.pipeline(model, 1+a.IntN(6))
		}
		if problem := differs(query, lines, rows, env); problem != "" {
			t.Errorf("seed %d: %s\nevents:\n%s\n%s", seed, query, lines, problem)
		}
	}
}

// differs says what is wrong with the answer to a search, as written and rewritten, with its rows in one batch and one by one.
func differs(query, lines string, rows []plainRow, env spl.Env) string {
	var want []string
	for _, r := range rows {
		o := map[string]any{}
		for name, values := range r {
			var list []any
			for _, v := range values {
				list = append(list, v)
			}
			o[name] = list
		}
		want = append(want, shownRow(o))
	}
	slices.Sort(want)
	list, err := events(lines)
	if err != nil {
		return err.Error()
	}
	search, complaints := spl.Read(diag.NewText(&diag.Source{Name: "query", Text: query}), env)
	if search.Plan == nil {
		return complaints.Error()
	}
	for i, node := range []plan.Node{search.Plan, plan.Rewrite(search.Plan)} {
		for _, batch := range []int{1, 1000} {
			got, err := shownRows(node, list, batch)
			if err != nil {
				return err.Error()
			}
			if !slices.Equal(got, want) {
				return fmt.Sprintf("plan %d, batches of %d:\n- %s\n+ %s", i, batch, strings.Join(want, "\n- "), strings.Join(got, "\n+ "))
			}
		}
	}
	return ""
}

// shownRows returns the rows of a plan as texts, sorted.
func shownRows(node plan.Node, list []*event.Event, batch int) ([]string, error) {
	rows, _, err := answerIn(node, list, batch)
	var out []string
	for _, r := range rows {
		out = append(out, shownRow(r))
	}
	slices.Sort(out)
	return out, err
}
