package panel

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

func TestPressGetsAReply(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.reply = func(p workflow.Press) workflow.Reply {
			if p.Action == workflow.Start {
				return workflow.Reply{Title: "Upgrade", Message: "No update is available: <b>sfo-m01</b> is at 5.2.0.0.\n{{ why }}"}
			}
			return workflow.Reply{Title: "T", Message: "m"}
		}
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("press", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`)
		h.expect("reply", h.notes(), "vcf_domain1_start: No update is available: &lt;b&gt;sfo-m01&lt;/b&gt; is at 5.2.0.0. &#123;&#123; why }}")
		time.Sleep(time.Second)
		h.home.Press(hasstest.Owner.ID, start)
		time.Sleep(time.Second)
		h.home.Press(hasstest.Automation, ack)
		time.Sleep(time.Second)
		h.home.Press(hasstest.Member.ID, cancel)
		h.expect("presses", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`, `acknowledge 1 by an automation version ""`, `cancel 1 by Mia Member version ""`)
		h.expect("one notification each", h.notes(), "vcf_domain1_acknowledge: m", "vcf_domain1_cancel: m",
			"vcf_domain1_start: No update is available: &lt;b&gt;sfo-m01&lt;/b&gt; is at 5.2.0.0. &#123;&#123; why }}")
		if _, err := h.home.Press(hasstest.Guest.ID, start); err == nil {
			h.Error("the fake lets a read-only user press")
		}
		h.expect("a refused user", h.takePresses())
	})
}

// A press is handled while Home Assistant is slow to take states.
func TestPressDoesNotWaitForPosts(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST /api/states/" + status1, Count: 1, Delay: 20 * time.Second})
		h.sup.push(running())
		synctest.Wait()
		h.home.Press(hasstest.Owner.ID, cancel)
		h.home.Press(hasstest.Owner.ID, ack)
		h.expect("presses", h.takePresses(), `cancel 1 by Olga Owner version ""`, `acknowledge 1 by Olga Owner version ""`)
	})
}

// An automation that presses Start once VCF domain1 Status tells of an update means the
// version that is told there, though the rest of what is shown is still being written.
func TestPressAtOnce(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(idle())
		time.Sleep(time.Minute)
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("without an update", h.takePresses(), `start 1 by Olga Owner version "no version"`)
		time.Sleep(time.Minute)
		h.home.AddFault(hasstest.Fault{On: "POST /api/states/" + update1, Count: 1, Delay: 5 * time.Second})
		h.sup.push(available())
		synctest.Wait()
		h.expect("the status", []string{h.stateOf("sensor.vcf_domain1_status"), h.stateOf(update1)}, "update_available", "off")
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("a person, who cannot have read it", h.takePresses(), `start 1 by Olga Owner version "no version"`)
		time.Sleep(time.Second)
		h.home.Press(hasstest.Automation, start)
		h.expect("at once", h.takePresses(), `start 1 by an automation version "5.2.1.0"`)
	})
}

func TestPressesThatDoNotCount(t *testing.T) {
	bubble(t, Config{Operators: []string{"member"}}, func(h *harness) {
		h.takeControls()
		h.home.SetTarget("area_id", "cellar", ack)
		h.home.Call(hasstest.Owner.ID, "input_button", "press", map[string]any{"area_id": "cellar"})
		const why = "Acknowledge Alerts was pressed along with other things (all, an area, a device, a label, a floor or a group). Such a press does nothing here: press the button itself."
		h.expect("area", h.takePresses(), `acknowledge 1 by Olga Owner version "": `+why)
		h.expect("reply", h.notes(), "vcf_domain1_refused: "+why)
		h.expect("controls", h.takeControls(), "1 ignore false acknowledged true by Olga Owner refused")
		time.Sleep(time.Second)
		h.home.Call(hasstest.Owner.ID, "input_button", "press", map[string]any{"entity_id": "all"})
		got := h.takePresses()
		if len(got) != 4 || slices.ContainsFunc(got, func(p string) bool { return !strings.Contains(p, "pressed along with other things") }) {
			h.Errorf("all: %q", got)
		}
		time.Sleep(time.Second)
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("no operator", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0": Olga Owner is none of the operators. Nothing was done.`)
		time.Sleep(time.Second)
		h.home.Press(hasstest.Member.ID, start)
		h.expect("operator", h.takePresses(), `start 1 by Mia Member version "5.2.1.0"`)
	})
}

func TestInstall(t *testing.T) {
	install := func(h *harness, user string, data map[string]any) {
		if _, err := h.home.Call(user, "update", "install", data); (err != nil) != (user != hasstest.Owner.ID) {
			h.Error(err)
		}
		time.Sleep(time.Second)
	}
	one := map[string]any{"entity_id": []string{"update.vcf_domain1"}}
	bubble(t, Config{}, func(h *harness) {
		install(h, hasstest.Owner.ID, one)
		h.expect("switched off", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0": Install on the update entity is switched off (home_assistant.install_from_update_entity): press Start Upgrade.`)
	})
	bubble(t, Config{InstallFromUpdateEntity: true}, func(h *harness) {
		install(h, hasstest.Owner.ID, one)
		install(h, hasstest.Guest.ID, one)
		install(h, hasstest.Owner.ID, map[string]any{"entity_id": "update.vcf_domain1", "version": "9.0.0.0"})
		install(h, hasstest.Owner.ID, map[string]any{"entity_id": "all"})
		h.expect("installs", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`,
			`start 1 by Gus Guest version "5.2.1.0": Gus Guest is no administrator of home assistant. Nothing was done.`,
			`start 1 by Olga Owner version "5.2.1.0": Install asked for 9.0.0.0; 5.2.1.0 is offered. Nothing was done.`,
			`start 1 by Olga Owner version "": Install was called for all update entities. That starts no upgrade: press Start Upgrade.`)
	})
}

func TestControls(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.expect("connected", h.takeControls(), "1 ignore false acknowledged false by an automation")
		h.home.Toggle(hasstest.Member.ID, ignore, true)
		h.expect("toggled", h.takeControls(), "1 ignore true acknowledged false by an automation")
		h.home.Press(hasstest.Member.ID, ack)
		h.expect("acknowledged", h.takeControls(), "1 ignore true acknowledged true by Mia Member")
		h.home.SetState(ignore, "unavailable", nil)
		h.expect("unavailable is off", h.takeControls(), "1 ignore false acknowledged true by Mia Member")
		h.home.SetState(ignore, "on", nil)
		h.takeControls()
		h.home.DropConnections()
		time.Sleep(time.Minute)
		h.expect("a lost connection", h.takeControls(), "1 away", "1 ignore true acknowledged true by Mia Member")
		h.home.SetDown(true)
		h.expect("away", h.takeControls(), "1 away")
		h.stop()
		h.expect("stopped", h.takeControls())
	})
}

// A press that was made while we were away is judged by its state: who is no operator,
// or not known any more, does not count.
func TestControlsOfAPressWhileAway(t *testing.T) {
	bubble(t, Config{Operators: []string{hasstest.Member.ID}}, func(h *harness) {
		h.takeControls()
		h.home.Press(hasstest.Member.ID, ack)
		h.expect("operator", h.takeControls(), "1 ignore false acknowledged true by Mia Member")
		h.home.Restart()
		time.Sleep(time.Minute)
		h.expect("after a restart nobody knows", h.takeControls(), "1 away", "1 ignore false acknowledged true by an automation refused")
	})
}

// A button that is away for a while has not forgotten its last press: a wait that begins
// then would take that for an answer once the button is back.
func TestControlsWhileTheButtonIsAway(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.Press(hasstest.Owner.ID, ack)
		h.takeControls()
		h.home.Disable(ack)
		h.expect("away", h.takeControls(), "1 ignore false acknowledged true by Olga Owner")
		h.home.Restart()
		time.Sleep(10 * time.Second)
		h.expect("and after a restart", h.takeControls(), "1 away", "1 ignore false acknowledged true by Olga Owner")
	})
}
