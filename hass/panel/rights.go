package panel

import (
	"context"
	"errors"
	"time"

	"vcf-assistant/hass"
)

// rightsInterval is how often a user without rights is asked about again: somebody may
// make an administrator of it.
const rightsInterval = time.Minute

// awaitRights returns when the token's user is an administrator. Until then nothing is
// written, since Home Assistant would refuse all of it and count each as a wrong login;
// it says once what is missing, in the log and, as everybody may, in a notification. The
// connection stays.
func (p *Panel) awaitRights(ctx context.Context) error {
	id := "vcf_rights"
	if len(p.faces) == 1 {
		id = p.faces[0].name.named(id)
	}
	told := "" // on this connection: Home Assistant forgets notifications
	for {
		err := p.config.Client.CheckRights(ctx)
		var refused *hass.CommandError
		switch {
		case err == nil || errors.As(err, &refused) && !errors.Is(err, hass.ErrNotAdmin): // it does not say
			if p.said.changed("rights", "") {
				p.log.Info("the token's user is an administrator now")
				p.notify(ctx, func() error { return p.config.Client.Dismiss(ctx, id) })
			}
			return nil
		case !errors.Is(err, hass.ErrNotAdmin):
			return err
		}
		if p.said.changed("rights", err.Error()) {
			p.log.Error("home assistant will not let this service work", "reason", err)
		}
		if told != err.Error() {
			told = err.Error()
			p.notify(ctx, func() error {
				return p.config.Client.Notify(ctx, hass.Notification{ID: id, Title: "VCF: the token is not an administrator's",
					Message: inertUpTo(told, 2000) + "\n\nNothing is shown until then. It is tried again every minute."})
			})
		}
		select {
		case <-time.After(rightsInterval):
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *Panel) notify(ctx context.Context, do func() error) {
	if err := do(); err != nil && ctx.Err() == nil {
		p.log.Warn("a notification could not be shown", "reason", err)
	}
}
