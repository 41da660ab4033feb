package evtx

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// Type is the type of a value as the format numbers them.
type Type uint8

// The types of values. A value with TypeArray set is several of the rest.
const (
	TypeNull       Type = 0x00
	TypeString     Type = 0x01 // UTF-16
	TypeANSI       Type = 0x02 // Windows-1252
	TypeInt8       Type = 0x03
	TypeUint8      Type = 0x04
	TypeInt16      Type = 0x05
	TypeUint16     Type = 0x06
	TypeInt32      Type = 0x07
	TypeUint32     Type = 0x08
	TypeInt64      Type = 0x09
	TypeUint64     Type = 0x0A
	TypeReal32     Type = 0x0B
	TypeReal64     Type = 0x0C
	TypeBool       Type = 0x0D
	TypeBinary     Type = 0x0E
	TypeGUID       Type = 0x0F
	TypeSize       Type = 0x10
	TypeFileTime   Type = 0x11
	TypeSystemTime Type = 0x12
	TypeSID        Type = 0x13
	TypeHex32      Type = 0x14
	TypeHex64      Type = 0x15
	TypeHandle     Type = 0x20
	TypeBinXML     Type = 0x21
	TypeXML        Type = 0x23 // UTF-16
	TypeArray      Type = 0x80

	// TypeUTF8 marks text that is UTF-8 already: a literal of a template or a
	// field joined from pieces. No file contains it.
	TypeUTF8 Type = 0x7F
)

func (t Type) array() bool { return t&TypeArray != 0 }
func (t Type) item() Type  { return t &^ TypeArray }

// text reports whether a value of this type may be empty without being missing.
func (t Type) text() bool {
	return t == TypeString || t == TypeANSI || t == TypeXML || t == TypeUTF8
}

// widths holds the usual size of types that need no further look if they have
// it. Other types have a width no value can have.
var widths = func() (w [256]int32) {
	for i := range w {
		w[i] = -1
	}
	for t, n := range map[Type]int32{
		TypeInt8: 1, TypeUint8: 1, TypeInt16: 2, TypeUint16: 2, TypeInt32: 4, TypeUint32: 4,
		TypeInt64: 8, TypeUint64: 8, TypeReal32: 4, TypeReal64: 8, TypeBool: 4, TypeGUID: 16,
		TypeFileTime: 8, TypeHex32: 4, TypeHex64: 8, TypeSize: 8, TypeHandle: 8, TypeNull: 0,
	} {
		w[t] = n
	}
	return w
}()

// fits reports whether raw can be a value of type t. Integers and booleans are
// taken in any of the usual widths.
func fits(t Type, raw []byte) bool {
	n := len(raw)
	switch t {
	case TypeString, TypeXML:
		return n&1 == 0
	case TypeNull, TypeUTF8, TypeANSI, TypeBinary:
		return true
	case TypeInt8, TypeUint8, TypeInt16, TypeUint16, TypeInt32, TypeUint32, TypeInt64, TypeUint64,
		TypeBool, TypeHex32, TypeHex64, TypeSize, TypeHandle:
		return n == 1 || n == 2 || n == 4 || n == 8
	case TypeReal32:
		return n == 4
	case TypeReal64, TypeFileTime:
		return n == 8
	case TypeGUID:
		return n == 16
	case TypeSystemTime:
		_, ok := systemTime(raw)
		return ok
	case TypeSID:
		return n >= 8 && n >= 8+4*int(raw[1])
	}
	return false
}

// itemSize returns the size of the first item of an array of t, and how many
// bytes behind it separate it from the next. Their sum is at least 1.
func itemSize(t Type, raw []byte) (n, skip int) {
	switch t {
	case TypeString, TypeXML:
		for i := 0; i+1 < len(raw); i += 2 {
			if raw[i] == 0 && raw[i+1] == 0 {
				return i, 2
			}
		}
		return len(raw), 0
	case TypeANSI:
		for i, b := range raw {
			if b == 0 {
				return i, 1
			}
		}
		return len(raw), 0
	case TypeSID:
		if len(raw) < 8 {
			return len(raw), 0
		}
		return min(8+4*int(raw[1]), len(raw)), 0
	case TypeSystemTime:
		return min(16, len(raw)), 0
	case TypeSize, TypeHandle:
		if len(raw)%8 != 0 {
			return min(4, len(raw)), 0
		}
	}
	if w := int(widths[t]); w > 0 {
		return min(w, len(raw)), 0
	}
	return len(raw), 0
}

// Field is one field of a record, located but not decoded. Raw must not be
// changed; it is valid as long as the record.
type Field struct {
	Path    *Path
	Raw     []byte
	Type    Type
	Damaged bool  // Raw cannot be a value of Type
	Index   int32 // position among the unnamed Data of the record
}

// Null reports whether the field is there without a value, like an empty Data
// element. A field that is missing altogether is not among a record's fields.
func (f *Field) Null() bool { return f.Type == TypeNull }

// AppendText appends the canonical text of the field. Strings come as they are
// but for NULs at the end; times in RFC 3339; hexadecimal types with 0x and no
// leading zeros. A damaged value that is not text comes as pairs of hex digits.
func (f *Field) AppendText(dst []byte) []byte { return appendValue(dst, f.Type, f.Raw) }

func appendValue(dst []byte, t Type, raw []byte) []byte {
	switch t {
	case TypeString, TypeXML:
		return appendUTF16(dst, trimNUL16(raw))
	case TypeUTF8:
		return append(dst, raw...)
	case TypeANSI:
		return appendANSI(dst, trimNUL(raw))
	case TypeNull:
		return dst
	}
	if int(widths[t]) != len(raw) && !fits(t, raw) {
		return appendHex(dst, raw)
	}
	switch t {
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64:
		return appendDecimal(dst, unsigned(raw))
	case TypeHex32, TypeHex64, TypeSize, TypeHandle:
		return appendHexNumber(dst, unsigned(raw))
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		return strconv.AppendInt(dst, signed(raw), 10)
	case TypeReal32:
		return appendReal(dst, float64(math.Float32frombits(uint32(unsigned(raw)))), 32)
	case TypeReal64:
		return appendReal(dst, math.Float64frombits(unsigned(raw)), 64)
	case TypeBool:
		return strconv.AppendBool(dst, unsigned(raw) != 0)
	case TypeGUID:
		return appendGUID(dst, raw)
	case TypeFileTime:
		return appendFileTime(dst, unsigned(raw))
	case TypeSystemTime:
		return appendSystemTime(dst, raw)
	case TypeSID:
		return appendSID(dst, raw)
	}
	return appendHex(dst, raw)
}

// Text returns the canonical text of the field as a string.
func (f *Field) Text() string { return string(f.AppendText(nil)) }

// Int returns the value of an integer, hexadecimal or plain, if it fits.
func (f *Field) Int() (int64, bool) {
	switch f.Type {
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		if fits(f.Type, f.Raw) {
			return signed(f.Raw), true
		}
		return 0, false
	}
	u, ok := f.Uint()
	return int64(u), ok && u <= math.MaxInt64
}

// Uint returns the value of an integer, hexadecimal or plain, if it fits.
func (f *Field) Uint() (uint64, bool) {
	if !fits(f.Type, f.Raw) {
		return 0, false
	}
	switch f.Type {
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		n := signed(f.Raw)
		return uint64(n), n >= 0
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64, TypeHex32, TypeHex64, TypeSize, TypeHandle:
		return unsigned(f.Raw), true
	}
	return 0, false
}

// Bool returns the value of a boolean.
func (f *Field) Bool() (value, ok bool) {
	if f.Type != TypeBool || !fits(f.Type, f.Raw) {
		return false, false
	}
	return unsigned(f.Raw) != 0, true
}

// Time returns a time as a FILETIME: 100 ns since 1601. It reads both binary
// forms and text in RFC 3339.
func (f *Field) Time() (int64, bool) {
	switch f.Type {
	case TypeFileTime:
		return int64(unsigned(f.Raw)), len(f.Raw) == 8
	case TypeSystemTime:
		return systemTicks(f.Raw)
	case TypeUTF8, TypeString:
		if len(f.Raw) > 128 {
			return 0, false
		}
		var buf [256]byte
		return parseTicks(f.AppendText(buf[:0]))
	}
	return 0, false
}

// unsigned reads 1, 2, 4 or 8 bytes, and 0 from any other number of them.
func unsigned(raw []byte) uint64 {
	switch len(raw) {
	case 1:
		return uint64(raw[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(raw))
	case 4:
		return uint64(binary.LittleEndian.Uint32(raw))
	case 8:
		return binary.LittleEndian.Uint64(raw)
	}
	return 0
}

func signed(raw []byte) int64 {
	n := int64(unsigned(raw))
	shift := 64 - 8*len(raw)
	if shift < 0 || shift > 63 {
		return n
	}
	return n << shift >> shift
}

// appendReal appends the shortest decimal that reads back as the same number,
// with an exponent only where plain digits would be unwieldy.
func appendReal(dst []byte, x float64, size int) []byte {
	form := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, x, form, -1, size)
}

const upperHex = "0123456789ABCDEF"

func appendHex(dst, raw []byte) []byte {
	for _, b := range raw {
		dst = append(dst, upperHex[b>>4], upperHex[b&15])
	}
	return dst
}

// hexPairs holds the two digits of every byte, upper case.
var hexPairs = func() (p [256][2]byte) {
	for i := range p {
		p[i] = [2]byte{upperHex[i>>4], upperHex[i&15]}
	}
	return p
}()

// guidOrder gives for each byte of a GUID where in its text the digits stand.
var guidOrder = [16]uint8{7, 5, 3, 1, 12, 10, 17, 15, 20, 22, 25, 27, 29, 31, 33, 35}

func appendGUID(dst, raw []byte) []byte {
	text := [38]byte{0: '{', 9: '-', 14: '-', 19: '-', 24: '-', 37: '}'}
	for i, b := range raw[:16] {
		at, pair := guidOrder[i], &hexPairs[b]
		text[at], text[at+1] = pair[0], pair[1]
	}
	return append(dst, text[:]...)
}

// digitPairs holds "00" to "99".
const digitPairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

func appendDecimal(dst []byte, n uint64) []byte {
	if n < 10 {
		return append(dst, byte('0'+n))
	}
	var buf [20]byte
	i := len(buf)
	for n >= 100 {
		d := n % 100 * 2
		n /= 100
		i -= 2
		buf[i], buf[i+1] = digitPairs[d], digitPairs[d+1]
	}
	i -= 2
	buf[i], buf[i+1] = digitPairs[2*n], digitPairs[2*n+1]
	if n < 10 {
		i++
	}
	return append(dst, buf[i:]...)
}

// appendHexNumber appends n with 0x, in lower case, without leading zeros.
func appendHexNumber(dst []byte, n uint64) []byte {
	digits := (bits.Len64(n|1) + 3) / 4
	var buf [18]byte
	buf[0], buf[1] = '0', 'x'
	for i := digits + 1; i > 1; i-- {
		buf[i] = "0123456789abcdef"[n&15]
		n >>= 4
	}
	return append(dst, buf[:digits+2]...)
}

// appendSID appends a security identifier. An authority beyond 32 bits is
// written in hex, as Windows does.
func appendSID(dst, raw []byte) []byte {
	dst = strconv.AppendUint(append(dst, "S-"...), uint64(raw[0]), 10)
	authority := binary.BigEndian.Uint64(raw) & (1<<48 - 1)
	if authority < 1<<32 {
		dst = strconv.AppendUint(append(dst, '-'), authority, 10)
	} else {
		dst = append(dst, "-0x"...)
		dst = appendHex(dst, raw[2:8])
	}
	for i := range int(raw[1]) {
		sub := binary.LittleEndian.Uint32(raw[8+4*i:])
		dst = appendDecimal(append(dst, '-'), uint64(sub))
	}
	return dst
}
