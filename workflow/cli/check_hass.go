package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vcf-assistant/hass"
)

// checkTimeout bounds the look at one system: Home Assistant may still be starting.
const checkTimeout = 30 * time.Second

func (k *checking) homeAssistant(ctx context.Context, cfg hass.Config) {
	const what = "home assistant"
	info, err := homeInfo(ctx, cfg)
	if err != nil {
		k.fail(what, err)
		return
	}
	k.ok(what, "%s: version %s, %s", cfg.URL, info.Version, info.State)
	var year, month int
	if _, err := fmt.Sscanf(info.Version, "%d.%d", &year, &month); err == nil && year*12+month < 2025*12+1 {
		k.warn(what, "version %s is older than 2025.1, the oldest that was tried: upgrade it", info.Version)
	}
	if !info.IsAdmin {
		k.fail(what, fmt.Errorf("the token is of %s, who is no administrator: make one in the profile of an administrator, under Security", info.User))
		return
	}
	k.ok(what, "the token is of %s, an administrator", info.User)
}

// homeInfo connects once and asks Home Assistant who it is.
func homeInfo(ctx context.Context, cfg hass.Config) (info hass.Info, err error) {
	late := fmt.Errorf("home assistant at %s is not RUNNING after %s: wait until it has started", cfg.URL, checkTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout, late)
	defer cancel()
	err = visit(ctx, cfg, func(ctx context.Context, home *hass.Client) (err error) {
		info, err = home.Info(ctx)
		return err
	})
	return info, err
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
