package finding_test

import (
	"reflect"
	"strings"
	"testing"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/finding"
)

// fields makes a record of names and values, each value a text, or a list where texts are separated by |.
func fields(pairs ...string) event.Record {
	var r event.Record
	for i := 0; i < len(pairs); i += 2 {
		if parts := strings.Split(pairs[i+1], "|"); len(parts) > 1 {
			var list []event.Value
			for _, p := range parts {
				list = append(list, event.TextValue(p))
			}
			r.Set(pairs[i], event.ListValue(list...))
			continue
		}
		r.Set(pairs[i], event.TextValue(pairs[i+1]))
	}
	return r
}

func answering(a detection.Answer) *detection.Detection {
	return &detection.Detection{ID: "d", Title: "Name", Description: "What it is", Version: 4, Type: "TTP", Answer: &a,
		Search: diag.NewText(&diag.Source{Text: `search a=$b$ | where x like "%name%"`})}
}

func TestTemplates(t *testing.T) {
	row := fields("dest", "WS1", "user", "eve|bob", "a.b{}", "deep", "empty", "", "quoted", `say "hi" \ bye`, "price", "5")
	for _, c := range []struct{ template, want, note string }{
		{"plain", "plain", ""},
		{"$dest$", "WS1", ""},
		{"on $dest$ by $user$.", "on WS1 by eve, bob.", ""},
		{"$a.b{}$", "deep", ""},
		{"[$empty$]", "[]", ""},
		{"$dest$$price$", "WS15", ""},
		{"share C$ and D$ on $dest$", "share C$ and D$ on WS1", ""},
		{"$missing$ on $dest$", "$missing$ on WS1", "the message names $missing$, for which the row has no value"},
		{"%name% %version% %unknown% 100%", "Name 4 %unknown% 100%", ""},
		{"$info_min_time$ to $info_max_time$", "100 to 200", ""},
	} {
		f := finding.OfRow(answering(detection.Answer{Message: c.template}), finding.Row{Fields: row,
			From: event.UnixEpoch + 100*event.TicksPerSecond, To: event.UnixEpoch + 200*event.TicksPerSecond})
		if f.Message != c.want || strings.Join(f.Notes, "; ") != c.note {
			t.Errorf("%s: %q, notes %q", c.template, f.Message, f.Notes)
		}
	}
	f := finding.OfRow(answering(detection.Answer{Drilldowns: []detection.Drilldown{{
		Search: `%original_detection_search% | search q="$quoted$" AND dest=$dest$`, Earliest: "-7d", Latest: "now"}}}), finding.Row{Fields: row})
	want := finding.Drilldown{Search: `search a=$b$ | where x like "%name%" | search q="say \"hi\" \\ bye" AND dest=WS1`, Earliest: "-7d", Latest: "now"}
	if !reflect.DeepEqual(f.Drilldown, []finding.Drilldown{want}) || len(f.Notes) > 0 {
		t.Errorf("%+v, notes %v", f.Drilldown, f.Notes)
	}
}

// TestWhenAndWho: the row's own words first, then those of its events.
func TestWhenAndWho(t *testing.T) {
	second := func(n int64) int64 { return event.UnixEpoch + n*event.TicksPerSecond }
	evidence := []finding.Evidence{{Time: second(30)}, {Time: second(20)}}
	for _, c := range []struct {
		name       string
		row        finding.Row
		time       int64
		host, user string
	}{
		{"of its events", finding.Row{Evidence: evidence, Host: "h", User: "u"}, second(20), "h", "u"},
		{"_time", finding.Row{Fields: fields("_time", "50.5", "firstTime", "40"), Evidence: evidence}, second(50) + event.TicksPerSecond/2, "", ""},
		{"firstTime as convert writes it", finding.Row{Fields: fields("firstTime", "1970-01-01T00:00:45", "dest", "unknown|D", "user", "-", "src_user", "S"), Host: "h", User: "u"}, second(45), "D", "S"},
		{"firstTime cut to the second", finding.Row{Fields: fields("firstTime", "1970-01-01T00:00:20"), Evidence: []finding.Evidence{{Time: second(20) + 5}}}, second(20) + 5, "", ""},
		{"lastTime", finding.Row{Fields: fields("lastTime", "44", "firstTime", "x", "dest", "null", "Computer", "C"), Host: "h"}, second(44), "C", ""},
		{"of the window", finding.Row{At: second(9), To: second(8)}, second(8), "", ""},
		{"of the search", finding.Row{At: second(9)}, second(9), "", ""},
		{"no number", finding.Row{Fields: fields("_time", "NaN", "firstTime", "-5", "lastTime", "1e300")}, 0, "", ""},
	} {
		f := finding.OfRow(&detection.Detection{}, c.row)
		if f.Time != c.time || f.Host != c.host || f.User != c.user {
			t.Errorf("%s: time %s, host %q, user %q", c.name, event.FormatTime(f.Time), f.Host, f.User)
		}
	}
}

func TestRisk(t *testing.T) {
	a := detection.Answer{Risk: true, Finding: true, Message: "m $user$", RiskObjects: []detection.RiskObject{
		{Field: "user", Type: "user", Score: 10}, {Field: "dest", Type: "system", Score: 20, Message: "on $dest$"}, {Field: "gone", Type: "other", Score: 5}, {Field: "blank", Type: "other", Score: 5}},
		ThreatObjects: []detection.ThreatObject{{Field: "url", Type: "url"}, {Field: "gone", Type: "url"}}}
	f := finding.OfRow(answering(a), finding.Row{Fields: fields("user", "eve|bob", "dest", "WS1", "blank", " ", "url", "http://x")})
	want := []finding.Risk{{"eve", "user", 10, "m eve, bob"}, {"bob", "user", 10, "m eve, bob"}, {"WS1", "system", 20, "on WS1"}}
	if !reflect.DeepEqual(f.Risk, want) || !reflect.DeepEqual(f.Threats, []finding.Threat{{"http://x", "url"}}) || len(f.Notes) != 2 {
		t.Errorf("%+v, %+v, %v", f.Risk, f.Threats, f.Notes)
	}
	a.Risk, a.Finding = false, false
	if f := finding.OfRow(answering(a), finding.Row{Fields: fields("user", "eve")}); f.Risk != nil || f.Notable {
		t.Errorf("%+v", f)
	}
}

func names(list ...string) []*event.Name {
	var out []*event.Name
	for _, name := range list {
		out = append(out, event.NameOf(name))
	}
	return out
}

func TestSpread(t *testing.T) {
	rest := fields("c", "3", "a", "hidden", "d", "4")
	rest.Set("null", event.NullValue())
	values := []event.Value{event.TextValue("1"), event.ObjectValue(&rest), event.NullValue(), event.TextValue("2")}
	r := finding.Spread(names("a", "*", "n", "b"), func(i int) event.Value { return values[i] })
	if got := string(r.AppendJSON(nil)); got != `{"a":"1","c":"3","d":"4","b":"2"}` {
		t.Error(got)
	}
	r = finding.Spread(names("*"), func(int) event.Value { return event.TextValue("no object") })
	if got := string(r.AppendJSON(nil)); got != `{"*":"no object"}` {
		t.Error(got)
	}
}

// TestRowIdentity: what tells findings of rows apart, and what does not.
func TestRowIdentity(t *testing.T) {
	base := func() finding.Row {
		return finding.Row{Fields: fields("a", "1"), Evidence: []finding.Evidence{{Source: "x", Record: 1, Time: 5}}, From: 10, To: 20}
	}
	id := func(change func(*finding.Row)) string {
		r := base()
		change(&r)
		return finding.OfRow(&detection.Detection{ID: "d"}, r).ID
	}
	same := id(func(*finding.Row) {})
	for name, c := range map[string]struct {
		change func(*finding.Row)
		same   bool
	}{
		"another window":     {func(r *finding.Row) { r.From, r.To, r.At = 11, 21, 30 }, true},
		"another file":       {func(r *finding.Row) { r.Evidence[0].Source = "y" }, true},
		"another value":      {func(r *finding.Row) { r.Fields = fields("a", "2") }, false},
		"another event":      {func(r *finding.Row) { r.Evidence[0].Record = 2 }, false},
		"more events":        {func(r *finding.Row) { r.More = 3 }, false},
		"no events":          {func(r *finding.Row) { r.Evidence = nil }, false},
		"what is said of it": {func(r *finding.Row) { r.Host, r.Why = "h", []finding.Reason{{Clause: "c"}} }, true},
	} {
		if got := id(c.change); (got == same) != c.same {
			t.Errorf("%s: the id is the same: %v", name, got == same)
		}
	}
	none := func(to int64) string {
		return id(func(r *finding.Row) { r.Evidence, r.To = nil, to })
	}
	if none(20) == none(30) {
		t.Error("without events, the window does not tell findings apart")
	}
	f := finding.OfRow(&detection.Detection{ID: "d"}, base())
	if f.IdentifyAgain(1); f.ID == same {
		t.Error("the second of two alike has the id of the first")
	}
}

func TestJSONOfAnswers(t *testing.T) {
	a := detection.Answer{Kind: detection.Anomaly, Risk: true, Title: "%name% on $dest$", Message: "$gone$", RiskObjects: []detection.RiskObject{{Field: "dest", Type: "system", Score: 7}},
		ThreatObjects: []detection.ThreatObject{{Field: "p", Type: "process"}}, Annotations: []detection.Annotation{{Name: "mitre_attack", Values: []string{"T1053", "TA0002"}}},
		Drilldowns: []detection.Drilldown{{Name: "n", Search: "s", Earliest: "e", Latest: "l"}}}
	f := finding.OfRow(answering(a), finding.Row{Fields: fields("dest", "D", "p", "at.exe"), Evidence: []finding.Evidence{{Source: "f", Record: 1}}, More: 2, To: event.UnixEpoch})
	f.ID = "0"
	want := `{"id":"0","time":"1970-01-01T00:00:00Z","rule":{"id":"d","title":"Name","language":"","level":"informational","path":""},"host":"D","user":"",` +
		`"fields":{"dest":"D","p":"at.exe"},"message":"$gone$","risk":[{"object":"D","type":"system","score":7}],"evidence":[{"source":"f","record":1,"time":null}],` +
		`"why":[],"attack":["T1053"],"more":2,"window":{"from":null,"to":"1970-01-01T00:00:00Z"},"threat":[{"object":"at.exe","type":"process"}],` +
		`"kind":"Anomaly","notable":false,"title":"Name on D","description":"","drilldowns":[{"name":"n","search":"s","earliest":"e","latest":"l"}],` +
		`"notes":["the message names $gone$, for which the row has no value"]}`
	if got := string(f.AppendJSON(nil)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
