package hasstest

import (
	"encoding/json"
	"slices"
	"strings"
)

// Dashboard is a dashboard as it was saved; it survives a Restart.
type Dashboard struct {
	URLPath string
	Title   string
	Icon    string
	Config  json.RawMessage // nil: created, nothing saved
	Saves   int             // how often a config was saved
}

// Dashboards are all of them, in the order of their making.
func (s *Server) Dashboards() []Dashboard {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Dashboard
	for _, d := range s.boards {
		list = append(list, *d)
	}
	return list
}

// EditDashboard saves a config as a user does.
func (s *Server) EditDashboard(urlPath string, config json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.board(urlPath); d != nil {
		d.Config = slices.Clone(config)
		d.Saves++
		s.touch()
	}
}

func (s *Server) board(urlPath string) *Dashboard {
	for _, d := range s.boards {
		if d.URLPath == urlPath {
			return d
		}
	}
	return nil
}

func (s *Server) lovelaceCommand(verb string, msg map[string]json.RawMessage) (any, *failure) {
	path := text(msg["url_path"])
	d := s.board(path)
	switch verb {
	case "dashboards/list":
		list := []any{}
		for _, d := range s.boards {
			list = append(list, d.item())
		}
		return list, nil
	case "dashboards/create":
		switch {
		case !strings.Contains(path, "-"):
			return nil, &failure{"invalid_format", "Url path needs to contain a hyphen (-)"}
		case text(msg["title"]) == "":
			return nil, &failure{"invalid_format", "required key not provided @ data['title']"}
		case d != nil:
			return nil, &failure{"home_assistant_error", "The URL \"" + path + "\" is already in use"}
		}
		d = &Dashboard{URLPath: path, Title: text(msg["title"]), Icon: text(msg["icon"])}
		s.boards = append(s.boards, d)
		s.touch()
		return d.item(), nil
	case "config":
		switch {
		case d == nil:
			return nil, &failure{"config_not_found", "Unknown config specified: " + path}
		case d.Config == nil:
			return nil, &failure{"config_not_found", "No config found."}
		}
		return d.Config, nil
	case "config/save":
		if d == nil {
			return nil, &failure{"config_not_found", "Unknown config specified: " + path}
		}
		d.Config = slices.Clone(msg["config"])
		d.Saves++
		s.touch()
		return nil, nil
	}
	return nil, &failure{"unknown_command", "Unknown command."}
}

func (d *Dashboard) item() any {
	item := map[string]any{"id": strings.ReplaceAll(d.URLPath, "-", "_"), "url_path": d.URLPath, "title": d.Title,
		"mode": "storage", "require_admin": false, "show_in_sidebar": true}
	if d.Icon != "" {
		item["icon"] = d.Icon
	}
	return item
}
