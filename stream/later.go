package stream

import (
	"sync"
	"sync/atomic"
)

// later is a value that is made when it is first asked for. It is asked for so often that sync.OnceValue would show.
type later[T any] struct {
	made   atomic.Pointer[T]
	making sync.Mutex
	make   func() *T // must not return nil
}

func (l *later[T]) get() *T {
	if made := l.made.Load(); made != nil {
		return made
	}
	l.making.Lock()
	defer l.making.Unlock()
	if l.made.Load() == nil {
		l.made.Store(l.make())
		l.make = nil // lets go of what it was made from
	}
	return l.made.Load()
}
