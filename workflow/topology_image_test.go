package workflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

const (
	build5210 = "8.0.3-0.0.24280767"
	build5200 = "8.0.3-0.0.24022510"
)

// imaged is a management domain with one image cluster, and these images.
func imaged(images ...vcftest.Image) func(*vcftest.Model) {
	return func(m *vcftest.Model) {
		m.Domains[0].Clusters = []vcftest.Cluster{{Name: "a", Hosts: 2, Image: true, AddOn: "Dell-Addon:1.2", Components: map[string]string{"nic": "1.0"}}}
		m.Images = images
	}
}

// image is one that has what the cluster runs.
func image(name, base string) vcftest.Image {
	return vcftest.Image{Name: name, BaseImage: base, AddOn: "Dell-Addon:1.3", Components: map[string]string{"nic": "1.1"}}
}

func bare(name, base string) vcftest.Image { return vcftest.Image{Name: name, BaseImage: base} }

// One image with the build that covers what the cluster runs is chosen, else the one that the configuration names; everything else stops
// before the POST and names the candidates.
func TestTopology_ImageOfACluster(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		images     []vcftest.Image
		configured string // "id:NAME" stands for the id of that image
		fault      *vcftest.Fault
		want       string   // name of the image that is sent
		says       []string // else: why it stops
	}{
		{name: "one that fits", images: []vcftest.Image{image("old", build5200), image("new", build5210)}, want: "new"},
		{name: "one that fits beside one that lacks the add-on", images: []vcftest.Image{bare("bare", build5210), image("new", build5210)}, want: "new"},
		{name: "none", images: []vcftest.Image{image("old", build5200)},
			says: []string{"cluster a: 0 images of SDDC Manager fit ESX 8.0.3-24280767", "name one in upgrade.esx.clusters", "candidates: none"}},
		{name: "no images at all", says: []string{"0 images", "candidates: none"}},
		{name: "one that lacks what the cluster runs", images: []vcftest.Image{bare("bare", build5210)},
			says: []string{"0 images", "candidates: bare (lacks add-on Dell-Addon, component nic)"}},
		{name: "two that fit", images: []vcftest.Image{image("new-1", build5210), image("new-2", build5210), bare("bare", build5210)},
			says: []string{"2 images", "candidates: bare (lacks add-on Dell-Addon, component nic), new-1, new-2"}},
		{name: "two that fit, one configured by name", images: []vcftest.Image{image("new-1", build5210), image("new-2", build5210)}, configured: "new-2", want: "new-2"},
		{name: "two that fit, one configured by id", images: []vcftest.Image{image("new-1", build5210), image("new-2", build5210)}, configured: "id:new-1", want: "new-1"},
		{name: "one that lacks the add-on, configured", images: []vcftest.Image{bare("bare", build5210), image("new", build5210)}, configured: "bare", want: "bare"},
		{name: "configured, but not there", images: []vcftest.Image{image("new", build5210), image("old", build5200)}, configured: "nwe",
			says: []string{`cluster a: image "nwe" of the configuration is not in SDDC Manager, which has new, old`}},
		{name: "configured, but of another build", images: []vcftest.Image{image("new", build5210), image("old", build5200)}, configured: "old",
			says: []string{"image old of the configuration is for ESX 8.0.3-0.0.24022510, but ESX 8.0.3-24280767 is due", "candidates: new"}},
		{name: "configured by a name that two have", images: []vcftest.Image{image("new-1", build5210), image("new-2", build5210)}, configured: "twin",
			fault: &vcftest.Fault{Path: "/v1/personalities", Set: map[string]string{"personalityName": `"twin"`}},
			says:  []string{`2 images of SDDC Manager are called "twin"`, "give the id of one of them: "}},
		{name: "what the cluster runs is not told", images: []vcftest.Image{bare("bare", build5210)},
			fault: &vcftest.Fault{Path: "/v1/upgradables/domains/*/clusters", Set: map[string]string{"softwareInfo": ""}},
			says:  []string{"cluster a: SDDC Manager does not tell what it runs now", "candidates: bare"}},
		{name: "images without an id", images: []vcftest.Image{image("new", build5210)},
			fault: &vcftest.Fault{Path: "/v1/personalities", Set: map[string]string{"personalityId": ""}}, says: []string{"0 images", "candidates: none"}},
	} {
		play(t, model(imaged(tc.images...)), func(w *world) {
			hostsOnly(w)
			client := w.config().Client
			defer client.Close()
			images, err := client.Personalities(w.t.Context())
			if err != nil {
				w.t.Fatal(err)
			}
			id := map[string]string{}
			for _, p := range images {
				id[p.Name] = p.ID
			}
			if name, byID := strings.CutPrefix(tc.configured, "id:"); byID {
				w.configure("a", id[name])
			} else if tc.configured != "" {
				w.configure("a", tc.configured)
			}
			if tc.fault != nil {
				w.sim.Fault(*tc.fault)
			}
			d := w.upgrade(1)
			if tc.want == "" {
				for _, say := range tc.says {
					if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, say) {
						t.Errorf("%s: ended as %s, the reason lacks %q: %s", tc.name, d.UpgradeStatus(), say, d.Run.Reason)
					}
				}
				if n := w.sim.Count("POST", "/v1/upgrades"); n != 0 {
					t.Errorf("%s: %d POSTs", tc.name, n)
				}
				return
			}
			if d.UpgradeStatus() != Completed {
				w.t.Fatalf("%s: ended as %s: %s", tc.name, d.UpgradeStatus(), d.Run.Reason)
			}
			var got []string
			for _, r := range list(body(w.t, w.sim.Accepted()[0]), "resourceUpgradeSpecs") {
				got = append(got, r["personalitySpec"].(object)["personalityId"].(string))
			}
			if diff := cmp.Diff([]string{id[tc.want]}, got); diff != "" {
				t.Errorf("%s: image (-want +got):\n%s", tc.name, diff)
			}
		}, rarely)
	}
}

// configure restarts the service with an image for a cluster.
func (w *world) configure(cluster, image string) {
	w.t.Helper()
	w.shutdown()
	before := w.alter
	w.alter = func(c *Config) {
		before(c)
		c.Options.ESX.Clusters = map[string]ClusterOptions{cluster: {Image: image}}
	}
	w.boot()
}

// Each cluster gets its own image, and one that is missing is imported while the run stands: the next Start takes up where it stopped.
func TestTopology_ImagesPerCluster(t *testing.T) {
	t.Parallel()
	play(t, model(imaged(image("dell", build5210)), func(m *vcftest.Model) {
		m.Domains[0].Clusters = append(m.Domains[0].Clusters, vcftest.Cluster{Name: "b", Hosts: 2, Image: true, AddOn: "HPE-Addon:3"})
	}), func(w *world) {
		hostsOnly(w)
		d := w.upgrade(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "cluster b: 0 images") || !strings.Contains(d.Run.Reason, "candidates: dell (lacks add-on HPE-Addon)") {
			w.t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		w.sim.Update(func(m *vcftest.Model) {
			m.Images = append(m.Images, vcftest.Image{Name: "hpe", BaseImage: build5210, AddOn: "HPE-Addon:4"})
		})
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			w.t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if diff := cmp.Diff([]string{host + " a", host + " b"}, sent(w.sim)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}
