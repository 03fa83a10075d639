package vcf

import "strings"

// Component is the canonical name of a part of VCF. The API spells the same part
// differently in upgradables, BOMs, check-sets and tasks (API reference, section 3).
type Component string

const (
	SDDCManagerComponent Component = "SDDC_MANAGER"
	NSX                  Component = "NSX"
	VCenterComponent     Component = "VCENTER"
	ESX                  Component = "ESX"
)

var components = map[string]Component{
	"SDDCMANAGER":    SDDCManagerComponent,
	"SDDCMANAGERVCF": SDDCManagerComponent,
	"NSX":            NSX,
	"NSXT":           NSX,
	"NSXTMANAGER":    NSX,
	"VCENTER":        VCenterComponent,
	"ESX":            ESX,
	"ESXI":           ESX,
	"HOST":           ESX,
	"ESXHOST":        ESX,
	"CLUSTER":        ESX,
}

// ParseComponent is the canonical name of any spelling; an unknown one is kept as
// it is written, so that it can be shown.
func ParseComponent(s string) Component {
	if c, ok := components[Normal(s)]; ok {
		return c
	}
	return Component(strings.ToUpper(clean(s)))
}

// Known tells whether this is a component that can be upgraded here.
func (c Component) Known() bool {
	switch c {
	case SDDCManagerComponent, NSX, VCenterComponent, ESX:
		return true
	}
	return false
}

// String is the name that people use.
func (c Component) String() string {
	switch c {
	case SDDCManagerComponent:
		return "SDDC Manager"
	case NSX:
		return "NSX"
	case VCenterComponent:
		return "vCenter"
	case ESX:
		return "ESX"
	case "":
		return "unknown component"
	}
	return string(c)
}

// Normal is an enum value as it is compared: upper case, without underscores,
// hyphens and spaces. Real systems mix "In Progress", "IN_PROGRESS", "INPROGRESS".
func Normal(s string) string {
	return strings.ToUpper(separators.Replace(strings.TrimSpace(s)))
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")
