package compile

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// fed returns the condition that rows are records of the log source, by channel, provider and id, in the columns that the source
// names for them.
func (rt *retargeting) fed() plan.Expr {
	var any []plan.Expr
	for _, feed := range rt.feeds() {
		all := []plan.Expr{}
		for _, part := range []struct {
			name   string
			values []string
		}{{"channel", feed.Channel}, {"provider", feed.Provider}, {"id", feed.ID}} {
			column, written, _ := strings.Cut(rt.source.Feeds[part.name], "=")
			if column == "" || len(part.values) == 0 {
				continue
			}
			m := &plan.Match{Subject: &plan.Ref{Column: rt.column(column)}, Op: plan.Equals, Fold: part.name != "id"}
			for _, v := range part.values {
				if written != "" {
					v = strings.ReplaceAll(written, "{}", v)
				}
				m.Patterns = append(m.Patterns, plan.Glob(v))
			}
			all = append(all, m)
		}
		if feed.When != nil {
			when := rt.truth(feed.When, false)
			if when == nil {
				return nil
			}
			all = append(all, when)
		}
		if len(all) > 0 {
			any = append(any, &plan.And{List: all})
		}
	}
	if len(any) == 0 {
		rt.translation.refuse(diag.Span{}, "translate-no-table", "no record that is known is of the log source %s", rt.logSource())
		return nil
	}
	return plan.RewriteExpr(&plan.Or{List: any})
}

// feeds returns the kinds of record of the log source that the target's table has, without those that others include, and such as
// differ in their ids only as one.
func (rt *retargeting) feeds() []taxonomy.Feed {
	var list []taxonomy.Feed
	for _, f := range rt.o.Taxonomy.Feeds(rt.category, rt.product, rt.service) {
		if len(f.Product) > 0 && rt.product != "" && !slices.Contains(f.Product, rt.product) {
			continue
		}
		if len(f.Channel) > 0 {
			f.Channel = slices.DeleteFunc(slices.Clone(f.Channel), func(c string) bool { return slices.Contains(rt.source.Beside, c) })
			if len(f.Channel) == 0 {
				continue
			}
		}
		list = append(list, f)
	}
	var out []taxonomy.Feed
	for i, f := range list {
		if slices.ContainsFunc(list[:i], func(o taxonomy.Feed) bool { return includes(o, f) }) ||
			slices.ContainsFunc(list[i+1:], func(o taxonomy.Feed) bool { return includes(o, f) && !includes(f, o) }) {
			continue
		}
		same := slices.IndexFunc(out, func(o taxonomy.Feed) bool {
			return o.When == nil && f.When == nil && slices.Equal(o.Channel, f.Channel) && slices.Equal(o.Provider, f.Provider)
		})
		if same >= 0 {
			out[same].ID = append(slices.Clone(out[same].ID), f.ID...)
			continue
		}
		out = append(out, f)
	}
	return out
}

// includes says whether every record of kind b is one of kind a.
func includes(a, b taxonomy.Feed) bool {
	within := func(a, b []string) bool {
		if len(a) == 0 || len(b) == 0 {
			return len(a) == 0
		}
		return !slices.ContainsFunc(b, func(v string) bool { return !slices.Contains(a, v) })
	}
	return a.When == nil && within(a.Channel, b.Channel) && within(a.Provider, b.Provider) && within(a.ID, b.ID)
}
