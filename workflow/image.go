package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// image picks the vLCM image of a cluster: the one that the configuration names, else
// the only one that has the BOM's ESX build and covers the add-on and components that
// the cluster runs now. More than one, or none, stops before the POST.
func (r *Run) image(ctx context.Context, c vcf.Cluster) (string, error) {
	images, err := r.sddc.Personalities(ctx)
	if err != nil {
		return "", err
	}
	want := r.State().bomVersion(vcf.ESX)
	if name := r.cfg.Options.ESX.Clusters[c.Name].Image; name != "" {
		p, err := named(images, name)
		if err != nil {
			return "", fmt.Errorf("cluster %s: %w", c.Name, err)
		}
		if v, _ := vcf.ParseVersion(want); v.Build() != "" && !hasBuild(p, want) {
			return "", fmt.Errorf("cluster %s: image %s of the configuration is for ESX %s, but ESX %s is due: name another one in upgrade.esx.clusters; candidates: %s",
				c.Name, name, shownVersion(p), want, candidates(images, func(p vcf.Personality) bool { return hasBuild(p, want) }))
		}
		return p.ID, nil
	}
	clusters, err := r.sddc.ClusterUpgradables(ctx, r.State().Domain.ID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(clusters, func(cl vcf.ClusterUpgradable) bool { return cl.ID == c.ID && cl.Software.BaseImage.Version != "" })
	if i < 0 {
		return "", fmt.Errorf("cluster %s: SDDC Manager does not tell what it runs now, so that no image can be chosen for it: name one in upgrade.esx.clusters; candidates: %s",
			c.Name, candidates(images, func(p vcf.Personality) bool { return hasBuild(p, want) }))
	}
	var fits []vcf.Personality
	var near []string
	for _, p := range images {
		if !hasBuild(p, want) {
			continue
		}
		if lacks := uncovered(clusters[i].Software, p.Software); lacks != "" {
			near = append(near, p.Name+" (lacks "+lacks+")")
			continue
		}
		fits = append(fits, p)
	}
	if len(fits) == 1 {
		return fits[0].ID, nil
	}
	for _, p := range fits {
		near = append(near, p.Name)
	}
	return "", fmt.Errorf("cluster %s: %d images of SDDC Manager fit ESX %s and what the cluster runs now: name one in upgrade.esx.clusters; candidates: %s",
		c.Name, len(fits), want, orNone(near))
}

// named finds the image that the configuration names, by its id or by a name that no
// other image has.
func named(images []vcf.Personality, name string) (vcf.Personality, error) {
	var found []vcf.Personality
	for _, p := range images {
		switch {
		case p.ID == "":
		case p.ID == name:
			return p, nil
		case p.Name == name || p.DisplayName == name:
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return vcf.Personality{}, fmt.Errorf("image %q of the configuration is not in SDDC Manager, which has %s", name, candidates(images, func(vcf.Personality) bool { return true }))
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	return vcf.Personality{}, fmt.Errorf("%d images of SDDC Manager are called %q, as the configuration says: give the id of one of them: %s", len(found), name, strings.Join(ids, ", "))
}

// hasBuild tells whether an image can be chosen for an ESX version: by the build of its
// base image.
func hasBuild(p vcf.Personality, esx string) bool {
	want, _ := vcf.ParseVersion(esx)
	base, ok := vcf.ParseVersion(p.Software.BaseImage.Version)
	return p.ID != "" && ok && want.Build() != "" && base.Build() == want.Build()
}

func shownVersion(p vcf.Personality) string {
	return clip(cmp.Or(p.Software.BaseImage.Version, "no version that is told"), 80)
}

func candidates(images []vcf.Personality, which func(vcf.Personality) bool) string {
	var out []string
	for _, p := range images {
		if which(p) {
			out = append(out, p.Name)
		}
	}
	return orNone(out)
}

// uncovered is what the cluster runs and the image does not bring; empty if nothing.
func uncovered(now, image vcf.SoftwareInfo) string {
	var lacks []string
	if now.AddOn != nil && now.AddOn.Name != "" && (image.AddOn == nil || image.AddOn.Name != now.AddOn.Name) {
		lacks = append(lacks, "add-on "+now.AddOn.Name)
	}
	for name := range now.Components {
		if _, ok := image.Components[name]; !ok {
			lacks = append(lacks, "component "+name)
		}
	}
	slices.Sort(lacks)
	return strings.Join(lacks, ", ")
}
