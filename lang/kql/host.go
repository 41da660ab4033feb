package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// What a host beside the engine knows: watchlists, places of addresses, profiles of files.

var _ = defineTableFunction("_GetWatchlist", func(b *binder, s *scope, x *call) *relation {
	if len(x.args) == 0 {
		b.errorf(x.span(), "argument-count", "KS119", "_GetWatchlist takes the alias of a watchlist")
		return nil
	}
	k, ok := b.constant(&context{scope: s}, x.args[0].value, schema.String)
	if !ok {
		return nil
	}
	values := &plan.Values{}
	out := &relation{node: values, name: "_GetWatchlist"}
	add := func(text string, t schema.Type) {
		c := b.newColumn(text, t)
		values.Out = append(values.Out, c)
		out.columns = append(out.columns, &column{name: text, typ: t, col: c})
	}
	add("_DTItemId", schema.String)
	add("LastUpdatedTimeUTC", schema.Datetime)
	add("SearchKey", schema.String)
	var list *Watchlist
	if b.env.Watchlist != nil {
		list, _ = b.env.Watchlist(k.Text())
	}
	if list == nil {
		d := b.warnf(x.args[0].value.span(), "watchlist-missing", "", "there is no watchlist `%s`: it has no rows, and any column that is asked of it is text", k.Text())
		if b.env.Watchlists != nil {
			hintNearest(d, k.Text(), b.env.Watchlists())
		}
		out.absent = true
		return out
	}
	key := -1
	for i, c := range list.Columns {
		if c == list.Key {
			key = i
		}
		if out.find(c) == nil {
			add(c, schema.String)
		}
	}
	for i, row := range list.Rows {
		cells := []event.Value{event.TextValue(itoa(i + 1)), event.NullValue(), event.TextValue("")}
		for j := range list.Columns {
			text := ""
			if j < len(row) {
				text = row[j]
			}
			if j == key {
				cells[2] = event.TextValue(text)
			}
			cells = append(cells, event.TextValue(text))
		}
		values.Rows = append(values.Rows, cells[:len(values.Out)])
	}
	return out
})

var _ = defineTableFunction("_GetWatchlistAlias", func(b *binder, s *scope, x *call) *relation {
	c := b.newColumn("WatchlistAlias", schema.String)
	values := &plan.Values{Out: []*plan.Column{c}}
	if b.env.Watchlists != nil {
		for _, alias := range b.env.Watchlists() {
			values.Rows = append(values.Rows, []event.Value{event.TextValue(alias)})
		}
	}
	return &relation{node: values, columns: []*column{{name: "WatchlistAlias", typ: schema.String, col: c}}}
})

// placeFields are the members of what geo_info_from_ip_address gives.
var placeFields = []string{"country", "state", "city", "latitude", "longitude"}

var _ = defineFunction(function{
	name: "geo_info_from_ip_address", doc: "where an address is, by a database that the user supplies", takes: "address:string", gives: "dynamic", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		base := c.attach()
		if b.env.Geo == nil || base == nil {
			b.warnf(at.span(), "no-geo", "", "there is no database of places, so that no place is known").Hint = "give one with --geo"
			return literalValue(event.NullValue(), schema.Dynamic)
		}
		lookup := &plan.Lookup{Input: base.node, Table: b.env.Geo, Max: 1}
		lookup.Keys = []plan.LookupKey{{Value: args[0].exact(), Column: b.env.Geo.Columns[0], Match: plan.MatchCIDR}}
		var pairs []plan.Expr
		for _, f := range placeFields {
			if b.env.Geo.Column(f) < 0 {
				continue
			}
			col := b.temp(f, schema.Dynamic)
			lookup.Out = append(lookup.Out, plan.LookupOut{Column: col, From: f})
			pairs = append(pairs, textValue(f).expr, &plan.Ref{Column: col})
		}
		base.node = lookup
		return bagOf(pairs)
	},
})

// fileProfile are the columns that FileProfile adds.
var fileProfile = []struct {
	name string
	typ  schema.Type
}{
	{"SHA1", schema.String}, {"SHA256", schema.String}, {"MD5", schema.String}, {"FileSize", schema.Long}, {"GlobalPrevalence", schema.Long}, {"GlobalFirstSeen", schema.Datetime},
	{"GlobalLastSeen", schema.Datetime}, {"Signer", schema.String}, {"Issuer", schema.String}, {"SignerHash", schema.String}, {"IsCertificateValid", schema.Bool},
	{"IsRootSignerMicrosoft", schema.Bool}, {"SignatureState", schema.String}, {"IsExecutable", schema.Bool}, {"ThreatName", schema.String}, {"Publisher", schema.String}, {"SoftwareName", schema.String}, {"ProfileAvailability", schema.String},
}

func init() {
	invoked["FileProfile"] = func(b *binder, s *scope, x *call, in *relation) *relation {
		b.warnf(x.span(), "file-profile", "", "what FileProfile knows of files is not known here: its columns are empty").Hint = "conditions on prevalence and signatures then decide nothing"
		out := in.derive()
		out.scan = false
		var list []assigned
		for _, c := range fileProfile {
			text := c.name
			if in.find(text) != nil {
				switch text {
				case "SHA1", "SHA256", "MD5", "FileSize":
					text = free(text, func(n string) bool { return in.find(n) != nil })
				}
			}
			list = append(list, assigned{text, literalValue(emptyOf(c.typ).Value, c.typ)})
		}
		return b.extend(out, list)
	}
}
