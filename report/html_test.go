package report_test

import (
	"fmt"
	"math"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
)

// many makes findings of many rules, some of which have most of them.
func many(rules, findings int) []*finding.Finding {
	random := rand.New(rand.NewSource(1))
	detections := make([]*detection.Detection, rules)
	for i := range detections {
		detections[i] = &detection.Detection{
			ID: fmt.Sprint("r", i), Title: fmt.Sprintf("Rule number %d", i), Language: detection.Sigma, Level: detection.Level(i % 5),
			Tags: []string{fmt.Sprintf("attack.t10%02d", i%60)}, Path: fmt.Sprintf("rules/%d.yml", i),
		}
	}
	start := event.TicksOf(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	list := make([]*finding.Finding, findings)
	for i := range list {
		d := detections[int(random.ExpFloat64()*float64(rules)/8)%rules]
		f := &finding.Finding{
			Time: start + int64(random.Intn(40*86_400))*event.TicksPerSecond, Detection: d, Host: fmt.Sprintf("HOST-%02d", random.Intn(40)),
			Message: d.Title, Evidence: []finding.Evidence{{Source: "a.evtx", Record: uint64(i)}}, Order: finding.Order{Event: i},
		}
		f.Fields.Set("CommandLine", event.TextValue(fmt.Sprint("cmd /c ", i)))
		f.Identify()
		list[i] = f
	}
	return list
}

func TestPageIsWellFormed(t *testing.T) {
	list, r, o := sample(t)
	shown := checkPage(t, write(t, "html", list, r, o))
	for _, want := range []string{
		o.Command, "Credentials Dumped From Memory", "A. Example, B. Example", "Crash reporting", "OS Credential Dumping: LSASS Memory", "(tagged T1562.001)",
		"T9999", "C:\\PerfLogs\\計測.exe", "1902443", "no known format (starts with regf)", "no record of its log source has Signed, SignatureStatus", "1 finding has no time",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	checkPage(t, write(t, "html", nil, &engine.Report{}, report.Options{}))
	checkPage(t, write(t, "html", list[:1], &engine.Report{Interrupted: true, Outside: 1}, report.Options{}))
}

// What a page leaves out it counts: nothing is lost without a word.
func TestPageIsBounded(t *testing.T) {
	for _, test := range []struct{ rules, findings int }{{1, 150}, {1, 3_000}, {60, 30_000}, {3_000, 30_000}} {
		t.Run(fmt.Sprint(test.rules, " rules"), func(t *testing.T) {
			list := many(test.rules, test.findings)
			page := write(t, "html", list, &engine.Report{}, report.Options{})
			full, rows := strings.Count(page, `<details class="finding"`), strings.Count(page, `<tr data-host=`)
			missing := 0
			for _, m := range regexp.MustCompile(`<p class="note">([\d,]+) more findings? of this rule`).FindAllStringSubmatch(page, -1) {
				n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
				if err != nil {
					t.Fatal(err)
				}
				missing += n
			}
			if full+rows+missing != test.findings {
				t.Errorf("%d in full, %d rows, %d counted, but %d findings", full, rows, missing, test.findings)
			}
			if full > max(2_000, test.rules) || rows > 10_000 {
				t.Errorf("%d in full, %d rows", full, rows)
			}
			if cut := strings.Contains(page, "more findings than a page can show well"); cut != (rows+missing > 0) {
				t.Errorf("the page says that it is cut: %v; %d rows, %d missing", cut, rows, missing)
			}
			checkPage(t, page)
		})
	}
}

func TestTableIsBounded(t *testing.T) {
	output := write(t, "table", many(3_000, 30_000), &engine.Report{}, report.Options{Width: 120})
	if n := strings.Count(output, "\n"); n > 130 {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(output, "of 30,000 findings are listed") {
		t.Errorf("the table does not say that it is cut:\n%s", output)
	}
	output = write(t, "table", many(7, 50), &engine.Report{}, report.Options{Width: 120})
	if n := strings.Count(output, "cmd /c "); n != 50 {
		t.Errorf("%d of 50 findings are listed", n)
	}
}

func TestSameBytes(t *testing.T) {
	list := many(60, 5_000)
	names, _ := report.Formats()
	for _, name := range names {
		_, r, o := sample(t)
		first := write(t, name, list, r, o)
		if again := write(t, name, list, r, o); again != first {
			t.Errorf("%s differs from run to run", name)
		}
	}
}

var chart = regexp.MustCompile(`(?s)<figure>.*</figure>.*?</section>`)

// The timeline is made while findings come; what it shows must not depend on their order.
func TestTimelineDoesNotDependOnOrder(t *testing.T) {
	random := rand.New(rand.NewSource(2))
	for _, span := range []int{1, 90, 86_400, 400 * 86_400, 200_000 * 86_400} {
		d := &detection.Detection{Title: "x"}
		var list []*finding.Finding
		for range 9_000 {
			list = append(list, &finding.Finding{Detection: d, Time: event.UnixEpoch + int64(random.Intn(span))*event.TicksPerSecond})
		}
		want := chart.FindString(write(t, "html", list, &engine.Report{}, report.Options{}))
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		got := chart.FindString(write(t, "html", list, &engine.Report{}, report.Options{}))
		if want == "" || got != want {
			t.Errorf("span %d s: the timeline depends on the order of findings", span)
		}
		if n := strings.Count(want, "<rect"); n == 0 || n > 120 {
			t.Errorf("span %d s: %d bars", span, n)
		}
		total := 0
		for _, m := range regexp.MustCompile(`<td class="number">([\d,]+)</td></tr>`).FindAllStringSubmatch(want, -1) {
			n, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
			total += n
		}
		if total != len(list) {
			t.Errorf("span %d s: the table twin counts %d of %d", span, total, len(list))
		}
	}
}

var variable = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)

// Text must stand out from what it stands on by 4.5 to 1 and shapes by 3 to 1, by day and by night.
func TestContrast(t *testing.T) {
	text, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, ok := strings.Cut(string(text), "@media screen and (prefers-color-scheme: dark)")
	night, print, ok2 := strings.Cut(night, "@media print")
	if !ok || !ok2 {
		t.Fatal("the style sheet has no dark or no print part")
	}
	for name, part := range map[string]string{"day": day, "night": night, "print": day + print} {
		colors := map[string]string{}
		for _, m := range variable.FindAllStringSubmatch(part, -1) {
			colors[m[1]] = m[2]
		}
		check := func(front, back string, least float64) {
			if colors[front] == "" || colors[back] == "" {
				t.Fatalf("%s: no colour %s or %s", name, front, back)
			}
			if c := contrast(colors[front], colors[back]); c < least {
				t.Errorf("%s: %s on %s: %.2f", name, front, back, c)
			}
		}
		for _, back := range []string{"page", "card", "sunken"} {
			for _, front := range []string{"ink", "quiet", "link"} {
				check(front, back, 4.5)
			}
		}
		check("mark-ink", "mark", 4.5)
		for _, level := range detection.Levels() {
			l := level.String()
			for _, back := range []string{"card", "sunken", l + "-wash"} {
				check(l, back, 4.5)
			}
			check("ink", l+"-wash", 4.5)
			check(l+"-bar", "card", 3)
		}
	}
}

// contrast is the ratio of WCAG 2.2.
func contrast(a, b string) float64 {
	light := func(color string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, _ := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum + 0.05
	}
	x, y := light(a), light(b)
	return max(x, y) / min(x, y)
}
