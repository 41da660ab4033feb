// Package schema is the one wide, sparse table in which every record is seen: the canonical columns, named after the Elastic
// Common Schema, and the static types of columns. What has no canonical column stays reachable under its native name.
package schema

import (
	"fmt"

	"goshawk/event"
)

// Type is the static type of a column; several may share one runtime kind.
type Type uint8

const (
	Any      Type = iota // not known before running: a field of an open relation
	Bool                 //
	Int                  // 32 bits, Kusto's int
	Long                 // 64 bits
	Real                 //
	Decimal              //
	String               //
	Datetime             //
	Timespan             //
	Guid                 // text in the form 8-4-4-4-12
	Dynamic              // any value, lists and objects included
)

var typeNames = [...]string{"any", "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type(%d)", uint8(t))
}

// TypeOf returns the type of a name as String writes it.
func TypeOf(name string) (Type, bool) {
	for i, n := range typeNames {
		if n == name {
			return Type(i), true
		}
	}
	return Any, false
}

// Kind returns the runtime kind that holds values of the type; Null for Any and Dynamic, which may be of any kind.
func (t Type) Kind() event.Kind {
	switch t {
	case Bool:
		return event.Bool
	case Int, Long:
		return event.Int
	case Real:
		return event.Float
	case Decimal:
		return event.Decimal
	case String, Guid:
		return event.Text
	case Datetime:
		return event.Time
	case Timespan:
		return event.Duration
	}
	return event.Null
}
