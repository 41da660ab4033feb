package engine

import "goshawk/source"

// OnBlockDone has a function called with each block that is done, instead of giving its memory back, until restore is called.
func OnBlockDone(f func(*source.Block)) (restore func()) {
	before := blockDone
	blockDone = f
	return func() { blockDone = before }
}
