package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"vcf-assistant/vcf"
)

// recording is what SDDC Manager answered.
type recording struct {
	mu      sync.Mutex
	answers []vcf.Answer
	missing []string // calls without an answer
	asked   map[string]bool
}

func (r *recording) answered(a vcf.Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	same := func(b vcf.Answer) bool { return a.Path == b.Path && a.Query.Encode() == b.Query.Encode() }
	if i := slices.IndexFunc(r.answers, same); i >= 0 {
		r.answers[i] = a // asked again with another token, or twice
		return
	}
	r.answers = append(r.answers, a)
}

// most bounds how many single bundles and tasks are read beside their lists.
const most = 100

// collect makes every read that the client has, with the ids that it finds. An error
// answer is an answer; only where there is no login, or no answer to the first calls,
// it gives up. Validations and prechecks of earlier times are in no list: of the prechecks,
// those are read that are tasks.
func (r *recording) collect(ctx context.Context, c *vcf.Client, username string) error {
	if err := c.Login(ctx); err != nil {
		return err
	}
	domains, err := c.Domains(ctx)
	if err != nil && vcf.StatusOf(err) == 0 {
		return err
	}
	r.asked = map[string]bool{}
	ask(ctx, r, c.SDDCManagers)
	ask(ctx, r, c.GlobalFunctionality)
	ask(ctx, r, c.VCenters)
	ask(ctx, r, c.NSXClusters)
	clusters := ask(ctx, r, c.Clusters)
	ask(ctx, r, c.AllHosts)
	ask(ctx, r, c.Personalities)
	bundles := ask(ctx, r, c.Bundles)
	ask(ctx, r, c.Depot)
	ask(ctx, r, c.Backup)
	ask(ctx, r, func(ctx context.Context) (string, error) { return c.RoleOf(ctx, username) })
	upgradables := ask(ctx, r, c.SystemUpgradables)

	var needed []string // bundles
	for _, d := range domains {
		one := ask(ctx, r, of(c.Domain, d.ID))
		for _, cl := range append(slices.Clone(d.Clusters), one.Clusters...) {
			clusters = append(clusters, vcf.Cluster{ID: cl.ID})
		}
		found, named := r.domain(ctx, c, d)
		upgradables, needed = append(upgradables, found...), append(needed, named...)
	}
	for _, cl := range clusters {
		r.once(cl.ID, func() { ask(ctx, r, of(c.Cluster, cl.ID)) })
	}
	upgrades := ask(ctx, r, c.Upgrades)
	for _, u := range upgrades {
		r.once(u.ID, func() { ask(ctx, r, of(c.Upgrade, u.ID)) })
		needed = append(needed, u.BundleID)
	}
	for _, u := range upgradables {
		needed = append(needed, u.BundleID)
	}
	r.bundles(ctx, c, needed, bundles)
	r.tasks(ctx, c, upgrades)
	return ctx.Err()
}

// domain reads what there is of one domain: its upgradables, and the bundles of its releases.
func (r *recording) domain(ctx context.Context, c *vcf.Client, d vcf.Domain) (upgradables []vcf.Upgradable, bundles []string) {
	current := ask(ctx, r, of(c.CurrentRelease, d.ID))
	future := ask(ctx, r, of(c.FutureReleases, d.ID))
	var nsx []string // bundles
	versions := []string{"", ask(ctx, r, of(c.Target, d.ID)).Version, current.Version}
	for _, f := range future {
		if f.Applicable() {
			versions = append(versions, f.Version)
		}
		for _, p := range f.PatchBundles {
			if !f.Applicable() {
				continue
			}
			bundles = append(bundles, p.BundleID)
			if p.Component() == vcf.NSX {
				nsx = append(nsx, p.BundleID)
			}
		}
	}
	ask(ctx, r, of(c.Hosts, d.ID))
	ask(ctx, r, of(c.ClusterUpgradables, d.ID))
	for i, version := range versions {
		if i > 0 && (version == "" || slices.Contains(versions[:i], version)) {
			continue
		}
		upgradables = append(upgradables, ask(ctx, r, func(ctx context.Context) ([]vcf.Upgradable, error) { return c.DomainUpgradables(ctx, d.ID, version) })...)
	}
	for _, u := range upgradables {
		if u.Component() == vcf.NSX && u.BundleID != "" {
			nsx = append(nsx, u.BundleID)
		}
	}
	for _, id := range nsx {
		r.once(d.ID+" "+id, func() {
			ask(ctx, r, func(ctx context.Context) (vcf.NSXUpgradable, error) { return c.NSXUpgradables(ctx, d.ID, id) })
		})
	}
	return upgradables, bundles
}

// bundles reads those that are needed, then others, each with its download where the
// system tells it.
func (r *recording) bundles(ctx context.Context, c *vcf.Client, needed []string, all []vcf.Bundle) {
	for _, b := range all {
		needed = append(needed, b.ID)
	}
	told, n := true, 0
	for _, id := range needed {
		r.once(id, func() {
			if n++; n > most {
				return
			}
			ask(ctx, r, of(c.Bundle, id))
			if told {
				_, err := c.DownloadStatus(ctx, id)
				r.note(err)
				told = !vcf.Gone(err)
			}
		})
	}
}

// tasks reads those of upgrades and prechecks, then others.
func (r *recording) tasks(ctx context.Context, c *vcf.Client, upgrades []vcf.Upgrade) {
	all := ask(ctx, r, c.Tasks)
	slices.SortStableFunc(all, func(a, b vcf.Task) int { return cmp.Compare(b.Created, a.Created) }) // the newest first
	n := 0
	task := func(id string) {
		r.once("task "+id, func() {
			if n++; n <= most && id != "" {
				ask(ctx, r, of(c.Task, id))
			}
		})
	}
	for _, u := range upgrades {
		task(u.TaskID)
	}
	checks := 0
	for _, t := range all {
		task(t.ID)
		kind := vcf.Normal(t.Type + t.Name)
		if strings.Contains(kind, "ASSESSMENT") || strings.Contains(kind, "CHECK") {
			if checks++; checks <= 5 {
				ask(ctx, r, of(c.Assessment, t.ID))
			}
		}
	}
}

// once does it for the first of each id, and for none that is empty.
func (r *recording) once(id string, do func()) {
	if id != "" && !r.asked[id] {
		r.asked[id] = true
		do()
	}
}

// ask makes a call for the sake of its answer, which is recorded on the way.
func ask[T any](ctx context.Context, r *recording, call func(context.Context) (T, error)) T {
	v, err := call(ctx)
	r.note(err)
	return v
}

// of is a call with its one argument.
func of[T any](call func(context.Context, string) (T, error), id string) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) { return call(ctx, id) }
}

// note keeps what has no answer, and what has one that cannot be read.
func (r *recording) note(err error) {
	if err == nil || vcf.StatusOf(err) != 0 || errors.Is(err, context.Canceled) {
		return
	}
	r.missing = append(r.missing, fmt.Sprint(err))
}
