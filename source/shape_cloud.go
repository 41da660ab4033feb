package source

import (
	"strings"

	"goshawk/event"
)

// The audit logs of clouds and applications, told by names that go together in no other log. Their records are nested as
// they are; product and channel are what Sigma calls the product and the service.
var _ = registerShape(jsonShape{
	name: "cloud",
	doc:  "audit records of a cloud or an application",
	certainty: func(o *jsonObject) int {
		if k := cloudKindOf(o); k != nil {
			return k.certainty
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		k := cloudKindOf(o)
		if k.inner != 0 {
			if fields := o.object(k.inner); fields != nil {
				return s.unwrap(fields, ev)
			}
			fields, ok := s.parse(o.text(k.inner))
			return ok && s.unwrap(fields, ev)
		}
		channel := k.channel
		if k.channelOf != nil {
			channel = k.channelOf(o)
		}
		id := event.Value{}
		if k.id != "" {
			path := strings.Split(k.id, ".")
			id = fieldOf(o.fields, event.NameOf(path[0]))
			for _, step := range path[1:] {
				if l := id.List(); len(l) > 0 {
					id = l[0]
				}
				if r := id.Object(); r != nil {
					id = fieldOf(r.Fields, event.NameOf(step))
				} else {
					id = event.Value{}
				}
			}
		}
		ev.Class = s.class(k.product, channel, id.Text())
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		if ticks, ok := ticksOf(o.first(cloudTimes...), nil); ok {
			ev.Logged = ticks
		}
		return true
	},
})

var cloudTimes = []jsonKey{
	keyOf("eventTime"), keyOf("published"), keyOf("time"), keyOf("receiveTimestamp"), keyOf("timestamp"), keyOf("CreationTime"),
	keyOf("createdDateTime"), keyOf("activityDateTime"), keyOf("requestReceivedTimestamp"), keyOf("created_at"), keyOf("@timestamp"),
}

// cloudKind is a kind of record.
type cloudKind struct {
	product, channel string
	all, any         []jsonKey
	when             func(o *jsonObject) bool
	id               string // the path of what happened
	inner            jsonKey
	channelOf        func(o *jsonObject) string
	certainty        int
}

func keysOf(names ...string) []jsonKey {
	keys := make([]jsonKey, len(names))
	for i, name := range names {
		keys[i] = keyOf(name)
	}
	return keys
}

// cloudKinds holds every kind; the first that fits counts.
var cloudKinds = []cloudKind{
	{certainty: 98, inner: keyOf("CloudTrailEvent"), all: keysOf("CloudTrailEvent", "EventName")},
	{certainty: 97, inner: keyOf("detail"), all: keysOf("detail-type", "detail", "source")}, // EventBridge
	{certainty: 96, inner: keyOf("AuditData"), all: keysOf("AuditData"), any: keysOf("RecordType", "Operations", "Operation", "UserIds")},
	{certainty: 98, product: "aws", channel: "cloudtrail", id: "eventName", all: keysOf("eventSource", "eventName"),
		any: keysOf("awsRegion", "userIdentity", "recipientAccountId", "eventVersion")},
	{certainty: 95, product: "aws", channel: "guardduty", id: "type", all: keysOf("schemaVersion", "severity", "type", "service"),
		any: keysOf("accountId", "AccountId", "detectorId")},
	{certainty: 97, product: "gcp", channel: "gcp.audit", id: "protoPayload.methodName", all: keysOf("protoPayload", "logName")},
	{certainty: 97, product: "gcp", channel: "google_workspace.admin", id: "events.name", all: keysOf("events", "actor", "id", "kind"),
		when: func(o *jsonObject) bool { return strings.HasPrefix(o.text(keyKind), "admin#reports") }},
	{certainty: 97, product: "okta", channel: "okta", id: "eventType", all: keysOf("eventType", "actor", "published"),
		any: keysOf("outcome", "debugContext", "securityContext", "displayMessage", "legacyEventType")},
	{certainty: 97, product: "kubernetes", channel: "audit", id: "verb", all: keysOf("auditID", "verb"), any: keysOf("objectRef", "requestURI", "stage")},
	{certainty: 96, product: "m365", id: "Operation", all: keysOf("Workload", "Operation"),
		any: keysOf("RecordType", "OrganizationId", "UserId"), channelOf: m365Service},
	{certainty: 95, product: "azure", channel: "riskdetection", id: "riskEventType", all: keysOf("riskEventType"), any: keysOf("riskLevel", "riskState", "riskDetail", "detectionTimingType")},
	{certainty: 95, product: "azure", channel: "signinlogs", all: keysOf("userPrincipalName", "appDisplayName", "createdDateTime"),
		any: keysOf("conditionalAccessStatus", "ipAddress", "clientAppUsed", "status")},
	{certainty: 95, product: "azure", channel: "auditlogs", id: "activityDisplayName", all: keysOf("activityDisplayName", "initiatedBy"),
		any: keysOf("activityDateTime", "targetResources")},
	{certainty: 96, product: "azure", id: "operationName", all: keysOf("operationName", "category"),
		any: keysOf("resourceId", "tenantId", "properties", "operationVersion"), channelOf: azureService},
	{certainty: 96, product: "github", channel: "audit", id: "action", all: keysOf("action", "_document_id")},
	{certainty: 92, product: "github", channel: "audit", id: "action", all: keysOf("action", "actor"),
		any: keysOf("org", "repo", "business"), when: func(o *jsonObject) bool { return strings.Contains(o.text(keyAction), ".") }},
	{certainty: 94, product: "bitbucket", channel: "audit", id: "auditType.action", all: keysOf("auditType"), any: keysOf("author", "affectedObjects", "changedValues", "timestamp")},
	{certainty: 93, product: "onelogin", channel: "onelogin.events", id: "event_type_id", all: keysOf("event_type_id"),
		any: keysOf("actor_user_id", "user_name", "account_id", "actor_system")},
	{certainty: 93, product: "cisco", channel: "duo", id: "action", all: keysOf("action", "isotimestamp"), any: keysOf("object", "username", "description")},
	{certainty: 93, product: "cisco", channel: "duo", id: "event_type", all: keysOf("txid", "factor", "result")},
	{certainty: 90, product: "opencanary", id: "logtype", all: keysOf("logtype", "node_id"), any: keysOf("src_host", "logdata")},
	{certainty: 93, product: "suricata", id: "event_type", all: keysOf("event_type", "src_ip"), any: keysOf("flow_id", "in_iface"),
		channelOf: func(o *jsonObject) string { return o.text(keyEventTypeSnake) }},
	{certainty: 92, product: "osquery", id: "action", all: keysOf("hostIdentifier", "name"), any: keysOf("columns", "snapshot", "diffResults"),
		channelOf: func(o *jsonObject) string { return o.text(keyNameLower) }},
}

var (
	keyKind           = keyOf("kind")
	keyAction         = keyOf("action")
	keyWorkload       = keyOf("Workload")
	keyEventTypeSnake = keyOf("event_type")
	keyNameLower      = keyOf("name")
)

func cloudKindOf(o *jsonObject) *cloudKind {
	for i := range cloudKinds {
		k := &cloudKinds[i]
		if o.has(k.all...) && (k.any == nil || o.any(k.any...)) && (k.when == nil || k.when(o)) {
			return k
		}
	}
	return nil
}

// azureService returns the service of a record of Azure's diagnostic settings by its category.
func azureService(o *jsonObject) string {
	category := o.text(keyCategory)
	switch category {
	case "AuditLogs":
		return "auditlogs"
	case "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs", "ADFSSignInLogs":
		return "signinlogs"
	case "RiskyUsers", "UserRiskEvents", "RiskyServicePrincipals", "ServicePrincipalRiskEvents":
		return "riskdetection"
	case "Administrative", "Alert", "Autoscale", "Policy", "Recommendation", "ResourceHealth", "Security", "ServiceHealth":
		return "activitylogs"
	}
	return strings.ToLower(category)
}

// m365Service returns the service of a record of the unified audit log by its workload.
func m365Service(o *jsonObject) string {
	switch o.text(keyWorkload) {
	case "Exchange":
		return "exchange"
	case "SecurityComplianceCenter", "ThreatIntelligence":
		return "threat_management"
	}
	return "audit"
}
