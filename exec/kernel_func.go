package exec

import (
	"goshawk/plan/fn"
)

// kernels are the functions that are computed for whole columns where these have the right shapes. A kernel returns nil where they
// have not, and must give exactly what fn.Func.Eval gives, Null of Null; n is the number of rows.
var kernels = map[*fn.Func]func(args []Vector, n int) Vector{
	fn.ByName("add"):        arithmetic('+'),
	fn.ByName("subtract"):   arithmetic('-'),
	fn.ByName("multiply"):   arithmetic('*'),
	fn.ByName("divide"):     arithmetic('/'),
	fn.ByName("divide_int"): arithmetic('\\'),
	fn.ByName("mod"):        arithmetic('%'),
	fn.ByName("bin"):        binColumn,
	fn.ByName("lower"):      lowerCase.column,
	fn.ByName("upper"):      upperCase.column,
}
