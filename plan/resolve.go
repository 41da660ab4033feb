package plan

import "goshawk/event"

// Resolver knows what kinds of record there are: which tables the records of a class belong to, and where their canonical
// columns come from. The taxonomy implements it; executors ask it once per table, column and class, and several goroutines at a time.
type Resolver interface {
	// Route says whether records of the class can be rows of the table, and if so under which further condition on the
	// record (nil: none). The condition is over Fields.
	Route(table string, class *event.Class) (when Expr, in bool)
	// Source returns the expression over Fields that gives a canonical column for records of the class, or nil if such
	// records never have it.
	Source(class *event.Class, column string) Expr
}
