// Command vcf-assistant upgrades VMware Cloud Foundation domains from Home Assistant.
package main

import (
	"context"
	"os"

	"vcf-assistant/workflow/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
