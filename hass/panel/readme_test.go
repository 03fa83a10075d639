package panel

import (
	"os"
	"strings"
	"testing"
)

// Every entity of the table is in README.
func TestREADME_NamesEveryEntity(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table {
		id := strings.NewReplacer("%d", "N", "%s", "NAME").Replace(r.id)
		if !strings.Contains(string(readme), "`"+id+"`") {
			t.Errorf("README does not name %s", id)
		}
	}
}
