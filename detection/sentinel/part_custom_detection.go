package sentinel

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/diag"
)

// lookBacks are how far back a custom detection looks if it does not say, by its frequency.
var lookBacks = map[int64]int64{hour: 4 * hour, 3 * hour: 12 * hour, 12 * hour: 48 * hour, day: 30 * day}

// longestLookBackXDR is how far any custom detection may look back.
const longestLookBackXDR = 30 * day

// customDetection reads a custom detection of Defender: as a file, whose properties say what it is, or as the API gives it.
func (r *reader) customDetection(m *fields) {
	span := r.places.Span(m.node)
	if !r.json {
		span = diag.Span{End: len(r.source.Text)}
	}
	p := m
	if inner := m.sub("properties"); inner != nil {
		p = inner
		p.what = "custom detection"
		m.known("schemaVersion", "kind", "resourceType", "apiVersion", "id", "name", "type")
		r.provenance(m.sub("contentProvenance"))
	}
	d := r.draft(p, detection.CustomDetection, span)
	d.ID = p.text("id", "detectorId")
	if d.ID == "" {
		p.missing(diag.Warning, "id")
	}
	d.named(p.word("displayName"))
	d.Status = p.text("status")
	if c := p.sub("queryCondition"); c != nil {
		d.search(c.query("queryText"))
		c.known("lastModifiedDateTime")
		c.done()
	} else {
		p.missing(diag.Error, "queryCondition")
	}
	d.continuousOrNot(p.sub("schedule"))
	if s := d.Schedule; s != nil {
		s.Disabled = !p.truth(true, "isEnabled") || strings.EqualFold(d.Status, "disabled")
	}
	d.detectionAction(p.sub("detectionAction"))
	p.known("isEnabled", "createdBy", "createdDateTime", "lastModifiedDateTime", "lastModifiedBy", "lastRunDetails", "@odata.type", "@odata.context", "detectorId")
	if p != m {
		p.done()
	}
}

// provenance reads where a detection was made from, and what was lost on the way.
func (r *reader) provenance(x *fields) {
	if x == nil {
		return
	}
	x.known("source")
	if c := x.sub("conversion"); c != nil {
		for _, w := range append(c.words("errors"), c.words("reviewReasons")...) {
			r.warnf(r.span(w), "sentinel-conversion", "whoever converted the detection says: %s", w.Text)
		}
		for _, w := range c.words("warnings") {
			r.notef(r.span(w), "sentinel-conversion", "whoever converted the detection says: %s", w.Text)
		}
	}
}

// continuousOrNot reads when the detection runs.
func (d *draft) continuousOrNot(x *fields) {
	a := d.Alert
	if x == nil {
		d.m.missing(diag.Warning, "schedule").Hint = "without it the detection has no schedule, only an answer for all of the data"
		return
	}
	x.known("nextRunDateTime")
	switch w := x.word("frequency", "period"); {
	case w.Text == "0" || strings.EqualFold(w.Text, "PT0S") || strings.EqualFold(w.Text, "0m"):
		a.Continuous = true
		d.continuous()
		d.Schedule = &detection.Schedule{Every: minute, Period: minute, Clock: detection.ArrivalTime}
	default:
		frequency, at, ok := x.duration("frequency", "period")
		if !ok {
			if w.node == nil {
				x.missing(diag.Warning, "frequency")
			}
			break
		}
		if frequency < shortestFrequency || frequency > longestPeriod {
			d.r.warnf(at, "sentinel-period", "a custom detection runs each %s to %s, not each %s", formatDuration(shortestFrequency), formatDuration(longestPeriod), formatDuration(frequency))
		}
		a.Frequency, a.Period = frequency, lookBackOf(frequency)
		if back, at, ok := x.duration("lookback", "lookbackPeriod"); ok {
			a.Period = back
			if back < frequency {
				d.r.warnf(at, "sentinel-period", "the detection runs each %s over %s only: what happens in between is never looked at", formatDuration(frequency), formatDuration(back))
			} else if back > longestLookBackXDR {
				d.r.warnf(at, "sentinel-period", "a custom detection looks back %s at most, not %s", formatDuration(longestLookBackXDR), formatDuration(back))
			}
		}
		if frequency > 0 && a.Period > 0 {
			d.Schedule = &detection.Schedule{Every: frequency, Period: a.Period, Clock: detection.EitherTime}
		}
	}
	x.done()
}

// notContinuous finds what a detection that looks at every row when it arrives may not have: such a one reads one table, and the
// service takes no remarks in its text.
var notContinuous = regexp.MustCompile(`(?i)\b(?:join|union|externaldata)\b`)

// continuous warns of a query that the service would not run continuously.
func (d *draft) continuous() {
	if d.Search == nil {
		return
	}
	plain, remark := codeAndRemark(d.Search.String)
	if m := notContinuous.FindStringIndex(plain); m != nil {
		d.r.warnf(d.Search.Place(diag.Span{Start: m[0], End: m[1]}).Span, "sentinel-continuous", "a detection that runs continuously reads one table, without %s", strings.ToLower(plain[m[0]:m[1]]))
	}
	if remark >= 0 {
		d.r.notef(d.Search.Place(diag.Span{Start: remark, End: remark + 2}).Span, "sentinel-continuous", "the service takes no remarks in a detection that runs continuously")
	}
}

// lookBackOf returns how far back a custom detection of a frequency looks if it does not say.
func lookBackOf(frequency int64) int64 {
	if back, ok := lookBacks[frequency]; ok {
		return back
	}
	if frequency >= day {
		return longestLookBackXDR
	}
	return 4 * frequency
}

// detectionAction reads what an alert says.
func (d *draft) detectionAction(x *fields) {
	if x == nil {
		d.m.missing(diag.Warning, "detectionAction")
		return
	}
	if e := x.entry("responseActions"); e != nil && len(e.Value.Content) > 0 {
		d.r.notef(d.r.places.Span(e.Key), "sentinel-response", "response actions are not taken here")
	}
	x.known("organizationalScope")
	t := x.sub("alertTemplate")
	x.done()
	if t == nil {
		x.missing(diag.Warning, "alertTemplate")
		return
	}
	d.m = t
	a := d.Alert
	if w := t.word("title"); strings.Contains(w.Text, "{{") {
		a.Override.Name, a.Override.NamePlace, a.Override.NameColumns = d.format(t, "title", longestName)
	} else if d.Title == d.r.stem() && w.Text != "" {
		d.Title, d.Name = w.Text, stemOf(w.Text)
	}
	description := t.word("description")
	d.described(description)
	if strings.Contains(description.Text, "{{") {
		a.Override.Description, a.Override.DescriptionPlace, a.Override.DescriptionColumns = d.format(t, "description", longestText)
	}
	d.severity(t.word("severity"))
	a.RecommendedActions = t.text("recommendedActions")
	tacticWords, techniqueWords := []word{}, t.words("mitreTechniques")
	if w := t.word("category"); w.Text != "" {
		if _, ok := detection.TacticOf(w.Text); ok { // others, such as Malware, are no tactic
			tacticWords = append(tacticWords, w)
		}
	}
	for _, one := range t.each("tactic", "tactics") {
		tacticWords = append(tacticWords, one.word("tactic"))
		for _, technique := range one.each("technique", "techniques") {
			techniqueWords = append(techniqueWords, technique.word("technique"))
			techniqueWords = append(techniqueWords, technique.words("subTechniques")...)
			technique.done()
		}
		one.done()
	}
	d.attack(tacticWords, techniqueWords)
	d.entityGroups(t)
	d.assets(t)
	d.customDetails(t.entry("customDetails"))
	t.done()
}

// groups are the lists of entity mappings of a custom detection, with their types.
var groups = map[string]string{"hosts": "Host", "accounts": "Account", "processes": "Process", "files": "File", "ips": "IP", "ipAddresses": "IP", "urls": "URL", "fileHashes": "FileHash",
	"registryKeys": "RegistryKey", "registryValues": "RegistryValue", "mailboxes": "Mailbox", "mailMessages": "MailMessage", "mailClusters": "MailCluster",
	"cloudApplications": "CloudApplication", "azureResources": "AzureResource", "dnsResolutions": "DNS", "domains": "DNS", "securityGroups": "SecurityGroup", "malwares": "Malware",
	"ioTDevices": "IoTDevice", "submissionMails": "SubmissionMail"}

// renamed are identifiers that custom detections call by another name.
var renamed = map[string]string{"Host.name": "HostName", "Process.id": "ProcessId", "Process.creationTime": "CreationTimeUtc", "Mailbox.primaryAddress": "MailboxPrimaryAddress",
	"AzureResource.id": "ResourceId", "DNS.name": "DomainName", "Account.userPrincipalName": "FullName", "Account.upn": "FullName", "Account.objectId": "AadUserId",
	"Account.entraUserId": "AadUserId", "Account.azureAdUserId": "AadUserId", "CloudApplication.id": "AppId"}

// entityGroups reads entity mappings, which custom detections group by type: hosts: [{nameColumn, dnsDomainColumn}].
func (d *draft) entityGroups(t *fields) {
	e := t.entry("entityMappings")
	if e == nil {
		return
	}
	if e.Value.Kind == yaml.SequenceNode {
		d.entities(t.each("entity mapping", "entityMappings"))
		return
	}
	x := d.r.fields("entityMappings", e.Value)
	if x == nil {
		return
	}
	for _, pair := range x.list {
		name := ""
		for group, of := range groups {
			if strings.EqualFold(group, pair.Key.Value) {
				name = of
			}
		}
		kind, ok := detection.EntityTypeOf(name)
		if !ok {
			continue // done tells of it
		}
		for _, one := range x.each("entity mapping", pair.Key.Value) {
			m := detection.EntityMapping{Type: kind.Name, Place: d.r.places.At(one.node)}
			one.known("id")
			for _, field := range one.list {
				stem, ok := strings.CutSuffix(field.Key.Value, "Column")
				if !ok {
					continue
				}
				column := one.word(field.Key.Value)
				identifier, known := kind.Identifier(stem)
				if other := renamed[kind.Name+"."+stem]; other != "" {
					identifier, known = other, true
				}
				if !known {
					suggest(d.r.warnf(d.r.places.Span(field.Key), "sentinel-entity-identifier", "an entity of type %s has no identifier %q", kind.Name, stem), stem, kind.Identifiers)
				} else if column.Text != "" {
					m.Fields = append(m.Fields, detection.EntityField{Identifier: identifier, Column: d.r.column(column)})
				}
			}
			one.done()
			d.addEntity(kind, m)
		}
	}
	x.done()
}

// assets reads the impacted assets of the API: each names a column by its name with a small first letter.
func (d *draft) assets(t *fields) {
	for _, x := range t.each("impacted asset", "impactedAssets") {
		kind, w := x.text("@odata.type"), x.word("identifier")
		x.done()
		if w.Text == "" {
			x.missing(diag.Warning, "identifier")
			continue
		}
		c := d.r.column(w)
		c.Name = strings.ToUpper(c.Name[:1]) + c.Name[1:]
		m := detection.EntityMapping{Place: c.Place}
		m.Type, m.Fields = assetOf(strings.ToLower(kind), c)
		if m.Type == "" {
			d.r.warnf(c.Place, "sentinel-asset", "unknown type of asset %q", kind)
			continue
		}
		d.Alert.Entities = append(d.Alert.Entities, m)
	}
}

// assetOf returns the entity that a column of an impacted asset tells. DeviceId is no identifier of Sentinel's; it is kept under its
// own name.
func assetOf(kind string, c detection.Column) (string, []detection.EntityField) {
	name := strings.ToLower(c.Name)
	as := func(identifier string) []detection.EntityField {
		return []detection.EntityField{{Identifier: identifier, Column: c}}
	}
	switch {
	case strings.HasSuffix(kind, "impacteddeviceasset") && strings.HasSuffix(name, "devicename"):
		return "Host", as("FullName")
	case strings.HasSuffix(kind, "impacteddeviceasset"):
		return "Host", as(c.Name)
	case strings.HasSuffix(kind, "impactedmailboxasset"):
		return "Mailbox", as("MailboxPrimaryAddress")
	case !strings.HasSuffix(kind, "impacteduserasset"):
		return "", nil
	case strings.HasSuffix(name, "sid"):
		return "Account", as("Sid")
	case strings.HasSuffix(name, "objectid"):
		return "Account", as("AadUserId")
	case strings.HasSuffix(name, "upn"):
		return "Account", as("FullName")
	case strings.HasSuffix(name, "domain"):
		return "Account", as("NTDomain")
	case strings.HasSuffix(name, "name"):
		return "Account", as("Name")
	}
	return "Account", as("CloudAppAccountId")
}
