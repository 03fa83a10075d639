package panel

import (
	"context"
	"errors"
	"sync"
	"time"

	"vcf-assistant/hass"
)

// farewellLimit bounds what is written at the end, of all systems: people and systemd wait
// for it.
const farewellLimit = time.Second

// connectionSensor would go on saying that SDDC Manager answers.
const connectionSensor = "binary_sensor.vcf_connection"

// ErrSuccessor is the cause of an end behind which another Panel shows the same entities
// at once, as when a configuration is read again: automations trigger on what nobody tells
// of any more, and that is not so.
var ErrSuccessor = errors.New("another one goes on")

// farewell writes that nobody tells of the systems' connections any more. It is all that
// changes when the service ends: automations trigger on the others. Home Assistant being
// away, it goes on showing what it showed; the next start is right again either way.
func (p *Panel) farewell(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellLimit)
	defer cancel()
	var writing sync.WaitGroup
	for _, f := range p.faces {
		writing.Go(func() { f.farewell(ctx) })
	}
	writing.Wait()
	p.config.Client.Close()
}

// farewell looks first: an id that is somebody else's by now is left alone, and a state
// that is gone stays so.
func (f *face) farewell(ctx context.Context) {
	f.mu.Lock()
	e := f.parting
	f.mu.Unlock()
	if e.ID == "" {
		return
	}
	client := f.panel.config.Client
	state, there, err := client.State(ctx, e.ID)
	if err != nil || !there || state.Attributes["attribution"] != attribution {
		return
	}
	err = client.SetState(ctx, hass.Entity{ID: e.ID, State: unavailable, Attributes: identity(e.Attributes)})
	f.log.Debug("the connection is told to be unavailable", "entity", e.ID, "error", err)
}

// part notes the sensor as it was written last; x.face.mu is held. Where another
// vcf-assistant writes the same entities, it goes on doing so.
func (x *session) part() {
	x.face.parting = hass.Entity{}
	id := x.face.name.named(connectionSensor)
	if e, shown := x.claims.looks[id]; shown && x.claims.written[x.target(id)] && x.claims.rival == "" {
		e.ID = x.target(id)
		x.face.parting = e
	}
}
