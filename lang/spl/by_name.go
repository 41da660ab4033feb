package spl

import "slices"

// byName says what each of some names stands for. Most have few names, and copies are made all the time that are changed a little or
// not at all: copying costs nothing until one of the two changes what both hold. The zero byName is empty and ready for use.
type byName[V any] struct {
	list   []named[V]
	shared bool           // another one has the list, too; what lies behind it is its owner's
	index  map[string]int // into the list, if there are many; nil where nobody has looked yet
}

type named[V any] struct {
	name string
	of   V
}

// fewNames is the number up to which comparing names is faster than a table.
const fewNames = 32

// copied returns what may be changed apart from b, as b may be apart from it.
func (b *byName[V]) copied() byName[V] {
	b.shared = true
	return byName[V]{list: slices.Clip(b.list), shared: true}
}

// place returns the index of a name; -1 if it is not there.
func (b *byName[V]) place(name string) int {
	if len(b.list) <= fewNames {
		for i := range b.list {
			if b.list[i].name == name {
				return i
			}
		}
		return -1
	}
	if b.index == nil {
		b.index = make(map[string]int, len(b.list))
		for i, e := range b.list {
			b.index[e.name] = i
		}
	}
	if i, ok := b.index[name]; ok {
		return i
	}
	return -1
}

// get returns what a name stands for.
func (b *byName[V]) get(name string) (of V, ok bool) {
	if i := b.place(name); i >= 0 {
		return b.list[i].of, true
	}
	return of, false
}

// of is get for whoever takes the zero value for a name that is not there.
func (b *byName[V]) of(name string) V {
	of, _ := b.get(name)
	return of
}

func (b *byName[V]) put(name string, of V) {
	i := b.place(name)
	if i < 0 {
		if b.list == nil || b.shared && len(b.list) == cap(b.list) {
			b.own()
		}
		if b.list = append(b.list, named[V]{name, of}); b.index != nil {
			b.index[name] = len(b.list) - 1
		}
		return
	}
	b.own()
	b.list[i].of = of
}

func (b *byName[V]) remove(name string) {
	if i := b.place(name); i >= 0 {
		b.own()
		b.list, b.index = slices.Delete(b.list, i, i+1), nil
	}
}

// grow makes room for so many more names.
func (b *byName[V]) grow(n int) { b.list = slices.Grow(b.list, n) }

// own makes the list its own, to be changed.
func (b *byName[V]) own() {
	if b.list == nil || b.shared {
		b.list, b.shared = append(make([]named[V], 0, len(b.list)+4), b.list...), false
	}
}

// sorted returns all names in their order.
func (b *byName[V]) sorted() []string {
	if len(b.list) == 0 {
		return nil
	}
	list := make([]string, len(b.list))
	for i, e := range b.list {
		list[i] = e.name
	}
	slices.Sort(list)
	return list
}
