package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// entry is what an administrator reads about a key of the configuration.
type entry struct {
	path  string
	value string // the default, as the file would say it; empty: there is none
	must  bool   // there is no default and no service without it
	about string
}

// reference is every key, in the order of the printed configuration. A test holds it
// against what is read, and its values against the defaults.
var reference = []entry{
	{path: "home_assistant.url", must: true, about: "where Home Assistant answers"},
	{path: "home_assistant.token_file", about: "holds the long-lived access token of an administrator; without it $HASS_TOKEN, then the systemd credential hass-token"},
	{path: "home_assistant.token", about: "the token itself; a file is better"},
	{path: "home_assistant.ca_file", value: `""`, about: "certificates that are trusted for https, beside the system's"},
	{path: "home_assistant.dashboard", value: "vcf-upgrades", about: "the dashboard that is kept"},
	{path: "home_assistant.install_from_update_entity", value: "false", about: "Install on the updates page starts an upgrade"},
	{path: "home_assistant.operators", value: "[]", about: "who may press"},
	{path: "home_assistant.entities.capacity", value: "clusters", about: "how far down capacities are shown, each with those before it"},
	{path: "home_assistant.entities.versions", value: "true", about: "versions of components are shown"},
	{path: "home_assistant.entities.system", value: "true", about: "entities of the whole system are shown"},
	{path: "vcf.url", must: true, about: "where SDDC Manager answers; vcf may be a list of instances"},
	{path: "vcf.username", must: true, about: "an account with the role ADMIN"},
	{path: "vcf.password_file", about: "holds its password; without it $VCF_PASSWORD, then the systemd credential vcf-password"},
	{path: "vcf.password", about: "the password itself; a file is better"},
	{path: "vcf.ca_file", value: `""`, about: "certificates that are trusted, beside the system's"},
	{path: "vcf.fingerprint", value: `""`, about: "the one certificate that is trusted, instead of ca_file"},
	{path: "vcf.insecure", value: "false", about: "no certificate is verified, instead of ca_file; never in production"},
	{path: "vcf.fallback_username", value: `""`, about: "a local account, used only while single sign-on is down"},
	{path: "vcf.fallback_password_file", about: "holds its password; without it the systemd credential vcf-fallback-password"},
	{path: "vcf.fallback_password", about: "the password itself; a file is better"},
	{path: "state_dir", about: "journals and what else must outlive the process; by default $STATE_DIRECTORY, else the user's state folder"},
	{path: "log_level", value: "info", about: "log from this level on"},
	{path: "intervals.refresh", value: "15m", about: "between two readings of all domains"},
	{path: "intervals.capacity", value: "5m", about: "between two readings of capacities and versions"},
	{path: "intervals.poll", value: "30s", about: "between two looks at what an upgrade waits for, on average: closer near its expected end, up to three times as long elsewhere"},
	{path: "intervals.settle", value: "5m", about: "SDDC Manager must answer this long after its own upgrade"},
	{path: "intervals.adopt", value: "5m", about: "an upgrade that is not listed after this long was not accepted"},
	{path: "intervals.linger", value: "1m", about: "successfuly_completed stays this long"},
	{path: "timeouts.bundle", value: "6h", about: "deadline of each bundle's download"},
	{path: "timeouts.sddc_manager", value: "4h", about: "deadline of SDDC Manager's own upgrade"},
	{path: "timeouts.prechecks", value: "40m", about: "deadline of the prechecks"},
	{path: "timeouts.component", value: "3h", about: "deadline of each NSX, vCenter and ESX cluster"},
	{path: "timeouts.nsx", about: "instead of component"},
	{path: "timeouts.vcenter", about: "instead of component"},
	{path: "timeouts.esx", about: "instead of component, for each cluster"},
	{path: "timeouts.validation", value: "30m", about: "deadline of the final validation"},
	{path: "upgrade.allow_major", value: "false", about: "5.x may go to 9.x"},
	{path: "upgrade.override_target", value: "false", about: "a target that somebody else set may be replaced"},
	{path: "upgrade.pause", value: "none", about: "component: wait for an approval before each component"},
	{path: "upgrade.windows", value: "[]", about: "what changes the data centre is sent inside these maintenance windows only; []: at any time"},
	{path: "upgrade.resume_within", value: "4h", about: "a run that was left alone for longer starts nothing new until it is acknowledged"},
	{path: "upgrade.findings_valid", value: "24h", about: "older findings are checked again before the next component"},
	{path: "upgrade.nsx.edge_only", value: "false", about: "upgrade the edges of NSX only"},
	{path: "upgrade.nsx.host_clusters_parallel", value: "false", about: "NSX upgrades host clusters at the same time"},
	{path: "upgrade.nsx.edge_clusters_parallel", value: "false", about: "NSX upgrades edge clusters at the same time"},
	{path: "upgrade.vcenter.mechanism", value: "InPlace", about: "how vCenter is upgraded"},
	{path: "upgrade.vcenter.temporary_network.mode", about: "the network of the migration"},
	{path: "upgrade.vcenter.temporary_network.ip", about: "with STATIC"},
	{path: "upgrade.vcenter.temporary_network.netmask", about: "with STATIC"},
	{path: "upgrade.vcenter.temporary_network.gateway", about: "with STATIC"},
	{path: "upgrade.esx.quick_boot", value: "false", about: "hosts restart without their firmware"},
	{path: "upgrade.esx.quick_patch", value: "false", about: "hosts are patched without a restart where that can be done"},
	{path: "upgrade.esx.evacuate_offline_vms", value: "false", about: "virtual machines that are off are moved away too"},
	{path: "upgrade.esx.enforce_hcl", value: "true", about: "hardware that is not on the compatibility list stops the upgrade"},
	{path: "upgrade.esx.parallel_clusters", value: "false", about: "all clusters of a domain at the same time"},
	{path: "upgrade.esx.power_action", value: "DO_NOT_CHANGE_VMS_POWER_STATE", about: "what is done with virtual machines that keep a host from its maintenance mode"},
	{path: "upgrade.esx.failure_action.action", value: "FAIL", about: "what is done when a host does not enter maintenance mode"},
	{path: "upgrade.esx.failure_action.delay", about: "with RETRY: until the next try"},
	{path: "upgrade.esx.failure_action.count", about: "with RETRY: how often"},
	{path: "upgrade.esx.clusters.*.image", about: "the image of that cluster; by default the only one that fits"},
	{path: "metrics.listen", value: `""`, about: "serves /metrics and /healthz; empty: nobody listens"},
}

const configHelp = `Without flags it prints every key with its default and what it may be, as a file to
begin with: only the keys that are needed are without "#". --markdown prints a table.`

func setupConfig(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	markdown := flags.Bool("markdown", false, "print a table")
	return func(context.Context) error {
		if *markdown {
			return printReference(in.stdout)
		}
		return printExample(in.stdout)
	}
}

// plainValues need no word beside a value that shows them.
var plainValues = []string{aBool, aDuration, anInterval, aText, aPath, anIP}

// exampleValues stand where there is no default.
var exampleValues = map[string]string{
	"home_assistant.url": "http://127.0.0.1:8123", "vcf.url": "https://sddc-manager.lab.example", "vcf.username": "administrator@vsphere.local",
}

// printExample writes the configuration with every key; what has a default, or may be
// left out, is behind "#".
func printExample(w io.Writer) error {
	allowed := allowedValues()
	var b strings.Builder
	b.WriteString("# Every key of vcf-assistant, with its default. What is behind # may be left out.\n")
	open := []string{} // the sections that are open
	for _, e := range reference {
		at, _, list := strings.Cut(e.path, ".*")
		path := strings.Split(at, ".")
		sections, name := path[:len(path)-1], path[len(path)-1]
		same := 0
		for same < len(open) && same < len(sections) && open[same] == sections[same] {
			same++
		}
		for i := same; i < len(sections); i++ {
			fmt.Fprintf(&b, "%s%s%s:\n", hash(!needed(strings.Join(sections[:i+1], "."))), strings.Repeat("  ", i), sections[i])
		}
		open = sections
		value := e.value
		if e.must {
			value = exampleValues[e.path]
		}
		if list {
			value = "{} # {NAME: {image: NAME or ID}}"
		}
		line := fmt.Sprintf("%s%s%s: %s", hash(!e.must), strings.Repeat("  ", len(sections)), name, value)
		about := e.about
		if a := allowed[e.path]; !slices.Contains(plainValues, a) {
			about += ": " + a
		}
		fmt.Fprintf(&b, "%-46s # %s\n", strings.TrimRight(line, " "), about)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func hash(behind bool) string {
	if behind {
		return "# "
	}
	return ""
}

// needed tells whether a section has a key without which there is no service.
func needed(section string) bool {
	for _, e := range reference {
		if e.must && strings.HasPrefix(e.path, section+".") {
			return true
		}
	}
	return false
}

// printReference writes the keys as a table in Markdown.
func printReference(w io.Writer) error {
	allowed := allowedValues()
	var b strings.Builder
	b.WriteString("| key | default | what it is | what it may be |\n|---|---|---|---|\n")
	for _, e := range reference {
		value := "`" + e.value + "`"
		switch {
		case e.must:
			value = "required"
		case e.value == "":
			value = ""
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.path, value, e.about, strings.ReplaceAll(allowed[e.path], "|", "\\|"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// allowedValues is what each key may be, in the words of the messages.
func allowedValues() map[string]string {
	out := map[string]string{}
	for _, k := range defaults().keys() {
		out[k.path] = k.allow
	}
	return out
}
