package spl

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// lookupsOfApps are lookups that published searches expect an app to bring along as a program. They are functions of their
// input; an Env that has a lookup of the same name goes before them.
var lookupsOfApps = map[string]*Lookup{
	"ut_shannon_lookup": {
		Name: "ut_shannon_lookup", Fields: []string{"word", "ut_shannon"},
		Find: func(given map[string]string) [][]string {
			word, ok := given["word"]
			if !ok || word == "" {
				return nil
			}
			return [][]string{{word, strconv.FormatFloat(entropy(word), 'g', -1, 64)}}
		},
	},
}

// entropy returns how many bits a character of a text carries by how often each occurs in it.
func entropy(text string) float64 {
	var order []rune
	count := map[rune]int{}
	for _, r := range text {
		if count[r] == 0 {
			order = append(order, r)
		}
		count[r]++
	}
	total := float64(utf8.RuneCountInString(text))
	bits := 0.0
	for _, r := range order {
		p := float64(count[r]) / total
		bits -= p * math.Log2(p)
	}
	return max(bits, 0)
}
