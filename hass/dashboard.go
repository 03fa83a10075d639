package hass

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Dashboard is a dashboard that is kept in Home Assistant until a user edits it.
type Dashboard struct {
	URLPath string // with a hyphen, as Home Assistant demands
	Title   string
	Icon    string // empty: Home Assistant's own
	Config  any    // encodes as the dashboard's JSON object: {"views": [...]}
}

// writtenKey is the member of a saved dashboard that holds the hash of the rest as it
// was written. Home Assistant stores members it does not know, its frontend keeps them
// when a user edits (it copies the config and changes the views) and shows nothing of
// them.
const writtenKey = "written_as"

// EnsureDashboard makes the dashboard, or brings it up to date, and tells whether it
// wrote. One that a user has edited, or that was there before, is left alone.
func (c *Client) EnsureDashboard(ctx context.Context, d Dashboard) (changed bool, err error) {
	changed, err = c.ensureDashboard(ctx, d)
	if err != nil {
		return changed, fmt.Errorf("ensuring dashboard %s: %w", d.URLPath, err)
	}
	return changed, nil
}

func (c *Client) ensureDashboard(ctx context.Context, d Dashboard) (bool, error) {
	if !strings.Contains(d.URLPath, "-") {
		return false, errors.New("the url path must contain a hyphen")
	}
	want, hash, err := fingerprint(d.Config)
	if err != nil {
		return false, err
	}
	_, there, err := c.findDashboard(ctx, d.URLPath)
	if err != nil {
		return false, err
	}
	if !there {
		msg := map[string]any{"type": "lovelace/dashboards/create", "url_path": d.URLPath, "title": d.Title}
		if d.Icon != "" {
			msg["icon"] = d.Icon
		}
		if err := c.Command(ctx, msg, nil); err != nil {
			return false, err
		}
	}
	var have map[string]any
	err = c.Command(ctx, map[string]any{"type": "lovelace/config", "url_path": d.URLPath}, &have)
	switch {
	case code(err, "config_not_found"): // new, or created by one of us that ended before it saved
	case err != nil:
		return false, err
	default:
		written, _ := have[writtenKey].(string)
		_, now, err := fingerprint(have)
		if err != nil {
			return false, err
		}
		if now == hash {
			return false, nil
		}
		if written != now {
			c.log.Info("the dashboard was edited in home assistant and is left as it is; delete it there to have it made again", "dashboard", d.URLPath)
			return false, nil
		}
	}
	want[writtenKey] = hash
	err = c.Command(ctx, map[string]any{"type": "lovelace/config/save", "url_path": d.URLPath, "config": want}, nil)
	return err == nil, err
}

// dashboardItem is a dashboard in Home Assistant's list of them.
type dashboardItem struct {
	ID      string `json:"id"` // empty: from YAML
	URLPath string `json:"url_path"`
	Mode    string `json:"mode"` // "storage", "yaml"
}

// HasDashboard tells whether there is a dashboard of that url path, whoever made it.
func (c *Client) HasDashboard(ctx context.Context, urlPath string) (bool, error) {
	_, there, err := c.findDashboard(ctx, urlPath)
	return there, err
}

func (c *Client) findDashboard(ctx context.Context, path string) (found dashboardItem, there bool, err error) {
	var list []dashboardItem
	if err := c.Command(ctx, map[string]any{"type": "lovelace/dashboards/list"}, &list); err != nil {
		return dashboardItem{}, false, err
	}
	for _, d := range list {
		if d.URLPath == path {
			return d, true, nil
		}
	}
	return dashboardItem{}, false, nil
}

// fingerprint returns config as plain JSON without writtenKey, and its hash. Both what
// we write and what Home Assistant gives back go through it: keys sorted, numbers as
// Go writes them.
func fingerprint(config any) (map[string]any, string, error) {
	data, err := json.Marshal(config)
	if err != nil {
		return nil, "", fmt.Errorf("writing its config: %w", err)
	}
	var plain map[string]any
	if err := json.Unmarshal(data, &plain); err != nil || plain == nil {
		return nil, "", errors.New("its config must be a JSON object")
	}
	delete(plain, writtenKey)
	if data, err = json.Marshal(plain); err != nil {
		return nil, "", fmt.Errorf("writing its config: %w", err)
	}
	sum := sha256.Sum256(data)
	return plain, hex.EncodeToString(sum[:]), nil
}
