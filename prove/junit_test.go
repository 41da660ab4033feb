package prove_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/prove"
)

// JUnit must be XML whatever stands in names and reasons, and its sums must be right.
func TestJUnit(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data.log")
	if err := os.WriteFile(data, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	odd := "<a&b \"c\" \x00\x1b[31m\ufffe\xff ]]>"
	first := &compile.Rule{Detection: &detection.Detection{Title: odd, ID: odd, Path: odd, Version: 3, Query: &diag.Source{Text: "abc"}}}
	second := &compile.Rule{Detection: &detection.Detection{Title: "second"}}
	results := []prove.Result{
		{Rule: first, Kind: prove.Validation, Verdict: prove.Pass},
		{Rule: first, Kind: prove.Unit, Test: odd, Verdict: prove.Fail, Reason: odd, Data: []string{data, odd}, Elapsed: 1500 * time.Millisecond},
		{Rule: first, Kind: prove.Integration, Test: odd, Verdict: prove.Skip, Reason: odd, Data: []string{data}},
		{Rule: second, Kind: prove.Validation, Verdict: prove.Error, Reason: "broke"},
	}
	var b strings.Builder
	if err := prove.JUnit(&b, results); err != nil {
		t.Fatal(err)
	}
	type counts struct {
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
	}
	var got struct {
		XMLName xml.Name `xml:"testsuites"`
		counts
		Suites []struct {
			counts
			Properties []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"properties>property"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Type string `xml:"type,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if want := (counts{4, 1, 1, 1, "1.500"}); got.counts != want {
		t.Errorf("%+v, want %+v", got.counts, want)
	}
	if len(got.Suites) != 2 || got.Suites[0].counts != (counts{3, 1, 0, 1, "1.500"}) || got.Suites[1].counts != (counts{1, 0, 1, 0, "0.000"}) {
		t.Fatalf("%+v", got.Suites)
	}
	if c := got.Suites[0].Cases[1]; c.Failure == nil || c.Failure.Type != "fail" {
		t.Errorf("%+v", c)
	}
	hash := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of "abc", as FIPS 180 gives it
	properties := map[string]string{}
	for _, p := range got.Suites[0].Properties {
		properties[p.Name] = p.Value
	}
	if properties["rule sha256"] != hash || properties["data sha256 "+data] != hash || properties["version"] != "3" || len(properties) != 6 {
		t.Errorf("%v", properties)
	}
}
