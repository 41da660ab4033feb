package stream_test

import (
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/schema"
	"goshawk/stream"
)

// rendering writes the text of an event out of its fields, as a view does for carriers that have none.
type rendering struct{ oneTable }

func (rendering) Source(_ *event.Class, column string) plan.Expr {
	if column == "view/_raw" {
		return &plan.Field{Name: "rendered"}
	}
	return nil
}

// The text that an event came with counts before the one that the resolver writes out, and other text is not looked at.
func TestRawOfAView(t *testing.T) {
	where := &plan.Match{
		Subject: &plan.Ref{Column: &plan.Column{Name: "view/_raw", Type: schema.String}}, Op: plan.Contains,
		Patterns: []plan.Pattern{{Pieces: []plan.Piece{{Kind: plan.Run, Text: "read"}}}},
	}
	for _, resolver := range []plan.Resolver{rendering{}, noColumns{}} {
		for _, test := range []struct {
			name, raw, rendered string
			want                bool
		}{
			{"its own text", "as it was read", "other", true},
			{"its own text has it not", "other", "as it would be read", false},
			{"written out", "", "as it would be read", resolver == plan.Resolver(rendering{})},
		} {
			class := event.ClassOf(event.Class{Product: "test"})
			ev := &event.Event{Class: class}
			if test.raw != "" {
				ev.Raw = []byte(test.raw)
			}
			ev.Record.Set("rendered", event.TextValue(test.rendered))
			p, err := eval.Compile(stream.Native(where, resolver, class), stream.CarrierSlot)
			if err != nil {
				t.Fatal(err)
			}
			var row eval.Row
			stream.Row(&row, ev)
			if got := p.True(&row); got != test.want {
				t.Errorf("%T, %s: %v, want %v", resolver, test.name, got, test.want)
			}
		}
	}
}

// noColumns knows no column.
type noColumns struct{ oneTable }

func (noColumns) Source(*event.Class, string) plan.Expr { return nil }
