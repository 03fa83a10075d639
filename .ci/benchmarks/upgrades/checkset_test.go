package upgrades_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"benchmarks/report"

	"vcf-assistant/vcf"
)

// answer writes a check-set of n failed checks of some 800 bytes each, no two alike.
func answer(w io.Writer, n int) {
	fmt.Fprint(w, `{"status":"COMPLETED_WITH_SUCCESS","validationResult":{"nestedErrors":[{"message":"m01","nestedErrors":[`)
	for i := range n {
		if i > 0 {
			fmt.Fprint(w, ",")
		}
		fmt.Fprintf(w, `{"errorCode":"BASELINER_CONSTRAINT_VALIDATION.error","errorType":null,"arguments":["esx-%[1]d.lab.example",1.0],"message":"Check %[1]d on esx-%[1]d.lab.example: %[2]s",`+
			`"remediationMessage":"Do something about it","nestedErrors":[],"causes":[],"context":{"severity":"ERROR","validationName":"check %[3]d","validationStatus":"VALIDATION_FAILED",`+
			`"validatorDefinitionId":"id-%[3]d","importanceLevel":"CRITICAL","details":"%[4]s"}}`, i, strings.Repeat("failed ", 10), i%40, strings.Repeat("x", 330))
	}
	fmt.Fprintf(w, `]}]},"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":%d.0}]}}`, n)
}

// serve is an SDDC Manager that knows one precheck, and writes it as it is read.
func serve(n int) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/tokens" {
			fmt.Fprint(w, `{"accessToken":"an-access-token-of-some-length","refreshToken":{"id":"a-refresh-token"}}`)
			return
		}
		answer(w, n)
	}))
}

// memoryOf is what reading an answer took.
type memoryOf struct {
	Findings       int
	Heap, Resident uint64 // at most, more than before
	Allocated      uint64
	CPU            time.Duration
}

// TestReader is the process that reads: it holds nothing but the client.
func TestReader(t *testing.T) {
	url := os.Getenv("READ_FROM")
	if url == "" {
		t.Skip("started by TestUpgrades")
	}
	client, err := vcf.New(vcf.Config{URL: url, Username: "a", Password: "VMw@re1!VMw@re1!", Insecure: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	before, base := used(), inUse()
	rss := resident()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, inUse())
			}
		}
	}()
	a, err := client.Assessment(t.Context(), "r-1")
	if err != nil {
		t.Fatal(err)
	}
	found := len(a.Findings())
	close(stop)
	took := used().since(before)
	out, _ := json.Marshal(memoryOf{found, max(<-peak, base) - base, resident() - rss, took.bytes, took.cpu})
	if err := os.WriteFile(os.Getenv("READ_TO"), out, 0o600); err != nil {
		t.Fatal(err)
	}
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// resident is the most memory that this process had, so far.
func resident() (bytes uint64) {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscanf(rest, "%d kB", &bytes)
		}
	}
	return bytes << 10
}

func checkSets(t *testing.T) report.Section {
	var rows [][]string
	var x, heap []float64
	for _, n := range []int{25, 250, 2_500, 25_500} {
		var size counter
		answer(&size, n)
		s := serve(n)
		file := t.TempDir() + "/memory"
		reader := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReader$", "-test.count=1")
		reader.Env = append(os.Environ(), "READ_FROM="+s.URL, "READ_TO="+file)
		if out, err := reader.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s.Close()
		var m memoryOf
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil || m.Findings != n {
			t.Fatalf("%d findings of %d, %v", m.Findings, n, err)
		}
		mb := func(n uint64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
		rows = append(rows, []string{report.Count(m.Findings), report.Count(int(size)), mb(m.Heap), mb(m.Resident), mb(m.Allocated), report.MS(m.CPU)})
		x, heap = append(x, float64(n)), append(heap, float64(m.Heap))
	}
	return report.Section{Title: "Check-set answers",
		How:  "One precheck whose checks all failed, each with some 800 bytes of JSON, over a socket from a process of its own. What is read is the most memory that the reading process had in use (looked at every millisecond) and resident, more than with the client logged in. The goal: 20 MB are decoded as they come, and the findings are kept, not the tree.",
		Head: []string{"findings", "bytes of the answer", "heap in use", "resident", "allocated in all", "CPU"}, Rows: rows,
		Note: fmt.Sprintf("Exponent of the heap: %.2f.", report.Exponent(x, heap))}
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
