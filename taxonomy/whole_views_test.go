package taxonomy

import (
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// classesOf returns a class for each kind of record that a map or a view tells from others.
func classesOf(t *Taxonomy) []*event.Class {
	seen := map[*event.Class]bool{}
	var list []*event.Class
	add := func(m match) {
		pick := func(values []string) []string {
			if len(values) == 0 {
				return []string{""}
			}
			var out []string
			for _, v := range values {
				out = append(out, strings.ReplaceAll(v, "*", "x"))
			}
			return out
		}
		for _, product := range pick(m.product) {
			for _, channel := range pick(m.channel) {
				for _, id := range pick(m.id) {
					c := event.ClassOf(event.Class{Product: product, Channel: channel, Provider: pick(m.provider)[0], ID: id, Sourcetype: pick(m.sourcetype)[0]})
					if !seen[c] {
						seen[c] = true
						list = append(list, c)
					}
				}
			}
		}
	}
	for _, b := range t.blocks {
		add(b.match)
	}
	for _, a := range t.addons {
		add(a.match)
	}
	for _, b := range t.tableViews().blocks {
		add(b.match)
	}
	return list
}

// For every kind of record, every field of a search and of the data models must be made of fields of the record alone, and
// must compile; so must all fields together, and the conditions of the datasets.
func TestViewsCompile(t *testing.T) {
	tax := Default()
	check := func(class *event.Class, what string, e plan.Expr) {
		if e == nil {
			return
		}
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				t.Errorf("%+v: %s reads the column %s", *class, what, ref.Column.Name)
			}
			return true
		})
		if _, err := eval.Compile(e, func(*plan.Column) int { return -1 }); err != nil {
			t.Errorf("%+v: %s: %v", *class, what, err)
		}
	}
	classes, columns := classesOf(tax), 0
	for _, class := range classes {
		if when, in := tax.Route("splunk", class); !in || when != nil {
			if class.Product != "auditd" {
				t.Errorf("%+v: seen by searches: %v, under %v", *class, in, when)
			}
			continue
		}
		names := []string{"*", "_raw", "host", "source", "sourcetype", "index", "eventtype", "tag", "no.such{}.field"}
		for name := range tax.kind(class).search().fields {
			names = append(names, name)
		}
		for _, name := range names {
			check(class, name, tax.Source(class, "splunk/"+name))
			columns++
		}
		for _, name := range []string{"host", "source", "sourcetype", "index", "*", "no.such{}.field"} {
			if tax.Source(class, "splunk/"+name) == nil {
				t.Errorf("%+v: there is no %s", *class, name)
			}
		}
		for _, m := range tax.DataModels() {
			for _, d := range m.Datasets() {
				when, in := tax.Route(d.Table, class)
				check(class, d.Table, when)
				for _, f := range d.fields {
					e := tax.Source(class, f.Column)
					if e != nil && !in {
						t.Errorf("%+v: %s comes from %v, but the records are no events of its dataset", *class, f.Column, plan.ExprString(e))
					}
					if e == nil && in && !f.fill.IsNull() {
						t.Errorf("%+v: %s is not filled", *class, f.Column)
					}
					check(class, f.Column, e)
					columns++
				}
			}
		}
	}
	t.Logf("%d classes, %d columns", len(classes), columns)
}

// A field of the search that a view refers to must be one that some view defines, or every record would lack it.
func TestViewsReferToWhatThereIs(t *testing.T) {
	defined := map[string]bool{"eventtype": true, "tag": true, "source": true, "sourcetype": true, "index": true}
	for _, a := range Default().addons {
		for name := range a.fields {
			defined[name] = true
		}
	}
	check := func(file, what string, e plan.Expr) {
		if e == nil {
			return
		}
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				if name, ok := strings.CutPrefix(ref.Column.Name, splunkPrefix); ok && !defined[name] {
					t.Errorf("%s, %s: no view has the field %s", file, what, name)
				}
			}
			return true
		})
	}
	for _, a := range Default().addons {
		for name, e := range a.fields {
			check(a.file, name, e)
		}
		for _, e := range a.eventtypes {
			check(a.file, e.name, e.when)
		}
	}
}

// What is asked of a class again and again must be answered from memory.
func BenchmarkSearchColumns(b *testing.B) {
	tax := Default()
	classes := classesOf(tax)
	columns := []string{"splunk/EventCode", "splunk/dest", "splunk/Image", "cim/Endpoint/Processes.process", "cim/Endpoint/Processes.user", "cim/Web/Web.url"}
	b.ReportAllocs()
	for b.Loop() {
		for _, class := range classes {
			tax.Route("cim/Endpoint.Processes", class)
			for _, column := range columns {
				tax.Source(class, column)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(classes))/float64(len(columns)+1), "ns/answer")
}
