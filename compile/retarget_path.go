package compile

import (
	"strings"

	"goshawk/plan"
)

// pathEnd asks for the end of a path where the source has its last step alone. Which sign stands before it follows from the product;
// where that is not known, either may.
func (v valueRewrite) pathEnd(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	const no = "is the last step of a path in the source and the whole path in the target"
	for _, piece := range p.Pieces {
		if piece.Kind == plan.Run && strings.ContainsAny(piece.Text, `\/`) {
			return op, nil, no
		}
	}
	switch {
	case op == plan.Suffix && len(p.Pieces) > 0:
		return op, []plan.Pattern{p}, ""
	case op != plan.Equals || len(p.Pieces) == 0 || p.Source != "":
		return op, nil, no
	}
	for _, piece := range p.Pieces {
		if piece.Kind != plan.Run { // it could take in a step
			return op, nil, no
		}
	}
	signs := []string{`\`, "/"}
	switch v.rt.product {
	case "windows":
		signs = signs[:1]
	case "linux", "macos":
		signs = signs[1:]
	}
	var list []plan.Pattern
	for _, sign := range signs {
		text, _ := p.IsPlain()
		list = append(list, plan.Plain(sign+text))
	}
	return plan.Suffix, list, ""
}
