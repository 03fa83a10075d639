package workflow

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Step is one line of the upgrade.
type Step struct {
	Name   string // names the step in the journal; never reused for another meaning
	About  string // what it does, for `vcf-assistant steps`
	Status Status // shown while it runs; "": what was shown stays; UpgradingComponent: the chosen component's own

	// When tells whether the step runs at all; nil: always. Like Again and Timeout it
	// reads journaled facts only, so that it answers the same after a restart.
	When func(State) bool
	// Do is the work. It may run again after a crash: it reads the state first and
	// skips what it finds done.
	Do func(context.Context, *Run) error
	// Again names the step to go back to when this one is done; nil or "": go on.
	Again func(State) string
	// Timeout counts from the first entry of the step, across restarts; nil or 0: none.
	Timeout func(Timeouts, State) time.Duration
}

// status is what the step shows, given what was shown before it.
func (s Step) status(st State, before Status) Status {
	switch s.Status {
	case "":
		return before
	case UpgradingComponent:
		if u := st.current(); u != nil {
			return upgrading(u.Component)
		}
	}
	return s.Status
}

func (s Step) timeout(t Timeouts, st State) time.Duration {
	if s.Timeout == nil {
		return 0
	}
	return s.Timeout(t, st)
}

// stepIndex finds a step by its journaled name.
func stepIndex(name string) (int, error) {
	for i, s := range Steps {
		if s.Name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("the journal names step %q, which this version does not have: install the vcf-assistant that wrote it", name)
}

// nextStep is the index of the step after Steps[i]; len(Steps) is the end.
func nextStep(i int, st State) int {
	if again := Steps[i].Again; again != nil {
		if name := again(st); name != "" {
			j, err := stepIndex(name)
			if err != nil {
				panic(err) // a literal in Steps is wrong; TestSteps finds it
			}
			i = j - 1
		}
	}
	for i++; i < len(Steps); i++ {
		if Steps[i].When == nil || Steps[i].When(st) {
			break
		}
	}
	return i
}

// PrintSteps writes the upgrade as a list, the way Steps declares it.
func PrintSteps(w io.Writer, t Timeouts) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "STEP\tUPGRADE STATUS\tDEADLINE\tWHAT IT DOES")
	for _, s := range Steps {
		status, deadline := string(s.Status), "none"
		if status == "" {
			status = "(unchanged)"
		}
		if d := s.timeout(t, State{}); d > 0 {
			deadline = short(d)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", s.Name, status, deadline, s.About)
	}
	return tw.Flush()
}

// short writes a duration the way the configuration does: 3h, 40m, 1h30m, 30s.
func short(d time.Duration) string {
	if d >= time.Minute {
		d = d.Round(time.Second)
	} else if d >= time.Second {
		d = d.Round(100 * time.Millisecond)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
