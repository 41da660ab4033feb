package spl

import "strings"

var _ = define(spec{
	name: "outputlookup", doc: "Writes the rows of a baseline to a lookup table, in memory and for the scan; they pass on as they are.",
	parse: func(a *args) stage {
		s := &outputLookupStage{}
		known := []string{"append", "create_empty", "override_if_empty", "max", "key_field", "allow_updates", "createinapp", "create_context", "output_format"}
		for !a.done() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "append":
				s.append = a.yes(v)
			case ok && name == "max":
				s.most = a.count(v)
			case ok && name == "key_field":
				s.key = v
			case ok && name == "output_format":
				if !strings.EqualFold(v.text, "splunk_sv_csv") {
					a.errorf(v.span, "spl-option", "output_format=%s is not run", clip(v.text)).Hint = "leave it out"
				}
			case ok && name == "override_if_empty":
				s.keep = !a.yes(v)
			case ok && name == "create_empty":
				if !a.yes(v) && !a.list.Failed() {
					a.errorf(v.span, "spl-option", "create_empty=false is not run").Hint = "write override_if_empty=false to keep a table where there are no rows"
				}
			case ok && name == "create_context":
			case ok:
				a.yes(v)
			case a.unknownOption(known...):
			case s.table.text == "":
				if s.table, ok = a.value(); !ok {
					a.rest()
				}
			default:
				a.rest()
			}
		}
		if s.table.text == "" {
			a.errorf(a.here(), "spl-lookup", "outputlookup needs the name of a table")
			return nil
		}
		return s
	},
})

type outputLookupStage struct {
	table  value
	append bool
	keep   bool // the table as it is, if there are no rows
	most   int64
	key    value
}

func (s *outputLookupStage) lower(l *lowering, in *relation) *relation {
	if !strings.HasSuffix(strings.ToLower(s.table.text), ".csv") && !l.isLookup(s.table.text) { // a file may be a new one
		l.lookup(s.table) // it complains
		return nil
	}
	w := Write{Lookup: s.table.text, Append: s.append, KeepIfEmpty: s.keep, Most: s.most}
	rows := in.clone()
	if s.key.text != "" {
		l.field(rows, s.key.text, s.key.span)
		w.Key = s.key.text
	}
	w.Node = l.project(rows)
	l.search.Writes = append(l.search.Writes, w)
	if !l.env.Writes {
		l.warnf(s.table.span, "spl-not-written", "the table %s is not written: the rows pass on as they are", s.table.text).Hint = "baselines fill tables for the detections of a scan"
	}
	return in
}
