package kql

// Operators that are known and not run.

const (
	severalTables = "it gives several tables, and a rule has one result"
	graphs        = "it is not written yet; filter the rows in front of make-graph"
)

var (
	_ = defineOperator(operator{name: "facet", refused: severalTables})
	_ = defineOperator(operator{name: "fork", refused: severalTables})
	_ = defineOperator(operator{name: "reduce", refused: "its patterns come from a clustering whose steps are not published"})
	_ = defineOperator(operator{name: "graph-where-nodes", refused: graphs})
	_ = defineOperator(operator{name: "graph-where-edges", refused: graphs})
	_ = defineOperator(operator{name: "inline_external_table", source: true, refused: "nothing outside is asked while a query runs; externaldata names what --external gives"})
	_ = defineOperator(operator{name: "macro-expand", source: true, refused: "there is one database here"})
	_ = defineOperator(operator{name: "execute-and-cache", refused: "nothing is kept between queries"})
	_ = defineOperator(operator{name: "assert-schema", refused: "it is a check of the service's own"})
)
