package compile

import (
	"strconv"
	"strings"
	"sync"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// messageMarkers are the markers of the security log, such as %%1843, that have a text that is known, with their texts.
var messageMarkers = sync.OnceValue(func() [][2]string {
	var list [][2]string
	text := fn.ByName("windows_message_text")
	for n := range 20_000 {
		marker := "%%" + strconv.Itoa(n)
		if words := text.Eval([]event.Value{event.TextValue(marker)}).Text(); words != marker {
			list = append(list, [2]string{marker, words})
		}
	}
	return list
})

// markersSaying returns the markers that say what a pattern asks for; nil if none does.
func markersSaying(op plan.MatchOp, p plan.Pattern) []plan.Pattern {
	asked, plain := p.IsPlain()
	if !plain || asked == "" || op != plan.Contains && op != plan.Equals {
		return nil
	}
	var list []plan.Pattern
	for _, m := range messageMarkers() {
		words, wanted := event.Fold(m[1]), event.Fold(asked)
		if words == wanted || op == plan.Contains && strings.Contains(words, wanted) {
			list = append(list, plan.Plain(m[0]))
		}
	}
	return list
}
