package fn

import (
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"goshawk/event"
)

// Shortcuts of SPL's kernels must give what the long way gives.

func randomDecimal(g *rand.Rand) event.Value {
	digits := func(most int) string {
		var b strings.Builder
		for range g.IntN(most + 1) {
			b.WriteByte("0012345678999"[g.IntN(13)])
		}
		return b.String()
	}
	switch g.IntN(6) {
	case 0:
		return event.IntValue(g.Int64N(2000) - 1000)
	case 1:
		return event.IntValue(1_700_000_000 + g.Int64N(3))
	case 2:
		n, ok := event.Number(digits(11) + "." + digits(4))
		if !ok {
			return event.IntValue(0)
		}
		return n
	case 3:
		n, ok := event.Number([]string{"-", "", "+"}[g.IntN(3)] + digits(25) + "." + digits(13) + []string{"", "e3", "E-2"}[g.IntN(3)])
		if !ok {
			return event.FloatValue(0.5)
		}
		return n
	}
	return event.DecimalValue([]string{"", "-"}[g.IntN(2)] + "1" + digits(13) + "." + digits(12) + "1")
}

func TestPlainDecimalsCompareAsOthers(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 30))
	plain := 0
	for range 200_000 {
		a, b := randomDecimal(g), randomDecimal(g)
		if g.IntN(8) == 0 {
			b = a
		}
		x, _ := exact(a)
		y, _ := exact(b)
		if got, ok := compareNumbers(a, b); !ok || got != x.compare(y) {
			t.Fatalf("%s and %s compare as %d, want %d", a.Text(), b.Text(), got, x.compare(y))
		}
		if _, fraction, ok := plainDecimal(a); ok && fraction != "" {
			plain++
		}
	}
	if plain < 10_000 {
		t.Errorf("only %d numbers were plain decimals", plain)
	}
}

func TestPlainTimesAreThoseOfOthers(t *testing.T) {
	g := rand.New(rand.NewPCG(2, 30))
	for range 100_000 {
		v := randomDecimal(g)
		got, ok := splTime(v)
		exact, scaled := splScaled(v)
		if !scaled {
			t.Fatalf("%s is no number", v.Text())
		}
		nanos := exact.n.Mul(exact.n, power(9))
		nanos.Div(nanos, power(exact.scale))
		whole, rest := nanos.DivMod(nanos, power(9), power(0))
		want := whole.IsInt64() && whole.Int64() >= splFirst && whole.Int64() <= splLast
		if ok != want || ok && !got.Equal(time.Unix(whole.Int64(), rest.Int64())) {
			t.Fatalf("%s is %v %t, want %s s %s ns %t", v.Text(), got, ok, whole, rest, want)
		}
	}
}

func TestBinsOfTheLastSpan(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 30))
	spans := []string{"5m", "1h", "1w@w1", "1mon", "x", ""}
	for range 2000 {
		span := spans[g.IntN(len(spans))]
		got, ok := timeBinsOf(span)
		want, valid := readTimeBins(span)
		if ok != valid || got.length != want.length || got.months != want.months || !got.from.Equal(want.from) {
			t.Fatalf("%q: %v %t, want %v %t", span, got, ok, want, valid)
		}
	}
}

func TestComparisonsOfSearchAgree(t *testing.T) {
	g := rand.New(rand.NewPCG(4, 30))
	pieces := []string{"a", "A", "b", "*", "\u212a", "k", "K", "ä", "Ä", "/", "/8", "10.0.0.0/8", "10.1.2.3", "5", "5.0", ".", "\xff", " ", "-", "::1/64"}
	random := func() event.Value {
		var b strings.Builder
		for range g.IntN(4) {
			b.WriteString(pieces[g.IntN(len(pieces))])
		}
		switch g.IntN(12) {
		case 0:
			return whole(g.Int64N(8))
		case 1:
			return null
		case 2:
			return list(text(b.String()), null, text(pieces[g.IntN(len(pieces))]), whole(5))
		}
		return text(b.String())
	}
	agrees := func(v, word event.Value) bool {
		n, okN := splNumber(v)
		w, okW := splNumber(word)
		if okN && okW {
			order, _ := compareNumbers(n, w)
			return order == 0
		}
		return splWildcard(event.Fold(splText(word)), event.Fold(splText(v)))
	}
	equal, met := ByName("spl_equal"), 0
	for range 200_000 {
		a, b := random(), random()
		want, same := len(splItems(b)) == 0, false
		for _, word := range splItems(b) {
			for _, v := range splItems(a) {
				want = want || agrees(v, word) || splInNetwork(splText(v), splText(word))
				x, okX := splNumber(v)
				y, okY := splNumber(word)
				if okX && okY {
					order, _ := compareNumbers(x, y)
					same = same || order == 0
				} else {
					same = same || splText(v) == splText(word)
				}
			}
		}
		got := ByName("spl_search_agrees").Eval([]event.Value{a, b})
		if got.Bool() != want {
			t.Fatalf("%s agrees with %s: %t, want %t", a.Text(), b.Text(), got.Bool(), want)
		}
		if !a.IsNull() && !b.IsNull() {
			if got := equal.Eval([]event.Value{a, b}); got.Kind() == event.Bool && got.Bool() != same {
				t.Fatalf("%s equals %s: %s, want %s", a.Text(), b.Text(), got.Text(), strconv.FormatBool(same))
			}
		}
		if _, err := netip.ParsePrefix(splText(b)); isNetwork(splText(b)) != (err == nil) {
			t.Fatalf("%s is a network: %t (%v)", b.Text(), isNetwork(splText(b)), err)
		}
		if want {
			met++
		}
	}
	if met < 5000 {
		t.Errorf("only %d agree", met)
	}
}
