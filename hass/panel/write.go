package panel

import (
	"errors"
	"net/http"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

const (
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
	// maxRefusals is how often a state is sent that Home Assistant refuses: what follows
	// must not wait for ever.
	maxRefusals = 5
)

// publish writes what changed. What fails is sent again before anything newer, so that
// no status is left out or overtaken.
func (x *session) publish(s workflow.Snapshot) error {
	entities := Entities(s, x.options)
	delay, refusals := retryFirst, 0
	for {
		_, err := x.face.publisher.Publish(x.ctx, entities)
		if err == nil || x.ctx.Err() != nil || errors.Is(err, hass.ErrAuthInvalid) {
			return err
		}
		var refused *hass.StatusError
		if errors.As(err, &refused) && !absent(refused.Status) {
			if refusals++; refusals >= maxRefusals {
				x.face.log.Error("home assistant does not take a state; it is left out", "reason", err)
				return nil
			}
		}
		if delay < retryMost { // an outage of a night is a few lines, not thousands
			x.face.log.Warn("a state could not be written and is sent again", "reason", err, "after", delay)
		}
		if !x.pause(delay) {
			return x.ctx.Err()
		}
		delay = min(2*delay, retryMost)
	}
}

// absent tells whether a proxy answered in Home Assistant's place: the state was not
// refused, and is not given up.
func absent(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

func (x *session) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.ctx.Done():
		return false
	}
}
