package event

// Arena lends the memory of nested values to a source that decodes one record after the other, so that lists and objects
// cost no allocation of their own once it has grown to the size of the records. What it lent is valid until Reset.
//
// The zero Arena is ready. It must not be used by several goroutines at a time.
type Arena struct {
	references slab[reference]
	records    slab[Record]
	fields     slab[Field]
	values     slab[Value]
}

// Object returns an Object with a copy of the fields.
func (a *Arena) Object(fields []Field) Value {
	r := &a.records.take(1)[0]
	r.Fields = a.fields.take(len(fields))
	copy(r.Fields, fields)
	ref := &a.references.take(1)[0]
	*ref = reference{object: r}
	return Value{kind: Object, ref: ref}
}

// List returns a List with a copy of the elements.
func (a *Arena) List(list []Value) Value {
	ref := &a.references.take(1)[0]
	*ref = reference{list: a.values.take(len(list))}
	copy(ref.list, list)
	return Value{kind: List, ref: ref}
}

// Reset takes back everything that was lent.
func (a *Arena) Reset() {
	a.references.used, a.records.used, a.fields.used, a.values.used = 0, 0, 0, 0
}

// slab hands out pieces of one block; when it is full it takes a larger one and leaves the old to those who hold pieces.
type slab[T any] struct {
	block []T
	used  int
}

func (s *slab[T]) take(n int) []T {
	if s.used+n > len(s.block) {
		s.block = make([]T, max(16, 2*len(s.block), n))
		s.used = 0
	}
	piece := s.block[s.used : s.used+n : s.used+n]
	s.used += n
	return piece
}
