package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"benchmarks/rig"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// size is what makes a journal long.
type size struct{ clusters, findings, tasks int }

// model is one management domain.
func (s size) model() vcftest.Model {
	m := vcftest.Model52()
	m.Domains = m.Domains[:1]
	m.Domains[0].Clusters = nil
	for n := range s.clusters {
		m.Domains[0].Clusters = append(m.Domains[0].Clusters, vcftest.Cluster{Name: fmt.Sprintf("m01-cl%04d", n+1), Hosts: 4})
	}
	for n := range s.findings {
		m.Findings = append(m.Findings, vcftest.Finding{Resource: vcftest.VCenter, Severity: "WARNING", Importance: "WARNING", Name: "vCenter root password",
			Message: fmt.Sprintf("The password of user %d on vcenter-m01.lab.example expires in %d days", n, 3+n%20), Remediation: "Rotate or remediate the password in SDDC Manager"})
	}
	return m
}

// busy adds tasks that were there before to SDDC Manager's list of them.
type busy struct {
	http.RoundTripper
	tasks int
}

func (b busy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err != nil || b.tasks == 0 || r.Method != "GET" || r.URL.Path != "/v1/tasks" || resp.StatusCode != 200 {
		return resp, err
	}
	var list struct {
		Elements []any          `json:"elements"`
		Page     map[string]any `json:"pageMetadata"`
	}
	err = json.NewDecoder(resp.Body).Decode(&list)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	for n := range b.tasks {
		list.Elements = append(list.Elements, map[string]string{"id": fmt.Sprintf("c8f5f3a1-0000-4000-8000-%012d", n), "name": "Rotate passwords", "status": "SUCCESSFUL"})
	}
	list.Page = map[string]any{"pageNumber": 0, "pageSize": len(list.Elements), "totalElements": len(list.Elements), "totalPages": 1}
	body, err := json.Marshal(list)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, err
}

// written is the journal of one upgrade.
type written struct {
	file    []byte
	lines   int
	longest []byte // line
}

// upgrade plays one upgrade in virtual time, its journal in dir.
func (s size) upgrade(t *testing.T, dir string) written {
	t.Helper()
	var out written
	synctest.Test(t, func(t *testing.T) {
		cfg := rig.Virtual(t, busy{vcftest.New(s.model()).Transport(), s.tasks}, dir)
		cfg.Intervals.Poll, cfg.Intervals.Refresh, cfg.Inventory = 10*time.Minute, 48*time.Hour, workflow.InventoryOptions{}
		sup, err := workflow.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			_ = sup.Run(ctx)
		}()
		sup.SetControls(1, workflow.Controls{Connected: true, IgnoreAlerts: true})
		for started := false; ; {
			snap, err := sup.Feed().Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(snap.Domains) == 0 {
				continue
			}
			d := snap.Domains[0]
			if !started && d.Next != nil {
				started = true
				if r := sup.Press(ctx, start(d)); !r.Started {
					t.Fatalf("Start: %s", r.Message)
				}
			}
			if d.UpgradeStatus() == workflow.Failed {
				t.Fatalf("failed: %s", d.Run.Reason)
			}
			if started && d.Run == nil && len(d.History) > 0 {
				break
			}
		}
		cancel()
		<-stopped
		if err := sup.Close(); err != nil {
			t.Error(err)
		}
	})
	paths, _ := filepath.Glob(filepath.Join(dir, "runs", "*.jsonl"))
	if len(paths) != 1 {
		t.Fatalf("journals %q", paths)
	}
	var err error
	if out.file, err = os.ReadFile(paths[0]); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out.file) {
		out.lines++
		if len(line) > len(out.longest) {
			out.longest = line
		}
	}
	return out
}

func start(d workflow.Domain) workflow.Press {
	return workflow.Press{Action: workflow.Start, Domain: d.Number, By: workflow.Person{ID: "u-ada", Name: "Ada"}, At: time.Now(), Version: d.Next.Version}
}
