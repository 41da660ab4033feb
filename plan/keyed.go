package plan

// Keyed says whether a plan that has to wait for rows reads events in one place only, so that what it keeps are the rows, or the
// groups of rows, of one window. A plan that joins events with other events is not such a one.
func Keyed(n Node) bool { return soleScan(n) != nil }
