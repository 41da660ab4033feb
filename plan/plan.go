// Package plan is what every detection becomes: a small, typed, relational plan that says what it means and nothing about
// the language it came from or the executor that will run it.
//
// In goes what a lowering builds; out come checked, printed, rewritten plans. A plan is immutable once built: a rewrite
// returns a new one that shares what it did not change. Nodes are relational operators (Scan, Values, Filter, Project,
// Aggregate, Window, Sort, Limit, Join, Union, Expand, Lookup, Sequence, Correlate, Trace), expressions are few, and text matching is one of them.
// A relation is closed (typed columns with identity) or open (such columns and, for each row, a rest of named values).
package plan
