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
	YAML    bool            // from configuration.yaml: it can be neither saved nor deleted
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

// AddDashboard adds one as a user does, or configuration.yaml.
func (s *Server) AddDashboard(d Dashboard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boards = append(s.boards, &d)
	s.touch()
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
	case "dashboards/delete":
		id := text(msg["dashboard_id"])
		i := slices.IndexFunc(s.boards, func(d *Dashboard) bool { return !d.YAML && d.id() == id })
		if i < 0 {
			return nil, &failure{"not_found", "Unable to find dashboard_id " + id}
		}
		s.boards = slices.Delete(s.boards, i, i+1)
		s.touch()
		return nil, nil
	case "config/delete":
		switch {
		case d == nil:
			return nil, &failure{"config_not_found", "Unknown config specified: " + path}
		case d.YAML:
			return nil, &failure{"error", "Not supported"}
		}
		d.Config = nil
		s.touch()
		return nil, nil
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
		if d.YAML {
			return nil, &failure{"error", "Not supported"}
		}
		d.Config = slices.Clone(msg["config"])
		d.Saves++
		s.touch()
		return nil, nil
	}
	return nil, &failure{"unknown_command", "Unknown command."}
}

func (d *Dashboard) id() string { return strings.ReplaceAll(d.URLPath, "-", "_") }

func (d *Dashboard) item() any {
	item := map[string]any{"url_path": d.URLPath, "title": d.Title, "mode": "storage", "require_admin": false, "show_in_sidebar": true}
	if d.YAML {
		item["mode"], item["filename"] = "yaml", d.URLPath+".yaml"
	} else {
		item["id"] = d.id()
	}
	if d.Icon != "" {
		item["icon"] = d.Icon
	}
	return item
}

// RemoveDashboard deletes one as a user does.
func (s *Server) RemoveDashboard(urlPath string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boards = slices.DeleteFunc(s.boards, func(d *Dashboard) bool { return d.URLPath == urlPath })
	s.touch()
}
