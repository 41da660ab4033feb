package exec

// keys numbers rows by the values of their keys: rows of equal values (fn.AppendKey) have the same number, numbers count up
// from 0 in the order of first rows. Each column is numbered for itself; the numbers of several are put together two by two.
type keys struct {
	columns []interner
	pairs   []pairTable // of the columns so far, and the next one
	n       int32
	counted int64 // bytes at the last call of grown
	other   []int32
}

// pairTable numbers pairs of numbers, in the order in which they come. Most first numbers of keys come with one second number only.
type pairTable struct {
	one  []pairOf    // for each first number, the pair in which it came first
	more numberTable // the other pairs
	next int32
}

// pairOf is the second number of a pair and the number of the pair, counted from 1; 0: there is none.
type pairOf struct{ second, number int32 }

const pairOfSize = 8

// number replaces each first number by that of the pair.
func (t *pairTable) number(first, second []int32, learn bool) {
	for r, a := range first {
		b := second[r]
		if a < 0 || b < 0 {
			first[r] = unnumbered
			continue
		}
		if learn {
			t.one = widened(t.one, int(a)+1)
		}
		switch {
		case int(a) >= len(t.one) || t.one[a].number == 0 && !learn:
			first[r] = unnumbered
		case t.one[a].number == 0:
			t.next++
			t.one[a] = pairOf{b, t.next}
			first[r] = t.next - 1
		case t.one[a].second == b:
			first[r] = t.one[a].number - 1
		default:
			first[r] = t.another(a, b, learn)
		}
	}
}

// another returns the number of a pair that is not the only one of its first number.
func (t *pairTable) another(a, b int32, learn bool) int32 {
	key := uint64(uint32(a))<<32 | uint64(uint32(b))
	number := t.more.find(key)
	if number < 0 && learn {
		number = t.next
		t.next++
		t.more.put(key, number)
	}
	return number
}

// bytes returns the bytes that the table holds.
func (t *pairTable) bytes() int64 { return t.more.bytes() + int64(pairOfSize*cap(t.one)) }

// nullKeys says what becomes of rows with a Null among their keys.
type nullKeys uint8

const (
	nullsGroup nullKeys = iota // Null is a value like others
	nullsDrop                  // they have no number
)

// number returns the number of each row, unnumbered for those that have none: because of a Null, or because its keys are new and
// learn is false.
func (k *keys) number(columns []Vector, n int, nulls nullKeys, learn bool) []int32 {
	out := make([]int32, n)
	if len(columns) == 0 {
		if learn && n > 0 {
			k.n = 1
		}
		for r := range out {
			out[r] = k.n - 1
		}
		return out
	}
	if k.columns == nil {
		k.columns, k.pairs = make([]interner, len(columns)), make([]pairTable, len(columns)-1)
	}
	k.columns[0].number(columns[0], nulls, learn, out)
	k.n = k.columns[0].n
	if len(columns) > 1 && cap(k.other) < n {
		k.other = make([]int32, n)
	}
	for i, c := range columns[1:] {
		other := k.other[:n]
		k.columns[i+1].number(c, nulls, learn, other)
		k.pairs[i].number(out, other, learn)
		k.n = k.pairs[i].next
	}
	return out
}

// grown returns the bytes that were taken up since it was last asked.
func (k *keys) grown() int64 {
	bytes := int64(0)
	for i := range k.columns {
		bytes += k.columns[i].bytes()
	}
	for i := range k.pairs {
		bytes += k.pairs[i].bytes()
	}
	n := bytes - k.counted
	k.counted = bytes
	return n
}

func valuesOf(list []*expr, b *Batch) []Vector {
	out := make([]Vector, len(list))
	for i, x := range list {
		out[i] = x.value(b)
	}
	return out
}
