package compile

import (
	"strings"

	"goshawk/plan"
)

// unwrapped makes 0x0000000a of DWORD (0x0000000a), and leaves texts that are no part of the wrapping.
func (v valueRewrite) unwrapped(op plan.MatchOp, p plan.Pattern) (plan.MatchOp, []plan.Pattern, string) {
	const no = "is asked for a part of DWORD (0x…), of which the target has 0x… alone"
	text, plain := p.IsPlain()
	folded := strings.ToLower(text)
	if !plain {
		if folded = strings.ToLower(p.String()); strings.Contains(folded, "word") || strings.Contains(folded, "(0x") {
			return op, nil, no
		}
		return op, []plan.Pattern{p}, ""
	}
	for _, form := range []string{"dword (", "qword ("} {
		inner, opened := strings.CutPrefix(folded, form)
		number, closed := strings.CutSuffix(inner, ")")
		switch {
		case !opened || !strings.HasPrefix(number, "0x"):
		case closed:
			return plan.Equals, []plan.Pattern{plan.Plain(number)}, ""
		case op == plan.Prefix || op == plan.Contains:
			return plan.Prefix, []plan.Pattern{plan.Plain(number)}, ""
		}
	}
	if number, closed := strings.CutSuffix(folded, ")"); closed && op == plan.Suffix && isHex(number) {
		return op, []plan.Pattern{plan.Plain(number)}, ""
	}
	wrapping := "dword (qword ("
	if op != plan.Equals && folded != "" && (strings.Contains(wrapping, folded) || strings.HasSuffix(folded, ")") && isHex(strings.TrimSuffix(folded, ")")) || strings.Contains(folded, "word (0x") || strings.Contains(folded, "(0x")) {
		return op, nil, no
	}
	return op, []plan.Pattern{p}, ""
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefx-") == "" }
