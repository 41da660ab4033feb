package taxonomy

import (
	"testing"
	"testing/fstest"

	"goshawk/diag"
)

// Every column that an embedded target names is one of its tables.
func TestTargetColumnsExist(t *testing.T) {
	for _, name := range Default().Targets() {
		target, _ := Default().Target(name)
		if target.Title == "" || target.Language == "" || len(target.Sources) == 0 {
			t.Errorf("%s has no title, language or sources", name)
		}
		var diags diag.List
		for _, s := range target.Sources {
			s.document.diags = &diags
		}
		Default().checkTarget(target)
		if len(diags) > 0 {
			t.Errorf("%s:\n%s", name, diags.Error())
		}
	}
}

func TestOwnTarget(t *testing.T) {
	own := func(text string) (*Taxonomy, diag.List) {
		return Load(fstest.MapFS{"mine.yaml": &fstest.MapFile{Data: []byte(text)}})
	}
	tax, diags := own("target: kql-mine\nlanguage: kql\nsources: [{for: {category: process_creation}, table: SecurityEvent, schema: sentinel/SecurityEvent, columns: {process.executable: NewProcessName}}]")
	if diags.Failed() {
		t.Fatal(diags.Error())
	}
	target, ok := tax.Target("kql-mine")
	if !ok || len(target.SourcesOf("process_creation", "linux", "")) != 1 || len(target.SourcesOf("file_event", "", "")) != 0 {
		t.Errorf("the target is not there, or suits other log sources: %+v", target)
	}
	if _, ok := tax.Target("kql-asim"); !ok {
		t.Error("the embedded targets are gone")
	}
	_, diags = own("target: kql-mine\nlanguage: kql\nsources: [{table: SecurityEvent, schema: sentinel/SecurityEvent, columns: {process.executable: NewProcesName}}]")
	if !diags.Failed() {
		t.Error("a column that is not there was taken")
	}
}
