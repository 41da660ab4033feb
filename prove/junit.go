package prove

import (
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"os"

	"goshawk/detection"
)

// The form that continuous integration reads: a suite for each detection, a case for each test.

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
	seconds  float64
}

type junitSuite struct {
	Name     string `xml:"name,attr"`
	File     string `xml:"file,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
	// Properties say what was proved with what: the hash of the detection's text and those of the data.
	Properties *junitProperties `xml:"properties,omitempty"`
	Cases      []junitCase      `xml:"testcase"`
	seconds    float64
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Error   *junitMessage `xml:"error,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
}

// JUnit writes results as JUnit XML.
func JUnit(w io.Writer, results []Result) error {
	all := junitSuites{Name: "goshawk test"}
	var last *junitSuite
	for i, r := range results {
		if i == 0 || results[i-1].Rule != r.Rule {
			last = &junitSuite{Name: r.Rule.Detection.Title, File: r.Rule.Detection.Path, Properties: &junitProperties{propertiesOf(r.Rule.Detection)}}
			all.Suites = append(all.Suites, last)
		}
		for _, path := range r.Data {
			last.Properties.data(path)
		}
		c := junitCase{Name: string(r.Kind), Class: r.Rule.Detection.ID, Time: seconds(r.Elapsed.Seconds())}
		if r.Test != "" {
			c.Name += ": " + r.Test
		}
		message := &junitMessage{r.Reason, string(r.Verdict)}
		switch r.Verdict {
		case Fail:
			c.Failure = message
			last.Failures++
			all.Failures++
		case Error:
			c.Error = message
			last.Errors++
			all.Errors++
		case Skip:
			c.Skipped = &junitMessage{Message: r.Reason}
			last.Skipped++
			all.Skipped++
		}
		last.Tests++
		all.Tests++
		last.seconds += r.Elapsed.Seconds()
		all.seconds += r.Elapsed.Seconds()
		last.Cases = append(last.Cases, c)
	}
	for _, s := range all.Suites {
		s.Time = seconds(s.seconds)
	}
	all.Time = seconds(all.seconds)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// propertiesOf are the properties of a detection.
func propertiesOf(d *detection.Detection) []junitProperty {
	list := []junitProperty{{"id", d.ID}, {"language", string(d.Language)}}
	if d.Version != 0 {
		list = append(list, junitProperty{"version", fmt.Sprint(d.Version)})
	}
	if d.Query != nil {
		list = append(list, junitProperty{"rule sha256", fmt.Sprintf("%x", sha256.Sum256([]byte(d.Query.Text)))})
	}
	return list
}

// data adds the hash of a file, once.
func (p *junitProperties) data(path string) {
	name := "data sha256 " + path
	for _, known := range p.List {
		if known.Name == name {
			return
		}
	}
	value := "cannot be read"
	if f, err := os.Open(path); err == nil {
		h := sha256.New()
		if _, err := io.Copy(h, f); err == nil {
			value = fmt.Sprintf("%x", h.Sum(nil))
		}
		_ = f.Close()
	}
	p.List = append(p.List, junitProperty{name, value})
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
