package exec

import "goshawk/event"

// Vector is one column of a batch: the values of its rows, all in one shape. The set of shapes is closed: Bools, Ints,
// Floats, Texts, Words, Mixed, Same, Late.
//
// A Vector never changes once it is made and owns its memory, so that operators may keep it and share it.
type Vector interface {
	// Len returns the number of rows.
	Len() int
	// At returns the value of a row.
	At(i int) event.Value
	// IsNull says whether a row has no value, absent or null.
	IsNull(i int) bool
	// pick returns the vector of the given rows; a negative row number gives an absent value.
	pick(rows []int32) Vector
	// size returns the number of bytes that the vector holds, roughly.
	size() int64
}

// gaps says which rows have no value. A nil gaps has none.
type gaps []gap

type gap uint8

const (
	filled gap = iota // there is a value
	null              // there is none, and the event says so
	absent            // there is none
)

func (g gaps) at(i int) gap {
	if g == nil {
		return filled
	}
	return g[i]
}

func (g gaps) value(i int) event.Value {
	if g[i] == null {
		return event.NullValue()
	}
	return event.Value{}
}

func gapOf(v event.Value) gap {
	switch {
	case !v.IsNull():
		return filled
	case v.IsAbsent():
		return absent
	}
	return null
}

// pick returns the gaps of the given rows.
func (g gaps) pick(rows []int32) gaps {
	if g == nil && !anyNegative(rows) {
		return nil
	}
	out := make(gaps, len(rows))
	for i, r := range rows {
		if r < 0 {
			out[i] = absent
		} else {
			out[i] = g.at(int(r))
		}
	}
	return out
}

func anyNegative(rows []int32) bool {
	for _, r := range rows {
		if r < 0 {
			return true
		}
	}
	return false
}

// pickFrom gathers the values of the given rows; a negative row number gives the zero value.
func pickFrom[T any](list []T, rows []int32) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		if r >= 0 {
			out[i] = list[r]
		}
	}
	return out
}

// sizeOf returns the bytes that a value holds beyond those of the Value itself.
func sizeOf(v event.Value) int64 {
	switch v.Kind() {
	case event.Text, event.Decimal:
		if text, ok := v.Plain(); ok {
			return int64(len(text))
		}
		return int64(len(v.Text()))
	case event.List:
		n := int64(64)
		for _, e := range v.List() {
			n += valueSize + sizeOf(e)
		}
		return n
	case event.Object:
		return 64 + recordSize(v.Object())
	}
	return 0
}

// shellSize returns the bytes that a list or object holds without those of what lies in it.
func shellSize(v event.Value) int64 {
	switch v.Kind() {
	case event.List:
		return 64 + valueSize*int64(len(v.List()))
	case event.Object:
		return 96 + fieldSize*int64(len(v.Object().Fields))
	}
	return 0
}

func recordSize(r *event.Record) int64 {
	if r == nil {
		return 0
	}
	n := int64(32)
	for _, f := range r.Fields {
		n += fieldSize + sizeOf(f.Value)
	}
	return n
}

const (
	valueSize = 40 // of an event.Value
	fieldSize = 48 // of an event.Field
	textSize  = 16 // of a string's header
)
