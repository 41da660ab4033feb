package finding

import (
	"slices"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// Row is one row of the results of a detection, with what is known of the events that it was made of.
type Row struct {
	Fields   event.Record // as Spread gives them; owned
	Evidence []Evidence
	More     int
	Why      []Reason
	Marks    event.Marks
	Order    Order
	// Host and User are those of the first event, for rows that do not name any.
	Host, User string
	// At is when the search ran, From and To are the time that it was about; 0 is not known, or open.
	At, From, To int64
}

// AllFields is the name of a column that holds an object: fields that no other column names.
const AllFields = "*"

// Spread returns the columns of a row as a record, in order, without those that have no value. The fields of an object in the
// column AllFields come in its place, except those that a column is named for.
func Spread(names []*event.Name, value func(column int) event.Value) event.Record {
	r := event.Record{Fields: make([]event.Field, 0, len(names))}
	for i, name := range names {
		v := value(i)
		if object := v.Object(); name.Text == AllFields && object != nil {
			for _, f := range object.Fields {
				named := slices.ContainsFunc(names, func(n *event.Name) bool { return n.Text == f.Name.Text })
				if !named && !f.Value.IsNull() {
					r.Add(f.Name, f.Value)
				}
			}
			continue
		}
		if !v.IsNull() {
			r.Add(name, v)
		}
	}
	return r
}

// OfRow makes the finding that a row of a detection's results amounts to. A detection of the kind Baseline has none.
func OfRow(d *detection.Detection, r Row) *Finding {
	f := &Finding{
		Detection: d, Notable: true, Fields: r.Fields, Message: d.Title, Evidence: r.Evidence, More: r.More, Why: r.Why,
		Marks: r.Marks, Order: r.Order, From: r.From, To: r.To,
		Time: timeOf(&r), Host: nameIn(&r.Fields, r.Host, hostFields), User: nameIn(&r.Fields, r.User, userFields),
	}
	if a := d.Answer; a != nil && d.Alert == nil {
		f.answer(a, &r)
	}
	if d.Alert != nil {
		f.alert(&r)
	}
	f.Identify()
	return f
}

var (
	hostFields = []string{"dest", "host", "dvc", "Computer"}
	userFields = []string{"user", "src_user"}
)

// nameIn returns the first name that one of the fields holds, else another one.
func nameIn(r *event.Record, other string, fields []string) string {
	for _, field := range fields {
		v := r.Get(field)
		if v.IsNull() {
			continue
		}
		for _, name := range values(v) {
			if !nobody[strings.ToLower(name)] {
				return name
			}
		}
	}
	return other
}

// nobody are the texts that stand for no name: those that the CIM and the published searches put in place of what is missing.
var nobody = map[string]bool{"": true, "-": true, "unknown": true, "null": true, "n/a": true}

// timeOf returns when a row happened: what its own columns say, else the time of its earliest event, else when it was searched.
func timeOf(r *Row) int64 {
	first, _ := span(r.Evidence)
	for _, name := range []string{"_time", "firstTime", "lastTime"} {
		v := r.Fields.Get(name)
		if list := v.List(); len(list) > 0 {
			v = list[0]
		}
		if ticks, ok := ticksOf(v); ok {
			if ticks <= first && first < ticks+event.TicksPerSecond {
				return first // the column was cut to the second
			}
			return ticks
		}
	}
	if first != 0 {
		return first
	}
	if r.To != 0 {
		return r.To
	}
	return r.At
}

// ticksOf reads a time: one, or seconds since 1970, or the text of either.
func ticksOf(v event.Value) (int64, bool) {
	var seconds float64
	switch v.Kind() {
	case event.Time:
		return v.Int(), true
	case event.Int, event.Float, event.Decimal:
		seconds = v.Float()
		if v.Kind() == event.Int {
			seconds = float64(v.Int())
		}
	case event.Text:
		text := v.Text()
		if ticks, _, ok := event.ParseTime(text); ok {
			return ticks, true
		}
		n, ok := event.Number(text)
		if !ok {
			return 0, false
		}
		return ticksOf(n)
	default:
		return 0, false
	}
	if !(seconds > 0 && seconds < 1e11) {
		return 0, false
	}
	whole := int64(seconds)
	return event.UnixEpoch + whole*event.TicksPerSecond + int64((seconds-float64(whole))*event.TicksPerSecond+0.5), true
}

// span returns the earliest and the latest time of events; 0 if none has a time.
func span(list []Evidence) (first, last int64) {
	for _, e := range list {
		if e.Time != 0 {
			if first == 0 || e.Time < first {
				first = e.Time
			}
			last = max(last, e.Time)
		}
	}
	return first, last
}

// answer gives the finding what the author of the detection wants of it.
func (f *Finding) answer(a *detection.Answer, r *Row) {
	f.Notable = a.Finding
	fill := filler{detection: f.Detection, fields: &f.Fields, row: r}
	if a.Title != "" {
		f.Title = fill.text("title", a.Title)
		f.Message = f.Title
	}
	if a.Description != "" {
		f.Details = fill.text("description", a.Description)
	}
	if a.Message != "" {
		f.Message = fill.text("message", a.Message)
	}
	if a.Risk {
		f.risk(a, &fill)
	}
	for _, t := range a.ThreatObjects {
		for _, object := range values(f.Fields.Get(t.Field)) {
			if object != "" {
				f.Threats = append(f.Threats, Threat{object, t.Type})
			}
		}
	}
	for _, d := range a.Drilldowns {
		f.Drilldown = append(f.Drilldown, Drilldown{
			Name: fill.text("name of a drilldown", d.Name), Search: fill.search("drilldown", d.Search),
			Earliest: fill.text("drilldown", d.Earliest), Latest: fill.text("drilldown", d.Latest),
		})
	}
	f.Notes = fill.notes
}

// risk adds one risk event for each value of each risk object.
func (f *Finding) risk(a *detection.Answer, fill *filler) {
	for _, o := range a.RiskObjects {
		message := f.Message
		if o.Message != "" {
			message = fill.text("message", o.Message)
		}
		objects := values(f.Fields.Get(o.Field))
		some := false
		for _, object := range objects {
			if strings.TrimSpace(object) != "" {
				some = true
				f.Risk = append(f.Risk, Risk{object, o.Type, o.Score, message})
			}
		}
		if !some {
			fill.note("the row has no value for the risk object " + o.Field)
		}
	}
}

// bounds returns the tokens for the time that the search was about, in seconds since 1970. Where that is open it is the time
// of the events, or everything.
func bounds(r *Row) map[string]string {
	first, last := span(r.Evidence)
	from, to := r.From, r.To
	if from == 0 && r.More == 0 {
		from = first - first%event.TicksPerSecond
	}
	if to == 0 && r.More == 0 && last != 0 {
		to = last - last%event.TicksPerSecond + event.TicksPerSecond
	}
	own := map[string]string{"info_min_time": "0", "info_max_time": "+Infinity"}
	if from != 0 {
		own["info_min_time"] = seconds(from)
	}
	if to != 0 {
		own["info_max_time"] = seconds(to)
	}
	if r.At != 0 {
		own["info_search_time"] = seconds(r.At)
	}
	return own
}

// seconds writes ticks as seconds since 1970, with a fraction where there is one.
func seconds(ticks int64) string {
	ticks -= event.UnixEpoch
	text := strconv.FormatInt(ticks/event.TicksPerSecond, 10)
	if fraction := ticks % event.TicksPerSecond; fraction > 0 {
		text += "." + strings.TrimRight(strconv.FormatInt(fraction+event.TicksPerSecond, 10)[1:], "0")
	}
	return text
}
