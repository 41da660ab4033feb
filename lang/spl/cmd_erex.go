package spl

var _ = define(spec{
	name:    "erex",
	refused: "it guesses a regular expression from examples, each time anew; write the expression with rex",
})
