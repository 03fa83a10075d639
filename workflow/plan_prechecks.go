package workflow

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// clusters tells how each cluster of a request is managed, and the image that was chosen.
func (p *planner) clusters(ctx context.Context, u Upgrade, spec vcf.UpgradeSpec, problem error) error {
	images, err := p.r.sddc.Personalities(ctx)
	if err != nil {
		images = nil // without a name the id is shown
	}
	for i, id := range u.Resources {
		c, err := p.r.sddc.Cluster(ctx, id)
		if err != nil {
			return err
		}
		out := PlannedCluster{ID: id, Name: c.Name, Image: c.ImageBased}
		if chosen := spec.Resources[i].Personality; chosen != nil {
			out.ImageID, out.Chosen = chosen.ID, chosen.ID
			if n := slices.IndexFunc(images, func(im vcf.Personality) bool { return im.ID == chosen.ID }); n >= 0 {
				out.Chosen = cmp.Or(images[n].Name, images[n].DisplayName, chosen.ID)
			}
		} else if c.ImageBased && problem != nil {
			out.Problem = strings.TrimPrefix(problem.Error(), "cluster "+c.Name+": ")
		}
		p.out.Clusters = append(p.out.Clusters, out)
	}
	return nil
}

// prechecks plans the two questions and the start of the checks, whose parts only the
// answers tell.
func (p *planner) prechecks(ctx context.Context) error {
	st := p.r.State()
	ask := PlannedCall{Step: "precheck-query", What: "ask which checks there are"}
	query := func(ctx context.Context, c *vcf.Client) { _, _ = c.QueryCheckSets(ctx, st.Domain.ID, st.BOM) }
	if err := p.add(ctx, ask, query); err != nil {
		return err
	}
	ask.What, ask.Open = "ask again, with the versions of the target", []OpenPart{{"domains", "the resource types that the first answer names"}}
	if err := p.add(ctx, ask, query, "domains"); err != nil {
		return err
	}
	p.later("the check-sets, and with them what is checked")
	begin := PlannedCall{Step: "precheck-start", What: "start the prechecks",
		Open: []OpenPart{{"queryId", "the answer to the questions"}, {"resources", "the answer to the questions"}}}
	formal := vcf.CheckSetRun{QueryID: "q", Metadata: &vcf.CheckSetMetadata{TargetVersion: st.Target},
		Resources: []vcf.CheckSetResource{{CheckSets: []vcf.CheckSet{{ID: "c"}}}}}
	return p.add(ctx, begin, func(ctx context.Context, c *vcf.Client) { _, _ = c.StartCheckSets(ctx, formal) }, "queryId", "resources")
}
