package compile

import (
	"goshawk/diag"
	"goshawk/lang/kql"
)

// writeKQL writes a translation as KQL.
func writeKQL(t *Translation, _ TranslateOptions) (string, diag.List) { return kql.Write(t.Plan) }
