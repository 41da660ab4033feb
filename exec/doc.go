// Package exec runs any plan over batches of rows. It is the definition of what a plan means: the stream matcher and the
// stores only make parts of it fast, and the corpus of plan/plantest proves that they agree.
//
// In goes a plan and, for each of its Scans, events or batches of rows; out come batches. Compile turns a plan into a Query
// once. A Query is run in one of two ways: Query.Run asks a Source for the rows of one Scan after the other; Query.Start
// gives a Run that is fed from outside, event by event, by whoever reads them anyway. Both push batches through the same
// operators, one file each (op_*.go), and both give the same rows in the same order.
//
// Rows stand in column vectors (vector_*.go): typed slices, dictionaries for texts that repeat, values of any kind where
// nothing better is known. Expressions are computed by kernels (kernel_*.go) where there is one for their shape, else row by
// row through plan/eval; both mean the same. Rows are grouped and joined by numbers that their keys are given column by column
// (keys.go), and the common aggregates keep their states in typed slices (tally_*.go).
//
// Everything is bounded: a query that needs more memory, groups, rows or pairs of rows than its Options allow ends in an error
// that says so, never in a shorter answer. Everything is deterministic: groups come in the order of their first row, a sort is stable,
// a join follows the order of its left side.
package exec
