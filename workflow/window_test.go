package workflow

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// berlin sets its clock forward on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00.
func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// hm is a time of day.
func hm(hours, minutes int) time.Duration {
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}

func on(days ...time.Weekday) (out [7]bool) {
	for _, d := range days {
		out[d] = true
	}
	return out
}

// Every opening and closing of a window around the nights in which the clock is set, in
// UTC: the window is open once a night, and never outside what the clock shows.
func TestWindow_AcrossChangesOfTheClock(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	for name, tc := range map[string]struct {
		w    Window
		from string // looked at every ten minutes from this date on
		want []string
	}{
		"usual": {Window{Days: on(time.Sunday), From: hm(1, 0), To: hm(5, 0)}, "2026-06-27",
			[]string{"27 23:00-28 03:00"}},
		"forward, around it": {Window{Days: on(time.Sunday), From: hm(1, 0), To: hm(5, 0)}, "2026-03-28",
			[]string{"29 00:00-29 03:00"}}, // three hours, not four
		"forward, opens in the hour that is skipped": {Window{Days: on(time.Sunday), From: hm(2, 30), To: hm(5, 0)}, "2026-03-28",
			[]string{"29 01:00-29 03:00"}},
		"forward, closes in the hour that is skipped": {Window{Days: on(time.Sunday), From: hm(1, 0), To: hm(2, 30)}, "2026-03-28",
			[]string{"29 00:00-29 01:00"}},
		"forward, within the hour that is skipped": {Window{Days: on(time.Sunday), From: hm(2, 10), To: hm(2, 50)}, "2026-03-28", nil},
		"back, around it": {Window{Days: on(time.Sunday), From: hm(1, 0), To: hm(5, 0)}, "2026-10-24",
			[]string{"24 23:00-25 04:00"}}, // five hours
		"back, opens in the hour that comes twice": {Window{Days: on(time.Sunday), From: hm(2, 30), To: hm(5, 0)}, "2026-10-24",
			[]string{"25 01:30-25 04:00"}}, // the later 02:30
		"back, closes in the hour that comes twice": {Window{Days: on(time.Sunday), From: hm(1, 0), To: hm(2, 30)}, "2026-10-24",
			[]string{"24 23:00-25 00:30"}}, // the earlier 02:30
		"back, within the hour that comes twice": {Window{Days: on(time.Sunday), From: hm(2, 10), To: hm(2, 50)}, "2026-10-24",
			[]string{"25 00:10-25 00:50"}}, // once
		"across midnight and the change": {Window{Days: on(time.Saturday), From: hm(22, 0), To: hm(4, 0)}, "2026-10-24",
			[]string{"24 20:00-25 03:00"}},
		"a whole day": {Window{Days: on(time.Sunday), From: 0, To: hm(24, 0)}, "2026-10-24",
			[]string{"24 22:00-25 23:00"}}, // 25 hours
		"from a time to the same": {Window{Days: on(time.Saturday), From: hm(6, 0), To: hm(6, 0)}, "2026-03-28",
			[]string{"28 05:00-29 04:00"}}, // 23 hours
	} {
		tc.w.Zone = zone
		begin, err := time.ParseInLocation("2006-01-02", tc.from, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		begin = begin.Add(-6 * time.Hour)
		var got []string
		opened := ""
		for now := begin; now.Before(begin.Add(60 * time.Hour)); now = now.Add(10 * time.Minute) {
			open, next := within([]Window{tc.w}, now)
			switch {
			case open && opened == "":
				opened = now.Format("02 15:04")
			case !open && opened != "":
				got, opened = append(got, opened+"-"+now.Format("02 15:04")), ""
			}
			if !open && !next.After(now) {
				t.Fatalf("%s: at %s the next one opens at %s", name, now, next)
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The next opening of several windows is the first of them, to the minute, also when one
// lies a week away in an hour that the clock skips; no windows at all are always open.
func TestWindow_Next(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	at := func(s string) time.Time {
		tm, err := time.ParseInLocation("2006-01-02 15:04:05", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	night := Window{Days: on(time.Monday, time.Friday), From: hm(22, 0), To: hm(4, 0), Zone: zone}
	skipped := Window{Days: on(time.Sunday), From: hm(2, 10), To: hm(2, 50), Zone: zone}
	for _, tc := range []struct {
		list []Window
		now  string
		open bool
		next string
	}{
		{nil, "2026-06-01 12:00:00", true, ""},
		{[]Window{night}, "2026-06-01 21:59:59", false, "2026-06-01 22:00:00"},
		{[]Window{night}, "2026-06-01 22:00:00", true, ""},
		{[]Window{night}, "2026-06-02 03:59:59", true, ""},
		{[]Window{night}, "2026-06-02 04:00:00", false, "2026-06-05 22:00:00"},
		{[]Window{skipped, night}, "2026-06-02 04:00:00", false, "2026-06-05 22:00:00"},
		{[]Window{skipped}, "2026-03-22 03:00:00", false, "2026-04-05 02:10:00"},
		{[]Window{{From: hm(1, 0), To: hm(2, 0)}}, "2026-06-02 04:00:00", false, ""},
	} {
		open, next := within(tc.list, at(tc.now))
		want := time.Time{}
		if tc.next != "" {
			want = at(tc.next)
		}
		if open != tc.open || !next.Equal(want) {
			t.Errorf("%s: open %v, next %s, want %v, %s", tc.now, open, next, tc.open, tc.next)
		}
	}
}

// A time that comes twice has both its moments, west and east of Greenwich; any other one.
func TestWindow_ShownTwice(t *testing.T) {
	t.Parallel()
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	lordHowe, err := time.LoadLocation("Australia/Lord_Howe") // sets its clock by half an hour
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		zone        *time.Location
		month       time.Month
		day         int
		since       time.Duration
		first, last string
	}{
		{berlin(t), 10, 25, hm(2, 30), "10-25 00:30", "10-25 01:30"},
		{berlin(t), 10, 25, hm(3, 0), "10-25 02:00", "10-25 02:00"},
		{newYork, 11, 1, hm(1, 30), "11-01 05:30", "11-01 06:30"},
		{newYork, 3, 8, hm(2, 30), "03-08 07:00", "03-08 07:00"},
		{lordHowe, 4, 5, hm(1, 45), "04-04 14:45", "04-04 15:15"},
		{time.UTC, 4, 5, hm(1, 45), "04-05 01:45", "04-05 01:45"},
	} {
		first, last := shows(tc.zone, 2026, tc.month, tc.day, tc.since)
		if got := first.UTC().Format("01-02 15:04") + ", " + last.UTC().Format("01-02 15:04"); got != tc.first+", "+tc.last {
			t.Errorf("%s %d-%d %s: %s, want %s, %s", tc.zone, tc.month, tc.day, tc.since, got, tc.first, tc.last)
		}
	}
}
