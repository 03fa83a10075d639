package panel

import (
	"errors"
	"net/http"
	"time"

	"vcf-assistant/hass"
)

const (
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
	// maxRefusals is how often something is asked that Home Assistant refuses: what
	// follows must not wait for ever.
	maxRefusals = 5
)

const unwritten = "a state could not be written"

// publish writes what changed, or leaves it for a moment later where hold says so. What
// fails is sent again before anything newer, so that no status is left out or overtaken.
func (x *session) publish(entities []hass.Entity, hold hass.Hold) error {
	var left error
	err := x.insist(unwritten, func() error {
		_, left = x.face.publisher.Publish(x.ctx, entities, hold)
		return left
	})
	if left == nil { // else one is not written: somebody else's may come under its id
		for _, e := range entities {
			x.claims.written[e.ID] = true
		}
	}
	return err
}

// insist does something until it succeeds or the connection ends. What Home Assistant
// itself refuses is left out after a few times. An outage of a night is a few lines in
// the log, not thousands, and so is its end.
func (x *session) insist(failure string, do func() error) error {
	delay, refusals, said := retryFirst, 0, false
	for {
		err := do()
		if err == nil {
			if said {
				x.face.log.Info("home assistant answers again", "before", failure)
			}
			x.face.said.changed(failure, "")
			return nil
		}
		if x.ctx.Err() != nil || errors.Is(err, hass.ErrAuthInvalid) || errors.Is(err, hass.ErrNotAdmin) || errors.Is(err, hass.ErrDisconnected) {
			return err
		}
		if refused(err) {
			if refusals++; refusals >= maxRefusals {
				if x.face.said.changed(failure, err.Error()) {
					x.face.log.Error(failure+"; it is left out", "reason", err)
				}
				return nil
			}
		}
		if !said {
			said = true
			x.face.log.Warn(failure+" and is tried again", "reason", err, "after", delay)
		}
		if !x.pause(delay) {
			return x.ctx.Err()
		}
		delay = min(2*delay, retryMost)
	}
}

// refused tells whether Home Assistant itself said no. A proxy that answers in its place
// did not, and nothing is given up.
func refused(err error) bool {
	var command *hass.CommandError
	if errors.As(err, &command) {
		return true
	}
	var status *hass.StatusError
	return errors.As(err, &status) && status.Status != http.StatusBadGateway &&
		status.Status != http.StatusServiceUnavailable && status.Status != http.StatusGatewayTimeout
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
