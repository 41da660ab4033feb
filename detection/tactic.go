package detection

import "strings"

// tactics are the names that rules of Sentinel may use: those of ATT&CK, old and new, and those of its matrix for industrial control
// systems, without blanks.
var tactics = strings.Fields(`Reconnaissance ResourceDevelopment InitialAccess Execution Persistence PrivilegeEscalation DefenseEvasion Stealth DefenseImpairment
	CredentialAccess Discovery LateralMovement Collection CommandAndControl Exfiltration Impact PreAttack ImpairProcessControl InhibitResponseFunction Evasion`)

// TacticNames returns the names of all tactics, without blanks. The caller must not change them.
func TacticNames() []string { return tactics }

// TacticOf returns a tactic as rules of Sentinel spell it (CredentialAccess), however its words are set apart: "Credential Access",
// credential-access.
func TacticOf(name string) (string, bool) {
	squeezed := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(name)
	for _, t := range tactics {
		if strings.EqualFold(t, squeezed) {
			return t, true
		}
	}
	return "", false
}
