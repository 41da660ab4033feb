package stream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/stream"
)

// views are columns as data models have them, for two kinds of record: one in which nearly all are plain, and one in which
// the command line is rebuilt.
var views = map[string]map[string]string{
	"sysmon": {
		"sourcetype": `"XmlWinEventLog"`, "tag": `["process", "report"]`, "view/_raw": `concat("<Event>", $Image, $CommandLine, "</Event>")`,
		"name": `first_filled(basename($Image), basename(program_of(first_filled($CommandLine, "unknown"))), "unknown")`,
		"line": `first_filled($CommandLine, "unknown")`, "original": `first_filled($OriginalFileName, "unknown")`,
		"parent":      `first_filled(basename($ParentImage), basename(program_of(first_filled($ParentCommandLine, "unknown"))), "unknown")`,
		"parent_line": `first_filled($ParentCommandLine, "unknown")`, "path": `first_filled($Image)`, "user": `first_filled(basename($User), "unknown")`,
		"dest": `first_filled($Computer, "unknown")`, "level": `lower($IntegrityLevel)`, "hash": `first_filled(split($Hashes, ","))`, "id": `$EventID`,
		"action": `"allowed"`, "os": `"Microsoft Windows"`,
	},
	"security": {
		"sourcetype": `"XmlWinEventLog"`, "tag": `["process", "report"]`, "view/_raw": `concat("<Event>", $NewProcessName, $CommandLine, "</Event>")`,
		"line": rebuilt, "name": `first_filled(basename($NewProcessName), basename(program_of(` + rebuilt + `)), "unknown")`, "original": `"unknown"`,
		"parent": `first_filled(basename($ParentProcessName), basename(program_of(first_filled($ParentProcessName, "unknown"))), "unknown")`, "parent_line": `first_filled($ParentProcessName, "unknown")`,
		"path": `first_filled($NewProcessName)`, "user": `first_filled(null_if($TargetUserName, "-"), $SubjectUserName, "unknown")`, "dest": `first_filled(null_if($TargetServerName, "-"), $Computer, "unknown")`,
		"level": `lower($MandatoryLabel)`, "id": `$EventID`, "action": `case when $Keywords equals~ "0x8020000000000000" then "allowed" end`,
	},
}

const rebuilt = `first_filled(case when is_null(first_filled($CommandLine)) then $NewProcessName when program_of($CommandLine) contains r"\" then $CommandLine
	else concat(case when $NewProcessName contains " " then concat("\"", $NewProcessName, "\"") else $NewProcessName end,
		case when first_filled(regex_extract($CommandLine, r"(?s)^\s*\S+\s*(.*?)\s*$", 1)) regexp "." then concat(" ", first_filled(regex_extract($CommandLine, r"(?s)^\s*\S+\s*(.*?)\s*$", 1))) else "" end) end, "unknown")`

// productViews is a resolver with the views of each product.
type productViews map[string]map[string]plan.Expr

func (v productViews) Route(table string, class *event.Class) (plan.Expr, bool) { return nil, true }

func (v productViews) Source(class *event.Class, column string) plan.Expr {
	return v[class.Product][column]
}

func readViews(t testing.TB) productViews {
	out := productViews{}
	for product, columns := range views {
		out[product] = map[string]plan.Expr{}
		for name, text := range columns {
			e, list := plan.ReadExpr(&diag.Source{Name: product + "/" + name, Text: text}, nil)
			if list.Failed() {
				t.Fatal(list)
			}
			out[product][name] = e
		}
	}
	return out
}

// detections makes very many rules of the kinds that published searches are made of.
func detections(t testing.TB, n int) []stream.Rule {
	g := rand.New(rand.NewPCG(1, 1))
	names := []string{"sourcetype", "tag", "view/_raw", "name", "line", "original", "parent", "parent_line", "path", "user", "dest", "level", "id", "hash", "action"}
	var columns []*plan.Column
	for _, name := range names {
		columns = append(columns, &plan.Column{Name: name})
	}
	tool := func() string { return fmt.Sprintf("tool%d", g.IntN(900)) }
	programs := func() string {
		text := ""
		for i := range 1 + g.IntN(4) {
			if i > 0 {
				text += ", "
			}
			text += `"` + tool() + `.exe"`
		}
		return "(" + text + ")"
	}
	var rules []stream.Rule
	for i := range n {
		var where string
		switch i % 12 {
		case 0, 1, 2:
			where = fmt.Sprintf(`(name equals~ %s or original equals~ %s) and line contains~ "-%s /x"`, programs(), programs(), tool())
		case 3, 4:
			where = fmt.Sprintf(`name equals~ %s and line contains~ ("%s", "%s")`, programs(), tool(), tool())
		case 5:
			where = fmt.Sprintf(`line contains~ r"\\%s\" and not parent equals~ %s and not user equals~ ("system", "unknown")`, tool(), programs())
		case 6:
			where = fmt.Sprintf(`parent equals~ %s and name equals~ ("cmd.exe", "powershell.exe", "svchost.exe") and action equals~ "allowed"`, programs())
		case 7:
			where = fmt.Sprintf(`sourcetype equals~ "aws:cloudtrail" and user contains~ "%s"`, tool())
		case 8:
			where = fmt.Sprintf(`sourcetype equals~ "xmlwineventlog" and id equals~ ("4688", "1") and path suffix~ r"\%s.exe" and not is_null(dest)`, tool())
		case 9:
			where = fmt.Sprintf("tag equals~ \"process\" and `view/_raw` contains~ \"%s\" and line contains~ \"%s\"", tool(), tool())
		case 10:
			where = fmt.Sprintf(`everything contains~ "evil-%s"`, tool())
		case 11:
			where = fmt.Sprintf(`line regexp "(?i)%s\\s+(-|/)enc" and hash contains~ "%s"`, tool(), tool())
		}
		e, list := plan.ReadExpr(&diag.Source{Name: "rule", Text: where}, columns)
		if list.Failed() {
			t.Fatal(list)
		}
		rules = append(rules, stream.Rule{Table: "processes", Where: e})
	}
	return rules
}

// processes returns events that hardly any rule holds for.
func processes(product string, n int) []*event.Event {
	class := event.ClassOf(event.Class{Product: product})
	list := make([]*event.Event, n)
	for i := range list {
		ev := &event.Event{Class: class}
		image := fmt.Sprintf(`C:\Program Files\Vendor %d\service%d.exe`, i%7, i%40)
		ev.Record.Set("EventID", event.IntValue(1))
		ev.Record.Set("Computer", event.TextValue(fmt.Sprintf("host%d.corp.example", i%50)))
		if product == "sysmon" {
			ev.Record.Set("Image", event.TextValue(image))
			ev.Record.Set("ParentImage", event.TextValue(`C:\Windows\System32\services.exe`))
			ev.Record.Set("ParentCommandLine", event.TextValue(`C:\Windows\system32\services.exe`))
			ev.Record.Set("OriginalFileName", event.TextValue("Service.exe"))
			ev.Record.Set("User", event.TextValue(`NT AUTHORITY\SYSTEM`))
			ev.Record.Set("IntegrityLevel", event.TextValue("System"))
			ev.Record.Set("Hashes", event.TextValue("MD5=0123456789ABCDEF0123456789ABCDEF,SHA256=0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"))
		} else {
			ev.Record.Set("NewProcessName", event.TextValue(image))
			ev.Record.Set("ParentProcessName", event.TextValue(`C:\Windows\System32\services.exe`))
			ev.Record.Set("SubjectUserName", event.TextValue(fmt.Sprintf("HOST%d$", i%50)))
			ev.Record.Set("TargetUserName", event.TextValue("-"))
			ev.Record.Set("MandatoryLabel", event.TextValue("S-1-16-16384"))
		}
		ev.Record.Set("CommandLine", event.TextValue(fmt.Sprintf(`"%s" --instance %d --config "C:\ProgramData\Vendor\conf-%d.json" -k netsvcs -p`, image, i, i%9)))
		list[i] = ev
	}
	return list
}

// TestComputedColumnsCostNothing checks that events that match nothing cost no memory, though all columns are computed.
func TestComputedColumnsCostNothing(t *testing.T) {
	for product := range views {
		set, err := stream.Compile(detections(t, 1700), readViews(t), stream.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := set.NewMatcher()
		events := processes(product, 50)
		for _, ev := range events {
			if got := m.Match(ev); len(got) > 0 {
				t.Fatalf("%v match", got)
			}
		}
		i := 0
		if n := testing.AllocsPerRun(200, func() { m.Match(events[i%len(events)]); i++ }); n != 0 {
			t.Errorf("%s: %v allocations", product, n)
		}
		if always := set.Unindexed(events[0].Class); len(always) > 0 {
			t.Errorf("%s: %d rules are not indexed", product, len(always))
		}
	}
}

// BenchmarkDetections matches events against very many rules over computed columns.
func BenchmarkDetections(b *testing.B) {
	for product := range views {
		for _, n := range []int{170, 1700, 5000} {
			b.Run(fmt.Sprintf("%s/%d", product, n), func(b *testing.B) {
				set, err := stream.Compile(detections(b, n), readViews(b), stream.Options{})
				if err != nil {
					b.Fatal(err)
				}
				m := set.NewMatcher()
				events := processes(product, 100)
				m.Match(events[0])
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					m.Match(events[i%len(events)])
					i++
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}

// BenchmarkKinds compiles the rules for one kind after the other.
func BenchmarkKinds(b *testing.B) {
	rules, world := detections(b, 1700), readViews(b)
	i := 0
	set, err := stream.Compile(rules, world, stream.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		i++
		set.Rules(event.ClassOf(event.Class{Product: []string{"sysmon", "security"}[i%2], ID: fmt.Sprint(i)}))
	}
}
