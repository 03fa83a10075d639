// Package cli is the command line of vcf-assistant: configuration, subcommands, the
// wiring of workflow with vcf and hass, systemd, and the demo. It is the only package
// that imports all the others; main calls Main and nothing else.
//
// keys.go holds every key of the configuration, commands.go every subcommand.
package cli
