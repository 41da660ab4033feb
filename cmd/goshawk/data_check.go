package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/taxonomy"
)

// dataCheckFlags are what data check can be told.
type dataCheckFlags struct {
	schemas choices
	query   string
	rules   queryFlags // of which only what names content counts
	read    readFlags
	format  choice
	failOn  choice
	filters bool
	limit   number
	threads number
}

func (p program) dataCheckCommand() *cobra.Command {
	f := dataCheckFlags{
		schemas: choices{choice: choice{what: "schema", words: taxonomy.Default().AsimSchemas()}},
		format:  choice{what: "format", words: []string{"table", "json"}, value: "table"},
		failOn:  choice{what: "severity", words: []string{"error", "warning", "info", "none"}, value: "error"},
		limit:   number{value: 100_000},
	}
	f.schemas.also = map[string]string{}
	for _, name := range f.schemas.words {
		f.schemas.also[strings.ToLower(name)] = name
	}
	c := &cobra.Command{
		Use:   "check --asim SCHEMA [DATA…]",
		Short: "Hold rows against a schema of ASIM, as its testers of schema and data do",
		Long: `Check asks logs for the events of a schema of ASIM and says what is wrong with them: of the columns, which are missing, of another type
or unknown; of the values, where a mandatory column is empty, a value is not allowed, another name of a column does not have its value, or
the partner of a column is missing. '-' is standard input; without data only the columns are checked.

The rows are those of every source, as the function of the schema gives them; those of a table, function or query that --query names; or those
of each parser in the files that -r names, whose schema is that which they say. The exit status is 1 if something is an error, and 2 if a
query or parser does not bind.`,
		Example: `  goshawk data check --asim ProcessEvent logs/
  goshawk data check --asim Dns --query '_Im_Dns(domain_has_any=dynamic(["example.org"]))' logs/ -f json
  goshawk data check -r vimProcessCreateMyProduct.yaml logs/my-product.jsonl --filters`,
		RunE: func(c *cobra.Command, paths []string) error { return p.dataCheck(c.Context(), &f, paths) },
	}
	flags := c.Flags()
	flags.Var(&f.schemas, "asim", "the `SCHEMA`: "+strings.Join(f.schemas.words, ", ")+"; several with commas")
	flags.StringVar(&f.query, "query", "", "check the rows of this table, function or `QUERY` of KQL")
	flags.VarP(&f.rules.paths, "rules", "r", "parsers to check, or content whose functions --query uses: a checkout, a folder or files; may be repeated")
	f.rules.data.bind(c)
	f.read.bind(c)
	flags.VarP(&f.format, "format", "f", "table, or json (one object per line for each thing that was checked)")
	flags.Var(&f.failOn, "fail-on", "exit with status 1 for an `error`, also for a warning, also for an info, or for none")
	flags.BoolVar(&f.filters, "filters", false, "also call the function with values that no row meets, one parameter after the other: rows that come all the same are an error. Reads the data once for each")
	flags.Var(&f.limit, "limit", "look at so many rows")
	f.threads.most = maxThreads
	flags.VarP(&f.threads, "threads", "j", "number of workers (default: one for each core)")
	complete(c, "asim", &f.schemas.choice)
	complete(c, "format", &f.format)
	complete(c, "fail-on", &f.failOn)
	return c
}

// asimSubject is one thing to be checked.
type asimSubject struct {
	name, path string
	version    string // of the schema, as a parser says it
	test       engine.AsimTest
}

// checkedRows is what came of a check, in the shape that other programs rely on.
type checkedRows struct {
	Name       jsonText           `json:"name"`
	Path       jsonText           `json:"path,omitempty"`
	Schema     string             `json:"schema"`
	Version    string             `json:"version"`
	Rows       int                `json:"rows"`
	Limited    bool               `json:"limited,omitempty"` // there were more rows
	Errors     int                `json:"errors"`
	Warnings   int                `json:"warnings"`
	Infos      int                `json:"infos"`
	Complaints []checkedComplaint `json:"complaints"`
}

// checkedComplaint is one thing that rows get wrong; Rows is 0 where it is the column.
type checkedComplaint struct {
	Grade  taxonomy.AsimGrade `json:"grade"`
	Code   string             `json:"code"`
	Column jsonText           `json:"column"`
	Rows   int                `json:"rows,omitempty"`
	Text   jsonText           `json:"text"`
}

// dataCheck runs data check.
func (p program) dataCheck(ctx context.Context, f *dataCheckFlags, paths []string) error {
	if err := allExist(paths); err != nil {
		return err
	}
	subjects, err := f.subjects(p)
	if err != nil {
		return err
	}
	if (len(subjects) > 1 || f.filters) && slices.Contains(paths, "-") {
		return fail(exitUsage, "standard input can be read once, and several checks want it; put it into a file")
	}
	var list []checkedRows
	var inputs []engine.InputReport
	for _, s := range subjects {
		s.test.Paths, s.test.Taxonomy, s.test.Source = paths, taxonomy.Default(), f.read.options(ctx, p)
		s.test.Threads, s.test.Limit = f.threads.value, f.limit.value
		result, err := s.test.Run(ctx)
		var wrong diag.List
		switch {
		case errors.As(err, &wrong):
			return refusal("the query is wrong", wrong)
		case err != nil:
			return failure{exitInput, err}
		case ctx.Err() != nil || result.Report.Interrupted:
			return failure{exitInterrupted, nil}
		}
		inputs = result.Report.Inputs
		list = append(list, s.checked(result))
	}
	if err := p.write(f.shown(list, len(paths) > 0)); err != nil {
		return err
	}
	if len(paths) > 0 {
		if err := unread(paths, inputs, false); err != nil {
			return err
		}
	}
	for _, one := range list {
		if fails := map[string]int{"error": one.Errors, "warning": one.Errors + one.Warnings, "info": len(one.Complaints)}; fails[f.failOn.value] > 0 {
			return failure{exitFindings, nil}
		}
	}
	return nil
}

// subjects returns what is to be checked.
func (f *dataCheckFlags) subjects(p program) ([]asimSubject, error) {
	if len(f.schemas.values) == 0 && (f.query != "" || len(f.rules.paths.values) == 0) {
		return nil, fail(exitUsage, "name the schema: --asim ProcessEvent, or another of %s", strings.Join(f.schemas.words, ", "))
	}
	options := compile.Options{Taxonomy: taxonomy.Default()}
	if err := f.rules.data.apply(p, &options); err != nil {
		return nil, err
	}
	if f.query == "" && len(f.rules.paths.values) > 0 {
		return f.parsers(options)
	}
	pack, err := f.rules.workspace(options)
	if err != nil {
		return nil, err
	}
	var list []asimSubject
	for _, schema := range f.schemas.values {
		one := asimSubject{name: "_ASim_" + schema, test: engine.AsimTest{Schema: schema, Query: f.query, Env: compile.Workspace(pack, options)}}
		if f.query != "" {
			one.name = strings.Join(strings.Fields(f.query), " ")
		}
		if f.filters {
			if f.query == "" {
				one.name, one.test.Query = "_Im_"+schema, "_Im_"+schema
			}
			stored, ok := one.test.Env.Function(one.name)
			if !ok {
				return nil, fail(exitUsage, "--filters: there is no function %q; name one with --query, or a parser's file with -r", one.name)
			}
			one.test.Function = stored
		}
		list = append(list, one)
	}
	return list, nil
}

// parsers returns the functions of the content that -r names that are of a schema, of the chosen ones if there are any. Those that do not say
// theirs are of the one that is chosen.
func (f *dataCheckFlags) parsers(options compile.Options) ([]asimSubject, error) {
	functions, err := f.rules.functions(options)
	if err != nil {
		return nil, err
	}
	var list []asimSubject
	var wrong diag.List
	unknown := ""
	for _, one := range functions {
		schema := one.Function.Schema
		if schema == "" && len(f.schemas.values) == 1 {
			schema = f.schemas.values[0]
		}
		at := slices.IndexFunc(f.schemas.words, func(known string) bool { return strings.EqualFold(known, schema) })
		switch {
		case at < 0 && schema != "":
			unknown = schema
			continue
		case at < 0 || len(f.schemas.values) > 0 && !f.schemas.has(f.schemas.words[at]):
			continue
		case one.Refused || one.Query.Plan == nil:
			wrong = append(wrong, one.Diagnostics...)
			continue
		}
		list = append(list, asimSubject{one.Function.Name, one.Function.Path, one.Function.SchemaVersion, engine.AsimTest{Schema: f.schemas.words[at], Bound: one.Query, Env: one.Env}})
		if f.filters {
			list[len(list)-1].test.Function = one.Stored
		}
	}
	switch {
	case wrong.Failed():
		return nil, refusal("a parser is wrong", wrong)
	case len(list) == 0 && unknown != "":
		return nil, fail(exitUsage, "there is no schema %q in ASIM%s; it has %s", unknown, didYouMean(unknown, f.schemas.words), strings.Join(f.schemas.words, ", "))
	case len(list) == 0:
		return nil, fail(exitUsage, "there is no parser of a schema of ASIM in %s; name the schema with --asim, or the function with --query", f.rules.paths.String())
	}
	return list, nil
}

// checked puts a result into the shape in which it is shown.
func (s asimSubject) checked(r *engine.AsimResult) checkedRows {
	one := checkedRows{Name: jsonText(s.name), Path: jsonText(s.path), Schema: s.test.Schema, Version: taxonomy.Default().AsimVersion(s.test.Schema),
		Rows: r.Rows, Limited: r.Limited, Complaints: []checkedComplaint{}}
	for _, c := range r.Complaints {
		if c.Column == "EventSchemaVersion" && c.Code == "asim-value" && s.version != "" && strings.HasPrefix(c.Text, "`"+s.version+"` ") {
			c.Grade, c.Text = taxonomy.AsimInfo, "the rows are of version "+s.version+" of the schema, as the parser says; there is "+one.Version
		}
		one.Complaints = append(one.Complaints, checkedComplaint{c.Grade, c.Code, jsonText(c.Column), c.Rows, jsonText(c.Text)})
		switch c.Grade {
		case taxonomy.AsimError:
			one.Errors++
		case taxonomy.AsimWarning:
			one.Warnings++
		default:
			one.Infos++
		}
	}
	slices.SortStableFunc(one.Complaints, func(a, b checkedComplaint) int { return cmp.Compare(gradeRank[a.Grade], gradeRank[b.Grade]) })
	return one
}

var gradeRank = map[taxonomy.AsimGrade]int{taxonomy.AsimError: 0, taxonomy.AsimWarning: 1, taxonomy.AsimInfo: 2}

// gathered puts what is said of several columns alike into one line for each text.
func (c checkedRows) gathered() []checkedComplaint {
	var list []checkedComplaint
	at := map[checkedComplaint]int{}
	var columns [][]string
	for _, one := range c.Complaints {
		key := one
		key.Column = ""
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list, columns = append(list, one), append(columns, nil)
		}
		columns[i] = append(columns[i], string(one.Column))
	}
	for i, names := range columns {
		if len(names) > 1 {
			list[i].Column = jsonText(plural(len(names), "column"))
			list[i].Text += jsonText(": " + strings.Join(names, ", "))
		}
	}
	return list
}

// shown writes the results; withData says that there were logs.
func (f *dataCheckFlags) shown(list []checkedRows, withData bool) []byte {
	var b bytes.Buffer
	for i, one := range list {
		if f.format.value == "json" {
			b.Write(append(jsonOf(one), '\n'))
			continue
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		one.table(&b, withData)
	}
	return b.Bytes()
}

// table writes a result for a person.
func (c checkedRows) table(b *bytes.Buffer, withData bool) {
	fmt.Fprintf(b, "%s  %s %s, ", diag.Printable(string(c.Name)), c.Schema, c.Version)
	switch {
	case !withData:
		b.WriteString("no data: only the columns were checked\n")
	case c.Rows == 0:
		b.WriteString("no rows: only the columns were checked\n")
	case c.Limited:
		fmt.Fprintf(b, "the first %s\n", plural(c.Rows, "row"))
	default:
		fmt.Fprintln(b, plural(c.Rows, "row"))
	}
	if len(c.Complaints) > 0 {
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "GRADE\tCOLUMN\tROWS\tWHAT")
		for _, one := range c.gathered() {
			rows := "all"
			if one.Rows > 0 {
				rows = count(one.Rows)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s [%s]\n", one.Grade, diag.Printable(string(one.Column)), rows, diag.Printable(string(one.Text)), one.Code)
		}
		_ = w.Flush() // into memory
	}
	fmt.Fprintf(b, "%s, %s, %s\n", plural(c.Errors, "error"), plural(c.Warnings, "warning"), plural(c.Infos, "info"))
}
