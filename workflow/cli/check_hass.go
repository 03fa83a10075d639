package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
	"vcf-assistant/workflow"
)

// checkTimeout bounds the look at one system: Home Assistant may still be starting.
const checkTimeout = 30 * time.Second

func (k *checking) homeAssistant(ctx context.Context, c *Config) {
	const what = "home assistant"
	cfg := c.hass()
	seen, err := look(ctx, cfg, c.entities())
	if err != nil {
		k.fail(what, err)
		return
	}
	info := seen.info
	k.ok(what, "%s: version %s, %s", cfg.URL, info.Version, info.State)
	var year, month int
	if _, err := fmt.Sscanf(info.Version, "%d.%d", &year, &month); err == nil && year*12+month < 2025*12+1 {
		k.warn(what, "version %s is older than 2025.1, the oldest that was tried: upgrade it", info.Version)
	}
	for _, name := range []string{"input_button", "input_boolean", "lovelace", "recorder"} {
		switch lacks := len(seen.components) > 0 && !slices.Contains(seen.components, name); {
		case !lacks || name == "lovelace" && c.HomeAssistant.Dashboard == "":
		case name == "recorder":
			k.warn(what, "it has no recorder, so it keeps no history and no statistics: add recorder: or default_config: to its configuration.yaml and restart it")
		default:
			k.fail(what, fmt.Errorf("it lacks %s: add %[1]s: or default_config: to its configuration.yaml and restart it", name))
		}
	}
	if seen.rights != nil {
		k.rights(what, seen.rights)
		return
	}
	k.ok(what, "the token is of %s, an administrator", info.User)
	for _, id := range slices.Sorted(maps.Keys(seen.foreign)) {
		k.warn(what, "%s is taken by %s: ours gets another id; rename that one to have it", id, seen.foreign[id])
	}
	if seen.foreignErr != nil {
		k.warn(what, "whether our entity ids are taken is not known: %v", seen.foreignErr)
	}
}

// rights tells what a token of no administrator cannot do: all of it, and who it is of.
func (k *checking) rights(what string, err error) {
	var missing *hass.RightsError
	if !errors.As(err, &missing) {
		k.fail(what, err)
		return
	}
	k.fail(what, fmt.Errorf("the token is of %s, who is no administrator: make one in the profile of an administrator, under Security", missing.User))
	for _, r := range missing.Missing {
		k.fail(what, fmt.Errorf("not allowed: %s (%s)", r.What, r.Call))
	}
}

// entities are the ids of the states that will be written, as far as the domains are
// known: those of the state directory, else a first one.
func (c *Config) entities() []string {
	var ids []string
	for _, v := range c.VCF {
		s := workflow.Snapshot{Time: time.Now()}
		refs, err := workflow.Domains(c.stateDir(v))
		if err != nil || len(refs) == 0 {
			refs = []workflow.DomainRef{{Number: 1}}
		}
		for _, ref := range refs {
			s.Domains = append(s.Domains, workflow.Domain{Number: ref.Number, ID: ref.ID, Name: ref.Name, Type: ref.Type})
		}
		for _, e := range panel.Entities(s, panel.Options{Instance: v.Name, Show: c.HomeAssistant.Entities}) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// homeSeen is what one visit to Home Assistant shows.
type homeSeen struct {
	info       hass.Info
	components []string
	rights     error             // nil: the token's user may do everything
	foreign    map[string]string // ids of ours that are somebody else's
	foreignErr error
}

// look connects once and asks Home Assistant who it is, what it has and what the token
// may do there.
func look(ctx context.Context, cfg hass.Config, ids []string) (s homeSeen, err error) {
	late := fmt.Errorf("home assistant at %s is not RUNNING after %s: wait until it has started", cfg.URL, checkTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout, late)
	defer cancel()
	err = visit(ctx, cfg, func(ctx context.Context, home *hass.Client) (err error) {
		if s.info, err = home.Info(ctx); err != nil {
			return err
		}
		var config struct {
			Components []string `json:"components"`
		}
		if err := home.Command(ctx, map[string]any{"type": "get_config"}, &config); err != nil {
			return err
		}
		s.components = config.Components
		if s.rights = home.CheckRights(ctx); s.rights != nil && !errors.Is(s.rights, hass.ErrNotAdmin) {
			return s.rights
		}
		s.foreign, s.foreignErr = home.Foreign(ctx, ids, func(have hass.State) bool {
			return have.Attributes["attribution"] == "vcf-assistant"
		})
		return ctx.Err()
	})
	return s, err
}

// visit connects to Home Assistant once, does what do does, and leaves. Its error is
// do's, or why there was no connection.
func visit(ctx context.Context, cfg hass.Config, do func(context.Context, *hass.Client) error) error {
	done := errors.New("done")
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cfg.OnConnection = func(up bool, err error) {
		if !up {
			cancel(err) // the first failure is the answer
		}
	}
	home, err := hass.New(cfg)
	if err != nil {
		return err
	}
	err = home.Run(ctx, func(ctx context.Context) error {
		err := do(ctx, home)
		if err == nil {
			err = done
		}
		cancel(err)
		return err
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, done) {
		return nil
	}
	return err
}
