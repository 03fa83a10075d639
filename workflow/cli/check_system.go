package cli

import (
	"context"
	"fmt"

	"vcf-assistant/vcf"
)

// fullStorage is the share in percent from which a host's data hardly finds another place.
const fullStorage = 80

// storage tells the one fact about space that the API has: that of the domain's datastores.
func (k *checking) storage(ctx context.Context, sddc *vcf.Client, d vcf.Domain) {
	whole, err := sddc.Domain(ctx, d.ID)
	if err != nil || whole.Capacity == nil {
		return
	}
	s := whole.Capacity.Storage
	percent, known := s.Percent()
	if !known {
		return
	}
	text := fmt.Sprintf("storage of its clusters: %s of %s used", bytesText(uint64(s.Used)), bytesText(uint64(s.Total)))
	if percent >= fullStorage {
		k.warn("domain "+d.Name, "make room: hosts are evacuated one after another", "%s", text)
		return
	}
	k.ok("domain "+d.Name, "%s", text)
}

// depot looks where bundles come from; missing is what would have to be downloaded, in MB.
func (k *checking) depot(ctx context.Context, sddc *vcf.Client, missing float64) {
	const what = "depot"
	d, err := sddc.Depot(ctx)
	switch {
	case vcf.Gone(err):
		k.ok(what, "this SDDC Manager does not tell: its depot is set up elsewhere, in VCF Operations")
		return
	case err != nil:
		k.warn(what, "look at it in SDDC Manager, under Administration, Depot Settings", "not known: %v", err)
		return
	}
	name := "the vendor's"
	if d.Offline || d.Host != "" {
		name = "an offline one, " + d.Host
	}
	const next = "put it right in SDDC Manager, under Administration, Depot Settings"
	switch {
	case d.Account == nil && !d.Offline && missing > 0:
		k.failNext(what, "set it up in SDDC Manager, under Administration, Depot Settings, or bring the bundles there with the bundle transfer tool",
			"none is set up, and %.0f MB of bundles have to be downloaded", missing)
		return
	case d.Account == nil && !d.Offline:
		k.warn(what, "bring the bundles of the next release there with the bundle transfer tool", "none is set up")
		return
	case d.Account == nil:
		k.ok(what, "%s", name)
	default:
		connected, known := d.Account.Connected()
		text := d.Account.Status
		if d.Account.Message != "" {
			text += " (" + d.Account.Message + ")"
		}
		switch {
		case !known:
			k.ok(what, "%s; SDDC Manager does not say whether it reaches it", name)
		case connected:
			k.ok(what, "%s, reached by SDDC Manager", name)
		case missing > 0:
			k.failNext(what, next, "%s: SDDC Manager says %s, and %.0f MB of bundles have to be downloaded", name, text, missing)
			return
		default:
			k.warn(what, next, "%s: SDDC Manager says %s", name, text)
		}
	}
	if missing > 0 {
		k.ok(what, "%.0f MB of bundles are to be downloaded; the API does not tell how much room SDDC Manager has for them (df -h /nfs there does)", missing)
	}
}

// backup looks whether SDDC Manager backs itself up; when it did last is not told here.
func (k *checking) backup(ctx context.Context, sddc *vcf.Client) {
	const what = "backup"
	b, err := sddc.Backup(ctx)
	const next = "set it up in SDDC Manager, under Administration, Backup: there is no way back from an upgrade"
	switch {
	case vcf.Gone(err):
	case err != nil:
		k.warn(what, "look at it in SDDC Manager, under Administration, Backup", "not known: %v", err)
	case !b.Place:
		k.warn(what, next, "SDDC Manager has no place for its backups")
	case !b.Scheduled:
		k.warn(what, next, "SDDC Manager takes no backups by itself")
	default:
		k.ok(what, "SDDC Manager backs itself up; when it did last is not told by this call")
	}
}
