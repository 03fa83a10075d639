package panel

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml"
)

// DashboardYAML is the dashboard as a person pastes it into the raw configuration editor
// of a dashboard, under whatever url path that has.
func DashboardYAML(systems ...Shown) ([]byte, error) {
	// By way of JSON: what is written has no types but those of the saved dashboard.
	data, err := json.Marshal(NewDashboard("", systems...).Config)
	if err != nil {
		return nil, fmt.Errorf("writing the dashboard: %w", err)
	}
	var config any
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("writing the dashboard: %w", err)
	}
	var b bytes.Buffer
	b.WriteString("# vcf-assistant: paste this into the raw configuration editor of a new dashboard.\n")
	if err := yaml.NewEncoder(&b, yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true)).Encode(config); err != nil {
		return nil, fmt.Errorf("writing the dashboard: %w", err)
	}
	return b.Bytes(), nil
}
