package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/schema"
)

// ExprString returns an expression as text, which ReadExpr reads back.
//
//	expr    = and { "or" and } .
//	and     = not { "and" not } .
//	not     = "not" not | test .
//	test    = operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) operand | match ] .
//	match   = op [ "~" ] [ "all" ] ( pattern | "(" [ pattern { "," pattern } ] ")" ) .
//	op      = "equals" | "prefix" | "suffix" | "contains" | "word" | "regexp" | "cidr" .
//	pattern = { text | "*" | "?" | "[-]" } .
//	operand = literal | column | "$" name | ( "field" | "loose" | "path" ) "(" text ")" | "fields" "(" ")" | "everything"
//	        | "has" "(" expr ")" | "is_null" "(" expr ")" | "all" "(" exprs ")" | "any" "(" exprs ")"
//	        | "case" { "when" expr "then" expr } [ "else" expr ] "end"
//	        | name "(" exprs ")" | "(" [ name { "," name } ] ")" "=>" expr | "(" expr ")" .
//	literal = value [ ":" type ] .
//	value   = "null" | "absent" | "true" | "false" | number | text | "[" values "]" | "{" { text ":" value } "}"
//	        | ( "datetime" | "timespan" | "decimal" | "real" ) "(" text ")" .
//	text    = '"' … '"' with \\ \" \n \r \t \xhh \uhhhh \Uhhhhhhhh | 'r"' … '"' without any.
//
// ~ is "without regard to case". * in a pattern is any number of characters, ? one, [-] any dash. all() and any() spell an
// And or Or of no or one member. $Name is short for field("Name"). A name that is no plain word stands in back quotes. A
// type is written where it is not the usual one of the value's kind. A comment runs from // to the end of the line.
func ExprString(e Expr) string {
	p := &printer{numbers: map[*Column]int{}, counts: map[string]int{}}
	p.expr(e, lowest)
	return p.String()
}

// level is how tightly an expression must bind to stand at a place without brackets.
type level int

const (
	lowest level = iota
	inOr
	inAnd
	inNot
	operand
)

func levelOf(e Expr) level {
	switch e := e.(type) {
	case *Or:
		if len(e.List) > 1 {
			return lowest
		}
	case *And:
		if len(e.List) > 1 {
			return inOr
		}
	case *Not:
		return inAnd
	case *Match, *Compare:
		return inNot
	case *Lambda:
		return lowest
	}
	return operand
}

// finds are the words for the ways in which a field is looked up.
var finds = [...]string{Exactly: "field", Loosely: "loose", Pathwise: "path"}

func (p *printer) exprs(list []Expr) {
	for i, e := range list {
		if i > 0 {
			p.write(", ")
		}
		p.expr(e, lowest)
	}
}

func (p *printer) expr(e Expr, least level) {
	if levelOf(e) < least {
		p.write("(")
		defer p.write(")")
	}
	switch e := e.(type) {
	case *Literal:
		p.write(valueText(e.Value))
		if e.Type != naturalType(e.Value) {
			p.write(":", e.Type.String())
		}
	case *Ref:
		p.column(e.Column)
	case *Field:
		p.write(finds[e.Find], "(", quote(e.Name), ")")
	case *Fields:
		p.write("fields()")
	case *Everything:
		p.write("everything")
	case *Match:
		p.match(e)
	case *Compare:
		p.expr(e.Left, operand)
		p.write(" ", e.Op.String(), " ")
		p.expr(e.Right, operand)
	case *And:
		p.chain("all", " and ", e.List, inAnd)
	case *Or:
		p.chain("any", " or ", e.List, inOr)
	case *Not:
		p.write("not ")
		p.expr(e.X, inAnd)
	case *Has:
		p.write("has(")
		p.expr(e.X, lowest)
		p.write(")")
	case *IsNull:
		p.write("is_null(")
		p.expr(e.X, lowest)
		p.write(")")
	case *Call:
		if e.Func == nil {
			p.write("missing(")
		} else {
			p.write(e.Func.Name, "(")
		}
		p.exprs(e.Args)
		p.write(")")
	case *Case:
		p.write("case")
		for _, arm := range e.Arms {
			p.write(" when ")
			p.expr(arm.When, lowest)
			p.write(" then ")
			p.expr(arm.Then, lowest)
		}
		if e.Else != nil {
			p.write(" else ")
			p.expr(e.Else, lowest)
		}
		p.write(" end")
	case *Param:
		p.write(quoteName(e.Name))
	case *Lambda:
		p.lambda(e)
	case nil:
		p.write("missing")
	}
}

func (p *printer) chain(word, between string, list []Expr, least level) {
	if len(list) < 2 {
		p.write(word, "(")
		p.exprs(list)
		p.write(")")
		return
	}
	for i, e := range list {
		if i > 0 {
			p.write(between)
		}
		p.expr(e, least)
	}
}

func (p *printer) lambda(e *Lambda) {
	p.write("(")
	for i, name := range e.Params {
		if i > 0 {
			p.write(", ")
		}
		p.write(quoteName(name))
	}
	p.write(") => ")
	outer := p.params
	p.params = append(p.params[:len(outer):len(outer)], e.Params...)
	p.expr(e.Body, lowest)
	p.params = outer
}

func (p *printer) match(e *Match) {
	p.expr(e.Subject, operand)
	p.write(" ", e.Op.String())
	if e.Fold {
		p.write("~")
	}
	if e.All {
		p.write(" all")
	}
	p.write(" ")
	if len(e.Patterns) == 1 {
		p.pattern(e.Op, e.Patterns[0])
		return
	}
	p.write("(")
	for i, pattern := range e.Patterns {
		if i > 0 {
			p.write(", ")
		}
		p.pattern(e.Op, pattern)
	}
	p.write(")")
}

func (p *printer) pattern(op MatchOp, pattern Pattern) {
	if op == Regexp || op == CIDR {
		p.write(quote(pattern.Source))
		return
	}
	if len(pattern.Pieces) == 0 {
		p.write(`""`)
	}
	for _, piece := range pattern.Pieces {
		switch piece.Kind {
		case Run:
			p.write(quote(piece.Text))
		case Many:
			p.write("*")
		case One:
			p.write("?")
		case AnyDash:
			p.write("[-]")
		}
	}
}

// naturalType is the type of a literal that is written without one.
func naturalType(v event.Value) schema.Type {
	switch v.Kind() {
	case event.Bool:
		return schema.Bool
	case event.Int:
		return schema.Long
	case event.Float:
		return schema.Real
	case event.Decimal:
		return schema.Decimal
	case event.Text:
		return schema.String
	case event.Time:
		return schema.Datetime
	case event.Duration:
		return schema.Timespan
	case event.List, event.Object:
		return schema.Dynamic
	}
	return schema.Any
}

func valueText(v event.Value) string {
	switch v.Kind() {
	case event.Bool, event.Int:
		return v.Text()
	case event.Float:
		f := v.Float()
		text := v.Text()
		switch {
		case math.IsNaN(f) || math.IsInf(f, 0):
			return "real(" + quote(text) + ")"
		case f == 0 && math.Signbit(f):
			return "-0.0"
		case !strings.ContainsAny(text, ".e"):
			return text + ".0"
		}
		return text
	case event.Decimal:
		return "decimal(" + quote(v.Text()) + ")"
	case event.Text:
		return quote(v.Text())
	case event.Time:
		text := v.Text()
		if ticks, _, ok := event.ParseTime(text); !ok || ticks != v.Int() {
			text = strconv.FormatInt(v.Int(), 10) // beyond the years that can be written
		}
		return "datetime(" + quote(text) + ")"
	case event.Duration:
		return durationText(v.Int())
	case event.List:
		parts := make([]string, len(v.List()))
		for i, e := range v.List() {
			parts[i] = valueText(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case event.Object:
		parts := make([]string, len(v.Object().Fields))
		for i, f := range v.Object().Fields {
			parts[i] = quote(f.Name.Text) + ": " + valueText(f.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if v.IsAbsent() {
		return "absent"
	}
	return "null"
}

func durationText(ticks int64) string {
	return `timespan("` + string(event.AppendDuration(nil, ticks)) + `")`
}

// quote writes text in quotes; one with backslashes, if nothing else in it asks for an escape, as r"…".
func quote(text string) string {
	plain, backslash := true, false
	for i := 0; i < len(text) && plain; {
		r, size := utf8.DecodeRuneInString(text[i:])
		plain = r != '"' && unicode.IsPrint(r) && (r != utf8.RuneError || size > 1)
		backslash = backslash || r == '\\'
		i += size
	}
	switch {
	case plain && backslash:
		return `r"` + text + `"`
	case plain:
		return `"` + text + `"`
	}
	return escape(text, '"')
}

func escape(text string, mark byte) string {
	var b strings.Builder
	b.WriteByte(mark)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == rune(mark) || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(text[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteString(text[i : i+size])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	b.WriteByte(mark)
	return b.String()
}

// reserved words cannot be the name of a column as they stand.
var reserved = map[string]bool{
	"and": true, "or": true, "not": true, "case": true, "when": true, "then": true, "else": true, "end": true,
	"true": true, "false": true, "null": true, "absent": true, "everything": true,
}

func quoteName(name string) string {
	if reserved[name] || name == "" || !isNameStart(rune(name[0])) && name[0] < utf8.RuneSelf {
		return escape(name, '`')
	}
	for i, r := range name {
		if r == utf8.RuneError || i == 0 && !isNameStart(r) || !isNamePart(r) {
			return escape(name, '`')
		}
	}
	return name
}

func isNameStart(r rune) bool { return r == '_' || r == '@' || unicode.IsLetter(r) }

func isNamePart(r rune) bool { return isNameStart(r) || r == '.' || unicode.IsDigit(r) }
