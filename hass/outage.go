package hass

import (
	"log/slog"
	"time"
)

// mendedAfter is how long a connection must have been up, where commands were refused on
// the one before, to say that none is any more: the refusal may come late on a slow
// machine.
const mendedAfter = time.Minute

// outage is what has been said of Home Assistant not being usable: one warning when that
// begins, one line when it is over. An outage ends with a connection that is up.
type outage struct {
	known  bool   // it was connected once: nobody is setting up any more
	refuse bool   // it is there, and refuses what we cannot do without
	said   string // the last reason; empty: there is no outage
}

// connected notes a connection that is up, and tells whether that is the end of an outage
// or the first connection. Where commands were refused it is not known yet.
func (o *outage) connected() bool {
	o.known = true
	if o.refuse {
		return false
	}
	o.said = ""
	return true
}

// mended notes that nothing is refused any more.
func (o *outage) mended() { o.refuse, o.said = false, "" }

// failed notes why there is no connection, and tells how loud that is to be said; false:
// it has been said. While somebody sets up, and of what is refused, each new reason is a
// warning: it names the next move. A restart goes through several reasons by itself.
func (o *outage) failed(refuse bool, reason string) (level slog.Level, say bool) {
	before := *o
	o.refuse, o.said = refuse, reason
	switch {
	case refuse == before.refuse && reason == before.said:
		return 0, false
	case before.said == "", refuse, before.refuse, !before.known:
		return slog.LevelWarn, true
	}
	return slog.LevelDebug, true
}
