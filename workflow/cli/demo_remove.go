package cli

import (
	"context"
	"fmt"
	"strings"
)

// owns tells whether an id, without its platform, is of the demo's instance: no other has
// a name that begins as the demo's does.
func (d *demo) owns(id string) bool { return strings.HasPrefix(id, instancePrefix(d.instance)) }

func (d *demo) tell(format string, args ...any) { fmt.Fprintf(d.in.stdout, format+"\n", args...) }

// takeAway removes what the demo made in the user's Home Assistant, and prints it.
func (d *demo) takeAway(ctx context.Context) error {
	return removeFrom(ctx, d.hass, &removal{out: d.in.stdout, of: "the demo", instances: []string{d.instance}, dashboard: d.dashboard, really: true, last: true})
}
