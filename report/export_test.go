package report

// Columns lets tests measure what a terminal would show.
var Columns = columns
