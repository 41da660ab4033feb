package fn

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// What Windows writes in a way of its own.

// windowsMessages are the texts behind the markers that its security log uses most; they stand in msobjs.dll.
var windowsMessages = map[string]string{
	"1537": "DELETE", "1538": "READ_CONTROL", "1539": "WRITE_DAC", "1540": "WRITE_OWNER", "1541": "SYNCHRONIZE",
	"1833": "Impersonation", "1842": "Yes", "1843": "No",
	"1936": "TokenElevationTypeDefault (1)", "1937": "TokenElevationTypeFull (2)", "1938": "TokenElevationTypeLimited (3)",
	"4416": "ReadData (or ListDirectory)", "4417": "WriteData (or AddFile)", "4418": "AppendData (or AddSubdirectory or CreatePipeInstance)",
	"4419": "ReadEA", "4420": "WriteEA", "4421": "Execute/Traverse", "4423": "ReadAttributes", "4424": "WriteAttributes",
	"14592": "Inbound", "14593": "Outbound",
	"2304": "An Error occurred during Logon.", "2305": "The specified user account has expired.", "2307": "Account locked out.",
	"2308": "The user has not been granted the requested logon type at this machine.", "2309": "The specified account's password has expired.",
	"2310": "Account currently disabled.", "2311": "Account logon time restriction violation.", "2312": "User not allowed to logon at this computer.",
	"2313": "Unknown user name or bad password.",
	"2048": "Account Enabled", "2080": "Account Disabled",
}

// accountFlags are the flags of an account after the first, which says whether it is disabled. The security log has a marker for
// each flag that was taken away, from 2049 on, and one for each that was set, from 2081 on.
var accountFlags = []string{
	"Home Directory Required", "Password Not Required", "Temp Duplicate Account", "Normal Account", "MNS Logon Account",
	"Interdomain Trust Account", "Workstation Trust Account", "Server Trust Account", "Don't Expire Password", "Account Unlocked",
	"Encrypted Text Password Allowed", "Smartcard Required", "Trusted For Delegation", "Not Delegated", "Use DES Key Only",
	"Don't Require Preauth", "Password Expired", "Trusted To Authenticate For Delegation", "Exclude Authorization Information",
	"Undefined UserAccountControl Bit 20", "Protect Kerberos Service Tickets with AES Keys",
}

// windowsMessage returns the text behind a marker.
func windowsMessage(marker string) (string, bool) {
	if words, ok := windowsMessages[marker]; ok {
		return words, true
	}
	n, err := strconv.Atoi(marker)
	switch {
	case err != nil:
	case n >= 2049 && n < 2049+len(accountFlags):
		return "'" + accountFlags[n-2049] + "' - Disabled", true
	case n >= 2081 && n < 2081+len(accountFlags):
		return "'" + accountFlags[n-2081] + "' - Enabled", true
	}
	return "", false
}

var _ = define(Func{
	Name: "windows_message_text", Doc: "The text with each marker such as %%1936 replaced by the words that Windows shows for it; markers that are not known stay.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		if !strings.Contains(s, "%%") {
			return s
		}
		var b strings.Builder
		for {
			i := strings.Index(s, "%%")
			if i < 0 {
				b.WriteString(s)
				return b.String()
			}
			end := i + 2
			for end < len(s) && '0' <= s[end] && s[end] <= '9' {
				end++
			}
			b.WriteString(s[:i])
			if words, ok := windowsMessage(s[i+2 : end]); ok {
				b.WriteString(words)
			} else {
				b.WriteString(s[i:end])
			}
			s = s[end:]
		}
	}),
	Examples: []Example{
		example(text("TokenElevationTypeFull (2)"), text("%%1937")), example(text("WriteData (or AddFile)\n\t%%9"), text("%%4417\n\t%%9")),
		example(text("Account Disabled 'Don't Require Preauth' - Enabled"), text("%%2080 %%2096")), example(text("'Don't Require Preauth' - Disabled"), text("%%2064")),
		example(text("100%"), text("100%")),
	},
})

var _ = define(Func{
	Name: "account_name", Doc: `The name of an account written DOMAIN\name or name@domain, without its domain.`,
	Params: []Param{required("account", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: onText(func(s string) string {
		if i := strings.LastIndexByte(s, '\\'); i >= 0 {
			return s[i+1:]
		}
		if i := strings.LastIndexByte(s, '@'); i > 0 {
			return s[:i]
		}
		return s
	}),
	Examples: []Example{example(text("jo"), text(`CORP\jo`)), example(text("jo"), text("jo@corp.example")), example(text("root"), text("root"))},
})

var _ = define(Func{
	Name: "account_domain", Doc: `The domain of an account written DOMAIN\name or name@domain; Null where it has none.`,
	Params: []Param{required("account", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		if i := strings.LastIndexByte(s, '\\'); i >= 0 {
			return text(s[:i])
		}
		if i := strings.LastIndexByte(s, '@'); i > 0 {
			return text(s[i+1:])
		}
		return null
	},
	Examples: []Example{example(text("CORP"), text(`CORP\jo`)), example(text("corp.example"), text("jo@corp.example")), example(null, text("root"))},
})
