package compile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/plan"
)

// ofEndpoints says whether a query reads tables of endpoints only.
func ofEndpoints(q communityQuery) bool {
	for _, table := range q.Tables {
		if !slices.Contains([]string{"SecurityEvent", "Event", "WindowsEvent", "Syslog"}, table) && !strings.HasPrefix(table, "Device") {
			return false
		}
	}
	return len(q.Tables) > 0
}

// Of the real queries over endpoints 44 % look at single rows of one table, and 76 % if they may also group or order those of one:
// that is what can be asked of events as they come, or within a window, if the plans show it.
func TestCommunityModes(t *testing.T) {
	fsys := fstest.MapFS{}
	for i, q := range communityQueries(t) {
		if q.Binds && ofEndpoints(q) {
			fsys[fmt.Sprintf("q%04d.kql", i)] = &fstest.MapFile{Data: []byte(q.Query)}
		}
	}
	files, err := detection.FindIn(fsys, "community:")
	if err != nil {
		t.Fatal(err)
	}
	total, count := 0, map[string]int{}
	for _, r := range compile.Files(files, compile.Options{}).Loaded() {
		total++
		count[r.Mode]++
		if r.Mode == plan.Scheduled.String() {
			count["scheduled: "+r.ModeReason]++
			t.Logf("%s is scheduled: %s", r.Detection.Path, r.ModeReason)
		}
	}
	if total == 0 {
		t.Fatal("no query is about endpoints")
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(total) }
	perEvent, windowed := count[plan.PerEvent.String()], count[plan.Windowed.String()]
	t.Logf("of %d rules %.1f %% are per event, and %.1f %% per event or windowed; %v", total, share(perEvent), share(perEvent+windowed), count)
	if share(perEvent) < 44 {
		t.Errorf("only %.1f %% are per event, want 44 %%", share(perEvent))
	}
	if share(perEvent+windowed) < 76 {
		t.Errorf("only %.1f %% are per event or windowed, want 76 %%", share(perEvent+windowed))
	}
}

// Lists that are known when a query is read are literals of its condition, wherever they come from, so that the query is asked of
// single events and its index knows them.
func TestKnownListsAreLiterals(t *testing.T) {
	env := compile.KQLEnv(compile.Options{External: func(url string) ([]byte, bool) {
		return []byte("Name,Kind\nevil.exe,bad\nworse.exe,bad\n"), url == "https://lists.example/names.csv"
	}})
	env.Watchlist = func(alias string) (*kql.Watchlist, bool) {
		return &kql.Watchlist{Alias: alias, Key: "Name", Columns: []string{"Name", "Kind"}, Rows: [][]string{{"evil.exe", "bad"}, {"worse.exe", "bad"}}}, alias == "Names"
	}
	lists := map[string]string{
		"dynamic":      `let L = dynamic(["evil.exe", "worse.exe"]);`,
		"datatable":    `let L = datatable(Name: string, Kind: string)["evil.exe", "bad", "worse.exe", "bad"];`,
		"watchlist":    `let L = _GetWatchlist("Names") | project Name, Kind;`,
		"externaldata": `let L = externaldata(Name: string, Kind: string)["https://lists.example/names.csv"] with (format="csv", ignoreFirstRecord=true);`,
		"toscalar":     `let T = datatable(Name: string, Kind: string)["evil.exe", "bad", "worse.exe", "bad"]; let L = toscalar(T | summarize make_set(Name));`,
	}
	asks := map[string]string{
		"in":       `DeviceProcessEvents | where FileName in (L)`,
		"in~":      `DeviceProcessEvents | where FileName in~ (L)`,
		"has_any":  `DeviceProcessEvents | where ProcessCommandLine has_any (L)`,
		"lookup":   `DeviceProcessEvents | lookup kind=inner L on $left.FileName == $right.Name`,
		"join":     `DeviceProcessEvents | join kind=inner L on $left.FileName == $right.Name`,
		"leftsemi": `DeviceProcessEvents | join kind=leftsemi L on $left.FileName == $right.Name`,
		"default":  `L | join DeviceProcessEvents on $left.Name == $right.FileName`,
	}
	for from, list := range lists {
		for how, ask := range asks {
			rows := strings.Contains(ask, "join") || strings.Contains(ask, "lookup")
			if rows && (from == "dynamic" || from == "toscalar") {
				continue
			}
			q, complaints := kql.Read(diag.NewText(&diag.Source{Name: "q.kql", Text: list + "\n" + ask}), env)
			if q.Plan == nil {
				t.Errorf("%s %s: %v", how, from, complaints)
				continue
			}
			n := plan.Rewrite(q.Plan)
			if class, why := plan.Mode(n); class != plan.PerEvent {
				t.Errorf("%s %s is %s: %s", how, from, class, why)
			}
			for _, f := range plan.Feeds(n) {
				asked := plan.ExprString(f.Where) + plan.ExprString(f.Implied)
				if !strings.Contains(asked, "evil.exe") || !strings.Contains(asked, "worse.exe") {
					t.Errorf("%s %s: events are asked %s", how, from, asked)
				}
			}
		}
	}
}

// A query that looks equally far back wherever it reads is one of any time; one that compares two spans of time is not.
func TestWindowsOfQueries(t *testing.T) {
	env := compile.KQLEnv(compile.Options{})
	env.AnyTime = true
	for query, want := range map[string]bool{ // whether the plan depends on the time
		`Event | where TimeGenerated > ago(1d)`:                                                                    false,
		`Event | where TimeGenerated > ago(1d) and TimeGenerated <= now()`:                                         false,
		`let from = now(-7d); let to = now(); Event | where TimeGenerated between (from .. to)`:                    false,
		`let d = 7d; Event | where TimeGenerated > now() - d`:                                                      false,
		`union Event, SecurityEvent | where TimeGenerated > ago(1d)`:                                               false,
		`Event | where TimeGenerated > ago(1d) | join (SecurityEvent | where TimeGenerated > ago(1d)) on Computer`: false,
		`Event | where TimeGenerated between (ago(14d) .. ago(1d))`:                                                true,
		`Event | where TimeGenerated > now()`:                                                                      true,
		`Event | summarize last = max(TimeGenerated) by Computer | where last < ago(1d)`:                           true,
		`Event | extend age = now() - TimeGenerated`:                                                               true,
	} {
		q, complaints := kql.Read(diag.NewText(&diag.Source{Name: "q.kql", Text: query}), env)
		if q.Plan == nil {
			t.Errorf("%s: %v", query, complaints)
			continue
		}
		if q.TimeDependent != want || !want && len(q.Windows) != q.Reads {
			t.Errorf("%s: depends on the time: %v; windows %v of %d reads", query, q.TimeDependent, q.Windows, q.Reads)
		}
	}
}
