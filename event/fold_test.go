package event_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"already lower, 0-9 @[`{", "already lower, 0-9 @[`{"},
		{`C:\Windows\System32\CMD.EXE /C`, `c:\windows\system32\cmd.exe /c`},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`@", "abcdefghijklmnopqrstuvwxyz[\\]^_`@"},
		{"\u212aelvin and \u017fharp", "kelvin and sharp"},
		{"MÜLLER-Жуков", event.Fold("müller-жУКОВ")},
		{"ABC\xffDEF\xc3", "abc\xffdef\xc3"},
		{"ÀÉ", event.Fold("àé")},
	} {
		if got := event.Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if event.Fold("é") == event.Fold("e") {
		t.Error("folding strips accents")
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Image", "iMAGE")
	f.Add("ſK", "Sk")
	f.Fuzz(func(t *testing.T, a, b string) {
		if again := event.Fold(event.Fold(a)); again != event.Fold(a) {
			t.Errorf("folding %q twice gives %q", a, again)
		}
		if utf8.ValidString(a) && utf8.ValidString(b) && strings.EqualFold(a, b) != (event.Fold(a) == event.Fold(b)) {
			t.Errorf("%q and %q: equal without case is %v, folded %q and %q", a, b, strings.EqualFold(a, b), event.Fold(a), event.Fold(b))
		}
	})
}

func TestFoldRuneIsOnePerOrbit(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if o := unicode.SimpleFold(r); event.FoldRune(r) != event.FoldRune(o) {
			t.Fatalf("%U and %U fold differently", r, o)
		}
	}
}
