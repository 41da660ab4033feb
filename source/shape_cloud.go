package source

import (
	"strings"

	"goshawk/event"
)

// The audit logs of clouds, applications and sensors, told by names that go together in no other log. Their records are
// nested as they are; product and channel are what Sigma calls the product and the service, where it has words for them.
var _ = registerShape(jsonShape{
	name: "cloud",
	doc:  "audit records of a cloud, an application or a sensor",
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
		ev.Class = s.class(k.product, channel, firstAt(o.fields, k.id).Text())
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		when := firstAt(o.fields, k.time)
		if k.timeOf != nil {
			when = k.timeOf(o)
		}
		if ticks, ok := ticksOf(when, nil); ok {
			ev.Logged = ticks
		} else if ticks, ok := ticksOf(o.first(cloudTimes...), nil); ok {
			ev.Logged = ticks
		}
		return true
	},
})

// firstAt returns the value at the end of a path of names between dots, which goes through the first elements of lists;
// absent if there is none.
func firstAt(fields []event.Field, path string) (v event.Value) {
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, ".")
		v = fieldOf(fields, event.NameOf(step))
		if l := v.List(); len(l) > 0 {
			v = l[0]
		}
		r := v.Object()
		if path != "" && r == nil {
			return event.Value{}
		}
		if r != nil {
			fields = r.Fields
		}
	}
	return v
}

var cloudTimes = []jsonKey{
	keyOf("eventTime"), keyOf("published"), keyOf("time"), keyOf("receiveTimestamp"), keyOf("timestamp"), keyOf("CreationTime"),
	keyOf("createdDateTime"), keyOf("activityDateTime"), keyOf("requestReceivedTimestamp"), keyOf("created_at"), keyOf("@timestamp"),
	keyOf("unixTime"),
}

// cloudKind is a kind of record.
type cloudKind struct {
	product, channel string
	all, any         []jsonKey
	when             func(o *jsonObject) bool
	id               string // the path of what happened
	time             string // the path of when, where that is not one of cloudTimes
	timeOf           func(o *jsonObject) event.Value
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
	{certainty: 97, product: "gcp", id: "events.name", time: "id.time", all: keysOf("events", "actor", "id", "kind"),
		when: isWorkspaceReport, channelOf: workspaceService},
	{certainty: 97, product: "gcp", id: "event.name", time: "id.time", all: keysOf("event", "actor", "id", "kind"),
		when: isWorkspaceReport, channelOf: workspaceService},
	{certainty: 95, product: "gcp", channel: "google_workspace.gmail", all: keysOf("rfc2822_message_id", "message_set")},
	{certainty: 93, product: "gcp", id: "name", all: keysOf("parameters", "name", "type", "unique_id", "email"),
		channelOf: workspaceActivity},
	{certainty: 96, product: "gcp", channel: "gcp.audit", id: "data.protoPayload.methodName", time: "data.timestamp", all: keysOf("data"),
		any: keysOf("publish_time", "attributes"), when: func(o *jsonObject) bool {
			return !fieldOf(o.object(keyDataLower), event.NameOf("protoPayload")).IsAbsent()
		}},
	{certainty: 97, product: "azure", channel: "activitylogs", id: "operationName.value", time: "eventTimestamp",
		all: keysOf("operationName", "eventDataId", "eventTimestamp")},
	{certainty: 97, product: "aws", channel: "securityhub", time: "UpdatedAt", all: keysOf("ProductArn", "SchemaVersion", "AwsAccountId"),
		any: keysOf("GeneratorId", "RecordState", "Severity")},
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
	{certainty: 90, product: "github", channel: "webhook", id: "action", all: keysOf("repository", "sender"), any: githubSubjects, timeOf: githubTime},
	{certainty: 88, product: "github", channel: "webhook", id: "action", all: keysOf("action"), any: githubSubjects, when: isGitHubHook, timeOf: githubTime},
	{certainty: 94, product: "bitbucket", channel: "audit", id: "auditType.action", all: keysOf("auditType"), any: keysOf("author", "affectedObjects", "changedValues", "timestamp")},
	{certainty: 93, product: "onelogin", channel: "onelogin.events", id: "event_type_id", all: keysOf("event_type_id"),
		any: keysOf("actor_user_id", "user_name", "account_id", "actor_system")},
	{certainty: 93, product: "cisco", channel: "duo", id: "action", all: keysOf("action", "isotimestamp"), any: keysOf("object", "username", "description")},
	{certainty: 93, product: "cisco", channel: "duo", id: "event_type", all: keysOf("txid", "factor", "result")},
	{certainty: 90, product: "opencanary", id: "logtype", all: keysOf("logtype", "node_id"), any: keysOf("src_host", "logdata")},
	{certainty: 93, product: "suricata", id: "event_type", all: keysOf("event_type", "src_ip"), any: keysOf("flow_id", "in_iface"),
		channelOf: func(o *jsonObject) string { return o.text(keyEventTypeSnake) }},
	{certainty: 95, product: "pingid", channel: "pingid", id: "result.status", time: "recorded", all: keysOf("source", "actors"),
		any: keysOf("resources", "result", "recorded"), when: func(o *jsonObject) bool { return strings.EqualFold(o.text(keySource), "PINGID") }},
	{certainty: 95, product: "zscaler", channel: "web", id: "action", time: "datetime", all: keysOf("urlcategory", "threatname", "url"),
		any: keysOf("ClientIP", "clientpublicIP", "zstenantid", "threatclass")},
	{certainty: 93, product: "stream", all: keysOf("timestamp", "endtime"), any: keysOf("protocol_stack", "src_mac", "src_content", "flow_id"),
		when: func(o *jsonObject) bool { return o.any(keyStreamSource, keyStreamTarget) }, channelOf: streamProtocol},
	{certainty: 95, product: "circleci", channel: "circleci", id: "status", time: "job_time", all: keysOf("project_slug", "build_num"),
		any: keysOf("vcs", "workflows")},
	{certainty: 95, product: "crowdstrike", channel: "identities", all: keysOf("riskScoreSeverity", "riskScore"), any: keysOf("accounts", "riskFactors", "roles")},
	{certainty: 94, product: "kubernetes", channel: "events", id: "object.reason", time: "object.lastTimestamp", all: keysOf("object", "type"),
		when: func(o *jsonObject) bool {
			return !fieldOf(o.object(keyObjectLower), event.NameOf("involvedObject")).IsAbsent()
		}},
	{certainty: 92, product: "osquery", id: "action", all: keysOf("hostIdentifier", "name"), any: keysOf("columns", "snapshot", "diffResults"),
		channelOf: func(o *jsonObject) string { return o.text(keyNameLower) }},
}

var (
	keyKind           = keyOf("kind")
	keyAction         = keyOf("action")
	keyWorkload       = keyOf("Workload")
	keyEventTypeSnake = keyOf("event_type")
	keyNameLower      = keyOf("name")
	keyDataLower      = keyOf("data")
	keyObjectLower    = keyOf("object")
	keyParameters     = keyOf("parameters")
	keyStreamSource   = keyOf("src_ip")
	keyStreamTarget   = keyOf("dest_ip")
	keyStreamStack    = keyOf("protocol_stack")
	keyIDLower        = keyOf("id")
)

// githubSubjects are what a message to a web hook of GitHub may be about.
var githubSubjects = keysOf("workflow_run", "workflow_job", "check_run", "check_suite", "pull_request", "deployment", "deployment_status",
	"alert", "commit", "branches", "pusher", "head_commit", "issue", "release", "rule", "ref", "ref_type", "forkee", "comment", "changes")

// isGitHubHook says whether what an object is about is at GitHub.
func isGitHubHook(o *jsonObject) bool {
	for _, key := range githubSubjects {
		for _, f := range o.object(key) {
			if f.Value.Kind() == event.Text && strings.HasPrefix(f.Value.Text(), "https://api.github.com/") {
				return true
			}
		}
	}
	return false
}

// githubTime returns when what an object is about was last changed.
func githubTime(o *jsonObject) event.Value {
	for _, name := range []string{"updated_at", "created_at", "timestamp"} {
		for _, key := range githubSubjects {
			if v := fieldOf(o.object(key), event.NameOf(name)); !v.IsNull() {
				return v
			}
		}
	}
	return event.Value{}
}

func isWorkspaceReport(o *jsonObject) bool {
	return strings.HasPrefix(o.text(keyKind), "admin#reports")
}

// workspaceService returns the service of a report of Google Workspace by its application.
func workspaceService(o *jsonObject) string {
	if name := fieldOf(o.object(keyIDLower), event.NameOf("applicationName")).Text(); name != "" {
		return "google_workspace." + strings.ToLower(name)
	}
	return "google_workspace.admin"
}

// workspaceActivity returns the service of an activity that a collector took out of its report, by what it is about.
func workspaceActivity(o *jsonObject) string {
	for _, f := range o.object(keyParameters) {
		switch f.Name.Text {
		case "doc_id":
			return "google_workspace.drive"
		case "calendar_id", "target_calendar_id":
			return "google_workspace.calendar"
		}
	}
	return "google_workspace"
}

// streamProtocol returns the protocol of a flow: the last of its stack.
func streamProtocol(o *jsonObject) string {
	stack := o.text(keyStreamStack)
	return stack[strings.LastIndexByte(stack, ':')+1:]
}

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
