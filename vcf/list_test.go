package vcf

import "testing"

// TestListingWhole: a list is JSON to its end, or it is no list.
func TestListingWhole(t *testing.T) {
	const list = `{"elements":[{"id":"a"}],"pageMetadata":{"totalPages":1}}`
	if got, err := answering(t, 200, list).Domains(t.Context()); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	for _, body := range []string{list + "x", list + "]", list[:len(list)-1], `[{"id":"a"}]]`, `[{"id":"a"},]`, `[{"id":"a"} {"id":"b"}]`, `{"elements":[{"id":"a"}],}`, `{"elements":[{"id":"a"}]"x":1}`,
		`{"elements":[{"id":"a"}],"x":tru}`, `{"elements":[{"id":"a"}],x:1}`, `{"x":"` + "\n" + `","elements":[{"id":"a"}]}`} {
		if got, err := answering(t, 200, body).Domains(t.Context()); err == nil || got != nil || !Transient(err) {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
}
