package finding_test

import (
	"testing"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

// rowOf makes a row of names and values: texts, lists of texts, and nothing.
func rowOf(t testing.TB, pairs ...any) *event.Record {
	t.Helper()
	r := &event.Record{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v := event.NullValue()
		switch x := pairs[i+1].(type) {
		case string:
			v = event.TextValue(x)
		case int:
			v = event.IntValue(int64(x))
		case []string:
			var list []event.Value
			for _, text := range x {
				list = append(list, event.TextValue(text))
			}
			v = event.ListValue(list...)
		case event.Value:
			v = x
		case nil:
		default:
			t.Fatalf("%T", x)
		}
		r.Set(pairs[i].(string), v)
	}
	return r
}

// mapping makes one of identifiers and columns.
func mapping(kind string, pairs ...string) detection.EntityMapping {
	m := detection.EntityMapping{Type: kind}
	for i := 0; i+1 < len(pairs); i += 2 {
		m.Fields = append(m.Fields, detection.EntityField{Identifier: pairs[i], Column: detection.Column{Name: pairs[i+1]}})
	}
	return m
}

// TestEntitiesOf compares with entities as "Microsoft Sentinel entity types reference" and the published rules have them.
func TestEntitiesOf(t *testing.T) {
	for _, c := range []struct {
		name  string
		alert detection.Alert
		row   *event.Record
		want  string
	}{
		{"names are taken apart", detection.Alert{Entities: []detection.EntityMapping{mapping("Account", "FullName", "a"), mapping("Account", "FullName", "b"), mapping("Account", "FullName", "c"), mapping("Host", "FullName", "h"), mapping("Host", "FullName", "i")}},
			rowOf(t, "a", `CONTOSO\ann`, "b", "bob@contoso.com", "c", "carl", "h", "pc1.corp.contoso.com", "i", "10.1.2.3"),
			`[{"$id":"1","Type":"account","Name":"ann","NTDomain":"CONTOSO"},{"$id":"2","Type":"account","Name":"bob","UPNSuffix":"contoso.com"},{"$id":"3","Type":"account","Name":"carl"},` +
				`{"$id":"4","Type":"host","DnsDomain":"corp.contoso.com","HostName":"pc1"},{"$id":"5","Type":"host","HostName":"10.1.2.3"}]`},
		{"what is known by itself counts more", detection.Alert{Entities: []detection.EntityMapping{mapping("Account", "FullName", "a", "Name", "n", "Sid", "s")}},
			rowOf(t, "a", `CONTOSO\ann`, "n", "ann.b", "s", "S-1-5-21-1-2-3-1001"),
			`[{"$id":"1","Type":"account","Name":"ann.b","NTDomain":"CONTOSO","Sid":"S-1-5-21-1-2-3-1001"}]`},
		{"empty ones are none", detection.Alert{Entities: []detection.EntityMapping{mapping("Account", "Name", "a", "NTDomain", "b"), mapping("IP", "Address", "c"), mapping("URL", "Url", "absent"), mapping("Host", "HostName", "d")}},
			rowOf(t, "a", " ", "b", nil, "c", "", "d", []string{"", " "}), `[]`},
		{"equal ones are one", detection.Alert{Entities: []detection.EntityMapping{mapping("IP", "Address", "a"), mapping("IP", "Address", "b"), mapping("Account", "Sid", "s"), mapping("Account", "Name", "n", "Sid", "s")}},
			rowOf(t, "a", "10.0.0.1", "b", "10.0.0.1", "s", "S-1-5-21-1-2-3-1001", "n", "ann"),
			`[{"$id":"1","Type":"ip","Address":"10.0.0.1"},{"$id":"2","Type":"account","Name":"ann","Sid":"S-1-5-21-1-2-3-1001"}]`},
		{"a well-known sid tells nobody apart", detection.Alert{Entities: []detection.EntityMapping{mapping("Account", "Sid", "s"), mapping("Account", "Name", "n", "Sid", "s")}},
			rowOf(t, "s", "S-1-5-18", "n", "SYSTEM"),
			`[{"$id":"1","Type":"account","Sid":"S-1-5-18"},{"$id":"2","Type":"account","Name":"SYSTEM","Sid":"S-1-5-18"}]`},
		{"lists give several", detection.Alert{Entities: []detection.EntityMapping{mapping("IP", "Address", "a"), mapping("FileHash", "Algorithm", "g", "Value", "v"), mapping("Account", "Name", "n", "NTDomain", "d")}},
			rowOf(t, "a", []string{"10.0.0.1", "", "10.0.0.2", "10.0.0.1"}, "g", "SHA256", "v", []string{"aa", "bb"}, "n", []string{"ann", "bob"}, "d", []string{"", "CONTOSO"}),
			`[{"$id":"1","Type":"ip","Address":"10.0.0.1"},{"$id":"2","Type":"ip","Address":"10.0.0.2"},{"$id":"3","Type":"filehash","Algorithm":"SHA256","Value":"aa"},{"$id":"4","Type":"filehash","Algorithm":"SHA256","Value":"bb"},` +
				`{"$id":"5","Type":"account","Name":"ann"},{"$id":"6","Type":"account","Name":"bob","NTDomain":"CONTOSO"}]`},
		{"columns before there were mappings", detection.Alert{Kind: detection.Scheduled},
			rowOf(t, "AccountCustomEntity", `CONTOSO\ann`, "HostCustomEntity", "pc1", "IPCustomEntity", "10.0.0.1", "URLCustomEntity", "http://a/", "FileHashCustomEntity", "aa"),
			`[{"$id":"1","Type":"account","Name":"ann","NTDomain":"CONTOSO"},{"$id":"2","Type":"host","HostName":"pc1"},{"$id":"3","Type":"ip","Address":"10.0.0.1"},{"$id":"4","Type":"url","Url":"http://a/"},{"$id":"5","Type":"filehash","Value":"aa"}]`},
		{"a rule that maps does not look at the names", detection.Alert{Kind: detection.Scheduled, Entities: []detection.EntityMapping{mapping("IP", "Address", "a")}},
			rowOf(t, "a", "10.0.0.1", "AccountCustomEntity", "ann"), `[{"$id":"1","Type":"ip","Address":"10.0.0.1"}]`},
		{"numbered columns of a hunt", detection.Alert{Kind: detection.HuntingQuery, Entities: []detection.EntityMapping{mapping("Host", "HostName", "h")}},
			rowOf(t, "Account_0_NTDomain", "CONTOSO", "Account_1_Name", "bob", "Account_0_Name", "ann", "h", "pc1", "Host_0_HostName", "PC1", "File_0_Size", 3, "Machine_0_Name", "x", "Process_0_ProcessId", 4711),
			`[{"$id":"1","Type":"host","HostName":"pc1"},{"$id":"2","Type":"account","Name":"ann","NTDomain":"CONTOSO"},{"$id":"3","Type":"account","Name":"bob"},{"$id":"4","Type":"process","ProcessId":"4711"}]`},
		{"entities in a column", detection.Alert{EntityColumns: []detection.Column{{Name: "e"}, {Name: "f"}, {Name: "g"}}},
			rowOf(t, "e", `[{"$id":"7","Type":"host","HostName":"pc1","IsDomainJoined":true},{"Type":"account","Name":"ann","Host":{"$ref":"7"}},{"Type":"mars"}]`,
				"f", event.ListValue(event.ObjectValue(rowOf(t, "Type", "ip", "Address", "10.0.0.1"))), "g", "none"),
			`[{"$id":"1","Type":"host","HostName":"pc1","IsDomainJoined":"true"},{"$id":"2","Type":"account","Name":"ann"},{"$id":"3","Type":"ip","Address":"10.0.0.1"}]`},
		{"an asset that is no identifier", detection.Alert{Kind: detection.CustomDetection, Entities: []detection.EntityMapping{mapping("Host", "DeviceId", "DeviceId")}},
			rowOf(t, "DeviceId", "d1"), `[{"$id":"1","Type":"host","DeviceId":"d1"}]`},
	} {
		if got := string(finding.AppendEntities(nil, finding.EntitiesOf(&c.alert, c.row))); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func entity(kind string, pairs ...string) finding.Entity {
	e := finding.Entity{Type: kind}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Identifiers = append(e.Identifiers, finding.Identifier{Name: pairs[i], Value: pairs[i+1]})
	}
	return e
}

// TestEntityIdentity holds which descriptions are of one entity: those that share a strong identity, else those that are all the same.
func TestEntityIdentity(t *testing.T) {
	ann := entity("Account", "Name", "ann", "NTDomain", "CONTOSO")
	for _, c := range []struct {
		a, b   finding.Entity
		same   bool
		strong bool // of a
	}{
		{ann, entity("Account", "Name", "ANN", "NTDomain", "contoso", "Sid", "S-1-5-21-1"), true, true},
		{ann, entity("Account", "Name", "ann", "UPNSuffix", "contoso.com"), false, true},
		{ann, entity("Account", "Name", "ann"), false, true},
		{entity("Account", "Name", "ann"), entity("Account", "Name", "Ann"), true, false},
		{entity("Account", "Name", "ann"), entity("Host", "Name", "ann"), false, false},
		{entity("Account", "Name", "root", "NTDomain", "WORKGROUP"), entity("Account", "Name", "root", "NTDomain", "workgroup", "DisplayName", "r"), false, false},
		{entity("Host", "HostName", "pc1", "DnsDomain", "a.b"), entity("Host", "HostName", "pc1", "DnsDomain", "a.c"), false, true},
		{entity("FileHash", "Value", "aa"), entity("FileHash", "Value", "AA"), true, false},
		{entity("FileHash", "Algorithm", "MD5", "Value", "aa"), entity("FileHash", "Algorithm", "SHA1", "Value", "aa"), false, true},
		{entity("RegistryValue", "Name", "Run"), entity("RegistryValue", "Name", "run"), true, false},
	} {
		if c.a.Same(&c.b) != c.same || c.b.Same(&c.a) != c.same {
			t.Errorf("%v and %v are the same: %v", c.a, c.b, !c.same)
		}
		if c.a.Strong() != c.strong {
			t.Errorf("%v is strong: %v", c.a, !c.strong)
		}
	}
}

// TestAlertOf fills in what an alert says from its rows.
func TestAlertOf(t *testing.T) {
	column := func(name string) *detection.Column { return &detection.Column{Name: name} }
	d := &detection.Detection{Title: "Own", Description: "Own text", Level: detection.Medium, Alert: &detection.Alert{
		Kind: detection.Scheduled, Tactics: []string{"Impact"}, Techniques: []string{"T1490", "T1059.001"},
		Entities:      []detection.EntityMapping{mapping("Host", "HostName", "Computer")},
		CustomDetails: []detection.CustomDetail{{Name: "Line", Column: *column("CommandLine")}, {Name: "Users", Column: *column("Users")}, {Name: "None", Column: *column("Absent")}},
		Override: detection.Override{Name: "{{Users}} on {{ Computer }} by {{Absent}}", Description: "{{CommandLine}}", SeverityColumn: column("Severity"), TacticsColumn: column("Tactics"),
			Properties: []detection.DynamicProperty{{Name: "AlertLink", Column: *column("Link")}, {Name: "Techniques", Column: *column("T")}, {Name: "ProductName", Column: *column("Absent")}}},
	}}
	first := rowOf(t, "Computer", "pc1", "CommandLine", "{{Computer}} {{Users}}", "Users", []string{"ann", "bob"}, "Severity", "HIGH", "Tactics", "Execution, lateral movement,Nonsense", "Link", "http://x", "T", `["T1003","x"]`)
	second := rowOf(t, "Computer", "PC1", "CommandLine", "other", "Users", []string{"bob"}, "Severity", "Low")
	a := finding.AlertOf(d, []*event.Record{first, second})
	if a.Title != "ann, bob on pc1 by {{Absent}}" || a.Description != "{{Computer}} {{Users}}" || a.Level != detection.High {
		t.Errorf("%q %q %s", a.Title, a.Description, a.Level)
	}
	if got := join(a.Tactics) + "|" + join(a.Techniques) + "|" + join(a.Notes); got != "Execution LateralMovement|T1059.001 T1003|the alert name names {{Absent}}, for which the row has no value the column Tactics holds no tactic: Nonsense the column T holds no technique: x" {
		t.Error(got)
	}
	if got, want := string(finding.AppendDetails(nil, a.Details)), `{"Line":["{{Computer}} {{Users}}","other"],"Users":["ann","bob"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(finding.AppendDetails(nil, a.Properties)), `{"AlertLink":["http://x"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(a.Entities) != 1 {
		t.Errorf("entities %v", a.Entities)
	}
	// values that no property takes leave the detection's own
	a = finding.AlertOf(d, []*event.Record{rowOf(t, "Severity", "Critical", "Tactics", "Malware")})
	if a.Level != detection.Medium || join(a.Tactics) != "Impact" || join(a.Techniques) != "T1490 T1059.001" || len(a.Notes) != 6 {
		t.Errorf("%+v", a)
	}
	if a = finding.AlertOf(d, nil); a.Title != "Own" || a.Description != "Own text" || a.Level != detection.Medium || a.Notes != nil {
		t.Errorf("%+v", a)
	}
}

func join(list []string) string {
	text := ""
	for i, one := range list {
		if i > 0 {
			text += " "
		}
		text += one
	}
	return text
}
