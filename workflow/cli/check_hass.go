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

// oldestHome is the oldest Home Assistant that was tried; before it, calls are missing.
const oldestHome = "2025.1"

// home asks Home Assistant what it is, what it has and what the token may do.
func (k *checking) home(ctx context.Context, c *Config, cfg hass.Config) {
	const what = "home assistant"
	seen, err := look(ctx, cfg, c.entities(), k.limit)
	if err != nil {
		k.fail(what, err)
		return
	}
	info := seen.info
	var year, month int
	if _, err := fmt.Sscanf(info.Version, "%d.%d", &year, &month); err == nil && year*12+month < 2025*12+1 {
		k.failNext(what, "upgrade it", "%s: version %s is older than %s, the oldest that this works with", cfg.URL, info.Version, oldestHome)
	} else {
		k.ok(what, "%s: version %s, %s", cfg.URL, info.Version, info.State)
	}
	if info.Recovery {
		k.failNext(what, "mend its configuration and restart it", "it is in recovery mode, without helpers and automations")
	}
	for _, name := range []string{"input_button", "input_boolean", "lovelace", "recorder"} {
		switch lacks := len(seen.components) > 0 && !slices.Contains(seen.components, name); {
		case !lacks || name == "lovelace" && c.HomeAssistant.Dashboard == "":
		case name == "recorder":
			k.warn(what, "add recorder: or default_config: to its configuration.yaml and restart it", "it has no recorder, so it keeps no history and no statistics")
		default:
			k.failNext(what, fmt.Sprintf("add %s: or default_config: to its configuration.yaml and restart it", name), "it lacks %s", name)
		}
	}
	if seen.rights != nil {
		k.rights(what, seen.rights)
		return
	}
	k.ok(what, "the token is of %s, an administrator", info.User)
	for _, id := range slices.Sorted(maps.Keys(seen.foreign)) {
		k.warn(what, "rename that one to have it", "%s is taken by %s: ours gets another id", id, seen.foreign[id])
	}
	if seen.foreignErr != nil {
		k.warn(what, "run check again", "whether our entity ids are taken is not known: %v", seen.foreignErr)
	}
}

// rights tells what a token of no administrator cannot do: all of it, and who it is of.
func (k *checking) rights(what string, err error) {
	var missing *hass.RightsError
	if !errors.As(err, &missing) {
		k.fail(what, err)
		return
	}
	const next = "make one in the profile of an administrator, under Security"
	k.failNext(what, next, "the token is of %s, who is no administrator", missing.User)
	for _, r := range missing.Missing {
		k.failNext(what, "it takes an administrator's token", "not allowed: %s (%s)", r.What, r.Call)
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
func look(ctx context.Context, cfg hass.Config, ids []string, limit time.Duration) (s homeSeen, err error) {
	late := fmt.Errorf("home assistant at %s: waited %s for it to answer and to be RUNNING; wait until it has started, or look at its log", cfg.URL, limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	began := time.Now()
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
	if err != nil && time.Since(began) >= limit {
		err = late // whichever of its waits was the one that ended
	}
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
