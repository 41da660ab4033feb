package taxonomy

import (
	"slices"
	"strings"
)

// TableFeed is a kind of record that a view makes rows of a table. An empty list does not restrict, and * stands for any text.
type TableFeed struct {
	View, Title                    string // the file of the view, and what these records are
	Product, Channel, Provider, ID []string
	Category                       []string // of Sigma
	When                           bool     // under a condition on the record
}

// TableFeeds returns the kinds of record that are rows of what a plan scans under a name (sentinel/SecurityEvent, asim/Dns), in the
// order of the views. Rows that were exported from a table are not among them.
func (t *Taxonomy) TableFeeds(table string) []TableFeed {
	var feeds []TableFeed
	for _, b := range t.tableViews().blocks {
		for _, e := range b.tables {
			if e.table == table && !e.none {
				feeds = append(feeds, TableFeed{b.file, b.title, b.match.product, b.match.channel, b.match.provider, b.match.id, b.category, e.when != nil})
			}
		}
	}
	slices.SortStableFunc(feeds, func(a, b TableFeed) int { return strings.Compare(a.View, b.View) })
	return feeds
}
