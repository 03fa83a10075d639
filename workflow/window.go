package workflow

import "time"

// Window is a weekly maintenance window.
type Window struct {
	Days     [7]bool        // it begins on, by time.Weekday
	From, To time.Duration  // since midnight on the clock on the wall; To at or before From: on the next day
	Zone     *time.Location // nil: the machine's
}

// zone is where the clock hangs.
func (w Window) zone() *time.Location {
	if w.Zone == nil {
		return time.Local
	}
	return w.Zone
}

// on is the window that begins on a day; closes is not after opens where there is none
// on that day. A time that the clock skips is the moment it skips it. Of a time that the
// clock shows twice, the window opens at the later and closes at the earlier one, so that
// it is not open twice; one that lies within the hour that comes twice is open in the
// first.
func (w Window) on(year int, month time.Month, day int) (opens, closes time.Time) {
	to := w.To
	if to <= w.From {
		to += 24 * time.Hour
	}
	early, opens := shows(w.zone(), year, month, day, w.From)
	closes, _ = shows(w.zone(), year, month, day, to)
	if !opens.Before(closes) {
		opens = early
	}
	return opens, closes
}

// shows is when a clock shows a time of a day, the first time and the last: two moments
// where it is set back across that time, else the same one twice.
func shows(zone *time.Location, year int, month time.Month, day int, since time.Duration) (first, last time.Time) {
	at := func(zone *time.Location) time.Time {
		return time.Date(year, month, day, 0, int(since/time.Minute), 0, 0, zone)
	}
	t, want := at(zone), at(time.UTC)
	begin, end := t.ZoneBounds()
	offset := func(t time.Time) time.Duration {
		_, seconds := t.Zone()
		return time.Duration(seconds) * time.Second
	}
	switch have := t.Add(offset(t)); { // as if it were UTC: what the clock shows, to compare
	case have.After(want): // the clock was set forward across it
		return begin, begin
	case have.Before(want):
		return end, end
	}
	first, last = t, t
	if !begin.IsZero() {
		if o := t.Add(offset(t) - offset(begin.Add(-1))); o.Before(begin) {
			first = o
		}
	}
	if !end.IsZero() {
		if o := t.Add(offset(t) - offset(end)); !o.Before(end) {
			last = o
		}
	}
	return first, last
}

// within tells whether one of the windows is open, and otherwise when the next one
// opens; zero: none ever does. No windows at all are always open.
func within(list []Window, now time.Time) (open bool, next time.Time) {
	if len(list) == 0 {
		return true, time.Time{}
	}
	for _, w := range list {
		year, month, day := now.In(w.zone()).Date()
		// From two days ago, for a window across a midnight that is set back, to the second
		// week: a window of the next one may lie in an hour that the clock skips.
		for d := -2; d <= 15; d++ {
			date := time.Date(year, month, day+d, 12, 0, 0, 0, time.UTC)
			if !w.Days[date.Weekday()] {
				continue
			}
			opens, closes := w.on(date.Date())
			switch {
			case !opens.Before(closes) || !closes.After(now):
			case !opens.After(now):
				return true, time.Time{}
			case next.IsZero() || opens.Before(next):
				next = opens.In(w.zone())
			}
		}
	}
	return false, next
}
