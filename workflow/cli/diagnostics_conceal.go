package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"net/url"
	"os"
	"strings"

	"vcf-assistant/workflow"
)

// anonymise replaces names in everything that was collected. What is known to be a name
// is added first; then everything is read once, so that a short name is replaced also
// where it stands before the full one.
func (d *diagnostics) anonymise() {
	p := newPseudonyms()
	d.known(p)
	replaced := func(e entryOf) entryOf {
		content := p.text
		if e.isJSON() {
			content = func(s string) string { return string(p.json([]byte(s))) }
		}
		return entryOf{p.text(e.name), []byte(content(string(e.content)))}
	}
	for _, e := range d.entries {
		replaced(e)
	}
	for i, e := range d.entries {
		d.entries[i] = replaced(e)
	}
	for i, n := range d.notes {
		d.notes[i] = p.text(n)
	}
}

func (e entryOf) isJSON() bool {
	return strings.HasSuffix(e.name, ".json") || strings.HasSuffix(e.name, ".jsonl")
}

// known adds what is a name, as far as the configuration and the state directory tell.
func (d *diagnostics) known(p *pseudonyms) {
	person := func(who *workflow.Person) {
		if who != nil {
			p.person(who.Name, who.ID)
		}
	}
	if name, err := os.Hostname(); err == nil {
		p.add("machine", name)
	}
	for _, name := range []string{"USER", "SUDO_USER", "LOGNAME"} {
		if user := d.in.env.get(name); user != "root" {
			p.add("user", user)
		}
	}
	if c := d.config; c != nil {
		address := func(kind, s string) {
			if u, err := url.Parse(s); err == nil && u.Hostname() != "localhost" {
				p.add(kind, u.Hostname())
			}
		}
		address("home-assistant", c.HomeAssistant.URL)
		for _, o := range c.HomeAssistant.Operators {
			p.add("user", o)
		}
		for _, v := range c.VCF {
			address("sddc-manager", v.URL)
			p.add("instance", v.Name)
			if v.Username != "administrator@vsphere.local" && v.Username != "admin@local" {
				p.add("user", v.Username)
			}
			for cluster, o := range v.Upgrade.ESX.Clusters {
				p.add("cluster", cluster)
				p.add("image", o.Image)
			}
		}
	}
	for _, e := range d.entries {
		e.names(p)
	}
	if d.states == nil {
		return
	}
	for _, s := range d.states.states {
		p.add("instance", s.name)
		for _, ref := range s.domains {
			p.add("domain", ref.Name)
			p.add("domain-id", ref.ID)
		}
		for _, r := range s.runs {
			p.add("domain", r.Domain.Name)
			person(&r.StartedBy)
			person(r.AcknowledgedBy)
			for _, u := range r.Upgrades {
				if u.Type == "CLUSTER" {
					p.add("cluster", u.Name)
				}
			}
		}
	}
}

// conceal takes out the secrets of the configuration, wherever they may have come from, and
// what a server's text holds of others. It comes before all else: a secret in which names
// were replaced is not found any more.
func (d *diagnostics) conceal() {
	var all []string
	if d.config != nil {
		all = append(all, d.config.HomeAssistant.Token.Reveal())
		for _, v := range d.config.VCF {
			all = append(all, v.Password.Reveal(), v.FallbackPassword.Reveal())
		}
	}
	for i, e := range d.entries {
		var b bytes.Buffer
		_, _ = newConcealer(&b, all).Write(e.content) // to memory: it does not fail
		if e.isJSON() {
			d.entries[i].content = withoutSecretsJSON(b.Bytes())
		} else {
			d.entries[i].content = []byte(withoutSecrets(b.String()))
		}
	}
}

// write packs everything.
func (d *diagnostics) write(w io.Writer) error {
	packed := gzip.NewWriter(w)
	archive := tar.NewWriter(packed)
	for _, e := range d.entries {
		h := &tar.Header{Name: "vcf-assistant-diagnostics/" + e.name, Mode: 0o600, Size: int64(len(e.content)), ModTime: d.now, Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(h); err != nil {
			return err
		}
		if _, err := archive.Write(e.content); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return packed.Close()
}
