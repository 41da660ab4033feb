package exec

import (
	"hash/maphash"
	"strings"
	"sync"
)

// letterCase turns texts into another case. Texts of a log come again and again, so what the last ones became is remembered for a
// while, whoever asked.
type letterCase struct {
	turn func(string) string
	pool sync.Pool // of *turned
}

var (
	lowerCase = &letterCase{turn: strings.ToLower}
	upperCase = &letterCase{turn: strings.ToUpper}
)

// turned are the last texts and what they became, each in one of the two places that its hash says.
type turned struct {
	seed  maphash.Seed
	texts [turnedTexts]struct{ from, to string }
}

const (
	turnedTexts  = 4096
	turnedLength = 128 // longer texts are not remembered
)

// column is the function for a column of texts.
func (c *letterCase) column(args []Vector, n int) Vector {
	v, ok := args[0].(*Texts)
	if !ok {
		return nil
	}
	known, _ := c.pool.Get().(*turned)
	if known == nil {
		known = &turned{seed: maphash.MakeSeed()}
	}
	defer c.pool.Put(known)
	out := &Texts{vals: make([]string, n), gaps: gapsOfBoth(v.gaps, nil, n)}
	for i, text := range v.vals {
		if v.gaps.at(i) == filled {
			out.vals[i] = known.look(text, c.turn)
		}
	}
	return out
}

func (t *turned) look(text string, turn func(string) string) string {
	if text == "" || len(text) > turnedLength {
		return turn(text)
	}
	hash := maphash.String(t.seed, text)
	place := &t.texts[hash%turnedTexts]
	if place.from == text {
		return place.to
	}
	if place.from != "" {
		place = &t.texts[hash>>32%turnedTexts]
	}
	if place.from != text {
		to := turn(text)
		place.from, place.to = strings.Clone(text), strings.Clone(to)
	}
	return place.to
}
