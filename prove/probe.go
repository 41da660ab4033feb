package prove

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection/suite"
	"goshawk/event"
)

// chosen are the fields whose text is up to whoever attacks: what is typed, and what files, keys, pages and services are called.
// Who runs something, and where, is not: to borrow it an attacker must first have it.
var chosen = regexp.MustCompile(`(?i)^(.*\.)?(` + strings.Join([]string{
	`(process_?|parent_?|parentprocess|initiatingprocess|new_?process)?command_?line`, `proctitle`, `a[0-9]+`, `cmd`, `comm`, `exe`,
	`image`, `newprocessname`, `(image)?file_?name`, `folderpath`, `filepath`, `target_?file_?name`, `originalfilename`, `current_?directory`, `cwd`,
	`target_?object`, `details`, `registry.*`, `objectname`, `script_?block_?text`, `payload`, `query_?name`, `pipe_?name`, `service_?(file_?)?name`, `image_?path`,
	`task_?(name|content)`, `destination_?hostname`, `url`, `cs-uri.*`, `c-uri.*`, `(c-|cs-)?user-?agent`, `http_?user_?agent`, `description`, `company`, `product`,
}, "|") + `)$`)

// maxProbed bounds the attacks that a probe copies.
const maxProbed = 8

// probe makes copies of attacks that borrow what the exclusion looks for, in fields that an attacker chooses, and sees whether the
// exclusion silences them.
func (j *judgement) probe(ctx context.Context, attacked, kept map[key]bool) error {
	if j.with.Where == nil {
		j.notes = append(j.notes, "no copy of an attack was made: the exclusion looks at rows, not at events")
		return nil
	}
	probed, left := 0, 0
	needs := ""
	for _, ev := range unique(j.attack) {
		k := key{ev.Origin.Source, ev.Origin.Record, 0}
		if !has(attacked, k) || !has(kept, k) {
			continue
		}
		if probed == maxProbed {
			left++
			continue
		}
		a := askedOf(j.bench.Taxonomy, ev.Class, j.with.Where)
		if a == nil {
			continue
		}
		probed++
		for _, way := range append(ways(a.expr, true, ev), atAnotherTime(ev)...) {
			if len(way) == 0 {
				continue
			}
			copied := edited(ev, way)
			if way[0].field == timeOfDay {
				copied = moved(ev, way[0].text)
			}
			if !a.holds(copied) {
				continue
			}
			found, err := ask(ctx, j.bench.Options, []*compile.Rule{j.rule, j.with.Rule}, []*event.Event{copied})
			if err != nil {
				return err
			}
			if len(found[j.rule.Detection]) == 0 || len(found[j.with.Rule.Detection]) > 0 {
				continue
			}
			if held := notChosen(way); held != "" {
				if needs == "" {
					needs = held
				}
				continue
			}
			j.say(suite.Abusable, "a copy of record %d with %s is silenced", ev.Origin.Record, wayText(way))
			return nil
		}
	}
	if left > 0 {
		j.notes = append(j.notes, fmt.Sprintf("copies were made of %d attacks; %d more were not tried", probed, left))
	}
	if needs != "" {
		j.notes = append(j.notes, "an attack that borrows what it looks for needs "+needs)
	}
	return nil
}

func has(set map[key]bool, k key) bool {
	for other := range set {
		if other.source == k.source && other.record == k.record {
			return true
		}
	}
	return false
}

// notChosen names what an attacker must have to make the edits; empty if nothing.
func notChosen(way []edit) string {
	var held []string
	for _, e := range way {
		if e.field != timeOfDay && !chosen.MatchString(e.field) {
			held = append(held, e.why)
		}
	}
	return strings.Join(held, " and ")
}

func wayText(way []edit) string {
	var parts []string
	for i, e := range way {
		if slices.ContainsFunc(way[i+1:], func(later edit) bool { return later.field == e.field }) {
			continue // only what it became in the end
		}
		if e.drop || e.field == timeOfDay {
			parts = append(parts, e.why)
		} else {
			parts = append(parts, fmt.Sprintf("%s %q", e.field, clip(e.text, 120)))
		}
	}
	return strings.Join(parts, " and ")
}

// timeOfDay stands for the time of an event where an edit names a field.
const timeOfDay = "@time"

// atAnotherTime is the ways to do the same at another hour: whoever attacks may wait.
func atAnotherTime(*event.Event) [][]edit {
	var out [][]edit
	for hour := range 24 {
		clock := fmt.Sprintf("%02d:05:00", hour)
		out = append(out, []edit{{field: timeOfDay, text: clock, why: "the same at " + clock[:5]}})
	}
	return out
}

var clockInTime = regexp.MustCompile(`^(\d{4}-\d\d-\d\d[T ])\d\d:\d\d:\d\d`)

// moved returns a copy of an event that happened at another time of its day, by all fields that tell a time.
func moved(ev *event.Event, clock string) *event.Event {
	c := ev.Clone()
	c.Raw = nil
	if c.Logged != 0 {
		text := clockInTime.ReplaceAllString(event.FormatTime(c.Logged), "${1}"+clock)
		if ticks, _, ok := event.ParseTime(text); ok {
			c.Logged = ticks
		}
	}
	move(&c.Record, clock)
	return c
}

func move(r *event.Record, clock string) {
	for i := range r.Fields {
		v := r.Fields[i].Value
		if below := v.Object(); below != nil {
			own := below.Clone()
			move(&own, clock)
			r.Fields[i].Value = event.ObjectValue(&own)
			continue
		}
		if v.Kind() == event.Time {
			text := clockInTime.ReplaceAllString(event.FormatTime(v.Int()), "${1}"+clock)
			if ticks, _, ok := event.ParseTime(text); ok {
				r.Fields[i].Value = event.TimeValue(ticks)
			}
			continue
		}
		if text := v.Text(); clockInTime.MatchString(text) {
			r.Fields[i].Value = event.TextValue(clockInTime.ReplaceAllString(text, "${1}"+clock))
		}
	}
}
