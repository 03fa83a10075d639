package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// tolerableSkew is how far the clocks may be apart: more, and upgrades of ESX hosts
// fail (KB 429115), and nobody can compare logs.
const tolerableSkew = 30 * time.Second

// sddcManager looks at one instance, and returns the name that its SDDC Manager gives
// itself; empty: not known. What needs no login is looked at first, and after the login
// each fact for itself.
func (k *checking) sddcManager(ctx context.Context, c *Config, v *VCF, sddc *vcf.Client) (fqdn string) {
	const what = "sddc manager"
	if !k.reach(ctx, what, v.path+".url", v.URL) || !k.trusted(ctx, v) {
		return ""
	}
	err := sddc.Login(ctx)
	k.clock(sddc, err)
	if err != nil {
		k.fail(what, err)
		return ""
	}
	managers, err := sddc.SDDCManagers(ctx)
	if err != nil {
		k.fail(what, err)
	} else {
		version := "unknown"
		if len(managers) > 0 {
			version, fqdn = managers[0].Version, managers[0].FQDN
		}
		k.ok(what, "%s: %s version %s, logged in as %s", sddc.URL(), fqdn, version, v.Username)
		if n, ok := vcf.ParseVersion(version); !ok || n.Major() != 5 && n.Major() != 9 {
			k.warn(what, "try it with plan, which changes nothing", "version %s is none that this was made for: 5.2 and 9.0", version)
		}
	}
	k.account(ctx, v, sddc)
	k.busy(ctx, sddc)
	missing := k.domains(ctx, c, v, sddc)
	k.depot(ctx, sddc, missing)
	k.backup(ctx, sddc)
	return fqdn
}

// clock compares the clocks, also where the login was refused: a token that is not valid
// yet, or not any more, looks like a wrong password.
func (k *checking) clock(sddc *vcf.Client, login error) {
	skew := sddc.ClockSkew()
	switch {
	case skew.Abs() > tolerableSkew:
		way := "ahead of"
		if skew < 0 {
			way = "behind"
		}
		k.warn("clock", "set both by NTP", "SDDC Manager's clock is %s %s this machine's", skew.Abs(), way)
	case login == nil:
		k.ok("clock", "SDDC Manager's clock differs by %s", skew.Abs())
	}
}

// account looks which role the user has: upgrades need ADMIN.
func (k *checking) account(ctx context.Context, v *VCF, sddc *vcf.Client) {
	const what = "account"
	role, err := sddc.RoleOf(ctx, v.Username)
	switch {
	case err != nil:
		k.warn(what, "make sure that it is "+vcf.AdminRole, "the role of %s is not known: %v", v.Username, err)
	case role == "":
		k.warn(what, "make sure that it is "+vcf.AdminRole, "SDDC Manager does not list %s itself: its role may come from a group", v.Username)
	case !strings.EqualFold(role, vcf.AdminRole):
		k.failNext(what, "give it that role in SDDC Manager, under Administration, Single Sign On", "%s has the role %s, and upgrades need %s", v.Username, role, vcf.AdminRole)
	default:
		k.ok(what, "%s has the role %s", v.Username, role)
	}
}

// busy warns of what would keep an upgrade from starting.
func (k *checking) busy(ctx context.Context, sddc *vcf.Client) {
	global, err := sddc.GlobalFunctionality(ctx)
	switch {
	case vcf.NotFound(err):
	case err != nil:
		k.fail("operations", err)
	case global.Blocked() != "":
		k.warn("operations", "wait until that has ended", "SDDC Manager allows none now: %s", global.Blocked())
	}
	upgrades, err := sddc.Upgrades(ctx)
	if err != nil {
		k.fail("upgrades", err)
	}
	upgrading := map[string]bool{}
	for _, u := range upgrades {
		if u.Outcome() == vcf.Running {
			upgrading[u.TaskID], upgrading[u.ID] = true, true
			k.warn("upgrades", "wait for its end, or look at it in SDDC Manager", "upgrade %s is unfinished (%s): nothing starts beside it", u.ID, u.Status)
		}
	}
	tasks, err := sddc.Tasks(ctx)
	if err != nil {
		k.fail("tasks", err)
		return
	}
	var others []string
	for _, t := range tasks {
		name := strings.ToLower(t.Name + " " + t.Type)
		if t.Outcome() == vcf.Running && !upgrading[t.ID] && !strings.Contains(name, "bundle") && !strings.Contains(name, "download") {
			others = append(others, quote(t.Name))
		}
	}
	if n := len(others); n > 0 {
		k.warn("tasks", "let them end before an upgrade", "%s not ended in SDDC Manager: %s", hasNot(n), strings.Join(others[:min(n, 3)], ", "))
	}
}

func hasNot(n int) string {
	if n == 1 {
		return "1 task has"
	}
	return fmt.Sprintf("%d tasks have", n)
}

// domains looks at each; missing is the size of the bundles in MB that would have to be
// downloaded, of all domains.
func (k *checking) domains(ctx context.Context, c *Config, v *VCF, sddc *vcf.Client) (missing float64) {
	domains, err := sddc.Domains(ctx)
	if err != nil {
		k.fail("domains", err)
		return 0
	}
	if len(domains) == 0 {
		k.warn("domains", "look at them in SDDC Manager", "SDDC Manager lists none")
	}
	config := c.workflow(v)
	config.Client = sddc
	if k.unusable[config.StateDir] {
		config.StateDir = "" // that was said
	}
	refs, err := workflow.ListDomains(ctx, config)
	if err != nil {
		k.fail("state directory", err)
	}
	needed := map[string]float64{} // by bundle: several domains share them
	for _, d := range domains {
		ref := workflow.DomainRef{ID: d.ID, Name: d.Name, Type: d.Type}
		for _, r := range refs {
			if r.ID == d.ID {
				ref = r
			}
		}
		plan := k.domain(ctx, config, d, ref)
		if plan == nil {
			continue
		}
		for _, b := range plan.Bundles {
			if !b.Present && !b.Requested {
				needed[b.ID] = b.SizeMB
			}
		}
		k.storage(ctx, sddc, d)
	}
	for _, mb := range needed {
		missing += mb
	}
	return missing
}

// domain tells what a domain is at, where it would go and what stands in the way, by the
// plan of its upgrade. Nil: there is none.
func (k *checking) domain(ctx context.Context, config workflow.Config, d vcf.Domain, ref workflow.DomainRef) *workflow.Plan {
	what := "domain " + d.Name
	if !d.Active() {
		k.warn(what, "wait, or look at it in SDDC Manager", "%s, status %s: it is shown once it was ACTIVE", d.Type, d.Status)
	}
	plan, err := workflow.MakePlan(ctx, config, ref)
	if err != nil {
		k.fail(what, cmp.Or(errors.Unwrap(err), err)) // which domain it is stands before it
		return nil
	}
	if plan.Target == "" {
		k.ok(what, "%s at %s, no update applies", d.Type, plan.From)
		for _, why := range plan.Other {
			k.ok(what, "not %s", why)
		}
		return plan
	}
	var parts []string
	for _, c := range plan.Components {
		if c.State == workflow.PlanUpgrade || c.State == workflow.PlanRuns {
			parts = append(parts, c.Component.String()+" "+c.To)
		}
	}
	k.ok(what, "%s at %s, would be upgraded to %s: %s", d.Type, plan.From, plan.Target, strings.Join(parts, ", "))
	for _, why := range plan.Own() {
		text, next := moves(why, ": ")
		k.warn(what, next, "Start would be refused: %s", text)
	}
	if plan.Follows != "" {
		k.warn(what, "look at it in SDDC Manager", "somebody upgrades %s: Start would follow that first", plan.Follows)
	}
	k.bundles(what, plan)
	for _, c := range plan.Calls {
		if c.Stop != "" {
			text, next := moves(c.Stop, ": name one")
			if next != "" {
				next = "name one" + next
			}
			k.warn(what, next, "the upgrade would stop: %s", text)
		}
	}
	return plan
}

// bundles tells of each bundle whether it is there.
func (k *checking) bundles(what string, plan *workflow.Plan) {
	var there, loading, missing []string
	total := 0.0
	for _, b := range plan.Bundles {
		name := strings.TrimSpace(b.Component.String() + " " + b.Name)
		if b.SizeMB > 0 {
			name += fmt.Sprintf(" (%.0f MB)", b.SizeMB)
		}
		switch {
		case b.Present:
			there = append(there, name)
		case b.Requested:
			loading = append(loading, name)
		case b.Failed:
			k.warn(what, "look at its task in SDDC Manager and at the depot; the upgrade asks for it again", "the download of the %s bundle failed before", name)
			missing, total = append(missing, name), total+b.SizeMB
		default:
			missing, total = append(missing, name), total+b.SizeMB
		}
	}
	var texts []string
	add := func(text string, list []string) {
		if len(list) > 0 {
			texts = append(texts, text+" "+strings.Join(list, ", "))
		}
	}
	add("there:", there)
	add("being downloaded:", loading)
	add("to be downloaded:", missing)
	if len(texts) > 0 {
		k.ok(what, "bundles %s", strings.Join(texts, "; "))
	}
}
