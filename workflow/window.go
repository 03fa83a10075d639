package workflow

import "time"

// Window is a weekly maintenance window.
type Window struct {
	Days     [7]bool        // it begins on, by time.Weekday
	From, To time.Duration  // since midnight on the clock on the wall; To at or before From: on the next day
	Zone     *time.Location // nil: the machine's
}
