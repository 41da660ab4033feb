package finding

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

func TestTokensAreThoseOfTheirPattern(t *testing.T) {
	kinds := []struct {
		pattern string
		next    func(text string, from int) (start, end int, ok bool)
		letters string
	}{
		{`\$([^\s$]+)\$`, nextToken, "$$$ab \t\n\v\f\r\xff%"},
		{`%([a-z_]+)%`, nextProperty, "%%%az_A {`$"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, k := range kinds {
		pattern := regexp.MustCompile(k.pattern)
		for range 20000 {
			text := make([]byte, random.IntN(14))
			for i := range text {
				text[i] = k.letters[random.IntN(len(k.letters))]
			}
			from := 0
			for _, want := range pattern.FindAllStringIndex(string(text), -1) {
				start, end, ok := k.next(string(text), from)
				if !ok || start != want[0] || end != want[1] {
					t.Fatalf("%q from %d: %d, %d, %v, want %v", text, from, start, end, ok, want)
				}
				from = end
			}
			if start, end, ok := k.next(string(text), from); ok {
				t.Fatalf("%q from %d: %q is one too many", text, from, text[start:end])
			}
		}
	}
}
