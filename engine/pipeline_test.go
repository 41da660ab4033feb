package engine_test

import (
	"path/filepath"
	"testing"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/internal/shared"
	"goshawk/lang/sigma"
)

// evtxDump names every field by its place in the JSON of evtx_dump, as the pipelines beside SigmaHQ's regression tests do.
const evtxDump = `
name: evtx_dump
transformations:
- id: system
  type: field_name_mapping
  mapping:
    EventID: Event.System.EventID
    Channel: Event.System.Channel
    Computer: Event.System.Computer
    Provider_Name: Event.System.Provider.#attributes.Name
- type: field_name_prefix
  prefix: Event.EventData.
  field_name_conditions:
  - type: processing_item_applied
    processing_item_id: system
  field_name_cond_not: true
`

// TestSigmaRegressionByPlace runs SigmaHQ's regression tests with rules whose fields a pipeline calls by their place in the JSON.
// The records have that place no more, whatever their form; the fields must be found all the same.
func TestSigmaRegressionByPlace(t *testing.T) {
	pipe, complaints := sigma.ReadPipeline(&diag.Source{Name: "evtx_dump.yml", Text: evtxDump}, sigma.PipelineOptions{})
	if complaints.Failed() {
		t.Fatal(complaints)
	}
	dir, list := regressions(t)
	content := shared.Dir(t, "content", "sigma")
	for _, r := range list {
		set, err := compile.Load([]string{filepath.Join(content, r.RulePath)}, compile.Options{Pipelines: []*sigma.Pipeline{pipe}})
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Loaded()) == 0 {
			t.Errorf("%s: refused: %v", r.RulePath, set.Rules[0].Diagnostics)
			continue
		}
		for _, sample := range []string{r.Evtx, r.JSON} {
			found, _ := scan(t, engine.Scan{Paths: []string{filepath.Join(dir, sample)}, Rules: set.Loaded()})
			judge(t, r.RulePath+" on "+filepath.Base(sample), r, len(found))
		}
	}
}
