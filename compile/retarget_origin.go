package compile

import (
	"maps"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// origin is what a detection reads, in words that every target understands: a log source, and canonical columns.
//
// Sigma's rules say both. A query or a search names a table; the targets of its language, read backwards, say which log source
// that is under which condition, and which canonical columns its columns are.
type origin struct {
	category, product, service string

	scan      *plan.Scan
	chain     []plan.Node       // above it, the lowest first
	canonical map[string]string // column of the Scan → canonical one; nil for Sigma, whose columns are canonical
	native    map[string]string // column of the Scan → field of the records
	met       []plan.Expr       // conditions that the log source says already
	channels  []string          // those of the records that a query asks for, where it asks for less than the log source has; nil: all
	unshown   bool              // operators that only shape what is shown are left out
	names     map[*plan.Column]string
	err       *cannot
}

func (o *origin) logSource() string {
	return dataSource(sigma.LogSource{Category: o.category, Product: o.product, Service: o.service})
}

// readAs returns what a detection reads.
func readAs(r *Rule, t *taxonomy.Taxonomy) *origin {
	l := r.LogSource
	o := &origin{category: strings.ToLower(l.Category), product: strings.ToLower(l.Product), service: strings.ToLower(l.Service)}
	n := r.Plan
	for o.scan == nil {
		if s, ok := n.(*plan.Scan); ok {
			o.scan = s
			break
		}
		in := n.Inputs()
		if len(in) != 1 {
			o.err = &cannot{"translate-shape", "the detection combines several sources of events", "only a detection over one table can be translated", false}
			return o
		}
		o.chain = append(o.chain, n)
		n = in[0]
	}
	slices.Reverse(o.chain)
	if r.Detection.Language != detection.Sigma {
		if o.scan.Table == "splunk" {
			o.readEvents(t)
		} else {
			o.readTable(string(r.Detection.Language), t)
		}
		o.trim()
	}
	return o
}

// readTable finds the log source whose events the table's rows are, given what is asked of them.
func (o *origin) readTable(language string, t *taxonomy.Taxonomy) {
	asked := o.asked()
	var best *taxonomy.TargetSource
	var target *taxonomy.Target
	var met []plan.Expr
	tables := 0
	for _, name := range t.Targets() {
		candidate, _ := t.Target(name)
		if candidate.Language != language {
			continue
		}
		for _, s := range candidate.OfTable(o.scan.Table) {
			if tables++; len(s.For) == 0 || s.Feeds != nil {
				continue
			}
			conditions := append(conjunctsOf(s.When), conjunctsOf(s.Given)...)
			said := shortConditions(asked, conditions)
			if len(said) == len(conditions) && (best == nil || len(said) > len(met)) {
				best, target, met = s, candidate, said
			}
		}
	}
	if best == nil {
		o.err = &cannot{"translate-no-table", "which log source the rows of " + o.scan.Table + " are is not known", "", false}
		if tables > 0 {
			o.err.hint = "the condition that tells them apart (such as EventType, ActionType or EventID) must stand in the detection"
		}
		return
	}
	l := best.For[0]
	o.category, o.product, o.service, o.met = l.Category, l.Product, l.Service, met
	if best.Part != "" {
		o.channels = channelsOf(best, o, t)
	}
	for _, products := range []map[string]plan.Expr{best.Product, target.Product} {
		for _, product := range slices.Sorted(maps.Keys(products)) {
			if o.product != "" {
				break
			}
			if products[product] == nil {
				o.product = product
			} else if said := shortConditions(asked, []plan.Expr{products[product]}); len(said) > 0 {
				o.product, o.met = product, append(o.met, said...)
			}
		}
	}
	o.canonical = map[string]string{}
	for _, canonical := range slices.Sorted(maps.Keys(best.Columns)) {
		c := best.Columns[canonical]
		if c == nil || c.Value == nil || !c.Same() {
			continue
		}
		if name, plain := c.Plain(); plain {
			for _, column := range o.scan.Out {
				if short(column.Name) == name && o.canonical[column.Name] == "" {
					o.canonical[column.Name] = canonical
				}
			}
		}
	}
}

// channelsOf returns the channels of the records of a log source that a source holds.
func channelsOf(s *taxonomy.TargetSource, o *origin, t *taxonomy.Taxonomy) []string {
	rt := &retargeting{source: s, origin: o, o: TranslateOptions{Taxonomy: t}}
	var channels []string
	for _, c := range rt.classes() {
		channels = append(channels, c.Channel)
	}
	return channels
}

// within returns those of some parts that hold records which the detection asks for; all of them, if none does.
func (o *origin) within(parts []*taxonomy.TargetSource, t *taxonomy.Taxonomy) []*taxonomy.TargetSource {
	var list []*taxonomy.TargetSource
	for _, s := range parts {
		if slices.ContainsFunc(channelsOf(s, o, t), func(c string) bool {
			return slices.ContainsFunc(o.channels, func(asked string) bool { return strings.EqualFold(c, asked) })
		}) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return parts
	}
	return list
}

// asked returns the conditions that the detection puts to events first.
func (o *origin) asked() []plan.Expr {
	if len(o.chain) > 0 {
		if f, ok := o.chain[0].(*plan.Filter); ok {
			return conjunctsOf(f.Where)
		}
	}
	return nil
}

// readEvents finds the log source of Windows whose events a search asks for by their source and EventCode. Its fields are the
// records' own, which Sigma calls alike.
func (o *origin) readEvents(t *taxonomy.Taxonomy) {
	channel, ids := "", []string(nil)
	var met []plan.Expr
	for _, e := range o.asked() {
		m, ok := e.(*plan.Match)
		if !ok || m.Op != plan.Equals || m.All {
			continue
		}
		ref, ok := m.Subject.(*plan.Ref)
		if !ok {
			continue
		}
		switch short(ref.Column.Name) {
		case "source":
			if text, plain := m.Patterns[0].IsPlain(); plain && len(m.Patterns) == 1 {
				if _, name, found := strings.Cut(text, "WinEventLog:"); found {
					channel, met = name, append(met, e)
				}
			}
		case "EventCode", "EventID":
			for _, p := range m.Patterns {
				if text, plain := p.IsPlain(); plain {
					ids = append(ids, text)
				}
			}
			met = append(met, e)
		}
	}
	if channel == "" {
		o.err = &cannot{"translate-no-table", "which log source the events of the search are is not known", `a search that names source="XmlWinEventLog:<channel>", or one of a data model, can be translated`, false}
		return
	}
	service := ""
	for _, k := range t.KnownLogSources() {
		for _, f := range k.Feeds {
			if f.When != nil || !slices.Contains(f.Product, "windows") || !slices.ContainsFunc(f.Channel, func(c string) bool { return strings.EqualFold(c, channel) }) {
				continue
			}
			switch {
			case k.Category == "" && k.Service != "" && len(f.ID) == 0:
				service = k.Service
			case k.Category != "" && len(ids) > 0 && len(f.ID) == len(ids) && !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(f.ID, id) }):
				o.category, o.product, o.met, o.channels = k.Category, "windows", met, []string{channel}
			}
		}
	}
	if o.category == "" {
		if o.product, o.service, o.met = "windows", service, met[:1]; service == "" {
			o.err = &cannot{"translate-no-table", "no log source is known of the channel " + channel, "", false}
			return
		}
	}
	view := t.Sigma(o.category, o.product, o.service)
	o.canonical, o.native = map[string]string{}, map[string]string{}
	for _, c := range o.scan.Out {
		name := short(c.Name)
		if name == "EventCode" {
			name = "EventID"
		}
		if column, _, ok := view.Column(name); ok {
			o.canonical[c.Name] = column
		} else {
			o.native[c.Name] = name
		}
	}
}

// short returns the name by which a detection calls a column: what stands behind the table in that of a plan.
func short(column string) string { return column[strings.LastIndexByte(column, '/')+1:] }

// shortConditions returns those of the conditions that are asked which are also wanted, in the words of a target.
func shortConditions(asked, wanted []plan.Expr) []plan.Expr {
	text := func(e plan.Expr) string {
		e = plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
			switch e := e.(type) {
			case *plan.Ref:
				return &plan.Ref{Column: &plan.Column{Name: short(e.Column.Name)}}
			case *plan.Compare: // a number, which targets give as a text
				if l, ok := e.Right.(*plan.Literal); ok && e.Op == plan.Equal && l.Value.Kind() == event.Int {
					return &plan.Match{Subject: e.Left, Op: plan.Equals, Patterns: []plan.Pattern{plan.Plain(l.Value.Text())}}
				}
			}
			return e
		})
		return strings.ToLower(strings.ReplaceAll(plan.ExprString(e), "~", "")) // case matters to nobody here
	}
	var list []plan.Expr
	for _, w := range wanted {
		for _, a := range asked {
			if text(a) == text(w) {
				list = append(list, a)
				break
			}
		}
	}
	return list
}

// trim leaves out operators that only shape what is shown: every query gives columns, and which is a matter of its table.
func (o *origin) trim() {
	last := -1
	for i, n := range o.chain {
		switch n := n.(type) {
		case *plan.Filter, *plan.Aggregate, *plan.Limit:
			last = i
		case *plan.Sort:
			if n.Limit >= 0 || i > 0 && last >= 0 && isAggregate(o.chain[last]) {
				last = i
			}
		case *plan.Project, *plan.Expand:
		default:
			last = i // it will be refused
		}
	}
	for i := last; i >= 0; i-- { // groups of alike events that nothing above asks anything
		if s, ok := o.chain[i].(*plan.Sort); ok && s.Limit < 0 {
			continue
		}
		if o.onlyGroups(o.chain[i]) {
			for last = i - 1; last >= 0 && !isFilter(o.chain[last]); {
				last--
			}
		}
		break
	}
	names := map[*plan.Column]string{} // of columns of the chain, where they are called otherwise in the end
	if last >= 0 {                     // behind groups, a Project gives their columns names
		for _, n := range o.chain[last+1:] {
			p, ok := n.(*plan.Project)
			if !ok || p.Extend {
				names = nil
				break
			}
			for _, a := range p.Out {
				if ref, ok := a.Value.(*plan.Ref); ok {
					names[ref.Column] = a.Column.Name
				}
			}
		}
	}
	o.unshown = last+1 < len(o.chain)
	o.chain = o.chain[:last+1]
	o.names = names
}

// onlyGroups says whether an operator only puts alike events of a data model on one row, as every search by tstats does, and tells
// something of each group.
func (o *origin) onlyGroups(n plan.Node) bool {
	return isAggregate(n) && strings.HasPrefix(o.scan.Table, "cim/")
}

func isFilter(n plan.Node) bool {
	_, ok := n.(*plan.Filter)
	return ok
}

func isAggregate(n plan.Node) bool {
	_, ok := n.(*plan.Aggregate)
	return ok
}

// bare returns what a search groups or sorts by without the conversions that Splunk makes.
func bare(e plan.Expr) plan.Expr {
	call, ok := e.(*plan.Call)
	if !ok || len(call.Args) == 0 {
		return e
	}
	switch call.Func.Name {
	case "to_text", "spl_text", "spl_sort_key":
		return bare(call.Args[0])
	case "coalesce": // the text that tstats puts in the place of what is missing
		if l, ok := call.Args[len(call.Args)-1].(*plan.Literal); ok && len(call.Args) == 2 && l.Value.Text() == "null" {
			return bare(call.Args[0])
		}
	}
	return e
}
