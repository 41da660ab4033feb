package spl

var _ = define(spec{
	name:    "localize",
	refused: "it makes lists of time ranges for map to search the index again with; write the window with bin, streamstats or transaction",
})
