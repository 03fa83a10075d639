package panel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vcf-assistant/hass"
)

// phone is a device with the Home Assistant app, and what the live test made beside it.
// Notifications come over its WebSocket channel, and to its push address while that is
// not open.
type phone struct {
	t       *testing.T
	client  *hass.Client // of the user to whom it belongs
	address string
	token   string
	got     chan note

	webhook string
	device  string
	entry   string
	began   float64 // Unix seconds
}

const (
	livePath  = "vcf-assistant/live-test.yaml"
	liveAutom = "vcf_live_77"
)

func newPhone(t *testing.T, address, token string) *phone {
	t.Helper()
	p := &phone{t: t, address: strings.TrimSuffix(address, "/"), token: token, got: make(chan note, 20), began: float64(time.Now().Unix())}
	p.client = liveClient(t, address, token, func(context.Context, *hass.Client) error { return nil })
	liveRemove(t, p.client)
	push := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.receive(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(push.Close)

	p.person()
	var registered struct {
		Webhook string `json:"webhook_id"`
	}
	status := p.rest("POST", "/api/mobile_app/registrations", map[string]any{"app_id": "vcf-assistant.live", "app_name": "Live", "app_version": "1",
		"device_name": "VCF Live 77", "device_id": "vcf-live-77", "manufacturer": "none", "model": "none", "os_name": "Android", "os_version": "14",
		"supports_encryption": false,
		"app_data":            map[string]any{"push_websocket_channel": true, "push_token": "none", "push_url": push.URL}}, &registered)
	if status != http.StatusCreated {
		t.Skipf("this Home Assistant has no mobile_app (%d): put mobile_app: and automation: !include automations.yaml into its configuration.yaml", status)
	}
	p.webhook = registered.Webhook
	t.Cleanup(p.remove)
	eventually(t, "the phone", func() bool {
		var devices []struct {
			ID          string     `json:"id"`
			Entries     []string   `json:"config_entries"`
			Identifiers [][]string `json:"identifiers"`
		}
		_ = p.client.Command(t.Context(), map[string]any{"type": "config/device_registry/list"}, &devices)
		for _, d := range devices {
			if len(d.Identifiers) > 0 && fmt.Sprint(d.Identifiers[0]) == "[mobile_app vcf-live-77]" {
				p.device, p.entry = d.ID, d.Entries[0]
			}
		}
		return p.device != ""
	})
	p.listen()
	if err := p.client.SaveBlueprint(t.Context(), "automation", livePath, Blueprint); err != nil {
		t.Fatal(err)
	}
	return p
}

// listen opens the channel.
func (p *phone) listen() {
	p.t.Helper()
	eventually(p.t, "the connection", p.client.Connected)
	err := p.client.Subscribe(p.t.Context(), map[string]any{"type": "mobile_app/push_notification_channel", "webhook_id": p.webhook},
		func(event json.RawMessage) { p.receive(bytes.NewReader(event)) })
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) receive(r io.Reader) {
	var n note
	if err := json.NewDecoder(r).Decode(&n); err != nil {
		n.Message = err.Error()
	}
	p.got <- n
}

// automate makes the automation, or makes it anew.
func (p *phone) automate(more map[string]any) {
	p.t.Helper()
	in := map[string]any{"upgrade_status": "sensor.vcf_domain77_upgrade_status", "upgrade_logs": "sensor.vcf_domain77_upgrade_logs",
		"acknowledge_button": "input_button.vcf_domain77_acknowledge_alerts", "cancel_button": "input_button.vcf_domain77_cancel_upgrade",
		"phone": p.device, "dashboard": "/vcf-upgrades/domain77", "critical": true}
	for k, v := range more {
		in[k] = v
	}
	const path = "/api/config/automation/config/" + liveAutom
	status := p.rest("POST", path, map[string]any{"alias": "VCF live 77", "use_blueprint": map[string]any{"path": livePath, "input": in}}, nil)
	if status != http.StatusOK {
		p.t.Fatalf("the automation: %d", status)
	}
	eventually(p.t, "the automation", func() bool {
		state, there, err := p.client.State(p.t.Context(), "automation.vcf_live_77")
		return there && err == nil && state.State == "on"
	})
}

// fire puts an event on the bus as the app does.
func (p *phone) fire(event string, data map[string]any) {
	p.t.Helper()
	if status := p.rest("POST", "/api/webhook/"+p.webhook, map[string]any{"type": "fire_event", "data": map[string]any{"event_type": event, "event_data": data}}, nil); status != http.StatusOK {
		p.t.Fatalf("firing %s: %d", event, status)
	}
}

// person sees to it that the user is one: the app gives the phone to that person.
func (p *phone) person() {
	p.t.Helper()
	var me struct {
		ID string `json:"id"`
	}
	if err := p.client.Command(p.t.Context(), map[string]any{"type": "auth/current_user"}, &me); err != nil {
		p.t.Fatal(err)
	}
	p.makePerson("VCF Live", me.ID) // refused where there is one already
}

// stranger is a person with another user.
func (p *phone) stranger() string {
	p.t.Helper()
	var made struct {
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	if err := p.client.Command(p.t.Context(), map[string]any{"type": "config/auth/create", "name": "VCF Live stranger"}, &made); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = p.client.Command(context.Background(), map[string]any{"type": "config/auth/delete", "user_id": made.User.ID}, nil)
	})
	p.makePerson("VCF Live stranger", made.User.ID)
	return "person.vcf_live_stranger"
}

func (p *phone) makePerson(name, user string) {
	var person struct {
		ID string `json:"id"`
	}
	if p.client.Command(p.t.Context(), map[string]any{"type": "person/create", "name": name, "user_id": user, "device_trackers": []string{}}, &person) == nil {
		p.t.Cleanup(func() {
			_ = p.client.Command(context.Background(), map[string]any{"type": "person/delete", "person_id": person.ID}, nil)
		})
	}
}

// errors are what Home Assistant's log says about the automation since it was made.
func (p *phone) errors() string {
	var list []struct {
		Level   string   `json:"level"`
		Message []string `json:"message"`
		Name    string   `json:"name"`
		Time    float64  `json:"timestamp"`
	}
	_ = p.client.Command(context.Background(), map[string]any{"type": "system_log/list"}, &list)
	var out []string
	for _, e := range list {
		if text := strings.Join(e.Message, "; "); e.Time >= p.began && strings.Contains(strings.ToLower(e.Name+text), "vcf_live_77") {
			out = append(out, e.Level+" "+e.Name+": "+text)
		}
	}
	return strings.Join(out, "\n")
}

func (p *phone) remove() {
	p.rest("DELETE", "/api/config/automation/config/"+liveAutom, nil, nil)
	p.rest("DELETE", "/api/config/config_entries/entry/"+p.entry, nil, nil)
	_ = p.client.Command(context.Background(), map[string]any{"type": "blueprint/delete", "domain": "automation", "path": livePath}, nil)
}

func (p *phone) rest(method, path string, body, out any) (status int) {
	p.t.Helper()
	b, _ := json.Marshal(body)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, p.address+path, bytes.NewReader(b))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Errorf("%s %s: %v", method, path, err)
		return 0
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if out != nil {
		_ = json.Unmarshal(text, out)
	} else if resp.StatusCode >= 300 {
		p.t.Logf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return resp.StatusCode
}
