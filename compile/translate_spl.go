package compile

import (
	"goshawk/diag"
	"goshawk/lang/spl"
)

// writeSPL writes a translation as a search. What a search of a data set groups by is what the target's source says in more.by.
func writeSPL(t *Translation, _ TranslateOptions) (string, diag.List) {
	return spl.WriteSearch(t.Plan, spl.WriteOptions{By: t.Source.More["by"], Macros: len(t.Source.More["macros"]) > 0})
}
