package vcftest

import "time"

// Versions of the fixtures: the ESX builds of 5.2.x are from a lab, those of 9.0.2 from KB 443599; the others are not verified.
var (
	release5200 = Release{Version: "5.2.0.0", MinCompatible: "4.5.0.0", Date: "2024-07-23T12:00:00.000Z",
		Description: "VMware Cloud Foundation 5.2",
		SDDCManager: "5.2.0.0-24108943", NSX: "4.2.0.0.0-24105817", VCenter: "8.0.3.00100-24091160", ESX: "8.0.3-24022510"}
	release5210 = Release{Version: "5.2.1.0", MinCompatible: "5.0.0.0", Date: "2024-10-09T12:00:00.000Z",
		Description: "<p>VMware Cloud Foundation <b>5.2.1</b> brings:</p><ul><li>Reduced downtime upgrade for vCenter</li>" +
			"<li>NSX in-place upgrade for clusters with images</li><li>Support for &lt;mixed&gt; clusters, see " +
			`<a href="https://techdocs.broadcom.com/vcf-521">release notes</a></li></ul>`,
		SDDCManager: "5.2.1.0-24307856", NSX: "4.2.1.0.0-24304122", VCenter: "8.0.3.00300-24305161", ESX: "8.0.3-24280767"}
	release9020 = Release{Version: "9.0.2.0", MinCompatible: "5.0.0.0", Date: "2026-01-20T12:00:00.000Z",
		Description: "<p>VMware Cloud Foundation 9.0.2</p>",
		SDDCManager: "9.0.2.0.25151285", NSX: "9.0.2.0.25150386", VCenter: "9.0.2.0.25148086", ESX: "9.0.2.0.25148076"}
	release9100 = Release{Version: "9.1.0.0", MinCompatible: "9.0.0.0", Date: "2026-05-12T12:00:00.000Z",
		Description: "<p>VMware Cloud Foundation 9.1</p>",
		SDDCManager: "9.1.0.0.25400101", NSX: "9.1.0.0.25400102", VCenter: "9.1.0.0.25400103", ESX: "9.1.0.0.25400104"}
)

// Model52 is a small system on 5.2.0.0 with an update to 5.2.1.0: a management domain m01 with one baseline cluster of
// 4 hosts, a VI domain w01 with its own NSX and one cluster of 3 hosts. 9.0.2.0 is not applicable, 9.1.0.0 is too new. Prechecks are
// clean, and everything takes about as long as in a data centre.
func Model52() Model {
	tooFar := release9020
	tooFar.Reasons = []string{
		"Cluster m01-cl01 is managed by baselines. Move it to an image before the upgrade to 9.x. See KB 379388.",
		"NSX 4.2.0.0.0-24105817 cannot be upgraded to 9.0.2.0.25150386. See KB 430825.",
	}
	return Model{
		Inventory: Inventory{
			FQDN: "sddc-manager.lab.example",
			Domains: []Domain{
				{Name: "m01", Type: "MANAGEMENT", Release: "5.2.0.0", Edges: 1, Clusters: []Cluster{{Name: "m01-cl01", Hosts: 4}}},
				{Name: "w01", Type: "VI", Release: "5.2.0.0", Clusters: []Cluster{{Name: "w01-cl01", Hosts: 3}}},
			},
			Releases: []Release{release9100, tooFar, release5210, release5200},
		},
		Durations: durations(),
	}
}

// Model90 is the same system on 5.2.1.0 with image clusters, one matching image, and an update to 9.0.2.0: the API becomes that of 9.0.2 when
// the SDDC Manager has been upgraded.
func Model90() Model {
	m := Model52()
	m.Releases = []Release{release5210, release9020, release9100}
	m.MatchingImages = 1
	m.Images = []Image{{Name: "esx-24280767", BaseImage: baseImage("8.0.3-24280767")}}
	for i := range m.Domains {
		m.Domains[i].Release = "5.2.1.0"
		for j := range m.Domains[i].Clusters {
			m.Domains[i].Clusters[j].Image = true
		}
	}
	return m
}

const (
	defaultTokenLifetime   = time.Hour
	defaultRefreshLifetime = 24 * time.Hour
)

func durations() Durations {
	return Durations{
		BundleDownload:     10 * time.Minute,
		Precheck:           12 * time.Minute,
		Validation:         4 * time.Minute,
		SDDCManagerUpgrade: 15 * time.Minute,
		Outage:             time.Hour,
		ReadyAfter:         4 * time.Minute,
		NSX:                90 * time.Minute,
		VCenter:            75 * time.Minute,
		ESX:                2 * time.Hour,
		TokenLifetime:      time.Hour,
		RefreshLifetime:    24 * time.Hour,
	}
}
