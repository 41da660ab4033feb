package exec

import (
	"slices"
	"strings"

	"goshawk/event"
)

// Builder puts a Vector together value by value. It takes the shape that the values ask for: typed as long as all are of
// one kind, a dictionary as long as texts repeat, Mixed otherwise. The zero Builder is empty and ready for use, and is so
// again after each Finish.
type Builder struct {
	n      int
	kind   event.Kind // of the values so far; Null before the first
	mixed  bool
	gaps   gaps
	bools  []bool
	ints   []int64
	floats []float64
	texts  []string // plain texts, once the dictionary did not pay
	plain  bool
	codes  []uint32
	words  []string
	codeOf map[string]uint32 // of words that are more than fewWords
	vals   []event.Value
	room   int // how many values are expected

	scratch []byte
	kept    map[string]string // texts of earlier batches that are likely to come again
}

const (
	dictionaryTrial = 64   // words after which a dictionary must pay
	fewWords        = 8    // words that are looked through rather than hashed
	keptTexts       = 2048 // texts that are remembered from batch to batch
	keptLength      = 128  // and their greatest length
)

// builderOf returns a Builder that expects so many values each time.
func builderOf(room int) Builder { return Builder{room: room} }

// Append adds a value that the caller owns.
func (b *Builder) Append(v event.Value) { b.add(v, false) }

// AppendLent adds a copy of a value that is lent.
func (b *Builder) AppendLent(v event.Value) { b.add(v, true) }

// Len returns the number of values since the last Finish.
func (b *Builder) Len() int { return b.n }

func (b *Builder) add(v event.Value, lent bool) {
	kind := v.Kind()
	if b.mixed {
		if lent {
			v = b.own(v)
		}
		b.vals = append(b.vals, v)
		b.n++
		return
	}
	if kind == event.Null {
		if b.gaps == nil {
			b.gaps = make(gaps, b.n, max(b.n+16, b.room))
		}
		b.gaps = append(b.gaps, gapOf(v))
		b.pad(1)
		b.n++
		return
	}
	if b.kind == event.Null {
		b.kind = kind
		b.make()
		b.pad(b.n)
	}
	if kind != b.kind || kind == event.Decimal || kind == event.List || kind == event.Object {
		b.mix()
		b.add(v, lent)
		return
	}
	if b.gaps != nil {
		b.gaps = append(b.gaps, filled)
	}
	switch kind {
	case event.Bool:
		b.bools = append(b.bools, v.Bool())
	case event.Int, event.Time, event.Duration:
		b.ints = append(b.ints, v.Int())
	case event.Float:
		b.floats = append(b.floats, v.Float())
	case event.Text:
		b.addText(v, lent)
	}
	b.n++
}

// make makes room for values of the kind.
func (b *Builder) make() {
	switch b.kind {
	case event.Bool:
		b.bools = make([]bool, 0, b.room)
	case event.Int, event.Time, event.Duration:
		b.ints = make([]int64, 0, b.room)
	case event.Float:
		b.floats = make([]float64, 0, b.room)
	case event.Text:
		b.codes = make([]uint32, 0, b.room)
	}
}

// pad adds zero values for rows without a value.
func (b *Builder) pad(n int) {
	for range n {
		switch b.kind {
		case event.Bool:
			b.bools = append(b.bools, false)
		case event.Int, event.Time, event.Duration:
			b.ints = append(b.ints, 0)
		case event.Float:
			b.floats = append(b.floats, 0)
		case event.Text:
			if b.plain {
				b.texts = append(b.texts, "")
			} else {
				b.codes = append(b.codes, 0)
			}
		}
	}
}

func (b *Builder) addText(v event.Value, lent bool) {
	text, ok := v.Plain()
	if !ok {
		b.scratch = v.AppendText(b.scratch[:0])
		if !b.plain {
			if code, found := b.find(string(b.scratch)); found {
				b.codes = append(b.codes, code)
				return
			}
		}
		if text, ok = b.kept[string(b.scratch)]; !ok {
			text = b.keep(string(b.scratch))
		}
	} else {
		if !b.plain {
			if code, found := b.find(text); found {
				b.codes = append(b.codes, code)
				return
			}
		}
		if lent {
			if known, found := b.kept[text]; found {
				text = known
			} else {
				text = b.keep(strings.Clone(text))
			}
		}
	}
	if b.plain {
		b.texts = append(b.texts, text)
		return
	}
	b.codes = append(b.codes, b.learn(text))
	if len(b.words) >= dictionaryTrial && 2*len(b.words) > len(b.codes) {
		b.spell()
	}
}

// find returns the code of a word.
func (b *Builder) find(word string) (uint32, bool) {
	if len(b.words) > fewWords {
		code, found := b.codeOf[word]
		return code, found
	}
	i := slices.Index(b.words, word)
	return uint32(max(i, 0)), i >= 0
}

// learn gives a new word a code.
func (b *Builder) learn(word string) uint32 {
	b.words = append(b.words, word)
	if len(b.words) <= fewWords {
		return uint32(len(b.words) - 1)
	}
	if b.codeOf == nil {
		b.codeOf = make(map[string]uint32)
	}
	for code := len(b.codeOf); code < len(b.words); code++ {
		b.codeOf[b.words[code]] = uint32(code)
	}
	return uint32(len(b.words) - 1)
}

// keep remembers an owned text for later batches.
func (b *Builder) keep(text string) string {
	if len(text) <= keptLength {
		if b.kept == nil || len(b.kept) >= keptTexts {
			b.kept = make(map[string]string)
		}
		b.kept[text] = text
	}
	return text
}

// spell gives up the dictionary.
func (b *Builder) spell() {
	b.texts = make([]string, len(b.codes), cap(b.codes))
	for i, code := range b.codes {
		if b.gaps.at(i) == filled {
			b.texts[i] = b.words[code]
		}
	}
	b.plain, b.codes, b.words = true, nil, nil
	clear(b.codeOf)
}

// mix gives up the typed shape.
func (b *Builder) mix() {
	v := b.vector()
	vals := make([]event.Value, b.n, max(b.n+16, b.room))
	for i := range vals {
		vals[i] = v.At(i)
	}
	b.reset()
	b.vals, b.mixed, b.n = vals, true, len(vals)
}

// own returns a copy of a value that owns its memory, sharing texts that were seen before.
func (b *Builder) own(v event.Value) event.Value {
	if v.Kind() == event.Text {
		b.scratch = v.AppendText(b.scratch[:0])
		if text, ok := b.kept[string(b.scratch)]; ok {
			return event.TextValue(text)
		}
		return event.TextValue(b.keep(string(b.scratch)))
	}
	return v.Clone()
}

func (b *Builder) vector() Vector {
	g := b.gaps
	switch {
	case b.mixed:
		return &Mixed{b.vals}
	case b.kind == event.Bool:
		return &Bools{b.bools, g}
	case b.kind == event.Float:
		return &Floats{b.floats, g}
	case b.kind == event.Text && b.plain:
		return &Texts{vals: b.texts, gaps: g}
	case b.kind == event.Text:
		return &Words{codes: b.codes, words: b.words, gaps: g}
	case b.kind != event.Null:
		return &Ints{b.kind, b.ints, g}
	}
	uniform := true
	for _, gap := range g {
		uniform = uniform && gap == g[0]
	}
	if uniform && b.n > 0 && g[0] == null {
		return &Same{event.NullValue(), b.n}
	}
	if uniform {
		return &Same{event.Value{}, b.n}
	}
	return &Bools{make([]bool, b.n), g}
}

func (b *Builder) reset() {
	clear(b.codeOf)
	*b = Builder{codeOf: b.codeOf, scratch: b.scratch, kept: b.kept, room: b.room}
}

// Finish returns the vector of the values and empties the builder.
func (b *Builder) Finish() Vector {
	v := b.vector()
	b.reset()
	return v
}
