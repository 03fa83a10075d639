package hasstest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/goccy/go-yaml"
)

// Blueprints are the texts of those that were saved, by "automation/folder/x.yaml". They
// survive a Restart.
func (s *Server) Blueprints() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.blueprints)
}

func (s *Server) blueprintCommand(verb string, msg map[string]json.RawMessage) (any, *failure) {
	domain, path := text(msg["domain"]), text(msg["path"])
	switch {
	case verb != "save" && verb != "delete":
		return nil, &failure{"unknown_command", "Unknown command."}
	case strings.Contains(path, ".."):
		return nil, &failure{"invalid_format", fmt.Sprintf("Invalid path at 'path'. Got '%s'", path)}
	case domain != "automation" && domain != "script" && domain != "template":
		return nil, &failure{"invalid_format", "Unsupported domain"}
	}
	// Home Assistant takes an absolute path for one below its own folder.
	key := domain + "/" + strings.TrimLeft(path, "/")
	if verb == "delete" {
		if _, there := s.blueprints[key]; !there {
			return nil, &failure{"unknown_error", fmt.Sprintf("[Errno 2] No such file or directory: '/config/blueprints/%s'", key)}
		}
		delete(s.blueprints, key)
		s.touch()
		return nil, nil
	}
	if fail := checkBlueprint(domain, text(msg["yaml"])); fail != nil {
		return nil, fail
	}
	if !strings.HasSuffix(key, ".yaml") {
		key += ".yaml"
	}
	_, there := s.blueprints[key]
	if there && string(msg["allow_override"]) != "true" {
		return nil, &failure{"already_exists", "File already exists"}
	}
	s.blueprints[key] = text(msg["yaml"])
	s.touch()
	return map[string]any{"overrides_existing": there}, nil
}

// tags takes Home Assistant's own tags, !input above all, for what follows them.
var tags = strings.NewReplacer("!input ", "", "!secret ", "")

func checkBlueprint(domain, source string) *failure {
	var document any
	if err := yaml.Unmarshal([]byte(tags.Replace(source)), &document); err != nil {
		return &failure{"invalid_format", err.Error()}
	}
	content, isMap := document.(map[string]any)
	if !isMap {
		return &failure{"invalid_format", fmt.Sprintf("Invalid blueprint: expected a mapping. Got %v", document)}
	}
	head, isMap := content["blueprint"].(map[string]any)
	switch {
	case !isMap:
		return &failure{"invalid_format", "Invalid blueprint: required key not provided at 'blueprint'. Got None"}
	case head["name"] == nil:
		return &failure{"invalid_format", "Invalid blueprint: required key not provided at 'blueprint.name'. Got None"}
	case head["domain"] != domain:
		return &failure{"invalid_format", fmt.Sprintf("Invalid blueprint: Found incorrect blueprint type %v, expected %s", head["domain"], domain)}
	}
	return nil
}
