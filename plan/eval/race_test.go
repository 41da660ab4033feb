//go:build race

package eval_test

// raced says that the race detector runs, which drops pooled memory at random.
const raced = true
