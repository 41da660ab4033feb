package fn

import (
	"slices"

	"goshawk/event"
	"goshawk/taxonomy/attack"
)

// ATT&CK.

// ofTechniques gathers texts about techniques, each once.
func ofTechniques(v event.Value, about func(id string) []string) event.Value {
	var out []event.Value
	var seen []string
	for _, id := range itemsOf(v) {
		for _, s := range about(attack.Current(id.Text())) {
			if !slices.Contains(seen, s) {
				seen = append(seen, s)
				out = append(out, text(s))
			}
		}
	}
	switch len(out) {
	case 0:
		return null
	case 1:
		return out[0]
	}
	return event.ListValue(out...)
}

var _ = define(Func{
	Name: "attack_tactics", Doc: "The tactics of an ATT&CK technique, or of each of a list of them, by slug; Null where there are none.",
	Params: []Param{required("techniques", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return ofTechniques(args[0], func(id string) []string {
			_, tactics, _ := attack.Technique(id)
			return tactics
		})
	},
	Examples: []Example{
		example(text("command-and-control"), text("T1105")), example(texts("command-and-control", "exfiltration"), texts("T1105", "T1041")), example(null, text("T0000")),
	},
})

var _ = define(Func{
	Name: "attack_technique_names", Doc: "The names of ATT&CK techniques, one or a list of them; Null where there are none.",
	Params: []Param{required("techniques", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return ofTechniques(args[0], func(id string) []string {
			if name, _, ok := attack.Technique(id); ok {
				return []string{name}
			}
			return nil
		})
	},
	Examples: []Example{example(text("Ingress Tool Transfer"), text("T1105")), example(null, text("x"))},
})
