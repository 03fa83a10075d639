package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// holder stands before a simulator and lets the first request of every step hang, as
// an SDDC Manager does that is about to go away.
type holder struct {
	sim      *vcftest.Server
	stateDir string
	held     chan string // the step whose request hangs

	mu   sync.Mutex
	seen []string
}

func (h *holder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var line struct {
		Step string `json:"step"`
	}
	if json.Unmarshal(lastLine(h.stateDir), &line) != nil {
		h.sim.ServeHTTP(w, r)
		return
	}
	if r.Method == http.MethodPost && r.URL.Path == "/v1/upgrades" {
		line.Step = "the POST of " + line.Step
	}
	h.mu.Lock()
	first := !slices.Contains(h.seen, line.Step)
	if first {
		h.seen = append(h.seen, line.Step)
	}
	h.mu.Unlock()
	if !first {
		h.sim.ServeHTTP(w, r)
		return
	}
	if strings.HasPrefix(line.Step, "the POST") { // it has its effect, and the answer hangs
		h.sim.Fault(vcftest.Fault{Method: http.MethodPost, Path: "/v1/upgrades", Times: 1, After: true, Cut: vcftest.Hang})
		h.held <- line.Step
		h.sim.ServeHTTP(w, r)
		return
	}
	h.held <- line.Step
	_, _ = io.Copy(io.Discard, r.Body) // a server sees its client go only once the body is read
	<-r.Context().Done()
}

// ready tells whether so many processes have said that they are ready: before that, a
// signal ends a process as it ends any other.
func ready(c *child, processes int) bool {
	b, err := os.ReadFile(c.log)
	return err == nil && bytes.Count(b, []byte("vcf-assistant is ready")) >= processes
}

// SIGTERM in every step of one upgrade, each time while SDDC Manager lets an answer
// hang: the real program ends within 5 seconds with exit code 0, the next process goes
// on, and in the end every component was sent once.
func TestSigtermInEveryStep(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.Findings = []vcftest.Finding{{Resource: vcftest.VCenter, Severity: "WARNING", Name: "vCenter certificate", Message: "It expires in 41 days."}}
	w := newWorld(t, model)
	h := &holder{sim: w.sim, stateDir: w.stateDir, held: make(chan string, 64)}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	web, err := front(h, ca)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	env := w.with("VCF_URL="+web.URL, "VCF_CA_FILE="+ca)

	stops := []string{}
	stop := func(c *child, step string) *child {
		if len(stops)%2 == 1 {
			w.home.Silence() // Home Assistant's connection is half open, too
		}
		w.terminate(c, step)
		stops = append(stops, step)
		runs, err := workflow.History(w.stateDir)
		if step == "complete" && err == nil && len(runs) == 1 && !runs[0].Active && runs[0].Status == workflow.WaitingForInitiation {
			return w.child(env) // its success was shown long enough before the signal came
		}
		if err != nil || len(runs) != 1 || !runs[0].Active || runs[0].Reason != "" {
			t.Fatalf("after SIGTERM in %s the run cannot be resumed: %v, %+v", step, err, runs)
		}
		return w.child(env)
	}
	c := w.child(env)
	pressed, lingering := false, false
	press := func(id string) { _, _ = w.home.Press(hasstest.Owner.ID, id) } // again until it is heard
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; w.sim.Count(http.MethodPost, "/v1/upgrades") < 4 || w.state(demoUpgrade) != string(workflow.WaitingForInitiation); n++ {
		select {
		case step := <-h.held:
			for !ready(c, len(stops)+1) { // the process before came into this step while it ended
				select {
				case <-tick.C:
				case <-c.ended:
					t.Fatalf("the program ended by itself:\n%s", c.wrote())
				}
			}
			c = stop(c, step)
			continue
		case <-tick.C:
		case <-c.ended:
			t.Fatalf("the program ended by itself:\n%s", c.wrote())
		case <-t.Context().Done():
			t.Fatal("no end")
		}
		switch status := w.state(demoUpgrade); {
		case n > 3000:
			t.Fatalf("no end in sight after %q; the program wrote:\n%s", stops, c.wrote())
		case n%10 == 0 && len(lastLine(w.stateDir)) == 0 && w.state(demoStatus) == "update_available":
			press(startButton)
		case !ready(c, len(stops)+1): // what Home Assistant shows is of the process before
		case status == string(workflow.WaitingForAck) && !pressed:
			pressed = true
			c = stop(c, "alerts-await")
		case n%10 == 0 && status == string(workflow.WaitingForAck):
			press(acknowledgeButton)
		case status == string(workflow.Completed) && !lingering:
			lingering = true
			c = stop(c, "complete")
		}
	}
	w.terminate(c, "the end")
	// A step that asks nothing of SDDC Manager can be stopped only by chance.
	for _, step := range []string{"preflight", "set-target", "find-upgradables", "sddc-manager-download", "sddc-manager-start", "the POST of sddc-manager-start",
		"sddc-manager-await", "sddc-manager-next", "download-bundles", "precheck-query", "precheck-start", "precheck-await", "alerts-await",
		"component-first", "component-download", "component-start", "the POST of component-start", "component-await", "component-next",
		"validate", "read-back"} {
		if !slices.Contains(stops, step) {
			t.Errorf("never stopped in %s, but in %q", step, stops)
		}
	}
	posts, accepted := w.sim.Count(http.MethodPost, "/v1/upgrades"), len(w.sim.Accepted())
	if posts != 4 || accepted != 4 || w.sim.Release("m01") != "5.2.1.0" {
		t.Errorf("%d POSTs were sent and %d upgrades accepted for 4 components, m01 is on %s", posts, accepted, w.sim.Release("m01"))
	}
}
