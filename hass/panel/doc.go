// Package panel is the face of an upgrade in Home Assistant: entities, helpers,
// notifications and a dashboard, made from workflow's snapshots, and the presses that
// come back. It decides nothing about an upgrade.
//
// table.go holds every entity. Text from elsewhere becomes harmless in inert.go.
package panel
