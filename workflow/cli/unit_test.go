package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestUnit(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	if code := Main(t.Context(), []string{"unit"}, nil, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s", code, errs.String())
	}
	golden(t, filepath.Join(testdata(t), "vcf-assistant.service"), out.String())
}

// Paths stand in the unit as systemd reads them, and what can be none is refused.
func TestUnit_Paths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--exec", "/opt/v/vcf-assistant", "--config", "/srv/c.yaml"}, 0, "\nExecStart=/opt/v/vcf-assistant run --config /srv/c.yaml\n"},
		{[]string{"--exec", `/opt/my "100%" $x\y/va`}, 0, `ExecStart="/opt/my \"100%%\" $$x\\y/va" run --config /etc/vcf-assistant/config.yaml` + "\n"},
		{[]string{"--exec", "/opt/EXEC", "--config", "/CONFIG/EXEC"}, 0, "\nExecStart=/opt/EXEC run --config /CONFIG/EXEC\n"},
		{[]string{"--exec", "vcf-assistant"}, 2, "unit: --exec \"vcf-assistant\" must be a whole path"},
		{[]string{"--exec", ""}, 2, "unit: --exec \"\" must be a whole path"},
		{[]string{"--config", "/a\nExecStartPre=/bin/sh"}, 2, "unit: --config \"/a ExecStartPre=/bin/sh\" must be a whole path"},
		{[]string{"now"}, 2, "unit: \"now\" is one argument too many"},
	} {
		var out, errs strings.Builder
		code := Main(t.Context(), append([]string{"unit"}, tt.args...), nil, &out, &errs)
		if got := out.String() + errs.String(); code != tt.code || !strings.Contains(got, tt.want) || code != 0 && out.Len() > 0 {
			t.Errorf("%q: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, got)
		}
	}
}
