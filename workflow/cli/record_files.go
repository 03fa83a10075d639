package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// recordFile is a file to be written.
type recordFile struct {
	name string
	data []byte
}

// files are the answers, redacted, in the format that vcftest.Replay reads.
func (r *recording) files(k *redaction) ([]recordFile, error) {
	for _, a := range r.answers {
		k.answer(a) // finds the names, which texts of answers before may hold
	}
	var out []recordFile
	for i, a := range r.answers {
		if a.Method != http.MethodGet {
			continue // a read-only client sends no other
		}
		to := vcftest.Recorded{Format: vcftest.RecordFormat, Method: a.Method, Status: a.Status}
		to.Path, to.Query, to.Body, to.Text = k.answer(a)
		if to.Text == "<html></html>" {
			to.ContentType = "text/html"
		}
		data, err := json.MarshalIndent(to, "", " ")
		if err != nil {
			return nil, fmt.Errorf("write the answer to %s: %w", vcf.Endpoint(a.Path), err)
		}
		if err := k.left(string(data)); err != nil {
			return nil, fmt.Errorf("nothing was written: %w", err)
		}
		out = append(out, recordFile{fmt.Sprintf("%04d-%s.json", i+1, endpointSlug(vcf.Endpoint(a.Path))), append(data, '\n')})
	}
	if len(out) == 0 {
		return nil, errors.New("nothing was written: SDDC Manager answered nothing")
	}
	return out, nil
}

// endpointSlug is an endpoint as a part of a file name.
func endpointSlug(endpoint string) string {
	return strings.NewReplacer("/", "-", "{", "", "}", "").Replace(strings.TrimPrefix(endpoint, "/v1/"))
}

// writeFiles writes all of them, or none.
func writeFiles(dir string, files []recordFile) (err error) {
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range written {
			os.Remove(path)
		}
	}()
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		written = append(written, path)
		_, err = to.Write(f.data)
		if err := errors.Join(err, to.Close()); err != nil {
			return fmt.Errorf("%w: nothing is left of what was written", err)
		}
	}
	return nil
}
