package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

const planHelp = `DOMAIN is a name, a number as in domain1, or an id; lab/m01 is that of the instance
lab. The plan is made by the functions that the upgrade itself uses: which release and
why, the components with their versions, bundles with size and state, clusters with
their images, what would be waited for, and every call that would be sent, in order,
with its body. What can be told only later is named as such.
It only reads: the client refuses to send anything but reads and the login. It takes no
lock, so it works while the service runs.
Exit code 0: there is a plan, also where nothing applies; 1: a press of Start would be
refused, or the run would stop before a call, or SDDC Manager cannot be read; 2:
configuration or an unknown domain; 3: refused credentials.`

const planExamples = `
sudo CREDENTIALS_DIRECTORY=/etc/vcf-assistant vcf-assistant plan domain1   # with the secrets of the service
vcf-assistant plan --config lab.yaml lab/m01                               # the domain m01 of the instance lab
vcf-assistant plan --json m01 | jq '.calls[] | {method, path, body}'       # for scripts`

// planTime bounds a whole plan: a large system answers some tens of calls.
const planTime = 5 * time.Minute

func setupPlan(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	asJSON := flags.Bool("json", false, "print the plan as JSON")
	only := flags.String("instance", "", "look into the instance `NAME` alone")
	path := configFlag(flags)
	return func(ctx context.Context) error {
		name := flags.Arg(0)
		if name == "" {
			return usage("plan: name a domain, as in vcf-assistant plan domain1")
		}
		c, err := in.configuration(*path, (*Config).completeVCF)
		if err != nil {
			return err
		}
		c.atService(systemState) // it has the domains' numbers
		instances, name, err := c.instancesFor(*only, name)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeoutCause(ctx, planTime, fmt.Errorf("no plan after %s: SDDC Manager answers too slowly", planTime))
		defer cancel()
		plan, instance, err := c.plan(ctx, instances, name)
		if err != nil {
			var credentials *vcf.CredentialsError
			if errors.As(err, &credentials) {
				return &exitError{exitRefused, err}
			}
			if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
				return cause
			}
			return err
		}
		if *asJSON {
			err = writeJSON(in.stdout, struct {
				Instance string `json:"instance,omitempty"`
				*workflow.Plan
			}{instance, plan})
		} else {
			err = written(in.stdout, func(w io.Writer) { printPlan(w, instance, plan) })
		}
		if err == nil && (len(plan.Refused) > 0 || slices.ContainsFunc(plan.Calls, func(c workflow.PlannedCall) bool { return c.Stop != "" })) {
			return &exitError{code: exitFailure}
		}
		return err
	}
}

// completeVCF tells what is missing to reach the SDDC Managers.
func (c *Config) completeVCF() error {
	var problems ConfigError
	if !errors.As(c.complete(), &problems) {
		return nil
	}
	problems = slices.DeleteFunc(problems, func(p Problem) bool { return strings.HasPrefix(p.Text, "home_assistant.") })
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// instancesFor are the instances that --instance, or the part of a domain's name before
// its /, leaves.
func (c *Config) instancesFor(only, domain string) ([]*VCF, string, error) {
	if name, rest, named := strings.Cut(domain, "/"); named && isInstanceName(name) {
		if only != "" && only != name {
			return nil, "", usage("plan: %s is not of the instance %s: leave out --instance", quote(domain), quote(only))
		}
		only, domain = name, rest
	}
	if only == "" {
		return c.VCF, domain, nil
	}
	var names []string
	for _, v := range c.VCF {
		if v.Name == only {
			return []*VCF{v}, domain, nil
		}
		if v.Name != "" {
			names = append(names, v.Name)
		}
	}
	if len(names) == 0 {
		return nil, "", usage("plan: there is no instance %s: the configuration has one without a name, leave out --instance", quote(only))
	}
	return nil, "", usage("plan: there is no instance %s: the configuration has %s", quote(only), strings.Join(names, ", "))
}

// plan finds the domain and makes its plan. A name that several instances have is an
// error, and so is an instance that cannot be read: it might have the name too.
func (c *Config) plan(ctx context.Context, instances []*VCF, name string) (*workflow.Plan, string, error) {
	type hit struct {
		of     *VCF
		config workflow.Config
		domain workflow.DomainRef
	}
	var hits []hit
	var known []string
	for _, v := range instances {
		client, err := vcf.ReadOnly(v.client())
		if err != nil {
			return nil, "", &exitError{exitUsage, fmt.Errorf("%s", label(v.Name, err.Error()))}
		}
		defer client.Close()
		config := c.workflow(v)
		config.Client = client
		refs, err := workflow.ListDomains(ctx, config)
		if err != nil {
			return nil, "", labelled(v.Name, fmt.Errorf("plan: %w", err))
		}
		for _, ref := range refs {
			number := fmt.Sprintf("domain%d", ref.Number)
			called := addressed(v.Name, ref.Name)
			known = append(known, fmt.Sprintf("%s (%s)", called, addressed(v.Name, number)))
			isNumber := strings.EqualFold(name, number) && (v.Name == "" || len(instances) == 1) // a number alone is of the instance without a name
			if name == ref.Name || name == ref.ID || isNumber {
				hits = append(hits, hit{v, config, ref})
			}
		}
	}
	switch len(hits) {
	case 0:
		return nil, "", usage("plan: there is no domain %s: SDDC Manager has %s", quote(name), printable(strings.Join(known, ", ")))
	case 1:
		plan, err := workflow.MakePlan(ctx, hits[0].config, hits[0].domain)
		return plan, hits[0].of.Name, labelled(hits[0].of.Name, err)
	}
	var where []string
	for _, h := range hits {
		where = append(where, addressed(h.of.Name, fmt.Sprintf("domain%d", h.domain.Number)))
	}
	return nil, "", usage("plan: %s is %s: say which", quote(name), printable(strings.Join(where, " and ")))
}

// addressed is the name of a domain of an instance: lab/m01.
func addressed(instance, domain string) string {
	if instance == "" {
		return domain
	}
	return instance + "/" + domain
}

// labelled puts the instance's name before an error.
func labelled(instance string, err error) error {
	if err == nil || instance == "" {
		return err
	}
	return fmt.Errorf("%s: %w", instance, err)
}
