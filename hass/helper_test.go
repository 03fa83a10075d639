package hass

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

func TestEnsureHelpers(t *testing.T) {
	plain := map[string]string{start: start, ack: ack, ignore: ignore}
	for name, c := range map[string]struct {
		before  func(*testing.T, *hasstest.Server)
		want    map[string]string
		wantErr string
		buttons []string // stored afterwards
	}{
		"nothing there": {want: plain, buttons: []string{startButton.ID, ackButton.ID}},
		"from yaml": {
			before:  func(_ *testing.T, s *hasstest.Server) { s.AddYAML("input_button", startButton.ID, "Start!") },
			want:    plain,
			buttons: []string{ackButton.ID},
		},
		"from yaml, renamed": {
			before: func(t *testing.T, s *hasstest.Server) {
				s.AddYAML("input_button", startButton.ID, "Start!")
				rename(t, s, start, "input_button.go")
			},
			want:    map[string]string{start: "input_button.go", ack: ack, ignore: ignore},
			buttons: []string{ackButton.ID},
		},
		"from yaml, disabled": {
			before: func(_ *testing.T, s *hasstest.Server) {
				s.AddYAML("input_button", startButton.ID, "Start!")
				s.Disable(start)
			},
			want:    map[string]string{ack: ack, ignore: ignore},
			wantErr: start + ": " + start + " is disabled in home assistant: enable it",
			buttons: []string{ackButton.ID},
		},
		"was in yaml once": {
			before: func(_ *testing.T, s *hasstest.Server) {
				s.AddYAML("input_button", startButton.ID, "Start!")
				s.RemoveYAML("input_button", startButton.ID)
			},
			want:    plain,
			buttons: []string{startButton.ID, ackButton.ID},
		},
		"entity id of another platform": {
			before:  func(_ *testing.T, s *hasstest.Server) { s.Register(start, "template", "x") },
			want:    map[string]string{ack: ack, ignore: ignore},
			wantErr: start + ": the entity id belongs to another entity (of template): rename that one",
			buttons: []string{ackButton.ID},
		},
		"entity id of another helper": {
			before: func(t *testing.T, s *hasstest.Server) {
				s.AddYAML("input_button", "other", "Other")
				rename(t, s, "input_button.other", start)
			},
			want:    map[string]string{ack: ack, ignore: ignore},
			wantErr: "belongs to another entity (of input_button)",
			buttons: []string{ackButton.ID},
		},
		"entity id of a written state": {
			before:  func(_ *testing.T, s *hasstest.Server) { s.SetState(start, "unknown", nil) },
			want:    map[string]string{ack: ack, ignore: ignore},
			wantErr: "a state that something else wrote",
			buttons: []string{ackButton.ID},
		},
		"several refused": {
			before: func(_ *testing.T, s *hasstest.Server) {
				s.AddFault(hasstest.Fault{On: "input_button/create", Code: "unauthorized", Message: "Unauthorized"})
			},
			want:    map[string]string{ignore: ignore},
			wantErr: "Unauthorized (unauthorized): the token must be one of an administrator; " + ack + ": ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				if c.before != nil {
					c.before(t, h.home)
				}
				h.run(Config{}, nil)
				for range 2 { // the second makes nothing and says the same
					got, err := h.client.EnsureHelpers(t.Context(), theHelpers)
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Errorf("entity ids in use (-want +got):\n%s", diff)
					}
					if (err == nil) != (c.wantErr == "") || err != nil && !strings.Contains(err.Error(), c.wantErr) {
						t.Errorf("error %v, want %q", err, c.wantErr)
					}
					if err != nil && strings.Contains(err.Error(), "\n") {
						t.Errorf("an error of several lines: %q", err)
					}
				}
				if diff := cmp.Diff(c.buttons, h.home.Helpers("input_button")); diff != "" {
					t.Errorf("stored buttons (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func rename(t *testing.T, s *hasstest.Server, from, to string) {
	t.Helper()
	if err := s.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestEnsureHelpersAfterRename(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		ensure := func(want map[string]string) {
			t.Helper()
			got, err := h.client.EnsureHelpers(t.Context(), theHelpers)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		ensure(map[string]string{start: start, ack: ack, ignore: ignore})
		rename(t, h.home, start, "input_button.go")
		ensure(map[string]string{start: "input_button.go", ack: ack, ignore: ignore})
		h.home.Restart()
		later(2e9)
		ensure(map[string]string{start: "input_button.go", ack: ack, ignore: ignore})
		// Two users' hands at once: each id is the other's.
		rename(t, h.home, ack, start)
		ensure(map[string]string{start: "input_button.go", ack: start, ignore: ignore})
		if n := len(h.home.CommandsOf("input_button/create")); n != 2 {
			t.Errorf("%d creates", n)
		}
	})
}

// The id that Home Assistant makes of a name is checked, and what it made is undone.
func TestHelperOfAnotherID(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		_, err := h.client.EnsureHelpers(t.Context(), []Helper{{Domain: "input_button", ID: "vcf_start", Name: "VCF Start!?"}, {Domain: "input_button", ID: "other", Name: "VCF Stop"}})
		if err == nil || !strings.Contains(err.Error(), `calls a helper named "VCF Stop" otherwise (input_button.vcf_stop)`) {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"vcf_start"}, h.home.Helpers("input_button")); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		if _, err := h.client.EnsureHelpers(t.Context(), []Helper{{Domain: "light", ID: "x"}}); err == nil {
			t.Error("a light was ensured")
		}
	})
}

// The answer to a create is lost: the helper is there, and found.
func TestHelperCreatedAnswerLost(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.home.AddFault(hasstest.Fault{On: "input_button/create", Drop: true, Done: true, Count: 1})
		var first error
		var inUse map[string]string
		h.run(Config{}, nil)
		if _, first = h.client.EnsureHelpers(t.Context(), theHelpers); !errors.Is(first, ErrDisconnected) {
			t.Errorf("first: %v", first)
		}
		later(1e9)
		inUse, err := h.client.EnsureHelpers(t.Context(), theHelpers)
		if err != nil || len(inUse) != 3 {
			t.Errorf("second: %v, %v", inUse, err)
		}
		if diff := cmp.Diff([]string{startButton.ID, ackButton.ID}, h.home.Helpers("input_button")); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	})
}

// The whole registry is read only when a helper is not where it is expected.
func TestRegistryIsSpared(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		for _, want := range []int{1, 1, 1} {
			if _, err := h.client.EnsureHelpers(t.Context(), theHelpers); err != nil {
				t.Error(err)
			}
			if n := len(h.home.CommandsOf("config/entity_registry/list")); n != want {
				t.Errorf("the registry was read %d times, want %d", n, want)
			}
		}
	})
}

func TestDisabledHelper(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		if _, err := h.client.EnsureHelpers(t.Context(), theHelpers); err != nil {
			t.Fatal(err)
		}
		h.home.Disable(start)
		inUse, err := h.client.EnsureHelpers(t.Context(), theHelpers)
		if err == nil || !strings.Contains(err.Error(), "is disabled in home assistant: enable it") || len(inUse) != 2 {
			t.Errorf("%v, %v", inUse, err)
		}
	})
}
