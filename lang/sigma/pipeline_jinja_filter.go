package sigma

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// jinjaFilter changes a value; its parameters are evaluated before.
type jinjaFilter struct {
	least, most int // parameters
	do          func(v any, args []any) (any, error)
}

// ofJinjaText makes a filter of a function of texts.
func ofJinjaText(do func(string) any) jinjaFilter {
	return jinjaFilter{do: func(v any, _ []any) (any, error) {
		text, err := jinjaText(v)
		return do(text), err
	}}
}

// ofJinjaList makes a filter of a function of lists.
func ofJinjaList(do func([]any) any) jinjaFilter {
	return jinjaFilter{do: func(v any, _ []any) (any, error) {
		list, ok := v.([]any)
		if !ok {
			return nil, fmt.Errorf("a list is needed, not %T", v)
		}
		return do(list), nil
	}}
}

var jinjaFilters = map[string]jinjaFilter{
	"lower": ofJinjaText(func(s string) any { return strings.ToLower(s) }),
	"upper": ofJinjaText(func(s string) any { return strings.ToUpper(s) }),
	"trim":  ofJinjaText(func(s string) any { return strings.TrimSpace(s) }),
	"first": ofJinjaList(func(list []any) any {
		if len(list) == 0 {
			return undefined{"first"}
		}
		return list[0]
	}),
	"last": ofJinjaList(func(list []any) any {
		if len(list) == 0 {
			return undefined{"last"}
		}
		return list[len(list)-1]
	}),
	"length": {do: func(v any, _ []any) (any, error) {
		switch v := v.(type) {
		case string:
			return int64(len([]rune(v))), nil
		case []any:
			return int64(len(v)), nil
		case map[string]any:
			return int64(len(v)), nil
		case undefined:
			return int64(0), nil
		}
		return nil, errors.New("only texts, lists and maps have a length")
	}},
	"string": {do: func(v any, _ []any) (any, error) { return jinjaText(v) }},
	"default": {least: 1, most: 1, do: func(v any, args []any) (any, error) {
		if _, missing := v.(undefined); missing {
			return args[0], nil
		}
		return v, nil
	}},
	"join": {most: 1, do: func(v any, args []any) (any, error) {
		list, ok := v.([]any)
		if !ok {
			return nil, fmt.Errorf("join needs a list, not %T", v)
		}
		separator, total := "", 0
		if len(args) > 0 {
			var err error
			if separator, err = jinjaText(args[0]); err != nil {
				return nil, err
			}
		}
		var texts []string
		for _, e := range list {
			text, err := jinjaText(e)
			if err != nil {
				return nil, err
			}
			if total += len(text) + len(separator); total > maxMadeBytes {
				return nil, errors.New("text becomes too long")
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, separator), nil
	}},
	"replace": {least: 2, most: 2, do: func(v any, args []any) (any, error) {
		var text [3]string
		for i, e := range []any{v, args[0], args[1]} {
			var err error
			if text[i], err = jinjaText(e); err != nil {
				return nil, err
			}
		}
		if text[1] == "" || strings.Count(text[0], text[1])*len(text[2]) > maxMadeBytes {
			return nil, errors.New("replace finds nothing, or makes too much of it")
		}
		return strings.ReplaceAll(text[0], text[1], text[2]), nil
	}},
	"tojson": {do: func(v any, _ []any) (any, error) {
		// Jinja makes its JSON safe for HTML.
		return strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(jsonText(orderedOf(v), -1)), nil
	}},
}

// orderedOf gives maps the order of their names.
func orderedOf(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = orderedOf(v[i])
		}
		return list
	case map[string]any:
		o := &jsonObject{keys: sortedKeys(v)}
		for _, name := range o.keys {
			o.values = append(o.values, orderedOf(v[name]))
		}
		return o
	case int64, float64:
		return json.Number(templateText(v))
	}
	return v
}

// filter reads a filter behind a bar.
func (j *jinjaParser) filter(e jinjaExpr) jinjaExpr {
	at := j.peek().at
	name := j.name()
	f, known := jinjaFilters[name]
	if !known {
		j.fail(at, "unknown filter %q; there are %s", name, strings.Join(sortedKeys(jinjaFilters), ", "))
	}
	var args []jinjaExpr
	if j.is('s', "(") {
		for !j.is('s', ")") {
			if len(args) > 0 {
				j.sign(",")
			}
			args = append(args, j.expression())
		}
	}
	if len(args) < f.least || len(args) > f.most {
		j.fail(at, "filter %s takes %d to %d parameters, not %d", name, f.least, f.most, len(args))
	}
	return func(r *jinjaRun) (any, error) {
		v, err := e(r)
		if err != nil {
			return nil, err
		}
		var values []any
		for _, a := range args {
			value, err := a(r)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		return f.do(v, values)
	}
}
