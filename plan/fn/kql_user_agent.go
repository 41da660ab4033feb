package fn

import (
	"sync"

	"github.com/ua-parser/uap-go/uaparser"

	"goshawk/event"
)

// userAgentsKept is how many user agents are kept with what they say: a new one takes milliseconds, and most come again.
const userAgentsKept = 10_000

// userAgents reads user agents by the expressions of ua-parser, which take a while to read themselves. They are in the module, so that
// reading them cannot fail but for a fault of its own.
var userAgents = sync.OnceValue(func() *uaparser.Parser {
	p, err := uaparser.New(uaparser.WithCacheSize(userAgentsKept))
	if err != nil {
		panic("fn: the expressions for user agents: " + err.Error())
	}
	return p
})

func members(pairs ...string) event.Value {
	r := &event.Record{}
	for i := 0; i < len(pairs); i += 2 {
		r.Set(pairs[i], text(pairs[i+1]))
	}
	return event.ObjectValue(r)
}

// userAgentParts are what can be looked for in a user agent, in the order of the result.
var userAgentParts = []struct {
	word, name string
	read       func(agent string) event.Value
}{
	{"browser", "Browser", func(agent string) event.Value {
		u := userAgents().ParseUserAgent(agent)
		return members("Family", u.Family, "MajorVersion", u.Major, "MinorVersion", u.Minor, "Patch", u.Patch)
	}},
	{"os", "OperatingSystem", func(agent string) event.Value {
		o := userAgents().ParseOs(agent)
		return members("Family", o.Family, "MajorVersion", o.Major, "MinorVersion", o.Minor, "Patch", o.Patch, "PatchMinor", o.PatchMinor)
	}},
	{"device", "Device", func(agent string) event.Value {
		d := userAgents().ParseDevice(agent)
		return members("Family", d.Family, "Brand", d.Brand, "Model", d.Model)
	}},
}

var _ = define(Func{
	Name: "kql_parse_user_agent", Doc: "What a user agent says of browser, os and device, those of which are looked for, as an object; Null where something else is looked for.",
	Params: []Param{required("agent", "string"), required("look_for", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		wanted := map[string]bool{}
		words := args[1].List()
		if args[1].Kind() == event.Text {
			words = args[1:2:2]
		}
		for _, w := range words {
			wanted[w.Text()] = true
		}
		r := &event.Record{}
		for _, part := range userAgentParts {
			if wanted[part.word] {
				delete(wanted, part.word)
				r.Set(part.name, part.read(args[0].Text()))
			}
		}
		if len(wanted) > 0 || len(r.Fields) == 0 {
			return null
		}
		return event.ObjectValue(r)
	},
	Examples: []Example{
		example(object("Browser", members("Family", "AdobeAIR", "MajorVersion", "2", "MinorVersion", "5", "Patch", "1")), text("Mozilla/5.0 (Windows; U; en-US) AppleWebKit/531.9 (KHTML, like Gecko) AdobeAIR/2.5.1"), text("browser")),
		example(object(
			"Browser", members("Family", "Nokia OSS Browser", "MajorVersion", "3", "MinorVersion", "1", "Patch", ""),
			"OperatingSystem", members("Family", "Symbian OS", "MajorVersion", "9", "MinorVersion", "2", "Patch", "", "PatchMinor", ""),
			"Device", members("Family", "Nokia N81", "Brand", "Nokia", "Model", "N81-3"),
		), text("Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 Profile/MIDP-2.0 Configuration/CLDC-1.1 ) AppleWebKit/413 (KHTML, like Gecko) Safari/4"), texts("browser", "os", "device")),
		example(object("Browser", members("Family", "Other", "MajorVersion", "", "MinorVersion", "", "Patch", "")), text("x"), text("browser")), example(null, text("x"), text("y")), example(null, text("x"), list()),
	},
})
