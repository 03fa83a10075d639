package hass

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Helpers are the stored helpers of a domain ("input_button", "input_boolean"; empty:
// both) whose ID begins with prefix, also those that users renamed. Those from Home
// Assistant's YAML are not among them.
func (c *Client) Helpers(ctx context.Context, domain, prefix string) ([]Helper, error) {
	domains := []string{domain}
	if domain == "" {
		domains = []string{"input_boolean", "input_button"}
	}
	var found []Helper
	for _, domain := range domains {
		var items []struct{ ID, Name, Icon string }
		if err := c.Command(ctx, map[string]any{"type": domain + "/list"}, &items); err != nil {
			return nil, fmt.Errorf("listing helpers: %w", err)
		}
		for _, item := range items {
			if strings.HasPrefix(item.ID, prefix) {
				found = append(found, Helper{Domain: domain, ID: item.ID, Name: item.Name, Icon: item.Icon})
			}
		}
	}
	slices.SortFunc(found, func(a, b Helper) int { return cmp.Compare(a.EntityID(), b.EntityID()) })
	return found, nil
}

// RemoveHelpers deletes stored helpers, wherever users moved their entities. Those that
// are gone are no error; those from Home Assistant's YAML cannot be deleted, and the error
// names them. An error about one helper does not hold up the others.
func (c *Client) RemoveHelpers(ctx context.Context, helpers []Helper) error {
	if len(helpers) == 0 {
		return nil
	}
	e := ensuring{client: c, stored: map[string]map[string]bool{}}
	if err := e.load(ctx, helpers); err != nil {
		return fmt.Errorf("removing helpers: %w", err)
	}
	var failed []error
	for _, h := range helpers {
		if err := e.remove(ctx, h); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", h.EntityID(), err))
			if errors.Is(err, ErrDisconnected) || ctx.Err() != nil {
				break
			}
		}
	}
	if failed != nil {
		return &helperError{"removing helpers", failed}
	}
	return nil
}

func (e *ensuring) remove(ctx context.Context, h Helper) error {
	if e.stored[h.Domain][h.ID] {
		err := e.client.Command(ctx, map[string]any{"type": h.Domain + "/delete", h.Domain + "_id": h.ID}, nil)
		if err != nil && !code(err, "not_found") { // somebody was faster
			return err
		}
		e.client.mu.Lock()
		delete(e.client.renamed, h.EntityID())
		e.client.mu.Unlock()
		return nil
	}
	en, registered := e.find(h)
	if !registered {
		return nil
	}
	// The registry goes on remembering one that was taken out of YAML; its state says so.
	state, there, err := e.client.State(ctx, en.EntityID)
	if err != nil {
		return err
	}
	if en.DisabledBy == nil && (!there || state.Attributes["restored"] == true) {
		return nil
	}
	return fmt.Errorf("%s is from home assistant's configuration.yaml: take it out there", en.EntityID)
}

// RemoveDashboard deletes the dashboard if it is as EnsureDashboard wrote it, or empty,
// and tells whether it is gone; there may have been none. One that a user edited, or that
// comes from YAML, stays.
func (c *Client) RemoveDashboard(ctx context.Context, urlPath string) (removed bool, err error) {
	removed, err = c.removeDashboard(ctx, urlPath)
	if err != nil {
		return false, fmt.Errorf("removing dashboard %s: %w", urlPath, err)
	}
	return removed, nil
}

func (c *Client) removeDashboard(ctx context.Context, urlPath string) (bool, error) {
	d, there, err := c.findDashboard(ctx, urlPath)
	if err != nil || !there {
		return err == nil, err
	}
	ours := d.Mode == "storage"
	if ours {
		var have map[string]any
		err := c.Command(ctx, map[string]any{"type": "lovelace/config", "url_path": urlPath}, &have)
		if err != nil && !code(err, "config_not_found") { // created, and nothing saved
			return false, err
		}
		_, now, err := fingerprint(orEmpty(have))
		if err != nil {
			return false, err
		}
		ours = have[writtenKey] == now || emptyDashboard(have)
	}
	if !ours {
		c.log.Info("the dashboard was edited in home assistant and is left as it is", "dashboard", urlPath)
		return false, nil
	}
	err = c.Command(ctx, map[string]any{"type": "lovelace/dashboards/delete", "dashboard_id": d.ID}, nil)
	if code(err, "not_found") {
		err = nil
	}
	return err == nil, err
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// emptyDashboard tells whether there is nothing in a dashboard: no view, no strategy that
// makes views.
func emptyDashboard(config map[string]any) bool {
	for key, value := range config {
		if list, isList := value.([]any); key != writtenKey && (!isList || len(list) > 0) {
			return false
		}
	}
	return true
}
