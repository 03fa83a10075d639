package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

// killTrial is one upgrade during which the program is killed.
type killTrial struct {
	row    killRow
	dir    string
	home   *hasstest.Server
	sim    *vcftest.Server
	number int    // of the domain that is upgraded
	domain string // its name
	target string
	child  *child
	kill   chan struct{}
	closed chan struct{}

	mu     sync.Mutex
	random *rand.Rand
	budget int  // kills that are left
	lost   int  // POSTs of this component that were kept from having an effect
	lied   bool // a success was shown that was none
}

func newKillTrial(t *testing.T, row killRow, random *rand.Rand) *killTrial {
	k := &killTrial{row: row, dir: t.TempDir(), number: 1, domain: "m01", target: "5.2.1.0", random: random, budget: 3 + random.IntN(6),
		kill: make(chan struct{}, 1), closed: make(chan struct{})}
	m := vcftest.Model52()
	m.Username, m.Password = testUser, testPassword
	up := func(limit time.Duration) time.Duration { return time.Duration(random.Int64N(int64(limit))) }
	m.Durations = vcftest.Durations{BundleDownload: up(60 * time.Millisecond), Precheck: up(60 * time.Millisecond), Validation: up(60 * time.Millisecond),
		SDDCManagerUpgrade: up(500 * time.Millisecond), Outage: up(400 * time.Millisecond), ReadyAfter: up(60 * time.Millisecond),
		NSX: up(900 * time.Millisecond), VCenter: up(900 * time.Millisecond), ESX: up(900 * time.Millisecond),
		ListLag: time.Duration(row.list * float64(killAdopt))}
	m.UpgradableLag = m.ListLag
	if !row.blind {
		m.UpgradableLag = time.Duration(random.Float64() * min(row.list, 0.95) * float64(killAdopt))
	}
	m.AcceptDuplicates = !row.blind
	m.OutageKinds = [][]string{{vcftest.Refused}, {vcftest.Reset, "503"}, {"503", vcftest.HTML}}[random.IntN(3)]
	m.HostPerCluster, m.KeepTokens = random.IntN(2) == 0, random.IntN(2) == 0
	clusters := 1 + random.IntN(3)
	if random.IntN(3) == 0 {
		k.number, k.domain = 2, "w01"
		m.Domains[0].Release = k.target // a VI domain goes after the management domain
	}
	for i := 1; i < clusters; i++ {
		d := &m.Domains[k.number-1]
		d.Clusters = append(d.Clusters, vcftest.Cluster{Name: fmt.Sprintf("%s-cl%02d", k.domain, i+1), Hosts: 3})
	}
	k.sim, k.home = vcftest.New(m), hasstest.New(hasstest.Options{})
	return k
}

// ServeHTTP is the simulator on the wire. It aims kills at the POST, and breaks some.
func (k *killTrial) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/upgrades":
		k.breakPOST()
	case r.URL.Path == "/v1/tasks": // read before an intent is written, and by who doubts
		if k.chance(4) && k.mayLose() {
			k.aim(15 * time.Millisecond)
		}
	}
	k.sim.ServeHTTP(w, r)
}

// breakPOST decides what becomes of the POST that has come, of its answer, and of the
// process that waits for it.
func (k *killTrial) breakPOST() {
	k.mu.Lock()
	kind := k.random.IntN(10)
	k.mu.Unlock()
	f := vcftest.Fault{Method: http.MethodPost, Path: "/v1/upgrades", Times: 1, After: true}
	hangs := false
	switch kind {
	case 0:
		f.Cut = vcftest.Reset
	case 1:
		f.Cut = vcftest.Torn
	case 2:
		f.Status = http.StatusInternalServerError
	case 3:
		f.Status = http.StatusServiceUnavailable
	case 4:
		f.Cut, hangs = vcftest.Hang, true
	case 5, 6:
		if f.After = !k.mayLose(); f.After {
			break
		}
		if kind == 5 {
			f.Before, f.Cut = true, vcftest.Reset
		} else {
			f.Status = http.StatusInternalServerError
		}
	default:
		f = vcftest.Fault{}
	}
	if f.Method != "" {
		k.sim.Fault(f)
	}
	if f.Method == "" || f.After {
		k.mu.Lock()
		k.lost = 0 // the next one is of another component
		k.mu.Unlock()
	}
	if k.chance(5) { // a list that fails is no empty list
		k.sim.Fault(vcftest.Fault{Method: http.MethodGet, Path: "/v1/upgrades", Times: 2, Status: http.StatusInternalServerError})
	}
	switch {
	case hangs: // nobody answers for a minute: only a kill goes on
		k.mu.Lock()
		k.budget = max(1, k.budget)
		k.mu.Unlock()
		k.aim(250 * time.Millisecond)
	case !k.chance(3):
		k.aim(60 * time.Millisecond)
	}
}

func (k *killTrial) chance(oneIn int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.random.IntN(oneIn) == 0
}

// mayLose lets one POST of a component be lost before its effect: after three the run
// gives up, and that is another test's.
func (k *killTrial) mayLose() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lost++
	return k.lost == 1
}

// aim kills the process within so long.
func (k *killTrial) aim(within time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.budget == 0 {
		return
	}
	k.budget--
	time.AfterFunc(time.Duration(k.random.Int64N(int64(within))), func() {
		select {
		case k.kill <- struct{}{}:
		default:
		}
	})
}

// stage puts both systems on loopback.
func (k *killTrial) stage() (env environment, stop func(), err error) {
	url, err := k.home.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	ca, config := filepath.Join(k.dir, "ca.pem"), filepath.Join(k.dir, "config.yaml")
	web, err := front(k, ca)
	err = errors.Join(err, os.WriteFile(config, []byte("home_assistant: {dashboard: \"\"}\n"+testIntervals), 0o600))
	return environment{"VCF_ASSISTANT_CONFIG=" + config, "HASS_URL=" + url, "HASS_TOKEN=" + k.home.Token(), "VCF_URL=" + web.URL,
			"VCF_USERNAME=" + testUser, "VCF_PASSWORD=" + testPassword, "VCF_CA_FILE=" + ca, "STATE_DIRECTORY=" + k.stateDir()}, func() {
			web.CloseClientConnections()
			web.Close()
			k.home.Close()
		}, err
}

func (k *killTrial) stateDir() string { return filepath.Join(k.dir, "state") }

func (k *killTrial) wrote() string {
	if k.child == nil {
		return ""
	}
	return k.child.wrote()
}

// run presses Start, kills and starts again until the run has ended, and counts.
func (k *killTrial) run() (c killCounts, err error) {
	env, stop, err := k.stage()
	if err != nil {
		return c, err
	}
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	over := make(chan struct{})
	beside.Go(func() { k.press(ctx, over) })
	beside.Go(func() { k.watch(ctx) })
	for {
		if k.child, err = startChild(env, filepath.Join(k.dir, "log")); err != nil {
			return c, err
		}
		select {
		case <-k.kill:
			if _, err := k.child.signal(syscall.SIGKILL, time.Minute); err != nil {
				return c, err
			}
			c.kills++
			continue
		case <-over:
			if _, err := k.child.signal(syscall.SIGKILL, time.Minute); err != nil {
				return c, err
			}
			return c, k.count(&c)
		case <-k.child.ended:
			return c, fmt.Errorf("the program ended by itself: %s", k.child.cmd.ProcessState)
		case <-ctx.Done():
			_, _ = k.child.signal(syscall.SIGKILL, time.Minute)
			return c, fmt.Errorf("the run never ended; the simulator has %+v", k.sim.Upgrades())
		}
	}
}

// press presses Start until the press is journaled, kills at random from then on, and
// closes over when the run has ended.
func (k *killTrial) press(ctx context.Context, over chan struct{}) {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	n := fmt.Sprint(k.number)
	for i := 0; ; i++ {
		last := lastLine(k.stateDir())
		switch {
		case bytes.Contains(last, []byte(`"ended":true`)):
			close(over)
			return
		case len(last) > 0:
			if k.chance(40) {
				k.aim(40 * time.Millisecond)
			}
		case i%5 == 0:
			if s, _ := k.home.State("sensor.vcf_domain" + n + "_status"); s.State == "update_available" {
				_, _ = k.home.Press(hasstest.Owner.ID, "input_button.vcf_domain"+n+"_start_upgrade")
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
