package cli

import (
	"context"
	"flag"
	"io"
	"path/filepath"
	"strings"
)

const unitHelp = `Prints the systemd unit of the service, for an installation by hand: write it to
/etc/systemd/system/vcf-assistant.service. Packages bring it along.
It needs systemd 247 or newer, two files that only root may read,
/etc/vcf-assistant/hass-token and /etc/vcf-assistant/vcf-password, and a configuration
that everybody may read, since no secret is in it.`

const unitExamples = `
vcf-assistant unit | sudo tee /etc/systemd/system/vcf-assistant.service
vcf-assistant unit --exec /opt/vcf-assistant/vcf-assistant   # the program is elsewhere`

// packaged is where the packages put the program.
const packaged = "/usr/bin/vcf-assistant"

func setupUnit(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	exec := flags.String("exec", packaged, "start the program at `PATH`")
	config := flags.String("config", systemConfig, "read the configuration from `FILE`")
	return func(context.Context) error {
		for name, path := range map[string]string{"exec": *exec, "config": *config} {
			if !filepath.IsAbs(path) || printable(path) != path {
				return usage("unit: --%s %s must be a whole path, such as /usr/local/bin/vcf-assistant", name, quote(path))
			}
		}
		_, err := io.WriteString(in.stdout, strings.NewReplacer("EXEC", unitWord(*exec), "CONFIG", unitWord(*config)).Replace(unitText))
		return err
	}
}

// unitWord is a path as a word of a unit: systemd expands % and $ there.
func unitWord(path string) string {
	path = strings.NewReplacer(`%`, `%%`, `$`, `$$`, `\`, `\\`, `"`, `\"`).Replace(path)
	if strings.ContainsAny(path, " \t'\";\\") {
		return `"` + path + `"`
	}
	return path
}

const unitText = `# vcf-assistant upgrades VMware Cloud Foundation from the dashboard of Home Assistant.
# Printed by "vcf-assistant unit". To change a line, use systemctl edit vcf-assistant.

[Unit]
Description=VMware Cloud Foundation upgrades from Home Assistant
# Home Assistant and SDDC Manager may be away, or start later: nothing here waits for
# them, and no upgrade stops with them.
Wants=network-online.target
After=network-online.target
# An upgrade that is half done must never be left alone because something failed too often.
StartLimitIntervalSec=0

[Service]
# READY: the configuration is valid and the state directory can be written. The status line
# of systemctl status tells step and percent.
Type=notify
NotifyAccess=main
ExecStart=EXEC run --config CONFIG
# A wrong configuration changes nothing: systemctl status and the log tell why.
# (Type=notify-reload would do without this line, but needs systemd 253.)
ExecReload=/bin/kill -HUP $MAINPID
# Fed by the loops that do the work, not by a timer beside them.
WatchdogSec=2min
Restart=on-failure
RestartSec=10s
# 2: the configuration is wrong. 3: a login is refused, and trying again locks the account.
RestartPreventExitStatus=2 3
# It ends within 5 s. An upgrade that runs is taken up where it stood at the next start.
TimeoutStopSec=20s
# Where the boot's id is hidden (ProcSubset), it is told: deadlines count by it.
Environment=VCF_ASSISTANT_BOOT_ID=%b

# Secrets: files of root's with mode 0600. The service gets copies in memory. systemd makes
# them when the service starts: after a change, systemctl restart vcf-assistant.
LoadCredential=hass-token:/etc/vcf-assistant/hass-token
LoadCredential=vcf-password:/etc/vcf-assistant/vcf-password
# A file that is missing here fails the start. For vcf.fallback_username, or an instance with
# the name lab, add the lines that apply with systemctl edit vcf-assistant:
#   [Service]
#   LoadCredential=vcf-fallback-password:/etc/vcf-assistant/vcf-fallback-password
#   LoadCredential=vcf-lab-password:/etc/vcf-assistant/vcf-lab-password

# Folders: /etc/vcf-assistant, /var/lib/vcf-assistant (journals), /run/vcf-assistant (the
# socket of metrics.listen, if that is on).
ConfigurationDirectory=vcf-assistant
StateDirectory=vcf-assistant
StateDirectoryMode=0700
RuntimeDirectory=vcf-assistant
UMask=0077

# A user of its own that exists while the service runs, without any right.
DynamicUser=yes
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
PrivateUsers=yes
KeyringMode=private
RemoveIPC=yes
RestrictSUIDSGID=yes
# No memory of it, where secrets are, reaches a disk.
LimitCORE=0

# It sees and writes nothing but its folders.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
PrivateMounts=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes

# It speaks TCP, and to systemd. IPAddressDeny= is not here: it must reach Home Assistant and
# SDDC Manager, wherever those are. Where both have fixed addresses, add
#   IPAddressDeny=any
#   IPAddressAllow=localhost 192.0.2.10
# with SDDC Manager's address, and the name server's.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`
