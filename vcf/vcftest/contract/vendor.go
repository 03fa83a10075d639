package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Document is the vendor's description of the API of one version.
type Document struct {
	// Version that it describes: 5.2.1 or 9.0.2.
	Version string

	spec   *openapi3.T
	router routers.Router
	judged sync.Map // bodies, see Document.body
}

// source is the module that holds a document, with the checksum that it had when Known was written.
type source struct{ version, module, sum string }

var sources = []source{
	{"5.2.1", "github.com/vmware/vcf-sdk-go@v0.6.0", "h1:CpwFcIqkgQljY3K8/T0Mf2V01/wR7jGhz2mZaPAdwq4="},
	{"9.0.2", "github.com/vmware/vcf-sdk-go@v0.7.0", "h1:5/xExoH70XaPlkGDSgV8+SEpj8amoLq3RN4qP7nKrm4="},
}

// errUnreachable: there is neither a module proxy nor a copy in the module cache.
var errUnreachable = errors.New("no module proxy, and not in the module cache")

var load = sync.OnceValues(func() ([]*Document, error) {
	var out []*Document
	for _, s := range sources {
		d, err := read(s)
		if err != nil {
			return nil, fmt.Errorf("the vendor's document of VCF %s: %w", s.version, err)
		}
		out = append(out, d)
	}
	return out, nil
})

// Vendor reads the documents of 5.2.1 and 9.0.2, once in a process. Without a module proxy the test is skipped; in CI (CI=true) that is a
// failure. Under the race detector it is skipped too: what is on the wire is the same. Call it outside of a bubble.
func Vendor(t testing.TB) []*Document {
	t.Helper()
	if raced {
		t.Skip("the contract is judged without the race detector")
	}
	docs, err := load()
	switch {
	case errors.Is(err, errUnreachable) && os.Getenv("CI") != "true":
		t.Skipf("contract not judged: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return docs
}

// read downloads a module, if it is not in the cache, and reads its document. Two versions of one module cannot stand in go.mod, so
// the go command is asked, away from any go.mod, and what it answers is held against the checksum known here.
func read(s source) (*Document, error) {
	cmd := exec.Command("go", "mod", "download", "-json", s.module)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	var m struct{ Dir, Sum, Error string }
	if decodeErr := json.Unmarshal(out, &m); decodeErr != nil || m.Error != "" || err != nil {
		return nil, fmt.Errorf("%w (go mod download %s: %v %s)", errUnreachable, s.module, err, m.Error)
	}
	if m.Sum != s.sum {
		return nil, fmt.Errorf("%s has the checksum %s, want %s", s.module, m.Sum, s.sum)
	}
	data, err := os.ReadFile(filepath.Join(m.Dir, "specs", "swagger.json"))
	if err != nil {
		return nil, err
	}
	return parse(s.version, data)
}

// calls are the parts of the API that are looked at. The rest of a document is dropped before it is parsed, for speed.
var calls = regexp.MustCompile(`^/v1/(tokens|domains|sddc-manager|clusters|hosts|vcenters|nsxt-clusters|personalities|releases|bundles|upgradables|` +
	`upgrades|tasks|resource-functionalities|system/(upgradables|check-sets|appliance-info|settings/depot|backup-configuration)|users|roles)`)

var reference = regexp.MustCompile(`"#/components/schemas/([^"]+)"`)

// among finds the list of words that a document gives as an example, or in a description.
var among = regexp.MustCompile(`One among: ([\w ]+(?:, ?[\w ]+)*)`)

// parse reads a document and makes it strict.
func parse(version string, data []byte) (*Document, error) {
	var raw struct {
		OpenAPI    string                     `json:"openapi"`
		Info       json.RawMessage            `json:"info"`
		Paths      map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	all := raw.Components.Schemas
	raw.Components.Schemas = map[string]json.RawMessage{}
	var need func(json.RawMessage)
	need = func(b json.RawMessage) {
		for _, m := range reference.FindAllSubmatch(b, -1) {
			name := string(m[1])
			if _, have := raw.Components.Schemas[name]; !have && all[name] != nil {
				raw.Components.Schemas[name] = all[name]
				need(all[name])
			}
		}
	}
	need(json.RawMessage(`"#/components/schemas/Error"`))
	for path, item := range raw.Paths {
		if !calls.MatchString(path) {
			delete(raw.Paths, path)
			continue
		}
		need(item)
	}
	for _, word := range []string{`"allOf"`, `"oneOf"`, `"anyOf"`, `"not"`, `"discriminator"`} {
		if bytes.Contains(data, []byte(word)) {
			return nil, fmt.Errorf("it uses %s, and closing schemas one by one is no longer right", word)
		}
	}
	data, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	spec, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	for _, s := range spec.Components.Schemas {
		harden(s.Value)
	}
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				harden(p.Value.Schema.Value)
			}
		}
	}
	router, err := gorillamux.NewRouter(spec)
	return &Document{Version: version, spec: spec, router: router}, err
}

// harden closes a schema: no key that it does not name, no word that is not in its list.
func harden(s *openapi3.Schema) {
	if s == nil {
		return
	}
	if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		s.AdditionalProperties.Has = new(bool)
	}
	for _, p := range s.Properties {
		if p.Ref == "" {
			harden(p.Value)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		harden(s.Items.Value)
	}
	if s.AdditionalProperties.Schema != nil && s.AdditionalProperties.Schema.Ref == "" {
		harden(s.AdditionalProperties.Schema.Value)
	}
	example, _ := s.Example.(string)
	if m := among.FindStringSubmatch(example + ". " + s.Description); m != nil && s.Enum == nil && s.Type.Is("string") {
		for word := range strings.SplitSeq(m[1], ",") {
			s.Enum = append(s.Enum, strings.TrimSpace(word))
		}
	}
}
