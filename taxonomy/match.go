package taxonomy

import (
	"strings"

	"goshawk/event"
)

// match says which classes a block of a map is about. Values are compared without case; * stands for any text. An empty
// list does not restrict.
type match struct {
	product, channel, provider, id []string
	source, sourcetype             []string // what an operator said of the input
}

func (m match) meets(c *event.Class) bool {
	return m.meetsSource(c) && m.meetsID(c)
}

// meetsSource is meets for all that a class says but its id.
func (m match) meetsSource(c *event.Class) bool {
	return anyLike(m.product, c.Product) && anyLike(m.channel, c.Channel) && anyLike(m.provider, c.Provider) &&
		anyLike(m.source, c.Source) && anyLike(m.sourcetype, c.Sourcetype)
}

func (m match) meetsID(c *event.Class) bool { return anyLike(m.id, c.ID) }

// weight orders blocks: one that says more about the record wins.
func (m match) weight() int {
	w := 0
	for _, list := range [][]string{m.product, m.channel, m.provider, m.id, m.source, m.sourcetype} {
		if len(list) > 0 {
			w++
		}
	}
	return w
}

// within returns m with what it leaves open taken from the match around it.
func (m match) within(outer match) match {
	pick := func(own, outer []string) []string {
		if own != nil {
			return own
		}
		return outer
	}
	return match{
		pick(m.product, outer.product), pick(m.channel, outer.channel), pick(m.provider, outer.provider), pick(m.id, outer.id),
		pick(m.source, outer.source), pick(m.sourcetype, outer.sourcetype),
	}
}

func anyLike(patterns []string, text string) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, p := range patterns {
		if like(p, text) {
			return true
		}
	}
	return false
}

// like compares without case, * standing for any text.
func like(pattern, text string) bool {
	if !strings.Contains(pattern, "*") {
		return strings.EqualFold(pattern, text)
	}
	pieces := strings.Split(event.Fold(pattern), "*")
	text = event.Fold(text)
	last := len(pieces) - 1
	if !strings.HasPrefix(text, pieces[0]) {
		return false
	}
	text = text[len(pieces[0]):]
	for _, piece := range pieces[1:last] {
		i := strings.Index(text, piece)
		if i < 0 {
			return false
		}
		text = text[i+len(piece):]
	}
	return strings.HasSuffix(text, pieces[last])
}
