package panel

import (
	_ "embed"
)

// Blueprint is Home Assistant's automation that asks for the acknowledgement on a phone.
//
//go:embed blueprints/acknowledge.yaml
var Blueprint string

// BlueprintPath is where it is saved, below Home Assistant's blueprints/automation.
const BlueprintPath = "vcf-assistant/acknowledge.yaml"
