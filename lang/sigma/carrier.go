package sigma

import "strings"

// Rules that were written, or changed by a pipeline, for one form of a Windows event name its fields by their place in that form:
// Event.EventData.CommandLine in what evtx_dump writes, winlog.event_data.CommandLine in Winlogbeat's JSON. Whatever the form, records come
// here as the event itself, with the names that it gives its fields; so the place is taken off such a name, and what is left is looked up in
// the record. It is never translated for another kind of event: who names the place means what stands there.

// native returns the name that a record has for a field that is called by its place in a form of Windows events.
func native(name string) string {
	if rest, ok := cutPrefixFold(name, "Event."); ok {
		if data, ok := cutPrefixFold(rest, "EventData."); ok {
			return bare(data)
		}
		if system, ok := cutPrefixFold(rest, "System."); ok {
			return strings.Join(meaningful(system), "_")
		}
		if user, ok := cutPrefixFold(rest, "UserData."); ok {
			// The first step is the provider's own element, which records leave out.
			if _, field, ok := strings.Cut(user, "."); ok && field != "" {
				return strings.Join(meaningful(field), ".")
			}
		}
		if _, ok := cutPrefixFold(rest, "RenderingInfo."); ok {
			return rest
		}
		return name
	}
	for _, prefix := range []string{"winlog.event_data.", "winlog.user_data."} {
		if rest, ok := cutPrefixFold(name, prefix); ok {
			return rest
		}
	}
	if field := winlogbeatNames[strings.ToLower(name)]; field != "" {
		return field
	}
	return name
}

// winlogbeatNames are what Winlogbeat calls the fields of System.
var winlogbeatNames = map[string]string{
	"winlog.event_id": "EventID", "winlog.channel": "Channel", "winlog.provider_name": "Provider_Name", "winlog.provider_guid": "Provider_Guid",
	"winlog.computer_name": "Computer", "winlog.record_id": "EventRecordID", "winlog.version": "Version", "winlog.process.pid": "Execution_ProcessID",
	"winlog.process.thread.id": "Execution_ThreadID", "winlog.activity_id": "Correlation_ActivityID", "winlog.user.identifier": "Security_UserID",
}

// cutPrefixFold is strings.CutPrefix for a prefix of ASCII, without regard to case; nothing behind it is no name.
func cutPrefixFold(name, prefix string) (string, bool) {
	if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
		return name[len(prefix):], true
	}
	return name, false
}

// meaningful returns the steps of a path but those that only say where a converter has put attributes and texts.
func meaningful(path string) []string {
	var steps []string
	for _, step := range strings.Split(path, ".") {
		switch step {
		case "#text", "#attributes", "@attributes":
		default:
			steps = append(steps, strings.TrimSuffix(strings.TrimLeft(step, "@#"), "_attributes"))
		}
	}
	return steps
}

// bare is the name of a field of EventData: it may hold dots of its own.
func bare(name string) string {
	return strings.TrimSuffix(name, ".#text")
}
