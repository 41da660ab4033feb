package compile

import (
	"goshawk/detection"
	"goshawk/diag"
)

// Back compiles the text of a translation, as a detection that is called as the one it was made of. Its findings are those of a
// reader of the text, who knows nothing of the original.
func (t *Translation) Back(o Options) *Rule {
	d := *t.Rule.Detection
	d.Language, d.Answer, d.Schedule, d.Alert = detection.Language(t.Language), nil, nil, nil
	d.Query = &diag.Source{Name: d.Path + " as " + t.Target, Text: t.Text}
	o.Pipelines = nil // the text is in the names of the taxonomy
	return Text(d, o)
}
