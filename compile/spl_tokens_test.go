package compile

import (
	"slices"
	"testing"
)

// TestTokens finds the fields that templates ask for.
func TestTokens(t *testing.T) {
	for template, want := range map[string][]string{
		"nothing":                          nil,
		"$dest$ ran $a.b{}.c:d$ by $user$": {"dest", "a.b{}.c:d", "user"},
		"$_time$":                          {"_time"},
		"$1st$ $x$":                        {"x"},
		"$two words$ $x$":                  {"x"},
		"$two words$x$":                    {"x"},
		"costs $5, $":                      nil,
		"$$x$$":                            {"x"},
		"$x$y$z$":                          {"x", "z"},
		"$open":                            nil,
	} {
		if got := slices.Collect(tokens(template)); !slices.Equal(got, want) {
			t.Errorf("%q asks for %q, not %q", template, got, want)
		}
	}
}
