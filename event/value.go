package event

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Kind is the runtime type of a Value. Finer static types live on the columns of a plan.
type Kind uint8

const (
	Null     Kind = iota // no value: absent, or present and explicitly null
	Bool                 //
	Int                  // 64-bit signed
	Float                // 64-bit IEEE 754
	Decimal              // exact decimal text, for numbers beyond Int and for Kusto's decimal
	Text                 // UTF-8 as a rule; invalid bytes are kept as they are
	Time                 // ticks of 100 ns since 0001-01-01T00:00:00Z
	Duration             // ticks of 100 ns
	List                 // ordered values
	Object               // a Record
)

func (k Kind) String() string {
	return [...]string{"null", "bool", "int", "float", "decimal", "text", "time", "duration", "list", "object"}[k]
}

// Value is one value of a record or of a plan. The zero Value is Null and absent.
//
// A Text may be kept as its source spelled it (UTF-16, JSON or XML escapes, hex) together with the Codec that decodes it:
// decoding waits until somebody asks.
type Value struct {
	kind Kind
	num  int64
	text string
	ref  *reference
}

// reference is what the rarer kinds need beside a number and a text.
type reference struct {
	codec  *Codec
	list   []Value
	object *Record
}

// Codec decodes the spelling of a text in some format.
type Codec struct {
	name   string
	append func(dst []byte, raw string) []byte
	ref    reference
}

// NewCodec returns a codec; append must add the decoded text of raw to dst, must not keep either, and must not fail: it
// keeps what it cannot decode as it is.
func NewCodec(name string, append func(dst []byte, raw string) []byte) *Codec {
	c := &Codec{name: name, append: append}
	c.ref.codec = c
	return c
}

// NullValue returns the value that is present and null; the zero Value is the one that is absent.
func NullValue() Value { return Value{num: 1} }

// BoolValue returns a Bool.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, num: 1}
	}
	return Value{kind: Bool}
}

// IntValue returns an Int.
func IntValue(n int64) Value { return Value{kind: Int, num: n} }

// FloatValue returns a Float.
func FloatValue(f float64) Value { return Value{kind: Float, num: int64(math.Float64bits(f))} }

// DecimalValue returns a Decimal; text must be a decimal number.
func DecimalValue(text string) Value { return Value{kind: Decimal, text: text} }

// TextValue returns a Text.
func TextValue(text string) Value { return Value{kind: Text, text: text} }

// EncodedValue returns a Text that raw spells in the manner of codec.
func EncodedValue(codec *Codec, raw string) Value {
	return Value{kind: Text, text: raw, ref: &codec.ref}
}

// TimeValue returns a Time of so many ticks since year 1.
func TimeValue(ticks int64) Value { return Value{kind: Time, num: ticks} }

// DurationValue returns a Duration of so many ticks.
func DurationValue(ticks int64) Value { return Value{kind: Duration, num: ticks} }

// ListValue returns a List; it keeps the slice.
func ListValue(list ...Value) Value { return Value{kind: List, ref: &reference{list: list}} }

// ObjectValue returns an Object; it keeps the record.
func ObjectValue(r *Record) Value { return Value{kind: Object, ref: &reference{object: r}} }

// Kind returns the kind.
func (v Value) Kind() Kind { return v.kind }

// IsNull says whether there is no value, absent or null.
func (v Value) IsNull() bool { return v.kind == Null }

// IsAbsent says whether there is not even a null.
func (v Value) IsAbsent() bool { return v.kind == Null && v.num == 0 }

// Bool returns the value of a Bool; false for any other kind.
func (v Value) Bool() bool { return v.kind == Bool && v.num != 0 }

// Int returns the number of an Int, the ticks of a Time or a Duration; 0 for any other kind.
func (v Value) Int() int64 {
	switch v.kind {
	case Int, Time, Duration:
		return v.num
	}
	return 0
}

// Float returns the number of a Float, or of an Int as a float; 0 for any other kind.
func (v Value) Float() float64 {
	switch v.kind {
	case Float:
		return math.Float64frombits(uint64(v.num))
	case Int:
		return float64(v.num)
	case Decimal:
		f, _ := strconv.ParseFloat(v.text, 64)
		return f
	}
	return 0
}

// List returns the elements of a List; nil for any other kind.
func (v Value) List() []Value {
	if v.kind == List {
		return v.ref.list
	}
	return nil
}

// Object returns the record of an Object; nil for any other kind.
func (v Value) Object() *Record {
	if v.kind == Object {
		return v.ref.object
	}
	return nil
}

// Plain returns the text of a Text or Decimal that needs no decoding.
func (v Value) Plain() (string, bool) {
	if v.kind == Text && v.ref == nil || v.kind == Decimal {
		return v.text, true
	}
	return "", false
}

// Spelling returns a Text as its source spelled it, and the codec that decodes it, which is nil for a plain text.
func (v Value) Spelling() (raw string, codec *Codec) {
	if v.kind != Text {
		return "", nil
	}
	if v.ref != nil {
		codec = v.ref.codec
	}
	return v.text, codec
}

// AppendText adds the canonical text of the value: a Text decoded, a number in its shortest decimal form, true or false, a
// time as RFC 3339 in UTC, a list or object as JSON; nothing for Null.
func (v Value) AppendText(dst []byte) []byte {
	switch v.kind {
	case Null:
		return dst
	case Bool:
		return strconv.AppendBool(dst, v.num != 0)
	case Int:
		return strconv.AppendInt(dst, v.num, 10)
	case Float:
		return AppendFloat(dst, v.Float())
	case Decimal:
		return append(dst, v.text...)
	case Text:
		if v.ref != nil {
			return v.ref.codec.append(dst, v.text)
		}
		return append(dst, v.text...)
	case Time:
		return AppendTime(dst, v.num)
	case Duration:
		return AppendDuration(dst, v.num)
	}
	return v.AppendJSON(dst)
}

// Text returns the canonical text; see AppendText.
func (v Value) Text() string {
	if v.kind == Text && v.ref != nil {
		return v.decoded()
	}
	if text, ok := v.Plain(); ok {
		return text
	}
	return string(v.AppendText(nil))
}

// decoded returns the text of a Text that is spelled in the manner of a codec. Hardly any is longer than its spelling.
func (v Value) decoded() string {
	text := v.ref.codec.append(make([]byte, 0, len(v.text)), v.text)
	if 8*len(text) < 7*cap(text) {
		return string(text) // no room is kept that is not needed
	}
	return unsafe.String(unsafe.SliceData(text), len(text))
}

// decoding are buffers in which texts are decoded that nobody keeps.
var decoding = sync.Pool{New: func() any { return new([]byte) }}

// IsEmpty says whether the value is a Text without a character.
func (v Value) IsEmpty() bool {
	if v.kind != Text || v.ref == nil || v.text == "" {
		return v.kind == Text && v.text == ""
	}
	buffer := decoding.Get().(*[]byte)
	defer decoding.Put(buffer)
	*buffer = v.ref.codec.append((*buffer)[:0], v.text)
	return len(*buffer) == 0
}

// Clone returns a copy that owns all its memory, decoded.
func (v Value) Clone() Value {
	switch v.kind {
	case Text:
		if v.ref != nil {
			return TextValue(v.decoded())
		}
		return TextValue(strings.Clone(v.text))
	case Decimal:
		return DecimalValue(strings.Clone(v.text))
	case List:
		list := make([]Value, len(v.ref.list))
		for i, e := range v.ref.list {
			list[i] = e.Clone()
		}
		return ListValue(list...)
	case Object:
		r := v.ref.object.Clone()
		return ObjectValue(&r)
	}
	return v
}

// AppendFloat adds the shortest decimal text that reads back as f, without an exponent where it stays short.
func AppendFloat(dst []byte, f float64) []byte {
	if a := math.Abs(f); f == 0 || a >= 1e-6 && a < 1e21 {
		if f == 0 {
			f = 0 // no minus zero
		}
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// Number reads a decimal number exactly: an Int where it fits, else a Float where that loses nothing that the text says in
// 17 digits, else a Decimal. It reports false for anything but an optional sign, digits, fraction and exponent.
func Number(text string) (Value, bool) {
	if !isNumber(text) {
		return Value{}, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return IntValue(n), true
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	digits := strings.TrimLeft(strings.NewReplacer("-", "", "+", "", ".", "").Replace(mantissa), "0")
	if len(digits) <= 17 {
		if f, err := strconv.ParseFloat(text, 64); err == nil && (len(digits) <= 15 || says(f, digits)) {
			return FloatValue(f), true
		}
	}
	return DecimalValue(text), true
}

// says whether a number written with as many digits has these digits.
func says(f float64, digits string) bool {
	written, _, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'e', len(digits)-1, 64), "e")
	return strings.Replace(written, ".", "", 1) == digits
}

func isNumber(text string) bool {
	i, digits := 0, 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	for ; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
		digits++
	}
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '-' || text[i] == '+') {
			i++
		}
		exponent := i
		for ; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
		}
		if i == exponent {
			return false
		}
	}
	return i == len(text)
}
